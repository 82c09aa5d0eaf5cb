import type {GroupId, LogIndex, NodeId, ReplicaId, ScanRange, Term, WriteBatch} from '@murmuration/base';
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
  /** Store ranges that hold the whole state of this group: what a snapshot carries and an install replaces. */
  stateRanges(): readonly ScanRange[];
  /** A snapshot was installed in the store (or the process starts): forget memory, load what must be in memory. */
  reload(appliedIndex: LogIndex): Promise<void>;
  /** New members took effect. */
  onConfiguration(confState: ConfState): void;
  /** The replica is gone from this process: fail what waits. */
  stop(): void;
}

/** Where the replicas of a group live. Kept by the owner, given to the host. */
export interface GroupMember {
  readonly replica: ReplicaId;
  readonly node: NodeId;
}

/** Durable birth certificate of a replica in this process: one record in the log, written before anything else. */
export interface GroupDescriptor {
  readonly group: GroupId;
  readonly replica: ReplicaId;
  /** Configuration before the first log entry; equal on all first replicas. Empty voters for a replica that joins later. */
  readonly initialConfState: ConfState;
  readonly members: readonly GroupMember[];
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
  /** Leader only: match index and state by replica. */
  readonly progress: readonly {readonly replica: ReplicaId; readonly match: LogIndex; readonly state: 'probe' | 'replicate' | 'snapshot'; readonly isActive: boolean}[];
}
