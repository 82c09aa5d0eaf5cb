// Goal: nobody who left a partition is dropped from the map, and so destroyed, before most of the voters have the new configuration for good.
// Method: a job's next command, from reports that say less than is needed, and then enough.
import {toAzId, toGroupId, toIndexId, toLogIndex, toNodeId, toReplicaId, toTableId, toTerm} from '@murmuration/base';
import type {GroupReport, JobEntry} from '@murmuration/control-client';
import type {NodeEntry, PartitionEntry, ReplicaRole} from '@murmuration/placement';
import {nextJobCommand} from './job-steps.js';

const entryOf = (...roles: readonly ReplicaRole[]): PartitionEntry => ({
  group: toGroupId(16), table: toTableId(1), index: toIndexId(0), from: new Uint8Array([1]), until: new Uint8Array([2]), epoch: 1, membership: 3, nextReplica: toReplicaId(5),
  replicas: roles.map((role, i) => ({replica: toReplicaId(i + 1), node: toNodeId(`n${i + 1}`), role})), preferredLeader: toReplicaId(1), split: undefined,
});
const node: NodeEntry = {
  node: toNodeId('n9'), az: toAzId('a'), roles: ['storage'], fabricAddress: 'x:1', apiAddress: '', adminAddress: '', pid: 1, incarnation: 1, diskId: 'disk', state: 'up', duty: 'serving',
};
const job = (kind: 'move' | 'heal', step: string): JobEntry => ({
  job: 1, kind, group: toGroupId(16), state: 'running', step, version: 2, cause: 'operator', from: toReplicaId(3), to: toReplicaId(4), toNode: node.node, child: undefined, startedAtMs: 0, updatedAtMs: 0, failure: undefined,
});
function isStepTaken(entry: PartitionEntry, running: JobEntry, durable: Readonly<Record<number, number>>, isTellingLeader = true): boolean {
  const voters = entry.replicas.filter(({role}) => role === 'voter' || role === 'log').map(({replica}) => replica);
  const learners = entry.replicas.filter(({role}) => role === 'learner').map(({replica}) => replica);
  const leader: GroupReport = {
    group: entry.group, replica: toReplicaId(1), term: toTerm(1), isLeader: true, leader: toReplicaId(1), applied: toLogIndex(9), itemCount: 0, sizeBytes: 0, epoch: 1, membership: 3,
    ...(isTellingLeader ? {durableMembership: durable[1] ?? 0} : {}), voters, learners, isJoint: false, progress: [], lastSplit: undefined, splitRefusal: undefined,
  };
  return nextJobCommand(running, {
    entry, leader, nodes: new Map([[node.node, node]]), isLost: () => false, isServing: () => true, durableMembershipOf: (replica) => durable[replica] ?? 0,
  }, 0) !== undefined;
}

describe('a split that was called off', () => {
  const [entry, split]: [PartitionEntry, JobEntry] = [entryOf('voter', 'voter', 'voter'), {...job('move', 'cancel'), kind: 'split', from: undefined, to: undefined, child: toGroupId(17)}];
  const next = (told: Partial<GroupReport> | undefined): ReturnType<typeof nextJobCommand> => nextJobCommand(split, {
    entry, nodes: new Map(), isLost: () => false, isServing: () => true, durableMembershipOf: () => 0,
    leader: told === undefined ? undefined : {
      group: entry.group, replica: toReplicaId(1), term: toTerm(1), isLeader: true, leader: toReplicaId(1), applied: toLogIndex(9), itemCount: 0, sizeBytes: 0, epoch: 1, membership: 3,
      voters: [], learners: [], isJoint: false, progress: [], lastSplit: undefined, splitRefusal: undefined, ...told,
    },
  }, 0);
  test('is over when its group has the number of the call, uncut', () => {
    expect(next(undefined)).toBeUndefined();
    expect(next({membership: 2})).toBeUndefined();
    expect(next({membership: 3})).toMatchObject({kind: 'step-job', state: 'cancelled'});
    // What the leader thought of the split does not matter any more.
    expect(next({membership: 3, splitRefusal: {child: toGroupId(17), reason: 'small'}})).toMatchObject({state: 'cancelled'});
  });
  test('is finished when it is in the log all the same', () => {
    expect(next({membership: 3, epoch: 2})).toBeUndefined();
    expect(next({membership: 2, epoch: 2, lastSplit: {child: toGroupId(17), atHex: '0105', childItemCount: 0, childSizeBytes: 0}})).toMatchObject({kind: 'finish-split', child: 17});
  });
});

describe('who left is dropped from the map', () => {
  const promoted = entryOf('voter', 'voter', 'leaving', 'voter');
  test.each([
    ['nobody told of it', {}, false],
    ['only the leader has it for good', {1: 3}, false],
    ['most have it for good and the leader does not', {2: 3, 4: 3}, false],
    ['who left has it for good, and the leader', {1: 3, 3: 3}, false],
    ['an older one is for good', {1: 3, 2: 2, 4: 2}, false],
    ['the leader and another one have it for good', {1: 3, 4: 3}, true],
  ])('not before most voters and the leader have the new configuration for good: %s', (_what, durable, isExpected) => {
    expect(isStepTaken(promoted, job('move', 'promote'), durable)).toBe(isExpected);
    expect(isStepTaken(promoted, job('heal', 'promote'), durable)).toBe(isExpected);
    expect(isStepTaken(promoted, job('move', 'undo'), durable)).toBe(isExpected);
    expect(isStepTaken(promoted, job('move', 'cancel'), durable)).toBe(isExpected);
    expect(isStepTaken(promoted, job('heal', 'clear'), durable)).toBe(isExpected);
  });
  test('log replicas are voters and count', () => {
    const healing = entryOf('voter', 'voter', 'leaving', 'log');
    expect(isStepTaken(healing, job('heal', 'log'), {1: 3})).toBe(false);
    expect(isStepTaken(healing, job('heal', 'log'), {1: 3, 4: 3})).toBe(true);
  });
  test('a process that does not tell counts as one that has nothing', () => {
    expect(isStepTaken(promoted, job('move', 'promote'), {1: 3, 2: 3, 4: 3}, false)).toBe(false);
  });
});
