import type {LogEntry, LogIndex, ReplicaId, Term} from '@murmuration/base';

/** Message kinds. Names follow the field's standard ones so that transcripts read alike. */
export type MessageType =
  | 'Hup' | 'Beat' | 'Prop' | 'App' | 'AppResp' | 'Vote' | 'VoteResp' | 'Snap' | 'Heartbeat' | 'HeartbeatResp'
  | 'Unreachable' | 'SnapStatus' | 'CheckQuorum' | 'TransferLeader' | 'TimeoutNow' | 'ReadIndex' | 'ReadIndexResp'
  | 'PreVote' | 'PreVoteResp' | 'StorageAppend' | 'StorageAppendResp' | 'StorageApply' | 'StorageApplyResp' | 'ForgetLeader';

/** Addresses of the two local workers under asynchronous storage writes; no replica ever has these ids. */
export const APPEND_THREAD = Number.MAX_SAFE_INTEGER as ReplicaId;
export const APPLY_THREAD = (Number.MAX_SAFE_INTEGER - 1) as ReplicaId;

export interface HardState {
  readonly term: Term;
  readonly vote: ReplicaId;
  readonly commit: LogIndex;
}

export interface SoftState {
  readonly lead: ReplicaId;
  readonly state: StateType;
}
export type StateType = 'Follower' | 'Candidate' | 'Leader' | 'PreCandidate';

/** Members as of some applied index. Joint when votersOutgoing is not empty. Ids ascending. */
export interface ConfState {
  readonly voters: readonly ReplicaId[];
  readonly learners: readonly ReplicaId[];
  readonly votersOutgoing: readonly ReplicaId[];
  readonly learnersNext: readonly ReplicaId[];
  readonly autoLeave: boolean;
}

export interface SnapshotMeta {
  readonly index: LogIndex;
  readonly term: Term;
  readonly confState: ConfState;
}
/** What travels in a Snap message: `data` names the snapshot for the host, the items themselves go another way. */
export interface Snapshot {
  readonly meta: SnapshotMeta;
  readonly data: Uint8Array;
}

/**
 * One flat shape for every kind, so that the engine sees one hidden class on the hot path. Fields that a kind does
 * not use hold their zero. `entries` is shared, never changed after it was made.
 */
export interface Message {
  readonly type: MessageType;
  readonly to: ReplicaId;
  readonly from: ReplicaId;
  readonly term: Term;
  readonly logTerm: Term;
  readonly index: LogIndex;
  readonly entries: readonly LogEntry[];
  readonly commit: LogIndex;
  /** Of the entry at `commit`; with requests for votes only, else 0. */
  readonly commitTerm: Term;
  readonly vote: ReplicaId;
  readonly snapshot: Snapshot | undefined;
  readonly reject: boolean;
  readonly rejectHint: LogIndex;
  /** ReadIndex request id, or the campaign kind of a vote forced by a transfer. */
  readonly context: Uint8Array;
  /** StorageAppend and StorageApply only: to be delivered once the work is done (and durable). */
  readonly responses: readonly Message[];
}

export interface ReadState {
  readonly index: LogIndex;
  readonly context: Uint8Array;
}

export type ConfChangeType = 'AddNode' | 'RemoveNode' | 'UpdateNode' | 'AddLearnerNode';
export interface ConfChangeSingle {
  readonly type: ConfChangeType;
  readonly replica: ReplicaId;
}
/** 'auto': joint only when needed, left automatically; 'implicit': joint, left automatically; 'explicit': joint, left by an empty change. */
export type ConfChangeTransition = 'auto' | 'implicit' | 'explicit';
export interface ConfChange {
  readonly transition: ConfChangeTransition;
  readonly changes: readonly ConfChangeSingle[];
  readonly context: Uint8Array;
}

/** What must be carried out, in the order of design: see README of the package. */
export interface Ready {
  readonly softState: SoftState | undefined;
  readonly hardState: HardState | undefined;
  readonly readStates: readonly ReadState[];
  /** To be appended to the log. Empty under asynchronous storage writes' local message, which repeats them. */
  readonly entries: readonly LogEntry[];
  readonly snapshot: Snapshot | undefined;
  readonly committedEntries: readonly LogEntry[];
  readonly messages: readonly Message[];
  readonly mustSync: boolean;
}

/** The stored part of the log as the core reads it. Synchronous. Bounds as in the LogPort, already bound to one group. */
export interface RaftStorage {
  initialState(): {readonly hardState: HardState; readonly confState: ConfState};
  /** @returns entries of [from, until), at least one, at most `sizeBytesMax` of data; 'compacted' when `from` is below firstIndex; 'unavailable' past the end */
  entries(from: LogIndex, until: LogIndex, sizeBytesMax: number): readonly LogEntry[] | 'compacted' | 'unavailable';
  /** Also for firstIndex - 1. */
  term(index: LogIndex): Term | 'compacted' | 'unavailable';
  firstIndex(): LogIndex;
  lastIndex(): LogIndex;
  /** Newest snapshot; 'unavailable' when it has to be made first: the core asks again later. */
  snapshot(): Snapshot | 'unavailable';
}

export interface RaftOptions {
  readonly id: ReplicaId;
  readonly electionTicks: number;
  readonly heartbeatTicks: number;
  readonly asyncStorageWrites: boolean;
  /** Last applied index at start; the entries after it are handed out again. */
  readonly applied: LogIndex;
  /** Data bytes of one App message. */
  readonly messageSizeBytesMax: number;
  /** Data bytes of committed entries handed out at once. */
  readonly committedSizeBytesMax: number;
  /** Leader refuses proposals above this many uncommitted data bytes. */
  readonly uncommittedSizeBytesMax: number;
  readonly inflightMessagesMax: number;
  /** Data bytes in flight to one follower; 0 means no bound. */
  readonly inflightBytesMax: number;
  readonly checkQuorum: boolean;
  readonly preVote: boolean;
  readonly readOnly: 'safe' | 'lease-based';
  readonly disableProposalForwarding: boolean;
  readonly disableConfChangeValidation: boolean;
  readonly stepDownOnRemoval: boolean;
  /** Ticks a replica waits longer than others before it campaigns: one that should lead only when nobody else can. 0 when absent. */
  readonly campaignDelayTicks?: number;
}

export type ProposalRefusal = 'ProposalDropped';
