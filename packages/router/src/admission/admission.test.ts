// Goal: where the throughput of a table is shared globally a router lets in what it has tokens for, refuses the rest before
// anything is sent, and settles what requests cost. Method: a router over partitions that enforce nothing, and a clock moved by hand.
import {toTableId} from '@murmuration/base';
import type {ControlRequest, ControlResponse} from '@murmuration/control-client';
import {CAPACITY_SETTING_DEFAULTS} from '@murmuration/model';
import {FakeCluster, USERS} from '../testing/fake-cluster.js';
import {ThrottleJournal} from './throttle-journal.js';
import type {ThrottledRequest} from './throttle-journal.js';

/** 5 units for each of three routers. */
const TABLE = {...USERS, billingMode: 'PROVISIONED', provisionedThroughput: {ReadCapacityUnits: 15, WriteCapacityUnits: 15}} as const;
function shared(): FakeCluster {
  return new FakeCluster({tables: [TABLE], tuning: {capacityDefaults: {...CAPACITY_SETTING_DEFAULTS, throttling: 'provisioned', sharing: 'global'}}});
}
/** Gives every ask so much. */
const giving = (halfUnits: number) => (request: ControlRequest): ControlResponse => ({
  kind: 'leases',
  leases: request.kind !== 'lease-tokens' ? [] : request.asks.map(({table, access, heldLease}) => ({table, access, lease: heldLease + 1, halfUnits, shareRate: 1_000, leaseMs: 3_000, isQuiet: false})),
});
let nextId = 0;
function put(cluster: FakeCluster, sizeBytes = 10): number {
  nextId += 1;
  return cluster.call('PutItem', {TableName: 'Users', Item: {id: {N: String(nextId)}, v: {S: 'x'.repeat(sizeBytes)}}}).status;
}
function putUntilRefused(cluster: FakeCluster): number {
  for (let count = 0; count < 1_000; count += 1) if (put(cluster) !== 200) return count;
  throw new Error('nothing was refused');
}

test('without an answer of the control plane a router goes by its part, a second of it at once', () => {
  const cluster = shared();
  expect(putUntilRefused(cluster)).toBe(5);
  const sentCount = cluster.sent.length;
  expect(put(cluster)).toBe(400);
  expect(cluster.sent).toHaveLength(sentCount);
  cluster.time.advance(1_000);
  expect(putUntilRefused(cluster)).toBe(5);
});

test('what was used before the first lease is paid from it, and the rest of it is let in', () => {
  const cluster = shared();
  cluster.answerControl = giving(30);
  expect(putUntilRefused(cluster)).toBe(5);
  cluster.time.advance(200);
  // 15 writes, of which 5 were owed.
  expect(putUntilRefused(cluster)).toBe(10);
});

test('a request pays what it cost, and one that changed nothing gets back what was taken', () => {
  const cluster = shared();
  cluster.answerControl = giving(40);
  put(cluster);
  cluster.time.advance(200);
  // 40 half units less the 2 that were owed: 4,000 bytes cost 8, and a mistake nothing.
  expect(put(cluster, 4_000)).toBe(200);
  expect(cluster.call('UpdateItem', {TableName: 'Users', Key: {id: {N: '1'}}, UpdateExpression: 'SET a = b'}).status).toBe(400);
  expect(putUntilRefused(cluster)).toBe(15);
});

test('all on-demand tables together keep to the limit of the account, reads and writes apart', () => {
  const capacityDefaults = {...CAPACITY_SETTING_DEFAULTS, throttling: 'on', accountOnDemandWriteUnitsMax: 15} as const;
  const others = {...USERS, tableId: toTableId(2), name: 'Others'};
  const cluster = new FakeCluster({tables: [USERS, others], tuning: {capacityDefaults}});
  const putTo = (table: string): {readonly status: number; readonly body: unknown} => cluster.call('PutItem', {TableName: table, Item: {id: {N: '1'}}});
  // 5 units for each of three routers, whichever table they go to.
  expect(['Users', 'Others', 'Others', 'Users', 'Others'].map((table) => putTo(table).status)).toEqual([200, 200, 200, 200, 200]);
  const sentCount = cluster.sent.length;
  expect(putTo('Others')).toMatchObject({status: 400, body: {
    __type: 'com.amazonaws.dynamodb.v20120810#RequestLimitExceeded', message: 'Throughput exceeds the current throughput limit for your account.',
    ThrottlingReasons: [{reason: 'TableWriteAccountLimitExceeded', resource: 'arn:aws:dynamodb:eu-test-1:000000000000:table/Others'}],
  }});
  expect(cluster.sent).toHaveLength(sentCount);
  expect(cluster.router.throttles({limit: 1})).toMatchObject([{table: 'Others', reason: 'TableWriteAccountLimitExceeded', isOnDemand: true, detail: {bucket: 'account', tokensThenHalfUnits: 0, tokensAskedHalfUnits: 2}}]);
  expect(cluster.call('GetItem', {TableName: 'Users', Key: {id: {N: '1'}}}).status).toBe(200);
  cluster.answerControl = giving(20);
  cluster.time.advance(200);
  // 20 half units, of which the 5 writes before owed 10.
  expect(Array.from({length: 7}, () => putTo('Users').status).filter((status) => status === 200)).toHaveLength(5);
});

test('without a limit of the account, and where on-demand tables are not held to limits, nobody asks for its tokens', () => {
  for (const overrides of [{throttling: 'on'}, {throttling: 'provisioned', accountOnDemandWriteUnitsMax: 1}] as const) {
    const cluster = new FakeCluster({tables: [USERS], tuning: {capacityDefaults: {...CAPACITY_SETTING_DEFAULTS, ...overrides}}});
    expect(Array.from({length: 10}, () => put(cluster)).every((status) => status === 200)).toBe(true);
  }
});

test('a table whose throughput is not shared so is asked for no tokens', () => {
  const cluster = new FakeCluster({tables: [TABLE]});
  for (let i = 0; i < 20; i += 1) expect(put(cluster)).toBe(200);
  cluster.time.advance(5_000);
  expect(cluster.controlCalls.filter(({kind}) => kind === 'lease-tokens')).toEqual([]);
});

test('tokens of a table that nobody uses are no longer asked for', () => {
  const cluster = shared();
  cluster.answerControl = giving(10);
  put(cluster);
  cluster.time.advance(70_000);
  const {length} = cluster.controlCalls;
  cluster.time.advance(20_000);
  expect(cluster.controlCalls).toHaveLength(length);
});

test('a router that was stopped asks for nothing more', () => {
  const cluster = shared();
  put(cluster);
  cluster.router.stop();
  put(cluster);
  cluster.time.advance(5_000);
  expect(cluster.controlCalls).toEqual([]);
});

test('each throttle is remembered with its request, table, operation and the place of its key', () => {
  const cluster = shared();
  putUntilRefused(cluster);
  const [newest] = cluster.router.throttles({limit: 10});
  expect(newest).toMatchObject({
    operation: 'PutItem', table: 'Users', index: undefined, reason: 'TableWriteProvisionedThroughputExceeded', isOnDemand: false,
    requestId: expect.stringMatching(/^[0-9A-Z]{52}$/) as unknown, keyHash: expect.stringMatching(/^[0-9a-f]{8}$/) as unknown, detail: {bucket: 'table', tokensAskedHalfUnits: 2},
  });
  expect(cluster.router.throttleOf(newest?.requestId ?? '')).toEqual(newest);
  expect(cluster.router.throttleOf('unknown')).toBeUndefined();
  expect(cluster.router.throttles({table: 'Music', limit: 10})).toEqual([]);
});

test('of a partition\'s throttle is told what the partition said of it', () => {
  const cluster = new FakeCluster();
  const detail = {bucket: 'ceiling', tokensThenHalfUnits: 1, tokensAskedHalfUnits: 4, passesInMs: 9} as const;
  cluster.interfere = () => ({code: 'Throttled', reason: 'IndexWriteKeyRangeThroughputExceeded', resource: 'Users/index/by-age', isOnDemand: true, detail});
  put(cluster);
  expect(cluster.router.throttles({index: 'by-age', limit: 10})).toMatchObject([{table: 'Users', index: 'by-age', detail}]);
});

test('a journal keeps the newest, newest first, and counts all', () => {
  const journal = new ThrottleJournal(3);
  const of = (requestId: string): ThrottledRequest =>
    ({requestId, atMs: 0, operation: 'PutItem', table: 'T', index: undefined, group: 1, keyHash: '', reason: 'TableWriteKeyRangeThroughputExceeded', isOnDemand: false, detail: undefined});
  for (const id of ['a', 'b', 'c', 'd', 'e']) journal.add(of(id));
  expect(journal.list({limit: 10}).map(({requestId}) => requestId)).toEqual(['e', 'd', 'c']);
  expect(journal.list({limit: 2}).map(({requestId}) => requestId)).toEqual(['e', 'd']);
  expect(journal.list({requestId: 'c', limit: 2})).toHaveLength(1);
  expect(journal.totalCount).toBe(5);
});
