import type {ProfileName} from '../seed-result.js';
import {TRANSACTION_FAULT_KINDS} from '../cluster/transaction-settings.js';
import {FAULT_KINDS} from '../world/faults.js';
import type {LedgerEntry} from './ledger.js';

/** A campaign of so many seeds must reach everything that its profile is for. */
export const REQUIRED_FROM_SEEDS: Readonly<Record<ProfileName, number>> = {raft: 20_000, cluster: 1_000, transactions: 20_000};

/** Kinds of fault that a profile has nothing to hit with. */
const WITHOUT: Readonly<Record<ProfileName, readonly string[]>> = {
  raft: ['memory-pressure', 'split-move-storm', 'control-plane-gone'],
  cluster: ['bit-rot'],
  // Those of `transaction-settings.ts` alone: what else there is belongs to the cluster profile.
  transactions: FAULT_KINDS.filter((kind) => !TRANSACTION_FAULT_KINDS.includes(kind)),
};

const RAFT_PROBES: readonly string[] = [
  'client/read-ok', 'client/write-ok', 'client/write-open', 'client/write-no-effect',
  'disk/died-while-hanging', 'disk/names-at-risk', 'disk/power-keeps-all', 'disk/power-keeps-none', 'disk/power-keeps-some',
  'disk/sync-directory-failed', 'disk/sync-failed', 'disk/sync-lied', 'disk/write-failed',
  'log/damaged', 'log/disk-low', 'log/disk-recovered', 'log/poisoned', 'log/segment-recycled', 'log/slow-sync', 'log/tail-cut/stale-bytes', 'log/tail-cut/torn-batch',
  'net/cut-noticed', 'net/cut-silent', 'net/dropped', 'net/duplicated', 'net/lost-in-cut', 'net/queue-full', 'net/replayed', 'net/unclogged-at-once',
  'process/kill', 'process/kill-in-the-middle', 'process/power', 'process/power-in-the-middle',
  'raft-host/early-campaign', 'raft-host/group-removed', 'raft-host/group-unusable', 'raft-host/leaderships-given-away', 'raft-host/log-truncated', 'raft-host/lost-leadership',
  'raft-host/hibernated', 'raft-host/woken-by-request', 'raft-host/woken-by-message', 'raft-host/woken-by-lost-peer', 'raft-host/woken-by-age',
  'raft-host/snapshot-installed', 'raft-host/snapshot-refused', 'raft-host/snapshot-send-failed', 'raft-host/transfer-begun',
  'raft-profile/commit-alone', 'raft-profile/commit-before-the-leader-is-durable', 'raft-profile/commit-by-an-even-group', 'raft-profile/commit-by-an-outsider',
  'raft-profile/commit-by-the-least-majority', 'raft-profile/commit-of-a-term-that-is-over-elsewhere', 'raft-profile/commit-of-many-at-once', 'raft-profile/commit-while-joint',
  'raft-profile/died-while-writing', 'raft-profile/elected-while-joint', 'raft-profile/entries-overwritten', 'raft-profile/entries-overwritten-with-more-to-come',
  'raft-profile/found-more-than-acknowledged', 'raft-profile/lease-reads', 'raft-profile/quorum-reads', 'raft-profile/snapshot-into-nothing',
  'raft-profile/snapshot-over-a-log', 'raft-profile/two-believe-to-lead',
  'raft/campaign-refused', 'raft/conf-change-ignored', 'raft/snapshot-ignored', 'raft/snapshot-restored', 'raft/stepped-down-without-quorum', 'raft/vote-ignored-in-lease',
];
const CLUSTER_PROBES: readonly string[] = [
  'raft-host/lost-leadership', 'raft-host/snapshot-installed', 'raft-host/snapshot-sent', 'raft-host/log-truncated', 'raft-host/configuration-changed', 'raft-host/configuration-durable',
  'raft-host/transfer-begun', 'raft-host/hibernated', 'raft-host/woken-by-age', 'raft-host/woken-by-lost-peer', 'raft-host/woken-by-message', 'raft-host/woken-by-request', 'raft-host/stopped',
  'raft/snapshot-restored', 'raft/stepped-down-without-quorum', 'raft/vote-ignored-in-lease', 'raft/campaign-refused',
  // Partitions, their leaders and their splits.
  'partition/not-leading', 'partition/split', 'partition/split-refused', 'partition/removed/gone-from-map', 'partition/removed/moved-away', 'partition/leftovers-wiped',
  'metric/partition_splits_total/applied', 'metric/partition_splits_total/refused', 'metric/partition_proposals_voided_total',
  'metric/partition_writes_waited_total/cut-over', 'metric/partition_writes_waited_total/leadership', 'metric/partition_writes_waited_total/proposals',
  'metric/partition_requests_total/get/WrongEpoch', 'metric/partition_requests_total/write/WrongEpoch', 'metric/partition_requests_total/write/OutcomeUnknown',
  'metric/partition_requests_total/write/Overloaded', 'metric/partition_requests_total/range/NotLeader', 'metric/row_cache_misses_total',
  // Reads, by what they are sure by, and requests that are sent again.
  'metric/partition_reads_total/lease', 'metric/partition_reads_total/quorum', 'metric/partition_reads_total/eventual', 'metric/partition_reads_total/sent-away',
  'partition-client/unavailable', 'partition-client/retried/not-sent', 'partition-client/retried/answer-lost', 'partition-client/retried/redirected', 'partition-client/retried/not-leader',
  'partition-client/retried/overloaded', 'partition-client/retried/entry-changed',
  // Indexes and streams.
  'workload/local-indexes', 'workload/global-indexes', 'workload/index-added', 'workload/streams', 'workload/stale-reads', 'control-plane/index-active',
  'metric/local_index_rows_written_total', 'metric/stream_records_written_total',
  'metric/global_index_entries_told_total', 'metric/global_index_items_filled_total', 'metric/global_index_fill_steps_total/taken', 'metric/global_index_fill_steps_total/unsettled',
  'metric/global_index_requests_heard_total/new', 'metric/global_index_requests_heard_total/known', 'metric/global_index_requests_heard_total/fenced',
  'metric/global_index_requests_total/ok', 'metric/global_index_requests_total/moved', 'metric/global_index_requests_total/refused', 'metric/global_index_requests_total/unavailable',
  'metric/partition_requests_total/index-write/NotLeader', 'metric/partition_requests_total/index-write/OutcomeUnknown', 'metric/partition_requests_total/index-write/Overloaded',
  'metric/partition_requests_total/index-write/WrongEpoch', 'metric/partition_requests_total/index-write/UnknownPartition',
  // The catalog, its jobs and who orders them.
  'control-plane/following', 'control-plane/leading', 'control-plane/job-done', 'control-plane/job-ended', 'control-plane/job-step', 'control-plane/node-state-changed',
  'metric/control_jobs_total/move/done', 'metric/control_jobs_total/split/done', 'metric/control_jobs_total/split/failed',
  'metric/control_requests_total/act/NotFound', 'metric/control_requests_total/act/Refused', 'metric/control_requests_total/update-table/TableBusy',
  'metric/control_requests_total/heartbeat/NotLeader', 'metric/control_requests_total/register/NotLeader', 'metric/control_splits_total/size', 'metric/control_splits_total/operator',
  'operator/split-partition/taken', 'operator/transfer-leader/taken', 'operator/move-replica/taken', 'operator/drain-node/taken', 'operator/undrain-node/taken', 'operator/rebalance/taken',
  'control-client/unreachable', 'catch-up/level',
  // Limits of throughput, however it is shared.
  'throttling/static', 'throttling/adaptive', 'throttling/global', 'throttling/account', 'metric/throttled_requests_total/TableReadProvisionedThroughputExceeded',
  'metric/throttled_requests_total/TableWriteProvisionedThroughputExceeded', 'metric/throttled_requests_total/IndexWriteProvisionedThroughputExceeded',
  'metric/throttled_requests_total/TableWriteKeyRangeThroughputExceeded', 'metric/throttled_requests_total/TableReadAccountLimitExceeded', 'metric/throttled_requests_total/TableWriteAccountLimitExceeded',
  // Lives of processes, and what their disks keep.
  'start-gate/passed', 'start-gate/memory-recalled', 'cluster/gave-up', 'cluster/killed-at-raft-host/configuration-changed', 'cluster/killed-at-raft-host/group-removed',
  'process/kill-in-the-middle', 'process/power-in-the-middle', 'process/kill-while-paused', 'disk/power-keeps-all', 'disk/power-keeps-none', 'disk/power-keeps-some', 'disk/sync-failed', 'disk/write-failed',
  'log/poisoned', 'log/disk-low', 'log/disk-recovered', 'log/tail-cut/stale-bytes', 'log/segment-recycled', 'net/call-reset', 'net/cut-silent', 'net/lost-in-cut', 'net/unclogged-at-once',
];
const TRANSACTION_PROBES: readonly string[] = [
  'raft-host/lost-leadership', 'partition/not-leading', 'partition/split', 'partition/transaction-recovered', 'partition/expiries-listed', 'workload/token-repeated', 'workload/token-misused',
];
const PROBES: Readonly<Record<ProfileName, readonly string[]>> = {raft: RAFT_PROBES, cluster: CLUSTER_PROBES, transactions: TRANSACTION_PROBES};

/** What a campaign should have reached and did not: a probe or fault that fell silent proves nothing any more. */
export function silentProbes(entry: LedgerEntry): readonly string[] {
  const probes = PROBES[entry.profile];
  const faults = Object.entries(entry.faults).filter(([kind, count]) => count === 0 && !WITHOUT[entry.profile].includes(kind)).map(([kind]) => `fault/${kind}`);
  return [...probes.filter((name) => (entry.probes[name] ?? 0) === 0), ...faults];
}
