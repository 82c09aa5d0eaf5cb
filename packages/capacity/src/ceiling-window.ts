import {assert} from '@murmuration/base';

const WINDOW_MS = 1000;

/**
 * A partition's ceiling: in no second, wherever it begins, does more pass than the ceiling. Exact to the millisecond,
 * and no refill to wait for: what passed a second ago makes room again.
 *
 * A single request above the ceiling passes only when the second before it was empty, and then nothing more does until
 * the ceiling would have brought that much.
 */
export class CeilingWindow {
  #ceilingHalfUnits: number;
  /** Passed in each millisecond of the last second, by the millisecond modulo 1,000. */
  readonly #passed = new Uint32Array(WINDOW_MS);
  #sumHalfUnits = 0;
  #atMs: number;
  #closedUntilMs = 0;

  constructor(ceilingHalfUnits: number, nowMs: number) {
    this.#ceilingHalfUnits = checked(ceilingHalfUnits);
    this.#atMs = Math.floor(nowMs);
  }
  get ceilingHalfUnits(): number {
    return this.#ceilingHalfUnits;
  }
  /** Another ceiling from now on. What passed already counts. */
  setCeiling(ceilingHalfUnits: number): void {
    this.#ceilingHalfUnits = checked(ceilingHalfUnits);
  }
  /** What passed in the second that ends now. */
  passedHalfUnits(nowMs: number): number {
    this.#advance(nowMs);
    return this.#sumHalfUnits;
  }
  /** @returns whether so much may pass now. Changes nothing but the time. */
  hasRoom(halfUnits: number, nowMs: number): boolean {
    this.#advance(nowMs);
    if (this.#atMs < this.#closedUntilMs) return false;
    return this.#sumHalfUnits + halfUnits <= this.#ceilingHalfUnits || (halfUnits > this.#ceilingHalfUnits && this.#sumHalfUnits === 0);
  }
  /** So much passes, by `hasRoom` or because it is done already. */
  pass(halfUnits: number): void {
    const slot = this.#atMs % WINDOW_MS;
    this.#passed[slot] = (this.#passed[slot] as number) + halfUnits;
    this.#sumHalfUnits += halfUnits;
    if (this.#sumHalfUnits <= this.#ceilingHalfUnits) return;
    const paidMs = Math.ceil((halfUnits * WINDOW_MS) / this.#ceilingHalfUnits);
    this.#closedUntilMs = Math.max(this.#closedUntilMs, this.#atMs + paidMs);
  }
  /** The same for work that is done already. */
  charge(halfUnits: number, nowMs: number): void {
    this.#advance(nowMs);
    this.pass(halfUnits);
  }
  /** The first millisecond at which so much may pass if nobody else comes. */
  firstPossibleAtMs(halfUnits: number, nowMs: number): number {
    this.#advance(nowMs);
    const asked = Math.min(halfUnits, this.#ceilingHalfUnits);
    let sum = this.#sumHalfUnits;
    let waitMs = 0;
    while (sum > 0 && sum + asked > this.#ceilingHalfUnits && waitMs < WINDOW_MS) {
      waitMs += 1;
      sum -= this.#passed[(this.#atMs + waitMs) % WINDOW_MS] as number;
    }
    return Math.max(this.#atMs + waitMs, this.#closedUntilMs);
  }

  #advance(nowMs: number): void {
    const atMs = Math.floor(nowMs);
    const elapsedMs = atMs - this.#atMs;
    if (elapsedMs <= 0) return;
    if (this.#sumHalfUnits > 0) {
      if (elapsedMs >= WINDOW_MS) {
        this.#passed.fill(0);
        this.#sumHalfUnits = 0;
      } else {
        for (let at = this.#atMs + 1; at <= atMs; at += 1) {
          const slot = at % WINDOW_MS;
          this.#sumHalfUnits -= this.#passed[slot] as number;
          this.#passed[slot] = 0;
        }
      }
    }
    this.#atMs = atMs;
  }
}

function checked(ceilingHalfUnits: number): number {
  assert(Number.isSafeInteger(ceilingHalfUnits) && ceilingHalfUnits >= 1, 'a ceiling is an integer of at least 1', {ceilingHalfUnits});
  return ceilingHalfUnits;
}
