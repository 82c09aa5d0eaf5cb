import type {EventSink} from '@murmuration/base';

export type LogEvent =
  | {readonly event: 'log/segment-created'; readonly level: 'info'; readonly file: string; readonly sizeBytes: number}
  | {readonly event: 'log/segment-recycled'; readonly level: 'info'; readonly sequence: number; readonly reused: boolean}
  | {
      readonly event: 'log/tail-cut';
      readonly level: 'warn' | 'info';
      readonly file: string;
      readonly offsetBytes: number;
      readonly sizeBytes: number;
      /** 'torn-batch': a write that never finished. 'stale-bytes': what a recycled file held before; nothing was lost or torn. */
      readonly reason: 'torn-batch' | 'stale-bytes';
    }
  | {
      readonly event: 'log/damaged';
      readonly level: 'error';
      readonly file: string;
      readonly offsetBytes: number;
      readonly reason: string;
      /** Those that lost a record; the log refuses them and goes on with the others. Empty when only a header was hit. */
      readonly groups: readonly number[];
    }
  | {readonly event: 'log/slow-sync'; readonly level: 'warn'; readonly durationMs: number; readonly sizeBytes: number}
  | {readonly event: 'log/move-failed'; readonly level: 'error'; readonly sequence: number; readonly reason: string}
  | {readonly event: 'log/poisoned'; readonly level: 'error'; readonly reason: string}
  | {readonly event: 'log/disk-low'; readonly level: 'warn'; readonly freeBytes: number; readonly freeBytesMin: number}
  | {readonly event: 'log/reserve-released'; readonly level: 'warn'; readonly freeBytes: number; readonly sizeBytes: number}
  | {readonly event: 'log/reserve-made'; readonly level: 'info'; readonly sizeBytes: number}
  | {readonly event: 'log/disk-recovered'; readonly level: 'info'; readonly freeBytes: number}
  | {
      readonly event: 'log/recovered';
      readonly level: 'info';
      readonly segmentCount: number;
      readonly groupCount: number;
      readonly batchCount: number;
      readonly recordCount: number;
      readonly liveBytes: number;
    };

export function emitLogEvent(events: EventSink, event: LogEvent): void {
  events.emit(event);
}
