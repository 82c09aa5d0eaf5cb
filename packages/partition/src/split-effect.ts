import {ByteReader, ByteWriter, DecodeError, toGroupId} from '@murmuration/base';
import type {GroupId} from '@murmuration/base';

/** Layout in docs/formats/effect.md. Told from the effect of a write by its first byte. */
const SPLIT_EFFECT_VERSION = 2;

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
}

const writer = new ByteWriter(256);

/** @returns fresh bytes owned by the caller */
export function encodeSplitEffect(split: SplitEffect): Uint8Array {
  writer.reset();
  writer.u8(SPLIT_EFFECT_VERSION);
  writer.varint(split.sequence);
  writer.varint(split.timestampHlc);
  writer.varint(split.child);
  writer.bytes(split.at);
  writer.varint(split.epoch);
  writer.varint(split.childItemCount);
  writer.varint(split.childSizeBytes);
  return writer.finish();
}

/** Whether a log entry of a partition is a split; everything else is a write or nothing this version knows. */
export function isSplitEffect(bytes: Uint8Array): boolean {
  return bytes[0] === SPLIT_EFFECT_VERSION;
}

/** @throws DecodeError */
export function decodeSplitEffect(bytes: Uint8Array): SplitEffect {
  const reader = new ByteReader(bytes);
  if (reader.u8() !== SPLIT_EFFECT_VERSION) throw new DecodeError('not a split');
  const sequence = reader.varint();
  const timestampHlc = reader.varint();
  const child = reader.varint();
  if (child < 1) throw new DecodeError('a split without a child');
  const at = reader.bytes().slice();
  const epoch = reader.varint();
  const childItemCount = reader.varint();
  const childSizeBytes = reader.varint();
  reader.end();
  return {sequence, timestampHlc, child: toGroupId(child), at, epoch, childItemCount, childSizeBytes};
}
