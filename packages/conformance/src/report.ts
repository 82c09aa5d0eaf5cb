import type {CaseResult} from './run-area.js';

export interface AreaSummary {
  readonly area: string;
  readonly caseCount: number;
  readonly passedCaseCount: number;
  /** Assertions. */
  readonly passedCount: number;
  readonly failedCount: number;
}

export function summarize(results: readonly CaseResult[]): readonly AreaSummary[] {
  return [...new Set(results.map(({area}) => area))].map((area) => {
    const own = results.filter((result) => result.area === area);
    return {
      area,
      caseCount: own.length,
      passedCaseCount: own.filter(({faults}) => faults.length === 0).length,
      passedCount: own.reduce((sum, {passedCount}) => sum + passedCount, 0),
      failedCount: own.reduce((sum, {faults}) => sum + faults.length, 0),
    };
  });
}

/** What the command prints: every case that failed, then passed and failed by area. */
export function reportText(results: readonly CaseResult[]): string {
  const lines: string[] = [];
  for (const {area, name, rule, faults} of results) {
    if (faults.length === 0) continue;
    lines.push(`FAILED ${area}: ${name} (${rule})`, ...faults.map((fault) => `  ${fault}`));
  }
  const summaries = summarize(results);
  const total = (count: (summary: AreaSummary) => number): number => summaries.reduce((sum, summary) => sum + count(summary), 0);
  const rows = [
    ['area', 'cases', 'failed', 'assertions', 'failed'],
    ...summaries.map((summary) => [
      summary.area, String(summary.caseCount), String(summary.caseCount - summary.passedCaseCount), String(summary.passedCount + summary.failedCount), String(summary.failedCount),
    ]),
    ['all', String(total(({caseCount}) => caseCount)), String(total(({caseCount, passedCaseCount}) => caseCount - passedCaseCount)),
      String(total(({passedCount, failedCount}) => passedCount + failedCount)), String(total(({failedCount}) => failedCount))],
  ];
  const widths = rows[0]?.map((_cell, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0))) ?? [];
  for (const row of rows) lines.push(row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join('  '));
  return `${lines.join('\n')}\n`;
}
