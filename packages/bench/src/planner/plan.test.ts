// Goal: a plan says what the rules would have done with a trace. Method: traces whose outcome is known by hand.
import {parseTrace} from '../workloads/trace.js';
import type {Trace} from '../workloads/trace.js';
import {planTrace} from './plan.js';
import type {PlanReport, PlanResult} from './plan.js';
import {readPriceList} from './price-list.js';

/** @param rates requests a second, by second; puts of 1 KB to keys in turn */
function traceOf(rates: readonly number[], operation = 'put', keyCount = 500): Trace {
  const rows = rates.flatMap((rate, second) => Array.from({length: rate}, (_, i) => `${second + i / rate},${operation},k${(second * 7 + i) % keyCount},1000`));
  return parseTrace(`time,op,key,size\n${rows.join('\n')}\n`);
}
const repeat = (count: number, rate: number): number[] => Array.from({length: count}, () => rate);
const find = (report: PlanReport, plan: string): PlanResult => report.results.find((result) => result.plan.startsWith(plan))!;
const PRICES = readPriceList('{"source":"test","currency":"X","provisionedReadUnitHour":1,"provisionedWriteUnitHour":2,"onDemandMillionReads":3,"onDemandMillionWrites":10}');

test('an even load of 10 writes a second needs 10 units, uses them wholly, and costs what they cost', () => {
  const report = planTrace(traceOf(repeat(120, 10)), {targetPercent: 70, fixed: undefined, prices: PRICES});
  expect(report).toMatchObject({requestCount: 1200, seconds: 120, meanWriteUnits: 10, peakWriteUnits: 10, overItemCeiling: 0});
  const enough = find(report, 'provisioned, no throttle');
  expect(enough).toMatchObject({settings: '1 RCU, 10 WCU', throttledWrites: 0, throttledPercent: 0});
  expect(enough.writeUtilisationPercent).toBeCloseTo(100);
  // 10 units at 2 an hour and 1 at 1 an hour, 730 hours.
  expect(enough.monthlyBill).toBeCloseTo(730 * 21);
  // 10 a second for 730 hours at 10 a million.
  expect(find(report, 'on-demand').monthlyBill).toBeCloseTo(730 * 3600 * 10 * 10 / 1e6);
});

test('what burst carries needs no units of its own', () => {
  const report = planTrace(traceOf([...repeat(299, 0), 1, ...repeat(1, 100)]), {targetPercent: 70, fixed: {readUnits: 1, writeUnits: 1}, prices: undefined});
  expect(report.peakWriteUnits).toBe(100);
  expect(Number(/(\d+) WCU/.exec(find(report, 'provisioned, no throttle').settings)![1])).toBeLessThan(100);
  expect(find(report, 'provisioned as given').monthlyBill).toBeUndefined();
});

test('half of the rate throttles half of the load once burst is gone', () => {
  const report = planTrace(traceOf(repeat(100, 40)), {targetPercent: 70, fixed: {readUnits: 1, writeUnits: 20}, prices: undefined});
  const half = find(report, 'provisioned as given');
  expect(half.throttledWrites).toBeGreaterThanOrEqual(1970);
  expect(half.throttledWrites).toBeLessThanOrEqual(2000);
  expect(half.throttledSecondsMax).toBeGreaterThan(90);
});

test('auto scaling follows a load that grows, after its two minutes and its delay', () => {
  const report = planTrace(traceOf([...repeat(300, 10), ...repeat(900, 40)]), {targetPercent: 70, fixed: undefined, prices: PRICES});
  const scaled = find(report, 'auto-scaled');
  const fixedMean = find(report, 'provisioned, mean');
  expect(scaled.throttledWrites).toBeLessThanOrEqual(fixedMean.throttledWrites);
  expect(scaled.settings).not.toMatch(/^(\d+) to \1 /);
  expect(scaled.monthlyBill).toBeGreaterThan(0);
});

test('a new on-demand table takes 4,000 writes a second and not 5,000; an item takes 1,000 whatever the table is', () => {
  const onDemand = find(planTrace(traceOf(repeat(4, 5000), 'put', 5000)), 'on-demand');
  // The bucket of the first second is full.
  expect(onDemand.throttledWrites).toBeGreaterThan(0);
  expect(onDemand.throttledWrites).toBeLessThanOrEqual(1000);
  expect(find(planTrace(traceOf(repeat(4, 4000), 'put', 5000)), 'on-demand').throttledWrites).toBe(0);
  const hot = planTrace(traceOf(repeat(3, 1500), 'put', 1));
  expect(hot.overItemCeiling).toBe(1500);
  expect(hot.hottestKey).toEqual({key: 'k0', sharePercent: 100});
});

test.each(['{}', '{"source":"x","currency":"X"}', 'x'])('prices %s are refused', (text) => expect(() => readPriceList(text)).toThrow('prices'));
