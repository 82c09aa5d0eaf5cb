import type {IndexId, TableId} from '@murmuration/base';
import {storedKeyPrefix, storedTableRange} from '@murmuration/model';
import type {StoredKeyRange} from '@murmuration/model';

/** Bytes before the token: kind, table, index (docs/formats/stored-key.md). */
const SPACE_PREFIX_BYTES = 7;

/** All stored keys a table or index can have, half open: what its partitions must tile. */
export function spaceOf(table: TableId, index: IndexId): StoredKeyRange {
  return storedTableRange(table, index);
}

/** The first stored key of a token: partition borders are cut there. @param token 0..2^32-1 */
export function tokenBorder(table: TableId, index: IndexId, token: number): Uint8Array {
  return storedKeyPrefix(table, index, token);
}

/** One number for a table and index, for maps: below 2^48, so exact. */
export function spaceNumber(table: number, index: number): number {
  return table * 0x1_0000 + index;
}

/** The same number read from a stored key. @returns undefined when the key is too short to name a table */
export function spaceNumberOfKey(storedKey: Uint8Array): number | undefined {
  if (storedKey.length < SPACE_PREFIX_BYTES) return undefined;
  const at = (i: number): number => storedKey[i] as number;
  const table = at(1) * 0x100_0000 + ((at(2) << 16) | (at(3) << 8) | at(4));
  return spaceNumber(table, (at(5) << 8) | at(6));
}
