import type {Experiment} from './experiment.js';
import {accepted, acceptedPerSecond, atMost, exactly, measure, near, reasons, windowOf} from './findings.js';
import {STRONG_GET, load, provisionedTable, steps, workload} from './loads.js';

const UNITS = 100;
const READS = 1_000;
/** How long the load lasts, and its end, in which burst is used up. */
const timesOf = (isLive: boolean): {readonly loadSeconds: number; readonly endSeconds: number} => (isLive ? {loadSeconds: 80, endSeconds: 40} : {loadSeconds: 180, endSeconds: 60});
/** A new leader has the burst that its predecessor told of, which is at most a tenth less: so many seconds of the rate, and those of its election. */
const LEADER_CHANGE_SECONDS_MAX = 32;
const BUSY_NODE_UNITS = 50;
const BUSY = 'idle-300-busy-node';
const IDLES = [0, 60, 150, 300, 600];

export const burstDrain: Experiment = {
  number: 8, name: 'burst-drain', title: 'Burst is what was left unused, up to 300 seconds',
  expectation: 'A table of 100 read units that was idle for some seconds serves min(idle, 300) x 100 units above its rate when it is asked for 1,000 reads a second, then 100 a second exactly. A node whose own bucket is small cuts burst short.',
  remarks: 'The bucket of the running second is full at first: one second of the rate is served on top.',
  isLive: true,
  isSideBySide: true,
  cases: ({seed, scale, isLive}) => {
    const {loadSeconds} = timesOf(isLive);
    const burst = (idle: number, suffix = ''): ReturnType<typeof workload> => workload(`burst-drain-${idle}${suffix}`, `1,000 reads a second at 100 units after ${idle} idle seconds`, seed, provisionedTable(UNITS * scale, 1, isLive ? {name: `Experiment-idle-${idle}${suffix}`} : {}), [
      load({name: 'reads', keys: {kind: 'uniform', keyCount: 1_000, firstKey: 0}, operation: STRONG_GET, startSecond: idle, phases: steps(loadSeconds, [READS * scale]), spacing: 'even'}),
    ]);
    const plain = IDLES.map((idle) => ({name: `idle-${idle}`, settings: {}, workload: burst(idle)}));
    return [...plain, {name: BUSY, settings: {nodeReadUnitsMax: BUSY_NODE_UNITS * scale}, workload: burst(300, '-busy-node')}];
  },
  judge: (outcome) => {
    const {scale, settings, isLive} = outcome;
    const {loadSeconds, endSeconds} = timesOf(isLive);
    const rate = UNITS * scale;
    return [
      ...IDLES.flatMap((idle) => {
        const record = outcome.record(`idle-${idle}`);
        // A live table is idle from its making on, which no clock here sees to the second.
        const idleSeconds = Math.min(idle + measure(record, 'tableAgeSeconds'), settings.burstSeconds);
        const changes = record.events.filter(({kind}) => kind === 'leader-change').length;
        const served = accepted(record, 0, windowOf(idle, idle + loadSeconds)) - rate * loadSeconds;
        const expected = rate * (idleSeconds + 1);
        const lostMax = !isLive ? 0 : Math.min(expected, changes * LEADER_CHANGE_SECONDS_MAX * rate);
        const end = windowOf(idle + loadSeconds - endSeconds, idle + loadSeconds);
        return [
          // A second's bucket and one request more or less: what stands at the edges of the seconds.
          near(`idle ${idle} s: served above the rate${changes > 0 && isLive ? `, after ${changes} changes of leader` : ''}`, served, clamped(served, expected - lostMax, expected), 1, 'reads', isLive ? 2 * rate : 2),
          near(`idle ${idle} s: then a second`, acceptedPerSecond(record, 0, end), rate, 1, 'reads/s'),
          exactly(`idle ${idle} s: the reason`, reasons(record, end).join(' '), 'TableReadProvisionedThroughputExceeded'),
        ];
      }),
      atMost('busy node: served above the rate', accepted(outcome.record(BUSY), 0, windowOf(300, 300 + loadSeconds)) - rate * loadSeconds, rate + BUSY_NODE_UNITS * scale * (loadSeconds + 1), 'reads'),
    ];
  },
};

/** What lies within is expected; outside, the nearer end is. */
function clamped(value: number, least: number, most: number): number {
  return least === most ? most : Math.min(most, Math.max(least, value));
}
