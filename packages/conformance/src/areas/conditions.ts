import type {Area, ConformanceCase} from '../conformance-case.js';
import {fails, gives, has, invalid, proves, put} from '../conformance-case.js';
import type {Json} from '../json.js';
import {HASH} from '../suite-tables.js';

type Members = Readonly<Record<string, Json>>;
type Names = Readonly<Record<string, string>>;
const S = (text: string): Json => ({S: text});
const N = (value: number | string): Json => ({N: String(value)});

const key = {pk: S('conditions')};
const ITEM: Members = {
  ...key, s: S('text'), n: N(5), e: S(''), ss: {SS: ['a', 'b']}, b: {B: 'AQID'},
  l: {L: [S('0'), {M: {a: N(1), b: {L: [S('x'), S('y'), S('z')]}}}, S('2')]}, m: {M: {a: S('A'), b: {M: {c: N(1), d: N(2)}}, 'x.y': S('dotted')}},
};
const prepared = put({TableName: HASH, Item: ITEM});

/** What a condition says of the item: asked by a write that changes nothing, and by a filter. */
function says(text: string, isTrue: boolean, values?: Members, ExpressionAttributeNames?: Names): ConformanceCase {
  const body = {TableName: HASH, Key: key, ConditionExpression: text, ExpressionAttributeValues: values, ExpressionAttributeNames};
  return proves('5 Grammar', `${isTrue ? 'holds' : 'does not hold'}: ${text} ${values === undefined ? '' : JSON.stringify(values)}`.trim(), prepared,
    isTrue ? gives('UpdateItem', body, {}) : fails('UpdateItem', body, 'ConditionalCheckFailedException', 'The conditional request failed'),
    ...(/\bpk\b/.test(text) ? [] : [has('Query', {TableName: HASH, KeyConditionExpression: 'pk = :pk', FilterExpression: text, ConsistentRead: true, ExpressionAttributeNames, ExpressionAttributeValues: {':pk': key.pk, ...values}},
      {Count: isTrue ? 1 : 0, ScannedCount: 1})]));
}
function refuses(text: string, message: string, values?: Members): ConformanceCase {
  return proves('7 Expression body', `is refused: ${text} ${values === undefined ? '' : JSON.stringify(values)}`.trim(),
    invalid('UpdateItem', {TableName: HASH, Key: key, ConditionExpression: text, ExpressionAttributeValues: values}, `Invalid ConditionExpression: ${message}`));
}
/** What a projection leaves of the item, asked of every operation that reads. */
function projects(text: string, left: Members, ExpressionAttributeNames?: Names): ConformanceCase {
  const more = {ProjectionExpression: text, ExpressionAttributeNames};
  return proves('5.2 Projection', `what is left by ${text}`, prepared,
    gives('GetItem', {TableName: HASH, Key: key, ConsistentRead: true, ...more}, {Item: left}),
    has('Query', {TableName: HASH, KeyConditionExpression: 'pk = :pk', ExpressionAttributeValues: {':pk': key.pk}, ConsistentRead: true, ...more}, {Items: [left]}),
    gives('BatchGetItem', {RequestItems: {[HASH]: {Keys: [key], ConsistentRead: true, ...more}}}, {Responses: {[HASH]: [left]}, UnprocessedKeys: {}}),
    gives('TransactGetItems', {TransactItems: [{Get: {TableName: HASH, Key: key, ...more}}]}, {Responses: [{Item: left}]}));
}
const syntax = (token: string, near: string): string => `Syntax error; token: "${token}", near: "${near}"`;
const badProjection = (text: string, message: string): ConformanceCase => proves('7 Expression body', `projection is refused: ${text}`,
  invalid('GetItem', {TableName: HASH, Key: key, ProjectionExpression: text}, `Invalid ProjectionExpression: ${message}`),
  invalid('Scan', {TableName: HASH, ProjectionExpression: text}, `Invalid ProjectionExpression: ${message}`));
const t = {':v': S('text')};
const distinct = (operator: string, path: string): string => `The first operand must be distinct from the remaining operands for this operator or function; operator: ${operator}, first operand: [${path}]`;
const nots = (count: number): string => Array.from({length: count}, () => 'NOT (').join('') + 's = :v' + ')'.repeat(count);
const ors = (count: number): string => Array.from({length: count}, () => 's = :v').join(' OR ');

export const CONDITIONS: Area = {
  name: 'conditions',
  title: 'Forms of conditions and projections',
  cases: [
    // Blanks, parentheses, letters.
    says('s=:v', true, t), says('s<>:v', false, t), says(' s  =  :v ', true, t), says('s\t=\n:v', true, t), says('(s) = (:v)', true, t), says('(s = :v)', true, t), says('NOT(s = :v)', false, t), says('NOT NOT s = :v', true, t),
    says('attribute_exists (s)', true), says('attribute_exists( s )', true), says('(s = :v) AND (NOT (s = :w))', true, {...t, ':w': S('x')}), says('s = :v AND (s = :v OR (s = :v AND s = :v))', true, t),
    says('s = :v aNd n = :n', true, {...t, ':n': N(5)}), says('s = :v oR n = :n', true, {...t, ':n': N(6)}), says('nOt s = :v', false, t), says('n bEtWeEn :a aNd :b', true, {':a': N(4), ':b': N(6)}), says('n iN (:a, :b)', true, {':a': N(4), ':b': N(5)}),
    says(nots(60), true, t), says(nots(61), false, t), says(ors(150), true, t),
    says('s = :v OR nope = :v AND nope = :w', true, {...t, ':w': S('x')}), says('nope = :w AND nope = :w OR s = :v', true, {...t, ':w': S('x')}), says('NOT s = :v OR s = :v', true, t), says('NOT (s = :v OR s = :v)', false, t), says('NOT s = :v AND nope = :v', false, t),
    // Placeholders.
    says('#1 = :1', true, {':1': S('text')}, {'#1': 's'}), says('#_ = :_', true, {':_': S('text')}, {'#_': 's'}), says(`s = :${'v'.repeat(254)}`, true, {[`:${'v'.repeat(254)}`]: S('text')}),
    says('#m.#d = :v', true, {':v': S('dotted')}, {'#m': 'm', '#d': 'x.y'}), says('#m.a = :v', true, {':v': S('A')}, {'#m': 'm'}), says('m.#a = :v', true, {':v': S('A')}, {'#a': 'a'}), says('#l[1].#b[2] = :v', true, {':v': S('z')}, {'#l': 'l', '#b': 'b'}),
    // Sides.
    says(':v = s', true, t), says(':v = :v', true, t), says(':v = :w', true, {...t, ':w': S('text')}), says(':v <> :w', false, {...t, ':w': S('text')}), says(':a < n', true, {':a': N(4)}), says('n > m.b.c', true), says('m.b.c = l[1].a', true), says('m.b = m.b.c', false),
    says('n BETWEEN m.b.c AND :n', true, {':n': N(9)}), says('l[1].a BETWEEN m.b.c AND n', true), says(':n BETWEEN m.b.c AND n', true, {':n': N(3)}), says(':n IN (m.b.c, m.b.d)', true, {':n': N(2)}), says('n IN (s, ss, :l, :n)', true, {':l': {L: []}, ':n': N(5)}),
    // Functions.
    says('size(s) = :n', true, {':n': N(4)}), says('size(ss) BETWEEN :a AND :b', true, {':a': N(1), ':b': N(3)}), says('size(ss) IN (:a, :b)', true, {':a': N(1), ':b': N(2)}), says(':n < size(l)', true, {':n': N(2)}), says('size(s) > size(ss)', true), says('size(m.b) = :n', true, {':n': N(2)}),
    says('size(l[1].b) = :n', true, {':n': N(3)}), says('size(e) = :n', true, {':n': N(0)}), says('size(:v) = :n', true, {...t, ':n': N(4)}), says('size(b) = size(l)', true), says('size(n) > :n', false, {':n': N(0)}), says('NOT size(nope) = :n', true, {':n': N(0)}),
    says('contains(:v, s)', true, {':v': S('some text')}), says('contains(s, :v)', true, {':v': S('')}), says('contains(ss, :v)', false, {':v': {SS: ['a']}}), says('contains(s, :v)', false, {':v': N(1)}), says('contains(l, :v)', true, {':v': S('2')}), says('contains(l[1].b, :v)', true, {':v': S('y')}),
    says('contains(m, :v)', false, {':v': S('A')}), says('contains(:v, n)', true, {':v': {NS: ['5', '6']}}), says('begins_with(:v, s)', true, {':v': S('text and more')}), says('begins_with(s, e)', true), says('begins_with(m.a, :v)', true, {':v': S('A')}),
    says('attribute_type(:v, :t)', true, {...t, ':t': S('S')}), says('attribute_type(m.b, :t)', true, {':t': S('M')}), says('attribute_type(l[1].b, :t)', true, {':t': S('L')}), says('attribute_type(e, :t)', true, {':t': S('S')}),
    says('attribute_exists(e)', true), says('attribute_exists(m.b.c)', true), says('attribute_exists(l[1].b[2])', true), says('attribute_exists(l[1].b[3])', false), says('attribute_exists(ss[0])', false), says('attribute_exists(s.a)', false), says('attribute_not_exists(l[7])', true), says('attribute_not_exists(m.b.c.d)', true),
    says('m = :v', true, {':v': {M: {b: {M: {d: N('2.0'), c: N(1)}}, 'x.y': S('dotted'), a: S('A')}}}), says('l = :v', false, {':v': {L: [S('2')]}}), says('ss <> :v', true, {':v': {SS: ['a', 'b', 'c']}}), says('e = :v', true, {':v': S('')}), says('e < :v', true, {':v': S('a')}),
    // Refused.
    refuses('s < > :v', syntax('>', '< > :v'), t), refuses('s != :v', syntax('!', 's !='), t), refuses('s = :v and', syntax('<EOF>', 'and'), t), refuses('and s = :v', syntax('and', 'and s'), t), refuses('s', syntax('<EOF>', 's')), refuses(':v', syntax('<EOF>', ':v'), t),
    refuses('s IN ()', syntax(')', '()')), refuses('s BETWEEN :a :b', syntax(':b', ':a :b'), {':a': S('a'), ':b': S('b')}), refuses('s LIKE :v', syntax('LIKE', 's LIKE :v'), t), refuses('s IS NULL', syntax('IS', 's IS NULL')), refuses("s = 'a'", syntax("'", "= 'a")),
    refuses('s = null', 'Attribute name is a reserved keyword; reserved keyword: null'), refuses('s = true', 'Attribute name is a reserved keyword; reserved keyword: true'), refuses('((s)) = :v', 'The expression has redundant parentheses;', t), refuses('NOT ((s = :v))', 'The expression has redundant parentheses;', t),
    refuses('n + :n = :n', syntax('+', 'n + :n'), {':n': N(1)}), refuses('s IN (s)', distinct('IN', 's')), refuses('s BETWEEN s AND s', distinct('BETWEEN', 's')), refuses('l[1].a = l[1].a', distinct('=', 'l, [1], a')),
    refuses('size(size(s)) = :n', 'Incorrect operand type for operator or function; operator or function: size, operand type: N', {':n': N(1)}),
    ...(['if_not_exists(s, :v) = :v', 'list_append(l, :v) = :v'] as const).map((text) => refuses(text, `The function is not allowed to be used this way in an expression; function: ${text.slice(0, text.indexOf('('))}`, {':v': {L: []}})),
    ...([['L', {L: []}], ['M', {M: {}}], ['BOOL', {BOOL: true}], ['NULL', {NULL: true}], ['SS', {SS: ['a']}], ['NS', {NS: ['1']}], ['BS', {BS: ['AA==']}]] as const).flatMap(([type, value]) => [
      ...['<', '<=', '>', '>='].map((operator) => refuses(`s ${operator} :v`, `Incorrect operand type for operator or function; operator or function: ${operator}, operand type: ${type}`, {':v': value})),
      refuses('s BETWEEN :v AND :v', `Incorrect operand type for operator or function; operator or function: BETWEEN, operand type: ${type}`, {':v': value}),
      refuses('begins_with(s, :v)', `Incorrect operand type for operator or function; operator or function: begins_with, operand type: ${type}`, {':v': value}),
      refuses('attribute_type(s, :v)', `Incorrect operand type for operator or function; operator or function: attribute_type, operand type: ${type}`, {':v': value}),
    ]),
    refuses(ors(151), 'The expression contains too many operators; operator count: 301', t),
    proves('2 Expressions', 'placeholders of 255 characters are too long', ...[
      {ConditionExpression: `s = :${'v'.repeat(255)}`, ExpressionAttributeValues: {[`:${'v'.repeat(255)}`]: S('a')}}, {ConditionExpression: `#${'v'.repeat(255)} = s`, ExpressionAttributeNames: {[`#${'v'.repeat(255)}`]: 'n'}},
    ].map((more) => invalid('DeleteItem', {TableName: HASH, Key: key, ...more}, undefined))),
    proves('2 Expressions', 'names and values of more than 2 MB together', invalid('UpdateItem', {
      TableName: HASH, Key: key, ConditionExpression: [0, 1, 2, 3, 4, 5].map((i) => `nope <> :v${i}`).join(' AND '), ExpressionAttributeValues: Object.fromEntries([0, 1, 2, 3, 4, 5].map((i) => [`:v${i}`, S('x'.repeat(390_000))])),
    }, undefined)),
    // Projections.
    projects('s', {s: S('text')}), projects('pk, s, n', {...key, s: S('text'), n: N(5)}), projects('m.a , s', {m: {M: {a: S('A')}}, s: S('text')}), projects('m . a', {m: {M: {a: S('A')}}}), projects('l[ 2 ]', {l: {L: [S('2')]}}), projects('l [2]', {l: {L: [S('2')]}}),
    projects('l[2], l[0]', {l: {L: [S('0'), S('2')]}}), projects('l[2], l[1].a', {l: {L: [{M: {a: N(1)}}, S('2')]}}), projects('l[1].b[2], l[1].b[0]', {l: {L: [{M: {b: {L: [S('x'), S('z')]}}}]}}), projects('l[1].a, l[1].b[1]', {l: {L: [{M: {a: N(1), b: {L: [S('y')]}}}]}}),
    projects('m.b.c, m.a', {m: {M: {b: {M: {c: N(1)}}, a: S('A')}}}), projects('m.b.c, m.b.d', {m: {M: {b: {M: {c: N(1), d: N(2)}}}}}), projects('#m.#d', {m: {M: {'x.y': S('dotted')}}}, {'#m': 'm', '#d': 'x.y'}),
    ...['nope', 'm.nope', 'l[9]', 's.a', 's[0]', 'ss[0]', 'l[0].a', 'l[1][0]', 'm[0]', 'm.b.c.d', 'nope.a.b[3]'].map((text) => projects(text, {})),
    projects('nope, s', {s: S('text')}), projects('m.nope, m.a', {m: {M: {a: S('A')}}}),
    badProjection('(s)', syntax('(', '(s')), badProjection(':v', syntax(':v', ':v')), badProjection('s-t', syntax('-', 's-t')), badProjection('size(s)', syntax('(', 'size(s')), badProjection('.a', syntax('.', '.a')), badProjection('a.', syntax('<EOF>', '.')),
    badProjection('a[', syntax('<EOF>', '[')), badProjection('a[]', syntax(']', '[]')), badProjection('*', syntax('*', '*')), badProjection('l[*]', syntax('*', '[*]')), badProjection('l[#a]', syntax('#a', '[#a]')),
    badProjection('l, l[0]', 'Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [l], path two: [l, [0]]'),
    badProjection('l[1].a, l[1]', 'Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [l, [1], a], path two: [l, [1]]'),
    badProjection('m.a, m[0]', 'Two document paths conflict with each other; must remove or rewrite one of these paths; path one: [m, a], path two: [m, [0]]'),
    badProjection('a'.repeat(4097), 'Expression size has exceeded the maximum allowed size; expression size: 4097'),
  ],
};
