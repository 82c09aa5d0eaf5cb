import {ByteReader, ByteWriter, DecodeError, concatBytes} from '@murmuration/base';
import {OUTBOX_INDEX_ID, indexIdOf, shiftIndex} from '@murmuration/model';
import type {EffectChange} from '../effect.js';

/** Layout in docs/formats/global-indexes.md. */
const OUTBOX_VERSION = 2;
/** Without values that are named by the one before them. */
const OUTBOX_VERSION_PLAIN = 1;
const SEQUENCE_SIZE_BYTES = 8;
const OP_DELETE = 0;
const OP_PUT = 1;
/** With the value of the put before it: several indexes mostly hold the same of an item. */
const OP_PUT_SAME = 2;

/** Where it is kept what one effect of an item has to tell to global indexes. @param itemKey stored key of the item */
export function outboxKey(itemKey: Uint8Array, sequence: number): Uint8Array {
  const bytes = new Uint8Array(SEQUENCE_SIZE_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, Math.floor(sequence / 0x1_0000_0000));
  view.setUint32(4, sequence % 0x1_0000_0000);
  return concatBytes([shiftIndex(itemKey, OUTBOX_INDEX_ID), bytes]);
}
export function isOutboxKey(key: Uint8Array): boolean {
  return indexIdOf(key) === OUTBOX_INDEX_ID;
}
/** Sequence of the effect that put the row there. @throws DecodeError */
export function sequenceOfOutbox(key: Uint8Array): number {
  if (key.length <= SEQUENCE_SIZE_BYTES) throw new DecodeError('an outbox key without a sequence');
  const view = new DataView(key.buffer, key.byteOffset + key.length - SEQUENCE_SIZE_BYTES, SEQUENCE_SIZE_BYTES);
  const sequence = view.getUint32(0) * 0x1_0000_0000 + view.getUint32(4);
  if (!Number.isSafeInteger(sequence)) throw new DecodeError('a sequence above the safe integers');
  return sequence;
}
/** The stored key of the item that the row belongs to. */
export function itemKeyOfOutbox(key: Uint8Array): Uint8Array {
  return shiftIndex(key.subarray(0, key.length - SEQUENCE_SIZE_BYTES), -OUTBOX_INDEX_ID);
}

const writer = new ByteWriter(1024);

/** @param entries rows of indexes to be set or removed, each named by its whole stored key; at least one */
export function encodeOutbox(entries: readonly EffectChange[]): Uint8Array {
  writer.reset();
  writer.u8(OUTBOX_VERSION);
  writeEntries(writer, entries);
  return writer.finish();
}
/** Byte fields are views into `bytes`. @throws DecodeError */
export function decodeOutbox(bytes: Uint8Array): readonly EffectChange[] {
  const reader = new ByteReader(bytes);
  const version = reader.u8();
  if (version !== OUTBOX_VERSION && version !== OUTBOX_VERSION_PLAIN) throw new DecodeError('unknown version of an outbox row');
  const entries = readEntries(reader);
  reader.end();
  return entries;
}

/** Count, then kind, key and for a put the value of each, unless it is that of the put before it. */
export function writeEntries(out: ByteWriter, entries: readonly EffectChange[]): void {
  out.varint(entries.length);
  let last: Uint8Array | undefined;
  for (const {key, value} of entries) {
    const isSame = value !== undefined && value === last;
    out.u8(value === undefined ? OP_DELETE : isSame ? OP_PUT_SAME : OP_PUT);
    out.bytes(key);
    if (value !== undefined && !isSame) out.bytes(value);
    if (value !== undefined) last = value;
  }
}
/** @throws DecodeError */
export function readEntries(reader: ByteReader): readonly EffectChange[] {
  const count = reader.varint();
  if (count === 0 || count > reader.remainingBytes) throw new DecodeError('bad count of index entries');
  const entries: EffectChange[] = [];
  let last: Uint8Array | undefined;
  for (let i = 0; i < count; i += 1) {
    const kind = reader.u8();
    if (kind > OP_PUT_SAME) throw new DecodeError('unknown kind of change of an index entry');
    const key = reader.bytes();
    if (kind === OP_PUT) last = reader.bytes();
    else if (kind === OP_PUT_SAME && last === undefined) throw new DecodeError('an index entry with the value of none before it');
    entries.push({key, value: kind === OP_DELETE ? undefined : last});
  }
  return entries;
}
