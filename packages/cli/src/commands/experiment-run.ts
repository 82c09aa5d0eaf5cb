import {join} from 'node:path';
import type {Experiment, ExperimentOptions, ExperimentResult, LiveOptions, LiveRun} from '@murmuration/bench';
import {CommandError, EXIT_CHECK_FAILED, EXIT_NOT_FOUND, EXIT_OK, EXIT_UNAVAILABLE, EXIT_USAGE} from '../exit-codes.js';
import type {Terminal} from '../terminal.js';
import {asUsage, loadBench, writeText} from './bench-files.js';
import type {BenchPackage} from './bench-files.js';
import {newTable} from './status.js';

export interface ExperimentFlags {
  readonly virtual?: boolean;
  readonly endpoint?: string;
  readonly admin: string;
  readonly seed: number;
  readonly seeds: number;
  readonly set: readonly string[];
  readonly ab?: string;
  readonly ceilingScale: number;
  readonly out?: string;
  readonly quiet?: boolean;
}

const CONNECTIONS_MAX = 64;
const IN_FLIGHT_MAX = 1_000;
const REQUEST_TIMEOUT_MS = 5_000;

/** Runs experiments and shows their verdicts. Exit code 7 when one failed. */
export async function experimentRun(names: readonly string[], flags: ExperimentFlags, terminal: Terminal): Promise<number> {
  const bench = await loadBench();
  checkFlags(flags);
  const chosen = names.includes('all') ? bench.EXPERIMENTS.filter(({isLive}) => flags.endpoint === undefined || isLive) : names.map((name) => named(bench, name));
  const [a, b] = [flags.set, flags.ab === undefined ? undefined : [...flags.set, flags.ab]];
  // A setting that cannot be is told before anything runs.
  asUsage(bench, () => bench.withSettings(bench.VIRTUAL_DEFAULTS, b ?? a));
  let passed = 0;
  let count = 0;
  for (const experiment of chosen) {
    for (let seed = flags.seed; seed < flags.seed + flags.seeds; seed += 1) {
      const result = await runOne(bench, experiment, {seed, scale: flags.ceilingScale, set: a}, flags, terminal);
      count += 1;
      if (result.isPassed) passed += 1;
      const other = b === undefined ? undefined : await runOne(bench, experiment, {seed, scale: flags.ceilingScale, set: b}, flags, terminal);
      terminal.out(render(result, other, flags));
      if (flags.out !== undefined) {
        writeResult(bench, result, flags.out, '');
        if (other !== undefined) writeResult(bench, other, flags.out, '-b');
      }
    }
  }
  if (count > 1) terminal.out(`${passed} of ${count} passed\n`);
  return passed === count ? EXIT_OK : EXIT_CHECK_FAILED;
}

function checkFlags({virtual, endpoint, ceilingScale, set, ab, seeds}: ExperimentFlags): void {
  if (virtual === true && endpoint !== undefined) throw new CommandError(EXIT_USAGE, '--virtual and --endpoint exclude each other');
  if (endpoint !== undefined && !URL.canParse(endpoint)) throw new CommandError(EXIT_USAGE, `--endpoint must be a URL, not "${endpoint}"`);
  if (endpoint !== undefined && (set.length > 0 || ab !== undefined)) throw new CommandError(EXIT_USAGE, '--set and --ab are for virtual time; a cluster has its own settings (murmur settings)');
  if (ceilingScale > 1) throw new CommandError(EXIT_USAGE, '--ceiling-scale is at most 1');
  if (seeds < 1) throw new CommandError(EXIT_USAGE, '--seeds is at least 1');
}
function named(bench: BenchPackage, name: string): Experiment {
  const experiment = bench.experimentOf(name);
  if (experiment === undefined) throw new CommandError(EXIT_NOT_FOUND, `there is no experiment ${name}; there are ${bench.EXPERIMENTS.map((each) => each.name).join(', ')}, and all`);
  return experiment;
}
async function runOne(bench: BenchPackage, experiment: Experiment, options: ExperimentOptions, flags: ExperimentFlags, terminal: Terminal): Promise<ExperimentResult> {
  terminal.err(`${experiment.name}, seed ${options.seed}, ${options.scale} of DynamoDB's ceilings${options.set.length > 0 ? `, ${options.set.join(' ')}` : ''}\n`);
  if (flags.endpoint === undefined) return bench.runExperiment(experiment, options);
  try {
    return await bench.runExperimentLive(experiment, options, liveRun(bench, flags.endpoint, flags, terminal));
  } catch (cause) {
    if (!(cause instanceof bench.BenchError)) throw cause;
    throw new CommandError(cause.failure.code === 'EndpointFailed' ? EXIT_UNAVAILABLE : EXIT_USAGE, cause.message, {cause});
  }
}
function liveRun(bench: BenchPackage, endpoint: string, flags: ExperimentFlags, terminal: Terminal): LiveRun {
  return async (workload, command) => {
    const options: LiveOptions = {
      endpoint, region: process.env['AWS_REGION'] ?? process.env['AWS_DEFAULT_REGION'] ?? 'us-east-1',
      credentials: {
        accessKeyId: process.env['AWS_ACCESS_KEY_ID'] ?? 'any', secretAccessKey: process.env['AWS_SECRET_ACCESS_KEY'] ?? 'any', sessionToken: process.env['AWS_SESSION_TOKEN'],
      },
      adminUrl: flags.admin === 'none' ? undefined : flags.admin, connectionsMax: CONNECTIONS_MAX, inFlightMax: IN_FLIGHT_MAX, requestTimeoutMs: REQUEST_TIMEOUT_MS, retriesMax: 0,
      existingTable: 'replace', keepsTable: false, command, settings: {ceilingScale: flags.ceilingScale},
    };
    return bench.runLive(workload, options, {
      onPhase: (text) => {
        terminal.err(`${workload.name}: ${text}\n`);
      },
    });
  };
}

/** The verdicts as a table; with a second run, its values beside them. */
function render({experiment, options, verdicts, isPassed}: ExperimentResult, other: ExperimentResult | undefined, flags: ExperimentFlags): string {
  const shown = flags.quiet === true ? verdicts.filter((verdict) => !verdict.isPassed) : verdicts;
  const head = `${isPassed ? 'passed' : 'FAILED'}  ${experiment.number} ${experiment.name}, seed ${options.seed}: ${verdicts.filter((verdict) => verdict.isPassed).length} of ${verdicts.length}\n`;
  if (shown.length === 0) return head;
  const rows = newTable(['', 'WHAT', 'EXPECTED', 'CAME OUT', ...(other === undefined ? [] : [`WITH ${flags.ab ?? ''}`])]);
  for (const verdict of shown) {
    const beside = other?.verdicts.find(({name}) => name === verdict.name);
    rows.push([verdict.isPassed ? 'ok' : 'NO', verdict.name, verdict.expected, verdict.actual, ...(other === undefined ? [] : [beside === undefined ? '–' : `${beside.actual}${beside.isPassed ? '' : ' (NO)'}`])]);
  }
  return `${head}${rows.toString()}\n`;
}

/** A record for each case, and pages with as many of them as one page shows. */
function writeResult(bench: BenchPackage, {experiment, options, records, verdicts}: ExperimentResult, directory: string, suffix: string): void {
  const stem = `${experiment.name}-seed${options.seed}${suffix}`;
  for (const record of records) writeText(join(directory, `${stem}-${record.name}.json`), bench.runRecordJson(record));
  for (let from = 0; from < records.length; from += bench.REPORT_RUNS_MAX) {
    const page = from === 0 ? '' : `-${from / bench.REPORT_RUNS_MAX + 1}`;
    writeText(join(directory, `${stem}${page}.html`), bench.renderReport(records.slice(from, from + bench.REPORT_RUNS_MAX), verdicts));
  }
}
