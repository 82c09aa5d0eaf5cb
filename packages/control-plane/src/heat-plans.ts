import type {AzId, GroupId, NodeId, ReplicaId} from '@murmuration/base';
import type {GroupReport, HeatReport} from '@murmuration/control-client';
import {canLead, canReplace, canTake, isSettled} from '@murmuration/placement';
import type {ClusterView, PartitionEntry, PlannedLeader, PlannedMove, ReplicaPlacement} from '@murmuration/placement';

export interface HeatSplit {
  readonly group: GroupId;
  readonly atHex: string;
}
type ReportOf = (entry: PartitionEntry) => GroupReport | undefined;

/** Hot partitions that their leaders would have cut, the hottest first. */
export function planHeatSplits(view: ClusterView, reportOf: ReportOf): readonly HeatSplit[] {
  const hot: {readonly split: HeatSplit; readonly loadPermille: number}[] = [];
  for (const entry of view.partitions) {
    const report = reportOf(entry);
    const advice = report?.heat?.advice;
    // Advice is for the range that the leader had when it gave it.
    if (report?.heat === undefined || advice?.kind !== 'split' || report.epoch !== entry.epoch || !isSettled(view, entry)) continue;
    hot.push({split: {group: entry.group, atHex: advice.atHex}, loadPermille: report.heat.loadPermille});
  }
  return hot.sort((a, b) => b.loadPermille - a.loadPermille || a.split.group - b.split.group).map(({split}) => split);
}

/** A follower writes what its leader writes, but judges and answers nothing: about half of the work. */
const FOLLOWED_WRITE_PART = 0.5;
const WRITE_WEIGHT = 3;
/** A node with less than a fifth of one partition's ceiling is not hot, whatever the others do. */
const NODE_LOAD_MIN = 200;
/** So much above the mean of those that could take something. */
const ABOVE_MEAN_RATIO = 1.25;
/** A step that relieves the hottest node by less is not worth its cost: a handover is cheap, a copy is not. */
const LEADER_RELIEF_RATIO = 0.1;
const MOVE_RELIEF_RATIO = 0.2;

/** Load of each node that may hold partitions, in thousandths of a partition's ceiling. */
export class NodeHeat {
  readonly #view: ClusterView;
  readonly #loads = new Map<GroupId, {readonly led: number; readonly followed: number}>();
  readonly #nodes = new Map<NodeId, number>();
  constructor(view: ClusterView, reportOf: ReportOf) {
    this.#view = view;
    for (const node of view.nodes.values()) if (canTake(view, node)) this.#nodes.set(node.node, 0);
    for (const entry of view.partitions) {
      const heat = reportOf(entry)?.heat;
      if (heat === undefined) continue;
      this.#loads.set(entry.group, {led: heat.loadPermille, followed: heat.loadPermille * FOLLOWED_WRITE_PART * writePart(heat)});
      for (const placement of entry.replicas) if (placement.role !== 'leaving') this.#nodes.set(placement.node, this.of(placement.node) + this.#ofReplica(entry, placement));
    }
  }
  of(node: NodeId): number {
    return this.#nodes.get(node) ?? 0;
  }
  /** Of those that could lead a partition, the replica on the coolest node. */
  coolestLeader(entry: PartitionEntry): ReplicaPlacement | undefined {
    const able = entry.replicas.filter((placement) => canLead(this.#view, placement));
    return able.sort((a, b) => this.of(a.node) - this.of(b.node) || a.replica - b.replica)[0];
  }
  /** Nodes that stand out, the hottest first. */
  hottest(): readonly NodeId[] {
    const loads = [...this.#nodes.values()];
    const mean = loads.reduce((sum, load) => sum + load, 0) / Math.max(1, loads.length);
    const hot = [...this.#nodes].filter(([, load]) => load >= NODE_LOAD_MIN && load > mean * ABOVE_MEAN_RATIO);
    return hot.sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1)).map(([node]) => node);
  }
  /** The handover that relieves a node most. */
  planLeader(node: NodeId, isPinned: (group: GroupId) => boolean): PlannedLeader | undefined {
    let best: {readonly plan: PlannedLeader; readonly peak: number} | undefined;
    for (const entry of this.#view.partitions) {
      const present = entry.replicas.find((placement) => placement.replica === entry.preferredLeader);
      const load = this.#loads.get(entry.group);
      if (present?.node !== node || load === undefined || this.#view.busy.has(entry.group) || isPinned(entry.group)) continue;
      const target = this.coolestLeader(entry);
      if (target === undefined || target.replica === present.replica) continue;
      const moved = load.led - load.followed;
      const peak = Math.max(this.of(node) - moved, this.of(target.node) + moved);
      if (peak < this.of(node) * (1 - LEADER_RELIEF_RATIO) && (best === undefined || peak < best.peak)) best = {plan: {group: entry.group, replica: target.replica}, peak};
    }
    return best?.plan;
  }
  /** The move of a replica to the coolest node of its AZ that relieves a node most. */
  planMove(node: NodeId): PlannedMove | undefined {
    const az = this.#view.nodes.get(node)?.az;
    const target = this.#coolestOf(az, node);
    if (target === undefined) return undefined;
    let best: {readonly plan: PlannedMove; readonly peak: number} | undefined;
    for (const entry of this.#view.partitions) {
      const from = entry.replicas.find((placement) => placement.node === node);
      if (from === undefined || !this.#loads.has(entry.group) || !isSettled(this.#view, entry) || !canReplace(this.#view, entry, from, target)) continue;
      const moved = this.#ofReplica(entry, from);
      const peak = Math.max(this.of(node) - moved, this.of(target) + moved);
      if (peak < this.of(node) * (1 - MOVE_RELIEF_RATIO) && (best === undefined || peak < best.peak)) best = {plan: {group: entry.group, from: from.replica, toNode: target}, peak};
    }
    return best?.plan;
  }

  #ofReplica(entry: PartitionEntry, {replica}: {readonly replica: ReplicaId}): number {
    const load = this.#loads.get(entry.group);
    if (load === undefined) return 0;
    return replica === entry.preferredLeader ? load.led : load.followed;
  }
  #coolestOf(az: AzId | undefined, except: NodeId): NodeId | undefined {
    const others = [...this.#view.nodes.values()].filter((node) => node.az === az && node.node !== except && canTake(this.#view, node));
    return others.sort((a, b) => this.of(a.node) - this.of(b.node) || (a.node < b.node ? -1 : 1))[0]?.node;
  }
}

function writePart({readHalfUnits, writeHalfUnits}: HeatReport): number {
  const all = readHalfUnits + writeHalfUnits * WRITE_WEIGHT;
  return all === 0 ? 0 : (writeHalfUnits * WRITE_WEIGHT) / all;
}
