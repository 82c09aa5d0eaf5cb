import type {Clock, EventSink, FunctionPort, HttpHandler, MetricRegistry, Random, Timers} from '@murmuration/base';

export interface TriggerPorts {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly events: EventSink;
  readonly metrics: MetricRegistry;
  readonly functions: FunctionPort;
  /** The DynamoDB API of this process. */
  readonly api: HttpHandler;
  /** Whether the map of this process has a table of that name: nobody asks for what is not there. */
  readonly hasTable: (name: string) => boolean;
}

export interface TriggerTuning {
  /** Between two looks at definitions and leases. */
  readonly leaseRenewMs: number;
  /** A runner that was not heard of for so long is replaced. */
  readonly leaseMs: number;
  /** Between two looks at a shard that had nothing. */
  readonly pollMs: number;
  /** Between two looks for shards. */
  readonly shardSyncMs: number;
  /** Between two tries of a batch: first, and at most. */
  readonly retryMs: number;
  readonly retryMsMax: number;
}

export const TRIGGER_DEFAULTS: TriggerTuning = {leaseRenewMs: 2_000, leaseMs: 10_000, pollMs: 250, shardSyncMs: 2_000, retryMs: 200, retryMsMax: 30_000};
