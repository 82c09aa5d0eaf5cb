import type {Area, Body, ConformanceCase, Step} from '../conformance-case.js';
import {empty, fails, gives, has, invalid, proves, until, untilGone} from '../conformance-case.js';
import type {Json} from '../json.js';
import {Matcher, absent, anyNumber, anyOrder, anyPositive, including, pattern} from '../json.js';
import {HASH, INDEXED, MISSING, RANGE, tableBody} from '../suite-tables.js';

const P = 'One or more parameter values were invalid: ';
const NAME = 'Conformance.Made';
const definition = tableBody(NAME, {name: 'pk', type: 'S'});
const withRange = tableBody(NAME, {name: 'pk', type: 'S'}, {name: 'sk', type: 'N'});
const notFound = (name: string): string => `Requested resource not found: Table: ${name} not found`;
const UUID = pattern(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/);
const arnOf = (name: string): Matcher => pattern(new RegExp(`^arn:aws:dynamodb:[a-z0-9-]+:[0-9]{12}:table/${name.replaceAll('.', '\\.')}$`));
/** A refusal whose words are not known for certain. */
const UNKNOWN = new Matcher('any text', (value) => typeof value === 'string');
const TOO_MANY_DECREASES = pattern(/^Subscriber limit exceeded: Provisioned throughput decreases are limited within a given UTC day\. After the first 4 decreases, each subsequent decrease in the same UTC day can be performed at most once every 3600 seconds\. Number of decreases today: 4\. Last decrease at .* UTC\. Next decrease can be made at .* UTC$/);
const isActive = new Matcher('an active table', (value) => (value as {TableStatus?: unknown} | undefined)?.TableStatus === 'ACTIVE');
const active = (TableName: string): Step => until('DescribeTable', {TableName}, {Table: isActive});
const removed = (TableName: string): readonly Step[] => [has('DeleteTable', {TableName}, {TableDescription: including({TableStatus: 'DELETING'})}), untilGone('DescribeTable', {TableName})];

/** CreateTable with something wrong in it. */
const refused = (name: string, more: Body, message: string | Matcher, base: Body = definition): ConformanceCase =>
  proves('7 CreateTable', `create: ${name}`, invalid('CreateTable', {...base, ...more}, message));

const index = (IndexName: string, keys: readonly (readonly [string, string])[], more: Readonly<Record<string, Json>> = {}): Json => ({
  IndexName, KeySchema: keys.map(([AttributeName, KeyType]) => ({AttributeName, KeyType})), Projection: {ProjectionType: 'ALL'}, ...more,
});
const defined = (...names: readonly string[]): Body => ({AttributeDefinitions: names.map((AttributeName) => ({AttributeName, AttributeType: AttributeName === 'sk' ? 'N' : 'S'}))});
const local = (more: Readonly<Record<string, Json>> = {}): Json => index('local', [['pk', 'HASH'], ['lk', 'RANGE']], more);
const global = (more: Readonly<Record<string, Json>> = {}): Json => index('global', [['gk', 'HASH']], more);
const THROUGHPUT = {ReadCapacityUnits: 1, WriteCapacityUnits: 1};

/** A table that is made with `more`, described with `described`, and dropped. */
const made = (name: string, more: Body, described: Readonly<Record<string, Json>>): ConformanceCase => proves('4 CreateTable', `create: ${name}`,
  has('CreateTable', {...definition, ...more}, {TableDescription: including({TableStatus: 'CREATING', ItemCount: 0, TableSizeBytes: 0, TableName: NAME})}),
  active(NAME), has('DescribeTable', {TableName: NAME}, {Table: including({TableName: NAME, TableStatus: 'ACTIVE', ...described})}), ...removed(NAME));

const ARN = `arn:aws:dynamodb:us-east-1:000000000000:table/${HASH}`;
const BAD_ARN = (arn: string): string => `Invalid TableArn: Invalid ResourceArn provided as input ${arn}`;
const noTable = (operation: string, body: Body = {}): ConformanceCase =>
  proves('7 Table', `${operation} of a table that is not there`, fails(operation, {TableName: MISSING, ...body}, 'ResourceNotFoundException', notFound(MISSING)));

export const TABLES: Area = {
  name: 'tables',
  title: 'Tables and their life',
  cases: [
    proves('8 CreateTable return', 'create: what is answered at once', gives('CreateTable', definition, {TableDescription: {
      TableName: NAME, TableStatus: 'CREATING', ItemCount: 0, TableSizeBytes: 0, TableId: UUID, TableArn: arnOf(NAME), CreationDateTime: anyPositive, AttributeDefinitions: definition['AttributeDefinitions'] as Json,
      KeySchema: definition['KeySchema'] as Json, ProvisionedThroughput: {NumberOfDecreasesToday: 0, ReadCapacityUnits: 0, WriteCapacityUnits: 0},
      BillingModeSummary: including({BillingMode: 'PAY_PER_REQUEST'}), DeletionProtectionEnabled: false,
    }}), fails('CreateTable', definition, 'ResourceInUseException', `Table already exists: ${NAME}`), active(NAME),
    gives('DescribeTable', {TableName: NAME}, {Table: {
      TableName: NAME, TableStatus: 'ACTIVE', ItemCount: 0, TableSizeBytes: 0, TableId: UUID, TableArn: arnOf(NAME), CreationDateTime: anyPositive, AttributeDefinitions: definition['AttributeDefinitions'] as Json,
      KeySchema: definition['KeySchema'] as Json, ProvisionedThroughput: {NumberOfDecreasesToday: 0, ReadCapacityUnits: 0, WriteCapacityUnits: 0},
      BillingModeSummary: {BillingMode: 'PAY_PER_REQUEST', LastUpdateToPayPerRequestDateTime: anyPositive}, DeletionProtectionEnabled: false,
    }}),
    fails('CreateTable', definition, 'ResourceInUseException', `Table already exists: ${NAME}`),
    gives('DeleteTable', {TableName: NAME}, {TableDescription: {
      TableName: NAME, TableStatus: 'DELETING', ItemCount: 0, TableSizeBytes: 0, TableId: UUID, TableArn: arnOf(NAME),
      ProvisionedThroughput: {NumberOfDecreasesToday: 0, ReadCapacityUnits: 0, WriteCapacityUnits: 0}, BillingModeSummary: including({BillingMode: 'PAY_PER_REQUEST'}), DeletionProtectionEnabled: false,
    }}),
    untilGone('DescribeTable', {TableName: NAME}), fails('DeleteTable', {TableName: NAME}, 'ResourceNotFoundException', notFound(NAME)),
    fails('DescribeTable', {TableName: NAME}, 'ResourceNotFoundException', notFound(NAME)), fails('GetItem', {TableName: NAME, Key: {pk: {S: 'a'}}}, 'ResourceNotFoundException', 'Requested resource not found')),
    proves('4.1 TableStatus', 'a table made anew has none of the old items',
      has('CreateTable', definition, {}), active(NAME), gives('PutItem', {TableName: NAME, Item: {pk: {S: 'old'}}}, {}), ...removed(NAME),
      has('CreateTable', definition, {}), active(NAME), gives('GetItem', {TableName: NAME, Key: {pk: {S: 'old'}}, ConsistentRead: true}, {}), ...removed(NAME)),
    made('provisioned throughput', {BillingMode: 'PROVISIONED', ProvisionedThroughput: {ReadCapacityUnits: 3, WriteCapacityUnits: 2}},
      {ProvisionedThroughput: {NumberOfDecreasesToday: 0, ReadCapacityUnits: 3, WriteCapacityUnits: 2}, BillingModeSummary: absent}),
    made('provisioned is the default', {BillingMode: undefined, ProvisionedThroughput: THROUGHPUT}, {ProvisionedThroughput: {NumberOfDecreasesToday: 0, ...THROUGHPUT}}),
    made('a sort key', withRange, {KeySchema: withRange['KeySchema'] as Json, AttributeDefinitions: anyOrder(withRange['AttributeDefinitions'] as readonly Json[])}),
    made('a table class', {TableClass: 'STANDARD_INFREQUENT_ACCESS'}, {TableClassSummary: {TableClass: 'STANDARD_INFREQUENT_ACCESS'}}),
    made('encryption with a key', {SSESpecification: {Enabled: true, SSEType: 'KMS'}}, {SSEDescription: including({Status: 'ENABLED', SSEType: 'KMS'})}),
    made('a stream is described', {StreamSpecification: {StreamEnabled: true, StreamViewType: 'NEW_IMAGE'}}, {StreamSpecification: {StreamEnabled: true, StreamViewType: 'NEW_IMAGE'}}),
    made('maxima of an on-demand table', {OnDemandThroughput: {MaxReadRequestUnits: 10, MaxWriteRequestUnits: 5}}, {OnDemandThroughput: {MaxReadRequestUnits: 10, MaxWriteRequestUnits: 5}}),
    made('warm throughput', {WarmThroughput: {ReadUnitsPerSecond: 12_000, WriteUnitsPerSecond: 4000}}, {WarmThroughput: including({ReadUnitsPerSecond: 12_000, WriteUnitsPerSecond: 4000})}),
    made('a maximum of -1 is none', {OnDemandThroughput: {MaxReadRequestUnits: -1, MaxWriteRequestUnits: 5}}, {OnDemandThroughput: including({MaxWriteRequestUnits: 5})}),
    made('maxima and warm throughput of an index', {...withRange, ...defined('pk', 'sk', 'gk'), GlobalSecondaryIndexes: [global({OnDemandThroughput: {MaxReadRequestUnits: 9}, WarmThroughput: {ReadUnitsPerSecond: 12_000}})]},
      {GlobalSecondaryIndexes: [including({OnDemandThroughput: {MaxReadRequestUnits: 9}, WarmThroughput: including({ReadUnitsPerSecond: 12_000})})]}),
    made('indexes', {...withRange, ...defined('pk', 'sk', 'lk', 'gk'), LocalSecondaryIndexes: [local({Projection: {ProjectionType: 'KEYS_ONLY'}})],
      GlobalSecondaryIndexes: [global({Projection: {ProjectionType: 'INCLUDE', NonKeyAttributes: ['a', 'b']}})]}, {
      LocalSecondaryIndexes: [{
        IndexName: 'local', KeySchema: [{AttributeName: 'pk', KeyType: 'HASH'}, {AttributeName: 'lk', KeyType: 'RANGE'}], Projection: {ProjectionType: 'KEYS_ONLY'}, IndexSizeBytes: 0, ItemCount: 0,
        IndexArn: pattern(/table\/Conformance\.Made\/index\/local$/),
      }],
      GlobalSecondaryIndexes: [including({
        IndexName: 'global', KeySchema: [{AttributeName: 'gk', KeyType: 'HASH'}], IndexStatus: 'ACTIVE', IndexSizeBytes: 0, ItemCount: 0, IndexArn: pattern(/table\/Conformance\.Made\/index\/global$/),
        ProvisionedThroughput: including({ReadCapacityUnits: 0, WriteCapacityUnits: 0}), Backfilling: absent,
        Projection: {ProjectionType: 'INCLUDE', NonKeyAttributes: ['a', 'b']},
      })],
    }),
    made('a global index with the keys of its table', {...withRange, GlobalSecondaryIndexes: [index('same', [['pk', 'HASH'], ['sk', 'RANGE']])]}, {GlobalSecondaryIndexes: [including({IndexName: 'same'})]}),
    proves('4.1 DeletionProtectionEnabled', 'a protected table is not deleted', has('CreateTable', {...definition, DeletionProtectionEnabled: true}, {}), active(NAME),
      has('DescribeTable', {TableName: NAME}, {Table: including({DeletionProtectionEnabled: true})}),
      invalid('DeleteTable', {TableName: NAME}, 'Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.'),
      has('UpdateTable', {TableName: NAME, DeletionProtectionEnabled: false}, {}), active(NAME), ...removed(NAME)),
    // CreateTable refused.
    refused('provisioned without throughput', {BillingMode: 'PROVISIONED'}, `${P}ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED`),
    refused('by request with throughput', {ProvisionedThroughput: THROUGHPUT}, `${P}Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST`),
    refused('no hash key', {KeySchema: [{AttributeName: 'pk', KeyType: 'RANGE'}]}, 'Invalid KeySchema: The first KeySchemaElement is not a HASH key type'),
    refused('the same key twice', {KeySchema: [{AttributeName: 'pk', KeyType: 'HASH'}, {AttributeName: 'pk', KeyType: 'RANGE'}]}, 'Both the Hash Key and the Range Key element in the KeySchema have the same name'),
    refused('two hash keys', {...defined('pk', 'sk'), KeySchema: [{AttributeName: 'pk', KeyType: 'HASH'}, {AttributeName: 'sk', KeyType: 'HASH'}]}, 'Invalid KeySchema: The second KeySchemaElement is not a RANGE key type'),
    refused('a key that is not defined', {AttributeDefinitions: [{AttributeName: 'b', AttributeType: 'S'}]}, `${P}Some index key attributes are not defined in AttributeDefinitions. Keys: [pk], AttributeDefinitions: [b]`),
    refused('no definitions', {AttributeDefinitions: []}, `${P}Some index key attributes are not defined in AttributeDefinitions. Keys: [pk], AttributeDefinitions: []`),
    refused('a definition that no key uses', defined('pk', 'b'), `${P}Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions`),
    refused('a definition given twice', {AttributeDefinitions: [{AttributeName: 'pk', AttributeType: 'S'}, {AttributeName: 'pk', AttributeType: 'S'}]},
      `${P}Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions`),
    refused('an empty list of local indexes', {LocalSecondaryIndexes: []}, `${P}List of LocalSecondaryIndexes is empty`, withRange),
    refused('an empty list of global indexes', {GlobalSecondaryIndexes: []}, `${P}List of GlobalSecondaryIndexes is empty`),
    refused('a local index of a table without sort key', {...defined('pk', 'lk'), LocalSecondaryIndexes: [local()]},
      `${P}Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex`),
    refused('a local index without sort key', {LocalSecondaryIndexes: [index('local', [['pk', 'HASH']])]}, `${P}Index KeySchema does not have a range key for index: local`, withRange),
    refused('a local index of another hash key', {...defined('pk', 'sk', 'lk'), LocalSecondaryIndexes: [index('local', [['lk', 'HASH'], ['sk', 'RANGE']])]},
      `${P}Index KeySchema does not have the same leading hash key as table KeySchema for index: local. index hash key: lk, table hash key: pk`, withRange),
    refused('an index key that is not defined', {LocalSecondaryIndexes: [local()]}, `${P}Some index key attributes are not defined in AttributeDefinitions. Keys: [pk, lk], AttributeDefinitions: [pk, sk]`, withRange),
    refused('one name of two local indexes', {...defined('pk', 'sk', 'lk'), LocalSecondaryIndexes: [local(), local()]}, `${P}Duplicate index name: local`, withRange),
    refused('one name of a local and a global index', {...defined('pk', 'sk', 'lk', 'gk'), LocalSecondaryIndexes: [local()], GlobalSecondaryIndexes: [index('local', [['gk', 'HASH']])]}, `${P}Duplicate index name: local`, withRange),
    refused('no projection type', {...defined('pk', 'gk'), GlobalSecondaryIndexes: [global({Projection: {}})]}, `${P}Unknown ProjectionType: null`),
    refused('projected names with ALL', {...defined('pk', 'gk'), GlobalSecondaryIndexes: [global({Projection: {ProjectionType: 'ALL', NonKeyAttributes: ['a']}})]}, `${P}ProjectionType is ALL, but NonKeyAttributes is specified`),
    refused('projected names with KEYS_ONLY', {...defined('pk', 'gk'), GlobalSecondaryIndexes: [global({Projection: {ProjectionType: 'KEYS_ONLY', NonKeyAttributes: ['a']}})]}, `${P}ProjectionType is KEYS_ONLY, but NonKeyAttributes is specified`),
    refused('no projected names with INCLUDE', {...defined('pk', 'gk'), GlobalSecondaryIndexes: [global({Projection: {ProjectionType: 'INCLUDE'}})]}, `${P}ProjectionType is INCLUDE, but NonKeyAttributes is not specified`),
    refused('six local indexes', {...defined('pk', 'sk', 'lk'), LocalSecondaryIndexes: Array.from({length: 6}, (_none, i) => index(`local-${i}`, [['pk', 'HASH'], ['lk', 'RANGE']]))},
      `${P}Number of LocalSecondaryIndexes exceeds per-table limit of 5`, withRange),
    refused('21 global indexes', {...defined('pk', 'gk'), GlobalSecondaryIndexes: Array.from({length: 21}, (_none, i) => index(`global-${i}`, [['gk', 'HASH']]))}, `${P}GlobalSecondaryIndex count exceeds the per-table limit of 20`),
    refused('101 projected names over all indexes', {...defined('pk', 'gk'), GlobalSecondaryIndexes: Array.from({length: 6}, (_none, i) => index(`global-${i}`, [['gk', 'HASH']],
      {Projection: {ProjectionType: 'INCLUDE', NonKeyAttributes: Array.from({length: i === 5 ? 1 : 20}, (_inner, n) => `a${n}`)}}))}, UNKNOWN),
    refused('on-demand maxima of a provisioned table', {BillingMode: 'PROVISIONED', ProvisionedThroughput: THROUGHPUT, OnDemandThroughput: {MaxReadRequestUnits: 5}}, UNKNOWN),
    refused('a maximum of 0', {OnDemandThroughput: {MaxReadRequestUnits: 0}}, UNKNOWN),
    refused('a maximum of -2', {OnDemandThroughput: {MaxWriteRequestUnits: -2}}, UNKNOWN),
    refused('a stream without a view', {StreamSpecification: {StreamEnabled: true}}, UNKNOWN),
    refused('a view without a stream', {StreamSpecification: {StreamEnabled: false, StreamViewType: 'NEW_IMAGE'}}, UNKNOWN),
    refused('provisioned throughput of an index billed by request', {...defined('pk', 'gk'), GlobalSecondaryIndexes: [global({ProvisionedThroughput: THROUGHPUT})]}, UNKNOWN),
    refused('an index without throughput of a provisioned table', {...defined('pk', 'gk'), BillingMode: 'PROVISIONED', ProvisionedThroughput: THROUGHPUT, GlobalSecondaryIndexes: [global()]}, UNKNOWN),
    proves('4 CreateTable', 'create: 51 tags', fails('CreateTable', {...definition, Tags: Array.from({length: 51}, (_none, i) => ({Key: `k${i}`, Value: ''}))}, 'LimitExceededException', undefined)),
    // UpdateTable, DescribeTable, DeleteTable, ListTables.
    noTable('DescribeTable'), noTable('DeleteTable'), noTable('UpdateTable', {DeletionProtectionEnabled: true}), noTable('DescribeTimeToLive'),
    proves('2 Table and index names', 'describe: by ARN', has('DescribeTable', {TableName: ARN}, {Table: including({TableName: HASH, KeySchema: [{AttributeName: 'pk', KeyType: 'HASH'}]})})),
    proves('8 DescribeTable', 'describe: members that do not apply are not there', has('DescribeTable', {TableName: HASH}, {Table: including({
      StreamSpecification: absent, SSEDescription: absent, RestoreSummary: absent, LocalSecondaryIndexes: absent, GlobalSecondaryIndexes: absent, LatestStreamArn: absent, ArchivalSummary: absent, OnDemandThroughput: absent,
    })})),
    proves('4 DescribeTable', 'describe: indexes', has('DescribeTable', {TableName: INDEXED}, {Table: including({
      LocalSecondaryIndexes: [including({IndexName: 'local', IndexSizeBytes: anyNumber})], GlobalSecondaryIndexes: [including({IndexName: 'global', IndexStatus: 'ACTIVE'})],
    })})),
    proves('4 DescribeTable', 'describe: counts follow the writes', has('CreateTable', definition, {}), active(NAME),
      ...['1', '2', '3'].map((pk) => gives('PutItem', {TableName: NAME, Item: {pk: {S: pk}, a: {S: 'x'}}}, {})),
      until('DescribeTable', {TableName: NAME}, {Table: including({ItemCount: 3, TableSizeBytes: anyPositive})}), ...removed(NAME)),
    proves('7 UpdateTable', 'update: nothing to change', invalid('UpdateTable', {TableName: HASH},
      'At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates or SSESpecification or ReplicaUpdates is required')),
    proves('7 UpdateTable', 'update: provisioned without throughput', invalid('UpdateTable', {TableName: HASH, BillingMode: 'PROVISIONED'}, `${P}ProvisionedThroughput must be specified when BillingMode is PROVISIONED`)),
    proves('7 UpdateTable', 'update: by request with throughput', invalid('UpdateTable', {TableName: HASH, BillingMode: 'PAY_PER_REQUEST', ProvisionedThroughput: THROUGHPUT},
      `${P}Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST`)),
    proves('7 UpdateTable', 'update: two updates of one index', invalid('UpdateTable', {TableName: HASH, GlobalSecondaryIndexUpdates: [{Delete: {IndexName: 'abc'}}, {Update: {IndexName: 'abc', ProvisionedThroughput: THROUGHPUT}}]},
      `${P}Only one global secondary index update per index is allowed simultaneously. Index: abc`)),
    proves('7 UpdateTable', 'update: two indexes at once', fails('UpdateTable', {TableName: HASH, GlobalSecondaryIndexUpdates: [{Delete: {IndexName: 'abc'}}, {Delete: {IndexName: 'abd'}}]}, 'LimitExceededException',
      'Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table')),
    proves('4 UpdateTable', 'update: throughput, billing mode and back', has('CreateTable', {...definition, BillingMode: 'PROVISIONED', ProvisionedThroughput: THROUGHPUT}, {}), active(NAME),
      invalid('UpdateTable', {TableName: NAME, ProvisionedThroughput: THROUGHPUT}, new Matcher('that nothing changes', (value) =>
        typeof value === 'string' && value.startsWith('The provisioned throughput for the table will not change. The requested value equals the current value. '))),
      has('UpdateTable', {TableName: NAME, ProvisionedThroughput: {ReadCapacityUnits: 5, WriteCapacityUnits: 6}}, {TableDescription: including({TableStatus: 'UPDATING'})}), active(NAME),
      has('DescribeTable', {TableName: NAME}, {Table: including({ProvisionedThroughput: including({ReadCapacityUnits: 5, WriteCapacityUnits: 6})})}),
      has('UpdateTable', {TableName: NAME, BillingMode: 'PAY_PER_REQUEST'}, {}), active(NAME),
      has('DescribeTable', {TableName: NAME}, {Table: including({BillingModeSummary: including({BillingMode: 'PAY_PER_REQUEST'}), ProvisionedThroughput: including({ReadCapacityUnits: 0, WriteCapacityUnits: 0})})}),
      has('UpdateTable', {TableName: NAME, TableClass: 'STANDARD_INFREQUENT_ACCESS'}, {}), active(NAME),
      has('DescribeTable', {TableName: NAME}, {Table: including({TableClassSummary: including({TableClass: 'STANDARD_INFREQUENT_ACCESS'})})}),
      has('UpdateTable', {TableName: NAME, OnDemandThroughput: {MaxReadRequestUnits: 7}}, {}), active(NAME),
      has('DescribeTable', {TableName: NAME}, {Table: including({OnDemandThroughput: including({MaxReadRequestUnits: 7})})}),
      has('UpdateTable', {TableName: NAME, OnDemandThroughput: {MaxWriteRequestUnits: 8}}, {}), active(NAME),
      has('DescribeTable', {TableName: NAME}, {Table: including({OnDemandThroughput: {MaxReadRequestUnits: 7, MaxWriteRequestUnits: 8}})}),
      has('UpdateTable', {TableName: NAME, OnDemandThroughput: {MaxReadRequestUnits: -1, MaxWriteRequestUnits: -1}, WarmThroughput: {ReadUnitsPerSecond: 15_000}}, {}), active(NAME),
      has('DescribeTable', {TableName: NAME}, {Table: including({OnDemandThroughput: absent, WarmThroughput: including({ReadUnitsPerSecond: 15_000})})}),
      invalid('UpdateTable', {TableName: NAME, WarmThroughput: {ReadUnitsPerSecond: 14_999}},
        `${P}Requested ReadUnitsPerSecond for WarmThroughput for table is lower than current WarmThroughput, decreasing WarmThroughput is not supported`), ...removed(NAME)),
    // Limits of changes. The fifth decrease comes within the hour of the first.
    proves('capacity 8 Decrease', 'update: throughput is lowered four times, and not a fifth time in the hour', has('CreateTable', {...definition, BillingMode: 'PROVISIONED', ProvisionedThroughput: {ReadCapacityUnits: 9, WriteCapacityUnits: 9}}, {}), active(NAME),
      has('DescribeTable', {TableName: NAME}, {Table: including({ProvisionedThroughput: {NumberOfDecreasesToday: 0, ReadCapacityUnits: 9, WriteCapacityUnits: 9}})}),
      ...[8, 7, 6, 5].flatMap((ReadCapacityUnits, i) => [
        has('UpdateTable', {TableName: NAME, ProvisionedThroughput: {ReadCapacityUnits, WriteCapacityUnits: 9}}, {}), active(NAME),
        has('DescribeTable', {TableName: NAME}, {Table: including({ProvisionedThroughput: {NumberOfDecreasesToday: i + 1, ReadCapacityUnits, WriteCapacityUnits: 9, LastDecreaseDateTime: anyPositive}})}),
      ]),
      fails('UpdateTable', {TableName: NAME, ProvisionedThroughput: {ReadCapacityUnits: 4, WriteCapacityUnits: 9}}, 'LimitExceededException', TOO_MANY_DECREASES),
      fails('UpdateTable', {TableName: NAME, ProvisionedThroughput: {ReadCapacityUnits: 20, WriteCapacityUnits: 8}}, 'LimitExceededException', TOO_MANY_DECREASES),
      has('UpdateTable', {TableName: NAME, ProvisionedThroughput: {ReadCapacityUnits: 20, WriteCapacityUnits: 20}}, {}), active(NAME),
      has('DescribeTable', {TableName: NAME}, {Table: including({
        ProvisionedThroughput: {NumberOfDecreasesToday: 4, ReadCapacityUnits: 20, WriteCapacityUnits: 20, LastDecreaseDateTime: anyPositive, LastIncreaseDateTime: anyPositive},
      })}), ...removed(NAME)),
    proves('capacity 8 Decrease', 'update: decreases of an index are counted apart from those of its table', has('CreateTable', {
      ...definition, ...defined('pk', 'gk'), BillingMode: 'PROVISIONED', ProvisionedThroughput: {ReadCapacityUnits: 9, WriteCapacityUnits: 9}, GlobalSecondaryIndexes: [global({ProvisionedThroughput: {ReadCapacityUnits: 9, WriteCapacityUnits: 9}})],
    }, {}), active(NAME),
    has('UpdateTable', {TableName: NAME, GlobalSecondaryIndexUpdates: [{Update: {IndexName: 'global', ProvisionedThroughput: {ReadCapacityUnits: 8, WriteCapacityUnits: 9}}}]}, {}), active(NAME),
    has('DescribeTable', {TableName: NAME}, {Table: including({
      ProvisionedThroughput: including({NumberOfDecreasesToday: 0}), GlobalSecondaryIndexes: [including({ProvisionedThroughput: including({NumberOfDecreasesToday: 1, ReadCapacityUnits: 8})})],
    })}), ...removed(NAME)),
    proves('capacity 9 To on-demand', 'update: a table that was on-demand tells when it became so', has('CreateTable', definition, {}), active(NAME),
      has('UpdateTable', {TableName: NAME, BillingMode: 'PROVISIONED', ProvisionedThroughput: THROUGHPUT}, {}), active(NAME),
      has('DescribeTable', {TableName: NAME}, {Table: including({BillingModeSummary: {BillingMode: 'PROVISIONED', LastUpdateToPayPerRequestDateTime: anyPositive}, ProvisionedThroughput: including(THROUGHPUT)})}),
      has('UpdateTable', {TableName: NAME, BillingMode: 'PAY_PER_REQUEST'}, {}), active(NAME),
      has('DescribeTable', {TableName: NAME}, {Table: including({BillingModeSummary: {BillingMode: 'PAY_PER_REQUEST', LastUpdateToPayPerRequestDateTime: anyPositive}, ProvisionedThroughput: including({NumberOfDecreasesToday: 0, ReadCapacityUnits: 0})})}),
      invalid('UpdateTable', {TableName: NAME, ProvisionedThroughput: THROUGHPUT}, `${P}Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST`), ...removed(NAME)),
    refused('more units than can be named', {BillingMode: 'PROVISIONED', ProvisionedThroughput: {ReadCapacityUnits: 1_000_000_000_001, WriteCapacityUnits: 1_000_000_000_001}}, 'Given value 1000000000001 for ReadCapacityUnits is out of bounds'),
    refused('more write units than can be named', {BillingMode: 'PROVISIONED', ProvisionedThroughput: {ReadCapacityUnits: 1, WriteCapacityUnits: 1_000_000_000_001}}, 'Given value 1000000000001 for WriteCapacityUnits is out of bounds'),
    refused('more units of an index than can be named', {...defined('pk', 'gk'), BillingMode: 'PROVISIONED', ProvisionedThroughput: THROUGHPUT, GlobalSecondaryIndexes: [global({ProvisionedThroughput: {ReadCapacityUnits: 1_000_000_000_001, WriteCapacityUnits: 1}})]},
      'Given value 1000000000001 for ReadCapacityUnits is out of bounds for index global'),
    proves('7 UpdateTable', 'update: more units than can be named', invalid('UpdateTable', {TableName: HASH, ProvisionedThroughput: {ReadCapacityUnits: 1_000_000_000_001, WriteCapacityUnits: 1}},
      'Given value 1000000000001 for ReadCapacityUnits is out of bounds')),
    proves('7 UpdateTable', 'update: an index action of nothing', invalid('UpdateTable', {TableName: HASH, GlobalSecondaryIndexUpdates: [{}]},
      `${P}One of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create, GlobalSecondaryIndexUpdate.Delete must not be null`)),
    proves('8 AttributeDefinitions', 'update: the keys of a new index are defined again, and nothing else is', ...[
      [{}, `${P}Some index key attributes are not defined in AttributeDefinitions. Keys: [gk], AttributeDefinitions: []`],
      [{AttributeDefinitions: [{AttributeName: 'pk', AttributeType: 'S'}]}, `${P}Some index key attributes are not defined in AttributeDefinitions. Keys: [gk], AttributeDefinitions: [pk]`],
      [{AttributeDefinitions: ['gk', 'other'].map((AttributeName) => ({AttributeName, AttributeType: 'S'}))}, UNKNOWN],
      [{AttributeDefinitions: ['gk', 'gk'].map((AttributeName) => ({AttributeName, AttributeType: 'S'}))}, UNKNOWN],
    ].map(([more, message]) => invalid('UpdateTable', {TableName: HASH, GlobalSecondaryIndexUpdates: [{Create: global()}], ...more as Body}, message as string | Matcher))),
    proves('7 UpdateTable', 'update: throughput of an index that is billed by request', invalid('UpdateTable', {TableName: INDEXED, GlobalSecondaryIndexUpdates: [{Update: {IndexName: 'global', ProvisionedThroughput: THROUGHPUT}}]}, UNKNOWN)),
    proves('7 UpdateTable', 'update: an index whose name is taken by a local one', invalid('UpdateTable', {
      TableName: INDEXED, AttributeDefinitions: [{AttributeName: 'gk', AttributeType: 'N'}], GlobalSecondaryIndexUpdates: [{Create: index('local', [['gk', 'HASH']])}],
    }, new Matcher('that it already exists', (value) => typeof value === 'string' && value.includes('already exists')))),
    proves('8 GSI update', 'update: an index that is not there', ...[{Delete: {IndexName: 'nothing'}}, {Update: {IndexName: 'nothing', ProvisionedThroughput: THROUGHPUT}}].map((action) =>
      fails('UpdateTable', {TableName: INDEXED, GlobalSecondaryIndexUpdates: [action]}, 'ResourceNotFoundException', undefined))),
    proves('7 ResourceInUse', 'update and delete of a table that is being made', {
      kind: 'sdk', operation: 'UpdateTable', expected: {told: ['ResourceInUseException', 'ResourceInUseException']},
      run: async (client) => {
        const {CreateTableCommand, DeleteTableCommand, UpdateTableCommand, waitUntilTableExists, waitUntilTableNotExists} = await import('@aws-sdk/client-dynamodb');
        const nameOf = (error: unknown): string => (error as Error).name;
        let told: readonly string[] = [];
        // A quick endpoint may have made it by the time the second request arrives: some tables later one is met in the middle.
        for (let i = 0; i < 20; i += 1) {
          const TableName = `Conformance.Busy.${i}`;
          await client.send(new CreateTableCommand({...tableBody(TableName, {name: 'pk', type: 'S'}), TableName} as never));
          told = await Promise.all([
            client.send(new UpdateTableCommand({TableName, DeletionProtectionEnabled: true})).then(() => 'updated', nameOf),
            client.send(new DeleteTableCommand({TableName})).then(() => 'deleted', nameOf),
          ]);
          await waitUntilTableExists({client, maxWaitTime: 60, minDelay: 0.05}, {TableName}).catch(() => undefined);
          await client.send(new UpdateTableCommand({TableName, DeletionProtectionEnabled: false})).catch(() => undefined);
          await waitUntilTableExists({client, maxWaitTime: 60, minDelay: 0.05}, {TableName}).catch(() => undefined);
          await client.send(new DeleteTableCommand({TableName})).catch(() => undefined);
          await waitUntilTableNotExists({client, maxWaitTime: 60, minDelay: 0.05}, {TableName});
          if (told.every((name) => name === 'ResourceInUseException')) break;
        }
        return {told};
      },
    }),
    proves('8 List order', 'list: pages in order of names', has('ListTables', {ExclusiveStartTableName: 'Conformance.', Limit: 3},
      {TableNames: ['Conformance.Bytes', HASH, INDEXED], LastEvaluatedTableName: INDEXED}),
    has('ListTables', {ExclusiveStartTableName: INDEXED, Limit: 2}, {TableNames: ['Conformance.Numbers', RANGE], LastEvaluatedTableName: RANGE}),
    has('ListTables', {ExclusiveStartTableName: 'zzz', Limit: 1}, {TableNames: [], LastEvaluatedTableName: absent})),
    proves('8 List order', 'list: starts behind a table that is not there', has('ListTables', {ExclusiveStartTableName: 'Conformance.Gone', Limit: 1}, {TableNames: [HASH]})),
  ],
};

const tagged = (...tags: readonly (readonly [string, string])[]): Json => anyOrder(tags.map(([Key, Value]) => ({Key, Value})));
const tags = (...list: readonly (readonly [string, string])[]): Json => list.map(([Key, Value]) => ({Key, Value}));
const ownArn = (name: string): string => `arn:aws:dynamodb:us-east-1:000000000000:table/${name}`;

export const TAGS: Area = {
  name: 'tags',
  title: 'Tags',
  cases: [
    proves('4 TagResource', 'tags are set, changed and taken away, and the table stays active', has('CreateTable', {...definition, Tags: tags(['a', '1'], ['b', ''])}, {}), active(NAME),
      gives('ListTagsOfResource', {ResourceArn: ownArn(NAME)}, {Tags: tagged(['a', '1'], ['b', ''])}),
      empty('TagResource', {ResourceArn: ownArn(NAME), Tags: tags(['b', '2'], ['c', '3'])}), has('DescribeTable', {TableName: NAME}, {Table: isActive}),
      gives('ListTagsOfResource', {ResourceArn: ownArn(NAME)}, {Tags: tagged(['a', '1'], ['b', '2'], ['c', '3'])}),
      empty('UntagResource', {ResourceArn: ownArn(NAME), TagKeys: ['a', 'none']}),
      gives('ListTagsOfResource', {ResourceArn: ownArn(NAME)}, {Tags: tagged(['b', '2'], ['c', '3'])}),
      empty('UntagResource', {ResourceArn: ownArn(NAME), TagKeys: ['b', 'c']}), gives('ListTagsOfResource', {ResourceArn: ownArn(NAME)}, {Tags: []}), ...removed(NAME)),
    proves('4.1 Tags', 'no tags', gives('ListTagsOfResource', {ResourceArn: ownArn(RANGE)}, {Tags: []})),
    proves('4.1 Tags', '50 tags and not one more', has('CreateTable', definition, {}), active(NAME),
      empty('TagResource', {ResourceArn: ownArn(NAME), Tags: Array.from({length: 50}, (_none, i) => ({Key: `k${i}`, Value: 'v'}))}),
      fails('TagResource', {ResourceArn: ownArn(NAME), Tags: tags(['one more', 'v'])}, 'LimitExceededException', undefined),
      empty('TagResource', {ResourceArn: ownArn(NAME), Tags: tags(['k7', 'other'])}), ...removed(NAME)),
    ...['TagResource', 'UntagResource', 'ListTagsOfResource'].flatMap((operation) => {
      const more: Body = operation === 'TagResource' ? {Tags: tags(['a', 'b'])} : operation === 'UntagResource' ? {TagKeys: ['a']} : {};
      return [
        ...['abc', 'arn:aws:dynamodb', 'arn:aws:dynamodb:us-east-1:000000000000:table', 'arn:aws:dynamodb:us-east-1:000000000000:table/', 'arn:aws:dynamodb:us-east-1:000000000000:table/abc/index/x', 'arn:aws:s3:::bucket'].map((arn) =>
          proves('7 Tags', `${operation}: "${arn}" is no ARN of a table`, invalid(operation, {ResourceArn: arn, ...more}, BAD_ARN(arn)))),
        proves('7 Tags', `${operation}: a table that is not there`, fails(operation, {ResourceArn: ownArn(MISSING), ...more}, 'ResourceNotFoundException', undefined)),
      ];
    }),
    ...['a!', 'a,b', 'a#', 'aws:name', '<a>'].map((Key) => proves('4.1 Tags', `the key "${Key}" is refused`, invalid('TagResource', {ResourceArn: ownArn(HASH), Tags: [{Key, Value: 'v'}]}, undefined),
      invalid('CreateTable', {...definition, Tags: [{Key, Value: 'v'}]}, undefined))),
    proves('4.1 Tags', 'a value with other signs is refused', invalid('TagResource', {ResourceArn: ownArn(HASH), Tags: [{Key: 'signs', Value: '{v}'}]}, undefined)),
    proves('4.1 Tags', 'letters of any alphabet, digits, spaces and some signs', empty('TagResource', {ResourceArn: ownArn(HASH), Tags: tags(['+-=._:/ a1', 'x y+-=._:/'], ['\u043a\u043b\u044e\u0447', '\u4e16\u754c'])}),
      has('ListTagsOfResource', {ResourceArn: ownArn(HASH)}, {Tags: new Matcher('both among the tags', (value) => Array.isArray(value) && ['+-=._:/ a1', '\u043a\u043b\u044e\u0447'].every((key) => value.some((tag) => (tag as {Key?: unknown}).Key === key)))}),
      empty('UntagResource', {ResourceArn: ownArn(HASH), TagKeys: ['+-=._:/ a1', '\u043a\u043b\u044e\u0447']})),
    proves('7 Tags', 'TagResource: no tags in the list', invalid('TagResource', {ResourceArn: ownArn(HASH), Tags: []}, 'Atleast one Tag needs to be provided as Input.')),
    proves('7 Tags', 'UntagResource: no keys in the list', invalid('UntagResource', {ResourceArn: ownArn(HASH), TagKeys: []}, 'Atleast one Tag Key needs to be provided as Input.')),
  ],
};


export const DESCRIBE: Area = {
  name: 'describe',
  title: 'Account, endpoints, and what is not built',
  cases: [
    proves('4 DescribeLimits', 'limits of account and table', gives('DescribeLimits', {}, {AccountMaxReadCapacityUnits: anyPositive, AccountMaxWriteCapacityUnits: anyPositive, TableMaxReadCapacityUnits: anyPositive, TableMaxWriteCapacityUnits: anyPositive})),
    proves('4 DescribeEndpoints', 'the endpoint', gives('DescribeEndpoints', {}, {Endpoints: [{Address: pattern(/./), CachePeriodInMinutes: 1440}]})),
    proves('4 DescribeTimeToLive', 'expiry is off', gives('DescribeTimeToLive', {TableName: HASH}, {TimeToLiveDescription: {TimeToLiveStatus: 'DISABLED'}})),
    proves('4 DescribeContinuousBackups', 'recovery to a point in time is off', has('DescribeContinuousBackups', {TableName: HASH},
      {ContinuousBackupsDescription: including({PointInTimeRecoveryDescription: {PointInTimeRecoveryStatus: 'DISABLED'}})})),
    proves('4 DescribeContinuousBackups', 'of a table that is not there', fails('DescribeContinuousBackups', {TableName: MISSING}, 'TableNotFoundException', undefined)),
    proves('4 ListBackups', 'there are no backups', gives('ListBackups', {}, {BackupSummaries: []})),
    proves('4 ListGlobalTables', 'there are no global tables', gives('ListGlobalTables', {}, {GlobalTables: []})),
    proves('4 ListExports', 'there are no exports', gives('ListExports', {}, {ExportSummaries: []})),
    proves('4 ListImports', 'there are no imports', gives('ListImports', {}, {ImportSummaryList: []})),
    proves('4 ListContributorInsights', 'nothing is observed', gives('ListContributorInsights', {}, {ContributorInsightsSummaries: []})),
    proves('4 DescribeContributorInsights', 'a table is not observed', gives('DescribeContributorInsights', {TableName: HASH}, {TableName: HASH, ContributorInsightsStatus: 'DISABLED'}),
      fails('DescribeContributorInsights', {TableName: MISSING}, 'ResourceNotFoundException', undefined)),
    proves('4 DescribeKinesisStreamingDestination', 'a table has no destinations', gives('DescribeKinesisStreamingDestination', {TableName: HASH}, {TableName: HASH, KinesisDataStreamDestinations: []}),
      fails('DescribeKinesisStreamingDestination', {TableName: MISSING}, 'ResourceNotFoundException', undefined)),
    proves('4 GetResourcePolicy', 'a table has no policy', fails('GetResourcePolicy', {ResourceArn: ownArn(HASH)}, 'PolicyNotFoundException', undefined),
      fails('GetResourcePolicy', {ResourceArn: ownArn(MISSING)}, 'ResourceNotFoundException', undefined)),
    proves('4 DescribeBackup', 'no backup is found', fails('DescribeBackup', {BackupArn: `${ownArn(HASH)}/backup/01234567890123-abcdefgh`}, 'BackupNotFoundException', undefined)),
    proves('4 DescribeExport', 'no export is found', fails('DescribeExport', {ExportArn: `${ownArn(HASH)}/export/01234567890123-abcdefgh`}, 'ExportNotFoundException', undefined)),
    proves('4 DescribeImport', 'no import is found', fails('DescribeImport', {ImportArn: `${ownArn(HASH)}/import/01234567890123-abcdefgh`}, 'ImportNotFoundException', undefined)),
    proves('4 DescribeGlobalTable', 'no global table is found', fails('DescribeGlobalTable', {GlobalTableName: HASH}, 'GlobalTableNotFoundException', undefined)),
  ],
};
