import type {Gauge, Counter, Family, MetricRegistry} from '@murmuration/base';

export interface ControlPlaneMetrics {
  readonly nodes: Family<Gauge>;
  readonly tables: Family<Gauge>;
  readonly partitionsLeaderless: Gauge;
  readonly requests: Family<Counter>;
}

export function createControlPlaneMetrics(registry: MetricRegistry): ControlPlaneMetrics {
  return {
    nodes: registry.gaugeFamily({name: 'control_nodes', help: 'Registered processes by state, as the control plane leader sees them.', labels: ['state']}),
    tables: registry.gaugeFamily({name: 'control_tables', help: 'Tables by status.', labels: ['status']}),
    partitionsLeaderless: registry.gauge({name: 'partitions_leaderless', help: 'Partitions for which no leader has reported lately.'}),
    requests: registry.counterFamily({name: 'control_requests_total', help: 'Control requests by kind and result.', labels: ['kind', 'result']}),
  };
}
