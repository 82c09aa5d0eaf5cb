/** Reasons for which the edge answers or closes by itself, without the handler. */
export type RefusalReason =
  | 'connections-total'
  | 'connections-per-address'
  | 'framing'
  | 'malformed'
  | 'head-too-large'
  | 'head-timeout'
  | 'slow-body'
  | 'slow-reader'
  | 'body-pieces'
  | 'expectation'
  | 'pipelined'
  | 'in-flight-requests'
  | 'in-flight-bytes';

export type HttpEdgeEvent =
  | {readonly event: 'http-edge/listening'; readonly level: 'info'; readonly address: string}
  | {readonly event: 'http-edge/closed'; readonly level: 'info'; readonly address: string; readonly cutCount: number}
  | {readonly event: 'http-edge/refused'; readonly level: 'debug'; readonly reason: RefusalReason; readonly remoteAddress: string}
  | {readonly event: 'http-edge/handler-failed'; readonly level: 'error'; readonly error: unknown}
  | {readonly event: 'http-edge/reply-failed'; readonly level: 'error'; readonly error: unknown}
  | {readonly event: 'http-edge/listener-failed'; readonly level: 'error'; readonly error: unknown};
