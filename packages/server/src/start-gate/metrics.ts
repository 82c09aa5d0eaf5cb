import type {Counter, Gauge, MetricRegistry} from '@murmuration/base';

export interface StartGateMetrics {
  readonly isWaiting: Gauge;
  readonly claimsRefused: Counter;
}

export function createStartGateMetrics(registry: MetricRegistry): StartGateMetrics {
  return {
    isWaiting: registry.gauge({name: 'start_gate_waiting', help: '1 while this process waits for a majority of the control processes to remember its disk and start.'}),
    claimsRefused: registry.counter({name: 'start_gate_claims_refused_total', help: 'Starts on a lost or older disk that this control process refused.'}),
  };
}
