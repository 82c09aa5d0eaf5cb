import {toIndexId, utf8Decode} from '@murmuration/base';
import {buildStoredKey, encodeItem, encodePartitionKey, encodeSortKey, encodeStoredValue, itemSizeBytes, parseItem, shiftIndex} from '@murmuration/model';
import type {KeySchema} from '@murmuration/model';
import {CompiledCache} from './compiled-cache.js';
import {Page, pageMeasureBytes} from './page.js';
import type {PageOptions} from './page.js';

const SCHEMA: KeySchema = {hash: {name: 'pk', type: 'S'}, range: {name: 'sk', type: 'N'}};
const NO_TEXTS = {condition: undefined, update: undefined, filter: undefined, projection: undefined, namesJson: '', valuesJson: ''};
const ALL: PageOptions = {itemCountMax: 1000, pageSizeBytesMax: 1_048_576, isCountOnly: false, hasSortKey: true, expressions: undefined};

function row(n: number): {key: Uint8Array; value: Uint8Array; sizeBytes: number} {
  const item = parseItem({pk: {S: 'a'}, sk: {N: String(n)}, x: {N: String(1 + (n % 2))}});
  return {
    key: buildStoredKey(1, 0, 0, encodePartitionKey({kind: 'S', value: 'a'}), encodeSortKey({kind: 'N', value: String(n)})),
    value: encodeStoredValue({itemSizeBytes: itemSizeBytes(item), timestampHlc: 1, sequence: 1, flags: 0}, encodeItem(item)),
    sizeBytes: itemSizeBytes(item),
  };
}
function fill(options: PageOptions, rowCount: number): Page {
  const page = new Page(options);
  for (let n = 1; n <= rowCount && !page.isFull; n += 1) page.add(row(n).key, row(n).value);
  return page;
}

describe('Page', () => {
  it('stops at the item count and names the last evaluated key, also at the end of the range', () => {
    expect(fill({...ALL, itemCountMax: 3}, 5).finish(false)).toMatchObject({count: 3, scannedCount: 3, lastKey: row(3).key});
    expect(fill({...ALL, itemCountMax: 3}, 3).finish(true)).toMatchObject({count: 3, lastKey: row(3).key});
    expect(fill(ALL, 3).finish(true)).toMatchObject({count: 3, lastKey: undefined});
  });
  it('keeps the item that crosses the size limit and stops behind it', () => {
    const measure = pageMeasureBytes(row(1).sizeBytes, encodeSortKey({kind: 'N', value: '1'}).length);
    expect(fill({...ALL, pageSizeBytesMax: 2 * measure}, 9).finish(false)).toMatchObject({scannedCount: 3, pageSizeBytes: 3 * measure, lastKey: row(3).key});
  });
  it('of items fetched beside their entries is bounded by the items, costs the entries, and names its last key in the keys of the table', () => {
    const page = new Page({...ALL, pageSizeBytesMax: 1_000, index: toIndexId(2), isWhole: true});
    const big = encodeStoredValue({itemSizeBytes: 900, timestampHlc: 1, sequence: 1, flags: 0}, encodeItem(parseItem({pk: {S: 'a'}, z: {S: 'z'}})));
    for (let n = 1; !page.isFull; n += 1) page.add(shiftIndex(row(n).key, 2), row(n).value, big);
    expect(page.finish(false)).toMatchObject({scannedCount: 2, scannedSizeBytes: 2 * row(1).sizeBytes, fetchedBlockCount: 2, lastKey: row(2).key});
    expect(() => new Page({...ALL, isWhole: true}).add(row(1).key, row(1).value)).toThrow('an index entry without its item');
  });
  it('measures what it scanned, not what passed the filter', () => {
    const expressions = new CompiledCache(SCHEMA).compile({...NO_TEXTS, filter: 'x = :one', valuesJson: '{":one":{"N":"1"}}'});
    const response = fill({...ALL, expressions}, 4).finish(true);
    expect(response).toMatchObject({count: 2, scannedCount: 4, scannedSizeBytes: 4 * row(1).sizeBytes});
  });
  it('projects what it returns and returns nothing but counts when asked to count', () => {
    const expressions = new CompiledCache(SCHEMA).compile({...NO_TEXTS, projection: 'sk'});
    const response = fill({...ALL, expressions}, 1).finish(true);
    expect(response.kind === 'ranged' ? response.items.map(utf8Decode) : []).toEqual(['{"sk":{"N":"1"}}']);
    expect(fill({...ALL, isCountOnly: true}, 4).finish(true)).toMatchObject({count: 4, items: []});
  });
});

describe('CompiledCache', () => {
  it('keeps the latest forms within its bound', () => {
    const cache = new CompiledCache(SCHEMA, 2);
    const compile = (name: string): unknown => cache.compile({...NO_TEXTS, projection: name});
    const first = compile('a1');
    compile('b1');
    expect(compile('a1')).toBe(first);
    compile('c1');
    expect(cache.count).toBe(2);
    expect(compile('a1')).toBe(first);
  });
});
