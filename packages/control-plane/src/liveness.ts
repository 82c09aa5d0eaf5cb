import {NO_REPLICA} from '@murmuration/base';
import type {GroupId, NodeId, ReplicaId} from '@murmuration/base';
import type {GroupReport, NodeLive, PartitionLive, RestingReplicas} from '@murmuration/control-client';
import type {NodeEntry, NodeState, PartitionEntry} from '@murmuration/placement';

export interface LivenessOptions {
  readonly suspectAfterMs: number;
  readonly downAfterMs: number;
}

interface Heard {
  atMs: number;
  incarnation: number;
}
interface Told {
  readonly report: GroupReport;
  readonly atMs: number;
  readonly node: NodeId;
}

/** What heartbeats say. Soft state of the leading replica: a new leader starts empty and gives everybody a full grace. */
export class Liveness {
  readonly #options: LivenessOptions;
  readonly #heard = new Map<NodeId, Heard>();
  readonly #reports = new Map<GroupId, Map<number, Told>>();
  /** What was told of replicas that sleep, by process: it stands as long as the process is heard. */
  readonly #asleep = new Map<NodeId, Set<Told>>();
  #startedAtMs = 0;

  constructor(options: LivenessOptions) {
    this.#options = options;
  }

  reset(nowMs: number): void {
    this.#heard.clear();
    this.#reports.clear();
    this.#asleep.clear();
    this.#startedAtMs = nowMs;
  }

  /**
   * @param rest what it says of replicas that sleep; undefined when it says nothing of them
   * @returns whether everything is known of those: if not, the process has to tell of all its replicas
   */
  heartbeat(node: NodeId, incarnation: number, groups: readonly GroupReport[], nowMs: number, rest?: RestingReplicas): boolean {
    if (rest?.isFull === true || this.#heard.get(node)?.incarnation !== incarnation) this.#asleep.delete(node);
    this.#heard.set(node, {atMs: nowMs, incarnation});
    for (const report of groups) {
      let replicas = this.#reports.get(report.group);
      if (replicas === undefined) {
        replicas = new Map();
        this.#reports.set(report.group, replicas);
      }
      const before = replicas.get(report.replica);
      if (before !== undefined) this.#asleep.get(before.node)?.delete(before);
      const told = {report, atMs: nowMs, node};
      replicas.set(report.replica, told);
      if (report.isAsleep === true) this.#asleepOn(node).add(told);
    }
    return rest === undefined || rest.asleepCount === (this.#asleep.get(node)?.size ?? 0);
  }
  #asleepOn(node: NodeId): Set<Told> {
    let told = this.#asleep.get(node);
    if (told === undefined) {
      told = new Set();
      this.#asleep.set(node, told);
    }
    return told;
  }
  /** When it was last true, as far as is known. */
  #toldAtMs(told: Told): number {
    const heard = this.#heard.get(told.node);
    return heard !== undefined && this.#asleep.get(told.node)?.has(told) === true ? heard.atMs : told.atMs;
  }

  forget(group: GroupId): void {
    for (const told of this.#reports.get(group)?.values() ?? []) this.#asleep.get(told.node)?.delete(told);
    this.#reports.delete(group);
  }

  /** How long a node has said nothing. */
  silentMs(node: NodeId, nowMs: number): number {
    return nowMs - (this.#heard.get(node)?.atMs ?? this.#startedAtMs);
  }

  /** What the present leader of a partition told last; undefined when nobody leads, or it was not heard lately. */
  leaderReport(entry: PartitionEntry, nowMs: number): GroupReport | undefined {
    let leader: GroupReport | undefined;
    for (const told of this.#reports.get(entry.group)?.values() ?? []) {
      const {report} = told;
      if (report.isLeader && nowMs - this.#toldAtMs(told) < this.#options.suspectAfterMs && (leader === undefined || report.term > leader.term)) leader = report;
    }
    return leader;
  }

  /** What all replicas of a partition did of late, as they told: followers read too. In half units a second. */
  consumption(group: GroupId, nowMs: number): {readonly readHalfUnits: number; readonly writeHalfUnits: number} {
    let readHalfUnits = 0;
    let writeHalfUnits = 0;
    for (const told of this.#reports.get(group)?.values() ?? []) {
      const {heat} = told.report;
      if (heat === undefined || nowMs - this.#toldAtMs(told) >= this.#options.suspectAfterMs) continue;
      readHalfUnits += heat.readHalfUnits;
      writeHalfUnits += heat.writeHalfUnits;
    }
    return {readHalfUnits, writeHalfUnits};
  }

  isHeard(group: GroupId, replica: ReplicaId, nowMs: number): boolean {
    const told = this.#reports.get(group)?.get(replica);
    return told !== undefined && nowMs - this.#toldAtMs(told) < this.#options.suspectAfterMs && !this.isUnusable(group, replica);
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
      for (const [replica, told] of replicas) {
        if (nowMs - this.#toldAtMs(told) < this.#options.downAfterMs) continue;
        if (entry?.replicas.some((placement) => placement.replica === replica) === true) continue;
        this.#asleep.get(told.node)?.delete(told);
        replicas.delete(replica);
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
    for (const told of this.#reports.get(entry.group)?.values() ?? []) {
      const {report} = told;
      replicas.push({replica: report.replica, applied: report.applied, heardMsAgo: nowMs - this.#toldAtMs(told)});
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
