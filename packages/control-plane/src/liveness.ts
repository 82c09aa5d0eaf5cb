import {NO_REPLICA} from '@murmuration/base';
import type {GroupId, NodeId, ReplicaId} from '@murmuration/base';
import type {GroupReport, NodeLive, PartitionLive} from '@murmuration/control-client';
import type {NodeEntry, NodeState, PartitionEntry} from '@murmuration/placement';

export interface LivenessOptions {
  readonly suspectAfterMs: number;
  readonly downAfterMs: number;
}

interface Heard {
  atMs: number;
  incarnation: number;
}

/** What heartbeats say. Soft state of the leading replica: a new leader starts empty and gives everybody a full grace. */
export class Liveness {
  readonly #options: LivenessOptions;
  readonly #heard = new Map<NodeId, Heard>();
  readonly #reports = new Map<GroupId, Map<number, {report: GroupReport; atMs: number; node: NodeId}>>();
  #startedAtMs = 0;

  constructor(options: LivenessOptions) {
    this.#options = options;
  }

  reset(nowMs: number): void {
    this.#heard.clear();
    this.#reports.clear();
    this.#startedAtMs = nowMs;
  }

  heartbeat(node: NodeId, incarnation: number, groups: readonly GroupReport[], nowMs: number): void {
    this.#heard.set(node, {atMs: nowMs, incarnation});
    for (const report of groups) {
      let replicas = this.#reports.get(report.group);
      if (replicas === undefined) {
        replicas = new Map();
        this.#reports.set(report.group, replicas);
      }
      replicas.set(report.replica, {report, atMs: nowMs, node});
    }
  }

  forget(group: GroupId): void {
    this.#reports.delete(group);
  }

  /** How long a node has said nothing. */
  silentMs(node: NodeId, nowMs: number): number {
    return nowMs - (this.#heard.get(node)?.atMs ?? this.#startedAtMs);
  }

  /** What the present leader of a partition told last; undefined when nobody leads, or it was not heard lately. */
  leaderReport(entry: PartitionEntry, nowMs: number): GroupReport | undefined {
    let leader: GroupReport | undefined;
    for (const {report, atMs} of this.#reports.get(entry.group)?.values() ?? []) {
      if (report.isLeader && nowMs - atMs < this.#options.suspectAfterMs && (leader === undefined || report.term > leader.term)) leader = report;
    }
    return leader;
  }

  isHeard(group: GroupId, replica: ReplicaId, nowMs: number): boolean {
    const told = this.#reports.get(group)?.get(replica);
    return told !== undefined && nowMs - told.atMs < this.#options.suspectAfterMs && !this.isUnusable(group, replica);
  }

  /** Whether a replica told that it can serve no more. */
  isUnusable(group: GroupId, replica: ReplicaId): boolean {
    return this.#reports.get(group)?.get(replica)?.report.isUnusable === true;
  }

  /** The newest membership that a replica told it has for good. It does not go back, so also what was told long ago counts. */
  durableMembership(group: GroupId, replica: ReplicaId): number {
    return this.#reports.get(group)?.get(replica)?.report.durableMembership ?? 0;
  }

  /** Forgets what was told of partitions and replicas that are no more, a while after the last word. */
  prune(entryOf: (group: GroupId) => PartitionEntry | undefined, nowMs: number): void {
    for (const [group, replicas] of this.#reports) {
      const entry = entryOf(group);
      for (const [replica, {atMs}] of replicas) {
        if (nowMs - atMs < this.#options.downAfterMs) continue;
        if (entry?.replicas.some((placement) => placement.replica === replica) !== true) replicas.delete(replica);
      }
      if (replicas.size === 0) this.#reports.delete(group);
    }
  }

  stateOf(node: NodeEntry, nowMs: number): NodeState {
    const sinceMs = nowMs - (this.#heard.get(node.node)?.atMs ?? this.#startedAtMs);
    if (sinceMs >= this.#options.downAfterMs) return 'down';
    return sinceMs >= this.#options.suspectAfterMs ? 'suspect' : 'up';
  }

  nodeLive(node: NodeEntry, nowMs: number): NodeLive {
    const heard = this.#heard.get(node.node);
    return {node: node.node, state: this.stateOf(node, nowMs), heardMsAgo: heard === undefined ? undefined : nowMs - heard.atMs};
  }

  /** The leader is the replica that says so with the highest term, if its process was heard lately. */
  partitionLive(entry: PartitionEntry, nowMs: number): PartitionLive {
    const leader = this.leaderReport(entry, nowMs);
    const replicas: {replica: GroupReport['replica']; applied: GroupReport['applied']; heardMsAgo: number}[] = [];
    for (const {report, atMs} of this.#reports.get(entry.group)?.values() ?? []) {
      const heardMsAgo = nowMs - atMs;
      replicas.push({replica: report.replica, applied: report.applied, heardMsAgo});
    }
    return {
      group: entry.group,
      leader: leader?.replica ?? NO_REPLICA,
      term: leader?.term ?? (0 as GroupReport['term']),
      itemCount: leader?.itemCount ?? 0,
      ...(leader?.heat === undefined ? {} : {heat: leader.heat}),
      ...(leader?.localIndexes === undefined ? {} : {localIndexes: leader.localIndexes}),
      ...(leader?.indexFeeds === undefined ? {} : {indexFeeds: leader.indexFeeds}),
      ...(leader?.outbox === undefined ? {} : {outbox: leader.outbox}),
      sizeBytes: leader?.sizeBytes ?? 0,
      replicas,
    };
  }
}
