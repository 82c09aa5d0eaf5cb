import type {Experiment} from './experiment.js';
import {atLeast, atMost, errorCount, failedCount, maxMs, measure, near, p99MsMean, percent, throttledRatio, windowOf} from './findings.js';
import {EVENTUAL_GET, PUT, STRONG_GET, load, provisionedTable, steps, workload} from './loads.js';

const [READ_UNITS, WRITE_UNITS] = [12_000, 1_800];
interface Times { readonly from: number; readonly lost: number; readonly back: number; readonly moved: number; readonly slow: number; readonly recovered: number; readonly end: number; readonly settleSeconds: number }
/**
 * Live, each part is as short as it can be to be seen, and a minute without load comes first: it fills as much burst as the long time before
 * the loss does in virtual time. A new leader has the burst that its predecessor told of, in steps of a tenth.
 */
const timesOf = (isLive: boolean): Times => (isLive
  ? {from: 65, lost: 75, back: 105, moved: 125, slow: 140, recovered: 155, end: 175, settleSeconds: 4}
  : {from: 0, lost: 300, back: 600, moved: 750, slow: 840, recovered: 960, end: 1_080, settleSeconds: 30});
const SLOW_FACTOR = 8;
const LIVE_HELD_MS_MIN = 300;
const [STRONG, EVENTUAL, WRITES] = [0, 1, 2];

export const azLoss: Experiment = {
  number: 12, name: 'az-loss', title: 'An AZ is lost under load',
  expectation: 'At 70 % load all nodes of an AZ go. Writes go on with two of three replicas, leaders that were there are replaced within the time of an election, eventual reads are served all the while; admission stays as it was. Moving the hottest leader, and making the node eight times slower that leads it then, cost latency, not availability.',
  remarks: 'Times of elections and copies are settings of the world. Log replicas and the staleness of eventual reads are not in it; live runs and the fault tests of the cluster have them.',
  isLive: true,
  cases: ({seed, scale, isLive}) => {
    const {from, lost, back, moved, slow, recovered, end} = timesOf(isLive);
    const phasesOf = (rate: number): ReturnType<typeof steps> => steps(end - from, [rate]);
    const keys = {kind: 'zipf', keyCount: 1_000_000, theta: 0.99, firstKey: 0} as const;
    const strongRate = READ_UNITS * 0.7 * (2 / 3) * scale;
    return [{
      name: 'faults', settings: {
        faults: [
          {kind: 'az-loss', atSeconds: lost, az: 0}, {kind: 'az-return', atSeconds: back, az: 0}, {kind: 'leader-move', atSeconds: moved, of: 'hottest'},
          {kind: 'node-slow', atSeconds: slow, node: 'hottest-leader', factor: SLOW_FACTOR}, {kind: 'node-slow', atSeconds: recovered, node: 'hottest-leader', factor: 1},
        ],
      },
      workload: workload('az-loss', 'Zipf at 70 % of the table while an AZ goes and comes back', seed, provisionedTable(READ_UNITS * scale, WRITE_UNITS * scale), [
        load({name: 'strong reads', keys, operation: STRONG_GET, startSecond: from, phases: phasesOf(strongRate)}),
        load({name: 'eventual reads', keys, operation: EVENTUAL_GET, startSecond: from, phases: phasesOf(strongRate)}),
        load({name: 'writes', keys, operation: PUT, startSecond: from, phases: phasesOf(WRITE_UNITS * 0.7 * scale)}),
      ]),
    }];
  },
  judge: (outcome) => {
    const record = outcome.record('faults');
    const {isLive} = outcome;
    const {lost, back, moved, slow, recovered, end, settleSeconds} = timesOf(isLive);
    if (isLive && measure(record, 'faults') === 0) {
      const whole = windowOf(0, end);
      return [atMost('failed without a fault', errorCount(record, whole), 0, 'requests'), atMost('writes throttled', percent(throttledRatio(record, WRITES, whole)), 1, '%')];
    }
    const {failoverMs} = outcome.settings;
    const failover = Math.ceil(failoverMs / 1000);
    const streams = [STRONG, EVENTUAL, WRITES];
    const failed = (from: number, until: number): number => streams.reduce((sum, stream) => sum + failedCount(record, stream, windowOf(from, until)), 0);
    const throttled = (from: number, until: number): number => Math.max(...streams.map((stream) => percent(throttledRatio(record, stream, windowOf(from, until)))));
    const calm = p99MsMean(record, windowOf(moved + settleSeconds, slow));
    return [
      atMost('failed before the loss', failed(0, lost), 0, 'requests'),
      // In virtual time nobody tries again. Live, routers hold a request until there is a leader that answers it.
      isLive
        ? atLeast('the slowest request while leaders were missing', maxMs(record, windowOf(lost, lost + failover)), LIVE_HELD_MS_MIN, 'ms')
        : atLeast('strong reads and writes failed while leaders were missing', failedCount(record, STRONG, windowOf(lost, lost + failover)) + failedCount(record, WRITES, windowOf(lost, lost + failover)), 1, 'requests'),
      atMost('eventual reads failed, ever', failedCount(record, EVENTUAL, windowOf(0, end)), 0, 'requests'),
      atMost('failed from an election after the loss until the AZ is back', failed(lost + failover, back), 0, 'requests'),
      atMost('a partition without leader', measure(record, 'unavailableSecondsMax'), failover, 's'),
      atMost('throttled while the AZ is gone', throttled(lost, back), 0.5, '%'),
      atMost('from the return to full redundancy', measure(record, 'allReplicatedAtSecond') - back, 120, 's'),
      atMost('failed in the second of the leader\'s move', failed(moved, moved + 1), Math.ceil(2_000 * outcome.scale), 'requests'),
      atMost('failed after that', failed(moved + 1, end), 0, 'requests'),
      atLeast('99th percentile beside a slow node, times that of calm', p99MsMean(record, windowOf(slow + (isLive ? settleSeconds : 10), recovered)) / calm, 1.2, 'times'),
      atMost('throttled beside a slow node', throttled(slow, recovered), 0.5, '%'),
      // A machine that other things run on may be calmer afterwards than before.
      isLive
        ? atMost('99th percentile after recovery, times that of calm', p99MsMean(record, windowOf(recovered + settleSeconds, end)) / calm, 1.25, 'times')
        : near('99th percentile after recovery, times that of calm', p99MsMean(record, windowOf(recovered + settleSeconds, end)) / calm, 1, 25, 'times'),
    ];
  },
};
