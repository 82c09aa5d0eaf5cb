import {toAzId, toGroupId, toLogIndex, toNodeId, toReplicaId, toTableId, toIndexId, toTerm} from '@murmuration/base';
import type {GroupReport} from '@murmuration/control-client';
import type {NodeEntry, PartitionEntry} from '@murmuration/placement';
import {Liveness} from './liveness.js';

const node: NodeEntry = {
  node: toNodeId('a1'), az: toAzId('a'), roles: ['storage'], fabricAddress: 'x:1', apiAddress: '', adminAddress: '', pid: 1, incarnation: 1, diskId: 'disk', state: 'up', duty: 'serving',
};
const entry: PartitionEntry = {
  group: toGroupId(16), table: toTableId(1), index: toIndexId(0), from: new Uint8Array([1]), until: new Uint8Array([2]), epoch: 1,
  replicas: [], preferredLeader: toReplicaId(1), membership: 1, nextReplica: toReplicaId(100), split: undefined,
};
const report = (replica: number, term: number, isLeader: boolean): GroupReport => ({
  group: entry.group, replica: toReplicaId(replica), term: toTerm(term), isLeader, leader: toReplicaId(1), applied: toLogIndex(5), itemCount: 3, sizeBytes: 30,
  epoch: 1, membership: 1, voters: [], learners: [], isJoint: false, progress: [], lastSplit: undefined, splitRefusal: undefined,
});

describe('Liveness', () => {
  test('a process becomes suspect, then down, and comes back with one heartbeat', () => {
    const liveness = new Liveness({suspectAfterMs: 100, downAfterMs: 500});
    liveness.reset(0);
    expect(liveness.stateOf(node, 99)).toBe('up');
    expect(liveness.stateOf(node, 100)).toBe('suspect');
    expect(liveness.stateOf(node, 500)).toBe('down');
    liveness.heartbeat(node.node, 1, [], 600);
    expect(liveness.stateOf(node, 650)).toBe('up');
  });
  test('what was told of a replica asleep stands while its process is heard in the same life, and a process that is not known in full is asked to tell all', () => {
    const liveness = new Liveness({suspectAfterMs: 100, downAfterMs: 500});
    liveness.reset(0);
    const asleep = {...report(1, 4, true), isAsleep: true};
    expect(liveness.heartbeat(node.node, 1, [asleep], 10, {asleepCount: 1, isFull: true})).toBe(true);
    expect(liveness.heartbeat(node.node, 1, [], 400, {asleepCount: 1, isFull: false})).toBe(true);
    expect(liveness.partitionLive(entry, 450)).toMatchObject({leader: 1, replicas: [{heardMsAgo: 50}]});
    expect(liveness.partitionLive(entry, 501).leader).toBe(0);
    expect(liveness.heartbeat(node.node, 1, [report(1, 5, true)], 510, {asleepCount: 0, isFull: false})).toBe(true);
    expect(liveness.partitionLive(entry, 620).leader).toBe(0);
    expect(liveness.heartbeat(node.node, 1, [], 630, {asleepCount: 1, isFull: false})).toBe(false);
    expect(liveness.heartbeat(node.node, 1, [asleep], 640, {asleepCount: 1, isFull: true})).toBe(true);
    // Another life: what the one before told does not stand.
    expect(liveness.heartbeat(node.node, 2, [], 700)).toBe(true);
    expect(liveness.partitionLive(entry, 760).leader).toBe(0);
    expect(liveness.heartbeat(node.node, 2, [], 770, {asleepCount: 1, isFull: false})).toBe(false);
    liveness.heartbeat(node.node, 2, [asleep], 780, {asleepCount: 1, isFull: true});
    liveness.forget(entry.group);
    expect(liveness.heartbeat(node.node, 2, [], 790, {asleepCount: 0, isFull: false})).toBe(true);
  });
  test('of two that call themselves leader the higher term is believed, and a silent one is not', () => {
    const liveness = new Liveness({suspectAfterMs: 100, downAfterMs: 500});
    liveness.reset(0);
    liveness.heartbeat(toNodeId('a1'), 1, [report(1, 4, true)], 10);
    liveness.heartbeat(toNodeId('b1'), 1, [{...report(2, 5, true), localIndexes: [{itemCount: 2, sizeBytes: 9}]}], 20);
    expect(liveness.partitionLive(entry, 30)).toMatchObject({leader: 2, term: 5, itemCount: 3, sizeBytes: 30, localIndexes: [{itemCount: 2, sizeBytes: 9}]});
    expect(liveness.partitionLive(entry, 200).leader).toBe(0);
  });
});
