import type {EventSink, NodeId} from '@murmuration/base';

export type StartGateEvent =
  /** Said again every few seconds while it lasts. */
  | {readonly event: 'start-gate/waiting'; readonly level: 'warn'; readonly acceptedCount: number; readonly neededCount: number; readonly waitingFor: readonly string[]}
  | {readonly event: 'start-gate/passed'; readonly level: 'info'; readonly diskId: string; readonly incarnation: number; readonly isReplacement: boolean}
  /** The disk is lost, or an older copy of it was put back: this process must not go on with it. */
  | {
      readonly event: 'start-gate/disk-refused'; readonly level: 'error'; readonly diskId: string; readonly incarnation: number;
      readonly knownDiskId: string; readonly knownIncarnation: number;
    }
  | {
      readonly event: 'start-gate/claim-refused'; readonly level: 'warn'; readonly node: NodeId; readonly diskId: string; readonly incarnation: number;
      readonly knownDiskId: string; readonly knownIncarnation: number;
    }
  | {readonly event: 'start-gate/memory-recalled'; readonly level: 'info'; readonly nodeCount: number}
  | {readonly event: 'start-gate/data-set-aside'; readonly level: 'error'; readonly path: string; readonly reason: string};

export function emitStartGateEvent(events: EventSink, event: StartGateEvent): void {
  events.emit(event);
}
