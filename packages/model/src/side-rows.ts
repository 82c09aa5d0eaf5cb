import {concatBytes, toIndexId, utf8Encode} from '@murmuration/base';
import type {IndexId} from '@murmuration/base';
import {encodeKeyValue} from './key-encoding.js';
import {indexIdOf, shiftIndex} from './local-index.js';

/** What of an item waits to be told to global indexes. */
export const OUTBOX_INDEX_ID: IndexId = toIndexId(0xfffd);
/** The transaction that holds an item. */
export const PENDING_INDEX_ID: IndexId = toIndexId(0xfffc);
/** What became of transactions whose first item this is. */
export const DECISION_INDEX_ID: IndexId = toIndexId(0xfffb);

/**
 * Index ids of rows that belong to an item and are no entry of an index. They lie at the place of their item under these ids,
 * so a split, a snapshot, a move and a removal take them along. Every table has these ranges; mostly they are empty.
 */
export const SIDE_INDEX_IDS: readonly IndexId[] = [OUTBOX_INDEX_ID, PENDING_INDEX_ID, DECISION_INDEX_ID];

/** Where the transaction that holds an item is kept. @param itemKey stored key of the item */
export function pendingKeyOf(itemKey: Uint8Array): Uint8Array {
  return shiftIndex(itemKey, PENDING_INDEX_ID);
}
export function isPendingKey(key: Uint8Array): boolean {
  return indexIdOf(key) === PENDING_INDEX_ID;
}
/** The stored key of the item that a pending row belongs to. */
export function itemKeyOfPending(key: Uint8Array): Uint8Array {
  return shiftIndex(key, -PENDING_INDEX_ID);
}
export function isDecisionKey(key: Uint8Array): boolean {
  return indexIdOf(key) === DECISION_INDEX_ID;
}
/** Where it is kept that a client token was carried out. @param anchor stored key of the first item of its transaction */
export function decisionKeyOf(anchor: Uint8Array, token: string): Uint8Array {
  return concatBytes([shiftIndex(anchor, DECISION_INDEX_ID), encodeKeyValue({kind: 'S', value: token})]);
}
/** Where it is noted for what request a client token was used. @param home where the token lies, whatever its transaction is about */
export function tokenNoteKeyOf(home: Uint8Array): Uint8Array {
  return concatBytes([shiftIndex(home, DECISION_INDEX_ID), encodeKeyValue({kind: 'N', value: '0'})]);
}
/** Where it is kept that a transaction was given up, so that nothing of it that comes late is taken. */
export function fenceKeyOf(anchor: Uint8Array, transaction: string): Uint8Array {
  return concatBytes([shiftIndex(anchor, DECISION_INDEX_ID), encodeKeyValue({kind: 'B', value: utf8Encode(transaction)})]);
}
