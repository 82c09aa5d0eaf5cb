// Goal: an acknowledgement rests on syncs of at least two processes, and one sync carries many writes.
// Method: syncs counted by /metrics against acknowledged writes of 64 clients; strace of every process around one single write.
import {openSync, readFileSync, closeSync} from 'node:fs';
import {spawn} from 'node:child_process';
import type {ChildProcess} from 'node:child_process';
import {join} from 'node:path';
import {LedgerWriter} from './ledger.js';
import {ProcessCluster, newDirectory, removeDirectory, sumOf, testWhere} from './process-cluster.js';
import {until} from './until.js';
import {WireClient, createWireTable} from './wire-client.js';

const TABLE = 'synced';
const WRITE_COUNT = 3_000;

let cluster: ProcessCluster;
beforeAll(async () => {
  cluster = await ProcessCluster.start();
  const wire = new WireClient(cluster.endpoint, 2);
  await createWireTable(wire, TABLE);
  wire.close();
}, 60_000);
afterAll(() => cluster.stop(), 30_000);

test('each process syncs far less often than there are writes, and more than never', ProcessCluster.explained(() => cluster, async () => {
  const counts = (): Promise<number[]> => Promise.all(cluster.nodeIds.map(async (id) => sumOf(await cluster.metrics(id), 'murmuration_wal_fsync_duration_seconds_count')));
  const before = await counts();
  const ledger = new LedgerWriter({table: TABLE, endpoints: [cluster.endpoint], clientCount: 64});
  ledger.start();
  await until('the writes are acknowledged', () => ledger.acknowledged.size >= WRITE_COUNT, 40_000, 5);
  await ledger.stop();
  const after = await counts();
  const syncs = after.map((count, i) => count - (before[i] ?? 0));
  console.info(`${ledger.acknowledged.size} acknowledged writes; syncs by process: ${syncs.join(', ')}`);
  for (const count of syncs) expect(count).toBeLessThan(ledger.acknowledged.size * 0.6);
  expect(syncs.filter((count) => count > 0).length).toBeGreaterThanOrEqual(2);
}), 60_000);

const testWithStrace = testWhere('strace', ['-f', '-e', 'trace=none', 'true'], 'strace is not installed or may not trace');

testWithStrace('under strace, two processes sync between a request and its answer', ProcessCluster.explained(() => cluster, async () => {
  const folder = newDirectory('strace');
  const tracers: ChildProcess[] = [];
  try {
    for (const id of cluster.nodeIds) {
      const {pid} = await cluster.supervised(id);
      const errors = openSync(join(folder, `${id}.err`), 'w');
      tracers.push(spawn('strace', ['-f', '-ttt', '-e', 'trace=fdatasync,fsync', '-o', join(folder, id), '-p', String(pid)], {stdio: ['ignore', 'ignore', errors]}));
      closeSync(errors);
    }
    await until('the tracers are attached', () => cluster.nodeIds.every((id) => /attached/.test(readFileSync(join(folder, `${id}.err`), 'utf8'))));
    const wire = new WireClient(cluster.endpoint, 1, 20_000);
    const writes: {fromMs: number; untilMs: number}[] = [];
    for (let i = 0; i < 10; i += 1) {
      const fromMs = Date.now();
      const {status} = await wire.call('PutItem', {TableName: TABLE, Item: {pk: {S: `traced-${i}`}}});
      expect(status).toBe(200);
      writes.push({fromMs, untilMs: Date.now()});
    }
    wire.close();
    for (const tracer of tracers) tracer.kill('SIGINT');
    await until('the tracers have ended', () => tracers.every((tracer) => tracer.exitCode !== null || tracer.signalCode !== null));
    const syncsMs = cluster.nodeIds.map((id) => readFileSync(join(folder, id), 'utf8').split('\n').filter((line) => /f(data)?sync\(/.test(line)).map((line) => Number(/(\d+\.\d+)/.exec(line)?.[1]) * 1000));
    for (const {fromMs, untilMs} of writes) {
      // A clock's last digit on either side.
      const synced = syncsMs.filter((times) => times.some((atMs) => atMs >= fromMs - 1 && atMs <= untilMs + 1)).length;
      expect(synced).toBeGreaterThanOrEqual(2);
    }
  } finally {
    for (const tracer of tracers) if (tracer.exitCode === null && tracer.signalCode === null) tracer.kill('SIGKILL');
    removeDirectory(folder);
  }
}), 60_000);
