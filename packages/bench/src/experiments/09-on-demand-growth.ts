import type {WorkloadBilling} from '../workloads/workload-spec.js';
import type {Experiment, ExperimentCase} from './experiment.js';
import {atMost, near, percent, throttledRatio, windowOf, writeUnitsPerSecond} from './findings.js';
import {PUT, load, steps, tableOf, workload} from './loads.js';

/** Write units a second. Four fifths of the start: random keys fill no partition to its ceiling by chance. */
const DOUBLING = [3_200, 6_400, 12_800, 25_600];
const WITHIN_DOUBLE = [3_200, 5_760, 10_368, 18_662];
const START_UNITS = 4_000;
const MINUTE_SECONDS = 60;
const PLANS = [
  {name: 'within-double-30-minutes', minutes: 30, units: WITHIN_DOUBLE},
  {name: 'doubling-5-minutes', minutes: 5, units: DOUBLING},
  {name: 'doubling-15-minutes', minutes: 15, units: DOUBLING},
  {name: 'doubling-5-minutes-warm', minutes: 5, units: DOUBLING, warmUnits: 32_000},
] as const;

export const onDemandGrowth: Experiment = {
  number: 9, name: 'on-demand-growth', title: 'An on-demand table from cold, and doubling',
  expectation: 'A new on-demand table takes 4,000 writes a second at once, and later up to twice its highest minute of half an hour ago: steps of less than double every 30 minutes are clean, faster growth is throttled to the old limit until the half hour is over. With warm throughput set, all steps are clean.',
  remarks: 'Steps begin at 3,200 and not at 4,000: with random keys a partition that is asked for exactly its ceiling throttles by chance. Items have 10 KB at full ceilings, as units are what counts.',
  isLive: false,
  cases: ({seed, scale}) => PLANS.map((plan): ExperimentCase => {
    // Fewer and larger requests where there would be very many.
    const unitsPerItem = Math.max(1, Math.round(10 * scale));
    const warmUnits = 'warmUnits' in plan ? plan.warmUnits * scale : undefined;
    const billing: WorkloadBilling = warmUnits === undefined ? {mode: 'on-demand'} : {mode: 'on-demand', warm: {readUnits: 0, writeUnits: warmUnits}};
    return {
      name: plan.name, settings: {splitForHeat: false},
      workload: workload(plan.name, `On demand, steps of ${plan.minutes} minutes${warmUnits === undefined ? '' : ', warm'}`, seed, tableOf(billing), [load({
        name: 'puts', keys: {kind: 'uniform', keyCount: 10_000_000, firstKey: 0}, operation: PUT, sizeBytes: unitsPerItem * 1_024,
        phases: steps(plan.minutes * MINUTE_SECONDS, plan.units.map((units) => (units * scale) / unitsPerItem)),
      })]),
    };
  }),
  judge: (outcome) => {
    const step = (minutes: number, index: number): ReturnType<typeof windowOf> => windowOf(index * minutes * MINUTE_SECONDS + 5, (index + 1) * minutes * MINUTE_SECONDS);
    const clean = (name: string, minutes: number, index: number): ReturnType<typeof atMost> =>
      atMost(`${name}, step ${index + 1}: throttled`, percent(throttledRatio(outcome.record(name), 0, step(minutes, index))), 1, '%');
    const held = (name: string, minutes: number, index: number, units: number): ReturnType<typeof near> =>
      near(`${name}, step ${index + 1}: units`, writeUnitsPerSecond(outcome.record(name), step(minutes, index)), units * outcome.scale, 3, 'units/s');
    return [
      ...WITHIN_DOUBLE.map((_units, index) => clean('within-double-30-minutes', 30, index)),
      clean('doubling-5-minutes', 5, 0),
      ...[1, 2, 3].map((index) => held('doubling-5-minutes', 5, index, START_UNITS)),
      clean('doubling-15-minutes', 15, 0),
      held('doubling-15-minutes', 15, 1, START_UNITS),
      // Half an hour after the first step twice its load is allowed, and 15 minutes later twice what passed in the second.
      held('doubling-15-minutes', 15, 2, 2 * (DOUBLING[0] ?? 0)),
      held('doubling-15-minutes', 15, 3, 2 * START_UNITS),
      ...DOUBLING.map((_units, index) => clean('doubling-5-minutes-warm', 5, index)),
    ];
  },
};
