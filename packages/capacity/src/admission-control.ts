import {assert} from '@murmuration/base';
import {TokenBucket} from './token-bucket.js';
import type {MilliRate} from './token-rate.js';

export interface AdmissionControlOptions {
  readonly rate: MilliRate;
  /** What the table's bucket holds: its burst. Partitions have their own behind it. */
  readonly sizeHalfUnits: number;
  /** What it holds at first. After a restart 0: what was handed out before is not known. */
  readonly levelHalfUnits: number;
  /** Tokens of a lease may be used for so long. */
  readonly leaseMs: number;
  /** A router goes on with its last share for so long when nobody answers it. */
  readonly fallbackMsMax: number;
  /** After a restart: nothing is handed out before, and routers say what share they hold. 0 for a new table. */
  readonly quietMs: number;
  readonly routersMax?: number;
}

/** What a router says when it asks. */
export interface TokenAsk {
  /** Name of one life of a router's process: another one after a restart, for that has not got what the one before was sent. */
  readonly router: string;
  /** The newest lease it has got; 0 when none. */
  readonly heldLease: number;
  /** The share of its newest lease: what it would go on with. */
  readonly heldShareRate: MilliRate;
  /** What it expects to use until its next lease, by what it was asked for. */
  readonly wantedHalfUnits: number;
  /** Left over from the lease before the held one. */
  readonly returnedHalfUnits: number;
}
export interface TokenLease {
  readonly lease: number;
  readonly halfUnits: number;
  /** What the router may use a second when nobody answers it any more. The shares of all routers never exceed the rate. */
  readonly shareRate: MilliRate;
  readonly leaseMs: number;
}

interface RouterState {
  wantedHalfUnits: number;
  /** Newest lease the router is known to have. */
  ackedLease: number;
  ackedShareRate: MilliRate;
  ackedHalfUnits: number;
  ackedUntilMs: number;
  /** Newest lease it was sent; the same as the acknowledged one when that has come. */
  sent: TokenLease;
  sentUntilMs: number;
  /** Its share is taken from the bucket up to here while it is silent. */
  reservedUntilMs: number;
}

const NO_LEASE: TokenLease = {lease: 0, halfUnits: 0, shareRate: 0, leaseMs: 0};

/**
 * Hands out one table's (or index's) tokens of one kind to routers, in proportion to what they expect to use.
 *
 * Conservation: every token given to a router is taken from the bucket first. A router that nobody answers goes on with
 * the share of its last lease, so while a router is not heard of, its share is taken from the bucket as if it were used.
 * An ask that names an older lease than the newest sent is answered with that same lease again: a lost answer gives
 * nothing twice. After a restart nothing is handed out for `quietMs`, in which routers claim the shares they hold; one
 * that is cut off for longer than that and still serves may use its old share beside what was handed out anew.
 */
export class AdmissionControl {
  readonly #options: AdmissionControlOptions;
  readonly #bucket: TokenBucket;
  readonly #routers = new Map<string, RouterState>();
  readonly #quietUntilMs: number;
  #lastLease = 0;

  constructor(options: AdmissionControlOptions, nowMs: number) {
    assert(options.leaseMs > 0 && options.fallbackMsMax >= options.leaseMs && options.quietMs >= 0, 'times of leases are positive, and a fallback outlives a lease');
    this.#options = options;
    this.#quietUntilMs = nowMs + options.quietMs;
    // What comes in while all is quiet belongs to routers that go on with their old shares.
    this.#bucket = new TokenBucket(options, this.#quietUntilMs);
  }
  availableHalfUnits(nowMs: number): number {
    this.#reserve(nowMs);
    return this.#bucket.availableHalfUnits(nowMs);
  }
  /** Whether nothing is handed out yet. */
  isQuiet(nowMs: number): boolean {
    return nowMs < this.#quietUntilMs;
  }
  get routerCount(): number {
    return this.#routers.size;
  }
  /** Another throughput from now on. Shares that were given stay until their routers ask again. */
  setRate(rate: MilliRate, sizeHalfUnits: number, nowMs: number): void {
    this.#reserve(nowMs);
    this.#bucket.reconfigure(rate, sizeHalfUnits, nowMs);
  }

  /** @returns what the router has from now on; nothing but its old share while all is quiet; undefined when there are too many routers */
  ask(ask: TokenAsk, nowMs: number): TokenLease | undefined {
    this.#reserve(nowMs);
    let state = this.#routers.get(ask.router);
    if (state === undefined) {
      if (this.#routers.size >= (this.#options.routersMax ?? 1_000)) return undefined;
      state = newRouter(ask, this.#claimOf(ask, nowMs), Math.max(nowMs, this.#quietUntilMs));
      this.#routers.set(ask.router, state);
      this.#lastLease = Math.max(this.#lastLease, ask.heldLease);
    } else if (ask.heldLease === state.sent.lease && state.sent.lease !== state.ackedLease) {
      // With the acknowledgement the lease before is over for good: its rest comes back once, however often the ask comes.
      this.#bucket.giveBack(Math.min(ask.returnedHalfUnits, state.ackedHalfUnits), nowMs);
      state.ackedLease = state.sent.lease;
      state.ackedShareRate = state.sent.shareRate;
      state.ackedHalfUnits = state.sent.halfUnits;
      state.ackedUntilMs = state.sentUntilMs;
    } else if (state.sent.lease !== state.ackedLease) {
      // The newest answer was lost, or this is an old ask: the same lease again, without a token more.
      return {...state.sent, leaseMs: Math.max(0, state.sentUntilMs - nowMs)};
    }
    state.wantedHalfUnits = ask.wantedHalfUnits;
    return this.#grant(state, nowMs);
  }

  #grant(state: RouterState, nowMs: number): TokenLease {
    const {leaseMs} = this.#options;
    this.#lastLease += 1;
    let wantedSum = 0;
    let othersRate = 0;
    for (const other of this.#routers.values()) {
      wantedSum += other.wantedHalfUnits;
      if (other !== state) othersRate += Math.max(other.ackedShareRate, other.sent.shareRate);
    }
    const part = wantedSum === 0 ? 1 / this.#routers.size : state.wantedHalfUnits / wantedSum;
    const rate = this.#bucket.rate;
    const shareRate = Math.max(0, Math.min(Math.floor(rate * part), rate - othersRate));
    const isQuiet = nowMs < this.#quietUntilMs;
    const available = isQuiet ? 0 : this.#bucket.availableHalfUnits(nowMs);
    const halfUnits = wantedSum <= available ? Math.min(state.wantedHalfUnits, available) : Math.floor(available * part);
    assert(halfUnits <= available && shareRate + othersRate <= Math.max(rate, othersRate), 'no more is handed out than there is', {halfUnits, available, shareRate, othersRate, rate});
    this.#bucket.take(halfUnits);
    state.sent = {lease: this.#lastLease, halfUnits, shareRate: isQuiet ? state.ackedShareRate : shareRate, leaseMs};
    state.sentUntilMs = nowMs + leaseMs;
    return state.sent;
  }

  /** A router's word about its share after a restart, as far as the rate covers it. */
  #claimOf({heldShareRate}: TokenAsk, nowMs: number): MilliRate {
    if (nowMs >= this.#quietUntilMs) return 0;
    let claimed = 0;
    for (const state of this.#routers.values()) claimed += state.ackedShareRate;
    return Math.min(heldShareRate, Math.max(0, this.#bucket.rate - claimed));
  }

  /** Takes the shares of silent routers, and forgets those that have stopped using theirs. */
  #reserve(nowMs: number): void {
    const {leaseMs, fallbackMsMax} = this.#options;
    for (const [router, state] of this.#routers) {
      const from = Math.max(state.reservedUntilMs, state.ackedUntilMs);
      const until = Math.min(nowMs, state.sentUntilMs + leaseMs + fallbackMsMax);
      if (until > from) {
        const rate = Math.max(state.ackedShareRate, state.sent.shareRate);
        this.#bucket.charge(Math.ceil((rate * (until - from)) / 1_000_000), nowMs);
        state.reservedUntilMs = until;
      }
      if (nowMs >= state.sentUntilMs + leaseMs + fallbackMsMax) this.#routers.delete(router);
    }
  }
}

function newRouter(ask: TokenAsk, claimedRate: MilliRate, fromMs: number): RouterState {
  return {
    wantedHalfUnits: ask.wantedHalfUnits, ackedLease: 0, ackedShareRate: claimedRate, ackedHalfUnits: 0, ackedUntilMs: fromMs, sent: NO_LEASE, sentUntilMs: fromMs, reservedUntilMs: fromMs,
  };
}
