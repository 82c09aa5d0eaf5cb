// Request checks of the table operations, the descriptor they make, and how it is described.
import {toTableId} from '@murmuration/base';
import {ModelError} from '../errors.js';
import type {TableDescriptor} from '../table-descriptor.js';
import {describeDeletedTable, describeTable} from '../table-descriptor.js';
import {parseCreateTable} from './create-table.js';
import {parseDeleteTable} from './delete-table.js';
import {parseDescribeTable} from './describe-table.js';
import {listTablesPage, parseListTables} from './list-tables.js';
import {checkThroughputChanges, parseUpdateTable} from './update-table.js';

const P = 'One or more parameter values were invalid: ';
const definition = (name: string, type = 'S'): unknown => ({AttributeName: name, AttributeType: type});
const hash = (name: string): unknown => ({AttributeName: name, KeyType: 'HASH'});
const range = (name: string): unknown => ({AttributeName: name, KeyType: 'RANGE'});
const index = (name: string, schema: unknown[], more: object = {}): unknown =>
  ({IndexName: name, KeySchema: schema, Projection: {ProjectionType: 'ALL'}, ...more});

const BASE = {
  TableName: 'Music', BillingMode: 'PAY_PER_REQUEST',
  AttributeDefinitions: [definition('a'), definition('b', 'N')], KeySchema: [hash('a'), range('b')],
};
function message(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof ModelError) return `${error.failure.code}: ${error.failure.message ?? ''}`;
    throw error;
  }
  return 'accepted';
}

test('a table with indexes and options becomes all that a descriptor needs', () => {
  const request = parseCreateTable({
    ...BASE, AttributeDefinitions: [definition('a'), definition('b', 'N'), definition('c')],
    LocalSecondaryIndexes: [index('lsi', [hash('a'), range('c')])], GlobalSecondaryIndexes: [index('gsi', [hash('c')])],
    Tags: [{Key: 'k', Value: 'v'}], DeletionProtectionEnabled: 'true', StreamSpecification: {StreamEnabled: true, StreamViewType: 'KEYS_ONLY'},
  });
  expect(request).toEqual({
    tableName: 'Music', billingMode: 'PAY_PER_REQUEST', provisionedThroughput: {ReadCapacityUnits: 0, WriteCapacityUnits: 0},
    keySchema: {hash: {name: 'a', type: 'S'}, range: {name: 'b', type: 'N'}},
    attributeDefinitions: [definition('a'), definition('b', 'N'), definition('c')],
    extra: {
      localSecondaryIndexes: [index('lsi', [hash('a'), range('c')])], globalSecondaryIndexes: [index('gsi', [hash('c')])],
      tags: [{Key: 'k', Value: 'v'}], deletionProtectionEnabled: true, streamSpecification: {StreamEnabled: true, StreamViewType: 'KEYS_ONLY'},
    },
  });
  expect(JSON.parse(JSON.stringify(request))).toEqual(request);
});

test.each([
  [{}, "The parameter 'TableName' is required but was not present in the request"],
  [{TableName: 'ab'}, 'TableName must be at least 3 characters long and at most 255 characters long'],
  [{TableName: 'abc'}, "2 validation errors detected: Value null at 'attributeDefinitions' failed to satisfy constraint: Member must not be null; "
    + "Value null at 'keySchema' failed to satisfy constraint: Member must not be null"],
  [{...BASE, TableName: 'abc;'},
    "1 validation error detected: Value 'abc;' at 'tableName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+"],
  [{...BASE, KeySchema: [{AttributeName: 'a', KeyType: 'X'}]},
    "1 validation error detected: Value 'X' at 'keySchema.1.member.keyType' failed to satisfy constraint: Member must satisfy enum value set: [HASH, RANGE]"],
  [{...BASE, ProvisionedThroughput: {ReadCapacityUnits: 1, WriteCapacityUnits: 1}},
    `${P}Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST`],
  [{...BASE, BillingMode: undefined}, `${P}ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED`],
  [{...BASE, KeySchema: [range('a')]}, 'Invalid KeySchema: The first KeySchemaElement is not a HASH key type'],
  [{...BASE, KeySchema: [hash('a'), range('a')]}, 'Both the Hash Key and the Range Key element in the KeySchema have the same name'],
  [{...BASE, KeySchema: [hash('x')]},
    `${P}Some index key attributes are not defined in AttributeDefinitions. Keys: [x], AttributeDefinitions: [a, b]`],
  [{...BASE, KeySchema: [hash('a')]},
    `${P}Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions`],
  [{...BASE, LocalSecondaryIndexes: []}, `${P}List of LocalSecondaryIndexes is empty`],
  [{...BASE, GlobalSecondaryIndexes: []}, `${P}List of GlobalSecondaryIndexes is empty`],
  [{...BASE, KeySchema: [hash('a')], LocalSecondaryIndexes: [index('lsi', [hash('a'), range('b')])]},
    `${P}Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex`],
  [{...BASE, LocalSecondaryIndexes: [index('lsi', [hash('a')])]}, `${P}Index KeySchema does not have a range key for index: lsi`],
  [{...BASE, LocalSecondaryIndexes: [index('lsi', [hash('b'), range('a')])]},
    `${P}Index KeySchema does not have the same leading hash key as table KeySchema for index: lsi. index hash key: b, table hash key: a`],
  [{...BASE, GlobalSecondaryIndexes: [index('gsi', [hash('a')]), index('gsi', [hash('b')])]}, `${P}Duplicate index name: gsi`],
  [{...BASE, GlobalSecondaryIndexes: [index('gsi', [hash('a')], {Projection: {}})]}, `${P}Unknown ProjectionType: null`],
  [{...BASE, GlobalSecondaryIndexes: [index('gsi', [hash('a')], {Projection: {ProjectionType: 'ALL', NonKeyAttributes: ['x']}})]},
    `${P}ProjectionType is ALL, but NonKeyAttributes is specified`],
  [{...BASE, LocalSecondaryIndexes: Array.from({length: 6}, (_, i) => index(`lsi${i}`, [hash('a'), range('b')]))},
    `${P}Number of LocalSecondaryIndexes exceeds per-table limit of 5`],
  [{...BASE, GlobalSecondaryIndexes: Array.from({length: 21}, (_, i) => index(`gsi${i}`, [hash('a')]))},
    `${P}GlobalSecondaryIndex count exceeds the per-table limit of 20`],
])('CreateTable %# is refused', (body, expected) => {
  expect(message(() => parseCreateTable(body))).toBe(`ValidationException: ${expected}`);
});

test('more than ten failed constraints are cut to ten', () => {
  const elements = Array.from({length: 11}, () => ({AttributeName: '', AttributeType: 'S'}));
  expect(message(() => parseCreateTable({...BASE, AttributeDefinitions: elements}))).toMatch(/^ValidationException: 10 validation errors detected: /);
});

const PROVISIONED = {ReadCapacityUnits: 5, WriteCapacityUnits: 6};
test.each([
  [{TableName: 'Music'}, 'ValidationException: At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, '
    + 'GlobalSecondaryIndexUpdates or SSESpecification or ReplicaUpdates is required'],
  [{TableName: 'Music', BillingMode: 'PROVISIONED'}, `ValidationException: ${P}ProvisionedThroughput must be specified when BillingMode is PROVISIONED`],
  [{TableName: 'Music', GlobalSecondaryIndexUpdates: [{Delete: {IndexName: 'gsi'}}, {Delete: {IndexName: 'gsi'}}]},
    `ValidationException: ${P}Only one global secondary index update per index is allowed simultaneously. Index: gsi`],
  [{TableName: 'Music', GlobalSecondaryIndexUpdates: [{Delete: {IndexName: 'gsi'}}, {Delete: {IndexName: 'other'}}]},
    'LimitExceededException: Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table'],
])('UpdateTable %j is refused', (body, expected) => {
  expect(message(() => parseUpdateTable(body))).toBe(expected);
});

const TABLE: TableDescriptor = {
  ...parseCreateTable({...BASE, BillingMode: 'PROVISIONED', ProvisionedThroughput: PROVISIONED}),
  name: 'Music', tableId: toTableId(7), tableUuid: '00000000-0000-4000-8000-000000000007', status: 'ACTIVE', createdAtMs: 1_700_000_000_123,
};

test('UpdateTable must change the throughput it names', () => {
  const update = parseUpdateTable({TableName: 'Music', ProvisionedThroughput: PROVISIONED});
  expect(message(() => checkThroughputChanges(update, TABLE)))
    .toMatch(/^ValidationException: The provisioned throughput for the table will not change\. The requested value equals the current value\. /);
  const other = parseUpdateTable({TableName: 'Music', ProvisionedThroughput: {...PROVISIONED, ReadCapacityUnits: 9}});
  expect(message(() => checkThroughputChanges(other, TABLE))).toBe('accepted');
});

test('UpdateTable keeps only what is to change', () => {
  expect(parseUpdateTable({TableName: 'Music', StreamSpecification: {StreamEnabled: false}, DeletionProtectionEnabled: false}))
    .toMatchObject({indexUpdates: [], billingMode: undefined, extra: {streamSpecification: {StreamEnabled: false}, deletionProtectionEnabled: false}});
});

test('a table is described without the members that do not apply', () => {
  expect(describeTable(TABLE, {itemCount: 3, sizeBytes: 99})).toEqual({
    TableName: 'Music', TableStatus: 'ACTIVE', TableId: TABLE.tableUuid, TableArn: 'arn:aws:dynamodb:us-east-1:000000000000:table/Music',
    AttributeDefinitions: [definition('a'), definition('b', 'N')], KeySchema: [hash('a'), range('b')], CreationDateTime: 1_700_000_000.123,
    ProvisionedThroughput: {NumberOfDecreasesToday: 0, ...PROVISIONED}, ItemCount: 3, TableSizeBytes: 99, DeletionProtectionEnabled: false,
  });
});

test('a table billed by request shows zeros, its summary and its indexes', () => {
  const table: TableDescriptor = {
    ...TABLE, billingMode: 'PAY_PER_REQUEST', provisionedThroughput: {ReadCapacityUnits: 0, WriteCapacityUnits: 0},
    extra: {globalSecondaryIndexes: [{IndexName: 'gsi', KeySchema: [{AttributeName: 'b', KeyType: 'HASH'}], Projection: {ProjectionType: 'KEYS_ONLY'}}]},
  };
  expect(describeTable(table, {itemCount: 0, sizeBytes: 0})).toMatchObject({
    BillingModeSummary: {BillingMode: 'PAY_PER_REQUEST'}, ProvisionedThroughput: {ReadCapacityUnits: 0},
    GlobalSecondaryIndexes: [{IndexName: 'gsi', IndexStatus: 'ACTIVE', ItemCount: 0}],
  });
});

test('a deleted table is described without keys', () => {
  const described = describeDeletedTable(TABLE, {itemCount: 0, sizeBytes: 0});
  expect(described).toMatchObject({TableStatus: 'DELETING', TableName: 'Music'});
  expect(described).not.toHaveProperty('KeySchema');
  expect(described).not.toHaveProperty('AttributeDefinitions');
});

test('tables are named by DescribeTable and DeleteTable', () => {
  expect(parseDescribeTable({TableName: 'Music'}).tableName).toBe('Music');
  expect(message(() => parseDescribeTable({}))).toBe("ValidationException: The parameter 'TableName' is required but was not present in the request");
  expect(message(() => parseDeleteTable({TableName: 'x'})))
    .toBe('ValidationException: TableName must be at least 3 characters long and at most 255 characters long');
});

test('tables are listed in byte order, from a name that need not exist', () => {
  const names = ['b', 'a', 'C', 'a.b'];
  expect(listTablesPage(parseListTables({}), names)).toEqual({TableNames: ['C', 'a', 'a.b', 'b']});
  expect(listTablesPage(parseListTables({Limit: 2}), names)).toEqual({TableNames: ['C', 'a'], LastEvaluatedTableName: 'a'});
  expect(listTablesPage(parseListTables({ExclusiveStartTableName: 'a.a'}), names)).toEqual({TableNames: ['a.b', 'b']});
  expect(message(() => parseListTables({Limit: 101})))
    .toBe("ValidationException: 1 validation error detected: Value '101' at 'limit' failed to satisfy constraint: Member must have value less than or equal to 100");
});
