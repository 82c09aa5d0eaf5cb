import {afterEach, beforeEach, describe, expect, test} from '@jest/globals';
import {compareBytes, toHex, utf8Decode, utf8Encode} from '../bytes.js';
import type {StoreIterator, StorePort, StoreRow} from '../store-port.js';
import {StoreError, WriteBatch} from '../store-port.js';

/** One place where stores can be opened again and again, as a directory is. */
export interface StoreHarness {
  /** Opens the place. The store opened before must be closed, or crashed. */
  open(): Promise<StorePort>;
  /**
   * Stops the store without any orderly end, as a power cut does, and opens the place again. Of the writes
   * that no flush covers, the implementation may keep any number, oldest first. Undefined where it cannot be staged.
   */
  readonly crash?: (store: StorePort) => Promise<StorePort>;
  /** Frees the place. Every store was closed before. */
  dispose(): Promise<void>;
}

/** The suite that every Store port must pass. `makeHarness` gives a fresh, empty place for each test. */
export function describeStoreContract(name: string, makeHarness: () => Promise<StoreHarness>): void {
  describe(`store contract: ${name}`, () => {
    let harness: StoreHarness;
    let store: StorePort;
    beforeEach(async () => {
      harness = await makeHarness();
      store = await harness.open();
    });
    afterEach(async () => {
      await store.close();
      await harness.dispose();
    });

    describe('writes and batched reads', () => {
      test('a written row is read back, and an absent key reads as undefined', async () => {
        await put(store, {a: '1', b: '2'});
        expect(await read(store, 'b', 'zz', 'a')).toEqual(['2', undefined, '1']);
      });
      test('a batched read answers by position, repeated keys included', async () => {
        await put(store, {a: '1', b: '2'});
        expect(await read(store, 'a', 'a', 'x', 'b', 'a', 'x')).toEqual(['1', '1', undefined, '2', '1', undefined]);
      });
      test('a read of no keys answers nothing', async () => {
        expect(await store.getMany([])).toEqual([]);
      });
      test('a batched read of 1,000 keys answers each of them', async () => {
        const batch = new WriteBatch();
        const names = Array.from({length: 1_000}, (_, i) => `k${i}`);
        for (const [i, key] of names.entries()) if (i % 3 !== 0) batch.put(utf8Encode(key), utf8Encode(`v${i}`));
        await store.write(batch);
        expect(await read(store, ...names)).toEqual(names.map((_, i) => (i % 3 === 0 ? undefined : `v${i}`)));
      });
      test('an empty batch changes nothing', async () => {
        await put(store, {a: '1'});
        await store.write(new WriteBatch());
        expect(await all(store)).toEqual(['a=1']);
      });
      test('the later operation of a batch wins over the earlier one', async () => {
        const batch = new WriteBatch();
        batch.put(utf8Encode('a'), utf8Encode('first'));
        batch.put(utf8Encode('a'), utf8Encode('second'));
        batch.put(utf8Encode('b'), utf8Encode('1'));
        batch.delete(utf8Encode('b'));
        batch.delete(utf8Encode('c'));
        batch.put(utf8Encode('c'), utf8Encode('3'));
        await store.write(batch);
        expect(await all(store)).toEqual(['a=second', 'c=3']);
      });
      test('a range delete takes its start, spares its end, and what follows it in the batch stands', async () => {
        await put(store, {a: '1', b: '2', c: '3', d: '4'});
        const batch = new WriteBatch();
        batch.put(utf8Encode('bb'), utf8Encode('gone'));
        batch.deleteRange(utf8Encode('b'), utf8Encode('d'));
        batch.put(utf8Encode('c'), utf8Encode('new'));
        await store.write(batch);
        expect(await all(store)).toEqual(['a=1', 'c=new', 'd=4']);
      });
      test('a range delete whose end is not after its start deletes nothing', async () => {
        await put(store, {a: '1', b: '2'});
        const batch = new WriteBatch();
        batch.deleteRange(utf8Encode('b'), utf8Encode('b'));
        batch.deleteRange(utf8Encode('z'), utf8Encode('a'));
        await store.write(batch);
        expect(await all(store)).toEqual(['a=1', 'b=2']);
      });
      test('a range delete over thousands of rows leaves the rows beside it', async () => {
        const batch = new WriteBatch();
        for (let i = 0; i < 3_000; i += 1) batch.put(numbered(i), utf8Encode(String(i)));
        await store.write(batch);
        const cut = new WriteBatch();
        cut.deleteRange(numbered(7), numbered(2_990));
        await store.write(cut);
        const left = await rows(store.iterate({from: numbered(0), until: numbered(3_000)}), 100);
        expect(left.map((row) => utf8Decode(row.value))).toEqual(['0', '1', '2', '3', '4', '5', '6', ...Array.from({length: 10}, (_, i) => String(2_990 + i))]);
      });
      test('empty values and the empty key are kept apart from absence', async () => {
        const batch = new WriteBatch();
        batch.put(utf8Encode(''), utf8Encode('of the empty key'));
        batch.put(utf8Encode('a'), utf8Encode(''));
        await store.write(batch);
        expect(await read(store, '', 'a', 'b')).toEqual(['of the empty key', '', undefined]);
        const found = await rows(store.iterate({from: utf8Encode(''), until: utf8Encode('z')}), 10);
        expect(found.map(picture)).toEqual(['=of the empty key', 'a=']);
      });
      test('values of 400 KB come back whole from reads and scans', async () => {
        const value = new Uint8Array(400 * 1024);
        for (let i = 0; i < value.length; i += 1) value[i] = (i * 31) & 0xff;
        const batch = new WriteBatch();
        for (let i = 0; i < 5; i += 1) batch.put(numbered(i), value);
        await store.write(batch);
        const [found] = await store.getMany([numbered(3)]);
        expect(found !== undefined && compareBytes(found, value) === 0).toBe(true);
        const scanned = await rows(store.iterate({from: numbered(0), until: numbered(9)}), 3);
        expect(scanned.map((row) => compareBytes(row.value, value))).toEqual([0, 0, 0, 0, 0]);
      });
      test('keys of every byte value are ordered as unsigned bytes', async () => {
        const batch = new WriteBatch();
        for (let byte = 255; byte >= 0; byte -= 1) batch.put(Uint8Array.of(7, byte), Uint8Array.of(byte));
        batch.put(Uint8Array.of(7), Uint8Array.of());
        await store.write(batch);
        const found = await rows(store.iterate({from: Uint8Array.of(7), until: Uint8Array.of(8)}), 50);
        expect(found.map((row) => toHex(row.key))).toEqual(['07', ...Array.from({length: 256}, (_, i) => toHex(Uint8Array.of(7, i)))]);
      });
      test('keys and values that are views into a larger buffer are read at their own bounds', async () => {
        const buffer = utf8Encode('xxkeyyyvaluezz');
        const batch = new WriteBatch();
        batch.put(buffer.subarray(2, 5), buffer.subarray(7, 12));
        await store.write(batch);
        expect(await read(store, 'key')).toEqual(['value']);
        const [value] = await store.getMany([buffer.subarray(2, 5)]);
        expect(value === undefined ? undefined : utf8Decode(value)).toBe('value');
      });
      test('writes called without waiting take effect in the order of the calls', async () => {
        const pending: Promise<void>[] = [];
        for (let i = 0; i < 500; i += 1) {
          const batch = new WriteBatch();
          batch.put(utf8Encode('hot'), utf8Encode(String(i)));
          if (i % 7 === 0) batch.deleteRange(utf8Encode('h'), utf8Encode('i'));
          else batch.put(utf8Encode(`own${i}`), utf8Encode(String(i)));
          pending.push(store.write(batch));
        }
        await Promise.all(pending);
        expect(await read(store, 'hot', 'own498', 'own499')).toEqual(['499', '498', '499']);
      });
      test('a write that resolved is seen by every read begun afterwards', async () => {
        for (let i = 0; i < 50; i += 1) {
          await put(store, {a: String(i)});
          expect(await read(store, 'a')).toEqual([String(i)]);
        }
      });
      test('a batch is seen whole or not at all by readers beside the writer', async () => {
        const writers = Array.from({length: 100}, (_, i) => put(store, {left: String(i), right: String(i)}));
        for (let i = 0; i < 50; i += 1) {
          const [one, other] = (await rows(store.iterate({from: utf8Encode('left'), until: utf8Encode('s')}), 5)).map((row) => utf8Decode(row.value));
          expect(one).toBe(other);
        }
        await Promise.all(writers);
      });
    });

    describe('iteration', () => {
      beforeEach(async () => {
        const batch = new WriteBatch();
        for (let i = 0; i < 100; i += 1) batch.put(numbered(i), utf8Encode(String(i)));
        await store.write(batch);
      });
      test.each([1, 2, 7, 16, 100, 1_000])('forward in pages of %i: start included, end excluded', async (rowCount) => {
        expect(numbers(await rows(store.iterate({from: numbered(10), until: numbered(90)}), rowCount))).toEqual(sequence(10, 90));
      });
      test.each([1, 2, 7, 16, 100, 1_000])('reverse in pages of %i: from the end, itself excluded, to the start, included', async (rowCount) => {
        expect(numbers(await rows(store.iterate({from: numbered(10), until: numbered(90), reverse: true}), rowCount))).toEqual(sequence(10, 90).reverse());
      });
      test('pages are full until the end, whatever sizes are asked for', async () => {
        const iterator = store.iterate({from: numbered(0), until: numbered(20)});
        const sizes = [];
        for (const rowCount of [3, 1, 10, 5, 4, 2]) sizes.push((await iterator.next(rowCount)).length);
        expect(sizes).toEqual([3, 1, 10, 5, 1, 0]);
        await iterator.close();
      });
      test('a range without rows, and one whose end is not after its start, are empty both ways', async () => {
        for (const reverse of [false, true]) {
          expect(await rows(store.iterate({from: utf8Encode('x'), until: utf8Encode('y'), reverse}), 5)).toEqual([]);
          expect(await rows(store.iterate({from: numbered(5), until: numbered(5), reverse}), 5)).toEqual([]);
          expect(await rows(store.iterate({from: numbered(9), until: numbered(5), reverse}), 5)).toEqual([]);
          expect(await rows(store.iterate({from: numbered(0), until: utf8Encode(''), reverse}), 5)).toEqual([]);
        }
      });
      test('bounds between keys cut where a key would stand', async () => {
        const from = Uint8Array.of(...numbered(3), 0);
        const until = Uint8Array.of(...numbered(6), 0);
        expect(numbers(await rows(store.iterate({from, until}), 10))).toEqual([4, 5, 6]);
        expect(numbers(await rows(store.iterate({from, until, reverse: true}), 10))).toEqual([6, 5, 4]);
      });
      test('it shows the state at the call, whatever is written later', async () => {
        for (const reverse of [false, true]) {
          const iterator = store.iterate({from: numbered(0), until: numbered(200), reverse});
          const batch = new WriteBatch();
          batch.put(numbered(50), utf8Encode('changed'));
          batch.put(numbered(150), utf8Encode('added'));
          batch.delete(numbered(60));
          await store.write(batch);
          const expected = reverse ? sequence(0, 100).reverse() : sequence(0, 100);
          expect(numbers(await rows(iterator, 9))).toEqual(expected);
          const undo = new WriteBatch();
          undo.put(numbered(50), utf8Encode('50'));
          undo.put(numbered(60), utf8Encode('60'));
          undo.delete(numbered(150));
          await store.write(undo);
        }
      });
      test('closing early and twice is fine, and a closed iterator refuses', async () => {
        const iterator = store.iterate({from: numbered(0), until: numbered(100)});
        await iterator.next(3);
        await Promise.all([iterator.close(), iterator.close()]);
        await iterator.close();
        expect(await failureOf(() => iterator.next(1))).toBe('Closed');
        const untouched = store.iterate({from: numbered(0), until: numbered(100)});
        await untouched.close();
      });
      test('many iterators at once do not disturb each other', async () => {
        const iterators = Array.from({length: 20}, (_, i) => store.iterate({from: numbered(i), until: numbered(i + 30)}));
        const found = await Promise.all(iterators.map((iterator) => rows(iterator, 4)));
        expect(found.map(numbers)).toEqual(Array.from({length: 20}, (_, i) => sequence(i, i + 30)));
      });
    });

    describe('snapshots', () => {
      test('a snapshot keeps showing the state at its making to reads and both directions of scans', async () => {
        await put(store, {a: '1', b: '2', c: '3'});
        const snapshot = store.snapshot();
        const batch = new WriteBatch();
        batch.deleteRange(utf8Encode('a'), utf8Encode('c'));
        batch.put(utf8Encode('d'), utf8Encode('4'));
        await store.write(batch);
        const range = {from: utf8Encode('a'), until: utf8Encode('z')};
        expect((await snapshot.getMany(['a', 'b', 'c', 'd'].map(utf8Encode))).map(text)).toEqual(['1', '2', '3', undefined]);
        expect((await rows(snapshot.iterate(range), 2)).map(picture)).toEqual(['a=1', 'b=2', 'c=3']);
        expect((await rows(snapshot.iterate({...range, reverse: true}), 2)).map(picture)).toEqual(['c=3', 'b=2', 'a=1']);
        expect(await all(store)).toEqual(['c=3', 'd=4']);
        await snapshot.close();
      });
      test('snapshots of different moments differ, and closing one leaves the others', async () => {
        const snapshots = [];
        for (let i = 0; i < 10; i += 1) {
          await put(store, {a: String(i), [`k${i}`]: 'x'});
          snapshots.push(store.snapshot());
        }
        for (const [i, snapshot] of snapshots.entries()) {
          if (i % 2 === 0) await snapshot.close();
        }
        for (const [i, snapshot] of snapshots.entries()) {
          if (i % 2 === 0) continue;
          const values = await snapshot.getMany([utf8Encode('a'), utf8Encode(`k${i}`), utf8Encode(`k${i + 1}`)]);
          expect(values.map(text)).toEqual([String(i), 'x', undefined]);
          await snapshot.close();
        }
      });
      test('a snapshot survives a flush', async () => {
        await put(store, {a: 'old'});
        const snapshot = store.snapshot();
        await put(store, {a: 'new'});
        await store.flush();
        expect((await snapshot.getMany([utf8Encode('a')])).map(text)).toEqual(['old']);
        await snapshot.close();
      });
      test('a closed snapshot refuses, and closing it twice is fine', async () => {
        const snapshot = store.snapshot();
        await snapshot.close();
        await snapshot.close();
        expect(await failureOf(() => snapshot.getMany([utf8Encode('a')]))).toBe('Closed');
        expect(await failureOf(() => snapshot.iterate({from: utf8Encode('a'), until: utf8Encode('b')}).next(1))).toBe('Closed');
      });
    });

    describe('life cycle', () => {
      test('what was written is there after an orderly close, flushed or not', async () => {
        await put(store, {a: '1'});
        await store.flush();
        await put(store, {b: '2'});
        await store.close();
        store = await harness.open();
        expect(await all(store)).toEqual(['a=1', 'b=2']);
      });
      test('flushing with nothing to flush, and flushing twice at once, is fine', async () => {
        await store.flush();
        await put(store, {a: '1'});
        await Promise.all([store.flush(), store.flush()]);
        await store.flush();
        expect(await all(store)).toEqual(['a=1']);
      });
      test('its size grows with what is in it', async () => {
        const before = await store.sizeBytes();
        const batch = new WriteBatch();
        for (let i = 0; i < 64; i += 1) {
          const value = new Uint8Array(16 * 1024);
          for (let k = 0; k < value.length; k += 1) value[k] = Math.imul(k + i * 7_919, 0x9e3779b1) >>> 24;
          batch.put(numbered(i), value);
        }
        await store.write(batch);
        await store.flush();
        expect(await store.sizeBytes()).toBeGreaterThan(before + 512 * 1024);
      });
      test('close ends open iterators and snapshots, which then refuse', async () => {
        await put(store, {a: '1', b: '2', c: '3'});
        const range = {from: utf8Encode('a'), until: utf8Encode('z')};
        const begun = store.iterate(range);
        await begun.next(1);
        const fresh = store.iterate(range);
        const snapshot = store.snapshot();
        const ofSnapshot = snapshot.iterate({...range, reverse: true});
        await ofSnapshot.next(1);
        await store.close();
        for (const iterator of [begun, fresh, ofSnapshot]) expect(await failureOf(() => iterator.next(1))).toBe('Closed');
        expect(await failureOf(() => snapshot.getMany([utf8Encode('a')]))).toBe('Closed');
        for (const part of [begun, fresh, ofSnapshot, snapshot]) await part.close();
      });
      test('close waits for what was called before it', async () => {
        const writes = Array.from({length: 20}, (_, i) => put(store, {[`k${String(i).padStart(2, '0')}`]: 'x'}));
        const reading = read(store, 'k00');
        const closing = store.close();
        await Promise.all(writes);
        await reading;
        await closing;
        store = await harness.open();
        expect((await all(store)).length).toBe(20);
      });
      test('a closed store refuses every call but close', async () => {
        await Promise.all([store.close(), store.close()]);
        await store.close();
        const range = {from: utf8Encode('a'), until: utf8Encode('z')};
        const calls: (() => unknown)[] = [
          () => store.getMany([utf8Encode('a')]),
          () => put(store, {a: '1'}),
          () => store.flush(),
          () => store.sizeBytes(),
          () => store.snapshot(),
          () => store.iterate(range),
        ];
        for (const call of calls) expect(await failureOf(call)).toBe('Closed');
      });
    });

    describe('crash', () => {
      test('what a flush covers survives, and of the rest a prefix and never a hole', async () => {
        if (harness.crash === undefined) return;
        for (let round = 0; round < 8; round += 1) {
          const begin = round * 100;
          for (let i = begin; i < begin + 5; i += 1) await put(store, {[`k${pad(i)}`]: 'x', last: pad(i)});
          await store.flush();
          for (let i = begin + 5; i < begin + 20; i += 1) await put(store, {[`k${pad(i)}`]: 'x', last: pad(i)});
          store = await harness.crash(store);
          const [last] = await read(store, 'last');
          const kept = (await all(store)).filter((row) => row.startsWith(`k${pad(begin).slice(0, 3)}`)).map((row) => Number(row.slice(1, 6)));
          expect(Number(last)).toBeGreaterThanOrEqual(begin + 4);
          expect(kept).toEqual(sequence(begin, Number(last) + 1));
        }
      });
    });
  });
}

const pad = (value: number): string => String(value).padStart(5, '0');
const numbered = (value: number): Uint8Array => utf8Encode(`n${pad(value)}`);
const numbers = (found: readonly StoreRow[]): number[] => found.map((row) => Number(utf8Decode(row.value)));
const sequence = (from: number, until: number): number[] => Array.from({length: until - from}, (_, i) => from + i);
const text = (value: Uint8Array | undefined): string | undefined => (value === undefined ? undefined : utf8Decode(value));
const picture = (row: StoreRow): string => `${utf8Decode(row.key)}=${utf8Decode(row.value)}`;

async function put(store: StorePort, values: Readonly<Record<string, string>>): Promise<void> {
  const batch = new WriteBatch();
  for (const [key, value] of Object.entries(values)) batch.put(utf8Encode(key), utf8Encode(value));
  await store.write(batch);
}
async function read(store: StorePort, ...keys: string[]): Promise<(string | undefined)[]> {
  return (await store.getMany(keys.map(utf8Encode))).map(text);
}
async function all(store: StorePort): Promise<string[]> {
  return (await rows(store.iterate({from: utf8Encode(''), until: Uint8Array.of(0xff)}), 64)).map(picture);
}
async function rows(iterator: StoreIterator, rowCountMax: number): Promise<StoreRow[]> {
  const out: StoreRow[] = [];
  for (;;) {
    const page = await iterator.next(rowCountMax);
    out.push(...page);
    if (page.length < rowCountMax) break;
  }
  await iterator.close();
  return out;
}
async function failureOf(call: () => unknown): Promise<string> {
  try {
    await call();
  } catch (error) {
    if (error instanceof StoreError) return error.failure.code;
    throw error;
  }
  return 'none';
}
