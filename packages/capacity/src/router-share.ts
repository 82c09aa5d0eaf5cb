import {assert} from '@murmuration/base';
import type {TokenAsk, TokenLease} from './admission-control.js';
import {TokenBucket} from './token-bucket.js';
import type {MilliRate} from './token-rate.js';

export interface RouterShareOptions {
  /** Name of this life of the process: see TokenAsk. */
  readonly router: string;
  /** As in AdmissionControl. */
  readonly leaseMs: number;
  readonly fallbackMsMax: number;
  /** How often it asks; below the lease, so that a lease is followed by the next one before it ends. */
  readonly askMs: number;
  /** Wanted before anything was used. */
  readonly firstWantHalfUnits: number;
  /** What it may use a second before it has got any lease: owed, like all that is used without tokens. 0 for nothing. */
  readonly firstRate?: MilliRate;
}

/**
 * A router's tokens of one table and kind. It asks for more every so often, uses what it got until the lease ends, and
 * when nobody answers goes on with the share of its last lease: one second of it at most at once.
 *
 * What is used beyond tokens is owed, and paid from the next ones before anything else passes: what work cost more than
 * was known before it, and what passes, no faster than the share, between the end of a lease and the time from which
 * admission control counts on the router's going on alone.
 *
 * It counts a lease from when it asked, and ignores an answer that took longer than a lease, so that it never uses a
 * token after admission control has begun to count on its silence.
 */
export class RouterShare {
  readonly #options: RouterShareOptions;
  #lease = 0;
  #shareRate: MilliRate = 0;
  #tokensHalfUnits = 0;
  /** What there was of the lease at its beginning. */
  #leaseHalfUnits = 0;
  #leaseUntilMs = 0;
  #askedAtMs: number | undefined;
  #isAsking = false;
  /** Asked of it since its last ask: what it will want. */
  #demandHalfUnits = 0;
  #wantedHalfUnits: number;
  /** Left of the lease before, to be told with the next ask. */
  #returnedHalfUnits = 0;
  #owedHalfUnits = 0;
  /** Bounds what is used before the first lease, and between a lease and the time after it. */
  #uncovered: TokenBucket | undefined;
  #fallback: TokenBucket | undefined;
  #fallbackFromMs = Number.POSITIVE_INFINITY;

  constructor(options: RouterShareOptions) {
    assert(options.askMs > 0 && options.askMs < options.leaseMs, 'a router asks again before its lease ends', {...options});
    this.#options = options;
    this.#wantedHalfUnits = options.firstWantHalfUnits;
  }
  get shareRate(): MilliRate {
    return this.#shareRate;
  }
  tokensHalfUnits(nowMs: number): number {
    return nowMs < this.#leaseUntilMs ? this.#tokensHalfUnits : this.#fallbackAt(nowMs)?.availableHalfUnits(nowMs) ?? 0;
  }

  /** @returns whether so much was there, and is taken */
  take(halfUnits: number, nowMs: number): boolean {
    this.#demandHalfUnits += halfUnits;
    if (nowMs < this.#leaseUntilMs) {
      if (this.#tokensHalfUnits < halfUnits) return false;
      this.#tokensHalfUnits -= halfUnits;
      return true;
    }
    const fallback = this.#fallbackAt(nowMs);
    if (fallback !== undefined) return fallback.tryTake(halfUnits, nowMs);
    if (this.#uncoveredAt(nowMs)?.tryTake(halfUnits, nowMs) !== true) return false;
    // Where nobody answers at all nobody counts either: a router does not come to owe for hours.
    if (this.#lease > 0 || this.#owedHalfUnits < this.#firstOwedMax) this.#owedHalfUnits += halfUnits;
    return true;
  }
  /** Work that passed cost so much more than was taken for it. */
  charge(halfUnits: number, nowMs: number): void {
    this.#demandHalfUnits += halfUnits;
    if (nowMs >= this.#leaseUntilMs) {
      const fallback = this.#fallbackAt(nowMs);
      if (fallback !== undefined) fallback.charge(halfUnits, nowMs);
      else this.#owedHalfUnits += halfUnits;
      return;
    }
    const paid = Math.min(this.#tokensHalfUnits, halfUnits);
    this.#tokensHalfUnits -= paid;
    this.#owedHalfUnits += halfUnits - paid;
  }
  /** Work that passed cost nothing, or so much less than was taken for it. After its lease there is nothing to give back to. */
  giveBack(halfUnits: number, nowMs: number): void {
    if (nowMs >= this.#leaseUntilMs) return;
    const paid = Math.min(this.#owedHalfUnits, halfUnits);
    this.#owedHalfUnits -= paid;
    this.#tokensHalfUnits = Math.min(this.#leaseHalfUnits, this.#tokensHalfUnits + halfUnits - paid);
  }
  get owedHalfUnits(): number {
    return this.#owedHalfUnits + (this.#fallback?.debtHalfUnits ?? 0);
  }
  /** Whether it is time to ask. One ask at a time; one that stays without an answer is given up after a lease. */
  isAskDue(nowMs: number): boolean {
    if (this.#askedAtMs === undefined) return true;
    return nowMs >= this.#askedAtMs + (this.#isAsking ? this.#options.leaseMs : this.#options.askMs);
  }
  /** What to send now. The lease it holds is good until the next one comes. */
  ask(nowMs: number): TokenAsk {
    const askedBeforeMs = this.#askedAtMs;
    if (askedBeforeMs !== undefined && nowMs > askedBeforeMs) {
      const demanded = Math.ceil((this.#demandHalfUnits * this.#options.leaseMs) / (nowMs - askedBeforeMs));
      // Half of the old estimate stays, so that one quiet moment does not give everything away.
      this.#wantedHalfUnits = Math.max(demanded, Math.ceil(this.#wantedHalfUnits / 2), 1);
    }
    this.#demandHalfUnits = 0;
    this.#askedAtMs = nowMs;
    this.#isAsking = true;
    return {
      router: this.#options.router, heldLease: this.#lease, heldShareRate: this.#shareRate, wantedHalfUnits: this.#wantedHalfUnits + this.#owedHalfUnits, returnedHalfUnits: this.#returnedHalfUnits,
    };
  }
  /** @param askedAtMs when the ask was made that it answers */
  granted(grant: TokenLease, askedAtMs: number, nowMs: number): void {
    if (askedAtMs !== this.#askedAtMs || nowMs > askedAtMs + this.#options.leaseMs || grant.lease <= this.#lease) return;
    this.#isAsking = false;
    this.#lease = grant.lease;
    this.#shareRate = grant.shareRate;
    this.#returnedHalfUnits = this.#tokensHalfUnits;
    const paid = Math.min(this.#owedHalfUnits, grant.halfUnits);
    this.#owedHalfUnits -= paid;
    this.#tokensHalfUnits = grant.halfUnits - paid;
    this.#leaseHalfUnits = this.#tokensHalfUnits;
    this.#leaseUntilMs = askedAtMs + grant.leaseMs;
    this.#fallback = undefined;
    this.#uncovered = undefined;
    this.#fallbackFromMs = askedAtMs + 2 * this.#options.leaseMs;
  }

  #fallbackAt(nowMs: number): TokenBucket | undefined {
    if (nowMs < this.#fallbackFromMs || nowMs >= this.#fallbackFromMs + this.#options.fallbackMsMax) return undefined;
    if (this.#fallback === undefined) {
      this.#fallback = new TokenBucket({rate: this.#shareRate, sizeHalfUnits: Math.max(1, Math.floor(this.#shareRate / 1000)), levelHalfUnits: 0}, this.#fallbackFromMs);
      this.#fallback.charge(this.#owedHalfUnits, this.#fallbackFromMs);
      this.#owedHalfUnits = 0;
    }
    return this.#fallback;
  }
  /** As much as comes in during a lease. */
  get #firstOwedMax(): number {
    return Math.ceil(((this.#options.firstRate ?? 0) * this.#options.leaseMs) / 1_000_000);
  }
  #uncoveredAt(nowMs: number): TokenBucket | undefined {
    if (nowMs >= this.#fallbackFromMs) return undefined;
    const isFirst = this.#lease === 0;
    const rate = isFirst ? this.#options.firstRate ?? 0 : this.#shareRate;
    if (rate === 0) return undefined;
    this.#uncovered ??= new TokenBucket({rate, sizeHalfUnits: Math.max(1, Math.floor(rate / 1000)), levelHalfUnits: isFirst ? Math.floor(rate / 1000) : 0}, isFirst ? nowMs : this.#leaseUntilMs);
    return this.#uncovered;
  }
}
