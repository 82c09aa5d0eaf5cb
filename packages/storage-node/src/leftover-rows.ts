import {BASE_INDEX_ID, KEY_KIND_PARTITION_META, NO_REPLICA, compareBytes, prefixEnd, toGroupId} from '@murmuration/base';
import type {GroupId, ScanRange, StorePort} from '@murmuration/base';
import {COLLECTION_INDEX_ID, SIDE_INDEX_IDS, indexIdOf, shiftIndex} from '@murmuration/model';
import {decodePartitionRecord, partitionMetaPrefix, partitionRecordKey} from '@murmuration/partition';
import {appliedKey, decodeAppliedRecord, decodeTombstone, tombstoneKey} from '@murmuration/raft-host';

const ROWS_PER_READ = 100;
const RECORD_KEY_SIZE_BYTES = 10;
/** Stands in for the range of a record of an early version, which has none: nothing is wiped by it. */
const NO_RANGE = {from: new Uint8Array(0), until: new Uint8Array(0), epoch: 1};

/** What a removed replica left in the store because a crash came between its removal and the wiping of its rows. */
export interface Leftover {
  readonly group: GroupId;
  readonly ranges: readonly ScanRange[];
}

/**
 * Finds the rows of replicas that were removed here for good: a partition record whose group is not here any more, with the
 * tombstone of its replica. Ranges that somebody here holds by now are spared: they were wiped before they were taken.
 * @param isHere whether a replica of the group is here, also one that cannot be started
 * @throws StoreError, DecodeError
 */
export async function readLeftovers(store: StorePort, isHere: (group: GroupId) => boolean, held: readonly ScanRange[]): Promise<readonly Leftover[]> {
  const leftovers: Leftover[] = [];
  for (const group of (await readRecordedGroups(store)).filter((each) => !isHere(each))) {
    const [recorded, tombstone, applied] = await store.getMany([partitionRecordKey(group), tombstoneKey(group), appliedKey(group)]);
    if (recorded === undefined || tombstone === undefined) continue;
    if (decodeTombstone(tombstone) < (applied === undefined ? NO_REPLICA : decodeAppliedRecord(applied).replica)) continue;
    const {from, until, indexes} = decodePartitionRecord(recorded, NO_RANGE);
    if (until.length === 0) continue;
    const ids = indexes === undefined ? [] : [...indexes.map((_, i) => i + 1), COLLECTION_INDEX_ID];
    const items = without({from, until}, held);
    const sideIds = indexIdOf(from) === BASE_INDEX_ID ? SIDE_INDEX_IDS : [];
    const derived = [...ids, ...sideIds].flatMap((id) => items.map((range) => ({from: shiftIndex(range.from, id), until: shiftIndex(range.until, id)})));
    leftovers.push({group, ranges: [...items, ...derived, metaOf(group)]});
  }
  return leftovers;
}

/** The parts of a range that none of the others covers. */
export function without(range: ScanRange, others: readonly ScanRange[]): readonly ScanRange[] {
  let parts: readonly ScanRange[] = [range];
  for (const {from, until} of others) {
    parts = parts.flatMap((part) => {
      if (compareBytes(until, part.from) <= 0 || compareBytes(from, part.until) >= 0) return [part];
      const below = compareBytes(part.from, from) < 0 ? [{from: part.from, until: from}] : [];
      const above = compareBytes(until, part.until) < 0 ? [{from: until, until: part.until}] : [];
      return [...below, ...above];
    });
  }
  return parts;
}

async function readRecordedGroups(store: StorePort): Promise<readonly GroupId[]> {
  const iterator = store.iterate({from: Uint8Array.of(KEY_KIND_PARTITION_META), until: Uint8Array.of(KEY_KIND_PARTITION_META + 1)});
  const groups: GroupId[] = [];
  try {
    for (;;) {
      const rows = await iterator.next(ROWS_PER_READ);
      for (const {key} of rows) {
        if (key.length !== RECORD_KEY_SIZE_BYTES) continue;
        const view = new DataView(key.buffer, key.byteOffset);
        const group = toGroupId(view.getUint32(1) * 0x1_0000_0000 + view.getUint32(5));
        if (compareBytes(key, partitionRecordKey(group)) === 0) groups.push(group);
      }
      if (rows.length < ROWS_PER_READ) return groups;
    }
  } finally {
    await iterator.close();
  }
}

function metaOf(group: GroupId): ScanRange {
  const from = partitionMetaPrefix(group);
  return {from, until: prefixEnd(from) ?? from};
}
