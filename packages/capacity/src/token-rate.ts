import {assert} from '@murmuration/base';

/**
 * The fixed point of all buckets. Levels are whole grains, a millionth of a half unit; rates are whole thousandths of a
 * half unit a second. A rate times milliseconds is then a whole number of grains, so that nothing is ever rounded while
 * time passes: after any division of a period into steps a bucket holds the same.
 */
export const GRAINS_PER_HALF_UNIT = 1_000_000;
/** Grains are safe integers: 2^53 / 10^6 half units, rounded down. Larger buckets are cut to this size. */
export const BUCKET_HALF_UNITS_MAX = 9_000_000_000;

/** Half units a second, in thousandths: an integer of at least 0. */
export type MilliRate = number;

/** @param halfUnitsPerSecond integer; above what a bucket may hold it counts as that much */
export function toMilliRate(halfUnitsPerSecond: number): MilliRate {
  assert(Number.isSafeInteger(halfUnitsPerSecond) && halfUnitsPerSecond >= 0, 'a rate is an integer of at least 0', {halfUnitsPerSecond});
  return Math.min(halfUnitsPerSecond, BUCKET_HALF_UNITS_MAX) * 1000;
}
/** The same from units, as tables name their throughput. */
export function unitsToMilliRate(unitsPerSecond: number): MilliRate {
  return toMilliRate(Math.min(unitsPerSecond, BUCKET_HALF_UNITS_MAX) * 2);
}

/**
 * The even share of one of `count` partitions. What does not divide goes to the first ones in thousandths of a half
 * unit, so that the shares add up to the rate exactly.
 * @param index 0-based place among the partitions in key order
 */
export function evenShare(rate: MilliRate, index: number, count: number): MilliRate {
  assert(Number.isInteger(index) && index >= 0 && index < count, 'a share belongs to one of the partitions', {index, count});
  return Math.floor(rate / count) + (index < rate % count ? 1 : 0);
}

/** Grains that `rate` brings in `elapsedMs`, but at most `missing`. Exact: a product beyond the safe integers is above `missing` anyway. */
export function gainOf(rate: MilliRate, elapsedMs: number, missing: number): number {
  const gain = rate * elapsedMs;
  return gain < missing ? gain : missing;
}

/** Milliseconds until `rate` has brought `grains`; Infinity when it never does. */
export function msUntilGained(rate: MilliRate, grains: number): number {
  if (grains <= 0) return 0;
  return rate === 0 ? Number.POSITIVE_INFINITY : Math.ceil(grains / rate);
}
