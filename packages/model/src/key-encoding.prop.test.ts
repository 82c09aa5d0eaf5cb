// Order of encoded keys is order of values; every key decodes; ranges hold exactly the keys their test admits.
import {compareBytes, concatBytes, toHex} from '@murmuration/base';
import fc from 'fast-check';
import type {KeyValue} from './attribute-value.js';
import {compareValues} from './attribute-value.js';
import {
  buildStoredKey, decodeKeyValue, encodeBaseKey, encodeKeyValue, encodePartitionKey, encodeSortKey, itemBorder, keyFromStored,
  parseStoredKey, storedKeyOf,
} from './key-encoding.js';
import type {SortKeyTest} from './key-ranges.js';
import {storedCollectionRange, storedSortKeyRange, storedTableRange, storedTokenRange} from './key-ranges.js';
import {parseNumber} from './number.js';

// Few distinct characters and zero bytes, so that prefixes and escapes meet often.
const text = fc.array(fc.constantFrom('\0', '\u0001', 'a', 'b', '\u00ff', '\ue000', '\u{1f600}'), {maxLength: 5}).map((parts) => parts.join(''));
const stringValue = text.map((value): KeyValue => ({kind: 'S', value}));
const numberValue = fc.tuple(fc.integer({min: -500, max: 500}), fc.integer({min: -3, max: 3}))
  .map(([digits, exponent]): KeyValue => ({kind: 'N', value: parseNumber(`${digits}e${exponent}`).text}));
const binaryValue = fc.array(fc.constantFrom(0, 1, 2, 0xfe, 0xff), {maxLength: 5})
  .map((bytes): KeyValue => ({kind: 'B', value: Uint8Array.from(bytes)}));
const keyValue = fc.oneof(stringValue, numberValue, binaryValue);
const sameType = fc.oneof(fc.tuple(stringValue, stringValue), fc.tuple(numberValue, numberValue), fc.tuple(binaryValue, binaryValue));

test('bytes order as values, and no encoding is the beginning of another', () => {
  fc.assert(fc.property(sameType, ([a, b]) => {
    const left = encodeKeyValue(a);
    const right = encodeKeyValue(b);
    expect(Math.sign(compareBytes(left, right))).toBe(Math.sign(compareValues(a, b) ?? Number.NaN));
    if (compareBytes(left, right) !== 0) expect(toHex(right).startsWith(toHex(left))).toBe(false);
  }), {numRuns: 2000});
});

test('a key value decodes to itself', () => {
  fc.assert(fc.property(keyValue, (value) => {
    expect(decodeKeyValue(encodeKeyValue(value))).toEqual(value);
  }), {numRuns: 500});
});

test('a stored key comes apart into what it was built from', () => {
  fc.assert(fc.property(fc.nat(0xffff_fffe), fc.nat(0xffff), fc.nat(0xffff_ffff), keyValue, fc.option(keyValue, {nil: undefined}),
    (table, index, token, hash, range) => {
      const sortKey = range === undefined ? undefined : encodeSortKey(range);
      const parsed = parseStoredKey(buildStoredKey(table + 1, index, token, encodePartitionKey(hash), sortKey));
      expect(parsed).toMatchObject({tableId: table + 1, indexId: index, token});
      expect(decodeKeyValue(parsed.partitionKey)).toEqual(hash);
      expect(parsed.sortKey === undefined ? undefined : decodeKeyValue(parsed.sortKey)).toEqual(range);
    }));
});

test('an index entry carries the base key behind its own', () => {
  const base = encodeBaseKey({hash: {kind: 'S', value: 'h'}, range: {kind: 'N', value: '7'}});
  const key = buildStoredKey(1, 2, 3, encodePartitionKey({kind: 'S', value: 'x'}), undefined, base);
  expect(parseStoredKey(key).parts.map(decodeKeyValue))
    .toEqual([{kind: 'S', value: 'x'}, {kind: 'S', value: 'h'}, {kind: 'N', value: '7'}]);
});

test('the key attributes come back from a stored key', () => {
  const schema = {hash: {name: 'h', type: 'S'}, range: {name: 'r', type: 'N'}} as const;
  const key = storedKeyOf(9, 77, {hash: {kind: 'S', value: 'a\0b'}, range: {kind: 'N', value: '-1.5'}});
  expect([...keyFromStored(schema, key)]).toEqual([['h', {kind: 'S', value: 'a\0b'}], ['r', {kind: 'N', value: '-1.5'}]]);
});

const admits = (test: SortKeyTest, value: KeyValue): boolean => {
  const [first, second] = test.values as readonly [KeyValue, KeyValue | undefined];
  const order = compareValues(value, first) ?? Number.NaN;
  switch (test.op) {
    case '=': return order === 0;
    case '<': return order < 0;
    case '<=': return order <= 0;
    case '>': return order > 0;
    case '>=': return order >= 0;
    case 'between': return order >= 0 && second !== undefined && (compareValues(value, second) ?? Number.NaN) <= 0;
    case 'begins_with':
      return value.kind === 'S' && first.kind === 'S' ? value.value.startsWith(first.value)
        : value.kind === 'B' && first.kind === 'B' && toHex(value.value).startsWith(toHex(first.value));
  }
};

test('a sort key range holds exactly the keys its test admits, and none of another partition key', () => {
  const ops = fc.constantFrom<SortKeyTest['op']>('=', '<', '<=', '>', '>=', 'between', 'begins_with');
  fc.assert(fc.property(sameType, keyValue, stringValue, stringValue, ops, ([value, first], second, hash, other, op) => {
    if (op === 'begins_with' && first.kind === 'N') return;
    const upper = second.kind === first.kind ? second : first;
    const sortTest: SortKeyTest = {op, values: op === 'between' ? [first, upper] : [first]};
    const range = storedSortKeyRange(4, 0, 5, encodePartitionKey(hash), sortTest);
    const holds = (key: Uint8Array): boolean => compareBytes(range.from, key) <= 0 && compareBytes(key, range.until) < 0;
    expect(holds(buildStoredKey(4, 0, 5, encodePartitionKey(hash), encodeSortKey(value)))).toBe(admits(sortTest, value));
    if (compareValues(hash, other) !== 0) {
      expect(holds(buildStoredKey(4, 0, 5, encodePartitionKey(other), encodeSortKey(value)))).toBe(false);
    }
  }), {numRuns: 3000});
});

test('ranges nest: collection in token range in table range', () => {
  const hash = encodePartitionKey({kind: 'S', value: 'a'});
  const collection = storedCollectionRange(4, 1, 0xffff_ffff, hash);
  const tokens = storedTokenRange(4, 1, 0xffff_ffff, 0x1_0000_0000);
  const table = storedTableRange(4, 1);
  expect(compareBytes(table.from, tokens.from)).toBeLessThan(0);
  expect(compareBytes(tokens.from, collection.from)).toBeLessThan(0);
  expect(compareBytes(collection.until, tokens.until)).toBeLessThan(0);
  expect(tokens.until).toEqual(table.until);
  expect(storedTokenRange(4, 1, 5, 5).from).toEqual(storedTokenRange(4, 1, 5, 5).until);
  // An index lies wholly behind the table's own rows.
  expect(storedTableRange(4, 0).until).toEqual(table.from);
});

test('a border behind an item lies behind all that begins with its key, before every other item; any other border stays', () => {
  const key = fc.tuple(fc.constantFrom(7, 8), keyValue, keyValue);
  fc.assert(fc.property(key, key, fc.uint8Array({maxLength: 9}), fc.boolean(), ([token, hash, range], [otherToken, otherHash, otherRange], beside, hasSortKey) => {
    const keyOf = (at: number, partition: KeyValue, sort: KeyValue): Uint8Array => buildStoredKey(4, 0, at, encodePartitionKey(partition), hasSortKey ? encodeSortKey(sort) : undefined);
    const [item, other] = [keyOf(token, hash, range), keyOf(otherToken, otherHash, otherRange)];
    const valueCount = hasSortKey ? 2 : 1;
    for (let size = 0; size <= item.length; size += 1) expect(itemBorder(item.subarray(0, size), valueCount)).toEqual(item.subarray(0, size));
    const border = itemBorder(concatBytes([item, Uint8Array.of(0)]), valueCount);
    expect(compareBytes(concatBytes([item, beside]), border)).toBeLessThan(0);
    expect(compareBytes(other, border) < 0).toBe(compareBytes(other, item) <= 0);
  }), {numRuns: 500});
});

test('golden bytes: the format of version 1', () => {
  expect(toHex(storedKeyOf(1, 0x01020304, {hash: {kind: 'S', value: 'a\0'}, range: {kind: 'B', value: Uint8Array.of(0xff)}})))
    .toBe('10' + '00000001' + '0000' + '01020304' + '02' + '61' + '00ff' + '0001' + '03' + 'ff' + '0001');
});

test.each(['', '10', '11000000010000010203040261', '1000000001000001020304', '100000000100000102030402610002', '1000000001000001020304026100'])(
  'bytes %p are no stored key', (hex) => {
    const bytes = Uint8Array.from(Buffer.from(hex, 'hex'));
    expect(() => parseStoredKey(bytes)).toThrow();
  });
