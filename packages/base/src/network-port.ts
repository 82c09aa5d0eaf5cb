import type {NodeId} from './ids.js';

/** Which handler a call is for. One number a service; the list is closed. */
export type ServiceId = 1 | 2 | 3 | 4 | 5;
export const SERVICE_PARTITION: ServiceId = 1;
export const SERVICE_CONTROL: ServiceId = 2;
export const SERVICE_SNAPSHOT: ServiceId = 3;
/** What a starting process tells before it takes part in anything. */
export const SERVICE_START: ServiceId = 4;
/** How hot the partitions of a process are. */
export const SERVICE_HEAT: ServiceId = 5;

export type CallFailure =
  /** Not connected, or the queue to that peer is full: nothing was sent, so nothing happened. */
  | {readonly code: 'NotSent'; readonly reason: string}
  /** Sent, but the connection broke or the deadline passed before an answer: it may have happened. */
  | {readonly code: 'Unknown'; readonly reason: string}
  /** The other side refused before doing anything: overloaded, unknown service, deadline already over. */
  | {readonly code: 'Refused'; readonly reason: string};

export type CallResult =
  | {readonly ok: true; readonly payload: Uint8Array}
  | {readonly ok: false; readonly failure: CallFailure};

/**
 * Answers one call. `reply` must be called exactly once, now or later; `refuse` instead means nothing was done.
 * @param deadlineMs on this process's monotonic clock
 */
export type CallHandler = (
  from: NodeId,
  payload: Uint8Array,
  deadlineMs: number,
  reply: (payload: Uint8Array) => void,
  refuse: (reason: string) => void,
) => void;

export interface PeerAddress {
  readonly node: NodeId;
  /** `host:port` of the peer's fabric listener. */
  readonly address: string;
}

/**
 * The network between the processes of one cluster. Calls are requests with answers; posts are one-way, may be
 * lost, arrive in order and at most once while a connection lasts. Everything given in one turn of the event loop
 * to one peer travels in one message. Every queue is bounded in bytes.
 */
export interface NetworkPort {
  readonly self: NodeId;
  /** Learns or corrects a peer's address; connects in the background and keeps reconnecting. */
  setPeer(peer: PeerAddress): void;
  removePeer(node: NodeId): void;
  isConnected(node: NodeId): boolean;
  /**
   * @param timeoutMs after which `done` gets `Unknown` (or `NotSent` when it never left)
   * @param done called exactly once, never synchronously
   */
  call(to: NodeId, service: ServiceId, payload: Uint8Array, timeoutMs: number, done: (result: CallResult) => void): void;
  /** @returns false when it was dropped at once: not connected, or the queue is full */
  post(to: NodeId, payload: Uint8Array): boolean;
  /** One handler a service. A call to `self` reaches it too, without leaving the process. */
  onCall(service: ServiceId, handler: CallHandler): void;
  onPost(handler: (from: NodeId, payload: Uint8Array) => void): void;
  /** Told when a peer becomes reachable or is lost. */
  onConnection(handler: (peer: NodeId, isConnected: boolean) => void): void;
  close(): Promise<void>;
}
