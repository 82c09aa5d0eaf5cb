import {assert} from '@murmuration/base';

const OUT_POINT_COUNT = 2;
const IN_POINT_COUNT = 15;
/** Scale-in looks for use this far under the target, so that a rate does not swing between in and out. */
const IN_THRESHOLD_RATIO = 0.8;

export interface ScalingPolicy {
  /** Percent of the provisioned units that should be in use: 20..90. */
  readonly targetPercent: number;
  readonly unitsMin: number;
  readonly unitsMax: number;
  readonly scaleOutCooldownMs: number;
  readonly scaleInCooldownMs: number;
  readonly isScaleInDisabled: boolean;
}
export const SCALING_DEFAULTS: ScalingPolicy = {
  targetPercent: 70, unitsMin: 5, unitsMax: 40_000, scaleOutCooldownMs: 0, scaleInCooldownMs: 0, isScaleInDisabled: false,
};

/** One minute of one table or index, reads or writes. Without use there is no point. */
export interface ScalingPoint {
  readonly consumedUnitsPerSecond: number;
  readonly provisionedUnits: number;
  readonly atMs: number;
}
export type ScalingDecision = {readonly kind: 'hold'} | {readonly kind: 'out' | 'in'; readonly units: number};
const HOLD: ScalingDecision = {kind: 'hold'};

/**
 * Target tracking: two minutes in a row over the target raise the throughput, fifteen well under it lower it, to what
 * brings the use to the target. A decision that was refused (too many decreases today) is simply made again later.
 */
export class AutoScaling {
  #policy: ScalingPolicy;
  #overCount = 0;
  #underCount = 0;
  #underUnitsMax = 0;
  #lastOutAtMs = Number.NEGATIVE_INFINITY;
  #lastInAtMs = Number.NEGATIVE_INFINITY;

  /** @param last changes that were made before, for the cooldowns */
  constructor(policy: ScalingPolicy, last: {readonly outAtMs?: number | undefined; readonly inAtMs?: number | undefined} = {}) {
    this.#policy = checked(policy);
    this.#lastOutAtMs = last.outAtMs ?? this.#lastOutAtMs;
    this.#lastInAtMs = last.inAtMs ?? this.#lastInAtMs;
  }
  setPolicy(policy: ScalingPolicy): void {
    this.#policy = checked(policy);
  }
  /** Judges the next minute. */
  point({consumedUnitsPerSecond, provisionedUnits, atMs}: ScalingPoint): ScalingDecision {
    const {targetPercent, unitsMin, unitsMax} = this.#policy;
    // Outside its bounds the throughput is brought back at once, whatever is used.
    if (provisionedUnits < unitsMin) return this.#out(unitsMin, atMs);
    if (provisionedUnits > unitsMax) return this.#in(unitsMax, atMs);
    const usedPercent = (consumedUnitsPerSecond * 100) / provisionedUnits;
    this.#count(usedPercent, consumedUnitsPerSecond);
    if (this.#overCount >= OUT_POINT_COUNT && atMs - this.#lastOutAtMs >= this.#policy.scaleOutCooldownMs) {
      const units = Math.min(unitsMax, unitsFor(consumedUnitsPerSecond, targetPercent));
      return units > provisionedUnits ? this.#out(units, atMs) : HOLD;
    }
    const isInCooldown = atMs - Math.max(this.#lastInAtMs, this.#lastOutAtMs) < this.#policy.scaleInCooldownMs;
    if (this.#underCount >= IN_POINT_COUNT && !this.#policy.isScaleInDisabled && !isInCooldown) {
      const units = Math.max(unitsMin, unitsFor(this.#underUnitsMax, targetPercent));
      return units < provisionedUnits ? this.#in(units, atMs) : HOLD;
    }
    return HOLD;
  }

  #count(usedPercent: number, consumedUnits: number): void {
    const {targetPercent} = this.#policy;
    this.#overCount = usedPercent > targetPercent ? this.#overCount + 1 : 0;
    if (usedPercent < targetPercent * IN_THRESHOLD_RATIO) {
      this.#underCount += 1;
      this.#underUnitsMax = Math.max(this.#underUnitsMax, consumedUnits);
    } else {
      this.#underCount = 0;
      this.#underUnitsMax = 0;
    }
  }
  #out(units: number, atMs: number): ScalingDecision {
    this.#reset();
    this.#lastOutAtMs = atMs;
    return {kind: 'out', units};
  }
  #in(units: number, atMs: number): ScalingDecision {
    this.#reset();
    this.#lastInAtMs = atMs;
    return {kind: 'in', units};
  }
  #reset(): void {
    this.#overCount = 0;
    this.#underCount = 0;
    this.#underUnitsMax = 0;
  }
}

function unitsFor(consumedUnits: number, targetPercent: number): number {
  return Math.max(1, Math.ceil((consumedUnits * 100) / targetPercent));
}
function checked(policy: ScalingPolicy): ScalingPolicy {
  assert(policy.targetPercent >= 20 && policy.targetPercent <= 90, 'a target is 20 to 90 percent', {targetPercent: policy.targetPercent});
  assert(policy.unitsMin >= 1 && policy.unitsMax >= policy.unitsMin, 'bounds of throughput are in order', {unitsMin: policy.unitsMin, unitsMax: policy.unitsMax});
  return policy;
}
