import {assert, NO_REPLICA} from '@murmuration/base';
import type {LogEntry, LogIndex, Term} from '@murmuration/base';

import {limitEntries} from '../entry-size.js';
import {markIndex, markTerm} from '../marks.js';
import {EMPTY_CONF_STATE} from '../tracker.js';
import type {ConfState, HardState, RaftStorage, Snapshot} from '../types.js';

/** A stored log in memory, for tests. What it is told is durable at once. */
export class MemoryRaftStorage implements RaftStorage {
  #hardState: HardState = {term: markTerm(0), vote: NO_REPLICA, commit: markIndex(0)};
  #confState: ConfState = EMPTY_CONF_STATE;
  /** The place before the first entry. */
  #base: {readonly index: number; readonly term: Term} = {index: 0, term: markTerm(0)};
  #entries: LogEntry[] = [];
  #snapshotIndex = 0;
  readonly #newestSnapshot: () => Snapshot | 'unavailable';

  constructor(newestSnapshot: () => Snapshot | 'unavailable') {
    this.#newestSnapshot = newestSnapshot;
  }
  initialState(): {readonly hardState: HardState; readonly confState: ConfState} {
    return {hardState: this.#hardState, confState: this.#confState};
  }
  entries(from: LogIndex, until: LogIndex, sizeBytesMax: number): readonly LogEntry[] | 'compacted' | 'unavailable' {
    if (from <= this.#base.index) return 'compacted';
    if (this.#entries.length === 0 || until > this.lastIndex() + 1) return 'unavailable';
    return limitEntries(this.#entries.slice(from - this.#base.index - 1, until - this.#base.index - 1), sizeBytesMax);
  }
  term(index: LogIndex): Term | 'compacted' | 'unavailable' {
    if (index === this.#base.index) return this.#base.term;
    if (index < this.#base.index) return 'compacted';
    return this.#entries[index - this.#base.index - 1]?.term ?? 'unavailable';
  }
  firstIndex(): LogIndex {
    return markIndex(this.#base.index + 1);
  }
  lastIndex(): LogIndex {
    return markIndex(this.#base.index + this.#entries.length);
  }
  snapshot(): Snapshot | 'unavailable' {
    return this.#newestSnapshot();
  }

  setHardState(state: HardState): void {
    this.#hardState = state;
  }
  setConfState(state: ConfState): void {
    this.#confState = state;
  }
  /** @returns false when it is older than the one applied last */
  applySnapshot(snapshot: Snapshot): boolean {
    const {index, term, confState} = snapshot.meta;
    if (this.#snapshotIndex >= index) return false;
    this.#snapshotIndex = index;
    this.#confState = confState;
    this.#base = {index, term};
    this.#entries = [];
    return true;
  }
  append(entries: readonly LogEntry[]): void {
    const kept = entries.filter((entry) => entry.index > this.#base.index);
    const first = kept[0];
    if (first === undefined) return;
    const position = first.index - this.#base.index - 1;
    assert(position <= this.#entries.length, 'append leaves no hole', {index: first.index});
    this.#entries = [...this.#entries.slice(0, position), ...kept];
  }
  /** Forgets entries through `index`. @returns false when they are forgotten already */
  compact(index: number): boolean {
    if (index <= this.#base.index) return false;
    const term = this.term(markIndex(index));
    assert(typeof term === 'number', 'compaction stays within the log', {index});
    this.#entries = this.#entries.slice(index - this.#base.index);
    this.#base = {index, term};
    return true;
  }
}
