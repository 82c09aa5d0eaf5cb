import type {EventRecord} from '@murmuration/base';

/** Why a request is sent again: how the attempt before it ended, or that the map has changed. */
export type RetryReason =
  | 'not-sent' | 'turned-away' | 'answer-lost' | 'not-leader' | 'redirected' | 'older-epoch' | 'newer-epoch' | 'unknown-partition' | 'overloaded' | 'unavailable' | 'entry-changed';

export type PartitionClientEvent = EventRecord & (
  /** A partition could not be reached or did not answer in time. */
  | {readonly event: 'partition-client/unavailable'; readonly level: 'warn'; readonly group: number; readonly reason: string; readonly attemptCount: number}
  | {readonly event: 'partition-client/retried'; readonly level: 'debug'; readonly group: number; readonly reason: RetryReason}
);
