import {assert} from '@murmuration/base';

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
