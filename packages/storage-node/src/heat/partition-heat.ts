import type {TableId} from '@murmuration/base';
import {HeatHistory, SplitWatch} from '@murmuration/capacity';
import type {HeatAdvice, HeatCell, WatchedPartition} from '@murmuration/capacity';
import {STORED_KEY_PREFIX_SIZE_BYTES} from '@murmuration/model';
import type {CapacitySettings} from '@murmuration/model';
import {HeatSketches} from './heat-sketches.js';
import type {HotKey, KeyCause, KeyScope} from './heat-sketches.js';
import type {HeatRoom} from './heat-room.js';

/** Keys sampled in a second, about. */
const SAMPLES_PER_SECOND = 200;
const SECOND_MS = 1_000;
/** Write units weigh three times as much as read units, as ceilings have it and Contributor Insights count them. */
const WRITE_WEIGHT = 3;
/** What is left of an earlier load after each second, where one number stands for the last seconds. */
const KEPT_RATIO = 0.7;

/** What all partitions of a process share. */
export interface HeatSurroundings {
  readonly histories: HeatRoom;
  readonly sketches: HeatRoom;
  /** Of a table, as they are where the map tells of no change. */
  readonly defaults: CapacitySettings;
}

/** Load of about the last three seconds, in half units a second. */
export interface RecentLoad {
  readonly readHalfUnits: number;
  readonly writeHalfUnits: number;
  readonly throttleCount: number;
}

/** Settings that were changed while the cluster runs: a cluster map has them. */
export interface SettingsSource {
  settingsOf(table: TableId, defaults: CapacitySettings): CapacitySettings;
}

/** What is known of a partition that is not in its heat. */
export interface HeatSubject {
  readonly table: TableId;
  readonly from: Uint8Array;
  readonly until: Uint8Array;
  readonly epoch: number;
  readonly hasSortKey: boolean;
  readonly hasLocalIndexes: boolean;
  readonly isLeader: boolean;
}

/**
 * How hot one replica is: what it did by time, its most used keys, and at the leader where it should be cut.
 *
 * Each request costs a few additions; a clock is not read and nothing is allocated but for one in so many, chosen so that
 * about 200 a second are looked at. A replica that nobody asks anything has none of it.
 */
export class PartitionHeat {
  readonly #shared: HeatSurroundings;
  #readHalfUnits = 0;
  #writeHalfUnits = 0;
  #throttleCount = 0;
  #untilSample = 1;
  /** Half units that one sample stands for. */
  #stride = 1;
  #samplesOfSecond = 0;
  #chance: number;
  #secondFromMs = 0;
  #settings: CapacitySettings;
  #recent: RecentLoad = {readHalfUnits: 0, writeHalfUnits: 0, throttleCount: 0};
  #history: HeatHistory | undefined;
  #sketches: HeatSketches | undefined;
  #sketchedEpoch = 0;
  readonly #subject: () => HeatSubject;
  readonly #nowMs: () => number;
  readonly #watch = new SplitWatch();
  readonly #historyPlace = {evict: (): void => void (this.#history = undefined)};
  readonly #sketchesPlace = {evict: (): void => void (this.#sketches = undefined)};

  /** @param wallMs asked where something is sampled @param seed any number, other ones for other partitions */
  constructor(shared: HeatSurroundings, subject: () => HeatSubject, wallMs: () => number, seed: number) {
    this.#shared = shared;
    this.#settings = shared.defaults;
    this.#subject = subject;
    this.#nowMs = wallMs;
    this.#chance = seed >>> 0;
  }

  /** A request used units. */
  read(key: Uint8Array, halfUnits: number): void {
    this.#readHalfUnits += halfUnits;
    this.#untilSample -= halfUnits;
    if (this.#untilSample <= 0) this.#sample(key);
  }
  written(key: Uint8Array, halfUnits: number): void {
    this.#writeHalfUnits += halfUnits;
    this.#untilSample -= halfUnits * WRITE_WEIGHT;
    if (this.#untilSample <= 0) this.#sample(key);
  }
  /** A request was refused for throughput. */
  throttled(key: Uint8Array): void {
    this.#throttleCount += 1;
    // Of many refusals in one second, one in a hundred is looked at.
    const weight = this.#throttleCount <= SAMPLES_PER_SECOND ? 1 : this.#throttleCount % 100 === 0 ? 100 : 0;
    if (weight > 0) this.#keys()?.throttled(key, weight);
  }

  /** Called often; does something once a second, and nothing for a replica that is idle. @returns whether there is new advice */
  tick(nowMs: number, source: SettingsSource): boolean {
    if (nowMs < this.#secondFromMs + SECOND_MS && nowMs >= this.#secondFromMs) return false;
    const overSeconds = this.#secondFromMs === 0 ? 1 : Math.max(1, (nowMs - this.#secondFromMs) / SECOND_MS);
    this.#secondFromMs = nowMs;
    const [readHalfUnits, writeHalfUnits, throttleCount] = [this.#readHalfUnits, this.#writeHalfUnits, this.#throttleCount];
    const isIdle = readHalfUnits + writeHalfUnits + throttleCount === 0;
    if (isIdle && this.#recent.readHalfUnits + this.#recent.writeHalfUnits + this.#recent.throttleCount === 0) {
      if (this.#watch.isHot || this.#watch.advice !== undefined) this.#watch.reset();
      return false;
    }
    const {advice} = this;
    this.#settings = source.settingsOf(this.#subject().table, this.#shared.defaults);
    this.#readHalfUnits = 0;
    this.#writeHalfUnits = 0;
    this.#throttleCount = 0;
    this.#samplesOfSecond = 0;
    this.#stride = Math.max(1, Math.round((readHalfUnits + writeHalfUnits * WRITE_WEIGHT) / overSeconds / SAMPLES_PER_SECOND));
    this.#untilSample = Math.min(this.#untilSample, this.#stride * 1.5);
    this.#recent = {
      readHalfUnits: blend(this.#recent.readHalfUnits, readHalfUnits / overSeconds), writeHalfUnits: blend(this.#recent.writeHalfUnits, writeHalfUnits / overSeconds),
      throttleCount: blend(this.#recent.throttleCount, throttleCount / overSeconds),
    };
    if (!isIdle) {
      this.#shared.histories.use(this.#historyPlace);
      this.#history ??= new HeatHistory();
      this.#history.add(readHalfUnits, writeHalfUnits, throttleCount, nowMs);
    }
    this.#sketches?.tick(nowMs);
    this.#followSplit(this.#ratioOf(readHalfUnits, writeHalfUnits) / overSeconds, nowMs);
    return this.advice !== undefined && this.advice !== advice;
  }
  stop(): void {
    this.#shared.histories.release(this.#historyPlace);
    this.#shared.sketches.release(this.#sketchesPlace);
    this.#history = undefined;
    this.#sketches = undefined;
  }

  get recent(): RecentLoad {
    return this.#recent;
  }
  /** Load of the last seconds as a part of the ceiling: the larger of reads and writes. */
  get loadRatio(): number {
    return this.#ratioOf(this.#recent.readHalfUnits, this.#recent.writeHalfUnits);
  }
  /** Since when load has been over the ratio from which on a cut is worth it. */
  get hotSinceMs(): number | undefined {
    return this.#watch.hotSinceMs;
  }
  get advice(): HeatAdvice | undefined {
    return this.#watch.advice;
  }
  /** The advice that named this place, though load may have gone down since. */
  adviceFor(at: Uint8Array): HeatAdvice | undefined {
    return this.#watch.adviceFor(at);
  }
  /** The finest picture that reaches back to `fromMs`, oldest first. */
  cells(fromMs: number, nowMs: number): readonly HeatCell[] {
    return this.#history?.cells(fromMs, nowMs) ?? [];
  }
  /** All that the hottest keys are a part of, and since when. */
  keyTotal(cause: KeyCause): {readonly count: number; readonly fromMs: number} | undefined {
    const sketches = this.#sketches;
    return sketches === undefined ? undefined : {count: sketches.totalOf(cause), fromMs: sketches.countedFromMs};
  }
  /** Of this minute and the one before, most used first. */
  keys(cause: KeyCause, scope: KeyScope, countMax: number): readonly HotKey[] {
    return this.#sketches?.top(cause, scope, countMax) ?? [];
  }
  bins(): readonly number[] {
    return this.#sketches?.bins() ?? [];
  }

  #followSplit(loadRatio: number, nowMs: number): void {
    const {isLeader, from, until, epoch, hasLocalIndexes} = this.#subject();
    if (!isLeader) {
      this.#watch.reset();
      return;
    }
    const watched: WatchedPartition = {from, until, epoch, hasLocalIndexes, collectionPrefixSizeBytes: STORED_KEY_PREFIX_SIZE_BYTES};
    this.#watch.second(loadRatio, this.#sketches, watched, this.#settings, nowMs);
  }
  #ratioOf(readHalfUnits: number, writeHalfUnits: number): number {
    const {partitionReadUnitsMax, partitionWriteUnitsMax} = this.#settings;
    return Math.max(readHalfUnits / (2 * partitionReadUnitsMax), writeHalfUnits / (2 * partitionWriteUnitsMax));
  }
  #sample(key: Uint8Array): void {
    const count = 1 + Math.round(-this.#untilSample / this.#stride);
    // The pause to the next one varies, so that requests which come in turn are not always met in the same place.
    this.#chance = (Math.imul(this.#chance, 1_664_525) + 1_013_904_223) >>> 0;
    this.#untilSample = Math.max(1, this.#stride * (0.5 + this.#chance / 0x1_0000_0000));
    const weight = count * this.#stride;
    this.#samplesOfSecond += 1;
    if (this.#samplesOfSecond >= 2 * SAMPLES_PER_SECOND) {
      // More came than in the second before.
      this.#samplesOfSecond = SAMPLES_PER_SECOND;
      this.#stride *= 2;
    }
    this.#keys()?.accessed(key, weight, Math.min(count, SAMPLES_PER_SECOND));
  }
  #keys(): HeatSketches | undefined {
    const {from, until, epoch, hasSortKey} = this.#subject();
    if (this.#sketches === undefined || this.#sketchedEpoch !== epoch) {
      this.#sketches = new HeatSketches(from, until, hasSortKey, this.#nowMs());
      this.#sketchedEpoch = epoch;
    }
    this.#shared.sketches.use(this.#sketchesPlace);
    return this.#sketches;
  }
}

function blend(before: number, now: number): number {
  const blended = before * KEPT_RATIO + now * (1 - KEPT_RATIO);
  return blended < 0.5 && now === 0 ? 0 : blended;
}
