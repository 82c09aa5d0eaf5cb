import {keyInPartition} from '../virtual/key-space.js';
import type {Experiment} from './experiment.js';
import {accepted, acceptedPerSecond, atMost, exactly, near, percent, reasons, throttledCount, throttledRatio, windowOf} from './findings.js';
import {PUT, load, provisionedTable, steps, workload} from './loads.js';

const RATES = [50, 50, 50, 150];
const TABLE_UNITS = 400;
const [IDLE_SECONDS, LOAD_SECONDS] = [60, 600];
const HOT = 3;
const MODES = ['static', 'adaptive', 'global'] as const;

export const sharing: Experiment = {
  number: 4, name: 'sharing', title: 'Static, adaptive and global sharing',
  expectation: 'A table of 400 write units on four partitions is asked for 50, 50, 50 and 150 a second. Divided evenly, the fourth is throttled above 100 as soon as its burst is used; shared by need, or from one bucket of the table, nothing is throttled.',
  remarks: 'A minute without load fills some burst first. In global mode routers that have not been asked for anything hold next to no tokens: the first requests after the pause may be refused.',
  isLive: false,
  cases: ({seed, scale}) => MODES.map((mode) => ({
    name: mode, settings: {sharing: mode, splitForHeat: false},
    workload: workload(`sharing-${mode}`, `Four partitions at 50, 50, 50 and 150 writes a second, sharing: ${mode}`, seed, provisionedTable(4 * scale, TABLE_UNITS * scale, {partitionCount: RATES.length}),
      RATES.map((rate, partition) => load({
        name: `partition ${partition + 1}`, keys: {kind: 'uniform', keyCount: 1, firstKey: keyInPartition(seed, partition, RATES.length)}, operation: PUT, startSecond: IDLE_SECONDS,
        phases: steps(LOAD_SECONDS, [rate * scale]),
      }))),
  })),
  judge: (outcome) => {
    const {scale, settings} = outcome;
    const share = (TABLE_UNITS / RATES.length) * scale;
    const whole = windowOf(IDLE_SECONDS, IDLE_SECONDS + LOAD_SECONDS);
    const end = windowOf(IDLE_SECONDS + 300, IDLE_SECONDS + LOAD_SECONDS);
    const evenly = outcome.record('static');
    // What was left in the idle minute, the second the bucket holds, and the share while the load ran.
    const passes = share * (Math.min(IDLE_SECONDS, settings.burstSeconds) + 1 + LOAD_SECONDS);
    return [
      near('static: the fourth partition passes', accepted(evenly, HOT, whole), passes, 1, 'writes'),
      near('static: the fourth partition, without burst', acceptedPerSecond(evenly, HOT, end), share, 1, 'writes/s'),
      exactly('static: the reason', reasons(evenly, end).join(' '), 'TableWriteProvisionedThroughputExceeded'),
      atMost('static: the others throttled', [0, 1, 2].reduce((sum, stream) => sum + throttledCount(evenly, stream, whole), 0), 0, 'requests'),
      atMost('adaptive: throttled', RATES.reduce((sum, _rate, stream) => sum + throttledCount(outcome.record('adaptive'), stream, whole), 0), 0, 'requests'),
      atMost('global: the fourth partition throttled', percent(throttledRatio(outcome.record('global'), HOT, whole)), 5, '%'),
    ];
  },
};
