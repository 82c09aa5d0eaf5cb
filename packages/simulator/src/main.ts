// The simulator's command line: runs seeds, replays one, shrinks a failure, keeps the ledger.
import {spawnSync} from 'node:child_process';
import {existsSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {parseArgs} from 'node:util';
import type {ProfileName, SeedResult} from './seed-result.js';
import {runCampaign} from './tools/campaign.js';
import {CampaignTotals} from './tools/ledger.js';
import type {LedgerEntry} from './tools/ledger.js';
import {isProfileName, loadProfile} from './tools/profiles.js';
import {REQUIRED_FROM_SEEDS, silentProbes} from './tools/required-probes.js';
import {decodeRegression, encodeRegression} from './tools/regression.js';
import {shrink} from './tools/shrink.js';

const HELP = `usage: npm run simulate -- [options]
  --profile raft|cluster|transactions   what is simulated (raft)
  --seeds N                how many seeds (200)
  --first-seed S           the first of them (1)
  --jobs N                 processes (2)
  --seed S                 only this seed
  --replay FILE            a failure that was kept in packages/simulator/regressions/
  --trace                  with --seed: everything that happened
  --shrink                 with --seed: the fewest faults that still fail, written to packages/simulator/regressions/
  --ledger FILE            appends what the campaign came to
  --record                 the same, to docs/reliability/ledger.json
`;
const TRACE_LINES = 200_000;
const SHRINK_RUNS_MAX = 400;
const packageDirectory = dirname(dirname(fileURLToPath(import.meta.url)));
const repositoryDirectory = dirname(dirname(packageDirectory));

async function main(): Promise<number> {
  const {values} = parseArgs({options: {
    profile: {type: 'string', default: 'raft'}, seeds: {type: 'string', default: '200'}, 'first-seed': {type: 'string', default: '1'}, jobs: {type: 'string', default: '2'},
    seed: {type: 'string'}, replay: {type: 'string'}, trace: {type: 'boolean', default: false}, shrink: {type: 'boolean', default: false}, ledger: {type: 'string'},
    record: {type: 'boolean', default: false}, help: {type: 'boolean', default: false},
  }});
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  if (values.replay !== undefined) return replay(values.replay);
  const {profile} = values;
  if (!isProfileName(profile)) return refuse(`there is no profile ${profile}`);
  if (values.seed !== undefined) {
    const seed = wholeNumber(values.seed);
    return seed === undefined ? refuse('--seed takes a whole number') : one(profile, seed, values.trace, values.shrink);
  }
  const [seedCount, firstSeed, jobs] = [wholeNumber(values.seeds), wholeNumber(values['first-seed']), wholeNumber(values.jobs)];
  if (seedCount === undefined || firstSeed === undefined || jobs === undefined || jobs < 1) return refuse('--seeds, --first-seed and --jobs take whole numbers');
  const ledger = values.ledger ?? (values.record ? join(repositoryDirectory, 'docs', 'reliability', 'ledger.json') : undefined);
  return many(profile, firstSeed, seedCount, jobs, ledger);
}

async function one(profile: ProfileName, seed: number, wantsTrace: boolean, wantsShrink: boolean): Promise<number> {
  const run = await loadProfile(profile);
  const result = await run({seed, ...(wantsTrace ? {traceLineCount: TRACE_LINES} : {})});
  for (const line of result.trace) process.stdout.write(`${line}\n`);
  tell(result);
  if (wantsShrink && result.failure !== undefined) {
    const shrunk = await shrink(result, {seed, run, runCountMax: SHRINK_RUNS_MAX, onProgress: (text) => process.stderr.write(`  ${text}\n`)});
    const directory = join(packageDirectory, 'regressions');
    mkdirSync(directory, {recursive: true});
    const file = join(directory, `${profile}-${result.failure.rule}-${seed}.json`);
    writeFileSync(file, encodeRegression({profile, seed, rule: result.failure.rule, note: result.failure.message.split('\n')[0] ?? '', faults: shrunk.faults}));
    process.stdout.write(`${shrunk.faults.length} of ${result.faults.length} faults are enough, found in ${shrunk.runCount} runs: ${file}\n`);
  }
  process.stdout.write(`${result.failure === undefined ? 1 : 0} passed, ${result.failure === undefined ? 0 : 1} failed\n`);
  return result.failure === undefined ? 0 : 1;
}

/** What once failed, with the faults that were enough. */
async function replay(file: string): Promise<number> {
  const {profile, seed, faults} = decodeRegression(readFileSync(file, 'utf8'));
  const result = await (await loadProfile(profile))({seed, faults});
  tell(result);
  return result.failure === undefined ? 0 : 1;
}

async function many(profile: ProfileName, firstSeed: number, seedCount: number, jobs: number, ledgerFile: string | undefined): Promise<number> {
  const totals = new CampaignTotals();
  let cpuSeconds = 0;
  const startedMs = performance.now();
  let toldMs = startedMs;
  const lost = await runCampaign({profile, firstSeed, seedCount, jobs, onResult: (result, usedSeconds) => {
    totals.add(result);
    cpuSeconds += usedSeconds;
    if (result.failure !== undefined) tell(result);
    if (performance.now() - toldMs > 30_000) {
      toldMs = performance.now();
      process.stderr.write(`  ${totals.seedCount} of ${seedCount} seeds, ${totals.failures.length} failed\n`);
    }
  }});
  for (const seed of lost) {
    totals.failures.push({seed, rule: 'process-ended'});
    process.stdout.write(`seed ${seed} ended its process\n  replay: ${replayCommand(profile, seed)}\n`);
  }
  const entry = totals.entry({date: new Date().toISOString().slice(0, 10), profile, revision: revision(), firstSeed, cpuSeconds});
  if (ledgerFile !== undefined) append(ledgerFile, entry);
  process.stdout.write(`${profile}: ${entry.virtualHours} virtual hours, ${entry.operationCount} operations checked, ${entry.transactionCount ?? 0} transactions, ${entry.retriedTokenCount ?? 0} repeated tokens, ${entry.expiryCount ?? 0} expired items, ${entry.eventCount} events, ${Object.keys(entry.probes).length} probes reached, ${cpuSeconds.toFixed(1)} CPU seconds, `
    + `${((performance.now() - startedMs) / 1_000).toFixed(1)} seconds, hash ${totals.hash}\n`);
  const silent = seedCount >= REQUIRED_FROM_SEEDS[profile] ? silentProbes(entry) : [];
  for (const name of silent) process.stdout.write(`never reached: ${name}\n`);
  const failedCount = totals.failures.length;
  process.stdout.write(`${seedCount - failedCount} passed, ${failedCount} failed\n`);
  return failedCount === 0 && silent.length === 0 ? 0 : 1;
}

function tell(result: SeedResult): void {
  const {failure, seed, profile} = result;
  if (failure === undefined) {
    process.stdout.write(`seed ${seed}: passed, hash ${result.hash}, ${(result.virtualMs / 1_000).toFixed(1)} virtual seconds, ${result.eventCount} events, ${result.operationCount} operations, ${result.faults.length} faults\n`);
    return;
  }
  process.stdout.write(`seed ${seed}: FAILED, hash ${result.hash}\n  ${failure.message.split('\n').join('\n  ')}\n${failure.rule === 'AssertionError' || failure.rule.endsWith('Error') ? `${failure.stack}\n` : ''}  replay: ${replayCommand(profile, seed)}\n`);
}

function replayCommand(profile: ProfileName, seed: number): string {
  return `npm run simulate -- --profile ${profile} --seed ${seed} --trace`;
}

function append(file: string, entry: LedgerEntry): void {
  const entries = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as LedgerEntry[]) : [];
  mkdirSync(dirname(file), {recursive: true});
  writeFileSync(file, `${JSON.stringify([...entries, entry], undefined, 1)}\n`);
}

function revision(): string {
  const asked = spawnSync('git', ['describe', '--always', '--dirty=+'], {cwd: repositoryDirectory, encoding: 'utf8'});
  return asked.status === 0 ? asked.stdout.trim() : 'unknown';
}

function wholeNumber(text: string): number | undefined {
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

function refuse(reason: string): number {
  process.stderr.write(`${reason}\n${HELP}`);
  return 2;
}

process.exitCode = await main();
