import type {EventRecord} from '@murmuration/base';

export type RouterEvent = EventRecord &
  (
    /** A request failed for a reason that is ours: its answer was a plain 500. */
    | {readonly event: 'router/request-failed'; readonly level: 'error'; readonly operation: string; readonly reason: string}
    | {readonly event: 'router/overloaded'; readonly level: 'warn'; readonly inFlightBytes: number; readonly inFlightCount: number}
  );
