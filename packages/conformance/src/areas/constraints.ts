import type {Area, Body, ConformanceCase} from '../conformance-case.js';
import {invalid, proves} from '../conformance-case.js';
import {Matcher} from '../json.js';
import {HASH} from '../suite-tables.js';

const NOT_NULL = 'Member must not be null';
const NAME = 'Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+';
const longest = (count: number): string => `Member must have length less than or equal to ${count}`;
const shortest = (count: number): string => `Member must have length greater than or equal to ${count}`;
const least = (count: number): string => `Member must have value greater than or equal to ${count}`;
const most = (count: number): string => `Member must have value less than or equal to ${count}`;
const oneOf = (...values: readonly string[]): string => `Member must satisfy enum value set: [${values.join(', ')}]`;

const nothing = (path: string, constraint = NOT_NULL): string => `Value null at '${path}' failed to satisfy constraint: ${constraint}`;
const wrong = (value: string, path: string, constraint: string): string => `Value '${value}' at '${path}' failed to satisfy constraint: ${constraint}`;

/** All failures of one request in any order: the service promises none. */
function joined(failures: readonly string[]): Matcher {
  const head = `${failures.length} validation error${failures.length === 1 ? '' : 's'} detected: `;
  return new Matcher(`${head}${failures.join('; ')}`, (value) => {
    if (typeof value !== 'string' || !value.startsWith(head)) return false;
    const found = value.slice(head.length);
    return failures.every((failure) => found.includes(failure)) && found.length === failures.join('; ').length;
  });
}

function one(operation: string, name: string, body: Body, ...failures: readonly string[]): ConformanceCase {
  return proves('7 Constraint', `${operation}: ${name}`, invalid(operation, body, joined(failures)));
}

const CAPACITY = oneOf('INDEXES', 'TOTAL', 'NONE');
const METRICS = oneOf('SIZE', 'NONE');
const RETURN_VALUES = oneOf('ALL_NEW', 'UPDATED_OLD', 'ALL_OLD', 'NONE', 'UPDATED_NEW');
const ON_FAILURE = oneOf('ALL_OLD', 'NONE');
const SELECT = oneOf('SPECIFIC_ATTRIBUTES', 'COUNT', 'ALL_ATTRIBUTES', 'ALL_PROJECTED_ATTRIBUTES');

const key = {pk: {S: 'a'}};
const LONG = 'a'.repeat(256);
const item: Readonly<Record<string, Body>> = {GetItem: {Key: key}, DeleteItem: {Key: key}, UpdateItem: {Key: key}, PutItem: {Item: key}};
const needed: Readonly<Record<string, string>> = {GetItem: 'key', DeleteItem: 'key', UpdateItem: 'key', PutItem: 'item'};

/** Table names in every operation on items. */
const tableNames: readonly ConformanceCase[] = ['GetItem', 'PutItem', 'UpdateItem', 'DeleteItem', 'Query', 'Scan'].flatMap((operation) => {
  const rest = item[operation] ?? {};
  return [
    one(operation, 'an empty table name is too short', {...rest, TableName: ''}, wrong('', 'tableName', shortest(1))),
    one(operation, 'a table name of strange characters', {...rest, TableName: 'abc;def'}, wrong('abc;def', 'tableName', NAME)),
    one(operation, 'a table name with a space and an umlaut', {...rest, TableName: 'a ü'}, wrong('a ü', 'tableName', NAME)),
    one(operation, 'a table name of two characters', {...rest, TableName: 'ab'}, wrong('ab', 'tableName', shortest(3))),
    one(operation, 'a table name of 256 characters', {...rest, TableName: LONG}, wrong(LONG, 'tableName', longest(255))),
    one(operation, 'a table name that is wrong in two ways', {...rest, TableName: '??'}, wrong('??', 'tableName', NAME), wrong('??', 'tableName', shortest(3))),
    one(operation, 'no table name', {...rest}, nothing('tableName')),
  ];
});

const returned: readonly ConformanceCase[] = Object.entries(needed).flatMap(([operation, member]) => [
  one(operation, 'nothing that is required', {}, nothing('tableName'), nothing(member)),
  one(operation, 'no key or item', {TableName: HASH}, nothing(member)),
  one(operation, 'an unknown ReturnConsumedCapacity', {TableName: HASH, ...item[operation], ReturnConsumedCapacity: 'hi'}, wrong('hi', 'returnConsumedCapacity', CAPACITY)),
  one(operation, 'ReturnConsumedCapacity in small letters', {TableName: HASH, ...item[operation], ReturnConsumedCapacity: 'total'}, wrong('total', 'returnConsumedCapacity', CAPACITY)),
  ...(operation === 'GetItem' ? [] : [
    one(operation, 'an unknown ReturnItemCollectionMetrics', {TableName: HASH, ...item[operation], ReturnItemCollectionMetrics: 'hi'}, wrong('hi', 'returnItemCollectionMetrics', METRICS)),
    one(operation, 'an unknown ReturnValues', {TableName: HASH, ...item[operation], ReturnValues: 'hi'}, wrong('hi', 'returnValues', RETURN_VALUES)),
    one(operation, 'ReturnValues in small letters', {TableName: HASH, ...item[operation], ReturnValues: 'all_old'}, wrong('all_old', 'returnValues', RETURN_VALUES)),
    one(operation, 'an unknown ReturnValuesOnConditionCheckFailure', {TableName: HASH, ...item[operation], ReturnValuesOnConditionCheckFailure: 'ALL_NEW'},
      wrong('ALL_NEW', 'returnValuesOnConditionCheckFailure', ON_FAILURE)),
    one(operation, 'all of them at once', {TableName: 'a;', ReturnConsumedCapacity: 'hi', ReturnItemCollectionMetrics: 'hi', ReturnValues: 'hi'},
      wrong('a;', 'tableName', NAME), wrong('a;', 'tableName', shortest(3)), wrong('hi', 'returnConsumedCapacity', CAPACITY),
      wrong('hi', 'returnItemCollectionMetrics', METRICS), wrong('hi', 'returnValues', RETURN_VALUES), nothing(member)),
  ]),
]);

/** Query tells of it by its own name and without the value. */
const wrongLimit = (operation: string, value: string): string =>
  operation === 'Query' ? `Value at 'Limit' failed to satisfy constraint: ${least(1)}` : wrong(value, 'limit', least(1));
const pages: readonly ConformanceCase[] = ['Query', 'Scan'].flatMap((operation) => [
  one(operation, 'a limit of 0', {TableName: HASH, Limit: 0}, wrongLimit(operation, '0')),
  one(operation, 'a limit below 0', {TableName: HASH, Limit: -5}, wrongLimit(operation, '-5')),
  one(operation, 'an unknown Select', {TableName: HASH, Select: 'hi'}, wrong('hi', 'select', SELECT)),
  one(operation, 'an index name of two characters', {TableName: HASH, IndexName: 'ab'}, wrong('ab', 'indexName', shortest(3))),
  one(operation, 'an index name of strange characters', {TableName: HASH, IndexName: 'abc;'}, wrong('abc;', 'indexName', NAME)),
  one(operation, 'an index name of 256 characters', {TableName: HASH, IndexName: LONG}, wrong(LONG, 'indexName', longest(255))),
  one(operation, 'an empty index name', {TableName: HASH, IndexName: ''}, wrong('', 'indexName', NAME), wrong('', 'indexName', shortest(3))),
  one(operation, 'many failures', {TableName: 'a;', IndexName: 'a;', Limit: 0, Select: 'x', ReturnConsumedCapacity: 'x'},
    wrong('a;', 'tableName', NAME), wrong('a;', 'tableName', shortest(3)), wrong('a;', 'indexName', NAME), wrong('a;', 'indexName', shortest(3)),
    wrongLimit(operation, '0'), wrong('x', 'select', SELECT), wrong('x', 'returnConsumedCapacity', CAPACITY)),
]);

const segments: readonly ConformanceCase[] = [
  one('Scan', 'a segment below 0', {TableName: HASH, Segment: -1, TotalSegments: 1}, wrong('-1', 'segment', least(0))),
  one('Scan', 'a segment of 1,000,000', {TableName: HASH, Segment: 1_000_000, TotalSegments: 1}, wrong('1000000', 'segment', most(999_999))),
  one('Scan', 'no segments in total', {TableName: HASH, TotalSegments: 0, Segment: 0}, wrong('0', 'totalSegments', least(1))),
  one('Scan', 'more than 1,000,000 segments', {TableName: HASH, TotalSegments: 1_000_001, Segment: 0}, wrong('1000001', 'totalSegments', most(1_000_000))),
];

const keys = (count: number): readonly Body[] => Array.from({length: count}, (_none, i) => ({pk: {S: String(i)}}));
/** Where the order of the joined failures is known it is compared. */
function inOrder(operation: string, name: string, body: Body, ...failures: readonly string[]): ConformanceCase {
  return proves('7 Constraint', `${operation}: ${name}`, invalid(operation, body, `${failures.length} validation error${failures.length === 1 ? '' : 's'} detected: ${failures.join('; ')}`));
}
const enums = {ReturnConsumedCapacity: 'x', ReturnItemCollectionMetrics: 'x', ReturnValues: 'x', ConditionalOperator: 'x'} as const;
const [BAD_CAPACITY, BAD_METRICS, BAD_VALUES, BAD_OPERATOR] = [
  wrong('x', 'returnConsumedCapacity', CAPACITY), wrong('x', 'returnItemCollectionMetrics', METRICS), wrong('x', 'returnValues', RETURN_VALUES),
  wrong('x', 'conditionalOperator', oneOf('OR', 'AND')),
];
const BAD_NAME = wrong('', 'tableName', shortest(1));
const orders: readonly ConformanceCase[] = [
  inOrder('GetItem', 'the order of failures', {TableName: '', ReturnConsumedCapacity: 'x', AttributesToGet: []}, BAD_CAPACITY, wrong('[]', 'attributesToGet', shortest(1)), BAD_NAME, nothing('key')),
  inOrder('PutItem', 'the order of failures', {TableName: '', ...enums}, BAD_CAPACITY, BAD_NAME, nothing('item'), BAD_OPERATOR, BAD_VALUES, BAD_METRICS),
  inOrder('UpdateItem', 'the order of failures', {TableName: '', ...enums}, BAD_CAPACITY, BAD_NAME, BAD_METRICS, BAD_VALUES, BAD_OPERATOR, nothing('key')),
  inOrder('UpdateItem', 'an empty table name and no key', {TableName: ''}, BAD_NAME, nothing('key')),
  inOrder('DeleteItem', 'the order of failures', {TableName: '', ...enums}, BAD_CAPACITY, BAD_NAME, BAD_VALUES, BAD_METRICS, BAD_OPERATOR, nothing('key')),
  inOrder('Query', 'the order of failures', {TableName: '', ReturnConsumedCapacity: 'x', IndexName: 'ab', Select: 'x', Limit: 0, AttributesToGet: [], ConditionalOperator: 'x', QueryFilter: {a: {}}},
    wrong('x', 'select', SELECT), wrong('ab', 'indexName', shortest(3)), BAD_CAPACITY, nothing('queryFilter.a.member.comparisonOperator'), BAD_NAME, BAD_OPERATOR,
    wrong('[]', 'attributesToGet', shortest(1)), wrongLimit('Query', '0')),
  inOrder('Scan', 'the order of failures', {TableName: '', ReturnConsumedCapacity: 'x', IndexName: 'ab', Select: 'x', Limit: 0, Segment: -1, TotalSegments: 0, ScanFilter: {a: {}}},
    wrong('x', 'select', SELECT), wrong('ab', 'indexName', shortest(3)), wrong('0', 'totalSegments', least(1)), BAD_CAPACITY, BAD_NAME,
    nothing('scanFilter.a.member.comparisonOperator'), wrong('-1', 'segment', least(0)), wrong('0', 'limit', least(1))),
  inOrder('BatchWriteItem', 'the order of failures', {ReturnConsumedCapacity: 'x', ReturnItemCollectionMetrics: 'x', RequestItems: {abc: [{PutRequest: {}, DeleteRequest: {}}]}},
    BAD_CAPACITY, BAD_METRICS, nothing('requestItems.abc.member.1.member.deleteRequest.key'), nothing('requestItems.abc.member.1.member.putRequest.item')),
  inOrder('BatchGetItem', 'the order of failures', {ReturnConsumedCapacity: 'x', RequestItems: {abc: {}}}, BAD_CAPACITY, nothing('requestItems.abc.member.keys')),
  inOrder('ListTables', 'the order of failures', {Limit: 0, ExclusiveStartTableName: ''}, wrong('0', 'limit', least(1)), wrong('', 'exclusiveStartTableName', NAME), wrong('', 'exclusiveStartTableName', shortest(3))),
  inOrder('CreateTable', 'structures are shown by the names of their classes', {
    TableName: 'abc', AttributeDefinitions: [], BillingMode: 'PAY_PER_REQUEST',
    KeySchema: [['a', 'HASH'], ['b', 'RANGE'], ['c', 'RANGE']].map(([AttributeName, KeyType]) => ({AttributeName, KeyType})),
  }, wrong('[KeySchemaElement(attributeName=a, keyType=HASH), KeySchemaElement(attributeName=b, keyType=RANGE), KeySchemaElement(attributeName=c, keyType=RANGE)]', 'keySchema', longest(2))),
];

const batches: readonly ConformanceCase[] = [
  one('BatchGetItem', 'no tables member', {}, nothing('requestItems')),
  one('BatchGetItem', 'no tables', {RequestItems: {}}, wrong('{}', 'requestItems', shortest(1))),
  one('BatchGetItem', 'a table without keys', {RequestItems: {abc: {}}}, nothing('requestItems.abc.member.keys')),
  one('BatchGetItem', 'an empty list of keys', {RequestItems: {abc: {Keys: []}}}, wrong('[]', 'requestItems.abc.member.keys', shortest(1))),
  proves('7 Constraint', 'BatchGetItem: 101 keys of one table', invalid('BatchGetItem', {RequestItems: {abc: {Keys: keys(101)}}}, new Matcher('too many keys',
    (value) => typeof value === 'string' && /^1 validation error detected: Value '\[.*' at 'requestItems\.abc\.member\.keys' failed to satisfy constraint: Member must have length less than or equal to 100$/.test(value)))),
  one('BatchGetItem', 'an unknown ReturnConsumedCapacity', {RequestItems: {abc: {Keys: [key]}}, ReturnConsumedCapacity: 'x'}, wrong('x', 'returnConsumedCapacity', CAPACITY)),
  proves('7 Batch', 'BatchGetItem: 101 keys of two tables', invalid('BatchGetItem', {RequestItems: {abc: {Keys: keys(100)}, abd: {Keys: keys(1)}}}, 'Too many items requested for the BatchGetItem call')),
  one('BatchWriteItem', 'no tables member', {}, nothing('requestItems')),
  one('BatchWriteItem', 'no tables', {RequestItems: {}}, wrong('{}', 'requestItems', shortest(1))),
  one('BatchWriteItem', 'unknown enumerations', {RequestItems: {abc: [{DeleteRequest: {Key: key}}]}, ReturnConsumedCapacity: 'x', ReturnItemCollectionMetrics: 'y'},
    wrong('x', 'returnConsumedCapacity', CAPACITY), wrong('y', 'returnItemCollectionMetrics', METRICS)),
  one('BatchWriteItem', 'a put without item', {RequestItems: {abc: [{PutRequest: {}}]}}, nothing('requestItems.abc.member.1.member.putRequest.item')),
  one('BatchWriteItem', 'a delete without key', {RequestItems: {abc: [{DeleteRequest: {}}]}}, nothing('requestItems.abc.member.1.member.deleteRequest.key')),
  proves('7 Batch', 'BatchWriteItem: an empty list of writes', invalid('BatchWriteItem', {RequestItems: {abc: []}},
    "1 validation error detected: Value '{abc=[]}' at 'requestItems' failed to satisfy constraint: Map value must satisfy constraint: [Member must have length less than or equal to 25, Member must have length greater than or equal to 1]")),
  proves('7 Batch', 'BatchWriteItem: 26 writes of one table', invalid('BatchWriteItem', {RequestItems: {abc: keys(26).map((Key) => ({DeleteRequest: {Key}}))}}, new Matcher('too many writes',
    (value) => typeof value === 'string' && value.endsWith("at 'requestItems' failed to satisfy constraint: Map value must satisfy constraint: [Member must have length less than or equal to 25, Member must have length greater than or equal to 1]")))),
  proves('7 Batch', 'BatchWriteItem: 26 writes of two tables', invalid('BatchWriteItem', {RequestItems: {
    abc: keys(25).map((Key) => ({DeleteRequest: {Key}})), abd: [{DeleteRequest: {Key: key}}],
  }}, 'Too many items requested for the BatchWriteItem call')),
];

const definition = {AttributeDefinitions: [{AttributeName: 'pk', AttributeType: 'S'}], KeySchema: [{AttributeName: 'pk', KeyType: 'HASH'}]};
const required = "The parameter 'TableName' is required but was not present in the request";
const tableLength = 'TableName must be at least 3 characters long and at most 255 characters long';
const control: readonly ConformanceCase[] = ['CreateTable', 'UpdateTable', 'DescribeTable', 'DeleteTable', 'DescribeTimeToLive', 'DescribeContinuousBackups'].flatMap((operation) => [
  proves('7 Required', `${operation}: no table name`, invalid(operation, {}, required)),
  proves('7 Required', `${operation}: an empty table name`, invalid(operation, {TableName: ''}, tableLength)),
  proves('7 Required', `${operation}: a table name of two characters`, invalid(operation, {TableName: 'ab'}, tableLength)),
  proves('7 Required', `${operation}: a table name of 256 characters`, invalid(operation, {TableName: LONG}, tableLength)),
  proves('1.1 order', `${operation}: a short name is reported before strange characters`, invalid(operation, {TableName: '?'}, tableLength)),
  ...(operation === 'CreateTable' ? [] : [one(operation, 'a table name of strange characters', {TableName: 'abc;def'}, wrong('abc;def', 'tableName', NAME))]),
]);
const index = {IndexName: 'abc', KeySchema: definition.KeySchema, Projection: {ProjectionType: 'ALL'}};
const create = (name: string, more: Body, ...failures: readonly string[]): ConformanceCase => one('CreateTable', name, {TableName: 'abc', ...definition, ...more}, ...failures);
const tables: readonly ConformanceCase[] = [
  one('CreateTable', 'nothing but a wrong name', {TableName: 'abc;def'}, wrong('abc;def', 'tableName', NAME), nothing('attributeDefinitions'), nothing('keySchema')),
  create('an unknown billing mode', {BillingMode: 'x'}, wrong('x', 'billingMode', oneOf('PROVISIONED', 'PAY_PER_REQUEST'))),
  create('an unknown table class', {BillingMode: 'PAY_PER_REQUEST', TableClass: 'x'}, wrong('x', 'tableClass', oneOf('STANDARD', 'STANDARD_INFREQUENT_ACCESS'))),
  create('an empty throughput', {ProvisionedThroughput: {}}, nothing('provisionedThroughput.writeCapacityUnits'), nothing('provisionedThroughput.readCapacityUnits')),
  create('no units', {ProvisionedThroughput: {ReadCapacityUnits: 0, WriteCapacityUnits: -1}},
    wrong('0', 'provisionedThroughput.readCapacityUnits', least(1)), wrong('-1', 'provisionedThroughput.writeCapacityUnits', least(1))),
  create('an empty key schema', {KeySchema: []}, wrong('[]', 'keySchema', shortest(1))),
  create('empty elements', {KeySchema: [{}], AttributeDefinitions: [{}]}, nothing('attributeDefinitions.1.member.attributeName'), nothing('attributeDefinitions.1.member.attributeType'),
    nothing('keySchema.1.member.attributeName'), nothing('keySchema.1.member.keyType')),
  create('unknown types of keys and attributes', {KeySchema: [{AttributeName: 'pk', KeyType: 'X'}], AttributeDefinitions: [{AttributeName: 'pk', AttributeType: 'SS'}]},
    wrong('SS', 'attributeDefinitions.1.member.attributeType', oneOf('B', 'N', 'S')), wrong('X', 'keySchema.1.member.keyType', oneOf('HASH', 'RANGE'))),
  create('an empty attribute name', {KeySchema: [{AttributeName: '', KeyType: 'HASH'}]}, wrong('', 'keySchema.1.member.attributeName', shortest(1))),
  create('an attribute name of 256 characters', {KeySchema: [{AttributeName: LONG, KeyType: 'HASH'}]}, wrong(LONG, 'keySchema.1.member.attributeName', longest(255))),
  proves('7 Constraint', 'CreateTable: three key elements', invalid('CreateTable', {TableName: 'abc', ...definition, KeySchema: [1, 2, 3].map((n) => ({AttributeName: `a${n}`, KeyType: n === 1 ? 'HASH' : 'RANGE'}))},
    new Matcher('that the key schema is too long', (value) => typeof value === 'string' && value.startsWith("1 validation error detected: Value '[")
      && value.endsWith("' at 'keySchema' failed to satisfy constraint: Member must have length less than or equal to 2")))),
  ...['LocalSecondaryIndexes', 'GlobalSecondaryIndexes'].flatMap((member) => {
    const path = member.charAt(0).toLowerCase() + member.slice(1);
    return [
      create(`an empty element of ${member}`, {[member]: [{}]}, nothing(`${path}.1.member.indexName`), nothing(`${path}.1.member.keySchema`), nothing(`${path}.1.member.projection`)),
      create(`a short index name in ${member}`, {[member]: [{...index, IndexName: 'h;'}]}, wrong('h;', `${path}.1.member.indexName`, NAME), wrong('h;', `${path}.1.member.indexName`, shortest(3))),
      create(`an empty key schema in ${member}`, {[member]: [{...index, KeySchema: []}]}, wrong('[]', `${path}.1.member.keySchema`, shortest(1))),
      create(`an unknown projection in ${member}`, {[member]: [{...index, Projection: {ProjectionType: 'x', NonKeyAttributes: []}}]},
        wrong('x', `${path}.1.member.projection.projectionType`, oneOf('ALL', 'INCLUDE', 'KEYS_ONLY')), wrong('[]', `${path}.1.member.projection.nonKeyAttributes`, shortest(1))),
      create(`21 projected attributes in ${member}`, {[member]: [{...index, Projection: {ProjectionType: 'INCLUDE', NonKeyAttributes: Array.from({length: 21}, (_none, i) => `a${i}`)}}]},
        wrong(`[${Array.from({length: 21}, (_none, i) => `a${i}`).join(', ')}]`, `${path}.1.member.projection.nonKeyAttributes`, longest(20))),
    ];
  }),
  create('a stream without a word on whether', {StreamSpecification: {StreamViewType: 'x'}}, nothing('streamSpecification.streamEnabled'),
    wrong('x', 'streamSpecification.streamViewType', oneOf('NEW_IMAGE', 'OLD_IMAGE', 'NEW_AND_OLD_IMAGES', 'KEYS_ONLY'))),
  create('an unknown encryption', {SSESpecification: {SSEType: 'x'}}, wrong('x', 'sSESpecification.sSEType', oneOf('AES256', 'KMS'))),
  create('a warm throughput of 0', {WarmThroughput: {ReadUnitsPerSecond: 0, WriteUnitsPerSecond: 0}}, wrong('0', 'warmThroughput.readUnitsPerSecond', least(1)), wrong('0', 'warmThroughput.writeUnitsPerSecond', least(1))),
  create('an empty tag', {Tags: [{}]}, nothing('tags.1.member.key'), nothing('tags.1.member.value')),
  create('tags of wrong length', {Tags: [{Key: '', Value: LONG + LONG}]}, wrong('', 'tags.1.member.key', shortest(1)), wrong(LONG + LONG, 'tags.1.member.value', longest(256))),
  one('CreateTable', 'more than ten failures show ten', {TableName: 'a;b', BillingMode: 'x', TableClass: 'x', KeySchema: [], AttributeDefinitions: [{}, {}, {}, {}]},
    ...[1, 2, 3, 4].flatMap((n) => [nothing(`attributeDefinitions.${n}.member.attributeName`), nothing(`attributeDefinitions.${n}.member.attributeType`)]),
    wrong('a;b', 'tableName', NAME), wrong('[]', 'keySchema', shortest(1))),
  one('ListTables', 'a limit of 0', {Limit: 0}, wrong('0', 'limit', least(1))),
  one('ListTables', 'a limit of 101', {Limit: 101}, wrong('101', 'limit', most(100))),
  one('ListTables', 'an empty start', {ExclusiveStartTableName: ''}, wrong('', 'exclusiveStartTableName', NAME), wrong('', 'exclusiveStartTableName', shortest(3))),
  one('ListTables', 'a short start of strange characters', {ExclusiveStartTableName: 'h;'}, wrong('h;', 'exclusiveStartTableName', NAME), wrong('h;', 'exclusiveStartTableName', shortest(3))),
  one('ListTables', 'a start of 256 characters', {ExclusiveStartTableName: LONG}, wrong(LONG, 'exclusiveStartTableName', longest(255))),
  one('UpdateTable', 'units of 0', {TableName: 'abc', ProvisionedThroughput: {ReadCapacityUnits: 0, WriteCapacityUnits: 0}},
    wrong('0', 'provisionedThroughput.readCapacityUnits', least(1)), wrong('0', 'provisionedThroughput.writeCapacityUnits', least(1))),
  one('UpdateTable', 'an index update without its members', {TableName: 'abc', GlobalSecondaryIndexUpdates: [{Update: {}}]},
    nothing('globalSecondaryIndexUpdates.1.member.update.indexName'), nothing('globalSecondaryIndexUpdates.1.member.update.provisionedThroughput')),
  ...['TagResource', 'UntagResource', 'ListTagsOfResource'].map((operation) => proves('7 Tags', `${operation}: no ARN`, invalid(operation, {}, 'Invalid TableArn'))),
  one('TagResource', 'no tags', {ResourceArn: 'abc'}, nothing('tags')),
  one('UntagResource', 'no keys of tags', {ResourceArn: 'abc'}, nothing('tagKeys')),
  one('TagResource', 'an empty ARN and an empty tag', {ResourceArn: '', Tags: [{}]}, wrong('', 'resourceArn', shortest(1)), nothing('tags.1.member.key'), nothing('tags.1.member.value')),
  one('UntagResource', 'a key of a tag of 129 characters', {ResourceArn: 'abc', TagKeys: ['a'.repeat(129)]}, wrong('a'.repeat(129), 'tagKeys.1.member', longest(128))),
  one('ListBackups', 'a limit of 101 and an unknown type', {Limit: 101, BackupType: 'x'}, wrong('101', 'limit', most(100)), wrong('x', 'backupType', oneOf('USER', 'SYSTEM', 'AWS_BACKUP', 'ALL'))),
  one('ListExports', 'no results', {MaxResults: 0}, wrong('0', 'maxResults', least(1))),
  one('ListImports', 'a page of 26 and a short token', {PageSize: 26, NextToken: 'a'}, wrong('26', 'pageSize', most(25)), wrong('a', 'nextToken', shortest(112))),
  one('ListGlobalTables', 'a limit of 0', {Limit: 0}, wrong('0', 'limit', least(1))),
  one('ListContributorInsights', '101 results', {MaxResults: 101}, wrong('101', 'maxResults', most(100))),
  one('DescribeBackup', 'no ARN', {}, nothing('backupArn')),
  one('DescribeBackup', 'a short ARN', {BackupArn: 'abc'}, wrong('abc', 'backupArn', shortest(37))),
  one('DescribeExport', 'no ARN', {}, nothing('exportArn')),
  one('DescribeImport', 'no ARN', {}, nothing('importArn')),
  one('DescribeGlobalTable', 'no name', {}, nothing('globalTableName')),
];

export const CONSTRAINTS: Area = {
  name: 'constraints',
  title: 'Required members and constraints',
  cases: [...tableNames, ...returned, ...pages, ...segments, ...orders, ...batches, ...control, ...tables],
};
