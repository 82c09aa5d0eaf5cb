import type {Random} from '@murmuration/base';
import {BenchError} from '../errors.js';
import {runLoad} from '../http-load.js';
import {cpuMicros, residentBytes} from '../process-cpu.js';
import {post} from './child-server.js';
import type {PeerProtocol, RunningPeer} from './peer.js';
import {KEY_COUNT, KEY_VALUE_TABLE, RANGE_TABLE, keyValueItem, rangeBatches} from './peer-requests.js';
import type {PeerWorkload} from './peer-requests.js';

const SIGNED = {
  'content-type': 'application/x-amz-json-1.0', 'x-amz-date': '20260101T000000Z',
  authorization: `AWS4-HMAC-SHA256 Credential=any/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host;x-amz-date, Signature=${'0'.repeat(64)}`,
};
const BATCH_ITEMS = 25;
const LOADS_AT_ONCE = 8;

/** One DynamoDB call to a peer. @throws BenchError unless it is answered with 200 */
export async function callPeer(endpoint: URL, operation: string, body: unknown): Promise<unknown> {
  const reply = await post(endpoint, '/', {...SIGNED, 'x-amz-target': `DynamoDB_20120810.${operation}`}, JSON.stringify(body));
  if (reply.status !== 200) throw new BenchError({code: 'PeerFailed', peer: endpoint.host, reason: `${operation}: ${reply.status} ${reply.body.slice(0, 200)}`});
  return JSON.parse(reply.body);
}

/** Makes the tables and fills them, so that every read finds what it asks for. */
export async function fillPeer(peer: RunningPeer, protocol: PeerProtocol): Promise<void> {
  const {endpoint} = peer;
  if (protocol === 'etcd') {
    await inLanes(Array.from({length: KEY_COUNT}, (_, i) => async () => {
      const item = keyValueItem(i, 256) as {pk: {S: string}; data: {S: string}};
      const body = JSON.stringify({key: Buffer.from(item.pk.S).toString('base64'), value: Buffer.from(item.data.S).toString('base64')});
      await post(endpoint, '/v3/kv/put', {'content-type': 'application/json'}, body);
    }), 64);
    return;
  }
  await createTable(endpoint, KEY_VALUE_TABLE, false);
  await createTable(endpoint, RANGE_TABLE, true);
  const batches: unknown[] = [...rangeBatches()];
  for (let i = 0; i < KEY_COUNT; i += BATCH_ITEMS) {
    batches.push({RequestItems: {[KEY_VALUE_TABLE]: Array.from({length: BATCH_ITEMS}, (_, j) => ({PutRequest: {Item: keyValueItem(i + j, 256)}}))}});
  }
  await inLanes(batches.map((batch) => () => writeAll(endpoint, batch)), LOADS_AT_ONCE);
}

async function createTable(endpoint: URL, name: string, hasSortKey: boolean): Promise<void> {
  await callPeer(endpoint, 'CreateTable', {
    TableName: name, BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [{AttributeName: 'pk', AttributeType: 'S'}, ...(hasSortKey ? [{AttributeName: 'sk', AttributeType: 'S'}] : [])],
    KeySchema: [{AttributeName: 'pk', KeyType: 'HASH'}, ...(hasSortKey ? [{AttributeName: 'sk', KeyType: 'RANGE'}] : [])],
  });
  for (;;) {
    const {Table} = (await callPeer(endpoint, 'DescribeTable', {TableName: name})) as {Table: {TableStatus: string}};
    if (Table.TableStatus === 'ACTIVE') return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function writeAll(endpoint: URL, batch: unknown): Promise<void> {
  for (let left = batch; ;) {
    const {UnprocessedItems} = (await callPeer(endpoint, 'BatchWriteItem', left)) as {UnprocessedItems?: Readonly<Record<string, unknown>>};
    if (UnprocessedItems === undefined || Object.keys(UnprocessedItems).length === 0) return;
    left = {RequestItems: UnprocessedItems};
  }
}

async function inLanes(tasks: readonly (() => Promise<void>)[], laneCount: number): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let task = tasks[next++]; task !== undefined; task = tasks[next++]) await task();
  };
  await Promise.all(Array.from({length: laneCount}, lane));
}

export interface PeerSample {
  readonly requestsPerSecond: number;
  readonly p50Micros: number;
  readonly p99Micros: number;
  /** User and system time of all the peer's processes, divided by requests; undefined where the system does not tell. */
  readonly cpuMicrosPerRequest: number | undefined;
  readonly residentBytes: number;
  readonly errors: number;
}

/** One load at one peer. */
export async function measurePeer(peer: RunningPeer, protocol: PeerProtocol, workload: PeerWorkload, connections: number, times: {readonly warmUpMs: number; readonly durationMs: number}, random: Random): Promise<PeerSample> {
  const {hostname, port, host} = peer.endpoint;
  const cpu = (): number | undefined => {
    const each = peer.pids.map((pid) => cpuMicros(pid));
    return each.some((micros) => micros === undefined) ? undefined : each.reduce<number>((sum, micros) => sum + (micros ?? 0), 0);
  };
  let before: number | undefined;
  let after: number | undefined;
  const result = await runLoad(
    {host: hostname, port: Number(port), connections, warmUpMs: times.warmUpMs, durationMs: times.durationMs, nextRequest: workload.prepare(protocol, host, random)},
    {onMeasureStart: () => (before = cpu()), onMeasureEnd: () => (after = cpu())},
  );
  return {
    requestsPerSecond: result.requestsPerSecond, p50Micros: result.latencyMicros.p50, p99Micros: result.latencyMicros.p99,
    cpuMicrosPerRequest: before === undefined || after === undefined || result.requests === 0 ? undefined : (after - before) / result.requests,
    residentBytes: peer.pids.reduce((sum, pid) => sum + (residentBytes(pid) ?? 0), 0),
    errors: result.errors,
  };
}
