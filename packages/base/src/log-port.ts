import type {GroupId, LogIndex, Term} from './ids.js';

/** What kind of thing an entry carries. 0 normal, 1 configuration change (single), 2 configuration change (joint). */
export type LogEntryKind = 0 | 1 | 2;

export interface LogEntry {
  readonly index: LogIndex;
  readonly term: Term;
  readonly kind: LogEntryKind;
  /** Owned by the entry: nobody changes it after it was made. */
  readonly data: Uint8Array;
}

export interface LogHardState {
  readonly term: Term;
  /** Replica id voted for in `term`, 0 for none. */
  readonly vote: number;
  readonly commit: LogIndex;
}

/**
 * One group's part of an append. All parts that are present take effect together: after a crash either the
 * whole write is there or nothing of it. Applied in the order: snapshot, entries, hardState, descriptor.
 */
export interface LogWrite {
  readonly group: GroupId;
  /**
   * Contiguous. The first index is at most lastIndex + 1 (a hole is refused); entries of the group at or after
   * the first index are replaced. Not below firstIndex.
   */
  readonly entries?: readonly LogEntry[];
  readonly hardState?: LogHardState;
  /** Resets the group's log: every entry is dropped and the next one must be `index + 1`. */
  readonly snapshot?: {readonly index: LogIndex; readonly term: Term};
  /**
   * Small opaque record of the group's host (at most 64 KiB), the latest wins. Its presence makes the group exist: the
   * first write of a group must carry it, and so must the first after `removeGroup`, so that a late write cannot bring a
   * removed group back.
   */
  readonly descriptor?: Uint8Array;
}

/** Counted for each entry, and for each other part of a write, beside its own bytes: an upper bound of what a log adds. */
export const LOG_RECORD_OVERHEAD_BYTES = 48;

/** What the log knows of a group after opening. */
export interface LogGroupState {
  readonly group: GroupId;
  readonly descriptor: Uint8Array | undefined;
  readonly hardState: LogHardState | undefined;
  /** First index still held; equal to lastIndex + 1 when there is no entry. */
  readonly firstIndex: LogIndex;
  readonly lastIndex: LogIndex;
  /** Term of firstIndex - 1; 0 when firstIndex is 1. */
  readonly termBeforeFirst: Term;
}

/** A group of which something durable was found damaged at opening. */
export interface UnusableGroup {
  readonly group: GroupId;
  readonly reason: string;
}

/** What room is asked for: `reclaiming` goes on (deletes, leaving a group) when `new-data`, the default, is refused. */
export type RoomPurpose = 'new-data' | 'reclaiming';

export type LogFailure =
  | {readonly code: 'Poisoned'; readonly reason: string}
  /** No room is left that entries could use: nothing of this append was taken. Writes without entries are still taken. */
  | {readonly code: 'DiskFull'; readonly freeBytes: number}
  /** More waits for the disk than the log may hold: nothing of this append was taken. */
  | {readonly code: 'Overloaded'; readonly queuedBytes: number}
  | {readonly code: 'Corrupt'; readonly file: string; readonly offsetBytes: number; readonly reason: string}
  | {readonly code: 'Unusable'; readonly reason: string}
  | {readonly code: 'Closed'};

export class LogError extends Error {
  override readonly name = 'LogError';
  readonly failure: LogFailure;
  constructor(failure: LogFailure, options?: ErrorOptions) {
    super('reason' in failure ? `${failure.code}: ${failure.reason}` : failure.code, options);
    this.failure = failure;
  }
}

/**
 * The durable log of all groups of one process: the one place durability rests on.
 * `append` calls are queued, written together and made durable by one sync; callbacks run in call order.
 * Reads see appended entries as soon as `append` was called, durable or not.
 * After the first failed write or sync the log is poisoned: every later callback gets the error, nothing is retried.
 * An append refused with `DiskFull`, `Overloaded` or `Unusable` leaves no trace, and later ones of its groups are refused likewise
 * until one brings what was refused again (RefusedWrites); the log stays usable. An append that breaks a precondition throws AssertionError
 * at once and leaves no trace either.
 */
export interface LogPort {
  /**
   * The most that one write may take: the data of its entries, its descriptor, and LOG_RECORD_OVERHEAD_BYTES for each
   * entry and each other part. An append with a larger write is refused with `Unusable`, now and every time.
   */
  readonly writeSizeBytesMax: number;
  /** @param done called once, after the write is durable, or with the error. Never called synchronously. */
  append(writes: readonly LogWrite[], done: (error: LogError | undefined) => void): void;
  /** Every group that exists, in ascending group id. */
  groups(): readonly LogGroupState[];
  group(group: GroupId): LogGroupState | undefined;
  /**
   * Groups whose durable records are damaged, ascending. They are not among `groups`, a write to one throws AssertionError,
   * and they stay so over restarts until `removeGroup`: such a replica may have forgotten a vote or an entry it answered for.
   */
  unusable(): readonly UnusableGroup[];
  /** Term of an entry, or of the one before the first. @returns undefined outside [firstIndex - 1, lastIndex] */
  term(group: GroupId, index: LogIndex): Term | undefined;
  /**
   * Entries of [from, until), cut so that their data is at most `sizeBytesMax`, but at least one.
   * Synchronous: recent entries are in memory, older ones are read from the page cache.
   * Precondition: firstIndex <= from <= until <= lastIndex + 1.
   * @throws LogError `Corrupt` when a record read back fails its checksum
   */
  entries(group: GroupId, from: LogIndex, until: LogIndex, sizeBytesMax: number): readonly LogEntry[];
  /** Forgets entries up to and including `through`, at most lastIndex. Lazy: they may come back after a crash, never in part. */
  truncatePrefix(group: GroupId, through: LogIndex): void;
  /**
   * Removes the group and all it has; durable with the next append that is. Unknown groups are passed over, here and
   * in `truncatePrefix`.
   */
  removeGroup(group: GroupId): void;
  /**
   * Whether the disk is above the mark for what is to be proposed: the low-water mark for new data, a lower one for what
   * makes room. Ask before proposing; entries that come all the same are taken as long as there is any room. Becomes true
   * again without a restart.
   */
  hasRoom(purpose?: RoomPurpose): boolean;
  /** Bytes on disk (or in memory) by use, for metrics and truncation policy. */
  usage(): {readonly totalBytes: number; readonly liveBytes: number; readonly segmentCount: number};
  /** Entry bytes held for one group, for the truncation policy. */
  groupBytes(group: GroupId): number;
  /** Number of syncs done and of appends they covered since opening, for metrics and tests. */
  counts(): {readonly syncs: number; readonly appends: number; readonly bytes: number};
  /** Waits for what is queued, then releases everything. */
  close(): Promise<void>;
}
