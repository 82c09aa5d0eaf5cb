import type {WorkloadSpec} from './workloads/workload-spec.js';

/**
 * What a run was and what came out of it: the one document that reports, comparisons and assertions read. Written by
 * `runRecordJson`, whose bytes are equal for equal runs; made with a `RunRecorder`.
 */
export interface RunRecord {
  readonly format: typeof RUN_RECORD_FORMAT;
  readonly name: string;
  readonly title: string;
  /** The command that does it again. */
  readonly command: string;
  readonly environment: RunEnvironment;
  readonly seed: number;
  readonly workload: WorkloadSpec;
  /** Switches and numbers that the run was made with, by name. */
  readonly settings: Readonly<Record<string, string | number | boolean>>;
  /** One for each second from 0, none left out. */
  readonly seconds: readonly SecondRecord[];
  readonly summary: RunSummary;
  /** By stream of the workload, in its order. */
  readonly streams: readonly StreamSummary[];
  /** What happened to the table, its partitions and the nodes, by time. */
  readonly events: readonly RunEvent[];
  /** Load of partitions, where it is known. */
  readonly partitions: readonly PartitionSeries[];
  /** Levels of token buckets, where they are known. */
  readonly buckets: readonly BucketSeries[];
  readonly nodes: readonly NodeSeries[];
  /** Further numbers of an experiment, by name. */
  readonly measures: Readonly<Record<string, number>>;
}
export const RUN_RECORD_FORMAT = 1;

export type RunEnvironment =
  | {readonly kind: 'virtual'; readonly note: string}
  | {
    readonly kind: 'live';
    readonly endpoint: string;
    /** ISO 8601, UTC. */
    readonly startedAt: string;
    readonly processor: string;
    readonly cores: number;
    readonly memoryBytes: number;
    readonly runtime: string;
    readonly note: string;
  };

/** Requests belong to the second in which they were due, not to the one in which they were sent or answered. */
export interface SecondRecord {
  readonly second: number;
  readonly offered: number;
  readonly accepted: number;
  /** By reason of the service, such as `TableWriteKeyRangeThroughputExceeded`. A request counts once, with its first reason. */
  readonly throttled: Readonly<Record<string, number>>;
  /** Ended in any other way. */
  readonly errors: number;
  /** Tries beyond the first. */
  readonly retried: number;
  /** Not sent, as too many were under way. */
  readonly dropped: number;
  readonly readUnits: number;
  readonly writeUnits: number;
  /** Of accepted ones, from the instant at which they were due. Null without any. */
  readonly latency: LatencyNumbers | null;
  /** By stream: offered, accepted, throttled. */
  readonly byStream: readonly (readonly [number, number, number])[];
}
export interface LatencyNumbers {
  readonly p50Ms: number;
  readonly p90Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
  readonly maxMs: number;
}

/** Over the seconds after the warm-up. */
export interface RunSummary {
  readonly fromSecond: number;
  readonly untilSecond: number;
  readonly offered: number;
  readonly accepted: number;
  readonly throttledTotal: number;
  readonly throttled: Readonly<Record<string, number>>;
  readonly errors: number;
  /** By kind of error, such as `InternalServerError` or `timeout`. */
  readonly errorsByKind: Readonly<Record<string, number>>;
  readonly retried: number;
  readonly dropped: number;
  readonly readUnits: number;
  readonly writeUnits: number;
  readonly acceptedPerSecond: number;
  readonly latency: LatencyNumbers | null;
}
export interface StreamSummary {
  readonly name: string;
  readonly offered: number;
  readonly accepted: number;
  readonly throttledTotal: number;
  readonly latency: LatencyNumbers | null;
}

export type RunEventKind =
  | 'split' | 'move' | 'leader-change' | 'node-down' | 'node-up' | 'throughput' | 'no-split' | 'fault' | 'note';
export interface RunEvent {
  readonly atMs: number;
  readonly kind: RunEventKind;
  /** Name of the partition, or null. */
  readonly partition: string | null;
  readonly node: string | null;
  /** Why, in a word or two: `heat`, `size`, `operator`, `failover`. */
  readonly cause: string;
  readonly text: string;
}

/** Units that a partition served, second by second. */
export interface PartitionSeries {
  readonly partition: string;
  /** Of the table or of an index. */
  readonly index: string | null;
  /** Where it lies in the space of its keys, 0 to 1: its place in the heat map. */
  readonly keyFrom: number;
  readonly keyUntil: number;
  /** Second of the first number; a partition ends with its last one. */
  readonly firstSecond: number;
  readonly readUnits: readonly number[];
  readonly writeUnits: readonly number[];
  /** What a second can be at most, for colours. */
  readonly readUnitsMax: number;
  readonly writeUnitsMax: number;
}
export interface BucketSeries {
  /** Such as `table writes` or `partition 3 reads, burst`. */
  readonly bucket: string;
  readonly sizeUnits: number;
  readonly firstSecond: number;
  /** Level at the end of each second, in units. */
  readonly tokens: readonly number[];
}
export interface NodeSeries {
  readonly node: string;
  readonly az: string;
  /** Units by second, of all replicas. */
  readonly units: readonly number[];
}

/** Whether something came out as it should. */
export interface Verdict {
  readonly name: string;
  readonly expected: string;
  readonly actual: string;
  readonly isPassed: boolean;
}

/** The record as JSON: members in a fixed order, names of counters sorted, a line for each second. Ends with a newline. */
export function runRecordJson(record: RunRecord): string {
  const {seconds, partitions, buckets, nodes, ...rest} = record;
  const head = JSON.stringify(sortedMaps(rest), null, 1);
  const list = (name: string, rows: readonly unknown[]): string =>
    ` ${JSON.stringify(name)}: [${rows.map((row) => `\n  ${JSON.stringify(row)}`).join(',')}${rows.length > 0 ? '\n ' : ''}]`;
  return `${head.slice(0, -2)},\n${[list('seconds', seconds), list('partitions', partitions), list('buckets', buckets), list('nodes', nodes)].join(',\n')}\n}\n`;
}

/** Members whose names come from data are sorted; the others have the order of their declaration. */
function sortedMaps(record: Omit<RunRecord, 'seconds' | 'partitions' | 'buckets' | 'nodes'>): unknown {
  return {
    format: record.format, name: record.name, title: record.title, command: record.command, environment: record.environment, seed: record.seed,
    settings: sorted(record.settings), summary: record.summary, streams: record.streams, measures: sorted(record.measures), events: record.events, workload: record.workload,
  };
}
/** The same members, by name. */
export function sorted<Value>(members: Readonly<Record<string, Value>>): Record<string, Value> {
  return Object.fromEntries(Object.entries(members).sort(([a], [b]) => (a < b ? -1 : 1)));
}
