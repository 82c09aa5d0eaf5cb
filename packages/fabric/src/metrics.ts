import type {Counter, Histogram, MetricRegistry} from '@murmuration/base';
import {LATENCY_BUCKETS_SECONDS} from '@murmuration/base';
import type {Purpose} from './frame-stream.js';

export interface FabricMetrics {
  readonly sentBytes: Readonly<Record<Purpose, Counter>>;
  readonly receivedBytes: Readonly<Record<Purpose, Counter>>;
  /** @param az of the peer, a closed set */
  roundTripSeconds(az: string): Histogram;
}

export interface QueueSize {
  readonly count: number;
  readonly sizeBytes: number;
}

/** @param measure asked before each scrape for what waits to be sent, all peers together */
export function createFabricMetrics(registry: MetricRegistry, measure: () => Readonly<Record<Purpose, QueueSize>>): FabricMetrics {
  const sent = registry.counterFamily({name: 'fabric_sent_bytes_total', help: 'Frame bytes given to streams', labels: ['purpose']});
  const received = registry.counterFamily({name: 'fabric_received_bytes_total', help: 'Frame bytes taken from streams', labels: ['purpose']});
  const roundTrip = registry.histogramFamily({
    name: 'peer_round_trip_seconds', help: 'Ping to pong over a fabric stream, one sample a second and peer', labels: ['az'],
    buckets: LATENCY_BUCKETS_SECONDS,
  });
  const bytes = registry.gaugeFamily({name: 'fabric_queue_bytes', help: 'Bytes waiting to be sent, all peers', labels: ['purpose']});
  const depth = registry.gaugeFamily({name: 'queue_depth', help: 'Things waiting in a queue', labels: ['queue']});
  const gauges = [
    {purpose: 'requests', bytes: bytes.with({purpose: 'requests'}), depth: depth.with({queue: 'fabric_requests'})},
    {purpose: 'raft', bytes: bytes.with({purpose: 'raft'}), depth: depth.with({queue: 'fabric_raft'})},
  ] as const;
  registry.onCollect(() => {
    const sizes = measure();
    for (const gauge of gauges) {
      gauge.bytes.set(sizes[gauge.purpose].sizeBytes);
      gauge.depth.set(sizes[gauge.purpose].count);
    }
  });
  return {
    sentBytes: {requests: sent.with({purpose: 'requests'}), raft: sent.with({purpose: 'raft'})},
    receivedBytes: {requests: received.with({purpose: 'requests'}), raft: received.with({purpose: 'raft'})},
    roundTripSeconds: (az) => roundTrip.with({az}),
  };
}
