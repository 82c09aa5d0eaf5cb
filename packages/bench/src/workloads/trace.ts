import {BenchError} from '../errors.js';
import type {ReadConsistency} from './workload-spec.js';

/**
 * A recorded load: one row a request. CSV with a header that names the columns `time,op,key,size` (and, if wanted, `sort`), or
 * JSON lines with those members. `time` is seconds with fraction since any beginning and never falls; `op` is one of
 * `TRACE_OPERATIONS`; `size` is the item's bytes, for scans and queries the bytes of the page.
 */
export interface Trace {
  readonly rowCount: number;
  /** Seconds since the first row's. */
  readonly seconds: Float64Array;
  readonly operations: readonly TraceOperation[];
  /** Index into `keys`. */
  readonly keyNumbers: Uint32Array;
  readonly sortKeys: readonly string[];
  readonly sizesBytes: Uint32Array;
  /** Distinct keys in the order in which they first appear. */
  readonly keys: readonly string[];
}

export const TRACE_OPERATIONS = ['get', 'get-strong', 'put', 'update', 'delete', 'query', 'query-strong', 'scan'] as const;
export type TraceOperation = (typeof TRACE_OPERATIONS)[number];
/** More rows than this are refused: they would be held in memory. */
export const TRACE_ROWS_MAX = 5_000_000;

/** @throws BenchError `InvalidTrace` with the line */
export function parseTrace(text: string): Trace {
  const lines = text.split('\n');
  const isJson = lines.find((line) => line.trim() !== '')?.trimStart().startsWith('{') ?? false;
  let columns: ReadonlyMap<string, number> | undefined;
  const seconds: number[] = [];
  const operations: TraceOperation[] = [];
  const keyNumbers: number[] = [];
  const sortKeys: string[] = [];
  const sizes: number[] = [];
  const numberOfKey = new Map<string, number>();
  for (let i = 0; i < lines.length; i += 1) {
    const line = (lines[i] ?? '').trim();
    if (line === '' || line.startsWith('#')) continue;
    if (!isJson && columns === undefined) {
      columns = readHeader(line, i + 1);
      continue;
    }
    const member = columns === undefined ? readJsonRow(line, i + 1) : readCsvRow(line, columns);
    if (seconds.length === TRACE_ROWS_MAX) throw invalid(i + 1, `more than ${TRACE_ROWS_MAX} rows`);
    const time = Number(member('time'));
    if (member('time') === '' || !Number.isFinite(time)) throw invalid(i + 1, 'time must be seconds');
    if (time < (seconds.at(-1) ?? -Infinity)) throw invalid(i + 1, 'time must not fall');
    const operation = TRACE_OPERATIONS.find((candidate) => candidate === member('op').toLowerCase());
    if (operation === undefined) throw invalid(i + 1, `op must be one of ${TRACE_OPERATIONS.join(', ')}`);
    const size = Number(member('size'));
    if (!Number.isInteger(size) || size < 0 || size > 1_048_576) throw invalid(i + 1, 'size must be 0 to 1048576 bytes');
    const key = member('key');
    if (key === '') throw invalid(i + 1, 'key is missing');
    let keyNumber = numberOfKey.get(key);
    if (keyNumber === undefined) {
      keyNumber = numberOfKey.size;
      numberOfKey.set(key, keyNumber);
    }
    seconds.push(time);
    operations.push(operation);
    keyNumbers.push(keyNumber);
    sortKeys.push(member('sort'));
    sizes.push(size);
  }
  if (seconds.length === 0) throw invalid(lines.length, 'no rows');
  const first = seconds[0] ?? 0;
  return {
    rowCount: seconds.length, seconds: Float64Array.from(seconds, (second) => second - first), operations, keyNumbers: Uint32Array.from(keyNumbers),
    sortKeys, sizesBytes: Uint32Array.from(sizes), keys: [...numberOfKey.keys()],
  };
}

/** What a row's operation asks for. */
export function consistencyOf(operation: TraceOperation): ReadConsistency {
  return operation === 'get-strong' || operation === 'query-strong' ? 'strong' : 'eventual';
}

function readHeader(line: string, lineNumber: number): ReadonlyMap<string, number> {
  const columns = new Map(line.split(',').map((name, index) => [name.trim().toLowerCase(), index]));
  for (const name of ['time', 'op', 'key', 'size']) if (!columns.has(name)) throw invalid(lineNumber, `the header has no column ${name}`);
  return columns;
}
function readCsvRow(line: string, columns: ReadonlyMap<string, number>): (name: string) => string {
  const fields = splitCsv(line);
  return (name) => fields[columns.get(name) ?? -1]?.trim() ?? '';
}
/** Fields of one line; a field in double quotes may hold commas, and a doubled quote is one. */
function splitCsv(line: string): readonly string[] {
  if (!line.includes('"')) return line.split(',');
  const fields: string[] = [];
  let field = '';
  let isQuoted = false;
  for (let i = 0; i < line.length; i += 1) {
    const character = line.charAt(i);
    if (character === '"') {
      if (isQuoted && line.charAt(i + 1) === '"') {
        field += '"';
        i += 1;
      } else isQuoted = !isQuoted;
    } else if (character === ',' && !isQuoted) {
      fields.push(field);
      field = '';
    } else field += character;
  }
  return [...fields, field];
}
function readJsonRow(line: string, lineNumber: number): (name: string) => string {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    throw new BenchError({code: 'InvalidTrace', line: lineNumber, reason: 'not JSON'}, {cause});
  }
  if (typeof value !== 'object' || value === null) throw invalid(lineNumber, 'not an object');
  const members = new Map<string, unknown>(Object.entries(value));
  return (name) => {
    const member = members.get(name);
    return typeof member === 'string' ? member : typeof member === 'number' ? String(member) : '';
  };
}
function invalid(line: number, reason: string): BenchError {
  return new BenchError({code: 'InvalidTrace', line, reason});
}
