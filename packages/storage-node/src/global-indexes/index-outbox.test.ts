// The order in which rows of an outbox may be removed.
import {outboxKey} from '@murmuration/partition';
import {IndexOutbox} from './index-outbox.js';
import type {OutboxRow} from './index-outbox.js';

const itemKey = (name: number): Uint8Array => Uint8Array.of(0x10, 0, 0, 0, 1, 0, 0, 0, 0, 0, name, 0x02, name, 0, 1);
// Version, one entry, removal, key of one byte.
const VALUE = Uint8Array.of(1, 1, 0, 1, 0x10);
function outboxOf(...rows: readonly (readonly [item: number, sequence: number])[]): {readonly outbox: IndexOutbox; readonly row: (sequence: number) => OutboxRow} {
  const outbox = new IndexOutbox();
  outbox.loaded([], 0);
  for (const [item, sequence] of rows) outbox.applied({key: outboxKey(itemKey(item), sequence), value: VALUE}, sequence);
  return {outbox, row: (sequence) => outbox.rows.find((each) => each.sequence === sequence) as OutboxRow};
}

test('a row of an item stays until all before it of the same item are told', () => {
  const {outbox, row} = outboxOf([1, 5], [2, 6], [1, 7], [1, 8]);
  expect(outbox.told(row(7))).toEqual([]);
  expect(outbox.told(row(6)).map(({sequence}) => sequence)).toEqual([6]);
  expect(outbox.told(row(5)).map(({sequence}) => sequence)).toEqual([5, 7]);
  expect(outbox.told(row(8)).map(({sequence}) => sequence)).toEqual([8]);
});

test('what was read at the beginning stands before what was applied meanwhile', () => {
  const outbox = new IndexOutbox();
  outbox.applied({key: outboxKey(itemKey(1), 9), value: VALUE}, 0);
  outbox.applied({key: outboxKey(itemKey(1), 3), value: undefined}, 0);
  outbox.loaded([3, 4].map((sequence) => ({key: outboxKey(itemKey(1), sequence), value: VALUE})), 0);
  expect(outbox.rows.map(({sequence}) => sequence)).toEqual([4, 9]);
  expect(outbox.told(outbox.rows[1] as OutboxRow)).toEqual([]);
});
