import {ByteReader, ByteWriter, DecodeError, assert} from '@murmuration/base';
import {addIndexCounts, readIndexCounts, unzigzag, writeIndexCounts, zigzag} from './index-counts.js';
import type {IndexCount} from './index-counts.js';

/** Layout in docs/formats/effect.md. */
const EFFECT_VERSION = 1;
/** With what changes in local indexes. 2 is a split's. */
const EFFECT_VERSION_INDEXED = 3;
/** Of several items at once. 4 is a split's with local indexes. */
const EFFECT_VERSION_ITEMS = 5;
const CHANGE_DELETE = 0;
const CHANGE_PUT = 1;

/** One row an effect sets, or removes when `value` is undefined. */
export interface EffectChange {
  readonly key: Uint8Array;
  readonly value: Uint8Array | undefined;
}

/** What an effect of several items does to the counts by one of them. */
export interface ItemDelta {
  /** Place of the item's own row among the changes. */
  readonly changeIndex: number;
  readonly itemCountDelta: number;
  readonly sizeBytesDelta: number;
  readonly indexDeltas?: readonly IndexCount[] | undefined;
}

/** What one write does, as exact bytes: replicas carry it out and never evaluate anything. */
export interface Effect {
  /** One more than the sequence of the effect it was evaluated on. Refused at apply when it is not the next one. */
  readonly sequence: number;
  /** Hybrid logical time of the write; see hlc.ts. */
  readonly timestampHlc: number;
  readonly itemCountDelta: number;
  readonly sizeBytesDelta: number;
  /** Of each local index, by its place; absent where the table has none. */
  readonly indexDeltas?: readonly IndexCount[] | undefined;
  /** The item's own row first, then its index entries and the size of its collection. */
  readonly changes: readonly EffectChange[];
  /**
   * Two or more, of a transaction: each has a sequence of its own, from `sequence` on, and the totals above are their sums.
   * Absent where one item or none is written.
   */
  readonly items?: readonly ItemDelta[] | undefined;
}

/** The sequence of the partition after an effect. */
export function lastSequenceOf({sequence, items}: Pick<Effect, 'sequence' | 'items'>): number {
  return items === undefined ? sequence : sequence + items.length - 1;
}

const writer = new ByteWriter(4096);

/** @returns fresh bytes owned by the caller */
export function encodeEffect(effect: Effect): Uint8Array {
  assert(effect.changes.length > 0, 'an effect changes something');
  writer.reset();
  const {indexDeltas, items} = effect;
  assert(items === undefined || items.length > 1, 'an effect of one item does not list it');
  writer.u8(items !== undefined ? EFFECT_VERSION_ITEMS : indexDeltas === undefined ? EFFECT_VERSION : EFFECT_VERSION_INDEXED);
  writer.varint(effect.sequence);
  writer.varint(effect.timestampHlc);
  writer.varint(zigzag(effect.itemCountDelta));
  writer.varint(zigzag(effect.sizeBytesDelta));
  if (items !== undefined) writeItems(items);
  else if (indexDeltas !== undefined) writeIndexCounts(writer, indexDeltas);
  writer.varint(effect.changes.length);
  for (const {key, value} of effect.changes) {
    writer.u8(value === undefined ? CHANGE_DELETE : CHANGE_PUT);
    writer.bytes(key);
    if (value !== undefined) writer.bytes(value);
  }
  return writer.finish();
}

/** Byte fields are views into `bytes`. @throws DecodeError */
export function decodeEffect(bytes: Uint8Array): Effect {
  const reader = new ByteReader(bytes);
  const version = reader.u8();
  if (version !== EFFECT_VERSION && version !== EFFECT_VERSION_INDEXED && version !== EFFECT_VERSION_ITEMS) throw new DecodeError(`unknown version of effect: ${version}`);
  const sequence = reader.varint();
  const timestampHlc = reader.varint();
  const itemCountDelta = unzigzag(reader.varint());
  const sizeBytesDelta = unzigzag(reader.varint());
  const items = version === EFFECT_VERSION_ITEMS ? readItems(reader) : undefined;
  const indexDeltas = version === EFFECT_VERSION_INDEXED ? readIndexCounts(reader) : sumOf(items);
  const count = reader.varint();
  if (count === 0 || count > reader.remainingBytes) throw new DecodeError('bad count of changes');
  const changes: EffectChange[] = [];
  for (let i = 0; i < count; i += 1) {
    const kind = reader.u8();
    if (kind !== CHANGE_PUT && kind !== CHANGE_DELETE) throw new DecodeError('unknown kind of change');
    changes.push({key: reader.bytes(), value: kind === CHANGE_PUT ? reader.bytes() : undefined});
  }
  reader.end();
  if (items?.some(({changeIndex}) => changeIndex >= count) === true) throw new DecodeError('an item without its row');
  return {sequence, timestampHlc, itemCountDelta, sizeBytesDelta, ...(indexDeltas === undefined ? {} : {indexDeltas}), changes, ...(items === undefined ? {} : {items})};
}

/** What several items do to the local indexes together; undefined where the table has none. */
export function sumOf(items: readonly ItemDelta[] | undefined): readonly IndexCount[] | undefined {
  return items?.reduce<readonly IndexCount[] | undefined>((sum, {indexDeltas}) => (indexDeltas === undefined ? sum : addIndexCounts(sum ?? [], indexDeltas)), undefined);
}

function writeItems(items: readonly ItemDelta[]): void {
  writer.varint(items.length);
  for (const {changeIndex, itemCountDelta, sizeBytesDelta, indexDeltas} of items) {
    writer.varint(changeIndex);
    writer.varint(zigzag(itemCountDelta));
    writer.varint(zigzag(sizeBytesDelta));
    writer.u8(indexDeltas === undefined ? 0 : 1);
    if (indexDeltas !== undefined) writeIndexCounts(writer, indexDeltas);
  }
}
function readItems(reader: ByteReader): readonly ItemDelta[] {
  const count = reader.varint();
  if (count < 2 || count > reader.remainingBytes) throw new DecodeError('bad count of items');
  return Array.from({length: count}, () => {
    const delta = {changeIndex: reader.varint(), itemCountDelta: unzigzag(reader.varint()), sizeBytesDelta: unzigzag(reader.varint())};
    return reader.u8() === 0 ? delta : {...delta, indexDeltas: readIndexCounts(reader)};
  });
}
