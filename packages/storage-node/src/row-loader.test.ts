// Goal: what is applied while the store is being read wins, in the answer and in the cache; one read a turn.
import {ManualTime} from '@murmuration/base/testing';
import type {StorePort} from '@murmuration/base';
import {RowCache} from './row-cache.js';
import {RowLoader} from './row-loader.js';

type Values = readonly (Uint8Array | undefined)[];

/** A store whose batched reads end when the test says so. */
function heldStore(): {readonly store: StorePort; readonly reads: {readonly keys: readonly Uint8Array[]; readonly end: (values: Values) => void; readonly fail: () => void}[]} {
  const reads: ReturnType<typeof heldStore>['reads'] = [];
  const store: Pick<StorePort, 'getMany'> = {
    getMany: (keys) => new Promise((resolve, reject) => reads.push({keys, end: resolve, fail: () => reject(new Error('broken'))})),
  };
  return {store: store as StorePort, reads};
}
const row = (n: number): Uint8Array => new Uint8Array([n]);
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function setUp(): {time: ManualTime; cache: RowCache; loader: RowLoader; reads: ReturnType<typeof heldStore>['reads']; errors: unknown[]} {
  const time = new ManualTime();
  const cache = new RowCache(100_000);
  const {store, reads} = heldStore();
  const errors: unknown[] = [];
  return {time, cache, loader: new RowLoader(store, time, cache, 100, (error) => errors.push(error)), reads, errors};
}

describe('RowLoader', () => {
  it('reads all keys of a turn in one call, and a key asked for twice once', async () => {
    const {time, loader, reads, cache} = setUp();
    const seen: (number | undefined)[] = [];
    for (const key of [1, 2, 1]) loader.load(String(key), row(key), (value) => seen.push(value?.bytes?.[0]));
    time.advance(1);
    expect(reads.map(({keys}) => keys.map((key) => key[0]))).toEqual([[1, 2]]);
    reads[0]?.end([row(11), undefined]);
    await settled();
    expect(seen).toEqual([11, 11, undefined]);
    expect(cache.get('2')).toEqual({bytes: undefined});
    expect(loader.loadingCount).toBe(0);
  });
  it('prefers what was applied while the store was being read', async () => {
    const {time, loader, reads, cache} = setUp();
    const seen: (number | undefined)[] = [];
    loader.load('1', row(1), (value) => seen.push(value?.bytes?.[0]));
    time.advance(1);
    loader.applied('1', {bytes: row(22)});
    reads[0]?.end([row(11)]);
    await settled();
    expect(seen).toEqual([22]);
    expect(cache.get('1')?.bytes?.[0]).toBe(22);
  });
  it('reads again what was replaced as a whole meanwhile, and nothing else', async () => {
    const {time, loader, reads} = setUp();
    const seen: (number | undefined)[] = [];
    for (const key of [1, 2]) loader.load(String(key), row(key), (value) => seen.push(value?.bytes?.[0]));
    time.advance(1);
    loader.invalidate(row(2), row(3));
    reads[0]?.end([row(11), row(12)]);
    await settled();
    time.advance(1);
    expect(seen).toEqual([11]);
    reads[1]?.end([row(32)]);
    await settled();
    expect(seen).toEqual([11, 32]);
  });
  it('keeps watched rows in view, as they are by now, until nobody watches', () => {
    const {loader} = setUp();
    const watch = loader.watch(['1', '2']);
    watch.set('1', {bytes: row(11)});
    loader.applied('1', {bytes: row(22)});
    loader.applied('3', {bytes: row(33)});
    expect(watch.get('1')?.bytes?.[0]).toBe(22);
    expect([watch.get('2'), watch.get('3')]).toEqual([undefined, undefined]);
    loader.unwatch(watch);
    loader.applied('1', {bytes: row(44)});
    expect(watch.get('1')?.bytes?.[0]).toBe(22);
    expect(loader.watchCount).toBe(0);
  });
  it('tells callers of a failed read and keeps nothing of it', async () => {
    const {time, loader, reads, cache, errors} = setUp();
    const seen: unknown[] = [];
    loader.load('1', row(1), (value) => seen.push(value));
    time.advance(1);
    reads[0]?.fail();
    await settled();
    expect(seen).toEqual([undefined]);
    expect(errors).toHaveLength(1);
    expect(cache.has('1')).toBe(false);
  });
});

describe('RowCache', () => {
  it('stays within its bound and keeps what is used', () => {
    const cache = new RowCache(20_000);
    cache.set('used', {bytes: row(1)});
    for (let i = 0; i < 1_000; i += 1) {
      cache.set(`row ${i}`, {bytes: new Uint8Array(100)});
      expect(cache.get('used')?.bytes?.[0]).toBe(1);
      expect(cache.sizeBytes).toBeLessThanOrEqual(20_000);
    }
    expect(cache.has('row 0')).toBe(false);
    cache.clear();
    expect(cache.sizeBytes).toBe(0);
  });
});
