import {KeySamples, SPLIT_LOAD_RATIO, adviseSplit} from '@murmuration/capacity';
import type {SplitAdvice} from '@murmuration/capacity';
import {COLLECTION_PREFIX_SIZE_BYTES, borderBytes, keyBytes} from './key-space.js';
import type {KeyBorder} from './key-space.js';
import type {VirtualSettings} from './virtual-settings.js';

/** Keys looked at in a second, about. */
const SAMPLES_PER_SECOND = 200;
/** Write units weigh three times as much as read units, as ceilings have it. */
const WRITE_WEIGHT = 3;

export interface WatchedRange {
  readonly from: KeyBorder;
  readonly until: KeyBorder;
  /** No collection of it is cut. */
  readonly keepsCollections: boolean;
}

/**
 * Heat of one virtual partition: keys sampled like its load, and how long it has been hot. The rule is that of the storage
 * node's own watch: hot when the mean load over the sustained time is over the ratio, measured from the first hot second;
 * where to cut is asked of the same advice.
 */
export class HeatWatch {
  readonly #samples = new KeySamples();
  #untilSample = 1;
  #stride = 1;
  #weight = 0;
  #chance: number;
  #secondCount = 0;
  #loadSum = 0;
  #hotSinceMs = 0;
  #readHalfUnits = 0;
  #writeHalfUnits = 0;

  /** @param seed other ones for other partitions */
  constructor(seed: number) {
    this.#chance = seed >>> 0;
  }
  get hotSinceMs(): number {
    return this.#hotSinceMs;
  }
  /** Half units of the second that runs. */
  get readHalfUnits(): number {
    return this.#readHalfUnits;
  }
  get writeHalfUnits(): number {
    return this.#writeHalfUnits;
  }
  read(halfUnits: number, token: number, key: number, sort: number): void {
    this.#readHalfUnits += halfUnits;
    this.#count(halfUnits, token, key, sort);
  }
  written(halfUnits: number, token: number, key: number, sort: number): void {
    this.#writeHalfUnits += halfUnits;
    this.#count(halfUnits * WRITE_WEIGHT, token, key, sort);
  }
  /** A second is over. @returns advice when it has been hot for long enough */
  second(ceilings: {readonly readHalfUnits: number; readonly writeHalfUnits: number}, range: WatchedRange, settings: VirtualSettings, nowMs: number): SplitAdvice | undefined {
    const loadRatio = Math.max(this.#readHalfUnits / ceilings.readHalfUnits, this.#writeHalfUnits / ceilings.writeHalfUnits);
    this.#readHalfUnits = 0;
    this.#writeHalfUnits = 0;
    this.#stride = Math.max(1, Math.round(this.#weight / SAMPLES_PER_SECOND));
    this.#weight = 0;
    this.#untilSample = Math.min(this.#untilSample, this.#stride * 1.5);
    if (!settings.splitForHeat) return undefined;
    if (this.#secondCount === 0) {
      if (loadRatio < settings.splitLoadRatio) return undefined;
      this.#hotSinceMs = nowMs;
      this.#samples.clear();
    }
    this.#secondCount += 1;
    this.#loadSum += loadRatio;
    const mean = this.#loadSum / this.#secondCount;
    if (mean < settings.splitLoadRatio) {
      this.#secondCount = 0;
      this.#loadSum = 0;
      return undefined;
    }
    if (this.#secondCount < settings.splitSustainSeconds) return undefined;
    const advice = adviseSplit({
      samples: this.#samples.sorted(), monotonicRatio: this.#samples.monotonicRatio, from: borderBytes(range.from), until: borderBytes(range.until),
      collectionPrefixSizeBytes: COLLECTION_PREFIX_SIZE_BYTES, keepsCollections: range.keepsCollections, loadRatio: (mean / settings.splitLoadRatio) * SPLIT_LOAD_RATIO,
    });
    this.#secondCount = Math.max(1, Math.floor(this.#secondCount / 2));
    this.#loadSum = mean * this.#secondCount;
    this.#samples.clear();
    return advice;
  }
  /** Half the seconds' samples are gone with a cut: both halves are watched anew. */
  reset(): void {
    this.#secondCount = 0;
    this.#loadSum = 0;
    this.#samples.clear();
  }

  #count(weight: number, token: number, key: number, sort: number): void {
    this.#weight += weight;
    this.#untilSample -= weight;
    if (this.#untilSample > 0) return;
    const count = 1 + Math.round(-this.#untilSample / this.#stride);
    this.#chance = (Math.imul(this.#chance, 1_664_525) + 1_013_904_223) >>> 0;
    this.#untilSample = Math.max(1, this.#stride * (0.5 + this.#chance / 0x1_0000_0000));
    this.#samples.add(keyBytes(token, key, sort), Math.min(count, SAMPLES_PER_SECOND));
  }
}
