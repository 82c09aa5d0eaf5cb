import type {EventRecord} from '@murmuration/base';

export type PartitionClientEvent = EventRecord &
  /** A partition could not be reached or did not answer in time. */
  {readonly event: 'partition-client/unavailable'; readonly level: 'warn'; readonly group: number; readonly reason: string; readonly attemptCount: number};
