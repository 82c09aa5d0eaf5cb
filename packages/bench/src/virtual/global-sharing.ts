import {AdmissionControl, RouterShare} from '@murmuration/capacity';
import type {MilliRate} from '@murmuration/capacity';

const LEASE_MS = 3_000;
const ASK_MS = 1_000;
const FALLBACK_MS_MAX = 30_000;

/** Global sharing of one resource and access: routers hold tokens that admission control has handed out. Answers take no time here. */
export class GlobalSharing {
  readonly #control: AdmissionControl;
  readonly #routers: readonly RouterShare[];
  readonly #burstSeconds: number;
  constructor(rate: MilliRate, burstSeconds: number, routerCount: number, nowMs: number) {
    this.#burstSeconds = burstSeconds;
    this.#control = new AdmissionControl({
      rate, sizeHalfUnits: sizeOf(rate, burstSeconds), levelHalfUnits: Math.floor(rate / 1000), leaseMs: LEASE_MS, fallbackMsMax: FALLBACK_MS_MAX, quietMs: 0,
    }, nowMs);
    this.#routers = Array.from({length: routerCount}, (_none, i) => new RouterShare({
      router: `router ${i}`, leaseMs: LEASE_MS, askMs: ASK_MS, fallbackMsMax: FALLBACK_MS_MAX, firstWantHalfUnits: Math.ceil(rate / 1000 / routerCount),
    }));
    this.refill(nowMs);
  }
  take(router: number, halfUnits: number, nowMs: number): boolean {
    return (this.#routers[router] as RouterShare).take(halfUnits, nowMs);
  }
  /** Tokens of the table and of all routers together. */
  availableHalfUnits(nowMs: number): number {
    return this.#routers.reduce((sum, router) => sum + router.tokensHalfUnits(nowMs), this.#control.availableHalfUnits(nowMs));
  }
  setRate(rate: MilliRate, nowMs: number): void {
    this.#control.setRate(rate, sizeOf(rate, this.#burstSeconds), nowMs);
  }
  refill(nowMs: number): void {
    for (const router of this.#routers) {
      if (!router.isAskDue(nowMs)) continue;
      const lease = this.#control.ask(router.ask(nowMs), nowMs);
      if (lease !== undefined) router.granted(lease, nowMs, nowMs);
    }
  }
}

function sizeOf(rate: MilliRate, burstSeconds: number): number {
  return Math.floor((rate / 1000) * (1 + burstSeconds));
}
