// Entries of global indexes: who is in, what they hold, where they lie, and how their keys are read back.
import {compareBytes, toIndexId, toTableId} from '@murmuration/base';
import {parseItem} from './item-json.js';
import type {GlobalIndex} from './derivation.js';
import {fedGlobalIndexes, globalEntryKey, globalEntryOf, keyFromGlobalEntry} from './global-index.js';
import {buildStoredKey, encodePartitionKey, encodeSortKey, parseStoredKey} from './key-encoding.js';
import {ModelError} from './errors.js';
import {parseUpdateTable} from './operations/update-table.js';
import {planIndexUpdates} from './operations/global-index-updates.js';
import type {TableDescriptor} from './table-descriptor.js';

const SCHEMA = {hash: {name: 'pk', type: 'S'}, range: {name: 'sk', type: 'N'}} as const;
const INDEX: GlobalIndex = {
  indexId: toIndexId(0x101), name: 'i', hash: [{name: 'a', type: 'S'}, {name: 'b', type: 'N'}], range: [{name: 'c', type: 'B'}], projection: {kind: 'INCLUDE', attributes: ['shown']},
};
const item = (more: object): ReturnType<typeof parseItem> => parseItem({pk: {S: 'p'}, sk: {N: '7'}, a: {S: 'x'}, b: {N: '-1'}, c: {B: 'AQ=='}, shown: {S: 's'}, hidden: {S: 'h'}, ...more});
const baseKey = buildStoredKey(9, 0, 5, encodePartitionKey({kind: 'S', value: 'p'}), encodeSortKey({kind: 'N', value: '7'}));

test('an entry holds the keys of both and what is projected', () => {
  expect([...(globalEntryOf(SCHEMA, INDEX, item({}))?.keys() ?? [])].sort()).toEqual(['a', 'b', 'c', 'pk', 'shown', 'sk']);
  expect(globalEntryOf(SCHEMA, {...INDEX, projection: {kind: 'ALL'}}, item({}))?.has('hidden')).toBe(true);
});

test.each([
  ['lacks a hash attribute', {a: undefined}], ['lacks a range attribute', {c: undefined}], ['has another type there', {b: {S: '1'}}],
  ['has an empty text there', {a: {S: ''}}], ['has too long a value there', {a: {S: 'x'.repeat(2_049)}}], ['has too long a sort value', {c: {B: Buffer.alloc(1_025).toString('base64')}}],
])('an item that %s is left out', (_what, more) => {
  const json = Object.fromEntries(Object.entries({pk: {S: 'p'}, sk: {N: '7'}, a: {S: 'x'}, b: {N: '-1'}, c: {B: 'AQ=='}, ...more}).filter(([, value]) => value !== undefined));
  expect(globalEntryOf(SCHEMA, INDEX, parseItem(json))).toBeUndefined();
});

test('the key of an entry lies where its hash attributes say, and shows all key attributes', () => {
  const key = globalEntryKey(9, INDEX, item({}), baseKey, () => 77);
  expect(parseStoredKey(key)).toMatchObject({tableId: 9, indexId: 0x101, token: 77});
  expect(keyFromGlobalEntry(SCHEMA, INDEX, key)).toEqual(new Map([...item({})].filter(([name]) => ['a', 'b', 'c', 'pk', 'sk'].includes(name))));
  const next = globalEntryKey(9, INDEX, item({c: {B: 'Ag=='}}), baseKey, () => 77);
  expect(compareBytes(key, next)).toBeLessThan(0);
});

const TABLE: TableDescriptor = {
  tableId: toTableId(9), name: 'Table', tableUuid: '', status: 'ACTIVE', keySchema: {hash: {name: 'pk', type: 'S'}, range: undefined}, attributeDefinitions: [{AttributeName: 'pk', AttributeType: 'S'}, {AttributeName: 'a', AttributeType: 'S'}],
  billingMode: 'PROVISIONED', provisionedThroughput: {ReadCapacityUnits: 1, WriteCapacityUnits: 1}, createdAtMs: 0,
  extra: {globalSecondaryIndexes: [{IndexName: 'by-a', KeySchema: [{AttributeName: 'a', KeyType: 'HASH'}], Projection: {ProjectionType: 'ALL'}, ProvisionedThroughput: {ReadCapacityUnits: 1, WriteCapacityUnits: 1}}]},
  globalIndexes: [{indexId: toIndexId(0x100), name: 'by-a', status: 'ACTIVE', isOnline: false}],
};
const plan = (members: object): ReturnType<typeof planIndexUpdates> => planIndexUpdates(parseUpdateTable({TableName: 'Table', ...members}), TABLE);

describe('updates of indexes', () => {
  test('change the throughput of one', () => {
    expect(plan({GlobalSecondaryIndexUpdates: [{Update: {IndexName: 'by-a', ProvisionedThroughput: {ReadCapacityUnits: 5, WriteCapacityUnits: 1}}}]}))
      .toMatchObject({definitions: [{IndexName: 'by-a', ProvisionedThroughput: {ReadCapacityUnits: 5}}], change: undefined});
  });
  test('take throughput away with the billing mode', () => {
    expect(plan({BillingMode: 'PAY_PER_REQUEST'}).definitions?.[0]?.ProvisionedThroughput).toBeUndefined();
  });
  test.each([
    ['of an index that is not there', {GlobalSecondaryIndexUpdates: [{Delete: {IndexName: 'none'}}]}, 'Requested resource not found'],
    ['without a definition of the key', {GlobalSecondaryIndexUpdates: [{Create: {IndexName: 'new', KeySchema: [{AttributeName: 'z', KeyType: 'HASH'}], Projection: {ProjectionType: 'ALL'}, ProvisionedThroughput: {ReadCapacityUnits: 1, WriteCapacityUnits: 1}}}]}, 'Some index key attributes are not defined'],
    ['with another type of a known attribute', {AttributeDefinitions: [{AttributeName: 'a', AttributeType: 'N'}], GlobalSecondaryIndexUpdates: [{Create: {IndexName: 'new', KeySchema: [{AttributeName: 'a', KeyType: 'HASH'}], Projection: {ProjectionType: 'ALL'}}}]}, 'Attributes cannot be redefined'],
    ['without a definition of a key that the table knows', {GlobalSecondaryIndexUpdates: [{Create: {IndexName: 'new', KeySchema: [{AttributeName: 'a', KeyType: 'HASH'}], Projection: {ProjectionType: 'ALL'}}}]}, 'Some index key attributes are not defined'],
    ['with a definition that no key uses', {AttributeDefinitions: ['a', 'z'].map((AttributeName) => ({AttributeName, AttributeType: 'S'})), GlobalSecondaryIndexUpdates: [{Create: {IndexName: 'new', KeySchema: [{AttributeName: 'a', KeyType: 'HASH'}], Projection: {ProjectionType: 'ALL'}}}]}, 'Some AttributeDefinitions are not used'],
    ['of throughput with the table billed by request', {BillingMode: 'PAY_PER_REQUEST', GlobalSecondaryIndexUpdates: [{Update: {IndexName: 'by-a', ProvisionedThroughput: {ReadCapacityUnits: 2, WriteCapacityUnits: 2}}}]}, 'ProvisionedThroughput should not be specified for index: by-a'],
    ['without throughput on a provisioned table', {AttributeDefinitions: [{AttributeName: 'a', AttributeType: 'S'}], GlobalSecondaryIndexUpdates: [{Create: {IndexName: 'new', KeySchema: [{AttributeName: 'a', KeyType: 'HASH'}], Projection: {ProjectionType: 'ALL'}}}]}, 'ProvisionedThroughput is not specified for index: new'],
    ['that change nothing', {GlobalSecondaryIndexUpdates: [{Update: {IndexName: 'by-a', ProvisionedThroughput: {ReadCapacityUnits: 1, WriteCapacityUnits: 1}}}]}, 'The provisioned throughput for the index by-a will not change'],
  ])('%s are refused', (_what, members, message) => {
    expect(() => plan(members)).toThrow(ModelError);
    expect(() => plan(members)).toThrow(message);
  });
  test('indexes on their way out are fed no more', () => {
    expect(fedGlobalIndexes(TABLE)).toHaveLength(1);
    expect(fedGlobalIndexes({...TABLE, globalIndexes: [{indexId: toIndexId(0x100), name: 'by-a', status: 'DELETING', isOnline: false}]})).toEqual([]);
  });
});
