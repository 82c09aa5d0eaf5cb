import type {Clock, Timers} from '@murmuration/base';
import type {ClusterMapSource} from '@murmuration/control-client';

/**
 * Asks the control plane for its newest map on behalf of requests: those that ask while one question is under way
 * share the next, and questions keep their distance. So a missing table costs the control plane little, however
 * often it is asked for.
 */
export class MapRefresher {
  readonly #map: ClusterMapSource;
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #periodMsMin: number;
  /** One a request in work at most, and those are bounded. */
  #waiters: (() => void)[] = [];
  #isBusy = false;
  #lastStartMs = Number.NEGATIVE_INFINITY;

  constructor(map: ClusterMapSource, clock: Clock, timers: Timers, periodMsMin: number) {
    this.#map = map;
    this.#clock = clock;
    this.#timers = timers;
    this.#periodMsMin = periodMsMin;
  }

  /** @param done called, later, when a question put after this call was answered or failed */
  refresh(done: () => void): void {
    this.#waiters.push(done);
    if (this.#isBusy) return;
    this.#isBusy = true;
    this.#schedule();
  }

  #schedule(): void {
    const waitMs = this.#lastStartMs + this.#periodMsMin - this.#clock.monotonicMs();
    if (waitMs > 0) this.#timers.after(waitMs, () => this.#ask());
    else this.#ask();
  }
  #ask(): void {
    this.#lastStartMs = this.#clock.monotonicMs();
    const waiters = this.#waiters;
    this.#waiters = [];
    this.#map.refresh(() => {
      if (this.#waiters.length > 0) this.#schedule();
      else this.#isBusy = false;
      for (const waiter of waiters) waiter();
    });
  }
}
