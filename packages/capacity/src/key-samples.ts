import {assert, compareBytes} from '@murmuration/base';

/** One sampled key and the half units it stands for. */
export interface KeySample {
  readonly key: Uint8Array;
  readonly halfUnits: number;
}

/**
 * Where in the key range the units fall, in bounded memory: one key for every so many half units. When the samples are
 * full, every second one is dropped and each then stands for twice as much. Without chance, so the same requests give
 * the same samples. A share of the load is seen wrong by at most one part in half the number of samples.
 *
 * It also counts how often a sample lay above, or below, all before it: keys that come in order do so nearly always.
 */
export class KeySamples {
  readonly #samplesMax: number;
  #samples: Uint8Array[] = [];
  #strideHalfUnits = 1;
  #untilNextHalfUnits = 1;
  #seenCount = 0;
  #risingCount = 0;
  #fallingCount = 0;
  #least: Uint8Array | undefined;
  #greatest: Uint8Array | undefined;

  constructor(samplesMax = 256) {
    assert(Number.isInteger(samplesMax) && samplesMax >= 2, 'samples are halved when they are full', {samplesMax});
    this.#samplesMax = samplesMax;
  }
  /** @param key kept when it is sampled: not to be changed afterwards */
  add(key: Uint8Array, halfUnits: number): void {
    this.#untilNextHalfUnits -= halfUnits;
    while (this.#untilNextHalfUnits <= 0) {
      this.#keep(key);
      this.#untilNextHalfUnits += this.#strideHalfUnits;
    }
  }
  get count(): number {
    return this.#samples.length;
  }
  /** Part of the distinct samples that lay beyond all before them, upwards or downwards; 0 before there are enough to tell. */
  get monotonicRatio(): number {
    return this.#seenCount < 16 ? 0 : Math.max(this.#risingCount, this.#fallingCount) / this.#seenCount;
  }
  /** Ascending by key; samples of the same key joined. @returns a fresh array */
  sorted(): readonly KeySample[] {
    const keys = this.#samples.slice().sort(compareBytes);
    const joined: {key: Uint8Array; halfUnits: number}[] = [];
    for (const key of keys) {
      const last = joined.at(-1);
      if (last !== undefined && compareBytes(last.key, key) === 0) last.halfUnits += this.#strideHalfUnits;
      else joined.push({key, halfUnits: this.#strideHalfUnits});
    }
    return joined;
  }
  clear(): void {
    this.#samples = [];
    this.#strideHalfUnits = 1;
    this.#untilNextHalfUnits = 1;
    this.#seenCount = 0;
    this.#risingCount = 0;
    this.#fallingCount = 0;
    this.#least = undefined;
    this.#greatest = undefined;
  }

  #keep(key: Uint8Array): void {
    this.#watchOrder(key);
    this.#samples.push(key);
    if (this.#samples.length < this.#samplesMax) return;
    this.#samples = this.#samples.filter((_key, i) => i % 2 === 0);
    this.#strideHalfUnits *= 2;
  }
  #watchOrder(key: Uint8Array): void {
    if (this.#greatest === undefined || this.#least === undefined) {
      this.#greatest = key;
      this.#least = key;
      return;
    }
    const toGreatest = compareBytes(key, this.#greatest);
    const toLeast = compareBytes(key, this.#least);
    if (toGreatest === 0 || toLeast === 0) return;
    this.#seenCount += 1;
    if (toGreatest > 0) {
      this.#risingCount += 1;
      this.#greatest = key;
    } else if (toLeast < 0) {
      this.#fallingCount += 1;
      this.#least = key;
    }
  }
}
