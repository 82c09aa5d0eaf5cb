import {ByteReader, ByteWriter, DecodeError, KEY_KIND_PARTITION_META, crc32c, toGroupId, utf8Encode} from '@murmuration/base';
import type {GroupId} from '@murmuration/base';
import type {ShardName} from '@murmuration/model';
import {partitionMetaPrefix} from '../partition-record.js';

/** A stretch of a partition's sequence whose records belong to one stream. */
export interface StreamShard extends ShardName {
  /** Of its stream. */
  readonly label: string;
  readonly parent: ShardName | undefined;
  /** The first sequence whose records are its. */
  readonly startSequence: number;
  /** The first that is not, once it is closed. */
  readonly endSequence: number | undefined;
  /** When it was closed. */
  readonly endHlc: number | undefined;
  /** Records below were removed. */
  readonly trimmedUntil: number;
  /** Whose first shard is a child of it, beside this partition's next one: it was closed by a split. */
  readonly splitChild: GroupId | undefined;
}

/** Name of the rows among a partition's small state: 'h'. */
const SHARD_NAME = 0x68;
const PREFIX_SIZE_BYTES = 10;
const KEY_SIZE_BYTES = PREFIX_SIZE_BYTES + 8;
const SHARD_VERSION = 1;

/** Key of a shard: the partition's prefix, 'h', first sequence (8). */
export function streamShardKey(group: GroupId, startSequence: number): Uint8Array {
  const key = new Uint8Array(KEY_SIZE_BYTES);
  key.set(partitionMetaPrefix(group));
  key[9] = SHARD_NAME;
  const view = new DataView(key.buffer);
  view.setUint32(10, Math.floor(startSequence / 0x1_0000_0000));
  view.setUint32(14, startSequence % 0x1_0000_0000);
  return key;
}
export function streamShardsPrefix(group: GroupId): Uint8Array {
  return streamShardKey(group, 0).slice(0, PREFIX_SIZE_BYTES);
}
export function isStreamShardKey(key: Uint8Array): boolean {
  return key.length === KEY_SIZE_BYTES && key[0] === KEY_KIND_PARTITION_META && key[9] === SHARD_NAME;
}
/** What a record carries of its stream's label. */
export function labelSumOf(label: string): number {
  return crc32c(utf8Encode(label));
}

/** @returns fresh bytes; layout in docs/formats/stream-rows.md */
export function encodeStreamShard(shard: StreamShard): Uint8Array {
  const writer = new ByteWriter(128);
  writeStreamShard(writer, shard);
  return writer.finish();
}
export function writeStreamShard(writer: ByteWriter, shard: StreamShard): void {
  writer.u8(SHARD_VERSION);
  writer.text(shard.label);
  writer.varint(shard.group);
  writer.varint(shard.createdHlc);
  writer.varint(shard.parent?.group ?? 0);
  if (shard.parent !== undefined) writer.varint(shard.parent.createdHlc);
  writer.varint(shard.startSequence);
  writer.varint(shard.endSequence ?? 0);
  writer.varint(shard.endHlc ?? 0);
  writer.varint(shard.trimmedUntil);
  writer.varint(shard.splitChild ?? 0);
}
/** @throws DecodeError */
export function decodeStreamShard(bytes: Uint8Array): StreamShard {
  const reader = new ByteReader(bytes);
  const shard = readStreamShard(reader);
  reader.end();
  return shard;
}
/** @throws DecodeError */
export function readStreamShard(reader: ByteReader): StreamShard {
  if (reader.u8() !== SHARD_VERSION) throw new DecodeError('unknown version of a stream shard');
  const label = reader.text();
  const group = readGroup(reader.varint());
  const createdHlc = reader.varint();
  const parentGroup = reader.varint();
  const parent = parentGroup === 0 ? undefined : {group: toGroupId(parentGroup), createdHlc: reader.varint()};
  const startSequence = reader.varint();
  const endSequence = reader.varint();
  const endHlc = reader.varint();
  const trimmedUntil = reader.varint();
  const child = reader.varint();
  if (group === undefined || label === '' || (endSequence !== 0 && endSequence < startSequence)) throw new DecodeError('a stream shard without partition, label or extent');
  return {
    label, group, createdHlc, parent, startSequence, trimmedUntil,
    endSequence: endSequence === 0 ? undefined : endSequence, endHlc: endHlc === 0 ? undefined : endHlc, splitChild: readGroup(child),
  };
}
function readGroup(value: number): GroupId | undefined {
  return value === 0 ? undefined : toGroupId(value);
}
