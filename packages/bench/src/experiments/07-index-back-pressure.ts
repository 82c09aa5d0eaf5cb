import type {Experiment} from './experiment.js';
import {acceptedPerSecond, atLeast, atMost, exactly, mainReason, measure, near, percent, reasons, throttledRatio, windowOf} from './findings.js';
import {PUT, load, provisionedTable, steps, workload} from './loads.js';

const INDEX_UNITS = 100;
const WRITES = 500;
const RAISE_SECOND = 300;
const SLOW_SECONDS = 480;
const SKEW_SECONDS = 1_200;
const ITEM_SIZE_BYTES = 500;
const OUTBOX_ROWS = 2_000;

export const indexBackPressure: Experiment = {
  number: 7, name: 'index-back-pressure', title: 'A global index that cannot follow',
  expectation: 'A table of 1,000 write units with a global index of 100 takes 100 writes a second that change the index: the rest is refused with a reason of the index, while the table itself is hardly used. The lag stays bounded, and is gone soon after the index gets more. An index with three distinct keys takes 3,000 entries a second at most, whatever its throughput.',
  remarks: 'Each partition of the table keeps a bounded number of changes waiting and refuses writes when they are full. Entries of one index key stay on one partition.',
  isLive: false,
  cases: ({seed, scale}) => [
    {
      name: 'slow-index', settings: {outboxRowsMax: Math.max(10, Math.round(OUTBOX_ROWS * scale))},
      workload: workload('slow-index', 'Table 1,000 write units, index 100, then 1,000', seed,
        provisionedTable(100 * scale, 1_000 * scale, {globalIndexes: [{name: 'byGroup', projection: 'ALL', throughput: {readUnits: 10, writeUnits: INDEX_UNITS * scale}}]}),
        [load({name: 'puts', keys: {kind: 'uniform', keyCount: 1_000_000, firstKey: 0}, operation: PUT, phases: steps(SLOW_SECONDS, [WRITES * scale]), sizeBytes: ITEM_SIZE_BYTES})],
        {changes: [{kind: 'throughput', atSecond: RAISE_SECOND, index: 'byGroup', readUnits: 10, writeUnits: 1_000 * scale}]}),
    },
    {
      name: 'three-keys', settings: {outboxRowsMax: Math.max(10, Math.round(OUTBOX_ROWS * scale))},
      workload: workload('three-keys', 'An index with three distinct keys, 5,000 writes a second', seed,
        provisionedTable(100 * scale, 6_000 * scale, {globalIndexes: [{name: 'byGroup', projection: 'ALL', throughput: {readUnits: 10, writeUnits: 6_000 * scale}}]}),
        [load({name: 'puts', keys: {kind: 'gsi-skew', keyCount: 1_000_000, indexKeyCount: 3, firstKey: 0}, operation: PUT, phases: steps(SKEW_SECONDS, [5_000 * scale]), sizeBytes: ITEM_SIZE_BYTES})]),
    },
  ],
  judge: (outcome) => {
    const {scale} = outcome;
    const slow = outcome.record('slow-index');
    const skewed = outcome.record('three-keys');
    const held = windowOf(120, RAISE_SECOND);
    const end = windowOf(SKEW_SECONDS - 180, SKEW_SECONDS);
    const recovered = slow.seconds.findIndex(({second, offered, accepted}) => second >= RAISE_SECOND && accepted === offered);
    return [
      near('slow index: writes to the table', acceptedPerSecond(slow, 0, held), INDEX_UNITS * scale, 2, 'writes/s'),
      exactly('slow index: the reason', reasons(slow, held).join(' '), 'IndexWriteProvisionedThroughputExceeded'),
      // Two partitions of the table, each with a full outbox, and one index that takes 100 a second.
      atMost('slow index: lag', measure(slow, 'indexLagSecondsMax'), (2 * OUTBOX_ROWS * 1.2) / INDEX_UNITS, 's'),
      atMost('slow index: recovered after more throughput', recovered < 0 ? SLOW_SECONDS : recovered - RAISE_SECOND, 30, 's'),
      atMost('slow index: throttled after that', percent(throttledRatio(slow, 0, windowOf(SLOW_SECONDS - 60, SLOW_SECONDS))), 1, '%'),
      atMost('three keys: writes to the table', acceptedPerSecond(skewed, 0, end), 3_000 * scale, 'writes/s'),
      atLeast('three keys: writes to the table', acceptedPerSecond(skewed, 0, end), 2_700 * scale, 'writes/s'),
      exactly('three keys: the main reason', mainReason(skewed, end), 'IndexWriteKeyRangeThroughputExceeded'),
    ];
  },
};
