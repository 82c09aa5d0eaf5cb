import {toHex, toReplicaId} from '@murmuration/base';
import type {IndexId, NodeId, TableId} from '@murmuration/base';
import type {ControlFailure, TableSpecification} from '@murmuration/control-client';
import {TABLE_CAPACITY_UNITS_MAX} from '@murmuration/model';
import type {TableDescriptor} from '@murmuration/model';
import {HashRing, initialPartitionCount, initialRanges, placeOnRing, spreadLeaders} from '@murmuration/placement';
import type {NodeEntry, PartitionEntry, ReplicaPlacement} from '@murmuration/placement';
import type {PlannedPartition} from './catalog-commands.js';

export interface PlanOptions {
  /** Replicas of each partition, each in another AZ. */
  readonly replicationFactor: number;
}

/** Ranges of a new table and where their replicas go. Pure: equal inputs, equal plan. */
export function planTable(
  options: PlanOptions,
  specification: TableSpecification,
  table: TableId,
  index: IndexId,
  nodes: readonly NodeEntry[],
  existing: Iterable<PartitionEntry>,
): readonly PlannedPartition[] | ControlFailure {
  const willing = nodes.filter((node) => node.roles.includes('storage') && node.duty === 'serving');
  // Nodes that are down get nothing, unless there would be too few AZs without them: they may come back any moment.
  const living = willing.filter((node) => node.state !== 'down');
  const candidates = countZones(living) >= options.replicationFactor ? living : willing;
  const zoneCount = countZones(candidates);
  if (zoneCount < options.replicationFactor) return {code: 'NotEnoughZones', zoneCount, zoneCountNeeded: options.replicationFactor};
  const {replicaCounts, leaderCounts} = countLoad(existing);
  const ring = new HashRing(candidates);
  const ranges = initialRanges(table, index, initialPartitionCount(throughputOf(specification)));
  const replicas = ranges.map((range): readonly ReplicaPlacement[] => {
    const chosen = placeOnRing(ring, candidates, replicaCounts, range.from, options.replicationFactor);
    for (const {node} of chosen) replicaCounts.set(node, (replicaCounts.get(node) ?? 0) + 1);
    return chosen.map(({node}, i) => ({replica: toReplicaId(i + 1), node, role: 'voter'}));
  });
  const azByNode = new Map(nodes.map((node) => [node.node, node.az]));
  const leaders = spreadLeaders(replicas, (node) => azByNode.get(node), leaderCounts);
  return ranges.map((range, i) => ({
    index,
    fromHex: toHex(range.from),
    untilHex: toHex(range.until),
    replicas: replicas[i] ?? [],
    preferredLeader: leaders[i] ?? toReplicaId(1),
  }));
}

function countZones(nodes: readonly NodeEntry[]): number {
  return new Set(nodes.map((node) => node.az)).size;
}

function countLoad(existing: Iterable<PartitionEntry>): {replicaCounts: Map<NodeId, number>; leaderCounts: Map<NodeId, number>} {
  const replicaCounts = new Map<NodeId, number>();
  const leaderCounts = new Map<NodeId, number>();
  for (const entry of existing) {
    for (const {node, replica} of entry.replicas) {
      replicaCounts.set(node, (replicaCounts.get(node) ?? 0) + 1);
      if (replica === entry.preferredLeader) leaderCounts.set(node, (leaderCounts.get(node) ?? 0) + 1);
    }
  }
  return {replicaCounts, leaderCounts};
}

function throughputOf(specification: TableSpecification): Parameters<typeof initialPartitionCount>[0] {
  return {
    billingMode: specification.billingMode,
    rcu: specification.provisionedThroughput.ReadCapacityUnits,
    wcu: specification.provisionedThroughput.WriteCapacityUnits,
  };
}

/** The quota of one table; without it one request could ask for more partitions than a cluster can hold. */
export function capacityExcess(throughput: TableDescriptor['provisionedThroughput'] | undefined): ControlFailure | undefined {
  if (throughput === undefined) return undefined;
  if (throughput.ReadCapacityUnits <= TABLE_CAPACITY_UNITS_MAX && throughput.WriteCapacityUnits <= TABLE_CAPACITY_UNITS_MAX) return undefined;
  return {
    code: 'LimitExceeded',
    message: `Subscriber limit exceeded: a table may have at most ${TABLE_CAPACITY_UNITS_MAX} read and ${TABLE_CAPACITY_UNITS_MAX} write capacity units`,
  };
}
