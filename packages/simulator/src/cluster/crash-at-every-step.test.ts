// Goal: whoever works on a job may die after any step of it that was made durable: the job ends all the same, and nothing is lost.
// Method: a small cluster without other faults; one job of each kind; the process that tells of the n-th step dies there, for each n in turn.
import type {EventRecord} from '@murmuration/base';
import {toGroupId} from '@murmuration/base';
import {describe, expect, test} from '@jest/globals';
import type {ClusterSettings} from './cluster-settings.js';
import {tableRequest} from './operators.js';
import {runClusterSeed} from './run-cluster-seed.js';
import type {ClusterReport, ClusterStage} from './run-cluster-seed.js';
import type {SimNode} from './sim-node.js';

interface JobCase {
  readonly name: string;
  /** Steps that become durable: the more are told of, the more runs there are. */
  readonly steps: readonly string[];
  readonly isOfJob?: (record: EventRecord) => boolean;
  readonly order: (stage: ClusterStage) => void;
  /** Fewer steps than this mean that the job was not carried out. */
  readonly stepCountMin: number;
}

const ORDER_AT_MS = 2_500;
const STEPS_MAX = 8;

const isKind = (kind: string) => (record: EventRecord): boolean => !record.event.startsWith('control-plane/job-') || record['kind'] === kind;
const JOBS: readonly JobCase[] = [
  {
    name: 'create', steps: ['control-plane/table-created', 'control-plane/table-active'], stepCountMin: 2,
    order: ({operator}) => operator.ask('CreateTable', tableRequest('late', true)),
  },
  {
    name: 'split', steps: ['control-plane/job-step', 'partition/split', 'control-plane/split-finished', 'control-plane/job-done'], isOfJob: isKind('split'), stepCountMin: 3,
    order: ({operator, watch}) => {
      for (const {group} of watch.newestMap?.partitions ?? []) operator.act({kind: 'split-partition', group: toGroupId(group), atHex: undefined});
    },
  },
  {
    // Sometimes too late: then the split is made, and its job says so.
    name: 'split called off', steps: ['control-plane/job-step', 'partition/split', 'control-plane/split-finished', 'control-plane/job-done', 'control-plane/job-ended'], isOfJob: isKind('split'), stepCountMin: 2,
    order: ({operator, watch, world}) => {
      for (const {group} of watch.newestMap?.partitions.slice(0, 1) ?? []) {
        operator.act({kind: 'split-partition', group: toGroupId(group), atHex: undefined});
        // Whichever number the job got: there are no others.
        for (let afterMs = 2; afterMs <= 400; afterMs *= 2) world.afterMs(afterMs, () => operator.act({kind: 'cancel-job', job: 1}));
      }
    },
  },
  {
    name: 'move', steps: ['control-plane/job-step', 'control-plane/job-done'], isOfJob: isKind('move'), stepCountMin: 2,
    order: ({operator, watch}) => {
      for (const {group, replicas} of watch.newestMap?.partitions.slice(0, 1) ?? []) {
        const from = replicas.find(({node}) => node.startsWith('a'))?.node;
        if (from !== undefined) operator.act({kind: 'move-replica', group: toGroupId(group), from, to: undefined});
      }
    },
  },
  {
    name: 'heal', steps: ['control-plane/job-step', 'control-plane/job-done'], isOfJob: isKind('heal'), stepCountMin: 3,
    order: ({world, cluster, watch}) => {
      const holder = watch.newestMap?.partitions[0]?.replicas.find(({node}) => node.startsWith('a'))?.node;
      if (holder === undefined) return;
      const node = cluster.node(holder);
      watch.damaged.add(node.id);
      node.machine.kill('power');
      world.afterMs(1, () => node.loseDisk());
    },
  },
  {
    name: 'delete', steps: ['control-plane/table-deleted', 'raft-host/group-removed', 'partition/removed'], stepCountMin: 3,
    order: ({operator, world}) => {
      operator.ask('CreateTable', tableRequest('late', true));
      const again = (): void => {
        operator.ask('DeleteTable', {TableName: 'late'}, (result) => {
          if (result.kind !== 'answered' || result.status !== 200) world.afterMs(300, again);
        });
      };
      world.afterMs(1_500, again);
    },
  },
];

function small(drawn: ClusterSettings): ClusterSettings {
  return {
    ...drawn, nodeCount: 4, azCount: 3, replicationFactor: 3, controlNodeCount: 3, hasOwnControlNodes: false, tableCount: 1, teamCount: 1, clientsPerTeam: 2, thinkMs: 30, guardPermille: 0,
    throttling: undefined, operatorPeriodMs: 0, safetyMs: 9_000, workload: {...drawn.workload, liveItemCount: 6, operationsPerItemMax: 15}, clientResetPermille: 0, controlResetPermille: 0, callResetPermille: 0, faults: {...drawn.faults, kinds: []},
    tuning: {...drawn.tuning, controlPlane: {healAfterMs: 2_000, suspectAfterMs: 1_000, downAfterMs: 1_500, splitSizeBytes: 1_000_000, splitsMax: 2, jobsMax: 4, jobsPerNodeMax: 4, planMs: 100}},
  };
}

/** @returns steps that were told of before anybody died, and the run */
async function runWithDeathAt(job: JobCase, step: number, death: 'kill' | 'power'): Promise<{readonly stepCount: number; readonly report: ClusterReport}> {
  let stepCount = 0;
  const report = await runClusterSeed({
    seed: 100 + step, faults: [], changeSettings: small,
    direct: (stage) => {
      stage.world.afterMs(ORDER_AT_MS, () => {
        const watchOn = (): void => {
          stage.watch.onNext(job.steps, seen);
        };
        const seen = (node: SimNode, record: EventRecord): void => {
          if (job.isOfJob?.(record) !== false) stepCount += 1;
          // What was told of is durable: the process dies at the very next thing it does.
          if (stepCount === step && job.isOfJob?.(record) !== false) node.machine.process?.dieAfterCalls(1, death);
          watchOn();
        };
        watchOn();
        job.order(stage);
      });
    },
  });
  return {stepCount, report};
}

describe('the worker of a job dies after each of its steps', () => {
  test.each(JOBS.map((job) => [job.name, job] as const))('%s', async (_name, job) => {
    let stepCount = STEPS_MAX;
    for (let step = 1; step <= Math.min(stepCount, STEPS_MAX); step += 1) {
      const {stepCount: told, report} = await runWithDeathAt(job, step, step % 2 === 0 ? 'power' : 'kill');
      expect({step, failure: report.failure?.message}).toEqual({step, failure: undefined});
      expect(told).toBeGreaterThanOrEqual(job.stepCountMin);
      stepCount = Math.min(stepCount, told);
    }
  }, 180_000);
});
