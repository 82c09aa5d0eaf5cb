// Goal: no acknowledged write is lost when every process dies at one instant, again and again.
// Method: a ledger of acknowledgements; SIGKILL of the whole process group under load; a new start on the same data; each item read strongly.
import {LedgerWriter, findLost} from './ledger.js';
import {ProcessCluster} from './process-cluster.js';
import {until} from './until.js';
import {WireClient, createWireTable} from './wire-client.js';

const TABLE = 'ledger';
const ROUND_COUNT = 5;
const ACKNOWLEDGED_PER_ROUND = 4_000;

let cluster: ProcessCluster;
beforeAll(async () => {
  cluster = await ProcessCluster.start();
}, 60_000);
afterAll(() => cluster.stop(), 30_000);

test(`${ROUND_COUNT} deaths of all processes at once lose no acknowledged write of at least ${ROUND_COUNT * ACKNOWLEDGED_PER_ROUND}`, ProcessCluster.explained(() => cluster, async () => {
  const wire = new WireClient(cluster.endpoint, 2);
  await createWireTable(wire, TABLE);
  wire.close();
  const acknowledged = new Set<number>();
  const startSeconds: string[] = [];
  let next = 0;
  for (let round = 0; round < ROUND_COUNT; round += 1) {
    const ledger = new LedgerWriter({table: TABLE, endpoints: cluster.nodeIds.map((id) => cluster.nodeEndpoint(id)), clientCount: 64, firstNumber: next, valueSizeBytes: 200});
    ledger.start();
    await until(`round ${round} has its acknowledgements`, () => ledger.acknowledged.size >= ACKNOWLEDGED_PER_ROUND, 60_000, 5);
    // In the middle of the writes, whose answers will never come.
    await cluster.endSupervisor('SIGKILL');
    await ledger.stop();
    next = ledger.next;
    for (const number of ledger.acknowledged) acknowledged.add(number);
    const startMs = performance.now();
    await cluster.start();
    startSeconds.push(((performance.now() - startMs) / 1000).toFixed(1));
    expect(await findLost(cluster.endpoint, TABLE, ledger.acknowledged)).toEqual([]);
  }
  expect(await findLost(cluster.endpoint, TABLE, acknowledged)).toEqual([]);
  expect(acknowledged.size).toBeGreaterThanOrEqual(ROUND_COUNT * ACKNOWLEDGED_PER_ROUND);
  console.info(`${acknowledged.size} acknowledged writes, none lost; started again in ${startSeconds.join(', ')} s`);
  await until('all replicas are level', () => cluster.isConverged(), 20_000);
}), 300_000);
