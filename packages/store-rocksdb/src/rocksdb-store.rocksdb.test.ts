import {mkdtemp, readdir, readFile, rm, stat, truncate, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {StorePort} from '@murmuration/base';
import {nullEvents, nullMetrics, SeededRandom, StoreError, utf8Encode, WriteBatch} from '@murmuration/base';
import type {StoreHarness} from '@murmuration/base/contracts';
import {describeStoreContract, describeStoreModel} from '@murmuration/base/contracts';
import {RecordingEvents} from '@murmuration/base/testing';
import {openRocksDbStore} from './rocksdb-store.js';

const ports = {events: nullEvents, metrics: nullMetrics};
const random = new SeededRandom(11);
async function makeHarness(): Promise<StoreHarness> {
  const directory = await mkdtemp(join(tmpdir(), 'store-rocksdb-'));
  return {
    open: () => openRocksDbStore({directory}, ports),
    // A close leaves the unsynced log as it is. Cut off anywhere, it is what a power cut may leave.
    crash: async (store) => {
      await store.close();
      const name = (await readdir(directory)).filter((one) => /^\d+\.log$/.test(one)).sort().at(-1);
      const log = join(directory, name ?? 'absent');
      const {size} = await stat(log);
      expect(size).toBeGreaterThan(0);
      await truncate(log, random.below(size));
      return openRocksDbStore({directory}, ports);
    },
    dispose: () => rm(directory, {recursive: true, force: true}),
  };
}
describeStoreContract('rocksdb', makeHarness);
describeStoreModel('rocksdb', makeHarness, 25);

describe('openRocksDbStore', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'store-rocksdb-'));
  });
  afterEach(() => rm(directory, {recursive: true, force: true}));

  const put = (store: StorePort, key: string, sizeBytes = 10): Promise<void> => {
    const batch = new WriteBatch();
    batch.put(utf8Encode(key), new Uint8Array(sizeBytes).fill(7));
    return store.write(batch);
  };
  const find = async (pattern: RegExp): Promise<string> => join(directory, (await readdir(directory)).find((name) => pattern.test(name)) ?? 'absent');
  const failureOf = async (promise: Promise<unknown>): Promise<{code: string; reason: string}> => {
    const error: unknown = await promise.then(() => undefined, (cause: unknown) => cause);
    expect(error).toBeInstanceOf(StoreError);
    const failure = (error as StoreError).failure;
    return {code: failure.code, reason: 'reason' in failure ? failure.reason : ''};
  };
  async function fill(): Promise<void> {
    const store = await openRocksDbStore({directory}, ports);
    for (let i = 0; i < 20; i += 1) await put(store, `k${i}`, 1_000);
    await store.flush();
    await store.close();
  }

  test('makes missing directories, and tells of opening, flushing and closing', async () => {
    const events = new RecordingEvents();
    const store = await openRocksDbStore({directory: join(directory, 'a', 'b')}, {events, metrics: nullMetrics});
    await put(store, 'a');
    await store.flush();
    await store.close();
    expect(events.records.map((record) => record.event)).toEqual(['store/opened', 'store/flushed', 'store/closed']);
  });
  test('a second opening of an open directory is refused, and the first goes on', async () => {
    const store = await openRocksDbStore({directory}, ports);
    expect(await failureOf(openRocksDbStore({directory}, ports))).toMatchObject({code: 'Unusable'});
    await put(store, 'a');
    await store.close();
  });
  test('a place that is no directory is refused with its path', async () => {
    const path = join(directory, 'file');
    await writeFile(path, 'x');
    const failure = await failureOf(openRocksDbStore({directory: path}, ports));
    expect(failure.code).toBe('Unusable');
    expect(failure.reason).toContain(path);
  });
  test.each([
    ['a manifest of garbage', async () => writeFile(await find(/^MANIFEST/), 'garbage garbage')],
    ['a missing manifest', async () => rm(await find(/^MANIFEST/))],
    ['a missing table file', async () => rm(await find(/\.sst$/))],
    ['a shortened table file', async () => truncate(await find(/\.sst$/), 100)],
    ['a CURRENT of garbage', () => writeFile(join(directory, 'CURRENT'), 'xx')],
    ['a missing CURRENT', () => rm(join(directory, 'CURRENT'))],
  ])('%s is corruption, told once with the directory', async (_what, damage) => {
    await fill();
    await damage();
    const events = new RecordingEvents();
    const failure = await failureOf(openRocksDbStore({directory}, {events, metrics: nullMetrics}));
    expect(failure.code).toBe('Corrupt');
    expect(failure.reason).toContain(directory);
    expect(events.records.map((record) => record.event)).toEqual(['store/failed']);
  });
  async function flipByte(at: number): Promise<void> {
    const path = await find(/\.sst$/);
    const bytes = await readFile(path);
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    await writeFile(path, bytes);
  }
  test('a flipped byte in a table file is found by the read and ends the store', async () => {
    await fill();
    await flipByte(50);
    const events = new RecordingEvents();
    const store = await openRocksDbStore({directory}, {events, metrics: nullMetrics});
    expect((await failureOf(store.getMany([utf8Encode('k0')]))).code).toBe('Corrupt');
    expect((await failureOf(put(store, 'a'))).code).toBe('Corrupt');
    expect(events.named('store/failed')).toHaveLength(1);
    await store.close();
  });
  test.each([50, 12_000])('a byte flipped at %i fails the scan and never shortens it', async (at) => {
    for (const rowCountMax of [1, 3, 8, 100]) {
      await rm(directory, {recursive: true, force: true});
      await fill();
      await flipByte(at);
      const store = await openRocksDbStore({directory}, ports);
      const iterator = store.iterate({from: utf8Encode('a'), until: utf8Encode('z')});
      const scan = async (): Promise<void> => {
        while ((await iterator.next(rowCountMax)).length === rowCountMax);
      };
      expect((await failureOf(scan())).code).toBe('Corrupt');
      await iterator.close();
      await store.close();
    }
  });
  test('more waiting writes than allowed end the store instead of leaving a hole', async () => {
    const store = await openRocksDbStore({directory, waitingSizeBytesMax: 10_000}, ports);
    const results = await Promise.allSettled(Array.from({length: 40}, (_, i) => put(store, `k${String(i).padStart(2, '0')}`, 1_000)));
    const firstLost = results.findIndex((result) => result.status === 'rejected');
    expect(firstLost).toBeGreaterThan(0);
    expect(results.slice(firstLost).every((result) => result.status === 'rejected')).toBe(true);
    expect((await failureOf(store.flush())).code).toBe('Unusable');
    await store.close();
    const again = await openRocksDbStore({directory}, ports);
    const values = await again.getMany(results.map((_, i) => utf8Encode(`k${String(i).padStart(2, '0')}`)));
    expect(values.map((value) => value !== undefined)).toEqual(results.map((result) => result.status === 'fulfilled'));
    await again.close();
  });
  test('returned bytes are plain, so that a slice of them is a copy', async () => {
    const store = await openRocksDbStore({directory}, ports);
    await put(store, 'a');
    const [value] = await store.getMany([utf8Encode('a')]);
    expect(Buffer.isBuffer(value)).toBe(false);
    await store.close();
  });
});
