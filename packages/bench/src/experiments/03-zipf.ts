import type {Experiment, ExperimentCase} from './experiment.js';
import {atLeast, atMost, exactly, near, percent, readUnitsPerSecond, reasons, throttledRatio, windowOf, writeUnitsPerSecond} from './findings.js';
import {PUT, STRONG_GET, load, provisionedTable, workload} from './loads.js';
import {steady} from '../workloads/workload-spec.js';

const KEY_COUNT = 10_000_000;
/** At four fifths of the table's rate, then at all of it. */
const [PART_SECONDS, WHOLE_SECONDS] = [540, 120];
const MIXES = [
  {name: 'half-writes', title: 'Zipf 0.99 over ten million keys, half reads, half writes', readUnits: 12_000, writeUnits: 12_000},
  {name: 'mostly-reads', title: 'Zipf 0.99 over ten million keys, 95 reads to 5 writes', readUnits: 36_000, writeUnits: 1_895},
] as const;

export const zipf: Experiment = {
  number: 3, name: 'zipf', title: 'Zipf 0.99',
  expectation: 'At first a few partitions throttle for their key ranges. Splits for heat take that away, and the table then serves all of its rate.',
  remarks: 'Reads are strong. After 9 minutes at 80 % of the table\'s rate the load rises to all of it for 2 minutes.',
  isLive: false,
  cases: ({seed, scale}) => MIXES.map(({name, title, readUnits, writeUnits}): ExperimentCase => {
    const rate = (readUnits + writeUnits) * scale;
    return {
      name, settings: {},
      workload: workload(name, title, seed, provisionedTable(readUnits * scale, writeUnits * scale), [load({
        name: 'mix', keys: {kind: 'zipf', keyCount: KEY_COUNT, theta: 0.99, firstKey: 0}, operation: [{...STRONG_GET, weight: readUnits}, {...PUT, weight: writeUnits}],
        phases: [steady(PART_SECONDS, rate * 0.8), steady(WHOLE_SECONDS, rate)],
      })]),
    };
  }),
  judge: (outcome) => MIXES.flatMap(({name, readUnits, writeUnits}) => {
    const record = outcome.record(name);
    const end = windowOf(PART_SECONDS + 60, PART_SECONDS + WHOLE_SECONDS);
    const units = readUnitsPerSecond(record, end) + writeUnitsPerSecond(record, end);
    return [
      atLeast(`${name}: throttled in the first two minutes`, percent(throttledRatio(record, 0, windowOf(0, 120))), 0.1, '%'),
      exactly(`${name}: the reason`, reasons(record, windowOf(0, 120)).filter((reason) => reason.includes('KeyRange')).length > 0 ? 'key range' : 'other', 'key range'),
      atLeast(`${name}: cuts`, record.measures['splits'] ?? 0, 1, 'cuts'),
      atMost(`${name}: throttled after the cuts, at 80 %`, percent(throttledRatio(record, 0, windowOf(PART_SECONDS - 120, PART_SECONDS))), 0.5, '%'),
      near(`${name}: units at the end, of the table's rate`, units, (readUnits + writeUnits) * outcome.scale, 2, 'units/s'),
    ];
  }),
};
