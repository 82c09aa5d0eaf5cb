import type {Experiment, ExperimentScene} from './experiment.js';
import {accepted, acceptedPerSecond, atMost, exactly, near, reasons, windowOf} from './findings.js';
import {STRONG_GET, load, provisionedTable, steps, workload} from './loads.js';

const UNITS = 100;
const READS = 1_000;
const LOAD_SECONDS = 180;
const BUSY_NODE_UNITS = 50;
const BUSY = 'idle-300-busy-node';
const idlesOf = ({isLive}: Pick<ExperimentScene, 'isLive'>): readonly number[] => (isLive ? [0, 30, 60] : [0, 60, 150, 300, 600]);

export const burstDrain: Experiment = {
  number: 8, name: 'burst-drain', title: 'Burst is what was left unused, up to 300 seconds',
  expectation: 'A table of 100 read units that was idle for some seconds serves min(idle, 300) x 100 units above its rate when it is asked for 1,000 reads a second, then 100 a second exactly. A node whose own bucket is small cuts burst short.',
  remarks: 'The bucket of the running second is full at first: one second of the rate is served on top.',
  isLive: true,
  cases: (scene) => {
    const {seed, scale, isLive} = scene;
    const burst = (idle: number, suffix = ''): ReturnType<typeof workload> => workload(`burst-drain-${idle}${suffix}`, `1,000 reads a second at 100 units after ${idle} idle seconds`, seed, provisionedTable(UNITS * scale, 1), [
      load({name: 'reads', keys: {kind: 'uniform', keyCount: 1_000, firstKey: 0}, operation: STRONG_GET, startSecond: idle, phases: steps(LOAD_SECONDS, [READS * scale]), spacing: 'even'}),
    ]);
    const plain = idlesOf(scene).map((idle) => ({name: `idle-${idle}`, settings: {}, workload: burst(idle)}));
    return isLive ? plain : [...plain, {name: BUSY, settings: {nodeReadUnitsMax: BUSY_NODE_UNITS * scale}, workload: burst(300, '-busy-node')}];
  },
  judge: (outcome) => {
    const {scale, settings, isLive} = outcome;
    const rate = UNITS * scale;
    return [
      ...idlesOf(outcome).flatMap((idle) => {
        const record = outcome.record(`idle-${idle}`);
        const whole = windowOf(idle, idle + LOAD_SECONDS);
        const end = windowOf(idle + LOAD_SECONDS - 60, idle + LOAD_SECONDS);
        return [
          // A second's bucket and one request more or less: what stands at the edges of the seconds.
          near(`idle ${idle} s: served above the rate`, accepted(record, 0, whole) - rate * LOAD_SECONDS, rate * (Math.min(idle, settings.burstSeconds) + 1), 1, 'reads', 2),
          near(`idle ${idle} s: then a second`, acceptedPerSecond(record, 0, end), rate, 1, 'reads/s'),
          exactly(`idle ${idle} s: the reason`, reasons(record, end).join(' '), 'TableReadProvisionedThroughputExceeded'),
        ];
      }),
      ...(isLive ? [] : [atMost('busy node: served above the rate', accepted(outcome.record(BUSY), 0, windowOf(300, 300 + LOAD_SECONDS)) - rate * LOAD_SECONDS, rate + BUSY_NODE_UNITS * scale * (LOAD_SECONDS + 1), 'reads')]),
    ];
  },
};
