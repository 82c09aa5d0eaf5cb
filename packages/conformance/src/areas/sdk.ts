import {
  BatchGetItemCommand, BatchWriteItemCommand, ConditionalCheckFailedException, CreateTableCommand, DeleteItemCommand, DeleteTableCommand, DescribeTableCommand, GetItemCommand, ListTablesCommand,
  ListTagsOfResourceCommand, PutItemCommand, QueryCommand, ResourceInUseException, ResourceNotFoundException, ScanCommand, TagResourceCommand, UpdateItemCommand, paginateListTables, paginateQuery,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import type {AttributeValue, DynamoDBClient} from '@aws-sdk/client-dynamodb';
import type {Area, Body, ConformanceCase} from '../conformance-case.js';
import {proves} from '../conformance-case.js';
import {absent, anyPositive, including, pattern} from '../json.js';
import {HASH, MISSING, NUMBERS, RANGE} from '../suite-tables.js';

const CREATING_TRIES_MAX = 20;

function sdk(operation: string, name: string, expected: Body, run: (client: DynamoDBClient) => Promise<unknown>): ConformanceCase {
  return proves('1 Dispatch', `${operation} ${name}`, {kind: 'sdk', operation, run, expected});
}
const key = (name: string): Record<string, AttributeValue> => ({pk: {S: `sdk-${name}`}});

/** What a program learns of an error. */
async function errorOf(sending: Promise<unknown>): Promise<Readonly<Record<string, unknown>>> {
  try {
    await sending;
    return {};
  } catch (error) {
    const {name, message, $metadata, $fault, Item} = error as {name: string; message: string; $fault?: string; $metadata?: {httpStatusCode?: number; requestId?: string}; Item?: unknown};
    return {
      name, message, status: $metadata?.httpStatusCode, requestId: $metadata?.requestId, fault: $fault, Item,
      known: error instanceof ResourceNotFoundException || error instanceof ConditionalCheckFailedException || error instanceof ResourceInUseException,
    };
  }
}
const REQUEST_ID = pattern(/^[0-9A-Z]{52}$/);

export const SDK: Area = {
  name: 'sdk',
  title: 'What programs see through the AWS SDK',
  cases: [
    sdk('PutItem', 'of all types comes back the same', {same: true, blob: '0,1,255', set: 'Set'}, async (client) => {
      const item: Record<string, AttributeValue> = {
        ...key('types'), s: {S: 'ä\u{1f600}'}, n: {N: '1.5'}, b: {B: new Uint8Array([0, 1, 255])}, t: {BOOL: false}, z: {NULL: true}, ss: {SS: ['a', 'b']}, ns: {NS: ['1', '2']}, bs: {BS: [new Uint8Array([7])]},
        l: {L: [{S: 'x'}, {M: {deep: {N: '1'}}}]},
      };
      await client.send(new PutItemCommand({TableName: HASH, Item: item}));
      const {Item = {}} = await client.send(new GetItemCommand({TableName: HASH, Key: key('types'), ConsistentRead: true}));
      const plain = (value: unknown): string => JSON.stringify(value, (_name, inner: unknown) => (inner instanceof Uint8Array ? [...inner] : inner));
      const sorted = (value: Record<string, AttributeValue>): string => plain(Object.fromEntries(Object.entries(value).sort(([one], [two]) => (one < two ? -1 : 1))));
      return {same: sorted(Item) === sorted(item), blob: [...(Item['b']?.B ?? [])].join(), set: Array.isArray(Item['ss']?.SS) ? 'Set' : 'none'};
    }),
    sdk('GetItem', 'of a table that is not there', {name: 'ResourceNotFoundException', message: 'Requested resource not found', status: 400, requestId: REQUEST_ID, fault: 'client', known: true},
      (client) => errorOf(client.send(new GetItemCommand({TableName: MISSING, Key: key('a')})))),
    sdk('PutItem', 'whose condition fails', {name: 'ConditionalCheckFailedException', message: 'The conditional request failed', status: 400, requestId: REQUEST_ID, known: true, Item: {pk: {S: 'sdk-once'}}}, async (client) => {
      await client.send(new PutItemCommand({TableName: HASH, Item: key('once')}));
      return errorOf(client.send(new PutItemCommand({TableName: HASH, Item: key('once'), ConditionExpression: 'attribute_not_exists(pk)', ReturnValuesOnConditionCheckFailure: 'ALL_OLD'})));
    }),
    sdk('Query', 'that is wrong', {name: 'ValidationException', status: 400, message: 'Query condition missed key schema element: pk'},
      (client) => errorOf(client.send(new QueryCommand({TableName: RANGE, KeyConditionExpression: 'sk = :a', ExpressionAttributeValues: {':a': {S: 'a'}}})))),
    sdk('CreateTable', 'of a name that is taken', {name: 'ResourceInUseException', status: 400, message: `Table already exists: ${HASH}`, known: true}, (client) => errorOf(client.send(new CreateTableCommand({
      TableName: HASH, BillingMode: 'PAY_PER_REQUEST', AttributeDefinitions: [{AttributeName: 'pk', AttributeType: 'S'}], KeySchema: [{AttributeName: 'pk', KeyType: 'HASH'}],
    })))),
    sdk('DescribeTable', 'gives times and numbers', {status: 'ACTIVE', isDate: true, ItemCount: including({}), reply: {httpStatusCode: 200}}, async (client) => {
      const {Table, $metadata} = await client.send(new DescribeTableCommand({TableName: HASH}));
      const {httpStatusCode} = $metadata;
      return {status: Table?.TableStatus, isDate: Table?.CreationDateTime instanceof Date, ItemCount: {count: Table?.ItemCount}, reply: {httpStatusCode}};
    }),
    sdk('DescribeTable', 'is what the waiter waits for', {state: 'SUCCESS'}, (client) => waitUntilTableExists({client, maxWaitTime: 30}, {TableName: HASH})),
    sdk('PutItem', 'to a table that is being made', {refused: 'ResourceNotFoundException', message: 'Requested resource not found', described: true}, async (client) => {
      // A quick endpoint may have made it by the time the write arrives: some tables later one is met in the middle.
      for (let i = 0; i < CREATING_TRIES_MAX; i += 1) {
        const TableName = `Conformance.Creating.${i}`;
        const {TableDescription} = await client.send(new CreateTableCommand({
          TableName, BillingMode: 'PAY_PER_REQUEST', KeySchema: [{AttributeName: 'pk', KeyType: 'HASH'}], AttributeDefinitions: [{AttributeName: 'pk', AttributeType: 'S'}],
        }));
        const refused = await errorOf(client.send(new PutItemCommand({TableName, Item: key('creating')})));
        await waitUntilTableExists({client, maxWaitTime: 30, minDelay: 0.05}, {TableName});
        await client.send(new DeleteTableCommand({TableName}));
        if (refused['name'] !== undefined) return {refused: refused['name'], message: refused['message'], described: TableDescription?.TableStatus === 'CREATING'};
      }
      return {refused: 'none of them'};
    }),
    sdk('UpdateItem', 'counts, from many at once', {value: '40'}, async (client) => {
      await client.send(new DeleteItemCommand({TableName: HASH, Key: key('counter')}));
      await Promise.all(Array.from({length: 40}, () => client.send(new UpdateItemCommand({TableName: HASH, Key: key('counter'), UpdateExpression: 'ADD n :one', ExpressionAttributeValues: {':one': {N: '1'}}}))));
      const {Item} = await client.send(new GetItemCommand({TableName: HASH, Key: key('counter'), ConsistentRead: true}));
      return {value: Item?.['n']?.N};
    }),
    sdk('PutItem', 'with a condition has one winner of many', {won: 1, lost: 19}, async (client) => {
      await client.send(new DeleteItemCommand({TableName: HASH, Key: key('race')}));
      const answers = await Promise.all(Array.from({length: 20}, (_none, i) =>
        client.send(new PutItemCommand({TableName: HASH, Item: {...key('race'), i: {N: String(i)}}, ConditionExpression: 'attribute_not_exists(pk)'})).then(() => 'won', (error: unknown) => (error instanceof ConditionalCheckFailedException ? 'lost' : 'other'))));
      return {won: answers.filter((answer) => answer === 'won').length, lost: answers.filter((answer) => answer === 'lost').length};
    }),
    sdk('Query', 'in pages of seven gives every item in order', {count: 50, isInOrder: true, pages: 8}, async (client) => {
      for (let from = 0; from < 50; from += 25) {
        await client.send(new BatchWriteItemCommand({RequestItems: {[NUMBERS]: Array.from({length: 25}, (_none, i) => ({PutRequest: {Item: {pk: {N: '424242'}, sk: {N: String((from + i) * 3 - 60)}}}}))}}));
      }
      const found: number[] = [];
      let pages = 0;
      for await (const {Items = []} of paginateQuery({client, pageSize: 7}, {TableName: NUMBERS, KeyConditionExpression: 'pk = :p', ExpressionAttributeValues: {':p': {N: '424242'}}, ConsistentRead: true})) {
        pages += 1;
        found.push(...Items.map((item) => Number(item['sk']?.N)));
      }
      return {count: found.length, isInOrder: found.every((value, i) => value === i * 3 - 60), pages};
    }),
    sdk('ListTables', 'in pages of two has every table of the suite', {count: 6}, async (client) => {
      const names = new Set<string>();
      for await (const {TableNames = []} of paginateListTables({client, pageSize: 2}, {})) for (const name of TableNames) if (name.startsWith('Conformance.')) names.add(name);
      return {count: [HASH, RANGE, NUMBERS, 'Conformance.Bytes', 'Conformance.Indexed', 'Conformance.Scanned'].filter((name) => names.has(name)).length};
    }),
    sdk('ListTables', 'without parameters', {TableNames: including({length: anyPositive})}, async (client) => {
      const {TableNames = []} = await client.send(new ListTablesCommand({}));
      return {TableNames: {length: TableNames.length}};
    }),
    sdk('BatchGetItem', 'with consumed capacity', {units: 2, unprocessed: 0, found: 1}, async (client) => {
      await client.send(new PutItemCommand({TableName: HASH, Item: key('batch')}));
      const {Responses, UnprocessedKeys, ConsumedCapacity} = await client.send(new BatchGetItemCommand({RequestItems: {[HASH]: {Keys: [key('batch'), key('batch-none')], ConsistentRead: true}}, ReturnConsumedCapacity: 'TOTAL'}));
      return {units: ConsumedCapacity?.[0]?.CapacityUnits, unprocessed: Object.keys(UnprocessedKeys ?? {}).length, found: Responses?.[HASH]?.length};
    }),
    sdk('Scan', 'with a limit tells where it stopped', {count: 1, hasKey: true}, async (client) => {
      await client.send(new PutItemCommand({TableName: HASH, Item: key('scan')}));
      const {Count, LastEvaluatedKey} = await client.send(new ScanCommand({TableName: HASH, Limit: 1, ConsistentRead: true}));
      return {count: Count, hasKey: LastEvaluatedKey?.['pk'] !== undefined};
    }),
    sdk('TagResource', 'takes the ARN that DescribeTable gives', {tagged: 'yes', status: 200}, async (client) => {
      const {Table} = await client.send(new DescribeTableCommand({TableName: RANGE}));
      const {$metadata} = await client.send(new TagResourceCommand({ResourceArn: Table?.TableArn, Tags: [{Key: 'sdk', Value: 'yes'}]}));
      const {Tags = []} = await client.send(new ListTagsOfResourceCommand({ResourceArn: Table?.TableArn}));
      return {tagged: Tags.find(({Key}) => Key === 'sdk')?.Value, status: $metadata.httpStatusCode};
    }),
    sdk('UpdateItem', 'without anything to return', {Attributes: absent, ConsumedCapacity: absent, ItemCollectionMetrics: absent}, (client) =>
      client.send(new UpdateItemCommand({TableName: HASH, Key: key('plain')}))),
  ],
};
