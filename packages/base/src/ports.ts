/**
 * The ports of time, chance and telemetry. Rings 1 and 3 reach the world through these and through
 * log-port.ts, store-port.ts, network-port.ts and http-port.ts only; ring 2 makes them real, the
 * simulator makes them deterministic.
 */

export interface Clock {
  /** Milliseconds with fraction, never going back within one process, no meaning across processes. */
  monotonicMs(): number;
  /** Milliseconds since 1970 UTC; may jump either way. Never used for safety. */
  wallMs(): number;
}

export interface TimerHandle {
  /** After this the callback never runs. Idempotent. */
  cancel(): void;
}

export interface Timers {
  /** Runs `callback` once, not before `delayMs` from now. */
  after(delayMs: number, callback: () => void): TimerHandle;
  /** Runs `callback` every `periodMs` until cancelled. Missed periods are not made up for. */
  every(periodMs: number, callback: () => void): TimerHandle;
  /** Runs `callback` once, after the I/O events now waiting were handled (a turn of the event loop). */
  nextTurn(callback: () => void): void;
}

export interface Random {
  /** Uniform integer, 0..2^32-1. */
  uint32(): number;
  /** Uniform integer in [0, until). `until` is 1..2^32. */
  below(until: number): number;
  /** An independent generator; equal seed and label give equal sequences. */
  fork(label: string): Random;
}

export type EventLevel = 'debug' | 'info' | 'warn' | 'error';

/**
 * Something that happened, for logs, metrics and tests. Each package declares its events as a union in
 * `events.ts`, names as `package/what-happened`, fields JSON-serialisable, units in the field names.
 */
export interface EventRecord {
  readonly event: string;
  readonly level: EventLevel;
  readonly [field: string]: unknown;
}

export interface EventSink {
  /** Whether events of this level are kept at all: check before building a costly debug event. */
  isEnabled(level: EventLevel): boolean;
  emit(record: EventRecord): void;
}

export interface Counter {
  add(amount: number): void;
}
export interface Gauge {
  set(value: number): void;
}
export interface Histogram {
  observe(value: number): void;
}
export interface MetricOptions {
  /** Without the `murmuration_` prefix, with its unit as suffix: `requests_total`, `wal_fsync_duration_seconds`. */
  readonly name: string;
  readonly help: string;
}
export interface HistogramOptions extends MetricOptions {
  readonly buckets: readonly number[];
}
export type LabelValues = Readonly<Record<string, string>>;
/** A metric with labels; `with` finds or makes the child of one label set. Keep the child on hot paths. */
export interface Family<Child> {
  with(labels: LabelValues): Child;
}
export interface MetricRegistry {
  counter(options: MetricOptions): Counter;
  gauge(options: MetricOptions): Gauge;
  histogram(options: HistogramOptions): Histogram;
  counterFamily(options: MetricOptions & {readonly labels: readonly string[]}): Family<Counter>;
  gaugeFamily(options: MetricOptions & {readonly labels: readonly string[]}): Family<Gauge>;
  histogramFamily(options: HistogramOptions & {readonly labels: readonly string[]}): Family<Histogram>;
  /** Calls `collect` right before each scrape: set gauges there instead of on the hot path. */
  onCollect(collect: () => void): void;
}
export const LATENCY_BUCKETS_SECONDS: readonly number[] = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];
