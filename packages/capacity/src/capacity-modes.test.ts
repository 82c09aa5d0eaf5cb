// Sharing modes, growth on demand, changes of throughput and scaling: the documented numbers.
import fc from 'fast-check';
import {adaptiveShares} from './adaptive-shares.js';
import {AutoScaling, SCALING_DEFAULTS} from './auto-scaling.js';
import {ON_DEMAND_WRITE_UNITS_START, OnDemandPeaks, onDemandStartAfterSwitch} from './on-demand.js';
import {NO_DECREASES, decreased, decreasesToday, judgeSwitchToOnDemand, judgeThroughputChanges, mayDecrease} from './throughput-changes.js';
import {unitsToMilliRate} from './token-rate.js';
import {THROTTLING_REASONS, ThrottleLog} from './throttle.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const MINUTE_MS = 60_000;

describe('adaptive sharing', () => {
  const demandsOf = (...units: number[]): {partition: number; askedHalfUnits: number}[] => units.map((each, partition) => ({partition, askedHalfUnits: each * 2}));
  it('lets one of four partitions do 150 when the others do 50 of 400', () => {
    const shares = adaptiveShares(unitsToMilliRate(400), demandsOf(50, 50, 50, 150), 1_000);
    expect(shares[3]).toBeGreaterThanOrEqual(unitsToMilliRate(150));
    for (const share of shares.slice(0, 3)) expect(share).toBeGreaterThanOrEqual(unitsToMilliRate(50));
    expect(shares.reduce((sum, share) => sum + share)).toBe(unitsToMilliRate(400));
  });
  it('takes the boost back when nobody needs it', () => {
    expect(adaptiveShares(unitsToMilliRate(400), demandsOf(50, 50, 50, 60), 1_000)).toEqual([200_000, 200_000, 200_000, 200_000]);
  });
  it('never gives more than the table has, nor anybody less than nothing', () => {
    fc.assert(fc.property(fc.integer({min: 1, max: 100_000}), fc.array(fc.integer({min: 0, max: 50_000}), {minLength: 1, maxLength: 40}), (units, asked) => {
      const shares = adaptiveShares(unitsToMilliRate(units), asked.map((askedHalfUnits, partition) => ({partition, askedHalfUnits})), 1_000);
      expect(shares.reduce((sum, share) => sum + share)).toBe(unitsToMilliRate(units));
      for (const share of shares) expect(share).toBeGreaterThanOrEqual(0);
    }));
  });
});

describe('on demand', () => {
  const minuteAt = (peaks: OnDemandPeaks, minute: number, unitsPerSecond: number): void => peaks.used(unitsPerSecond * 2 * 60, minute * MINUTE_MS);
  it('starts with 4,000 writes and doubles with each half hour at its limit', () => {
    const peaks = new OnDemandPeaks({startUnits: ON_DEMAND_WRITE_UNITS_START}, 0);
    expect(peaks.limit(0)).toEqual({unitsPerSecond: 4_000, cause: 'KeyRangeThroughputExceeded'});
    for (let minute = 0; minute < 30; minute += 1) minuteAt(peaks, minute, 4_000);
    expect(peaks.limit(29 * MINUTE_MS).unitsPerSecond).toBe(4_000);
    expect(peaks.limit(30 * MINUTE_MS).unitsPerSecond).toBe(8_000);
    for (let minute = 30; minute < 60; minute += 1) minuteAt(peaks, minute, 8_000);
    expect(peaks.limit(59 * MINUTE_MS).unitsPerSecond).toBe(8_000);
    expect(peaks.limit(60 * MINUTE_MS).unitsPerSecond).toBe(16_000);
  });
  it('keeps its peak for ever, also over a long silence', () => {
    const peaks = new OnDemandPeaks({startUnits: 4_000}, 0);
    minuteAt(peaks, 7, 5_000);
    expect(peaks.limit(2_000 * MINUTE_MS).unitsPerSecond).toBe(10_000);
    expect(peaks.limit(9_000 * MINUTE_MS).unitsPerSecond).toBe(10_000);
  });
  it('is bounded by its maximum and by the quota of a table, each a reason of its own', () => {
    const peaks = new OnDemandPeaks({startUnits: 4_000, warmUnits: 60_000}, 0);
    expect(peaks.limit(0)).toEqual({unitsPerSecond: 40_000, cause: 'AccountLimitExceeded'});
    peaks.configure({maximumUnits: 100});
    expect(peaks.limit(0)).toEqual({unitsPerSecond: 100, cause: 'MaxOnDemandThroughputExceeded'});
    peaks.configure({warmUnits: 5, quotaUnits: 100_000});
    expect(peaks.limit(0).unitsPerSecond).toBe(60_000);
  });
  it('starts after a switch from the highest it could do', () => {
    expect(onDemandStartAfterSwitch({read: 50, write: 9_000}, {read: 13_000, write: 1})).toEqual({read: 13_000, write: 9_000});
  });
});

describe('decreases of throughput', () => {
  it('are 4 in the first hour, then one an hour, 27 a day', () => {
    let history = NO_DECREASES;
    let count = 0;
    for (let atMs = 5 * DAY_MS; atMs < 6 * DAY_MS; atMs += MINUTE_MS) {
      if (!mayDecrease(history, atMs)) continue;
      history = decreased(history, atMs);
      count += 1;
    }
    expect(count).toBe(27);
    expect(decreasesToday(history, 6 * DAY_MS - 1)).toBe(27);
    expect(decreasesToday(history, 6 * DAY_MS)).toBe(0);
    expect(mayDecrease(history, 6 * DAY_MS)).toBe(true);
  });
  it('of one request are taken all or none', () => {
    const used = [0, 1, 2, 3].reduce((history, minute) => decreased(history, minute * MINUTE_MS), NO_DECREASES);
    const lower = {from: {read: 5, write: 5}, to: {read: 4, write: 9}};
    const raise = {from: {read: 5, write: 5}, to: {read: 6, write: 5}};
    expect(judgeThroughputChanges([{history: used, ...raise}, {history: NO_DECREASES, ...lower}], 10 * MINUTE_MS)?.map(({count}) => count)).toEqual([4, 1]);
    expect(judgeThroughputChanges([{history: NO_DECREASES, ...lower}, {history: used, ...lower}], 10 * MINUTE_MS)).toBeUndefined();
  });
  it('and switches to on-demand have a bound of four in any day', () => {
    let switches: readonly number[] | undefined = [];
    for (let i = 0; i < 4; i += 1) switches = judgeSwitchToOnDemand(switches ?? [], i * HOUR_MS);
    expect(judgeSwitchToOnDemand(switches ?? [], 5 * HOUR_MS)).toBeUndefined();
    expect(judgeSwitchToOnDemand(switches ?? [], DAY_MS)).toEqual([HOUR_MS, 2 * HOUR_MS, 3 * HOUR_MS, DAY_MS]);
  });
});

describe('auto scaling', () => {
  const run = (scaling: AutoScaling, provisionedUnits: number, uses: readonly number[], fromMinute = 0): unknown[] =>
    uses.map((consumedUnitsPerSecond, i) => scaling.point({consumedUnitsPerSecond, provisionedUnits, atMs: (fromMinute + i) * MINUTE_MS})).filter(({kind}) => kind !== 'hold');
  it('goes out after two minutes over the target, to what brings use to the target', () => {
    expect(run(new AutoScaling(SCALING_DEFAULTS), 100, [90])).toEqual([]);
    expect(run(new AutoScaling(SCALING_DEFAULTS), 100, [90, 10, 90])).toEqual([]);
    expect(run(new AutoScaling(SCALING_DEFAULTS), 100, [90, 91])).toEqual([{kind: 'out', units: 130}]);
  });
  it('comes in after fifteen minutes under it, to what the highest of them needs', () => {
    expect(run(new AutoScaling(SCALING_DEFAULTS), 100, Array.from({length: 14}, () => 7))).toEqual([]);
    expect(run(new AutoScaling(SCALING_DEFAULTS), 100, [14, ...Array.from({length: 14}, () => 7)])).toEqual([{kind: 'in', units: 20}]);
    expect(run(new AutoScaling({...SCALING_DEFAULTS, isScaleInDisabled: true}), 100, Array.from({length: 20}, () => 7))).toEqual([]);
  });
  it('stays within its bounds and waits out its cooldowns', () => {
    expect(run(new AutoScaling({...SCALING_DEFAULTS, unitsMax: 110}), 100, [99, 99])).toEqual([{kind: 'out', units: 110}]);
    expect(run(new AutoScaling(SCALING_DEFAULTS), 3, [0])).toEqual([{kind: 'out', units: 5}]);
    const scaling = new AutoScaling({...SCALING_DEFAULTS, scaleOutCooldownMs: 10 * MINUTE_MS});
    expect(run(scaling, 100, [90, 90])).toHaveLength(1);
    expect(run(scaling, 100, [90, 90, 90], 2)).toEqual([]);
    expect(run(scaling, 100, [90, 90], 12)).toHaveLength(1);
  });
});

test('there are sixteen reasons, and a log of throttles keeps the newest', () => {
  expect(new Set(THROTTLING_REASONS).size).toBe(16);
  const log = new ThrottleLog(3);
  for (let atMs = 0; atMs < 5; atMs += 1) log.add({reason: 'TableReadAccountLimitExceeded', bucket: 'account', tokensThenHalfUnits: 0, tokensAskedHalfUnits: 1, atMs, firstPossibleAtMs: 9});
  expect(log.records().map(({atMs}) => atMs)).toEqual([2, 3, 4]);
  expect(log.totalCount).toBe(5);
});
