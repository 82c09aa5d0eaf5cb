import {assert, unreachable} from '@murmuration/base';

/** One read unit covers this much of an item, read strongly. */
export const READ_UNIT_SIZE_BYTES = 4096;
/** One write unit covers this much of an item. */
export const WRITE_UNIT_SIZE_BYTES = 1024;

/**
 * Cost of reading `sizeBytes` at once: one item, or the sum of what a page evaluated. Nothing found still costs
 * the minimum.
 * @param isConsistent whether the read was strongly consistent; otherwise it costs half
 * @returns integer half units, at least 1
 */
export function readHalfUnits(sizeBytes: number, isConsistent: boolean): number {
  assert(Number.isSafeInteger(sizeBytes) && sizeBytes >= 0, 'size must be a safe integer of at least 0', {sizeBytes});
  const blockCount = Math.max(1, Math.ceil(sizeBytes / READ_UNIT_SIZE_BYTES));
  return isConsistent ? blockCount * 2 : blockCount;
}

/**
 * Cost of writing one item: pass the larger of the old and the new size.
 * @returns integer half units, at least 2, always even
 */
export function writeHalfUnits(sizeBytes: number): number {
  assert(Number.isSafeInteger(sizeBytes) && sizeBytes >= 0, 'size must be a safe integer of at least 0', {sizeBytes});
  return Math.max(1, Math.ceil(sizeBytes / WRITE_UNIT_SIZE_BYTES)) * 2;
}

/** The same work inside a transaction: it is done twice, to prepare and to commit. */
export function transactionalHalfUnits(halfUnits: number): number {
  return halfUnits * 2;
}

/** Half units as the number the wire shows in `CapacityUnits`: 1 becomes 0.5. Exact for every safe integer. */
export function toCapacityUnits(halfUnits: number): number {
  assert(Number.isSafeInteger(halfUnits) && halfUnits >= 0, 'half units must be a safe integer of at least 0', {halfUnits});
  return halfUnits / 2;
}

/** How a read was asked for: an eventual one costs half of a strong one, a transactional one twice as much. */
export type ReadMode = 'eventual' | 'strong' | 'transactional';

/** Cost of one read of `sizeBytes` in any mode. @returns integer half units, at least 1 */
export function readModeHalfUnits(sizeBytes: number, mode: ReadMode): number {
  const strong = readHalfUnits(sizeBytes, mode !== 'eventual');
  return mode === 'transactional' ? transactionalHalfUnits(strong) : strong;
}

/** Cost of several keys read in one request: each is rounded up by itself, a missing one has size 0. */
export function batchReadHalfUnits(sizesBytes: readonly number[], mode: ReadMode): number {
  let halfUnits = 0;
  for (const sizeBytes of sizesBytes) halfUnits += readModeHalfUnits(sizeBytes, mode);
  return halfUnits;
}

/**
 * Cost of one page of a Query or Scan.
 * @param scannedSizesBytes evaluated bytes of each partition visited, each rounded up by itself; none means an empty range
 * @param fetchedBlockCount blocks of 4 KB of items read beside their index entries, each item rounded up already
 */
export function pageHalfUnits(scannedSizesBytes: readonly number[], fetchedBlockCount: number, mode: 'eventual' | 'strong'): number {
  assert(Number.isSafeInteger(fetchedBlockCount) && fetchedBlockCount >= 0, 'a count of blocks is an integer of at least 0', {fetchedBlockCount});
  const scanned = scannedSizesBytes.length === 0 ? readModeHalfUnits(0, mode) : batchReadHalfUnits(scannedSizesBytes, mode);
  return scanned + fetchedBlockCount * (mode === 'strong' ? 2 : 1);
}

/** Cost of writing an item over another one, or deleting it: the larger of the two counts, and 0 stands for "not there". */
export function itemWriteHalfUnits(oldSizeBytes: number, newSizeBytes: number): number {
  return writeHalfUnits(Math.max(oldSizeBytes, newSizeBytes));
}

/** Cost of a write whose condition failed: of the item that is there, or one unit when there is none. */
export function failedConditionHalfUnits(existingSizeBytes: number): number {
  return writeHalfUnits(existingSizeBytes);
}

/** What a write does to the entry of one index. `moved` is a changed key: the old entry goes, a new one comes. */
export type IndexEntryChange =
  | {readonly kind: 'none'}
  | {readonly kind: 'added'; readonly newSizeBytes: number}
  | {readonly kind: 'removed'; readonly oldSizeBytes: number}
  | {readonly kind: 'replaced'; readonly oldSizeBytes: number; readonly newSizeBytes: number}
  | {readonly kind: 'moved'; readonly oldSizeBytes: number; readonly newSizeBytes: number};

/** Cost of an index entry's change: the table pays it for a local index, the index itself for a global one. */
export function indexEntryHalfUnits(change: IndexEntryChange): number {
  switch (change.kind) {
    case 'none':
      return 0;
    case 'added':
      return writeHalfUnits(change.newSizeBytes);
    case 'removed':
      return writeHalfUnits(change.oldSizeBytes);
    case 'replaced':
      return writeHalfUnits(Math.max(change.oldSizeBytes, change.newSizeBytes));
    case 'moved':
      return writeHalfUnits(change.oldSizeBytes) + writeHalfUnits(change.newSizeBytes);
    default:
      return unreachable(change);
  }
}
