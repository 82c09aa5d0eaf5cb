import {ByteReader, ByteWriter, DecodeError, KEY_KIND_PARTITION_META, compareBytes, toGroupId} from '@murmuration/base';
import type {GroupId} from '@murmuration/base';
import {areCounts, readIndexCounts, writeIndexCounts} from './index-counts.js';
import type {IndexCount} from './index-counts.js';

/** Layout in docs/formats/partition-record.md. */
const RECORD_VERSION = 2;
/** With counts of local indexes. */
const RECORD_VERSION_INDEXED = 3;
/** Without range, epoch and split: written before partitions could be split. */
const RECORD_VERSION_RANGELESS = 1;

/** A half-open range of stored keys and the number of times it was cut, plus one. */
export interface PartitionRange {
  readonly from: Uint8Array;
  readonly until: Uint8Array;
  readonly epoch: number;
}

/** The newest split a partition went through: told to the control plane until the map shows it. */
export interface SplitMark {
  readonly child: GroupId;
  readonly at: Uint8Array;
  readonly childItemCount: number;
  readonly childSizeBytes: number;
}

/**
 * The little a partition must remember beside its rows. Written with every effect, in its atomic batch. The range is
 * part of it, so that rows and range are always of one moment: in the store, and in every snapshot.
 */
export interface PartitionRecord extends PartitionRange {
  /** Of the newest applied effect; 0 before the first. */
  readonly sequence: number;
  readonly timestampHlc: number;
  readonly itemCount: number;
  /** Sum of item sizes by DynamoDB's rule. */
  readonly sizeBytes: number;
  readonly lastSplit: SplitMark | undefined;
  /** What each local index holds here, by its place; absent until the first write, and where the table has none. */
  readonly indexes?: readonly IndexCount[] | undefined;
}

/** The record of a partition that nothing was written to. */
export function emptyRecord({from, until, epoch}: PartitionRange): PartitionRecord {
  return {sequence: 0, timestampHlc: 0, itemCount: 0, sizeBytes: 0, from, until, epoch, lastSplit: undefined};
}

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

/** Key of the derivation that the partition follows: the prefix and the name 'd'. */
export function derivationKey(group: GroupId): Uint8Array {
  const key = new Uint8Array(10);
  key.set(partitionMetaPrefix(group));
  key[9] = 0x64;
  return key;
}

/** Key of what the leader has left of its burst: the prefix and the name 'u'. */
export function budgetKey(group: GroupId): Uint8Array {
  const key = new Uint8Array(10);
  key.set(partitionMetaPrefix(group));
  key[9] = 0x75;
  return key;
}

const writer = new ByteWriter(256);
export function encodePartitionRecord(record: PartitionRecord): Uint8Array {
  writer.reset();
  const {lastSplit, indexes = []} = record;
  writer.u8(indexes.length === 0 ? RECORD_VERSION : RECORD_VERSION_INDEXED);
  writer.varint(record.sequence);
  writer.varint(record.timestampHlc);
  writer.varint(record.itemCount);
  writer.varint(record.sizeBytes);
  writer.varint(record.epoch);
  writer.bytes(record.from);
  writer.bytes(record.until);
  writer.varint(lastSplit?.child ?? 0);
  if (lastSplit !== undefined) {
    writer.bytes(lastSplit.at);
    writer.varint(lastSplit.childItemCount);
    writer.varint(lastSplit.childSizeBytes);
  }
  if (indexes.length > 0) writeIndexCounts(writer, indexes);
  return writer.finish();
}
/** @param birth the range for a record that was written before ranges were part of it @throws DecodeError */
export function decodePartitionRecord(bytes: Uint8Array, birth: PartitionRange): PartitionRecord {
  const reader = new ByteReader(bytes);
  const version = reader.u8();
  if (version !== RECORD_VERSION && version !== RECORD_VERSION_INDEXED && version !== RECORD_VERSION_RANGELESS) throw new DecodeError(`unknown version of partition record: ${version}`);
  const counts = {sequence: reader.varint(), timestampHlc: reader.varint(), itemCount: reader.varint(), sizeBytes: reader.varint()};
  const record = version === RECORD_VERSION_RANGELESS ? {...emptyRecord(birth), ...counts} : {...counts, ...readRange(reader), ...readIndexes(reader, version)};
  reader.end();
  return record;
}

function readRange(reader: ByteReader): PartitionRange & {readonly lastSplit: SplitMark | undefined} {
  const epoch = reader.varint();
  const from = reader.bytes().slice();
  const until = reader.bytes().slice();
  if (epoch < 1 || compareBytes(from, until) >= 0) throw new DecodeError('a partition record without a range');
  const child = reader.varint();
  const lastSplit = child === 0
    ? undefined
    : {child: toGroupId(child), at: reader.bytes().slice(), childItemCount: reader.varint(), childSizeBytes: reader.varint()};
  return {from, until, epoch, lastSplit};
}

function readIndexes(reader: ByteReader, version: number): Pick<PartitionRecord, 'indexes'> {
  if (version !== RECORD_VERSION_INDEXED) return {};
  const indexes = readIndexCounts(reader);
  if (!areCounts(indexes)) throw new DecodeError('an index holds less than nothing');
  return {indexes};
}
