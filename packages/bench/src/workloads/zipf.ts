import {assert} from '@murmuration/base';
import type {Random} from '@murmuration/base';
import {unitDraw} from './chance.js';

/**
 * Ranks 1..n with probability proportional to 1 / rank^theta, exactly, without a table: rejection-inversion.
 * A uniform draw is turned through the inverse of the integral of x^-theta into a rank, and kept when it lies under the
 * rank's own bar; some 1 draw in 10 is drawn again.
 * @see W. Hörmann, G. Derflinger: Rejection-inversion to generate variates from monotone discrete distributions, 1996
 */
export class Zipf {
  readonly #rankCount: number;
  readonly #theta: number;
  readonly #integralFromFirst: number;
  readonly #integralWidth: number;
  /** Draws that close to their rank need no look at the bar. */
  readonly #sureDistance: number;
  constructor(rankCount: number, theta: number) {
    assert(Number.isSafeInteger(rankCount) && rankCount >= 1, 'a Zipf distribution has at least one rank', {rankCount});
    assert(theta >= 0 && theta <= 10, 'theta is 0 (even) to 10', {theta});
    this.#rankCount = rankCount;
    this.#theta = theta;
    // The first rank's bar is cut to the width of its probability, so that the integral begins there.
    this.#integralFromFirst = integral(1.5, theta) - 1;
    this.#integralWidth = integral(rankCount + 0.5, theta) - this.#integralFromFirst;
    this.#sureDistance = 2 - inverseIntegral(integral(2.5, theta) - 2 ** -theta, theta);
  }
  /** @returns a rank, 1..n */
  draw(random: Random): number {
    for (;;) {
      // In (first, last]: the draw is taken from the end, so that 0 never falls below the first bar.
      const area = this.#integralFromFirst + (1 - unitDraw(random)) * this.#integralWidth;
      const x = inverseIntegral(area, this.#theta);
      const rank = Math.min(this.#rankCount, Math.max(1, Math.round(x)));
      if (rank - x <= this.#sureDistance || area >= integral(rank + 0.5, this.#theta) - rank ** -this.#theta) return rank;
    }
  }
}

/** The integral of t^-theta from 1 to x. */
function integral(x: number, theta: number): number {
  const log = Math.log(x);
  return log * expm1Ratio((1 - theta) * log);
}
function inverseIntegral(area: number, theta: number): number {
  // Rounding may carry the argument just past -1, where the logarithm ends.
  const scaled = Math.max(-1, area * (1 - theta));
  return Math.exp(area * log1pRatio(scaled));
}
/** (e^x - 1) / x, also near 0, where theta is 1. */
function expm1Ratio(x: number): number {
  return Math.abs(x) > 1e-8 ? Math.expm1(x) / x : 1 + (x / 2) * (1 + x / 3);
}
/** ln(1 + x) / x, also near 0. */
function log1pRatio(x: number): number {
  return Math.abs(x) > 1e-8 ? Math.log1p(x) / x : 1 - x * (1 / 2 - x / 3);
}
