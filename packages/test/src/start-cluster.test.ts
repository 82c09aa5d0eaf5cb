// Goal: a cluster inside a test process serves, survives the end of a node, acknowledges nothing too early, and leaves nothing behind.
// Method: the AWS SDK against its endpoint; holding syncs of the logs; counting open handles over start/stop cycles.
import {
  BatchWriteItemCommand, CreateTableCommand, DeleteItemCommand, DescribeTableCommand, DynamoDBClient, GetItemCommand, ListTablesCommand, PutItemCommand, QueryCommand,
  ScanCommand, UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type {AttributeValue, CreateTableCommandInput} from '@aws-sdk/client-dynamodb';
import {startCluster} from './start-cluster.js';
import type {TestCluster} from './start-cluster.js';

const clients: DynamoDBClient[] = [];
function clientOf(endpoint: string, maxAttempts = 5): DynamoDBClient {
  const client = new DynamoDBClient({endpoint, region: 'us-east-1', credentials: {accessKeyId: 'any', secretAccessKey: 'any'}, maxAttempts});
  clients.push(client);
  return client;
}
async function createTable(client: DynamoDBClient, name: string, billing: Partial<CreateTableCommandInput> = {BillingMode: 'PAY_PER_REQUEST'}): Promise<void> {
  await client.send(new CreateTableCommand({
    TableName: name,
    KeySchema: [{AttributeName: 'pk', KeyType: 'HASH'}, {AttributeName: 'sk', KeyType: 'RANGE'}],
    AttributeDefinitions: [{AttributeName: 'pk', AttributeType: 'S'}, {AttributeName: 'sk', AttributeType: 'N'}],
    ...billing,
  }));
  await until(`table ${name} is active`, async () => (await client.send(new DescribeTableCommand({TableName: name}))).Table?.TableStatus === 'ACTIVE');
}
const key = (pk: string, sk: number): Record<string, AttributeValue> => ({pk: {S: pk}, sk: {N: String(sk)}});

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await startCluster();
});
afterAll(async () => {
  for (const client of clients) client.destroy();
  await cluster.stop();
});
beforeEach(() => cluster.reset());

async function until(what: string, isTrue: () => Promise<boolean>, timeoutMs = 10_000): Promise<void> {
  const untilMs = performance.now() + timeoutMs;
  while (!(await isTrue())) {
    if (performance.now() > untilMs) throw new Error(`not within ${timeoutMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

describe('an in-process cluster', () => {
  test('is ready with three nodes in three AZs', async () => {
    const status = await cluster.status();
    expect(status.nodes.map((node) => [node.id, node.az, node.state]).sort()).toEqual([['a1', 'a', 'up'], ['b1', 'b', 'up'], ['c1', 'c', 'up']]);
  });

  test('serves table, item, query and scan through every endpoint', async () => {
    const client = clientOf(cluster.endpoint);
    await createTable(client, 'orders');
    for (let i = 0; i < 12; i += 1) {
      await clientOf(cluster.endpoints[i % 3] ?? '').send(new PutItemCommand({TableName: 'orders', Item: {...key(`p${i % 3}`, i), n: {N: String(i)}}}));
    }
    for (const endpoint of cluster.endpoints) {
      const reader = clientOf(endpoint);
      const got = await reader.send(new GetItemCommand({TableName: 'orders', Key: key('p1', 4), ConsistentRead: true}));
      expect(got.Item).toEqual({...key('p1', 4), n: {N: '4'}});
      const page = await reader.send(new QueryCommand({
        TableName: 'orders', KeyConditionExpression: 'pk = :p AND sk > :s', ConsistentRead: true,
        ExpressionAttributeValues: {':p': {S: 'p0'}, ':s': {N: '2'}},
      }));
      expect(page.Items?.map((item) => item['sk']?.N)).toEqual(['3', '6', '9']);
      expect((await reader.send(new ScanCommand({TableName: 'orders', ConsistentRead: true}))).Count).toBe(12);
    }
    const updated = await client.send(new UpdateItemCommand({
      TableName: 'orders', Key: key('p1', 4), UpdateExpression: 'ADD n :one', ConditionExpression: 'n = :four', ReturnValues: 'ALL_NEW',
      ExpressionAttributeValues: {':one': {N: '1'}, ':four': {N: '4'}},
    }));
    expect(updated.Attributes?.['n']).toEqual({N: '5'});
    const deleted = await client.send(new DeleteItemCommand({TableName: 'orders', Key: key('p1', 4), ReturnValues: 'ALL_OLD'}));
    expect(deleted.Attributes?.['n']).toEqual({N: '5'});
    await client.send(new BatchWriteItemCommand({RequestItems: {orders: [{DeleteRequest: {Key: key('p0', 0)}}, {PutRequest: {Item: key('p9', 1)}}]}}));
    expect((await client.send(new ScanCommand({TableName: 'orders', ConsistentRead: true}))).Count).toBe(11);
  });

  test('goes on after the leader of a partition is killed, and the node catches up when it is back', async () => {
    const client = clientOf(cluster.endpoint, 12);
    await createTable(client, 'ledger');
    for (let i = 0; i < 100; i += 1) await client.send(new PutItemCommand({TableName: 'ledger', Item: key(`k${i}`, 0)}));
    const leader = (await cluster.status()).partitions.find((partition) => partition.table === 'ledger')?.leader ?? '';
    expect(cluster.nodeIds).toContain(leader);
    await cluster.kill(leader);
    for (let i = 20; i < 40; i += 1) await client.send(new PutItemCommand({TableName: 'ledger', Item: key(`k${i}`, 0)}));
    await cluster.restart(leader);
    const own = clientOf(cluster.endpoints[cluster.nodeIds.indexOf(leader)] ?? '');
    for (let i = 0; i < 40; i += 1) {
      expect((await own.send(new GetItemCommand({TableName: 'ledger', Key: key(`k${i}`, 0), ConsistentRead: true}))).Item).toEqual(key(`k${i}`, 0));
    }
    await until('equal applied indexes', async () => {
      const status = await cluster.status();
      return status.partitions.every((partition) => new Set(partition.replicas.map((replica) => replica.appliedIndex)).size === 1);
    });
  });

  test('keeps what it acknowledged when every node is killed at once', async () => {
    const client = clientOf(cluster.endpoint, 12);
    await createTable(client, 'kept');
    await Promise.all(Array.from({length: 50}, (_, i) => client.send(new PutItemCommand({TableName: 'kept', Item: key(`k${i}`, i)}))));
    await Promise.all(cluster.nodeIds.map((node) => cluster.kill(node)));
    const restarts = cluster.nodeIds.map((node) => cluster.restart(node));
    await Promise.all(restarts);
    for (let i = 0; i < 50; i += 1) {
      expect((await client.send(new GetItemCommand({TableName: 'kept', Key: key(`k${i}`, i), ConsistentRead: true}))).Item).toEqual(key(`k${i}`, i));
    }
  });

  test('acknowledges no write before a second replica has synced it', async () => {
    const client = clientOf(cluster.endpoint, 1);
    // Few units: one partition, so one leader.
    await createTable(client, 'synced', {BillingMode: 'PROVISIONED', ProvisionedThroughput: {ReadCapacityUnits: 5, WriteCapacityUnits: 5}});
    await client.send(new PutItemCommand({TableName: 'synced', Item: key('first', 0)}));
    const partition = (await cluster.status()).partitions.find((candidate) => candidate.table === 'synced');
    const leader = partition?.leader ?? '';
    const followers = cluster.nodeIds.filter((node) => node !== leader);
    const lastIndexOf = (node: string): number => cluster.log(node).groups().find((group) => group.group === partition?.id)?.lastIndex ?? 0;
    const before = lastIndexOf(leader);

    for (const node of followers) cluster.log(node).holdSyncs();
    let isAnswered = false;
    const answered = client.send(new PutItemCommand({TableName: 'synced', Item: key('held', 1)})).finally(() => (isAnswered = true));
    await until('the write is in every log, synced by the leader alone', () => Promise.resolve(cluster.nodeIds.every((node) => lastIndexOf(node) > before)));
    for (let i = 0; i < 200; i += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(isAnswered).toBe(false);

    cluster.log(followers[0] ?? '').releaseSyncs();
    await answered;
    cluster.log(followers[1] ?? '').releaseSyncs();
    expect((await client.send(new GetItemCommand({TableName: 'synced', Key: key('held', 1), ConsistentRead: true}))).Item).toEqual(key('held', 1));
  });

  test('throttles the next data requests and no others, and the SDK comes again', async () => {
    const client = clientOf(cluster.endpoint);
    await createTable(client, 'tight');
    cluster.throttleNext(2);
    const impatient = clientOf(cluster.endpoint, 1);
    await expect(impatient.send(new PutItemCommand({TableName: 'tight', Item: key('a', 1)}))).rejects.toThrow('The level of configured provisioned throughput');
    expect((await impatient.send(new ListTablesCommand({}))).TableNames).toEqual(['tight']);
    const {$metadata} = await client.send(new PutItemCommand({TableName: 'tight', Item: key('a', 1)}));
    expect($metadata.attempts).toBe(2);
  });

  test('the clock of all nodes moves ahead, and a bad duration is told', async () => {
    const client = clientOf(cluster.endpoint);
    const createdMs = async (name: string): Promise<number> => {
      await createTable(client, name);
      return (await client.send(new DescribeTableCommand({TableName: name}))).Table?.CreationDateTime?.getTime() ?? 0;
    };
    const before = await createdMs('early');
    cluster.advanceClock('24h');
    expect((await createdMs('late')) - before).toBeGreaterThanOrEqual(24 * 3_600_000);
    expect(() => cluster.advanceClock('soon')).toThrow('"soon" is no duration');
  });

  test('a table of more units than the quota is refused, and the control plane goes on', async () => {
    const client = clientOf(cluster.endpoint);
    const huge = {ProvisionedThroughput: {ReadCapacityUnits: 1_000_000_000_000, WriteCapacityUnits: 1}};
    await expect(createTable(client, 'huge', huge)).rejects.toThrow('is above the per table maximum for the account');
    await createTable(client, 'modest', {ProvisionedThroughput: {ReadCapacityUnits: 40_000, WriteCapacityUnits: 1}});
    expect((await cluster.status()).partitions).toHaveLength(14);
  });

  test('resets to no tables', async () => {
    const client = clientOf(cluster.endpoint);
    await createTable(client, 'one');
    await createTable(client, 'two');
    const startedMs = performance.now();
    await cluster.reset();
    console.info(`two tables dropped in ${(performance.now() - startedMs).toFixed(1)} ms`);
    expect((await client.send(new ListTablesCommand({}))).TableNames).toEqual([]);
    await createTable(client, 'one');
    expect((await client.send(new ScanCommand({TableName: 'one'}))).Count).toBe(0);
  });
});

describe('starting and stopping', () => {
  test('100 cycles leave no handle and no port', async () => {
    // Sockets of clients, the ones of other tests included, close in their own time; timers that keep the process alive do not.
    const countHandles = (): number => process.getActiveResourcesInfo().filter((name) => name === 'TCPServerWrap').length;
    const before = countHandles();
    for (let i = 0; i < 100; i += 1) {
      const {endpoint, endpoints} = await (async () => {
        const own = await startCluster();
        const addresses = {endpoint: own.endpoint, endpoints: own.endpoints};
        await own.stop();
        return addresses;
      })();
      if (i % 20 === 0) for (const url of [endpoint, ...endpoints]) await expect(fetch(url)).rejects.toThrow();
    }
    // The event loop lets go of a closed listener a turn after it said so.
    await until('every listener is gone', () => Promise.resolve(countHandles() <= before), 2_000);
  }, 120_000);

  test('serves at a port that is asked for', async () => {
    const first = await startCluster();
    const port = Number(new URL(first.endpoint).port);
    await first.stop();
    const second = await startCluster({port});
    expect(second.endpoint).toBe(`http://127.0.0.1:${port}`);
    await second.stop();
  });
});
