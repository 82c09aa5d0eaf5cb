import type {PartitionSeries, RunRecord} from '../run-record.js';
import {escapeText} from '../report/svg-plot.js';

const WIDTH = 720;
const [LEFT, RIGHT] = [60, 12];
const [LOAD_TOP, LOAD_HEIGHT] = [34, 150];
const [MAP_GAP, ROW_HEIGHT_MAX, MAP_HEIGHT_MAX] = [34, 14, 150];
/** A picture has so many columns, whatever the run's length: small files. */
const COLUMNS_MAX = 144;
const SHADES = ['#eef1f4', '#cfe0ee', '#9cc3e0', '#5f9fcf', '#f2b25c', '#e0703a', '#b8281f'] as const;
const REASON_COLOURS = [['KeyRange', '#c9392f'], ['Index', '#8a4fb5'], ['Provisioned', '#e39a34'], ['', '#7a7a7a']] as const;

interface Column {
  offered: number;
  accepted: number;
  errors: number;
  readonly throttled: number[];
}

/** One run as a picture by itself: requests a second by what became of them, and the load of partitions below. Equal records give equal bytes. */
export function experimentPicture(record: RunRecord): string {
  const secondCount = Math.max(1, record.seconds.length);
  const binSeconds = Math.ceil(secondCount / COLUMNS_MAX);
  const columns = columnsOf(record, binSeconds);
  const top = Math.max(1, ...columns.map(({offered}) => offered));
  const xAt = (column: number): number => LEFT + ((WIDTH - LEFT - RIGHT) * column * binSeconds) / secondCount;
  const yAt = (value: number): number => LOAD_TOP + LOAD_HEIGHT * (1 - value / top);
  const partitions = record.partitions.filter(({readUnits, writeUnits}) => readUnits.some(isAboveZero) || writeUnits.some(isAboveZero));
  const map = heatRows(partitions, secondCount, binSeconds, LOAD_TOP + LOAD_HEIGHT + MAP_GAP);
  const height = LOAD_TOP + LOAD_HEIGHT + MAP_GAP + map.height + 8;
  const bars = columns.map((column, i) => {
    const [from, until] = [xAt(i), Math.min(WIDTH - RIGHT, xAt(i + 1))];
    let base = 0;
    const bar = (value: number, colour: string): string => {
      if (value <= 0) return '';
      const y = yAt(base + value);
      const part = `<rect x="${short(from)}" y="${short(y)}" width="${short(until - from)}" height="${short(yAt(base) - y)}" fill="${colour}"/>`;
      base += value;
      return part;
    };
    return bar(column.accepted, '#4c9a6a') + column.throttled.map((count, reason) => bar(count, REASON_COLOURS[reason]?.[1] ?? '#7a7a7a')).join('') + bar(column.errors, '#222222');
  });
  const splits = record.events.filter(({kind, partition}) => kind === 'split' && partition !== null);
  const marks = splits.map(({atMs}) => {
    const at = short(LEFT + ((WIDTH - LEFT - RIGHT) * atMs) / 1000 / secondCount);
    return `<line x1="${at}" x2="${at}" y1="${LOAD_TOP}" y2="${LOAD_TOP + LOAD_HEIGHT}" stroke="#333" stroke-width=".7" stroke-dasharray="2 3"/>`;
  });
  const labels = [0, 0.5, 1].map((part) => `<text x="${LEFT - 6}" y="${short(yAt(top * part) + 4)}" text-anchor="end">${compact(top * part)}</text>`);
  const times = [0, 0.25, 0.5, 0.75, 1].map((part) => `<text x="${short(LEFT + (WIDTH - LEFT - RIGHT) * part)}" y="${LOAD_TOP + LOAD_HEIGHT + 15}" text-anchor="${part === 1 ? 'end' : 'middle'}">${compact(secondCount * part)} s</text>`);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${short(height)}" font-family="sans-serif" font-size="11" fill="#333"><rect width="${WIDTH}" height="${short(height)}" fill="#fff"/>`
    + `<text x="${LEFT}" y="15" font-size="13">${escapeText(record.title)}</text><text x="${LEFT}" y="28" fill="#666">requests a second: <tspan fill="#4c9a6a">accepted</tspan>, throttled (<tspan fill="#c9392f">key range</tspan>, <tspan fill="#e39a34">throughput</tspan>, <tspan fill="#8a4fb5">index</tspan>), <tspan fill="#222">failed</tspan>; dashed: a split</text>`
    + `${bars.join('')}${marks.join('')}${labels.join('')}${times.join('')}${map.text}</svg>\n`;
}

function columnsOf(record: RunRecord, binSeconds: number): readonly Column[] {
  const columns: Column[] = [];
  for (const row of record.seconds) {
    const at = Math.floor(row.second / binSeconds);
    // The last column may have fewer seconds.
    const overSeconds = Math.min(binSeconds, record.seconds.length - at * binSeconds);
    const column = (columns[at] ??= {offered: 0, accepted: 0, errors: 0, throttled: REASON_COLOURS.map(() => 0)});
    column.offered += row.offered / overSeconds;
    column.accepted += row.accepted / overSeconds;
    column.errors += row.errors / overSeconds;
    for (const [reason, count] of Object.entries(row.throttled)) {
      const isIndex = reason.startsWith('Index');
      const colour = isIndex ? 1 : REASON_COLOURS.findIndex(([word]) => word !== 'Index' && reason.includes(word));
      column.throttled[colour] = (column.throttled[colour] ?? 0) + count / overSeconds;
    }
  }
  return columns;
}
/** A row for each partition in the order of keys; darker is nearer its ceiling. Neighbours of one shade are one rectangle. */
function heatRows(partitions: readonly PartitionSeries[], secondCount: number, binSeconds: number, top: number): {readonly text: string; readonly height: number} {
  if (partitions.length === 0) return {text: '', height: 0};
  const rowHeight = Math.min(ROW_HEIGHT_MAX, MAP_HEIGHT_MAX / partitions.length);
  const ordered = partitions.toSorted((a, b) => ((a.index ?? '') < (b.index ?? '') ? -1 : (a.index ?? '') > (b.index ?? '') ? 1 : a.keyFrom - b.keyFrom || a.firstSecond - b.firstSecond));
  const rows = ordered.map((partition, row) => {
    const shades = Array.from({length: Math.ceil(secondCount / binSeconds)}, (_none, column) => shadeOf(partition, column * binSeconds, (column + 1) * binSeconds));
    let text = '';
    for (let from = 0; from < shades.length;) {
      let until = from + 1;
      while (until < shades.length && shades[until] === shades[from]) until += 1;
      const shade = shades[from] ?? -1;
      const [x, end] = [from, until].map((column) => LEFT + ((WIDTH - LEFT - RIGHT) * Math.min(secondCount, column * binSeconds)) / secondCount) as [number, number];
      if (shade >= 0) text += `<rect x="${short(x)}" y="${short(top + row * rowHeight)}" width="${short(end - x)}" height="${short(rowHeight - 0.6)}" fill="${SHADES[shade] ?? SHADES[0]}"/>`;
      from = until;
    }
    return text;
  });
  return {
    text: `<text x="${LEFT}" y="${short(top - 5)}" fill="#666">load of partitions by key, light to full ceiling</text>${rows.join('')}<text x="${LEFT - 6}" y="${short(top + 10)}" text-anchor="end">${partitions.length}</text>`,
    height: rowHeight * partitions.length,
  };
}
/** -1 before it began. */
function shadeOf({firstSecond, readUnits, writeUnits, readUnitsMax, writeUnitsMax}: PartitionSeries, from: number, until: number): number {
  let sum = 0;
  let count = 0;
  for (let second = Math.max(from, firstSecond); second < until && second - firstSecond < readUnits.length; second += 1) {
    sum += Math.max((readUnits[second - firstSecond] ?? 0) / readUnitsMax, (writeUnits[second - firstSecond] ?? 0) / writeUnitsMax);
    count += 1;
  }
  return count === 0 ? -1 : Math.min(SHADES.length - 1, Math.floor((sum / count) * SHADES.length));
}
function isAboveZero(value: number): boolean {
  return value > 0;
}
function short(value: number): string {
  return String(Math.round(value * 10) / 10);
}
function compact(value: number): string {
  return value >= 10_000 ? `${Math.round(value / 100) / 10}k` : String(Math.round(value));
}
