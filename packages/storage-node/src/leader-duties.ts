import type {GroupId, NodeId, ReplicaId} from '@murmuration/base';
import {BASE_INDEX_ID, NO_REPLICA} from '@murmuration/base';
import type {ClusterMap, PartitionEntry} from '@murmuration/placement';
import type {HostedPartition} from './hosted-partition.js';
import {emit} from './partition-context.js';
import type {NodeContext} from './partition-context.js';
import {executeSplit} from './split-execution.js';
import {StreamDuties} from './streams/stream-duties.js';
import {TimeToLiveDuties} from './time-to-live/time-to-live-duties.js';

/** Pause before leadership is offered again when nobody could take it, or a split that could not begin is tried again. */
const RETRY_MS = 500;

interface Duty {
  /** Newest membership that is known to be reached. */
  membership: number;
  isSplitting: boolean;
  /** The child that the newest map asks for. */
  splitWanted: GroupId | undefined;
  isDeriving: boolean;
  splitFromMs: number;
  refusal: {readonly child: GroupId; readonly reason: string} | undefined;
  /** Leadership is not moved before. */
  moveFromMs: number;
  preferred: ReplicaId;
}

/**
 * What leaders here do about the map: bring the members in line, cut where a split is wanted, and step aside for the
 * replica that should lead. The map says what is wanted and may be old: numbers and epochs make an old wish harmless.
 */
export class LeaderDuties {
  readonly #self: NodeId;
  readonly #node: NodeContext;
  readonly #duties = new Map<GroupId, Duty>();
  readonly #streams: StreamDuties;
  readonly #timeToLive: TimeToLiveDuties;
  constructor(self: NodeId, node: NodeContext) {
    this.#self = self;
    this.#node = node;
    this.#streams = new StreamDuties(node);
    this.#timeToLive = new TimeToLiveDuties(node);
  }
  /** Why the split that the map asks for can't be carried out. */
  refusalOf(group: GroupId): Duty['refusal'] {
    return this.#duties.get(group)?.refusal;
  }
  /** Looks after one partition; cheap when there is nothing to do. Called often. */
  follow(partition: HostedPartition, map: ClusterMap): void {
    const {group} = partition;
    const entry = map.partition(group);
    if (!partition.isLeader || entry === undefined) {
      this.#duties.delete(group);
      this.#streams.forget(group);
      this.#timeToLive.forget(group);
      return;
    }
    const duty = this.#dutyOf(partition, entry);
    duty.splitWanted = entry.split?.child;
    if (duty.isSplitting) return;
    this.#bringMembersInLine(partition, entry, duty);
    if (!this.#streams.isBusy(group) && !this.#timeToLive.isBusy(group)) this.#derive(partition, map, duty);
    if (!duty.isDeriving) {
      this.#streams.follow(partition);
      this.#timeToLive.follow(partition);
    }
    this.#split(partition, entry, duty);
    this.#stepAside(partition, entry, map, duty);
  }

  #dutyOf(partition: HostedPartition, entry: PartitionEntry): Duty {
    const known = this.#duties.get(partition.group);
    if (known !== undefined) return known;
    const nowMs = this.#node.clock.monotonicMs();
    const duty: Duty = {
      membership: 0, isSplitting: false, splitWanted: undefined, isDeriving: false, splitFromMs: 0, refusal: undefined, moveFromMs: nowMs + this.#node.tuning.leaderMoveMsMin, preferred: entry.preferredLeader,
    };
    this.#duties.set(partition.group, duty);
    return duty;
  }
  #bringMembersInLine(partition: HostedPartition, entry: PartitionEntry, duty: Duty): void {
    if (entry.membership <= duty.membership) return;
    const result = this.#node.host.reconcileMembers(partition.group, {membership: entry.membership, members: entry.replicas});
    if (result !== 'reached') return;
    duty.membership = entry.membership;
    this.#node.changed(partition.group);
  }
  /** What is derived from writes changes through the partition's own log, so that it changes at one place of it on every replica. */
  #derive(partition: HostedPartition, map: ClusterMap, duty: Duty): void {
    const {machine, identity} = partition;
    const wanted = map.tableById(identity.table)?.derivation;
    if (duty.isDeriving || wanted === undefined || identity.index !== BASE_INDEX_ID || wanted.version <= machine.derivation.version) return;
    duty.isDeriving = true;
    partition.writes.propose(
      () => (wanted.version > machine.derivation.version ? machine.evaluateDerivation(wanted, this.#node.clock.wallMs()) : undefined),
      () => (duty.isDeriving = false),
    );
  }
  #split(partition: HostedPartition, entry: PartitionEntry, duty: Duty): void {
    const {split} = entry;
    if (split === undefined) {
      duty.refusal = undefined;
      return;
    }
    const nowMs = this.#node.clock.monotonicMs();
    const isDue = entry.epoch === partition.range.epoch && duty.refusal?.child !== split.child && nowMs >= duty.splitFromMs;
    // Its members first: both halves get the ones it has.
    if (!isDue || duty.membership < entry.membership) return;
    // A group that is ahead of this map may follow one in which the split was called off.
    if (this.#node.host.status(partition.group)?.membership !== entry.membership) return;
    duty.isSplitting = true;
    duty.splitFromMs = nowMs + RETRY_MS;
    const {events, metrics} = this.#node;
    executeSplit(partition, split, () => duty.splitWanted === split.child, this.#node).then((outcome) => {
      duty.isSplitting = false;
      metrics.splitEnded(outcome === 'applied' ? 'applied' : outcome === 'again' ? 'again' : 'refused');
      if (typeof outcome === 'string') return;
      duty.refusal = {child: split.child, reason: outcome.refusal};
      emit(events, {event: 'partition/split-refused', level: 'warn', group: partition.group, child: split.child, reason: outcome.refusal});
      this.#node.changed(partition.group);
    }).catch((error: unknown) => {
      duty.isSplitting = false;
      emit(events, {event: 'partition/read-failed', level: 'error', group: partition.group, reason: error instanceof Error ? error.message : 'unknown error'});
    });
  }
  /** A draining process gives leadership to anybody that stays; else the preferred replica gets it when it is fit, not too often. */
  #stepAside(partition: HostedPartition, entry: PartitionEntry, map: ClusterMap, duty: Duty): void {
    const nowMs = this.#node.clock.monotonicMs();
    if (duty.preferred !== entry.preferredLeader) {
      // Somebody asked for it just now.
      duty.preferred = entry.preferredLeader;
      duty.moveFromMs = nowMs;
    }
    const isServing = (node: NodeId): boolean => map.node(node)?.duty !== 'draining' && map.node(node)?.state !== 'down';
    const isLeavingHere = partition.isQuarantined || map.node(this.#self)?.duty === 'draining';
    if (isLeavingHere) duty.moveFromMs = Math.min(duty.moveFromMs, nowMs + RETRY_MS);
    if (nowMs < duty.moveFromMs || (!isLeavingHere && entry.preferredLeader === partition.replica)) return;
    const fit = entry.replicas.filter(({role, node, replica}) => role === 'voter' && replica !== partition.replica && isServing(node)).map(({replica}) => replica);
    const wanted = isLeavingHere ? [...fit.filter((replica) => replica === entry.preferredLeader), ...fit] : fit.filter((replica) => replica === entry.preferredLeader);
    const to = wanted.length === 0 ? NO_REPLICA : this.#node.host.handLeadership(partition.group, wanted);
    duty.moveFromMs = nowMs + (to === NO_REPLICA || isLeavingHere ? RETRY_MS : this.#node.tuning.leaderMoveMsMin);
  }
}
