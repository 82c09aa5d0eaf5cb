import {existsSync, mkdirSync, readFileSync, renameSync, writeFileSync} from 'node:fs';
import {dirname} from 'node:path';
import type {FaultRow} from './fault-table.js';
import {spreadOf} from './gaps.js';
import type {RunReport} from './report.js';

/** What one run came to: an entry of docs/reliability/nemesis.json. */
export type LedgerEntry = Omit<RunReport, 'rows' | 'checks' | 'injections'> & {
  readonly injections: number;
  readonly gaps: Readonly<Record<string, Pick<FaultRow, 'injections' | 'tookEffect' | 'writeGapMs' | 'readGapMs' | 'leaderChanges'>>>;
  readonly checkCount: number;
  readonly failedChecks: readonly string[];
};

/** Appends a run to the ledger and writes its page, a file of the same name with `.md`, anew. */
export function recordRun(path: string, report: RunReport): void {
  const known: unknown = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : [];
  const entries = [...(Array.isArray(known) ? (known as LedgerEntry[]) : []), entryOf(report)];
  mkdirSync(dirname(path), {recursive: true});
  replaceFile(path, `${JSON.stringify(entries, null, 2)}\n`);
  replaceFile(path.replace(/\.json$/, '.md'), renderRuns(entries));
}

export function entryOf(report: RunReport): LedgerEntry {
  const {rows, checks, injections, ...rest} = report;
  return {
    ...rest, injections: injections.length, checkCount: checks.length, failedChecks: checks.filter((check) => !check.isPassed).map((check) => check.name),
    gaps: Object.fromEntries(rows.map(({name, injections: count, tookEffect, writeGapMs, readGapMs, leaderChanges}) => [name, {injections: count, tookEffect, writeGapMs, readGapMs, leaderChanges}])),
  };
}

/** The ledger as a page for readers. */
export function renderRuns(entries: readonly LedgerEntry[]): string {
  const number = (value: number): string => String(value).replace(/\B(?=(\d{3})+(?!\d))/g, ',');
  const lines = [
    '# Runs of the nemesis', '',
    'Written by `npm run nemesis -- --record` from `docs/reliability/nemesis.json`. How it works: [../nemesis.md](../nemesis.md).', '',
    '| date | commit | seed | processes | injections | operations judged | writes acknowledged | lost | violations | not judged | checks failed |',
    '| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- |',
    ...entries.map((entry) => `| ${entry.atDate.slice(0, 10)} | ${entry.commit} | ${entry.seed} | ${entry.nodeCount} | ${number(entry.injections)} | ${number(entry.operations)} | ${number(entry.acknowledged)} | ${number(entry.lost)} | ${number(entry.violations)} | ${number(entry.unknown)} | ${entry.failedChecks.length === 0 ? '0' : entry.failedChecks.join('; ')} |`),
    '', '## Gaps by kind of fault', '',
    'Longest time without an acknowledged write in one partition, of all runs; where runs differ, the worst of each column.', '',
    '| fault | injections | took effect | write gap p50 / p99 / max ms | read gap p50 / p99 / max ms |', '| --- | ---: | ---: | ---: | ---: |',
  ];
  const names = [...new Set(entries.flatMap((entry) => Object.keys(entry.gaps)))].sort();
  for (const name of names) {
    const own = entries.flatMap((entry) => entry.gaps[name] ?? []);
    const worst = (pick: (gap: (typeof own)[number]) => number): number => spreadOf(own.map(pick)).max;
    const sum = (pick: (gap: (typeof own)[number]) => number): number => own.reduce((total, gap) => total + pick(gap), 0);
    lines.push(`| ${name} | ${number(sum((gap) => gap.injections))} | ${number(sum((gap) => gap.tookEffect))} | ${worst((gap) => gap.writeGapMs.p50)} / ${worst((gap) => gap.writeGapMs.p99)} / ${worst((gap) => gap.writeGapMs.max)} | ${worst((gap) => gap.readGapMs.p50)} / ${worst((gap) => gap.readGapMs.p99)} / ${worst((gap) => gap.readGapMs.max)} |`);
  }
  return `${lines.join('\n')}\n`;
}

/** Whole or as before. */
function replaceFile(path: string, text: string): void {
  writeFileSync(`${path}.new`, text);
  renameSync(`${path}.new`, path);
}
