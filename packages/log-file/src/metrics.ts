import {LATENCY_BUCKETS_SECONDS} from '@murmuration/base';
import type {Gauge, Histogram, MetricRegistry} from '@murmuration/base';

export interface LogMetrics {
  /** From handing a batch to the disk until it is durable. */
  readonly syncTime: Histogram;
  readonly storageBytes: Gauge;
}

export function createLogMetrics(registry: MetricRegistry): LogMetrics {
  return {
    syncTime: registry.histogram({
      name: 'wal_fsync_duration_seconds', help: 'Writing and syncing one batch of the log.', buckets: LATENCY_BUCKETS_SECONDS,
    }),
    storageBytes: registry
      .gaugeFamily({name: 'storage_bytes', help: 'Bytes on disk by kind of storage.', labels: ['kind']})
      .with({kind: 'log'}),
  };
}
