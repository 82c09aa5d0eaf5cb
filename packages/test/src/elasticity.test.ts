// Goal: clusters grow, shrink, heal and split while they serve, and lose nothing. Method: a writer that keeps what was
// acknowledged goes on through each change; at the end every acknowledged item is read back strongly.
import {CreateTableCommand, DescribeTableCommand, DynamoDBClient, GetItemCommand, PutItemCommand, ScanCommand} from '@aws-sdk/client-dynamodb';
import type {StatusDocument} from '@murmuration/server';
import {startCluster} from './start-cluster.js';
import type {TestCluster, TestClusterOptions} from './start-cluster.js';

const TABLE = 'items';
const WAIT_MS = 60_000;
/** What an SDK does by itself is allowed: planned changes must not cost more. */
const ATTEMPTS_MAX = 3;

/** A client that writes all the time, and knows what was acknowledged. */
class Writer {
  readonly acknowledged = new Map<string, number>();
  failureCount = 0;
  lastFailure = '';
  readonly #client: DynamoDBClient;
  #isStopped = false;
  readonly #loops: Promise<void>[];

  constructor(client: DynamoDBClient, loopCount = 4) {
    this.#client = client;
    this.#loops = Array.from({length: loopCount}, (_, i) => this.#run(i));
  }
  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all(this.#loops);
  }
  async #run(loop: number): Promise<void> {
    for (let i = 0; !this.#isStopped; i += 1) {
      const pk = `w${loop}-${i % 200}`;
      try {
        await this.#client.send(new PutItemCommand({TableName: TABLE, Item: {pk: {S: pk}, n: {N: String(i)}, pad: {S: 'x'.repeat(200)}}}));
        this.acknowledged.set(pk, i);
      } catch (cause) {
        this.failureCount += 1;
        this.lastFailure = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
      }
    }
  }
}

let cluster: TestCluster | undefined;
let client: DynamoDBClient | undefined;
let writer: Writer | undefined;

async function begin(options: TestClusterOptions): Promise<{readonly cluster: TestCluster; readonly client: DynamoDBClient; readonly writer: Writer}> {
  cluster = await startCluster({
    ...options,
    tuning: {controlPlane: {suspectAfterMs: 700, downAfterMs: 1_500, healAfterMs: 2_000, planMs: 100}, ...options.tuning},
  });
  client = new DynamoDBClient({endpoint: cluster.endpoint, region: 'us-east-1', credentials: {accessKeyId: 'any', secretAccessKey: 'any'}, maxAttempts: ATTEMPTS_MAX});
  await client.send(new CreateTableCommand({
    TableName: TABLE, KeySchema: [{AttributeName: 'pk', KeyType: 'HASH'}], AttributeDefinitions: [{AttributeName: 'pk', AttributeType: 'S'}], BillingMode: 'PAY_PER_REQUEST',
  }));
  const own = client;
  await until('the table is active', async () => (await own.send(new DescribeTableCommand({TableName: TABLE}))).Table?.TableStatus === 'ACTIVE');
  writer = new Writer(client);
  return {cluster, client, writer};
}

afterEach(async () => {
  await writer?.stop();
  client?.destroy();
  await cluster?.stop();
  [cluster, client, writer] = [undefined, undefined, undefined];
});

async function until(what: string, isTrue: () => Promise<boolean> | boolean, describeState: () => Promise<string> = () => Promise.resolve('')): Promise<void> {
  const untilMs = performance.now() + WAIT_MS;
  while (!(await isTrue())) {
    if (performance.now() > untilMs) throw new Error(`not within ${WAIT_MS} ms: ${what} ${await describeState()}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

async function untilStatus(own: TestCluster, what: string, isTrue: (status: StatusDocument) => boolean): Promise<void> {
  await until(what, async () => isTrue(await own.status()), async () => {
    const status = await own.status();
    return JSON.stringify({
      jobs: status.jobs.slice(0, 6), isBalancing: status.isBalancing, nodes: status.nodes.map((node) => `${node.id} ${node.state} ${node.duty}`),
      partitions: status.partitions.map((partition) => `${partition.id}@${partition.membership} ${partition.leader ?? '-'}: ${partition.replicas.map((replica) => `${replica.id}${replica.node}${replica.role}`).join(' ')}`),
    });
  });
}

const held = (status: StatusDocument, node: string): number => status.partitions.filter((partition) => partition.replicas.some((replica) => replica.node === node)).length;
const isQuiet = (status: StatusDocument): boolean =>
  !status.isBalancing && status.jobs.every((job) => job.state !== 'running') && status.partitions.every((partition) => partition.leader !== null && !partition.isSplitting && partition.replicas.every((replica) => replica.role === 'voter'));

/** Every acknowledged write, or a later one of the same key, is there. */
async function verify(own: {readonly client: DynamoDBClient; readonly writer: Writer}): Promise<void> {
  await own.writer.stop();
  expect(own.writer.acknowledged.size).toBeGreaterThan(50);
  for (const [pk, n] of own.writer.acknowledged) {
    const {Item} = await own.client.send(new GetItemCommand({TableName: TABLE, Key: {pk: {S: pk}}, ConsistentRead: true}));
    expect(Number(Item?.['n']?.N ?? -1)).toBeGreaterThanOrEqual(n);
  }
  const keys = new Set<string>();
  let from: Record<string, {S: string}> | undefined;
  do {
    const page = await own.client.send(new ScanCommand({TableName: TABLE, ConsistentRead: true, Limit: 97, ...(from === undefined ? {} : {ExclusiveStartKey: from})}));
    for (const item of page.Items ?? []) keys.add(item['pk']?.S ?? '');
    from = page.LastEvaluatedKey as Record<string, {S: string}> | undefined;
  } while (from !== undefined);
  for (const pk of own.writer.acknowledged.keys()) expect(keys).toContain(pk);
}

jest.setTimeout(180_000);

describe('an elastic cluster', () => {
  test('a node that joins gets its share, and a drained one ends empty, without a failed request', async () => {
    const own = await begin({});
    const added = await own.cluster.addNode('a');
    await untilStatus(own.cluster, `${added} has its share`, (status) => isQuiet(status) && held(status, added) === 2 && held(status, 'a1') === 2);
    const plan = await own.cluster.act({kind: 'drain-node', node: added}, true);
    expect(plan.steps.length).toBeGreaterThan(1);
    await own.cluster.act({kind: 'drain-node', node: added});
    await untilStatus(own.cluster, `${added} is empty`, (status) => isQuiet(status) && held(status, added) === 0 && status.partitions.every((partition) => partition.leader !== added));
    await own.cluster.act({kind: 'remove-node', node: added});
    expect((await own.cluster.status()).nodes.map((node) => node.id)).not.toContain(added);
    expect([own.writer.failureCount, own.writer.lastFailure]).toEqual([0, '']);
    await verify(own);
  });

  test('the copies of a node that died come back on the spare one, with a log replica in between', async () => {
    const own = await begin({nodeCount: 5});
    await untilStatus(own.cluster, 'even', isQuiet);
    await own.cluster.kill('b2');
    await untilStatus(own.cluster, 'b2 has been replaced', (status) => isQuiet(status) && held(status, 'b2') === 0);
    const status = await own.cluster.status();
    expect(status.partitions.every((partition) => new Set(partition.replicas.map((replica) => replica.az)).size === 3)).toBe(true);
    await verify(own);
  });

  test('a node that lost its disk comes back under its name with new copies', async () => {
    const own = await begin({nodeCount: 4});
    await until('some writes are in', () => own.writer.acknowledged.size > 100);
    const before = held(await own.cluster.status(), 'a2');
    expect(before).toBeGreaterThan(0);
    await own.cluster.kill('a2');
    own.cluster.loseDisk('a2');
    await own.cluster.restart('a2');
    await untilStatus(own.cluster, 'a2 is full again', (status) => isQuiet(status) && status.partitions.every((partition) => partition.replicas.length === 3 && partition.replicas.every((replica) => replica.state !== 'unknown')));
    expect((await own.cluster.status()).jobs.some((job) => job.kind === 'heal' && job.state === 'done')).toBe(true);
    await verify(own);
  });

  test('a replica moves, a leadership is handed on, and a partition splits under load', async () => {
    const own = await begin({nodeCount: 4});
    await untilStatus(own.cluster, 'even', isQuiet);
    await until('some writes are in', () => own.writer.acknowledged.size > 200);
    const first = (await own.cluster.status()).partitions[0];
    if (first === undefined) throw new Error('no partition');
    const from = first.replicas.find((replica) => replica.az === 'a')?.node ?? '';
    const moved = await own.cluster.act({kind: 'move-replica', group: first.id, from});
    await untilStatus(own.cluster, 'the replica has moved', (status) => status.jobs.find((job) => job.id === moved.jobs[0])?.state === 'done');
    const follower = (await own.cluster.status()).partitions.find((partition) => partition.id === first.id)?.replicas.find((replica) => replica.state === 'follower')?.node ?? '';
    await own.cluster.act({kind: 'transfer-leader', group: first.id, to: follower});
    await untilStatus(own.cluster, `${follower} leads`, (status) => status.partitions.find((partition) => partition.id === first.id)?.leader === follower);
    const countBefore = (await own.cluster.status()).partitions.length;
    for (const partition of (await own.cluster.status()).partitions) {
      const split = await own.cluster.act({kind: 'split-partition', group: partition.id});
      await untilStatus(own.cluster, `partition ${partition.id} is split`, (status) => status.jobs.find((job) => job.id === split.jobs[0])?.state === 'done');
    }
    await untilStatus(own.cluster, 'every half has a leader', (status) => isQuiet(status) && status.partitions.length === 2 * countBefore);
    expect([own.writer.failureCount, own.writer.lastFailure]).toEqual([0, '']);
    await verify(own);
  });
});
