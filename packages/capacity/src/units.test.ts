// Unit arithmetic at its edges: a block boundary belongs to the smaller count, and nothing costs the minimum.
import {readHalfUnits, toCapacityUnits, transactionalHalfUnits, writeHalfUnits} from './units.js';

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
