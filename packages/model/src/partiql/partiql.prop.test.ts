// Statements made of anything: reading and planning them gives a plan or the one typed error, and what is written as an
// expression means what the statement said.
import fc from 'fast-check';
import {toTableId} from '@murmuration/base';
import type {AttributeValue, Item} from '../attribute-value.js';
import {ModelError} from '../errors.js';
import {evaluateCondition} from '../expressions/evaluate-condition.js';
import type {TableDescriptor} from '../table-descriptor.js';
import {decodeNextToken, encodeNextToken} from './next-token.js';
import {parseStatement} from './parse-statement.js';
import {planSelect} from './plan-select.js';
import {planWrite} from './plan-write.js';
import {tokenizeStatement} from './statement-lexer.js';

const RUNS = {numRuns: 400, verbose: fc.VerbosityLevel.None} as const;
const TABLE: TableDescriptor = {
  tableId: toTableId(1), name: 'tab', tableUuid: '', status: 'ACTIVE', keySchema: {hash: {name: 'pk', type: 'S'}, range: {name: 'sk', type: 'N'}},
  attributeDefinitions: [{AttributeName: 'pk', AttributeType: 'S'}, {AttributeName: 'sk', AttributeType: 'N'}], billingMode: 'PAY_PER_REQUEST',
  provisionedThroughput: {ReadCapacityUnits: 0, WriteCapacityUnits: 0}, createdAtMs: 0, extra: {},
};
const READ = {consistentRead: false, returnConsumedCapacity: 'NONE'} as const;
const WRITE = {returnValuesOnConditionCheckFailure: 'NONE', returnConsumedCapacity: 'NONE'} as const;

const WORDS = [
  'SELECT', '*', 'FROM', 'WHERE', 'INSERT', 'INTO', 'VALUE', 'UPDATE', 'SET', 'REMOVE', 'DELETE', 'RETURNING', 'ALL', 'OLD', 'NEW', 'MODIFIED', 'ORDER', 'BY', 'ASC', 'DESC', 'AND', 'OR', 'NOT',
  'BETWEEN', 'IN', 'IS', 'NULL', 'MISSING', 'EXISTS', 'TRUE', 'pk', 'sk', '"tab"', 'a', 'b.c', 'd[0]', `'x'`, '1', '-2.5', '1e5', '?', '(', ')', '[', ']', '{', '}', '<<', '>>', ',', ':', '.', ';',
  '=', '<>', '!=', '<', '<=', '>', '>=', '+', '-', 'size(', 'begins_with(', 'contains(', 'attribute_type(', 'list_append(', 'set_add(', 'set_delete(', 'if_not_exists(', '--', '/*', '*/', '"', "'", '\n', '#', '\u{1f600}', '\ud800',
];
const soup = fc.array(fc.constantFrom(...WORDS), {maxLength: 60}).map((words) => words.join(' '));
const begun = fc.tuple(fc.constantFrom(
  `SELECT * FROM tab WHERE pk = 'x' AND `, 'SELECT a, b FROM tab WHERE ', `INSERT INTO tab VALUE {'pk': 'x', 'sk': 1, 'v': `, 'UPDATE tab SET a = ', `DELETE FROM tab WHERE pk = 'x' AND sk = 1 AND `, 'EXISTS(SELECT * FROM tab WHERE ',
), soup, fc.constantFrom('', '}', ')', ` WHERE pk = 'x' AND sk = 1`)).map((parts) => parts.join(''));
const statement = fc.oneof(fc.string({maxLength: 300}), fc.string({unit: 'binary', maxLength: 100}), soup, begun).map((text) => text.slice(0, 8192));

function planOf(text: string, parameters: readonly AttributeValue[]): void {
  try {
    const parsed = parseStatement(text, parameters);
    if (parsed.kind === 'select') planSelect(parsed, text, TABLE, READ);
    else if (parsed.kind !== 'exists') planWrite(parsed, text, TABLE, WRITE);
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    expect(error.failure.code).toBe('ValidationException');
  }
}

test('any text gives a plan or a ValidationException', () => {
  fc.assert(fc.property(statement, fc.array(fc.constantFrom<AttributeValue>({kind: 'S', value: 'x'}, {kind: 'N', value: '1'}, {kind: 'L', values: []}, {kind: 'SS', values: ['a']}), {maxLength: 3}), planOf), RUNS);
});

test('any word a thousand times over gives a plan or a ValidationException', () => {
  fc.assert(fc.property(fc.constantFrom(...WORDS), fc.constantFrom(...WORDS), fc.integer({min: 1, max: 1500}), (first, second, count) => {
    planOf(`SELECT * FROM tab WHERE ${`${first} ${second} `.repeat(count)}`.slice(0, 8192), []);
    planOf(`UPDATE tab SET a = ${`${first} ${second} `.repeat(count)}`.slice(0, 8192), []);
  }), {...RUNS, numRuns: 200});
});

test('a statement is cut into pieces that lie one behind another', () => {
  fc.assert(fc.property(statement, (text) => {
    let tokens;
    try {
      tokens = tokenizeStatement(text);
    } catch (error) {
      expect(error).toBeInstanceOf(ModelError);
      return;
    }
    tokens.forEach(({from, until}, i) => {
      expect(from).toBeGreaterThanOrEqual(tokens[i - 1]?.until ?? 0);
      expect(until).toBeGreaterThanOrEqual(i === tokens.length - 1 ? from : from + 1);
    });
    expect(tokens.at(-1)).toMatchObject({kind: 'end', until: text.length});
  }), RUNS);
});

// Conditions whose meaning is worked out here a second time, over items of a few small attributes.
type Made = {readonly text: string; readonly holds: (item: Item) => boolean};
const NAMES = ['a', 'b', 'sk'] as const;
const numberOf = (item: Item, name: string): number | undefined => {
  const value = item.get(name);
  return value?.kind === 'N' ? Number(value.value) : undefined;
};
const COMPARE: Readonly<Record<string, (a: number, b: number) => boolean>> = {'=': (a, b) => a === b, '<': (a, b) => a < b, '<=': (a, b) => a <= b, '>': (a, b) => a > b, '>=': (a, b) => a >= b};
const comparison = fc.tuple(fc.constantFrom(...NAMES), fc.constantFrom(...Object.keys(COMPARE)), fc.integer({min: -2, max: 2}), fc.boolean()).map(([name, op, number, isTurned]): Made => ({
  text: isTurned ? `${number} ${({'=': '=', '<': '>', '<=': '>=', '>': '<', '>=': '<='})[op] ?? op} ${name}` : `${name} ${op} ${number}`,
  holds: (item) => {
    const value = numberOf(item, name);
    return value !== undefined && (COMPARE[op]?.(value, number) ?? false);
  },
}));
const missing = fc.tuple(fc.constantFrom('a', 'b'), fc.boolean()).map(([name, isNegated]): Made => ({text: `${name} IS ${isNegated ? 'NOT ' : ''}MISSING`, holds: (item) => item.has(name) === isNegated}));
const among = fc.tuple(fc.constantFrom(...NAMES), fc.uniqueArray(fc.integer({min: -2, max: 2}), {minLength: 1, maxLength: 3})).map(([name, numbers]): Made => ({
  text: `${name} IN [${numbers.join(', ')}]`, holds: (item) => numbers.some((number) => number === numberOf(item, name)),
}));
const between = fc.tuple(fc.constantFrom(...NAMES), fc.integer({min: -2, max: 0}), fc.integer({min: 0, max: 2})).map(([name, low, high]): Made => ({
  text: `${name} BETWEEN ${low} AND ${high}`, holds: (item) => {
    const value = numberOf(item, name);
    return value !== undefined && value >= low && value <= high;
  },
}));
const condition = fc.letrec<{made: Made}>((tie) => ({
  made: fc.oneof({depthSize: 'small', withCrossShrink: true}, comparison, missing, among, between,
    fc.array(tie('made'), {minLength: 2, maxLength: 3}).map((parts): Made => ({text: `(${parts.map(({text}) => text).join(' AND ')})`, holds: (item) => parts.every(({holds}) => holds(item))})),
    fc.array(tie('made'), {minLength: 2, maxLength: 3}).map((parts): Made => ({text: `(${parts.map(({text}) => text).join(' OR ')})`, holds: (item) => parts.some(({holds}) => holds(item))})),
    tie('made').map(({text, holds}): Made => ({text: `NOT (${text})`, holds: (item) => !holds(item)}))),
})).made;
const attribute = fc.option(fc.integer({min: -3, max: 3}), {nil: undefined});
const item = fc.tuple(attribute, attribute, fc.integer({min: -3, max: 3})).map(([a, b, sk]): Item => new Map<string, AttributeValue>([
  ['pk', {kind: 'S', value: 'x'}], ['sk', {kind: 'N', value: String(sk)}],
  ...(a === undefined ? [] : [['a', {kind: 'N', value: String(a)}] as const]), ...(b === undefined ? [] : [['b', {kind: 'N', value: String(b)}] as const]),
]));

test('a WHERE clause means the same as filter of a scan, as key condition with filter, and as condition of a write', () => {
  fc.assert(fc.property(condition, fc.array(item, {minLength: 1, maxLength: 5}), ({text, holds}, items) => {
    const scanText = `SELECT * FROM tab WHERE ${text}`;
    const queryText = `SELECT * FROM tab WHERE pk = 'x' AND ${text}`;
    const scan = parseStatement(scanText, []);
    const query = parseStatement(queryText, []);
    if (scan.kind !== 'select' || query.kind !== 'select') throw new Error('a SELECT');
    const scanned = planSelect(scan, scanText, TABLE, READ);
    const queried = planSelect(query, queryText, TABLE, READ);
    if (scanned.kind !== 'scan' || queried.kind !== 'queries') throw new Error('a scan and a query');
    const [request] = queried.requests;
    for (const each of items) {
      const {filter} = scanned.request.expressions.compiled;
      expect([text, filter === undefined || evaluateCondition(filter, each)]).toEqual([text, holds(each)]);
      const sort = request?.expressions.compiled.keyCondition?.tests.find(({name}) => name === 'sk');
      const rest = request?.expressions.compiled.filter;
      const passes = (sort === undefined || passesTest(sort, numberOf(each, 'sk') ?? 0)) && (rest === undefined || evaluateCondition(rest, each));
      expect([text, passes]).toEqual([text, holds(each)]);
      const updateText = `UPDATE tab SET z = 1 WHERE pk = 'x' AND sk = ${numberOf(each, 'sk') ?? 0} AND ${text}`;
      const update = parseStatement(updateText, []);
      const written = update.kind === 'update' ? planWrite(update, updateText, TABLE, WRITE).request.expressions.compiled.condition : undefined;
      expect([text, written !== undefined && evaluateCondition(written, each)]).toEqual([text, holds(each)]);
    }
  }), RUNS);
});

function passesTest({op, values}: {readonly op: string; readonly values: readonly AttributeValue[]}, number: number): boolean {
  const [first = 0, second = 0] = values.map((value) => (value.kind === 'N' ? Number(value.value) : Number.NaN));
  return op === 'between' ? number >= first && number <= second : COMPARE[op]?.(number, first) ?? false;
}

test('a NextToken comes back as it was for its statement, and for no other text', () => {
  const start = fc.option(item, {nil: undefined});
  fc.assert(fc.property(fc.nat(49), start, fc.string(), fc.string(), (queryIndex, startKey, text, other) => {
    const token = encodeNextToken({queryIndex, startKey}, text, []);
    expect(decodeNextToken(token, text, [])).toEqual({queryIndex, startKey});
    if (other !== text) expect(() => decodeNextToken(token, other, [])).toThrow(ModelError);
    expect(() => decodeNextToken(other, text, [])).toThrow(ModelError);
  }), RUNS);
});
