import {assert, NO_REPLICA} from '@murmuration/base';
import type {EventSink, LogIndex, Random, ReplicaId, Term} from '@murmuration/base';

import type {RaftEvent} from './events.js';
import {markIndex, markTerm} from './marks.js';
import {isEmptyHardState, makeMessage} from './message.js';
import type {MessageFields} from './message.js';
import {RaftLog} from './raft-log.js';
import {ReadOnlyQueue} from './read-only.js';
import {ProgressTracker} from './tracker.js';
import type {HardState, Message, RaftOptions, RaftStorage, ReadState, SoftState, StateType} from './types.js';

/** What the core reaches the world through. */
export interface RaftPorts {
  readonly storage: RaftStorage;
  readonly random: Random;
  readonly events: EventSink;
}

/** Why a step changed nothing: refusals a caller can act on. */
export type StepRefusal = 'ProposalDropped' | 'ReadDropped' | 'LocalMessage' | 'UnknownPeer';

/**
 * The state of one replica: term, vote, role, log, members, and the messages waiting to leave.
 *
 * The rules live beside it, one concern a file: roles.ts, campaigning.ts, sending.ts, receiving.ts, acknowledging.ts,
 * proposing.ts, reading.ts, membership.ts, all called from stepping.ts. They share this record, so its fields are open
 * within the package; it is not exported from it, and RawNode is the only way in.
 */
export class RaftCore {
  readonly id: ReplicaId;
  readonly options: RaftOptions;
  readonly log: RaftLog;
  readonly tracker: ProgressTracker;
  readonly reads = new ReadOnlyQueue();
  readonly #random: Random;
  readonly #events: EventSink;

  term: Term = markTerm(0);
  vote: ReplicaId = NO_REPLICA;
  /** What those who refused a vote, and are no voters by their own view, know to be committed. Only members answer: bounded by them. */
  readonly committedOfRefusers = new Map<ReplicaId, LogIndex>();
  lead: ReplicaId = NO_REPLICA;
  state: StateType = 'Follower';
  isLearner = false;
  /** Whom the leader is handing over to; 0 for nobody. */
  leadTransferee: ReplicaId = NO_REPLICA;
  /** Someone was told to campaign past the lease in this term, so the lease proves nothing any more until the next. */
  isLeaseGivenUp = false;
  /** No configuration change is taken before the entry at this index is applied: one at a time. */
  pendingConfIndex: LogIndex = markIndex(0);
  /** Data bytes of the entries proposed in this term and not yet applied; never too high. */
  uncommittedSizeBytes = 0;

  electionElapsedTicks = 0;
  heartbeatElapsedTicks = 0;
  /** In [electionTicks, 2 * electionTicks), drawn anew with each role. */
  randomizedElectionTicks = 0;

  /** Messages that may leave at once. */
  messages: Message[] = [];
  /** Messages that may leave when all that is unstable now is durable: votes and acknowledgements. */
  messagesAfterAppend: Message[] = [];
  /** Reads confirmed, to be handed out. */
  readStates: ReadState[] = [];
  /** Reads that came before this leader had committed an entry of its term. */
  earlyReads: Message[] = [];

  constructor(options: RaftOptions, ports: RaftPorts) {
    assertOptions(options);
    this.id = options.id;
    this.options = options;
    this.#random = ports.random;
    this.#events = ports.events;
    this.log = new RaftLog(ports.storage, options.committedSizeBytesMax);
    this.tracker = new ProgressTracker(options.inflightMessagesMax, options.inflightBytesMax);
    const {hardState} = ports.storage.initialState();
    if (!isEmptyHardState(hardState)) {
      this.log.loadCommitted(hardState.commit);
      this.term = hardState.term;
      this.vote = hardState.vote;
    }
    if (options.applied > 0) this.log.appliedTo(options.applied, 0);
  }

  get softState(): SoftState {
    return {lead: this.lead, state: this.state};
  }
  get hardState(): HardState {
    return {term: this.term, vote: this.vote, commit: this.log.committed};
  }

  /**
   * Queues a message. Those that promise something (a vote, an acknowledgement) wait until what they rest on is
   * durable (Raft thesis, 3.8). Refusals wait as well: they may rest on a vote not yet durable, and they are rare.
   */
  send(fields: MessageFields): void {
    const {type} = fields;
    const isVoting = type === 'Vote' || type === 'VoteResp' || type === 'PreVote' || type === 'PreVoteResp';
    let term = fields.term;
    if (isVoting) {
      assert(term !== undefined && term > 0, 'a message of an election names its term', {type});
    } else {
      assert(term === undefined, 'the term of a message is that of its sender', {type});
      // Forwarded requests carry no term: they are as good as made at the leader.
      term = type === 'Prop' || type === 'ReadIndex' ? markTerm(0) : this.term;
    }
    const from = fields.from === undefined || fields.from === NO_REPLICA ? this.id : fields.from;
    const message = makeMessage(fields, from, term);
    if (type === 'AppResp' || type === 'VoteResp' || type === 'PreVoteResp') {
      this.messagesAfterAppend.push(message);
      return;
    }
    assert(message.to !== this.id, 'only answers that wait for storage go to oneself', {type});
    this.messages.push(message);
  }

  emit(event: RaftEvent): void {
    if (this.#events.isEnabled(event.level)) this.#events.emit(event);
  }

  drawElectionTimeout(): void {
    this.randomizedElectionTicks = this.options.electionTicks + this.#random.below(this.options.electionTicks) + (this.options.campaignDelayTicks ?? 0);
  }

  /** Whether this replica may stand for election: a voter, by its own view, with its state complete. */
  get isPromotable(): boolean {
    const progress = this.tracker.progress(this.id);
    return progress !== undefined && !progress.isLearner && !this.log.hasNextOrInProgressSnapshot;
  }

  /** Whether the commit index rests on an entry of this term: only then is it known to be the newest. */
  get hasCommittedInTerm(): boolean {
    return this.log.termOrZero(this.log.committed) === this.term;
  }
}

function assertOptions(options: RaftOptions): void {
  assert(options.id > 0, 'a replica has an id');
  assert(options.heartbeatTicks >= 1, 'heartbeat period is at least a tick');
  assert(options.electionTicks > options.heartbeatTicks, 'election timeout is longer than the heartbeat period');
  assert(options.inflightMessagesMax >= 1, 'at least one message may be in flight');
  assert(options.committedSizeBytesMax >= 1 && options.messageSizeBytesMax >= 0, 'size bounds are set');
  assert(options.uncommittedSizeBytesMax >= 1, 'bound of uncommitted bytes is set');
  assert(options.inflightBytesMax === 0 || options.inflightBytesMax >= options.messageSizeBytesMax,
    'bytes in flight allow for one message');
  // The lease is what checkQuorum keeps: without it, a deposed leader would answer reads for ever.
  assert(options.readOnly !== 'lease-based' || options.checkQuorum, 'lease-based reads need checkQuorum');
}
