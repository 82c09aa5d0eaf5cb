// The header of stored values: what it holds, and that unknown versions and cut values are never read.
import {toHex, utf8Encode} from '@murmuration/base';
import {encodeStoredValue, readStoredHeader, readStoredItemSizeBytes, storedBody} from './stored-value.js';

const header = {itemSizeBytes: 409_600, timestampHlc: 7_102_444_800_000_123, sequence: Number.MAX_SAFE_INTEGER, flags: 5};
const body = utf8Encode('{"a":{"S":"x"}}');

test('a value reads back as it was written', () => {
  const bytes = encodeStoredValue(header, body);
  expect(readStoredHeader(bytes)).toEqual({...header, bodyOffset: 22});
  expect(readStoredItemSizeBytes(bytes)).toBe(409_600);
  expect(storedBody(bytes)).toEqual(body);
  expect(storedBody(bytes).buffer).toBe(bytes.buffer);
});

test('a value inside a larger buffer reads the same', () => {
  const inner = encodeStoredValue(header, body);
  const outer = new Uint8Array(inner.length + 7);
  outer.set(inner, 7);
  expect(readStoredHeader(outer.subarray(7))).toEqual({...header, bodyOffset: 22});
});

test('golden bytes: the format of version 1', () => {
  expect(toHex(encodeStoredValue({itemSizeBytes: 258, timestampHlc: 1, sequence: 2 ** 33, flags: 0}, utf8Encode('{}'))))
    .toBe('01' + '00' + '00000102' + '0000000000000001' + '0000000200000000' + '7b7d');
});

test('another version and a short value are refused', () => {
  const bytes = encodeStoredValue(header, body);
  bytes[0] = 2;
  expect(() => readStoredHeader(bytes)).toThrow('unknown version of stored value: 2');
  expect(() => storedBody(bytes.subarray(0, 21))).toThrow('shorter than its header');
});
