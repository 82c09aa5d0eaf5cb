import type {TimerHandle} from '@murmuration/base';
import {assert} from '@murmuration/base';
import {Chance} from './chance.js';
import {EventHeap} from './event-heap.js';
import type {WorldEvent} from './event-heap.js';
import {Probes} from './probes.js';
import {findSettle, realTurn} from './settle.js';
import type {Settle} from './settle.js';
import {Trace} from './trace.js';
import {setTraps} from './traps.js';

export const NS_PER_MS = 1_000_000;

export interface WorldOptions {
  readonly seed: number;
  /** Latest lines of the trace kept as text; the hash is kept always. */
  readonly traceLineCount?: number;
  /** Events of one run at most: a run that makes more is caught in a loop. */
  readonly eventCountMax?: number;
  /** How promises settle between events; found by itself unless a test says otherwise. */
  readonly settle?: Settle | 'real-turns';
}

/** A run that went wrong: what was broken, and when. */
export class SimulationError extends Error {
  override readonly name = 'SimulationError';
  /** What was broken, in a few words that stay the same when the run is shrunk. */
  readonly rule: string;
  constructor(rule: string, message: string, options?: ErrorOptions) {
    super(`${rule}: ${message}`, options);
    this.rule = rule;
  }
}

const EVENT_COUNT_MAX = 5_000_000;

/**
 * True time, and everything that is going to happen. One thread: an event runs, all promises settle, the next runs.
 * What a run does follows from its seed alone.
 */
export class World {
  readonly chance: Chance;
  readonly trace: Trace;
  readonly probes = new Probes();
  readonly #heap = new EventHeap();
  readonly #settle: Settle;
  readonly #eventCountMax: number;
  #nowNs = 0;
  #sequence = 0;
  #eventCount = 0;
  #failure: Error | undefined;
  /** Called after each event and the promises it settled, for invariants. */
  #afterEvent: (() => void) | undefined;

  constructor(options: WorldOptions) {
    this.chance = new Chance(options.seed);
    this.trace = new Trace(() => this.#nowNs, options.traceLineCount ?? 0);
    this.#settle = options.settle === 'real-turns' ? undefined : options.settle ?? findSettle();
    this.#eventCountMax = options.eventCountMax ?? EVENT_COUNT_MAX;
  }
  /** True time in nanoseconds since the start of the run: an integer. */
  get nowNs(): number {
    return this.#nowNs;
  }
  get nowMs(): number {
    return this.#nowNs / NS_PER_MS;
  }
  get eventCount(): number {
    return this.#eventCount;
  }
  get failure(): Error | undefined {
    return this.#failure;
  }
  /** Runs `callback` once, `delayNs` of true time from now (rounded down to a nanosecond). */
  afterNs(delayNs: number, callback: () => void): TimerHandle {
    assert(delayNs >= 0, 'an event cannot be in the past', {delayNs});
    this.#sequence += 1;
    const event: WorldEvent = {atNs: this.#nowNs + Math.floor(delayNs), sequence: this.#sequence, isCancelled: false, run: callback};
    this.#heap.push(event);
    return {
      cancel: () => {
        event.isCancelled = true;
      },
    };
  }
  afterMs(delayMs: number, callback: () => void): TimerHandle {
    return this.afterNs(delayMs * NS_PER_MS, callback);
  }
  onAfterEvent(callback: () => void): void {
    this.#afterEvent = callback;
  }
  /** The run ends with this failure. The first one counts. */
  fail(error: unknown): void {
    if (this.#failure !== undefined) return;
    this.#failure = error instanceof Error ? error : new Error(String(error));
    this.trace.note('failed', this.#failure.message);
  }
  /**
   * Lets time pass until `untilMs`, or until `isDone` says so after an event. Real time and chance are forbidden
   * meanwhile. @throws what the run failed with
   */
  async run(untilMs: number, isDone?: () => boolean): Promise<void> {
    const untilNs = Math.floor(untilMs * NS_PER_MS);
    const onRejection = (reason: unknown): void => this.fail(reason);
    process.on('unhandledRejection', onRejection);
    try {
      if (this.#settle === undefined) await this.#runByTurns(untilNs, isDone);
      else await this.#runAtOnce(untilNs, isDone, this.#settle);
    } finally {
      process.off('unhandledRejection', onRejection);
    }
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** The loop has a macrotask for itself: only there do promises settle when asked to. */
  #runAtOnce(untilNs: number, isDone: (() => boolean) | undefined, settle: () => void): Promise<void> {
    return new Promise((resolve) => {
      realTurn(() => {
        const undoTraps = setTraps();
        try {
          settle();
          for (;;) {
            const event = this.#next(untilNs);
            if (event === undefined) break;
            this.#runEvent(event);
            settle();
            if (this.#isOver(isDone)) break;
          }
        } finally {
          undoTraps();
        }
        resolve();
      });
    });
  }
  async #runByTurns(untilNs: number, isDone: (() => boolean) | undefined): Promise<void> {
    const undoTraps = setTraps();
    try {
      for (;;) {
        await new Promise<void>((resolve) => realTurn(resolve));
        const event = this.#next(untilNs);
        if (event === undefined) break;
        this.#runEvent(event);
        await new Promise<void>((resolve) => realTurn(resolve));
        if (this.#isOver(isDone)) break;
      }
    } finally {
      undoTraps();
    }
  }
  #next(untilNs: number): WorldEvent | undefined {
    for (;;) {
      const event = this.#heap.peek();
      if (event === undefined || event.atNs > untilNs || this.#failure !== undefined) {
        if (this.#failure === undefined && this.#nowNs < untilNs) this.#nowNs = untilNs;
        return undefined;
      }
      this.#heap.pop();
      if (event.isCancelled) continue;
      return event;
    }
  }
  #runEvent(event: WorldEvent): void {
    assert(event.atNs >= this.#nowNs, 'time never goes back', {atNs: event.atNs, nowNs: this.#nowNs});
    this.#nowNs = event.atNs;
    this.#eventCount += 1;
    if (this.#eventCount > this.#eventCountMax) {
      this.fail(new SimulationError('bounded-work', `more than ${this.#eventCountMax} events`));
      return;
    }
    try {
      event.run();
    } catch (error) {
      this.fail(error);
    }
  }
  #isOver(isDone: (() => boolean) | undefined): boolean {
    if (this.#failure !== undefined) return true;
    try {
      this.#afterEvent?.();
      return isDone?.() === true;
    } catch (error) {
      this.fail(error);
      return true;
    }
  }
}
