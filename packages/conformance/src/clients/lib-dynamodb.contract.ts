import {afterAll, beforeAll, expect, test} from '@jest/globals';
import {ConditionalCheckFailedException} from '@aws-sdk/client-dynamodb';
import type {DynamoDBClient} from '@aws-sdk/client-dynamodb';
import {
  BatchGetCommand, BatchWriteCommand, DeleteCommand, DynamoDBDocument, DynamoDBDocumentClient, GetCommand, NumberValue, PutCommand, QueryCommand, UpdateCommand,
  paginateQuery, paginateScan,
} from '@aws-sdk/lib-dynamodb';
import {clientOf, createTable} from './client-tables.js';

const TABLE = 'Clients.Documents';

/** What `@aws-sdk/lib-dynamodb` documents: plain values instead of attribute values, sets, paginators, batches. */
export function describeLibDynamodb(endpoint: () => string): void {
  let client: DynamoDBClient;
  let documents: DynamoDBDocumentClient;
  beforeAll(async () => {
    client = clientOf(endpoint());
    documents = DynamoDBDocumentClient.from(client, {marshallOptions: {removeUndefinedValues: true}});
    await createTable(client, TABLE, {hash: 'pk', range: 'sk', rangeType: 'N'});
    for (let first = 0; first < 60; first += 20) {
      const written = await documents.send(new BatchWriteCommand({RequestItems: {[TABLE]: Array.from({length: 20}, (_, i) => ({
        PutRequest: {Item: {pk: `page-${(first + i) % 2}`, sk: first + i, isEven: i % 2 === 0}},
      }))}}));
      expect(written.UnprocessedItems).toEqual({});
    }
  }, 60_000);
  afterAll(() => client.destroy());

  test('values of every kind come back as they were', async () => {
    const item = {
      pk: 'kinds', sk: 1, text: 'grüße 鳥', empty: '', yes: true, nothing: null, number: -12.5, bytes: Uint8Array.of(0, 1, 255),
      list: [1, 'two', [3, {four: null}]], map: {inner: {deep: [true]}, none: {}},
      names: new Set(['a', 'b']), numbers: new Set([1, 2.5]), blobs: new Set([Uint8Array.of(1), Uint8Array.of(2)]),
    };
    await documents.send(new PutCommand({TableName: TABLE, Item: {...item, leftOut: undefined}}));
    const {Item} = await documents.send(new GetCommand({TableName: TABLE, Key: {pk: 'kinds', sk: 1}, ConsistentRead: true}));
    expect(Item).toEqual(item);
    await expect(documents.send(new PutCommand({TableName: TABLE, Item: {pk: 'kinds', sk: 2, names: new Set()}}))).rejects.toThrow();
  });

  test('numbers of 38 digits keep every digit', async () => {
    // A client of its own: what is set of one document client is kept in the client below it, which all others share.
    const below = clientOf(endpoint());
    const exact = DynamoDBDocumentClient.from(below, {unmarshallOptions: {wrapNumbers: true}});
    const digits = '1234567890123456789012345678.9012345678';
    await exact.send(new PutCommand({TableName: TABLE, Item: {pk: 'exact', sk: 1, decimal: NumberValue.from(digits), big: 2n ** 100n}}));
    const {Item} = await exact.send(new GetCommand({TableName: TABLE, Key: {pk: 'exact', sk: 1}, ConsistentRead: true}));
    expect([Item?.['decimal'].value, Item?.['big'].value]).toEqual([digits, String(2n ** 100n)]);
    below.destroy();
  });

  test('an update counts, adds to a set, appends to a list and gives the item back', async () => {
    await documents.send(new PutCommand({TableName: TABLE, Item: {pk: 'update', sk: 1, count: 1, tags: new Set(['a']), list: ['x'], gone: 1}}));
    const {Attributes} = await documents.send(new UpdateCommand({
      TableName: TABLE, Key: {pk: 'update', sk: 1}, ReturnValues: 'ALL_NEW', ConditionExpression: 'attribute_exists(pk) AND contains(tags, :has)',
      UpdateExpression: 'SET #c = #c + :one, #l = list_append(#l, :more), #n = if_not_exists(#n, :new) ADD tags :tags REMOVE gone',
      ExpressionAttributeNames: {'#c': 'count', '#l': 'list', '#n': 'new'},
      ExpressionAttributeValues: {':one': 1, ':more': ['y', {z: true}], ':new': 'n', ':tags': new Set(['b']), ':has': 'a'},
    }));
    expect(Attributes).toEqual({pk: 'update', sk: 1, count: 2, tags: new Set(['a', 'b']), list: ['x', 'y', {z: true}], new: 'n'});
  });

  test('a condition that fails is the exception of the SDK, with the item that was there', async () => {
    const Item = {pk: 'once', sk: 1, owner: 'first', tags: new Set(['a'])};
    const putOnce = (owner: string): PutCommand => new PutCommand({
      TableName: TABLE, Item: {...Item, owner}, ConditionExpression: 'attribute_not_exists(pk)', ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    await documents.send(putOnce('first'));
    const refused: unknown = await documents.send(putOnce('second')).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(ConditionalCheckFailedException);
    expect(refused).toMatchObject({Item: {owner: {S: 'first'}}});
    const {Attributes} = await documents.send(new DeleteCommand({TableName: TABLE, Key: {pk: 'once', sk: 1}, ReturnValues: 'ALL_OLD'}));
    expect(Attributes).toEqual(Item);
  });

  test('queries and scans go through every page', async () => {
    // A paginator writes its position into what it is given.
    const queried: unknown[] = [];
    let pageCount = 0;
    const query = {TableName: TABLE, KeyConditionExpression: 'pk = :p', ExpressionAttributeValues: {':p': 'page-1'}, ConsistentRead: true};
    for await (const page of paginateQuery({client: documents, pageSize: 7}, {...query})) {
      pageCount += 1;
      queried.push(...(page.Items ?? []).map((item) => item['sk'] as unknown));
    }
    expect(queried).toEqual(Array.from({length: 30}, (_, i) => 2 * i + 1));
    expect(pageCount).toBe(5);
    const scanned: number[] = [];
    const scan = {TableName: TABLE, FilterExpression: 'begins_with(pk, :p)', ExpressionAttributeValues: {':p': 'page-'}, ConsistentRead: true};
    for await (const page of paginateScan({client: documents, pageSize: 11}, scan)) scanned.push(...(page.Items ?? []).map((item) => Number(item['sk'])));
    expect(scanned.sort((a, b) => a - b)).toEqual(Array.from({length: 60}, (_, i) => i));
    const last = await documents.send(new QueryCommand({...query, ScanIndexForward: false, Limit: 1}));
    expect([last.Items, last.LastEvaluatedKey]).toEqual([[{pk: 'page-1', sk: 59, isEven: false}], {pk: 'page-1', sk: 59}]);
  });

  test('batches get what is there and delete it', async () => {
    const Keys = [1, 2, 3].map((sk) => ({pk: 'batch', sk}));
    await documents.send(new BatchWriteCommand({RequestItems: {[TABLE]: Keys.slice(0, 2).map((Item) => ({PutRequest: {Item}}))}}));
    const got = await documents.send(new BatchGetCommand({RequestItems: {[TABLE]: {Keys, ConsistentRead: true}}}));
    expect(new Set(got.Responses?.[TABLE]?.map((item) => Number(item['sk'])))).toEqual(new Set([1, 2]));
    await documents.send(new BatchWriteCommand({RequestItems: {[TABLE]: Keys.map((Key) => ({DeleteRequest: {Key}}))}}));
    expect((await documents.send(new BatchGetCommand({RequestItems: {[TABLE]: {Keys, ConsistentRead: true}}}))).Responses).toEqual({[TABLE]: []});
  });

  test('the whole-client form does the same', async () => {
    const document = DynamoDBDocument.from(client);
    await document.put({TableName: TABLE, Item: {pk: 'whole', sk: 1, n: 1}});
    expect((await document.get({TableName: TABLE, Key: {pk: 'whole', sk: 1}, ConsistentRead: true})).Item).toEqual({pk: 'whole', sk: 1, n: 1});
    await document.delete({TableName: TABLE, Key: {pk: 'whole', sk: 1}});
    expect((await document.query({TableName: TABLE, KeyConditionExpression: 'pk = :p', ExpressionAttributeValues: {':p': 'whole'}, ConsistentRead: true})).Count).toBe(0);
  });
}
