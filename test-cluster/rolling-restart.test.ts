// Goal: restarting every process in order, one after the other, costs no request that the SDK does not make good by one
// retry, and a partition's planned handover takes no noticeable time.
// Method: SDK clients with two attempts write and read through the public endpoint while each node gets SIGTERM and is started
// again. Beside them one prober a partition writes back to back, so that a gap is seen to a few milliseconds, and one writer of
// a file tells what the machine itself makes everybody wait for.
import {GetItemCommand, PutItemCommand} from '@aws-sdk/client-dynamodb';
import {join} from 'node:path';
import {logLinesWithin} from './event-log.js';
import {MachineStall} from './machine-stall.js';
import {PartitionProbe} from './partition-probe.js';
import {ProcessCluster} from './process-cluster.js';
import {until} from './until.js';
import {WireClient, createWireTable} from './wire-client.js';

const TABLE = 'rolling';
const CLIENT_COUNT = 4;
const ELECTION_MS = 1_000;
const GAP_MS_MAX = 0.2 * ELECTION_MS;
const QUIET_MS = 3_000;
/** Quiet times, for a machine that is busy with others to become quiet. */
const QUIET_TRIES_MAX = 10;
/** What a machine with nothing else to do makes one wait for a sync now and then. */
const STALL_MS_MIN = 25;
/** Below this the probers are too slow to show what is asked for. */
const PROBES_PER_SECOND_MIN = 10;
/** What is told of the time around the longest gap. */
const AROUND_MS = 100;

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
  let writtenCount = 0;
  let isStopped = false;
  let next = 0;
  const work = async (): Promise<void> => {
    while (!isStopped) {
      const key = `item-${next}`;
      next += 1;
      try {
        await client.send(new PutItemCommand({TableName: TABLE, Item: {pk: {S: key}, n: {N: '1'}}}));
        writtenCount += 1;
        const {Item} = await client.send(new GetItemCommand({TableName: TABLE, Key: {pk: {S: key}}, ConsistentRead: true}));
        if (Item === undefined) failures.push(`${key} was acknowledged and is not there`);
      } catch (cause) {
        failures.push(`${key}: ${cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause)}`);
      }
    }
  };
  const workers = Array.from({length: CLIENT_COUNT}, work);
  const probe = new PartitionProbe(cluster.endpoint, TABLE, tableId, partitions);
  probe.start();
  await until('writes flow', () => writtenCount > 200);
  const machine = new MachineStall(join(cluster.directory, 'machine-stall'));
  await machine.start();
  let quietGapMs = Number.POSITIVE_INFINITY;
  let probesPerSecond = 0;
  for (let i = 0; i < QUIET_TRIES_MAX && (probesPerSecond < PROBES_PER_SECOND_MIN || quietGapMs > GAP_MS_MAX); i += 1) {
    const quietMs = performance.now();
    // A process that begins takes a processor for a moment, whoever it is: one that is refused shows how much that is here.
    expect((await cluster.murmur('serve', '--no-such-setting', '1')).code).not.toBe(0);
    await until('a quiet time to compare with', () => performance.now() > quietMs + QUIET_MS);
    quietGapMs = probe.gaps(quietMs, quietMs + QUIET_MS)[0]?.lengthMs ?? 0;
    probesPerSecond = probe.writesPerSecondMin(quietMs, quietMs + QUIET_MS);
  }

  const startedMs = performance.now();
  for (const id of cluster.nodeIds) {
    await cluster.restartQuietly(id);
    await until(`${id} caught up`, isCaughtUp, 30_000);
  }
  const endedMs = performance.now();
  isStopped = true;
  await Promise.all(workers);
  await probe.stop();
  await machine.stop();
  const stallMs = machine.longestMs(startedMs, endedMs);

  const gaps = probe.gaps(startedMs, endedMs);
  const longest = gaps[0] ?? {partition: 0, fromMs: startedMs, lengthMs: 0};
  const isWithin = longest.lengthMs <= GAP_MS_MAX;
  const around = isWithin ? [] : logLinesWithin(cluster.directory, longest.fromMs - AROUND_MS, longest.fromMs + longest.lengthMs + AROUND_MS);
  console.info([
    `rolling restart: ${writtenCount} writes, ${failures.length} failed; longest gap by partition ${gaps.map(({partition, lengthMs}) => `${partition}: ${Math.round(lengthMs)}`).join(', ')} ms;`
    + ` ${Math.round(quietGapMs)} ms when quiet, probed at least ${Math.round(probesPerSecond)} times a second; the machine stood still for ${Math.round(stallMs)} ms`,
    ...(isWithin ? [] : [`around the longest, which begins at ${AROUND_MS} ms and ends at ${AROUND_MS + Math.round(longest.lengthMs)} ms:`, ...around]),
  ].join('\n'));
  expect(failures).toEqual([]);
  expect(probesPerSecond).toBeGreaterThanOrEqual(PROBES_PER_SECOND_MIN);
  // A machine with too little processor or a busy disk has gaps of its own; what counts is what the handover adds. It takes two
  // syncs one after the other, of the vote and of the first entry.
  const owedMs = stallMs < STALL_MS_MIN ? 0 : 2 * stallMs;
  expect(longest.lengthMs).toBeLessThanOrEqual(Math.max(GAP_MS_MAX + owedMs, 2 * quietGapMs));
}), 240_000);

/** While writes go on no two replicas have applied the same; a few hundred entries are what is on its way. */
async function isCaughtUp(): Promise<boolean> {
  const {partitions} = await cluster.status();
  return partitions.every(({leader, replicas}) => {
    const applied = replicas.map((replica) => replica.appliedIndex ?? -1);
    return leader !== null && replicas.every((replica) => replica.state !== 'unknown') && Math.max(...applied) - Math.min(...applied) < 500;
  });
}
