import {prefixEnd} from '@murmuration/base';
import type {GroupId, StorePort, StoreRow} from '@murmuration/base';
import {RowMerge, indexFeedPrefixes, sourceMarkPrefix} from '@murmuration/partition';
import type {PartitionMachine} from '@murmuration/partition';
import type {NodeContext} from '../partition-context.js';

const ROWS_PER_READ = 256;

/**
 * Committed rows of [from, until) as of this turn, in order.
 * @param countMax ends early when so many were read
 * @throws StoreError
 */
export async function readRows(node: NodeContext, machine: PartitionMachine, from: Uint8Array, until: Uint8Array, countMax = Number.POSITIVE_INFINITY): Promise<readonly StoreRow[]> {
  const merge = new RowMerge(machine.overlay.committedRange(from, until), false);
  const iterator = node.store.iterate({from, until});
  const rows: StoreRow[] = [];
  try {
    for (;;) {
      const read = await iterator.next(Math.min(ROWS_PER_READ, countMax));
      const isLast = read.length < Math.min(ROWS_PER_READ, countMax);
      const isOpen = merge.chunk(read, isLast, (key, value) => {
        rows.push({key, value});
        return rows.length < countMax;
      });
      if (!isOpen || isLast) return rows;
    }
  } finally {
    await iterator.close();
  }
}

/** What a partition remembers of global indexes: of those it feeds, and of those that feed it. @throws StoreError */
export async function readMetaRows(store: StorePort, group: GroupId): Promise<readonly StoreRow[]> {
  const rows: StoreRow[] = [];
  for (const prefix of [sourceMarkPrefix(group), ...indexFeedPrefixes(group)]) {
    const iterator = store.iterate({from: prefix, until: prefixEnd(prefix) ?? prefix});
    try {
      for (;;) {
        const read = await iterator.next(ROWS_PER_READ);
        rows.push(...read);
        if (read.length < ROWS_PER_READ) break;
      }
    } finally {
      await iterator.close();
    }
  }
  return rows;
}
