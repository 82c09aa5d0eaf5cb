import type {TimerHandle, Timers} from '@murmuration/base';
import type {ControlFailure, ControlResponse} from '@murmuration/control-client';
import type {Catalog} from './catalog.js';

interface Watcher {
  readonly version: number;
  readonly respond: (response: ControlResponse) => void;
  readonly timer: TimerHandle;
}

/** Held watch calls: answered when the catalog moves past what they know, or when their wait is over. */
export class Watchers {
  readonly #countMax: number;
  readonly #timers: Timers;
  readonly #waiting = new Set<Watcher>();
  #isWaking = false;

  constructor(options: {readonly countMax: number}, timers: Timers) {
    this.#countMax = options.countMax;
    this.#timers = timers;
  }

  add(catalog: Catalog, version: number, waitMs: number, respond: (response: ControlResponse) => void): void {
    if (version !== catalog.version || waitMs <= 0) {
      respond({kind: 'delta', delta: catalog.deltaSince(version)});
      return;
    }
    if (this.#waiting.size >= this.#countMax) {
      respond({kind: 'failed', failure: {code: 'Unavailable', reason: 'too many watchers'}});
      return;
    }
    const watcher: Watcher = {
      version,
      respond,
      timer: this.#timers.after(waitMs, () => {
        this.#waiting.delete(watcher);
        respond({kind: 'delta', delta: catalog.deltaSince(version)});
      }),
    };
    this.#waiting.add(watcher);
  }

  /** Several changes of one turn are told together. */
  wake(catalog: Catalog): void {
    if (this.#isWaking) return;
    this.#isWaking = true;
    this.#timers.nextTurn(() => {
      this.#isWaking = false;
      for (const watcher of [...this.#waiting]) {
        if (watcher.version === catalog.version) continue;
        this.#take(watcher);
        watcher.respond({kind: 'delta', delta: catalog.deltaSince(watcher.version)});
      }
    });
  }

  failAll(failure: ControlFailure): void {
    for (const watcher of [...this.#waiting]) {
      this.#take(watcher);
      watcher.respond({kind: 'failed', failure});
    }
  }

  #take(watcher: Watcher): void {
    watcher.timer.cancel();
    this.#waiting.delete(watcher);
  }
}
