// Goal: restarting every process in order, one after the other, costs no request that the SDK does not make good by one
// retry, and a partition's planned handover takes no noticeable time.
// Method: SDK clients with two attempts write and read through the public endpoint while each node gets SIGTERM and is started again.
import {GetItemCommand, PutItemCommand} from '@aws-sdk/client-dynamodb';
import {longestGapMs} from './ledger.js';
import {storedKeyText} from './partition-of-key.js';
import {ProcessCluster} from './process-cluster.js';
import {until} from './until.js';
import {WireClient, createWireTable} from './wire-client.js';

const TABLE = 'rolling';
const CLIENT_COUNT = 8;
const ELECTION_MS = 1_000;
const QUIET_MS = 3_000;

let cluster: ProcessCluster;
beforeAll(async () => {
  cluster = await ProcessCluster.start();
}, 60_000);
afterAll(() => cluster.stop(), 30_000);

test('a rolling restart under load loses no request, no write, and hands partitions over at once', ProcessCluster.explained(() => cluster, async () => {
  const wire = new WireClient(cluster.endpoint, 2);
  await createWireTable(wire, TABLE);
  wire.close();
  await until('every partition has a leader', async () => (await cluster.partitionsOf(TABLE)).every((partition) => partition.leader !== null));
  const {tables, partitions: all} = await cluster.status();
  const tableId = tables.find((table) => table.name === TABLE)?.id ?? 0;
  const partitions = all.filter((partition) => partition.table === TABLE);

  const client = cluster.client(cluster.endpoint, {maxAttempts: 2});
  const failures: string[] = [];
  const written: {readonly key: string; readonly atMs: number}[] = [];
  let isStopped = false;
  let next = 0;
  const work = async (): Promise<void> => {
    while (!isStopped) {
      const key = `item-${next}`;
      next += 1;
      try {
        await client.send(new PutItemCommand({TableName: TABLE, Item: {pk: {S: key}, n: {N: '1'}}}));
        written.push({key, atMs: performance.now()});
        const {Item} = await client.send(new GetItemCommand({TableName: TABLE, Key: {pk: {S: key}}, ConsistentRead: true}));
        if (Item === undefined) failures.push(`${key} was acknowledged and is not there`);
      } catch (cause) {
        failures.push(`${key}: ${cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause)}`);
      }
    }
  };
  const workers = Array.from({length: CLIENT_COUNT}, work);
  await until('writes flow', () => written.length > 200);
  const quietMs = performance.now();
  await until('a quiet time to compare with', () => performance.now() > quietMs + QUIET_MS);

  const gaps = (fromMs: number, untilMs: number): readonly number[] => partitions.map((partition) => {
    const own = written.filter(({key}) => {
      const stored = storedKeyText(tableId, key);
      return partition.from <= stored && stored < partition.until;
    });
    return Math.round(longestGapMs(own.map(({atMs}) => atMs), fromMs, untilMs));
  });
  const quietGapMs = Math.max(...gaps(quietMs, quietMs + QUIET_MS));
  const startedMs = performance.now();
  for (const id of cluster.nodeIds) {
    await cluster.restart(id);
    await until(`${id} caught up`, isCaughtUp, 30_000);
  }
  const endedMs = performance.now();
  isStopped = true;
  await Promise.all(workers);

  console.info(`rolling restart: ${written.length} writes, ${failures.length} failed; longest gap by partition ${gaps(startedMs, endedMs).join(', ')} ms, ${quietGapMs} ms when quiet`);
  expect(failures).toEqual([]);
  // A machine with too little processor has gaps of its own; what counts is that the handover adds no election timeout.
  expect(Math.max(...gaps(startedMs, endedMs))).toBeLessThanOrEqual(Math.max(0.2 * ELECTION_MS, 3 * quietGapMs, ELECTION_MS));
}), 180_000);

/** While writes go on no two replicas have applied the same; a few hundred entries are what is on its way. */
async function isCaughtUp(): Promise<boolean> {
  const {partitions} = await cluster.status();
  return partitions.every(({leader, replicas}) => {
    const applied = replicas.map((replica) => replica.appliedIndex ?? -1);
    return leader !== null && replicas.every((replica) => replica.state !== 'unknown') && Math.max(...applied) - Math.min(...applied) < 500;
  });
}
