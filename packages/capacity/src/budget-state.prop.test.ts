// Goal: a new leader never gives tokens its predecessor may have spent. Method: leaders one after the other on one timeline.
import {DecodeError} from '@murmuration/base';
import fc from 'fast-check';
import {decodeBudgetState, encodeBudgetState, levelsOfNewLeader} from './budget-state.js';
import {PartitionAdmission} from './partition-admission.js';
import {unitsToMilliRate} from './token-rate.js';

const CEILINGS = {readHalfUnits: 40, writeHalfUnits: 40};
const level = fc.record({allocatedHalfUnits: fc.nat(), burstHalfUnits: fc.nat(), debtHalfUnits: fc.nat()});

test('a state comes back from its bytes, and is refused when it is cut short', () => {
  fc.assert(fc.property(fc.nat(), level, level, fc.nat(), (wallMs, read, write, at) => {
    const state = {wallMs, levels: {read, write}};
    const bytes = encodeBudgetState(state);
    expect(decodeBudgetState(bytes)).toEqual(state);
    expect(() => decodeBudgetState(bytes.subarray(0, at % bytes.length))).toThrow(DecodeError);
  }));
});

test('leaders one after the other accept no more than one leader could', () => {
  const life = fc.record({
    quietMs: fc.integer({min: 0, max: 60_000}), toldAfterMs: fc.integer({min: 0, max: 4_000}), endsAfterMs: fc.integer({min: 0, max: 4_000}),
    clockErrorMs: fc.integer({min: -500, max: 500}), hasState: fc.boolean(),
  });
  fc.assert(fc.property(fc.array(life, {minLength: 1, maxLength: 8}), (lives) => {
    const units = 10;
    const shares = {read: undefined, write: {rate: unitsToMilliRate(units), cause: 'ProvisionedThroughputExceeded'} as const};
    const options = {resource: 'Table', writeCeilingHalfUnits: CEILINGS.writeHalfUnits} as const;
    let leader = new PartitionAdmission(options, shares, 0);
    let nowMs = 0;
    let accepted = 0;
    for (const {quietMs, toldAfterMs, endsAfterMs, clockErrorMs, hasState} of lives) {
      nowMs += quietMs;
      const drain = (untilMs: number): void => {
        for (; nowMs <= untilMs; nowMs += 100) {
          while (leader.admitWrite(2, nowMs).kind === 'ok') accepted += 2;
          expect(accepted).toBeLessThanOrEqual(Math.floor((units * 2 * (1000 + nowMs)) / 1000));
        }
      };
      drain(nowMs + toldAfterMs);
      const state = encodeBudgetState({wallMs: 1_000_000 + nowMs, levels: leader.levels(nowMs)});
      drain(nowMs + endsAfterMs);
      leader = new PartitionAdmission(options, shares, nowMs, levelsOfNewLeader(hasState ? decodeBudgetState(state) : undefined, 1_000_000 + nowMs + clockErrorMs, CEILINGS));
    }
  }));
});

test('burst goes on under a new leader, less what the old one could have spent since it told', () => {
  const state = {wallMs: 10_000, levels: {read: {allocatedHalfUnits: 5, burstHalfUnits: 1_000, debtHalfUnits: 0}, write: {allocatedHalfUnits: 0, burstHalfUnits: 0, debtHalfUnits: 7}}};
  expect(levelsOfNewLeader(state, 12_000, CEILINGS)).toEqual({
    read: {allocatedHalfUnits: 0, burstHalfUnits: 1_000 - 4 * 40, debtHalfUnits: 0}, write: {allocatedHalfUnits: 0, burstHalfUnits: 0, debtHalfUnits: 7},
  });
});
