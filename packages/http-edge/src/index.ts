export {listenHttp} from './listen-http.js';
export type {AdoptingHttpListener} from './listen-http.js';
export type {HttpListenOptions} from './listen-http.js';
export type {HttpEdgePorts} from './edge-state.js';
export {HTTP_EDGE_LIMITS} from './config.js';
export type {HttpEdgeLimits} from './config.js';
export {HttpEdgeError} from './errors.js';
export type {HttpEdgeFailure} from './errors.js';
export type {HttpEdgeEvent, RefusalReason} from './events.js';
