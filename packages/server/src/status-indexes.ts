import type {ClusterStatus, PartitionLive} from '@murmuration/control-client';
import type {GlobalIndexLife, TableDescriptor} from '@murmuration/model';

/** One global index, and how far it is behind its table. */
export interface StatusIndex {
  readonly table: string;
  readonly name: string;
  readonly status: 'CREATING' | 'ACTIVE' | 'DELETING';
  /** How much of the table's items it was told of that were there before it; 100 once it is filled. */
  readonly filledPercent: number;
  readonly partitionCount: number;
  readonly itemCount: number;
  readonly sizeBytes: number;
  /** Writes of the table that wait to be told to its indexes, and for how long the oldest of them does. */
  readonly outboxRowCount: number;
  readonly outboxSizeBytes: number;
  readonly lagMs: number;
}

export function buildStatusIndexes({map, partitionsLive}: ClusterStatus): readonly StatusIndex[] {
  const live = new Map(partitionsLive.map((each) => [each.group, each]));
  return map.tables.flatMap((table) => (table.globalIndexes ?? []).map((life) => {
    const partitions = map.partitions.filter((entry) => entry.table === table.tableId);
    const of = (index: number): readonly PartitionLive[] => partitions.filter((entry) => entry.index === index).flatMap(({group}) => live.get(group) ?? []);
    return buildIndex(table, life, of(0), of(life.indexId));
  }));
}

function buildIndex(table: TableDescriptor, {indexId, name, status}: GlobalIndexLife, base: readonly PartitionLive[], own: readonly PartitionLive[]): StatusIndex {
  const feeds = base.map(({indexFeeds, itemCount}) => ({itemCount, feed: indexFeeds?.find((each) => each.indexId === indexId)}));
  const itemCount = feeds.reduce((sum, each) => sum + Math.max(1, each.itemCount), 0);
  const told = feeds.reduce((sum, each) => sum + (each.feed?.isFilled === true ? Math.max(1, each.itemCount) : Math.min(each.itemCount, each.feed?.scannedCount ?? 0)), 0);
  return {
    table: table.name, name, status, filledPercent: status === 'ACTIVE' ? 100 : Math.floor((100 * told) / Math.max(1, itemCount)),
    partitionCount: own.length, itemCount: own.reduce((sum, each) => sum + each.itemCount, 0), sizeBytes: own.reduce((sum, each) => sum + each.sizeBytes, 0),
    outboxRowCount: base.reduce((sum, each) => sum + (each.outbox?.rowCount ?? 0), 0), outboxSizeBytes: base.reduce((sum, each) => sum + (each.outbox?.sizeBytes ?? 0), 0),
    lagMs: Math.max(0, ...base.map(({outbox}) => outbox?.lagMs ?? 0)),
  };
}
