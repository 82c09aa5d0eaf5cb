import {assert, NO_REPLICA} from '@murmuration/base';
import type {LogEntry, LogIndex, ReplicaId, Term} from '@murmuration/base';

import {encodeConfChange} from './conf-change-codec.js';
import {entriesSizeBytes} from './entry-size.js';
import {markTerm} from './marks.js';
import {applyConfChange, restoreConfState} from './membership.js';
import {equalHardStates, isEmptyHardState, isLocalMessage, isLocalThread, isResponseMessage, makeMessage} from './message.js';
import type {MessageFields} from './message.js';
import {RaftCore} from './raft-core.js';
import type {RaftPorts, StepRefusal} from './raft-core.js';
import {becomeFollower} from './roles.js';
import {isAtRest, resume} from './resting.js';
import type {Proposal} from './roles.js';
import type {ProgressStatus, RaftStatus} from './status.js';
import {step, tick} from './stepping.js';
import {APPEND_THREAD, APPLY_THREAD} from './types.js';
import type {ConfChange, ConfState, HardState, Message, ProposalRefusal, RaftOptions, Ready, SoftState} from './types.js';

const UNPLACED_INDEX = 0 as LogIndex;
const ZERO_TERM = markTerm(0);

/**
 * One replica of one group, driven by its host: inputs through `tick`, `step`, `propose` and the like; outputs through
 * `ready`. The host carries out a Ready, then calls `advance` (or, with asynchronous storage writes, delivers the
 * responses it was given, each after its work, and never calls `advance`). Not reentrant.
 */
export class RawNode {
  readonly #core: RaftCore;
  readonly #isAsync: boolean;
  #previousSoftState: SoftState;
  #previousHardState: HardState;
  /** What this replica owes itself once the Ready it was given is carried out. */
  #stepsOnAdvance: Message[] = [];

  constructor(options: RaftOptions, ports: RaftPorts) {
    const core = new RaftCore(options, ports);
    this.#core = core;
    this.#isAsync = options.asyncStorageWrites;
    restoreConfState(core, ports.storage.initialState().confState);
    becomeFollower(core, core.term, NO_REPLICA);
    this.#previousSoftState = core.softState;
    this.#previousHardState = core.hardState;
  }

  /** Time passed by one tick of the host. */
  tick(): void {
    tick(this.#core);
  }
  /**
   * Whether ticks could be left out: this replica leads or follows, everything in its log is committed, applied and durable,
   * and a leader waits for nobody: all members were heard from lately and have all of it. Nothing is to be handed out either.
   */
  isAtRest(): boolean {
    return isAtRest(this.#core);
  }
  /**
   * Ticks begin again after some were left out. A leader gets a whole election timeout to hear from its quorum, and sends a
   * heartbeat at once.
   * @param quietTicks of a follower: for how long nothing spoke for its leader, at most; never more than the time that passed
   */
  resume(quietTicks: number): void {
    resume(this.#core, quietTicks);
  }
  /** Stands for election now, by pre-vote if that is on. */
  campaign(): void {
    this.#stepOwn({type: 'Hup', to: this.#core.id});
  }
  /** Proposes normal entries, all or none of them. They are kept, not copied. */
  propose(...data: readonly Uint8Array[]): ProposalRefusal | undefined {
    return this.#propose(data.map((bytes) => ({kind: 0, data: bytes})));
  }
  /**
   * Proposes a change of membership. Taking it does not mean that it enters the log: a leader that has a change under
   * way appends an empty entry in its place, and the host learns the outcome from what is committed.
   * @param kind 1 for exactly one change that needs no joint configuration, 2 for any
   */
  proposeConfChange(change: ConfChange, kind: 1 | 2 = 2): ProposalRefusal | undefined {
    return this.#propose([encodeConfChange(change, kind)]);
  }
  /**
   * Puts a committed change of membership into force. The host calls this for each such entry when it applies it, once,
   * in log order. A host that refuses a change of its own accord does not call this.
   */
  applyConfChange(change: ConfChange): ConfState {
    return applyConfChange(this.#core, change);
  }
  /** Takes a message from a peer, or a response to a storage message. */
  step(message: Message): StepRefusal | undefined {
    const {type, from} = message;
    const isFromThread = isLocalThread(from);
    if (isLocalMessage(type) && !isFromThread) return 'LocalMessage';
    if (isResponseMessage(type) && !isFromThread && this.#core.tracker.progress(from) === undefined) return 'UnknownPeer';
    return step(this.#core, message);
  }
  /**
   * Asks for an index that a read must wait to be applied in order to be linearizable. The answer comes as a ReadState
   * with this context, or never: the host asks again after a timeout.
   * @param context unique among the group's reads, not empty, kept
   */
  readIndex(context: Uint8Array): StepRefusal | undefined {
    assert(context.length > 0, 'a read has a context');
    return step(this.#core, makeMessage({type: 'ReadIndex', to: NO_REPLICA, context}, NO_REPLICA, ZERO_TERM));
  }
  /** Hands leadership over. Works at the leader, or passes the wish on to it. */
  transferLeader(to: ReplicaId): void {
    step(this.#core, makeMessage({type: 'TransferLeader', to: NO_REPLICA}, to, ZERO_TERM));
  }
  /** Forgets the leader, so that this replica may grant (pre-)votes at once. For a host that has reason to think it dead. */
  forgetLeader(): void {
    this.#stepOwn({type: 'ForgetLeader', to: this.#core.id});
  }
  /** A message to that peer could not be delivered. */
  reportUnreachable(id: ReplicaId): void {
    step(this.#core, makeMessage({type: 'Unreachable', to: this.#core.id}, id, ZERO_TERM));
  }
  /** The sending of a snapshot to that peer has ended. Must be called for each Snap message, however it went. */
  reportSnapshot(id: ReplicaId, isFailed: boolean): void {
    step(this.#core, makeMessage({type: 'SnapStatus', to: this.#core.id, reject: isFailed}, id, ZERO_TERM));
  }

  /** Whether `ready` would hold anything. */
  hasReady(): boolean {
    const core = this.#core;
    if (core.messages.length > 0 || core.messagesAfterAppend.length > 0 || core.readStates.length > 0) return true;
    if (core.log.unstable.hasNextEntries || core.log.unstable.nextSnapshot() !== undefined) return true;
    if (core.log.hasNextCommittedEntries(!this.#isAsync)) return true;
    if (core.lead !== this.#previousSoftState.lead || core.state !== this.#previousSoftState.state) return true;
    const hardState = core.hardState;
    return !isEmptyHardState(hardState) && !equalHardStates(hardState, this.#previousHardState);
  }

  /**
   * Everything to be done now. Each thing is handed out once. Without asynchronous storage writes, no second Ready may
   * be taken before `advance`.
   */
  ready(): Ready {
    const core = this.#core;
    assert(this.#stepsOnAdvance.length === 0, 'the Ready before this one was not advanced');
    const hardState = core.hardState;
    const softState = core.softState;
    const previous = this.#previousHardState;
    const entries = core.log.unstable.nextEntries();
    const snapshot = core.log.unstable.nextSnapshot();
    const committedEntries = core.log.nextCommittedEntries(!this.#isAsync);
    const changedHardState = equalHardStates(hardState, previous) ? undefined : hardState;
    const isSoftStateChanged = softState.lead !== this.#previousSoftState.lead || softState.state !== this.#previousSoftState.state;
    const messages = core.messages;
    const afterAppend = core.messagesAfterAppend;
    const readStates = core.readStates;
    core.messages = [];
    core.messagesAfterAppend = [];
    core.readStates = [];

    const appendDone = core.log.unstable.hasEntries || snapshot !== undefined ? this.#appendDone(snapshot) : undefined;
    if (this.#isAsync) {
      if (entries.length > 0 || changedHardState !== undefined || snapshot !== undefined || afterAppend.length > 0) {
        // The own acknowledgement is the last response: hosts may rely on that.
        messages.push(makeMessage({
          type: 'StorageAppend', to: APPEND_THREAD, entries, snapshot,
          ...(changedHardState === undefined ? {} : {vote: changedHardState.vote, commit: changedHardState.commit}),
          responses: appendDone === undefined ? afterAppend : [...afterAppend, appendDone],
        }, core.id, changedHardState?.term ?? ZERO_TERM));
      }
      if (committedEntries.length > 0) {
        messages.push(makeMessage({
          type: 'StorageApply', to: APPLY_THREAD, entries: committedEntries, responses: [this.#applyDone(committedEntries)],
        }, core.id, ZERO_TERM));
      }
    } else {
      for (const message of afterAppend) (message.to === core.id ? this.#stepsOnAdvance : messages).push(message);
      if (appendDone !== undefined) this.#stepsOnAdvance.push(appendDone);
      if (committedEntries.length > 0) this.#stepsOnAdvance.push(this.#applyDone(committedEntries));
    }

    this.#previousSoftState = softState;
    if (changedHardState !== undefined) this.#previousHardState = hardState;
    core.log.unstable.acceptInProgress();
    const last = committedEntries[committedEntries.length - 1];
    if (last !== undefined) core.log.acceptApplying(last.index, entriesSizeBytes(committedEntries), !this.#isAsync);
    return {
      softState: isSoftStateChanged ? softState : undefined,
      hardState: changedHardState,
      readStates,
      entries,
      snapshot,
      committedEntries,
      messages,
      // A commit index alone can be worked out again: losing it costs nothing.
      mustSync: entries.length > 0 || hardState.vote !== previous.vote || hardState.term !== previous.term,
    };
  }

  /** The last Ready is carried out: written, applied, sent. Only without asynchronous storage writes. */
  advance(): void {
    assert(!this.#isAsync, 'with asynchronous storage writes the responses are delivered instead');
    const steps = this.#stepsOnAdvance;
    this.#stepsOnAdvance = [];
    for (const message of steps) step(this.#core, message);
  }

  /** Cheap reads for hosts that ask often. */
  get term(): Term {
    return this.#core.term;
  }
  get lead(): ReplicaId {
    return this.#core.lead;
  }
  get isLeader(): boolean {
    return this.#core.state === 'Leader';
  }
  get committed(): LogIndex {
    return this.#core.log.committed;
  }
  /** Whether this leader has committed in its own term: before, its commit index may lag and reads wait. */
  get hasCommittedInTerm(): boolean {
    return this.#core.hasCommittedInTerm;
  }

  status(): RaftStatus {
    const core = this.#core;
    return {
      id: core.id,
      term: core.term,
      vote: core.vote,
      lead: core.lead,
      state: core.state,
      commit: core.log.committed,
      applied: core.log.applied,
      lastIndex: core.log.lastIndex(),
      leadTransferee: core.leadTransferee,
      hasPendingConfChange: core.pendingConfIndex > core.log.applied,
      confState: core.tracker.conf,
      progress: core.state === 'Leader' ? this.#progressStatus() : [],
    };
  }

  /** For tests: until the next change of role, this replica campaigns after so many ticks. */
  static setRandomizedElectionTicks(node: RawNode, ticks: number): void {
    node.#core.randomizedElectionTicks = ticks;
  }

  #progressStatus(): ProgressStatus[] {
    return this.#core.tracker.peers.map((peer) => ({
      id: peer.id,
      state: peer.state,
      match: peer.match,
      next: peer.next,
      isLearner: peer.isLearner,
      isPaused: peer.isPaused,
      isRecentlyActive: peer.isRecentlyActive,
      pendingSnapshot: peer.pendingSnapshot,
      inflightCount: peer.inflights.count,
      isInflightFull: peer.inflights.isFull,
    }));
  }
  #stepOwn(fields: MessageFields): void {
    step(this.#core, makeMessage(fields, this.#core.id, ZERO_TERM));
  }
  #propose(proposals: readonly Proposal[]): ProposalRefusal | undefined {
    assert(proposals.length > 0, 'a proposal has entries');
    const entries: LogEntry[] = proposals.map(({kind, data}) => ({index: UNPLACED_INDEX, term: ZERO_TERM, kind, data}));
    const message = makeMessage({type: 'Prop', to: NO_REPLICA, entries}, this.#core.id, ZERO_TERM);
    return step(this.#core, message) === undefined ? undefined : 'ProposalDropped';
  }
  /**
   * Says, when delivered, that everything unstable now is durable. It names the end of the log and the term: should the
   * log be cut and grow to the same length meanwhile, in another term, the answer fits no more and is ignored.
   */
  #appendDone(snapshot: Ready['snapshot']): Message {
    const core = this.#core;
    const end = core.log.unstable.hasEntries ? {index: core.log.lastIndex(), logTerm: core.log.lastTerm()} : {};
    return makeMessage({type: 'StorageAppendResp', to: core.id, snapshot, ...end}, APPEND_THREAD, core.term);
  }
  #applyDone(entries: readonly LogEntry[]): Message {
    return makeMessage({type: 'StorageApplyResp', to: this.#core.id, entries}, APPLY_THREAD, ZERO_TERM);
  }
}
