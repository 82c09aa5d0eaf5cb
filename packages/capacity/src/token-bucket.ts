import {assert} from '@murmuration/base';
import {BUCKET_HALF_UNITS_MAX, GRAINS_PER_HALF_UNIT, gainOf, msUntilGained} from './token-rate.js';
import type {MilliRate} from './token-rate.js';

export interface TokenBucketOptions {
  readonly rate: MilliRate;
  /** What it holds when full. */
  readonly sizeHalfUnits: number;
  /** What it holds at first; full when absent. */
  readonly levelHalfUnits?: number;
}

/**
 * Tokens that come at a steady rate up to a size. Used for tables, indexes, accounts and nodes.
 *
 * Invariant: 0 <= level <= size. A request that asks for more than the size passes when the bucket is full; what it
 * takes beyond becomes a debt that the next tokens pay before anything else passes. Over any time at most the size, what
 * came in, and one such request is let through.
 */
export class TokenBucket {
  #rate: MilliRate;
  #sizeGrains: number;
  #levelGrains: number;
  #debtGrains = 0;
  #atMs: number;

  constructor({rate, sizeHalfUnits, levelHalfUnits = sizeHalfUnits}: TokenBucketOptions, nowMs: number) {
    assert(Number.isSafeInteger(rate) && rate >= 0, 'a rate is an integer of at least 0', {rate});
    this.#rate = rate;
    this.#sizeGrains = toGrains(sizeHalfUnits);
    this.#levelGrains = Math.min(this.#sizeGrains, toGrains(levelHalfUnits));
    this.#atMs = Math.floor(nowMs);
  }
  get rate(): MilliRate {
    return this.#rate;
  }
  get sizeHalfUnits(): number {
    return this.#sizeGrains / GRAINS_PER_HALF_UNIT;
  }
  /** Whole half units that could be taken now. */
  availableHalfUnits(nowMs: number): number {
    this.#advance(nowMs);
    return Math.floor(this.#levelGrains / GRAINS_PER_HALF_UNIT);
  }
  /** Half units that are owed, rounded up. */
  get debtHalfUnits(): number {
    return Math.ceil(this.#debtGrains / GRAINS_PER_HALF_UNIT);
  }

  /** Whether a request for so much would pass. Changes nothing but the time. */
  holds(halfUnits: number, nowMs: number): boolean {
    this.#advance(nowMs);
    const grains = halfUnits * GRAINS_PER_HALF_UNIT;
    return this.#levelGrains >= grains || (grains > this.#sizeGrains && this.#levelGrains === this.#sizeGrains && this.#debtGrains === 0 && this.#sizeGrains > 0);
  }
  /** Takes what `holds` has just said is there. */
  take(halfUnits: number): void {
    this.#spend(halfUnits * GRAINS_PER_HALF_UNIT);
  }
  /** @returns whether it held so much, and took it */
  tryTake(halfUnits: number, nowMs: number): boolean {
    if (!this.holds(halfUnits, nowMs)) return false;
    this.take(halfUnits);
    return true;
  }
  /** Takes whatever it costs: for work whose price is known only when it is done. What is missing is owed. */
  charge(halfUnits: number, nowMs: number): void {
    this.#advance(nowMs);
    this.#spend(halfUnits * GRAINS_PER_HALF_UNIT);
  }
  /** Gives back what was taken and not used. Beyond its size nothing is kept. */
  giveBack(halfUnits: number, nowMs: number): void {
    this.#advance(nowMs);
    this.#gain(halfUnits * GRAINS_PER_HALF_UNIT);
  }
  /** The first millisecond at which a request for so much would pass if nobody else came; Infinity when never. */
  firstPossibleAtMs(halfUnits: number, nowMs: number): number {
    this.#advance(nowMs);
    if (this.#sizeGrains === 0) return Number.POSITIVE_INFINITY;
    const target = Math.min(halfUnits * GRAINS_PER_HALF_UNIT, this.#sizeGrains);
    return this.#atMs + msUntilGained(this.#rate, this.#debtGrains + target - this.#levelGrains);
  }
  /** Another rate or size from now on. What it holds beyond the new size is gone. */
  reconfigure(rate: MilliRate, sizeHalfUnits: number, nowMs: number): void {
    this.#advance(nowMs);
    this.#rate = rate;
    this.#sizeGrains = toGrains(sizeHalfUnits);
    this.#levelGrains = Math.min(this.#levelGrains, this.#sizeGrains);
  }

  /** A clock that stands or goes back brings nothing. */
  #advance(nowMs: number): void {
    const atMs = Math.floor(nowMs);
    if (atMs <= this.#atMs) return;
    const elapsedMs = atMs - this.#atMs;
    this.#atMs = atMs;
    const missing = this.#debtGrains + this.#sizeGrains - this.#levelGrains;
    if (missing > 0) this.#gain(gainOf(this.#rate, elapsedMs, missing));
  }
  /** Levels are held to their bounds here and in `#spend`: nothing else changes them but a smaller size. */
  #gain(grains: number): void {
    assert(grains >= 0, 'a bucket gains nothing below zero');
    const paid = grains < this.#debtGrains ? grains : this.#debtGrains;
    this.#debtGrains -= paid;
    this.#levelGrains = Math.min(this.#sizeGrains, this.#levelGrains + grains - paid);
    assert(this.#levelGrains >= 0 && this.#debtGrains >= 0, 'a bucket holds between nothing and its size');
  }
  #spend(grains: number): void {
    assert(grains >= 0 && this.#levelGrains >= 0 && this.#levelGrains <= this.#sizeGrains, 'a bucket holds between nothing and its size');
    if (grains <= this.#levelGrains) {
      this.#levelGrains -= grains;
      return;
    }
    this.#debtGrains += grains - this.#levelGrains;
    this.#levelGrains = 0;
  }
}

function toGrains(halfUnits: number): number {
  assert(Number.isSafeInteger(halfUnits) && halfUnits >= 0, 'half units are an integer of at least 0', {halfUnits});
  return Math.min(halfUnits, BUCKET_HALF_UNITS_MAX) * GRAINS_PER_HALF_UNIT;
}
