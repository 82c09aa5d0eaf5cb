import {SeededRandom} from '@murmuration/base';
import type {RunRecord, SecondRecord} from '../run-record.js';

/** One quantity in two runs. */
export interface Comparison {
  readonly quantity: string;
  /** Medians over the seconds. */
  readonly first: number;
  readonly second: number;
  /** Of the medians, second minus first. */
  readonly difference: number;
  readonly differenceFrom: number;
  readonly differenceUntil: number;
  /** Seconds that had the quantity, in each run. */
  readonly seconds: readonly [number, number];
  readonly note: 'higher' | 'lower' | 'no difference shown' | 'too few seconds';
}

const RESAMPLES = 2_000;
/** Neighbouring seconds resemble each other: they are drawn together, or the interval would look surer than it is. */
const BLOCK_SECONDS = 5;
const SECONDS_MIN = 4 * BLOCK_SECONDS;
const SEED = 0x636f6d70;

const QUANTITIES: readonly {readonly name: string; readonly of: (row: SecondRecord) => number | undefined}[] = [
  {name: 'accepted/s', of: (row) => row.accepted},
  {name: 'throttled/s', of: (row) => Object.values(row.throttled).reduce((sum, count) => sum + count, 0)},
  {name: 'errors/s', of: (row) => row.errors},
  {name: 'p50 ms', of: (row) => row.latency?.p50Ms},
  {name: 'p99 ms', of: (row) => row.latency?.p99Ms},
  {name: 'p99.9 ms', of: (row) => row.latency?.p999Ms},
];

/**
 * Compares two runs second by second: medians, and how far apart they are, with a 95 % interval by resampling blocks of five
 * seconds. What one run of each can show is about these two runs; another day or machine is not in it.
 */
export function compareRuns(first: RunRecord, second: RunRecord): readonly Comparison[] {
  return QUANTITIES.map(({name, of}) => {
    const a = valuesOf(first, of);
    const b = valuesOf(second, of);
    const medians = {quantity: name, first: median(a), second: median(b), difference: median(b) - median(a), seconds: [a.length, b.length] as const};
    if (a.length < SECONDS_MIN || b.length < SECONDS_MIN) return {...medians, differenceFrom: NaN, differenceUntil: NaN, note: 'too few seconds'};
    const random = new SeededRandom(SEED);
    const differences = Float64Array.from({length: RESAMPLES}, () => median(resample(b, random)) - median(resample(a, random))).sort();
    const differenceFrom = differences[Math.floor(RESAMPLES * 0.025)] ?? 0;
    const differenceUntil = differences[Math.ceil(RESAMPLES * 0.975) - 1] ?? 0;
    const note = differenceFrom > 0 ? 'higher' : differenceUntil < 0 ? 'lower' : 'no difference shown';
    return {...medians, differenceFrom, differenceUntil, note};
  });
}

/** The seconds of both after their warm-up. */
function valuesOf(record: RunRecord, of: (row: SecondRecord) => number | undefined): readonly number[] {
  return record.seconds.slice(record.summary.fromSecond).flatMap((row) => of(row) ?? []);
}
function resample(values: readonly number[], random: SeededRandom): readonly number[] {
  const out: number[] = [];
  while (out.length < values.length) {
    const from = random.below(values.length - BLOCK_SECONDS + 1);
    for (let i = 0; i < BLOCK_SECONDS && out.length < values.length; i += 1) out.push(values[from + i] ?? 0);
  }
  return out;
}
function median(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  if (sorted.length === 0) return 0;
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

/** As lines for a terminal. */
export function renderComparison(first: RunRecord, second: RunRecord, rows: readonly Comparison[]): string {
  const number = (value: number): string => (Number.isNaN(value) ? '–' : Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(2));
  const lines = rows.map((row) => {
    const change = row.first === 0 ? '' : ` (${row.difference >= 0 ? '+' : ''}${((100 * row.difference) / row.first).toFixed(1)} %)`;
    const interval = Number.isNaN(row.differenceFrom) ? '' : `95 %: ${number(row.differenceFrom)} to ${number(row.differenceUntil)}`;
    return `${row.quantity.padEnd(12)}${number(row.first).padStart(10)}${number(row.second).padStart(10)}   ${row.note}${row.note === 'higher' || row.note === 'lower' ? change : ''}${interval === '' ? '' : `; difference ${interval}`}`;
  });
  const same = JSON.stringify(first.workload) === JSON.stringify(second.workload) ? '' : 'The workloads differ: what differs in the numbers may come from them.\n';
  return `${'median of seconds'.padEnd(18)}${'first'.padStart(4)}${'second'.padStart(10)}\n${lines.join('\n')}\n${same}One run of each: the interval tells how steady these two runs were, not what a third would show.\n`;
}
