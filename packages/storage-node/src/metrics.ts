import {LATENCY_BUCKETS_SECONDS} from '@murmuration/base';
import type {Counter, Histogram, MetricRegistry} from '@murmuration/base';
import type {BucketName, ThrottlingReason} from '@murmuration/capacity';
import type {PartitionRequest} from '@murmuration/partition';
import {createGlobalIndexMetrics} from './global-indexes/index-metrics.js';
import type {GlobalIndexMetrics} from './global-indexes/index-metrics.js';
import {createStreamMetrics} from './streams/stream-metrics.js';
import type {StreamMetrics} from './streams/stream-metrics.js';
import {createTimeToLiveMetrics} from './time-to-live/time-to-live-metrics.js';
import type {TimeToLiveMetrics} from './time-to-live/time-to-live-metrics.js';
import {createTransactionMetrics} from './transactions/transaction-metrics.js';
import type {TransactionMetrics} from './transactions/transaction-metrics.js';

export type RequestKind = PartitionRequest['kind'];

/**
 * By the age a replica proved, by the leader's lease, by a quorum that was asked. `lease-ended` had a lease when the rows were read and asks a
 * quorum after all; `sent-away` is an eventual read that the leader is to answer.
 */
export type ReadWay = 'eventual' | 'lease' | 'quorum' | 'lease-ended' | 'sent-away';
/** For an election, for a split, or for proposals that its answer was judged on. */
export type WaitCause = 'leadership' | 'cut-over' | 'proposals';

export interface StorageNodeMetrics {
  /** One more answered request. @param result 'ok' or the failure's code */
  answered(kind: RequestKind, result: string): void;
  /** One more split that was begun here ended. */
  splitEnded(result: 'applied' | 'again' | 'refused'): void;
  /** One more request was over a limit of throughput. */
  throttled(reason: ThrottlingReason, bucket: BucketName): void;
  /** How long new writes of a partition waited for a split. */
  readonly splitPause: Histogram;
  /** Rows of local indexes that leaders here set or removed. */
  readonly localIndexRows: Counter;
  /** Writes refused because their item collection is full. */
  readonly fullCollections: Counter;
  readonly globalIndexes: GlobalIndexMetrics;
  readonly streams: StreamMetrics;
  readonly timeToLive: TimeToLiveMetrics;
  readonly transactions: TransactionMetrics;
  /** One more read of a replica here, by what it is sure of being fresh by. */
  read(way: ReadWay): void;
  /** A write had to wait for something before it was judged or answered. */
  waited(cause: WaitCause): void;
  /** Proposals that were open when one before them fell away. */
  readonly voidedProposals: Counter;
  readonly rowCacheHits: Counter;
  readonly rowCacheMisses: Counter;
  readonly rangeCacheHits: Counter;
  readonly rangeCacheMisses: Counter;
  collect(state: StorageNodeState): void;
}
/** Looked at right before a scrape. */
export interface StorageNodeState {
  readonly leadingCount: number;
  readonly hotCount: number;
  readonly followingCount: number;
  readonly logCount: number;
  readonly unusableCount: number;
  readonly callsInFlight: number;
  readonly proposalsOpen: number;
  readonly overlayBytes: number;
  readonly rowCacheBytes: number;
  readonly rangeCacheBytes: number;
}

export function createStorageNodeMetrics(registry: MetricRegistry): StorageNodeMetrics {
  const partitions = registry.gaugeFamily({name: 'partitions', help: 'Partition replicas in this process, by state.', labels: ['state']});
  const requests = registry.counterFamily({
    name: 'partition_requests_total', help: 'Requests to partitions of this process, by kind and result.', labels: ['operation', 'result'],
  });
  const callsInFlight = registry.gauge({name: 'partition_calls_in_flight', help: 'Requests to partitions taken and not answered.'});
  const proposalsOpen = registry.gauge({name: 'partition_proposals_open', help: 'Effects proposed by this process and not applied.'});
  const overlayBytes = registry.gauge({name: 'partition_overlay_bytes', help: 'Values proposed or applied that the store does not show yet.'});
  const rowCacheBytes = registry.gauge({name: 'row_cache_bytes', help: 'Committed rows held in memory.'});
  const rangeCacheBytes = registry.gauge({name: 'range_cache_bytes', help: 'Ranges of committed rows held in memory.'});
  const splits = registry.counterFamily({name: 'partition_splits_total', help: 'Splits begun by leaders of this process, by result.', labels: ['result']});
  const throttles = registry.counterFamily({
    name: 'partition_throttles_total', help: 'Requests that leaders of this process refused for throughput, by reason and by the bucket that was empty.', labels: ['reason', 'bucket'],
  });
  const hotPartitions = registry.gauge({name: 'hot_partitions', help: 'Partitions led by this process whose load is so near their ceiling that they may be cut.'});
  const reads = registry.counterFamily({name: 'partition_reads_total', help: 'Reads of partitions by replicas here, by what showed that they were fresh.', labels: ['way']});
  const readWays = new Map<ReadWay, Counter>();
  const waits = registry.counterFamily({name: 'partition_writes_waited_total', help: 'Writes that waited for an election, for a split, or for proposals they were judged on.', labels: ['cause']});
  const counters = new Map<string, Counter>();
  return {
    answered(kind, result) {
      const key = `${kind} ${result}`;
      let counter = counters.get(key);
      if (counter === undefined) {
        counter = requests.with({operation: kind, result});
        counters.set(key, counter);
      }
      counter.add(1);
    },
    throttled(reason, bucket) {
      throttles.with({reason, bucket}).add(1);
    },
    splitEnded(result) {
      splits.with({result}).add(1);
    },
    splitPause: registry.histogram({
      name: 'partition_split_pause_seconds', help: 'From holding new writes back for a split until they went on.', buckets: LATENCY_BUCKETS_SECONDS,
    }),
    localIndexRows: registry.counter({name: 'local_index_rows_written_total', help: 'Entries of local secondary indexes set or removed by leaders of this process.'}),
    fullCollections: registry.counter({name: 'item_collections_full_total', help: 'Writes refused because their item collection had reached its size limit.'}),
    globalIndexes: createGlobalIndexMetrics(registry),
    streams: createStreamMetrics(registry),
    timeToLive: createTimeToLiveMetrics(registry),
    transactions: createTransactionMetrics(registry),
    read: (way) => {
      const known = readWays.get(way) ?? reads.with({way});
      readWays.set(way, known);
      known.add(1);
    },
    waited: (cause) => waits.with({cause}).add(1),
    voidedProposals: registry.counter({name: 'partition_proposals_voided_total', help: 'Proposals that were open when one before them fell away, or leadership was lost.'}),
    rowCacheHits: registry.counter({name: 'row_cache_hits_total', help: 'Rows found in memory.'}),
    rowCacheMisses: registry.counter({name: 'row_cache_misses_total', help: 'Rows that had to be read from the store.'}),
    rangeCacheHits: registry.counter({name: 'range_cache_hits_total', help: 'Reads of ranges that were answered from memory.'}),
    rangeCacheMisses: registry.counter({name: 'range_cache_misses_total', help: 'Reads of ranges of rows that went to the store.'}),
    collect(state) {
      partitions.with({state: 'leader'}).set(state.leadingCount);
      hotPartitions.set(state.hotCount);
      partitions.with({state: 'follower'}).set(state.followingCount);
      partitions.with({state: 'log'}).set(state.logCount);
      partitions.with({state: 'unusable'}).set(state.unusableCount);
      callsInFlight.set(state.callsInFlight);
      proposalsOpen.set(state.proposalsOpen);
      overlayBytes.set(state.overlayBytes);
      rowCacheBytes.set(state.rowCacheBytes);
      rangeCacheBytes.set(state.rangeCacheBytes);
    },
  };
}
