import type {Area, Body, ConformanceCase, Step} from '../conformance-case.js';
import {gives, has, invalid, proves, put} from '../conformance-case.js';
import type {Json} from '../json.js';
import {absent, anyOrder, pattern} from '../json.js';
import {INDEXED, VIEWS} from '../suite-tables.js';

const P = 'One or more parameter values were invalid: ';
const S = (text: string): Json => ({S: text});
const N = (text: string): Json => ({N: text});
type Members = Readonly<Record<string, Json>>;

/** Sort keys and index keys run against each other, and not every item is in every index. */
const ROWS: readonly Members[] = [
  {pk: S('views'), sk: S('1'), a: S('d'), k: N('3'), i: S('p'), x: S('X1'), y: S('Y1')},
  {pk: S('views'), sk: S('2'), a: S('c'), k: N('-2'), x: S('X2'), y: S('Y2')},
  {pk: S('views'), sk: S('3'), a: S('b'), i: S('o'), y: S('Y3')},
  {pk: S('views'), sk: S('4'), a: S('b'), k: N('10'), i: S('n'), x: S('X4')},
  {pk: S('views'), sk: S('5'), y: S('Y5')},
];
const row = (sk: number): Members => ROWS[sk - 1] ?? {};
const pick = (item: Members, ...names: readonly string[]): Members => Object.fromEntries(Object.entries(item).filter(([name]) => names.includes(name)));
const filled: readonly Step[] = ROWS.map((Item) => put({TableName: VIEWS, Item}));
const base = (IndexName: string): Body => ({TableName: VIEWS, IndexName, ConsistentRead: true, KeyConditionExpression: 'pk = :p', ExpressionAttributeValues: {':p': S('views')}});
const one = (name: string, rule: string, ...steps: readonly Step[]): ConformanceCase => proves(rule, `local index: ${name}`, ...steps);
const refused = (name: string, rule: string, IndexName: string, more: Body, message: string): ConformanceCase => one(name, rule, invalid('Query', {...base(IndexName), ...more}, message));
const wrongType = (name: string, type: string, value: Json): ConformanceCase => {
  const message = `${P}Type mismatch for Index Key a Expected: S Actual: ${type} IndexName: all`;
  const key = {pk: S('views-wrong'), sk: S('1')};
  return one(name, '7 Keys', invalid('PutItem', {TableName: VIEWS, Item: {...key, a: {[type]: value}}}, message),
    invalid('BatchWriteItem', {RequestItems: {[VIEWS]: [{PutRequest: {Item: {...key, a: {[type]: value}}}}]}}, message));
};

const LARGE = {pk: S('views-large'), sk: S('1')};
const key = {pk: S('views-cost'), sk: S('1')};
const cost = (table: number, indexes: Readonly<Record<string, number>>): Json => ({
  TableName: VIEWS, CapacityUnits: Object.values(indexes).reduce((sum, units) => sum + units, table), Table: {CapacityUnits: table},
  ...(Object.keys(indexes).length === 0 ? {} : {LocalSecondaryIndexes: Object.fromEntries(Object.entries(indexes).map(([name, CapacityUnits]) => [name, {CapacityUnits}]))}),
});
const update = (UpdateExpression: string, values: Members | undefined, expected: Json): Step =>
  gives('UpdateItem', {TableName: VIEWS, Key: key, UpdateExpression, ExpressionAttributeValues: values, ReturnConsumedCapacity: 'INDEXES'}, {ConsumedCapacity: expected});

export const LOCAL_INDEXES: Area = {
  name: 'local-indexes',
  title: 'Local secondary indexes',
  cases: [
    one('items come in the order of the index key, then of the sort key', '3 Query', ...filled, has('Query', base('all'), {Items: [row(3), row(4), row(2), row(1)], Count: 4, ScannedCount: 4, LastEvaluatedKey: absent})),
    one('backwards', '3 Query', has('Query', {...base('all'), ScanIndexForward: false}, {Items: [row(1), row(2), row(4), row(3)]})),
    one('numbers are ordered as numbers', '2 Order', has('Query', base('keys'), {Items: [row(2), row(1), row(4)].map((item) => pick(item, 'pk', 'sk', 'k'))})),
    one('a range of the index key', '5 Key conditions', has('Query', {...base('keys'), KeyConditionExpression: 'pk = :p AND k > :k', ExpressionAttributeValues: {':p': S('views'), ':k': N('0')}}, {Count: 2})),
    one('one value of the index key has several items', '5 Key conditions', has('Query', {...base('all'), KeyConditionExpression: 'pk = :p AND a = :a', ExpressionAttributeValues: {':p': S('views'), ':a': S('b')}}, {Items: [row(3), row(4)]})),
    one('KEYS_ONLY gives keys', '3 Select', has('Query', {...base('keys'), Limit: 1}, {Items: [pick(row(2), 'pk', 'sk', 'k')]})),
    one('INCLUDE gives keys and what it names', '3 Select', has('Query', base('some'), {Items: [row(4), row(3), row(1)].map((item) => pick(item, 'pk', 'sk', 'i', 'x'))})),
    one('ALL_PROJECTED_ATTRIBUTES is the default', '3 Select', has('Query', {...base('some'), Select: 'ALL_PROJECTED_ATTRIBUTES', Limit: 1}, {Items: [pick(row(4), 'pk', 'sk', 'i', 'x')]})),
    one('ALL_ATTRIBUTES are fetched from the table', '8 Select=ALL_ATTRIBUTES on LSI', has('Query', {...base('keys'), Select: 'ALL_ATTRIBUTES'}, {Items: [row(2), row(1), row(4)]})),
    one('a projection may name what is not projected', '3 Select', has('Query', {...base('keys'), ProjectionExpression: 'y, k'}, {Items: [row(2), row(1), row(4)].map((item) => pick(item, 'y', 'k'))})),
    one('COUNT', '3 Select', gives('Query', {...base('some'), Select: 'COUNT'}, {Count: 3, ScannedCount: 3})),
    one('a filter', '3 Filters', has('Query', {...base('all'), FilterExpression: 'x = :x', ExpressionAttributeValues: {':p': S('views'), ':x': S('X4')}}, {Items: [row(4)], Count: 1, ScannedCount: 4})),
    one('pages by index key and table key', '3 Page',
      has('Query', {...base('all'), Limit: 1}, {Items: [row(3)], LastEvaluatedKey: pick(row(3), 'pk', 'sk', 'a')}),
      has('Query', {...base('all'), Limit: 2, ExclusiveStartKey: pick(row(3), 'pk', 'sk', 'a')}, {Items: [row(4), row(2)], LastEvaluatedKey: pick(row(2), 'pk', 'sk', 'a')}),
      has('Query', {...base('all'), ExclusiveStartKey: pick(row(2), 'pk', 'sk', 'a')}, {Items: [row(1)], LastEvaluatedKey: absent})),
    one('a scan has every entry once', '3 Scan', has('Scan', {TableName: VIEWS, IndexName: 'keys', ConsistentRead: true, FilterExpression: 'pk = :p', ExpressionAttributeValues: {':p': S('views')}},
      {Items: anyOrder([row(1), row(2), row(4)].map((item) => pick(item, 'pk', 'sk', 'k')))})),
    one('an entry follows its item', '3 Query', put({TableName: VIEWS, Item: {pk: S('views-follow'), sk: S('1'), a: S('1')}}),
      gives('UpdateItem', {TableName: VIEWS, Key: {pk: S('views-follow'), sk: S('1')}, UpdateExpression: 'SET a = :a', ExpressionAttributeValues: {':a': S('2')}}, {}),
      has('Query', {...base('all'), ExpressionAttributeValues: {':p': S('views-follow')}}, {Items: [{pk: S('views-follow'), sk: S('1'), a: S('2')}]}),
      gives('UpdateItem', {TableName: VIEWS, Key: {pk: S('views-follow'), sk: S('1')}, UpdateExpression: 'REMOVE a'}, {}),
      has('Query', {...base('all'), ExpressionAttributeValues: {':p': S('views-follow')}}, {Items: []}),
      gives('UpdateItem', {TableName: VIEWS, Key: {pk: S('views-follow'), sk: S('1')}, UpdateExpression: 'SET a = :a', ExpressionAttributeValues: {':a': S('3')}}, {}),
      gives('DeleteItem', {TableName: VIEWS, Key: {pk: S('views-follow'), sk: S('1')}}, {}),
      has('Query', {...base('all'), ExpressionAttributeValues: {':p': S('views-follow')}}, {Items: []})),
    refused('a condition on the table\'s sort key', '7 Query', 'all', {KeyConditionExpression: 'pk = :p AND sk = :s', ExpressionAttributeValues: {':p': S('views'), ':s': S('1')}}, 'Query condition missed key schema element: a'),
    refused('a filter on the index key', '7 Query', 'all', {FilterExpression: 'a = :p'}, 'Filter Expression can only contain non-primary key attributes: Primary key attribute: a'),
    refused('a value of another type', '7 Query', 'keys', {KeyConditionExpression: 'pk = :p AND k = :k', ExpressionAttributeValues: {':p': S('views'), ':k': S('1')}}, `${P}Condition parameter type does not match schema type`),
    refused('an index of another name', '7 Index', 'allx', {}, 'The table does not have the specified index: allx'),
    one('a start key without its index key', '7 Start key', invalid('Query', {...base('all'), ExclusiveStartKey: {pk: S('views'), sk: S('1')}}, pattern(/^The provided starting key is invalid/))),
    ...([['N', '1'], ['B', 'YQ=='], ['BOOL', true], ['NULL', true], ['SS', ['a']], ['L', []], ['M', {}]] as readonly (readonly [string, Json])[]).map(([type, value]) => wrongType(`an index key of type ${type} for S`, type, value)),
    one('an update that gives an index key another type', '7 Update runtime', put({TableName: VIEWS, Item: {pk: S('views-wrong'), sk: S('1')}}),
      invalid('UpdateItem', {TableName: VIEWS, Key: {pk: S('views-wrong'), sk: S('1')}, UpdateExpression: 'SET a = :a', ExpressionAttributeValues: {':a': N('1')}}, undefined)),
    one('a global index key of another type is refused too', '7 Keys', invalid('PutItem', {TableName: INDEXED, Item: {pk: S('a'), sk: S('b'), gk: S('1')}}, `${P}Type mismatch for Index Key gk Expected: N Actual: S IndexName: global`)),
    one('an item and its entries have to fit 400 KB together', '2 Item size', put({TableName: VIEWS, Item: {...LARGE, y: {S: 'x'.repeat(250_000)}}}),
      invalid('PutItem', {TableName: VIEWS, Item: {...LARGE, a: S('1'), y: {S: 'x'.repeat(250_000)}}}, 'Item size has exceeded the maximum allowed size'),
      put({TableName: VIEWS, Item: {...LARGE, k: N('1'), y: {S: 'x'.repeat(250_000)}}}),
      invalid('UpdateItem', {TableName: VIEWS, Key: LARGE, UpdateExpression: 'SET a = :a', ExpressionAttributeValues: {':a': S('1')}}, 'Item size to update has exceeded the maximum allowed size'),
      gives('UpdateItem', {TableName: VIEWS, Key: LARGE, UpdateExpression: 'SET i = :a', ExpressionAttributeValues: {':a': S('1')}}, {}),
      invalid('UpdateItem', {TableName: VIEWS, Key: LARGE, UpdateExpression: 'SET x = :x', ExpressionAttributeValues: {':x': {S: 'x'.repeat(100_000)}}}, 'Item size to update has exceeded the maximum allowed size'),
      put({TableName: VIEWS, Item: {...LARGE, a: S('1'), y: {S: 'x'.repeat(204_000)}}}), gives('DeleteItem', {TableName: VIEWS, Key: LARGE}, {})),
    // Costs.
    one('costs of entries that come, change and go', 'capacity 2.1', gives('DeleteItem', {TableName: VIEWS, Key: key}, {}),
      gives('PutItem', {TableName: VIEWS, Item: {...key, a: S('1'), k: N('1')}, ReturnConsumedCapacity: 'INDEXES'}, {ConsumedCapacity: cost(1, {all: 1, keys: 1})}),
      update('SET a = :a', {':a': S('2')}, cost(1, {all: 2})),
      update('SET x = :x', {':x': S('new')}, cost(1, {all: 1})),
      update('REMOVE k', undefined, cost(1, {all: 1, keys: 1})),
      gives('DeleteItem', {TableName: VIEWS, Key: key, ReturnConsumedCapacity: 'INDEXES'}, {ConsumedCapacity: cost(1, {all: 1})}),
      gives('PutItem', {TableName: VIEWS, Item: key, ReturnConsumedCapacity: 'INDEXES'}, {ConsumedCapacity: cost(1, {})}),
      gives('DeleteItem', {TableName: VIEWS, Key: key, ReturnConsumedCapacity: 'TOTAL'}, {ConsumedCapacity: {TableName: VIEWS, CapacityUnits: 1}})),
    one('costs of reading entries', 'capacity 2', has('Query', {...base('keys'), ReturnConsumedCapacity: 'INDEXES'}, {ConsumedCapacity: {TableName: VIEWS, CapacityUnits: 1, Table: {CapacityUnits: 0}, LocalSecondaryIndexes: {keys: {CapacityUnits: 1}}}})),
    one('costs of fetching from the table', 'capacity 2', has('Query', {...base('keys'), Select: 'ALL_ATTRIBUTES', ReturnConsumedCapacity: 'TOTAL'}, {ConsumedCapacity: {TableName: VIEWS, CapacityUnits: 4}})),
  ],
};
