// Goal: functions are called with the records of a stream, in the order of each item and at least once, whatever dies.
// Method: the cluster inside this process, functions on a local HTTP server and in modules.
import {mkdtemp, readFile, rm, writeFile} from 'node:fs/promises';
import {createServer} from 'node:http';
import type {Server} from 'node:http';
import type {AddressInfo} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {startCluster} from './start-cluster.js';
import type {TestCluster} from './start-cluster.js';

type Json = Readonly<Record<string, unknown>>;
interface Called {
  readonly Records: readonly {
    readonly eventName: string; readonly eventSourceARN: string;
    readonly dynamodb: {readonly SequenceNumber: string; readonly Keys: {readonly pk: {readonly S: string}}; readonly NewImage?: {readonly n?: {readonly N: string}}};
  }[];
}

const TUNING = {triggers: {leaseRenewMs: 100, leaseMs: 500, pollMs: 20, shardSyncMs: 100, retryMs: 10, retryMsMax: 100}};
let cluster: TestCluster;
let server: Server;
let url = '';
let directory = '';
let calls: Called[] = [];
/** What the function answers; throws for a failure. */
let answer: (event: Called) => string = () => '';

beforeEach(async () => {
  calls = [];
  answer = () => '';
  directory = await mkdtemp(join(tmpdir(), 'functions-'));
  server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (text: string) => (body += text));
    request.on('end', () => {
      const event = JSON.parse(body) as Called;
      calls.push(event);
      try {
        response.end(answer(event));
      } catch {
        response.writeHead(500).end();
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  cluster = await startCluster({tuning: TUNING, serveFlags: ['--function-directory', directory]});
  await call('CreateTable', {
    TableName: 'music', BillingMode: 'PAY_PER_REQUEST', KeySchema: [{AttributeName: 'pk', KeyType: 'HASH'}], AttributeDefinitions: [{AttributeName: 'pk', AttributeType: 'S'}],
    StreamSpecification: {StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES'},
  });
  await until('the table is active', async () => ((await call('DescribeTable', {TableName: 'music'}))['Table'] as Json)['TableStatus'] === 'ACTIVE');
}, 60_000);
afterEach(async () => {
  await cluster.stop();
  server.closeAllConnections();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  await rm(directory, {recursive: true});
}, 60_000);

async function call(operation: string, body: Json): Promise<Json> {
  for (let attempt = 0; ; attempt += 1) {
    const response = await fetch(cluster.endpoint, {
      method: 'POST', headers: {'content-type': 'application/x-amz-json-1.0', 'x-amz-target': `DynamoDB_20120810.${operation}`}, body: JSON.stringify(body),
    });
    const reply = (await response.json()) as Json;
    if (response.status === 200) return reply;
    if (response.status !== 500 || attempt === 20) throw new Error(`${operation}: ${JSON.stringify(reply)}`);
  }
}
async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const untilMs = performance.now() + 30_000;
  while (!(await holds())) {
    if (performance.now() > untilMs) throw new Error(`${what} did not come`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
const put = (pk: string, n: number): Promise<Json> => call('PutItem', {TableName: 'music', Item: {pk: {S: pk}, n: {N: String(n)}}});
const create = (more: Json = {}): Promise<Json> => cluster.triggers({create: {name: 'index', table: 'music', target: {kind: 'http', url}, startingPosition: 'TRIM_HORIZON', ...more}});
/** Values of one item, as the function heard of them. */
const heard = (pk: string): readonly number[] => calls.flatMap(({Records}) => Records).filter(({dynamodb}) => dynamodb.Keys.pk.S === pk).map(({dynamodb}) => Number(dynamodb.NewImage?.n?.N));

test('a function hears of each change in its order, also when the process that called it dies', async () => {
  await put('before', 0);
  await create({parallelizationFactor: 3, batchSize: 2});
  for (let i = 0; i < 10; i += 1) await put('a', i);
  await until('all of it is heard', () => new Set(heard('a')).size === 10 && heard('before').length > 0);
  expect(heard('a')).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(calls[0]?.Records[0]).toMatchObject({eventSource: 'aws:dynamodb', eventVersion: '1.1', eventSourceARN: expect.stringContaining(':table/music/stream/')});
  for (const {Records} of calls) expect(Records.length).toBeLessThanOrEqual(2);

  const [trigger] = (await cluster.triggers())['triggers'] as readonly {readonly runner: string}[];
  const runner = trigger?.runner.split('/')[0] ?? '';
  expect(cluster.nodeIds).toContain(runner);
  await cluster.kill(runner);
  for (let i = 10; i < 20; i += 1) await put('a', i);
  await until('the rest is heard', () => new Set(heard('a')).size === 20);
  // Twice is allowed, back only to what was not dealt with: the first time each value is heard is in order.
  expect([...new Set(heard('a'))]).toEqual(Array.from({length: 20}, (_, i) => i));
}, 90_000);

test('a filter passes over records, a bad one is found by halving, and news of it is kept', async () => {
  answer = ({Records}) => {
    if (Records.some(({dynamodb}) => dynamodb.NewImage?.n?.N === '13')) throw new Error('unlucky');
    return '';
  };
  for (let i = 10; i < 16; i += 1) await put('a', i);
  await put('b', 1);
  await create({
    bisectBatchOnFunctionError: true, maximumRetryAttempts: 1, filters: [JSON.stringify({dynamodb: {Keys: {pk: {S: ['a']}}}})], onFailure: {kind: 'file', path: 'lost.jsonl'},
  });
  const lost = async (): Promise<readonly Json[]> => (await readFile(join(directory, 'lost.jsonl'), 'utf8').catch(() => '')).split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as Json);
  await until('the bad record is given up', async () => (await lost()).length > 0);
  await until('the others are heard', () => heard('a').includes(15));
  expect(await lost()).toMatchObject([{requestContext: {condition: 'RetryAttemptsExhausted'}, DDBStreamBatchInfo: {batchSize: 1}}]);
  expect(heard('b')).toEqual([]);
  await cluster.triggers({delete: 'index'});
  expect((await cluster.triggers())['triggers']).toEqual([]);
}, 60_000);

test('from the end on nothing old is heard, and each shard is read on through a split', async () => {
  await put('a', 0);
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  await create({startingPosition: 'LATEST'});
  await until('it runs', async () => ((await cluster.triggers())['triggers'] as readonly {readonly runner: string}[])[0]?.runner !== '');
  for (let i = 1; i <= 5; i += 1) for (const pk of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']) await put(pk, i);
  const {partitions} = await cluster.status();
  for (const {id} of partitions.slice(0, 2)) {
    const order = await cluster.act({kind: 'split-partition', group: id});
    await until('the split is done', async () => (await cluster.status()).jobs.find((job) => job.id === order.jobs[0])?.state !== 'running');
  }
  for (let i = 6; i <= 10; i += 1) for (const pk of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']) await put(pk, i);
  for (const pk of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']) {
    await until(`${pk} is heard of`, () => heard(pk).includes(10));
    expect([...new Set(heard(pk))]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  }
}, 90_000);

test('a module is called as an address is, and what may not be called is refused', async () => {
  await writeFile(join(directory, 'count.cjs'), `
    const {appendFileSync} = require('node:fs');
    exports.handler = async (event) => { appendFileSync(${JSON.stringify(join(directory, 'heard'))}, event.Records.length + '\\n'); };
  `);
  await create({target: {kind: 'module', path: 'count.cjs'}});
  await put('a', 1);
  await until('the module is called', async () => (await readFile(join(directory, 'heard'), 'utf8').catch(() => '')) !== '');
  await expect(create()).rejects.toThrow('there is a trigger index already');
  await expect(create({name: 'other', target: {kind: 'module', path: '../outside.cjs'}})).rejects.toThrow('lies in the function directory');
  await expect(create({name: 'other', batchSize: 0})).rejects.toThrow('batchSize is a whole number from 1 to 10000');
  await expect(create({name: 'other', table: 'murmuration-triggers'})).rejects.toThrow('has no stream');
  await expect(create({name: 'other', table: 'nobody'})).rejects.toThrow('nobody not found');
  await expect(cluster.triggers({delete: 'nobody'})).rejects.toThrow('there is no trigger nobody');
}, 60_000);
