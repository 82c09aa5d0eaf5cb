import type {PeerSample} from './measure-peer.js';
import {spreadOf} from '../spread.js';
import type {Spread} from '../spread.js';

/** One workload at one peer, over all repetitions. */
export interface PeerRow {
  readonly peer: string;
  readonly workload: string;
  readonly connections: number;
  readonly requestsPerSecond: Spread;
  readonly itemsPerSecond: number;
  readonly p50Micros: Spread;
  readonly p99Micros: Spread;
  readonly cpuMicrosPerRequest: Spread | undefined;
  readonly residentMebibytes: number;
  readonly errors: number;
  /** Throughput over that of each other peer in the same run. */
  readonly throughputRatios: Readonly<Record<string, number>>;
}

export interface TakenSample extends PeerSample {
  readonly peer: string;
  readonly workload: string;
  readonly connections: number;
  readonly itemsPerRequest: number;
}

export interface PeersResult {
  readonly format: 1;
  readonly command: string;
  readonly commit: string;
  readonly date: string;
  readonly machine: Readonly<Record<string, string | number>>;
  readonly method: string;
  readonly peers: readonly {readonly name: string; readonly version: string; readonly shape: string; readonly startMs: Spread; readonly idleMebibytes: number}[];
  readonly missing: readonly {readonly name: string; readonly reason: string}[];
  /** Of this machine, in the same run. */
  readonly fdatasyncMicros: Spread;
  readonly rows: readonly PeerRow[];
}

/** Medians, ranges and ratios of all samples, in the order the workloads first came. */
export function peerRows(samples: readonly TakenSample[]): readonly PeerRow[] {
  const groups = new Map<string, TakenSample[]>();
  for (const sample of samples) {
    const name = `${sample.workload}\n${sample.connections}\n${sample.peer}`;
    groups.set(name, [...(groups.get(name) ?? []), sample]);
  }
  const rows = [...groups.values()].map((group) => {
    const [first] = group as [TakenSample];
    const cpu = group.flatMap(({cpuMicrosPerRequest}) => (cpuMicrosPerRequest === undefined ? [] : [cpuMicrosPerRequest]));
    const requestsPerSecond = spreadOf(group.map((sample) => sample.requestsPerSecond));
    return {
      peer: first.peer, workload: first.workload, connections: first.connections, requestsPerSecond,
      itemsPerSecond: Math.round(requestsPerSecond.median * first.itemsPerRequest),
      p50Micros: spreadOf(group.map((sample) => sample.p50Micros)), p99Micros: spreadOf(group.map((sample) => sample.p99Micros)),
      cpuMicrosPerRequest: cpu.length === 0 ? undefined : spreadOf(cpu),
      residentMebibytes: Math.round(Math.max(...group.map((sample) => sample.residentBytes)) / 1_048_576),
      errors: group.reduce((sum, sample) => sum + sample.errors, 0),
    };
  });
  return rows.map((row) => ({
    ...row,
    throughputRatios: Object.fromEntries(rows.flatMap((other) => {
      const isSame = other.workload === row.workload && other.connections === row.connections && other.peer !== row.peer;
      return isSame && other.requestsPerSecond.median > 0 ? [[other.peer, Math.round((100 * row.requestsPerSecond.median) / other.requestsPerSecond.median) / 100]] : [];
    })),
  }));
}

/** A table for a terminal. */
export function renderPeerRows(rows: readonly PeerRow[]): string {
  const lines = ['workload                conn  peer                    req/s    p50 µs    p99 µs   CPU µs    MiB  errors'];
  for (const row of rows) {
    lines.push([
      row.workload.padEnd(22), String(row.connections).padStart(5), ` ${row.peer.padEnd(20)}`, String(Math.round(row.requestsPerSecond.median)).padStart(8),
      String(Math.round(row.p50Micros.median)).padStart(9), String(Math.round(row.p99Micros.median)).padStart(9),
      (row.cpuMicrosPerRequest === undefined ? '–' : String(Math.round(row.cpuMicrosPerRequest.median))).padStart(8), String(row.residentMebibytes).padStart(6), String(row.errors).padStart(7),
    ].join(' '));
  }
  return `${lines.join('\n')}\n`;
}
