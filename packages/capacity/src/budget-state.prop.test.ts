// Goal: a new leader never gives tokens its predecessor may have spent. Method: leaders one after the other on one timeline;
// each tells its state every so often, and goes away at any moment after.
import {DecodeError} from '@murmuration/base';
import fc from 'fast-check';
import {NO_BUDGET, decodeBudgetState, encodeBudgetState, levelsOfNewLeader, nextBudgetState} from './budget-state.js';
import type {BudgetState} from './budget-state.js';
import {PartitionAdmission} from './partition-admission.js';
import {unitsToMilliRate} from './token-rate.js';

const CEILING_HALF_UNITS = 400;
const LOOK_MS = 50;
const MARGIN_HALF_UNITS = 40;
const access = fc.record({floorHalfUnits: fc.nat(), debtHalfUnits: fc.nat()});

test('a state comes back from its bytes, and is refused when it is cut short', () => {
  fc.assert(fc.property(access, access, fc.nat(), (read, write, at) => {
    const bytes = encodeBudgetState({read, write});
    expect(decodeBudgetState(bytes)).toEqual({read, write});
    expect(() => decodeBudgetState(bytes.subarray(0, at % bytes.length))).toThrow(DecodeError);
  }));
});

const units = 10;
const shares = {read: undefined, write: {rate: unitsToMilliRate(units), cause: 'ProvisionedThroughputExceeded'} as const};
const options = {resource: 'Table', writeCeilingHalfUnits: CEILING_HALF_UNITS} as const;
function look(leader: PartitionAdmission, told: BudgetState, nowMs: number): BudgetState | undefined {
  const {readHalfUnits, writeHalfUnits} = leader.burstSizes;
  return nextBudgetState(told, leader.levels(nowMs), {
    readSizeHalfUnits: readHalfUnits, writeSizeHalfUnits: writeHalfUnits, readMarginHalfUnits: MARGIN_HALF_UNITS, writeMarginHalfUnits: MARGIN_HALF_UNITS,
  });
}

test('leaders one after the other accept no more than one leader could', () => {
  const life = fc.record({quietMs: fc.integer({min: 0, max: 30_000}), drainMs: fc.integer({min: 0, max: 8_000}), askedPerLook: fc.integer({min: 0, max: 30})});
  fc.assert(fc.property(fc.array(life, {minLength: 1, maxLength: 6}), (lives) => {
    let leader = new PartitionAdmission(options, shares, 0);
    let told = NO_BUDGET;
    let nowMs = 0;
    let accepted = 0;
    for (const {quietMs, drainMs, askedPerLook} of lives) {
      const untilMs = nowMs + quietMs + drainMs;
      const drainFromMs = nowMs + quietMs;
      for (; nowMs <= untilMs; nowMs += LOOK_MS) {
        for (let i = 0; nowMs >= drainFromMs && i < askedPerLook; i += 1) if (leader.admitWrite(2, nowMs).kind === 'ok') accepted += 2;
        told = look(leader, told, nowMs) ?? told;
        // Called often: a plain comparison, and the matcher only to tell.
        if (told.write.floorHalfUnits > leader.levels(nowMs).write.burstHalfUnits) expect(told.write.floorHalfUnits).toBeLessThanOrEqual(leader.levels(nowMs).write.burstHalfUnits);
        if (accepted > (units * 2 * (1_000 + nowMs)) / 1_000) expect(accepted).toBeLessThanOrEqual((units * 2 * (1_000 + nowMs)) / 1_000);
      }
      leader = new PartitionAdmission(options, shares, nowMs, levelsOfNewLeader(told));
    }
  }), {numRuns: 20});
});

test('where nothing is asked a few states are told while burst fills, and none after', () => {
  const leader = new PartitionAdmission(options, shares, 0);
  let told = NO_BUDGET;
  let toldCount = 0;
  for (let nowMs = 0; nowMs <= 600_000; nowMs += LOOK_MS) {
    const next = look(leader, told, nowMs);
    if (next === undefined) continue;
    told = next;
    toldCount += 1;
    expect(nowMs).toBeLessThanOrEqual(301_000);
  }
  expect(toldCount).toBeLessThanOrEqual(10);
  // 300 s of 20 half units, less one step.
  expect(told.write.floorHalfUnits).toBe(6_000 - 600);
});

test('a debt is told when it comes and when it is over', () => {
  const leader = new PartitionAdmission({resource: 'Table', burstSeconds: 0}, {read: {rate: unitsToMilliRate(1), cause: 'ProvisionedThroughputExceeded'}, write: undefined}, 0);
  leader.chargePage(10, 0);
  const told = look(leader, NO_BUDGET, 0);
  expect(told).toEqual({...NO_BUDGET, read: {floorHalfUnits: 0, debtHalfUnits: 8}});
  expect(levelsOfNewLeader(told ?? NO_BUDGET).read).toEqual({allocatedHalfUnits: 0, burstHalfUnits: 0, debtHalfUnits: 8});
  expect(look(leader, told ?? NO_BUDGET, 1_000)).toBeUndefined();
  expect(look(leader, told ?? NO_BUDGET, 4_000)).toEqual(NO_BUDGET);
});
