import {encodePartitionKey, parseStoredKey, storedKeyOf} from '@murmuration/model';
import {tokenOf} from '@murmuration/placement';
import type {TransactionName} from './transact-steps.js';

/**
 * A place in a table that follows from the client token alone: it is noted there for which request the token was used, so that another
 * request with it meets the note, whichever item it begins with.
 */
export function tokenHomeIn(tableId: number, token: string): Uint8Array {
  const hash = {kind: 'S', value: token} as const;
  return storedKeyOf(tableId, tokenOf(encodePartitionKey(hash)), {hash, range: undefined});
}
/** The one in the table of the item that a step names: in one that is sent to a home, the home itself. */
export function tokenHomeOf({anchor, token}: Pick<TransactionName, 'anchor' | 'token'>): Uint8Array {
  return tokenHomeIn(parseStoredKey(anchor).tableId, token);
}
