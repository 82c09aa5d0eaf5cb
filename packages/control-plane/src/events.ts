import type {EventRecord} from '@murmuration/base';

export type ControlPlaneEvent = EventRecord &
  (
    | {readonly event: 'control-plane/leading'; readonly level: 'info'; readonly term: number}
    | {readonly event: 'control-plane/following'; readonly level: 'info'}
    | {readonly event: 'control-plane/node-registered'; readonly level: 'info'; readonly node: string; readonly az: string; readonly incarnation: number}
    | {readonly event: 'control-plane/node-state-changed'; readonly level: 'warn' | 'info'; readonly node: string; readonly state: string}
    | {readonly event: 'control-plane/table-created'; readonly level: 'info'; readonly table: string; readonly partitionCount: number}
    | {readonly event: 'control-plane/table-active'; readonly level: 'info'; readonly table: string; readonly tookMs: number}
    | {readonly event: 'control-plane/table-deleted'; readonly level: 'info'; readonly table: string}
    | {readonly event: 'control-plane/request-refused'; readonly level: 'warn'; readonly reason: string}
  );
