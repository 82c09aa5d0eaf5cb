// Goal: a table that stays hot is cut where its load is halved while clients see nothing of it, an item collection by its
// sort keys and a partition of a global index as well; load that no cut would relieve is told with its reason.
// Method: the AWS SDK writes to several tables at once, as fast as this machine allows, against a low limit of heat.
import {CreateTableCommand, DescribeTableCommand, DynamoDBClient, PutItemCommand, QueryCommand} from '@aws-sdk/client-dynamodb';
import type {CreateTableCommandInput, QueryCommandInput} from '@aws-sdk/client-dynamodb';
import {startCluster} from './start-cluster.js';
import type {TestCluster} from './start-cluster.js';

const WAIT_MS = 90_000;
interface Splits {
  readonly splits: readonly {readonly table: string; readonly index: string | null; readonly cause: string; readonly state: string; readonly phasesMs: Readonly<Record<string, number>>; readonly heldCount: number | null}[];
}
interface Heat {
  readonly partitions: readonly {readonly advice: {readonly kind: string; readonly reason?: string} | null; readonly cells: readonly {readonly writeUnits: number}[]}[];
}

let cluster: TestCluster;
let client: DynamoDBClient;
beforeAll(async () => {
  cluster = await startCluster({
    // Some writes a second for two seconds, instead of most of a partition's ceiling for minutes.
    tuning: {storageNode: {splitLoadRatio: 0.015, splitSustainSeconds: 2}, controlPlane: {planMs: 100}},
  });
  client = new DynamoDBClient({endpoint: cluster.endpoint, region: 'us-east-1', credentials: {accessKeyId: 'any', secretAccessKey: 'any'}, maxAttempts: 3});
});
afterAll(async () => {
  client.destroy();
  await cluster.stop();
});

async function until(what: string, isTrue: () => Promise<boolean>): Promise<void> {
  const untilMs = performance.now() + WAIT_MS;
  // A busy machine may let a question of the admin API wait for too long: it is asked again.
  while (!(await isTrue().catch(() => false))) {
    if (performance.now() > untilMs) throw new Error(`not within ${WAIT_MS} ms: ${what} ${JSON.stringify(await Promise.all(['splits', 'heat?table=Cut', 'heat?table=Rising', 'heat?table=Whole'].map((path) => cluster.admin(`/admin/v1/${path}`))))}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
async function createTable(name: string, more: Partial<CreateTableCommandInput> = {}): Promise<void> {
  await client.send(new CreateTableCommand({
    TableName: name, KeySchema: [{AttributeName: 'pk', KeyType: 'HASH'}, {AttributeName: 'sk', KeyType: 'RANGE'}],
    AttributeDefinitions: [{AttributeName: 'pk', AttributeType: 'S'}, {AttributeName: 'sk', AttributeType: 'N'}],
    // One partition: nothing is enforced here, so the numbers mean no more than that.
    ProvisionedThroughput: {ReadCapacityUnits: 1, WriteCapacityUnits: 1}, ...more,
  }));
  await until(`${name} is active`, async () => (await client.send(new DescribeTableCommand({TableName: name}))).Table?.TableStatus === 'ACTIVE');
}

/** Writes items of one collection until it is stopped; an error after the SDK's own retries is a failure. */
class Writer {
  readonly written = new Set<number>();
  readonly failures: string[] = [];
  #next = 0;
  #isStopped = false;
  readonly #loops: readonly Promise<void>[];
  constructor(table: string, sortKeyOf: (i: number) => number, loopCount: number) {
    this.#loops = Array.from({length: loopCount}, () => this.#run(table, sortKeyOf));
  }
  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all(this.#loops);
  }
  async #run(table: string, sortKeyOf: (i: number) => number): Promise<void> {
    while (!this.#isStopped) {
      this.#next += 1;
      const sk = sortKeyOf(this.#next);
      try {
        await client.send(new PutItemCommand({TableName: table, Item: {pk: {S: 'all'}, sk: {N: String(sk)}, g: {S: 'one'}}}));
        this.written.add(sk);
      } catch (cause) {
        this.failures.push(cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause));
      }
    }
  }
}
async function queryAll(more: Partial<QueryCommandInput>): Promise<readonly number[]> {
  const found: number[] = [];
  let start: QueryCommandInput['ExclusiveStartKey'];
  do {
    const page = await client.send(new QueryCommand({
      TableName: 'Cut', ConsistentRead: true, KeyConditionExpression: 'pk = :all', ExpressionAttributeValues: {':all': {S: 'all'}}, ...more, ...(start === undefined ? {} : {ExclusiveStartKey: start}),
    }));
    for (const item of page.Items ?? []) found.push(Number(item['sk']?.N));
    start = page.LastEvaluatedKey;
  } while (start !== undefined);
  return found;
}
const scattered = (i: number): number => (i * 7_919) % 10_007;
const splitsOf = async (): Promise<Splits['splits']> => ((await cluster.admin('/admin/v1/splits')) as Splits).splits;
const reasonsOf = async (table: string): Promise<readonly (string | undefined)[]> => ((await cluster.admin(`/admin/v1/heat?table=${table}`)) as Heat).partitions.map(({advice}) => advice?.reason);

test('a hot collection and its index are cut under load without a request failing; useless cuts are not made, with the reason', async () => {
  await createTable('Cut', {
    AttributeDefinitions: [{AttributeName: 'pk', AttributeType: 'S'}, {AttributeName: 'sk', AttributeType: 'N'}, {AttributeName: 'g', AttributeType: 'S'}],
    GlobalSecondaryIndexes: [{
      IndexName: 'by-g', KeySchema: [{AttributeName: 'g', KeyType: 'HASH'}, {AttributeName: 'sk', KeyType: 'RANGE'}], Projection: {ProjectionType: 'KEYS_ONLY'},
      ProvisionedThroughput: {ReadCapacityUnits: 1, WriteCapacityUnits: 1},
    }],
  });
  await createTable('Rising');
  await createTable('Whole', {
    LocalSecondaryIndexes: [{IndexName: 'by-sk', KeySchema: [{AttributeName: 'pk', KeyType: 'HASH'}, {AttributeName: 'sk', KeyType: 'RANGE'}], Projection: {ProjectionType: 'KEYS_ONLY'}}],
  });
  const writers = [new Writer('Cut', scattered, 6), new Writer('Rising', (i) => i, 3), new Writer('Whole', scattered, 3)] as const;
  try {
    await until('the collection and the index are cut', async () => {
      const done = (await splitsOf()).filter(({table, state, cause}) => table === 'Cut' && state === 'done' && cause === 'heat');
      return done.some(({index}) => index === null) && done.some(({index}) => index === 'by-g');
    });
    await until('what is not cut is told', async () => (await reasonsOf('Rising')).includes('keys-come-in-order') && (await reasonsOf('Whole')).includes('collection-stays-whole'));
  } finally {
    await Promise.all(writers.map((writer) => writer.stop()));
  }
  expect(writers.flatMap(({failures}) => failures)).toEqual([]);
  const splits = await splitsOf();
  expect(new Set(splits.map(({table}) => table))).toEqual(new Set(['Cut']));
  for (const {phasesMs, heldCount} of splits.filter(({state}) => state === 'done')) {
    // How long the heat was watched only the leader knows that advised the cut: on a busy machine another may have carried it out.
    expect(Object.keys(phasesMs).filter((phase) => phase !== 'detect').sort()).toEqual(['choose', 'count', 'order', 'pause', 'publish']);
    expect(heldCount).toBeGreaterThanOrEqual(0);
  }
  const [cut] = writers;
  const expected = [...cut.written].sort((a, b) => a - b);
  expect(await queryAll({})).toEqual(expected);
  expect(await queryAll({ScanIndexForward: false})).toEqual([...expected].reverse());
  expect(await queryAll({Limit: 97})).toEqual(expected);
  await until('the index has followed', async () => {
    const found = await queryAll({IndexName: 'by-g', ConsistentRead: false, KeyConditionExpression: 'g = :all', ExpressionAttributeValues: {':all': {S: 'one'}}});
    return JSON.stringify(found) === JSON.stringify(expected);
  });
  const keys = (await cluster.admin('/admin/v1/hotkeys?table=Cut&scope=collection')) as {readonly keys: readonly {readonly key: object}[]};
  expect(keys.keys.map(({key}) => key)).toContainEqual({pk: {S: 'all'}});
  expect(await cluster.metrics('a1')).toContain('murmuration_hot_partitions');
  const told = (await cluster.admin('/admin/v1/heat?table=Cut&seconds=600')) as Heat;
  expect(told.partitions.flatMap(({cells}) => cells).reduce((sum, {writeUnits}) => sum + writeUnits, 0)).toBeGreaterThanOrEqual(expected.length);
}, 300_000);
