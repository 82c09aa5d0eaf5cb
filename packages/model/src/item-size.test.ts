// Sizes to the byte (rows "Item size" and "Size: …" of the data model rules).
import {attributeSizeBytes, itemSizeBytes, numberSizeBytes, utf8SizeBytes, valueSizeBytes} from './item-size.js';
import {parseAttributeValue, parseItem} from './item-json.js';
import {parseNumber} from './number.js';

test.each([
  ['a text counts its UTF-8 bytes', {S: 'a\u00e9\u20ac\u{1f600}'}, 1 + 2 + 3 + 4],
  ['an empty text counts nothing', {S: ''}, 0],
  ['a text may hold NUL', {S: '\0'}, 1],
  ['bytes count raw, not as base64', {B: 'AQIDBA=='}, 4],
  ['empty bytes count nothing', {B: ''}, 0],
  ['NULL counts 1', {NULL: true}, 1],
  ['true counts 1', {BOOL: true}, 1],
  ['false counts 1', {BOOL: false}, 1],
  ['a set of texts is the sum of its members', {SS: ['a', '\u00e9', '']}, 3],
  ['a set of numbers is the sum of its members', {NS: ['0', '1', '-1']}, 1 + 2 + 3],
  ['a set of bytes is the sum of its members', {BS: ['AQ==', 'AQID']}, 4],
  ['an empty list counts 3', {L: []}, 3],
  ['an empty map counts 3', {M: {}}, 3],
  ['a list counts 3, and 1 more for each element', {L: [{S: 'ab'}, {NULL: true}]}, 3 + (1 + 2) + (1 + 1)],
  ['a map counts 3, and 1 more and the name for each entry', {M: {'k\u00e9': {S: 'ab'}, x: {NULL: true}}}, 3 + (1 + 3 + 2) + (1 + 1 + 1)],
  ['containers count at every level', {M: {a: {L: [{M: {}}]}}}, 3 + 1 + 1 + (3 + 1 + 3)],
])('%s', (_, json, sizeBytes) => {
  expect(valueSizeBytes(parseAttributeValue(json))).toBe(sizeBytes);
});

test.each([
  // Digits pair from the decimal point outwards; the pairs at both ends may be half empty.
  ['0', 1], ['1', 2], ['9', 2], ['10', 2], ['12', 2], ['99', 2], ['100', 2], ['101', 3], ['120', 3], ['123', 3], ['1234', 3], ['12345', 4],
  ['-1', 3], ['-12', 3], ['-123', 4], ['1.2', 3], ['0.1', 2], ['0.01', 2], ['0.12', 2], ['0.012', 3], ['0.001', 2], ['12.34', 3], ['1.23', 3],
  ['1e125', 2], ['1e-130', 2], ['12345678901234567890123456789012345678', 20], ['-12345678901234567890123456789012345678', 21],
  ['1234567890123456789012345678901234567.8', 21], ['1000000', 2], ['1000001', 5],
])('the number %s counts %p bytes', (text, sizeBytes) => {
  expect(numberSizeBytes(parseNumber(text).text)).toBe(sizeBytes);
});

test('an item is its names and values', () => {
  expect(itemSizeBytes(parseItem({pk: {S: 'abc'}, '\u00e9': {N: '12'}, l: {L: [{S: 'x'}]}}))).toBe((2 + 3) + (2 + 2) + (1 + 3 + 1 + 1));
  expect(attributeSizeBytes('\u20ac', parseAttributeValue({S: 'x'}))).toBe(4);
  expect(itemSizeBytes(new Map())).toBe(0);
});

test('the bytes of a text are those of its encoding', () => {
  for (const text of ['', 'abc', '\u007f\u0080\u07ff\u0800\uffff', '\u{10000}\u{10ffff}', 'a\u{1f600}\u00e9']) {
    expect(utf8SizeBytes(text)).toBe(Buffer.byteLength(text));
  }
});
