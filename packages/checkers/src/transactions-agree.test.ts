// Goal: transactions of a real cluster are serializable, one token has one effect, and nothing stays held, also when a node dies in their
// middle. Method: clients that append to lists, move money and repeat tokens at once, drawn by seed; the histories are judged.
import {SeededRandom} from '@murmuration/base';
import {startCluster} from '@murmuration/test';
import type {TestCluster} from '@murmuration/test';
import type {ItemJson} from './attribute-value.js';
import type {HistoryRecord, Outcome} from './history.js';
import {checkListAppend} from './list-append.js';
import type {ListPart, Operation} from './operations.js';
import {readAnswer, readFailure, toRequest} from './requests.js';
import {checkBank, checkTokens} from './transaction-workloads.js';

jest.setTimeout(120_000);
const SEED = 20_261_121;
const CLIENTS = 6;
const ACCOUNTS = 5;
const TOTAL = ACCOUNTS * 100;
let cluster: TestCluster;
beforeAll(async () => {
  cluster = await startCluster();
});
afterAll(async () => {
  await cluster.stop();
});

async function call(endpoint: string, operation: string, body: unknown): Promise<{readonly status: number; readonly body: unknown}> {
  const response = await fetch(endpoint, {
    method: 'POST', body: JSON.stringify(body),
    headers: {
      'content-type': 'application/x-amz-json-1.0', 'x-amz-target': `DynamoDB_20120810.${operation}`, 'x-amz-date': '20200101T000000Z',
      authorization: 'AWS4-HMAC-SHA256 Credential=any/20200101/us-east-1/dynamodb/aws4_request, SignedHeaders=host;x-amz-date, Signature=0',
    },
  });
  return {status: response.status, body: await response.json()};
}
async function makeTable(name: string): Promise<void> {
  const {status} = await call(cluster.endpoint, 'CreateTable', {
    TableName: name, BillingMode: 'PAY_PER_REQUEST', KeySchema: [{AttributeName: 'pk', KeyType: 'HASH'}], AttributeDefinitions: [{AttributeName: 'pk', AttributeType: 'S'}],
  });
  expect(status).toBe(200);
  for (;;) {
    const {body} = await call(cluster.endpoint, 'DescribeTable', {TableName: name});
    if ((body as {Table: {TableStatus: string}}).Table.TableStatus === 'ACTIVE') return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Clients that each do one thing after the other; a process is new after an unknown outcome. */
class Recorder {
  readonly history: HistoryRecord[] = [];
  readonly #table: string;
  readonly #processes = Array.from({length: CLIENTS}, (_, i) => i);
  readonly #startMs = performance.now();
  constructor(table: string) {
    this.#table = table;
  }
  async run(client: number, operation: Operation): Promise<Outcome> {
    const process = this.#processes[client] as number;
    const {operation: name, body} = toRequest(operation, this.#table);
    const endpoint = cluster.endpoints[client % cluster.endpoints.length] as string;
    this.history.push({kind: 'invoke', process, atMs: this.#nowMs(), operation, node: endpoint});
    const outcome = await call(endpoint, name, body).then(
      (answer) => readAnswer(operation, answer.status, answer.body),
      () => readFailure('reset'),
    );
    this.history.push({kind: 'complete', process, atMs: this.#nowMs(), outcome});
    if (outcome.kind === 'unknown') this.#processes[client] = process + CLIENTS;
    return outcome;
  }
  /** Until the clients have begun and ended so much more. */
  async more(recordCount: number): Promise<void> {
    const wanted = this.history.length + recordCount;
    while (this.history.length < wanted) await new Promise((resolve) => setImmediate(resolve));
  }
  #nowMs(): number {
    return performance.now() - this.#startMs;
  }
}
const eachClient = (work: (client: number, random: SeededRandom) => Promise<void>): Promise<readonly void[]> => Promise.all(
  Array.from({length: CLIENTS}, (_, client) => work(client, new SeededRandom(SEED + client))),
);
/** Of a metric of all nodes. */
async function countOf(line: string): Promise<number> {
  const texts = await Promise.all(cluster.nodeIds.map((node) => cluster.metrics(node)));
  return texts.reduce((sum, text) => sum + Number(text.split('\n').find((each) => each.startsWith(`murmuration_${line} `))?.split(' ')[1] ?? 0), 0);
}
const list = (i: number): ItemJson => ({pk: {S: `list-${i}`}});
const account = (i: number): ItemJson => ({pk: {S: `account-${i}`}});

/** Appends to lists that were read before, or not; and reads of several lists. */
async function appendToLists(recorder: Recorder, perClient: number): Promise<void> {
  let next = 0;
  await eachClient(async (client, random) => {
    let known = new Map<number, readonly number[]>();
    for (let i = 0; i < perClient; i += 1) {
      const chosen = [...new Set([random.below(6), random.below(6), random.below(6)])];
      const isRead = random.below(3) === 0;
      // An ordinary read never waits: it may show an item of a decided transaction as it was. So only writes are ordinary here.
      const isSingle = !isRead && random.below(4) === 0;
      const some = isSingle ? chosen.slice(0, 1) : chosen;
      const parts = some.map((at): ListPart => {
        const expected = known.get(at);
        next += 1;
        if (isRead) return {kind: 'read', key: list(at)};
        if (expected !== undefined && !isSingle && random.below(4) === 0) return {kind: 'check', key: list(at), expected};
        return {kind: 'append', key: list(at), value: next, ...(expected !== undefined && !isSingle && random.below(2) === 0 ? {expected} : {})};
      });
      const outcome = await recorder.run(client, {kind: 'list-append', parts, ...(isSingle ? {isSingle} : {})});
      known = new Map();
      if (outcome.kind === 'ok' && outcome.answer.kind === 'lists') for (const [at, elements] of outcome.answer.lists.entries()) if (elements !== undefined) known.set(some[at] as number, elements);
    }
  });
}

test('lists that many append to in transactions are serializable', async () => {
  await makeTable('lists');
  const recorder = new Recorder('lists');
  await appendToLists(recorder, 60);
  const verdict = checkListAppend(recorder.history);
  expect(verdict.anomalies.map(({explanation}) => explanation)).toEqual([]);
  expect(verdict.transactionCount).toBeGreaterThan(100);
  expect(await countOf('transaction_steps_total{step="decide",result="committed"}')).toBeGreaterThan(10);
  expect(await countOf('transaction_steps_total{step="once",result="accepted"}')).toBeGreaterThan(10);
});

test('they are when a node dies and comes back in their middle, and nothing stays held', async () => {
  await makeTable('mortal');
  const recorder = new Recorder('mortal');
  const work = appendToLists(recorder, 50);
  const victim = cluster.nodeIds[1] as string;
  await recorder.more(60);
  await cluster.kill(victim);
  await recorder.more(40);
  await cluster.restart(victim);
  await work;
  const verdict = checkListAppend(recorder.history);
  expect(verdict.anomalies.map(({explanation}) => explanation)).toEqual([]);
  for (let i = 0; i < 6; i += 1) {
    const untilMs = performance.now() + 15_000;
    for (;;) {
      const {status, body} = await call(cluster.endpoint, 'UpdateItem', {TableName: 'mortal', Key: list(i)});
      if (status === 200) break;
      if (performance.now() > untilMs) throw new Error(`list ${i} is still held: ${JSON.stringify(body)}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
});

test('they are when partitions are cut in their middle', async () => {
  await makeTable('cut');
  const recorder = new Recorder('cut');
  const work = appendToLists(recorder, 60);
  await recorder.more(60);
  const {partitions} = await cluster.status();
  const own = partitions.filter(({table}) => table === 'cut');
  // One with too few items refuses.
  for (const {id} of own) await cluster.act({kind: 'split-partition', group: id}).catch(() => undefined);
  await work;
  const verdict = checkListAppend(recorder.history);
  expect(verdict.anomalies.map(({explanation}) => explanation)).toEqual([]);
  const after = (await cluster.status()).partitions.filter(({table}) => table === 'cut');
  expect(after.length).toBeGreaterThan(own.length);
});

test('money that is moved is never lost or made', async () => {
  await makeTable('bank');
  const recorder = new Recorder('bank');
  for (let i = 0; i < ACCOUNTS; i += 1) await recorder.run(0, {kind: 'put', key: account(i), item: {balance: {N: '100'}}});
  await eachClient(async (client, random) => {
    for (let i = 0; i < 50; i += 1) {
      const from = random.below(ACCOUNTS);
      const to = (from + 1 + random.below(ACCOUNTS - 1)) % ACCOUNTS;
      const amount = String(1 + random.below(30));
      if (random.below(3) === 0) await recorder.run(client, {kind: 'transact-get', keys: Array.from({length: ACCOUNTS}, (_, at) => account(at))});
      else {
        await recorder.run(client, {
          kind: 'transact-write', token: `move-${client}-${i}`,
          parts: [
            {kind: 'update', key: account(from), changes: [{kind: 'increment', attribute: 'balance', by: `-${amount}`}], condition: {kind: 'at-least', attribute: 'balance', value: {N: amount}}},
            {kind: 'update', key: account(to), changes: [{kind: 'increment', attribute: 'balance', by: amount}]},
          ],
        });
      }
    }
  });
  await recorder.run(0, {kind: 'transact-get', keys: Array.from({length: ACCOUNTS}, (_, at) => account(at))});
  const verdict = checkBank(recorder.history, {accounts: Array.from({length: ACCOUNTS}, (_, i) => account(i)), attribute: 'balance', total: TOTAL});
  expect(verdict).toMatchObject({kind: 'ok', violations: []});
  expect(verdict.checkedCount).toBeGreaterThan(5);
});

test('a token that is sent again and again, by everybody, has one effect', async () => {
  await makeTable('tokens');
  const recorder = new Recorder('tokens');
  const counter: ItemJson = {pk: {S: 'counter'}};
  await eachClient(async (client, random) => {
    for (let i = 0; i < 30; i += 1) {
      await recorder.run(client, {
        kind: 'transact-write', token: `token-${random.below(40)}`,
        parts: [
          {kind: 'update', key: counter, changes: [{kind: 'add', attribute: 'n', by: '1'}]}, {kind: 'update', key: {pk: {S: 'other'}}, changes: [{kind: 'add', attribute: 'n', by: '1'}]},
          {kind: 'update', key: {pk: {S: 'third'}}, changes: [{kind: 'add', attribute: 'n', by: '1'}]},
        ],
      });
    }
  });
  const counted: number[] = [];
  for (const pk of ['counter', 'other', 'third']) {
    const {body} = await call(cluster.endpoint, 'GetItem', {TableName: 'tokens', Key: {pk: {S: pk}}, ConsistentRead: true});
    counted.push(Number((body as {Item?: {n?: {N: string}}}).Item?.n?.N ?? 0));
  }
  expect(new Set(counted).size).toBe(1);
  expect(checkTokens(recorder.history, counted[0] as number)).toMatchObject({kind: 'ok', violations: []});
  expect(counted[0]).toBeGreaterThan(10);
});
