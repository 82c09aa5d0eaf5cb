import type {KeyChoice, LoadPhase, WeightedOperation, WorkloadBilling, WorkloadSpec, WorkloadStream, WorkloadTable} from '../workloads/workload-spec.js';
import {WORKLOAD_FORMAT, steady} from '../workloads/workload-spec.js';

/** A table with provisioned throughput and nothing else. Units are scaled already. */
export function provisionedTable(readUnits: number, writeUnits: number, rest: Partial<WorkloadTable> = {}): WorkloadTable {
  return tableOf({mode: 'provisioned', readUnits: Math.max(1, Math.round(readUnits)), writeUnits: Math.max(1, Math.round(writeUnits))}, rest);
}
export function tableOf(billing: WorkloadBilling, rest: Partial<WorkloadTable> = {}): WorkloadTable {
  return {name: 'Experiment', hasSortKey: false, localIndexes: [], globalIndexes: [], billing, partitionCount: 0, ...rest};
}

export interface LoadOptions {
  readonly name: string;
  readonly keys: KeyChoice;
  readonly operation: WeightedOperation | readonly WeightedOperation[];
  readonly phases: readonly LoadPhase[];
  readonly startSecond?: number;
  readonly sizeBytes?: number;
  readonly spacing?: 'poisson' | 'even';
}
export function load({name, keys, operation, phases, startSecond = 0, sizeBytes = 1000, spacing = 'poisson'}: LoadOptions): WorkloadStream {
  return {name, startSecond, phases, spacing, keys, operations: 'kind' in operation ? [operation] : operation, itemSize: {kind: 'constant', sizeBytes}};
}
/** Rates one after the other, each for so long. */
export function steps(seconds: number, rates: readonly number[]): readonly LoadPhase[] {
  return rates.map((rate) => steady(seconds, rate));
}
export function workload(name: string, title: string, seed: number, table: WorkloadTable, streams: readonly WorkloadStream[], rest: Partial<WorkloadSpec> = {}): WorkloadSpec {
  return {format: WORKLOAD_FORMAT, name, title, seed, warmUpSeconds: 0, table, streams, changes: [], ...rest};
}

export const STRONG_GET: WeightedOperation = {kind: 'get', consistency: 'strong', weight: 1};
export const EVENTUAL_GET: WeightedOperation = {kind: 'get', consistency: 'eventual', weight: 1};
export const PUT: WeightedOperation = {kind: 'put', weight: 1};
export const COUNT: WeightedOperation = {kind: 'update-counter', weight: 1};
