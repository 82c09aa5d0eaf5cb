import type {Counter, Family, Gauge, Histogram, MetricRegistry} from '@murmuration/base';
import {LATENCY_BUCKETS_SECONDS} from '@murmuration/base';

export interface RaftHostMetrics {
  readonly hasLeader: Gauge;
  readonly leaderChanges: Counter;
  readonly configurationChanges: Counter;
  readonly configurationsDurable: Counter;
  readonly proposalsCommitted: Counter;
  readonly proposalsApplied: Counter;
  readonly proposalsFailed: Counter;
  readonly proposalsPending: Gauge;
  readonly appendDuration: Histogram;
  readonly commitDuration: Histogram;
  readonly followerLag: Gauge;
  readonly leadershipsGivenAway: Family<Counter>;
  readonly asleep: Gauge;
  readonly woken: Family<Counter>;
  readonly snapshotsSent: Counter;
  readonly snapshotsReceived: Counter;
}

export function createRaftHostMetrics(registry: MetricRegistry): RaftHostMetrics {
  const snapshots = registry.counterFamily({
    name: 'raft_snapshots_total', help: 'Snapshots sent and installed.', labels: ['role'],
  });
  return {
    hasLeader: registry.gauge({name: 'raft_has_leader', help: 'Groups of this process that know a leader.'}),
    leaderChanges: registry.counter({name: 'raft_leader_changes_total', help: 'Times a group of this process saw a new leader.'}),
    configurationChanges: registry.counter({name: 'raft_configuration_changes_total', help: 'Changes of members that replicas of this process applied.'}),
    configurationsDurable: registry.counter({
      name: 'raft_configurations_durable_total', help: 'Configurations that replicas of this process have for good, over any crash: those applied, and those found at a start.',
    }),
    proposalsCommitted: registry.counter({name: 'raft_proposals_committed_total', help: 'Proposals made here that committed.'}),
    proposalsApplied: registry.counter({name: 'raft_proposals_applied_total', help: 'Entries applied by replicas of this process.'}),
    proposalsFailed: registry.counter({name: 'raft_proposals_failed_total', help: 'Proposals made here that were refused or whose outcome became unknown.'}),
    proposalsPending: registry.gauge({name: 'raft_proposals_pending', help: 'Proposals made here and not yet answered.'}),
    appendDuration: registry.histogram({
      name: 'raft_append_duration_seconds', help: 'From handing an append to the log until it is durable.', buckets: LATENCY_BUCKETS_SECONDS,
    }),
    commitDuration: registry.histogram({
      name: 'raft_commit_duration_seconds', help: 'From proposing until applied, one sample a batch of proposals.', buckets: LATENCY_BUCKETS_SECONDS,
    }),
    followerLag: registry.gauge({name: 'raft_follower_lag_entries', help: 'Entries the furthest-behind follower of a group led here lacks.'}),
    leadershipsGivenAway: registry.counterFamily({
      name: 'raft_leaderships_given_away_total', help: 'Leaderships handed over because this process was a bad place for them.', labels: ['reason'],
    }),
    asleep: registry.gauge({name: 'raft_groups_asleep', help: 'Replicas of this process whose groups are idle and sleep: they neither tick nor send heartbeats.'}),
    woken: registry.counterFamily({
      name: 'raft_groups_woken_total', help: 'Times a replica of this process woke, by what: request, message, lost-peer, restarted-peer, age.', labels: ['cause'],
    }),
    snapshotsSent: snapshots.with({role: 'sender'}),
    snapshotsReceived: snapshots.with({role: 'receiver'}),
  };
}
