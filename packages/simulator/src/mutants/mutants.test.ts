// Goal: every mutant still is an edit of the code as it stands, and the quick ones are found by a few seeds.
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {spawnSync} from 'node:child_process';
import {describe, expect, test} from '@jest/globals';
import {MUTANTS} from './all-mutants.js';
import {applyMutant} from './mutant.js';
import {whereBuilt} from '../tools/where-built.js';

const ROOT = join(__dirname, '..', '..', '..', '..');
const PROGRAM = join(ROOT, 'packages', 'simulator', 'dist', 'mutants-main.js');
const QUICK_COUNT_MIN = 12;
const QUICK_SEEDS = 60;

describe('mutants', () => {
  test.each(MUTANTS.map((mutant) => [mutant.name, mutant] as const))('%s is one edit of the code as it stands', (_name, mutant) => {
    const source = readFileSync(join(ROOT, mutant.file), 'utf8');
    expect(applyMutant(mutant, source)).not.toBe(source);
  });
  test('names are unique, there are enough, and enough of them are quick', () => {
    expect(new Set(MUTANTS.map((mutant) => mutant.name)).size).toBe(MUTANTS.length);
    expect(MUTANTS.length).toBeGreaterThanOrEqual(24);
    expect(MUTANTS.filter((mutant) => mutant.isQuick === true).length).toBeGreaterThanOrEqual(QUICK_COUNT_MIN);
  });
  // The edits are made to the compiled packages: `npm test` compiles them before.
  const needsBuild = whereBuilt(PROGRAM, test, test.skip as typeof test);
  needsBuild(`the quick ones are found within ${QUICK_SEEDS} seeds`, () => {
    const {status, stdout, stderr} = spawnSync(process.execPath, [PROGRAM, '--quick', '--seeds', String(QUICK_SEEDS), '--jobs', '1'], {encoding: 'utf8', cwd: ROOT});
    expect(`${stdout}${stderr}`).not.toContain('survived:');
    expect(status).toBe(0);
  }, 300_000);
});
