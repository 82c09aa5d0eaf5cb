import type {Counter, MetricRegistry} from '@murmuration/base';
import type {TransactResult, TransactStep} from '@murmuration/partition';

export interface TransactionMetrics {
  /** One more step judged here. */
  judged(step: TransactStep['kind'], result: TransactResult['kind']): void;
  /** One more transaction brought to its end by a leader here because nobody else did. */
  recovered(outcome: 'commit' | 'cancel'): void;
  /** Actions refused because another transaction held their item. */
  readonly conflicts: Counter;
}

export function createTransactionMetrics(registry: MetricRegistry): TransactionMetrics {
  const steps = registry.counterFamily({name: 'transaction_steps_total', help: 'Steps of transactions judged by leaders of this process, by step and result.', labels: ['step', 'result']});
  const recoveries = registry.counterFamily({
    name: 'transactions_recovered_total', help: 'Transactions that a leader of this process brought to an end because their coordinator had not.', labels: ['outcome'],
  });
  return {
    judged(step, result) {
      steps.with({step, result}).add(1);
    },
    recovered(outcome) {
      recoveries.with({outcome}).add(1);
    },
    conflicts: registry.counter({name: 'transaction_conflicts_total', help: 'Writes and actions refused because a transaction held their item.'}),
  };
}
