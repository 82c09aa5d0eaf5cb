import type {WeightedOperation} from '../workloads/workload-spec.js';
import type {Experiment} from './experiment.js';
import {acceptedPerSecond, atLeast, atMost, near, percent, throttledRatio, windowOf} from './findings.js';
import {STRONG_GET, load, provisionedTable, steps, workload} from './loads.js';

const UNITS = 3_000;
const READS = 1_800;
const SEGMENTS = 8;
/** Pages a second of all segments: far more than the table can serve. */
const FULL_PAGES = 80;
/** 16 items of 1,000 bytes: two units, read eventually. */
const [PACED_PAGES, PACED_LIMIT] = [300, 16];
const [FULL_FROM, FULL_UNTIL, PACED_FROM, END] = [300, 600, 660, 960];
const [POINT_READS, FULL_SCAN, PACED_SCAN] = [0, 1, 2];
const scan = (limit: number): WeightedOperation => ({kind: 'scan', consistency: 'eventual', segmentCount: SEGMENTS, limit, weight: 1});

export const scanPollution: Experiment = {
  number: 11, name: 'scan-pollution', title: 'Scans beside point reads',
  expectation: 'Eight scan segments at full speed beside point reads at 60 % of the rate: a page of 1 MB takes 128 units, eventual, from the same tokens, so the point reads starve. With a limit and pacing that fit into what is left, they are not touched.',
  remarks: 'Burst is off here, or it would pay for the first minutes of the scans.',
  isLive: false,
  cases: ({seed, scale}) => [{
    name: 'scans', settings: {burstSeconds: 0},
    workload: workload('scan-pollution', 'Point reads at 60 %, then scans at full speed, then paced ones', seed, provisionedTable(UNITS * scale, 10), [
      load({name: 'point reads', keys: {kind: 'uniform', keyCount: 1_000_000, firstKey: 0}, operation: STRONG_GET, phases: steps(END, [READS * scale])}),
      load({name: 'scan, full speed', keys: {kind: 'uniform', keyCount: 1, firstKey: 0}, operation: scan(0), startSecond: FULL_FROM, phases: steps(FULL_UNTIL - FULL_FROM, [FULL_PAGES * scale])}),
      load({name: 'scan, paced', keys: {kind: 'uniform', keyCount: 1, firstKey: 0}, operation: scan(PACED_LIMIT), startSecond: PACED_FROM, phases: steps(END - PACED_FROM, [PACED_PAGES * scale])}),
    ]),
  }],
  judge: (outcome) => {
    const record = outcome.record('scans');
    const full = windowOf(FULL_FROM + 30, FULL_UNTIL);
    const unitsOfScan = acceptedPerSecond(record, FULL_SCAN, full) * 128;
    const unitsOfReads = acceptedPerSecond(record, POINT_READS, full);
    return [
      atMost('point reads throttled, alone', percent(throttledRatio(record, POINT_READS, windowOf(5, FULL_FROM))), 0.5, '%'),
      atLeast('point reads throttled, beside full scans', percent(throttledRatio(record, POINT_READS, full)), 30, '%'),
      near('reads and pages of 128 units together', unitsOfScan + unitsOfReads, UNITS * outcome.scale, 3, 'units/s'),
      atMost('point reads throttled, beside paced scans', percent(throttledRatio(record, POINT_READS, windowOf(PACED_FROM + 30, END))), 0.5, '%'),
      atMost('paced scans throttled', percent(throttledRatio(record, PACED_SCAN, windowOf(PACED_FROM + 30, END))), 1, '%'),
    ];
  },
};
