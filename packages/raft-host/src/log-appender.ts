import type {Clock, GroupId, Histogram, LogError, LogPort, LogWrite, Timers} from '@murmuration/base';
import {assert} from '@murmuration/base';
import {mergeWrites} from './log-writes.js';

interface QueuedWrite {
  /** Undefined for a barrier, which only waits for what was added before it. */
  readonly write: LogWrite | undefined;
  readonly done: (() => void) | undefined;
  /** May wait for the next append that someone needs. */
  readonly isLazy: boolean;
}

interface Append {
  queued: readonly QueuedWrite[];
  isRefused: boolean;
  readonly startedMs: number;
}

/** Until the log is asked again after it had no room. */
const RETRY_MS = 100;
/** Lazy writes collected before they are worth an append of their own: the bound of their queue. */
const LAZY_WRITES_MAX = 1024;

/**
 * Group commit: what all groups want durable goes to the log in one append a turn. While `appendsInFlightMax` of them
 * are not durable yet, writes are collected for the next one. The queue is bounded by what the cores let be in flight:
 * their uncommitted bytes on leaders, the leader's in-flight window on followers.
 */
export class LogAppender {
  readonly #log: LogPort;
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #duration: Histogram;
  readonly #appendsInFlightMax: number;
  readonly #onFailure: (error: LogError) => void;
  readonly #onDone: () => void;
  #queued: QueuedWrite[] = [];
  #inFlight = 0;
  /** In flight, in order; behind a refused one also those that succeeded since. */
  #appends: Append[] = [];
  #isPaused = false;
  #isStopped = false;

  /** @param onDone after the callbacks of an append: something may be ready now */
  constructor(log: LogPort, clock: Clock, timers: Timers, duration: Histogram, appendsInFlightMax: number, onDone: () => void, onFailure: (error: LogError) => void) {
    this.#log = log;
    this.#clock = clock;
    this.#timers = timers;
    this.#duration = duration;
    this.#appendsInFlightMax = appendsInFlightMax;
    this.#onDone = onDone;
    this.#onFailure = onFailure;
  }
  get isIdle(): boolean {
    return this.#inFlight === 0 && this.#queued.every(({isLazy}) => isLazy);
  }
  /** How long the oldest append that is not durable has been under way; 0 when there is none. */
  oldestAppendMs(nowMs: number): number {
    const oldest = this.#appends[0];
    return oldest === undefined ? 0 : nowMs - oldest.startedMs;
  }
  /** @param done after the write is durable; not called when the log failed */
  add(write: LogWrite, done?: () => void): void {
    this.#queued.push({write, done, isLazy: false});
  }
  /** Nobody waits for this write, and losing it costs nothing: it travels with the next append. */
  addLazy(write: LogWrite): void {
    this.#queued.push({write, done: undefined, isLazy: true});
  }
  /** @param done after everything added before is durable */
  barrier(done: () => void): void {
    this.#queued.push({write: undefined, done, isLazy: false});
  }
  /** The group is removed: what it wanted written must not bring it back. */
  forget(group: GroupId): void {
    this.#queued = this.#queued.filter(({write}) => write?.group !== group);
    for (const append of this.#appends) append.queued = append.queued.filter(({write}) => write?.group !== group);
  }
  /** Called at the end of a turn. */
  submit(): void {
    if (this.#isStopped || this.#isPaused || this.#appends.some((append) => append.isRefused) || this.#queued.length === 0 || this.#inFlight >= this.#appendsInFlightMax) return;
    const isNeeded = this.#isAppendNeeded;
    if (!isNeeded && this.#inFlight > 0) return;
    const queued = isNeeded ? this.#queued : this.#queued.filter(({write}) => write === undefined);
    this.#queued = isNeeded ? [] : this.#queued.filter(({write}) => write !== undefined);
    if (!isNeeded) {
      if (queued.length === 0) return;
      for (const {done} of queued) done?.();
      this.#onDone();
      return;
    }
    this.#begin(queued);
  }
  #begin(queued: readonly QueuedWrite[]): void {
    const startedMs = this.#clock.monotonicMs();
    const append: Append = {queued, isRefused: false, startedMs};
    this.#inFlight += 1;
    this.#appends.push(append);
    const writes = queued.flatMap(({write}) => (write === undefined ? [] : [write]));
    this.#log.append(mergeWrites(writes, this.#log.writeSizeBytesMax), (error) => {
      this.#inFlight -= 1;
      assert(this.#inFlight >= 0, 'an append is answered once');
      if (this.#isStopped) return;
      if (error === undefined) {
        this.#duration.observe((this.#clock.monotonicMs() - startedMs) / 1000);
        this.#succeeded(append);
      } else if (error.failure.code === 'DiskFull' || error.failure.code === 'Overloaded') {
        append.isRefused = true;
        if (this.#inFlight === 0) this.#retryLater();
      } else {
        this.#onFailure(error);
      }
    });
  }
  #succeeded(append: Append): void {
    if (this.#appends.some((other) => other.isRefused)) {
      // Its answers may rest on what was refused before it, so they wait for the repetition.
      if (this.#inFlight === 0) this.#retryLater();
      return;
    }
    this.#appends.splice(this.#appends.indexOf(append), 1);
    // What was collected meanwhile is synced while the answers of this append are worked on.
    if (this.#isAppendNeeded) this.submit();
    for (const {done} of append.queued) done?.();
    this.#onDone();
  }
  /**
   * The log had no room and took nothing of some appends. They are made again later, and with them those that came
   * after and were taken, as one: of each group the newest must win.
   */
  #retryLater(): void {
    const again = this.#appends.flatMap((append) => append.queued);
    this.#appends = [];
    this.#queued = [...again, ...this.#queued];
    this.#isPaused = true;
    this.#timers.after(RETRY_MS, () => {
      this.#isPaused = false;
      this.submit();
    });
  }
  get #isAppendNeeded(): boolean {
    return this.#queued.length > LAZY_WRITES_MAX || this.#queued.some(({write, isLazy}) => write !== undefined && !isLazy);
  }
  stop(): void {
    this.#isStopped = true;
    this.#queued = [];
  }
}
