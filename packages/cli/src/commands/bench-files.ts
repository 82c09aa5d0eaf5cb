import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {dirname} from 'node:path';
import type * as benchPackage from '@murmuration/bench';
import type {RunRecord} from '@murmuration/bench';
import {CommandError, EXIT_CHECK_FAILED, EXIT_FAILED, EXIT_NOT_FOUND, EXIT_OK, EXIT_USAGE} from '../exit-codes.js';
import type {Terminal} from '../terminal.js';
import {newTable} from './status.js';

/** The load generator is a large import: commands that do not need it do not wait for it. */
export type BenchPackage = typeof benchPackage;
export async function loadBench(): Promise<BenchPackage> {
  return import('@murmuration/bench');
}

/** Writes a preset as a file, or lists the presets. */
export async function benchInit(
  preset: string | undefined, {out, seed, seconds, rateScale}: {readonly out?: string; readonly seed: number; readonly seconds: number; readonly rateScale: number}, terminal: Terminal,
): Promise<number> {
  const bench = await loadBench();
  if (preset === undefined) {
    const rows = newTable(['PRESET', 'WHAT']);
    for (const {name, title} of bench.PRESET_LIST) rows.push([name, title]);
    terminal.out(`${rows.toString()}\n`);
    return EXIT_OK;
  }
  const spec = bench.presetWorkload(preset, {seed, seconds, rateScale});
  if (spec === undefined) throw unknownPreset(bench, preset);
  const text = `${JSON.stringify(spec, null, 2)}\n`;
  if (out === undefined) terminal.out(text);
  else {
    writeText(out, text);
    terminal.err(`${out} is written; run it with: murmur bench run --workload ${out}\n`);
  }
  return EXIT_OK;
}

/** Makes a page of records. Exit code 7 when an assertion about the first one fails. */
export async function benchReport(files: readonly string[], {out, assert}: {readonly out: string; readonly assert?: string}, terminal: Terminal): Promise<number> {
  const bench = await loadBench();
  const records = files.map((file) => readRecordFile(bench, file));
  if (records.length > bench.REPORT_RUNS_MAX) throw new CommandError(EXIT_USAGE, `a page has at most ${bench.REPORT_RUNS_MAX} runs`);
  const [first] = records;
  const verdicts = first === undefined || assert === undefined ? [] : bench.judge(asUsage(bench, () => bench.parseAssertions(assert)), first);
  writeText(out, bench.renderReport(records, verdicts));
  terminal.err(`${bench.verdictText(verdicts)}report: ${out}\n`);
  return verdicts.every(({isPassed}) => isPassed) ? EXIT_OK : EXIT_CHECK_FAILED;
}

export async function benchCompare(firstFile: string, secondFile: string, isJson: boolean, terminal: Terminal): Promise<number> {
  const bench = await loadBench();
  const first = readRecordFile(bench, firstFile);
  const second = readRecordFile(bench, secondFile);
  const rows = bench.compareRuns(first, second);
  terminal.out(isJson ? `${JSON.stringify({apiVersion: 'murmuration/v1', first: firstFile, second: secondFile, comparisons: rows}, null, 2)}\n` : bench.renderComparison(first, second, rows));
  return EXIT_OK;
}

function readRecordFile(bench: BenchPackage, file: string): RunRecord {
  const text = readText(file);
  return asUsage(bench, () => bench.readRecord(text), `${file}: `);
}

export function unknownPreset(bench: BenchPackage, name: string): CommandError {
  return new CommandError(EXIT_USAGE, `there is no preset ${name}; there are ${bench.PRESET_LIST.map((preset) => preset.name).join(', ')}`);
}
/** What the user wrote wrongly is a usage error, whatever noticed it. */
export function asUsage<Value>(bench: BenchPackage, make: () => Value, before = ''): Value {
  try {
    return make();
  } catch (cause) {
    if (cause instanceof bench.BenchError) throw new CommandError(EXIT_USAGE, before + cause.message, {cause});
    throw cause;
  }
}

export function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new CommandError(EXIT_NOT_FOUND, `cannot read ${file}: ${cause instanceof Error ? cause.message : 'failed'}`, {cause});
  }
}
/** Folders on the way are made. */
export function writeText(file: string, text: string): void {
  try {
    mkdirSync(dirname(file), {recursive: true});
    writeFileSync(file, text);
  } catch (cause) {
    throw new CommandError(EXIT_FAILED, `cannot write ${file}: ${cause instanceof Error ? cause.message : 'failed'}`, {cause});
  }
}
