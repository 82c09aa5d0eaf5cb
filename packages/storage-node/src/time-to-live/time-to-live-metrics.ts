import type {Counter, MetricRegistry} from '@murmuration/base';

/** Of the time to live of items in partitions led here. */
export interface TimeToLiveMetrics {
  readonly deleted: Counter;
  readonly listed: Counter;
}

export function createTimeToLiveMetrics(registry: MetricRegistry): TimeToLiveMetrics {
  return {
    deleted: registry.counter({name: 'time_to_live_deleted_items_total', help: 'Items removed because their time was over, by partitions led by this process.'}),
    listed: registry.counter({name: 'time_to_live_listed_items_total', help: 'Items listed by their time after they were written: when time to live was enabled, and after splits.'}),
  };
}
