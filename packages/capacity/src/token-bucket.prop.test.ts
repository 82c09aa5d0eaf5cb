// Goal: buckets neither drift nor leak. Method: random schedules beside a judge that counts in big integers.
import fc from 'fast-check';
import {ShareBucket} from './share-bucket.js';
import {TokenBucket} from './token-bucket.js';
import {evenShare, unitsToMilliRate} from './token-rate.js';

const GRAINS = 1_000_000n;
const schedule = fc.array(fc.record({afterMs: fc.integer({min: 0, max: 5_000}), halfUnits: fc.integer({min: 1, max: 300})}), {maxLength: 60});

test('a bucket accepts exactly what a judge in big integers accepts, and never leaves 0..size', () => {
  fc.assert(fc.property(fc.integer({min: 0, max: 2_000_000}), fc.integer({min: 0, max: 1_000}), schedule, (rate, sizeHalfUnits, steps) => {
    const bucket = new TokenBucket({rate, sizeHalfUnits}, 0);
    const size = BigInt(sizeHalfUnits) * GRAINS;
    let level = size;
    let debt = 0n;
    let nowMs = 0;
    for (const {afterMs, halfUnits} of steps) {
      nowMs += afterMs;
      let gain = BigInt(rate) * BigInt(afterMs);
      const paid = gain < debt ? gain : debt;
      debt -= paid;
      gain -= paid;
      level = level + gain > size ? size : level + gain;
      const asked = BigInt(halfUnits) * GRAINS;
      const passes = level >= asked || (asked > size && level === size && debt === 0n && size > 0n);
      expect(bucket.tryTake(halfUnits, nowMs)).toBe(passes);
      if (passes) {
        if (asked > level) debt += asked - level;
        level = level > asked ? level - asked : 0n;
      }
      expect(bucket.availableHalfUnits(nowMs)).toBe(Number(level / GRAINS));
      expect(bucket.availableHalfUnits(nowMs)).toBeLessThanOrEqual(sizeHalfUnits);
    }
  }));
});

test('time in one step or in many brings the same', () => {
  fc.assert(fc.property(fc.integer({min: 0, max: 8_000_000}), fc.array(fc.integer({min: 0, max: 40_000}), {maxLength: 40}), fc.integer({min: 0, max: 5_000}), (rate, stepsMs, halfUnits) => {
    const many = new ShareBucket(rate, 300, 0);
    const one = new ShareBucket(rate, 300, 0);
    many.charge(halfUnits, 0);
    one.charge(halfUnits, 0);
    let nowMs = 0;
    for (const stepMs of stepsMs) {
      nowMs += stepMs;
      many.availableHalfUnits(nowMs);
    }
    expect(many.levels(nowMs)).toEqual(one.levels(nowMs));
  }));
});

test('the instant it names is the first at which the same request passes', () => {
  fc.assert(fc.property(fc.integer({min: 1, max: 100_000}), fc.integer({min: 1, max: 50}), fc.integer({min: 1, max: 50}), (rate, sizeHalfUnits, halfUnits) => {
    const made = (): TokenBucket => new TokenBucket({rate, sizeHalfUnits, levelHalfUnits: 0}, 0);
    const atMs = made().firstPossibleAtMs(halfUnits, 0);
    expect(made().holds(halfUnits, atMs)).toBe(true);
    if (atMs > 0) expect(made().holds(halfUnits, atMs - 1)).toBe(false);
  }));
});

test('even shares add up to the rate', () => {
  fc.assert(fc.property(fc.integer({min: 0, max: 2 ** 45}), fc.integer({min: 1, max: 200}), (rate, count) => {
    let sum = 0;
    for (let i = 0; i < count; i += 1) sum += evenShare(rate, i, count);
    expect(sum).toBe(rate);
  }));
});

describe('a share', () => {
  it('keeps 300 seconds of what was not used: 150 units a second leave 45,000', () => {
    const share = new ShareBucket(unitsToMilliRate(150), 300, 0);
    expect(share.levels(0)).toEqual({allocatedHalfUnits: 300, burstHalfUnits: 0, debtHalfUnits: 0});
    expect(share.levels(300_000)).toEqual({allocatedHalfUnits: 300, burstHalfUnits: 90_000, debtHalfUnits: 0});
    expect(share.levels(10_000_000).burstHalfUnits).toBe(90_000);
  });
  it('lasts 900 seconds at 200 units a second after that', () => {
    const share = new ShareBucket(unitsToMilliRate(150), 300, 0);
    share.availableHalfUnits(300_000);
    let seconds = 0;
    while (share.holds(400, 300_000 + seconds * 1000)) {
      share.take(400);
      seconds += 1;
    }
    expect(seconds).toBe(900);
  });
  it('takes allocated tokens first', () => {
    const share = new ShareBucket(unitsToMilliRate(100), 300, 0);
    share.availableHalfUnits(5_000);
    expect(share.burstPartHalfUnits(250)).toBe(50);
    share.take(250);
    expect(share.levels(5_000)).toEqual({allocatedHalfUnits: 0, burstHalfUnits: 950, debtHalfUnits: 0});
  });
  it('lets one request pass that is larger than all it can hold, and nothing more until that is paid', () => {
    const share = new ShareBucket(unitsToMilliRate(1), 0, 0);
    expect(share.holds(10, 0)).toBe(true);
    share.take(10);
    expect(share.levels(0)).toEqual({allocatedHalfUnits: 0, burstHalfUnits: 0, debtHalfUnits: 8});
    expect(share.firstPossibleAtMs(1, 0)).toBe(4_500);
    expect(share.holds(1, 4_499)).toBe(false);
    expect(share.holds(1, 4_500)).toBe(true);
  });
  it('of nothing lets nothing pass', () => {
    const share = new ShareBucket(0, 300, 0);
    expect(share.holds(1, 1_000_000)).toBe(false);
    expect(share.firstPossibleAtMs(1, 0)).toBe(Number.POSITIVE_INFINITY);
  });
});
