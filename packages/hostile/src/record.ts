// What campaigns of hostile input came to, kept with the project: one entry of docs/reliability/hostile.json each, and the page made of them.
import {spawnSync} from 'node:child_process';
import {existsSync, readFileSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';

/** One campaign: `what` was sent or damaged `count` times. */
export interface HostileEntry {
  /** Day of the campaign, YYYY-MM-DD. */
  readonly date: string;
  /** Of the code, as `git describe` tells it. */
  readonly revision: string;
  readonly what: 'hand-written requests' | 'generated requests' | 'damage to formats';
  readonly seed: number;
  readonly passedCount: number;
  readonly failedCount: number;
}

const repositoryDirectory = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));
const ledgerPath = join(repositoryDirectory, 'docs', 'reliability', 'hostile.json');

/** Appends entries to the ledger and writes its page anew. */
export function recordCampaigns(results: readonly Pick<HostileEntry, 'what' | 'seed' | 'passedCount' | 'failedCount'>[]): void {
  const before = existsSync(ledgerPath) ? JSON.parse(readFileSync(ledgerPath, 'utf8')) as HostileEntry[] : [];
  const asked = spawnSync('git', ['describe', '--always', '--dirty=+'], {cwd: repositoryDirectory, encoding: 'utf8'});
  const about = {date: new Date().toISOString().slice(0, 10), revision: asked.status === 0 ? asked.stdout.trim() : 'unknown'};
  const entries = [...before, ...results.map((result) => ({...about, ...result}))];
  writeFileSync(ledgerPath, `${JSON.stringify(entries, undefined, 1)}\n`);
  writeFileSync(ledgerPath.replace(/json$/u, 'md'), renderHostileLedger(entries));
}

/** The ledger as a page for readers. */
export function renderHostileLedger(entries: readonly HostileEntry[]): string {
  const number = (value: number): string => value.toLocaleString('en-US');
  return [
    '# Campaigns of hostile input', '',
    'Written by `npm run hostile -- --record` from `docs/reliability/hostile.json`. What is sent, and what passes: [../hostile-input.md](../hostile-input.md).', '',
    '| date | revision | what | seed | passed | failed |', '| --- | --- | --- | ---: | ---: | ---: |',
    ...entries.map(({date, revision, what, seed, passedCount, failedCount}) => `| ${date} | ${revision} | ${what} | ${seed} | ${number(passedCount)} | ${number(failedCount)} |`), '',
  ].join('\n');
}
