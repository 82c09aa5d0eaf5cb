import {assert, compareBytes} from '@murmuration/base';
import type {GroupId} from '@murmuration/base';
import {tilingFault} from '@murmuration/placement';
import type {PartitionEntry} from '@murmuration/placement';

/** No map with a hole or an overlap is ever published: every table or index that a change touched covers its whole space. */
export function assertNoHole(partitions: ReadonlyMap<GroupId, PartitionEntry>, touched: readonly GroupId[]): void {
  const spaces = new Map<string, PartitionEntry[]>();
  const nameOf = (entry: PartitionEntry): string => `${entry.table}/${entry.index}`;
  for (const group of touched) {
    const entry = partitions.get(group);
    if (entry !== undefined) spaces.set(nameOf(entry), []);
  }
  if (spaces.size === 0) return;
  for (const entry of partitions.values()) spaces.get(nameOf(entry))?.push(entry);
  for (const entries of spaces.values()) {
    const fault = tilingFault(entries.sort((a, b) => compareBytes(a.from, b.from)));
    assert(fault === undefined, 'partitions do not tile their space', {fault});
  }
}
