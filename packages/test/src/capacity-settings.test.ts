// Goal: settings of throughput take effect on all nodes while they run, and every throttle can be explained by its request id.
// Method: the AWS SDK without retries against a cluster that enforces nothing at first.
import {CreateTableCommand, DescribeLimitsCommand, DescribeTableCommand, DynamoDBClient, GetItemCommand, PutItemCommand, UpdateTableCommand} from '@aws-sdk/client-dynamodb';
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

test('quotas of table and account hold what is provisioned, and are told as they are set', async () => {
  await cluster.admin('/admin/v1/settings', {set: {tableWriteUnitsMax: 50, accountReadUnitsMax: 30}});
  const create = (name: string, read: number, write: number): Promise<unknown> => client.send(new CreateTableCommand({
    TableName: name, KeySchema: [{AttributeName: 'id', KeyType: 'HASH'}], AttributeDefinitions: [{AttributeName: 'id', AttributeType: 'S'}],
    ProvisionedThroughput: {ReadCapacityUnits: read, WriteCapacityUnits: write},
  }));
  await expect(create('Wide', 5, 51)).rejects.toMatchObject({name: 'LimitExceededException', message: expect.stringContaining('The requested WriteCapacityUnits, 51, is above the per table maximum for the account in us-east-1. Per table maximum: 50.') as unknown});
  await expect(create('Wide', 26, 5)).rejects.toMatchObject({name: 'LimitExceededException', message: expect.stringContaining('Current ReadCapacityUnits reserved by the account: 5. Limit: 30. Requested: 26.') as unknown});
  // Of two that are asked for at once only one fits.
  const both = await Promise.allSettled([create('Left', 20, 5), create('Right', 20, 5)]);
  expect(both.map(({status}) => status).sort()).toEqual(['fulfilled', 'rejected']);
  await expect(client.send(new UpdateTableCommand({TableName: 'Tickets', ProvisionedThroughput: {ReadCapacityUnits: 11, WriteCapacityUnits: 5}}))).rejects.toMatchObject({name: 'LimitExceededException'});
  expect(await client.send(new DescribeLimitsCommand({}))).toMatchObject({AccountMaxReadCapacityUnits: 30, TableMaxWriteCapacityUnits: 50, AccountMaxWriteCapacityUnits: 80_000});
  await cluster.admin('/admin/v1/settings', {reset: ['tableWriteUnitsMax', 'accountReadUnitsMax']});
});

test('all on-demand tables together keep to a limit of the account, while it is set', async () => {
  for (const name of ['One', 'Other']) {
    await client.send(new CreateTableCommand({TableName: name, BillingMode: 'PAY_PER_REQUEST', KeySchema: [{AttributeName: 'id', KeyType: 'HASH'}], AttributeDefinitions: [{AttributeName: 'id', AttributeType: 'S'}]}));
    for (let tries = 0; (await client.send(new DescribeTableCommand({TableName: name}))).Table?.TableStatus !== 'ACTIVE'; tries += 1) {
      if (tries > 2_000) throw new Error('the table did not become active');
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
  const put = (i: number): Promise<unknown> => client.send(new PutItemCommand({TableName: i % 2 === 0 ? 'One' : 'Other', Item: {id: {S: `i${i}`}}}));
  const putAll = (count: number): Promise<readonly PromiseSettledResult<unknown>[]> => Promise.allSettled(Array.from({length: count}, (_none, i) => put(i)));
  await change({set: {throttling: 'on', accountOnDemandWriteUnitsMax: 9}});
  const startMs = performance.now();
  const results = await putAll(120);
  expect(acceptedOf(results)).toBeLessThanOrEqual(Math.ceil(9 * ((performance.now() - startMs) / 1_000 + 2)));
  const refused = results.filter((result) => result.status === 'rejected');
  expect(new Set(refused.map(({reason}) => (reason as {readonly ThrottlingReasons: readonly {readonly resource: string}[]}).ThrottlingReasons[0]?.resource.split('/')[1])).size).toBe(2);
  expect(refused[0]?.reason).toMatchObject({name: 'RequestLimitExceeded', ThrottlingReasons: [{reason: 'TableWriteAccountLimitExceeded'}]});
  await change({set: {accountOnDemandWriteUnitsMax: 0}});
  await expect(Promise.all(Array.from({length: 60}, (_none, i) => put(i)))).resolves.toHaveLength(60);
  await cluster.admin('/admin/v1/settings', {reset: ['throttling', 'accountOnDemandWriteUnitsMax']});
});

test('what no setting may be is refused with what it may be', async () => {
  await expect(cluster.admin('/admin/v1/settings', {set: {burstSeconds: 1_000}})).rejects.toThrow('burstSeconds is a whole number from 0 to 300');
  await expect(cluster.admin('/admin/v1/settings', {set: {colour: 'red'}})).rejects.toThrow('there is no setting colour');
  await expect(cluster.admin('/admin/v1/settings', {table: 'Nothing', set: {burstSeconds: 1}})).rejects.toThrow('there is no table Nothing');
  await expect(cluster.admin('/admin/v1/settings?table=Nothing')).rejects.toThrow('there is no table Nothing');
  await expect(cluster.admin('/admin/v1/settings', {table: 'Tickets', set: {accountReadUnitsMax: 5}})).rejects.toThrow('accountReadUnitsMax is of all tables together');
  await expect(cluster.admin('/admin/v1/settings', {})).rejects.toThrow('nothing is set');
});
