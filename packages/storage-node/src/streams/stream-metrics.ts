import type {Counter, MetricRegistry} from '@murmuration/base';
import {isStreamRecordKey} from '@murmuration/partition';
import type {Effect} from '@murmuration/partition';

/** Of the streams of partitions led here. */
export interface StreamMetrics {
  readonly written: Counter;
  readonly writtenBytes: Counter;
  readonly trimmed: Counter;
  readonly read: Counter;
}

export function createStreamMetrics(registry: MetricRegistry): StreamMetrics {
  return {
    written: registry.counter({name: 'stream_records_written_total', help: 'Stream records made by writes of partitions led by this process.'}),
    writtenBytes: registry.counter({name: 'stream_written_bytes_total', help: 'Bytes of these records as stored.'}),
    trimmed: registry.counter({name: 'stream_records_trimmed_total', help: 'Stream records removed because they were too old.'}),
    read: registry.counter({name: 'stream_records_read_total', help: 'Stream records given to readers.'}),
  };
}

/** An applied effect of a partition led here. */
export function countStreamRecords(metrics: StreamMetrics, {changes}: Effect): void {
  for (const {key, value} of changes) {
    if (value === undefined || !isStreamRecordKey(key)) continue;
    metrics.written.add(1);
    metrics.writtenBytes.add(value.length);
  }
}
