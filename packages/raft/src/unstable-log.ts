import {assert} from '@murmuration/base';
import type {LogEntry, LogIndex, Term} from '@murmuration/base';

import {markIndex} from './marks.js';
import type {Snapshot} from './types.js';

const NO_ENTRIES: readonly LogEntry[] = [];

/**
 * The end of the log that is not known to be durable: maybe a snapshot, and the entries from `offset` on.
 * A first part of it, below `#offsetInProgress`, was handed out for writing and is not handed out again.
 */
export class UnstableLog {
  #snapshot: Snapshot | undefined;
  #isSnapshotInProgress = false;
  /** Replaced, never changed, once handed out: readers keep slices of it. */
  #entries: LogEntry[] = [];
  #offset: number;
  #offsetInProgress: number;

  constructor(offset: LogIndex) {
    this.#offset = offset;
    this.#offsetInProgress = offset;
  }
  /** Index of the first entry held here, or of the one to come. */
  get offset(): number {
    return this.#offset;
  }
  get snapshot(): Snapshot | undefined {
    return this.#snapshot;
  }
  get hasEntries(): boolean {
    return this.#entries.length > 0;
  }
  firstIndex(): LogIndex | undefined {
    return this.#snapshot === undefined ? undefined : markIndex(this.#snapshot.meta.index + 1);
  }
  lastIndex(): LogIndex | undefined {
    if (this.#entries.length > 0) return markIndex(this.#offset + this.#entries.length - 1);
    return this.#snapshot?.meta.index;
  }
  term(index: number): Term | undefined {
    if (index < this.#offset) {
      return this.#snapshot?.meta.index === index ? this.#snapshot.meta.term : undefined;
    }
    return this.#entries[index - this.#offset]?.term;
  }

  /** Entries not yet handed out for writing. */
  nextEntries(): readonly LogEntry[] {
    const handedOut = this.#offsetInProgress - this.#offset;
    if (handedOut === this.#entries.length) return NO_ENTRIES;
    return handedOut === 0 ? this.#entries.slice() : this.#entries.slice(handedOut);
  }
  get hasNextEntries(): boolean {
    return this.#offsetInProgress - this.#offset < this.#entries.length;
  }
  /** The snapshot, unless it was handed out already. */
  nextSnapshot(): Snapshot | undefined {
    return this.#isSnapshotInProgress ? undefined : this.#snapshot;
  }
  /** Everything held is now being written. */
  acceptInProgress(): void {
    if (this.#entries.length > 0) this.#offsetInProgress = this.#offset + this.#entries.length;
    if (this.#snapshot !== undefined) this.#isSnapshotInProgress = true;
  }

  /**
   * Entries through (index, term) are durable and leave. Ignored when the entry at `index` is gone or of another term:
   * then the write that finished was overtaken by a truncation, and says nothing about what is here now.
   */
  stableTo(index: LogIndex, term: Term): void {
    if (index < this.#offset || this.term(index) !== term) return;
    this.#entries = this.#entries.slice(index + 1 - this.#offset);
    this.#offset = index + 1;
    this.#offsetInProgress = Math.max(this.#offsetInProgress, this.#offset);
  }
  stableSnapshotTo(index: LogIndex): void {
    if (this.#snapshot?.meta.index !== index) return;
    this.#snapshot = undefined;
    this.#isSnapshotInProgress = false;
  }
  restore(snapshot: Snapshot): void {
    this.#offset = snapshot.meta.index + 1;
    this.#offsetInProgress = this.#offset;
    this.#entries = [];
    this.#snapshot = snapshot;
    this.#isSnapshotInProgress = false;
  }

  /** Puts entries in place, dropping what is at or after the first of them. They leave no hole. */
  truncateAndAppend(entries: readonly LogEntry[]): void {
    const from = (entries[0] as LogEntry).index;
    const end = this.#offset + this.#entries.length;
    assert(from <= end, 'append would leave a hole', {from, end});
    if (from === end) {
      // Slices were copied when handed out, so growing in place disturbs nobody.
      for (const entry of entries) this.#entries.push(entry);
    } else if (from <= this.#offset) {
      // All that is held is replaced. Writes in progress concern entries that no longer count.
      this.#entries = entries.slice();
      this.#offset = from;
      this.#offsetInProgress = from;
    } else {
      this.#entries = this.#entries.slice(0, from - this.#offset);
      for (const entry of entries) this.#entries.push(entry);
      this.#offsetInProgress = Math.min(this.#offsetInProgress, from);
    }
  }
  /** A copy of [from, until). Precondition: offset <= from <= until <= end. */
  slice(from: number, until: number): LogEntry[] {
    assert(from >= this.#offset && from <= until && until <= this.#offset + this.#entries.length, 'unstable slice out of range');
    return this.#entries.slice(from - this.#offset, until - this.#offset);
  }
}
