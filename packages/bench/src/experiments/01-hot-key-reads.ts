import type {Experiment, ExperimentScene} from './experiment.js';
import {acceptedPerSecond, atLeast, atMost, exactly, judgesCuts, near, percent, reasons, throttledCount, throttledRatio, windowOf} from './findings.js';
import type {Window} from './findings.js';
import {EVENTUAL_GET, STRONG_GET, load, provisionedTable, steps, workload} from './loads.js';

const STRONG_RATES = [500, 1_000, 2_000, 3_000, 4_000, 5_000, 6_000];
const EVENTUAL_RATES = [4_000, 6_000, 8_000, 10_000];
const CEILING = 3_000;
const [STRONG, EVENTUAL, NEIGHBOURS] = [0, 1, 2];

const stepSecondsOf = ({isLive}: Pick<ExperimentScene, 'isLive'>): number => (isLive ? 12 : 300);
/** The second half of a step: what was before it has passed. */
function settled(step: number, stepSeconds: number): Window {
  return windowOf(Math.floor((step + 0.5) * stepSeconds), (step + 1) * stepSeconds);
}

export const hotKeyReads: Experiment = {
  number: 1, name: 'hot-key-reads', title: 'A single hot key, read',
  expectation: 'One item takes 3,000 strong or 6,000 eventual reads a second and not one more, whatever its table may use: the rest is throttled for its key range. Splits isolate it from its neighbours and do not help it.',
  remarks: 'Neighbours are read beside it at a steady rate, so that what isolation is worth can be seen.',
  isLive: true,
  cases: (scene) => {
    const {seed, scale} = scene;
    const stepSeconds = stepSecondsOf(scene);
    const hot = {kind: 'uniform', keyCount: 1, firstKey: 0} as const;
    const seconds = stepSeconds * (STRONG_RATES.length + EVENTUAL_RATES.length);
    return [{
      name: 'ramp', settings: {},
      workload: workload('hot-key-reads', 'One item is read ever faster, strongly and then eventually', seed, provisionedTable(12_000 * scale, 100 * scale), [
        load({name: 'hot key, strong', keys: hot, operation: STRONG_GET, spacing: 'even', phases: steps(stepSeconds, STRONG_RATES.map((rate) => rate * scale))}),
        load({name: 'hot key, eventual', keys: hot, operation: EVENTUAL_GET, startSecond: stepSeconds * STRONG_RATES.length, spacing: 'even', phases: steps(stepSeconds, EVENTUAL_RATES.map((rate) => rate * scale))}),
        load({name: 'neighbours', keys: {kind: 'uniform', keyCount: 10_000, firstKey: 1}, operation: STRONG_GET, phases: steps(seconds, [200 * scale])}),
      ]),
    }];
  },
  judge: (outcome) => {
    const {scale} = outcome;
    const record = outcome.record('ramp');
    const stepSeconds = stepSecondsOf(outcome);
    const first = STRONG_RATES.length;
    const strongEnd = settled(first - 1, stepSeconds);
    const eventualEnd = settled(first + EVENTUAL_RATES.length - 1, stepSeconds);
    return [
      atMost('below the ceiling nothing is throttled', percent(throttledRatio(record, STRONG, windowOf(0, 2 * stepSeconds))), 0, '%'),
      near('strong reads, 4,000 offered', acceptedPerSecond(record, STRONG, settled(4, stepSeconds)), CEILING * scale, 1, 'reads/s'),
      near('strong reads, 6,000 offered', acceptedPerSecond(record, STRONG, strongEnd), CEILING * scale, 1, 'reads/s'),
      near('eventual reads, 8,000 offered', acceptedPerSecond(record, EVENTUAL, settled(first + 2, stepSeconds)), 2 * CEILING * scale, 1, 'reads/s'),
      near('eventual reads, 10,000 offered', acceptedPerSecond(record, EVENTUAL, eventualEnd), 2 * CEILING * scale, 1, 'reads/s'),
      exactly('the reason at the ceiling', reasons(record, strongEnd).join(' '), 'TableReadKeyRangeThroughputExceeded'),
      ...(!judgesCuts(outcome, record) ? [] : [
        atMost('neighbours throttled once the key is alone', throttledCount(record, NEIGHBOURS, eventualEnd), 0, 'requests'),
        atLeast('cuts that isolate the key', record.measures['splits'] ?? 0, 1, 'cuts'),
        atLeast('then no cut is worth it: one-item-takes-the-load', record.measures['noSplit.one-item-takes-the-load'] ?? 0, 1, 'times'),
      ]),
    ];
  },
};
