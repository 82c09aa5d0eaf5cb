import type {Random} from '@murmuration/base';

const TWO_TO_26 = 67_108_864;
const TWO_TO_53 = 9_007_199_254_740_992;

/** Uniform in [0, 1), with all 53 bits that a number has: 32 would leave most of ten million Zipf ranks without their share. */
export function unitDraw(random: Random): number {
  return ((random.uint32() >>> 5) * TWO_TO_26 + (random.uint32() >>> 6)) / TWO_TO_53;
}

/** A whole number in [0, until), `until` up to 2^53. */
export function wholeDraw(random: Random, until: number): number {
  return until <= 0x1_0000_0000 ? random.below(until) : Math.floor(unitDraw(random) * until);
}

/** A fixed mixing of two whole numbers into 32 bits: chance that belongs to a key and not to the order of requests. */
export function mixKey(a: number, b: number): number {
  let hash = Math.imul((a | 0) ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(Math.floor(a / 0x1_0000_0000) | 0, 0xc2b2ae35);
  hash = Math.imul(hash ^ (hash >>> 15) ^ (b | 0), 0x27d4eb2f);
  hash ^= Math.imul(Math.floor(b / 0x1_0000_0000) | 0, 0x165667b1);
  hash = Math.imul(hash ^ (hash >>> 13), 0x85ebca6b);
  return (hash ^ (hash >>> 16)) >>> 0;
}
