import {InvalidArgumentError, Option} from 'commander';
import type {Command} from 'commander';
import {DEFAULT_ADMIN_URL} from '../admin-client.js';
import {DEFAULT_ENDPOINT} from '../api-client.js';
import type {Terminal} from '../terminal.js';
import {benchCompare, benchInit, benchReport} from './bench-files.js';
import {benchPlan} from './bench-plan.js';
import {benchRun} from './bench-run.js';
import type {BenchRunFlags} from './bench-run.js';
import {wholeNumber} from './cluster-commands.js';

/** `murmur bench`: loads, what came of them, and comparisons; `murmur plan`: what a trace would have cost. @param ended told the exit code */
export function addBenchCommands(program: Command, terminal: Terminal, ended: (exitCode: number) => void): void {
  addPlanCommand(program, terminal, ended);
  const bench = program.command('bench').description('Load a table, and see what partitions, tokens and latencies do.');
  bench
    .command('init')
    .description('Write a preset as a workload file to change; without a name, list the presets.')
    .argument('[preset]', 'for example hot-key')
    .option('--out <file>', 'where to; standard output without it')
    .option('--seed <number>', 'seed of keys, arrivals and sizes', wholeNumber, 1)
    .option('--seconds <count>', 'length of the load', positiveNumber, 60)
    .option('--rate-scale <factor>', 'all rates times this', positiveNumber, 1)
    .action(async (preset: string | undefined, flags: {out?: string; seed: number; seconds: number; rateScale: number}) => {
      ended(await benchInit(preset, flags, terminal));
    });
  bench
    .command('run')
    .description('Run a workload against an endpoint, or in virtual time; exit code 7 when an assertion fails.')
    .requiredOption('--workload <name>', 'a preset (murmur bench init lists them) or a workload file')
    .option('--endpoint <url>', 'any endpoint of the DynamoDB API', process.env['MURMUR_ENDPOINT'] ?? DEFAULT_ENDPOINT)
    .option('--admin <url>', 'admin API of any process, for splits and heat; none without a cluster of this kind', process.env['MURMUR_ADMIN'] ?? DEFAULT_ADMIN_URL)
    .option('--region <name>', 'region that requests are signed for; AWS_REGION or us-east-1 without it')
    .option('--virtual', 'in virtual time, without an endpoint: the same decisions, no machine needed')
    .option('--set <name=value>', 'a setting of virtual time, such as burst=off; may be given again', gather, [])
    .option('--seed <number>', 'instead of the workload\'s', wholeNumber)
    .option('--seconds <count>', 'length of a preset', positiveNumber, 60)
    .option('--rate-scale <factor>', 'rates of a preset times this', positiveNumber, 1)
    .option('--table <name>', 'instead of the workload\'s')
    .addOption(new Option('--replace', 'delete a table of that name first').conflicts('keepTable'))
    .option('--keep-table', 'load a table that exists as it is, and leave it')
    .option('--preload <count>', 'write so many items of each stream first, so that reads find them', wholeNumber, 0)
    .option('--connections <count>', 'most connections', wholeNumber, 64)
    .option('--in-flight <count>', 'most requests under way; one more is not sent, and counted', wholeNumber, 1000)
    .option('--retries <count>', 'tries after the first, as an SDK makes them', wholeNumber, 0)
    .option('--timeout <seconds>', 'how long a request may take', positiveNumber, 5)
    .option('--trace <name=file>', 'a trace that a workload replays; may be given again', gather, [])
    .option('--json <file>', 'write the record')
    .option('--csv <file>', 'write a line for each second')
    .option('--report <file>', 'write a page to look at')
    .option('--assert <list>', 'such as p99<20ms,throttles=0')
    .option('-q, --quiet', 'no line for each second')
    .action(async (flags: BenchRunFlags) => {
      ended(await benchRun(flags, terminal));
    });
  bench
    .command('report')
    .description('Make one page of records: of one run, or of up to four on one axis.')
    .argument('<records...>', 'files that murmur bench run --json wrote')
    .requiredOption('--out <file>', 'the page')
    .option('--assert <list>', 'verdicts for the first record')
    .action(async (files: readonly string[], flags: {out: string; assert?: string}) => {
      ended(await benchReport(files, flags, terminal));
    });
  bench
    .command('compare')
    .description('Compare two records second by second, with a note on how sure a difference is.')
    .argument('<first>', 'a file that murmur bench run --json wrote')
    .argument('<second>', 'another')
    .addOption(new Option('-o, --output <format>', 'table or json').choices(['table', 'json']).default('table'))
    .action(async (first: string, second: string, flags: {output: string}) => {
      ended(await benchCompare(first, second, flags.output === 'json', terminal));
    });
}

function addPlanCommand(program: Command, terminal: Terminal, ended: (exitCode: number) => void): void {
  program
    .command('plan')
    .description('Replay a trace against provisioned, auto-scaled and on-demand throughput: throttles, use and bill of each.')
    .requiredOption('--trace <file>', 'CSV with columns time,op,key,size, or JSON lines (docs/bench.md)')
    .option('--prices <file>', 'what units cost (docs/bench.md); no bill without it')
    .option('--target <percent>', 'target of auto scaling, 20 to 90', wholeNumber, 70)
    .option('--read-units <count>', 'judge this fixed rate too, with --write-units', wholeNumber)
    .option('--write-units <count>', 'judge this fixed rate too, with --read-units', wholeNumber)
    .addOption(new Option('-o, --output <format>', 'table or json').choices(['table', 'json']).default('table'))
    .action(async (flags: {trace: string; prices?: string; target: number; readUnits?: number; writeUnits?: number; output: string}) => {
      ended(await benchPlan(flags, terminal));
    });
}

function gather(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}
/** A number above 0, with fraction. */
export function positiveNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value <= 0) throw new InvalidArgumentError('It must be a number above 0.');
  return value;
}
