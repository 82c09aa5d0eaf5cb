// The evaluators against a second, plain one that works on JSON and shares no line with them: 100,000 random
// documents and expressions and 20,000 of the parameters before them, no difference. Numbers are compared as scaled integers, texts and bytes as buffers.
import fc from 'fast-check';
import type {AttributeValue, Item} from '../attribute-value.js';
import {itemToJson, parseItem} from '../item-json.js';
import {parseScan} from '../operations/scan.js';
import {parseUpdateItem} from '../operations/update-item.js';
import {applyUpdate, projectUpdated} from './apply-update.js';
import {compileExpressions} from './compile.js';
import {evaluateCondition} from './evaluate-condition.js';
import {project} from './project.js';

/** A value as DynamoDB JSON: exactly one member. */
interface Json {
  readonly S?: string; readonly N?: string; readonly B?: string; readonly BOOL?: boolean; readonly NULL?: true;
  readonly SS?: readonly string[]; readonly NS?: readonly string[]; readonly BS?: readonly string[];
  L?: (Json | undefined)[]; M?: Record<string, Json>;
}
type Document = Record<string, Json>;
type Path = readonly (string | number)[];
type Operand =
  | {readonly kind: 'path'; readonly path: Path} | {readonly kind: 'value'; readonly value: Json}
  | {readonly kind: 'size'; readonly of: Operand};
type Condition =
  | {readonly kind: 'AND' | 'OR'; readonly left: Condition; readonly right: Condition} | {readonly kind: 'NOT'; readonly of: Condition}
  | {readonly kind: 'compare'; readonly op: string; readonly left: Operand; readonly right: Operand}
  | {readonly kind: 'between'; readonly of: Operand; readonly lower: Operand; readonly upper: Operand}
  | {readonly kind: 'in'; readonly of: Operand; readonly candidates: readonly Operand[]}
  | {readonly kind: 'exists'; readonly path: Path; readonly isExpected: boolean}
  | {readonly kind: 'type'; readonly of: Operand; readonly type: string}
  | {readonly kind: 'begins_with' | 'contains'; readonly of: Operand; readonly sought: Operand};

const typeOf = (value: Json): string => Object.keys(value)[0] ?? '';
const bytes = (base64: string): Buffer => Buffer.from(base64, 'base64');

/** A number as an integer of units of 10^-170: beyond every digit the service stores. */
function units(text: string): bigint {
  const [, sign = '', whole = '', fraction = ''] = /^(-?)(\d*)\.?(\d*)$/.exec(text) ?? [];
  const scaled = BigInt(whole + fraction.padEnd(170, '0'));
  return sign === '-' ? -scaled : scaled;
}
function fromUnits(value: bigint): string {
  const digits = (value < 0n ? -value : value).toString().padStart(171, '0');
  const text = `${digits.slice(0, -170)}.${digits.slice(-170)}`.replace(/\.?0+$/, '');
  return value < 0n ? `-${text}` : text;
}

function equal(a: Json, b: Json): boolean {
  if (typeOf(a) !== typeOf(b)) return false;
  if (a.S !== undefined) return a.S === b.S;
  if (a.N !== undefined) return units(a.N) === units(b.N ?? '');
  if (a.B !== undefined) return bytes(a.B).equals(bytes(b.B ?? ''));
  if (a.BOOL !== undefined) return a.BOOL === b.BOOL;
  if (a.SS !== undefined) return sameMembers(a.SS, b.SS ?? [], (x, y) => x === y);
  if (a.NS !== undefined) return sameMembers(a.NS, b.NS ?? [], (x, y) => units(x) === units(y));
  if (a.BS !== undefined) return sameMembers(a.BS, b.BS ?? [], (x, y) => bytes(x).equals(bytes(y)));
  if (a.L !== undefined) return a.L.length === b.L?.length && a.L.every((value, i) => equal(value as Json, b.L?.[i] as Json));
  if (a.M !== undefined) {
    const other = b.M ?? {};
    return Object.keys(a.M).length === Object.keys(other).length
      && Object.entries(a.M).every(([name, value]) => name in other && equal(value, other[name] as Json));
  }
  return true;
}
function sameMembers(a: readonly string[], b: readonly string[], same: (x: string, y: string) => boolean): boolean {
  return a.length === b.length && a.every((x) => b.some((y) => same(x, y)));
}
function order(a: Json, b: Json): number | undefined {
  if (a.S !== undefined && b.S !== undefined) return Buffer.compare(Buffer.from(a.S), Buffer.from(b.S));
  if (a.B !== undefined && b.B !== undefined) return Buffer.compare(bytes(a.B), bytes(b.B));
  if (a.N === undefined || b.N === undefined) return undefined;
  const difference = units(a.N) - units(b.N);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}
function at(document: Document, path: Path): Json | undefined {
  let value: Json | undefined = {M: document};
  for (const element of path) value = typeof element === 'number' ? value?.L?.[element] : value?.M?.[element];
  return value;
}
function read(operand: Operand, document: Document): Json | undefined {
  if (operand.kind === 'path') return at(document, operand.path);
  if (operand.kind === 'value') return operand.value;
  const value = read(operand.of, document);
  const members = value?.SS ?? value?.NS ?? value?.BS ?? value?.L;
  const size = value?.S !== undefined ? [...value.S].length : value?.B !== undefined ? bytes(value.B).length
    : value?.M !== undefined ? Object.keys(value.M).length : members?.length;
  return size === undefined ? undefined : {N: String(size)};
}
function holds(condition: Condition, document: Document): boolean {
  switch (condition.kind) {
    case 'AND': return holds(condition.left, document) && holds(condition.right, document);
    case 'OR': return holds(condition.left, document) || holds(condition.right, document);
    case 'NOT': return !holds(condition.of, document);
    case 'compare': return compare(condition.op, read(condition.left, document), read(condition.right, document));
    case 'between': {
      const value = read(condition.of, document);
      return compare('>=', value, read(condition.lower, document)) && compare('<=', value, read(condition.upper, document));
    }
    case 'in': return condition.candidates.some((one) => compare('=', read(condition.of, document), read(one, document)));
    case 'exists': return (at(document, condition.path) === undefined) !== condition.isExpected;
    case 'type': {
      const value = read(condition.of, document);
      return value !== undefined && typeOf(value) === condition.type;
    }
    case 'begins_with': {
      const [value, sought] = [read(condition.of, document), read(condition.sought, document)];
      if (value?.S !== undefined && sought?.S !== undefined) return Buffer.from(value.S).indexOf(Buffer.from(sought.S)) === 0;
      return value?.B !== undefined && sought?.B !== undefined && bytes(value.B).indexOf(bytes(sought.B)) === 0;
    }
    case 'contains': {
      const [value, sought] = [read(condition.of, document), read(condition.sought, document)];
      if (value === undefined || sought === undefined) return false;
      if (value.S !== undefined) return sought.S !== undefined && Buffer.from(value.S).includes(Buffer.from(sought.S));
      if (value.B !== undefined) return sought.B !== undefined && bytes(value.B).includes(bytes(sought.B));
      if (value.SS !== undefined) return value.SS.some((S) => equal({S}, sought));
      if (value.NS !== undefined) return value.NS.some((N) => equal({N}, sought));
      if (value.BS !== undefined) return value.BS.some((B) => equal({B}, sought));
      return value.L?.some((element) => equal(element as Json, sought)) ?? false;
    }
  }
}
function compare(op: string, a: Json | undefined, b: Json | undefined): boolean {
  const same = a !== undefined && b !== undefined && equal(a, b);
  if (op === '=') return same;
  if (op === '<>') return !same;
  const ordered = a === undefined || b === undefined ? undefined : order(a, b);
  if (ordered === undefined) return false;
  return (op.includes('=') && ordered === 0) || (op.startsWith('<') ? ordered < 0 : ordered > 0);
}

/** Draws from a seed. What fails can be drawn again from the seed that is printed. */
class Draw {
  #state: number;
  constructor(seed: number) {
    this.#state = seed | 0;
  }
  below(count: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % count;
  }
  one<Value>(values: readonly Value[]): Value {
    return values[this.below(values.length)] as Value;
  }
  some<Value>(values: readonly Value[]): Value[] {
    const chosen = values.filter(() => this.below(2) === 0);
    return chosen.length === 0 ? [this.one(values)] : chosen;
  }
}
const NAMES = ['a', 'b', 'c', 'x.y', 'size', '\u00e9'];
const TEXTS = ['', 'a', 'ab', 'b', 'ba', '\u00e9', '\uffff', '\u{1f600}', 'a\u{1f600}b'];
const NUMBERS = ['0', '1', '2', '-1', '1.5', '10', '-10.25', '3', '12345678901234567890123456789012345678', '0.000000000000000000000000001'];
const BINARIES = ['', 'AA==', 'AQ==', 'AQI=', '/w==', 'AQL/'];
const SCALARS: readonly Json[] = [...TEXTS.map((S) => ({S})), ...NUMBERS.map((N) => ({N})), ...BINARIES.map((B) => ({B}))];

function drawValue(draw: Draw, depth: number): Json {
  switch (draw.below(depth > 0 ? 10 : 7)) {
    case 0: return {SS: draw.some(TEXTS)};
    case 1: return {NS: draw.some(NUMBERS)};
    case 2: return draw.below(2) === 0 ? {BS: draw.some(BINARIES)} : {BOOL: draw.below(2) === 0};
    case 3: return draw.below(3) === 0 ? {NULL: true} : draw.one(SCALARS);
    case 7: case 8: return {M: drawDocument(draw, depth - 1)};
    case 9: return {L: Array.from({length: draw.below(4)}, () => drawValue(draw, depth - 1))};
    default: return draw.one(SCALARS);
  }
}
function drawDocument(draw: Draw, depth: number): Document {
  return Object.fromEntries(NAMES.filter(() => draw.below(3) > 0).map((name) => [name, drawValue(draw, depth)]));
}
/** Mostly along what the document holds, so that paths lead somewhere. */
function drawPath(draw: Draw, document: Document): Path {
  const path: (string | number)[] = [draw.one(NAMES)];
  while (path.length < 4) {
    const value = at(document, path);
    if (draw.below(3) === 0) break;
    if (value?.M !== undefined || draw.below(12) === 0) path.push(draw.one(NAMES));
    else if (value?.L !== undefined || draw.below(12) === 0) path.push(draw.below(4));
    else break;
  }
  return path;
}

/** One expression's text and what its placeholders mean. */
class Writer {
  readonly names = new Map<string, string>();
  readonly values: Record<string, Json> = {};
  path(path: Path): string {
    return path.map((element, i) => (typeof element === 'number' ? `[${element}]` : `${i === 0 ? '' : '.'}${this.#name(element)}`)).join('');
  }
  value(value: Json): string {
    const placeholder = `:v${Object.keys(this.values).length}`;
    this.values[placeholder] = value;
    return placeholder;
  }
  operand(operand: Operand): string {
    if (operand.kind === 'path') return this.path(operand.path);
    return operand.kind === 'value' ? this.value(operand.value) : `size(${this.operand(operand.of)})`;
  }
  condition(condition: Condition): string {
    switch (condition.kind) {
      case 'AND': return `${this.#inner(condition.left, ['OR'])} AND ${this.#inner(condition.right, ['OR', 'AND'])}`;
      case 'OR': return `${this.#inner(condition.left, [])} OR ${this.#inner(condition.right, ['OR'])}`;
      case 'NOT': return `NOT ${this.#inner(condition.of, ['AND', 'OR'])}`;
      case 'compare': return `${this.operand(condition.left)} ${condition.op} ${this.operand(condition.right)}`;
      case 'between': return `${this.operand(condition.of)} BETWEEN ${this.operand(condition.lower)} AND ${this.operand(condition.upper)}`;
      case 'in': return `${this.operand(condition.of)} IN (${condition.candidates.map((one) => this.operand(one)).join(', ')})`;
      case 'exists': return `${condition.isExpected ? 'attribute_exists' : 'attribute_not_exists'}(${this.path(condition.path)})`;
      case 'type': return `attribute_type(${this.operand(condition.of)}, ${this.value({S: condition.type})})`;
      case 'begins_with': case 'contains': return `${condition.kind}(${this.operand(condition.of)}, ${this.operand(condition.sought)})`;
    }
  }
  #inner(condition: Condition, kinds: readonly string[]): string {
    return kinds.includes(condition.kind) ? `(${this.condition(condition)})` : this.condition(condition);
  }
  #name(name: string): string {
    if (/^[a-c]$/.test(name)) return name;
    const placeholder = `#n${NAMES.indexOf(name)}`;
    this.names.set(placeholder, name);
    return placeholder;
  }
  placeholders(): {readonly names: ReadonlyMap<string, string>; readonly values: Item} {
    return {names: this.names, values: parseItem(this.values)};
  }
}

function drawOperand(draw: Draw, document: Document, types: readonly string[] | undefined): Operand {
  const kind = draw.below(6);
  if (kind < 3) return {kind: 'path', path: drawPath(draw, document)};
  if (kind === 3 && (types === undefined || types.includes('N'))) return {kind: 'size', of: {kind: 'path', path: drawPath(draw, document)}};
  for (;;) {
    const value = draw.below(3) === 0 ? drawValue(draw, 2) : draw.one(SCALARS);
    if (types === undefined || types.includes(typeOf(value))) return {kind: 'value', value};
  }
}
const isSamePath = (a: Operand, b: Operand): boolean => a.kind === 'path' && b.kind === 'path' && JSON.stringify(a.path) === JSON.stringify(b.path);
/** An operand that the rule of distinct operands allows beside the first. */
function drawOther(draw: Draw, document: Document, first: Operand, types: readonly string[] | undefined): Operand {
  for (;;) {
    const other = drawOperand(draw, document, types);
    if (!isSamePath(first, other)) return other;
  }
}
const ORDERED = ['S', 'N', 'B'];
function drawCondition(draw: Draw, document: Document, depth: number): Condition {
  const kind = draw.below(depth > 0 ? 14 : 10);
  switch (kind) {
    case 0: case 1: case 2: {
      const op = draw.one(['=', '<>', '<', '<=', '>', '>=']);
      const types = op === '=' || op === '<>' ? undefined : ORDERED;
      const left = drawOperand(draw, document, types);
      return {kind: 'compare', op, left, right: drawOther(draw, document, left, types)};
    }
    case 3: {
      const of = drawOperand(draw, document, ORDERED);
      const [lower, upper] = [drawOther(draw, document, of, ORDERED), drawOther(draw, document, of, ORDERED)];
      if (lower.kind !== 'value' || upper.kind !== 'value') return {kind: 'between', of, lower, upper};
      const ordered = order(lower.value, upper.value);
      if (ordered === undefined) return {kind: 'between', of, lower, upper: lower};
      return ordered > 0 ? {kind: 'between', of, lower: upper, upper: lower} : {kind: 'between', of, lower, upper};
    }
    case 4: {
      const of = drawOperand(draw, document, undefined);
      return {kind: 'in', of, candidates: Array.from({length: 1 + draw.below(4)}, () => drawOther(draw, document, of, undefined))};
    }
    case 5: return {kind: 'exists', path: drawPath(draw, document), isExpected: draw.below(2) === 0};
    case 6: return {kind: 'type', of: drawOperand(draw, document, undefined), type: draw.one(['S', 'N', 'B', 'SS', 'NS', 'BS', 'L', 'M', 'BOOL', 'NULL'])};
    case 7: {
      const of = drawOperand(draw, document, ['S', 'B']);
      return {kind: 'begins_with', of, sought: drawOther(draw, document, of, ['S', 'B'])};
    }
    case 8: case 9: {
      const of = drawOperand(draw, document, ['S', 'B', 'SS', 'NS', 'BS', 'L']);
      // A size is a number, of which nothing is a part.
      return {kind: 'contains', of, sought: drawOther(draw, document, of, undefined)};
    }
    case 10: case 11: return {kind: 'AND', left: drawCondition(draw, document, depth - 1), right: drawCondition(draw, document, depth - 1)};
    case 12: return {kind: 'OR', left: drawCondition(draw, document, depth - 1), right: drawCondition(draw, document, depth - 1)};
    default: return {kind: 'NOT', of: drawCondition(draw, document, depth - 1)};
  }
}

/** Runs `check` on `caseCount` draws; whatever it throws names the seed and the case. */
function everyDraw(caseCount: number, check: (draw: Draw, say: (text: string) => void) => void): void {
  const CASES_A_RUN = 100;
  fc.assert(fc.property(fc.integer(), (seed) => {
    const draw = new Draw(seed);
    for (let i = 0; i < CASES_A_RUN; i += 1) {
      let said = '';
      try {
        check(draw, (text) => { said = text; });
      } catch (error) {
        throw new Error(`seed ${seed}, case ${i}: ${String(error)}: ${said}`, {cause: error});
      }
    }
  }), {numRuns: caseCount / CASES_A_RUN});
}
/** The framework's own comparison costs more than everything it would compare here. */
function mustBeSame(actual: string, expected: string): void {
  if (actual !== expected) throw new Error(`${actual} instead of ${expected}`);
}
function canonical(json: unknown): string {
  return JSON.stringify(json, (_, value: unknown) => (typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) : value));
}

test('50,000 random conditions are judged alike', () => {
  let trueCount = 0;
  everyDraw(50_000, (draw, say) => {
    const document = drawDocument(draw, 3);
    const condition = drawCondition(draw, document, 3);
    const writer = new Writer();
    const text = writer.condition(condition);
    say(`${text} with ${JSON.stringify([writer.values, document])}`);
    const expected = holds(condition, document);
    if (expected) trueCount += 1;
    const compiled = compileExpressions({condition: text, ...writer.placeholders()}).condition;
    if (compiled === undefined || evaluateCondition(compiled, parseItem(document)) !== expected) throw new Error(`expected ${expected}`);
  });
  // Draws that are nearly always false would prove little.
  expect(trueCount).toBeGreaterThan(5000);
});

/** Groups paths by their first element and keeps what they lead to. */
function kept(value: Json, paths: readonly Path[]): Json | undefined {
  if (paths.some((path) => path.length === 0)) return value;
  const under = (element: string | number): readonly Path[] => paths.filter(([first]) => first === element).map((path) => path.slice(1));
  if (value.M !== undefined) {
    const entries = Object.entries(value.M).flatMap(([name, inner]): [string, Json][] => {
      const part = under(name).length === 0 ? undefined : kept(inner, under(name));
      return part === undefined ? [] : [[name, part]];
    });
    return entries.length === 0 ? undefined : {M: Object.fromEntries(entries)};
  }
  const parts = value.L?.flatMap((inner, i): Json[] => {
    const part = inner === undefined || under(i).length === 0 ? undefined : kept(inner, under(i));
    return part === undefined ? [] : [part];
  });
  return parts === undefined || parts.length === 0 ? undefined : {L: parts};
}
/** Whether two paths may stand in one list: they part, and where they part both name fields or both number elements. */
function areApart(a: Path, b: Path): boolean {
  const i = a.findIndex((element, position) => element !== b[position]);
  return i >= 0 && i < b.length && typeof a[i] === typeof b[i];
}
/** Often a neighbour of one drawn before, so that one list or map is touched at several places. */
function drawPaths(draw: Draw, document: Document, countMax: number): readonly Path[] {
  const paths: Path[] = [];
  const count = 1 + draw.below(countMax);
  for (let i = 0; i < count; i += 1) {
    const neighbour = paths.length > 0 && draw.below(2) === 0 ? draw.one(paths) : undefined;
    const path = neighbour === undefined ? drawPath(draw, document)
      : [...neighbour.slice(0, -1), typeof neighbour.at(-1) === 'number' ? draw.below(6) : draw.one(NAMES)];
    if (paths.every((other) => areApart(path, other) && areApart(other, path))) paths.push(path);
  }
  return paths;
}

test('15,000 random projections keep the same parts', () => {
  everyDraw(15_000, (draw, say) => {
    const document = drawDocument(draw, 3);
    const paths = drawPaths(draw, document, 6);
    const writer = new Writer();
    const text = paths.map((path) => writer.path(path)).join(', ');
    say(`${text} of ${JSON.stringify(document)}`);
    const expected = kept({M: document}, paths)?.M ?? {};
    const compiled = compileExpressions({projection: text, names: writer.names}).projection;
    if (compiled === undefined) throw new Error('no projection');
    mustBeSame(canonical(itemToJson(project(compiled, parseItem(document)))), canonical(itemToJson(parseItem(expected))));
  });
});

type Term =
  | {readonly kind: 'path'; readonly path: Path} | {readonly kind: 'value'; readonly value: Json}
  | {readonly kind: 'if_not_exists'; readonly path: Path; readonly other: Term}
  | {readonly kind: 'list_append' | '+' | '-'; readonly left: Term; readonly right: Term};
type Action =
  | {readonly section: 'SET'; readonly path: Path; readonly term: Term} | {readonly section: 'REMOVE'; readonly path: Path}
  | {readonly section: 'ADD' | 'DELETE'; readonly path: Path; readonly value: Json};

function drawTerm(draw: Draw, document: Document, types: readonly string[] | undefined, depth: number): Term {
  if (depth > 0 && draw.below(3) === 0) return {kind: 'if_not_exists', path: drawPath(draw, document), other: drawTerm(draw, document, types, depth - 1)};
  if (depth > 0 && draw.below(5) === 0 && (types === undefined || types.includes('L'))) {
    return {kind: 'list_append', left: drawTerm(draw, document, ['L'], depth - 1), right: drawTerm(draw, document, ['L'], depth - 1)};
  }
  if (draw.below(2) === 0) return {kind: 'path', path: drawPath(draw, document)};
  for (;;) {
    const value = drawValue(draw, 2);
    if (types === undefined || types.includes(typeOf(value))) return {kind: 'value', value};
  }
}
function drawAction(draw: Draw, document: Document, path: Path): Action {
  switch (draw.below(6)) {
    case 0: return {section: 'REMOVE', path};
    case 1: return {section: 'ADD', path, value: draw.below(2) === 0 ? {N: draw.one(NUMBERS)} : drawSet(draw)};
    case 2: return {section: 'DELETE', path, value: drawSet(draw)};
    case 3: {
      const kind = draw.one(['+', '-'] as const);
      return {section: 'SET', path, term: {kind, left: drawTerm(draw, document, ['N'], 1), right: drawTerm(draw, document, ['N'], 1)}};
    }
    default: return {section: 'SET', path, term: drawTerm(draw, document, undefined, 2)};
  }
}
function drawSet(draw: Draw): Json {
  return draw.one([{SS: draw.some(TEXTS)}, {NS: draw.some(NUMBERS)}, {BS: draw.some(BINARIES)}]);
}
function writeTerm(writer: Writer, term: Term): string {
  switch (term.kind) {
    case 'path': return writer.path(term.path);
    case 'value': return writer.value(term.value);
    case 'if_not_exists': return `if_not_exists(${writer.path(term.path)}, ${writeTerm(writer, term.other)})`;
    case 'list_append': return `list_append(${writeTerm(writer, term.left)}, ${writeTerm(writer, term.right)})`;
    default: return `${writeTerm(writer, term.left)} ${term.kind} ${writeTerm(writer, term.right)}`;
  }
}
function writeUpdate(writer: Writer, actions: readonly Action[]): string {
  return (['SET', 'REMOVE', 'ADD', 'DELETE'] as const).flatMap((section) => {
    const texts = actions.filter((action) => action.section === section).map((action) => {
      const path = writer.path(action.path);
      if (action.section === 'SET') return `${path} = ${writeTerm(writer, action.term)}`;
      return action.section === 'REMOVE' ? path : `${path} ${writer.value(action.value)}`;
    });
    return texts.length === 0 ? [] : [`${section} ${texts.join(', ')}`];
  }).join(' ');
}

const WRONG_TYPE = 'An operand in the update expression has an incorrect data type';
const WRONG_PATH = 'The document path provided in the update expression is invalid for update';
function valueOf(term: Term, document: Document): Json {
  switch (term.kind) {
    case 'path': {
      const value = at(document, term.path);
      if (value === undefined) throw new Error('The provided expression refers to an attribute that does not exist in the item');
      return value;
    }
    case 'value': return term.value;
    case 'if_not_exists': return at(document, term.path) ?? valueOf(term.other, document);
    case 'list_append': {
      const [left, right] = [valueOf(term.left, document), valueOf(term.right, document)];
      if (left.L === undefined || right.L === undefined) throw new Error(WRONG_TYPE);
      return {L: left.L.concat(right.L)};
    }
    default: {
      const [left, right] = [valueOf(term.left, document), valueOf(term.right, document)];
      if (left.N === undefined || right.N === undefined) throw new Error(WRONG_TYPE);
      return {N: sum(left.N, right.N, term.kind)};
    }
  }
}
function sum(a: string, b: string, op: '+' | '-'): string {
  const text = fromUnits(op === '+' ? units(a) + units(b) : units(a) - units(b));
  const digits = text.replace(/[-.]/g, '').replace(/^0+/, '').replace(/0+$/, '');
  if (digits.length > 38) throw new Error('Attempting to store more than 38 significant digits in a Number');
  return text === '' || text === '-' ? '0' : text;
}
const SAME = {SS: (x: string, y: string): boolean => x === y, NS: (x: string, y: string): boolean => units(x) === units(y), BS: (x: string, y: string): boolean => x === y};
function changed(existing: Json | undefined, section: 'ADD' | 'DELETE', value: Json): Json | undefined {
  const type = typeOf(value);
  if (existing === undefined) return section === 'ADD' ? value : undefined;
  if (typeOf(existing) !== type) throw new Error(WRONG_TYPE);
  if (existing.N !== undefined) return {N: sum(existing.N, value.N ?? '', '+')};
  const kind = type as 'SS' | 'NS' | 'BS';
  const [old, given] = [existing[kind] ?? [], value[kind] ?? []];
  const isIn = (list: readonly string[], member: string): boolean => list.some((one) => SAME[kind](one, member));
  const members = section === 'ADD' ? [...old, ...given.filter((one) => !isIn(old, one))] : old.filter((one) => !isIn(given, one));
  return members.length === 0 ? undefined : {[kind]: members};
}

/** Lists keep holes and a place for what lies past their end until all actions are done. */
function update(document: Document, actions: readonly Action[]): Document {
  const results = actions.map((action): Json | undefined => {
    if (action.section === 'SET') return valueOf(action.term, document);
    return action.section === 'REMOVE' ? undefined : changed(at(document, action.path), action.section, action.value);
  });
  const after = copy(document);
  const beyond = new Map<Json, Map<number, Json>>();
  actions.forEach(({path}, i) => {
    const parent = path.length === 1 ? {M: after} : at(after, path.slice(0, -1));
    const last = path.at(-1) as string | number;
    const result = results[i] === undefined ? undefined : copy(results[i]);
    if (typeof last === 'string') {
      if (parent?.M === undefined) throw new Error(WRONG_PATH);
      if (result === undefined) delete parent.M[last];
      else parent.M[last] = result;
      return;
    }
    if (parent?.L === undefined) throw new Error(WRONG_PATH);
    if (last < parent.L.length) {
      parent.L[last] = result;
    } else if (result !== undefined) {
      const appended = beyond.get(parent) ?? new Map<number, Json>();
      beyond.set(parent, appended.set(last, result));
    }
  });
  for (const [list, appended] of beyond) for (const [, value] of [...appended].sort(([a], [b]) => a - b)) list.L?.push(value);
  closeGaps({M: after});
  return after;
}
function copy<Value>(json: Value): Value {
  return JSON.parse(JSON.stringify(json)) as Value;
}
function closeGaps(value: Json): void {
  if (value.L !== undefined) value.L = value.L.filter((element) => element !== undefined);
  for (const inner of value.L ?? Object.values(value.M ?? {})) if (inner !== undefined) closeGaps(inner);
}

test('35,000 random updates have the same result or the same failure', () => {
  let doneCount = 0;
  everyDraw(35_000, (draw, say) => {
    const document = drawDocument(draw, 3);
    const sections = ['SET', 'REMOVE', 'ADD', 'DELETE'];
    const actions = drawPaths(draw, document, 4).map((path) => drawAction(draw, document, path))
      .sort((a, b) => sections.indexOf(a.section) - sections.indexOf(b.section));
    const writer = new Writer();
    const text = writeUpdate(writer, actions);
    say(`${text} with ${JSON.stringify([writer.values, document])}`);
    const compiled = compileExpressions({update: text, ...writer.placeholders()}).update;
    if (compiled === undefined) throw new Error('no update');
    const item = parseItem(document);
    const before = canonical(itemToJson(item));
    const actual = outcome(() => itemToJson(applyUpdate(compiled, item)));
    const expected = outcome(() => itemToJson(parseItem(update(document, actions))));
    if (expected.startsWith('{')) doneCount += 1;
    mustBeSame(actual, expected);
    mustBeSame(canonical(itemToJson(item)), before);
    mustBeSame(canonical(itemToJson(projectUpdated(compiled, item, 'old'))),
      canonical(itemToJson(parseItem(kept({M: document}, actions.map(({path}) => path))?.M ?? {}))));
  });
  expect(doneCount).toBeGreaterThan(8000);
});
function outcome(run: () => unknown): string {
  try {
    return canonical(run());
  } catch (error) {
    return `failed: ${error instanceof Error ? error.message : ''}`;
  }
}

/** A condition of ScanFilter, QueryFilter or Expected, by the plain rules of each operator. */
function legacyHolds(operator: string, value: Json | undefined, values: readonly Json[]): boolean {
  const [first = {NULL: true}, second = first] = values;
  const comparator = ({EQ: '=', NE: '<>', LE: '<=', LT: '<', GE: '>=', GT: '>'} as Readonly<Record<string, string>>)[operator];
  if (comparator !== undefined) return compare(comparator, value, first);
  const of: Operand = {kind: 'path', path: ['a']};
  const document: Document = value === undefined ? {} : {a: value};
  switch (operator) {
    case 'NULL': return value === undefined;
    case 'NOT_NULL': return value !== undefined;
    case 'CONTAINS': return holds({kind: 'contains', of, sought: {kind: 'value', value: first}}, document);
    case 'NOT_CONTAINS': return value !== undefined && !holds({kind: 'contains', of, sought: {kind: 'value', value: first}}, document);
    case 'BEGINS_WITH': return holds({kind: 'begins_with', of, sought: {kind: 'value', value: first}}, document);
    case 'BETWEEN': return compare('>=', value, first) && compare('<=', value, second);
    default: return values.some((one) => value !== undefined && equal(value, one));
  }
}
function drawLegacyValues(draw: Draw, operator: string): readonly Json[] {
  const scalar = (types: readonly string[]): Json => draw.one(SCALARS.filter((value) => types.includes(typeOf(value))));
  switch (operator) {
    case 'NULL': case 'NOT_NULL': return [];
    case 'EQ': case 'NE': return [drawValue(draw, 2)];
    case 'BEGINS_WITH': return [scalar(['S', 'B'])];
    case 'IN': case 'BETWEEN': {
      const types = [draw.one(ORDERED)];
      const values = [scalar(types), scalar(types)];
      return operator === 'IN' ? [...values, scalar(types)] : values.sort((a, b) => order(a, b) ?? 0);
    }
    default: return [scalar(ORDERED)];
  }
}
const OPERATORS = ['EQ', 'NE', 'LE', 'LT', 'GE', 'GT', 'NULL', 'NOT_NULL', 'CONTAINS', 'NOT_CONTAINS', 'BEGINS_WITH', 'IN', 'BETWEEN'];

test('10,000 random filters of the parameters before expressions are judged alike', () => {
  everyDraw(10_000, (draw, say) => {
    const document = drawDocument(draw, 2);
    const conditions = draw.some(NAMES).map((name) => {
      const operator = draw.one(OPERATORS);
      return {name, operator, values: drawLegacyValues(draw, operator)};
    });
    const filter = Object.fromEntries(conditions.map(({name, operator, values}) => [name, {ComparisonOperator: operator, AttributeValueList: values}]));
    const isOr = conditions.length > 1 && draw.below(2) === 0;
    say(JSON.stringify([filter, isOr, document]));
    const truths = conditions.map(({name, operator, values}) => legacyHolds(operator, document[name], values));
    const expected = isOr ? truths.includes(true) : !truths.includes(false);
    const {compiled} = parseScan({TableName: 'abc', ScanFilter: filter, ...(isOr ? {ConditionalOperator: 'OR'} : {})}).expressions;
    if (compiled.filter === undefined || evaluateCondition(compiled.filter, parseItem(document)) !== expected) throw new Error(`expected ${expected}`);
  });
});

const LEGACY_FAILURES = ['Type mismatch for attribute to update', 'Attempting to store more than 38 significant digits in a Number'].map((text) => `failed: ${text}`);
test('10,000 random AttributeUpdates have the same result or the same failure', () => {
  everyDraw(10_000, (draw, say) => {
    const document = drawDocument(draw, 2);
    const updates = draw.some(NAMES).map((name): readonly [string, 'PUT' | 'ADD' | 'DELETE', Json | undefined] => {
      switch (draw.below(4)) {
        case 0: return [name, 'PUT', drawValue(draw, 2)];
        case 1: return [name, 'ADD', draw.one([{N: draw.one(NUMBERS)}, drawSet(draw), {L: [drawValue(draw, 1)]}])];
        case 2: return [name, 'DELETE', drawSet(draw)];
        default: return [name, 'DELETE', undefined];
      }
    });
    const AttributeUpdates = Object.fromEntries(updates.map(([name, Action, Value]) => [name, {Action, Value: Value ?? null}]));
    say(JSON.stringify([AttributeUpdates, document]));
    const {update: compiled} = parseUpdateItem({TableName: 'abc', Key: {k: {S: 'x'}}, AttributeUpdates}).expressions.compiled;
    if (compiled === undefined) throw new Error('no update');
    // ADD and DELETE fail alike whichever comes first; sums fail in the order of the sections.
    const expected = outcome(() => {
      const after = copy(document);
      for (const [name, action, value] of updates) {
        const existing = document[name];
        const result = action === 'PUT' || value === undefined ? value
          : value.L !== undefined && existing?.L !== undefined ? {L: existing.L.concat(value.L)} : changed(existing, action, value);
        if (result === undefined) delete after[name];
        else after[name] = result;
      }
      return itemToJson(parseItem(after));
    });
    const actual = outcome(() => itemToJson(applyUpdate(compiled, parseItem(document))));
    if (!expected.startsWith('failed')) mustBeSame(actual, expected);
    else if (!LEGACY_FAILURES.includes(actual)) throw new Error(`${actual} instead of a failure`);
  });
});

test('the second evaluator counts as people do', () => {
  expect([units('1.5') - units('0.5') === units('1'), fromUnits(units('-10.25')), sum('0.1', '0.2', '+')]).toEqual([true, '-10.25', '0.3']);
  const value: AttributeValue = {kind: 'N', value: '1'};
  expect(equal({N: '1.0'}, {N: value.value})).toBe(true);
});
