import type {ControlRequest, ControlResponse, ClusterMapSource} from '@murmuration/control-client';
import type {RouterMetrics} from './metrics.js';
import type {RouterPorts, RouterSettings} from './options.js';
import type {LocalPartitions} from '@murmuration/partition-client';
import type {PartitionCaller} from './admission/admitted-partitions.js';
import type {TableLookup} from './table-lookup.js';
import type {Exchange} from './exchange.js';

/** The control plane as the router uses it: ControlClient is one. */
export interface ControlCaller {
  /** @param done called once */
  call(request: ControlRequest, timeoutMs: number, done: (response: ControlResponse) => void): void;
}

/** What a router needs from the rest of its process. */
export interface RouterServices {
  readonly map: ClusterMapSource;
  readonly control: ControlCaller;
  /** Absent in a process without storage role. */
  readonly localPartitions?: LocalPartitions;
}

/** What operations work with. */
export interface OperationServices {
  readonly settings: RouterSettings;
  readonly ports: RouterPorts;
  readonly map: ClusterMapSource;
  readonly control: ControlCaller;
  readonly partitions: PartitionCaller;
  readonly tables: TableLookup;
  readonly metrics: RouterMetrics;
}

/** Answers the exchange, now or later, exactly once; may throw ModelError and RouterError while it is called. */
export type Operation = (exchange: Exchange, services: OperationServices) => void;
