import {KeySamples, SplitWatch} from '@murmuration/capacity';
import type {HeatAdvice, SampledKeys, WatchedPartition} from '@murmuration/capacity';
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

/** The keys of the load since the hot time began. */
class LoadKeys implements SampledKeys {
  readonly samples = new KeySamples();
  #sampledCount = 0;
  get sampledCount(): number {
    return this.#sampledCount;
  }
  add(key: Uint8Array, count: number): void {
    this.samples.add(key, count);
    this.#sampledCount += 1;
  }
  restart(): void {
    this.samples.clear();
    this.#sampledCount = 0;
  }
}

/** Heat of one virtual partition: keys sampled like its load, watched by the rule that storage nodes go by. */
export class HeatWatch {
  readonly #keys = new LoadKeys();
  readonly #watch = new SplitWatch();
  #watched: {readonly range: WatchedRange; readonly partition: WatchedPartition} | undefined;
  #untilSample = 1;
  #stride = 1;
  #weight = 0;
  #chance: number;
  #readHalfUnits = 0;
  #writeHalfUnits = 0;

  /** @param seed other ones for other partitions */
  constructor(seed: number) {
    this.#chance = seed >>> 0;
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
  second(ceilings: {readonly readHalfUnits: number; readonly writeHalfUnits: number}, range: WatchedRange, settings: VirtualSettings, nowMs: number): HeatAdvice | undefined {
    const loadRatio = Math.max(this.#readHalfUnits / ceilings.readHalfUnits, this.#writeHalfUnits / ceilings.writeHalfUnits);
    this.#readHalfUnits = 0;
    this.#writeHalfUnits = 0;
    this.#stride = Math.max(1, Math.round(this.#weight / SAMPLES_PER_SECOND));
    this.#weight = 0;
    this.#untilSample = Math.min(this.#untilSample, this.#stride * 1.5);
    const {splitForHeat, splitLoadRatio, splitSustainSeconds} = settings;
    return this.#watch.second(loadRatio, this.#keys, this.#partitionOf(range), {splitForHeat: splitForHeat ? 'on' : 'off', splitLoadRatio, splitSustainSeconds}, nowMs);
  }
  /** Half the seconds' samples are gone with a cut: both halves are watched anew. */
  reset(): void {
    this.#watch.reset();
    this.#keys.restart();
  }

  /** Borders are objects of their own, so that equal ones need no new bytes each second. */
  #partitionOf({from, until, keepsCollections}: WatchedRange): WatchedPartition {
    const before = this.#watched;
    if (before?.range.from === from && before.range.until === until && before.range.keepsCollections === keepsCollections) return before.partition;
    const partition = {from: borderBytes(from), until: borderBytes(until), epoch: 0, hasLocalIndexes: keepsCollections, collectionPrefixSizeBytes: COLLECTION_PREFIX_SIZE_BYTES};
    this.#watched = {range: {from, until, keepsCollections}, partition};
    return partition;
  }
  #count(weight: number, token: number, key: number, sort: number): void {
    this.#weight += weight;
    this.#untilSample -= weight;
    if (this.#untilSample > 0) return;
    const count = 1 + Math.round(-this.#untilSample / this.#stride);
    this.#chance = (Math.imul(this.#chance, 1_664_525) + 1_013_904_223) >>> 0;
    this.#untilSample = Math.max(1, this.#stride * (0.5 + this.#chance / 0x1_0000_0000));
    this.#keys.add(keyBytes(token, key, sort), Math.min(count, SAMPLES_PER_SECOND));
  }
}
