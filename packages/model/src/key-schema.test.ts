// Key rules with their exact messages (Keys row of the error table).
import type {AttributeValue, Item} from './attribute-value.js';
import {parseAttributeValue} from './item-json.js';
import {extractKey, hasEmptyKeyValue, validateKeyObject} from './key-schema.js';

const P = 'One or more parameter values were invalid: ';
const schema = {hash: {name: 'a', type: 'S'}, range: {name: 'b', type: 'N'}} as const;
const S = (value: string): AttributeValue => ({kind: 'S', value});
const N = (value: string): AttributeValue => ({kind: 'N', value});
const item = (entries: Record<string, AttributeValue>): Item => new Map(Object.entries(entries));

test('the key of an item is taken out', () => {
  expect(extractKey(schema, item({a: S('x'), b: N('1'), c: S('')}))).toEqual({hash: S('x'), range: N('1')});
});

test.each([
  [item({b: N('1')}), `${P}Missing the key a in the item`],
  [item({a: S('x')}), `${P}Missing the key b in the item`],
  [item({a: N('1'), b: N('1')}), `${P}Type mismatch for key a expected: S actual: N`],
  [item({a: {kind: 'NULL'}, b: N('1')}), `${P}Type mismatch for key a expected: S actual: NULL`],
  [item({a: S(''), b: N('1')}),
    'One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: a'],
  [item({a: S('x'.repeat(2049)), b: N('1')}), `${P}Size of hashkey has exceeded the maximum size limit of2048 bytes`],
])('an item whose key is wrong is refused', (given, message) => {
  expect(() => extractKey(schema, given)).toThrow(new Error(message));
});

test('a sort key is limited in bytes, not characters', () => {
  const textual = {hash: {name: 'a', type: 'S'}, range: {name: 'b', type: 'S'}} as const;
  expect(() => extractKey(textual, item({a: S('x'), b: S('\u20ac'.repeat(341))}))).not.toThrow();
  expect(() => extractKey(textual, item({a: S('x'), b: S('\u20ac'.repeat(342))})))
    .toThrow(new Error(`${P}Aggregated size of all range keys has exceeded the size limit of 1024 bytes`));
});

test.each([item({a: S('x')}), item({a: S('x'), b: S('1')}), item({a: S('x'), b: N('1'), c: N('1')}), item({a: S('x'), c: N('1')}), item({})])(
  'a key that is not exactly the schema is refused', (key) => {
    expect(() => validateKeyObject(schema, key)).toThrow(new Error('The provided key element does not match the schema'));
    expect(() => validateKeyObject(schema, key, 'start-key'))
      .toThrow(new Error('The provided starting key is invalid: The provided key element does not match the schema'));
  });

test('an empty key value is refused, in words of its own where it is a start key', () => {
  const key = item({a: S(''), b: N('1')});
  const words = 'The AttributeValue for a key attribute cannot contain an empty string value. Key: a';
  expect(() => validateKeyObject(schema, key)).toThrow(new Error(`One or more parameter values are not valid. ${words}`));
  expect(() => validateKeyObject(schema, key, 'start-key')).toThrow(new Error(`The provided starting key is invalid: ${P}${words}`));
  expect(() => validateKeyObject(schema, key, 'part-of-start-key')).toThrow(new Error(`${P}${words}`));
});

test.each([
  [{a: S(''), b: N('1')}, true], [{a: S('x'), b: N('1')}, false], [{a: S('')}, false], [{a: S(''), b: S('1')}, false], [{b: N('1')}, false],
])('whether %j is a key with an empty value', (key, isEmpty) => {
  expect(hasEmptyKeyValue(schema, item(key as Record<string, AttributeValue>))).toBe(isEmpty);
});

test.each([
  ['2048 bytes in a partition key', 'S', 'x'.repeat(2048), undefined],
  ['2049 bytes in a partition key', 'S', 'x'.repeat(2049), `${P}Size of hashkey has exceeded the maximum size limit of2048 bytes`],
  ['683 characters of 3 bytes in a partition key', 'S', '\u20ac'.repeat(683), `${P}Size of hashkey has exceeded the maximum size limit of2048 bytes`],
])('%s', (_, type, value, message) => {
  const hashOnly = {hash: {name: 'a', type: type as 'S'}, range: undefined};
  const run = (): unknown => extractKey(hashOnly, item({a: S(value)}));
  if (message === undefined) expect(run).not.toThrow();
  else expect(run).toThrow(new Error(message));
});

test('binary keys have the same limits and may not be empty', () => {
  const binary = {hash: {name: 'a', type: 'B'}, range: {name: 'b', type: 'B'}} as const;
  const B = (sizeBytes: number): AttributeValue => ({kind: 'B', value: new Uint8Array(sizeBytes)});
  expect(() => extractKey(binary, item({a: B(2048), b: B(1024)}))).not.toThrow();
  expect(() => extractKey(binary, item({a: B(2049), b: B(1)}))).toThrow('Size of hashkey');
  expect(() => extractKey(binary, item({a: B(1), b: B(1025)})))
    .toThrow(new Error(`${P}Aggregated size of all range keys has exceeded the size limit of 1024 bytes`));
  expect(() => extractKey(binary, item({a: B(1), b: B(0)}))).toThrow(
    new Error('One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty binary value. Key: b'));
});

test.each(['SS', 'NS', 'BS', 'L', 'M', 'BOOL', 'NULL'] as const)('a key is never a %s', (type) => {
  const json = {SS: {SS: ['x']}, NS: {NS: ['1']}, BS: {BS: ['YQ==']}, L: {L: []}, M: {M: {}}, BOOL: {BOOL: true}, NULL: {NULL: true}}[type];
  const value = parseAttributeValue(json);
  expect(() => extractKey(schema, item({a: value, b: N('1')}))).toThrow(new Error(`${P}Type mismatch for key a expected: S actual: ${type}`));
  expect(() => validateKeyObject(schema, item({a: value, b: N('1')}))).toThrow(new Error('The provided key element does not match the schema'));
});
