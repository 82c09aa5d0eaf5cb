/**
 * The bytes of a segment file, version 2; the table is in docs/formats/log-segment.md.
 * A segment is a header block and then batches. A batch starts at a multiple of 512 bytes, was written by one write and
 * made durable by one sync, and is there whole or not at all. Integers are little-endian.
 */
import {LogError, assert} from '@murmuration/base';
import {checksum} from './checksum.js';

/** Version 1 had no check of a record's own fields; it is still read. */
export const FORMAT_VERSION = 2;
/** The unit a disk writes whole. A batch begins on one, so no later write touches the sector of a synced batch. */
export const SECTOR_BYTES = 512;
export const SEGMENT_HEADER_BYTES = 4096;
export const BATCH_HEADER_BYTES = 64;
export const RECORD_HEADER_BYTES = 40;
export const LOG_ID_BYTES = 16;

const SEGMENT_MAGIC_LOW = 0x4d52_554d; // "MURM"
const SEGMENT_MAGIC_HIGH = 0x0a47_4f4c; // "LOG\n"
export const SEGMENT_HEADER_USED_BYTES = 96;
const BATCH_MAGIC = 0x4354_4142; // "BATC"

export type RecordType = 'entry' | 'moved-entry' | 'hard-state' | 'snapshot' | 'prefix' | 'descriptor' | 'remove' | 'unusable';
const RECORD_TYPES: readonly RecordType[] = ['entry', 'moved-entry', 'hard-state', 'snapshot', 'prefix', 'descriptor', 'remove', 'unusable'];
const RECORD_CODES: ReadonlyMap<RecordType, number> = new Map(RECORD_TYPES.map((type, i) => [type, i + 1]));

export interface SegmentHeader {
  /** 16 bytes drawn when the log was made: a file of another log is told apart. */
  readonly logId: Uint8Array;
  readonly sequence: number;
  readonly batchNumberFirst: number;
  /** Checksum of the last record of the segment before, 0 in the first: no segment can go missing unseen. */
  readonly chainBefore: number;
  readonly sizeBytes: number;
}

export interface BatchHeader {
  readonly sequence: number;
  readonly batchNumber: number;
  readonly payloadBytes: number;
  readonly recordCount: number;
  readonly chainBefore: number;
  readonly chainAfter: number;
}

/** One record as it stands in a buffer. `data` is a view. */
export interface DecodedRecord {
  readonly type: RecordType;
  readonly entryKind: number;
  readonly group: number;
  readonly index: number;
  readonly term: number;
  readonly data: Uint8Array;
  readonly checksum: number;
  readonly sizeBytes: number;
}

export function roundUpToSector(sizeBytes: number): number {
  return Math.ceil(sizeBytes / SECTOR_BYTES) * SECTOR_BYTES;
}

export function setUint64(view: DataView, at: number, value: number): void {
  view.setUint32(at, value >>> 0, true);
  view.setUint32(at + 4, Math.floor(value / 0x1_0000_0000), true);
}
/** @returns NaN when the bytes hold more than a safe integer: every comparison with it fails */
export function getUint64(view: DataView, at: number): number {
  const value = view.getUint32(at, true) + view.getUint32(at + 4, true) * 0x1_0000_0000;
  return Number.isSafeInteger(value) ? value : Number.NaN;
}

/** @returns a whole header block. `version` is for tests of older files */
export function encodeSegmentHeader(header: SegmentHeader, version = FORMAT_VERSION): Uint8Array {
  assert(header.logId.length === LOG_ID_BYTES, 'log id has another length', {length: header.logId.length});
  const bytes = new Uint8Array(SEGMENT_HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(4, version, true);
  view.setUint32(8, SEGMENT_MAGIC_LOW, true);
  view.setUint32(12, SEGMENT_MAGIC_HIGH, true);
  bytes.set(header.logId, 16);
  setUint64(view, 32, header.sequence);
  setUint64(view, 40, header.batchNumberFirst);
  view.setUint32(48, header.chainBefore, true);
  setUint64(view, 56, header.sizeBytes);
  view.setUint32(0, checksum(bytes.subarray(4, SEGMENT_HEADER_USED_BYTES)), true);
  return bytes;
}

/**
 * @returns the header, or why the bytes are none
 * @throws LogError `Unusable` when another version of the program wrote it
 */
export function decodeSegmentHeader(bytes: Uint8Array): SegmentHeader | string {
  if (bytes.length < SEGMENT_HEADER_BYTES) return 'the file is shorter than a segment header';
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(8, true) !== SEGMENT_MAGIC_LOW || view.getUint32(12, true) !== SEGMENT_MAGIC_HIGH) return 'the file does not begin as a log segment';
  if (view.getUint32(0, true) !== checksum(bytes.subarray(4, SEGMENT_HEADER_USED_BYTES))) return 'checksum mismatch in the segment header';
  const version = view.getUint32(4, true);
  if (version < 1 || version > FORMAT_VERSION) throw new LogError({code: 'Unusable', reason: `segment format ${version}, this program reads up to ${FORMAT_VERSION}`});
  return {
    logId: bytes.slice(16, 16 + LOG_ID_BYTES),
    sequence: getUint64(view, 32),
    batchNumberFirst: getUint64(view, 40),
    chainBefore: view.getUint32(48, true),
    sizeBytes: getUint64(view, 56),
  };
}

export function encodeBatchHeader(bytes: Uint8Array, view: DataView, logId: Uint8Array, header: BatchHeader): void {
  view.setUint32(4, BATCH_MAGIC, true);
  bytes.set(logId, 8);
  setUint64(view, 24, header.sequence);
  setUint64(view, 32, header.batchNumber);
  view.setUint32(40, header.payloadBytes, true);
  view.setUint32(44, header.recordCount, true);
  view.setUint32(48, header.chainBefore, true);
  view.setUint32(52, header.chainAfter, true);
  setUint64(view, 56, 0);
  view.setUint32(0, checksum(bytes.subarray(4, BATCH_HEADER_BYTES)), true);
}

/** @returns undefined unless a batch header of this log with a good checksum stands at `at` */
export function decodeBatchHeader(bytes: Uint8Array, view: DataView, at: number, logId: Uint8Array): BatchHeader | undefined {
  if (at + BATCH_HEADER_BYTES > bytes.length || view.getUint32(at + 4, true) !== BATCH_MAGIC) return undefined;
  for (let i = 0; i < LOG_ID_BYTES; i += 1) if (bytes[at + 8 + i] !== logId[i]) return undefined;
  if (view.getUint32(at, true) !== checksum(bytes.subarray(at + 4, at + BATCH_HEADER_BYTES))) return undefined;
  return {
    sequence: getUint64(view, at + 24),
    batchNumber: getUint64(view, at + 32),
    payloadBytes: view.getUint32(at + 40, true),
    recordCount: view.getUint32(at + 44, true),
    chainBefore: view.getUint32(at + 48, true),
    chainAfter: view.getUint32(at + 52, true),
  };
}

/**
 * Check of a record's length, type, group, index and term, by itself: with it a damaged record still tells whose it is.
 * Every step is one to one, so a change of one field always changes the 32 bits that are folded into 16.
 */
export function fieldCheck(view: DataView, at: number): number {
  let mixed = 0x6d75_726d;
  mixed = Math.imul(mixed ^ view.getUint32(at + 8, true), 0x9e37_79b1);
  mixed = Math.imul(mixed ^ (mixed >>> 15) ^ view.getUint16(at + 12, true), 0x85eb_ca6b);
  for (let field = at + 16; field < at + RECORD_HEADER_BYTES; field += 4) {
    mixed = Math.imul(mixed ^ (mixed >>> 15) ^ view.getUint32(field, true), 0x9e37_79b1);
  }
  mixed ^= mixed >>> 15;
  return (mixed ^ (mixed >>> 16)) & 0xffff;
}
/** Whether the fields of a record can be believed, whatever its data became. Always false in a file of version 1. */
export function hasGoodFields(view: DataView, at: number): boolean {
  return view.getUint16(at + 14, true) === fieldCheck(view, at);
}

/**
 * Writes the header of a record whose data already stands behind it. The hot loop of the writer: plain arguments, no
 * allocation but the view the checksum needs.
 * @returns the checksum, which is the next record's `previous`
 */
export function encodeRecordHeader(
  bytes: Uint8Array, view: DataView, at: number, previous: number, type: RecordType, entryKind: number,
  group: number, index: number, term: number, dataBytes: number,
): number {
  view.setUint32(at + 4, previous, true);
  view.setUint32(at + 8, dataBytes, true);
  view.setUint32(at + 12, (RECORD_CODES.get(type) as number) | (entryKind << 8), true);
  setUint64(view, at + 16, group);
  setUint64(view, at + 24, index);
  setUint64(view, at + 32, term);
  view.setUint16(at + 14, fieldCheck(view, at), true);
  const sum = checksum(bytes.subarray(at + 4, at + RECORD_HEADER_BYTES + dataBytes));
  view.setUint32(at, sum, true);
  return sum;
}

/** @returns the record at `at`, or why there is none before `until` */
export function decodeRecord(bytes: Uint8Array, view: DataView, at: number, until: number, previous: number | undefined): DecodedRecord | string {
  if (at + RECORD_HEADER_BYTES > until) return 'record header runs past the batch';
  const dataBytes = view.getUint32(at + 8, true);
  const sizeBytes = RECORD_HEADER_BYTES + dataBytes;
  if (at + sizeBytes > until) return 'record runs past the batch';
  const sum = view.getUint32(at, true);
  if (sum !== checksum(bytes.subarray(at + 4, at + sizeBytes))) return 'record checksum mismatch';
  if (previous !== undefined && view.getUint32(at + 4, true) !== previous) return 'record does not follow the one before';
  const codes = view.getUint32(at + 12, true);
  const type = RECORD_TYPES[(codes & 0xff) - 1];
  if (type === undefined) return `record of unknown type ${codes & 0xff}`;
  return {
    type,
    entryKind: (codes >>> 8) & 0xff,
    group: getUint64(view, at + 16),
    index: getUint64(view, at + 24),
    term: getUint64(view, at + 32),
    data: bytes.subarray(at + RECORD_HEADER_BYTES, at + sizeBytes),
    checksum: sum,
    sizeBytes,
  };
}

/** What the fields of a record at `at` say, whatever its data became. @returns undefined when no record has such fields */
export function decodeFields(view: DataView, at: number): Pick<DecodedRecord, 'type' | 'group' | 'index' | 'sizeBytes'> | undefined {
  const type = RECORD_TYPES[view.getUint8(at + 12) - 1];
  const group = getUint64(view, at + 16);
  const index = getUint64(view, at + 24);
  if (type === undefined || !(group >= 1 && index >= 0)) return undefined;
  return {type, group, index, sizeBytes: RECORD_HEADER_BYTES + view.getUint32(at + 8, true)};
}
