import type {Gauge, Counter, Family, Histogram, MetricRegistry} from '@murmuration/base';

/** From a pause nobody notices to a count over a big partition. */
const SPLIT_BUCKETS_SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];
/** From the settling of a few writes to the minutes that load has to last. */
const PHASE_BUCKETS_SECONDS = [0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10, 60, 300, 1_200];

export interface ControlPlaneMetrics {
  readonly nodes: Family<Gauge>;
  readonly tables: Family<Gauge>;
  readonly partitionsLeaderless: Gauge;
  readonly requests: Family<Counter>;
  readonly partitionsUnderReplicated: Gauge;
  readonly jobsRunning: Family<Gauge>;
  readonly jobsEnded: Family<Counter>;
  readonly splitTime: Histogram;
  readonly splitsDone: Family<Counter>;
  readonly splitPhases: Family<Histogram>;
  /** Steps that relieved a hot node. */
  readonly heatMoves: Family<Counter>;
  /** Tokens of tables that were leased to routers. */
  readonly leasedHalfUnits: Family<Counter>;
  /** Provisioned by all tables and indexes, and the quota of it. */
  readonly accountUnits: Family<Gauge>;
  readonly accountUnitsMax: Family<Gauge>;
  /** Changes of throughput that auto scaling made or was refused. */
  readonly scalingActions: Family<Counter>;
  /** Of indexes that are being filled; 1 once they are. */
  readonly indexBackfill: Family<Gauge>;
}

export function createControlPlaneMetrics(registry: MetricRegistry): ControlPlaneMetrics {
  return {
    nodes: registry.gaugeFamily({name: 'control_nodes', help: 'Registered processes by state, as the control plane leader sees them.', labels: ['state']}),
    tables: registry.gaugeFamily({name: 'control_tables', help: 'Tables by status.', labels: ['status']}),
    partitionsLeaderless: registry.gauge({name: 'partitions_leaderless', help: 'Partitions for which no leader has reported lately.'}),
    requests: registry.counterFamily({name: 'control_requests_total', help: 'Control requests by kind and result.', labels: ['kind', 'result']}),
    partitionsUnderReplicated: registry.gauge({name: 'partitions_under_replicated', help: 'Partitions with fewer living full copies than the replication factor.'}),
    jobsRunning: registry.gaugeFamily({name: 'control_jobs_running', help: 'Jobs under way by kind; move and heal are copies in flight.', labels: ['kind']}),
    jobsEnded: registry.counterFamily({name: 'control_jobs_total', help: 'Jobs that ended, by kind and state.', labels: ['kind', 'state']}),
    leasedHalfUnits: registry.counterFamily({name: 'control_leased_half_units_total', help: 'Tokens of tables leased to routers, in half units, by kind of access.', labels: ['access']}),
    accountUnits: registry.gaugeFamily({name: 'control_account_provisioned_units', help: 'Capacity units provisioned by all tables and global indexes together, by access: read, write.', labels: ['access']}),
    accountUnitsMax: registry.gaugeFamily({name: 'control_account_units_max', help: 'Quota of the capacity units that all tables and global indexes may have provisioned together, by access: read, write.', labels: ['access']}),
    indexBackfill: registry.gaugeFamily({name: 'index_backfill_ratio', help: 'How much of a table its new global index was told of.', labels: ['table', 'index']}),
    scalingActions: registry.counterFamily({name: 'auto_scaling_actions_total', help: 'Changes of throughput by auto scaling, refused ones too, by direction: in, out.', labels: ['direction']}),
    splitTime: registry.histogram({name: 'control_split_seconds', help: 'From the order of a split to the map that shows both halves.', buckets: SPLIT_BUCKETS_SECONDS}),
    splitsDone: registry.counterFamily({name: 'control_splits_total', help: 'Splits that were carried out, by what asked for them: size, heat, operator.', labels: ['cause']}),
    splitPhases: registry.histogramFamily({
      name: 'split_phase_duration_seconds', help: 'Phases of splits: detect, order, choose, count, pause, publish.', labels: ['phase'], buckets: PHASE_BUCKETS_SECONDS,
    }),
    heatMoves: registry.counterFamily({name: 'control_heat_moves_total', help: 'Leaderships and replicas that left a node because it was hot.', labels: ['kind']}),
  };
}
