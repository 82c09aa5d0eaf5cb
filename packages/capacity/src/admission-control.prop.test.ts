// Goal: routers together never use more than the table's tokens. Method: random schedules of use, asks, lost asks and
// answers, slow answers, and routers that die, with the sum of all that was used checked at every step.
import fc from 'fast-check';
import {AdmissionControl} from './admission-control.js';
import type {TokenLease} from './admission-control.js';
import {RouterShare} from './router-share.js';
import {toMilliRate} from './token-rate.js';

const LEASE_MS = 2_000;
const FALLBACK_MS = 20_000;
const step = fc.record({
  router: fc.integer({min: 0, max: 3}), afterMs: fc.integer({min: 0, max: 1_500}), use: fc.integer({min: 0, max: 80}),
  fate: fc.constantFrom('ok', 'ok', 'ok', 'ask-lost', 'answer-lost', 'answer-slow', 'restart'),
});

function share(router: string): RouterShare {
  return new RouterShare({router, leaseMs: LEASE_MS, fallbackMsMax: FALLBACK_MS, askMs: 500, firstWantHalfUnits: 20});
}
function control(rate: number, quietMs: number, nowMs: number): AdmissionControl {
  return new AdmissionControl({rate: toMilliRate(rate), sizeHalfUnits: rate, levelHalfUnits: quietMs > 0 ? 0 : rate, leaseMs: LEASE_MS, fallbackMsMax: FALLBACK_MS, quietMs}, nowMs);
}

test('what all routers use is never more than the bucket had and what came in', () => {
  fc.assert(fc.property(fc.integer({min: 1, max: 200}), fc.array(step, {maxLength: 150}), (rate, steps) => {
    const table = control(rate, 0, 0);
    const routers = [0, 1, 2, 3].map((i) => share(`r${i}`));
    let nowMs = 0;
    let used = 0;
    let lives = 4;
    let lostOwed = 0;
    const slow: {router: RouterShare; lease: TokenLease; askedAtMs: number; atMs: number}[] = [];
    for (const {router: i, afterMs, use, fate} of steps) {
      nowMs += afterMs;
      while (slow[0] !== undefined && slow[0].atMs <= nowMs) {
        const {router, lease, askedAtMs} = slow.shift() as (typeof slow)[number];
        router.granted(lease, askedAtMs, nowMs);
      }
      if (fate === 'restart') {
        lostOwed += (routers[i] as RouterShare).owedHalfUnits;
        routers[i] = share(`r${lives += 1}`);
        continue;
      }
      const router = routers[i] as RouterShare;
      if (router.isAskDue(nowMs)) {
        const ask = router.ask(nowMs);
        const lease = fate === 'ask-lost' ? undefined : table.ask(ask, nowMs);
        if (lease !== undefined && fate === 'ok') router.granted(lease, nowMs, nowMs);
        if (lease !== undefined && fate === 'answer-slow') slow.push({router, lease, askedAtMs: nowMs, atMs: nowMs + 300});
      }
      for (let n = 0; n < use; n += 1) {
        if (!router.take(1, nowMs)) continue;
        used += 1;
        // Now and then work costs more than was known, or nothing.
        if (n % 20 === 7) {
          router.charge(3, nowMs);
          used += 3;
        }
      }
      const owed = routers.reduce((sum, each) => sum + each.owedHalfUnits, lostOwed);
      expect(used).toBeLessThanOrEqual(rate + Math.floor((rate * nowMs) / 1000) + routers.length + owed);
    }
  }), {numRuns: 300});
});

test('shares of all routers never exceed the rate', () => {
  fc.assert(fc.property(fc.array(fc.record({router: fc.integer({min: 0, max: 5}), use: fc.integer({min: 0, max: 50})}), {maxLength: 80}), (steps) => {
    const table = control(100, 0, 0);
    const routers = [0, 1, 2, 3, 4, 5].map((i) => share(`r${i}`));
    let nowMs = 0;
    for (const {router: i, use} of steps) {
      nowMs += 120;
      const router = routers[i] as RouterShare;
      router.take(use, nowMs);
      if (router.isAskDue(nowMs)) router.granted(table.ask(router.ask(nowMs), nowMs) as TokenLease, nowMs, nowMs);
      expect(routers.reduce((sum, each) => sum + each.shareRate, 0)).toBeLessThanOrEqual(100_000);
    }
  }));
});

test('a router that nobody answers goes on with its last share, up to a bound', () => {
  const table = control(100, 0, 0);
  const router = share('r1');
  for (let nowMs = 0; nowMs <= 10_000; nowMs += 500) {
    for (let n = 0; n < 50; n += 1) router.take(1, nowMs);
    router.granted(table.ask(router.ask(nowMs), nowMs) as TokenLease, nowMs, nowMs);
  }
  expect(router.shareRate).toBe(100_000);
  let used = 0;
  // The lease of 10,000 ends at 12,000; the share goes on at once, and is counted against what follows.
  for (let nowMs = 12_000; nowMs < 14_000; nowMs += 100) while (router.take(1, nowMs)) used += 1;
  expect(used).toBeGreaterThan(150);
  expect(used).toBeLessThanOrEqual(200);
  for (let nowMs = 14_000; nowMs < 60_000; nowMs += 100) while (router.take(1, nowMs)) used += 1;
  expect(used).toBeGreaterThan(1_900);
  expect(used).toBeLessThanOrEqual(2_200);
});

test('the tokens follow the use', () => {
  const table = control(100, 0, 0);
  const [busy, idle] = [share('busy'), share('idle')];
  let used = 0;
  for (let nowMs = 0; nowMs < 60_000; nowMs += 500) {
    for (const router of [busy, idle]) if (router.isAskDue(nowMs)) router.granted(table.ask(router.ask(nowMs), nowMs) as TokenLease, nowMs, nowMs);
    if (nowMs >= 30_000) while (busy.take(1, nowMs)) used += 1;
  }
  // 30 s at 100 a second, less what the idle router holds and the last ask has not brought yet.
  expect(used).toBeGreaterThan(2_700);
});

test('after a restart nothing is given before routers had time to claim their shares', () => {
  const before = control(100, 0, 0);
  const router = share('r1');
  router.take(50, 0);
  router.granted(before.ask(router.ask(0), 0) as TokenLease, 0, 0);
  const after = control(100, 4_000, 1_000);
  expect(after.ask(router.ask(1_000), 1_000)).toMatchObject({halfUnits: 0, shareRate: router.shareRate});
  expect(after.availableHalfUnits(4_999)).toBe(0);
});

test('before its first lease a router uses no more than it is told to, and owes it', () => {
  const router = new RouterShare({router: 'r1', leaseMs: LEASE_MS, fallbackMsMax: FALLBACK_MS, askMs: 500, firstWantHalfUnits: 20, firstRate: 10_000});
  let used = 0;
  for (let nowMs = 0; nowMs <= 1_000; nowMs += 50) while (router.take(1, nowMs)) used += 1;
  expect(used).toBe(20);
  const table = control(100, 0, 1_000);
  router.granted(table.ask(router.ask(1_000), 1_000) as TokenLease, 1_000, 1_000);
  expect(router.owedHalfUnits).toBe(0);
  expect(router.tokensHalfUnits(1_000)).toBe(20);
});

test('what work cost more is paid from the next lease, and what it cost less is there again', () => {
  const router = share('r1');
  router.granted({lease: 1, halfUnits: 10, shareRate: 1_000, leaseMs: LEASE_MS}, router.ask(0) && 0, 0);
  expect(router.take(8, 0)).toBe(true);
  router.giveBack(3, 0);
  expect(router.tokensHalfUnits(0)).toBe(5);
  router.charge(9, 0);
  expect([router.tokensHalfUnits(0), router.owedHalfUnits]).toEqual([0, 4]);
  router.ask(500);
  router.granted({lease: 2, halfUnits: 10, shareRate: 1_000, leaseMs: LEASE_MS}, 500, 500);
  expect([router.tokensHalfUnits(500), router.owedHalfUnits]).toEqual([6, 0]);
});

test('through a change of the control plane and its silence routers give no more than the table has, and never stop for good', () => {
  fc.assert(fc.property(fc.integer({min: 2_000, max: 9_000}), fc.integer({min: 0, max: 15_000}), fc.integer({min: 1, max: 40}), (restartAtMs, silentMs, use) => {
    const rate = 90;
    let table = control(rate, 0, 0);
    const routers = [0, 1, 2].map((i) => share(`r${i}`));
    let used = 0;
    let usedLate = 0;
    let isRestarted = false;
    for (let nowMs = 0; nowMs < 40_000; nowMs += 100) {
      const isSilent = nowMs >= restartAtMs && nowMs < restartAtMs + silentMs;
      if (!isRestarted && nowMs >= restartAtMs + silentMs) {
        isRestarted = true;
        table = control(rate, LEASE_MS, nowMs);
      }
      for (const router of routers) {
        if (router.isAskDue(nowMs)) {
          const ask = router.ask(nowMs);
          const isQuiet = table.isQuiet(nowMs);
          const lease = isSilent ? undefined : table.ask(ask, nowMs);
          if (lease !== undefined && !isQuiet) router.granted(lease, nowMs, nowMs);
        }
        for (let n = 0; n < use; n += 1) {
          if (!router.take(1, nowMs)) continue;
          used += 1;
          if (nowMs >= 35_000) usedLate += 1;
        }
      }
      const had = rate + Math.floor((rate * nowMs) / 1_000) + routers.length + routers.reduce((sum, each) => sum + each.owedHalfUnits, 0);
      if (used > had) throw new Error(`${used} used of ${had} after ${nowMs} ms`);
    }
    expect(usedLate).toBeGreaterThan(0);
  }), {numRuns: 60});
});
