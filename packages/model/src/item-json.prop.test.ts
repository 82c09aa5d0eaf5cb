// Any item survives storing, and its size is what the rules say when counted the slow way.
import {concatBytes, utf8Encode} from '@murmuration/base';
import fc from 'fast-check';
import type {AttributeValue, Item} from './attribute-value.js';
import {compareStrings, equalItems} from './attribute-value.js';
import {decodeBase64, encodeBase64} from './base64.js';
import {decodeItem, encodeItem, itemToJson, parseItem} from './item-json.js';
import {itemSizeBytes, numberSizeBytes, utf8SizeBytes} from './item-size.js';
import {parseNumber} from './number.js';

const text = fc.string({unit: 'binary', maxLength: 12}).map((value) => value.replace(/[\ud800-\udfff]/gu, '?'));
const numberText = fc.tuple(fc.bigInt({min: -(10n ** 37n), max: 10n ** 37n}), fc.integer({min: -90, max: 80}))
  .map(([digits, exponent]) => parseNumber(`${digits}e${exponent}`).text);
const bytes = fc.uint8Array({maxLength: 8});
const value: fc.Arbitrary<AttributeValue> = fc.letrec<{value: AttributeValue}>((tie) => ({
  value: fc.oneof(
    {depthSize: 'small'},
    text.map((s): AttributeValue => ({kind: 'S', value: s})),
    numberText.map((n): AttributeValue => ({kind: 'N', value: n})),
    bytes.map((b): AttributeValue => ({kind: 'B', value: b})),
    fc.boolean().map((b): AttributeValue => ({kind: 'BOOL', value: b})),
    fc.constant<AttributeValue>({kind: 'NULL'}),
    fc.uniqueArray(text, {minLength: 1, maxLength: 3}).map((values): AttributeValue => ({kind: 'SS', values})),
    fc.uniqueArray(numberText, {minLength: 1, maxLength: 3}).map((values): AttributeValue => ({kind: 'NS', values})),
    fc.uniqueArray(bytes, {minLength: 1, maxLength: 3, selector: encodeBase64}).map((values): AttributeValue => ({kind: 'BS', values})),
    fc.array(tie('value'), {maxLength: 3}).map((values): AttributeValue => ({kind: 'L', values})),
    fc.array(fc.tuple(text.filter((name) => name !== ''), tie('value')), {maxLength: 3})
      .map((entries): AttributeValue => ({kind: 'M', entries: new Map(entries)})),
  ),
})).value;
const item: fc.Arbitrary<Item> = fc.array(fc.tuple(text.filter((name) => name !== ''), value), {maxLength: 4})
  .map((entries) => new Map(entries));

test('an item decodes to what was encoded, through stored bytes and through request JSON', () => {
  fc.assert(fc.property(item, (original) => {
    expect(equalItems(decodeItem(encodeItem(original)), original)).toBe(true);
    expect(equalItems(parseItem(JSON.parse(JSON.stringify(itemToJson(original)))), original)).toBe(true);
  }), {numRuns: 500});
});

test('sizes of texts are those of their UTF-8 bytes', () => {
  fc.assert(fc.property(text, (given) => {
    expect(utf8SizeBytes(given)).toBe(utf8Encode(given).length);
  }));
});

test('the size of an item is the sum over its attributes', () => {
  fc.assert(fc.property(item, (given) => {
    let expected = 0;
    for (const [name, each] of given) expected += utf8Encode(name).length + slowSize(each);
    expect(itemSizeBytes(given)).toBe(expected);
  }));
});

function slowSize(given: AttributeValue): number {
  switch (given.kind) {
    case 'S': return utf8Encode(given.value).length;
    case 'N': return numberSizeBytes(given.value);
    case 'B': return given.value.length;
    case 'BOOL': case 'NULL': return 1;
    case 'SS': return utf8Encode(given.values.join('')).length;
    case 'NS': return given.values.map(numberSizeBytes).reduce((a, b) => a + b, 0);
    case 'BS': return concatBytes(given.values).length;
    case 'L': return 3 + given.values.length + given.values.map(slowSize).reduce((a, b) => a + b, 0);
    case 'M': {
      let size = 3 + given.entries.size;
      for (const [name, each] of given.entries) size += utf8Encode(name).length + slowSize(each);
      return size;
    }
  }
}

test.each([
  ['0', 1], ['1', 2], ['12', 2], ['1.2', 3], ['123', 3], ['12.3', 3], ['-1', 3], ['100', 2], ['0.001', 2], ['0.0012', 2], ['1000', 2],
  ['12345678901234567890123456789012345678', 20],
])('number %s takes %i bytes', (given, size) => {
  expect(numberSizeBytes(given)).toBe(size);
});

test('base64 goes both ways', () => {
  fc.assert(fc.property(fc.uint8Array({maxLength: 50}), (given) => {
    expect(decodeBase64(encodeBase64(given))).toEqual(given);
    expect(encodeBase64(given)).toBe(Buffer.from(given).toString('base64'));
  }));
});

test('texts order as their UTF-8 bytes', () => {
  fc.assert(fc.property(text, text, (a, b) => {
    expect(Math.sign(compareStrings(a, b))).toBe(Math.sign(Buffer.compare(Buffer.from(a), Buffer.from(b))));
  }), {numRuns: 1000});
});
