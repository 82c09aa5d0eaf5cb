import type {RunRecord, SecondRecord, Verdict} from '../run-record.js';

/** The line of one second while a load runs. */
export function secondLine(row: SecondRecord): string {
  const throttled = Object.entries(row.throttled);
  const count = throttled.reduce((sum, [, each]) => sum + each, 0);
  const reasons = throttled.length === 0 ? '' : `  ${throttled.map(([reason, each]) => `${reason} ${each}`).join(', ')}`;
  const latency = row.latency === null ? '' : `  p50 ${ms(row.latency.p50Ms)}  p99 ${ms(row.latency.p99Ms)}`;
  const trouble = `${row.errors > 0 ? `  errors ${row.errors}` : ''}${row.dropped > 0 ? `  dropped ${row.dropped}` : ''}`;
  return `${String(row.second).padStart(5)} s  offered ${String(row.offered).padStart(6)}  accepted ${String(row.accepted).padStart(6)}  throttled ${String(count).padStart(6)}${latency}${trouble}${reasons}`;
}

/** What came out of a run, for a terminal. */
export function summaryText(record: RunRecord): string {
  const {summary} = record;
  const seconds = Math.max(1, summary.untilSecond - summary.fromSecond);
  const lines = [
    `${record.name}: ${record.title}`,
    `offered    ${summary.offered} requests in ${seconds} s (${rate(summary.offered / seconds)}/s)`,
    `accepted   ${summary.accepted} (${rate(summary.acceptedPerSecond)}/s), ${share(summary.accepted, summary.offered)}`,
    `throttled  ${summary.throttledTotal}, ${share(summary.throttledTotal, summary.offered)}`,
    ...Object.entries(summary.throttled).map(([reason, count]) => `           ${String(count).padStart(8)}  ${reason}`),
    `errors     ${summary.errors}${summary.errors === 0 ? '' : `: ${Object.entries(summary.errorsByKind).map(([kind, count]) => `${count} ${kind}`).join(', ')}`}`,
    ...(summary.retried > 0 ? [`retried    ${summary.retried}`] : []),
    ...(summary.dropped > 0 ? [`dropped    ${summary.dropped}: too many requests were under way`] : []),
    summary.latency === null
      ? 'latency    nothing was answered'
      : `latency    p50 ${ms(summary.latency.p50Ms)}, p90 ${ms(summary.latency.p90Ms)}, p99 ${ms(summary.latency.p99Ms)}, p99.9 ${ms(summary.latency.p999Ms)}, max ${ms(summary.latency.maxMs)}, from the instant a request was due`,
    `capacity   ${rate(summary.readUnits)} read units, ${rate(summary.writeUnits)} write units`,
  ];
  const counts = new Map<string, number>();
  for (const {kind} of record.events) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  if (counts.size > 0) lines.push(`events     ${[...counts].map(([kind, count]) => `${count} ${kind}`).join(', ')}`);
  return `${lines.join('\n')}\n`;
}

export function verdictText(verdicts: readonly Verdict[]): string {
  return verdicts.map(({name, expected, actual, isPassed}) => `${isPassed ? 'pass' : 'FAIL'}  ${name}: expected ${expected}, was ${actual}\n`).join('');
}

export function ms(value: number): string {
  return value >= 1000 ? `${(value / 1000).toFixed(2)} s` : `${value >= 100 ? value.toFixed(0) : value.toFixed(value >= 10 ? 1 : 2)} ms`;
}
function rate(value: number): string {
  return value >= 100 ? String(Math.round(value)) : String(Math.round(value * 10) / 10);
}
function share(part: number, whole: number): string {
  return whole === 0 ? '–' : `${((100 * part) / whole).toFixed(1)} %`;
}
