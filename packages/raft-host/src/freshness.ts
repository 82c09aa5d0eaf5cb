import type {LogIndex} from '@murmuration/base';

/**
 * How old the state of a follower can be at most. A heartbeat says "at a moment that lies after your own time T - age
 * everything committed was at most this index": once that index is applied, the state is as of that moment.
 * One such claim is chased at a time, so that a steady stream of newer ones can't keep all of them out of reach.
 */
export class Freshness {
  #freshAtMs = Number.NEGATIVE_INFINITY;
  #claim: {readonly index: LogIndex; readonly atMs: number} | undefined;

  /** @param atMs on this process's clock, never later than the moment the claim is about */
  claimed(commit: LogIndex, atMs: number, applied: LogIndex): void {
    if (commit <= applied) {
      this.#freshAtMs = Math.max(this.#freshAtMs, atMs);
    } else if (this.#claim === undefined) {
      this.#claim = {index: commit, atMs};
    }
  }
  applied(index: LogIndex): void {
    if (this.#claim === undefined || this.#claim.index > index) return;
    this.#freshAtMs = Math.max(this.#freshAtMs, this.#claim.atMs);
    this.#claim = undefined;
  }
  /** @returns infinity when nothing is known */
  stalenessMs(nowMs: number): number {
    return nowMs - this.#freshAtMs;
  }
  /** The state is being replaced: nothing can be said of it. */
  forget(): void {
    this.#freshAtMs = Number.NEGATIVE_INFINITY;
    this.#claim = undefined;
  }
}
