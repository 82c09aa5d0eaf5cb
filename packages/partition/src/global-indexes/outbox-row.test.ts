// What an outbox row holds: several indexes of whole items share one value, and rows of before are read.
import {DecodeError, utf8Encode} from '@murmuration/base';
import {decodeOutbox, encodeOutbox} from './outbox-row.js';

const A = utf8Encode('entry-a');
const B = utf8Encode('entry-b');
const C = utf8Encode('entry-c');
const VALUE = utf8Encode('the whole item, as it is stored');

test('a value that several entries have is there once, and comes back with each of them', () => {
  const entries = [{key: A, value: VALUE}, {key: C, value: undefined}, {key: B, value: VALUE}];
  const row = encodeOutbox(entries);
  expect(decodeOutbox(row)).toEqual(entries);
  expect(row.length).toBeLessThan(2 * VALUE.length);
});

test('equal values of two arrays are both there', () => {
  const entries = [{key: A, value: VALUE}, {key: B, value: VALUE.slice()}];
  expect(decodeOutbox(encodeOutbox(entries))).toEqual(entries);
});

test('rows of the version before are read', () => {
  const row = encodeOutbox([{key: A, value: VALUE}]);
  row[0] = 1;
  expect(decodeOutbox(row)).toEqual([{key: A, value: VALUE}]);
});

test.each([[[3, 1, 1, 1, 0x10, 1, 0]], [[2, 1, 2, 1, 0x10]], [[2, 1, 3, 1, 0x10]]])('a row that nobody wrote is refused: %j', (bytes) => {
  expect(() => decodeOutbox(Uint8Array.from(bytes))).toThrow(DecodeError);
});
