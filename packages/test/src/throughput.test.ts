// Goal: provisioned throughput is enforced from the partition to the SDK, and follows UpdateTable. Method: the AWS SDK without retries.
import {BatchWriteItemCommand, CreateTableCommand, DescribeTableCommand, DynamoDBClient, PutItemCommand, UpdateTableCommand} from '@aws-sdk/client-dynamodb';
import {startCluster} from './start-cluster.js';
import type {TestCluster} from './start-cluster.js';

let cluster: TestCluster;
let client: DynamoDBClient;
beforeAll(async () => {
  cluster = await startCluster({tuning: {storageNode: {throttling: 'provisioned'}}});
  client = new DynamoDBClient({endpoint: cluster.endpoint, region: 'us-east-1', credentials: {accessKeyId: 'any', secretAccessKey: 'any'}, maxAttempts: 1});
});
afterAll(async () => {
  client.destroy();
  await cluster.stop();
});

async function isActive(name: string): Promise<boolean> {
  return (await client.send(new DescribeTableCommand({TableName: name}))).Table?.TableStatus === 'ACTIVE';
}
async function untilActive(name: string): Promise<void> {
  for (let tries = 0; tries < 2_000; tries += 1) {
    if (await isActive(name)) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error(`${name} did not become active`);
}
async function putMany(count: number): Promise<readonly (PromiseSettledResult<unknown>)[]> {
  return Promise.allSettled(Array.from({length: count}, (_none, i) => client.send(new PutItemCommand({TableName: 'Tickets', Item: {id: {S: `t${i}`}}}))));
}

test('a provisioned table takes what it has, names the reason for the rest, and takes more when it has more', async () => {
  const startMs = performance.now();
  await client.send(new CreateTableCommand({
    TableName: 'Tickets', KeySchema: [{AttributeName: 'id', KeyType: 'HASH'}], AttributeDefinitions: [{AttributeName: 'id', AttributeType: 'S'}],
    ProvisionedThroughput: {ReadCapacityUnits: 5, WriteCapacityUnits: 5},
  }));
  await untilActive('Tickets');
  const results = await putMany(200);
  const acceptedCount = results.filter(({status}) => status === 'fulfilled').length;
  expect(acceptedCount).toBeLessThanOrEqual(5 + 5 * ((performance.now() - startMs) / 1_000));
  const refused = results.find((result) => result.status === 'rejected');
  expect(refused?.reason).toMatchObject({
    name: 'ProvisionedThroughputExceededException',
    ThrottlingReasons: [{reason: 'TableWriteProvisionedThroughputExceeded', resource: expect.stringMatching(/table\/Tickets$/) as unknown}],
  });
  await expect(client.send(new BatchWriteItemCommand({RequestItems: {Tickets: Array.from({length: 25}, (_none, i) => ({PutRequest: {Item: {id: {S: `b${i}`}}}}))}})).then(
    ({UnprocessedItems}) => (UnprocessedItems?.['Tickets']?.length ?? 0) > 0, (error: Error) => error.name === 'ProvisionedThroughputExceededException')).resolves.toBe(true);

  await client.send(new UpdateTableCommand({TableName: 'Tickets', ProvisionedThroughput: {ReadCapacityUnits: 5, WriteCapacityUnits: 40_000}}));
  await untilActive('Tickets');
  // The higher rate is there for at least a tenth of a second when the first one passes.
  for (let tries = 0; tries < 400; tries += 1) {
    if ((await putMany(20)).every(({status}) => status === 'fulfilled')) return;
  }
  throw new Error('the higher throughput was not given');
});

test('a write of the table is refused where a global index has no write throughput left, though the table has', async () => {
  await client.send(new CreateTableCommand({
    TableName: 'Indexed', KeySchema: [{AttributeName: 'id', KeyType: 'HASH'}], AttributeDefinitions: [{AttributeName: 'id', AttributeType: 'S'}, {AttributeName: 'owner', AttributeType: 'S'}],
    ProvisionedThroughput: {ReadCapacityUnits: 5, WriteCapacityUnits: 900},
    GlobalSecondaryIndexes: [{IndexName: 'by-owner', KeySchema: [{AttributeName: 'owner', KeyType: 'HASH'}], Projection: {ProjectionType: 'ALL'}, ProvisionedThroughput: {ReadCapacityUnits: 1, WriteCapacityUnits: 1}}],
  }));
  await untilActive('Indexed');
  const put = (id: string, more: Record<string, {S: string}>): Promise<unknown> => client.send(new PutItemCommand({TableName: 'Indexed', Item: {id: {S: id}, ...more}}));
  const indexed = await Promise.allSettled(Array.from({length: 40}, (_none, i) => put(`i${i}`, {owner: {S: 'o'}})));
  const refused = indexed.filter((result) => result.status === 'rejected');
  expect(refused.length).toBeGreaterThan(0);
  for (const {reason} of refused) {
    expect(reason).toMatchObject({
      name: 'ProvisionedThroughputExceededException',
      ThrottlingReasons: [{reason: 'IndexWriteProvisionedThroughputExceeded', resource: expect.stringMatching(/table\/Indexed\/index\/by-owner$/) as unknown}],
    });
  }
  // What is not in the index is not held up by it.
  await expect(Promise.all(Array.from({length: 20}, (_none, i) => put(`p${i}`, {})))).resolves.toHaveLength(20);
});
