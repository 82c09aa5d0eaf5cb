import type {RunRecord} from '../run-record.js';

/** One line a second, with a column for each reason of throttling. */
export function recordCsv(record: RunRecord): string {
  const reasons = [...new Set(record.seconds.flatMap(({throttled}) => Object.keys(throttled)))].sort();
  const head = ['second', 'offered', 'accepted', ...reasons, 'errors', 'retried', 'dropped', 'read_units', 'write_units', 'p50_ms', 'p90_ms', 'p99_ms', 'p999_ms', 'max_ms'];
  const rows = record.seconds.map((row) => [
    row.second, row.offered, row.accepted, ...reasons.map((reason) => row.throttled[reason] ?? 0), row.errors, row.retried, row.dropped, row.readUnits, row.writeUnits,
    ...(row.latency === null ? ['', '', '', '', ''] : [row.latency.p50Ms, row.latency.p90Ms, row.latency.p99Ms, row.latency.p999Ms, row.latency.maxMs]),
  ]);
  return `${[head, ...rows].map((fields) => fields.join(',')).join('\n')}\n`;
}
