import {itemText} from '@murmuration/model';
import type {PrimaryKey, TableDescriptor} from '@murmuration/model';

/**
 * A collection lies in one partition, and its share of it is not counted. The lowest range of the service's is told of
 * all of them.
 */
const SIZE_ESTIMATE_RANGE_GB = '[0,1]';

/**
 * @returns the JSON text of one ItemCollectionMetrics; undefined for a table without local index, which has no collections,
 * and when none is asked for
 */
export function collectionMetricsText(wanted: 'SIZE' | 'NONE', table: TableDescriptor, key: PrimaryKey): string | undefined {
  if (wanted === 'NONE' || table.extra.localSecondaryIndexes === undefined) return undefined;
  return `{"ItemCollectionKey":${itemText(new Map([[table.keySchema.hash.name, key.hash]]))},"SizeEstimateRangeGB":${SIZE_ESTIMATE_RANGE_GB}}`;
}
