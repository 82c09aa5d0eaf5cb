import {itemText} from '@murmuration/model';
import type {PrimaryKey, TableDescriptor} from '@murmuration/model';

const GIBIBYTE = 1024 * 1024 * 1024;

/** What a request wants to know of the collection that it wrote to. */
export interface CollectionMetrics {
  /** Names the collection. */
  readonly keyText: string;
}

/** @returns undefined for a table without local index, which has no collections, and when none is asked for */
export function wantedCollectionMetrics(wanted: 'SIZE' | 'NONE', table: TableDescriptor, key: PrimaryKey): CollectionMetrics | undefined {
  if (wanted === 'NONE' || table.extra.localSecondaryIndexes === undefined) return undefined;
  return {keyText: itemText(new Map([[table.keySchema.hash.name, key.hash]]))};
}

/** @returns the JSON text of one ItemCollectionMetrics. @param sizeBytes of the collection after the write, index entries included */
export function collectionMetricsText({keyText}: CollectionMetrics, sizeBytes: number): string {
  const low = Math.floor(sizeBytes / GIBIBYTE);
  return `{"ItemCollectionKey":${keyText},"SizeEstimateRangeGB":[${low},${low + 1}]}`;
}
