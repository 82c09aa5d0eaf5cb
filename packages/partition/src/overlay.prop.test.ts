// Goal: whatever order proposals, applies and store writes come in, the overlay over the store shows the log's state,
// and never a proposal to those who ask for committed values. Method: a naive model of log and store beside it.
import {toHex} from '@murmuration/base';
import fc from 'fast-check';
import {keyText} from './key-text.js';
import {Overlay} from './overlay.js';
import {RowMerge} from './merge-rows.js';

type Step =
  | {readonly kind: 'propose'; readonly key: number; readonly value: number | undefined}
  | {readonly kind: 'apply'}
  | {readonly kind: 'store'; readonly lag: number}
  | {readonly kind: 'drop'};
const step: fc.Arbitrary<Step> = fc.oneof(
  {weight: 5, arbitrary: fc.record({kind: fc.constant('propose' as const), key: fc.nat(4), value: fc.option(fc.nat(255), {nil: undefined})})},
  {weight: 5, arbitrary: fc.constant({kind: 'apply' as const})},
  {weight: 3, arbitrary: fc.record({kind: fc.constant('store' as const), lag: fc.nat(2)})},
  {weight: 1, arbitrary: fc.constant({kind: 'drop' as const})},
);
const bytesOf = (value: number | undefined): Uint8Array | undefined => (value === undefined ? undefined : new Uint8Array([value]));

describe('Overlay', () => {
  it('over the store shows committed values to readers and the newest ones to writers', () => {
    fc.assert(
      fc.property(fc.array(step, {maxLength: 60}), (steps) => {
        const overlay = new Overlay();
        const store = new Map<number, number>();
        const log: {key: number; value: number | undefined}[] = [];
        let storedThrough = 0;
        let proposed: {key: number; value: number | undefined}[] = [];
        for (const next of steps) {
          if (next.kind === 'propose') {
            proposed.push(next);
            const key = new Uint8Array([next.key]);
            overlay.propose(keyText(key), key, bytesOf(next.value), log.length + proposed.length);
          } else if (next.kind === 'apply') {
            const change = proposed.shift();
            if (change === undefined) continue;
            log.push(change);
            const key = new Uint8Array([change.key]);
            overlay.apply(keyText(key), key, bytesOf(change.value), log.length, log.length);
          } else if (next.kind === 'store') {
            const through = Math.max(storedThrough, log.length - next.lag);
            for (; storedThrough < through; storedThrough += 1) {
              const change = log[storedThrough] as {key: number; value: number | undefined};
              if (change.value === undefined) store.delete(change.key);
              else store.set(change.key, change.value);
            }
            overlay.stored(through);
          } else {
            proposed = [];
            overlay.dropPending();
          }
          const committed = new Map<number, number | undefined>();
          for (const change of log) committed.set(change.key, change.value);
          const latest = new Map(committed);
          for (const change of proposed) latest.set(change.key, change.value);
          for (let key = 0; key < 5; key += 1) {
            const text = keyText(new Uint8Array([key]));
            const known = overlay.committed(text);
            expect((known === undefined ? store.get(key) : known.bytes?.[0])).toBe(committed.get(key));
            const newest = overlay.latest(text);
            expect((newest === undefined ? store.get(key) : newest.bytes?.[0])).toBe(latest.get(key));
          }
          const rows: string[] = [];
          const merge = new RowMerge(overlay.committedRange(new Uint8Array([0]), new Uint8Array([9])), false);
          const storeRows = [...store].sort(([a], [b]) => a - b).map(([key, value]) => ({key: new Uint8Array([key]), value: new Uint8Array([value])}));
          merge.chunk(storeRows, true, (key, value) => rows.push(toHex(key) + toHex(value)) > 0);
          const expected = [...committed].filter(([, value]) => value !== undefined).sort(([a], [b]) => a - b)
            .map(([key, value]) => toHex(new Uint8Array([key])) + toHex(new Uint8Array([value as number])));
          expect(rows).toEqual(expected);
        }
        overlay.dropPending();
        overlay.stored(log.length);
        expect(overlay.keyCount).toBe(0);
        expect(overlay.sizeBytes).toBe(0);
      }),
    );
  });
  it('merges in reverse and over chunks of any length as over one', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(20), {maxLength: 12}), fc.uniqueArray(fc.tuple(fc.nat(20), fc.boolean()), {selector: ([key]) => key}), fc.integer({min: 1, max: 4}), fc.boolean(),
        (stored, newer, chunkLength, isReverse) => {
          const sign = isReverse ? -1 : 1;
          const expected = new Map(stored.map((key) => [key, 1]));
          for (const [key, isDeleted] of newer) {
            if (isDeleted) expected.delete(key);
            else expected.set(key, 2);
          }
          const rows = [...stored].sort((a, b) => (a - b) * sign).map((key) => ({key: new Uint8Array([key]), value: new Uint8Array([1])}));
          const overlay = [...newer].sort(([a], [b]) => a - b).map(([key, isDeleted]) => ({key: new Uint8Array([key]), bytes: isDeleted ? undefined : new Uint8Array([2])}));
          const merge = new RowMerge(overlay, isReverse);
          const got: [number, number][] = [];
          for (let at = 0; at <= rows.length; at += chunkLength) {
            merge.chunk(rows.slice(at, at + chunkLength), at + chunkLength > rows.length, (key, value) => got.push([key[0] as number, value[0] as number]) > 0);
          }
          expect(got).toEqual([...expected].sort(([a], [b]) => (a - b) * sign));
        }),
    );
  });
});
