import {encodePartitionKey, parseStoredKey, storedKeyOf} from '@murmuration/model';
import {tokenOf} from '@murmuration/placement';
import type {TransactionName} from './transact-steps.js';

/**
 * A place in the table of a transaction's first item that follows from the client token alone: it is noted there for which request the
 * token was used, so that another request with it meets the note, whichever item it begins with.
 */
export function tokenHomeOf({anchor, token}: Pick<TransactionName, 'anchor' | 'token'>): Uint8Array {
  const hash = {kind: 'S', value: token} as const;
  return storedKeyOf(parseStoredKey(anchor).tableId, tokenOf(encodePartitionKey(hash)), {hash, range: undefined});
}
