import type {ProfileName} from '../seed-result.js';
import {TRANSACTION_FAULT_KINDS} from '../cluster/transaction-settings.js';
import {FAULT_KINDS} from '../world/faults.js';
import type {LedgerEntry} from './ledger.js';

/** A campaign of so many seeds must reach everything that its profile is for. */
export const REQUIRED_FROM_SEEDS = 20_000;

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
  'raft-host/lost-leadership', 'raft-host/snapshot-installed', 'raft-host/log-truncated', 'raft-host/configuration-changed', 'raft-host/hibernated', 'partition/not-leading', 'partition/split',
  'partition/hot', 'job/split/heat', 'partition/removed', 'control-plane/following', 'control-plane/job-done', 'operator/split-partition/taken', 'operator/transfer-leader/taken',
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
