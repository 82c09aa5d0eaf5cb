// Rules on ExpressionAttributeNames and ExpressionAttributeValues (row "Expression maps" of the error table, and the
// limits of placeholders and of what they stand for).
import {ModelError} from '../errors.js';
import {parseGetItem} from './get-item.js';
import {parsePutItem} from './put-item.js';
import {parseQuery} from './query.js';
import {parseScan} from './scan.js';
import {parseUpdateItem} from './update-item.js';

const KEY = {h: {S: 'k'}};
function message(run: () => unknown): string | undefined {
  try {
    run();
  } catch (error) {
    if (error instanceof ModelError) return error.failure.message;
    throw error;
  }
  return 'accepted';
}
const put = (members: object): string | undefined => message(() => parsePutItem({TableName: 'abc', Item: KEY, ...members}));
const update = (members: object): string | undefined => message(() => parseUpdateItem({TableName: 'abc', Key: KEY, ...members}));

const N = 'ExpressionAttributeNames';
const V = 'ExpressionAttributeValues';
const ONE = {':a': {N: '1'}};

test.each([
  [put({[N]: {'#a': 'a'}}), `${N} can only be specified when using expressions`],
  [put({[V]: ONE}), `${V} can only be specified when using expressions: ConditionExpression is null`],
  [update({[V]: ONE}), `${V} can only be specified when using expressions: UpdateExpression and ConditionExpression are null`],
  [message(() => parseScan({TableName: 'abc', ProjectionExpression: 'a', [V]: ONE})), `${V} can only be specified when using expressions: FilterExpression is null`],
  [message(() => parseQuery({TableName: 'abc', KeyConditions: {}, [V]: ONE})),
    `${V} can only be specified when using expressions: FilterExpression and KeyConditionExpression are null`],
  [message(() => parseGetItem({TableName: 'abc', Key: KEY, [N]: {'#a': 'a'}})), `${N} can only be specified when using expressions`],
])('maps need an expression (%#)', (actual, expected) => {
  expect(actual).toBe(expected);
});

test.each([
  [{[N]: {}}, `${N} must not be empty`],
  [{[V]: {}}, `${V} must not be empty`],
  [{[N]: {'': 'a'}}, `${N} contains invalid key: The expression attribute map contains an empty key;`],
  [{[N]: {a: 'a'}}, `${N} contains invalid key: Syntax error; key: "a"`],
  [{[N]: {'#': 'a'}}, `${N} contains invalid key: Syntax error; key: "#"`],
  [{[N]: {'#a-b': 'a'}}, `${N} contains invalid key: Syntax error; key: "#a-b"`],
  [{[N]: {':a': 'a'}}, `${N} contains invalid key: Syntax error; key: ":a"`],
  [{[N]: {[`#${'a'.repeat(255)}`]: 'a'}}, `${N} contains invalid key: The expression attribute map contains a key that is too long;`],
  [{[N]: {'#a': ''}}, `${N} contains invalid value: Empty attribute name for key #a`],
  [{[N]: {'#a': 'x'.repeat(65_536)}},
    `${N} contains invalid value: One or more parameter values were invalid: Attribute name is too large, must be at most 65535 bytes for key #a`],
  [{[V]: {a: {N: '1'}}}, `${V} contains invalid key: Syntax error; key: "a"`],
  [{[V]: {[`:${'a'.repeat(255)}`]: {N: '1'}}}, `${V} contains invalid key: The expression attribute map contains a key that is too long;`],
  [{[V]: {':a': {}}}, `${V} contains invalid value: Supplied AttributeValue is empty, must contain exactly one of the supported datatypes for key :a`],
  [{[V]: {':a': {N: 'x'}}}, `${V} contains invalid value: The parameter cannot be converted to a numeric value: x for key :a`],
  [{[V]: {':a': {SS: ['x', 'x']}}}, `${V} contains invalid value: One or more parameter values were invalid: Input collection [x, x] contains duplicates. for key :a`],
  [{[N]: {'#a': 'a'}, [V]: {':b': {N: '1'}}}, `Value provided in ${N} unused in expressions: keys: {#a}`],
  [{[V]: {':b': {N: '1'}, ':c': {N: '1'}}}, `Value provided in ${V} unused in expressions: keys: {:b, :c}`],
])('UpdateItem with %j: %s', (members, expected) => {
  expect(update({UpdateExpression: 'REMOVE b', ...members})).toBe(expected);
});

test('names come before values, and both before the text', () => {
  expect(update({UpdateExpression: '', [N]: {}, [V]: {}})).toBe(`${N} must not be empty`);
  expect(update({UpdateExpression: '', [V]: {}})).toBe(`${V} must not be empty`);
  expect(update({UpdateExpression: '', [V]: ONE})).toBe('Invalid UpdateExpression: The expression can not be empty;');
});

test('a placeholder has up to 255 bytes, and both maps together 2 MB', () => {
  const name = `#${'a'.repeat(254)}`;
  expect(update({UpdateExpression: `REMOVE ${name}`, [N]: {[name]: 'x'}})).toBe('accepted');
  const values = (lastSizeBytes: number): object => Object.fromEntries(
    [...Array.from({length: 6}, () => 300_000), lastSizeBytes].map((sizeBytes, i) => [`:v${i}`, {S: 'x'.repeat(sizeBytes)}]));
  const UpdateExpression = 'SET a = :v0, b = :v1, c = :v2, d = :v3, e = :v4, f = :v5, g = :v6';
  const roomBytes = 2 * 1024 * 1024 - 6 * 300_000 - 7 * 3;
  expect(update({UpdateExpression, [V]: values(roomBytes)})).toBe('accepted');
  expect(update({UpdateExpression, [V]: values(roomBytes + 1)}))
    .toBe('Combined size of ExpressionAttributeNames and ExpressionAttributeValues exceeds max size');
});
