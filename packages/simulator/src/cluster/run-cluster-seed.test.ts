// Goal: whole clusters keep their promises under faults, and a seed is a run: the same on every machine, as often as it is asked
// for. Method: seeds of the cluster profile from 1 on, at the size of the gate; two of them twice.
import {runClusterSeed} from './run-cluster-seed.js';
import type {ClusterReport} from './run-cluster-seed.js';

const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] as const;
/** Less than what the seeds did when they were chosen: a gate that checks little proves little. */
const OPERATIONS_MIN = 15_000;
const EVENTUAL_READS_MIN = 300;
/** Rare things that a handful of seeds must reach, or the faults no longer bite. */
const REACHED = [
  'raft-host/lost-leadership', 'raft-host/snapshot-installed', 'raft-host/log-truncated', 'partition/not-leading', 'control-plane/node-registered',
  'control-client/unreachable', 'log/tail-cut', 'log/segment-recycled',
];

describe('cluster profile', () => {
  const reports = new Map<number, ClusterReport>();

  test.each(SEEDS)('seed %i finds nothing wrong', async (seed) => {
    const report = await runClusterSeed({seed});
    reports.set(seed, report);
    // The message of the failure stands in the diff, with the latest changes of state.
    expect(report.failure?.stack).toBeUndefined();
  }, 120_000);

  test('the seeds together checked enough, and reached what is rare', () => {
    const all = [...reports.values()];
    const sum = (count: (report: ClusterReport) => number): number => all.reduce((total, report) => total + count(report), 0);
    expect(sum((report) => report.operationCount)).toBeGreaterThan(OPERATIONS_MIN);
    expect(sum((report) => report.eventualReadCount)).toBeGreaterThan(EVENTUAL_READS_MIN);
    expect(REACHED.filter((probe) => sum((report) => report.probes[probe] ?? 0) === 0)).toEqual([]);
  });

  test.each(SEEDS.slice(0, 2))('seed %i again is the same run, event by event', async (seed) => {
    const again = await runClusterSeed({seed});
    expect(again.hash).toBe(reports.get(seed)?.hash);
    expect(again.eventCount).toBe(reports.get(seed)?.eventCount);
  }, 120_000);
});
