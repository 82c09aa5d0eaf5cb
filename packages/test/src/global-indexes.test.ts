// Global secondary indexes through the SDK: what a client sees of indexes that come with a table, are added, and go.
// Method: the cluster inside this process, one table a test.
import {
  CreateTableCommand, DeleteItemCommand, DescribeTableCommand, DynamoDBClient, PutItemCommand, QueryCommand, ScanCommand, TransactWriteItemsCommand, UpdateItemCommand,
  UpdateTableCommand,
} from '@aws-sdk/client-dynamodb';
import type {AttributeValue, CreateTableCommandInput, GlobalSecondaryIndexDescription, QueryCommandInput} from '@aws-sdk/client-dynamodb';
import {startCluster} from './start-cluster.js';
import type {TestCluster} from './start-cluster.js';

let cluster: TestCluster;
let client: DynamoDBClient;
let clients: readonly DynamoDBClient[];
beforeAll(async () => {
  cluster = await startCluster();
  clients = cluster.endpoints.map((endpoint) => new DynamoDBClient({endpoint, region: 'us-east-1', credentials: {accessKeyId: 'any', secretAccessKey: 'any'}}));
  client = clients[0] as DynamoDBClient;
});
afterAll(async () => {
  for (const one of clients) one.destroy();
  await cluster.stop();
});

type Items = readonly Record<string, AttributeValue>[];

async function until<T>(what: string, ask: () => Promise<T>, isIt: (answer: T) => boolean): Promise<T> {
  const untilMs = performance.now() + 20_000;
  for (;;) {
    const answer = await ask();
    if (isIt(answer)) return answer;
    if (performance.now() > untilMs) throw new Error(`${what}: ${JSON.stringify(answer)}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
async function active(TableName: string): Promise<void> {
  await until(`${TableName} active`, async () => (await client.send(new DescribeTableCommand({TableName}))).Table?.TableStatus, (status) => status === 'ACTIVE');
}
async function index(TableName: string, name: string): Promise<GlobalSecondaryIndexDescription | undefined> {
  const {Table} = await client.send(new DescribeTableCommand({TableName}));
  return Table?.GlobalSecondaryIndexes?.find(({IndexName}) => IndexName === name);
}
async function create(TableName: string, more: Partial<CreateTableCommandInput> = {}): Promise<void> {
  await client.send(new CreateTableCommand({
    TableName, BillingMode: 'PAY_PER_REQUEST', KeySchema: [{AttributeName: 'pk', KeyType: 'HASH'}, {AttributeName: 'sk', KeyType: 'RANGE'}],
    AttributeDefinitions: [{AttributeName: 'pk', AttributeType: 'S'}, {AttributeName: 'sk', AttributeType: 'S'}, {AttributeName: 'g', AttributeType: 'S'}, {AttributeName: 'n', AttributeType: 'N'}],
    GlobalSecondaryIndexes: [{IndexName: 'by-g', KeySchema: [{AttributeName: 'g', KeyType: 'HASH'}, {AttributeName: 'n', KeyType: 'RANGE'}], Projection: {ProjectionType: 'ALL'}}],
    ...more,
  }));
  await active(TableName);
}
function item(sk: string, g: string | undefined, n: number, more: Record<string, AttributeValue> = {}): Record<string, AttributeValue> {
  return {pk: {S: 'p'}, sk: {S: sk}, ...(g === undefined ? {} : {g: {S: g}}), n: {N: String(n)}, ...more};
}
const byG = (TableName: string, g: string, more: Partial<QueryCommandInput> = {}): QueryCommand => new QueryCommand({
  TableName, IndexName: 'by-g', KeyConditionExpression: 'g = :g', ExpressionAttributeValues: {':g': {S: g}}, ...more,
});
/** Asked through every process, so that no replica is behind what comes next. */
async function shows(TableName: string, g: string, sks: readonly string[]): Promise<Items> {
  let shown: Items = [];
  for (const one of clients) {
    ({Items: shown = []} = await until(`entries of ${g}`, async () => one.send(byG(TableName, g)), (answer) => JSON.stringify((answer.Items ?? []).map(({sk}) => sk?.S)) === JSON.stringify(sks)));
  }
  return shown;
}

test('entries follow their items: put, moved by an update, left out without a key, and removed', async () => {
  await create('follow');
  for (const [sk, n] of [['a', 3], ['b', 1], ['c', 2]] as const) await client.send(new PutItemCommand({TableName: 'follow', Item: item(sk, 'x', n, {v: {S: sk}})}));
  await client.send(new PutItemCommand({TableName: 'follow', Item: item('sparse', undefined, 9)}));
  expect(await shows('follow', 'x', ['b', 'c', 'a'])).toContainEqual(item('a', 'x', 3, {v: {S: 'a'}}));
  await client.send(new UpdateItemCommand({TableName: 'follow', Key: {pk: {S: 'p'}, sk: {S: 'a'}}, UpdateExpression: 'SET g = :y', ExpressionAttributeValues: {':y': {S: 'y'}}}));
  await shows('follow', 'x', ['b', 'c']);
  await shows('follow', 'y', ['a']);
  await client.send(new UpdateItemCommand({TableName: 'follow', Key: {pk: {S: 'p'}, sk: {S: 'b'}}, UpdateExpression: 'REMOVE g'}));
  await client.send(new DeleteItemCommand({TableName: 'follow', Key: {pk: {S: 'p'}, sk: {S: 'c'}}}));
  await shows('follow', 'x', []);
  // Another replica may answer, and be a little behind.
  await until('the whole index', async () => client.send(new ScanCommand({TableName: 'follow', IndexName: 'by-g'})), ({Items = []}) => Items.length === 1 && Items[0]?.['sk']?.S === 'a');
});

test('pages of an index go on behind its keys and those of the table', async () => {
  await create('pages');
  for (const sk of ['a', 'b', 'c', 'd']) await client.send(new PutItemCommand({TableName: 'pages', Item: item(sk, 'x', 1)}));
  await shows('pages', 'x', ['a', 'b', 'c', 'd']);
  const first = await client.send(byG('pages', 'x', {Limit: 3}));
  expect(first.LastEvaluatedKey).toEqual({g: {S: 'x'}, n: {N: '1'}, pk: {S: 'p'}, sk: {S: 'c'}});
  const second = await client.send(byG('pages', 'x', {ExclusiveStartKey: first.LastEvaluatedKey}));
  expect(second.Items?.map(({sk}) => sk?.S)).toEqual(['d']);
  const back = await client.send(byG('pages', 'x', {ScanIndexForward: false, Limit: 1, KeyConditionExpression: 'g = :g AND n BETWEEN :l AND :u', ExpressionAttributeValues: {':g': {S: 'x'}, ':l': {N: '0'}, ':u': {N: '5'}}}));
  expect(back.Items?.map(({sk}) => sk?.S)).toEqual(['d']);
});

test('an index of several key attributes is asked for all hash parts, and range parts from the left', async () => {
  await create('composite', {
    AttributeDefinitions: ['pk', 'sk', 'country', 'city', 'street', 'number'].map((AttributeName) => ({AttributeName, AttributeType: AttributeName === 'number' ? 'N' : 'S'})),
    GlobalSecondaryIndexes: [{
      IndexName: 'address', Projection: {ProjectionType: 'KEYS_ONLY'},
      KeySchema: [{AttributeName: 'country', KeyType: 'HASH'}, {AttributeName: 'city', KeyType: 'HASH'}, {AttributeName: 'street', KeyType: 'RANGE'}, {AttributeName: 'number', KeyType: 'RANGE'}],
    }],
  });
  for (const [sk, street, number] of [['1', 'Main', 5], ['2', 'Main', 12], ['3', 'Oak', 1]] as const) {
    await client.send(new PutItemCommand({TableName: 'composite', Item: {pk: {S: 'p'}, sk: {S: sk}, country: {S: 'NL'}, city: {S: 'Delft'}, street: {S: street}, number: {N: String(number)}, note: {S: 'x'}}}));
  }
  await client.send(new PutItemCommand({TableName: 'composite', Item: {pk: {S: 'p'}, sk: {S: '4'}, country: {S: 'NL'}, street: {S: 'Oak'}, number: {N: '2'}}}));
  const ask = (KeyConditionExpression: string, values: Record<string, AttributeValue>): QueryCommand => new QueryCommand({
    TableName: 'composite', IndexName: 'address', KeyConditionExpression, ExpressionAttributeNames: {'#n': 'number'}, ExpressionAttributeValues: {':c': {S: 'NL'}, ':t': {S: 'Delft'}, ...values},
  });
  await until('all addresses', async () => client.send(new ScanCommand({TableName: 'composite', IndexName: 'address'})), ({Count}) => Count === 3);
  const {Items = []} = await client.send(ask('country = :c AND city = :t AND street = :s AND #n > :n', {':s': {S: 'Main'}, ':n': {N: '6'}}));
  expect(Items).toEqual([{country: {S: 'NL'}, city: {S: 'Delft'}, street: {S: 'Main'}, number: {N: '12'}, pk: {S: 'p'}, sk: {S: '2'}}]);
  await expect(client.send(ask('country = :c AND city = :t AND #n = :n', {':n': {N: '6'}}))).rejects.toThrow('Query condition missed key schema element: street');
  await expect(client.send(ask('country = :c AND #n = :t', {}))).rejects.toThrow('Query condition missed key schema element: city');
});

test('transactions feed an index as single writes do, and are refused for what none of its keys can be', async () => {
  await create('transact');
  const keys = Array.from({length: 12}, (_, i) => ({pk: {S: `p${i}`}, sk: {S: 's'}}));
  await client.send(new TransactWriteItemsCommand({TransactItems: keys.map((Key, i) => ({Put: {TableName: 'transact', Item: {...Key, g: {S: 'x'}, n: {N: String(i)}}}}))}));
  await until('all entries', async () => client.send(byG('transact', 'x')), ({Count}) => Count === 12);
  await client.send(new TransactWriteItemsCommand({TransactItems: keys.map((Key, i) => (i % 2 === 0
    ? {Delete: {TableName: 'transact', Key}} : {Update: {TableName: 'transact', Key, UpdateExpression: 'SET g = :y', ExpressionAttributeValues: {':y': {S: 'y'}}}}))}));
  await until('none is left', async () => client.send(byG('transact', 'x')), ({Count}) => Count === 0);
  const {Items = []} = await until('those that moved', async () => client.send(byG('transact', 'y')), ({Count}) => Count === 6);
  expect(Items.map(({n}) => n?.N)).toEqual(['1', '3', '5', '7', '9', '11']);
  await expect(client.send(new TransactWriteItemsCommand({TransactItems: keys.slice(0, 4).map((Key) => ({Update: {TableName: 'transact', Key, UpdateExpression: 'SET g = :n', ExpressionAttributeValues: {':n': {N: '1'}}}}))})))
    .rejects.toThrow();
});

test('what an index does not hold is not to be had of it, and nothing of it strongly', async () => {
  await create('limits', {GlobalSecondaryIndexes: [{IndexName: 'by-g', KeySchema: [{AttributeName: 'g', KeyType: 'HASH'}, {AttributeName: 'n', KeyType: 'RANGE'}], Projection: {ProjectionType: 'INCLUDE', NonKeyAttributes: ['v']}}]});
  await client.send(new PutItemCommand({TableName: 'limits', Item: item('a', 'x', 1, {v: {S: '1'}, w: {S: '2'}})}));
  expect(await shows('limits', 'x', ['a'])).toEqual([item('a', 'x', 1, {v: {S: '1'}})]);
  await expect(client.send(byG('limits', 'x', {ConsistentRead: true}))).rejects.toThrow('Consistent reads are not supported on global secondary indexes');
  await expect(client.send(byG('limits', 'x', {Select: 'ALL_ATTRIBUTES'}))).rejects.toThrow('Select type ALL_ATTRIBUTES is not supported for global secondary index by-g');
  await expect(client.send(new PutItemCommand({TableName: 'limits', Item: {...item('b', 'x', 1), g: {N: '1'}}}))).rejects.toThrow('Type mismatch for Index Key g Expected: S Actual: N IndexName: by-g');
  await expect(client.send(new UpdateItemCommand({TableName: 'limits', Key: {pk: {S: 'p'}, sk: {S: 'a'}}, UpdateExpression: 'SET g = :n', ExpressionAttributeValues: {':n': {N: '1'}}})))
    .rejects.toThrow('The update expression attempted to update the secondary index key to unsupported type');
});

test('writes and reads tell what the index had of their cost', async () => {
  await create('cost');
  const put = async (g: string): Promise<unknown> => (await client.send(new PutItemCommand({TableName: 'cost', Item: item('a', g, 1), ReturnConsumedCapacity: 'INDEXES'}))).ConsumedCapacity;
  expect(await put('x')).toMatchObject({CapacityUnits: 2, Table: {CapacityUnits: 1}, GlobalSecondaryIndexes: {'by-g': {CapacityUnits: 1}}});
  expect(await put('y')).toMatchObject({CapacityUnits: 3, GlobalSecondaryIndexes: {'by-g': {CapacityUnits: 2}}});
  await shows('cost', 'y', ['a']);
  const {ConsumedCapacity} = await client.send(byG('cost', 'y', {ReturnConsumedCapacity: 'INDEXES'}));
  expect(ConsumedCapacity).toMatchObject({CapacityUnits: 0.5, Table: {CapacityUnits: 0}, GlobalSecondaryIndexes: {'by-g': {CapacityUnits: 0.5}}});
});

test('an index that is added is filled with what is there while writes go on, is read when it is whole, and goes', async () => {
  await create('online', {GlobalSecondaryIndexes: undefined, AttributeDefinitions: [{AttributeName: 'pk', AttributeType: 'S'}, {AttributeName: 'sk', AttributeType: 'S'}]});
  const wanted = new Map<string, number>();
  const write = async (i: number): Promise<void> => {
    const sk = `k${i % 150}`;
    wanted.set(sk, i);
    await client.send(new PutItemCommand({TableName: 'online', Item: item(sk, 'x', i)}));
  };
  for (let i = 0; i < 150; i += 1) await write(i);
  await client.send(new PutItemCommand({TableName: 'online', Item: {...item('odd', 'x', 1), g: {N: '5'}}}));
  await client.send(new UpdateTableCommand({
    TableName: 'online', AttributeDefinitions: [{AttributeName: 'g', AttributeType: 'S'}, {AttributeName: 'n', AttributeType: 'N'}],
    GlobalSecondaryIndexUpdates: [{Create: {IndexName: 'by-g', KeySchema: [{AttributeName: 'g', KeyType: 'HASH'}, {AttributeName: 'n', KeyType: 'RANGE'}], Projection: {ProjectionType: 'ALL'}}}],
  }));
  expect((await index('online', 'by-g'))?.IndexStatus).toBe('CREATING');
  for (let i = 150; i < 250; i += 1) await write(i);
  await until('index active', async () => index('online', 'by-g'), (described) => described?.IndexStatus === 'ACTIVE');
  const entries = await until('the last writes', async () => {
    const {Items = []} = await client.send(byG('online', 'x'));
    return Items;
  }, (items) => JSON.stringify(items.map(({sk, n}) => `${sk?.S} ${n?.N}`).sort()) === JSON.stringify([...wanted].map(([sk, n]) => `${sk} ${n}`).sort()));
  expect(entries).toHaveLength(150);
  await until('counts', async () => index('online', 'by-g'), (described) => described?.ItemCount === 150);
  await client.send(new UpdateTableCommand({TableName: 'online', GlobalSecondaryIndexUpdates: [{Delete: {IndexName: 'by-g'}}]}));
  await until('index gone', async () => index('online', 'by-g'), (described) => described === undefined);
  await active('online');
  await expect(client.send(byG('online', 'x'))).rejects.toThrow('The table does not have the specified index: by-g');
});

test('the index shows what the items say while the table and the index are cut in two under writes', async () => {
  await create('cut');
  const wanted = new Map<string, string>();
  let isStopped = false;
  const writer = async (loop: number): Promise<void> => {
    for (let i = 0; !isStopped; i += 1) {
      const pk = `w${loop}-${i % 40}`;
      const g = `g${i % 7}`;
      await client.send(new PutItemCommand({TableName: 'cut', Item: {pk: {S: pk}, sk: {S: 's'}, g: {S: g}, n: {N: String(i)}}}));
      wanted.set(pk, `${g} ${i}`);
    }
  };
  const loops = [writer(0), writer(1), writer(2)];
  await until('some writes', async () => Promise.resolve(wanted.size), (size) => size > 100);
  const partitions = (await cluster.status()).partitions.filter(({table}) => table === 'cut');
  // One of each, where something lies.
  const cut = [partitions.find(({index: name, itemCount}) => name === null && itemCount > 10), partitions.find(({index: name, itemCount}) => name === 'by-g' && itemCount > 10)];
  for (const partition of cut) {
    if (partition === undefined) throw new Error('no partition with items');
    const {jobs} = await cluster.act({kind: 'split-partition', group: partition.id});
    const ended = await until(`split of ${partition.id}`, async () => (await cluster.status()).jobs.find(({id}) => id === jobs[0]), (job) => job?.state !== 'running');
    expect(ended?.failure).toBeNull();
  }
  isStopped = true;
  await Promise.all(loops);
  await until('the index is equal', async () => {
    const {Items = []} = await client.send(new ScanCommand({TableName: 'cut', IndexName: 'by-g'}));
    return Items.map(({pk, g, n}) => `${pk?.S} ${g?.S} ${n?.N}`).sort();
  }, (shown) => JSON.stringify(shown) === JSON.stringify([...wanted].map(([pk, entry]) => `${pk} ${entry}`).sort()));
});

test('writes are refused as throttled while too many wait to be told to the index, and go on when they are told', async () => {
  const own = await startCluster({tuning: {storageNode: {outboxRowsMax: 5, indexLagMs: 2_000}}});
  const narrow = new DynamoDBClient({endpoint: own.endpoint, region: 'us-east-1', credentials: {accessKeyId: 'any', secretAccessKey: 'any'}, maxAttempts: 1});
  try {
    await narrow.send(new CreateTableCommand({
      TableName: 'slow', BillingMode: 'PAY_PER_REQUEST', KeySchema: [{AttributeName: 'pk', KeyType: 'HASH'}],
      AttributeDefinitions: [{AttributeName: 'pk', AttributeType: 'S'}, {AttributeName: 'g', AttributeType: 'S'}],
      GlobalSecondaryIndexes: [{IndexName: 'by-g', KeySchema: [{AttributeName: 'g', KeyType: 'HASH'}], Projection: {ProjectionType: 'KEYS_ONLY'}}],
    }));
    await until('slow active', async () => (await narrow.send(new DescribeTableCommand({TableName: 'slow'}))).Table?.TableStatus, (status) => status === 'ACTIVE');
    const put = async (g: number): Promise<string> => narrow.send(new PutItemCommand({TableName: 'slow', Item: {pk: {S: 'one'}, g: {S: `g${g}`}}})).then(() => 'ok', (error: unknown) => (error as Error).message);
    const answers: string[] = [];
    for (let g = 0; g < 8; g += 1) answers.push(await put(g));
    expect(answers.filter((answer) => answer === 'ok')).toHaveLength(5);
    expect(answers.at(-1)).toContain('global secondary index');
    // One that is not told leaves the item readable, and the index as it was.
    expect((await narrow.send(new ScanCommand({TableName: 'slow', IndexName: 'by-g'}))).Count).toBe(0);
    await until('a write is taken again', async () => put(9), (answer) => answer === 'ok');
    await until('the index shows it', async () => (await narrow.send(new ScanCommand({TableName: 'slow', IndexName: 'by-g'}))).Items?.map(({g}) => g?.S).join(), (shown) => shown === 'g9');
  } finally {
    narrow.destroy();
    await own.stop();
  }
});
