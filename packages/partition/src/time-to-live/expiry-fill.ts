import {ByteReader, ByteWriter, DecodeError, concatBytes} from '@murmuration/base';
import type {GroupId} from '@murmuration/base';
import type {Derivation} from '@murmuration/model';
import type {EffectChange} from '../effect.js';
import {partitionMetaPrefix} from '../partition-record.js';

/** Name of the row among a partition's small state: 'y'. Layout in docs/formats/expiry-rows.md. */
const FILL_NAME = 0x79;
const FILL_VERSION = 1;

/** How far a partition is with listing the items that were there before its table got a time to live, or before it was cut off. */
export interface ExpiryFill {
  readonly isDone: boolean;
  /** First stored key that was not looked at yet; empty at the beginning. */
  readonly cursor: Uint8Array;
}
export const EXPIRY_FILL_NOT_BEGUN: ExpiryFill = {isDone: false, cursor: new Uint8Array(0)};

export function expiryFillKey(group: GroupId): Uint8Array {
  return concatBytes([partitionMetaPrefix(group), Uint8Array.of(FILL_NAME)]);
}

const writer = new ByteWriter(256);
/** @returns fresh bytes */
export function encodeExpiryFill({isDone, cursor}: ExpiryFill): Uint8Array {
  writer.reset();
  writer.u8(FILL_VERSION);
  writer.u8(isDone ? 1 : 0);
  writer.bytes(cursor);
  return writer.finish();
}
/** @throws DecodeError */
export function decodeExpiryFill(bytes: Uint8Array): ExpiryFill {
  const reader = new ByteReader(bytes);
  if (reader.u8() !== FILL_VERSION) throw new DecodeError('unknown version of the state of an expiry fill');
  const flag = reader.u8();
  if (flag > 1) throw new DecodeError('bad state of an expiry fill');
  const fill = {isDone: flag === 1, cursor: reader.bytes().slice()};
  reader.end();
  return fill;
}

/** What becomes of the state when another attribute, or none, names the time: items that are there are to be looked at anew. */
export function restartedFill(group: GroupId, before: Derivation, after: Derivation): readonly EffectChange[] {
  if (before.timeToLiveAttribute === after.timeToLiveAttribute) return [];
  return [{key: expiryFillKey(group), value: undefined}];
}
