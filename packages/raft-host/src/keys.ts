import type {GroupId, ScanRange} from '@murmuration/base';
import {KEY_KIND_APPLIED, KEY_KIND_SNAPSHOT_STAGING, assert, prefixEnd} from '@murmuration/base';

/** Last byte of the key of an install marker, behind the group's applied key. */
const MARKER_SUFFIX = 0x01;
/** Last byte of the key of a tombstone, likewise. */
const TOMBSTONE_SUFFIX = 0x02;

/** Key of a group's applied record. @see docs/formats/applied-record.md */
export function appliedKey(group: GroupId): Uint8Array {
  return groupKey(KEY_KIND_APPLIED, group, 0);
}

/** Key of the marker that a snapshot is being installed. @see docs/formats/applied-record.md */
export function installMarkerKey(group: GroupId): Uint8Array {
  const key = groupKey(KEY_KIND_APPLIED, group, 1);
  key[9] = MARKER_SUFFIX;
  return key;
}

/** Key of the highest replica id of a group that was removed here. @see docs/formats/applied-record.md */
export function tombstoneKey(group: GroupId): Uint8Array {
  const key = groupKey(KEY_KIND_APPLIED, group, 1);
  key[9] = TOMBSTONE_SUFFIX;
  return key;
}

/** All staged rows of a group. */
export function stagingRange(group: GroupId): ScanRange {
  const from = groupKey(KEY_KIND_SNAPSHOT_STAGING, group, 0);
  const until = prefixEnd(from);
  assert(until !== undefined, 'a staging prefix has an end');
  return {from, until};
}

/** Where a row of a snapshot waits until the whole snapshot is there. */
export function stagedKey(group: GroupId, key: Uint8Array): Uint8Array {
  const staged = groupKey(KEY_KIND_SNAPSHOT_STAGING, group, key.length);
  staged.set(key, 9);
  return staged;
}

export function unstagedKey(staged: Uint8Array): Uint8Array {
  return staged.slice(9);
}

function groupKey(kind: number, group: GroupId, tailLength: number): Uint8Array {
  const key = new Uint8Array(9 + tailLength);
  const view = new DataView(key.buffer);
  key[0] = kind;
  view.setUint32(1, Math.floor(group / 0x1_0000_0000));
  view.setUint32(5, group % 0x1_0000_0000);
  return key;
}
