import type {GroupId, NodeId, ReplicaId} from '@murmuration/base';
import type {PartitionEntry, ReplicaPlacement} from './cluster-map-types.js';
import {canTake, chooseTarget, replicaLoad} from './cluster-view.js';
import type {ClusterView} from './cluster-view.js';
import {quorumEffect} from './quorum-effect.js';

/** A partition that gets a new full copy in place of a lost one. */
export interface PlannedHeal {
  readonly group: GroupId;
  /** The lost replica; undefined when one is missing already. */
  readonly from: ReplicaId | undefined;
  /** Where the new full copy goes: the lost one's own node when only its disk was lost and no other node is free. */
  readonly toNode: NodeId;
  /** Where a log replica stands in until the copy is there; undefined when no second node is free. */
  readonly logNode: NodeId | undefined;
  /** The lost replica must have left before the copy can begin. */
  readonly isClearedFirst: boolean;
}

/**
 * Which partitions lack a full copy, and where the next one goes. Partitions in more danger come first. A partition
 * without a living majority is not named: nothing can be changed in it until its voters come back.
 * @param replicaCountWanted full copies a partition should have
 * @param isUnusable whether a replica told that it can serve no more, although its node lives
 */
export function planHeal(view: ClusterView, replicaCountWanted: number, isUnusable: (group: GroupId, replica: ReplicaId) => boolean = () => false): readonly PlannedHeal[] {
  const load = replicaLoad(view);
  const heals: {readonly heal: PlannedHeal; readonly toleratedCount: number}[] = [];
  for (const entry of view.partitions) {
    if (view.busy.has(entry.group) || entry.split !== undefined) continue;
    const isBad = (placement: ReplicaPlacement): boolean => view.isLost(placement.node) || isUnusable(entry.group, placement.replica);
    const heal = planOne(view, load, entry, replicaCountWanted, isBad);
    if (heal === undefined) continue;
    load.set(heal.toNode, (load.get(heal.toNode) ?? 0) + 1);
    heals.push({heal, toleratedCount: quorumEffect(entry, view.isLost).toleratedCountAfter});
  }
  heals.sort((a, b) => a.toleratedCount - b.toleratedCount || a.heal.group - b.heal.group);
  return heals.map((ranked) => ranked.heal);
}

/** Full copies that live, of all partitions: for the count of those that have too few. */
export function countLivingCopies(view: ClusterView, entry: PartitionEntry): number {
  return entry.replicas.filter((placement) => placement.role === 'voter' && !view.isLost(placement.node)).length;
}

function planOne(
  view: ClusterView, load: ReadonlyMap<NodeId, number>, entry: PartitionEntry, replicaCountWanted: number, isBad: (placement: ReplicaPlacement) => boolean,
): PlannedHeal | undefined {
  if (!quorumEffect(entry, view.isLost).isQuorumKept) return undefined;
  const leaving = entry.replicas.find((placement) => placement.role === 'leaving');
  const lost = leaving ?? entry.replicas.find((placement) => placement.role === 'voter' && isBad(placement)) ?? entry.replicas.find(isBad);
  const copyCount = entry.replicas.filter((placement) => placement.role === 'voter' && !isBad(placement)).length;
  if (lost === undefined && copyCount >= replicaCountWanted) return undefined;
  const standIn = entry.replicas.find((placement) => placement.role === 'log' && !isBad(placement));
  const replaced = lost === undefined ? (standIn === undefined ? [] : [standIn]) : [lost, ...(standIn === undefined ? [] : [standIn])];
  const free = chooseTarget(view, load, entry, {replaced, mayShareAz: true, except: new Set()});
  const own = lost === undefined ? undefined : view.nodes.get(lost.node);
  // A node that came back with an empty disk takes its copies again: it is in the right AZ, and nobody else has to move.
  // A replica that can serve no more on a living node goes there too, when no other node is free.
  const isOwnBack = own !== undefined && lost !== undefined && canTake(view, own) && (lost.role === 'leaving' || free === undefined);
  const toNode = isOwnBack ? own.node : free;
  if (toNode === undefined) return undefined;
  const isInNeedOfStandIn = lost !== undefined && lost.role !== 'log' && standIn === undefined;
  const logNode = isInNeedOfStandIn ? chooseTarget(view, load, entry, {replaced, mayShareAz: true, except: new Set([toNode])}) : undefined;
  return {group: entry.group, from: lost?.replica, toNode, logNode, isClearedFirst: isOwnBack || lost?.role === 'leaving'};
}
