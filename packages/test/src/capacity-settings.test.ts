// Goal: settings of throughput take effect on all nodes while they run, and every throttle can be explained by its request id.
// Method: the AWS SDK without retries against a cluster that enforces nothing at first.
import {CreateTableCommand, DescribeTableCommand, DynamoDBClient, GetItemCommand, PutItemCommand} from '@aws-sdk/client-dynamodb';
import {startCluster} from './start-cluster.js';
import type {TestCluster} from './start-cluster.js';

interface Settings {
  readonly settings: readonly {readonly name: string; readonly value: string | number; readonly source: string}[];
}
interface Throttles {
  readonly throttles: readonly {readonly requestId: string; readonly operation: string; readonly table: string; readonly reason: string; readonly bucket: string; readonly keyHash: string}[];
}

const NODES = ['a1', 'b1', 'c1'];
let cluster: TestCluster;
let client: DynamoDBClient;
beforeAll(async () => {
  cluster = await startCluster();
  client = new DynamoDBClient({endpoint: cluster.endpoint, region: 'us-east-1', credentials: {accessKeyId: 'any', secretAccessKey: 'any'}, maxAttempts: 1});
  await client.send(new CreateTableCommand({
    TableName: 'Tickets', KeySchema: [{AttributeName: 'id', KeyType: 'HASH'}], AttributeDefinitions: [{AttributeName: 'id', AttributeType: 'S'}],
    ProvisionedThroughput: {ReadCapacityUnits: 5, WriteCapacityUnits: 5},
  }));
  for (let tries = 0; tries < 2_000; tries += 1) {
    if ((await client.send(new DescribeTableCommand({TableName: 'Tickets'}))).Table?.TableStatus === 'ACTIVE') return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error('the table did not become active');
});
afterAll(async () => {
  client.destroy();
  await cluster.stop();
});

async function putMany(count: number): Promise<readonly PromiseSettledResult<unknown>[]> {
  return Promise.allSettled(Array.from({length: count}, (_none, i) => client.send(new PutItemCommand({TableName: 'Tickets', Item: {id: {S: `t${i}`}}}))));
}
const acceptedOf = (results: readonly PromiseSettledResult<unknown>[]): number => results.filter(({status}) => status === 'fulfilled').length;
async function change(order: Readonly<Record<string, unknown>>): Promise<void> {
  await cluster.admin('/admin/v1/settings', order);
  for (const node of NODES) {
    for (let tries = 0; ; tries += 1) {
      const {settings} = (await cluster.admin('/admin/v1/settings?table=Tickets', undefined, node)) as Settings;
      const isThere = Object.entries((order['set'] ?? {}) as object).every(([name, value]) => settings.some((each) => each.name === name && each.value === value));
      if (isThere) break;
      if (tries > 1_000) throw new Error(`the change did not come to ${node}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}
async function untilRefused(bucket: string): Promise<Throttles['throttles'][number]> {
  for (let tries = 0; tries < 200; tries += 1) {
    const refused = (await putMany(30)).find((result) => result.status === 'rejected');
    if (refused === undefined) continue;
    expect(refused.reason).toMatchObject({name: 'ProvisionedThroughputExceededException', ThrottlingReasons: [{reason: 'TableWriteProvisionedThroughputExceeded'}]});
    const {requestId} = (refused.reason as {readonly $metadata: {readonly requestId: string}}).$metadata;
    const told = await Promise.all(NODES.map(async (node) => ((await cluster.admin(`/admin/v1/throttles?requestId=${requestId}`, undefined, node)) as Throttles).throttles));
    const [throttle] = told.flat();
    expect(throttle).toMatchObject({requestId, operation: 'PutItem', table: 'Tickets', reason: 'TableWriteProvisionedThroughputExceeded', keyHash: expect.stringMatching(/^[0-9a-f]{8}$/) as unknown});
    if (throttle?.bucket === bucket) return throttle;
  }
  throw new Error(`nothing was refused by the bucket ${bucket}`);
}

test('throttling begins and ends without a restart, and each throttle is explained', async () => {
  expect(acceptedOf(await putMany(200))).toBe(200);
  await change({table: 'Tickets', set: {throttling: 'provisioned', burstSeconds: 0}});
  await untilRefused('share');
  await change({table: 'Tickets', set: {throttling: 'off'}});
  await cluster.admin('/admin/v1/settings', {table: 'Tickets', reset: ['throttling', 'burstSeconds']});
  for (let tries = 0; tries < 400; tries += 1) if (acceptedOf(await putMany(60)) === 60) return;
  throw new Error('throttling did not end');
});

test('with global sharing routers hold tokens of the table, refuse by themselves, and give no more than there is', async () => {
  await change({table: 'Tickets', set: {throttling: 'provisioned', sharing: 'global', burstSeconds: 0}});
  await untilRefused('table');
  const startMs = performance.now();
  let accepted = 0;
  while (performance.now() - startMs < 3_000) {
    accepted += acceptedOf(await putMany(10));
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const seconds = (performance.now() - startMs) / 1_000;
  // Beyond what came in: one second in the bucket, and what three routers may have used before their first leases, which they owe.
  expect(accepted).toBeLessThanOrEqual(Math.ceil(5 * (seconds + 2)));
  await expect(client.send(new GetItemCommand({TableName: 'Tickets', Key: {id: {S: 't1'}}}))).resolves.toMatchObject({Item: {id: {S: 't1'}}});
  await cluster.admin('/admin/v1/settings', {table: 'Tickets', reset: ['throttling', 'sharing', 'burstSeconds']});
});

test('what no setting may be is refused with what it may be', async () => {
  await expect(cluster.admin('/admin/v1/settings', {set: {burstSeconds: 1_000}})).rejects.toThrow('burstSeconds is a whole number from 0 to 300');
  await expect(cluster.admin('/admin/v1/settings', {set: {colour: 'red'}})).rejects.toThrow('there is no setting colour');
  await expect(cluster.admin('/admin/v1/settings', {table: 'Nothing', set: {burstSeconds: 1}})).rejects.toThrow('there is no table Nothing');
  await expect(cluster.admin('/admin/v1/settings?table=Nothing')).rejects.toThrow('there is no table Nothing');
  await expect(cluster.admin('/admin/v1/settings', {})).rejects.toThrow('nothing is set');
});
