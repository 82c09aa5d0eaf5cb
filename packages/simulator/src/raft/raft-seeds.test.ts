// Goal: the raft profile finds nothing wrong, does the same for the same seed, and reaches what it is for.
// Method: a couple of hundred seeds on every run of the tests; campaigns of many more are in docs/reliability.
import {spawnSync} from 'node:child_process';
import {mkdtempSync, readFileSync, readdirSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {describe, expect, test} from '@jest/globals';
import {GATE, GATE_OPERATIONS_MIN} from '../tools/gate.js';
import type {LedgerEntry} from '../tools/ledger.js';
import {decodeRegression} from '../tools/regression.js';
import {RAFT_FAULT_KINDS} from './raft-swarm.js';
import {runRaftSeed} from './run-raft-seed.js';
import {whereBuilt} from '../tools/where-built.js';

const SEEDS = Number(process.env['MURMUR_RAFT_SEEDS'] ?? GATE.raft.seedCount);
const FIRST_SEED = Number(process.env['MURMUR_RAFT_FIRST_SEED'] ?? 1);
const PACKAGE = join(__dirname, '..', '..');
const REGRESSIONS = join(PACKAGE, 'regressions');
const PROGRAM = join(PACKAGE, 'dist', 'main.js');
/** Run inside the test's own process, on the sources as they are. */
const SEEDS_INSIDE = 15;

/** Rare branches that this many seeds must reach, or a fault has fallen silent. */
const REACHED = [
  'raft/snapshot-restored', 'raft/stepped-down-without-quorum', 'raft/vote-ignored-in-lease', 'raft/conf-change-ignored', 'raft-host/early-campaign',
  'raft-host/log-truncated', 'raft-host/snapshot-installed', 'raft-host/lost-leadership', 'raft-host/group-removed', 'log/segment-recycled', 'log/tail-cut',
  'log/disk-low', 'log/poisoned', 'disk/sync-failed', 'disk/sync-lied', 'net/dropped', 'net/replayed', 'net/lost-in-cut', 'net/queue-full',
  'raft-profile/lease-reads', 'raft-profile/quorum-reads',
];

describe('the raft profile', () => {
  // Compiled code is several times faster than what the tests load; `npm test` compiles before it tests.
  const needsBuild = whereBuilt(PROGRAM, test, test.skip as typeof test);
  needsBuild(`${SEEDS} seeds pass, and reach the rare branches`, () => {
    const folder = mkdtempSync(join(tmpdir(), 'murmuration-seeds-'));
    const ledger = join(folder, 'ledger.json');
    try {
      const {stdout, stderr, status} = spawnSync(process.execPath, [PROGRAM, '--profile', 'raft', '--seeds', String(SEEDS), '--first-seed', String(FIRST_SEED), '--ledger', ledger], {encoding: 'utf8'});
      expect(`${stdout}${stderr}`).not.toContain('FAILED');
      expect(stdout.trimEnd().split('\n').at(-1)).toBe(`${SEEDS} passed, 0 failed`);
      expect(status).toBe(0);
      const [entry] = JSON.parse(readFileSync(ledger, 'utf8')) as [LedgerEntry];
      const silent = [...REACHED.filter((name) => (entry.probes[name] ?? 0) === 0), ...RAFT_FAULT_KINDS.filter((kind) => (entry.faults[kind] ?? 0) === 0)];
      if (SEEDS < GATE.raft.seedCount) return;
      expect(silent).toEqual([]);
      expect(entry.operationCount).toBeGreaterThanOrEqual(GATE.raft.operationsMin);
    } finally {
      rmSync(folder, {recursive: true, force: true});
    }
  }, 240_000);

  test(`the seeds of the gate judge ${GATE_OPERATIONS_MIN} operations and more, all profiles together`, () => {
    expect(GATE.raft.operationsMin + GATE.cluster.operationsMin).toBeGreaterThanOrEqual(GATE_OPERATIONS_MIN);
  });

  test('seeds pass on the sources as they are', async () => {
    const failures: string[] = [];
    for (let seed = FIRST_SEED; seed < FIRST_SEED + SEEDS_INSIDE; seed += 1) {
      const {failure} = await runRaftSeed({seed});
      if (failure !== undefined) failures.push(`npm run simulate -- --profile raft --seed ${seed} --trace\n${failure.message}\n${failure.stack}`);
    }
    expect(failures).toEqual([]);
  }, 120_000);

  test('the same seed does the same twice', async () => {
    for (const seed of [3, 17, 40]) {
      const first = await runRaftSeed({seed});
      const second = await runRaftSeed({seed, traceLineCount: 10});
      expect([second.hash, second.eventCount, second.virtualMs]).toEqual([first.hash, first.eventCount, first.virtualMs]);
    }
  }, 60_000);

  test('faults can be left out of a schedule without changing anything else that is drawn', async () => {
    const whole = await runRaftSeed({seed: 12});
    expect(whole.faults.length).toBeGreaterThan(2);
    const part = await runRaftSeed({seed: 12, faults: whole.faults.slice(1)});
    expect(part.faults.length).toBeLessThanOrEqual(whole.faults.length - 1);
    expect(part.failure).toBeUndefined();
  }, 60_000);

  const files = readdirSync(REGRESSIONS).filter((name) => name.startsWith('raft-') && name.endsWith('.json'));
  test.each(files.length === 0 ? ['none'] : files)('what once failed passes: %s', async (name) => {
    if (name === 'none') return;
    const regression = decodeRegression(readFileSync(join(REGRESSIONS, name), 'utf8'));
    const {failure} = await runRaftSeed({seed: regression.seed, faults: regression.faults});
    expect(failure).toBeUndefined();
  }, 60_000);
});
