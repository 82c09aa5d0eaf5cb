// Goal: a time to live as clients see it: items that are over go, those that were saved stay, indexes and streams follow, and
// the rules of enabling. Method: the cluster inside this process, spoken to on the wire, with a clock that is moved ahead.
import {startCluster} from './start-cluster.js';
import type {TestCluster} from './start-cluster.js';

interface Json {
  readonly [name: string]: unknown;
}

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await startCluster({tuning: {storageNode: {timeToLiveScanMs: 50}}});
}, 60_000);
afterAll(async () => {
  await cluster.stop();
});

async function send(target: string, body: Json): Promise<{readonly status: number; readonly body: Json}> {
  const response = await fetch(cluster.endpoint, {
    method: 'POST', headers: {'content-type': 'application/x-amz-json-1.0', 'x-amz-target': target}, body: JSON.stringify(body),
  });
  return {status: response.status, body: (await response.json()) as Json};
}
async function call(operation: string, body: Json): Promise<Json> {
  const reply = await send(operation.includes('.') ? operation : `DynamoDB_20120810.${operation}`, body);
  if (reply.status !== 200) throw new Error(`${operation}: ${JSON.stringify(reply.body)}`);
  return reply.body;
}
async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const untilMs = performance.now() + 30_000;
  while (!(await holds())) {
    if (performance.now() > untilMs) throw new Error(`${what} did not come`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
async function create(name: string, more: Json = {}): Promise<void> {
  await call('CreateTable', {
    TableName: name, BillingMode: 'PAY_PER_REQUEST', KeySchema: [{AttributeName: 'pk', KeyType: 'HASH'}], AttributeDefinitions: [{AttributeName: 'pk', AttributeType: 'S'}], ...more,
  });
  await until(`${name} is active`, async () => ((await call('DescribeTable', {TableName: name}))['Table'] as Json)['TableStatus'] === 'ACTIVE');
}
const update = (table: string, Enabled: boolean, AttributeName = 'expires'): Promise<Json> => call('UpdateTimeToLive', {TableName: table, TimeToLiveSpecification: {Enabled, AttributeName}});
const described = async (table: string): Promise<Json> => (await call('DescribeTimeToLive', {TableName: table}))['TimeToLiveDescription'] as Json;
const enabled = (table: string): Promise<void> => until(`${table} expires`, async () => (await described(table))['TimeToLiveStatus'] === 'ENABLED');
const put = (table: string, pk: string, more: Json = {}): Promise<Json> => call('PutItem', {TableName: table, Item: {pk: {S: pk}, ...more}});
async function left(table: string, more: Json = {}): Promise<readonly string[]> {
  const {Items} = await call('Scan', {TableName: table, ...(more['IndexName'] === undefined ? {ConsistentRead: true} : {}), ...more});
  return (Items as readonly {pk: {S: string}}[]).map(({pk}) => pk.S).sort();
}
/** The cluster's second, so long from now. */
const at = (seconds: number): Json => ({expires: {N: String(Math.floor(Date.now() / 1000) + seconds)}});

test('items that are over go, whenever they were written, and nobody else does', async () => {
  await create('mixed', {StreamSpecification: {StreamEnabled: true, StreamViewType: 'KEYS_ONLY'}});
  await put('mixed', 'before', at(-60));
  await put('mixed', 'before-later', at(3_000));
  expect(await update('mixed', true)).toEqual({TimeToLiveSpecification: {Enabled: true, AttributeName: 'expires'}});
  await enabled('mixed');
  expect(await described('mixed')).toEqual({TimeToLiveStatus: 'ENABLED', AttributeName: 'expires'});
  await put('mixed', 'after', at(-1));
  await put('mixed', 'fraction', {expires: {N: String(Math.floor(Date.now() / 1000) - 5.5)}});
  await put('mixed', 'text', {expires: {S: '5'}});
  await put('mixed', 'none');
  await put('mixed', 'ages-ago', at(-6 * 365 * 86_400));
  await put('mixed', 'zero', {expires: {N: '0'}});
  await put('mixed', 'negative', {expires: {N: '-5'}});
  await put('mixed', 'huge', {expires: {N: '1E+100'}});
  await put('mixed', 'saved', at(-1));
  await call('PutItem', {TableName: 'mixed', Item: {pk: {S: 'saved'}, ...at(86_400)}});
  const staying = ['ages-ago', 'before-later', 'huge', 'negative', 'none', 'saved', 'text', 'zero'];
  await until('what is over is gone', async () => JSON.stringify(await left('mixed')) === JSON.stringify(staying));
  const {LatestStreamArn} = (await call('DescribeTable', {TableName: 'mixed'}))['Table'] as {LatestStreamArn: string};
  const streams = (name: string, body: Json): Promise<Json> => call(`DynamoDBStreams_20120810.${name}`, body);
  const {Shards} = (await streams('DescribeStream', {StreamArn: LatestStreamArn}))['StreamDescription'] as {Shards: readonly {ShardId: string}[]};
  const removed: Json[] = [];
  for (const {ShardId} of Shards) {
    const {ShardIterator} = await streams('GetShardIterator', {StreamArn: LatestStreamArn, ShardId, ShardIteratorType: 'TRIM_HORIZON'});
    const {Records} = await streams('GetRecords', {ShardIterator});
    removed.push(...(Records as readonly Json[]).filter((record) => record['eventName'] === 'REMOVE'));
  }
  expect(removed.length).toBeGreaterThanOrEqual(3);
  for (const record of removed) expect(record['userIdentity']).toEqual({Type: 'Service', PrincipalId: 'dynamodb.amazonaws.com'});
}, 60_000);

test('both halves of a split go on, and global indexes follow', async () => {
  await create('cut', {
    AttributeDefinitions: [{AttributeName: 'pk', AttributeType: 'S'}, {AttributeName: 'g', AttributeType: 'S'}],
    GlobalSecondaryIndexes: [{IndexName: 'by-g', KeySchema: [{AttributeName: 'g', KeyType: 'HASH'}], Projection: {ProjectionType: 'ALL'}}],
  });
  await update('cut', true);
  await enabled('cut');
  await Promise.all(Array.from({length: 60}, (_none, i) => put('cut', `k${i}`, {g: {S: 'x'}, ...at(i % 2 === 0 ? 4_000 : 10_000)})));
  let wanted: Parameters<TestCluster['act']>[0] | undefined;
  // Counts come with heartbeats.
  await until('a partition with items', async () => {
    const partition = (await cluster.status()).partitions.find(({table, index, itemCount}) => table === 'cut' && index === null && itemCount > 5);
    if (partition !== undefined) wanted = {kind: 'split-partition', group: partition.id};
    return partition !== undefined;
  });
  if (wanted === undefined) throw new Error('no partition with items');
  const {jobs} = await cluster.act(wanted);
  await until('the split', async () => (await cluster.status()).jobs.find(({id}) => id === jobs[0])?.state === 'done');
  cluster.advanceClock('5000s');
  const isHalf = (keys: readonly string[]): boolean => keys.length === 30 && keys.every((key) => Number(key.slice(1)) % 2 === 1);
  await until('half of them are gone', async () => isHalf(await left('cut')));
  await until('the index follows', async () => isHalf(await left('cut', {IndexName: 'by-g'})));
}, 60_000);

test('it changes once an hour, one attribute at a time', async () => {
  await create('rules');
  expect(await described('rules')).toEqual({TimeToLiveStatus: 'DISABLED'});
  await expect(update('rules', false)).rejects.toThrow('TimeToLive is already disabled');
  await update('rules', true);
  await enabled('rules');
  await expect(update('rules', true)).rejects.toThrow('TimeToLive is already enabled');
  await expect(update('rules', true, 'other')).rejects.toThrow('TimeToLive is active on a different AttributeName: current AttributeName is expires');
  await expect(update('rules', false)).rejects.toThrow('Time to live has been modified multiple times within a fixed interval');
  cluster.advanceClock('61m');
  await update('rules', false);
  await until('it is off', async () => (await described('rules'))['TimeToLiveStatus'] === 'DISABLED');
  await put('rules', 'kept', {other: {N: '1700000000'}, expires: {N: '1700000000'}});
  cluster.advanceClock('61m');
  await update('rules', true, 'other');
  await until('the item is gone', async () => (await left('rules')).length === 0);
}, 60_000);

test('many items that were there before go too', async () => {
  await create('many');
  const over = at(-100);
  const requests = Array.from({length: 1_500}, (_none, i) => ({PutRequest: {Item: {pk: {S: `m${i}`}, ...(i === 700 ? {} : over)}}}));
  for (let i = 0; i < requests.length; i += 25) expect((await call('BatchWriteItem', {RequestItems: {many: requests.slice(i, i + 25)}}))['UnprocessedItems']).toEqual({});
  await update('many', true);
  await until('all but one are gone', async () => JSON.stringify(await left('many')) === '["m700"]');
}, 60_000);
