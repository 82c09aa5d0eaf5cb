import {assert} from '@murmuration/base';
import type {AzId, Clock, EventSink, MetricRegistry, NetworkPort, NodeId, Random, StorePort, Timers} from '@murmuration/base';
import {CAPACITY_SETTING_DEFAULTS, STREAM_RETENTION_MS} from '@murmuration/model';
import type {CapacitySettings} from '@murmuration/model';
import {COLLECTION_SIZE_BYTES_MAX} from '@murmuration/partition';
import {isBurstSeconds} from './admission.js';
import type {ThrottlingMode} from './admission.js';

/** What the storage node needs from the world. */
export interface StorageNodePorts {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly store: StorePort;
  readonly network: NetworkPort;
  readonly events: EventSink;
  readonly metrics: MetricRegistry;
}

export interface StorageNodeTuning {
  /** An eventual read is answered here only if the replica can prove that it is at most this old. */
  readonly eventualStalenessMsMax: number;
  /** Memory for committed rows, of all partitions together. */
  readonly rowCacheBytesMax: number;
  /** Memory for ranges of committed rows, of all partitions together; half of that for rows unless given. */
  readonly rangeCacheBytesMax: number;
  /** Items of one partition key with their index entries, on tables with local indexes: DynamoDB's 10 GB. */
  readonly collectionSizeBytesMax: number;
  /** Effects proposed and not applied, of one partition. Below the Raft host's own bounds, so that it never refuses in the middle. */
  readonly partitionProposalsMax: number;
  readonly partitionProposalBytesMax: number;
  /** Requests taken and not answered, of all partitions together. */
  readonly callsInFlightMax: number;
  /** Range reads at work at once: each holds an iterator of the store. */
  readonly rangeReadsMax: number;
  /** Rows of one batched read of the store. */
  readonly loadBatchRowsMax: number;
  /** How often calls past their deadline are looked for. */
  readonly deadlineSweepMs: number;
  /** How often leaders look whether the map wants something of them. */
  readonly mapFollowMs: number;
  /** A leader gives way to the preferred one at most this often: ten election timeouts. */
  readonly leaderMoveMsMin: number;
  /** A shard of a stream goes on in another one after so long. */
  readonly streamShardLifeMs: number;
  /** Stream records are removed when they are older: DynamoDB's 24 hours. */
  readonly streamRetentionMs: number;
  /** Between two looks for old ones when the last look found few. */
  readonly streamTrimPeriodMs: number;
  /** Between two looks for items whose time is over when the last look found few. */
  readonly timeToLiveScanMs: number;
  /** What transactions may hold of one partition, in memory and store; further ones are asked to come again. */
  readonly heldBytesMax: number;
  /** An item held for longer is asked after: its coordinator may be gone. */
  readonly transactionPatienceMs: number;
  /** How often a leader looks for client tokens that are over. */
  readonly decisionTrimMs: number;
  /** What may wait to be told to global indexes, of one partition; writes are refused above. */
  readonly outboxRowsMax: number;
  readonly outboxBytesMax: number;
  /** Nothing is told to global indexes before it waited so long: for trying out what a lag does. */
  readonly indexLagMs: number;
  /** Which tables have their throughput enforced. */
  readonly throttling: ThrottlingMode;
  /** How partitions share the provisioned throughput of their table. */
  readonly sharing: CapacitySettings['sharing'];
  /** Unused provisioned throughput is kept for so long; 0 switches burst off. */
  readonly burstSeconds: number;
  /** What a process may serve a second beyond what its partitions are allocated, in units: burst. 0 sets no limit. */
  readonly nodeReadUnitsMax: number;
  readonly nodeWriteUnitsMax: number;
  /** Partitions with sustained load are cut in two where the load is halved. */
  readonly splitForHeat: 'off' | 'on';
  /** Part of a partition's ceiling from which on load is worth a cut. */
  readonly splitLoadRatio: number;
  /** For how long it has to last. */
  readonly splitSustainSeconds: number;
  /** Told to callers that found a bound reached. */
  readonly retryAfterMs: number;
}

export interface StorageNodeOptions extends Partial<StorageNodeTuning> {
  readonly node: NodeId;
  /** Where the process stands, for what its partitions ask of others. */
  readonly az?: AzId;
}

const MEBIBYTE = 1024 * 1024;
export const STORAGE_NODE_DEFAULTS: StorageNodeTuning = {
  eventualStalenessMsMax: 5_000,
  rowCacheBytesMax: 64 * MEBIBYTE,
  rangeCacheBytesMax: 32 * MEBIBYTE,
  collectionSizeBytesMax: COLLECTION_SIZE_BYTES_MAX,
  partitionProposalsMax: 5_000,
  partitionProposalBytesMax: 16 * MEBIBYTE,
  callsInFlightMax: 50_000,
  rangeReadsMax: 128,
  loadBatchRowsMax: 1_000,
  deadlineSweepMs: 100,
  mapFollowMs: 50,
  leaderMoveMsMin: 10_000,
  streamShardLifeMs: 4 * 60 * 60 * 1000,
  streamRetentionMs: STREAM_RETENTION_MS,
  streamTrimPeriodMs: 60_000,
  timeToLiveScanMs: 5_000,
  heldBytesMax: 64 * MEBIBYTE,
  transactionPatienceMs: 2_000,
  decisionTrimMs: 30_000,
  outboxRowsMax: 20_000,
  outboxBytesMax: 32 * MEBIBYTE,
  indexLagMs: 0,
  throttling: 'off',
  sharing: 'adaptive',
  burstSeconds: 300,
  nodeReadUnitsMax: 0,
  nodeWriteUnitsMax: 0,
  splitForHeat: CAPACITY_SETTING_DEFAULTS.splitForHeat,
  splitLoadRatio: CAPACITY_SETTING_DEFAULTS.splitLoadRatio,
  splitSustainSeconds: CAPACITY_SETTING_DEFAULTS.splitSustainSeconds,
  retryAfterMs: 20,
};

/** Settings that can be changed while the cluster runs, as this process was started. */
export function capacityDefaultsOf({throttling, sharing, burstSeconds, splitForHeat, splitLoadRatio, splitSustainSeconds}: StorageNodeTuning): CapacitySettings {
  return {...CAPACITY_SETTING_DEFAULTS, throttling, sharing, burstSeconds, splitForHeat, splitLoadRatio, splitSustainSeconds};
}

/** Defaults under what was given, with the relations between the numbers asserted. */
export function completeTuning(options: StorageNodeOptions): StorageNodeTuning {
  const tuning: StorageNodeTuning = {...STORAGE_NODE_DEFAULTS, ...(options.rowCacheBytesMax === undefined ? {} : {rangeCacheBytesMax: Math.floor(options.rowCacheBytesMax / 2)}), ...options};
  assert(tuning.partitionProposalsMax >= 1 && tuning.callsInFlightMax >= 1 && tuning.rangeReadsMax >= 1, 'bounds must be at least 1');
  assert(tuning.collectionSizeBytesMax >= 1, 'a collection may hold something');
  assert(tuning.outboxRowsMax >= 1 && tuning.outboxBytesMax >= 1 && tuning.indexLagMs >= 0, 'bounds of the outbox must be positive');
  assert(tuning.eventualStalenessMsMax >= 0, 'a staleness bound is not negative');
  assert(isBurstSeconds(tuning.burstSeconds), 'burst is kept for 0 to 300 whole seconds', {burstSeconds: tuning.burstSeconds});
  assert(tuning.splitLoadRatio > 0 && tuning.splitSustainSeconds >= 1, 'splits for heat need a load and a time', {splitLoadRatio: tuning.splitLoadRatio});
  assert(tuning.loadBatchRowsMax >= 1 && tuning.deadlineSweepMs > 0, 'batches and sweeps must be positive');
  return tuning;
}
