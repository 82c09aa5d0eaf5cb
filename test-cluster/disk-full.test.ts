// Goal: a disk that runs full costs writes and nothing else: they are refused in a way that clients may repeat, reads go on,
// deletes go on while there is room for them, no process ends, and all of it is over as soon as there is room again.
// Method: all processes on one mounted image; ballast files take its room, first almost all of it, then to the last byte.
import {spawnSync} from 'node:child_process';
import {rmSync, statfsSync} from 'node:fs';
import {join} from 'node:path';
import {LedgerWriter, findLost, keyOf} from './ledger.js';
import {LoopVolume} from './nemesis/volumes.js';
import {MOUNT_AN_IMAGE, ProcessCluster, newDirectory, removeDirectory, sumOf, testWhere} from './process-cluster.js';
import {until} from './until.js';
import {WireClient, createWireTable} from './wire-client.js';
import type {WireAnswer} from './wire-client.js';

const TABLE = 'ledger';
const MEBIBYTE = 1024 * 1024;
const IMAGE_BYTES = 1024 * MEBIBYTE;
const FREE_BYTES_MIN = 96 * MEBIBYTE;
const RESERVE_BYTES = 8 * MEBIBYTE;
/** Between the mark and its half: what makes room is still taken. */
const LOW_BYTES = 0.75 * FREE_BYTES_MIN;
const FULL_BYTES = 256 * 1024;
const SETTINGS = {
  MURMUR_LOG_SEGMENT_BYTES: String(MEBIBYTE), MURMUR_DISK_FREE_BYTES_MIN: String(FREE_BYTES_MIN), MURMUR_DISK_RESERVE_BYTES: String(RESERVE_BYTES),
};
const WRITTEN_COUNT = 300;
const FULL_MS = 5_000;
const WRITES_AT_ONCE = 6;
/** Longer than the service itself gives a request, so that its answer is seen. */
const CALL_TIMEOUT_MS = 10_000;

/** Files that take the room of a volume. */
class Ballast {
  readonly #root: string;
  #fileCount = 0;
  constructor(root: string) {
    this.#root = root;
  }
  get freeBytes(): number {
    const {bavail, bsize} = statfsSync(this.#root);
    return bavail * bsize;
  }
  /** Leaves so many bytes. What the processes freed since the last call is taken as well. */
  leave(bytes: number): void {
    const excessBytes = this.freeBytes - bytes;
    if (excessBytes > FULL_BYTES / 2) spawnSync('fallocate', ['-l', String(excessBytes), this.#path((this.#fileCount += 1))], {timeout: 20_000});
  }
  remove(): void {
    for (let i = 1; i <= this.#fileCount; i += 1) rmSync(this.#path(i), {force: true});
    this.#fileCount = 0;
  }
  #path(number: number): string {
    return join(this.#root, `ballast-${number}`);
  }
}

const testWithImages = testWhere('sh', ['-c', MOUNT_AN_IMAGE], 'images cannot be mounted here: it needs root, mkfs.ext4 and loop devices');

let folder = '';
let volume: LoopVolume | undefined;
let cluster: ProcessCluster | undefined;
afterAll(async () => {
  await cluster?.stop();
  await volume?.close();
  if (folder !== '') removeDirectory(folder);
}, 60_000);

testWithImages('on a full disk writes are refused and may be repeated, reads go on, no process ends, and room alone heals it', ProcessCluster.explained(() => cluster, async () => {
  folder = newDirectory('disk-full');
  volume = await LoopVolume.create(folder, IMAGE_BYTES);
  const ballast = new Ballast(volume.root);
  const running = await ProcessCluster.start({directory: join(volume.root, 'cluster'), environment: SETTINGS});
  cluster = running;
  const wire = new WireClient(running.endpoint, 8, CALL_TIMEOUT_MS);
  await createWireTable(wire, TABLE);
  const ledger = new LedgerWriter({table: TABLE, endpoints: [running.endpoint], clientCount: 8, valueSizeBytes: 500});
  ledger.start();
  await until('writes flow', () => ledger.acknowledged.size >= WRITTEN_COUNT, 30_000);
  await ledger.stop();
  const pids = await pidsOf(running);
  const written = [...ledger.acknowledged];
  const deleted = new Set<number>();
  const put = (number: number): Promise<WireAnswer> => wire.call('PutItem', {TableName: TABLE, Item: {...keyOf(number), n: {N: String(number)}}});
  const erase = async (number: number): Promise<WireAnswer> => {
    const answer = await wire.call('DeleteItem', {TableName: TABLE, Key: keyOf(number)});
    if (answer.status === 200) deleted.add(number);
    return answer;
  };
  const read = (number: number): Promise<WireAnswer> => wire.call('GetItem', {TableName: TABLE, Key: keyOf(number), ConsistentRead: true});

  try {
    // Low: nothing new, but everything that makes room. The reserves are given up meanwhile, which is made up for.
    await until('the reserves are given up and the disk is low all the same', async () => {
      ballast.leave(LOW_BYTES);
      const held = await Promise.all(running.nodeIds.map(async (id) => sumOf(await running.metrics(id), 'murmuration_disk_reserve_bytes')));
      return held.every((bytes) => bytes === 0) && ballast.freeBytes < FREE_BYTES_MIN;
    }, 30_000, 200);
    let next = Math.max(...written) + 1;
    const refused = await until('a write is refused', async () => {
      ballast.leave(LOW_BYTES);
      const number = (next += 1);
      const answer = await put(number);
      if (answer.status === 200) written.push(number);
      return answer.status === 200 ? undefined : answer;
    }, 30_000);
    expect(mayBeRepeated(refused)).toBe(true);
    expect((await read(written[0] ?? 0)).body['Item']).toBeDefined();
    for (const number of written.slice(10, 20)) expect((await erase(number)).status).toBe(200);

    // Full: nothing is written at all, by nobody, and still everything is read.
    const fullMs = performance.now();
    const outcomes: WireAnswer[] = [];
    let leastFreeBytes = Number.POSITIVE_INFINITY;
    while (performance.now() < fullMs + FULL_MS) {
      ballast.leave(0);
      leastFreeBytes = Math.min(leastFreeBytes, ballast.freeBytes);
      const numbers = Array.from({length: WRITES_AT_ONCE}, () => (next += 1));
      const [found, ...answers] = await Promise.all([read(written[1] ?? 0), ...numbers.map(put)]);
      expect(found.body['Item']).toBeDefined();
      for (const [i, answer] of answers.entries()) {
        if (answer.status === 200) written.push(numbers[i] ?? 0);
        else outcomes.push(answer);
      }
    }
    expect(leastFreeBytes).toBeLessThanOrEqual(FULL_BYTES);
    expect(outcomes.length).toBeGreaterThan(0);
    expect(outcomes.filter((answer) => !mayBeRepeated(answer))).toEqual([]);
  } finally {
    ballast.remove();
  }

  const roomMs = performance.now();
  const last = Math.max(...written) + 1_000;
  await until('writes are taken again', async () => (await put(last)).status === 200, 30_000);
  written.push(last);
  console.info(`${written.length} items, ${deleted.size} deleted while room was low; written again ${Math.round(performance.now() - roomMs)} ms after there was room`);
  expect(await pidsOf(running)).toEqual(pids);
  expect(await findLost(running.endpoint, TABLE, written.filter((number) => !deleted.has(number)))).toEqual([]);
  for (const number of deleted) expect((await read(number)).body['Item']).toBeUndefined();
  await until('all replicas are level', () => running.isConverged(), 30_000);
  wire.close();
}), 180_000);

/** An SDK tries again after these. */
function mayBeRepeated({status, body}: WireAnswer): boolean {
  return status >= 500 || /Throttl|ProvisionedThroughputExceeded/.test(String(body['__type']));
}
async function pidsOf(cluster: ProcessCluster): Promise<readonly number[]> {
  return Promise.all(cluster.nodeIds.map(async (id) => (await cluster.supervised(id)).pid));
}
