// Goal: a replica that stands still costs the others bounded memory, and comes level again, by log or by snapshot.
// Method: SIGSTOP of a process under load, the metrics of the others watched, SIGCONT; the log is kept small so that it is cut meanwhile.
import {LedgerWriter, findLost} from './ledger.js';
import {ProcessCluster, maxOf, sumOf} from './process-cluster.js';
import {until} from './until.js';
import {WireClient, createWireTable} from './wire-client.js';

const TABLE = 'ledger';
const PAUSE_MS = process.env['MURMUR_TEST_LONG'] === '1' ? 60_000 : 10_000;
const HEAP_BYTES_MAX = 512 * 1024 * 1024;
const QUEUE_DEPTH_MAX = 100_000;
const LOOP_DELAY_SECONDS_MAX = 2;

let cluster: ProcessCluster;
beforeAll(async () => {
  cluster = await ProcessCluster.start({environment: {MURMUR_GROUP_LOG_BYTES_MAX: String(128 * 1024)}});
}, 60_000);
afterAll(() => cluster.stop(), 30_000);

test('a stopped replica is waited for with bounded memory and comes level by a snapshot', ProcessCluster.explained(() => cluster, async () => {
  const wire = new WireClient(cluster.endpoint, 2);
  await createWireTable(wire, TABLE);
  wire.close();
  // Never the leader of the control group: its loss is another test's.
  const {controlLeader} = await cluster.status();
  const stopped = cluster.nodeIds.find((id) => id !== controlLeader) ?? '';
  const others = cluster.nodeIds.filter((id) => id !== stopped);
  const ledger = new LedgerWriter({table: TABLE, endpoints: others.map((id) => cluster.nodeEndpoint(id)), clientCount: 32, valueSizeBytes: 1_000});
  ledger.start();
  await until('writes flow', () => ledger.acknowledged.size > 200);
  await cluster.signal(stopped, 'SIGSTOP');
  const startMs = performance.now();
  const atStart = ledger.acknowledged.size;
  let heapMax = 0;
  let depthMax = 0;
  let delayMax = 0;
  try {
    await until('the replica stood still for long enough', async () => {
      for (const id of others) {
        const metrics = await cluster.metrics(id);
        heapMax = Math.max(heapMax, sumOf(metrics, 'nodejs_heap_size_used_bytes') + sumOf(metrics, 'nodejs_external_memory_bytes'));
        depthMax = Math.max(depthMax, maxOf(metrics, 'murmuration_queue_depth'));
        for (const [series, value] of metrics) if (/event_loop_delay_seconds\{.*(p99|0\.99|max)/.test(series)) delayMax = Math.max(delayMax, value);
      }
      return performance.now() - startMs > PAUSE_MS;
    }, PAUSE_MS + 30_000, 500);
  } finally {
    await cluster.signal(stopped, 'SIGCONT');
  }
  const written = ledger.acknowledged.size - atStart;
  await ledger.stop();
  console.info(`while it stood still: ${written} writes, heap at most ${(heapMax / 1048576).toFixed(0)} MiB, queue depth at most ${depthMax}, event loop delay at most ${delayMax.toFixed(3)} s`);
  expect(written).toBeGreaterThan(PAUSE_MS / 20);
  expect(heapMax).toBeGreaterThan(0);
  expect(heapMax).toBeLessThan(HEAP_BYTES_MAX);
  expect(depthMax).toBeLessThan(QUEUE_DEPTH_MAX);
  expect(delayMax).toBeLessThan(LOOP_DELAY_SECONDS_MAX);
  await until('all replicas are level', () => cluster.isConverged(), 40_000);
  const snapshots = await Promise.all(cluster.nodeIds.map(async (id) => sumOf(await cluster.metrics(id), 'murmuration_raft_snapshots_total')));
  expect(snapshots.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(0);
  expect(await findLost(cluster.nodeEndpoint(stopped), TABLE, ledger.acknowledged)).toEqual([]);
}), PAUSE_MS + 110_000);
