import {assert} from '@murmuration/base';
import {GRAINS_PER_HALF_UNIT, gainOf, msUntilGained} from './token-rate.js';
import type {MilliRate} from './token-rate.js';

/** Unused capacity is kept for this long. */
export const BURST_SECONDS_DEFAULT = 300;
/** Grains stay safe integers for 300 s of any rate up to this one; a partition's share is far below. */
const RATE_MAX: MilliRate = 20_000_000_000;

/** What is left of a share, in whole half units rounded against its owner. */
export interface ShareLevels {
  readonly allocatedHalfUnits: number;
  readonly burstHalfUnits: number;
  readonly debtHalfUnits: number;
}

/**
 * One partition's share of its table: an allocated bucket that holds one second of the share, and a burst bucket that
 * keeps what the allocated one had no room for, up to 300 seconds of the share. A request takes allocated tokens first.
 *
 * Invariants: 0 <= allocated <= 1 s of the share; 0 <= burst <= 300 s of it; with a debt both are empty. A request for
 * more than both can hold passes when both are full, and leaves a debt: see TokenBucket.
 */
export class ShareBucket {
  #rate: MilliRate = 0;
  #gainRate: MilliRate = 0;
  #burstSeconds: number;
  #allocatedSize = 0;
  #burstSize = 0;
  #allocated = 0;
  #burst = 0;
  #debt = 0;
  #atMs: number;

  /**
   * @param burstSeconds integer; 0 switches burst off
   * @param gainRate what comes in; less than the share where it is not known how much of that is left
   * @param levels at first; one full second and no burst when absent: a new share has not left anything unused yet
   */
  constructor(rate: MilliRate, burstSeconds: number, nowMs: number, levels?: ShareLevels, gainRate = rate) {
    this.#burstSeconds = checkedSeconds(burstSeconds);
    this.#atMs = Math.floor(nowMs);
    this.#resize(rate);
    this.#gainRate = checkedGain(gainRate, rate);
    if (levels === undefined) {
      this.#allocated = this.#allocatedSize;
      return;
    }
    this.#debt = levels.debtHalfUnits * GRAINS_PER_HALF_UNIT;
    if (this.#debt > 0) return;
    this.#allocated = Math.min(this.#allocatedSize, levels.allocatedHalfUnits * GRAINS_PER_HALF_UNIT);
    this.#burst = Math.min(this.#burstSize, levels.burstHalfUnits * GRAINS_PER_HALF_UNIT);
  }
  get rate(): MilliRate {
    return this.#rate;
  }
  /** What comes in of it. */
  get gainRate(): MilliRate {
    return this.#gainRate;
  }
  /** What burst holds when full, in whole half units. */
  get burstSizeHalfUnits(): number {
    return Math.floor(this.#burstSize / GRAINS_PER_HALF_UNIT);
  }
  /** Whole half units a request could take now. */
  availableHalfUnits(nowMs: number): number {
    this.#advance(nowMs);
    return Math.floor((this.#allocated + this.#burst) / GRAINS_PER_HALF_UNIT);
  }
  levels(nowMs: number): ShareLevels {
    this.#advance(nowMs);
    return {
      allocatedHalfUnits: Math.floor(this.#allocated / GRAINS_PER_HALF_UNIT),
      burstHalfUnits: Math.floor(this.#burst / GRAINS_PER_HALF_UNIT),
      debtHalfUnits: Math.ceil(this.#debt / GRAINS_PER_HALF_UNIT),
    };
  }

  /** Whether a request for so much would pass. Changes nothing but the time. */
  holds(halfUnits: number, nowMs: number): boolean {
    this.#advance(nowMs);
    const held = this.#allocated + this.#burst;
    const grains = halfUnits * GRAINS_PER_HALF_UNIT;
    if (held >= grains) return true;
    const size = this.#allocatedSize + this.#burstSize;
    return grains > size && held === size && this.#debt === 0 && size > 0;
  }
  /** Half units of a request that the allocated bucket does not cover, rounded up: what it takes from burst. After `holds`. */
  burstPartHalfUnits(halfUnits: number): number {
    const beyond = halfUnits * GRAINS_PER_HALF_UNIT - this.#allocated;
    return beyond <= 0 ? 0 : Math.ceil(beyond / GRAINS_PER_HALF_UNIT);
  }
  /** Takes what `holds` has just said is there. */
  take(halfUnits: number): void {
    this.#spend(halfUnits * GRAINS_PER_HALF_UNIT);
  }
  /** Takes whatever it costs, after the work was done. What is missing is owed. */
  charge(halfUnits: number, nowMs: number): void {
    this.#advance(nowMs);
    this.#spend(halfUnits * GRAINS_PER_HALF_UNIT);
  }
  /** The first millisecond at which a request for so much would pass if nobody else came; Infinity when never. */
  firstPossibleAtMs(halfUnits: number, nowMs: number): number {
    this.#advance(nowMs);
    const size = this.#allocatedSize + this.#burstSize;
    if (size === 0) return Number.POSITIVE_INFINITY;
    const target = Math.min(halfUnits * GRAINS_PER_HALF_UNIT, size);
    return this.#atMs + msUntilGained(this.#gainRate, this.#debt + target - this.#allocated - this.#burst);
  }
  /** Another share from now on, and burst for another time. What is held beyond the new sizes is gone. */
  setRate(rate: MilliRate, nowMs: number, burstSeconds = this.#burstSeconds, gainRate = rate): void {
    this.#advance(nowMs);
    this.#burstSeconds = checkedSeconds(burstSeconds);
    this.#resize(rate);
    this.#gainRate = checkedGain(gainRate, rate);
    this.#allocated = Math.min(this.#allocated, this.#allocatedSize);
    this.#burst = Math.min(this.#burst, this.#burstSize);
  }

  #resize(rate: MilliRate): void {
    assert(Number.isSafeInteger(rate) && rate >= 0 && rate <= RATE_MAX, 'a share is an integer within bounds', {rate});
    this.#rate = rate;
    this.#allocatedSize = rate * 1000;
    this.#burstSize = rate * 1000 * this.#burstSeconds;
  }
  #advance(nowMs: number): void {
    const atMs = Math.floor(nowMs);
    if (atMs <= this.#atMs) return;
    const elapsedMs = atMs - this.#atMs;
    this.#atMs = atMs;
    const missing = this.#debt + this.#allocatedSize - this.#allocated + this.#burstSize - this.#burst;
    if (missing <= 0) return;
    let gain = gainOf(this.#gainRate, elapsedMs, missing);
    if (this.#debt > 0) {
      const paid = gain < this.#debt ? gain : this.#debt;
      this.#debt -= paid;
      gain -= paid;
    }
    const room = this.#allocatedSize - this.#allocated;
    if (gain <= room) {
      this.#allocated += gain;
      return;
    }
    this.#allocated = this.#allocatedSize;
    this.#burst += gain - room;
  }
  #spend(grains: number): void {
    assert(grains >= 0 && this.#allocated >= 0 && this.#allocated <= this.#allocatedSize, 'the allocated bucket holds between nothing and a second of the share');
    assert(this.#burst >= 0 && this.#burst <= this.#burstSize, 'burst is between nothing and its size');
    assert(this.#debt === 0 || this.#allocated + this.#burst === 0, 'who owes holds nothing');
    if (grains <= this.#allocated) {
      this.#allocated -= grains;
      return;
    }
    const beyond = grains - this.#allocated;
    this.#allocated = 0;
    if (beyond <= this.#burst) {
      this.#burst -= beyond;
      return;
    }
    this.#debt += beyond - this.#burst;
    this.#burst = 0;
  }
}

function checkedGain(gainRate: MilliRate, rate: MilliRate): MilliRate {
  assert(Number.isSafeInteger(gainRate) && gainRate >= 0 && gainRate <= rate, 'what comes in is at most the share', {gainRate, rate});
  return gainRate;
}
function checkedSeconds(burstSeconds: number): number {
  assert(Number.isInteger(burstSeconds) && burstSeconds >= 0 && burstSeconds <= BURST_SECONDS_DEFAULT, 'burst is kept for 0 to 300 whole seconds', {burstSeconds});
  return burstSeconds;
}
