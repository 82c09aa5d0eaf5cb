import {assert} from '@murmuration/base';
import type {AzId, Clock, EventSink, NetworkPort, NodeId, Random, Timers} from '@murmuration/base';

export interface PartitionClientPorts {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly network: NetworkPort;
  readonly events: EventSink;
}

export interface PartitionClientTuning {
  /** One attempt of a read at another process; a write's attempt lasts as long as its request, for it is never repeated. */
  readonly readAttemptTimeoutMs: number;
  /** An eventual read of items that hears nothing for so long asks another replica, while there are some that were not asked. */
  readonly eventualAttemptTimeoutMs: number;
  /** First pause before a partition is asked again; doubles with each attempt up to the bound, half of it drawn. */
  readonly backoffMs: number;
  readonly backoffMsMax: number;
}

export interface PartitionClientSettings extends PartitionClientTuning {
  readonly node: NodeId;
  readonly az: AzId;
}

export const PARTITION_CLIENT_DEFAULTS: PartitionClientTuning = {readAttemptTimeoutMs: 1_000, eventualAttemptTimeoutMs: 250, backoffMs: 10, backoffMsMax: 250};

export function checkPartitionClientTuning(tuning: PartitionClientTuning): void {
  assert(tuning.eventualAttemptTimeoutMs <= tuning.readAttemptTimeoutMs, 'an attempt that can be followed by another outlasts one that cannot');
  assert(tuning.backoffMs >= 1 && tuning.backoffMs <= tuning.backoffMsMax, 'backoff bounds out of order');
}
