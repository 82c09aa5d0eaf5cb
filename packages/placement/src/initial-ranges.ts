import {assert} from '@murmuration/base';
import type {IndexId, TableId} from '@murmuration/base';
import type {StoredKeyRange} from '@murmuration/model';
import {spaceOf, tokenBorder} from './table-space.js';

/** A new on-demand table can do 12,000 reads and 4,000 writes a second at once: four partitions' worth. */
const ON_DEMAND_PARTITION_COUNT = 4;
const PARTITION_RCU_MAX = 3000;
const PARTITION_WCU_MAX = 1000;

export interface TableThroughput {
  readonly billingMode: 'PROVISIONED' | 'PAY_PER_REQUEST';
  /** Provisioned units a second; not looked at for on-demand. */
  readonly rcu: number;
  readonly wcu: number;
}

/** How many partitions a new table or index starts with, by DynamoDB's published formula. At least 1. */
export function initialPartitionCount(throughput: TableThroughput): number {
  if (throughput.billingMode === 'PAY_PER_REQUEST') return ON_DEMAND_PARTITION_COUNT;
  assert(throughput.rcu >= 0 && throughput.wcu >= 0, 'throughput is negative', {...throughput});
  return Math.max(1, Math.ceil(throughput.rcu / PARTITION_RCU_MAX + throughput.wcu / PARTITION_WCU_MAX));
}

/** Cuts a table's or index's whole space at equal token distances. Ascending; the ranges tile the space. */
export function initialRanges(table: TableId, index: IndexId, count: number): readonly StoredKeyRange[] {
  assert(Number.isInteger(count) && count >= 1 && count <= 0x1_0000, 'partition count out of range', {count});
  const space = spaceOf(table, index);
  const ranges: StoredKeyRange[] = [];
  let from = space.from;
  for (let i = 1; i <= count; i += 1) {
    const until = i === count ? space.until : tokenBorder(table, index, Math.floor((i * 0x1_0000_0000) / count));
    ranges.push({from, until});
    from = until;
  }
  return ranges;
}
