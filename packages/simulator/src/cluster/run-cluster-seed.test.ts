// Goal: whole clusters keep their promises under faults, and a seed is a run: the same on every machine, as often as it is asked for.
// Method: ten seeds of the cluster profile by the simulator's own program; one seed on the sources as they are, twice.
import {spawnSync} from 'node:child_process';
import {mkdtempSync, readFileSync, readdirSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {describe, expect, test} from '@jest/globals';
import {GATE} from '../tools/gate.js';
import type {LedgerEntry} from '../tools/ledger.js';
import {runClusterSeed} from './run-cluster-seed.js';
import {whereBuilt} from '../tools/where-built.js';

const {seedCount: SEEDS, operationsMin: OPERATIONS_MIN} = GATE.cluster;
const REGRESSIONS = join(__dirname, '..', '..', 'regressions');
const PROGRAM = join(__dirname, '..', '..', 'dist', 'main.js');
/** Rare things that a handful of seeds must reach, or a fault has fallen silent. */
const REACHED = [
  'raft-host/lost-leadership', 'raft-host/snapshot-installed', 'raft-host/log-truncated', 'raft-host/configuration-changed', 'partition/not-leading',
  'partition/split', 'partition/removed', 'partition/effect-refused', 'net/call-reset', 'workload/local-indexes', 'workload/stale-reads', 'control-plane/following', 'control-plane/job-done', 'operator/split-partition/taken', 'operator/transfer-leader/taken',
];

describe('the cluster profile', () => {
  // The edits of a working tree are seen by the next test; this one runs what was compiled, which is several times faster.
  const needsBuild = whereBuilt(PROGRAM, test, test.skip as typeof test);
  needsBuild(`${SEEDS} seeds pass, check at least ${OPERATIONS_MIN} operations, and reach what is rare`, () => {
    const folder = mkdtempSync(join(tmpdir(), 'murmuration-seeds-'));
    const ledger = join(folder, 'ledger.json');
    try {
      const {stdout, stderr, status} = spawnSync(process.execPath, [PROGRAM, '--profile', 'cluster', '--seeds', String(SEEDS), '--first-seed', '1', '--ledger', ledger], {encoding: 'utf8'});
      expect(`${stdout}${stderr}`).not.toContain('FAILED');
      expect(stdout.trimEnd().split('\n').at(-1)).toBe(`${SEEDS} passed, 0 failed`);
      expect(status).toBe(0);
      const [entry] = JSON.parse(readFileSync(ledger, 'utf8')) as [LedgerEntry];
      expect(entry.operationCount).toBeGreaterThanOrEqual(OPERATIONS_MIN);
      expect(REACHED.filter((probe) => (entry.probes[probe] ?? 0) === 0)).toEqual([]);
    } finally {
      rmSync(folder, {recursive: true, force: true});
    }
  }, 900_000);

  test('the same seed does the same twice, event by event', async () => {
    const first = await runClusterSeed({seed: 15});
    expect(first.failure).toBeUndefined();
    const second = await runClusterSeed({seed: 15});
    expect({hash: second.hash, eventCount: second.eventCount}).toEqual({hash: first.hash, eventCount: first.eventCount});
  }, 120_000);

  const files = readdirSync(REGRESSIONS).filter((name) => name.startsWith('cluster-') && name.endsWith('.json'));
  for (const name of files) {
    needsBuild(`what once failed passes: ${name}`, () => {
      const {stdout, status} = spawnSync(process.execPath, [PROGRAM, '--replay', join(REGRESSIONS, name)], {encoding: 'utf8'});
      expect(stdout).toContain('passed');
      expect(status).toBe(0);
    }, 180_000);
  }
});
