import {BASE_INDEX_ID, toHex, toIndexId, toReplicaId} from '@murmuration/base';
import type {IndexId, NodeId, TableId} from '@murmuration/base';
import type {ControlFailure, TableSpecification} from '@murmuration/control-client';
import {GLOBAL_INDEX_ID_MIN} from '@murmuration/model';
import type {IndexDefinition} from '@murmuration/model';
import {HashRing, initialPartitionCount, initialRanges, placeOnRing, spreadLeaders} from '@murmuration/placement';
import type {NodeEntry, PartitionEntry, ReplicaPlacement} from '@murmuration/placement';
import type {PlannedPartition} from './catalog-commands.js';

export interface PlanOptions {
  /** Replicas of each partition, each in another AZ. */
  readonly replicationFactor: number;
  /** 0: as many as the throughput needs. */
  readonly initialPartitions?: number;
}

/** The same for a table with the global indexes that come with it, each with partitions of its own. */
export function planTableWithIndexes(
  options: PlanOptions, specification: TableSpecification, table: TableId, nodes: readonly NodeEntry[], existing: Iterable<PartitionEntry>,
): readonly PlannedPartition[] | ControlFailure {
  const known = [...existing];
  const plan = planTable(options, specification, table, BASE_INDEX_ID, nodes, known);
  if ('code' in plan) return plan;
  const all = [...plan];
  for (const [i, index] of (specification.extra.globalSecondaryIndexes ?? []).entries()) {
    const planned = planIndex(options, specification, table, toIndexId(GLOBAL_INDEX_ID_MIN + i), index, nodes, known);
    if ('code' in planned) return planned;
    all.push(...planned);
  }
  return all;
}

/** Ranges of one global index, by its own throughput. */
export function planIndex(
  options: PlanOptions, table: Pick<TableSpecification, 'billingMode'>, tableId: TableId, indexId: IndexId, {ProvisionedThroughput}: IndexDefinition,
  nodes: readonly NodeEntry[], existing: Iterable<PartitionEntry>,
): readonly PlannedPartition[] | ControlFailure {
  const provisionedThroughput = ProvisionedThroughput ?? {ReadCapacityUnits: 0, WriteCapacityUnits: 0};
  return planTable(options, {billingMode: table.billingMode, provisionedThroughput}, tableId, indexId, nodes, existing);
}

/** Ranges of a new table and where their replicas go. Pure: equal inputs, equal plan. */
export function planTable(
  options: PlanOptions,
  specification: Pick<TableSpecification, 'billingMode' | 'provisionedThroughput'>,
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
  const ranges = initialRanges(table, index, wantedCount(options, specification));
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

function wantedCount({initialPartitions = 0}: PlanOptions, specification: Parameters<typeof throughputOf>[0]): number {
  return initialPartitions > 0 ? initialPartitions : initialPartitionCount(throughputOf(specification));
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

function throughputOf(specification: Pick<TableSpecification, 'billingMode' | 'provisionedThroughput'>): Parameters<typeof initialPartitionCount>[0] {
  return {
    billingMode: specification.billingMode,
    rcu: specification.provisionedThroughput.ReadCapacityUnits,
    wcu: specification.provisionedThroughput.WriteCapacityUnits,
  };
}
