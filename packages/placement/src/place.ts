import {assert} from '@murmuration/base';
import type {AzId, NodeId, ReplicaId} from '@murmuration/base';
import type {ReplicaPlacement} from './cluster-map-types.js';
import type {RingNode} from './hash-ring.js';
import {HashRing} from './hash-ring.js';
import {tokenOf} from './token.js';

/** A node may hold a quarter more replicas than the mean of its AZ before the walk passes it by. */
const LOAD_SLACK = 0.25;

/**
 * Chooses the nodes of a new partition: the first node of each AZ on the ring walk from the range's start, passing by
 * nodes above the load bound. With fewer AZs than replicas the rest go to further nodes, never two on one node.
 * @param load replicas held now, by node; a missing node holds none
 * @param rangeFrom first stored key of the range
 * @returns at most `replicaCount` nodes, fewer when there are not so many; the first AZ met first
 */
export function placePartition(
  nodes: readonly RingNode[],
  load: ReadonlyMap<NodeId, number>,
  rangeFrom: Uint8Array,
  replicaCount: number,
): readonly RingNode[] {
  return placeOnRing(new HashRing(nodes), nodes, load, rangeFrom, replicaCount);
}

/** As placePartition, on a ring made before: for placing many ranges. */
export function placeOnRing(
  ring: HashRing,
  nodes: readonly RingNode[],
  load: ReadonlyMap<NodeId, number>,
  rangeFrom: Uint8Array,
  replicaCount: number,
): readonly RingNode[] {
  assert(replicaCount >= 1, 'a partition needs a replica', {replicaCount});
  const walk = ring.walk(tokenOf(rangeFrom));
  const bounds = loadBounds(nodes, load);
  const heldBy = (node: RingNode): number => load.get(node.node) ?? 0;
  const chosen: RingNode[] = [];
  const usedAzs = new Set<AzId>();
  for (const node of walk) {
    if (chosen.length === replicaCount) return chosen;
    if (usedAzs.has(node.az) || heldBy(node) >= (bounds.get(node.az) as number)) continue;
    usedAzs.add(node.az);
    chosen.push(node);
  }
  for (const node of [...walk].sort((a, b) => heldBy(a) - heldBy(b))) {
    if (chosen.length === replicaCount) break;
    if (!chosen.includes(node)) chosen.push(node);
  }
  return chosen;
}

/** Replicas a node of the AZ may hold before it is passed by; above the mean, so one node of each AZ is always below it. */
function loadBounds(nodes: readonly RingNode[], load: ReadonlyMap<NodeId, number>): ReadonlyMap<AzId, number> {
  const sums = new Map<AzId, {nodeCount: number; replicaCount: number}>();
  for (const node of nodes) {
    const sum = sums.get(node.az) ?? {nodeCount: 0, replicaCount: 0};
    sum.nodeCount += 1;
    sum.replicaCount += load.get(node.node) ?? 0;
    sums.set(node.az, sum);
  }
  return new Map([...sums].map(([az, sum]) => [az, Math.ceil(((sum.replicaCount + 1) / sum.nodeCount) * (1 + LOAD_SLACK))]));
}

/**
 * Chooses whom each new partition should try first as leader: the voter whose AZ, then whose node, leads least so far.
 * @param leaderCounts partitions led now, by node
 * @returns by position, one replica for each partition
 */
export function spreadLeaders(
  partitions: readonly (readonly ReplicaPlacement[])[],
  azOf: (node: NodeId) => AzId | undefined,
  leaderCounts: ReadonlyMap<NodeId, number>,
): readonly ReplicaId[] {
  const byNode = new Map(leaderCounts);
  const byAz = new Map<AzId | undefined, number>();
  for (const [node, count] of byNode) byAz.set(azOf(node), (byAz.get(azOf(node)) ?? 0) + count);
  return partitions.map((replicas) => {
    let best: ReplicaPlacement | undefined;
    for (const candidate of replicas) {
      if (candidate.role !== 'voter') continue;
      if (best === undefined || leadsLess(candidate, best)) best = candidate;
    }
    assert(best !== undefined, 'a partition has no voter to lead it');
    byNode.set(best.node, (byNode.get(best.node) ?? 0) + 1);
    byAz.set(azOf(best.node), (byAz.get(azOf(best.node)) ?? 0) + 1);
    return best.replica;
  });

  function leadsLess(a: ReplicaPlacement, b: ReplicaPlacement): boolean {
    const azDifference = (byAz.get(azOf(a.node)) ?? 0) - (byAz.get(azOf(b.node)) ?? 0);
    return azDifference !== 0 ? azDifference < 0 : (byNode.get(a.node) ?? 0) < (byNode.get(b.node) ?? 0);
  }
}
