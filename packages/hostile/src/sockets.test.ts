// Goal: clients that open, hold, break and flood connections take nothing from the next one.
// Method: many raw sockets at a whole cluster in this process, each case followed by a request on another connection.
import {startCluster} from '@murmuration/test';
import type {TestCluster} from '@murmuration/test';
import {apiCall, latin1} from './hostile-case.js';
import {RawPeer} from './raw-peer.js';
import {TABLE, Target} from './target.js';
import {heldBytes, keptBytes} from './testing/held-bytes.js';

const GET = apiCall('GetItem', {TableName: TABLE, Key: {pk: {S: 'witness'}, sk: {N: '0'}}});
const HEAD_END = GET.indexOf('\r\n\r\n') + 4;

let cluster: TestCluster;
let target: Target;
const peers: RawPeer[] = [];
beforeAll(async () => {
  cluster = await startCluster();
  target = new Target(cluster.endpoint, true);
  await target.prepare();
}, 60_000);
afterEach(() => {
  for (const peer of peers.splice(0)) peer.close();
});
afterAll(async () => {
  target.close();
  await cluster.stop();
});

async function open(): Promise<RawPeer> {
  const peer = await RawPeer.connect(cluster.endpoint);
  peers.push(peer);
  return peer;
}

test('2,000 idle connections: others are served, and their memory comes back', async () => {
  const before = heldBytes();
  for (let i = 0; i < 2000; i += 1) await open();
  expect(await target.faultOfWitness()).toBeUndefined();
  for (const peer of peers.splice(0)) peer.close();
  expect(await keptBytes(before)).toBe(0);
});

test('300 connections that stopped inside their heads and bodies: others are served', async () => {
  for (let i = 0; i < 300; i += 1) (await open()).send(GET.subarray(0, 1 + ((i * 7) % (GET.length - 1))));
  expect(await target.faultOfWitness()).toBeUndefined();
});

test.each<[string, readonly Uint8Array[]]>([
  ['before a byte', []],
  ['in the request line', [GET.subarray(0, 6)]],
  ['in the fields', [GET.subarray(0, 60)]],
  ['between head and body', [GET.subarray(0, HEAD_END)]],
  ['in the body', [GET.subarray(0, GET.length - 3)]],
  ['in a chunk', [latin1('POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nabc')]],
  ['behind the request', [GET]],
  ['in a pipeline', [GET, GET, GET, GET.subarray(0, 9)]],
])('50 resets %s', async (_where, pieces) => {
  for (let i = 0; i < 50; i += 1) {
    const peer = await open();
    for (const piece of pieces) peer.send(piece);
    // A third of them breaks at once, the others when some or all of it was read.
    for (let turn = 0; turn < i % 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    peer.reset();
  }
  expect(await target.faultOfWitness()).toBeUndefined();
});

test('a pipeline of 1,000: whole replies in order, the excess refused, others are served', async () => {
  const peer = await open();
  peer.send(Buffer.concat(Array.from({length: 1000}, () => GET)));
  expect(await target.faultOfWitness()).toBeUndefined();
  let servedCount = 0;
  for (;;) {
    const answer = await peer.next(10_000);
    expect(answer.kind).not.toBe('silent');
    if (answer.kind !== 'reply') break;
    if (answer.status === 503) break;
    expect(answer.status).toBe(200);
    servedCount += 1;
    if (servedCount === 1000) break;
  }
  expect(servedCount).toBeGreaterThanOrEqual(64);
});

test('a reader that leaves 1 MB lying gets it later, and others are served meanwhile', async () => {
  for (let i = 0; i < 3; i += 1) {
    const put = await target.ask('PutItem', {TableName: TABLE, Item: {pk: {S: 'large'}, sk: {N: String(i)}, text: {S: 'x'.repeat(390_000)}}});
    expect(put.status).toBe(200);
  }
  const slow = await open();
  slow.setReading(false);
  slow.send(apiCall('Query', {TableName: TABLE, KeyConditionExpression: 'pk = :p', ExpressionAttributeValues: {':p': {S: 'large'}}}));
  for (let i = 0; i < 5; i += 1) expect(await target.faultOfWitness()).toBeUndefined();
  slow.setReading(true);
  const answer = await slow.next(10_000);
  expect(answer).toMatchObject({kind: 'reply', status: 200});
});
