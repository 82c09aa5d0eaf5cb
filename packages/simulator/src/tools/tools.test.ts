// Goal: a failing schedule is cut down to what matters, and what is kept of it can be read back.
import {describe, expect, test} from '@jest/globals';
import type {Fault} from '../world/faults.js';
import type {SeedResult} from '../seed-result.js';
import {CampaignTotals, renderLedger} from './ledger.js';
import {decodeRegression, encodeRegression} from './regression.js';
import {silentProbes} from './required-probes.js';
import {shrink} from './shrink.js';

const FAULTS: readonly Fault[] = Array.from({length: 20}, (_, i): Fault => ({atMs: 10 * i, kind: i % 2 === 0 ? 'kill-one' : 'cut-node', durationMs: 64, draw: i}));
function resultOf(faults: readonly Fault[], rule: string | undefined): SeedResult {
  return {
    profile: 'raft', seed: 7, hash: '00000000000000ff', virtualMs: 1_000, eventCount: 10, operationCount: 5, faults, probes: {'a/b': 1, 'fault/kill-one': 1},
    failure: rule === undefined ? undefined : {rule, message: `${rule}: x`, stack: ''}, trace: [],
  };
}

describe('shrinking', () => {
  test('leaves the faults that are needed, in order, and makes them short', async () => {
    // Fails when both the fourth and the seventeenth fault are there.
    const run = ({faults}: {readonly faults?: readonly Fault[]}): Promise<SeedResult> => {
      const given = faults ?? FAULTS;
      return Promise.resolve(resultOf(given, [3, 16].every((draw) => given.some((fault) => fault.draw === draw)) ? 'two-leaders' : undefined));
    };
    const shrunk = await shrink(resultOf(FAULTS, 'two-leaders'), {seed: 7, run, runCountMax: 200, onProgress: () => undefined});
    expect(shrunk.faults.map((fault) => fault.draw)).toEqual([3, 16]);
    expect(shrunk.faults.every((fault) => fault.durationMs === 16)).toBe(true);
  });
  test('another broken rule does not count as the same failure', async () => {
    const run = ({faults}: {readonly faults?: readonly Fault[]}): Promise<SeedResult> =>
      Promise.resolve(resultOf(faults ?? FAULTS, (faults ?? FAULTS).length < 20 ? 'stale-read' : 'two-leaders'));
    const shrunk = await shrink(resultOf(FAULTS, 'two-leaders'), {seed: 7, run, runCountMax: 200, onProgress: () => undefined});
    expect(shrunk.faults.length).toBe(20);
  });
});

describe('regressions', () => {
  test('are read back as they were written, and nonsense is refused', () => {
    const regression = {profile: 'raft', seed: 7, rule: 'two-leaders', note: 'n', faults: FAULTS.slice(0, 3)} as const;
    expect(decodeRegression(encodeRegression(regression))).toEqual(regression);
    expect(() => decodeRegression('{"profile":"raft"}')).toThrow('a regression has');
    expect(() => decodeRegression(encodeRegression(regression).replace('kill-one', 'kill-none'))).toThrow('not a fault');
  });
});

describe('probes', () => {
  test('what a campaign never reached is named, and what its profile cannot reach is not', () => {
    const totals = new CampaignTotals();
    totals.add({...resultOf(FAULTS, undefined), probes: {'disk/sync-lied': 1}});
    const silent = silentProbes(totals.entry({date: '2026-01-01', profile: 'raft', revision: 'r', firstSeed: 1, cpuSeconds: 1}));
    expect(silent).toContain('log/poisoned');
    expect(silent).toContain('fault/kill-all');
    for (const name of ['disk/sync-lied', 'fault/kill-one', 'fault/memory-pressure']) expect(silent).not.toContain(name);
  });
});

describe('the ledger', () => {
  test('adds up runs in whatever order they end, and is rendered', () => {
    const results = [resultOf(FAULTS.slice(0, 3), undefined), {...resultOf([], 'two-leaders'), seed: 8}];
    const entries = [results, [...results].reverse()].map((list) => {
      const totals = new CampaignTotals();
      for (const result of list) totals.add(result);
      return {hash: totals.hash, entry: totals.entry({date: '2026-11-20', profile: 'raft', revision: 'abc', firstSeed: 7, cpuSeconds: 1})};
    });
    expect(entries[0]).toEqual(entries[1]);
    const page = renderLedger(entries.slice(0, 1).map(({entry}) => entry));
    expect(page).toContain('| 2026-11-20 | raft | abc | 2 from 7 | 1 |');
    expect(page).toContain('| kill-one | 2 |');
    expect(page).toContain('seed 8: two-leaders');
  });
});
