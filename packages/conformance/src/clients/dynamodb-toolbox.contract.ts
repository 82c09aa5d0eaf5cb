import {afterAll, beforeAll, expect, test} from '@jest/globals';
import {ConditionalCheckFailedException} from '@aws-sdk/client-dynamodb';
import type {DynamoDBClient} from '@aws-sdk/client-dynamodb';
import {DynamoDBDocumentClient} from '@aws-sdk/lib-dynamodb';
import {
  $add, $append, $remove, BatchDeleteRequest, BatchGetCommand, BatchGetRequest, BatchPutRequest, BatchWriteCommand, DeleteItemCommand, Entity, GetItemCommand, PutItemCommand,
  QueryCommand, ScanCommand, Table, UpdateItemCommand, executeBatchGet, executeBatchWrite, item, list, map, number, set, string,
} from 'dynamodb-toolbox';
import {clientOf, createTable} from './client-tables.js';

const TABLE = 'Clients.Toolbox';

/** What dynamodb-toolbox documents: a table with a local index, an entity of it, its item commands, queries, scans, batches. */
export function describeDynamodbToolbox(endpoint: () => string): void {
  let client: DynamoDBClient;
  beforeAll(async () => {
    client = clientOf(endpoint());
    await createTable(client, TABLE, {hash: 'trainer', range: 'name', localIndex: 'kind'});
  }, 60_000);
  afterAll(() => client.destroy());

  const makeEntity = () => new Entity({
    name: 'creature', timestamps: true, computeKey: ({trainer, name}: {trainer: string; name: string}) => ({trainer, name}),
    table: new Table({
      documentClient: DynamoDBDocumentClient.from(client), name: TABLE, partitionKey: {name: 'trainer', type: 'string'}, sortKey: {name: 'name', type: 'string'},
      indexes: {kind: {type: 'local', sortKey: {name: 'kind', type: 'string'}}},
    }),
    schema: item({
      trainer: string().key(), name: string().key(), kind: string().enum('fire', 'water').default('fire' as const), level: number(),
      moves: list(string()).optional(), badges: set(string()).optional(), stats: map({speed: number(), power: number().optional()}).optional(),
    }),
  });

  test('an item is put under a condition, read, updated and deleted', async () => {
    const creature = makeEntity();
    const put = (level: number) => creature.build(PutItemCommand).item({trainer: 'ann', name: 'pik', level, moves: ['run'], badges: new Set(['red']), stats: {speed: 3, power: 1}})
      .options({condition: {attr: 'name', exists: false}});
    await put(1).send();
    await expect(put(2).send()).rejects.toBeInstanceOf(ConditionalCheckFailedException);
    const updated = await creature.build(UpdateItemCommand)
      .item({trainer: 'ann', name: 'pik', level: $add(4), moves: $append(['jump']), badges: $add(new Set(['blue'])), stats: {speed: $add(1), power: $remove()}})
      .options({returnValues: 'ALL_NEW', condition: {attr: 'level', lt: 10}}).send();
    expect(updated.Attributes).toMatchObject({level: 5, kind: 'fire', moves: ['run', 'jump'], badges: new Set(['red', 'blue']), stats: {speed: 4}});
    const {Item} = await creature.build(GetItemCommand).key({trainer: 'ann', name: 'pik'}).options({consistent: true, attributes: ['level', 'stats.speed']}).send();
    expect(Item).toEqual({level: 5, stats: {speed: 4}});
    await creature.build(DeleteItemCommand).key({trainer: 'ann', name: 'pik'}).options({condition: {attr: 'level', eq: 5}}).send();
    expect((await creature.build(GetItemCommand).key({trainer: 'ann', name: 'pik'}).options({consistent: true}).send()).Item).toBeUndefined();
  });

  test('batches, queries by table and local index, filters, pages and scans', async () => {
    const creature = makeEntity();
    const {table} = creature;
    const items = Array.from({length: 20}, (_, i) => ({trainer: 'bob', name: `n${String(i).padStart(2, '0')}`, level: i, kind: i % 2 === 0 ? 'fire' as const : 'water' as const}));
    await executeBatchWrite(table.build(BatchWriteCommand).requests(...items.map((one) => creature.build(BatchPutRequest).item(one))));
    const range = await table.build(QueryCommand).entities(creature).query({partition: 'bob', range: {between: ['n03', 'n05']}}).options({consistent: true, reverse: true}).send();
    expect(range.Items?.map(({level}) => level)).toEqual([5, 4, 3]);
    const water = await table.build(QueryCommand).entities(creature).query({index: 'kind', partition: 'bob', range: {eq: 'water'}})
      .options({consistent: true, filters: {creature: {attr: 'level', gt: 14}}}).send();
    expect(water.Items?.map(({level}) => level).sort((a, b) => a - b)).toEqual([15, 17, 19]);
    const first = await table.build(QueryCommand).entities(creature).query({partition: 'bob'}).options({consistent: true, limit: 6}).send();
    expect([first.Count, first.LastEvaluatedKey]).toEqual([6, {trainer: 'bob', name: 'n05'}]);
    const all = await table.build(QueryCommand).entities(creature).query({partition: 'bob'}).options({consistent: true, limit: 6, maxPages: Infinity}).send();
    expect(all.Items).toHaveLength(20);
    const scanned = await table.build(ScanCommand).entities(creature).options({consistent: true, filters: {creature: {attr: 'trainer', eq: 'bob'}}}).send();
    expect(scanned.Items).toHaveLength(20);
    const key = {trainer: 'bob', name: 'n07'};
    const got = await executeBatchGet(table.build(BatchGetCommand).requests(creature.build(BatchGetRequest).key(key)).options({consistent: true}));
    expect(got.Responses?.[0][0]).toMatchObject({...key, level: 7});
    await executeBatchWrite(table.build(BatchWriteCommand).requests(...items.map(({trainer, name}) => creature.build(BatchDeleteRequest).key({trainer, name}))));
    expect((await table.build(QueryCommand).entities(creature).query({partition: 'bob'}).options({consistent: true}).send()).Items).toEqual([]);
  });
}
