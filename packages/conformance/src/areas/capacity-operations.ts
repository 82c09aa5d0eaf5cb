import type {Body, ConformanceCase, Step} from '../conformance-case.js';
import {fails, gives, has, proves, put, until} from '../conformance-case.js';
import type {Json} from '../json.js';
import {including} from '../json.js';
import {HASH, INDEXED, MISSING, RANGE, SCANNED, VIEWS} from '../suite-tables.js';

type Members = Readonly<Record<string, Json>>;
const S = (text: string): Json => ({S: text});
const N = (value: number): Json => ({N: String(value)});
const text = (sizeBytes: number): Json => ({S: 'x'.repeat(sizeBytes)});
const DETAILED = {ReturnConsumedCapacity: 'INDEXES'} as const;

/** What a request says that it cost, table and indexes apart. */
function cost(TableName: string, table: number, local: Readonly<Record<string, number>> = {}, global: Readonly<Record<string, number>> = {}, direction?: 'Read' | 'Write'): Json {
  const units = (value: number): Json => ({CapacityUnits: value, ...(direction === undefined ? {} : {[`${direction}CapacityUnits`]: value})});
  const member = (name: string, indexes: Readonly<Record<string, number>>): Members =>
    (Object.keys(indexes).length === 0 ? {} : {[name]: Object.fromEntries(Object.entries(indexes).map(([index, value]) => [index, units(value)]))});
  const total = [...Object.values(local), ...Object.values(global)].reduce((sum, value) => sum + value, table);
  return {TableName, ...units(total) as Members, Table: units(table), ...member('LocalSecondaryIndexes', local), ...member('GlobalSecondaryIndexes', global)};
}
const costs = (operation: string, body: Body, ConsumedCapacity: Json): Step => has(operation, {...body, ...DETAILED}, {ConsumedCapacity});
/** The same of a read that may come to a replica which knows less. */
const costsAtLast = (operation: string, body: Body, ConsumedCapacity: Json, more: Body = {}): Step => until(operation, {...body, ...DETAILED}, {ConsumedCapacity, ...more});
const one = (name: string, rule: string, ...steps: readonly Step[]): ConformanceCase => proves(rule, name, ...steps);

const at = (name: string, sk = '1'): Members => ({pk: S(`capacity-${name}`), sk: S(sk)});
const hashAt = (name: string): Members => ({pk: S(`capacity-${name}`)});
const wrote = (Item: Members, expected: Json): Step => costs('PutItem', {TableName: INDEXED, Item}, expected);
const updated = (name: string, UpdateExpression: string, values: Members | undefined, expected: Json, TableName = INDEXED): Step =>
  costs('UpdateItem', {TableName, Key: at(name), UpdateExpression, ExpressionAttributeValues: values}, expected);
const removed = (name: string, expected: Json, TableName = INDEXED): Step => costs('DeleteItem', {TableName, Key: at(name)}, expected);
const indexed = (table: number, local: number, global: number): Json => cost(INDEXED, table, local === 0 ? {} : {local}, global === 0 ? {} : {global});
const ofPartition = (name: string): Body => ({KeyConditionExpression: 'pk = :p', ExpressionAttributeValues: {':p': S(`capacity-${name}`)}});

/** Writes, and what they cost at the indexes of a table. Each line of the rule is one case. */
const INDEX_WRITES: readonly ConformanceCase[] = [
  one('a new item costs at its table and at each of its indexes', 'capacity 2.1 new entry', gives('DeleteItem', {TableName: INDEXED, Key: at('new')}, {}),
    wrote({...at('new'), lk: S('l'), gk: N(71_001)}, indexed(1, 1, 1))),
  one('an entry is rounded up by its own size, a large one to more units', 'capacity 2.1 new entry', gives('DeleteItem', {TableName: INDEXED, Key: at('sized')}, {}),
    wrote({...at('sized'), lk: S('l'), gk: N(71_002), a: text(1500)}, indexed(2, 2, 2)), removed('sized', indexed(2, 2, 2)),
    // What a global index does not hold makes its entry no larger.
    wrote({...at('sized'), lk: S('l'), gk: N(71_002), other: text(1500)}, indexed(2, 2, 1)), removed('sized', indexed(2, 2, 1))),
  one('an item without the keys of an index costs nothing there', 'capacity 2.1 not indexed', gives('DeleteItem', {TableName: INDEXED, Key: at('outside')}, {}),
    wrote(at('outside'), indexed(1, 0, 0)), updated('outside', 'SET hid = :v', {':v': S('x')}, indexed(1, 0, 0)), removed('outside', indexed(1, 0, 0))),
  one('an attribute that appears makes an entry', 'capacity 2.1 new entry', put({TableName: INDEXED, Item: at('appears')}),
    updated('appears', 'SET gk = :v', {':v': N(71_003)}, indexed(1, 0, 1)), updated('appears', 'SET lk = :v', {':v': S('l')}, indexed(1, 1, 0))),
  one('a key that changes costs an entry that goes and one that comes', 'capacity 2.1 key attribute', put({TableName: INDEXED, Item: {...at('moves'), lk: S('l'), gk: N(71_004)}}),
    updated('moves', 'SET gk = :v', {':v': N(71_005)}, indexed(1, 1, 2)), updated('moves', 'SET lk = :v', {':v': S('m')}, indexed(1, 2, 0)),
    updated('moves', 'SET lk = :l, gk = :g', {':l': S('n'), ':g': N(71_006)}, indexed(1, 2, 2))),
  one('both entries of a key that changes are rounded up by themselves', 'capacity 2.1 key attribute', put({TableName: INDEXED, Item: {...at('moves-large'), gk: N(71_007), a: text(1500)}}),
    updated('moves-large', 'SET gk = :v', {':v': N(71_008)}, indexed(2, 0, 4)), updated('moves-large', 'SET gk = :v, a = :a', {':v': N(71_009), ':a': S('small')}, indexed(2, 0, 3))),
  one('a key that goes costs the entry that goes', 'capacity 2.1 key removed', put({TableName: INDEXED, Item: {...at('goes'), lk: S('l'), gk: N(71_010)}}),
    updated('goes', 'REMOVE gk', undefined, indexed(1, 1, 1)), updated('goes', 'REMOVE lk', undefined, indexed(1, 1, 0)), removed('goes', indexed(1, 0, 0))),
  one('a deleted item costs the entries that go', 'capacity 2.1 key removed', put({TableName: INDEXED, Item: {...at('deleted'), lk: S('l'), gk: N(71_011)}}), removed('deleted', indexed(1, 1, 1)), removed('deleted', indexed(1, 0, 0))),
  one('a projected attribute that changes costs one write of the entry', 'capacity 2.1 projected', put({TableName: INDEXED, Item: {...at('projected'), lk: S('l'), gk: N(71_012), a: S('1')}}),
    updated('projected', 'SET a = :v', {':v': S('2')}, indexed(1, 1, 1)), updated('projected', 'SET a = :v', {':v': text(2100)}, indexed(3, 3, 3)), updated('projected', 'REMOVE a', undefined, indexed(3, 3, 3))),
  one('an attribute that is not projected costs an index nothing', 'capacity 2.1 not projected', put({TableName: INDEXED, Item: {...at('hidden'), gk: N(71_013)}}),
    updated('hidden', 'SET hid = :v', {':v': S('2')}, indexed(1, 0, 0)), updated('hidden', 'REMOVE hid', undefined, indexed(1, 0, 0))),
  one('a put of the same item changes no entry', 'capacity 2.1 not projected', put({TableName: INDEXED, Item: {...at('same'), lk: S('l'), gk: N(71_014)}}), wrote({...at('same'), lk: S('l'), gk: N(71_014)}, indexed(1, 0, 0))),
  one('a put over another item costs as the change does', 'capacity 2.1 key attribute', put({TableName: INDEXED, Item: {...at('over'), lk: S('l'), gk: N(71_015)}}),
    wrote({...at('over'), lk: S('m')}, indexed(1, 2, 1)), wrote({...at('over'), gk: N(71_015)}, indexed(1, 1, 1))),
  one('each local index has its own price', 'capacity 2.1', gives('DeleteItem', {TableName: VIEWS, Key: at('views')}, {}),
    costs('PutItem', {TableName: VIEWS, Item: {...at('views'), a: S('1'), k: N(1), i: S('i'), y: text(1500)}}, cost(VIEWS, 2, {all: 2, keys: 1, some: 1})),
    updated('views', 'SET x = :v', {':v': S('1')}, cost(VIEWS, 2, {all: 2, some: 1}), VIEWS), updated('views', 'SET i = :v', {':v': S('2')}, cost(VIEWS, 2, {all: 2, some: 2}), VIEWS),
    updated('views', 'SET y = :v', {':v': S('small')}, cost(VIEWS, 2, {all: 2}), VIEWS), updated('views', 'REMOVE a', undefined, cost(VIEWS, 1, {all: 1}), VIEWS),
    removed('views', cost(VIEWS, 1, {keys: 1, some: 1}), VIEWS)),
  one('TOTAL is the sum of table and indexes and names none of them', '3 ConsumedCapacity', gives('DeleteItem', {TableName: INDEXED, Key: at('total')}, {}),
    gives('PutItem', {TableName: INDEXED, Item: {...at('total'), lk: S('l'), gk: N(71_016)}, ReturnConsumedCapacity: 'TOTAL'}, {ConsumedCapacity: {TableName: INDEXED, CapacityUnits: 3}})),
];

const SINGLE: readonly ConformanceCase[] = [
  one('an update that does nothing costs a write', 'capacity 2 UpdateItem',
    costs('UpdateItem', {TableName: HASH, Key: hashAt('nothing'), UpdateExpression: 'REMOVE a'}, cost(HASH, 1)), costs('UpdateItem', {TableName: HASH, Key: hashAt('nothing')}, cost(HASH, 1)),
    gives('DeleteItem', {TableName: HASH, Key: hashAt('nothing')}, {})),
  one('an update costs the whole item, before or after', 'capacity 2 UpdateItem', put({TableName: HASH, Item: {...hashAt('update'), t: text(3000)}}),
    costs('UpdateItem', {TableName: HASH, Key: hashAt('update'), UpdateExpression: 'SET a = :a', ExpressionAttributeValues: {':a': S('x')}}, cost(HASH, 3)),
    costs('UpdateItem', {TableName: HASH, Key: hashAt('update'), UpdateExpression: 'REMOVE t'}, cost(HASH, 3)),
    costs('UpdateItem', {TableName: HASH, Key: hashAt('update'), UpdateExpression: 'SET a = :a', ExpressionAttributeValues: {':a': S('y')}}, cost(HASH, 1))),
  one('what comes back from a write costs nothing', 'capacity 2 PutItem', put({TableName: HASH, Item: {...hashAt('returned'), t: text(3000)}}),
    ...['ALL_OLD', 'ALL_NEW', 'UPDATED_NEW', 'UPDATED_OLD'].map((ReturnValues) =>
      costs('UpdateItem', {TableName: HASH, Key: hashAt('returned'), UpdateExpression: 'SET a = :a', ExpressionAttributeValues: {':a': S('x')}, ReturnValues}, cost(HASH, 3)))),
  one('a condition that holds costs no more', 'capacity 2 PutItem', put({TableName: HASH, Item: hashAt('condition')}),
    costs('PutItem', {TableName: HASH, Item: hashAt('condition'), ConditionExpression: 'attribute_exists(pk)'}, cost(HASH, 1))),
  one('a condition that fails tells no costs', 'capacity 2 Failed condition', put({TableName: HASH, Item: hashAt('condition')}),
    fails('PutItem', {TableName: HASH, Item: hashAt('condition'), ConditionExpression: 'attribute_not_exists(pk)', ...DETAILED}, 'ConditionalCheckFailedException', 'The conditional request failed', {ConsumedCapacity: undefined})),
  one('a missing item has a cost and no member', 'capacity 2 GetItem', gives('GetItem', {TableName: HASH, Key: hashAt('absent'), ...DETAILED}, {ConsumedCapacity: cost(HASH, 0.5)}),
    gives('GetItem', {TableName: HASH, Key: hashAt('absent'), ConsistentRead: true, ...DETAILED}, {ConsumedCapacity: cost(HASH, 1)})),
  one('names of attributes count', 'capacity 2 GetItem', put({TableName: HASH, Item: {...hashAt('names'), ['n'.repeat(5000)]: S('')}}),
    costs('GetItem', {TableName: HASH, Key: hashAt('names'), ConsistentRead: true}, cost(HASH, 2)), costs('PutItem', {TableName: HASH, Item: hashAt('names')}, cost(HASH, 5))),
];

const PAGES: readonly ConformanceCase[] = [
  one('a scan costs at every partition that it visits', 'capacity 2 Scan', costs('Scan', {TableName: SCANNED, ConsistentRead: true, Select: 'COUNT'}, cost(SCANNED, 4)), costs('Scan', {TableName: SCANNED, Select: 'COUNT'}, cost(SCANNED, 2)),
    costs('Scan', {TableName: SCANNED, ConsistentRead: true, FilterExpression: 'attribute_exists(nowhere)'}, cost(SCANNED, 4)), costs('Scan', {TableName: SCANNED, ConsistentRead: true, ProjectionExpression: 'pk'}, cost(SCANNED, 4))),
  one('parts of a scan cost what the whole does', 'capacity 2 Scan', {
    kind: 'sdk', operation: 'Scan', expected: {units: 4},
    run: async (client) => {
      const {ScanCommand} = await import('@aws-sdk/client-dynamodb');
      const pages = await Promise.all([0, 1, 2, 3].map((Segment) => client.send(new ScanCommand({TableName: SCANNED, Segment, TotalSegments: 4, ConsistentRead: true, ReturnConsumedCapacity: 'TOTAL'}))));
      return {units: pages.reduce((sum, {ConsumedCapacity}) => sum + (ConsumedCapacity?.CapacityUnits ?? 0), 0)};
    },
  }),
  one('a query costs the sum of what it looked at, whatever it gives', 'capacity 2 Query',
    ...['1', '2', '3'].map((sk) => put({TableName: RANGE, Item: {...at('query', sk), t: text(3000)}})),
    ...[{}, {Select: 'COUNT'}, {ProjectionExpression: 'sk'}, {ScanIndexForward: false}].map((more) => costs('Query', {TableName: RANGE, ...ofPartition('query'), ConsistentRead: true, ...more}, cost(RANGE, 3))),
    costs('Query', {TableName: RANGE, ...ofPartition('query'), ConsistentRead: true, FilterExpression: 'attribute_exists(nowhere)'}, cost(RANGE, 3)),
    costs('Query', {TableName: RANGE, ...ofPartition('query'), ConsistentRead: true, Limit: 1}, cost(RANGE, 1)), costs('Query', {TableName: RANGE, ...ofPartition('query'), ConsistentRead: true, Limit: 2}, cost(RANGE, 2)),
    costs('Query', {TableName: RANGE, ...ofPartition('query'), ConsistentRead: true, ExclusiveStartKey: at('query', '2')}, cost(RANGE, 1)),
    costs('Query', {TableName: RANGE, ...ofPartition('query'), ConsistentRead: true, ExclusiveStartKey: at('query', '3')}, cost(RANGE, 1)),
    costsAtLast('Query', {TableName: RANGE, ...ofPartition('query')}, cost(RANGE, 1.5), {Count: 3}), costsAtLast('Query', {TableName: RANGE, ...ofPartition('query'), Limit: 1}, cost(RANGE, 0.5), {Count: 1})),
  one('nothing found costs the least there is', 'capacity 2 Query', costs('Query', {TableName: RANGE, ...ofPartition('none'), ConsistentRead: true}, cost(RANGE, 1)), costs('Query', {TableName: RANGE, ...ofPartition('none')}, cost(RANGE, 0.5)),
    costs('Query', {TableName: VIEWS, IndexName: 'keys', ...ofPartition('none'), ConsistentRead: true}, cost(VIEWS, 0, {keys: 1})), costs('Query', {TableName: VIEWS, IndexName: 'keys', ...ofPartition('none')}, cost(VIEWS, 0, {keys: 0.5})),
    costs('Query', {TableName: INDEXED, IndexName: 'global', KeyConditionExpression: 'gk = :g', ExpressionAttributeValues: {':g': N(71_999)}}, cost(INDEXED, 0, {}, {global: 0.5}))),
  one('a read of entries costs by their size, not by that of the items', 'capacity 2 Index Query', ...['1', '2'].map((sk) => put({TableName: VIEWS, Item: {...at('entries', sk), k: N(1), i: S('i'), x: text(3000), y: text(5000)}})),
    costs('Query', {TableName: VIEWS, IndexName: 'keys', ...ofPartition('entries'), ConsistentRead: true}, cost(VIEWS, 0, {keys: 1})),
    costs('Query', {TableName: VIEWS, IndexName: 'some', ...ofPartition('entries'), ConsistentRead: true}, cost(VIEWS, 0, {some: 2})),
    costs('Query', {TableName: VIEWS, IndexName: 'some', ...ofPartition('entries'), ConsistentRead: true, ProjectionExpression: 'x'}, cost(VIEWS, 0, {some: 2})),
    costs('Query', {TableName: VIEWS, ...ofPartition('entries'), ConsistentRead: true}, cost(VIEWS, 4))),
  one('what is fetched from the table costs each item by itself', 'capacity 2 Index Query', ...['1', '2'].map((sk) => put({TableName: VIEWS, Item: {...at('fetched', sk), k: N(1), y: text(5000)}})),
    costs('Query', {TableName: VIEWS, IndexName: 'keys', ...ofPartition('fetched'), ConsistentRead: true, Select: 'ALL_ATTRIBUTES'}, cost(VIEWS, 4, {keys: 1})),
    costs('Query', {TableName: VIEWS, IndexName: 'keys', ...ofPartition('fetched'), ConsistentRead: true, ProjectionExpression: 'y'}, cost(VIEWS, 4, {keys: 1})),
    costs('Query', {TableName: VIEWS, IndexName: 'keys', ...ofPartition('fetched'), ConsistentRead: true, ProjectionExpression: 'k, sk'}, cost(VIEWS, 0, {keys: 1})),
    costsAtLast('Query', {TableName: VIEWS, IndexName: 'keys', ...ofPartition('fetched'), Select: 'ALL_ATTRIBUTES'}, cost(VIEWS, 2, {keys: 0.5}))),
  one('a read of a global index costs there, and half', 'capacity 2 Index Query', ...['1', '2'].map((sk) => put({TableName: INDEXED, Item: {...at('global', sk), gk: N(71_020), a: text(3000), other: text(3000)}})),
    costsAtLast('Query', {TableName: INDEXED, IndexName: 'global', KeyConditionExpression: 'gk = :g', ExpressionAttributeValues: {':g': N(71_020)}}, cost(INDEXED, 0, {}, {global: 1}), {Count: 2}),
    costsAtLast('Query', {TableName: INDEXED, IndexName: 'global', KeyConditionExpression: 'gk = :g', ExpressionAttributeValues: {':g': N(71_020)}, Limit: 1}, cost(INDEXED, 0, {}, {global: 0.5}), {Count: 1})),
];

const BATCHES: readonly ConformanceCase[] = [
  one('a batch of reads tells each table, and each key is rounded up', 'capacity 2 BatchGetItem', put({TableName: HASH, Item: {...hashAt('batch'), t: text(5000)}}), put({TableName: RANGE, Item: {...at('batch'), t: text(100)}}),
    has('BatchGetItem', {...DETAILED, RequestItems: {
      [HASH]: {Keys: [hashAt('batch'), hashAt('batch-none')], ConsistentRead: true}, [RANGE]: {Keys: [at('batch'), at('batch', 'none')], ConsistentRead: true, ProjectionExpression: 'sk'},
    }}, {ConsumedCapacity: [cost(HASH, 3), cost(RANGE, 2)]}),
    has('BatchGetItem', {...DETAILED, RequestItems: {[HASH]: {Keys: [1, 2, 3].map((i) => hashAt(`batch-none-${i}`))}}}, {ConsumedCapacity: [cost(HASH, 1.5)]})),
  one('a batch of writes tells each table with its indexes', 'capacity 2 BatchWriteItem', ...['1', '2'].map((sk) => gives('DeleteItem', {TableName: INDEXED, Key: at('batch', sk)}, {})),
    has('BatchWriteItem', {...DETAILED, RequestItems: {
      [INDEXED]: ['1', '2'].map((sk) => ({PutRequest: {Item: {...at('batch', sk), lk: S('l'), gk: N(71_030), a: text(1500)}}})), [HASH]: [{DeleteRequest: {Key: hashAt('batch-none')}}],
    }}, {ConsumedCapacity: [cost(INDEXED, 4, {local: 4}, {global: 4}), cost(HASH, 1)]}),
    has('BatchWriteItem', {...DETAILED, RequestItems: {[INDEXED]: ['1', '2'].map((sk) => ({DeleteRequest: {Key: at('batch', sk)}}))}}, {ConsumedCapacity: [cost(INDEXED, 4, {local: 4}, {global: 4})]})),
  one('a batch that is refused tells no costs', 'capacity 2 BatchWriteItem', fails('BatchWriteItem', {...DETAILED, RequestItems: {[MISSING]: [{DeleteRequest: {Key: hashAt('a')}}]}}, 'ResourceNotFoundException', undefined, {ConsumedCapacity: undefined})),
];

const Put = (Item: Members, TableName = HASH): Json => ({Put: {TableName, Item}});
const TRANSACTIONS: readonly ConformanceCase[] = [
  one('each action of a transaction costs twice', 'capacity 2 TransactWriteItems', put({TableName: HASH, Item: {...hashAt('tx-there'), t: text(3000)}}),
    has('TransactWriteItems', {...DETAILED, TransactItems: [Put({...hashAt('tx-put'), t: text(1500)})]}, {ConsumedCapacity: [cost(HASH, 4, {}, {}, 'Write')]}),
    has('TransactWriteItems', {...DETAILED, TransactItems: [{ConditionCheck: {TableName: HASH, Key: hashAt('tx-there'), ConditionExpression: 'attribute_exists(pk)'}}]}, {ConsumedCapacity: [cost(HASH, 6, {}, {}, 'Write')]}),
    has('TransactWriteItems', {...DETAILED, TransactItems: [{Update: {TableName: HASH, Key: hashAt('tx-there'), UpdateExpression: 'SET a = :a', ExpressionAttributeValues: {':a': S('x')}}}]}, {ConsumedCapacity: [cost(HASH, 6, {}, {}, 'Write')]}),
    has('TransactWriteItems', {...DETAILED, TransactItems: [{Delete: {TableName: HASH, Key: hashAt('tx-there')}}, {Delete: {TableName: HASH, Key: hashAt('tx-none')}}]}, {ConsumedCapacity: [cost(HASH, 8, {}, {}, 'Write')]})),
  one('entries that a transaction writes cost twice too', 'capacity 2 TransactWriteItems', gives('DeleteItem', {TableName: INDEXED, Key: at('tx')}, {}),
    has('TransactWriteItems', {...DETAILED, TransactItems: [Put({...at('tx'), lk: S('l'), gk: N(71_040), a: text(1500)}, INDEXED), Put(hashAt('tx-beside'))]},
      {ConsumedCapacity: [cost(INDEXED, 4, {local: 4}, {global: 4}, 'Write'), cost(HASH, 2, {}, {}, 'Write')]}),
    has('TransactWriteItems', {...DETAILED, TransactItems: [{Update: {TableName: INDEXED, Key: at('tx'), UpdateExpression: 'SET gk = :g', ExpressionAttributeValues: {':g': N(71_041)}}}]},
      {ConsumedCapacity: [cost(INDEXED, 4, {local: 4}, {global: 8}, 'Write')]}),
    has('TransactWriteItems', {TransactItems: [{Delete: {TableName: INDEXED, Key: at('tx')}}], ReturnConsumedCapacity: 'TOTAL'}, {ConsumedCapacity: [{TableName: INDEXED, CapacityUnits: 12, WriteCapacityUnits: 12}]})),
  one('a transaction that is cancelled tells no costs', 'capacity 2 TransactWriteItems', put({TableName: HASH, Item: hashAt('tx-cancelled')}),
    fails('TransactWriteItems', {...DETAILED, TransactItems: [{Put: {TableName: HASH, Item: hashAt('tx-cancelled'), ConditionExpression: 'attribute_not_exists(pk)'}}]}, 'TransactionCanceledException', undefined, {ConsumedCapacity: undefined})),
  one('a token that comes again costs as reads do', 'capacity 2 TransactWriteItems', {
    kind: 'sdk', operation: 'TransactWriteItems', expected: {first: [cost(HASH, 6, {}, {}, 'Write')], again: [cost(HASH, 4, {}, {}, 'Read')]},
    run: async (client) => {
      const {DeleteItemCommand, TransactWriteItemsCommand} = await import('@aws-sdk/client-dynamodb');
      for (const name of ['tx-token', 'tx-token-2']) await client.send(new DeleteItemCommand({TableName: HASH, Key: {pk: {S: `capacity-${name}`}}}));
      const ClientRequestToken = `capacity-${Math.random()}`;
      const send = async (): Promise<unknown> => (await client.send(new TransactWriteItemsCommand({
        ClientRequestToken, ...DETAILED, TransactItems: [{Put: {TableName: HASH, Item: {pk: {S: 'capacity-tx-token'}, t: {S: 'x'.repeat(1500)}}}}, {Put: {TableName: HASH, Item: {pk: {S: 'capacity-tx-token-2'}}}}],
      }))).ConsumedCapacity;
      return {first: await send(), again: await send()};
    },
  }),
  one('each read of a transaction costs two units for 4 KB', 'capacity 2 TransactGetItems', put({TableName: HASH, Item: {...hashAt('tx-read'), t: text(5000)}}), put({TableName: RANGE, Item: at('tx-read')}),
    has('TransactGetItems', {...DETAILED, TransactItems: [{Get: {TableName: HASH, Key: hashAt('tx-read'), ProjectionExpression: 'pk'}}, {Get: {TableName: RANGE, Key: at('tx-read')}}, {Get: {TableName: HASH, Key: hashAt('tx-none')}}]},
      {ConsumedCapacity: [cost(HASH, 6, {}, {}, 'Read'), cost(RANGE, 2, {}, {}, 'Read')]}),
    has('TransactGetItems', {TransactItems: [{Get: {TableName: HASH, Key: hashAt('tx-read')}}], ReturnConsumedCapacity: 'TOTAL'}, {ConsumedCapacity: [{TableName: HASH, CapacityUnits: 4, ReadCapacityUnits: 4}]})),
];

const statement = (Statement: string, ConsumedCapacity: Json, more: Body = {}): Step => costs('ExecuteStatement', {Statement, ...more}, ConsumedCapacity);
const STATEMENTS: readonly ConformanceCase[] = [
  one('statements that write cost what the operations do', 'capacity 2 PartiQL', gives('DeleteItem', {TableName: INDEXED, Key: at('statement')}, {}),
    statement(`INSERT INTO "${INDEXED}" VALUE {'pk': 'capacity-statement', 'sk': '1', 'lk': 'l', 'gk': 71050}`, indexed(1, 1, 1)),
    statement(`UPDATE "${INDEXED}" SET gk = 71051 WHERE pk = 'capacity-statement' AND sk = '1'`, indexed(1, 1, 2)),
    statement(`DELETE FROM "${INDEXED}" WHERE pk = 'capacity-statement' AND sk = '1'`, indexed(1, 1, 1)), statement(`DELETE FROM "${INDEXED}" WHERE pk = 'capacity-statement' AND sk = '1'`, indexed(1, 0, 0))),
  one('statements that read cost what the operations do', 'capacity 2 PartiQL', ...['1', '2'].map((sk) => put({TableName: RANGE, Item: {...at('select', sk), t: text(3000)}})),
    statement(`SELECT * FROM "${RANGE}" WHERE pk = 'capacity-select' AND sk = '1'`, cost(RANGE, 1), {ConsistentRead: true}), statement(`SELECT * FROM "${RANGE}" WHERE pk = 'capacity-select'`, cost(RANGE, 2), {ConsistentRead: true}),
    statement(`SELECT * FROM "${RANGE}" WHERE pk = 'capacity-select' AND none = 1`, cost(RANGE, 2), {ConsistentRead: true}), statement(`SELECT * FROM "${RANGE}" WHERE pk = 'capacity-nothing'`, cost(RANGE, 0.5)),
    statement(`SELECT * FROM "${SCANNED}"`, cost(SCANNED, 4), {ConsistentRead: true}), statement(`SELECT * FROM "${VIEWS}"."keys" WHERE pk = 'capacity-nothing'`, cost(VIEWS, 0, {keys: 1}), {ConsistentRead: true})),
  one('a batch of statements tells the costs of each', 'capacity 2 PartiQL', gives('DeleteItem', {TableName: HASH, Key: hashAt('statements')}, {}),
    has('BatchExecuteStatement', {...DETAILED, Statements: [{Statement: `INSERT INTO "${HASH}" VALUE {'pk': 'capacity-statements'}`}, {Statement: `DELETE FROM "${HASH}" WHERE pk = 'capacity-statements-none'`}]}, {ConsumedCapacity: [cost(HASH, 1), cost(HASH, 1)]})),
  one('a transaction of statements costs twice', 'capacity 2 PartiQL', gives('DeleteItem', {TableName: HASH, Key: hashAt('tx-statement')}, {}),
    has('ExecuteTransaction', {...DETAILED, TransactStatements: [{Statement: `INSERT INTO "${HASH}" VALUE {'pk': 'capacity-tx-statement'}`}]}, {ConsumedCapacity: [cost(HASH, 2, {}, {}, 'Write')]}),
    has('ExecuteTransaction', {...DETAILED, TransactStatements: [{Statement: `SELECT * FROM "${HASH}" WHERE pk = 'capacity-tx-statement'`}]}, {ConsumedCapacity: [cost(HASH, 2, {}, {}, 'Read')]})),
];

const ARN = `arn:aws:dynamodb:us-east-1:000000000000:table/${HASH}`;
/** What each operation says that it cost, to the half unit, at tables and indexes. */
export const OPERATION_COSTS: readonly ConformanceCase[] = [
  ...SINGLE, ...INDEX_WRITES, ...PAGES, ...BATCHES, ...TRANSACTIONS, ...STATEMENTS,
  one('costs name the table as the request did', '3 ConsumedCapacity', costs('GetItem', {TableName: ARN, Key: hashAt('arn'), ConsistentRead: true}, cost(ARN, 1)), costs('Query', {TableName: ARN, ...ofPartition('arn'), ConsistentRead: true}, cost(ARN, 1)),
    costs('Scan', {TableName: ARN, Limit: 1}, including({TableName: ARN}))),
  ...[['GetItem', {Key: hashAt('absent')}], ['DeleteItem', {Key: hashAt('absent')}], ['Query', ofPartition('none')]].map(([operation, more]) =>
    one(`${String(operation)} tells nothing of costs unless asked`, '3 ConsumedCapacity', has(String(operation), {TableName: HASH, ...more as Body}, {ConsumedCapacity: undefined}),
      has(String(operation), {TableName: HASH, ...more as Body, ReturnConsumedCapacity: 'NONE'}, {ConsumedCapacity: undefined}))),
];
