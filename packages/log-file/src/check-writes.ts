import {assert} from '@murmuration/base';
import type {GroupId, LogWrite} from '@murmuration/base';
import {RECORD_HEADER_BYTES} from './format.js';

/** The bounds of a group's log that a write must fit. */
export interface LogBounds {
  readonly firstIndex: number;
  readonly lastIndex: number;
}

export const DESCRIPTOR_BYTES_MAX = 64 * 1024;

export interface WritesCheck {
  /** Bytes of the records of each write, without a batch's header. */
  readonly sizesBytes: readonly number[];
  readonly sizeBytesTotal: number;
  readonly sizeBytesLargest: number;
  readonly hasEntries: boolean;
  /** The first group whose entries would leave a hole behind its last index. */
  readonly holeIn: GroupId | undefined;
}

/**
 * Checks an append before anything of it takes effect. Broken preconditions are our own faults and throw; a hole is
 * only reported, since it is no fault when the append before it was refused.
 * @throws AssertionError
 */
export function checkWrites(writes: readonly LogWrite[], boundsOf: (group: GroupId) => LogBounds | undefined): WritesCheck {
  const sizesBytes: number[] = [];
  let sizeBytesTotal = 0;
  let sizeBytesLargest = 0;
  let hasEntries = false;
  let holeIn: GroupId | undefined;
  // Only an append that names a group twice pays for this map.
  const seen = writes.length > 1 ? new Map<GroupId, LogBounds>() : undefined;
  for (const write of writes) {
    let sizeBytes = 0;
    let bounds = seen?.get(write.group) ?? boundsOf(write.group);
    assert(bounds !== undefined || write.descriptor !== undefined, 'a group begins with its descriptor', {group: write.group});
    bounds ??= {firstIndex: 1, lastIndex: 0};
    if (write.snapshot !== undefined) {
      bounds = {firstIndex: write.snapshot.index + 1, lastIndex: write.snapshot.index};
      sizeBytes += RECORD_HEADER_BYTES;
    }
    const {entries} = write;
    const first = entries?.[0];
    if (entries !== undefined && first !== undefined) {
      hasEntries = true;
      assert(first.index >= bounds.firstIndex, 'entries below the first index', {group: write.group, index: first.index, firstIndex: bounds.firstIndex});
      if (first.index > bounds.lastIndex + 1) holeIn ??= write.group;
      let index: number = first.index;
      for (const entry of entries) {
        assert(entry.index === index, 'entries must be contiguous', {group: write.group, index: entry.index, expected: index});
        index += 1;
        sizeBytes += RECORD_HEADER_BYTES + entry.data.length;
      }
      bounds = {firstIndex: bounds.firstIndex, lastIndex: index - 1};
    }
    if (write.hardState !== undefined) sizeBytes += RECORD_HEADER_BYTES + 8;
    if (write.descriptor !== undefined) {
      assert(write.descriptor.length <= DESCRIPTOR_BYTES_MAX, 'descriptor above its size', {group: write.group, sizeBytes: write.descriptor.length});
      sizeBytes += RECORD_HEADER_BYTES + write.descriptor.length;
    }
    seen?.set(write.group, bounds);
    sizesBytes.push(sizeBytes);
    sizeBytesTotal += sizeBytes;
    sizeBytesLargest = Math.max(sizeBytesLargest, sizeBytes);
  }
  return {sizesBytes, sizeBytesTotal, sizeBytesLargest, hasEntries, holeIn};
}
