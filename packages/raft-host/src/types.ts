import type {GroupId, LogIndex, NodeId, ReplicaId, ScanRange, StoreSnapshot, Term, WriteBatch} from '@murmuration/base';
import type {ConfState} from '@murmuration/raft';

/** One committed normal entry as the state machine gets it. */
export interface CommittedCommand {
  readonly index: LogIndex;
  readonly term: Term;
  readonly data: Uint8Array;
}

/**
 * What a group replicates. All calls come from the host, one at a time, in log order. The host stores the batch and
 * the applied index in one atomic store write, in bulk and later: between `apply` and `onStored` the machine itself
 * must answer reads for what it applied (its overlay).
 */
export interface GroupStateMachine {
  /**
   * Applies one entry to memory and adds the store changes to `batch` (shared by many entries; add only).
   * @returns handed to the proposer's callback when the proposal was made here
   */
  apply(command: CommittedCommand, batch: WriteBatch): unknown;
  /** Everything applied up to `through` is now visible in the store. */
  onStored(through: LogIndex): void;
  /** `isLeader` with `term` from now on; false also means: every answer not yet given must fail. */
  onLeadership(isLeader: boolean, term: Term): void;
  /** Store ranges that hold the whole state of this group as of what is applied: what an install replaces, and a snapshot carries. */
  stateRanges(): readonly ScanRange[];
  /**
   * For groups whose ranges change: those of the moment a view of the store was taken, read from the view. A snapshot
   * is made of what is stored, which may be behind what is applied.
   */
  storedRanges?(view: StoreSnapshot): Promise<readonly ScanRange[]>;
  /** A snapshot was installed in the store (or the process starts): forget memory, load what must be in memory. */
  reload(appliedIndex: LogIndex): Promise<void>;
  /** New members took effect. */
  onConfiguration(confState: ConfState): void;
  /** The configuration of this wish comes back after any crash of this process from now on. */
  onDurableMembership?(membership: number): void;
  /** Rows of its ranges are damaged in the store: found while a snapshot was being read. */
  onDamage?(reason: string): void;
  /** The replica is gone from this process: fail what waits. */
  stop(): void;
}

/** Where the replicas of a group live. Kept by the owner, given to the host. */
export interface GroupMember {
  readonly replica: ReplicaId;
  readonly node: NodeId;
  /** It keeps the log and votes, and has no state: no rows are sent to it, and it is nobody to hand leadership to. */
  readonly isLog?: boolean;
}

/** What a replica is meant to be; `leaving` is meant to be in the configuration no more. */
export interface WantedMember extends GroupMember {
  readonly role: 'voter' | 'learner' | 'log' | 'leaving';
}
export interface WantedMembers {
  /** Number of this wish, raised with each new one. A group never follows one that is not above the newest it has applied. */
  readonly membership: number;
  readonly members: readonly WantedMember[];
}
/**
 * `reached`: applied, and no joint configuration is left. `proposed` and `transferring`: a step was begun now.
 * `waiting`: a step is under way, or cannot be begun yet.
 */
export type ReconcileResult = 'reached' | 'proposed' | 'transferring' | 'waiting' | 'not-leader';

/** Durable birth certificate of a replica in this process: one record in the log, written before anything else. */
export interface GroupDescriptor {
  readonly group: GroupId;
  readonly replica: ReplicaId;
  /** Configuration before the first log entry; equal on all first replicas. Empty voters for a replica that joins later. */
  readonly initialConfState: ConfState;
  readonly members: readonly GroupMember[];
  /** This replica keeps the log and votes, and its machine is never given an entry. */
  readonly isLog?: boolean;
  /** The owner's own bytes (for a partition: table, range, epoch, key schema). */
  readonly ownerData: Uint8Array;
}

export type ProposeResult =
  | {readonly ok: true; readonly index: LogIndex; readonly value: unknown}
  | {readonly ok: false; readonly failure: HostFailure};

export interface ProposeOptions {
  /** It makes room, as a delete does: taken below the low-water mark of the disk, until a lower one. */
  readonly isReclaiming?: boolean;
}

export type HostFailure =
  /** Nothing was proposed. */
  | {readonly code: 'NotLeader'; readonly leaderHint: ReplicaId}
  | {readonly code: 'Overloaded'; readonly retryAfterMs: number}
  | {readonly code: 'UnknownGroup'}
  | {readonly code: 'Stopped'}
  /** Proposed, then leadership was lost or the group stopped: it may still commit. */
  | {readonly code: 'OutcomeUnknown'};

export type ReadResult =
  | {readonly ok: true; readonly index: LogIndex}
  | {readonly ok: false; readonly failure: HostFailure};

/** How far a member is, as the leader sees it. */
export interface GroupProgress {
  readonly replica: ReplicaId;
  readonly match: LogIndex;
  readonly state: 'probe' | 'replicate' | 'snapshot';
  readonly isActive: boolean;
  readonly isLog: boolean;
  /** Entries of the leader's log it does not have, and a guess at their bytes. */
  readonly behindEntries: number;
  readonly behindBytes: number;
}

export interface GroupStatus {
  readonly group: GroupId;
  readonly replica: ReplicaId;
  readonly term: Term;
  readonly leader: ReplicaId;
  readonly isLeader: boolean;
  readonly commit: LogIndex;
  readonly applied: LogIndex;
  readonly stored: LogIndex;
  readonly firstIndex: LogIndex;
  readonly lastIndex: LogIndex;
  readonly confState: ConfState;
  /** Number of the newest wish the group has applied; 0 before a joiner was told, 1 for a founder. */
  readonly membership: number;
  /** The newest one whose configuration, no joint one, also comes back after any crash. */
  readonly durableMembership: number;
  readonly isJoint: boolean;
  /** This replica keeps the log only. */
  readonly isLog: boolean;
  /** Leader only. */
  readonly progress: readonly GroupProgress[];
}
