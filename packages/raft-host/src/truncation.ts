import type {EventSink, LogIndex, LogPort, StorePort} from '@murmuration/base';
import {emitEvent} from './events.js';
import type {Group} from './group.js';
import type {RaftHostTuning} from './options.js';

/** Above so many times its bound a log is cut even if a live follower still needs it: it gets a snapshot. */
const FOLLOWER_NEED_FACTOR = 4;

/**
 * Cuts logs that grew too big: only up to what a completed flush made durable in the store, and on a leader only up
 * to what its live followers have. One flush at a time serves all groups.
 */
export class Truncation {
  readonly #log: LogPort;
  readonly #store: StorePort;
  readonly #events: EventSink;
  readonly #tuning: RaftHostTuning;
  /** Last index that snapshots being sent do not need. */
  readonly #sendingIndexMin: (group: Group) => number;
  readonly #onFailure: (error: unknown) => void;
  #isFlushing = false;
  #isStopped = false;

  constructor(
    log: LogPort, store: StorePort, events: EventSink, tuning: RaftHostTuning,
    sendingIndexMin: (group: Group) => number, onFailure: (error: unknown) => void,
  ) {
    this.#log = log;
    this.#store = store;
    this.#events = events;
    this.#tuning = tuning;
    this.#sendingIndexMin = sendingIndexMin;
    this.#onFailure = onFailure;
  }
  stop(): void {
    this.#isStopped = true;
  }
  /** Looks at all groups; called every `truncationIntervalMs`. */
  run(groups: Iterable<Group>): void {
    const big: Group[] = [];
    let needsFlush = false;
    for (const group of groups) {
      if (group.isInstalling || this.#log.groupBytes(group.id) <= this.#tuning.logSizeBytesMax) continue;
      big.push(group);
      this.#cut(group);
      if (group.flushedIndex < group.stored.index && this.#log.groupBytes(group.id) > this.#tuning.logSizeBytesMax / 2) needsFlush = true;
    }
    if (needsFlush && !this.#isFlushing && !this.#isStopped) this.#flush(big);
  }

  #flush(groups: readonly Group[]): void {
    this.#isFlushing = true;
    // Only writes that were finished before the flush began are durable after it.
    const captured = groups.map((group) => ({group, index: group.stored.index}));
    this.#store.flush().then(() => {
      this.#isFlushing = false;
      if (this.#isStopped) return;
      for (const {group, index} of captured) {
        if (group.isStopped) continue;
        if (index > group.flushedIndex) group.flushedIndex = index;
        this.#cut(group);
      }
    }).catch(this.#onFailure);
  }
  #cut(group: Group): void {
    const through = this.#throughOf(group);
    const state = this.#log.group(group.id);
    if (state === undefined || through < state.firstIndex) return;
    this.#log.truncatePrefix(group.id, through);
    emitEvent(this.#events, {event: 'raft-host/log-truncated', group: group.id, through});
  }
  #throughOf(group: Group): LogIndex {
    let through = Math.min(group.flushedIndex, this.#sendingIndexMin(group));
    const isFarTooBig = this.#log.groupBytes(group.id) > FOLLOWER_NEED_FACTOR * this.#tuning.logSizeBytesMax;
    if (!isFarTooBig) {
      for (const peer of group.progress()) {
        // A follower that is to get a snapshot needs nothing below it; one that is silent is not waited for.
        if (peer.isActive && peer.state !== 'snapshot') through = Math.min(through, peer.match);
      }
    }
    return through as LogIndex;
  }
}
