// What is derived from writes changes at one place of the log, survives a restart, and goes to both halves of a split.
import {WriteBatch, toGroupId, toIndexId, toLogIndex} from '@murmuration/base';
import {NO_DERIVATION, decodeDerivation, encodeDerivation, encodeItem, itemSizeBytes, parseItem} from '@murmuration/model';
import type {Derivation, GlobalIndex} from '@murmuration/model';
import {keyText} from './key-text.js';
import {PartitionMachine} from './partition-machine.js';
import {derivationKey} from './partition-record.js';
import {SplitCount} from './split-count.js';

const GROUP = toGroupId(20);
const FROM = Uint8Array.of(0x10, 0, 0, 0, 1, 0, 0);
const UNTIL = Uint8Array.of(0x10, 0, 0, 0, 1, 0, 1);
const NEXT: Derivation = {version: 1, stream: {label: '2026-01-01T00:00:00.000', viewType: 'NEW_IMAGE'}, globalIndexes: [], timeToLiveAttribute: 'expires'};

function machine(): PartitionMachine {
  return new PartitionMachine({group: GROUP, schema: {hash: {name: 'pk', type: 'S'}, range: undefined}, birth: {from: FROM, until: UNTIL, epoch: 1}});
}
function rowsOf(batch: WriteBatch): ReadonlyMap<string, Uint8Array | undefined> {
  return new Map(batch.operations.flatMap((operation) => (operation.kind === 'delete-range' ? [] : [[Buffer.from(operation.key).toString('hex'), operation.kind === 'put' ? operation.value : undefined]])));
}
const hex = (key: Uint8Array): string => Buffer.from(key).toString('hex');

describe('a derivation', () => {
  test('is followed from the entry that brings it, and stored with it', () => {
    const one = machine();
    expect(one.derivation).toBe(NO_DERIVATION);
    const effect = one.evaluateDerivation(NEXT, 1_000);
    expect(one.derivation.version).toBe(0);
    const batch = new WriteBatch();
    expect(one.apply(effect, toLogIndex(5), batch).isRefused).toBe(false);
    expect(one.derivation).toEqual(NEXT);
    expect(decodeDerivation(rowsOf(batch).get(hex(derivationKey(GROUP))) ?? new Uint8Array())).toEqual(NEXT);
    const restarted = machine();
    restarted.reload(one.record, NEXT);
    expect(restarted.derivation).toEqual(NEXT);
  });

  test('with a new index says nothing of an empty partition: a write judged before it is applied is one more item to be told', () => {
    const one = machine();
    const index: GlobalIndex = {indexId: toIndexId(0x100), name: 'by-pk', hash: [{name: 'pk', type: 'S'}], range: [], projection: {kind: 'KEYS_ONLY'}};
    const derivation = one.evaluateDerivation({version: 1, globalIndexes: [index]}, 1_000);
    const item = parseItem({pk: {S: 'k'}});
    const key = Uint8Array.of(...FROM, 0x80);
    const command = {op: 'put', key, item: encodeItem(item), itemSizeBytes: itemSizeBytes(item), expressions: undefined, returnValues: 'NONE', returnItemOnConditionFailure: false} as const;
    const {effect} = one.evaluate(command, keyText(key), {bytes: undefined, dependsOn: 0}, 1_001);
    one.apply(derivation, toLogIndex(5), new WriteBatch());
    const written = one.apply(effect ?? new Uint8Array(), toLogIndex(6), new WriteBatch());
    expect(written).toMatchObject({isRefused: false, effect: {changes: [{key}]}});
    expect(one.feeds.feedOf(index.indexId).isDone).toBe(false);
  });

  test('goes to the child of a split', () => {
    const one = machine();
    one.apply(one.evaluateDerivation(NEXT, 1_000), toLogIndex(5), new WriteBatch());
    const batch = new WriteBatch();
    const child = toGroupId(21);
    const split = one.evaluateSplit(child, new SplitCount(Uint8Array.of(...FROM, 0x80)), 2_000);
    expect(one.apply(split, toLogIndex(6), batch).isRefused).toBe(false);
    expect(decodeDerivation(rowsOf(batch).get(hex(derivationKey(child))) ?? new Uint8Array())).toEqual(NEXT);
  });

  test('that is damaged is found', () => {
    const bytes = encodeDerivation(NEXT);
    expect(decodeDerivation(bytes)).toEqual(NEXT);
    for (const bad of ['', '[]', '{"format":2}', '{"format":1,"version":-1,"globalIndexes":[]}', '{"format":1,"version":1,"globalIndexes":[{"indexId":1}]}']) {
      expect(() => decodeDerivation(new TextEncoder().encode(bad))).toThrow();
    }
  });
});
