import {assert} from '@murmuration/base';
import {LatencyHistogram} from './latency-histogram.js';
import {RUN_RECORD_FORMAT, sorted} from './run-record.js';
import type {
  BucketSeries, LatencyNumbers, NodeSeries, PartitionSeries, RunEnvironment, RunEvent, RunRecord, RunSummary, SecondRecord,
} from './run-record.js';
import {durationSeconds} from './workloads/workload-spec.js';
import type {WorkloadSpec} from './workloads/workload-spec.js';

/** A day and a half; a second more is refused. */
const SECONDS_MAX = 131_072;
/** Errors of more kinds are counted as `other`. */
const ERROR_KINDS_MAX = 64;

interface OpenSecond {
  offered: number;
  accepted: number;
  errors: number;
  retried: number;
  dropped: number;
  readHalfUnits: number;
  writeHalfUnits: number;
  readonly throttled: Map<string, number>;
  /** Made with the first sample and given back when the second is closed: a histogram is some 15 KB. */
  latency: LatencyHistogram | undefined;
  closedLatency: LatencyNumbers | null;
  readonly byStream: Float64Array;
}

/** What a run is called and was made with. */
export interface RunIdentity {
  readonly command: string;
  readonly environment: RunEnvironment;
  readonly settings: Readonly<Record<string, string | number | boolean>>;
}
export interface RunDetails {
  readonly events: readonly RunEvent[];
  readonly partitions: readonly PartitionSeries[];
  readonly buckets: readonly BucketSeries[];
  readonly nodes: readonly NodeSeries[];
  readonly measures: Readonly<Record<string, number>>;
}

/**
 * Counts what becomes of requests, by the second in which they were **due** (`second` of every call), and makes the record.
 * Every request that is offered ends in exactly one of accepted, throttled, failed and dropped; `finish` asserts it.
 */
export class RunRecorder {
  readonly #spec: WorkloadSpec;
  readonly #seconds: OpenSecond[] = [];
  readonly #durationSeconds: number;
  readonly #whole = new LatencyHistogram();
  readonly #ofStream: readonly LatencyHistogram[];
  readonly #errorKinds = new Map<string, number>();
  #closedCount = 0;
  readonly #spare: LatencyHistogram[] = [];
  constructor(spec: WorkloadSpec) {
    this.#spec = spec;
    this.#durationSeconds = durationSeconds(spec);
    this.#ofStream = spec.streams.map(() => new LatencyHistogram());
  }
  offered(second: number, stream: number): void {
    const row = this.#at(second);
    row.offered += 1;
    addTo(row.byStream, stream * 3);
  }
  accepted(second: number, stream: number, latencyMs: number, readHalfUnits: number, writeHalfUnits: number): void {
    const row = this.#at(second);
    row.accepted += 1;
    row.readHalfUnits += readHalfUnits;
    row.writeHalfUnits += writeHalfUnits;
    addTo(row.byStream, stream * 3 + 1);
    // A second that was closed has given its histogram away: what is answered so late counts in the whole only.
    if (second >= this.#closedCount) {
      row.latency ??= this.#spare.pop() ?? new LatencyHistogram();
      row.latency.record(latencyMs);
    }
    if (second < this.#spec.warmUpSeconds) return;
    this.#whole.record(latencyMs);
    this.#ofStream[stream]?.record(latencyMs);
  }
  throttled(second: number, stream: number, reason: string): void {
    const row = this.#at(second);
    row.throttled.set(reason, (row.throttled.get(reason) ?? 0) + 1);
    addTo(row.byStream, stream * 3 + 2);
  }
  failed(second: number, kind: string): void {
    this.#at(second).errors += 1;
    if (second < this.#spec.warmUpSeconds) return;
    const name = this.#errorKinds.has(kind) || this.#errorKinds.size < ERROR_KINDS_MAX ? kind : 'other';
    this.#errorKinds.set(name, (this.#errorKinds.get(name) ?? 0) + 1);
  }
  retried(second: number): void {
    this.#at(second).retried += 1;
  }
  dropped(second: number): void {
    this.#at(second).dropped += 1;
  }
  /** Nothing due before `second` is under way any more: their histograms are used again. */
  closeBefore(second: number): void {
    for (; this.#closedCount < Math.min(second, this.#seconds.length); this.#closedCount += 1) {
      const row = this.#seconds[this.#closedCount] as OpenSecond;
      row.closedLatency = row.latency === undefined ? null : latencyNumbers(row.latency);
      if (row.latency !== undefined) {
        row.latency.clear();
        this.#spare.push(row.latency);
        row.latency = undefined;
      }
    }
  }
  /** What is known of one second: for the line of a running load. */
  peek(second: number): SecondRecord {
    return this.#record(this.#at(second), second);
  }
  finish(identity: RunIdentity, details: RunDetails): RunRecord {
    if (this.#durationSeconds > 0) this.#at(Math.ceil(this.#durationSeconds) - 1);
    this.closeBefore(this.#seconds.length);
    const seconds = this.#seconds.map((row, second) => this.#record(row, second));
    for (const row of seconds) {
      const ended = row.accepted + total(row.throttled) + row.errors + row.dropped;
      assert(ended === row.offered, 'every offered request ends once', {second: row.second, offered: row.offered, ended});
    }
    const measured = seconds.slice(this.#spec.warmUpSeconds);
    return {
      format: RUN_RECORD_FORMAT, name: this.#spec.name, title: this.#spec.title, command: identity.command, environment: identity.environment,
      seed: this.#spec.seed, workload: this.#spec, settings: sorted(identity.settings), seconds, summary: this.#summarize(measured),
      streams: this.#spec.streams.map((stream, index) => ({
        name: stream.name,
        offered: sumOf(measured, (row) => row.byStream[index]?.[0] ?? 0),
        accepted: sumOf(measured, (row) => row.byStream[index]?.[1] ?? 0),
        throttledTotal: sumOf(measured, (row) => row.byStream[index]?.[2] ?? 0),
        latency: latencyNumbers(this.#ofStream[index] ?? new LatencyHistogram()),
      })),
      events: details.events, partitions: details.partitions, buckets: details.buckets, nodes: details.nodes, measures: sorted(details.measures),
    };
  }
  #summarize(measured: readonly SecondRecord[]): RunSummary {
    const throttled: Record<string, number> = {};
    for (const row of measured) for (const [reason, count] of Object.entries(row.throttled)) throttled[reason] = (throttled[reason] ?? 0) + count;
    const accepted = sumOf(measured, (row) => row.accepted);
    return {
      fromSecond: this.#spec.warmUpSeconds, untilSecond: this.#seconds.length,
      offered: sumOf(measured, (row) => row.offered), accepted, throttledTotal: total(throttled), throttled: sorted(throttled),
      errors: sumOf(measured, (row) => row.errors), errorsByKind: sorted(Object.fromEntries(this.#errorKinds)),
      retried: sumOf(measured, (row) => row.retried), dropped: sumOf(measured, (row) => row.dropped),
      readUnits: sumOf(measured, (row) => row.readUnits), writeUnits: sumOf(measured, (row) => row.writeUnits),
      acceptedPerSecond: measured.length === 0 ? 0 : rounded(accepted / measured.length), latency: latencyNumbers(this.#whole),
    };
  }
  #record(row: OpenSecond, second: number): SecondRecord {
    return {
      second, offered: row.offered, accepted: row.accepted, throttled: sorted(Object.fromEntries(row.throttled)), errors: row.errors,
      retried: row.retried, dropped: row.dropped, readUnits: row.readHalfUnits / 2, writeUnits: row.writeHalfUnits / 2,
      latency: row.latency === undefined ? row.closedLatency : latencyNumbers(row.latency),
      byStream: this.#spec.streams.map((_, index) => [row.byStream[index * 3] ?? 0, row.byStream[index * 3 + 1] ?? 0, row.byStream[index * 3 + 2] ?? 0] as const),
    };
  }
  #at(second: number): OpenSecond {
    assert(Number.isInteger(second) && second >= 0 && second < SECONDS_MAX, 'a second of the run', {second});
    while (this.#seconds.length <= second) {
      this.#seconds.push({
        offered: 0, accepted: 0, errors: 0, retried: 0, dropped: 0, readHalfUnits: 0, writeHalfUnits: 0, throttled: new Map(), latency: undefined,
        closedLatency: null, byStream: new Float64Array(this.#spec.streams.length * 3),
      });
    }
    return this.#seconds[second] as OpenSecond;
  }
}

/** @returns null without samples */
export function latencyNumbers(histogram: LatencyHistogram): LatencyNumbers | null {
  if (histogram.count === 0) return null;
  return {
    p50Ms: histogram.percentileMs(50), p90Ms: histogram.percentileMs(90), p99Ms: histogram.percentileMs(99), p999Ms: histogram.percentileMs(99.9), maxMs: histogram.maxMs,
  };
}

function addTo(counts: Float64Array, at: number): void {
  counts[at] = (counts[at] ?? 0) + 1;
}
function total(counts: Readonly<Record<string, number>>): number {
  let sum = 0;
  for (const count of Object.values(counts)) sum += count;
  return sum;
}
function sumOf(rows: readonly SecondRecord[], value: (row: SecondRecord) => number): number {
  let sum = 0;
  for (const row of rows) sum += value(row);
  return sum;
}
function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
