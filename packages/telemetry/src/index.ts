export {EVENT_LEVELS, LogSink} from './log-sink.js';
export type {LogSinkOptions, LogSinkPorts} from './log-sink.js';
export {LINE_LENGTH_MAX, renderLogLine} from './log-line.js';
export {EventRing} from './event-ring.js';
export type {KeptEvent} from './event-ring.js';
export {EventCounters, EventFanOut} from './event-fan-out.js';
export type {CountedEvent} from './event-fan-out.js';
export {PrometheusMetrics} from './prometheus-metrics.js';
export type {PrometheusMetricsOptions} from './prometheus-metrics.js';
