// Goal: a live experiment with faults runs against a cluster, is told what it did, and knows its splits. Method: a cluster in this process at a hundredth of
// the ceilings, its admin API behind a port of its own. What comes out is judged on real processes (`npm run experiments:live`), not here.
import {createServer} from 'node:http';
import type {Server} from 'node:http';
import type {AddressInfo} from 'node:net';
import {startCluster} from '@murmuration/test';
import type {TestCluster} from '@murmuration/test';
import {PUT, load, provisionedTable, steps, workload} from '../experiments/loads.js';
import {FaultHands} from './fault-hands.js';
import type {FaultLevers} from './fault-hands.js';
import {LIVE_DEFAULTS, runLive} from './live-run.js';

let admin: Server | undefined;
afterEach(() => {
  admin?.closeAllConnections();
  admin?.close();
});
function serveAdmin(cluster: TestCluster): Promise<string> {
  const server = createServer((request, response) => {
    cluster.admin(request.url ?? '').then((document) => response.writeHead(200).end(JSON.stringify(document)), () => response.writeHead(503).end());
  });
  admin = server;
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)));
}
function leversOf(cluster: TestCluster): FaultLevers {
  return {
    azs: ['a', 'b', 'c'], nodesIn: (az) => cluster.nodeIds.filter((id) => id.startsWith(az)).map((id) => ({id})),
    kill: (id) => cluster.kill(id), restart: (id) => cluster.restart(id), pidOf: async () => Promise.resolve(undefined),
    hottest: async () => Promise.resolve(undefined), transferLeader: async () => Promise.resolve(),
  };
}

test('an AZ is ended and comes back under load; what was done and what the cluster says of it is in the record', async () => {
  await using cluster = await startCluster();
  const adminUrl = await serveAdmin(cluster);
  await cluster.admin('/admin/v1/settings', {set: {throttling: 'provisioned', partitionWriteUnitsMax: 50, splitSustainSeconds: 1, initialPartitions: 1}});
  const spec = workload('glue', 'Puts into one collection while an AZ is away', 5, provisionedTable(10, 100, {hasSortKey: true}), [load({
    name: 'puts', keys: {kind: 'hot-collection', hotShare: 1, sortKeyCount: 1_000, firstSortKey: 0, keyCount: 1, firstKey: 0}, operation: PUT, phases: steps(2, [80]),
  })]);
  const faults = new FaultHands(leversOf(cluster), spec.table.name, [{kind: 'az-loss', atSeconds: 0.5, az: 0}, {kind: 'az-return', atSeconds: 1.2, az: 0}, {kind: 'leader-move', atSeconds: 1.5, of: 'hottest'}]);
  const {summary, events, measures, settings} = await runLive(spec, {
    ...LIVE_DEFAULTS, endpoint: cluster.endpoints[1] ?? '', region: 'us-east-1', credentials: {accessKeyId: 'any', secretAccessKey: 'any', sessionToken: undefined}, adminUrl, existingTable: 'refuse',
    keepsTable: true, command: '', settings: {}, faults,
  });
  expect(summary.accepted + summary.throttledTotal + summary.errors + summary.dropped).toBe(summary.offered);
  expect(summary.accepted).toBeGreaterThan(0);
  expect(events.filter(({kind}) => kind === 'fault').map(({node, cause}) => [node, cause])).toEqual([['a1', 'az-loss'], ['a1', 'az-return'], [null, 'refused']]);
  expect(measures).toMatchObject({faults: 3, splits: expect.any(Number) as number, partitionsAtEnd: expect.any(Number) as number, tableAgeSeconds: expect.any(Number) as number});
  expect(settings).toMatchObject({'cluster.partitionWriteUnitsMax': 50, 'cluster.splitSustainSeconds': 1});
}, 60_000);
