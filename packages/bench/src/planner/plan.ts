import {
  AutoScaling, BURST_SECONDS_DEFAULT, NO_DECREASES, ON_DEMAND_READ_UNITS_START, ON_DEMAND_WRITE_UNITS_START, OnDemandPeaks, PARTITION_READ_HALF_UNITS_MAX,
  PARTITION_WRITE_HALF_UNITS_MAX, SCALING_DEFAULTS, ShareBucket, TokenBucket, decreased, mayDecrease, readHalfUnits, unitsToMilliRate, writeHalfUnits,
} from '@murmuration/capacity';
import type {DecreaseHistory} from '@murmuration/capacity';
import type {Trace, TraceOperation} from '../workloads/trace.js';
import type {PriceList} from './price-list.js';

/** How a table could be set, and what that would have done with the trace. */
export interface PlanResult {
  readonly plan: string;
  readonly settings: string;
  readonly throttledReads: number;
  readonly throttledWrites: number;
  /** Of all requests. */
  readonly throttledPercent: number;
  /** Longest time in which every second throttled something. */
  readonly throttledSecondsMax: number;
  /** Used of provided units, reads and writes; undefined where nothing is provisioned. */
  readonly readUtilisationPercent: number | undefined;
  readonly writeUtilisationPercent: number | undefined;
  /** For 730 hours like the trace; undefined without prices. */
  readonly monthlyBill: number | undefined;
}
export interface PlanReport {
  readonly requestCount: number;
  readonly seconds: number;
  readonly meanReadUnits: number;
  readonly meanWriteUnits: number;
  readonly peakReadUnits: number;
  readonly peakWriteUnits: number;
  /** Requests over what one item can take, however the table is set: counted in no plan. */
  readonly overItemCeiling: number;
  readonly hottestKey: {readonly key: string; readonly sharePercent: number};
  readonly results: readonly PlanResult[];
}
export interface PlanOptions {
  readonly targetPercent: number;
  /** A fixed rate to be judged too. */
  readonly fixed: {readonly readUnits: number; readonly writeUnits: number} | undefined;
  readonly prices: PriceList | undefined;
}
export const PLAN_DEFAULTS: PlanOptions = {targetPercent: 70, fixed: undefined, prices: undefined};

const HOURS_A_MONTH = 730;
const MINUTE_SECONDS = 60;
/** From a decision of auto scaling to its effect. */
const SCALING_DELAY_SECONDS = 60;
const UNITS_MAX = 40_000;

/** The trace as units: computed once, replayed by every plan. */
interface Demand {
  readonly trace: Trace;
  readonly halfUnits: Uint32Array;
  readonly isWrite: Uint8Array;
  readonly secondCount: number;
  readonly readHalfUnitsOf: Float64Array;
  readonly writeHalfUnitsOf: Float64Array;
  readonly counted: Uint8Array;
  readonly overItemCeiling: number;
}

/**
 * Replays a trace against the ways in which a table can pay for it, with the rules that the cluster itself enforces
 * (packages/capacity): buckets with 300 s of burst, target tracking by minutes, the growth of on-demand tables. It sees the
 * table as a whole: no partitions but the ceiling of a single item, no indexes, no storage.
 */
export function planTrace(trace: Trace, options: PlanOptions = PLAN_DEFAULTS): PlanReport {
  const demand = demandOf(trace);
  const {secondCount} = demand;
  const meanReadUnits = sum(demand.readHalfUnitsOf) / 2 / secondCount;
  const meanWriteUnits = sum(demand.writeHalfUnitsOf) / 2 / secondCount;
  const {targetPercent, fixed, prices} = options;
  const enough = {readUnits: leastRate(demand.readHalfUnitsOf), writeUnits: leastRate(demand.writeHalfUnitsOf)};
  const toTarget = (units: number): number => Math.min(UNITS_MAX, Math.max(1, Math.ceil((units * 100) / targetPercent)));
  const mean = {readUnits: toTarget(meanReadUnits), writeUnits: toTarget(meanWriteUnits)};
  return {
    requestCount: trace.rowCount, seconds: secondCount, meanReadUnits, meanWriteUnits, peakReadUnits: Math.max(0, ...chunkMaxima(demand.readHalfUnitsOf)) / 2,
    peakWriteUnits: Math.max(0, ...chunkMaxima(demand.writeHalfUnitsOf)) / 2, overItemCeiling: demand.overItemCeiling, hottestKey: hottestKey(trace),
    results: [
      ...(fixed === undefined ? [] : [provisioned('provisioned as given', demand, fixed, prices)]),
      provisioned(Math.max(enough.readUnits, enough.writeUnits) < UNITS_MAX ? 'provisioned, no throttle' : 'provisioned, at the quota', demand, enough, prices),
      provisioned(`provisioned, mean at ${targetPercent} %`, demand, mean, prices),
      autoScaled(demand, mean, targetPercent, prices),
      onDemand(demand, prices),
    ],
  };
}

function demandOf(trace: Trace): Demand {
  const {rowCount} = trace;
  const secondCount = Math.max(1, Math.floor(trace.seconds[rowCount - 1] ?? 0) + 1);
  const halfUnits = new Uint32Array(rowCount);
  const isWrite = new Uint8Array(rowCount);
  const counted = new Uint8Array(rowCount).fill(1);
  const readHalfUnitsOf = new Float64Array(secondCount);
  const writeHalfUnitsOf = new Float64Array(secondCount);
  const readsOfKey = new Map<number, number>();
  const writesOfKey = new Map<number, number>();
  let second = 0;
  let overItemCeiling = 0;
  for (let row = 0; row < rowCount; row += 1) {
    const now = Math.floor(trace.seconds[row] ?? 0);
    if (now !== second) {
      readsOfKey.clear();
      writesOfKey.clear();
      second = now;
    }
    const operation = trace.operations[row] ?? 'get';
    const writes = operation === 'put' || operation === 'update' || operation === 'delete';
    const price = priceOf(operation, trace.sizesBytes[row] ?? 0);
    halfUnits[row] = price;
    isWrite[row] = writes ? 1 : 0;
    const ofKey = writes ? writesOfKey : readsOfKey;
    const key = trace.keyNumbers[row] ?? 0;
    const used = (ofKey.get(key) ?? 0) + price;
    if (operation !== 'scan' && used > (writes ? PARTITION_WRITE_HALF_UNITS_MAX : PARTITION_READ_HALF_UNITS_MAX)) {
      counted[row] = 0;
      overItemCeiling += 1;
      continue;
    }
    ofKey.set(key, used);
    const of = writes ? writeHalfUnitsOf : readHalfUnitsOf;
    of[now] = (of[now] ?? 0) + price;
  }
  return {trace, halfUnits, isWrite, secondCount, readHalfUnitsOf, writeHalfUnitsOf, counted, overItemCeiling};
}
function priceOf(operation: TraceOperation, sizeBytes: number): number {
  switch (operation) {
    case 'put':
    case 'update':
    case 'delete':
      return writeHalfUnits(sizeBytes);
    case 'get-strong':
    case 'query-strong':
      return readHalfUnits(sizeBytes, true);
    case 'get':
    case 'query':
    case 'scan':
      return readHalfUnits(sizeBytes, false);
  }
}

/** The smallest whole rate with which, unused seconds being kept for 300, no second lacks anything. */
function leastRate(halfUnitsOf: Float64Array): number {
  const suffices = (units: number): boolean => {
    const rate = units * 2;
    let level = rate;
    for (const asked of halfUnitsOf) {
      level = Math.min(level, rate * (BURST_SECONDS_DEFAULT + 1));
      if (asked > level) return false;
      level += rate - asked;
    }
    return true;
  };
  let low = 0;
  let high = UNITS_MAX;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (suffices(middle)) high = middle;
    else low = middle;
  }
  return high;
}

interface Gate {
  /** Whether a request passes, taking its tokens. */
  pass(isWrite: boolean, halfUnits: number, atMs: number): boolean;
  /** Called at the first instant of each minute but the first, with what was used in the one before. */
  minute(atMs: number, readHalfUnits: number, writeHalfUnits: number): void;
}
interface Outcome {
  readonly throttledReads: number;
  readonly throttledWrites: number;
  readonly throttledSecondsMax: number;
  readonly usedReadHalfUnits: number;
  readonly usedWriteHalfUnits: number;
}

function replay(demand: Demand, gate: Gate): Outcome {
  const {trace, halfUnits, isWrite, counted} = demand;
  let [throttledReads, throttledWrites, usedReadHalfUnits, usedWriteHalfUnits, throttledSecondsMax] = [0, 0, 0, 0, 0];
  let [minuteReads, minuteWrites, minute, runFrom, runUntil] = [0, 0, 0, -2, -2];
  for (let row = 0; row < trace.rowCount; row += 1) {
    const atMs = Math.floor((trace.seconds[row] ?? 0) * 1000);
    for (; Math.floor(atMs / 60_000) > minute; minute += 1) {
      gate.minute((minute + 1) * 60_000, minuteReads, minuteWrites);
      minuteReads = 0;
      minuteWrites = 0;
    }
    if (counted[row] === 0) continue;
    const writes = isWrite[row] === 1;
    const price = halfUnits[row] ?? 0;
    if (gate.pass(writes, price, atMs)) {
      if (writes) {
        usedWriteHalfUnits += price;
        minuteWrites += price;
      } else {
        usedReadHalfUnits += price;
        minuteReads += price;
      }
      continue;
    }
    if (writes) throttledWrites += 1;
    else throttledReads += 1;
    const second = Math.floor(atMs / 1000);
    if (second > runUntil + 1) runFrom = second;
    runUntil = second;
    throttledSecondsMax = Math.max(throttledSecondsMax, runUntil - runFrom + 1);
  }
  return {throttledReads, throttledWrites, throttledSecondsMax, usedReadHalfUnits, usedWriteHalfUnits};
}

function provisioned(plan: string, demand: Demand, {readUnits, writeUnits}: {readonly readUnits: number; readonly writeUnits: number}, prices: PriceList | undefined): PlanResult {
  const reads = bucketOf(readUnits);
  const writes = bucketOf(writeUnits);
  const outcome = replay(demand, {pass: (isWrite, halfUnits, atMs) => tryTake(isWrite ? writes : reads, halfUnits, atMs), minute: () => undefined});
  return resultOf(plan, `${readUnits} RCU, ${writeUnits} WCU`, demand, outcome, readUnits * demand.secondCount, writeUnits * demand.secondCount, prices);
}

function autoScaled(demand: Demand, start: {readonly readUnits: number; readonly writeUnits: number}, targetPercent: number, prices: PriceList | undefined): PlanResult {
  const sides = [start.readUnits, start.writeUnits].map((units) => ({
    units: Math.max(SCALING_DEFAULTS.unitsMin, units), scaling: new AutoScaling({...SCALING_DEFAULTS, targetPercent}), bucket: bucketOf(Math.max(SCALING_DEFAULTS.unitsMin, units)), unitSeconds: 0,
    change: undefined as {readonly fromMs: number; readonly units: number} | undefined,
  }));
  const [reads, writes] = sides as [(typeof sides)[0], (typeof sides)[0]];
  let history: DecreaseHistory = NO_DECREASES;
  let paidUntilMs = 0;
  let [unitsMin, unitsMax] = [Infinity, 0];
  const moveTo = (atMs: number): void => {
    for (const side of sides) {
      side.unitSeconds += (side.units * (atMs - paidUntilMs)) / 1000;
      if (side.change === undefined || side.change.fromMs > atMs) continue;
      side.units = side.change.units;
      side.bucket.setRate(unitsToMilliRate(side.units), atMs);
      side.change = undefined;
    }
    paidUntilMs = atMs;
    unitsMin = Math.min(unitsMin, reads.units + writes.units);
    unitsMax = Math.max(unitsMax, reads.units + writes.units);
  };
  const outcome = replay(demand, {
    pass: (isWrite, halfUnits, atMs) => tryTake((isWrite ? writes : reads).bucket, halfUnits, atMs),
    minute: (atMs, readUsed, writeUsed) => {
      moveTo(atMs);
      let isLowered = false;
      for (const [side, used] of [[reads, readUsed], [writes, writeUsed]] as const) {
        // A minute without use has no point, as with CloudWatch.
        if (used === 0 || side.change !== undefined) continue;
        const decision = side.scaling.point({consumedUnitsPerSecond: used / 2 / MINUTE_SECONDS, provisionedUnits: side.units, atMs});
        if (decision.kind === 'hold' || (decision.kind === 'in' && !mayDecrease(history, atMs))) continue;
        if (decision.kind === 'in') isLowered = true;
        side.change = {fromMs: atMs + SCALING_DELAY_SECONDS * 1000, units: decision.units};
      }
      // Reads and writes lowered at once are one decrease.
      if (isLowered) history = decreased(history, atMs);
    },
  });
  moveTo(demand.secondCount * 1000);
  return resultOf(`auto-scaled to ${targetPercent} %`, `${unitsMin} to ${unitsMax} RCU and WCU together`, demand, outcome, reads.unitSeconds, writes.unitSeconds, prices);
}

function onDemand(demand: Demand, prices: PriceList | undefined): PlanResult {
  const sides = [ON_DEMAND_READ_UNITS_START, ON_DEMAND_WRITE_UNITS_START].map((startUnits) => {
    const peaks = new OnDemandPeaks({startUnits}, 0);
    const rate = unitsToMilliRate(startUnits);
    return {peaks, bucket: new TokenBucket({rate, sizeHalfUnits: startUnits * 2}, 0)};
  });
  const [reads, writes] = sides as [(typeof sides)[0], (typeof sides)[0]];
  const outcome = replay(demand, {
    pass: (isWrite, halfUnits, atMs) => {
      const side = isWrite ? writes : reads;
      const isPassed = side.bucket.tryTake(halfUnits, atMs);
      if (isPassed) side.peaks.used(halfUnits, atMs);
      return isPassed;
    },
    minute: (atMs) => {
      for (const {peaks, bucket} of sides) {
        const {unitsPerSecond} = peaks.limit(atMs);
        bucket.reconfigure(unitsToMilliRate(unitsPerSecond), unitsPerSecond * 2, atMs);
      }
    },
  });
  const total = demand.trace.rowCount;
  return {
    plan: 'on-demand', settings: 'a new table', throttledReads: outcome.throttledReads, throttledWrites: outcome.throttledWrites,
    throttledPercent: (100 * (outcome.throttledReads + outcome.throttledWrites)) / total, throttledSecondsMax: outcome.throttledSecondsMax, readUtilisationPercent: undefined, writeUtilisationPercent: undefined,
    monthlyBill: prices === undefined ? undefined
      : ((outcome.usedReadHalfUnits * prices.onDemandMillionReads + outcome.usedWriteHalfUnits * prices.onDemandMillionWrites) / 2e6) * monthsFactor(demand),
  };
}

function resultOf(plan: string, settings: string, demand: Demand, outcome: Outcome, readUnitSeconds: number, writeUnitSeconds: number, prices: PriceList | undefined): PlanResult {
  return {
    plan, settings, throttledReads: outcome.throttledReads, throttledWrites: outcome.throttledWrites,
    throttledPercent: (100 * (outcome.throttledReads + outcome.throttledWrites)) / demand.trace.rowCount, throttledSecondsMax: outcome.throttledSecondsMax,
    readUtilisationPercent: (50 * outcome.usedReadHalfUnits) / readUnitSeconds, writeUtilisationPercent: (50 * outcome.usedWriteHalfUnits) / writeUnitSeconds,
    monthlyBill: prices === undefined ? undefined
      : ((readUnitSeconds * prices.provisionedReadUnitHour + writeUnitSeconds * prices.provisionedWriteUnitHour) / 3600) * monthsFactor(demand),
  };
}
function monthsFactor({secondCount}: Demand): number {
  return (HOURS_A_MONTH * 3600) / secondCount;
}
function bucketOf(units: number): ShareBucket {
  return new ShareBucket(unitsToMilliRate(units), BURST_SECONDS_DEFAULT, 0);
}
function tryTake(bucket: ShareBucket, halfUnits: number, atMs: number): boolean {
  if (!bucket.holds(halfUnits, atMs)) return false;
  bucket.take(halfUnits);
  return true;
}
function hottestKey(trace: Trace): {readonly key: string; readonly sharePercent: number} {
  const counts = new Uint32Array(trace.keys.length);
  for (const key of trace.keyNumbers) counts[key] = (counts[key] ?? 0) + 1;
  let best = 0;
  for (let key = 1; key < counts.length; key += 1) if ((counts[key] ?? 0) > (counts[best] ?? 0)) best = key;
  return {key: trace.keys[best] ?? '', sharePercent: (100 * (counts[best] ?? 0)) / trace.rowCount};
}
function sum(values: Float64Array): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
/** Maxima of parts, so that no call has too many arguments. */
function chunkMaxima(values: Float64Array): readonly number[] {
  const out: number[] = [];
  for (let from = 0; from < values.length; from += 10_000) out.push(Math.max(...values.subarray(from, from + 10_000)));
  return out;
}
