import type {Counter, Gauge, MetricRegistry} from '@murmuration/base';

export interface TriggerMetrics {
  readonly succeeded: Counter;
  readonly failed: Counter;
  readonly delivered: Counter;
  readonly filtered: Counter;
  readonly dropped: Counter;
  readonly running: Gauge;
  readonly iteratorAge: Gauge;
}

export function createTriggerMetrics(registry: MetricRegistry): TriggerMetrics {
  const invocations = registry.counterFamily({name: 'trigger_invocations_total', help: 'Calls of functions by triggers that run in this process, by result.', labels: ['result']});
  const records = registry.counterFamily({name: 'trigger_records_total', help: 'Stream records that triggers of this process are through with, by what became of them.', labels: ['result']});
  return {
    succeeded: invocations.with({result: 'ok'}), failed: invocations.with({result: 'failed'}),
    delivered: records.with({result: 'delivered'}), filtered: records.with({result: 'filtered'}), dropped: records.with({result: 'dropped'}),
    running: registry.gauge({name: 'triggers_running', help: 'Triggers that run in this process.'}),
    iteratorAge: registry.gauge({name: 'trigger_iterator_age_seconds', help: 'Age of the newest record of the batch that a trigger of this process was last through with.'}),
  };
}
