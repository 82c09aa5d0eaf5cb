import type {GroupId} from '@murmuration/base';
import type {ClusterMap, PartitionEntry} from '@murmuration/placement';

export interface KeyGroup {
  readonly entry: PartitionEntry;
  /** Among all keys, ascending. */
  readonly positions: readonly number[];
}

/**
 * Keys by the partition that holds them.
 * @param positions those of `keys` that are asked for
 * @returns undefined when one of them has no partition
 */
export function groupByPartition(map: ClusterMap, keys: readonly Uint8Array[], positions: readonly number[]): readonly KeyGroup[] | undefined {
  const groups = new Map<GroupId, {readonly entry: PartitionEntry; readonly positions: number[]}>();
  for (const position of positions) {
    const entry = map.partitionOfKey(keys[position] as Uint8Array);
    if (entry === undefined) return undefined;
    const group = groups.get(entry.group);
    if (group === undefined) groups.set(entry.group, {entry, positions: [position]});
    else group.positions.push(position);
  }
  return [...groups.values()];
}
