import {assert} from '@murmuration/base';
import type {GroupId, LogWrite} from '@murmuration/base';

const DESCRIPTOR_BYTES_MAX = 64 * 1024;

/**
 * Refuses an append that breaks a precondition of the port, before anything of it takes effect.
 * @returns the first group whose entries would leave a hole: a fault, unless the append before it was refused
 * @throws AssertionError
 */
export function checkWrites(
  writes: readonly LogWrite[], boundsOf: (group: GroupId) => {readonly firstIndex: number; readonly lastIndex: number} | undefined,
): GroupId | undefined {
  let holeIn: GroupId | undefined;
  const seen = new Map<GroupId, {readonly firstIndex: number; readonly lastIndex: number}>();
  for (const write of writes) {
    let bounds = seen.get(write.group) ?? boundsOf(write.group);
    assert(bounds !== undefined || write.descriptor !== undefined, 'a group begins with its descriptor', {group: write.group});
    bounds ??= {firstIndex: 1, lastIndex: 0};
    if (write.snapshot !== undefined) bounds = {firstIndex: write.snapshot.index + 1, lastIndex: write.snapshot.index};
    const first = write.entries?.[0];
    if (write.entries !== undefined && first !== undefined) {
      assert(first.index >= bounds.firstIndex, 'entries below the first index', {group: write.group, index: first.index, firstIndex: bounds.firstIndex});
      if (first.index > bounds.lastIndex + 1) holeIn ??= write.group;
      let index: number = first.index;
      for (const entry of write.entries) {
        assert(entry.index === index, 'entries must be contiguous', {group: write.group, index: entry.index, expected: index});
        index += 1;
      }
      bounds = {firstIndex: bounds.firstIndex, lastIndex: index - 1};
    }
    if (write.descriptor !== undefined) {
      assert(write.descriptor.length <= DESCRIPTOR_BYTES_MAX, 'descriptor above its size', {group: write.group, sizeBytes: write.descriptor.length});
    }
    seen.set(write.group, bounds);
  }
  return holeIn;
}
