import type {FaultRow} from './fault-table.js';
import type {Spread} from './gaps.js';
import type {Injection} from './injection.js';

/** One promise that a run was held against. */
export interface Check {
  readonly name: string;
  readonly isPassed: boolean;
  readonly detail: string;
}
export interface RunReport {
  readonly tool: 'nemesis';
  readonly atDate: string;
  readonly commit: string;
  readonly seed: number;
  readonly seconds: number;
  readonly nodeCount: number;
  readonly faults: readonly string[];
  readonly skipped: readonly {readonly fault: string; readonly reason: string}[];
  /** Calls of clients, all kinds, final reads included. */
  readonly calls: number;
  /** Those that a checker judged: calls that proved to be without effect and reads without an answer are none. */
  readonly operations: number;
  /** Acknowledged writes of the load and of the probes. */
  readonly acknowledged: number;
  readonly lost: number;
  readonly violations: number;
  /** Items that could not be judged. */
  readonly unknown: number;
  /** Calls without an answer. */
  readonly unansweredCalls: number;
  readonly rows: readonly FaultRow[];
  /** In the order in which they were made. */
  readonly injections: readonly Injection[];
  readonly checks: readonly Check[];
}

const shown = ({p50, p99, max}: Spread): string => `${p50} / ${p99} / ${max}`;

/** The report as text; its last line counts the checks. */
export function renderReport(report: RunReport): string {
  const lines = [
    `nemesis: seed ${report.seed}, ${report.seconds} s, ${report.nodeCount} processes, commit ${report.commit}`,
    `${report.operations} operations judged of ${report.calls} calls, ${report.acknowledged} writes acknowledged, ${report.unansweredCalls} calls without an answer`,
    '',
    ...table([
      ['fault', 'injections', 'took effect', 'write gap ms p50 / p99 / max', 'read gap ms p50 / p99 / max', 'new terms', 'answers/s', 'errors'],
      ...report.rows.map((row) => [
        row.name, String(row.injections), String(row.tookEffect), shown(row.writeGapMs), shown(row.readGapMs), String(row.leaderChanges), String(row.goodput),
        Object.entries(row.errors).slice(0, 4).map(([type, count]) => `${type}: ${count}`).join(', '),
      ]),
    ]),
    '',
    ...report.skipped.map(({fault, reason}) => `skipped: ${fault}: ${reason}`),
    ...report.checks.map((check) => `${check.isPassed ? 'pass' : 'FAIL'}  ${check.name}${check.detail === '' ? '' : `: ${check.detail}`}`),
    `${report.checks.filter((check) => check.isPassed).length} checks passed, ${report.checks.filter((check) => !check.isPassed).length} failed`,
  ];
  return `${lines.join('\n')}\n`;
}

export function table(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ').trimEnd());
}
