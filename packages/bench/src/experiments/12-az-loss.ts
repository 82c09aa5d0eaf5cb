import type {Experiment} from './experiment.js';
import {atLeast, atMost, errorCount, failedCount, measure, near, p99MsMean, percent, throttledRatio, windowOf} from './findings.js';
import {EVENTUAL_GET, PUT, STRONG_GET, load, provisionedTable, steps, workload} from './loads.js';

const [READ_UNITS, WRITE_UNITS] = [12_000, 1_800];
const [LOST, BACK, MOVED, SLOW, RECOVERED, END] = [300, 600, 750, 840, 960, 1_080];
const SLOW_FACTOR = 8;
const [STRONG, EVENTUAL, WRITES] = [0, 1, 2];
const LIVE_SECONDS = 60;

export const azLoss: Experiment = {
  number: 12, name: 'az-loss', title: 'An AZ is lost under load',
  expectation: 'At 70 % load all nodes of an AZ go. Writes go on with two of three replicas, leaders that were there are replaced within the time of an election, eventual reads are served all the while; admission stays as it was. Moving the hottest leader, and making the node eight times slower that leads it then, cost latency, not availability.',
  remarks: 'Times of elections and copies are settings of the world. Log replicas and the staleness of eventual reads are not in it; live runs and the fault tests of the cluster have them.',
  isLive: true,
  cases: ({seed, scale, isLive}) => {
    const seconds = isLive ? LIVE_SECONDS : END;
    const keys = {kind: 'zipf', keyCount: 1_000_000, theta: 0.99, firstKey: 0} as const;
    const strongRate = READ_UNITS * 0.7 * (2 / 3) * scale;
    return [{
      name: 'faults', settings: {
        faults: [
          {kind: 'az-loss', atSeconds: LOST, az: 0}, {kind: 'az-return', atSeconds: BACK, az: 0}, {kind: 'leader-move', atSeconds: MOVED, of: 'hottest'},
          {kind: 'node-slow', atSeconds: SLOW, node: 'hottest-leader', factor: SLOW_FACTOR}, {kind: 'node-slow', atSeconds: RECOVERED, node: 'hottest-leader', factor: 1},
        ],
      },
      workload: workload('az-loss', 'Zipf at 70 % of the table while an AZ goes and comes back', seed, provisionedTable(READ_UNITS * scale, WRITE_UNITS * scale), [
        load({name: 'strong reads', keys, operation: STRONG_GET, phases: steps(seconds, [strongRate])}),
        load({name: 'eventual reads', keys, operation: EVENTUAL_GET, phases: steps(seconds, [strongRate])}),
        load({name: 'writes', keys, operation: PUT, phases: steps(seconds, [WRITE_UNITS * 0.7 * scale])}),
      ]),
    }];
  },
  judge: (outcome) => {
    const record = outcome.record('faults');
    if (outcome.isLive) {
      const whole = windowOf(0, LIVE_SECONDS);
      return [atMost('failed without a fault', errorCount(record, whole), 0, 'requests'), atMost('writes throttled', percent(throttledRatio(record, WRITES, whole)), 1, '%')];
    }
    const {failoverMs} = outcome.settings;
    const failover = Math.ceil(failoverMs / 1000);
    const streams = [STRONG, EVENTUAL, WRITES];
    const failed = (from: number, until: number): number => streams.reduce((sum, stream) => sum + failedCount(record, stream, windowOf(from, until)), 0);
    const throttled = (from: number, until: number): number => Math.max(...streams.map((stream) => percent(throttledRatio(record, stream, windowOf(from, until)))));
    const calm = p99MsMean(record, windowOf(MOVED + 30, SLOW));
    return [
      atMost('failed before the loss', failed(0, LOST), 0, 'requests'),
      atLeast('strong reads and writes failed while leaders were missing', failedCount(record, STRONG, windowOf(LOST, LOST + failover)) + failedCount(record, WRITES, windowOf(LOST, LOST + failover)), 1, 'requests'),
      atMost('eventual reads failed, ever', failedCount(record, EVENTUAL, windowOf(0, END)), 0, 'requests'),
      atMost('failed from an election after the loss until the AZ is back', failed(LOST + failover, BACK), 0, 'requests'),
      atMost('a partition without leader', measure(record, 'unavailableSecondsMax'), failover, 's'),
      atMost('throttled while the AZ is gone', throttled(LOST, BACK), 0.5, '%'),
      atMost('from the return to full redundancy', measure(record, 'allReplicatedAtSecond') - BACK, 120, 's'),
      atMost('failed in the second of the leader\'s move', failed(MOVED, MOVED + 1), Math.ceil(2_000 * outcome.scale), 'requests'),
      atMost('failed after that', failed(MOVED + 1, END), 0, 'requests'),
      atLeast('99th percentile beside a slow node, times that of calm', p99MsMean(record, windowOf(SLOW + 10, RECOVERED)) / calm, 1.2, 'times'),
      atMost('throttled beside a slow node', throttled(SLOW, RECOVERED), 0.5, '%'),
      near('99th percentile after recovery, times that of calm', p99MsMean(record, windowOf(RECOVERED + 30, END)) / calm, 1, 25, 'times'),
    ];
  },
};
