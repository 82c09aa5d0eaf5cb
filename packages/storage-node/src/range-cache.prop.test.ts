import type {StoreRow} from '@murmuration/base';
import fc from 'fast-check';
import {CachedRanges, RangeCache} from './range-cache.js';

const key = (at: number): Uint8Array => Uint8Array.of(7, at);
const place = fc.integer({min: 0, max: 12});
const sizeBytes = fc.integer({min: 0, max: 30});
const range = fc.tuple(place, place).map(([a, b]) => ({from: Math.min(a, b), until: Math.max(a, b)}));
const change = fc.record({at: place, sizeBytes: fc.option(sizeBytes)});
const step = fc.oneof(
  {weight: 3, arbitrary: fc.record({kind: fc.constant('change' as const), change})},
  {weight: 5, arbitrary: fc.record({kind: fc.constant('read' as const), range, isReverse: fc.boolean(), countMax: fc.integer({min: 1, max: 50}), during: fc.array(change, {maxLength: 1}), hasFailed: fc.boolean()})},
  {weight: 1, arbitrary: fc.record({kind: fc.constant('clear' as const), during: fc.boolean()})},
);

interface Row extends StoreRow {
  readonly at: number;
}

describe('ranges in memory', () => {
  it('give what a read of the newest state would, whatever was read, changed and let go of before', () => {
    let hitCount = 0;
    fc.assert(fc.property(fc.array(step, {minLength: 20, maxLength: 120}), fc.constantFrom(700, 3_000, 1_000_000), (steps, boundBytes) => {
      const cache = new RangeCache(boundBytes);
      // Of two partitions, the second of which takes room only.
      const ranges = new CachedRanges(cache);
      const others = new CachedRanges(cache);
      const state = new Map<number, Uint8Array>();
      let version = 0;
      const set = ({at, sizeBytes: size}: {readonly at: number; readonly sizeBytes: number | null}): void => {
        version += 1;
        const bytes = size === null ? undefined : new Uint8Array(size).fill(version);
        if (bytes === undefined) state.delete(at);
        else state.set(at, bytes);
        ranges.applied({key: key(at), bytes});
      };
      const rowsOf = ({from, until}: {readonly from: number; readonly until: number}, isReverse: boolean): readonly Row[] => {
        const rows = [...state].filter(([at]) => at >= from && at < until).map(([at, value]) => ({at, key: key(at), value}));
        return rows.sort((a, b) => (isReverse ? b.at - a.at : a.at - b.at));
      };
      for (const one of steps) {
        if (one.kind === 'change') set(one.change);
        else if (one.kind === 'clear') {
          const fill = one.during ? ranges.fill(key(0), key(13), false) : undefined;
          ranges.clear();
          fill?.end(true);
          expect(ranges.count).toBe(0);
        } else {
          const {isReverse, countMax} = one;
          const wanted = rowsOf(one.range, isReverse).slice(0, countMax);
          const got: StoreRow[] = [];
          const isKnown = ranges.read(key(one.range.from), key(one.range.until), isReverse, countMax, (rowKey, value) => {
            got.push({key: rowKey, value});
            return got.length < countMax;
          });
          if (isKnown) {
            hitCount += 1;
            expect(got).toEqual(wanted.map(({key: rowKey, value}) => ({key: rowKey, value})));
            continue;
          }
          expect(got).toEqual([]);
          const fill = ranges.fill(key(one.range.from), key(one.range.until), isReverse);
          const half = wanted.length >> 1;
          for (const row of wanted.slice(0, half)) fill?.add(row.key, row.value);
          for (const each of one.during) set(each);
          for (const row of wanted.slice(half)) fill?.add(row.key, row.value);
          fill?.end(one.hasFailed ? undefined : wanted.length < countMax);
          const other = others.fill(key(0), key(1), false);
          other?.add(key(0), new Uint8Array(20));
          other?.end(true);
        }
        expect(cache.sizeBytes).toBeLessThanOrEqual(boundBytes);
      }
      ranges.clear();
      others.clear();
      expect(cache.sizeBytes).toBe(0);
    }), {numRuns: 100});
    expect(hitCount).toBeGreaterThan(10);
  });

  it('a page that its rows fill is given out of a longer range, one they do not fill is not', () => {
    const ranges = new CachedRanges(new RangeCache(100_000));
    const fill = ranges.fill(key(0), key(10), false);
    for (const at of [1, 3, 5]) fill?.add(key(at), Uint8Array.of(at));
    fill?.end(true);
    const read = (from: number, until: number, isReverse: boolean, countMax: number): readonly number[] | undefined => {
      const found: number[] = [];
      const isKnown = ranges.read(key(from), key(until), isReverse, countMax, (rowKey) => {
        found.push(rowKey[1] as number);
        return found.length < countMax;
      });
      return isKnown ? found : undefined;
    };
    expect(read(2, 20, false, 2)).toEqual([3, 5]);
    expect(read(2, 20, false, 3)).toBeUndefined();
    expect(read(2, 10, false, 3)).toEqual([3, 5]);
    expect(read(0, 4, true, 9)).toEqual([3, 1]);
    expect(read(10, 20, false, 1)).toBeUndefined();
    expect(read(0, 20, true, 1)).toBeUndefined();
  });

  it('keeps nothing of a range larger than its bound, nor anything without room', () => {
    const ranges = new CachedRanges(new RangeCache(2_000));
    const fill = ranges.fill(key(0), key(10), false);
    for (let at = 0; at < 10; at += 1) fill?.add(key(at), new Uint8Array(100));
    fill?.end(true);
    expect(ranges.count).toBe(0);
    expect(new CachedRanges(new RangeCache(0)).fill(key(0), key(1), false)).toBeUndefined();
  });

  it('holds copies: nothing of the buffers that rows came in', () => {
    const ranges = new CachedRanges(new RangeCache(100_000));
    const large = new Uint8Array(10_000);
    const fill = ranges.fill(key(0), key(10), true);
    fill?.add(key(4), large.subarray(0, 3));
    fill?.end(true);
    ranges.applied({key: key(5), bytes: large.subarray(5, 9)});
    const sizes: number[] = [];
    ranges.read(key(0), key(10), false, 9, (_rowKey, value) => {
      sizes.push(value.buffer.byteLength);
      return true;
    });
    expect(sizes.length).toBe(2);
    for (const size of sizes) expect(size).toBeLessThan(20);
  });
});
