import {DecodeError, KEY_KIND_PARTITION_META, concatBytes} from '@murmuration/base';
import type {GroupId} from '@murmuration/base';
import {partitionMetaPrefix} from '../partition-record.js';

/** Name of the rows among a partition's small state: 'x'. Layout in docs/formats/expiry-rows.md. */
const EXPIRY_NAME = 0x78;
const NAME_OFFSET = 9;
const SECOND_OFFSET = 10;
const ITEM_OFFSET = 18;
const TWO_POW_32 = 0x1_0000_0000;

/** The whole value of an expiry row: its format. */
export const EXPIRY_VALUE: Uint8Array = Uint8Array.of(1);

/** Where an item is listed by the second at which it is over. Without an item: where that second begins. */
export function expiryKey(group: GroupId, second: number, itemKey: Uint8Array = new Uint8Array(0)): Uint8Array {
  const name = new Uint8Array(9);
  name[0] = EXPIRY_NAME;
  const view = new DataView(name.buffer);
  view.setUint32(1, Math.floor(second / TWO_POW_32));
  view.setUint32(5, second % TWO_POW_32);
  return concatBytes([partitionMetaPrefix(group), name, itemKey]);
}
/** All expiry rows of a partition begin with it. */
export function expiryPrefix(group: GroupId): Uint8Array {
  return concatBytes([partitionMetaPrefix(group), Uint8Array.of(EXPIRY_NAME)]);
}
/** Bytes are views into `key`. @throws DecodeError */
export function readExpiryKey(key: Uint8Array): {readonly second: number; readonly itemKey: Uint8Array} {
  if (key.length <= ITEM_OFFSET || key[0] !== KEY_KIND_PARTITION_META || key[NAME_OFFSET] !== EXPIRY_NAME) throw new DecodeError('not the key of an expiry row');
  const view = new DataView(key.buffer, key.byteOffset, key.byteLength);
  return {second: view.getUint32(SECOND_OFFSET) * TWO_POW_32 + view.getUint32(SECOND_OFFSET + 4), itemKey: key.subarray(ITEM_OFFSET)};
}
