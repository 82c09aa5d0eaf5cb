import fc from 'fast-check';
import {apiCall, latin1} from './hostile-case.js';
import {TEMPLATES} from './templates.js';
import type {Template} from './templates.js';

/** JSON text that no value stands for: numbers past a double, broken texts, doubled members. */
class RawJson {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

const raw = (text: string): RawJson => new RawJson(text);
const nested = (levels: number, open: string, close: string): RawJson => raw(open.repeat(levels) + '{"S":"x"}' + close.repeat(levels));

/** What a member or an element may become. */
const VALUES: readonly unknown[] = [
  null, true, false, 0, -1, 1, 1.5, '', ' ', [], {}, [null], [[]], {S: 'a'}, {N: '1'}, {B: '='}, {Q: 1}, {S: null}, {S: 'a', N: '1'}, {L: null}, {M: null}, {M: []}, {L: {}}, {NULL: 'yes'},
  raw('1e400'), raw('-1e400'), raw('1e308'), raw('-0'), raw('9007199254740993'), raw('9223372036854775808'), raw('2147483648'), raw('1e-400'), raw(`1${'0'.repeat(500)}`),
  raw('{"S":"\\ud800"}'), raw('"\\u0000"'), raw('{"__proto__":{"S":"x"}}'), raw('{"S":"a","S":"b"}'), raw('undefined'), raw('NaN'), raw('{"a":'), raw(']'),
  {N: '1e126'}, {N: '1e-131'}, {N: '0e126'}, {N: '-0'}, {N: '1'.repeat(39)}, {N: 'NaN'}, {N: '٣'}, {SS: []}, {SS: ['a', 'a']}, {NS: ['1', '1.0']}, {BS: ['YQ']}, {L: [null]}, {M: {'': {S: 'x'}}},
  nested(31, '{"L":[', ']}'), nested(32, '{"M":{"m":', '}}'), nested(33, '{"L":[', ']}'), nested(200, '{"M":{"m":', '}}'), nested(5000, '{"L":[', ']}'),
  'x'.repeat(256), 'x'.repeat(65_536), '🐦'.repeat(300), {S: 'x'.repeat(410_000)}, '__proto__', 'constructor', '\u202e', '../../x', '%', '#', ':', '#a', ':a', 'arn:aws:dynamodb:::table/x',
  'a = :v', 'SET a = :v', '('.repeat(500), 'NOT '.repeat(500), 'a'.repeat(5000), 'a[99999999999999999999]', 'size(size(a))', '#n', ':n', 'a.b.c', 'a AND', '= = =',
  'NONE', 'ALL_NEW', 'ALL_ATTRIBUTES', 'COUNT', 'TOTAL', 'PAY_PER_REQUEST_', '2026-01-01', Array.from({length: 200}, () => ({S: 'a'})), Object.fromEntries(Array.from({length: 300}, (_, i) => [`#${i}`, 'x'])),
];
const NAMES: readonly string[] = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', '', ' ', '\0', '🐦', 'n'.repeat(70_000), 'TableName', 'Key', 'S', 'L', 'M', '#n', ':n', '-1', '4294967295', 'pk'];
const FRAGMENTS: readonly string[] = ['', '"', '\\', '\0', '(', ')', '[', ']', ',', '.', ' ', '=', '<', '#', ':', 'AND', 'NOT ', 'SET ', '\ud83d', '\u00a0', '9'.repeat(50), 'a'.repeat(300), '__proto__', 'a.', '[0]', '-'];
const HEADERS: readonly string[] = [
  'Authorization: x', 'Authorization: AWS4-HMAC-SHA256 Credential=a', 'X-Amz-Date: x', 'Content-Encoding: gzip', 'Content-Encoding: br', 'Accept-Encoding: gzip', 'Accept-Encoding: ;;;,,,q=,=', 'Expect: 100-continue',
  'Origin: x', 'Content-Type: text/plain', 'X-Amz-Target: x', 'Connection: close', 'Connection: upgrade', 'X-Http-Method-Override: DELETE', 'X-Forwarded-For: x', `X-Long: ${'x'.repeat(9000)}`, 'X-Amz-Content-Sha256: x', 'Cookie: a=b',
];

type Change =
  | {readonly kind: 'value'; readonly value: unknown}
  | {readonly kind: 'remove'}
  | {readonly kind: 'rename'; readonly name: string}
  | {readonly kind: 'double'; readonly value: unknown}
  | {readonly kind: 'add'; readonly name: string; readonly value: unknown}
  | {readonly kind: 'splice'; readonly at: number; readonly deleteCount: number; readonly text: string}
  | {readonly kind: 'repeat'; readonly count: number}
  | {readonly kind: 'wrap'; readonly levels: number};

const anyValue = fc.oneof({weight: 4, arbitrary: fc.constantFrom(...VALUES)}, {weight: 1, arbitrary: fc.jsonValue({maxDepth: 3})});
const change: fc.Arbitrary<Change> = fc.oneof(
  {weight: 4, arbitrary: anyValue.map((value) => ({kind: 'value' as const, value}))},
  {weight: 1, arbitrary: fc.constant({kind: 'remove' as const})},
  {weight: 1, arbitrary: fc.constantFrom(...NAMES).map((name) => ({kind: 'rename' as const, name}))},
  {weight: 1, arbitrary: anyValue.map((value) => ({kind: 'double' as const, value}))},
  {weight: 1, arbitrary: fc.tuple(fc.constantFrom(...NAMES), anyValue).map(([name, value]) => ({kind: 'add' as const, name, value}))},
  {weight: 3, arbitrary: fc.record({kind: fc.constant('splice' as const), at: fc.nat(200), deleteCount: fc.nat(3), text: fc.oneof(fc.constantFrom(...FRAGMENTS), fc.string({maxLength: 4, unit: 'binary'}))})},
  {weight: 1, arbitrary: fc.constantFrom(2, 30, 120).map((count) => ({kind: 'repeat' as const, count}))},
  {weight: 1, arbitrary: fc.constantFrom(1, 33, 300).map((levels) => ({kind: 'wrap' as const, levels}))},
);

/** A valid request with one place of its body spoilt and perhaps a header more; shrinks to the first template, place and change. */
export const mutatedRequest: fc.Arbitrary<{readonly operation: string; readonly body: string; readonly headers: readonly string[]}> = fc.record({
  template: fc.constantFrom(...TEMPLATES), place: fc.nat(10_000), change, headers: fc.oneof({weight: 5, arbitrary: fc.constant([])}, {weight: 1, arbitrary: fc.array(fc.constantFrom(...HEADERS), {maxLength: 2})}),
}).map(({template, place, change: made, headers}) => ({operation: template.operation, body: spoil(template, place, made), headers}));

export function requestBytes(request: {readonly operation: string; readonly body: string; readonly headers: readonly string[]}): Buffer {
  return apiCall(request.operation, request.body, ...request.headers.map((line) => latin1(line).toString('latin1')));
}

function spoil(template: Template, place: number, made: Change): string {
  const placeCount = countPlaces(template.body);
  let left = place % placeCount;
  const write = (value: unknown): string => {
    const isHere = left === 0;
    left -= 1;
    return isHere ? applied(made, value) : writeInside(value, write);
  };
  return write(template.body);
}

/** @returns the text of the place after the change; a change that says nothing about this kind of value puts a null there */
function applied(made: Change, value: unknown): string {
  switch (made.kind) {
    case 'value': return toText(made.value);
    case 'remove': return isMap(value) || Array.isArray(value) ? emptied(value) : 'null';
    case 'rename': return isMap(value) ? renamed(value, made.name) : toText(made.name);
    case 'double': return isMap(value) ? doubled(value, made.value) : toText(made.value);
    case 'add': return isMap(value) ? added(value, made.name, made.value) : toText({[made.name]: made.value});
    case 'splice': {
      const text = typeof value === 'string' ? value : toText(value);
      const at = made.at % (text.length + 1);
      const spliced = text.slice(0, at) + made.text + text.slice(at + made.deleteCount);
      return typeof value === 'string' ? JSON.stringify(spliced) : spliced;
    }
    case 'repeat':
      if (typeof value === 'string') return JSON.stringify(value.repeat(made.count));
      return Array.isArray(value) ? toText(Array.from({length: made.count}, () => value as readonly unknown[]).flat()) : `[${Array.from({length: made.count}, () => toText(value)).join()}]`;
    case 'wrap': return '{"M":{"m":'.repeat(made.levels) + toText(value) + '}}'.repeat(made.levels);
  }
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof RawJson);
}
function emptied(value: object): string {
  return Array.isArray(value) ? toText(value.slice(1)) : toText(Object.fromEntries(Object.entries(value).slice(1)));
}
function renamed(value: Readonly<Record<string, unknown>>, name: string): string {
  const [first, ...others] = Object.entries(value);
  return members([...(first === undefined ? [] : [[name, first[1]] as const]), ...others]);
}
function doubled(value: Readonly<Record<string, unknown>>, second: unknown): string {
  const entries = Object.entries(value);
  return members([...entries, [entries[0]?.[0] ?? 'a', second]]);
}
function added(value: Readonly<Record<string, unknown>>, name: string, more: unknown): string {
  return members([...Object.entries(value), [name, more]]);
}
function members(entries: readonly (readonly [string, unknown])[]): string {
  return `{${entries.map(([name, value]) => `${JSON.stringify(name)}:${toText(value)}`).join()}}`;
}

function countPlaces(value: unknown): number {
  if (Array.isArray(value)) return value.reduce((count: number, element) => count + countPlaces(element), 1);
  return isMap(value) ? Object.values(value).reduce((count: number, member) => count + countPlaces(member), 1) : 1;
}
function writeInside(value: unknown, write: (value: unknown) => string): string {
  if (Array.isArray(value)) return `[${value.map(write).join()}]`;
  return isMap(value) ? `{${Object.entries(value).map(([name, member]) => `${JSON.stringify(name)}:${write(member)}`).join()}}` : toText(value);
}
function toText(value: unknown): string {
  if (value instanceof RawJson) return value.text;
  return Array.isArray(value) || isMap(value) ? writeInside(value, toText) : JSON.stringify(value);
}
