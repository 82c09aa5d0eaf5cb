import type {CallFailure, CallResult, Clock, TimerHandle, Timers} from '@murmuration/base';

/** A call that waits for its answer. */
export interface PendingCall {
  readonly id: number;
  readonly service: number;
  readonly payload: Uint8Array;
  readonly sizeBytes: number;
  readonly deadlineMs: number;
  readonly done: (result: CallResult) => void;
  /** Whether its bytes were given to the stream: decides between NotSent and Unknown. */
  wasSent: boolean;
  isSettled: boolean;
}

/**
 * The calls to one peer that wait for an answer, each settled exactly once. One timer serves them all: it is set to
 * the earliest deadline, so calls that are answered in time cost no timer work.
 */
export class PendingCalls {
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #granularityMs: number;
  readonly #calls = new Map<number, PendingCall>();
  #timer: TimerHandle | undefined;
  #wakeAtMs = Number.POSITIVE_INFINITY;
  constructor(ports: {readonly clock: Clock; readonly timers: Timers}, granularityMs: number) {
    this.#clock = ports.clock;
    this.#timers = ports.timers;
    this.#granularityMs = granularityMs;
  }
  get count(): number {
    return this.#calls.size;
  }
  add(call: PendingCall): void {
    this.#calls.set(call.id, call);
    this.#wakeBy(call.deadlineMs);
  }
  /** An answer came; one for a call that is no longer waited for is dropped. */
  settle(id: number, result: CallResult): void {
    const call = this.#calls.get(id);
    if (call !== undefined) this.#finish(call, result);
  }
  /** @returns whether it may still leave; when its deadline passed it is settled here */
  isWanted(call: PendingCall): boolean {
    if (call.isSettled) return false;
    if (call.deadlineMs > this.#clock.monotonicMs()) return true;
    this.#finish(call, failed(call, 'deadline passed'));
    return false;
  }
  /** Forgets every call, for example because the connection broke. Give them to `failTaken`. */
  takeAll(): readonly PendingCall[] {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#wakeAtMs = Number.POSITIVE_INFINITY;
    const taken = [...this.#calls.values()];
    this.#calls.clear();
    return taken;
  }
  failTaken(calls: readonly PendingCall[], reason: string): void {
    for (const call of calls) this.#finish(call, failed(call, reason));
  }
  #finish(call: PendingCall, result: CallResult): void {
    if (call.isSettled) return;
    call.isSettled = true;
    this.#calls.delete(call.id);
    call.done(result);
  }
  #wakeBy(deadlineMs: number): void {
    if (deadlineMs >= this.#wakeAtMs) return;
    const nowMs = this.#clock.monotonicMs();
    const delayMs = Math.max(this.#granularityMs, deadlineMs - nowMs);
    this.#timer?.cancel();
    this.#wakeAtMs = nowMs + delayMs;
    this.#timer = this.#timers.after(delayMs, () => this.#sweep());
  }
  #sweep(): void {
    this.#timer = undefined;
    this.#wakeAtMs = Number.POSITIVE_INFINITY;
    const nowMs = this.#clock.monotonicMs();
    const late: PendingCall[] = [];
    let earliestMs = Number.POSITIVE_INFINITY;
    for (const call of this.#calls.values()) {
      if (call.deadlineMs <= nowMs) late.push(call);
      else if (call.deadlineMs < earliestMs) earliestMs = call.deadlineMs;
    }
    if (earliestMs !== Number.POSITIVE_INFINITY) this.#wakeBy(earliestMs);
    for (const call of late) this.#finish(call, failed(call, 'deadline passed'));
  }
}

function failed(call: PendingCall, reason: string): CallResult {
  const failure: CallFailure = call.wasSent ? {code: 'Unknown', reason} : {code: 'NotSent', reason};
  return {ok: false, failure};
}
