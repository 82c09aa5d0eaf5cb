// Goal: the bound of an item collection is a setting, so that programs can be tested at it. Method: the AWS SDK at a cluster whose
// collections may hold 8 KB instead of 10 GB.
import {
  CreateTableCommand, DeleteItemCommand, DescribeTableCommand, DynamoDBClient, ItemCollectionSizeLimitExceededException, PutItemCommand, TransactWriteItemsCommand, TransactionCanceledException, UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import {startCluster} from './start-cluster.js';
import type {TestCluster} from './start-cluster.js';

let cluster: TestCluster;
let client: DynamoDBClient;
beforeAll(async () => {
  cluster = await startCluster({serveFlags: ['--item-collection-size-bytes-max', '8192']});
  client = new DynamoDBClient({endpoint: cluster.endpoint, region: 'us-east-1', credentials: {accessKeyId: 'any', secretAccessKey: 'any'}, maxAttempts: 1});
  await client.send(new CreateTableCommand({
    TableName: 'Collections', BillingMode: 'PAY_PER_REQUEST', KeySchema: [{AttributeName: 'pk', KeyType: 'HASH'}, {AttributeName: 'sk', KeyType: 'RANGE'}],
    AttributeDefinitions: ['pk', 'sk', 'lk'].map((AttributeName) => ({AttributeName, AttributeType: 'S' as const})),
    LocalSecondaryIndexes: [{IndexName: 'Local', KeySchema: [{AttributeName: 'pk', KeyType: 'HASH'}, {AttributeName: 'lk', KeyType: 'RANGE'}], Projection: {ProjectionType: 'ALL'}}],
  }));
  while ((await client.send(new DescribeTableCommand({TableName: 'Collections'}))).Table?.TableStatus !== 'ACTIVE');
});
afterAll(async () => {
  client.destroy();
  await cluster.stop();
});

const put = (pk: string, sk: string, more: Readonly<Record<string, string>> = {}) => client.send(new PutItemCommand({
  TableName: 'Collections', Item: Object.fromEntries(Object.entries({pk, sk, text: 'x'.repeat(3_000), ...more}).map(([name, text]) => [name, {S: text}])),
}));

test('writes that let a collection grow beyond the setting are refused, others are not', async () => {
  await put('a', '1');
  await put('a', '2');
  await expect(put('a', '3')).rejects.toThrow(new ItemCollectionSizeLimitExceededException({message: 'Collection size exceeded.', $metadata: {}}));
  await put('b', '3');
  await put('a', '2', {text: 'shorter'});
  // An entry of an index counts as its item does.
  await expect(put('a', '2', {lk: 'l'})).rejects.toBeInstanceOf(ItemCollectionSizeLimitExceededException);
  await expect(client.send(new UpdateItemCommand({TableName: 'Collections', Key: {pk: {S: 'a'}, sk: {S: '1'}}, UpdateExpression: 'SET lk = :l, more = :m', ExpressionAttributeValues: {':l': {S: 'l'}, ':m': {S: 'm'.repeat(3_000)}}})))
    .rejects.toBeInstanceOf(ItemCollectionSizeLimitExceededException);
  await client.send(new DeleteItemCommand({TableName: 'Collections', Key: {pk: {S: 'a'}, sk: {S: '1'}}}));
  await put('a', '3');
});

test('a transaction is cancelled with the reason', async () => {
  const failed = client.send(new TransactWriteItemsCommand({TransactItems: ['1', '2', '3'].map((sk) => ({Put: {TableName: 'Collections', Item: {pk: {S: 'c'}, sk: {S: sk}, text: {S: 'x'.repeat(3_000)}}}}))}));
  await expect(failed).rejects.toBeInstanceOf(TransactionCanceledException);
});
