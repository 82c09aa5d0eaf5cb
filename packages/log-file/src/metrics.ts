import {LATENCY_BUCKETS_SECONDS} from '@murmuration/base';
import type {Counter, Gauge, Histogram, MetricRegistry} from '@murmuration/base';

export interface LogMetrics {
  /** From handing a batch to the disk until it is durable. */
  readonly syncTime: Histogram;
  readonly slowSyncs: Counter;
  readonly storageBytes: Gauge;
  readonly groupsUnusable: Gauge;
  readonly diskFreeBytes: Gauge;
  readonly diskReserveBytes: Gauge;
}

export function createLogMetrics(registry: MetricRegistry): LogMetrics {
  return {
    syncTime: registry.histogram({
      name: 'wal_fsync_duration_seconds', help: 'Writing and syncing one batch of the log.', buckets: LATENCY_BUCKETS_SECONDS,
    }),
    slowSyncs: registry.counter({name: 'wal_slow_syncs_total', help: 'Batches of the log that took longer than half a second to become durable.'}),
    groupsUnusable: registry.gauge({name: 'wal_groups_unusable', help: 'Groups the log refuses because a durable record of them is damaged.'}),
    diskFreeBytes: registry.gauge({name: 'disk_free_bytes', help: 'Free bytes of the disk under the log, as of the latest look.'}),
    diskReserveBytes: registry.gauge({name: 'disk_reserve_bytes', help: 'Bytes held back on the disk, to be given up when it runs low.'}),
    storageBytes: registry
      .gaugeFamily({name: 'storage_bytes', help: 'Bytes on disk by kind of storage.', labels: ['kind']})
      .with({kind: 'log'}),
  };
}
