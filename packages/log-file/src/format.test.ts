import {describe, expect, test} from '@jest/globals';
import {LogError, crc32c} from '@murmuration/base';
import {Batch} from './batch.js';
import {checksum} from './checksum.js';
import {decodeBatchHeader, decodeRecord, decodeSegmentHeader, encodeSegmentHeader} from './format.js';

const LOG_ID = Uint8Array.from({length: 16}, (_, i) => i);

describe('segment format', () => {
  test('the native checksum equals the portable one', () => {
    for (const length of [0, 1, 7, 8, 9, 300, 4_097]) {
      const bytes = Uint8Array.from({length}, (_, i) => i * 7);
      expect(checksum(bytes)).toBe(crc32c(bytes));
    }
  });
  test('a segment header reads back, and names itself in its first bytes', () => {
    const header = {logId: LOG_ID, sequence: 2 ** 40, batchNumberFirst: 2 ** 41, chainBefore: 0xffff_ffff, sizeBytes: 65_536};
    const bytes = encodeSegmentHeader(header);
    expect(Buffer.from(bytes.subarray(8, 16)).toString()).toBe('MURMLOG\n');
    expect(decodeSegmentHeader(bytes)).toEqual(header);
  });
  test('a segment of another version is refused as unusable, not as damaged', () => {
    const bytes = encodeSegmentHeader({logId: LOG_ID, sequence: 1, batchNumberFirst: 1, chainBefore: 0, sizeBytes: 65_536});
    const view = new DataView(bytes.buffer);
    view.setUint32(4, 3, true);
    view.setUint32(0, checksum(bytes.subarray(4, 96)), true);
    let failure: unknown;
    try {
      decodeSegmentHeader(bytes);
    } catch (error) {
      failure = error instanceof LogError ? error.failure : error;
    }
    expect(failure).toEqual({code: 'Unusable', reason: 'segment format 3, this program reads up to 2'});
  });
  test('the bytes of a batch are those of version 2', () => {
    const batch = new Batch(1, 0x0102_0304, new Uint8Array(64));
    batch.add('entry', 2, 16, 5, 3, Uint8Array.of(0xaa, 0xbb));
    const bytes = batch.finish(LOG_ID, 7, 9);
    expect(bytes.length).toBe(512);
    expect(Buffer.from(bytes.subarray(4, 64)).toString('hex')).toBe(
      `42415443${'000102030405060708090a0b0c0d0e0f'}${'0700000000000000'}${'0900000000000000'}2a00000001000000${'04030201'}${Buffer.from(bytes.subarray(64, 68)).toString('hex')}${'0000000000000000'}`,
    );
    expect(Buffer.from(bytes.subarray(68, 106)).toString('hex')).toBe(
      `04030201${'02000000'}${'010282ce'}${'1000000000000000'}${'0500000000000000'}${'0300000000000000'}aabb`,
    );
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    expect(decodeBatchHeader(bytes, view, 0, LOG_ID)).toEqual(expect.objectContaining({sequence: 7, batchNumber: 9, recordCount: 1, payloadBytes: 42}));
    expect(decodeRecord(bytes, view, 64, 106, 0x0102_0304)).toEqual(expect.objectContaining({type: 'entry', entryKind: 2, group: 16, index: 5, term: 3}));
    expect(decodeRecord(bytes, view, 64, 106, 1)).toBe('record does not follow the one before');
    expect(decodeBatchHeader(bytes, view, 0, new Uint8Array(16))).toBeUndefined();
  });
});
