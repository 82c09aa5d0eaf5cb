// Static checks of expressions with their exact messages, and the order in which mistakes are reported.
import type {AttributeValue} from '../attribute-value.js';
import {compileExpressions} from './compile.js';
import type {ExpressionInput} from './compile.js';
import {ExpressionCache} from './expression-cache.js';
import {checkKeyPaths} from './key-paths.js';
import {RESERVED_WORD_COUNT, isReservedWord} from './reserved-words.js';

const S = (value: string): AttributeValue => ({kind: 'S', value});
const N = (value: string): AttributeValue => ({kind: 'N', value});
const VALUES: Record<string, AttributeValue> = {
  ':s': S('x'), ':n': N('1'), ':m': N('2'), ':l': {kind: 'L', values: []}, ':ss': {kind: 'SS', values: ['a']},
  ':null': {kind: 'NULL'}, ':map': {kind: 'M', entries: new Map()}, ':t': S('X'), ':type': S('SS'),
};
const NAMES: Record<string, string> = {'#a': 'a', '#dot': 'a.b', '#s': 'size'};

/** Only the placeholders that the texts mention, so that unused ones do not hide what is tested. */
function input(expressions: ExpressionInput): ExpressionInput {
  const text = Object.values(expressions).join(' ');
  const pick = <Value>(all: Record<string, Value>): Map<string, Value> =>
    new Map(Object.entries(all).filter(([name]) => new RegExp(`${name}(?!\\w)`).test(text)));
  return {...expressions, names: pick(NAMES), values: pick(VALUES)};
}
const compile = (expressions: ExpressionInput): unknown => compileExpressions(input(expressions));

test.each([
  'a = :s', 'a=:s', '  a  =\t:s ', '(a = :s)', '(a) = (:s)', 'NOT a = :s', 'not (a = :s and b = :n)', 'a = :s OR b = :n AND c = :m',
  'attribute_exists(a)', 'attribute_not_exists(#a.b[1])', 'attribute_type(a, :type)', 'begins_with(a, :s)',
  'contains(a, :n)', 'size(a) > :n', '(size(a)) > :n', ':n < size(a)', 'a BETWEEN :n AND :m', 'a between :n and b', 'a IN (:s)', 'a in (:s, :n, b)',
  '#dot = :s', 'a.b.c[0][1].d <> :s', ':s = a', 'attribute_exists(a) AND (b = :n OR NOT contains(c, :s))', '((a = :s) AND (b = :n))',
])('%s is a condition', (condition) => {
  expect(() => compile({condition})).not.toThrow();
});

test.each([
  ['', 'The expression can not be empty;'],
  ['a', 'Syntax error; token: "<EOF>", near: "a"'],
  ['a b', 'Syntax error; token: "b", near: "a b"'],
  ['a = ? AND b', 'Syntax error; token: "?", near: "= ? AND"'],
  ['a = 5', 'Syntax error; token: "5", near: "= 5"'],
  ['a AND b = :s', 'Syntax error; token: "AND", near: "a AND b"'],
  ['_a = :s', 'Syntax error; token: "_a", near: "_a ="'],
  ['a[:n] = :s', 'Syntax error; token: ":n", near: "[:n]"'],
  ['a[-1] = :s', 'Syntax error; token: "-", near: "[-1"'],
  ['a[0', 'Syntax error; token: "<EOF>", near: "0"'],
  ['(a = :s', 'Syntax error; token: "<EOF>", near: ":s"'],
  ['a = :s)', 'Syntax error; token: ")", near: ":s)"'],
  ['(a = :s) = :n', 'Syntax error; token: "=", near: ") = :n"'],
  ['a = :s AND', 'Syntax error; token: "<EOF>", near: "AND"'],
  ['((a = :s))', 'The expression has redundant parentheses;'],
  ['((a)) = :s', 'The expression has redundant parentheses;'],
  ['name = :s', 'Attribute name is a reserved keyword; reserved keyword: name'],
  ['a.Year = :s', 'Attribute name is a reserved keyword; reserved keyword: Year'],
  ['attribute_exist(a)', 'Invalid function name; function: attribute_exist'],
  ['SIZE(a) = :n', 'Invalid function name; function: SIZE'],
  ['size(a)', 'The function is not allowed to be used this way in an expression; function: size'],
  ['attribute_exists(a) = :s', 'The function is not allowed to be used this way in an expression; function: attribute_exists'],
  ['if_not_exists(a, :s)', 'The function is not allowed to be used this way in an expression; function: if_not_exists'],
  ['#x = :s', 'An expression attribute name used in the document path is not defined; attribute name: #x'],
  ['a = :x', 'An expression attribute value used in expression is not defined; attribute value: :x'],
  ['size(a, b) = :n', 'Incorrect number of operands for operator or function; operator or function: size, number of operands: 2'],
  ['contains(a)', 'Incorrect number of operands for operator or function; operator or function: contains, number of operands: 1'],
  ['a = a', 'The first operand must be distinct from the remaining operands for this operator or function; operator: =, first operand: [a]'],
  ['a.b[0] IN (:s, a.b[0])',
    'The first operand must be distinct from the remaining operands for this operator or function; operator: IN, first operand: [a, b, [0]]'],
  ['a < :l', 'Incorrect operand type for operator or function; operator or function: <, operand type: L'],
  ['size(:n) = :m', 'Incorrect operand type for operator or function; operator or function: size, operand type: N'],
  ['begins_with(a, :n)', 'Incorrect operand type for operator or function; operator or function: begins_with, operand type: N'],
  ['attribute_type(a, :n)', 'Incorrect operand type for operator or function; operator or function: attribute_type, operand type: N'],
  ['attribute_type(a, :t)', 'Invalid attribute type name found; type: X, valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}'],
  ['attribute_exists(:s)', 'Operator or function requires a document path; operator or function: attribute_exists'],
  ['a BETWEEN :m AND :n', 'The BETWEEN operator requires upper bound to be greater than or equal to lower bound; '
    + 'lower bound operand: AttributeValue: {N:2}, upper bound operand: AttributeValue: {N:1}'],
  ['a BETWEEN :n AND :s', 'The BETWEEN operator requires same data type for lower and upper bounds; '
    + 'lower bound operand: AttributeValue: {N:1}, upper bound operand: AttributeValue: {S:x}'],
  [`a = :s${' '.repeat(4091)}`, 'Expression size has exceeded the maximum allowed size; expression size: 4097'],
  [`${'a.'.repeat(32)}b = :s`, 'The document path has too many nesting levels; nesting levels: 33'],
  [`${'a=:s OR '.repeat(150)}a=:s`, 'The expression contains too many operators; operator count: 301'],
])('the condition %s is refused', (condition, message) => {
  expect(() => compile({condition})).toThrow(new Error(`Invalid ConditionExpression: ${message}`));
});

test('IN takes 100 operands, the one before it included', () => {
  const condition = (count: number): string => `a IN (${Array.from({length: count}, (_, i) => `b${i}`).join(',')})`;
  expect(() => compile({condition: condition(99)})).not.toThrow();
  expect(() => compile({condition: condition(100)}))
    .toThrow(new Error('Invalid ConditionExpression: The IN operator is provided with too many operands; number of operands: 101'));
});

test.each(['2147483648', '99999999999999999999'])('the list index %s is not within the allowable range', (index) => {
  expect(() => compile({condition: `a[${index}] = :s`}))
    .toThrow(new Error(`Invalid ConditionExpression: List index is not within the allowable range; index: [${index}]`));
  expect(() => compile({condition: 'a[2147483647] = :s'})).not.toThrow();
});

test.each(['condition', 'update', 'filter', 'projection'] as const)('no caller can give a %s the mark of a translation', (member) => {
  expect(() => compile({[member]: '!a'})).toThrow('Expression: Syntax error; token: "!", near: "!a"');
});

test('nesting cannot exhaust the stack', () => {
  for (const condition of ['('.repeat(4000), 'NOT '.repeat(1000), 'size('.repeat(800)]) {
    expect(() => compile({condition})).toThrow('Invalid ConditionExpression: ');
  }
});

test.each([
  // Each text has two mistakes; the one named is reported first, wherever it stands.
  ['attribute_exists(name) AND nope(a)', 'Invalid function name; function: nope'],
  ['nope(a) AND ((b = :s))', 'The expression has redundant parentheses;'],
  ['name = :s AND size(a)', 'The function is not allowed to be used this way in an expression; function: size'],
  ['a = :x AND name = :s', 'Attribute name is a reserved keyword; reserved keyword: name'],
  ['contains(a) AND a = :x', 'An expression attribute value used in expression is not defined; attribute value: :x'],
  ['a < :l AND b = b', 'The first operand must be distinct from the remaining operands for this operator or function; operator: =, first operand: [b]'],
])('of the mistakes in %s the earlier kind is reported', (condition, message) => {
  expect(() => compile({condition})).toThrow(new Error(`Invalid ConditionExpression: ${message}`));
});

test.each([
  'SET a = :s', 'set a = b + :n, c = :n - d', 'SET a = if_not_exists(a, :n) + :n', 'SET a = list_append(:l, b) REMOVE c, d[1].e ADD f :n DELETE g :ss',
  'REMOVE a', 'ADD a :ss', 'DELETE a :ss ADD b :n', 'SET a = (b + :n)', 'SET a[0] = :s, a[1] = :n', 'SET #a.#dot = :s',
  'SET a = if_not_exists(b, if_not_exists(c, :s))',
])('%s is an update', (update) => {
  expect(() => compile({update})).not.toThrow();
});

test.each([
  ['', 'The expression can not be empty;'],
  ['a = :s', 'Syntax error; token: "a", near: "a ="'],
  ['SET a', 'Syntax error; token: "<EOF>", near: "a"'],
  ['SET a = :n + :m + :n', 'Syntax error; token: "+", near: ":m + :n"'],
  ['SET a = :s,', 'Syntax error; token: "<EOF>", near: ","'],
  ['SET a = :s, REMOVE b', 'Syntax error; token: "REMOVE", near: ", REMOVE b"'],
  ['SET name = :s', 'Attribute name is a reserved keyword; reserved keyword: name'],
  ['SET a = nope(b)', 'Invalid function name; function: nope'],
  ['SET a = size(b)', 'The function is not allowed to be used this way in an expression; function: size'],
  ['SET a = :s SET b = :s', 'The "SET" section can only be used once in an update expression;'],
  ['SET #x = :s', 'An expression attribute name used in the document path is not defined; attribute name: #x'],
  ['SET a = :s, a = :n', 'Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [a], path two: [a]'],
  ['SET a.b = :s REMOVE a', 'Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [a, b], path two: [a]'],
  ['REMOVE a, a[1]', 'Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [a], path two: [a, [1]]'],
  ['SET a.b = :s, a[1] = :s', 'Two document paths conflict with each other; must remove or rewrite one of these paths; path one: [a, b], path two: [a, [1]]'],
  ['SET a = :s + :n', 'Incorrect operand type for operator or function; operator or function: +, operand type: S'],
  ['SET a = list_append(b, :s)', 'Incorrect operand type for operator or function; operator or function: list_append, operand type: S'],
  ['SET a = if_not_exists(:s, b)', 'Operator or function requires a document path; operator or function: if_not_exists'],
  ['SET a = list_append(b)', 'Incorrect number of operands for operator or function; operator or function: list_append, number of operands: 1'],
  ['ADD a :s', 'Incorrect operand type for operator or function; operator: ADD, operand type: STRING'],
  ['DELETE a :n', 'Incorrect operand type for operator or function; operator: DELETE, operand type: NUMBER'],
])('the update %s is refused', (update, message) => {
  expect(() => compile({update})).toThrow(new Error(`Invalid UpdateExpression: ${message}`));
});

test.each([
  ['a, a.b', 'Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [a], path two: [a, b]'],
  ['a,', 'Syntax error; token: "<EOF>", near: ","'],
  ['a b', 'Syntax error; token: "b", near: "a b"'],
  ['name', 'Attribute name is a reserved keyword; reserved keyword: name'],
])('the projection %s is refused', (projection, message) => {
  expect(() => compile({projection})).toThrow(new Error(`Invalid ProjectionExpression: ${message}`));
});

test('a name that is never used is reported after all expressions, before values', () => {
  const names = new Map([['#a', 'a'], ['#b', 'b'], ['#c', 'c']]);
  const values = new Map([[':s', S('x')], [':t', S('y')]]);
  expect(() => compileExpressions({condition: '#a = :s', names, values}))
    .toThrow(new Error('Value provided in ExpressionAttributeNames unused in expressions: keys: {#b, #c}'));
  expect(() => compileExpressions({condition: '#a = :s', projection: '#b.#c', names, values}))
    .toThrow(new Error('Value provided in ExpressionAttributeValues unused in expressions: keys: {:t}'));
});

test('an update comes before a condition, a condition before a filter, and a filter before a projection', () => {
  const bad = 'a b';
  expect(() => compile({update: bad, condition: bad, projection: bad})).toThrow('Invalid UpdateExpression');
  expect(() => compile({condition: bad, filter: bad, projection: bad})).toThrow('Invalid ConditionExpression');
  expect(() => compile({keyCondition: bad, filter: bad, projection: bad})).toThrow('Invalid KeyConditionExpression');
  expect(() => compile({filter: bad, projection: bad})).toThrow('Invalid FilterExpression');
});

test('an update of the key is refused when the schema is known', () => {
  const schema = {hash: {name: 'h', type: 'S'}, range: {name: 'r', type: 'S'}} as const;
  expect(() => compileExpressions(input({update: 'SET a = :s, r = :s'}), schema))
    .toThrow(new Error('One or more parameter values were invalid: Cannot update attribute r. This attribute is part of the key'));
});

test.each([
  [{update: 'SET a.b = :s, h.x = :s'}, 'One or more parameter values were invalid: Cannot update attribute h. This attribute is part of the key'],
  [{update: 'SET a = if_not_exists(h[0], :s)'}, "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: Key: h"],
  [{update: 'SET a = r.x + :n'}, "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: Key: r"],
  [{condition: 'a = :s AND NOT (b = :n OR size(h.x) > :n)'}, "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: Key: h"],
  [{condition: 'attribute_exists(h[0])'}, "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: Key: h"],
  [{filter: 'a IN (b, r.x)'}, "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: Key: r"],
  [{projection: 'a, h.b'}, "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: Key: h"],
])('with a schema %j is refused', (expressions, message) => {
  const schema = {hash: {name: 'h', type: 'S'}, range: {name: 'r', type: 'S'}} as const;
  expect(() => compileExpressions(input(expressions), schema)).toThrow(new Error(message));
});

test('a path into the key of an index is refused by another name', () => {
  const schema = {hash: {name: 'h', type: 'S'}, range: undefined} as const;
  const compiled = compileExpressions(input({condition: 'x.y = :s'}), schema);
  expect(() => checkKeyPaths(compiled, schema, [{AttributeName: 'h', AttributeType: 'S'}, {AttributeName: 'x', AttributeType: 'S'}]))
    .toThrow(new Error("Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: IndexKey: x"));
});

test('the cache is bounded and forgets the least recently used', () => {
  const cache = new ExpressionCache(2);
  const parse = jest.fn((text: string) => ({text}));
  const get = (text: string): unknown => cache.get('k', text, () => parse(text));
  get('a'); get('b'); get('a'); get('c'); get('a');
  expect(parse.mock.calls.map(([text]) => text)).toEqual(['a', 'b', 'c']);
  get('b');
  expect(cache.entryCount).toBe(2);
  expect(parse).toHaveBeenCalledTimes(4);
});

test('all 573 reserved words are known in any case', () => {
  expect(RESERVED_WORD_COUNT).toBe(573);
  expect(isReservedWord('zone')).toBe(true);
  expect(isReservedWord('zones')).toBe(false);
});
