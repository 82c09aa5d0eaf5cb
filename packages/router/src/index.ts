export type {RouterHealth} from './router.js';
export {Router} from './router.js';
export type {RouterOptions, RouterPorts, RouterTuning} from './options.js';
export {ROUTER_DEFAULTS} from './options.js';
export type {ControlCaller, RouterServices} from './services.js';
export type {LocalPartitions} from '@murmuration/partition-client';
export {startingReply} from './starting-reply.js';
export type {ThrottleFilter, ThrottledRequest} from './admission/throttle-journal.js';
export type {RouterEvent} from './events.js';
