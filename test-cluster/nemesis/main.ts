import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join, resolve} from 'node:path';
import {fileURLToPath} from 'node:url';
import {run} from './command.js';
import {FAULTS, chooseFaults} from './faults/catalog.js';
import type {Fault, Surroundings} from './faults/fault.js';
import {USAGE, parseOptions} from './options.js';
import type {NemesisOptions} from './options.js';
import {renderReport, table} from './report.js';
import {recordRun} from './run-ledger.js';
import {runNemesis} from './run.js';
import {buildShim} from './shim-control.js';

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;

/** `npm run nemesis`: chooses what can be done here, runs it, reports. The exit code is 0 when every check passed. */
async function main(args: readonly string[]): Promise<number> {
  let options: NemesisOptions;
  let wanted: readonly Fault[];
  try {
    options = parseOptions(args, () => Math.floor(Math.random() * 0xffff_ffff));
    wanted = options.listsOnly ? FAULTS : chooseFaults(options.measure === undefined ? options.faults : [options.measure]);
  } catch (cause) {
    process.stderr.write(`nemesis: ${cause instanceof Error ? cause.message : String(cause)}\n\n${USAGE}`);
    return EXIT_USAGE;
  }
  const repository = process.env['MURMUR_REPOSITORY'] ?? resolve(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');
  const directory = mkdtempSync(join(tmpdir(), 'murmur-nemesis-'));
  try {
    const shim = await buildShim(join(repository, 'test-cluster', 'nemesis', 'shim', 'fault-shim.c'), directory);
    const {possible, skipped} = await probe(wanted, {nodeCount: options.nodeCount, otherBuild: options.otherBuild}, 'reason' in shim ? shim.reason : undefined);
    if (options.listsOnly) {
      process.stdout.write(`${table(FAULTS.map((fault) => [fault.name, fault.family, skipped.find((entry) => entry.fault === fault.name)?.reason ?? 'can be done here'])).join('\n')}\n`);
      return 0;
    }
    if (possible.length === 0) {
      process.stdout.write(`${skipped.map(({fault, reason}) => `skipped: ${fault}: ${reason}`).join('\n')}\n0 checks passed, 0 failed\n`);
      return 0;
    }
    process.stderr.write(`nemesis: seed ${options.seed}; ${possible.map((fault) => fault.name).join(', ')}\n`);
    const commit = (await run('git', ['-C', repository, 'rev-parse', '--short', 'HEAD']).catch(() => undefined))?.stdout.trim() ?? '';
    const report = await runNemesis(options, possible, {
      repository, directory: join(directory, 'run'), clientsProgram: fileURLToPath(new URL('clients-main.js', import.meta.url)),
      shimPath: 'path' in shim ? shim.path : undefined, commit, atDate: new Date().toISOString(), skipped, say: (line) => void process.stderr.write(`nemesis: ${line}\n`),
    });
    if (options.outDirectory !== undefined) {
      mkdirSync(options.outDirectory, {recursive: true});
      writeFileSync(join(options.outDirectory, 'result.json'), `${JSON.stringify(report, null, 2)}\n`);
    }
    if (options.records) recordRun(options.ledgerPath ?? join(repository, 'docs', 'reliability', 'nemesis.json'), report);
    process.stdout.write(renderReport(report));
    return report.checks.every((check) => check.isPassed) ? 0 : EXIT_FAILED;
  } finally {
    if (options.keepsData) process.stderr.write(`nemesis: kept ${directory}\n`);
    else rmSync(directory, {recursive: true, force: true, maxRetries: 3});
  }
}

async function probe(wanted: readonly Fault[], surroundings: Surroundings, noShim: string | undefined): Promise<{readonly possible: readonly Fault[]; readonly skipped: readonly {readonly fault: string; readonly reason: string}[]}> {
  const possible: Fault[] = [];
  const skipped: {readonly fault: string; readonly reason: string}[] = [];
  for (const fault of wanted) {
    const reason = (fault.needs.includes('shim') ? noShim : undefined) ?? (await fault.probe(surroundings));
    if (reason === undefined) possible.push(fault);
    else skipped.push({fault: fault.name, reason});
  }
  return {possible, skipped};
}

const exitCode = await main(process.argv.slice(2));
// Everything is closed and told by now. A connection to a process that is gone may still wait for its end, and need not be waited for.
process.stdout.write('', () => process.exit(exitCode));
