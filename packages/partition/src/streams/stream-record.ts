import {ByteReader, ByteWriter, DecodeError, KEY_KIND_PARTITION_META} from '@murmuration/base';
import type {GroupId} from '@murmuration/base';
import {STREAM_VIEW_TYPES} from '@murmuration/model';
import type {StreamPosition, StreamViewType} from '@murmuration/model';
import {partitionMetaPrefix} from '../partition-record.js';
import type {WriteOrigin} from '../derivers.js';

export type StreamEventKind = 'INSERT' | 'MODIFY' | 'REMOVE';

/** What a stream tells of one change of one item. */
export interface StreamRecord {
  readonly kind: StreamEventKind;
  readonly origin: WriteOrigin;
  readonly viewType: StreamViewType;
  /** Of the label of the stream it was made for: a neighbour's record is told by it. */
  readonly labelSum: number;
  readonly timestampHlc: number;
  /** Of keys and images, by DynamoDB's rule for items. */
  readonly sizeBytes: number;
  /** Canonical item JSON, like the images. */
  readonly keys: Uint8Array;
  readonly oldImage: Uint8Array | undefined;
  readonly newImage: Uint8Array | undefined;
}

/** Name of the rows among a partition's small state: 's'. */
const RECORD_NAME = 0x73;
const PREFIX_SIZE_BYTES = 10;
const KEY_SIZE_BYTES = PREFIX_SIZE_BYTES + 8 + 2;
const RECORD_VERSION = 1;
const KINDS: readonly StreamEventKind[] = ['INSERT', 'MODIFY', 'REMOVE'];
const ORIGINS: readonly WriteOrigin[] = ['client', 'time-to-live'];
const HAS_OLD = 1;
const HAS_NEW = 2;

/** Key of a record: the partition's prefix, 's', sequence (8), ordinal (2): records lie in their order. */
export function streamRecordKey(group: GroupId, {sequence, ordinal}: StreamPosition): Uint8Array {
  const key = new Uint8Array(KEY_SIZE_BYTES);
  key.set(partitionMetaPrefix(group));
  key[9] = RECORD_NAME;
  const view = new DataView(key.buffer);
  view.setUint32(10, Math.floor(sequence / 0x1_0000_0000));
  view.setUint32(14, sequence % 0x1_0000_0000);
  view.setUint16(18, ordinal);
  return key;
}
/** All records of a partition lie between its two ends. */
export function streamRecordsPrefix(group: GroupId): Uint8Array {
  return streamRecordKey(group, {sequence: 0, ordinal: 0}).slice(0, PREFIX_SIZE_BYTES);
}
export function isStreamRecordKey(key: Uint8Array): boolean {
  return key.length === KEY_SIZE_BYTES && key[0] === KEY_KIND_PARTITION_META && key[9] === RECORD_NAME;
}
/** @throws DecodeError */
export function readStreamRecordKey(key: Uint8Array): StreamPosition {
  if (!isStreamRecordKey(key)) throw new DecodeError('not the key of a stream record');
  const view = new DataView(key.buffer, key.byteOffset, key.byteLength);
  return {sequence: view.getUint32(10) * 0x1_0000_0000 + view.getUint32(14), ordinal: view.getUint16(18)};
}

const writer = new ByteWriter(4096);

/** @returns fresh bytes; layout in docs/formats/stream-rows.md */
export function encodeStreamRecord(record: StreamRecord): Uint8Array {
  writer.reset();
  writer.u8(RECORD_VERSION);
  writer.u8(KINDS.indexOf(record.kind));
  writer.u8(ORIGINS.indexOf(record.origin));
  writer.u8(STREAM_VIEW_TYPES.indexOf(record.viewType));
  writer.u32(record.labelSum);
  writer.varint(record.timestampHlc);
  writer.varint(record.sizeBytes);
  writer.bytes(record.keys);
  writer.u8((record.oldImage === undefined ? 0 : HAS_OLD) | (record.newImage === undefined ? 0 : HAS_NEW));
  if (record.oldImage !== undefined) writer.bytes(record.oldImage);
  if (record.newImage !== undefined) writer.bytes(record.newImage);
  return writer.finish();
}

/** Byte fields are views into `bytes`. @throws DecodeError */
export function decodeStreamRecord(bytes: Uint8Array): StreamRecord {
  const {reader, head} = open(bytes);
  const keys = reader.bytes();
  const flags = reader.u8();
  if (flags > (HAS_OLD | HAS_NEW)) throw new DecodeError('unknown flags of a stream record');
  const oldImage = (flags & HAS_OLD) === 0 ? undefined : reader.bytes();
  const newImage = (flags & HAS_NEW) === 0 ? undefined : reader.bytes();
  reader.end();
  return {...head, keys, oldImage, newImage};
}
/** All but the item. @throws DecodeError */
export function readStreamRecordHead(bytes: Uint8Array): Omit<StreamRecord, 'keys' | 'oldImage' | 'newImage'> {
  return open(bytes).head;
}

function open(bytes: Uint8Array): {readonly reader: ByteReader; readonly head: Omit<StreamRecord, 'keys' | 'oldImage' | 'newImage'>} {
  const reader = new ByteReader(bytes);
  if (reader.u8() !== RECORD_VERSION) throw new DecodeError('unknown version of a stream record');
  const kind = pick(KINDS, reader.u8());
  const origin = pick(ORIGINS, reader.u8());
  const viewType = pick(STREAM_VIEW_TYPES, reader.u8());
  return {reader, head: {kind, origin, viewType, labelSum: reader.u32(), timestampHlc: reader.varint(), sizeBytes: reader.varint()}};
}
function pick<Name>(names: readonly Name[], at: number): Name {
  const name = names[at];
  if (name === undefined) throw new DecodeError('unknown word in a stream record');
  return name;
}
