// Goal: what a partition lets through is bounded in every second and over every span. Method: random schedules.
import fc from 'fast-check';
import {CeilingWindow} from './ceiling-window.js';
import {PartitionAdmission} from './partition-admission.js';
import {ShareBucket} from './share-bucket.js';
import {TokenBucket} from './token-bucket.js';
import {unitsToMilliRate} from './token-rate.js';

const schedule = fc.array(fc.record({afterMs: fc.integer({min: 0, max: 700}), halfUnits: fc.integer({min: 1, max: 120})}), {maxLength: 120});

test('no second, wherever it begins, sees more than the ceiling; and nothing is refused that had room', () => {
  fc.assert(fc.property(fc.integer({min: 120, max: 400}), schedule, (ceiling, steps) => {
    const window = new CeilingWindow(ceiling, 0);
    const passed: {atMs: number; halfUnits: number}[] = [];
    let nowMs = 0;
    for (const {afterMs, halfUnits} of steps) {
      nowMs += afterMs;
      const inWindow = passed.filter(({atMs}) => atMs > nowMs - 1000).reduce((sum, each) => sum + each.halfUnits, 0);
      expect(window.passedHalfUnits(nowMs)).toBe(inWindow);
      expect(window.hasRoom(halfUnits, nowMs)).toBe(inWindow + halfUnits <= ceiling);
      if (inWindow + halfUnits > ceiling) {
        const atMs = window.firstPossibleAtMs(halfUnits, nowMs);
        const thenIn = (ms: number): number => passed.filter((each) => each.atMs > ms - 1000).reduce((sum, each) => sum + each.halfUnits, 0);
        expect(thenIn(atMs) + halfUnits).toBeLessThanOrEqual(ceiling);
        expect(thenIn(atMs - 1) + halfUnits).toBeGreaterThan(ceiling);
        continue;
      }
      window.pass(halfUnits);
      passed.push({atMs: nowMs, halfUnits});
    }
  }));
});

test('a request above the ceiling passes alone and closes the partition until it is paid for', () => {
  const window = new CeilingWindow(100, 0);
  expect(window.hasRoom(250, 0)).toBe(true);
  window.pass(250);
  expect(window.hasRoom(1, 2_499)).toBe(false);
  expect(window.firstPossibleAtMs(1, 10)).toBe(2_500);
  expect(window.hasRoom(1, 2_500)).toBe(true);
});

test('over any time a partition accepts at most its first second and what came in, and all of that when it is asked for', () => {
  fc.assert(fc.property(fc.integer({min: 60, max: 500}), schedule, (units, steps) => {
    const admission = new PartitionAdmission({resource: 'Table'}, {read: undefined, write: {rate: unitsToMilliRate(units), cause: 'ProvisionedThroughputExceeded'}}, 0);
    let nowMs = 0;
    let accepted = 0;
    for (const {afterMs, halfUnits} of steps) {
      nowMs += afterMs;
      const then = admission.levels(nowMs).write;
      const decision = admission.admitWrite(halfUnits, nowMs);
      if (decision.kind === 'ok') accepted += halfUnits;
      else {
        expect(decision.record.bucket === 'ceiling' || then.allocatedHalfUnits + then.burstHalfUnits < halfUnits).toBe(true);
        expect(decision.record.firstPossibleAtMs).toBeGreaterThan(nowMs);
      }
      expect(accepted).toBeLessThanOrEqual(Math.floor((units * 2 * (1000 + nowMs)) / 1000));
    }
  }));
});

test('equal inputs give equal decisions', () => {
  fc.assert(fc.property(schedule, (steps) => {
    const run = (): string => {
      const admission = new PartitionAdmission({resource: 'Index'}, {read: {rate: unitsToMilliRate(5), cause: 'ProvisionedThroughputExceeded'}, write: undefined}, 0);
      let nowMs = 0;
      return JSON.stringify(steps.map(({afterMs, halfUnits}) => admission.admitRead(halfUnits, (nowMs += afterMs))));
    };
    expect(run()).toBe(run());
  }));
});

test('under a clock that stands, exactly the tokens are accepted', () => {
  const admission = new PartitionAdmission({resource: 'Table'}, {read: undefined, write: {rate: unitsToMilliRate(10), cause: 'ProvisionedThroughputExceeded'}}, 0);
  expect(admission.levels(30_000).write).toEqual({allocatedHalfUnits: 20, burstHalfUnits: 600, debtHalfUnits: 0});
  let accepted = 0;
  while (admission.admitWrite(2, 30_000).kind === 'ok') accepted += 2;
  expect(accepted).toBe(620);
  expect(admission.log.records()).toEqual([{
    reason: 'TableWriteProvisionedThroughputExceeded', bucket: 'share', tokensThenHalfUnits: 0, tokensAskedHalfUnits: 2, atMs: 30_000, firstPossibleAtMs: 30_100,
  }]);
});

test('the ceiling holds whatever the share is, and is a reason of its own', () => {
  const admission = new PartitionAdmission({resource: 'Table'}, {read: {rate: unitsToMilliRate(40_000), cause: 'ProvisionedThroughputExceeded'}, write: undefined}, 0);
  let accepted = 0;
  for (let i = 0; i < 7_000; i += 1) if (admission.admitRead(1, 100_000).kind === 'ok') accepted += 1;
  expect(accepted).toBe(6_000);
  expect(admission.log.records().at(-1)).toMatchObject({reason: 'TableReadKeyRangeThroughputExceeded', bucket: 'ceiling', tokensThenHalfUnits: 0, firstPossibleAtMs: 101_000});
  expect(admission.log.totalCount).toBe(1_000);
  expect(admission.log.records()).toHaveLength(128);
});

test('burst needs tokens of the node, allocated capacity does not', () => {
  const nodeWrite = new TokenBucket({rate: 0, sizeHalfUnits: 30}, 0);
  const admission = new PartitionAdmission({resource: 'Table', nodeWrite}, {read: undefined, write: {rate: unitsToMilliRate(10), cause: 'ProvisionedThroughputExceeded'}}, 0);
  let accepted = 0;
  while (admission.admitWrite(2, 60_000).kind === 'ok') accepted += 2;
  expect(accepted).toBe(20 + 30);
  expect(admission.log.records().at(-1)).toMatchObject({bucket: 'node', tokensThenHalfUnits: 0});
});

test('without burst only the second that is allocated is kept', () => {
  const admission = new PartitionAdmission({resource: 'Table', burstSeconds: 0}, {read: {rate: unitsToMilliRate(10), cause: 'ProvisionedThroughputExceeded'}, write: undefined}, 0);
  let accepted = 0;
  while (admission.admitRead(1, 500_000).kind === 'ok') accepted += 1;
  expect(accepted).toBe(20);
});

test('a page begins when the least it may cost is there, and what it cost more is owed', () => {
  const admission = new PartitionAdmission({resource: 'Table', burstSeconds: 0}, {read: {rate: unitsToMilliRate(10), cause: 'ProvisionedThroughputExceeded'}, write: undefined}, 0);
  expect(admission.canBeginPage(1, 0).kind).toBe('ok');
  admission.chargePage(60, 0);
  expect(admission.levels(0).read).toEqual({allocatedHalfUnits: 0, burstHalfUnits: 0, debtHalfUnits: 40});
  expect(admission.canBeginPage(1, 2_000).kind).toBe('throttled');
  expect(admission.canBeginPage(1, 2_050).kind).toBe('ok');
  expect(admission.drainLoad()).toEqual({readHalfUnits: 60, writeHalfUnits: 0});
});

test('a share that is switched off and on again starts empty', () => {
  const shares = {read: {rate: unitsToMilliRate(10), cause: 'ProvisionedThroughputExceeded'} as const, write: undefined};
  const admission = new PartitionAdmission({resource: 'Table'}, shares, 0);
  admission.setShares({read: undefined, write: undefined}, 300_000);
  admission.setShares(shares, 300_000);
  expect(admission.admitRead(1, 300_000).kind).toBe('throttled');
});

test('a lower rate cuts what was kept of the higher one', () => {
  const share = new ShareBucket(unitsToMilliRate(100), 300, 0);
  share.availableHalfUnits(1_000_000);
  share.setRate(unitsToMilliRate(1), 1_000_000);
  expect(share.levels(1_000_000)).toEqual({allocatedHalfUnits: 2, burstHalfUnits: 600, debtHalfUnits: 0});
});
