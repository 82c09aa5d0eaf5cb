import type {Clock, EventSink, LogPort, MetricRegistry, NetworkPort, NodeId, Random, StorePort, Timers} from '@murmuration/base';
import {assert} from '@murmuration/base';

/** What the host needs from the world. */
export interface RaftHostPorts {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly log: LogPort;
  readonly store: StorePort;
  readonly network: NetworkPort;
  readonly events: EventSink;
  readonly metrics: MetricRegistry;
}

/** Numbers a deployment may change. Ticks and clock bounds must agree on all nodes of a cluster. */
export interface RaftHostTuning {
  readonly tickMs: number;
  /** E in ticks: a follower that heard nothing for [E, 2E) campaigns. */
  readonly electionTicks: number;
  readonly heartbeatTicks: number;
  /** How much faster or slower than another one a monotonic clock of the cluster may run, in parts per million. */
  readonly clockRateErrorPpmMax: number;
  /** Taken from the lease on top of the rate error: late timers and the time between the check and the answer. */
  readonly leaseMarginMs: number;
  readonly messageSizeBytesMax: number;
  readonly committedSizeBytesMax: number;
  readonly uncommittedSizeBytesMax: number;
  readonly inflightMessagesMax: number;
  readonly inflightBytesMax: number;
  /** Bytes of one post to a peer; more start another post in the same turn. */
  readonly envelopeBytesMax: number;
  /** Appends the log is given before the earlier ones are durable. */
  readonly logAppendsInFlightMax: number;
  readonly applyIntervalMs: number;
  /** A batch this big is written without waiting for the interval. */
  readonly applyBatchBytesMax: number;
  /** Applied but unwritten bytes above which nothing more is applied until the store took some. */
  readonly applyBacklogBytesMax: number;
  /** Unanswered proposals, by group and for all groups of the host. */
  readonly groupProposalsMax: number;
  readonly groupProposalBytesMax: number;
  readonly hostProposalsMax: number;
  readonly hostProposalBytesMax: number;
  readonly groupReadsMax: number;
  /** `whenApplied` and `whenStored` callbacks of one group, each kind. */
  readonly groupWaitsMax: number;
  /** Entry bytes of a group above which its log is cut. */
  readonly logSizeBytesMax: number;
  readonly truncationIntervalMs: number;
  readonly snapshotChunkBytes: number;
  readonly snapshotSendsMax: number;
  readonly snapshotReceivesMax: number;
  readonly snapshotSizeBytesMax: number;
  /** Bytes a second for all sends together; 0 is no limit. */
  readonly snapshotRateBytesPerSecond: number;
  readonly snapshotCallTimeoutMs: number;
  readonly snapshotTriesMax: number;
  /** A receive that got nothing for so long is dropped with what it staged. */
  readonly snapshotIdleMsMax: number;
  /** How long leaderships are given to go elsewhere before the host stops. */
  readonly stopTransferMsMax: number;
  /** Idle time after which a group sleeps: nobody of it ticks or sends anything until something happens. 0 for never. */
  readonly hibernateAfterMs: number;
  /** A leader wakes by itself after so long, and up to half as long again: should its followers have lost it unseen, that ends here. */
  readonly hibernateMsMax: number;
  /** Several hosts share one event loop, as in a cluster inside a test: that it is late says nothing of one of them. */
  readonly isLoopShared: boolean;
}

export interface RaftHostOptions extends Partial<RaftHostTuning> {
  readonly node: NodeId;
  /** The log or the store failed: the host has stopped for good and the process should end. Called once. */
  readonly onFatal: (error: Error) => void;
}

const MEBIBYTE = 1024 * 1024;

export const RAFT_HOST_DEFAULTS: RaftHostTuning = {
  tickMs: 100,
  electionTicks: 10,
  heartbeatTicks: 1,
  clockRateErrorPpmMax: 500,
  leaseMarginMs: 50,
  messageSizeBytesMax: MEBIBYTE,
  committedSizeBytesMax: 4 * MEBIBYTE,
  uncommittedSizeBytesMax: 64 * MEBIBYTE,
  inflightMessagesMax: 256,
  inflightBytesMax: 16 * MEBIBYTE,
  envelopeBytesMax: 4 * MEBIBYTE,
  logAppendsInFlightMax: 2,
  applyIntervalMs: 10,
  applyBatchBytesMax: 4 * MEBIBYTE,
  applyBacklogBytesMax: 32 * MEBIBYTE,
  groupProposalsMax: 10_000,
  groupProposalBytesMax: 32 * MEBIBYTE,
  hostProposalsMax: 50_000,
  hostProposalBytesMax: 128 * MEBIBYTE,
  groupReadsMax: 10_000,
  groupWaitsMax: 10_000,
  logSizeBytesMax: 16 * MEBIBYTE,
  truncationIntervalMs: 1_000,
  snapshotChunkBytes: 256 * 1024,
  snapshotSendsMax: 2,
  snapshotReceivesMax: 2,
  snapshotSizeBytesMax: 64 * 1024 * MEBIBYTE,
  snapshotRateBytesPerSecond: 64 * MEBIBYTE,
  snapshotCallTimeoutMs: 5_000,
  snapshotTriesMax: 8,
  snapshotIdleMsMax: 30_000,
  stopTransferMsMax: 5_000,
  hibernateAfterMs: 0,
  hibernateMsMax: 600_000,
  isLoopShared: false,
};

/** Defaults under what was given, with the relations between the numbers asserted. */
export function completeTuning(options: RaftHostOptions): RaftHostTuning {
  const tuning: RaftHostTuning = {...RAFT_HOST_DEFAULTS, ...withoutUndefined(options)};
  assert(tuning.electionTicks > tuning.heartbeatTicks, 'the election timeout must be longer than the heartbeat period');
  assert(tuning.hibernateAfterMs >= 0 && tuning.hibernateMsMax > 0, 'times of sleep are not negative');
  assert(tuning.tickMs > 0 && tuning.heartbeatTicks >= 1, 'ticks must be positive');
  assert(tuning.logAppendsInFlightMax >= 1, 'at least one append must be allowed');
  assert(tuning.applyBacklogBytesMax >= tuning.applyBatchBytesMax, 'the apply backlog must hold a batch');
  return tuning;
}

/**
 * How long after its sending an acknowledged round lets a leader read without asking. A follower counts whole ticks,
 * so its promise is up to one tick shorter than E; both clocks may run wrong by the rate error.
 */
export function leaseDurationMs(tuning: RaftHostTuning): number {
  const promiseMs = (tuning.electionTicks - 1) * tuning.tickMs;
  return promiseMs * (1 - (2 * tuning.clockRateErrorPpmMax) / 1_000_000) - tuning.leaseMarginMs;
}

function withoutUndefined(options: RaftHostOptions): Partial<RaftHostTuning> {
  const kept: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(options)) {
    if (value !== undefined && name in RAFT_HOST_DEFAULTS) kept[name] = value;
  }
  return kept as Partial<RaftHostTuning>;
}
