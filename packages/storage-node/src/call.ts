import type {PartitionFailure, PartitionResponse} from '@murmuration/partition';

/** One request from its arrival to its answer. Answered exactly once; later answers are dropped. */
export class Call {
  readonly deadlineMs: number;
  /** An effect of it may be in the log: a deadline then leaves the outcome unknown. */
  isProposed = false;
  #done: ((response: PartitionResponse) => void) | undefined;
  constructor(deadlineMs: number, done: (response: PartitionResponse) => void) {
    this.deadlineMs = deadlineMs;
    this.#done = done;
  }
  get isAnswered(): boolean {
    return this.#done === undefined;
  }
  answer(response: PartitionResponse): void {
    const done = this.#done;
    this.#done = undefined;
    done?.(response);
  }
  fail(failure: PartitionFailure): void {
    this.answer({kind: 'failed', failure});
  }
  /** Its deadline is over. */
  expire(): void {
    this.fail(this.isProposed
      ? {code: 'OutcomeUnknown', reason: 'the deadline passed before the write was applied'}
      : {code: 'Unavailable', reason: 'the deadline passed before anything was done'});
  }
}

/** The calls of one process that are not answered, bounded, and looked through for deadlines now and then. */
export class CallList {
  readonly #countMax: number;
  #calls: Call[] = [];
  #openCount = 0;
  constructor(countMax: number) {
    this.#countMax = countMax;
  }
  get openCount(): number {
    return this.#openCount;
  }
  /** @returns undefined when too many are open */
  open(deadlineMs: number, done: (response: PartitionResponse) => void): Call | undefined {
    if (this.#openCount >= this.#countMax) return undefined;
    this.#openCount += 1;
    const call = new Call(deadlineMs, (response) => {
      this.#openCount -= 1;
      done(response);
    });
    this.#calls.push(call);
    return call;
  }
  sweep(nowMs: number): void {
    // Answers may open further calls at once, so the list is replaced before anybody is told.
    const calls = this.#calls.filter((call) => !call.isAnswered);
    this.#calls = calls;
    for (const call of [...calls]) if (nowMs >= call.deadlineMs) call.expire();
  }
  /**
   * Fails what has done nothing yet, so that it may be tried elsewhere. Writes that were proposed may be in the log: only the
   * host can tell how they end, and "nothing was done" would have them done twice.
   */
  failUnproposed(failure: PartitionFailure): void {
    const calls = this.#calls;
    this.#calls = calls.filter((call) => call.isProposed);
    for (const call of calls) if (!call.isProposed) call.fail(failure);
  }
}
