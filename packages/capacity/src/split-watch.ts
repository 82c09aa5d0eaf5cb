import {compareBytes} from '@murmuration/base';
import type {KeySamples} from './key-samples.js';
import {SPLIT_LOAD_RATIO, adviseSplit} from './split-advice.js';
import type {NoSplitReason} from './split-advice.js';

/** Settings of splits for heat as they are at the moment. */
export interface SplitWatchSettings {
  readonly splitForHeat: 'off' | 'on';
  readonly splitLoadRatio: number;
  readonly splitSustainSeconds: number;
}

/** Keys of the load since `restart`. */
export interface SampledKeys {
  readonly samples: KeySamples;
  /** Requests that they came from. */
  readonly sampledCount: number;
  restart(): void;
}
/** Whether keys come in order is not to be told from fewer. */
const REQUESTS_MIN = 32;

export interface WatchedPartition {
  readonly from: Uint8Array;
  readonly until: Uint8Array;
  readonly epoch: number;
  readonly hasLocalIndexes: boolean;
  readonly collectionPrefixSizeBytes: number;
}

const SECOND_MS = 1_000;

/** Where a hot partition should be cut, or why not. Times are of the wall clock. */
export type HeatAdvice =
  | {readonly kind: 'split'; readonly at: Uint8Array; readonly belowRatio: number; readonly hotSinceMs: number; readonly advisedAtMs: number}
  | {readonly kind: 'none'; readonly reason: NoSplitReason; readonly hotSinceMs: number; readonly advisedAtMs: number};

/**
 * Watches the load of a partition second by second: once it stayed over the ratio on average for the time asked for, it
 * says where to cut, from keys sampled in that time. A partition that was cut just now is watched anew: both halves have
 * to stay hot as long again.
 */
export class SplitWatch {
  #secondCount = 0;
  #loadSum = 0;
  #hotSinceMs = 0;
  #epoch = 0;
  #advice: HeatAdvice | undefined;
  /** The last that named a place, also when load has gone down since: somebody may be about to cut there. */
  #lastCut: Extract<HeatAdvice, {readonly kind: 'split'}> | undefined;

  /** Of the present hot time, or the last of it. */
  get advice(): HeatAdvice | undefined {
    return this.#advice;
  }
  /** The advice that named a place, if any did. */
  adviceFor(at: Uint8Array): HeatAdvice | undefined {
    return this.#lastCut !== undefined && compareBytes(this.#lastCut.at, at) === 0 ? this.#lastCut : undefined;
  }
  /** Whether load is over the ratio. */
  get isHot(): boolean {
    return this.#secondCount > 0;
  }
  get hotSinceMs(): number | undefined {
    return this.isHot ? this.#hotSinceMs : undefined;
  }
  reset(): void {
    this.#secondCount = 0;
    this.#loadSum = 0;
    this.#advice = undefined;
  }
  /**
   * One more second is over.
   * @param loadRatio of that second, as a part of the ceiling; the larger of reads and writes
   * @param keys restarted when a hot time begins
   * @returns what was advised at the end of this second, if anything was
   */
  second(loadRatio: number, keys: SampledKeys | undefined, partition: WatchedPartition, settings: SplitWatchSettings, nowMs: number): HeatAdvice | undefined {
    if (settings.splitForHeat === 'off' || partition.epoch !== this.#epoch) {
      this.reset();
      this.#epoch = partition.epoch;
    }
    if (settings.splitForHeat === 'off') return undefined;
    if (this.#secondCount === 0) {
      if (loadRatio < settings.splitLoadRatio) {
        // What was advised in a hot time that is over is of no use any more.
        this.#advice = undefined;
        return undefined;
      }
      this.#hotSinceMs = nowMs - SECOND_MS;
      this.#advice = undefined;
      keys?.restart();
    }
    this.#secondCount += 1;
    this.#loadSum += loadRatio;
    const mean = this.#loadSum / this.#secondCount;
    if (mean < settings.splitLoadRatio) {
      this.reset();
      return undefined;
    }
    // Few requests that cost much are waited for, while the keys of earlier ones are kept.
    if (this.#secondCount < settings.splitSustainSeconds || keys === undefined || keys.sampledCount < REQUESTS_MIN) return undefined;
    const {samples} = keys;
    const {from, until, collectionPrefixSizeBytes, hasLocalIndexes} = partition;
    const advice = adviseSplit({
      samples: samples.sorted(), monotonicRatio: samples.monotonicRatio, from, until, collectionPrefixSizeBytes, keepsCollections: hasLocalIndexes,
      // Measured by the ratio that is set, not by the usual one.
      loadRatio: (mean / settings.splitLoadRatio) * SPLIT_LOAD_RATIO,
    });
    const times = {hotSinceMs: this.#hotSinceMs, advisedAtMs: nowMs};
    this.#advice = advice.kind === 'split' ? {...advice, ...times} : {kind: 'none', reason: advice.reason, ...times};
    if (this.#advice.kind === 'split') this.#lastCut = this.#advice;
    // It goes on with the time it has, so that a peak of minutes ago does not carry quiet ones, and with fresh keys.
    this.#secondCount = Math.max(1, Math.floor(this.#secondCount / 2));
    this.#loadSum = mean * this.#secondCount;
    keys.restart();
    return this.#advice;
  }
}
