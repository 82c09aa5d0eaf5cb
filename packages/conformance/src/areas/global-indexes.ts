import type {Area, Body, ConformanceCase, Step} from '../conformance-case.js';
import {fails, gives, has, invalid, proves, put, until, untilGone} from '../conformance-case.js';
import type {Json} from '../json.js';
import {Matcher, absent, anyOrder, including} from '../json.js';
import {INDEXED} from '../suite-tables.js';

const P = 'One or more parameter values were invalid: ';
const S = (text: string): Json => ({S: text});
const N = (text: string | number): Json => ({N: String(text)});
type Members = Readonly<Record<string, Json>>;

const NAME = 'Conformance.Global';
const item = (gk: number, sk: string, more: Members = {}): Members => ({pk: S(`global-${gk}`), sk: S(sk), lk: S('l'), gk: N(gk), a: S(`a${sk}`), ...more});
const shown = (gk: number, sk: string): Members => ({pk: S(`global-${gk}`), sk: S(sk), gk: N(gk), a: S(`a${sk}`)});
/** Read again until it shows what was written: each eventual read may come to another replica. */
const byKey = (gk: number): Body => ({TableName: INDEXED, IndexName: 'global', KeyConditionExpression: 'gk = :g', ExpressionAttributeValues: {':g': N(gk)}});
const one = (name: string, rule: string, ...steps: readonly Step[]): ConformanceCase => proves(rule, `global index: ${name}`, ...steps);
const three = (gk: number): readonly Step[] => [...['1', '2', '3'].map((sk) => put({TableName: INDEXED, Item: item(gk, sk, {other: S('o')})})), until('Query', byKey(gk), {Count: 3})];
const refused = (name: string, rule: string, more: Body, message: string): ConformanceCase => one(name, rule, invalid('Query', {...byKey(8_001), ...more}, message));

const definition: Body = {
  TableName: NAME, BillingMode: 'PAY_PER_REQUEST', KeySchema: [{AttributeName: 'pk', KeyType: 'HASH'}], AttributeDefinitions: [{AttributeName: 'pk', AttributeType: 'S'}],
};
const tableIs = (status: string): Matcher => new Matcher(`a table that is ${status}`, (value) => (value as {TableStatus?: unknown} | undefined)?.TableStatus === status);
const active = until('DescribeTable', {TableName: NAME}, {Table: tableIs('ACTIVE')});
const index = (IndexName: string, keys: readonly (readonly [string, string])[], Projection: Json = {ProjectionType: 'ALL'}): Json => ({
  IndexName, KeySchema: keys.map(([AttributeName, KeyType]) => ({AttributeName, KeyType})), Projection,
});
const removed: readonly Step[] = [has('DeleteTable', {TableName: NAME}, {}), untilGone('DescribeTable', {TableName: NAME})];
const create = (name: string, attribute: string, type = 'S'): Body => ({
  TableName: NAME, AttributeDefinitions: [{AttributeName: 'pk', AttributeType: 'S'}, {AttributeName: attribute, AttributeType: type}], GlobalSecondaryIndexUpdates: [{Create: index(name, [[attribute, 'HASH']])}],
});
const indexIs = (name: string, status: string): Step => until('DescribeTable', {TableName: NAME}, {
  Table: new Matcher(`an index ${name} that is ${status}`, (value) => (value as {GlobalSecondaryIndexes?: readonly {IndexName?: string; IndexStatus?: string}[]} | undefined)?.GlobalSecondaryIndexes?.some((each) => each.IndexName === name && each.IndexStatus === status) === true),
});
const withoutIndexes = until('DescribeTable', {TableName: NAME}, {
  Table: new Matcher('an active table without indexes', (value) => (value as {GlobalSecondaryIndexes?: unknown} | undefined)?.GlobalSecondaryIndexes === undefined && (value as {TableStatus?: unknown} | undefined)?.TableStatus === 'ACTIVE'),
});

const PART_VALUES: Members = {':a': S('a'), ':b': S('b'), ':x': S('x'), ':n': N(1)};
const onKey = (name: string): string => `Filter Expression can only contain non-primary key attributes: Primary key attribute: ${name}`;
/** Conditions on an index with two attributes of each role, and how many entries they find or what is said of them; some with a filter. */
const PART_QUERIES: readonly (readonly [condition: string, answer: number | string, filter?: string])[] = [
  ['h1 = :a AND h2 = :b', 3], ['h2 = :b AND h1 = :a', 3], ['h1 = :a AND h2 = :b AND r1 = :x', 2], ['h1 = :a AND h2 = :b AND r1 > :x', 1], ['h1 = :a AND h2 = :b AND begins_with(r1, :x)', 2], ['h1 = :a AND h2 = :b AND r1 BETWEEN :x AND :x', 2],
  ['h1 = :a AND h2 = :b AND r1 = :x AND r2 = :n', 1], ['r2 >= :n AND r1 = :x AND h2 = :b AND h1 = :a', 2], ['h1 = :a AND h2 = :b', 0, 'pk = :x'], ['h1 = :a AND h2 = :b', 3, 'pk <> :x'],
  ['h1 = :a', 'Query condition missed key schema element: h2'], ['h2 = :b', 'Query condition missed key schema element: h1'], ['h1 = :a AND h2 > :b', 'Query key condition not supported'],
  ['h1 = :a AND h2 = :b AND r2 = :n', 'Query condition missed key schema element: r1'], ['h1 = :a AND h2 = :b AND r1 > :x AND r2 = :n', 'Query key condition not supported'],
  ['h1 = :a AND h2 = :b AND r1 = :n', `${P}Condition parameter type does not match schema type`], ['h1 = :a AND h2 = :b AND h1 = :a', 'KeyConditionExpressions must only contain one condition per key'],
  ['h1 = :a AND h2 = :b', onKey('r1'), 'r1 = :x'], ['h1 = :a AND h2 = :b', onKey('h2'), 'h2 = :b'], ['h1 = :a AND h2 = :b', onKey('r2'), 'r2 > :n'],
];

export const GLOBAL_INDEXES: Area = {
  name: 'global-indexes',
  title: 'Global secondary indexes',
  cases: [
    one('entries have the keys and what the projection names', '3 Query', ...three(8_002), until('Query', byKey(8_002), {Items: anyOrder([shown(8_002, '1'), shown(8_002, '2'), shown(8_002, '3')]), ScannedCount: 3, LastEvaluatedKey: absent})),
    one('an item without the key is not in it', '2 GSI keys', put({TableName: INDEXED, Item: {pk: S('global-none'), sk: S('1'), lk: S('l')}}), ...three(8_003),
      has('Scan', {TableName: INDEXED, IndexName: 'global', FilterExpression: 'pk = :p', ExpressionAttributeValues: {':p': S('global-none')}}, {Count: 0})),
    one('an entry follows its item', '3 Query', ...three(8_004),
      gives('UpdateItem', {TableName: INDEXED, Key: {pk: S('global-8004'), sk: S('1')}, UpdateExpression: 'SET gk = :n', ExpressionAttributeValues: {':n': N(8_904)}}, {}),
      gives('UpdateItem', {TableName: INDEXED, Key: {pk: S('global-8004'), sk: S('2')}, UpdateExpression: 'REMOVE gk'}, {}),
      gives('DeleteItem', {TableName: INDEXED, Key: {pk: S('global-8004'), sk: S('3')}}, {}),
      until('Query', byKey(8_004), {Count: 0}), until('Query', byKey(8_904), {Items: [{...shown(8_004, '1'), gk: N(8_904)}]})),
    one('pages by index key and table key', '3 Page', ...three(8_005),
      until('Query', {...byKey(8_005), Limit: 2}, {Count: 2, LastEvaluatedKey: {pk: S('global-8005'), sk: S('2'), gk: N(8_005)}}),
      until('Query', {...byKey(8_005), ExclusiveStartKey: {pk: S('global-8005'), sk: S('2'), gk: N(8_005)}}, {Items: [shown(8_005, '3')], LastEvaluatedKey: absent}),
      until('Query', {...byKey(8_005), ScanIndexForward: false, Limit: 1}, {Items: [shown(8_005, '3')]})),
    one('parallel scans have every entry once', '3 Scan', ...three(8_006),
      ...[0, 1].map((Segment) => has('Scan', {TableName: INDEXED, IndexName: 'global', Segment, TotalSegments: 2, Select: 'COUNT'}, {}))),
    one('COUNT and a filter', '3 Select', ...three(8_007), until('Query', {...byKey(8_007), Select: 'COUNT'}, {Items: absent, Count: 3, ScannedCount: 3}),
      until('Query', {...byKey(8_007), FilterExpression: 'a = :a', ExpressionAttributeValues: {':g': N(8_007), ':a': S('a2')}}, {Items: [shown(8_007, '2')], ScannedCount: 3})),
    one('what reads and writes cost', '3 Capacity',
      has('PutItem', {TableName: INDEXED, Item: {pk: S('global-cost'), sk: S('1'), lk: S('l'), gk: N(8_008)}, ReturnConsumedCapacity: 'INDEXES'}, {ConsumedCapacity: {
        TableName: INDEXED, CapacityUnits: 3, Table: {CapacityUnits: 1}, LocalSecondaryIndexes: {local: {CapacityUnits: 1}}, GlobalSecondaryIndexes: {global: {CapacityUnits: 1}},
      }}),
      has('UpdateItem', {TableName: INDEXED, Key: {pk: S('global-cost'), sk: S('1')}, UpdateExpression: 'SET gk = :g', ExpressionAttributeValues: {':g': N(8_908)}, ReturnConsumedCapacity: 'INDEXES'},
        {ConsumedCapacity: including({GlobalSecondaryIndexes: {global: {CapacityUnits: 2}}})}),
      has('UpdateItem', {TableName: INDEXED, Key: {pk: S('global-cost'), sk: S('1')}, UpdateExpression: 'SET b = :b', ExpressionAttributeValues: {':b': S('b')}, ReturnConsumedCapacity: 'INDEXES'},
        {ConsumedCapacity: new Matcher('no cost of the global index', (value) => (value as {GlobalSecondaryIndexes?: unknown} | undefined)?.GlobalSecondaryIndexes === undefined)}),
      until('Query', byKey(8_908), {Count: 1}),
      until('Query', {...byKey(8_908), ReturnConsumedCapacity: 'INDEXES'}, {ConsumedCapacity: {TableName: INDEXED, CapacityUnits: 0.5, Table: {CapacityUnits: 0}, GlobalSecondaryIndexes: {global: {CapacityUnits: 0.5}}}})),
    refused('a strong read', '7 Index', {ConsistentRead: true}, 'Consistent reads are not supported on global secondary indexes'),
    refused('ALL_ATTRIBUTES of a projection that is not ALL', '7 Index', {Select: 'ALL_ATTRIBUTES'}, `${P}Select type ALL_ATTRIBUTES is not supported for global secondary index global because its projection type is not ALL`),
    refused('an attribute that is not projected', '7 Index', {ProjectionExpression: 'unheld'}, `${P}Global secondary index global does not project [unheld]`),
    refused('an index that is not there', '7 Index', {IndexName: 'nowhere'}, 'The table does not have the specified index: nowhere'),
    refused('a condition on no key of it', '7 Query', {KeyConditionExpression: 'pk = :g'}, 'Query condition missed key schema element: gk'),
    refused('a filter on its key', '7 Query', {FilterExpression: 'gk = :g'}, 'Filter Expression can only contain non-primary key attributes: Primary key attribute: gk'),
    one('index keys of another type', '7 Keys', invalid('PutItem', {TableName: INDEXED, Item: {pk: S('global-wrong'), sk: S('1'), gk: S('x')}}, `${P}Type mismatch for Index Key gk Expected: N Actual: S IndexName: global`),
      invalid('UpdateItem', {TableName: INDEXED, Key: {pk: S('global-wrong'), sk: S('1')}, UpdateExpression: 'SET gk = :g', ExpressionAttributeValues: {':g': S('x')}}, 'The update expression attempted to update the secondary index key to unsupported type')),
    one('several key attributes', '2 GSI keys', has('CreateTable', {
      ...definition, AttributeDefinitions: ['pk', 'h1', 'h2', 'r1', 'r2'].map((AttributeName) => ({AttributeName, AttributeType: AttributeName === 'r2' ? 'N' : 'S'})),
      GlobalSecondaryIndexes: [index('parts', [['h1', 'HASH'], ['h2', 'HASH'], ['r1', 'RANGE'], ['r2', 'RANGE']], {ProjectionType: 'KEYS_ONLY'})],
    }, {}), active,
    ...([['1', 'x', 1], ['2', 'x', 10], ['3', 'y', 2]] as const).map(([pk, r1, r2]) => put({TableName: NAME, Item: {pk: S(pk), h1: S('a'), h2: S('b'), r1: S(r1), r2: N(r2), c: S('c')}})),
    put({TableName: NAME, Item: {pk: S('4'), h1: S('a'), h2: S('b'), r1: S('x')}}),
    until('Scan', {TableName: NAME, IndexName: 'parts'}, {Count: 3}),
    until('Query', {TableName: NAME, IndexName: 'parts', KeyConditionExpression: 'h1 = :a AND h2 = :b AND r1 = :x AND r2 > :n', ExpressionAttributeValues: {':a': S('a'), ':b': S('b'), ':x': S('x'), ':n': N(2)}},
      {Items: [{pk: S('2'), h1: S('a'), h2: S('b'), r1: S('x'), r2: N(10)}]}),
    invalid('Query', {TableName: NAME, IndexName: 'parts', KeyConditionExpression: 'h1 = :a AND r1 = :x', ExpressionAttributeValues: {':a': S('a'), ':x': S('x')}}, 'Query condition missed key schema element: h2'),
    ...PART_QUERIES.map(([KeyConditionExpression, answer, FilterExpression]) => {
      const body = {
        TableName: NAME, IndexName: 'parts', KeyConditionExpression, FilterExpression,
        ExpressionAttributeValues: Object.fromEntries(Object.entries(PART_VALUES).filter(([name]) => KeyConditionExpression.includes(name) || FilterExpression?.includes(name) === true)),
      };
      return typeof answer === 'string' ? invalid('Query', body, answer) : until('Query', body, {Count: answer});
    }),
    ...[true, false].map((ScanIndexForward) => until('Query', {TableName: NAME, IndexName: 'parts', KeyConditionExpression: 'h1 = :a AND h2 = :b', ExpressionAttributeValues: {':a': S('a'), ':b': S('b')}, ScanIndexForward, ProjectionExpression: 'pk'},
      {Items: (ScanIndexForward ? ['1', '2', '3'] : ['3', '2', '1']).map((pk) => ({pk: S(pk)}))})),
    until('Query', {TableName: NAME, IndexName: 'parts', KeyConditionExpression: 'h1 = :a AND h2 = :b', ExpressionAttributeValues: {':a': S('a'), ':b': S('b')}, Limit: 1},
      {Count: 1, LastEvaluatedKey: {pk: S('1'), h1: S('a'), h2: S('b'), r1: S('x'), r2: N(1)}}),
    invalid('Query', {TableName: NAME, IndexName: 'parts', KeyConditionExpression: 'h1 = :a AND h2 = :b', ExpressionAttributeValues: {':a': S('a'), ':b': S('b')}, ExclusiveStartKey: {pk: S('1'), h1: S('a')}}, 'The provided starting key is invalid'),
    invalid('PutItem', {TableName: NAME, Item: {pk: S('5'), r2: S('x')}}, `${P}Type mismatch for Index Key r2 Expected: N Actual: S IndexName: parts`),
    ...removed),
    one('its key has a type as long as it is there', '8 Deleting a GSI', has('CreateTable', {
      ...definition, AttributeDefinitions: ['pk', 'g'].map((AttributeName) => ({AttributeName, AttributeType: 'S'})), GlobalSecondaryIndexes: [index('typed', [['g', 'HASH']])],
    }, {}), active,
    invalid('PutItem', {TableName: NAME, Item: {pk: S('1'), g: N(1)}}, `${P}Type mismatch for Index Key g Expected: S Actual: N IndexName: typed`),
    fails('UpdateTable', {
      TableName: NAME, AttributeDefinitions: [{AttributeName: 'other', AttributeType: 'S'}], GlobalSecondaryIndexUpdates: [{Create: index('another', [['other', 'HASH']])}, {Delete: {IndexName: 'typed'}}],
    }, 'LimitExceededException', 'Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table'),
    has('UpdateTable', {TableName: NAME, GlobalSecondaryIndexUpdates: [{Delete: {IndexName: 'typed'}}]}, {}), withoutIndexes,
    has('DescribeTable', {TableName: NAME}, {Table: including({AttributeDefinitions: [{AttributeName: 'pk', AttributeType: 'S'}]})}),
    put({TableName: NAME, Item: {pk: S('1'), g: N(1)}}),
    invalid('Query', {TableName: NAME, IndexName: 'typed', KeyConditionExpression: 'g = :g', ExpressionAttributeValues: {':g': S('x')}}, 'The table does not have the specified index: typed'),
    has('UpdateTable', create('retyped', 'g', 'N'), {}), indexIs('retyped', 'ACTIVE'),
    until('Query', {TableName: NAME, IndexName: 'retyped', KeyConditionExpression: 'g = :g', ExpressionAttributeValues: {':g': N(1)}}, {Items: [{pk: S('1'), g: N(1)}]}),
    invalid('PutItem', {TableName: NAME, Item: {pk: S('2'), g: S('x')}}, `${P}Type mismatch for Index Key g Expected: N Actual: S IndexName: retyped`), ...removed),
    one('an index of the keys of its table, turned round', '8 GSI equal to the table key', has('CreateTable', {
      ...definition, KeySchema: [{AttributeName: 'pk', KeyType: 'HASH'}, {AttributeName: 'sk', KeyType: 'RANGE'}], AttributeDefinitions: ['pk', 'sk'].map((AttributeName) => ({AttributeName, AttributeType: 'S'})),
      GlobalSecondaryIndexes: [index('turned', [['sk', 'HASH'], ['pk', 'RANGE']], {ProjectionType: 'KEYS_ONLY'})],
    }, {}), active, ...['1', '2', '3'].map((pk) => put({TableName: NAME, Item: {pk: S(pk), sk: S('same'), a: S('x')}})),
    until('Query', {TableName: NAME, IndexName: 'turned', KeyConditionExpression: 'sk = :s', ExpressionAttributeValues: {':s': S('same')}, ScanIndexForward: false}, {Items: ['3', '2', '1'].map((pk) => ({pk: S(pk), sk: S('same')}))}),
    until('Query', {TableName: NAME, IndexName: 'turned', KeyConditionExpression: 'sk = :s AND pk > :p', ExpressionAttributeValues: {':s': S('same'), ':p': S('1')}, Limit: 1}, {Count: 1, LastEvaluatedKey: {pk: S('2'), sk: S('same')}}),
    until('Query', {TableName: NAME, IndexName: 'turned', KeyConditionExpression: 'sk = :s', ExpressionAttributeValues: {':s': S('same')}, ExclusiveStartKey: {pk: S('2'), sk: S('same')}}, {Items: [{pk: S('3'), sk: S('same')}]}),
    ...removed),
    one('added to a table that lives, and removed', '4 UpdateTable', has('CreateTable', definition, {}), active, ...['1', '2', '3'].map((pk) => put({TableName: NAME, Item: {pk: S(pk), g: S('x')}})),
      put({TableName: NAME, Item: {pk: S('odd'), g: N(1)}}),
      has('UpdateTable', create('added', 'g'), {TableDescription: including({TableStatus: 'UPDATING', GlobalSecondaryIndexes: [including({IndexName: 'added', IndexStatus: 'CREATING'})]})}),
      indexIs('added', 'ACTIVE'),
      until('Query', {TableName: NAME, IndexName: 'added', KeyConditionExpression: 'g = :g', ExpressionAttributeValues: {':g': S('x')}}, {Count: 3}),
      until('DescribeTable', {TableName: NAME}, {Table: including({GlobalSecondaryIndexes: [new Matcher('three items counted', (value) => (value as {ItemCount?: unknown} | undefined)?.ItemCount === 3)]})}),
      invalid('UpdateTable', create('again', 'g', 'N'), new Matcher('that attributes are not redefined', (value) => typeof value === 'string' && value.startsWith(`${P}Attributes cannot be redefined.`))),
      fails('UpdateTable', {TableName: NAME, GlobalSecondaryIndexUpdates: [{Delete: {IndexName: 'unknown'}}]}, 'ResourceNotFoundException', undefined),
      has('UpdateTable', {TableName: NAME, GlobalSecondaryIndexUpdates: [{Delete: {IndexName: 'added'}}]}, {TableDescription: including({GlobalSecondaryIndexes: [including({IndexName: 'added', IndexStatus: 'DELETING'})]})}),
      withoutIndexes, ...removed),
  ],
};
