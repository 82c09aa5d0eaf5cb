import {toAzId, toGroupId, toIndexId, toLogIndex, toNodeId, toReplicaId, toTableId, toTerm} from '@murmuration/base';
import type {ClusterStatus} from '@murmuration/control-client';
import {buildStatusDocument} from './status-document.js';

const status: ClusterStatus = {
  clusterId: 'c', controlLeader: toNodeId('a1'),
  map: {
    version: 4,
    tables: [{
      tableId: toTableId(1), name: 'T', tableUuid: 'u', status: 'ACTIVE', keySchema: {hash: {name: 'pk', type: 'S'}, range: undefined}, attributeDefinitions: [],
      billingMode: 'PAY_PER_REQUEST', provisionedThroughput: {ReadCapacityUnits: 0, WriteCapacityUnits: 0}, createdAtMs: 0, extra: {},
    }],
    partitions: [{
      group: toGroupId(16), table: toTableId(1), index: toIndexId(0), from: new Uint8Array([1]), until: new Uint8Array([2]), epoch: 1, preferredLeader: toReplicaId(1), membership: 1, nextReplica: toReplicaId(100), split: undefined,
      replicas: ['a1', 'b1', 'c1'].map((id, i) => ({replica: toReplicaId(i + 1), node: toNodeId(id), role: 'voter' as const})),
    }],
    nodes: ['a1', 'b1', 'c1'].map((id) => ({
      node: toNodeId(id), az: toAzId(id.charAt(0)), roles: ['storage' as const], fabricAddress: 'f', apiAddress: 'p', adminAddress: 'm', pid: 1, incarnation: 1, diskId: 'disk', state: 'up' as const, duty: 'serving' as const,
    })),
  },
  partitionsLive: [{
    group: toGroupId(16), leader: toReplicaId(2), term: toTerm(3), itemCount: 10, sizeBytes: 100,
    replicas: [{replica: toReplicaId(1), applied: toLogIndex(5), heardMsAgo: 10}, {replica: toReplicaId(2), applied: toLogIndex(6), heardMsAgo: 10}, {replica: toReplicaId(3), applied: toLogIndex(2), heardMsAgo: 60_000}],
  }],
  nodesLive: [{node: toNodeId('c1'), state: 'down', heardMsAgo: undefined}],
  jobs: [], isBalancing: false,
};

describe('buildStatusDocument', () => {
  test('names leaders by node, and says unknown of what was not heard', () => {
    const document = buildStatusDocument(status);
    expect(document.partitions[0]).toMatchObject({table: 'T', index: null, leader: 'b1', term: 3, from: '01', until: '02'});
    expect(document.partitions[0]?.replicas.map((replica) => replica.state)).toEqual(['follower', 'leader', 'unknown']);
    expect(document.tables).toEqual([{name: 'T', id: 1, status: 'ACTIVE', itemCount: 10, sizeBytes: 100, partitionCount: 1}]);
    expect(document.nodes.map((node) => node.state)).toEqual(['up', 'up', 'down']);
    expect(document.nodes[2]?.heardMsAgo).toBeNull();
  });
  test('a partition nobody leads has no leader', () => {
    expect(buildStatusDocument({...status, partitionsLive: []}).partitions[0]?.leader).toBeNull();
  });
});
