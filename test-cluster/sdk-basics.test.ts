// Goal: every operation works through the AWS SDK against the real processes, at every AZ, and while one of them stands still.
// Method: one cluster of three processes; the SDK and, where it is installed, the AWS CLI.
import {
  BatchGetItemCommand, BatchWriteItemCommand, ConditionalCheckFailedException, CreateTableCommand, DeleteItemCommand, DeleteTableCommand, DescribeTableCommand,
  GetItemCommand, ListTablesCommand, PutItemCommand, QueryCommand, ResourceInUseException, ResourceNotFoundException, ScanCommand, UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type {AttributeValue, DynamoDBClient} from '@aws-sdk/client-dynamodb';
import {storedKeyText} from './partition-of-key.js';
import {ProcessCluster, run, testWhere} from './process-cluster.js';
import {until} from './until.js';

let cluster: ProcessCluster;
let client: DynamoDBClient;
beforeAll(async () => {
  cluster = await ProcessCluster.start();
  client = cluster.client();
}, 60_000);
afterAll(() => cluster.stop(), 30_000);
const holds = (title: string, body: () => Promise<void>): void => test(title, ProcessCluster.explained(() => cluster, body), 60_000);

type Item = Record<string, AttributeValue>;
const key = (pk: string, sk: number): Item => ({pk: {S: pk}, sk: {N: String(sk)}});
async function createTable(name: string): Promise<void> {
  await client.send(new CreateTableCommand({
    TableName: name, BillingMode: 'PAY_PER_REQUEST',
    KeySchema: [{AttributeName: 'pk', KeyType: 'HASH'}, {AttributeName: 'sk', KeyType: 'RANGE'}],
    AttributeDefinitions: [{AttributeName: 'pk', AttributeType: 'S'}, {AttributeName: 'sk', AttributeType: 'N'}],
  }));
  await active(name);
}
async function active(name: string): Promise<void> {
  await until(`table ${name} is active`, async () => (await client.send(new DescribeTableCommand({TableName: name}))).Table?.TableStatus === 'ACTIVE');
}

describe('tables', () => {
  holds('are created on demand and provisioned, described, listed and deleted', async () => {
    await createTable('demand');
    await client.send(new CreateTableCommand({
      TableName: 'provisioned', BillingMode: 'PROVISIONED', ProvisionedThroughput: {ReadCapacityUnits: 5, WriteCapacityUnits: 7},
      KeySchema: [{AttributeName: 'id', KeyType: 'HASH'}], AttributeDefinitions: [{AttributeName: 'id', AttributeType: 'B'}],
    }));
    await active('provisioned');
    const {Table: provisioned} = await client.send(new DescribeTableCommand({TableName: 'provisioned'}));
    expect(provisioned).toMatchObject({
      TableName: 'provisioned', TableStatus: 'ACTIVE', KeySchema: [{AttributeName: 'id', KeyType: 'HASH'}],
      ProvisionedThroughput: {ReadCapacityUnits: 5, WriteCapacityUnits: 7}, TableArn: expect.stringMatching(/^arn:aws:dynamodb:[^:]+:\d{12}:table\/provisioned$/),
    });
    const {Table: demand} = await client.send(new DescribeTableCommand({TableName: 'demand'}));
    expect(demand?.BillingModeSummary?.BillingMode).toBe('PAY_PER_REQUEST');
    expect((await client.send(new ListTablesCommand({}))).TableNames).toEqual(['demand', 'provisioned']);
    expect((await client.send(new ListTablesCommand({Limit: 1}))).LastEvaluatedTableName).toBe('demand');
    await expect(client.send(new CreateTableCommand({
      TableName: 'demand', BillingMode: 'PAY_PER_REQUEST', KeySchema: [{AttributeName: 'a', KeyType: 'HASH'}], AttributeDefinitions: [{AttributeName: 'a', AttributeType: 'S'}],
    }))).rejects.toThrow(ResourceInUseException);
    for (const name of ['demand', 'provisioned']) {
      await client.send(new DeleteTableCommand({TableName: name}));
      await until(`${name} is gone`, () => client.send(new DescribeTableCommand({TableName: name})).then(() => false, (error: unknown) => error instanceof ResourceNotFoundException));
    }
    expect((await client.send(new ListTablesCommand({}))).TableNames).toEqual([]);
    await expect(client.send(new GetItemCommand({TableName: 'demand', Key: key('a', 1)}))).rejects.toThrow(ResourceNotFoundException);
  });
});

describe('items', () => {
  beforeAll(() => createTable('items'), 30_000);

  holds('of every type are written at one AZ and read at every other', async () => {
    const item: Item = {
      ...key('types', 1), s: {S: 'Grüße 🐦'}, n: {N: '-12345678901234567890.5'}, b: {B: new Uint8Array([0, 1, 255])}, t: {BOOL: true}, z: {NULL: true},
      ss: {SS: ['a', 'b']}, ns: {NS: ['1', '2']}, l: {L: [{S: 'x'}, {M: {y: {N: '1'}}}]}, m: {M: {deep: {L: []}}},
    };
    for (const [at, id] of cluster.nodeIds.entries()) {
      const own = {...item, sk: {N: String(at)}};
      await cluster.client(cluster.nodeEndpoint(id)).send(new PutItemCommand({TableName: 'items', Item: own}));
      for (const other of cluster.nodeIds) {
        const got = await cluster.client(cluster.nodeEndpoint(other)).send(new GetItemCommand({TableName: 'items', Key: key('types', at), ConsistentRead: true}));
        expect(got.Item).toEqual(own);
      }
    }
  });

  holds('are put, updated and deleted under conditions, with the images asked for', async () => {
    const put = (condition?: string, returns?: 'ALL_OLD'): Promise<{Attributes?: Item | undefined}> => client.send(new PutItemCommand({
      TableName: 'items', Item: {...key('c', 1), v: {N: '1'}}, ...(condition === undefined ? {} : {ConditionExpression: condition}), ...(returns === undefined ? {} : {ReturnValues: returns}),
    }));
    await put('attribute_not_exists(pk)');
    await expect(put('attribute_not_exists(pk)')).rejects.toThrow(ConditionalCheckFailedException);
    expect((await put(undefined, 'ALL_OLD')).Attributes).toEqual({...key('c', 1), v: {N: '1'}});

    const update = (returns: 'NONE' | 'ALL_OLD' | 'UPDATED_OLD' | 'ALL_NEW' | 'UPDATED_NEW'): Promise<{Attributes?: Item | undefined}> => client.send(new UpdateItemCommand({
      TableName: 'items', Key: key('c', 1), UpdateExpression: 'SET v = v + :one, #l = list_append(if_not_exists(#l, :none), :x) REMOVE gone', ReturnValues: returns,
      ExpressionAttributeNames: {'#l': 'list'}, ExpressionAttributeValues: {':one': {N: '1'}, ':none': {L: []}, ':x': {L: [{S: 'x'}]}},
    }));
    expect((await update('UPDATED_NEW')).Attributes).toEqual({v: {N: '2'}, list: {L: [{S: 'x'}]}});
    expect((await update('UPDATED_OLD')).Attributes).toEqual({v: {N: '2'}, list: {L: [{S: 'x'}]}});
    expect((await update('ALL_OLD')).Attributes?.['v']).toEqual({N: '3'});
    expect((await update('ALL_NEW')).Attributes).toEqual({...key('c', 1), v: {N: '5'}, list: {L: Array.from({length: 4}, () => ({S: 'x'}))}});
    expect((await update('NONE')).Attributes).toBeUndefined();

    const refused = client.send(new DeleteItemCommand({
      TableName: 'items', Key: key('c', 1), ConditionExpression: 'v > :v', ExpressionAttributeValues: {':v': {N: '100'}}, ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    }));
    await expect(refused).rejects.toMatchObject({name: 'ConditionalCheckFailedException', Item: expect.objectContaining({v: {N: '6'}})});
    expect((await client.send(new DeleteItemCommand({TableName: 'items', Key: key('c', 1), ReturnValues: 'ALL_OLD'}))).Attributes?.['v']).toEqual({N: '6'});
    expect((await client.send(new GetItemCommand({TableName: 'items', Key: key('c', 1), ConsistentRead: true}))).Item).toBeUndefined();
  });

  holds('count every update of one item by many clients', async () => {
    await Promise.all(Array.from({length: 60}, (_, i) => cluster.client(cluster.nodeEndpoint(cluster.nodeIds[i % 3] ?? '')).send(new UpdateItemCommand({
      TableName: 'items', Key: key('counter', 0), UpdateExpression: 'ADD v :one', ExpressionAttributeValues: {':one': {N: '1'}},
    }))));
    expect((await client.send(new GetItemCommand({TableName: 'items', Key: key('counter', 0), ConsistentRead: true}))).Item?.['v']).toEqual({N: '60'});
  });

  holds('report the capacity that they consumed', async () => {
    const consumed = async (command: PutItemCommand | GetItemCommand): Promise<number | undefined> => (await client.send(command as PutItemCommand)).ConsumedCapacity?.CapacityUnits;
    const item = {...key('units', 1), v: {S: 'x'.repeat(5_000)}};
    expect(await consumed(new PutItemCommand({TableName: 'items', Item: item, ReturnConsumedCapacity: 'TOTAL'}))).toBe(5);
    expect(await consumed(new GetItemCommand({TableName: 'items', Key: key('units', 1), ConsistentRead: true, ReturnConsumedCapacity: 'TOTAL'}))).toBe(2);
    expect(await consumed(new GetItemCommand({TableName: 'items', Key: key('units', 1), ReturnConsumedCapacity: 'TOTAL'}))).toBe(1);
    expect(await consumed(new GetItemCommand({TableName: 'items', Key: key('units', 2), ReturnConsumedCapacity: 'TOTAL'}))).toBe(0.5);
  });
});

describe('many items', () => {
  const COUNT = 60;
  beforeAll(async () => {
    await createTable('many');
    for (let i = 0; i < COUNT; i += 20) {
      const written = await client.send(new BatchWriteItemCommand({RequestItems: {many: Array.from({length: 20}, (_, j) => ({
        PutRequest: {Item: {...key(`p${(i + j) % 4}`, i + j), parity: {S: (i + j) % 2 === 0 ? 'even' : 'odd'}, text: {S: 'x'.repeat(100)}}},
      }))}}));
      expect(written.UnprocessedItems).toEqual({});
    }
  }, 30_000);

  holds('are queried by key condition, forwards and backwards, filtered, projected and in pages', async () => {
    const query = {TableName: 'many', KeyConditionExpression: 'pk = :p AND sk BETWEEN :a AND :b', ExpressionAttributeValues: {':p': {S: 'p1'}, ':a': {N: '9'}, ':b': {N: '41'}}, ConsistentRead: true};
    const forwards = await client.send(new QueryCommand(query));
    expect(forwards.Items?.map((item) => Number(item['sk']?.N))).toEqual([9, 13, 17, 21, 25, 29, 33, 37, 41]);
    const backwards = await client.send(new QueryCommand({...query, ScanIndexForward: false, Limit: 3, ProjectionExpression: 'sk'}));
    expect(backwards.Items).toEqual([{sk: {N: '41'}}, {sk: {N: '37'}}, {sk: {N: '33'}}]);
    expect(backwards.LastEvaluatedKey).toEqual(key('p1', 33));
    const filtered = await client.send(new QueryCommand({...query, FilterExpression: 'parity = :e', ExpressionAttributeValues: {...query.ExpressionAttributeValues, ':e': {S: 'even'}}}));
    expect([filtered.Count, filtered.ScannedCount]).toEqual([0, 9]);
    const seen: number[] = [];
    let start: Item | undefined;
    do {
      const page: {Items?: Item[] | undefined; LastEvaluatedKey?: Item | undefined} = await client.send(new QueryCommand({...query, Limit: 2, ExclusiveStartKey: start}));
      seen.push(...(page.Items ?? []).map((item) => Number(item['sk']?.N)));
      start = page.LastEvaluatedKey;
    } while (start !== undefined);
    expect(seen).toEqual([9, 13, 17, 21, 25, 29, 33, 37, 41]);
  });

  holds('are scanned in pages and by segments, each item once', async () => {
    const scanAll = async (input: Record<string, unknown>): Promise<number[]> => {
      const seen: number[] = [];
      let start: Item | undefined;
      do {
        const page: {Items?: Item[] | undefined; LastEvaluatedKey?: Item | undefined} = await client.send(new ScanCommand({TableName: 'many', ConsistentRead: true, ...input, ExclusiveStartKey: start}));
        seen.push(...(page.Items ?? []).map((item) => Number(item['sk']?.N)));
        start = page.LastEvaluatedKey;
      } while (start !== undefined);
      return seen;
    };
    const all = Array.from({length: COUNT}, (_, i) => i);
    const ascending = (a: number, b: number): number => a - b;
    expect((await scanAll({Limit: 7})).sort(ascending)).toEqual(all);
    const segments = await Promise.all([0, 1, 2, 3, 4].map((Segment) => scanAll({Segment, TotalSegments: 5})));
    expect(segments.flat().sort(ascending)).toEqual(all);
    const counted = await client.send(new ScanCommand({
      TableName: 'many', Select: 'COUNT', ConsistentRead: true, FilterExpression: 'parity = :e AND sk < :n', ExpressionAttributeValues: {':e': {S: 'even'}, ':n': {N: '10'}},
    }));
    expect([counted.Count, counted.ScannedCount, counted.Items]).toEqual([5, COUNT, undefined]);
  });

  holds('are read and deleted in batches', async () => {
    const got = await client.send(new BatchGetItemCommand({
      RequestItems: {many: {Keys: [key('p0', 0), key('p1', 1), key('p1', 999)], ConsistentRead: true, ProjectionExpression: 'sk'}}, ReturnConsumedCapacity: 'TOTAL',
    }));
    expect(new Set(got.Responses?.['many']?.map((item) => item['sk']?.N))).toEqual(new Set(['0', '1']));
    expect(got.UnprocessedKeys).toEqual({});
    expect(got.ConsumedCapacity?.[0]).toMatchObject({TableName: 'many', CapacityUnits: 3});
    await client.send(new BatchWriteItemCommand({RequestItems: {many: [{PutRequest: {Item: key('batch', 1)}}, {PutRequest: {Item: key('batch', 2)}}]}}));
    await client.send(new BatchWriteItemCommand({RequestItems: {many: [{DeleteRequest: {Key: key('batch', 1)}}, {DeleteRequest: {Key: key('batch', 2)}}]}}));
    const left = await client.send(new QueryCommand({TableName: 'many', KeyConditionExpression: 'pk = :p', ExpressionAttributeValues: {':p': {S: 'batch'}}, ConsistentRead: true}));
    expect(left.Count).toBe(0);
  });
});

describe('reads', () => {
  holds('that may be old are answered while the leader stands still; strong ones wait for the next leader and see the last write', async () => {
    await createTable('paused');
    const table = (await cluster.status()).tables.find((candidate) => candidate.name === 'paused');
    const stored = storedKeyText(table?.id ?? 0, 'k', 1);
    const partition = (await cluster.partitionsOf('paused')).find((candidate) => candidate.from <= stored && stored < candidate.until);
    const leader = partition?.leader ?? '';
    const follower = cluster.nodeIds.find((id) => id !== leader) ?? '';
    const put = (value: string): Promise<unknown> => client.send(new PutItemCommand({TableName: 'paused', Item: {...key('k', 1), v: {S: value}}}));
    await put('before');
    const reader = cluster.client(cluster.nodeEndpoint(follower), {requestTimeoutMs: 2_000});
    const read = async (ConsistentRead: boolean): Promise<string | undefined> =>
      (await reader.send(new GetItemCommand({TableName: 'paused', Key: key('k', 1), ConsistentRead}))).Item?.['v']?.S;
    const answeredBy = async (id: string): Promise<number> =>
      [...await cluster.metrics(id)].find(([series]) => series.startsWith('murmuration_partition_requests_total{operation="get",result="ok"'))?.[1] ?? 0;
    // Until it heard from the leader how old its state is, its reads are answered by others.
    await until('the follower itself answers', async () => {
      const answeredBefore = await answeredBy(follower);
      return (await read(false)) === 'before' && (await answeredBy(follower)) > answeredBefore;
    });
    await cluster.signal(leader, 'SIGSTOP');
    try {
      const startMs = performance.now();
      expect(await read(false)).toBe('before');
      expect(performance.now() - startMs).toBeLessThan(2_000);
      expect(await until('a strong read is answered', () => read(true), 10_000)).toBe('before');
      const writer = cluster.client(cluster.nodeEndpoint(follower), {requestTimeoutMs: 2_000});
      await writer.send(new PutItemCommand({TableName: 'paused', Item: {...key('k', 1), v: {S: 'after'}}}));
      expect(await read(true)).toBe('after');
    } finally {
      await cluster.signal(leader, 'SIGCONT');
    }
    // The one that stood still has no right to answer strongly what it last knew.
    const formerLeader = cluster.client(cluster.nodeEndpoint(leader));
    expect((await formerLeader.send(new GetItemCommand({TableName: 'paused', Key: key('k', 1), ConsistentRead: true}))).Item?.['v']?.S).toBe('after');
    await until('all replicas are level', () => cluster.isConverged(), 20_000);
  });
});

describe('the AWS CLI', () => {
  const testWithCli = testWhere('aws', ['--version'], 'the AWS CLI (aws) is not installed');
  testWithCli('creates, puts, gets, queries and scans', ProcessCluster.explained(() => cluster, async () => {
    const aws = async (...args: readonly string[]): Promise<Record<string, unknown>> => {
      const ended = await run('aws', ['dynamodb', ...args, '--endpoint-url', cluster.endpoint, '--region', 'eu-west-1', '--output', 'json'], {AWS_ACCESS_KEY_ID: 'k', AWS_SECRET_ACCESS_KEY: 's', AWS_PAGER: ''});
      if (ended.code !== 0) throw new Error(`aws dynamodb ${args[0] ?? ''}: ${ended.stderr}`);
      return ended.stdout.trim() === '' ? {} : (JSON.parse(ended.stdout) as Record<string, unknown>);
    };
    await aws('create-table', '--table-name', 'cli', '--billing-mode', 'PAY_PER_REQUEST', '--attribute-definitions', 'AttributeName=id,AttributeType=S', '--key-schema', 'AttributeName=id,KeyType=HASH');
    await active('cli');
    await aws('put-item', '--table-name', 'cli', '--item', '{"id":{"S":"1"},"n":{"N":"7"}}');
    expect(await aws('get-item', '--table-name', 'cli', '--key', '{"id":{"S":"1"}}', '--consistent-read')).toEqual({Item: {id: {S: '1'}, n: {N: '7'}}});
    const values = '{":i":{"S":"1"}}';
    expect(await aws('query', '--table-name', 'cli', '--consistent-read', '--key-condition-expression', 'id = :i', '--expression-attribute-values', values)).toMatchObject({Count: 1});
    expect(await aws('scan', '--table-name', 'cli', '--consistent-read')).toMatchObject({Count: 1, ScannedCount: 1});
  }), 60_000);
});

describe('murmur status', () => {
  holds('prints the document that tools read', async () => {
    const {code, stdout} = await cluster.murmur('status', '-o', 'json', '--admin', cluster.adminUrl);
    expect(code).toBe(0);
    const document = JSON.parse(stdout) as Record<string, unknown>;
    expect(document).toMatchObject({apiVersion: 'murmuration/v1', nodes: expect.arrayContaining([expect.objectContaining({id: 'a1', az: 'a', state: 'up', pid: expect.any(Number)})])});
  });
});
