// Which replica of a partition is asked for what.
import {toAzId, toGroupId, toNodeId, toReplicaId, toTableId, toIndexId} from '@murmuration/base';
import {ClusterMap} from '@murmuration/placement';
import type {PartitionEntry, ReplicaRole} from '@murmuration/placement';
import {Routes} from './routes.js';

const ROLES: readonly ReplicaRole[] = ['learner', 'log', 'voter', 'leaving', 'voter'];
const ENTRY: PartitionEntry = {
  group: toGroupId(20), table: toTableId(1), index: toIndexId(0), from: Uint8Array.of(0x10, 0), until: Uint8Array.of(0x10, 1), epoch: 1, membership: 1,
  replicas: ROLES.map((role, i) => ({replica: toReplicaId(i + 1), node: toNodeId(`n${i}`), role})), nextReplica: toReplicaId(6), split: undefined,
  preferredLeader: toReplicaId(2),
};

describe('Routes', () => {
  test('replicas that learn, leave or keep the log only are not read from, and only a voter or one that leaves is taken for the leader', () => {
    const route = new Routes(toNodeId('n0'), toAzId('a')).of(ENTRY, ClusterMap.empty());
    expect(route.readOrder.map(({replica}) => replica)).toEqual([3, 5]);
    const tried = new Set<number>();
    for (let i = 0; i < 6; i += 1) {
      tried.add(route.leader.replica);
      route.notLeader(route.leader, toReplicaId(2));
    }
    expect([...tried].sort()).toEqual([3, 4, 5]);
  });
});
