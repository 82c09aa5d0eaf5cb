import {BASE_INDEX_ID} from '@murmuration/base';
import {shardIdText} from '@murmuration/model';
import type {TableDescriptor} from '@murmuration/model';
import type {StreamShard} from '@murmuration/partition';
import type {ClusterMap, PartitionEntry} from '@murmuration/placement';
import type {Exchange} from '../exchange.js';
import type {OperationServices} from '../services.js';
import {streamUnavailable} from './find-stream.js';

/** Partitions of a table that are asked for their shards at once. */
const ASKED_MAX = 32;

export interface ListedShards {
  /** In the order of their ids. */
  readonly shards: readonly StreamShard[];
  /** How many partitions have an open one, and how many there are. */
  readonly openCount: number;
  readonly partitionCount: number;
}

/** Asks all partitions of a table for their shards of one stream. */
export function listShards(exchange: Exchange, services: OperationServices, table: TableDescriptor, label: string, done: (listed: ListedShards) => void): void {
  const entries = services.map.current().partitionsOf(table.tableId, BASE_INDEX_ID);
  const found: StreamShard[] = [];
  let nextAt = 0;
  let openCount = 0;
  let isOver = false;
  const finish = (step: () => void): void => {
    if (isOver) return;
    isOver = true;
    exchange.run(step);
  };
  const ask = (entry: PartitionEntry): void => {
    openCount += 1;
    services.partitions.call(entry, {kind: 'stream-shards', group: entry.group, epoch: entry.epoch}, exchange.deadlineMs, (outcome) => {
      openCount -= 1;
      if (outcome.kind !== 'stream-shards') {
        finish(() => {
          throw streamUnavailable(outcome);
        });
        return;
      }
      found.push(...reachable(outcome.shards.filter((shard) => shard.label === label), services.map.current()));
      fill();
    });
  };
  const fill = (): void => {
    while (!isOver && openCount < ASKED_MAX && nextAt < entries.length) {
      nextAt += 1;
      ask(entries[nextAt - 1] as PartitionEntry);
    }
    if (openCount > 0 || nextAt < entries.length) return;
    finish(() => done({
      shards: found.map((shard) => ({shard, id: shardIdText(shard)})).sort((a, b) => (a.id < b.id ? -1 : 1)).map(({shard}) => shard),
      openCount: found.filter(({endSequence}) => endSequence === undefined).length,
      partitionCount: entries.length,
    }));
  };
  fill();
}

/**
 * Readers that come to the end of a shard look for its children. An end that a split made is told only when the map knows
 * the other half, so that they find both.
 */
export function reachable(shards: readonly StreamShard[], map: ClusterMap): readonly StreamShard[] {
  const early = shards.find(({splitChild}) => splitChild !== undefined && map.partition(splitChild) === undefined);
  if (early === undefined) return shards;
  const before = shards.filter(({startSequence}) => startSequence < early.startSequence);
  return [...before, {...early, endSequence: undefined, endHlc: undefined, splitChild: undefined}];
}
