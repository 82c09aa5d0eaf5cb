import {ByteReader, ByteWriter, DecodeError, toGroupId} from '@murmuration/base';
import type {GroupId} from '@murmuration/base';
import {readIndexCounts, writeIndexCounts} from './index-counts.js';
import type {IndexCount} from './index-counts.js';

/** Layout in docs/formats/effect.md. Told from the effect of a write by its first byte. */
const SPLIT_EFFECT_VERSION = 2;
/** With what the child takes over of local indexes. */
const SPLIT_EFFECT_VERSION_INDEXED = 4;

/** The upper half of a partition becomes a partition of its own. Carried by the parent's log, so every replica cuts at one place of it. */
export interface SplitEffect {
  /** Its place among the partition's effects, like a write's. */
  readonly sequence: number;
  readonly timestampHlc: number;
  readonly child: GroupId;
  /** First stored key of the child. */
  readonly at: Uint8Array;
  /** Of both halves from now on: one more than the parent had. */
  readonly epoch: number;
  /** What of the parent's counts goes to the child, exact. */
  readonly childItemCount: number;
  readonly childSizeBytes: number;
  /** The same of each local index, by its place; absent where the table has none. */
  readonly childIndexes?: readonly IndexCount[] | undefined;
}

const writer = new ByteWriter(256);

/** @returns fresh bytes owned by the caller */
export function encodeSplitEffect(split: SplitEffect): Uint8Array {
  writer.reset();
  const {childIndexes} = split;
  writer.u8(childIndexes === undefined ? SPLIT_EFFECT_VERSION : SPLIT_EFFECT_VERSION_INDEXED);
  writer.varint(split.sequence);
  writer.varint(split.timestampHlc);
  writer.varint(split.child);
  writer.bytes(split.at);
  writer.varint(split.epoch);
  writer.varint(split.childItemCount);
  writer.varint(split.childSizeBytes);
  if (childIndexes !== undefined) writeIndexCounts(writer, childIndexes);
  return writer.finish();
}

/** Whether a log entry of a partition is a split; everything else is a write or nothing this version knows. */
export function isSplitEffect(bytes: Uint8Array): boolean {
  return bytes[0] === SPLIT_EFFECT_VERSION || bytes[0] === SPLIT_EFFECT_VERSION_INDEXED;
}

/** @throws DecodeError */
export function decodeSplitEffect(bytes: Uint8Array): SplitEffect {
  const reader = new ByteReader(bytes);
  const version = reader.u8();
  if (version !== SPLIT_EFFECT_VERSION && version !== SPLIT_EFFECT_VERSION_INDEXED) throw new DecodeError('not a split');
  const sequence = reader.varint();
  const timestampHlc = reader.varint();
  const child = reader.varint();
  if (child < 1) throw new DecodeError('a split without a child');
  const at = reader.bytes().slice();
  const epoch = reader.varint();
  const childItemCount = reader.varint();
  const childSizeBytes = reader.varint();
  const childIndexes = version === SPLIT_EFFECT_VERSION_INDEXED ? readIndexCounts(reader) : undefined;
  reader.end();
  return {sequence, timestampHlc, child: toGroupId(child), at, epoch, childItemCount, childSizeBytes, ...(childIndexes === undefined ? {} : {childIndexes})};
}
