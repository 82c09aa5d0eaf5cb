/** An answer to input takes no longer. */
const ANSWER_MS_MAX = 1_000;
/** A cluster in this very process shares the machine with whatever else runs on it: then the processor's time counts, within this. */
const SHARED_ANSWER_MS_MAX = 4_000;

/** Measures one answer. */
export class Stopwatch {
  readonly #fromMs = performance.now();
  readonly #fromCpu = process.cpuUsage();
  readonly #isInProcess: boolean;
  constructor(isInProcess: boolean) {
    this.#isInProcess = isInProcess;
  }

  /** @returns how long it took, when that was too long */
  tooLong(): string | undefined {
    const spentMs = performance.now() - this.#fromMs;
    if (spentMs <= ANSWER_MS_MAX) return undefined;
    const {user, system} = process.cpuUsage(this.#fromCpu);
    const cpuMs = (user + system) / 1000;
    if (this.#isInProcess && spentMs <= SHARED_ANSWER_MS_MAX && cpuMs <= ANSWER_MS_MAX) return undefined;
    return `took ${Math.round(spentMs)} ms, ${Math.round(cpuMs)} ms of them of this process`;
  }
}
