import {describe, expect, test} from '@jest/globals';
import * as fc from 'fast-check';
import {compareBytes, fromHex, toHex} from '../bytes.js';
import type {StorePort, StoreRow, StoreSnapshot} from '../store-port.js';
import {WriteBatch} from '../store-port.js';
import type {StoreHarness} from './store.contract.js';

type Operation =
  | {readonly kind: 'put'; readonly key: string; readonly value: string}
  | {readonly kind: 'delete'; readonly key: string}
  | {readonly kind: 'delete-range'; readonly from: string; readonly until: string};
type Step =
  | {readonly kind: 'write'; readonly operations: readonly Operation[]}
  | {readonly kind: 'read'; readonly keys: readonly string[]}
  | {readonly kind: 'scan'; readonly from: string; readonly until: string; readonly reverse: boolean; readonly rowCountMax: number}
  | {readonly kind: 'snapshot'}
  | {readonly kind: 'read-snapshot'}
  | {readonly kind: 'flush'}
  | {readonly kind: 'reopen'};

// Few different keys, some of them prefixes of others, so that operations meet often.
const key = fc.array(fc.constantFrom(0, 1, 2, 0x7f, 0x80, 0xff), {maxLength: 3}).map((bytes) => toHex(Uint8Array.from(bytes)));
const value = fc.uint8Array({maxLength: 6}).map(toHex);
const operation: fc.Arbitrary<Operation> = fc.oneof(
  {weight: 6, arbitrary: fc.record({kind: fc.constant('put' as const), key, value})},
  {weight: 2, arbitrary: fc.record({kind: fc.constant('delete' as const), key})},
  {weight: 1, arbitrary: fc.record({kind: fc.constant('delete-range' as const), from: key, until: key})},
);
const step: fc.Arbitrary<Step> = fc.oneof(
  {weight: 8, arbitrary: fc.record({kind: fc.constant('write' as const), operations: fc.array(operation, {maxLength: 12})})},
  {weight: 3, arbitrary: fc.record({kind: fc.constant('read' as const), keys: fc.array(key, {maxLength: 8})})},
  {weight: 4, arbitrary: fc.record({kind: fc.constant('scan' as const), from: key, until: key, reverse: fc.boolean(), rowCountMax: fc.integer({min: 1, max: 9})})},
  {weight: 1, arbitrary: fc.constant({kind: 'snapshot' as const})},
  {weight: 1, arbitrary: fc.constant({kind: 'read-snapshot' as const})},
  {weight: 1, arbitrary: fc.constant({kind: 'flush' as const})},
  {weight: 1, arbitrary: fc.constant({kind: 'reopen' as const})},
);

/** Random histories on the store and on a plain Map, which must agree after each step. fast-check prints the seed of a failure. */
export function describeStoreModel(name: string, makeHarness: () => Promise<StoreHarness>, runCount: number): void {
  describe(`store model: ${name}`, () => {
    test('random histories agree with a plain map', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, {maxLength: 60}), async (steps) => {
          const harness = await makeHarness();
          let store = await harness.open();
          try {
            let model = new Map<string, string>();
            let snapshot: {readonly real: StoreSnapshot; readonly model: Map<string, string>} | undefined;
            for (const next of steps) {
              switch (next.kind) {
                case 'write':
                  model = applyToModel(model, next.operations);
                  await store.write(toBatch(next.operations));
                  break;
                case 'read': {
                  const found = await store.getMany(next.keys.map(fromHex));
                  expect(found.map((bytes) => (bytes === undefined ? undefined : toHex(bytes)))).toEqual(next.keys.map((one) => model.get(one)));
                  break;
                }
                case 'scan':
                  expect(await scan(store, next)).toEqual(scanModel(model, next));
                  break;
                case 'snapshot':
                  await snapshot?.real.close();
                  snapshot = {real: store.snapshot(), model: new Map(model)};
                  break;
                case 'read-snapshot':
                  if (snapshot === undefined) break;
                  expect(await scan(snapshot.real, WHOLE)).toEqual(scanModel(snapshot.model, WHOLE));
                  break;
                case 'flush':
                  await store.flush();
                  break;
                case 'reopen':
                  snapshot = undefined;
                  await store.close();
                  store = await harness.open();
                  break;
              }
            }
            expect(await scan(store, WHOLE)).toEqual(scanModel(model, WHOLE));
          } finally {
            await store.close();
            await harness.dispose();
          }
        }),
        {numRuns: runCount},
      );
    });
  });
}

interface Scan {
  readonly from: string;
  readonly until: string;
  readonly reverse: boolean;
  readonly rowCountMax: number;
}
const WHOLE: Scan = {from: '', until: 'ffffffff', reverse: false, rowCountMax: 7};

async function scan(store: StorePort | StoreSnapshot, {from, until, reverse, rowCountMax}: Scan): Promise<string[]> {
  const iterator = store.iterate({from: fromHex(from), until: fromHex(until), reverse});
  const out: StoreRow[] = [];
  for (;;) {
    const page = await iterator.next(rowCountMax);
    out.push(...page);
    if (page.length < rowCountMax) break;
  }
  await iterator.close();
  return out.map((row) => `${toHex(row.key)}=${toHex(row.value)}`);
}
function scanModel(model: ReadonlyMap<string, string>, {from, until, reverse}: Scan): string[] {
  const within = [...model.keys()].filter((one) => isWithin(one, from, until)).sort((a, b) => compareBytes(fromHex(a), fromHex(b)));
  if (reverse) within.reverse();
  return within.map((one) => `${one}=${model.get(one) ?? ''}`);
}
function applyToModel(model: ReadonlyMap<string, string>, operations: readonly Operation[]): Map<string, string> {
  const out = new Map(model);
  for (const one of operations) {
    if (one.kind === 'put') out.set(one.key, one.value);
    else if (one.kind === 'delete') out.delete(one.key);
    else for (const found of [...out.keys()]) if (isWithin(found, one.from, one.until)) out.delete(found);
  }
  return out;
}
function toBatch(operations: readonly Operation[]): WriteBatch {
  const batch = new WriteBatch();
  for (const one of operations) {
    if (one.kind === 'put') batch.put(fromHex(one.key), fromHex(one.value));
    else if (one.kind === 'delete') batch.delete(fromHex(one.key));
    else batch.deleteRange(fromHex(one.from), fromHex(one.until));
  }
  return batch;
}
function isWithin(one: string, from: string, until: string): boolean {
  return compareBytes(fromHex(one), fromHex(from)) >= 0 && compareBytes(fromHex(one), fromHex(until)) < 0;
}
