import type {GlobalIndexCount} from '@murmuration/control-client';
import {globalIndexLife} from '@murmuration/model';
import type {TableDescriptor} from '@murmuration/model';

/**
 * Fills the counts of global indexes into a TableDescription. They come from the leaders' last heartbeats, so they are
 * seconds old where the service's are hours.
 */
export function withGlobalIndexCounts(description: Record<string, unknown>, table: TableDescriptor, counts: readonly GlobalIndexCount[]): Record<string, unknown> {
  const indexes = description['GlobalSecondaryIndexes'];
  if (!Array.isArray(indexes)) return description;
  const filled = indexes.map((index: Record<string, unknown>) => {
    const life = globalIndexLife(table, String(index['IndexName']));
    const held = counts.find(({indexId}) => indexId === life?.indexId);
    return {...index, IndexSizeBytes: held?.sizeBytes ?? 0, ItemCount: held?.itemCount ?? 0};
  });
  return {...description, GlobalSecondaryIndexes: filled};
}
