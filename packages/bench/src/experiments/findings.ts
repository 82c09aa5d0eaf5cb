import type {RunRecord, SecondRecord, Verdict} from '../run-record.js';
import type {ExperimentOutcome} from './experiment.js';

/** Seconds of a record, `until` excluded. */
export interface Window {
  readonly from: number;
  readonly until: number;
}
export function windowOf(from: number, until: number): Window {
  return {from, until};
}

/** Requests a second of one stream that were accepted. */
export function acceptedPerSecond(record: RunRecord, stream: number, window: Window): number {
  return sum(record, window, (row) => row.byStream[stream]?.[1] ?? 0) / (window.until - window.from);
}
export function accepted(record: RunRecord, stream: number, window: Window): number {
  return sum(record, window, (row) => row.byStream[stream]?.[1] ?? 0);
}
/** Part of a stream's requests that was throttled. */
export function throttledRatio(record: RunRecord, stream: number, window: Window): number {
  const offered = sum(record, window, (row) => row.byStream[stream]?.[0] ?? 0);
  return offered === 0 ? 0 : sum(record, window, (row) => row.byStream[stream]?.[2] ?? 0) / offered;
}
export function throttledCount(record: RunRecord, stream: number, window: Window): number {
  return sum(record, window, (row) => row.byStream[stream]?.[2] ?? 0);
}
/** Requests of a stream that failed otherwise than by throttling. */
export function failedCount(record: RunRecord, stream: number, window: Window): number {
  return sum(record, window, (row) => (row.byStream[stream]?.[0] ?? 0) - (row.byStream[stream]?.[1] ?? 0) - (row.byStream[stream]?.[2] ?? 0));
}
export function writeUnitsPerSecond(record: RunRecord, window: Window): number {
  return sum(record, window, (row) => row.writeUnits) / (window.until - window.from);
}
export function readUnitsPerSecond(record: RunRecord, window: Window): number {
  return sum(record, window, (row) => row.readUnits) / (window.until - window.from);
}
export function errorCount(record: RunRecord, window: Window): number {
  return sum(record, window, (row) => row.errors);
}
/** The reasons of throttles, sorted. */
export function reasons(record: RunRecord, window: Window): readonly string[] {
  const seen = new Set<string>();
  for (const row of rows(record, window)) for (const [reason, count] of Object.entries(row.throttled)) if (count > 0) seen.add(reason);
  return [...seen].sort();
}
/** The most frequent reason of throttles; empty without any. */
export function mainReason(record: RunRecord, window: Window): string {
  const counts = new Map<string, number>();
  for (const row of rows(record, window)) for (const [reason, count] of Object.entries(row.throttled)) counts.set(reason, (counts.get(reason) ?? 0) + count);
  return [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))[0]?.[0] ?? '';
}
/** The mean of the seconds' 99th percentiles. */
export function p99MsMean(record: RunRecord, window: Window): number {
  const values = rows(record, window).flatMap(({latency}) => (latency === null ? [] : [latency.p99Ms]));
  return values.length === 0 ? 0 : values.reduce((total, value) => total + value, 0) / values.length;
}
/** The slowest request that was due in the window. */
export function maxMs(record: RunRecord, window: Window): number {
  return Math.max(0, ...rows(record, window).map(({latency}) => latency?.maxMs ?? 0));
}
export function measure(record: RunRecord, name: string): number {
  return record.measures[name] ?? 0;
}

/** From this on a cut comes too late for the short steps of a live run. */
const LIVE_SUSTAIN_SECONDS_MAX = 20;
/** Whether cuts can be judged: always in virtual time, and where a cluster tells of them and may make them soon enough. */
export function judgesCuts({isLive, settings}: Pick<ExperimentOutcome, 'isLive' | 'settings'>, record: RunRecord): boolean {
  return !isLive || (record.measures['splits'] !== undefined && settings.splitForHeat && settings.splitSustainSeconds <= LIVE_SUSTAIN_SECONDS_MAX);
}

/** Within a percentage of what was expected, or within `slack` of it where that is more. */
export function near(name: string, actual: number, expected: number, tolerancePercent: number, unit: string, slack = 0): Verdict {
  const tolerance = Math.max((Math.abs(expected) * tolerancePercent) / 100, slack);
  return {name, expected: `${shown(expected)} ${unit} ±${shown(tolerance)}`, actual: `${shown(actual)} ${unit}`, isPassed: Math.abs(actual - expected) <= tolerance};
}
export function atMost(name: string, actual: number, limit: number, unit: string): Verdict {
  return {name, expected: `at most ${shown(limit)} ${unit}`, actual: `${shown(actual)} ${unit}`, isPassed: actual <= limit};
}
export function atLeast(name: string, actual: number, limit: number, unit: string): Verdict {
  return {name, expected: `at least ${shown(limit)} ${unit}`, actual: `${shown(actual)} ${unit}`, isPassed: actual >= limit};
}
export function exactly(name: string, actual: string, expected: string): Verdict {
  return {name, expected, actual: actual === '' ? 'none' : actual, isPassed: actual === expected};
}
/** Percent with two digits. */
export function percent(ratio: number): number {
  return Math.round(ratio * 10_000) / 100;
}

function rows(record: RunRecord, {from, until}: Window): readonly SecondRecord[] {
  return record.seconds.slice(from, until);
}
function sum(record: RunRecord, window: Window, value: (row: SecondRecord) => number): number {
  let total = 0;
  for (const row of rows(record, window)) total += value(row);
  return total;
}
function shown(value: number): string {
  return String(Math.round(value * 100) / 100);
}
