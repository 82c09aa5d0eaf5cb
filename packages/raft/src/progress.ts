import {assert, unreachable} from '@murmuration/base';
import type {LogIndex, ReplicaId} from '@murmuration/base';

import type {Inflights} from './inflights.js';
import {markIndex} from './marks.js';

/** How the leader sends to a follower: one probe at a time, a stream, or nothing while a snapshot is under way. */
export type ProgressState = 'StateProbe' | 'StateReplicate' | 'StateSnapshot';

/**
 * What a leader knows of one follower's log. Invariant: 0 <= match < next.
 *
 * The fields are open to the core of this package, which reads them on every message; changes of `match`, `next` and
 * `state` go through the methods, because they belong together.
 */
export class Progress {
  readonly id: ReplicaId;
  /** The follower's log is known to equal the leader's through here. */
  match: LogIndex;
  /** Next entry to send. Those in between are on their way. */
  next: LogIndex;
  state: ProgressState = 'StateProbe';
  /** Index of the snapshot being sent; 0 outside StateSnapshot. */
  pendingSnapshot: LogIndex = markIndex(0);
  /** Heard from since the last quorum check. Always true for the leader itself. */
  isRecentlyActive = false;
  /** Set after a probe, or when the stream is full: nothing is sent until a heartbeat answer or an acknowledgement. */
  isAppendPaused = false;
  isLearner: boolean;
  readonly inflights: Inflights;
  /** Highest commit index sent to the follower, to tell whether another empty App would teach it anything. */
  #sentCommit = 0;

  constructor(id: ReplicaId, match: LogIndex, next: LogIndex, isLearner: boolean, inflights: Inflights) {
    assert(match < next, 'match must be below next', {match, next});
    this.id = id;
    this.match = match;
    this.next = next;
    this.isLearner = isLearner;
    this.inflights = inflights;
  }

  /** A copy for trying out a configuration change; the inflight window is shared, as only one of the two lives on. */
  clone(): Progress {
    const copy = new Progress(this.id, this.match, this.next, this.isLearner, this.inflights);
    copy.state = this.state;
    copy.pendingSnapshot = this.pendingSnapshot;
    copy.isRecentlyActive = this.isRecentlyActive;
    copy.isAppendPaused = this.isAppendPaused;
    copy.#sentCommit = this.#sentCommit;
    return copy;
  }

  /** Starts anew, as at the start of a term. */
  restart(match: LogIndex, next: LogIndex): void {
    this.#enter('StateProbe');
    this.match = match;
    this.next = next;
    this.isRecentlyActive = false;
    this.#sentCommit = 0;
  }

  becomeProbe(): void {
    // A snapshot that was delivered moves the follower to its index even though no acknowledgement has come yet.
    const sent = this.state === 'StateSnapshot' ? this.pendingSnapshot : 0;
    this.#enter('StateProbe');
    this.next = markIndex(Math.max(this.match + 1, sent + 1));
    this.#sentCommit = Math.min(this.#sentCommit, this.next - 1);
  }
  becomeReplicate(): void {
    this.#enter('StateReplicate');
    this.next = markIndex(this.match + 1);
  }
  becomeSnapshot(index: LogIndex): void {
    this.#enter('StateSnapshot');
    this.pendingSnapshot = index;
    this.next = markIndex(index + 1);
    this.#sentCommit = index;
  }

  /** Records an App with `count` entries of `sizeBytes` data bytes, the first of them `next`. */
  sentEntries(count: number, sizeBytes: number): void {
    switch (this.state) {
      case 'StateReplicate':
        if (count > 0) {
          this.next = markIndex(this.next + count);
          this.inflights.add(this.next - 1, sizeBytes);
        }
        // A message that fills the window, or an empty one sent while it is full, is a probe: the next waits.
        this.isAppendPaused = this.inflights.isFull;
        return;
      case 'StateProbe':
        if (count > 0) this.isAppendPaused = true;
        return;
      case 'StateSnapshot':
        assert(false, 'nothing is appended to a follower that waits for a snapshot', {id: this.id});
        return;
      default:
        return unreachable(this.state);
    }
  }
  sentCommit(commit: LogIndex): void {
    this.#sentCommit = commit;
  }
  /** Whether telling this commit index may move the follower's: not when one covering all of `next - 1` was sent. */
  canBumpCommit(commit: LogIndex): boolean {
    return commit > this.#sentCommit && this.#sentCommit < this.next - 1;
  }

  /** Takes an acknowledgement through `index`. @returns false when it says nothing new */
  acknowledge(index: LogIndex): boolean {
    if (index <= this.match) return false;
    this.match = index;
    this.next = markIndex(Math.max(this.next, index + 1));
    this.isAppendPaused = false;
    return true;
  }

  /**
   * Takes the refusal of the App anchored at `rejected`, with the follower's guess of where the logs agree.
   * @returns false when the refusal is out of date (reordered or repeated); otherwise `next` went back
   */
  reject(rejected: LogIndex, matchHint: LogIndex): boolean {
    if (this.state === 'StateReplicate') {
      if (rejected <= this.match) return false;
      this.next = markIndex(this.match + 1);
      this.#sentCommit = Math.min(this.#sentCommit, this.next - 1);
      return true;
    }
    // Probes are sent one at a time, so a refusal of anything but the last one is old.
    if (this.next - 1 !== rejected) return false;
    this.next = markIndex(Math.max(Math.min(rejected, matchHint + 1), this.match + 1));
    this.#sentCommit = Math.min(this.#sentCommit, this.next - 1);
    this.isAppendPaused = false;
    return true;
  }

  /** Whether no App may be sent now. */
  get isPaused(): boolean {
    return this.state === 'StateSnapshot' || this.isAppendPaused;
  }

  #enter(state: ProgressState): void {
    this.isAppendPaused = false;
    this.pendingSnapshot = markIndex(0);
    this.state = state;
    this.inflights.reset();
  }
}
