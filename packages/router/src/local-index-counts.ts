import type {LocalIndexCount} from '@murmuration/control-client';

/**
 * Fills the counts of local indexes into a TableDescription. They come from the leaders' last heartbeats, so they are
 * seconds old where the service's are hours.
 * @param counts by the index's place; what is missing stays 0
 */
export function withLocalIndexCounts(description: Record<string, unknown>, counts: readonly LocalIndexCount[]): Record<string, unknown> {
  const indexes = description['LocalSecondaryIndexes'];
  if (!Array.isArray(indexes)) return description;
  const filled = indexes.map((index: Record<string, unknown>, i) => ({...index, IndexSizeBytes: counts[i]?.sizeBytes ?? 0, ItemCount: counts[i]?.itemCount ?? 0}));
  return {...description, LocalSecondaryIndexes: filled};
}
