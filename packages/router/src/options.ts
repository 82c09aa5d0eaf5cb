import {assert} from '@murmuration/base';
import type {AzId, Clock, EventSink, MetricRegistry, NetworkPort, NodeId, Random, Timers} from '@murmuration/base';
import type {CapacitySettings} from '@murmuration/model';
import {PARTITION_CLIENT_DEFAULTS, checkPartitionClientTuning} from '@murmuration/partition-client';
import type {PartitionClientTuning} from '@murmuration/partition-client';

export interface RouterPorts {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly network: NetworkPort;
  readonly events: EventSink;
  readonly metrics: MetricRegistry;
}

export interface RouterTuning extends PartitionClientTuning {
  /** From the arrival of a request to its answer, retries included. */
  readonly requestTimeoutMs: number;
  /** A call to the control plane for a table operation. */
  readonly controlTimeoutMs: number;
  /** The control plane is asked for its newest map at most this often because of requests. */
  readonly mapRefreshPeriodMsMin: number;
  /** Bytes of requests in work and of the replies they may grow to; above it new ones are answered 503. */
  readonly inFlightBytesMax: number;
  /** Tables with metrics of their own; further ones are counted without a name. */
  readonly tableLabelsMax: number;
  /** Throttles kept for "why was I throttled?". */
  readonly throttleRecordsMax: number;
}

export interface RouterOptions extends Partial<RouterTuning> {
  readonly node: NodeId;
  readonly az: AzId;
  /** Named in ARNs and in the health text; any region is accepted in a signature. */
  readonly region: string;
  /** Settings of throughput where nothing was changed while the cluster runs. */
  readonly capacityDefaults?: CapacitySettings;
}

const MEBIBYTE = 1024 * 1024;
export const ROUTER_DEFAULTS: RouterTuning = {
  requestTimeoutMs: 5_000,
  ...PARTITION_CLIENT_DEFAULTS,
  controlTimeoutMs: 4_000,
  mapRefreshPeriodMsMin: 50,
  inFlightBytesMax: 256 * MEBIBYTE,
  tableLabelsMax: 100,
  throttleRecordsMax: 1_024,
};

export type RouterSettings = RouterTuning & Pick<RouterOptions, 'node' | 'az' | 'region' | 'capacityDefaults'>;

/** Defaults under what was given, with the relations between the numbers asserted. */
export function completeOptions(options: RouterOptions): RouterSettings {
  const settings: RouterSettings = {...ROUTER_DEFAULTS, ...options};
  assert(settings.readAttemptTimeoutMs <= settings.requestTimeoutMs, 'an attempt outlasts its request');
  checkPartitionClientTuning(settings);
  assert(settings.throttleRecordsMax >= 1, 'at least one throttle is kept');
  assert(settings.inFlightBytesMax >= 32 * MEBIBYTE, 'the largest request must fit into the bytes in flight');
  return settings;
}
