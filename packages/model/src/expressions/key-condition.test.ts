// Key conditions against a schema, with the exact messages of the Query row of the error table.
import type {AttributeValue} from '../attribute-value.js';
import {compileExpressions} from './compile.js';
import type {KeyCondition} from './key-condition.js';
import {checkFilterNames, resolveKeyCondition} from './key-condition.js';

const N = (value: string): AttributeValue => ({kind: 'N', value});
const S = (value: string): AttributeValue => ({kind: 'S', value});
const schema = {hash: {name: 'h', type: 'S'}, range: {name: 'r', type: 'N'}} as const;
const textual = {hash: {name: 'h', type: 'S'}, range: {name: 'r', type: 'S'}} as const;
const simple = {hash: {name: 'h', type: 'S'}, range: undefined} as const;
const ALL: Record<string, AttributeValue> = {':h': S('k'), ':n': N('1'), ':m': N('2'), ':s': S('x'), ':e': S('')};

function resolve(keyCondition: string, against: Parameters<typeof resolveKeyCondition>[1] = schema): KeyCondition {
  const values = new Map(Object.entries(ALL).filter(([name]) => keyCondition.includes(name)));
  const compiled = compileExpressions({keyCondition, values}).keyCondition;
  if (compiled === undefined) throw new Error('no key condition');
  return resolveKeyCondition(compiled, against);
}

test.each([
  ['h = :h', undefined],
  [':h = h', undefined],
  ['(h = :h) AND r = :n', {op: '=', values: [N('1')]}],
  ['r < :n AND h = :h', {op: '<', values: [N('1')]}],
  ['h = :h AND :n < r', {op: '>', values: [N('1')]}],
  ['h = :h AND :n >= r', {op: '<=', values: [N('1')]}],
  ['h = :h AND r BETWEEN :n AND :m', {op: 'between', values: [N('1'), N('2')]}],
])('%s is resolved', (text, sort) => {
  expect(resolve(text)).toEqual({partitionKey: S('k'), sort});
});

test('begins_with is resolved on a text', () => {
  expect(resolve('h = :h AND begins_with(r, :s)', textual).sort).toEqual({op: 'begins_with', values: [S('x')]});
});

test.each([
  ['h = :h OR r = :n', 'Invalid operator used in KeyConditionExpression: OR'],
  ['h = :h AND NOT r = :n', 'Invalid operator used in KeyConditionExpression: NOT'],
  ['h = :h AND r <> :n', 'Invalid operator used in KeyConditionExpression: <>'],
  ['h = :h AND r IN (:n)', 'Invalid operator used in KeyConditionExpression: IN'],
  ['h = :h AND attribute_exists(r)', 'Invalid operator used in KeyConditionExpression: attribute_exists'],
  ['h = :h AND h = :s', 'KeyConditionExpressions must only contain one condition per key'],
  ['h.a = :h', 'KeyConditionExpressions cannot have conditions on nested attributes'],
  ['size(h) = :n', 'KeyConditionExpressions cannot contain nested operations'],
  ['h = :h AND r = :n AND x = :s', 'Conditions can be of length 1 or 2 only'],
  ['r = :n', 'Query condition missed key schema element: h'],
  ['h = :h AND x = :n', 'Query condition missed key schema element: r'],
  [':h BETWEEN h AND :h', 'Invalid condition in KeyConditionExpression: BETWEEN operator must have the key attribute as its first operand'],
  ['begins_with(:s, h)', 'Invalid condition in KeyConditionExpression: begins_with operator must have the key attribute as its first operand'],
  [':h = :s', 'Invalid condition in KeyConditionExpression: No key attribute specified'],
  ['h = r', 'Invalid condition in KeyConditionExpression: Multiple attribute names used in one condition'],
  ['h > :h', 'Query key condition not supported'],
  ['h = :n', 'One or more parameter values were invalid: Condition parameter type does not match schema type'],
  ['h = :h AND r = :s', 'One or more parameter values were invalid: Condition parameter type does not match schema type'],
  ['h = :e', 'One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: h'],
])('%s is refused', (text, message) => {
  expect(() => resolve(text)).toThrow(new Error(message));
});

test('a table without a sort key takes one condition only', () => {
  expect(() => resolve('h = :h AND r = :n', simple)).toThrow(new Error('Query key condition not supported'));
});

test('what is no condition on keys is said after unused names and values', () => {
  expect(() => compileExpressions({keyCondition: 'h <> :h', names: new Map([['#x', 'x']]), values: new Map([[':h', S('k')]])}))
    .toThrow(new Error('Value provided in ExpressionAttributeNames unused in expressions: keys: {#x}'));
});

test('a filter on a key attribute is refused, by placeholder too', () => {
  const {filter} = compileExpressions({
    filter: 'a = :s AND (size(b) > :n OR NOT #r.x = :s)', names: new Map([['#r', 'r']]), values: new Map([[':s', S('x')], [':n', N('1')]]),
  });
  expect(filter?.topLevelNames).toEqual(['a', 'b', 'r']);
  if (filter === undefined) return;
  expect(() => checkFilterNames(filter, schema)).toThrow(
    new Error('Filter Expression can only contain non-primary key attributes: Primary key attribute: r'));
  expect(() => checkFilterNames(filter, simple)).not.toThrow();
});
