import {assert} from '@murmuration/base';

/** Values below are counted exactly, in microseconds. */
const LINEAR_MAX = 256;
/** Steps of each doubling above: a value is off by less than 1 in 128. */
const STEPS_OF_DOUBLING = 128;
const STEP_BITS = 7;
/** 2^36 µs, some 19 hours; longer ones count as that. */
const DOUBLINGS = 28;
const SLOT_COUNT = LINEAR_MAX + DOUBLINGS * STEPS_OF_DOUBLING;

/**
 * Counts latencies in slots that grow with the value, so that percentiles of seconds can be merged without keeping samples.
 * Counting allocates nothing, and equal samples in any order give equal percentiles.
 */
export class LatencyHistogram {
  readonly #counts = new Uint32Array(SLOT_COUNT);
  #count = 0;
  #maxMicros = 0;
  #sumMicros = 0;
  get count(): number {
    return this.#count;
  }
  get maxMs(): number {
    return this.#maxMicros / 1000;
  }
  get meanMs(): number {
    return this.#count === 0 ? 0 : this.#sumMicros / this.#count / 1000;
  }
  record(latencyMs: number): void {
    const micros = Math.max(0, Math.round(latencyMs * 1000));
    const slot = slotOf(micros);
    this.#counts[slot] = (this.#counts[slot] as number) + 1;
    this.#count += 1;
    this.#sumMicros += micros;
    if (micros > this.#maxMicros) this.#maxMicros = micros;
  }
  merge(other: LatencyHistogram): void {
    for (let slot = 0; slot < SLOT_COUNT; slot += 1) this.#counts[slot] = (this.#counts[slot] as number) + (other.#counts[slot] as number);
    this.#count += other.#count;
    this.#sumMicros += other.#sumMicros;
    this.#maxMicros = Math.max(this.#maxMicros, other.#maxMicros);
  }
  clear(): void {
    if (this.#count === 0) return;
    this.#counts.fill(0);
    this.#count = 0;
    this.#sumMicros = 0;
    this.#maxMicros = 0;
  }
  /** @param percent 0 to 100 @returns the upper end of the slot that holds it, in milliseconds; 0 without samples */
  percentileMs(percent: number): number {
    assert(percent >= 0 && percent <= 100, 'a percentile is 0 to 100', {percent});
    if (this.#count === 0) return 0;
    const wanted = Math.max(1, Math.ceil((percent / 100) * this.#count));
    let seen = 0;
    for (let slot = 0; slot < SLOT_COUNT; slot += 1) {
      seen += this.#counts[slot] as number;
      if (seen >= wanted) return Math.min(topOf(slot), this.#maxMicros) / 1000;
    }
    return this.#maxMicros / 1000;
  }
}

function slotOf(micros: number): number {
  if (micros < LINEAR_MAX) return micros;
  // Doubling 0 is [256, 512): the seven bits after the leading one choose the step.
  const doubling = Math.min(DOUBLINGS - 1, Math.floor(Math.log2(micros)) - 8);
  const step = Math.min(STEPS_OF_DOUBLING - 1, Math.floor(micros / 2 ** (doubling + 8 - STEP_BITS)) - STEPS_OF_DOUBLING);
  return LINEAR_MAX + doubling * STEPS_OF_DOUBLING + Math.max(0, step);
}
function topOf(slot: number): number {
  if (slot < LINEAR_MAX) return slot;
  const doubling = Math.floor((slot - LINEAR_MAX) / STEPS_OF_DOUBLING);
  const step = (slot - LINEAR_MAX) % STEPS_OF_DOUBLING;
  return (STEPS_OF_DOUBLING + step + 1) * 2 ** (doubling + 8 - STEP_BITS) - 1;
}
