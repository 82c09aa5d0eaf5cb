// What a transaction writes reaches streams, local and global indexes, each item once. Method: the AWS SDK against a cluster inside this process.
import {CreateTableCommand, DescribeTableCommand, DynamoDBClient, QueryCommand, TransactGetItemsCommand, TransactWriteItemsCommand} from '@aws-sdk/client-dynamodb';
import {startCluster} from './start-cluster.js';
import type {TestCluster} from './start-cluster.js';

const TableName = 'orders';
const COUNT = 12;
let cluster: TestCluster;
let client: DynamoDBClient;
beforeAll(async () => {
  cluster = await startCluster();
  client = new DynamoDBClient({endpoint: cluster.endpoint, region: 'us-east-1', credentials: {accessKeyId: 'any', secretAccessKey: 'any'}});
});
afterAll(async () => {
  client.destroy();
  await cluster.stop();
});

async function until<Found>(what: string, find: () => Promise<Found | undefined>): Promise<Found> {
  const untilMs = performance.now() + 15_000;
  for (;;) {
    const found = await find();
    if (found !== undefined) return found;
    if (performance.now() > untilMs) throw new Error(`not in time: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
interface StreamAnswer {
  readonly StreamDescription?: {readonly Shards?: readonly {readonly ShardId: string}[]};
  readonly ShardIterator?: string;
  readonly NextShardIterator?: string;
  readonly Records?: readonly {readonly eventName: string; readonly dynamodb: {readonly Keys: {readonly pk: {readonly S: string}}}}[];
}
async function askStreams(operation: string, body: object): Promise<StreamAnswer> {
  const response = await fetch(cluster.endpoint, {
    method: 'POST', body: JSON.stringify(body),
    headers: {
      'content-type': 'application/x-amz-json-1.0', 'x-amz-target': `DynamoDBStreams_20120810.${operation}`, 'x-amz-date': '20200101T000000Z',
      authorization: 'AWS4-HMAC-SHA256 Credential=any/20200101/us-east-1/dynamodb/aws4_request, SignedHeaders=host;x-amz-date, Signature=0',
    },
  });
  return await response.json() as StreamAnswer;
}
async function streamed(StreamArn: string): Promise<readonly string[]> {
  const {StreamDescription} = await askStreams('DescribeStream', {StreamArn});
  const seen: string[] = [];
  for (const {ShardId} of StreamDescription?.Shards ?? []) {
    let {ShardIterator} = await askStreams('GetShardIterator', {StreamArn, ShardId, ShardIteratorType: 'TRIM_HORIZON'});
    for (let i = 0; i < 4 && ShardIterator !== undefined; i += 1) {
      const page: StreamAnswer = await askStreams('GetRecords', {ShardIterator});
      for (const {eventName, dynamodb} of page.Records ?? []) seen.push(`${eventName} ${dynamodb.Keys.pk.S}`);
      ShardIterator = page.NextShardIterator;
    }
  }
  return seen.sort();
}

test('streams and indexes hold what transactions did, once each', async () => {
  await client.send(new CreateTableCommand({
    TableName, BillingMode: 'PAY_PER_REQUEST',
    KeySchema: [{AttributeName: 'pk', KeyType: 'HASH'}, {AttributeName: 'sk', KeyType: 'RANGE'}],
    AttributeDefinitions: ['pk', 'sk', 'l', 'g'].map((AttributeName) => ({AttributeName, AttributeType: 'S' as const})),
    LocalSecondaryIndexes: [{IndexName: 'local', KeySchema: [{AttributeName: 'pk', KeyType: 'HASH'}, {AttributeName: 'l', KeyType: 'RANGE'}], Projection: {ProjectionType: 'ALL'}}],
    GlobalSecondaryIndexes: [{IndexName: 'global', KeySchema: [{AttributeName: 'g', KeyType: 'HASH'}], Projection: {ProjectionType: 'ALL'}}],
    StreamSpecification: {StreamEnabled: true, StreamViewType: 'NEW_IMAGE'},
  }));
  const StreamArn = await until('the table is active', async () => {
    const {Table} = await client.send(new DescribeTableCommand({TableName}));
    return Table?.TableStatus === 'ACTIVE' ? Table.LatestStreamArn : undefined;
  });
  const names = Array.from({length: COUNT}, (_, i) => `p${String(i).padStart(2, '0')}`);
  const keyOf = (pk: string): {readonly pk: {readonly S: string}; readonly sk: {readonly S: string}} => ({pk: {S: pk}, sk: {S: 's'}});
  await client.send(new TransactWriteItemsCommand({TransactItems: names.map((pk) => ({Put: {TableName, Item: {...keyOf(pk), l: {S: 'l'}, g: {S: 'all'}}}}))}));
  const read = await client.send(new TransactGetItemsCommand({TransactItems: names.map((pk) => ({Get: {TableName, Key: keyOf(pk)}}))}));
  expect(read.Responses?.map(({Item}) => Item?.['pk']?.S)).toEqual(names);
  for (const pk of names) {
    const {Count} = await client.send(new QueryCommand({TableName, IndexName: 'local', KeyConditionExpression: 'pk = :pk', ExpressionAttributeValues: {':pk': {S: pk}}, ConsistentRead: true}));
    expect(Count).toBe(1);
  }
  const countOf = (wanted: number): Promise<true> => until(`the global index holds ${wanted}`, async () => {
    const {Count} = await client.send(new QueryCommand({TableName, IndexName: 'global', KeyConditionExpression: 'g = :g', ExpressionAttributeValues: {':g': {S: 'all'}}}));
    return Count === wanted ? true : undefined;
  });
  await countOf(COUNT);
  const [first = '', second = '', third = ''] = names;
  const {ConsumedCapacity} = await client.send(new TransactWriteItemsCommand({ReturnConsumedCapacity: 'INDEXES', TransactItems: [
    {Delete: {TableName, Key: keyOf(first)}},
    {Update: {TableName, Key: keyOf(second), UpdateExpression: 'SET n = :one', ExpressionAttributeValues: {':one': {N: '1'}}}},
    {ConditionCheck: {TableName, Key: keyOf(third), ConditionExpression: 'attribute_exists(pk)'}},
  ]}));
  // Twice the units of each write, at the table and at both indexes; a check writes no entry.
  expect(ConsumedCapacity).toEqual([{
    TableName, CapacityUnits: 14, WriteCapacityUnits: 14, Table: {CapacityUnits: 6, WriteCapacityUnits: 6},
    LocalSecondaryIndexes: {local: {CapacityUnits: 4, WriteCapacityUnits: 4}}, GlobalSecondaryIndexes: {global: {CapacityUnits: 4, WriteCapacityUnits: 4}},
  }]);
  await countOf(COUNT - 1);
  expect(await streamed(StreamArn)).toEqual([...names.map((pk) => `INSERT ${pk}`), `MODIFY ${second}`, `REMOVE ${first}`]);
});
