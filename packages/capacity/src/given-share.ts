import type {MilliRate} from './token-rate.js';

/** A share above an even one that was given is good for so long without another word. */
export const GIVEN_SHARE_MS = 3_000;
/** What was given up for others comes back only now: they were given it up to half of a share's time later. */
export const EVEN_SHARE_AFTER_MS = 4_500;
/** The part of an even share that its partition keeps whatever others lack: see `adaptiveShares`. */
export const KEPT_SHARE_RATIO = 0.1;

/** How much a bucket is made for, and what comes in. */
export interface ShareRates {
  readonly rate: MilliRate;
  /** At most `rate`. */
  readonly gainRate: MilliRate;
}

/**
 * What one leader may use of throughput that is shared by need, as time passes without word from the control plane.
 *
 * Shares in use never add up to more than there is to share: a leader that hears nothing gives back what it had above its
 * even share before others may take theirs again, and a new leader, which does not know what the one before had given up,
 * gains only what every partition keeps until it is told, or until nobody goes by an older word.
 */
export class GivenShare {
  #given: {readonly rate: MilliRate; readonly atMs: number} | undefined;
  #carefulUntilMs = Number.NEGATIVE_INFINITY;

  /** Leadership begins. @param isNew nobody ever led before, or nobody shares with it: there is nothing that others could have been given */
  begin(isNew: boolean, nowMs: number): void {
    this.#given = undefined;
    this.#carefulUntilMs = isNew ? Number.NEGATIVE_INFINITY : nowMs + EVEN_SHARE_AFTER_MS;
  }
  give(rate: MilliRate, nowMs: number): void {
    this.#given = {rate, atMs: nowMs};
    this.#carefulUntilMs = Number.NEGATIVE_INFINITY;
  }
  /** @param even its even share as things are */
  at(even: MilliRate, nowMs: number): ShareRates {
    if (this.#given !== undefined) {
      const ageMs = nowMs - this.#given.atMs;
      if (ageMs < GIVEN_SHARE_MS) return {rate: this.#given.rate, gainRate: this.#given.rate};
      if (ageMs < EVEN_SHARE_AFTER_MS) {
        const rate = Math.min(even, this.#given.rate);
        return {rate, gainRate: rate};
      }
      this.#given = undefined;
    }
    // Its bucket is as large as ever, for what the one before left in it.
    return {rate: even, gainRate: nowMs < this.#carefulUntilMs ? Math.floor(even * KEPT_SHARE_RATIO) : even};
  }
}
