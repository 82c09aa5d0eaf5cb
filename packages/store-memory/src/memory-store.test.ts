import {SeededRandom, StoreError, utf8Decode, utf8Encode, WriteBatch} from '@murmuration/base';
import {describeStoreContract} from '@murmuration/base/contracts';
import {MemoryStore} from './memory-store.js';

const put = (key: string, value: string): WriteBatch => {
  const batch = new WriteBatch();
  batch.put(utf8Encode(key), utf8Encode(value));
  return batch;
};
const read = async (store: MemoryStore, ...keys: string[]): Promise<(string | undefined)[]> =>
  (await store.getMany(keys.map(utf8Encode))).map((value) => (value === undefined ? undefined : utf8Decode(value)));

describeStoreContract('memory', async () => {
  let last: MemoryStore | undefined;
  const random = new SeededRandom(7);
  return {
    open: async () => (last = last?.reopen() ?? new MemoryStore({isCrashable: true})),
    crash: async (store) => (last = (store as MemoryStore).crash(random)),
    dispose: async () => undefined,
  };
});

describe('MemoryStore', () => {
  test('a crash keeps the flushed state and exactly the asked number of batches after it', async () => {
    for (const keptCount of [0, 1, 2, 3]) {
      const store = new MemoryStore({isCrashable: true});
      await store.write(put('a', '1'));
      await store.flush();
      await store.write(put('a', '2'));
      await store.write(put('b', '2'));
      await store.write(put('c', '2'));
      expect(store.unflushedCount).toBe(3);
      const after = store.crash(keptCount);
      expect(await read(after, 'a', 'b', 'c')).toEqual([
        keptCount >= 1 ? '2' : '1', keptCount >= 2 ? '2' : undefined, keptCount >= 3 ? '2' : undefined,
      ]);
      await expect(store.getMany([])).rejects.toThrow(StoreError);
      expect(after.unflushedCount).toBe(0);
      expect(await after.sizeBytes()).toBe(keptCount >= 1 ? 2 * keptCount : 2);
    }
  });
  test('a crash after a crash does not take back what the first one left', async () => {
    const store = new MemoryStore({isCrashable: true});
    await store.write(put('a', '1'));
    const once = store.crash(1);
    await once.write(put('b', '2'));
    expect(await read(once.crash(0), 'a', 'b')).toEqual(['1', undefined]);
  });
  test('after a breakdown every call fails with its reason', async () => {
    const store = new MemoryStore();
    const snapshot = store.snapshot();
    store.breakDown({code: 'DiskFull', reason: 'no space left'});
    const failure = {failure: {code: 'DiskFull', reason: 'no space left'}};
    await expect(store.write(put('a', '1'))).rejects.toMatchObject(failure);
    await expect(snapshot.getMany([])).rejects.toMatchObject(failure);
    expect(() => store.snapshot()).toThrow(StoreError);
  });
  test('its size counts keys and values that are there now', async () => {
    const store = new MemoryStore();
    await store.write(put('key', 'value'));
    await store.write(put('key', 'longer value'));
    await store.write(put('b', ''));
    expect(await store.sizeBytes()).toBe(3 + 12 + 1);
    const batch = new WriteBatch();
    batch.delete(utf8Encode('absent'));
    batch.delete(utf8Encode('b'));
    batch.deleteRange(utf8Encode('a'), utf8Encode('z'));
    await store.write(batch);
    expect(await store.sizeBytes()).toBe(0);
  });
});
