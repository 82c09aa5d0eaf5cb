import {assert} from '@murmuration/base';

/** The load of a partition by token in a fixed number of equal parts of its range: a row of the heat map, seen close. */
export class TokenHistogram {
  readonly #fromToken: number;
  readonly #untilToken: number;
  readonly #halfUnits: Float64Array;
  /** @param untilToken at most 2^32, above `fromToken` */
  constructor(fromToken: number, untilToken: number, binCount = 64) {
    assert(fromToken >= 0 && untilToken > fromToken && untilToken <= 0x1_0000_0000, 'a range of tokens is not empty', {fromToken, untilToken});
    assert(Number.isInteger(binCount) && binCount >= 1, 'a histogram has a bin', {binCount});
    this.#fromToken = fromToken;
    this.#untilToken = untilToken;
    this.#halfUnits = new Float64Array(binCount);
  }
  /** Tokens outside the range count to its ends: the partition may just have been cut. */
  add(token: number, halfUnits: number): void {
    const binCount = this.#halfUnits.length;
    const bin = Math.floor(((token - this.#fromToken) / (this.#untilToken - this.#fromToken)) * binCount);
    const at = Math.min(binCount - 1, Math.max(0, bin));
    this.#halfUnits[at] = (this.#halfUnits[at] as number) + halfUnits;
  }
  /** Half units by bin, ascending by token. @returns a fresh array */
  bins(): readonly number[] {
    return [...this.#halfUnits];
  }
  clear(): void {
    this.#halfUnits.fill(0);
  }
}
