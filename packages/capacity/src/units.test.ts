// Unit arithmetic at its edges: a block boundary belongs to the smaller count, and nothing costs the minimum.
import {
  batchReadHalfUnits, failedConditionHalfUnits, indexEntryHalfUnits, itemWriteHalfUnits, pageHalfUnits, readHalfUnits, toCapacityUnits, transactionalHalfUnits, writeHalfUnits,
} from './units.js';

test.each([
  [0, 1], [1, 1], [4096, 1], [4097, 2], [8192, 2], [409_600, 100],
])('an eventual read of %i bytes costs %i half units', (sizeBytes, halfUnits) => {
  expect(readHalfUnits(sizeBytes, false)).toBe(halfUnits);
  expect(readHalfUnits(sizeBytes, true)).toBe(halfUnits * 2);
});

test.each([
  [0, 2], [1, 2], [1024, 2], [1025, 4], [409_600, 800],
])('a write of %i bytes costs %i half units', (sizeBytes, halfUnits) => {
  expect(writeHalfUnits(sizeBytes)).toBe(halfUnits);
});

test('a transaction doubles the cost', () => {
  expect(transactionalHalfUnits(writeHalfUnits(1500))).toBe(8);
});

test('half units are shown as units with an exact half', () => {
  expect(toCapacityUnits(1)).toBe(0.5);
  expect(toCapacityUnits(4)).toBe(2);
});

test('a negative or fractional size is our own mistake', () => {
  expect(() => readHalfUnits(-1, true)).toThrow('size must be');
  expect(() => writeHalfUnits(1.5)).toThrow('size must be');
});

test('each key of a batch is rounded up by itself, and a missing one costs the minimum', () => {
  expect(batchReadHalfUnits([1, 4097, 0], 'eventual')).toBe(4);
  expect(batchReadHalfUnits([1, 4097, 0], 'strong')).toBe(8);
  expect(batchReadHalfUnits([1, 4097, 0], 'transactional')).toBe(16);
});

test('a page is rounded once a partition, and costs the minimum when it is empty', () => {
  expect(pageHalfUnits([100, 3000], 0, 'strong')).toBe(4);
  expect(pageHalfUnits([], 0, 'eventual')).toBe(1);
  expect(pageHalfUnits([0, 0, 0, 0], 0, 'eventual')).toBe(4);
  expect(pageHalfUnits([1_048_576], 3, 'strong')).toBe(512 + 6);
});

test('the larger of the old and the new item is paid for', () => {
  expect(itemWriteHalfUnits(3000, 10)).toBe(6);
  expect(itemWriteHalfUnits(0, 10)).toBe(2);
  expect(failedConditionHalfUnits(0)).toBe(2);
  expect(failedConditionHalfUnits(2049)).toBe(6);
});

test.each([
  [{kind: 'none'}, 0], [{kind: 'added', newSizeBytes: 100}, 2], [{kind: 'removed', oldSizeBytes: 1025}, 4],
  [{kind: 'replaced', oldSizeBytes: 10, newSizeBytes: 2000}, 4], [{kind: 'moved', oldSizeBytes: 10, newSizeBytes: 2000}, 6],
] as const)('an index entry that is %j costs %i half units', (change, halfUnits) => {
  expect(indexEntryHalfUnits(change)).toBe(halfUnits);
});
