// Goal: a live run asks what its workload says, counts every request once, and counts latency from when a request was due.
// Method: a server of node:http that answers as told, and once a cluster in this process.
import {createServer} from 'node:http';
import type {IncomingMessage, Server, ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';
import {startCluster} from '@murmuration/test';
import type {RunRecord} from '../run-record.js';
import {presetWorkload} from '../workloads/presets.js';
import {steady} from '../workloads/workload-spec.js';
import type {WorkloadSpec} from '../workloads/workload-spec.js';
import {LIVE_DEFAULTS, runLive} from './live-run.js';
import type {LiveOptions} from './live-run.js';

type Answer = (operation: string, body: Record<string, unknown>, respond: (status: number, reply: unknown) => void, request: IncomingMessage) => void;

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

function serve(answer: Answer): Promise<string> {
  let isThere = false;
  server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const respond = (status: number, reply: unknown): void => {
        const text = JSON.stringify(reply);
        response.writeHead(status, {'content-length': Buffer.byteLength(text)}).end(text);
      };
      const operation = String(request.headers['x-amz-target']).replace('DynamoDB_20120810.', '');
      const body = JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>;
      switch (operation) {
        case 'CreateTable':
          isThere = true;
          respond(200, {});
          return;
        case 'DeleteTable':
          isThere = false;
          respond(200, {});
          return;
        case 'DescribeTable':
          if (isThere) respond(200, {Table: {TableStatus: 'ACTIVE'}});
          else respond(400, {__type: 'com.amazonaws.dynamodb.v20120810#ResourceNotFoundException'});
          return;
        default:
          answer(operation, body, respond, request);
      }
    });
  });
  return new Promise((resolve) => {
    const listening = server!;
    listening.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${(listening.address() as AddressInfo).port}`));
  });
}
function options(endpoint: string, overrides: Partial<LiveOptions> = {}): LiveOptions {
  return {
    // Long: a machine that is busy with other things must not look like a service that is.
    ...LIVE_DEFAULTS, requestTimeoutMs: 60_000, inFlightMax: 5_000, endpoint, region: 'us-east-1', credentials: {accessKeyId: 'any', secretAccessKey: 'any', sessionToken: undefined}, adminUrl: undefined,
    existingTable: 'refuse', keepsTable: false, command: 'murmur bench run', settings: {}, ...overrides,
  };
}
function workload(overrides: Partial<WorkloadSpec['streams'][number]> = {}): WorkloadSpec {
  return {
    format: 1, name: 'test', title: 'Test', seed: 7, warmUpSeconds: 0, changes: [],
    table: {name: 'Test', hasSortKey: false, localIndexes: [], globalIndexes: [], billing: {mode: 'on-demand'}, partitionCount: 0},
    streams: [{name: 'main', startSecond: 0, phases: [steady(1, 200)], spacing: 'even', keys: {kind: 'uniform', keyCount: 10, firstKey: 0}, operations: [{kind: 'put', weight: 1}], itemSize: {kind: 'constant', sizeBytes: 256}, ...overrides}],
  };
}
const CONSUMED = {ConsumedCapacity: {TableName: 'Test', CapacityUnits: 1.5}};
const throttle = {__type: 'com.amazonaws.dynamodb.v20120810#ThrottlingException', throttlingReasons: [{reason: 'TableWriteKeyRangeThroughputExceeded', resource: 'arn'}]};

test('accepted, throttled and failed requests are counted apart, with the units and the reason that were told', async () => {
  let count = 0;
  const endpoint = await serve((operation, body, respond) => {
    expect([operation, Object.keys(body['Item'] as object)]).toEqual(['PutItem', ['pk', 'data']]);
    count += 1;
    if (count % 4 === 0) respond(400, throttle);
    else if (count % 10 === 1) respond(500, {__type: 'com.amazonaws.dynamodb.v20120810#InternalServerError'});
    else respond(200, CONSUMED);
  });
  const {summary, seconds} = await runLive(workload(), options(endpoint));
  expect(summary).toMatchObject({offered: 200, accepted: 130, throttled: {TableWriteKeyRangeThroughputExceeded: 50}, errors: 20, errorsByKind: {InternalServerError: 20}, dropped: 0, writeUnits: 195});
  expect(seconds).toHaveLength(1);
});

test('with retries a throttled request is tried again, and counts once', async () => {
  const triesOf = new Map<string, number>();
  const endpoint = await serve((_, body, respond) => {
    const name = JSON.stringify(body);
    triesOf.set(name, (triesOf.get(name) ?? 0) + 1);
    if (triesOf.get(name) === 1) respond(400, throttle);
    else respond(200, CONSUMED);
  });
  const {summary} = await runLive(workload({keys: {kind: 'monotonic', collectionCount: 100_000, firstKey: 0}, phases: [steady(1, 50)]}), options(endpoint, {retriesMax: 3}));
  expect(summary).toMatchObject({offered: 50, accepted: 50, throttledTotal: 0, retried: 50});
});

test('a service that stands still is seen by every request that was due meanwhile', async () => {
  let count = 0;
  const waiting: (() => void)[] = [];
  const endpoint = await serve((_, __, respond) => {
    count += 1;
    // The fiftieth request stops everything until the load is over but for the last fifty.
    if (count < 50 || count > 150) respond(200, CONSUMED);
    else {
      waiting.push(() => respond(200, CONSUMED));
      if (count === 150) for (const release of waiting) release();
    }
  });
  const {summary} = await runLive(workload(), options(endpoint, {connectionsMax: 200}));
  expect(summary.accepted).toBe(200);
  // 100 requests at 200 a second: the first of them waits half a second.
  expect(summary.latency!.maxMs).toBeGreaterThan(400);
  expect(summary.latency!.p90Ms).toBeGreaterThan(200);
});

test('what finds too much under way is dropped and counted, and what gets no answer in time is an error', async () => {
  const endpoint = await serve(() => undefined);
  const {summary} = await runLive(workload(), options(endpoint, {inFlightMax: 20, requestTimeoutMs: 4_000}));
  expect(summary).toMatchObject({offered: 200, accepted: 0, errors: 20, errorsByKind: {timeout: 20}, dropped: 180});
});

test('a table that exists is left alone unless it may be replaced or used', async () => {
  const endpoint = await serve((_, __, respond) => respond(200, CONSUMED));
  await runLive(workload(), options(endpoint, {keepsTable: true}));
  await expect(runLive(workload(), options(endpoint))).rejects.toThrow('the table Test exists');
  expect((await runLive(workload(), options(endpoint, {existingTable: 'replace'}))).summary.accepted).toBe(200);
});

test('an endpoint that nobody serves is told as such', async () => {
  await expect(runLive(workload(), options('http://127.0.0.1:1'))).rejects.toThrow('no answer from the endpoint');
});

test('every operation is understood by a cluster, and the partitions that served are known', async () => {
  await using cluster = await startCluster();
  const results: Record<string, RunRecord['summary']> = {};
  for (const name of ['hot-collection', 'gsi-skew', 'transactions', 'scan']) {
    const spec = presetWorkload(name, {seed: 3, seconds: 2, rateScale: 0.1})!;
    results[name] = (await runLive({...spec, table: {...spec.table, name: `T-${name}`}}, options(cluster.endpoint))).summary;
  }
  const mixed = workload({phases: [steady(1, 100)], operations: [{kind: 'get', consistency: 'strong', weight: 1}, {kind: 'update-counter', weight: 1}, {kind: 'delete', weight: 1}, {kind: 'query', consistency: 'eventual', limit: 3, weight: 1}]});
  results['mixed'] = (await runLive({...mixed, table: {...mixed.table, hasSortKey: true, localIndexes: [{name: 'lsi', projection: 'ALL'}]}}, options(cluster.endpoint))).summary;
  // Reads find what was written first: 1 unit for each 4 KB, so 2 where the items have 8,000 bytes.
  const reads = workload({phases: [steady(1, 50)], keys: {kind: 'uniform', keyCount: 60, firstKey: 0}, operations: [{kind: 'get', consistency: 'strong', weight: 1}], itemSize: {kind: 'constant', sizeBytes: 8_000}});
  results['preloaded'] = (await runLive(reads, options(cluster.endpoint, {preloadItemsMax: 100}))).summary;
  expect(results['preloaded'].readUnits).toBe(100);
  for (const [name, summary] of Object.entries(results)) {
    expect({name, errorsByKind: summary.errorsByKind, dropped: summary.dropped}).toEqual({name, errorsByKind: {}, dropped: 0});
    expect(summary.accepted).toBe(summary.offered);
    expect(summary.readUnits + summary.writeUnits).toBeGreaterThan(0);
  }
}, 120_000);
