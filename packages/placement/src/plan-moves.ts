import type {AzId, NodeId} from '@murmuration/base';
import type {NodeEntry, PartitionEntry, ReplicaPlacement} from './cluster-map-types.js';
import {azSpread, canTake, chooseTarget, isSettled, replicaLoad} from './cluster-view.js';
import type {ClusterView, PlannedMove} from './cluster-view.js';

export interface DrainPlan {
  readonly moves: readonly PlannedMove[];
  /** Partitions whose replica has nowhere to go without two of them in one AZ or on one node. */
  readonly stuck: readonly PartitionEntry[];
}

/**
 * Where the replicas of a node go when it gives up everything.
 * @param preferred takes all it can; the rest goes where it fits best
 */
export function planDrain(view: ClusterView, node: NodeId, preferred?: NodeId): DrainPlan {
  const load = replicaLoad(view);
  const moves: PlannedMove[] = [];
  const stuck: PartitionEntry[] = [];
  for (const entry of view.partitions) {
    const from = entry.replicas.find((placement) => placement.node === node && placement.role !== 'leaving');
    // What lacks a copy is healed first; what is under way ends first.
    if (from === undefined || !isSettled(view, entry)) continue;
    const toNode = preferred !== undefined && canReplace(view, entry, from, preferred)
      ? preferred
      : chooseTarget(view, load, entry, {replaced: [from], mayShareAz: false, except: new Set([node])});
    if (toNode === undefined) stuck.push(entry);
    else {
      load.set(toNode, (load.get(toNode) ?? 0) + 1);
      moves.push({group: entry.group, from: from.replica, toNode});
    }
  }
  return {moves, stuck};
}

/** Whether a node may take the place of one replica: it lives, holds none of the partition, and the AZs do not get fewer. */
export function canReplace(view: ClusterView, entry: PartitionEntry, from: ReplicaPlacement, toNode: NodeId): boolean {
  const target = view.nodes.get(toNode);
  if (target === undefined || !canTake(view, target) || entry.replicas.some((placement) => placement.node === toNode)) return false;
  const after = entry.replicas.map((placement) => (placement === from ? {...placement, node: toNode} : placement));
  return azSpread(view, after) >= azSpread(view, entry.replicas);
}

/**
 * Moves that even the cluster out: first replicas that share an AZ while another AZ has none, then from the fullest to the
 * emptiest node of each AZ while they differ by two or more. Every move makes the sum of squares of loads smaller or the
 * spread wider, so carrying plans out comes to an end.
 * @param countMax of moves named
 */
export function planMoves(view: ClusterView, countMax: number): readonly PlannedMove[] {
  const load = replicaLoad(view);
  const moves: PlannedMove[] = [];
  const moved = new Set<PartitionEntry>();
  for (const entry of view.partitions) {
    if (moves.length >= countMax) return moves;
    const move = isSettled(view, entry) ? planSpread(view, load, entry) : undefined;
    if (move === undefined) continue;
    moved.add(entry);
    take(move);
  }
  for (const [, nodes] of byAz(view)) {
    while (moves.length < countMax) {
      const next = pickMove(view, nodes, load, moved);
      if (next === undefined) break;
      moved.add(next.entry);
      take(next.move);
    }
  }
  return moves;

  function take(move: PlannedMove): void {
    moves.push(move);
    const from = view.partitions.find((entry) => entry.group === move.group)?.replicas.find((placement) => placement.replica === move.from);
    if (from !== undefined) load.set(from.node, (load.get(from.node) ?? 0) - 1);
    load.set(move.toNode, (load.get(move.toNode) ?? 0) + 1);
  }
}

/** Only what makes the spread over AZs wider: worth doing at any time, since a lost AZ would take two copies with it. */
export function planSpreadMoves(view: ClusterView): readonly PlannedMove[] {
  const load = replicaLoad(view);
  return view.partitions.flatMap((entry) => (isSettled(view, entry) ? (planSpread(view, load, entry) ?? []) : []));
}

function planSpread(view: ClusterView, load: ReadonlyMap<NodeId, number>, entry: PartitionEntry): PlannedMove | undefined {
  if (azSpread(view, entry.replicas) === entry.replicas.length) return undefined;
  const azs = entry.replicas.map((placement) => view.nodes.get(placement.node)?.az);
  const doubled = entry.replicas.filter((_, i) => azs.indexOf(azs[i]) !== i);
  for (const from of doubled) {
    const rest = entry.replicas.filter((placement) => placement !== from);
    const usedAzs = new Set(rest.map((placement) => view.nodes.get(placement.node)?.az));
    const except = new Set([...view.nodes.values()].filter((node) => usedAzs.has(node.az)).map((node) => node.node));
    const toNode = chooseTarget(view, load, entry, {replaced: [from], mayShareAz: false, except});
    if (toNode !== undefined) return {group: entry.group, from: from.replica, toNode};
  }
  return undefined;
}

function pickMove(
  view: ClusterView, nodes: readonly NodeEntry[], load: ReadonlyMap<NodeId, number>, moved: ReadonlySet<PartitionEntry>,
): {readonly entry: PartitionEntry; readonly move: PlannedMove} | undefined {
  const held = (node: NodeEntry): number => load.get(node.node) ?? 0;
  const sorted = [...nodes].sort((a, b) => held(a) - held(b) || (a.node < b.node ? -1 : 1));
  const least = sorted[0];
  if (least === undefined) return undefined;
  for (const most of sorted.reverse()) {
    if (held(most) - held(least) < 2) return undefined;
    for (const entry of view.partitions) {
      if (moved.has(entry) || !isSettled(view, entry) || entry.replicas.some((placement) => placement.node === least.node)) continue;
      const from = entry.replicas.find((placement) => placement.node === most.node);
      if (from !== undefined) return {entry, move: {group: entry.group, from: from.replica, toNode: least.node}};
    }
  }
  return undefined;
}

function byAz(view: ClusterView): ReadonlyMap<AzId, readonly NodeEntry[]> {
  const azs = new Map<AzId, NodeEntry[]>();
  for (const node of view.nodes.values()) {
    if (!canTake(view, node)) continue;
    const list = azs.get(node.az);
    if (list === undefined) azs.set(node.az, [node]);
    else list.push(node);
  }
  return azs;
}
