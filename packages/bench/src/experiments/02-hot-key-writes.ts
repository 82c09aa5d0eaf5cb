import type {Experiment, ExperimentScene} from './experiment.js';
import {acceptedPerSecond, atLeast, atMost, exactly, judgesCuts, near, percent, reasons, throttledCount, throttledRatio, windowOf} from './findings.js';
import {COUNT, PUT, load, provisionedTable, steps, workload} from './loads.js';

const RATES = [100, 200, 500, 900, 1_200, 1_600, 2_000];
const CEILING = 1_000;
const [HOT, NEIGHBOURS] = [0, 1];
const stepSecondsOf = ({isLive}: Pick<ExperimentScene, 'isLive'>): number => (isLive ? 12 : 300);

export const hotKeyWrites: Experiment = {
  number: 2, name: 'hot-key-writes', title: 'A single hot key, written',
  expectation: 'A counter takes 1,000 updates a second. Beyond it updates are throttled for its key range; its neighbours recover once the key is alone on its partition.',
  remarks: 'Neighbours are written beside it at a steady rate.',
  isLive: true,
  cases: (scene) => {
    const {seed, scale} = scene;
    const stepSeconds = stepSecondsOf(scene);
    return [{
      name: 'ramp', settings: {},
      workload: workload('hot-key-writes', 'One counter is updated ever faster', seed, provisionedTable(100 * scale, 4_000 * scale), [
        load({name: 'hot key', keys: {kind: 'uniform', keyCount: 1, firstKey: 0}, operation: COUNT, spacing: 'even', phases: steps(stepSeconds, RATES.map((rate) => rate * scale))}),
        load({name: 'neighbours', keys: {kind: 'uniform', keyCount: 10_000, firstKey: 1}, operation: PUT, phases: steps(stepSeconds * RATES.length, [200 * scale])}),
      ]),
    }];
  },
  judge: (outcome) => {
    const {scale} = outcome;
    const record = outcome.record('ramp');
    const stepSeconds = stepSecondsOf(outcome);
    const settled = (step: number): ReturnType<typeof windowOf> => windowOf(Math.floor((step + 0.5) * stepSeconds), (step + 1) * stepSeconds);
    const end = settled(RATES.length - 1);
    const firstSplit = record.measures['split1.doneAtSecond'] ?? 0;
    const hotSince = record.measures['split1.hotSinceSecond'] ?? 0;
    return [
      atMost('below the ceiling nothing is throttled', percent(throttledRatio(record, HOT, windowOf(0, 3 * stepSeconds))), 0, '%'),
      near('updates, 1,600 offered', acceptedPerSecond(record, HOT, settled(5)), CEILING * scale, 1, 'updates/s'),
      near('updates, 2,000 offered', acceptedPerSecond(record, HOT, end), CEILING * scale, 1, 'updates/s'),
      exactly('the reason at the ceiling', reasons(record, end).join(' '), 'TableWriteKeyRangeThroughputExceeded'),
      ...(!judgesCuts(outcome, record) ? [] : [
        atMost('neighbours throttled once the key is alone', throttledCount(record, NEIGHBOURS, end), 0, 'requests'),
        atLeast('cuts that isolate the key', record.measures['splits'] ?? 0, 1, 'cuts'),
        atMost('from the first hot second to the first cut', firstSplit - hotSince, 600, 's'),
      ]),
    ];
  },
};
