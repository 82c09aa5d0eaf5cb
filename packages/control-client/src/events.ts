import type {EventRecord} from '@murmuration/base';

export type ControlClientEvent = EventRecord &
  (
    | {readonly event: 'control-client/map-updated'; readonly level: 'debug'; readonly version: number}
    | {readonly event: 'control-client/registered'; readonly level: 'info'; readonly controlLeader: string}
    | {readonly event: 'control-client/refused'; readonly level: 'error'; readonly reason: string}
    | {readonly event: 'control-client/unreachable'; readonly level: 'warn'; readonly reason: string}
    | {readonly event: 'control-client/reachable'; readonly level: 'info'; readonly controlLeader: string}
    | {readonly event: 'control-client/cache-unreadable'; readonly level: 'warn'; readonly reason: string}
  );
