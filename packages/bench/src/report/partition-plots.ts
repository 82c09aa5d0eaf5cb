import type {BucketSeries, PartitionSeries, RunEvent, RunRecord} from '../run-record.js';
import {compactNumber, figure, legend, marksOf} from './load-plots.js';
import {HEAT_COLOURS} from './report-style.js';
import {PLOT_LEFT, PLOT_TOP, bottomOf, escapeText, fixed, linePath, niceCeiling, plot, timeAxis, timeText, x} from './svg-plot.js';
import type {Frame} from './svg-plot.js';

/** Columns of a heat map: more would be narrower than a pixel of the usual screen. */
const COLUMNS_MAX = 240;
const ROWS_MAX = 96;
const HEIGHT_FOR_ROWS = 320;
const ROW_HEIGHT_MAX = 26;
const ROW_HEIGHT_MIN = 5;
const EVENT_MARKS_MAX = 400;
const BUCKETS_MAX = 24;

/**
 * Partitions from top to bottom in the order of their keys, time from left to right, colour by how much of its ceiling a
 * partition used: the fuller of reads and writes, in the fullest second of a column.
 */
export function heatMap(record: RunRecord): string {
  const series = [...record.partitions].sort((a, b) => compareText(a.index ?? '', b.index ?? '') || a.keyFrom - b.keyFrom || a.keyUntil - b.keyUntil || a.firstSecond - b.firstSecond);
  if (series.length === 0) return '';
  const shown = series.length <= ROWS_MAX ? series : hottest(series, ROWS_MAX);
  const rowHeight = Math.max(ROW_HEIGHT_MIN, Math.min(ROW_HEIGHT_MAX, Math.floor(HEIGHT_FOR_ROWS / shown.length)));
  const frame: Frame = {height: PLOT_TOP + shown.length * rowHeight + 26, fromSecond: 0, untilSecond: Math.max(1, record.seconds.length), valueMax: 1};
  const columnSeconds = Math.max(1, Math.ceil(record.seconds.length / COLUMNS_MAX));
  const paths = HEAT_COLOURS.map(() => '');
  const rowOf = new Map<string, number>();
  let labels = '';
  shown.forEach((one, row) => {
    rowOf.set(one.partition, row);
    const top = PLOT_TOP + row * rowHeight;
    if (rowHeight >= 11) labels += `<text class="tick" x="${PLOT_LEFT - 8}" y="${fixed(top + rowHeight / 2 + 3.5)}" text-anchor="end">${escapeText(rowLabel(one))}</text>`;
    for (const cell of cellsOf(one, columnSeconds)) {
      const left = x(frame, cell.fromSecond);
      const right = x(frame, Math.min(cell.untilSecond, frame.untilSecond));
      if (right > left) paths[cell.level] += `M${fixed(left)} ${top}H${fixed(right)}V${fixed(top + rowHeight - (rowHeight > 8 ? 1 : 0))}H${fixed(left)}Z`;
    }
  });
  const cells = paths.map((path, level) => (path === '' ? '' : `<path d="${path}" style="fill:var(${HEAT_COLOURS[level] ?? '--h0'})"/>`)).join('');
  const marks = record.events.slice(0, EVENT_MARKS_MAX).map((event) => eventMark(frame, event, rowOf, rowHeight)).join('');
  const svg = `<svg viewBox="0 0 ${960} ${frame.height}" role="img" aria-label="Heat of partitions of ${escapeText(record.name)} over time">${labels}${cells}${timeAxis(frame)}${marks}</svg>`;
  const left = series.length === shown.length ? '' : `; the ${shown.length} hottest of ${series.length}`;
  return figure(
    'Heat of partitions', `Part of its ceiling that each partition used, the fuller of reads and writes${columnSeconds === 1 ? '' : `, in the fullest second of ${columnSeconds}`}${left}. In the order of their keys; a row begins where the partition was made.`,
    `${legend(HEAT_COLOURS.map((colour, level) => ({colour, label: heatLabel(level)})))}${eventLegend(record.events)}`, svg,
  );
}

const LEVEL_COUNT = HEAT_COLOURS.length;
/** 0 is nothing at all; the rest are equal parts of the ceiling. */
function levelOf(part: number): number {
  return part <= 0 ? 0 : Math.min(LEVEL_COUNT - 1, 1 + Math.floor(part * (LEVEL_COUNT - 1)));
}
function heatLabel(level: number): string {
  if (level === 0) return 'nothing';
  return level === LEVEL_COUNT - 1 ? `over ${Math.round((100 * (level - 1)) / (LEVEL_COUNT - 1))} %` : `to ${Math.round((100 * level) / (LEVEL_COUNT - 1))} %`;
}

/** Runs of columns with the same colour. */
function* cellsOf(series: PartitionSeries, columnSeconds: number): Generator<{level: number; fromSecond: number; untilSecond: number}> {
  const end = series.firstSecond + Math.max(series.readUnits.length, series.writeUnits.length);
  let open: {level: number; fromSecond: number; untilSecond: number} | undefined;
  for (let from = Math.floor(series.firstSecond / columnSeconds) * columnSeconds; from < end; from += columnSeconds) {
    let part = 0;
    for (let second = Math.max(from, series.firstSecond); second < Math.min(end, from + columnSeconds); second += 1) {
      const i = second - series.firstSecond;
      part = Math.max(part, (series.readUnits[i] ?? 0) / series.readUnitsMax, (series.writeUnits[i] ?? 0) / series.writeUnitsMax);
    }
    const level = levelOf(part);
    const untilSecond = Math.min(end, from + columnSeconds);
    if (open?.level === level) open.untilSecond = untilSecond;
    else {
      if (open !== undefined) yield open;
      open = {level, fromSecond: Math.max(from, series.firstSecond), untilSecond};
    }
  }
  if (open !== undefined) yield open;
}
function hottest(series: readonly PartitionSeries[], count: number): readonly PartitionSeries[] {
  const heat = (one: PartitionSeries): number => one.readUnits.reduce((sum, units) => sum + units / one.readUnitsMax, 0) + one.writeUnits.reduce((sum, units) => sum + units / one.writeUnitsMax, 0);
  const kept = new Set([...series].sort((a, b) => heat(b) - heat(a)).slice(0, count));
  return series.filter((one) => kept.has(one));
}
function rowLabel({partition, index}: PartitionSeries): string {
  const label = index === null ? partition : `${index} ${partition}`;
  return label.length > 9 ? `…${label.slice(-8)}` : label;
}

function eventMark(frame: Frame, event: RunEvent, rowOf: ReadonlyMap<string, number>, rowHeight: number): string {
  const atX = x(frame, event.atMs / 1000);
  const title = `<title>${escapeText(`${timeText(event.atMs / 1000)} ${event.kind}, ${event.cause}: ${event.text}`)}</title>`;
  const row = event.partition === null ? undefined : rowOf.get(event.partition);
  const atY = row === undefined ? PLOT_TOP : PLOT_TOP + row * rowHeight + rowHeight / 2;
  switch (event.kind) {
    case 'split':
      return `<g class="mark">${title}<polygon style="fill:var(--split)" points="${fixed(atX)},${fixed(atY - 6)} ${fixed(atX + 6)},${fixed(atY + 5)} ${fixed(atX - 6)},${fixed(atY + 5)}"/></g>`;
    case 'leader-change':
    case 'move':
      return `<g class="mark">${title}<circle style="fill:var(--leader)" cx="${fixed(atX)}" cy="${fixed(atY)}" r="${event.kind === 'move' ? 3 : 4.5}"/></g>`;
    case 'no-split':
      return `<g class="mark">${title}<polygon style="fill:var(--note)" points="${fixed(atX)},${fixed(atY - 5)} ${fixed(atX + 5)},${fixed(atY)} ${fixed(atX)},${fixed(atY + 5)} ${fixed(atX - 5)},${fixed(atY)}"/></g>`;
    case 'node-down':
    case 'node-up':
    case 'fault':
    case 'throughput':
    case 'note':
      return `<g class="mark ${event.kind}">${title}<line x1="${fixed(atX)}" x2="${fixed(atX)}" y1="${PLOT_TOP}" y2="${bottomOf(frame)}"/></g>`;
  }
}
function eventLegend(events: readonly RunEvent[]): string {
  const count = (...kinds: readonly RunEvent['kind'][]): number => events.filter(({kind}) => kinds.includes(kind)).length;
  const entries = [
    {colour: '--split', label: `▲ splits: ${count('split')}`, count: count('split')},
    {colour: '--leader', label: `● leaders and replicas moved: ${count('leader-change', 'move')}`, count: count('leader-change', 'move')},
    {colour: '--note', label: `◆ not split: ${count('no-split')}`, count: count('no-split')},
    {colour: '--fault', label: `faults: ${count('fault', 'node-down')}`, count: count('fault', 'node-down')},
  ];
  return legend(entries.filter((entry) => entry.count > 0));
}

/** Levels of token buckets, one small plot each on the same time axis. */
export function bucketPlots(record: RunRecord): string {
  if (record.buckets.length === 0) return '';
  // A bucket that stays full says nothing.
  const used = record.buckets.filter(({tokens}) => Math.min(...tokens) < 0.95 * Math.max(...tokens));
  const shown = used.slice(0, BUCKETS_MAX);
  const left = record.buckets.length - shown.length;
  if (shown.length === 0) return '';
  const parts = shown.map((bucket) => `<p class="soft">${escapeText(bucket.bucket)}, ${compactNumber(Math.round(bucket.sizeUnits * 10) / 10)} units at most</p>${bucketPlot(record, bucket)}`);
  return figure('Tokens', `Left in each bucket at the end of a second${left > 0 ? `; ${left} more, the full ones among them, are in the JSON` : ''}.`, '', parts.join(''));
}
function bucketPlot(record: RunRecord, bucket: BucketSeries): string {
  const step = Math.max(1, Math.ceil(bucket.tokens.length / 480));
  const frame: Frame = {height: 110, fromSecond: 0, untilSecond: Math.max(1, record.seconds.length), valueMax: niceCeiling(Math.max(1e-3, bucket.sizeUnits, ...bucket.tokens) * 0.98)};
  const points = bucket.tokens.flatMap((tokens, i) => (i % step === 0 ? [[bucket.firstSecond + i + 1, tokens] as const] : []));
  const bottom = fixed(bottomOf(frame));
  const line = linePath(frame, points, 'tokens');
  const outline = /d="M([^"]*)"/.exec(line)?.[1];
  const first = points[0]?.[0] ?? 0;
  const last = points.at(-1)?.[0] ?? 0;
  const area = outline === undefined ? '' : `<path style="fill:var(--accepted);opacity:.22" d="M${fixed(x(frame, first))} ${bottom}L${outline}L${fixed(x(frame, last))} ${bottom}Z"/>`;
  return plot(frame, `Tokens of ${bucket.bucket}`, area + line.replace('class="line tokens"', 'class="line" style="stroke:var(--accepted)"'), marksOf(record), compactNumber);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
