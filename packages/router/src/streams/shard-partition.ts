import type {ShardName, TableDescriptor} from '@murmuration/model';
import type {PartitionEntry} from '@murmuration/placement';
import type {Exchange} from '../exchange.js';
import type {OperationServices} from '../services.js';

/** Goes on with the partition that keeps a shard, from a newer map if need be. @param missing what is answered when the table has no such partition */
export function withShardPartition(
  exchange: Exchange, services: OperationServices, table: TableDescriptor, {group}: ShardName, missing: () => Error, found: (entry: PartitionEntry) => void,
): void {
  const lookUp = (): PartitionEntry | undefined => {
    const entry = services.map.current().partition(group);
    return entry?.table === table.tableId ? entry : undefined;
  };
  const known = lookUp();
  if (known !== undefined) {
    found(known);
    return;
  }
  services.partitions.refresher.refresh(() => exchange.run(() => {
    const fresh = lookUp();
    if (fresh === undefined) throw missing();
    found(fresh);
  }));
}
