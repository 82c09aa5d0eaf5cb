import type {Clock, EventRecord, EventSink, TimerHandle, Timers} from './ports.js';

/** A clock and timers that move only when told to. `advance` runs what falls due, in time order. */
export class ManualTime implements Clock, Timers {
  #nowMs = 0;
  #sequence = 0;
  #wallOffsetMs: number;
  #due: {atMs: number; sequence: number; callback: () => void; periodMs: number | undefined; isCancelled: boolean}[] = [];
  constructor(wallOffsetMs = 1_700_000_000_000) {
    this.#wallOffsetMs = wallOffsetMs;
  }
  monotonicMs(): number {
    return this.#nowMs;
  }
  wallMs(): number {
    return this.#wallOffsetMs + this.#nowMs;
  }
  /** The wall clock jumps; nothing else does. */
  shiftWall(byMs: number): void {
    this.#wallOffsetMs += byMs;
  }
  after(delayMs: number, callback: () => void): TimerHandle {
    return this.#add(delayMs, callback, undefined);
  }
  every(periodMs: number, callback: () => void): TimerHandle {
    return this.#add(periodMs, callback, periodMs);
  }
  nextTurn(callback: () => void): void {
    this.#add(0, callback, undefined);
  }
  /** Number of timers waiting: for leak checks. */
  get pendingCount(): number {
    return this.#due.filter((timer) => !timer.isCancelled).length;
  }
  advance(byMs: number): void {
    const untilMs = this.#nowMs + byMs;
    for (;;) {
      const next = this.#takeNext(untilMs);
      if (next === undefined) break;
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      if (next.periodMs !== undefined) {
        next.atMs += next.periodMs;
        next.sequence = this.#sequence += 1;
        this.#due.push(next);
      }
      next.callback();
    }
    this.#nowMs = untilMs;
  }
  /** Time passes and nothing runs, as when a process is stopped: what fell due runs with the next `advance`. */
  stall(byMs: number): void {
    this.#nowMs += byMs;
  }
  #add(delayMs: number, callback: () => void, periodMs: number | undefined): TimerHandle {
    this.#sequence += 1;
    const timer = {atMs: this.#nowMs + Math.max(0, delayMs), sequence: this.#sequence, callback, periodMs, isCancelled: false};
    this.#due.push(timer);
    return {
      cancel: () => {
        timer.isCancelled = true;
        this.#due = this.#due.filter((other) => other !== timer);
      },
    };
  }
  #takeNext(untilMs: number): {atMs: number; sequence: number; callback: () => void; periodMs: number | undefined; isCancelled: boolean} | undefined {
    let best: number | undefined;
    for (let i = 0; i < this.#due.length; i += 1) {
      const timer = this.#due[i];
      if (timer === undefined || timer.isCancelled || timer.atMs > untilMs) continue;
      const current = best === undefined ? undefined : this.#due[best];
      if (current === undefined || timer.atMs < current.atMs || (timer.atMs === current.atMs && timer.sequence < current.sequence)) best = i;
    }
    if (best === undefined) return undefined;
    return this.#due.splice(best, 1)[0];
  }
}

/** Keeps every event for assertions. */
export class RecordingEvents implements EventSink {
  readonly records: EventRecord[] = [];
  isEnabled(): boolean {
    return true;
  }
  emit(record: EventRecord): void {
    this.records.push(record);
  }
  named(event: string): readonly EventRecord[] {
    return this.records.filter((record) => record.event === event);
  }
}
