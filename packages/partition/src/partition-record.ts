import {ByteReader, ByteWriter, DecodeError, KEY_KIND_PARTITION_META} from '@murmuration/base';
import type {GroupId} from '@murmuration/base';

/** Layout in docs/formats/partition-record.md. */
const RECORD_VERSION = 1;

/** The little a partition must remember beside its rows. Written with every effect, in its atomic batch. */
export interface PartitionRecord {
  /** Of the newest applied effect; 0 before the first. */
  readonly sequence: number;
  readonly timestampHlc: number;
  readonly itemCount: number;
  /** Sum of item sizes by DynamoDB's rule. */
  readonly sizeBytes: number;
}
export const EMPTY_RECORD: PartitionRecord = {sequence: 0, timestampHlc: 0, itemCount: 0, sizeBytes: 0};

/** Prefix of all small state of one partition. */
export function partitionMetaPrefix(group: GroupId): Uint8Array {
  const key = new Uint8Array(9);
  const view = new DataView(key.buffer);
  key[0] = KEY_KIND_PARTITION_META;
  view.setUint32(1, Math.floor(group / 0x1_0000_0000));
  view.setUint32(5, group % 0x1_0000_0000);
  return key;
}
/** Key of the record: the prefix and the name 'r'. */
export function partitionRecordKey(group: GroupId): Uint8Array {
  const key = new Uint8Array(10);
  key.set(partitionMetaPrefix(group));
  key[9] = 0x72;
  return key;
}

const writer = new ByteWriter(64);
export function encodePartitionRecord(record: PartitionRecord): Uint8Array {
  writer.reset();
  writer.u8(RECORD_VERSION);
  writer.varint(record.sequence);
  writer.varint(record.timestampHlc);
  writer.varint(record.itemCount);
  writer.varint(record.sizeBytes);
  return writer.finish();
}
/** @throws DecodeError */
export function decodePartitionRecord(bytes: Uint8Array): PartitionRecord {
  const reader = new ByteReader(bytes);
  const version = reader.u8();
  if (version !== RECORD_VERSION) throw new DecodeError(`unknown version of partition record: ${version}`);
  const record = {sequence: reader.varint(), timestampHlc: reader.varint(), itemCount: reader.varint(), sizeBytes: reader.varint()};
  reader.end();
  return record;
}
