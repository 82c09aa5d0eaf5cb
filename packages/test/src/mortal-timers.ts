import type {TimerHandle, Timers} from '@murmuration/base';

/** Timers of one life of a node: when it is killed none of them ever fires again, as in a process that is gone. */
export class MortalTimers implements Timers {
  readonly #timers: Timers;
  readonly #pending = new Set<TimerHandle>();
  #isDead = false;

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  after(delayMs: number, callback: () => void): TimerHandle {
    const handle = this.#timers.after(delayMs, () => {
      this.#pending.delete(handle);
      if (!this.#isDead) callback();
    });
    return this.#keep(handle);
  }

  every(periodMs: number, callback: () => void): TimerHandle {
    return this.#keep(this.#timers.every(periodMs, () => {
      if (!this.#isDead) callback();
    }));
  }

  nextTurn(callback: () => void): void {
    this.#timers.nextTurn(() => {
      if (!this.#isDead) callback();
    });
  }

  kill(): void {
    this.#isDead = true;
    for (const handle of this.#pending) handle.cancel();
    this.#pending.clear();
  }

  #keep(handle: TimerHandle): TimerHandle {
    if (this.#isDead) {
      handle.cancel();
      return handle;
    }
    this.#pending.add(handle);
    return {
      cancel: () => {
        this.#pending.delete(handle);
        handle.cancel();
      },
    };
  }
}
