import {assert} from '@murmuration/base';
import type {ThrottlingCause} from './throttle.js';

/** What a new on-demand table or index can do a second at once. */
export const ON_DEMAND_READ_UNITS_START = 12_000;
export const ON_DEMAND_WRITE_UNITS_START = 4_000;
/** Quota of a table, unless it was raised. */
export const TABLE_UNITS_QUOTA = 40_000;
/** A peak counts for growth this long after it was reached. */
const GROWTH_MINUTES = 30;
const MINUTE_MS = 60_000;

export interface OnDemandOptions {
  readonly startUnits: number;
  /** Warm throughput: what the table was told to be ready for; never less than its start. */
  readonly warmUnits?: number | undefined;
  /** Maximum on-demand throughput; no bound when absent. */
  readonly maximumUnits?: number | undefined;
  readonly quotaUnits?: number | undefined;
}

/** What an on-demand table may use a second, and what running over it is called. */
export interface OnDemandLimit {
  readonly unitsPerSecond: number;
  readonly cause: ThrottlingCause;
}

/**
 * The limit of an on-demand table or index, of reads or of writes: twice the highest minute that is at least 30 minutes
 * old, so that it doubles at most once in 30 minutes; never below the start, the warm throughput or the rates it had
 * before it was switched to on-demand; never above the maximum and the quota. A peak is never forgotten.
 */
export class OnDemandPeaks {
  /** Highest minute that counts already, in units a second. */
  #peakUnits: number;
  readonly #startUnits: number;
  /** Units used in each of the last 30 minutes, by minute number modulo 30. */
  readonly #usedUnits = new Float64Array(GROWTH_MINUTES);
  #minute: number;
  #warmUnits = 0;
  #maximumUnits: number | undefined;
  #quotaUnits = TABLE_UNITS_QUOTA;

  /** @param floorUnits the highest rate it could do before the switch; 0 for a new table */
  constructor(options: OnDemandOptions, nowMs: number, floorUnits = 0) {
    assert(options.startUnits >= 0 && floorUnits >= 0, 'a limit is not negative');
    this.#startUnits = Math.max(options.startUnits, floorUnits);
    this.#peakUnits = 0;
    this.#minute = Math.floor(nowMs / MINUTE_MS);
    this.configure(options);
  }
  configure({warmUnits = 0, maximumUnits, quotaUnits = TABLE_UNITS_QUOTA}: Omit<OnDemandOptions, 'startUnits'>): void {
    // Warm throughput is never lowered.
    this.#warmUnits = Math.max(this.#warmUnits, warmUnits);
    this.#maximumUnits = maximumUnits;
    this.#quotaUnits = quotaUnits;
  }
  /** Adds what was used up to now. */
  used(halfUnits: number, nowMs: number): void {
    this.#advance(nowMs);
    const slot = this.#minute % GROWTH_MINUTES;
    this.#usedUnits[slot] = (this.#usedUnits[slot] as number) + halfUnits / 2;
  }
  /** Highest minute that counts for growth, in units a second. */
  get peakUnits(): number {
    return this.#peakUnits;
  }
  /** What the table can serve at once, without quota and maximum: shown as its warm throughput. */
  warmUnits(nowMs: number): number {
    this.#advance(nowMs);
    return Math.floor(Math.max(this.#startUnits, this.#warmUnits, this.#peakUnits * 2));
  }
  limit(nowMs: number): OnDemandLimit {
    const warmUnits = this.warmUnits(nowMs);
    if (this.#maximumUnits !== undefined && this.#maximumUnits <= Math.min(warmUnits, this.#quotaUnits)) {
      return {unitsPerSecond: this.#maximumUnits, cause: 'MaxOnDemandThroughputExceeded'};
    }
    if (this.#quotaUnits <= warmUnits) return {unitsPerSecond: this.#quotaUnits, cause: 'AccountLimitExceeded'};
    return {unitsPerSecond: warmUnits, cause: 'KeyRangeThroughputExceeded'};
  }

  #advance(nowMs: number): void {
    const minute = Math.floor(nowMs / MINUTE_MS);
    const stepCount = Math.min(minute - this.#minute, GROWTH_MINUTES);
    // The slot of a new minute holds what was used 30 minutes before: it counts from now on.
    for (let i = 1; i <= stepCount; i += 1) {
      const slot = (minute - stepCount + i) % GROWTH_MINUTES;
      this.#peakUnits = Math.max(this.#peakUnits, (this.#usedUnits[slot] as number) / 60);
      this.#usedUnits[slot] = 0;
    }
    if (minute > this.#minute) this.#minute = minute;
  }
}

/** Rates of a table at a moment, in units a second. */
export interface UnitRates {
  readonly read: number;
  readonly write: number;
}
/** What a table starts from when it is switched to on-demand: the highest it could do or did before. */
export function onDemandStartAfterSwitch(highestProvisioned: UnitRates, peakUse: UnitRates): UnitRates {
  return {
    read: Math.max(ON_DEMAND_READ_UNITS_START, highestProvisioned.read, peakUse.read),
    write: Math.max(ON_DEMAND_WRITE_UNITS_START, highestProvisioned.write, peakUse.write),
  };
}
