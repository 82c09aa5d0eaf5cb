import type {Random} from '@murmuration/base';
import {unitDraw} from './chance.js';
import type {LoadPhase} from './workload-spec.js';

/**
 * The instants at which a stream's requests are due, whatever becomes of earlier ones (open loop). The integral of the rate
 * is counted: an even stream has a request whenever it passes a whole number and a half, a Poisson stream after exponential
 * steps of mean 1. So ramps and pauses need no stepping through time.
 */
export class ArrivalTimes {
  readonly #phases: readonly LoadPhase[];
  readonly #isPoisson: boolean;
  readonly #random: Random;
  #phaseIndex = 0;
  #phaseStartSeconds: number;
  /** What the integral of the rate was at the start of the phase. */
  #countAtPhaseStart = 0;
  #count: number;
  constructor(phases: readonly LoadPhase[], spacing: 'poisson' | 'even', startSecond: number, random: Random) {
    this.#phases = phases;
    this.#isPoisson = spacing === 'poisson';
    this.#random = random;
    this.#phaseStartSeconds = startSecond;
    this.#count = this.#isPoisson ? 0 : -0.5;
  }
  /** @returns milliseconds since the start of the run, or Infinity after the last phase */
  next(): number {
    this.#count += this.#isPoisson ? -Math.log(1 - unitDraw(this.#random)) : 1;
    for (;;) {
      const phase = this.#phases[this.#phaseIndex];
      if (phase === undefined) return Infinity;
      const countInPhase = (phase.seconds * (phase.fromRequestsPerSecond + phase.toRequestsPerSecond)) / 2;
      const wanted = this.#count - this.#countAtPhaseStart;
      if (wanted < countInPhase) return (this.#phaseStartSeconds + secondsInto(phase, wanted)) * 1000;
      this.#countAtPhaseStart += countInPhase;
      this.#phaseStartSeconds += phase.seconds;
      this.#phaseIndex += 1;
    }
  }
}

/** When in a phase the integral of its rate reaches `count`; the stable form of the quadratic formula, good for slope 0. */
function secondsInto(phase: LoadPhase, count: number): number {
  const slope = (phase.toRequestsPerSecond - phase.fromRequestsPerSecond) / phase.seconds;
  const from = phase.fromRequestsPerSecond;
  const root = Math.sqrt(Math.max(0, from * from + 2 * slope * count));
  return from + root === 0 ? 0 : Math.min(phase.seconds, (2 * count) / (from + root));
}
