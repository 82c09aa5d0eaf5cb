// What a partition of an index does with what partitions of the table tell it: each thing once, in their order, and nothing
// of those who have no say any more.
import {ByteReader, ByteWriter, DecodeError, toGroupId, utf8Encode} from '@murmuration/base';
import {encodeStoredValue} from '@murmuration/model';
import {keyText} from '../key-text.js';
import {Overlay} from '../overlay.js';
import {IndexSources} from './index-sources.js';
import {judgeIndexWrite, readIndexWrite, writeIndexWrite} from './index-write.js';
import type {IndexWrite, IndexWriteRequest, JudgedIndexWrite} from './index-write.js';

const HERE = toGroupId(50);
const PARENT = toGroupId(10);
const CHILD = toGroupId(11);
const E1 = utf8Encode('entry-1');
const VALUE = encodeStoredValue({itemSizeBytes: 10, timestampHlc: 1, sequence: 1, flags: 0}, utf8Encode('{}'));

class IndexPartition {
  readonly sources = new IndexSources(HERE);
  readonly rows = new Map<string, Uint8Array>();
  itemCount = 0;
  tell(request: IndexWriteRequest): JudgedIndexWrite['kind'] {
    const judged = judgeIndexWrite(request, this.sources, new Overlay(), keyText, (text) => ({bytes: this.rows.get(text), dependsOn: 0}));
    if (judged.kind !== 'new') return judged.kind;
    for (const {key, value} of judged.changes) {
      this.sources.applied({key, value});
      if (value === undefined) this.rows.delete(keyText(key));
      else this.rows.set(keyText(key), value);
    }
    for (const {itemCount} of judged.deltas) this.itemCount += itemCount;
    return judged.kind;
  }
  has(key: Uint8Array): boolean {
    return this.rows.has(keyText(key));
  }
}
function from(group: typeof PARENT, epoch: number, writes: readonly IndexWrite[], ancestors: IndexWriteRequest['source']['ancestors'] = []): IndexWriteRequest {
  return {kind: 'index-write', group: HERE, epoch: 1, source: {group, epoch, ancestors}, writes};
}
const put = (sequence: number): IndexWrite => ({sequence, entries: [{key: E1, value: VALUE}]});
const remove = (sequence: number): IndexWrite => ({sequence, entries: [{key: E1, value: undefined}]});

test('what was carried out once is not carried out again', () => {
  const index = new IndexPartition();
  expect(index.tell(from(PARENT, 1, [put(3)]))).toBe('new');
  expect(index.tell(from(PARENT, 1, [remove(4)]))).toBe('new');
  expect(index.tell(from(PARENT, 1, [put(3)]))).toBe('known');
  expect(index.has(E1)).toBe(false);
  expect(index.itemCount).toBe(0);
});

test('of a message that was heard in part only the rest is carried out', () => {
  const index = new IndexPartition();
  index.tell(from(PARENT, 1, [remove(5)]));
  index.tell(from(PARENT, 1, [put(4), remove(5), put(6)]));
  expect(index.has(E1)).toBe(true);
  expect(index.itemCount).toBe(1);
});

test('a message from before a split that comes late is refused once the child has spoken', () => {
  const index = new IndexPartition();
  index.tell(from(PARENT, 1, [put(3)]));
  expect(index.tell(from(CHILD, 2, [remove(9)], [{group: PARENT, epoch: 2}]))).toBe('new');
  expect(index.tell(from(PARENT, 1, [put(7)]))).toBe('fenced');
  expect(index.has(E1)).toBe(false);
  expect(index.tell(from(PARENT, 2, [put(10)]))).toBe('new');
});

test('the child of a split of the index remembers all that its parent heard', () => {
  const index = new IndexPartition();
  index.tell(from(PARENT, 1, [put(3)]));
  index.tell(from(CHILD, 2, [remove(9)], [{group: PARENT, epoch: 2}]));
  const born = toGroupId(51);
  const child = new IndexSources(born);
  for (const row of index.sources.split(born)) child.applied(row);
  expect(child.latest(CHILD, new Overlay())).toEqual({mark: 9, fence: 2});
  expect(child.latest(PARENT, new Overlay())).toEqual({mark: 3, fence: 2});
});

test('the last word of a message on an entry counts', () => {
  const index = new IndexPartition();
  index.tell(from(PARENT, 1, [put(1), remove(2), put(3), remove(4)]));
  expect(index.has(E1)).toBe(false);
  expect(index.itemCount).toBe(0);
});

test('requests survive the wire, and torn ones are told', () => {
  const writer = new ByteWriter(64);
  const request = from(CHILD, 2, [put(4), remove(4), put(9)], [{group: PARENT, epoch: 2}]);
  writeIndexWrite(writer, request);
  const bytes = writer.finish();
  const read = readIndexWrite(new ByteReader(bytes), HERE, 1);
  expect(read.source).toEqual(request.source);
  expect(read.writes.map(({sequence, entries}) => [sequence, entries.map(({key, value}) => [keyText(key), value === undefined])])).toEqual([
    [4, [[keyText(E1), false]]], [4, [[keyText(E1), true]]], [9, [[keyText(E1), false]]],
  ]);
  expect(() => readIndexWrite(new ByteReader(bytes.subarray(0, bytes.length - 1)), HERE, 1)).toThrow(DecodeError);
});
