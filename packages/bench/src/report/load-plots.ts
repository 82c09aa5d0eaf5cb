import type {RunEvent, RunRecord, SecondRecord} from '../run-record.js';
import {RUN_COLOURS, THROTTLE_COLOURS} from './report-style.js';
import {areaPath, escapeText, linePath, niceCeiling, plot, timeText} from './svg-plot.js';
import type {Frame, PlotMark} from './svg-plot.js';

/** More points than this say nothing more on a thousand pixels. */
const POINTS_MAX = 480;

export function figure(title: string, caption: string, legend: string, svg: string): string {
  return `<figure><h3>${escapeText(title)}</h3><figcaption>${escapeText(caption)}</figcaption>${legend}${svg}</figure>`;
}
export function legend(entries: readonly {readonly colour: string; readonly label: string; readonly isStroke?: boolean}[]): string {
  return `<div class="legend">${entries.map(({colour, label, isStroke}) =>
    `<span><i${isStroke === true ? ` class="stroke" style="border-color:var(${colour})"` : ` style="background:var(${colour})"`}></i>${escapeText(label)}</span>`).join('')}</div>`;
}

/** Seconds put together so that at most `POINTS_MAX` remain. */
export function binSeconds(secondCount: number): number {
  return Math.max(1, Math.ceil(secondCount / POINTS_MAX));
}
function binned(rows: readonly SecondRecord[], bin: number, value: (row: SecondRecord) => number): readonly number[] {
  const out: number[] = [];
  for (let from = 0; from < rows.length; from += bin) {
    const part = rows.slice(from, from + bin);
    out.push(part.reduce((sum, row) => sum + value(row), 0) / part.length);
  }
  return out;
}
function binStarts(rows: readonly SecondRecord[], bin: number): readonly number[] {
  return Array.from({length: Math.ceil(rows.length / bin)}, (_, i) => i * bin + bin / 2);
}

/** Which events are drawn through every plot of a run. */
const DRAWN: ReadonlySet<RunEvent['kind']> = new Set(['split', 'fault', 'node-down', 'node-up', 'throughput']);
const MARKS_MAX = 60;
export function marksOf(record: RunRecord): readonly PlotMark[] {
  return record.events.filter(({kind}) => DRAWN.has(kind)).slice(0, MARKS_MAX)
    .map((event) => ({atSecond: event.atMs / 1000, className: event.kind, title: `${timeText(event.atMs / 1000)} ${event.kind}, ${event.cause}: ${event.text}`}));
}

/** What became of requests, stacked up to what was offered. */
export function throughputPlot(record: RunRecord): string {
  const rows = record.seconds;
  const bin = binSeconds(rows.length);
  const at = binStarts(rows, bin);
  const reasons = Object.keys(rows.reduce<Record<string, number>>((all, {throttled}) => {
    for (const [reason, count] of Object.entries(throttled)) all[reason] = (all[reason] ?? 0) + count;
    return all;
  }, {})).sort();
  const parts = [
    {label: 'accepted', colour: '--accepted', values: binned(rows, bin, ({accepted}) => accepted)},
    ...reasons.map((reason, i) => ({label: reason, colour: THROTTLE_COLOURS[Math.min(i, THROTTLE_COLOURS.length - 1)] ?? '--t0', values: binned(rows, bin, ({throttled}) => throttled[reason] ?? 0)})),
    {label: 'errors', colour: '--error', values: binned(rows, bin, ({errors}) => errors)},
    {label: 'not sent', colour: '--dropped', values: binned(rows, bin, ({dropped}) => dropped)},
  ].filter(({label, values}) => label === 'accepted' || values.some((value) => value > 0));
  const offered = binned(rows, bin, (row) => row.offered);
  const frame: Frame = {height: 260, fromSecond: 0, untilSecond: rows.length, valueMax: niceCeiling(Math.max(1, ...offered))};
  let lower = offered.map(() => 0);
  let inside = '';
  const classes: string[] = [];
  for (const {colour, values} of parts) {
    const upper = lower.map((value, i) => value + (values[i] ?? 0));
    inside += areaPath(frame, at, lower, upper, '').replace('class="area "', `style="fill:var(${colour})"`);
    lower = upper;
    classes.push(colour);
  }
  inside += linePath(frame, at.map((second, i) => [second, offered[i] ?? 0] as const), 'thin').replace('class="line thin"', 'class="line thin dash" style="stroke:var(--offered)"');
  return figure(
    'Requests a second', bin === 1 ? 'By the second in which they were due.' : `By the instant at which they were due; means of ${bin} s.`,
    legend([...parts.map(({label, colour}) => ({label, colour})), {label: 'offered', colour: '--offered', isStroke: true}]),
    plot(frame, `Accepted and throttled requests a second of ${record.name}`, inside, marksOf(record), compactNumber),
  );
}

const PERCENTILES = [
  {label: 'p99.9', colour: '--p999', of: (row: SecondRecord) => row.latency?.p999Ms}, {label: 'p99', colour: '--p99', of: (row: SecondRecord) => row.latency?.p99Ms},
  {label: 'p90', colour: '--p90', of: (row: SecondRecord) => row.latency?.p90Ms}, {label: 'p50', colour: '--p50', of: (row: SecondRecord) => row.latency?.p50Ms},
] as const;

/** Percentiles of each second. Where seconds are put together the worst of them is shown, never a mean of percentiles. */
export function latencyPlot(record: RunRecord): string {
  const rows = record.seconds;
  const known = rows.flatMap(({latency}) => (latency === null ? [] : [latency]));
  if (known.length === 0) return '';
  const bin = binSeconds(rows.length);
  const low = Math.min(...known.map(({p50Ms}) => Math.max(0.001, p50Ms)));
  const high = Math.max(...known.map(({p999Ms}) => p999Ms));
  const logFrom = 10 ** Math.floor(Math.log10(low));
  const frame: Frame = {height: 220, fromSecond: 0, untilSecond: rows.length, valueMax: Math.max(10 * logFrom, 10 ** Math.ceil(Math.log10(high))), logFrom};
  const inside = PERCENTILES.map(({colour, of}) => {
    const points: (readonly [number, number | null])[] = [];
    for (let from = 0; from < rows.length; from += bin) {
      const values = rows.slice(from, from + bin).flatMap((row) => of(row) ?? []);
      points.push([from + bin / 2, values.length === 0 ? null : Math.max(...values)]);
    }
    return linePath(frame, points, 'p').replace('class="line p"', `class="line" style="stroke:var(${colour})"`);
  }).join('');
  return figure(
    'Latency of accepted requests', `From the instant at which a request was due to its answer; logarithmic${bin === 1 ? '' : `; the worst second of ${bin}`}.`,
    legend(PERCENTILES.map(({label, colour}) => ({label, colour, isStroke: true}))), plot(frame, `Latency percentiles of ${record.name}`, inside, marksOf(record), tickMs),
  );
}

/** One line for each run on one time axis. */
export function overlayPlot(title: string, caption: string, records: readonly RunRecord[], value: (row: SecondRecord) => number | undefined, format: (value: number) => string): string {
  const secondCount = Math.max(...records.map(({seconds}) => seconds.length));
  const bin = binSeconds(secondCount);
  const lines = records.map((record) => {
    const points: (readonly [number, number | null])[] = [];
    for (let from = 0; from < record.seconds.length; from += bin) {
      const values = record.seconds.slice(from, from + bin).flatMap((row) => value(row) ?? []);
      points.push([from + bin / 2, values.length === 0 ? null : values.reduce((sum, one) => sum + one, 0) / values.length]);
    }
    return points;
  });
  const frame: Frame = {height: 220, fromSecond: 0, untilSecond: secondCount, valueMax: niceCeiling(Math.max(1e-3, ...lines.flat().map(([, one]) => one ?? 0)))};
  const colourOf = (i: number): string => RUN_COLOURS[i % RUN_COLOURS.length] ?? '--accepted';
  const inside = lines.map((points, i) => linePath(frame, points, 'run').replace('class="line run"', `class="line" style="stroke:var(${colourOf(i)})"`)).join('');
  return figure(title, caption, legend(records.map((record, i) => ({label: runLabel(record, i), colour: colourOf(i), isStroke: true}))), plot(frame, title, inside, [], format));
}
/** How a run is called among others. */
export function runLabel(record: RunRecord, i: number): string {
  return `${i + 1}. ${record.name}`;
}

/** 10 ms, not 10.0 ms. */
export function tickMs(value: number): string {
  return value >= 1000 ? `${value / 1000} s` : `${Math.round(value * 1000) / 1000} ms`;
}

export function compactNumber(value: number): string {
  if (value >= 1_000_000) return `${Math.round(value / 100_000) / 10}M`;
  return value >= 10_000 ? `${Math.round(value / 100) / 10}k` : value.toLocaleString('en-US');
}
