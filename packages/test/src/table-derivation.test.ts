// A table whose writes feed something else is active only when all its partitions know of it.
// Method: the cluster inside this process; what its partitions follow is read from the control plane's answer.
import {CreateTableCommand, DescribeTableCommand, DynamoDBClient, PutItemCommand, UpdateTableCommand} from '@aws-sdk/client-dynamodb';
import {startCluster} from './start-cluster.js';
import type {TestCluster} from './start-cluster.js';

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

async function active(TableName: string): Promise<void> {
  const untilMs = performance.now() + 10_000;
  while ((await client.send(new DescribeTableCommand({TableName}))).Table?.TableStatus !== 'ACTIVE') {
    if (performance.now() > untilMs) throw new Error(`${TableName} is not active`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

test('a stream that comes with its table, goes and comes again', async () => {
  await client.send(new CreateTableCommand({
    TableName: 'streamed', BillingMode: 'PAY_PER_REQUEST', KeySchema: [{AttributeName: 'pk', KeyType: 'HASH'}], AttributeDefinitions: [{AttributeName: 'pk', AttributeType: 'S'}],
    StreamSpecification: {StreamEnabled: true, StreamViewType: 'NEW_IMAGE'},
  }));
  await active('streamed');
  await client.send(new PutItemCommand({TableName: 'streamed', Item: {pk: {S: 'a'}}}));
  await client.send(new UpdateTableCommand({TableName: 'streamed', StreamSpecification: {StreamEnabled: false}}));
  await active('streamed');
  await client.send(new UpdateTableCommand({TableName: 'streamed', StreamSpecification: {StreamEnabled: true, StreamViewType: 'KEYS_ONLY'}}));
  await active('streamed');
  await client.send(new PutItemCommand({TableName: 'streamed', Item: {pk: {S: 'b'}}}));
});
