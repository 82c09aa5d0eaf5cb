import {existsSync} from 'node:fs';
import type {Assertion, LiveOptions, RunRecord, Trace, WorkloadSpec} from '@murmuration/bench';
import {CommandError, EXIT_CHECK_FAILED, EXIT_INTERRUPTED, EXIT_OK, EXIT_UNAVAILABLE, EXIT_USAGE} from '../exit-codes.js';
import type {Terminal} from '../terminal.js';
import {asUsage, loadBench, readText, unknownPreset, writeText} from './bench-files.js';
import type {BenchPackage} from './bench-files.js';

export interface BenchRunFlags {
  readonly workload: string;
  readonly endpoint: string;
  readonly admin: string;
  readonly region?: string;
  readonly virtual?: boolean;
  readonly set: readonly string[];
  readonly seed?: number;
  readonly seconds: number;
  readonly rateScale: number;
  readonly table?: string;
  readonly replace?: boolean;
  readonly keepTable?: boolean;
  readonly preload: number;
  readonly connections: number;
  readonly inFlight: number;
  readonly retries: number;
  readonly timeout: number;
  readonly trace: readonly string[];
  readonly json?: string;
  readonly csv?: string;
  readonly report?: string;
  readonly assert?: string;
  readonly quiet?: boolean;
}

/** Runs a workload and writes what was asked for. Exit code 7 when an assertion fails. */
export async function benchRun(flags: BenchRunFlags, terminal: Terminal): Promise<number> {
  const bench = await loadBench();
  // All that can be wrong is looked at before anything is sent.
  const assertions: readonly Assertion[] = flags.assert === undefined ? [] : asUsage(bench, () => bench.parseAssertions(flags.assert ?? ''));
  const traces = readTraces(bench, flags.trace);
  const spec = readSpec(bench, flags);
  const interrupted = new AbortController();
  const onInterrupt = (): void => {
    interrupted.abort();
  };
  process.once('SIGINT', onInterrupt);
  let record: RunRecord;
  try {
    record = flags.virtual === true ? runVirtually(bench, spec, flags, traces) : await runAgainst(bench, spec, flags, traces, interrupted.signal, terminal);
  } finally {
    process.removeListener('SIGINT', onInterrupt);
  }
  const verdicts = bench.judge(assertions, record);
  terminal.out(bench.summaryText(record) + bench.verdictText(verdicts));
  if (flags.json !== undefined) writeText(flags.json, bench.runRecordJson(record));
  if (flags.csv !== undefined) writeText(flags.csv, bench.recordCsv(record));
  if (flags.report !== undefined) writeText(flags.report, bench.renderReport([record], verdicts));
  for (const file of [flags.json, flags.csv, flags.report]) if (file !== undefined) terminal.err(`written: ${file}\n`);
  if (interrupted.signal.aborted) return EXIT_INTERRUPTED;
  return verdicts.every(({isPassed}) => isPassed) ? EXIT_OK : EXIT_CHECK_FAILED;
}

function readSpec(bench: BenchPackage, {workload, seed, seconds, rateScale, table}: BenchRunFlags): WorkloadSpec {
  const preset = bench.presetWorkload(workload, {seed: seed ?? bench.PRESET_DEFAULTS.seed, seconds, rateScale});
  if (preset === undefined && !existsSync(workload)) throw unknownPreset(bench, workload);
  const spec = preset ?? asUsage(bench, () => bench.readWorkload(readText(workload)));
  const changed = {...spec, seed: seed ?? spec.seed, table: {...spec.table, name: table ?? spec.table.name}};
  asUsage(bench, () => {
    bench.checkWorkload(changed);
  });
  return changed;
}
function readTraces(bench: BenchPackage, pairs: readonly string[]): ReadonlyMap<string, Trace> {
  return new Map(pairs.map((pair) => {
    const at = pair.indexOf('=');
    if (at < 1) throw new CommandError(EXIT_USAGE, `--trace is NAME=FILE, not "${pair}"`);
    const text = readText(pair.slice(at + 1));
    return [pair.slice(0, at), asUsage(bench, () => bench.parseTrace(text), `${pair.slice(at + 1)}: `)] as const;
  }));
}

function runVirtually(bench: BenchPackage, spec: WorkloadSpec, flags: BenchRunFlags, traces: ReadonlyMap<string, Trace>): RunRecord {
  const settings = asUsage(bench, () => bench.withSettings(bench.VIRTUAL_DEFAULTS, flags.set));
  return asUsage(bench, () => bench.runVirtual(spec, {settings, command: commandOf(flags), traces}));
}

async function runAgainst(
  bench: BenchPackage, spec: WorkloadSpec, flags: BenchRunFlags, traces: ReadonlyMap<string, Trace>, signal: AbortSignal, terminal: Terminal,
): Promise<RunRecord> {
  if (flags.set.length > 0) throw new CommandError(EXIT_USAGE, '--set is for --virtual; a cluster has its own settings');
  if (!URL.canParse(flags.endpoint)) throw new CommandError(EXIT_USAGE, `--endpoint must be a URL, not "${flags.endpoint}"`);
  const options: LiveOptions = {
    endpoint: flags.endpoint, region: flags.region ?? process.env['AWS_REGION'] ?? process.env['AWS_DEFAULT_REGION'] ?? 'us-east-1',
    credentials: {
      accessKeyId: process.env['AWS_ACCESS_KEY_ID'] ?? 'any', secretAccessKey: process.env['AWS_SECRET_ACCESS_KEY'] ?? 'any', sessionToken: process.env['AWS_SESSION_TOKEN'],
    },
    adminUrl: flags.admin === 'none' ? undefined : flags.admin,
    connectionsMax: flags.connections, inFlightMax: flags.inFlight, requestTimeoutMs: flags.timeout * 1000, retriesMax: flags.retries, preloadItemsMax: flags.preload,
    existingTable: flags.replace === true ? 'replace' : flags.keepTable === true ? 'use' : 'refuse', keepsTable: flags.keepTable === true,
    command: commandOf(flags), settings: {preload: flags.preload, connections: flags.connections, inFlight: flags.inFlight, retries: flags.retries, timeoutSeconds: flags.timeout},
  };
  try {
    return await bench.runLive(spec, options, {
      signal, onPhase: (text) => {
        terminal.err(`${text}\n`);
      },
      onSecond: (second) => {
        if (flags.quiet !== true) terminal.err(`${bench.secondLine(second)}\n`);
      },
    }, traces);
  } catch (cause) {
    if (!(cause instanceof bench.BenchError)) throw cause;
    throw new CommandError(cause.failure.code === 'EndpointFailed' ? EXIT_UNAVAILABLE : EXIT_USAGE, cause.message, {cause});
  }
}

/** The command that does it again; where results go is left out, it changes nothing. */
function commandOf(flags: BenchRunFlags): string {
  const words = ['murmur bench run', '--workload', quoted(flags.workload)];
  const add = (name: string, value: string | number | undefined, otherwise?: string | number): void => {
    if (value !== undefined && value !== otherwise) words.push(name, quoted(String(value)));
  };
  if (flags.virtual === true) {
    words.push('--virtual');
    for (const pair of flags.set) add('--set', pair);
  } else add('--endpoint', flags.endpoint);
  add('--seed', flags.seed);
  add('--seconds', flags.seconds, 60);
  add('--rate-scale', flags.rateScale, 1);
  add('--table', flags.table);
  if (flags.virtual !== true) {
    add('--preload', flags.preload, 0);
    add('--connections', flags.connections, 64);
    add('--in-flight', flags.inFlight, 1000);
    add('--retries', flags.retries, 0);
    add('--timeout', flags.timeout, 5);
  }
  for (const pair of flags.trace) add('--trace', pair);
  add('--assert', flags.assert);
  return words.join(' ');
}
/** As a shell takes it. */
function quoted(text: string): string {
  return /^[\w./:=@%+,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
