import type {GroupId, LogEntry, LogIndex, LogPort, Term} from '@murmuration/base';
import {NO_REPLICA, toLogIndex, toReplicaId, toTerm} from '@murmuration/base';
import type {ConfState, HardState, RaftStorage, Snapshot} from '@murmuration/raft';

const NO_HARD_STATE: HardState = {term: toTerm(0), vote: NO_REPLICA, commit: toLogIndex(0)};

/** One group's part of the log, in the shape the core reads it. */
export class GroupStorage implements RaftStorage {
  readonly #log: LogPort;
  readonly #group: GroupId;
  readonly #confState: ConfState;
  readonly #applied: LogIndex;
  readonly #snapshot: () => Snapshot | 'unavailable';

  /** @param applied what the store holds, @param confState as of that */
  constructor(log: LogPort, group: GroupId, applied: LogIndex, confState: ConfState, snapshot: () => Snapshot | 'unavailable') {
    this.#log = log;
    this.#group = group;
    this.#applied = applied;
    this.#confState = confState;
    this.#snapshot = snapshot;
  }
  initialState(): {readonly hardState: HardState; readonly confState: ConfState} {
    const stored = this.#log.group(this.#group)?.hardState;
    const hardState: HardState = stored === undefined
      ? NO_HARD_STATE
      : {term: stored.term, vote: toReplicaId(stored.vote), commit: stored.commit};
    // The store may have been flushed before the log's newest commit index was: what is applied was committed.
    const commit = hardState.commit < this.#applied ? this.#applied : hardState.commit;
    return {hardState: {...hardState, commit}, confState: this.#confState};
  }
  entries(from: LogIndex, until: LogIndex, sizeBytesMax: number): readonly LogEntry[] | 'compacted' | 'unavailable' {
    const state = this.#log.group(this.#group);
    if (state === undefined || until > state.lastIndex + 1) return 'unavailable';
    if (from < state.firstIndex) return 'compacted';
    return this.#log.entries(this.#group, from, until, sizeBytesMax);
  }
  term(index: LogIndex): Term | 'compacted' | 'unavailable' {
    const term = this.#log.term(this.#group, index);
    if (term !== undefined) return term;
    return index < this.firstIndex() ? 'compacted' : 'unavailable';
  }
  firstIndex(): LogIndex {
    return this.#log.group(this.#group)?.firstIndex ?? toLogIndex(1);
  }
  lastIndex(): LogIndex {
    return this.#log.group(this.#group)?.lastIndex ?? toLogIndex(0);
  }
  snapshot(): Snapshot | 'unavailable' {
    return this.#snapshot();
  }
}
