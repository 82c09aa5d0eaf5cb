// Goal: entries lie where their item's collection lies, lead back to it, and hold what the projection says.
import {DecodeError, compareBytes, toTableId} from '@murmuration/base';
import fc from 'fast-check';
import {parseItem} from './item-json.js';
import {checkIndexKeys, checkUpdatedIndexKeys} from './index-key-checks.js';
import {storedKeyOf, storedKeyPrefix} from './key-encoding.js';
import {storedTableRange} from './key-ranges.js';
import {
  baseKeyOfEntry, collectionKeyOf, isCollectionBorder, keyFromEntry, localEntryKey, localEntryOf, localIndexesOf, shiftIndex,
} from './local-index.js';
import type {LocalIndex} from './local-index.js';
import {indexStartKey} from './operations/index-query.js';

const SCHEMA = {hash: {name: 'pk', type: 'S'}, range: {name: 'sk', type: 'N'}} as const;
const INDEXES = localIndexesOf({
  attributeDefinitions: [{AttributeName: 'pk', AttributeType: 'S'}, {AttributeName: 'sk', AttributeType: 'N'}, {AttributeName: 'at', AttributeType: 'S'}],
  extra: {localSecondaryIndexes: (['ALL', 'KEYS_ONLY', 'INCLUDE'] as const).map((ProjectionType) => ({
    IndexName: `by-${ProjectionType}`,
    KeySchema: [{AttributeName: 'pk', KeyType: 'HASH' as const}, {AttributeName: 'at', KeyType: 'RANGE' as const}],
    Projection: {ProjectionType, ...(ProjectionType === 'INCLUDE' ? {NonKeyAttributes: ['x']} : {})},
  }))},
});
const [ALL, KEYS, INCLUDE] = INDEXES as readonly [LocalIndex, LocalIndex, LocalIndex];
const TABLE = toTableId(3);
const baseKey = (pk: string, sk: number, token = 7): Uint8Array => storedKeyOf(TABLE, token, {hash: {kind: 'S', value: pk}, range: {kind: 'N', value: String(sk)}});

describe('a local index', () => {
  it('is numbered by its place and knows its sort key', () => {
    expect(INDEXES.map(({indexId, sortKey}) => [indexId, sortKey.name])).toEqual([[1, 'at'], [2, 'at'], [3, 'at']]);
  });
  it('holds what its projection says, and nothing of an item without its key or with a key of another type', () => {
    const item = parseItem({pk: {S: 'a'}, sk: {N: '1'}, at: {S: 't'}, x: {N: '2'}, y: {N: '3'}});
    expect(localEntryOf(SCHEMA, ALL, item)).toBe(item);
    expect([...(localEntryOf(SCHEMA, KEYS, item)?.keys() ?? [])]).toEqual(['pk', 'sk', 'at']);
    expect([...(localEntryOf(SCHEMA, INCLUDE, item)?.keys() ?? [])]).toEqual(['pk', 'sk', 'at', 'x']);
    expect(localEntryOf(SCHEMA, ALL, parseItem({pk: {S: 'a'}, sk: {N: '1'}}))).toBeUndefined();
    expect(localEntryOf(SCHEMA, ALL, parseItem({pk: {S: 'a'}, sk: {N: '1'}, at: {N: '1'}}))).toBeUndefined();
  });
  it('has entries in the order of its sort key, then of the items, each leading back to its item', () => {
    const entry = fc.tuple(fc.string({minLength: 1, maxLength: 3}), fc.integer({min: -50, max: 50}));
    fc.assert(fc.property(entry, entry, ([atA, skA], [atB, skB]) => {
      const keys = [[atA, skA] as const, [atB, skB] as const].map(([at, sk]) => localEntryKey(baseKey('a', sk), INCLUDE, parseItem({at: {S: at}})));
      const [a, b] = keys as [Uint8Array, Uint8Array];
      expect(baseKeyOfEntry(a)).toEqual(baseKey('a', skA));
      expect(Object.fromEntries(keyFromEntry(SCHEMA, INCLUDE, a))).toMatchObject({at: {value: atA}, sk: {value: String(skA)}});
      const byText = Buffer.compare(Buffer.from(atA), Buffer.from(atB));
      expect(Math.sign(compareBytes(a, b))).toBe(Math.sign(byText === 0 ? skA - skB : byText));
    }));
  });
  it('moves with the borders of its table: first, inner and last', () => {
    const {from, until} = storedTableRange(TABLE, 0);
    expect([shiftIndex(from, 3), shiftIndex(until, 3)]).toEqual([storedTableRange(TABLE, 3).from, storedTableRange(TABLE, 3).until]);
    expect(shiftIndex(storedKeyPrefix(TABLE, 3, 9), -3)).toEqual(storedKeyPrefix(TABLE, 0, 9));
    expect(compareBytes(collectionKeyOf(baseKey('a', 1)), shiftIndex(until, 0xfffe))).toBeLessThan(0);
    expect(() => baseKeyOfEntry(baseKey('a', 1))).toThrow(DecodeError);
  });
  it('is cut between collections only', () => {
    expect(isCollectionBorder(storedKeyPrefix(TABLE, 0, 9))).toBe(true);
    expect(isCollectionBorder(shiftIndex(collectionKeyOf(baseKey('a', 1)), -0xfffe))).toBe(true);
    expect(isCollectionBorder(baseKey('a', 1))).toBe(false);
    expect(isCollectionBorder(Uint8Array.of(...storedKeyPrefix(TABLE, 0, 9), 0x02, 0x61))).toBe(false);
  });
  it('refuses index keys of another type, empty or too long', () => {
    const of = (at: unknown): ReturnType<typeof parseItem> => parseItem({pk: {S: 'a'}, sk: {N: '1'}, at});
    expect(() => checkIndexKeys(INDEXES, of({N: '1'}))).toThrow('Type mismatch for Index Key at Expected: S Actual: N IndexName: by-ALL');
    expect(() => checkIndexKeys(INDEXES, of({NULL: true}))).toThrow('Actual: NULL');
    expect(() => checkIndexKeys(INDEXES, of({S: ''}))).toThrow('empty string value. IndexName: by-ALL, IndexKey: at');
    expect(() => checkIndexKeys(INDEXES, of({S: 'x'.repeat(1025)}))).toThrow('1024 bytes');
    expect(() => checkUpdatedIndexKeys(INDEXES, of({N: '1'}))).toThrow('secondary index key to unsupported type');
    expect(() => checkUpdatedIndexKeys(INDEXES, of({S: ''}))).toThrow('empty string value.');
    expect(() => checkIndexKeys(INDEXES, parseItem({pk: {S: 'a'}}))).not.toThrow();
  });
  it('takes a start key of exactly the key attributes of table and index', () => {
    const key = {pk: {S: 'a'}, sk: {N: '1'}, at: {S: 't'}};
    expect(indexStartKey(parseItem(key), SCHEMA, ALL)).toMatchObject({hash: {value: 'a'}, indexSort: {value: 't'}, baseSort: {value: '1'}});
    for (const [bad, message] of [
      [{pk: {S: 'a'}, sk: {N: '1'}}, 'The provided starting key is invalid'], [{...key, x: {S: ''}}, 'The provided starting key is invalid'],
      [{...key, at: {N: '1'}}, 'The provided key element does not match the schema'],
      [{...key, sk: {S: '1'}}, 'The provided starting key is invalid: The provided key element does not match the schema'],
    ] as const) {
      expect(() => indexStartKey(parseItem(bad), SCHEMA, ALL)).toThrow(new Error(message));
    }
  });
});
