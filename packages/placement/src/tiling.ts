import {compareBytes, equalBytes} from '@murmuration/base';
import type {PartitionEntry} from './cluster-map-types.js';
import {spaceOf} from './table-space.js';

/**
 * Whether partitions of one table or index, ascending by `from`, cover its space with no hole and no overlap.
 * @returns what is wrong, undefined when nothing is
 */
export function tilingFault(sorted: readonly PartitionEntry[]): string | undefined {
  const first = sorted[0];
  if (first === undefined) return undefined;
  const space = spaceOf(first.table, first.index);
  let expected = space.from;
  for (const entry of sorted) {
    if (!equalBytes(entry.from, expected)) return `partition ${entry.group} does not start where the one before it ends`;
    if (compareBytes(entry.from, entry.until) >= 0) return `partition ${entry.group} is empty or reversed`;
    expected = entry.until;
  }
  return equalBytes(expected, space.until) ? undefined : `the space of table ${first.table} is not covered to its end`;
}
