import type {EventSink, GroupId, LogEntry, LogHardState, LogIndex, LogPort, NodeId, Random, ReplicaId, Term, WriteBatch} from '@murmuration/base';
import {EMPTY_BYTES, NO_REPLICA, assert, toLogIndex, toTerm} from '@murmuration/base';
import type {ConfChange, ConfState, Message, Ready, Snapshot} from '@murmuration/raft';
import {RawNode, decodeConfChange} from '@murmuration/raft';
import {Freshness} from './freshness.js';
import {GroupStorage} from './group-storage.js';
import {Lease} from './lease.js';
import type {RaftHostTuning} from './options.js';
import type {ProposalBudget, ProposeCallback} from './proposals.js';
import {Proposals} from './proposals.js';
import {Reads} from './reads.js';
import type {AppliedRecord} from './record-codec.js';
import {decodeMembership, encodeDescriptor} from './record-codec.js';
import type {GroupDescriptor, GroupMember, GroupProgress, GroupStateMachine, GroupStatus} from './types.js';
import {WaitList} from './wait-list.js';

const PROGRESS_NAMES = {StateProbe: 'probe', StateReplicate: 'replicate', StateSnapshot: 'snapshot'} as const;

/**
 * A log replica lets the others campaign first, for so many times E: it leads only to hand on entries that nobody else
 * alive has, and then hands over.
 */
const CARETAKER_DELAY_FACTOR = 2;

/** What a group tells its host beyond return values. */
export interface GroupObserver {
  becameLeader(group: Group): void;
  lostLeadership(group: Group, failedProposals: number): void;
  sawLeader(group: Group): void;
  configurationChanged(group: Group, index: LogIndex): void;
  proposalApplied(group: Group, queuedAtMs: number): void;
  snapshotSource(group: Group): Snapshot | 'unavailable';
}

export interface GroupStart {
  readonly descriptor: GroupDescriptor;
  readonly machine: GroupStateMachine;
  /** What the store holds. */
  readonly stored: AppliedRecord;
  /** No vote is given before this moment: promises of an earlier life are forgotten, but still hold. */
  readonly votesFromMs: number;
  /** Log and store were just made, durably. What a restart finds in the store may not have reached the disk. */
  readonly isNew?: boolean;
}

/** One replica of one group in this process: the core, the machine, and what waits for either. */
export class Group {
  readonly id: GroupId;
  readonly replica: ReplicaId;
  readonly machine: GroupStateMachine;
  readonly proposals: Proposals;
  readonly reads: Reads;
  readonly lease: Lease;
  readonly freshness = new Freshness();
  readonly appliedWaits: WaitList;
  readonly storedWaits: WaitList;
  readonly votesFromMs: number;
  node: RawNode;
  descriptor: GroupDescriptor;
  term: Term;
  commit: LogIndex;
  leader: ReplicaId = NO_REPLICA;
  isLeader = false;
  applied: LogIndex;
  appliedTerm: Term;
  confState: ConfState;
  /** Number of the newest wish for members that was applied. */
  membership: number;
  /** Number of the newest wish whose configuration, no joint one, is applied and comes back after any crash. */
  durableMembership = 0;
  stored: AppliedRecord;
  /** Stored index that a completed flush made durable. */
  flushedIndex: LogIndex = toLogIndex(0);
  isDirty = false;
  /** It does not tick, and holds no lease: see `Hibernation`. */
  isAsleep = false;
  /** Of its present or last sleep; other sleeps of this process have other numbers. */
  sleepNumber = 0;
  /** When it was last asked for something, or had something to do. */
  usedAtMs = Number.NEGATIVE_INFINITY;
  /** A handover that waits until the proposals under way are applied. */
  heldTransfer: {readonly to: ReplicaId; readonly untilMs: number} | undefined;
  /** A snapshot is being installed: nothing else happens to the group meanwhile. */
  isInstalling = false;
  isStopped = false;
  /** Told when the install under way is over. */
  readonly installWaiters: (() => void)[] = [];
  /** Until then a leaderless group campaigns again and again: it was just made and someone should lead soon. */
  eagerUntilMs = Number.NEGATIVE_INFINITY;
  lastHeardLeaderMs = Number.NEGATIVE_INFINITY;
  /** The leader's connection broke: campaign at this moment instead of at the end of the random timeout. */
  earlyCampaignAtMs: number | undefined;
  /** The newest heartbeat that was handed to the core. */
  heartbeat: {readonly from: ReplicaId; readonly term: Term; readonly sentAtMs: number} | undefined;
  /** Whom leadership was last handed to. */
  #handedTo: ReplicaId = NO_REPLICA;
  readonly #members = new Map<ReplicaId, GroupMember>();
  readonly #observer: GroupObserver;
  readonly #log: LogPort;
  readonly #tuning: RaftHostTuning;
  readonly #random: Random;
  readonly #events: EventSink;
  /** The machine was told that it leads. */
  #isAnnounced = false;
  #isCoreLeader = false;
  /** A majority is ready to vote for it, and the votes are on their way. */
  isCandidate = false;
  #loggedTerm: Term;
  #loggedVote: number;

  constructor(start: GroupStart, log: LogPort, tuning: RaftHostTuning, random: Random, events: EventSink, budget: ProposalBudget, observer: GroupObserver) {
    const {descriptor, stored} = start;
    this.id = descriptor.group;
    this.replica = descriptor.replica;
    this.descriptor = descriptor;
    this.machine = start.machine;
    this.votesFromMs = start.votesFromMs;
    this.stored = stored;
    this.applied = stored.index;
    this.appliedTerm = stored.term;
    this.confState = stored.confState;
    this.membership = stored.membership;
    if (start.isNew === true) this.durableMembership = stored.membership;
    this.#log = log;
    this.#tuning = tuning;
    this.#random = random;
    this.#events = events;
    this.#observer = observer;
    this.proposals = new Proposals(tuning.groupProposalsMax, tuning.groupProposalBytesMax, budget);
    this.reads = new Reads(tuning.groupReadsMax);
    this.lease = new Lease(this.replica, stored.confState);
    this.appliedWaits = new WaitList(tuning.groupWaitsMax);
    this.storedWaits = new WaitList(tuning.groupWaitsMax);
    this.learnMembers(descriptor.members);
    this.learnMembers(stored.members);
    this.node = this.#makeNode();
    const {hardState} = this.#makeStorage().initialState();
    this.term = hardState.term;
    this.commit = hardState.commit;
    this.#loggedTerm = hardState.term;
    this.#loggedVote = hardState.vote;
  }
  nodeOf(replica: ReplicaId): NodeId | undefined {
    return this.#members.get(replica)?.node;
  }
  get members(): readonly GroupMember[] {
    return [...this.#members.values()];
  }
  /** This replica keeps the log and votes; its machine is given nothing. */
  get isLog(): boolean {
    return this.descriptor.isLog === true;
  }
  isLogReplica(replica: ReplicaId): boolean {
    return this.#members.get(replica)?.isLog === true;
  }
  isConfigured(replica: ReplicaId): boolean {
    const {voters, learners, votersOutgoing, learnersNext} = this.confState;
    return voters.includes(replica) || learners.includes(replica) || votersOutgoing.includes(replica) || learnersNext.includes(replica);
  }
  get configuredCount(): number {
    return new Set(configured(this.confState)).size;
  }
  /** A replica never changes its node, so what was learned once stays true. */
  learnMembers(members: readonly GroupMember[]): void {
    for (const member of members) this.#members.set(member.replica, member);
  }
  /** Forgets members that are neither in the list nor in the configuration. */
  keepMembers(members: readonly GroupMember[]): void {
    const kept = new Set<ReplicaId>([...members.map((member) => member.replica), ...configured(this.confState)]);
    for (const replica of [...this.#members.keys()]) if (!kept.has(replica)) this.#members.delete(replica);
    this.learnMembers(members);
    this.descriptor = {...this.descriptor, members: this.members};
  }
  descriptorBytes(): Uint8Array {
    return encodeDescriptor(this.descriptor);
  }
  get isVoter(): boolean {
    return this.confState.voters.includes(this.replica) || this.confState.votersOutgoing.includes(this.replica);
  }
  /** Notes a hard state on its way to the log. @returns whether more than the commit index is new in it */
  logged(hardState: LogHardState): boolean {
    const isNew = hardState.term !== this.#loggedTerm || hardState.vote !== this.#loggedVote;
    this.#loggedTerm = hardState.term;
    this.#loggedVote = hardState.vote;
    return isNew;
  }
  /** The newest hard state on its way to the log, with everything committed that is applied. */
  committedState(): LogHardState {
    return {term: this.#loggedTerm, vote: this.#loggedVote, commit: toLogIndex(Math.max(this.commit, this.applied))};
  }
  appliedRecord(): AppliedRecord {
    return {replica: this.replica, index: this.applied, term: this.appliedTerm, confState: this.confState, membership: this.membership, members: this.members};
  }

  /**
   * Hands leadership over once what was proposed is applied, so that its proposers are answered here; new proposals wait
   * meanwhile, and are sent to the next leader.
   * @param untilMs when it begins all the same
   */
  transfer(to: ReplicaId, untilMs: number): void {
    this.heldTransfer = {to, untilMs};
  }
  /** @param isDue whether what is pending has been waited for long enough */
  beginHeldTransfer(isDue: boolean): void {
    const held = this.heldTransfer;
    if (held === undefined || (this.proposals.hasPending && !isDue)) return;
    this.heldTransfer = undefined;
    if (!this.isLeader) return;
    this.#handedTo = held.to;
    this.lease.revoke();
    this.node.transferLeader(held.to);
  }
  /** The leader, or whom this replica handed leadership to while nobody was heard of since; 0 when neither is known. */
  get leaderHint(): ReplicaId {
    return this.leader === NO_REPLICA ? this.#handedTo : this.leader;
  }
  /** Gives what was queued since the last turn to the core. */
  offer(): void {
    this.beginHeldTransfer(false);
    if (this.proposals.hasQueued && this.heldTransfer === undefined) this.#offerProposals();
    if (this.isLeader && this.reads.needsRound && this.node.readIndex(this.reads.beginRound()) !== undefined) {
      this.reads.failRound({code: 'Overloaded', retryAfterMs: this.#tuning.tickMs});
    }
  }
  /** Gives a membership change to the core, behind everything queued. @returns false when nothing was proposed */
  offerConfChange(change: ConfChange, done: ProposeCallback, queuedAtMs: number): boolean {
    this.offer();
    // What still waits, behind a transfer, would be taken for this change.
    if (!this.isLeader || this.proposals.hasQueued || !this.proposals.enqueue(EMPTY_BYTES, done, queuedAtMs)) return false;
    const queued = this.proposals.takeQueued();
    const index = toLogIndex(this.node.status().lastIndex + 1);
    if (this.node.proposeConfChange(change) !== undefined) {
      this.proposals.withdraw(queued);
      return false;
    }
    this.proposals.appended(queued, index, this.term);
    return true;
  }
  /** Takes over what a Ready says of the group itself: its messages are the host's to carry out. */
  observe(ready: Ready): void {
    if (ready.softState !== undefined) {
      this.#isCoreLeader = ready.softState.state === 'Leader';
      this.isCandidate = ready.softState.state === 'Candidate';
      this.#followLeader(ready.softState.lead);
    }
    if (ready.hardState !== undefined) {
      assert(ready.hardState.commit >= this.commit, 'the commit index never goes back', {group: this.id});
      assert(ready.hardState.term >= this.term, 'the term never goes back', {group: this.id});
      // A leader of a newer term is another leader, even when it is this replica again.
      if (this.isLeader && ready.hardState.term !== this.term) this.#loseLeadership();
      this.term = ready.hardState.term;
      this.commit = ready.hardState.commit;
    }
    if (this.isLeader && !this.#isCoreLeader) this.#loseLeadership();
    if (!this.isLeader && this.#isCoreLeader) this.#gainLeadership();
    for (const read of ready.readStates) this.reads.confirmed(read.context, read.index, this.applied);
  }
  /** Applies the entries of one StorageApply message. */
  apply(entries: readonly LogEntry[], batch: WriteBatch): void {
    for (const entry of entries) {
      assert(entry.index === this.applied + 1, 'entries are applied without a hole', {index: entry.index, applied: this.applied});
      const value = this.#applyEntry(entry, batch);
      this.applied = entry.index;
      this.appliedTerm = entry.term;
      if (this.isLeader && !this.#isAnnounced && entry.term === this.term) {
        // Everything of earlier terms is applied now: the machine may judge new proposals.
        this.#isAnnounced = true;
        this.machine.onLeadership(true, this.term);
      }
      const queuedAtMs = this.proposals.applied(entry.index, entry.term, value);
      if (queuedAtMs !== undefined) this.#observer.proposalApplied(this, queuedAtMs);
      if (this.isStopped) return;
    }
    this.reads.applied(this.applied);
    this.freshness.applied(this.applied);
    this.appliedWaits.reach(this.applied);
  }
  wasStored(record: AppliedRecord): void {
    this.stored = record;
    this.machine.onStored(record.index);
    this.storedWaits.reach(record.index);
  }
  /** A snapshot took the place of log and state. The core knows of it already. */
  wasInstalled(record: AppliedRecord): void {
    this.applied = record.index;
    this.appliedTerm = record.term;
    this.confState = record.confState;
    this.membership = record.membership;
    this.stored = record;
    if (record.confState.votersOutgoing.length === 0) this.durableMembership = Math.max(this.durableMembership, record.membership);
    this.flushedIndex = record.index;
    this.commit = Math.max(this.commit, record.index) as LogIndex;
    this.learnMembers(record.members);
    this.lease.configure(record.confState);
    this.machine.onConfiguration(record.confState);
    this.appliedWaits.reach(record.index);
    this.storedWaits.reach(record.index);
  }
  /** Whether a strong read may be answered from what is applied here, without asking anyone. */
  hasLease(nowMs: number, durationMs: number): boolean {
    return this.isLeader && !this.isLog && !this.isInstalling && !this.isAsleep && this.appliedTerm === this.term && this.lease.isValid(nowMs, durationMs);
  }
  stalenessMs(nowMs: number): number {
    if (this.isInstalling || this.isStopped || this.isLog) return Number.POSITIVE_INFINITY;
    if (this.isLeader && this.appliedTerm === this.term) {
      return Math.min(this.freshness.stalenessMs(nowMs), nowMs - this.lease.confirmedAtMs(nowMs));
    }
    return this.freshness.stalenessMs(nowMs);
  }
  stop(): number {
    this.isStopped = true;
    this.isLeader = false;
    this.lease.end();
    const failed = this.proposals.failAll({code: 'Stopped'});
    this.reads.failAll({code: 'Stopped'});
    this.appliedWaits.failAll();
    this.storedWaits.failAll();
    this.machine.stop();
    return failed;
  }
  status(): GroupStatus {
    const storage = this.#makeStorage();
    return {
      group: this.id, replica: this.replica, term: this.term, leader: this.leader, isLeader: this.isLeader, commit: this.commit,
      applied: this.applied, stored: this.stored.index, firstIndex: storage.firstIndex(), lastIndex: storage.lastIndex(),
      confState: this.confState, membership: this.membership, durableMembership: this.durableMembership, isJoint: this.confState.votersOutgoing.length > 0, isLog: this.isLog, progress: this.progress(),
    };
  }
  /** Of the others and this replica, as the leader's core sees them; empty elsewhere. */
  progress(): readonly GroupProgress[] {
    if (!this.isLeader) return [];
    const {lastIndex, progress} = this.node.status();
    const heldCount = Math.max(1, lastIndex - (this.#log.group(this.id)?.firstIndex ?? 1) + 1);
    const entryBytes = this.#log.groupBytes(this.id) / heldCount;
    return progress.map((peer) => {
      const behindEntries = peer.id === this.replica ? 0 : Math.max(0, lastIndex - peer.match);
      return {
        replica: peer.id, match: peer.match, state: PROGRESS_NAMES[peer.state], isActive: peer.isRecentlyActive || peer.id === this.replica,
        isLog: this.isLogReplica(peer.id), behindEntries, behindBytes: Math.ceil(behindEntries * entryBytes),
      };
    });
  }

  #makeStorage(): GroupStorage {
    return new GroupStorage(this.#log, this.id, this.stored.index, this.stored.confState, () => this.#observer.snapshotSource(this));
  }
  #makeNode(): RawNode {
    const tuning = this.#tuning;
    return new RawNode({
      id: this.replica,
      electionTicks: tuning.electionTicks,
      heartbeatTicks: tuning.heartbeatTicks,
      asyncStorageWrites: true,
      applied: this.stored.index,
      messageSizeBytesMax: tuning.messageSizeBytesMax,
      committedSizeBytesMax: tuning.committedSizeBytesMax,
      uncommittedSizeBytesMax: tuning.uncommittedSizeBytesMax,
      inflightMessagesMax: tuning.inflightMessagesMax,
      inflightBytesMax: tuning.inflightBytesMax,
      checkQuorum: true,
      preVote: true,
      readOnly: 'safe',
      disableProposalForwarding: true,
      disableConfChangeValidation: false,
      stepDownOnRemoval: true,
      ...(this.isLog ? {campaignDelayTicks: CARETAKER_DELAY_FACTOR * tuning.electionTicks} : {}),
    }, {storage: this.#makeStorage(), random: this.#random, events: this.#events});
  }
  #applyEntry(entry: LogEntry, batch: WriteBatch): unknown {
    if (entry.kind === 0) {
      // A leader's first entry is empty and means nothing to the machine.
      return entry.data.length === 0 || this.isLog ? undefined : this.machine.apply({index: entry.index, term: entry.term, data: entry.data}, batch);
    }
    const change = decodeConfChange(entry.kind, entry.data);
    this.confState = this.node.applyConfChange(change);
    if (change.context.length > 0) {
      const {membership, members} = decodeMembership(change.context);
      this.learnMembers(members);
      this.membership = Math.max(this.membership, membership);
    }
    if (this.confState.votersOutgoing.length === 0) this.#forgetFormerMembers();
    this.lease.configure(this.confState);
    this.machine.onConfiguration(this.confState);
    this.#observer.configurationChanged(this, entry.index);
    return this.confState;
  }
  /** Those that are out of the configuration for good; where they lived is of no use any more, and the list stays short. */
  #forgetFormerMembers(): void {
    const kept = new Set<ReplicaId>([this.replica, ...configured(this.confState)]);
    for (const replica of [...this.#members.keys()]) if (!kept.has(replica)) this.#members.delete(replica);
  }
  #offerProposals(): void {
    const {leadTransferee, lastIndex, state} = this.node.status();
    // The core takes nothing during a transfer, or has lost its leadership and will say so. Who comes then is told of the
    // next leader, or served here if the transfer fails.
    if (this.isLeader && (leadTransferee !== NO_REPLICA || state !== 'Leader')) return;
    const queued = this.proposals.takeQueued();
    if (!this.isLeader) {
      this.proposals.refuse(queued, {code: 'NotLeader', leaderHint: this.leaderHint});
      return;
    }
    const firstIndex = toLogIndex(lastIndex + 1);
    const refusal = this.node.propose(...queued.map((proposal) => proposal.data));
    if (refusal === undefined) this.proposals.appended(queued, firstIndex, this.term);
    else this.proposals.refuse(queued, {code: 'Overloaded', retryAfterMs: this.#tuning.tickMs});
  }
  #followLeader(leader: ReplicaId): void {
    if (leader === this.leader) return;
    this.leader = leader;
    this.earlyCampaignAtMs = undefined;
    if (leader !== NO_REPLICA) this.#handedTo = NO_REPLICA;
    if (leader !== NO_REPLICA) this.#observer.sawLeader(this);
  }
  #gainLeadership(): void {
    this.isLeader = true;
    this.lease.begin();
    this.#observer.becameLeader(this);
  }
  #loseLeadership(): void {
    this.isLeader = false;
    this.heldTransfer = undefined;
    this.lease.end();
    const failed = this.proposals.failAll({code: 'NotLeader', leaderHint: this.leaderHint});
    this.reads.failAll({code: 'NotLeader', leaderHint: this.leaderHint});
    this.#observer.lostLeadership(this, failed);
    if (this.#isAnnounced) {
      this.#isAnnounced = false;
      this.machine.onLeadership(false, this.term);
    }
  }
}

/** The hard state that a StorageAppend message carries; undefined when it carries none. */
export function hardStateOf(message: Message): LogHardState | undefined {
  if (message.term === toTerm(0) && message.vote === NO_REPLICA && message.commit === toLogIndex(0)) return undefined;
  return {term: message.term, vote: message.vote, commit: message.commit};
}

function configured(confState: ConfState): readonly ReplicaId[] {
  return [...confState.voters, ...confState.learners, ...confState.votersOutgoing, ...confState.learnersNext];
}
