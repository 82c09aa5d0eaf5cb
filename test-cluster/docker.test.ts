// Goal: the image of deploy/Dockerfile makes a cluster of three containers that serves, survives one of them, and keeps its data.
// Method: testcontainers; skipped in plain words where no Docker engine answers.
import {join} from 'node:path';
import {CreateTableCommand, DescribeTableCommand, DynamoDBClient, GetItemCommand, PutItemCommand} from '@aws-sdk/client-dynamodb';
import {GenericContainer, Network, Wait} from 'testcontainers';
import type {StartedTestContainer} from 'testcontainers';
import {testWhere} from './process-cluster.js';
import {until} from './until.js';

const NODE_IDS = ['a1', 'b1', 'c1'] as const;
const PEERS = NODE_IDS.map((id) => `${id}=${id}:8002`).join(',');

const testWithDocker = testWhere('docker', ['version', '--format', '{{.Server.Version}}'], 'no Docker engine answers');

testWithDocker('three containers of the image make a cluster that goes on without one', async () => {
  const image = await GenericContainer.fromDockerfile(join(__dirname, '..'), 'deploy/Dockerfile').build('murmuration:test', {deleteOnExit: true});
  const network = await new Network().start();
  const containers: StartedTestContainer[] = [];
  const clients: DynamoDBClient[] = [];
  try {
    containers.push(...await Promise.all(NODE_IDS.map((id) => image
      .withNetwork(network).withNetworkAliases(id).withExposedPorts(8000, 8001)
      .withCommand(['serve', '--node-id', id, '--az', id.charAt(0), '--cluster-id', 'docker', '--advertise-host', id, '--control-peers', PEERS])
      .withWaitStrategy(Wait.forHttp('/health/ready', 8001).forStatusCode(200)).withStartupTimeout(60_000)
      .start())));
    clients.push(...containers.map((container) => new DynamoDBClient({
      endpoint: `http://${container.getHost()}:${container.getMappedPort(8000)}`, region: 'us-east-1', maxAttempts: 10, credentials: {accessKeyId: 'any', secretAccessKey: 'any'},
    })));
    const [first, second, third] = clients as [DynamoDBClient, DynamoDBClient, DynamoDBClient];
    await first.send(new CreateTableCommand({TableName: 'items', BillingMode: 'PAY_PER_REQUEST', KeySchema: [{AttributeName: 'id', KeyType: 'HASH'}], AttributeDefinitions: [{AttributeName: 'id', AttributeType: 'S'}]}));
    await until('the table is active', async () => (await first.send(new DescribeTableCommand({TableName: 'items'}))).Table?.TableStatus === 'ACTIVE', 30_000);
    await first.send(new PutItemCommand({TableName: 'items', Item: {id: {S: 'before'}}}));
    await containers[0]?.stop({timeout: 20_000});
    const read = async (client: DynamoDBClient, id: string): Promise<string | undefined> =>
      (await client.send(new GetItemCommand({TableName: 'items', Key: {id: {S: id}}, ConsistentRead: true}))).Item?.['id']?.S;
    expect(await until('a read without the first', () => read(second, 'before'), 30_000)).toBe('before');
    await third.send(new PutItemCommand({TableName: 'items', Item: {id: {S: 'after'}}}));
    expect(await read(second, 'after')).toBe('after');
  } finally {
    for (const client of clients) client.destroy();
    for (const container of containers.slice(1)) await container.stop();
    await network.stop();
  }
}, 600_000);
