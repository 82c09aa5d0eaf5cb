import type {AzId, GroupId, NodeId, ReplicaId} from '@murmuration/base';
import type {NodeEntry, PartitionEntry, ReplicaPlacement} from './cluster-map-types.js';

/** What the planning functions look at: the map, and what is known beside it. */
export interface ClusterView {
  readonly nodes: ReadonlyMap<NodeId, NodeEntry>;
  readonly partitions: readonly PartitionEntry[];
  /** Whether what a node holds counts as lost: silent for too long, or no longer part of the cluster. */
  readonly isLost: (node: NodeId) => boolean;
  /** Partitions with a job under way, and the replica that the job takes away, if any. They are left alone. */
  readonly busy: ReadonlyMap<GroupId, ReplicaId | undefined>;
}

export interface PlannedMove {
  readonly group: GroupId;
  readonly from: ReplicaId;
  readonly toNode: NodeId;
}

/** Replicas of each node after the jobs under way have ended; every node that may take some is there, with 0 at least. */
export function replicaLoad(view: ClusterView): Map<NodeId, number> {
  const load = new Map<NodeId, number>();
  for (const node of view.nodes.values()) if (node.roles.includes('storage')) load.set(node.node, 0);
  for (const entry of view.partitions) {
    const outgoing = view.busy.get(entry.group);
    for (const placement of entry.replicas) {
      if (placement.role === 'leaving' || placement.replica === outgoing) continue;
      load.set(placement.node, (load.get(placement.node) ?? 0) + 1);
    }
  }
  return load;
}

/** Whether a node may be given something new. */
export function canTake(view: ClusterView, node: NodeEntry): boolean {
  return node.roles.includes('storage') && node.state === 'up' && node.duty === 'serving' && !view.isLost(node.node);
}

/** Whether nothing is on its way in a partition: every replica a voter, no split wanted, no job. */
export function isSettled(view: ClusterView, entry: PartitionEntry): boolean {
  return !view.busy.has(entry.group) && entry.split === undefined && entry.replicas.every((placement) => placement.role === 'voter');
}

export interface TargetWish {
  /** Replicas that will not be there afterwards: their AZs count as free, and of these the first one's is preferred. */
  readonly replaced: readonly ReplicaPlacement[];
  /** Whether an AZ that has another replica will do when no other is left. */
  readonly mayShareAz: boolean;
  /** Nodes that are out of the question, besides those that hold a replica. */
  readonly except: ReadonlySet<NodeId>;
}

/**
 * The node for one more replica of a partition: in an AZ without one, best in the AZ of the replica it replaces; of those
 * the one with the fewest replicas, then the first by name. Never a node that holds a replica of the partition.
 */
export function chooseTarget(view: ClusterView, load: ReadonlyMap<NodeId, number>, entry: PartitionEntry, wish: TargetWish): NodeId | undefined {
  const staying = entry.replicas.filter((placement) => !wish.replaced.includes(placement) && placement.role !== 'leaving');
  const usedAzs = new Set<AzId>();
  for (const placement of staying) {
    const az = view.nodes.get(placement.node)?.az;
    if (az !== undefined) usedAzs.add(az);
  }
  const firstReplaced = wish.replaced[0];
  const preferredAz = firstReplaced === undefined ? undefined : view.nodes.get(firstReplaced.node)?.az;
  // A replica that shares its AZ already may go on doing so: the spread does not get worse.
  const sharesAlready = preferredAz !== undefined && usedAzs.has(preferredAz);
  let best: {readonly node: NodeEntry; readonly rank: number; readonly load: number} | undefined;
  for (const node of view.nodes.values()) {
    if (!canTake(view, node) || wish.except.has(node.node) || entry.replicas.some((placement) => placement.node === node.node)) continue;
    const isShared = usedAzs.has(node.az);
    if (isShared && !wish.mayShareAz && !sharesAlready) continue;
    const rank = isShared ? 2 : node.az === preferredAz ? 0 : 1;
    const held = load.get(node.node) ?? 0;
    if (best === undefined || rank < best.rank || (rank === best.rank && (held < best.load || (held === best.load && node.node < best.node.node)))) {
      best = {node, rank, load: held};
    }
  }
  return best?.node.node;
}

/** How many AZs hold a replica that stays. */
export function azSpread(view: ClusterView, replicas: readonly ReplicaPlacement[]): number {
  return new Set(replicas.filter((placement) => placement.role !== 'leaving').map((placement) => view.nodes.get(placement.node)?.az)).size;
}
