import {assert} from '@murmuration/base';
import type {LogEntry, LogIndex, Term} from '@murmuration/base';

import {entriesSizeBytes, limitEntries} from './entry-size.js';
import {markIndex, markTerm} from './marks.js';
import {UnstableLog} from './unstable-log.js';
import type {RaftStorage, Snapshot} from './types.js';

const NO_ENTRIES: readonly LogEntry[] = [];

/**
 * The log as the core sees it: the stored part, then the unstable one, with three marks.
 * Invariant: applied <= applying <= committed <= lastIndex.
 */
export class RaftLog {
  readonly #storage: RaftStorage;
  readonly #applyingSizeBytesMax: number;
  readonly unstable: UnstableLog;
  #committed: LogIndex;
  /** Handed out for applying. */
  #applying: LogIndex;
  #applied: LogIndex;
  #applyingSizeBytes = 0;
  /** No more is handed out until some of what was handed out is applied. */
  #isApplyingPaused = false;

  /** @param applyingSizeBytesMax bytes of committed entries that may be out for applying at once; at least one entry always may */
  constructor(storage: RaftStorage, applyingSizeBytesMax: number) {
    this.#storage = storage;
    this.#applyingSizeBytesMax = applyingSizeBytesMax;
    const first = storage.firstIndex();
    const last = storage.lastIndex();
    assert(first >= 1 && first <= last + 1, 'stored log has valid bounds', {first, last});
    this.unstable = new UnstableLog(markIndex(last + 1));
    this.#committed = markIndex(first - 1);
    this.#applying = this.#committed;
    this.#applied = this.#committed;
  }
  get committed(): LogIndex {
    return this.#committed;
  }
  get applied(): LogIndex {
    return this.#applied;
  }
  /** For start only: the commit index that was stored. */
  loadCommitted(committed: LogIndex): void {
    assert(committed >= this.#committed && committed <= this.lastIndex(), 'stored commit index is within the log', {
      committed, first: this.#committed, last: this.lastIndex(),
    });
    this.#committed = committed;
  }

  firstIndex(): LogIndex {
    return this.unstable.firstIndex() ?? this.#storage.firstIndex();
  }
  lastIndex(): LogIndex {
    return this.unstable.lastIndex() ?? this.#storage.lastIndex();
  }
  /** Also for firstIndex - 1, whose term the log keeps. */
  term(index: number): Term | 'compacted' | 'unavailable' {
    const unstable = this.unstable.term(index);
    if (unstable !== undefined) return unstable;
    if (index + 1 < this.firstIndex()) return 'compacted';
    if (index > this.lastIndex()) return 'unavailable';
    return this.#storage.term(markIndex(index));
  }
  /** 0 when the index is outside the log, which no real entry has. */
  termOrZero(index: number): Term {
    const term = this.term(index);
    return typeof term === 'number' ? term : markTerm(0);
  }
  lastTerm(): Term {
    const term = this.term(this.lastIndex());
    assert(typeof term === 'number', 'the last entry has a term');
    return term;
  }
  matchesTerm(index: number, term: Term): boolean {
    return this.term(index) === term;
  }
  /** Whether a log that ends with (index, term) holds at least what this one may have committed (Raft thesis, 3.6.1). */
  isUpToDate(index: LogIndex, term: Term): boolean {
    const last = this.lastTerm();
    return term > last || (term === last && index >= this.lastIndex());
  }

  /**
   * A follower's append after (prevIndex, prevTerm).
   * @returns the last index known to equal the leader's, or undefined when the logs do not meet at prevIndex
   */
  maybeAppend(prevIndex: LogIndex, prevTerm: Term, entries: readonly LogEntry[], leaderCommit: LogIndex): LogIndex | undefined {
    if (!this.matchesTerm(prevIndex, prevTerm)) return undefined;
    const lastNew = markIndex(prevIndex + entries.length);
    const conflict = this.#firstConflict(entries);
    if (conflict < entries.length) this.append(conflict === 0 ? entries : entries.slice(conflict));
    this.commitTo(markIndex(Math.min(leaderCommit, lastNew)));
    return lastNew;
  }
  /** @returns the new last index */
  append(entries: readonly LogEntry[]): LogIndex {
    const first = entries[0];
    if (first === undefined) return this.lastIndex();
    assert(first.index > this.#committed, 'a committed entry is never replaced', {index: first.index, committed: this.#committed});
    this.unstable.truncateAndAppend(entries);
    return this.lastIndex();
  }
  /**
   * The greatest index at most `index` whose term is at most `term`, with its term: where the log of someone with
   * (index, term) can meet this one at best. Term 0 when the search leaves the log.
   */
  findConflictByTerm(index: LogIndex, term: Term): {readonly index: LogIndex; readonly term: Term} {
    for (let at: number = index; at > 0; at -= 1) {
      const ours = this.term(at);
      if (typeof ours !== 'number') return {index: markIndex(at), term: markTerm(0)};
      if (ours <= term) return {index: markIndex(at), term: ours};
    }
    return {index: markIndex(0), term: markTerm(0)};
  }
  /** A leader's commit: only an entry of its own term commits by counting (Raft thesis, 3.6.2). */
  maybeCommit(index: LogIndex, term: Term): boolean {
    if (term === 0 || index <= this.#committed || !this.matchesTerm(index, term)) return false;
    this.commitTo(index);
    return true;
  }
  /** Never goes back. */
  commitTo(index: LogIndex): void {
    if (index <= this.#committed) return;
    const last = this.lastIndex();
    // A leader commits only what this log acknowledged; if that is gone, the log was lost after it had answered.
    assert(index <= last, 'commit index is beyond the log: was it truncated or lost?', {index, last});
    this.#committed = index;
  }

  snapshot(): Snapshot | 'unavailable' {
    return this.unstable.snapshot ?? this.#storage.snapshot();
  }
  restore(snapshot: Snapshot): void {
    this.#committed = snapshot.meta.index;
    this.unstable.restore(snapshot);
  }
  get hasNextOrInProgressSnapshot(): boolean {
    return this.unstable.snapshot !== undefined;
  }

  /** Committed entries to apply next. @param allowUnstable whether entries not yet durable here may be among them */
  nextCommittedEntries(allowUnstable: boolean): readonly LogEntry[] {
    if (!this.hasNextCommittedEntries(allowUnstable)) return NO_ENTRIES;
    const entries = this.#slice(this.#applying + 1, this.#maxAppliable(allowUnstable) + 1, this.#applyingSizeBytesMax - this.#applyingSizeBytes);
    assert(typeof entries !== 'string', 'committed entries are there until applied', {entries});
    return entries;
  }
  hasNextCommittedEntries(allowUnstable: boolean): boolean {
    // With a snapshot to install, the entries after it wait until the state has it.
    if (this.#isApplyingPaused || this.hasNextOrInProgressSnapshot) return false;
    return this.#applying < this.#maxAppliable(allowUnstable);
  }
  /** Entries through `index`, `sizeBytes` in total, were handed out. */
  acceptApplying(index: LogIndex, sizeBytes: number, allowUnstable: boolean): void {
    assert(index <= this.#committed, 'only committed entries are applied', {index, committed: this.#committed});
    this.#applying = index;
    this.#applyingSizeBytes += sizeBytes;
    // A page cut short means that the next entry does not fit, even though the sum is below the bound.
    this.#isApplyingPaused = this.#applyingSizeBytes >= this.#applyingSizeBytesMax || index < this.#maxAppliable(allowUnstable);
  }
  appliedTo(index: LogIndex, sizeBytes: number): void {
    assert(index >= this.#applied && index <= this.#committed, 'applied goes forward within the committed', {
      index, applied: this.#applied, committed: this.#committed,
    });
    this.#applied = index;
    if (index > this.#applying) this.#applying = index;
    this.#applyingSizeBytes = Math.max(0, this.#applyingSizeBytes - sizeBytes);
    this.#isApplyingPaused = this.#applyingSizeBytes >= this.#applyingSizeBytesMax;
  }

  /** Entries from `from` to the end, cut to the limit. */
  entries(from: LogIndex, sizeBytesMax: number): readonly LogEntry[] | 'compacted' | 'unavailable' {
    const last = this.lastIndex();
    return from > last ? NO_ENTRIES : this.#slice(from, last + 1, sizeBytesMax);
  }
  /** Visits [from, until) in pages until `visit` returns true. @returns whether it did */
  some(from: number, until: number, pageSizeBytesMax: number, visit: (entry: LogEntry) => boolean): boolean {
    for (let at: number = from; at < until;) {
      const page = this.#slice(at, until, pageSizeBytesMax);
      assert(typeof page !== 'string' && page.length > 0, 'scanned entries are in the log', {at, until});
      if (page.some(visit)) return true;
      at += page.length;
    }
    return false;
  }

  #maxAppliable(allowUnstable: boolean): number {
    return allowUnstable ? this.#committed : Math.min(this.#committed, this.unstable.offset - 1);
  }
  /** Position of the first given entry that this log does not have; the number of entries when it has all. */
  #firstConflict(entries: readonly LogEntry[]): number {
    // The common case, an append at the end, is told by one comparison.
    const first = entries[0];
    if (first === undefined) return 0;
    if (first.index > this.lastIndex()) return 0;
    let at = 0;
    for (const entry of entries) {
      if (!this.matchesTerm(entry.index, entry.term)) return at;
      at += 1;
    }
    return at;
  }
  #slice(from: number, until: number, sizeBytesMax: number): readonly LogEntry[] | 'compacted' | 'unavailable' {
    if (from < this.firstIndex()) return 'compacted';
    if (from >= until) return NO_ENTRIES;
    const offset = this.unstable.offset;
    if (from >= offset) return limitEntries(this.unstable.slice(from, until), sizeBytesMax);
    const storedUntil = Math.min(until, offset);
    const read = this.#storage.entries(markIndex(from), markIndex(storedUntil), sizeBytesMax);
    if (typeof read === 'string') {
      assert(read === 'compacted', 'stored entries below the unstable ones can be read', {from, storedUntil});
      return read;
    }
    assert(read.length > 0, 'the storage gives at least one entry', {from, storedUntil});
    // The storage counts data bytes only, so its page may be cut once more.
    const stored = limitEntries(read, sizeBytesMax);
    if (until <= offset || stored.length < storedUntil - from) return stored;
    const size = entriesSizeBytes(stored);
    if (size >= sizeBytesMax) return stored;
    const rest = limitEntries(this.unstable.slice(offset, until), sizeBytesMax - size);
    // At least one entry comes back from the limit, which must not push the whole above it.
    if (rest.length === 1 && size + entriesSizeBytes(rest) > sizeBytesMax) return stored;
    return [...stored, ...rest];
  }
}
