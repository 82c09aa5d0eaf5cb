import type {NodeId} from '@murmuration/base';
import type {Purpose} from './frame-stream.js';
import type {RefusalReason} from './hello.js';

/** What the fabric tells the telemetry. */
export type FabricEvent =
  | {
      readonly event: 'fabric/connected'; readonly level: 'info'; readonly node: NodeId; readonly address: string;
      readonly incarnation: number; readonly mapEpoch: number;
    }
  | {readonly event: 'fabric/disconnected'; readonly level: 'info'; readonly node: NodeId; readonly reason: string}
  | {readonly event: 'fabric/dial-failed'; readonly level: 'debug'; readonly node: NodeId; readonly reason: string; readonly retryInMs: number}
  | {
      readonly event: 'fabric/peer-refused'; readonly level: 'warn'; readonly direction: Direction;
      /** As the peer calls itself, or as we know it; undefined when it did not say. */
      readonly node: string | undefined; readonly reason: RefusalReason; readonly detail: string;
    }
  | {
      readonly event: 'fabric/frame-corrupt'; readonly level: 'warn'; readonly direction: Direction;
      readonly node: string | undefined; readonly purpose: Purpose; readonly reason: string;
    };

/** `outgoing`: on a stream we dialled. */
export type Direction = 'outgoing' | 'incoming';
