import {SeededRandom} from '@murmuration/base';
import {BenchError} from '../errors.js';
import {ArrivalTimes} from './arrival-times.js';
import {unitDraw} from './chance.js';
import {itemSizeBytes} from './item-size.js';
import {KeyPicker} from './key-picker.js';
import {consistencyOf} from './trace.js';
import type {Trace} from './trace.js';
import {indexKeyText, partitionKeyText, sortKeyText} from './workload-spec.js';
import type {OperationKind, ReadConsistency, WeightedOperation, WorkloadSpec, WorkloadStream} from './workload-spec.js';

/** One request of a workload. */
export interface Arrival {
  /** Milliseconds since the start of the run at which the request is due, sent or not. */
  readonly intendedMs: number;
  /** Position in `spec.streams`. */
  readonly stream: number;
  readonly operation: OperationKind;
  readonly consistency: ReadConsistency;
  readonly partitionKey: string;
  /** Undefined on tables without sort key. */
  readonly sortKey: string | undefined;
  /** Value of the key of a global index. */
  readonly indexKey: string;
  /** Of the item of this key; of the page for rows of a trace that query or scan. */
  readonly sizeBytes: number;
  /** Items of a transaction, limit of a page (0 is none), otherwise 1. */
  readonly count: number;
  /** Of a scan; otherwise 0. */
  readonly segment: number;
  readonly segmentCount: number;
}

/**
 * All requests of a workload in the order of their intended instants. `advance` moves to the next one, whose parts are the
 * fields: no object is made for a request. Each stream has chance of its own, so that changing one leaves the others as they are.
 */
export class ArrivalCursor {
  intendedMs = 0;
  stream = 0;
  operation: OperationKind = 'get';
  isStrong = false;
  keyNumber = 0;
  sortNumber = 0;
  indexNumber = 0;
  sizeBytes = 0;
  count = 1;
  segment = 0;
  segmentCount = 1;
  readonly #sources: readonly Source[];
  readonly #hasSortKey: boolean;
  /** @throws BenchError when a replay's trace was not handed in */
  constructor(spec: WorkloadSpec, traces: ReadonlyMap<string, Trace> = new Map()) {
    this.#hasSortKey = spec.table.hasSortKey;
    this.#sources = spec.streams.map((stream, index) => makeSource(spec.seed, stream, index, traces));
    for (const source of this.#sources) source.moveOn();
  }
  /** @returns false after the last request; the fields then mean nothing */
  advance(): boolean {
    let best = -1;
    let bestMs = Infinity;
    for (let i = 0; i < this.#sources.length; i += 1) {
      const nextMs = (this.#sources[i] as Source).nextMs;
      if (nextMs < bestMs) {
        best = i;
        bestMs = nextMs;
      }
    }
    const source = this.#sources[best];
    if (source === undefined) return false;
    this.stream = best;
    this.intendedMs = bestMs;
    source.fill(this);
    source.moveOn();
    return true;
  }
  partitionKey(): string {
    return (this.#sources[this.stream] as Source).partitionKey(this.keyNumber);
  }
  sortKey(): string | undefined {
    return this.#hasSortKey ? (this.#sources[this.stream] as Source).sortKey(this.sortNumber) : undefined;
  }
  indexKey(): string {
    return indexKeyText(this.indexNumber);
  }
  current(): Arrival {
    return {
      intendedMs: this.intendedMs, stream: this.stream, operation: this.operation, consistency: this.isStrong ? 'strong' : 'eventual',
      partitionKey: this.partitionKey(), sortKey: this.sortKey(), indexKey: this.indexKey(), sizeBytes: this.sizeBytes, count: this.count,
      segment: this.segment, segmentCount: this.segmentCount,
    };
  }
}

/** The same as objects, for those who can afford them. */
export function* arrivals(spec: WorkloadSpec, traces?: ReadonlyMap<string, Trace>): Generator<Arrival, void> {
  const cursor = new ArrivalCursor(spec, traces);
  while (cursor.advance()) yield cursor.current();
}

/** One stream's requests: the instant of the next one, and its parts. */
interface Source {
  readonly nextMs: number;
  moveOn(): void;
  fill(into: ArrivalCursor): void;
  partitionKey(keyNumber: number): string;
  sortKey(sortNumber: number): string;
}

function makeSource(seed: number, stream: WorkloadStream, index: number, traces: ReadonlyMap<string, Trace>): Source {
  if (stream.keys.kind !== 'replay') return new DrawnSource(seed, {...stream, keys: stream.keys}, index);
  const trace = traces.get(stream.keys.trace);
  if (trace === undefined) throw new BenchError({code: 'InvalidWorkload', at: `streams[${index}].keys.trace`, reason: `the trace ${stream.keys.trace} was not read`});
  return new ReplaySource(stream, trace);
}

class DrawnSource implements Source {
  nextMs = 0;
  readonly #times: ArrivalTimes;
  readonly #keys: KeyPicker;
  readonly #operations: readonly WeightedOperation[];
  readonly #weightSum: number;
  readonly #chance;
  readonly #size: WorkloadStream['itemSize'];
  #scans = 0;
  constructor(seed: number, stream: WorkloadStream & {readonly keys: ConstructorParameters<typeof KeyPicker>[0]}, index: number) {
    const random = new SeededRandom(seed).fork(`stream ${index}`);
    this.#times = new ArrivalTimes(stream.phases, stream.spacing, stream.startSecond, random.fork('times'));
    this.#keys = new KeyPicker(stream.keys, random.fork('keys'));
    this.#chance = random.fork('operations');
    this.#operations = stream.operations;
    this.#weightSum = stream.operations.reduce((sum, operation) => sum + operation.weight, 0);
    this.#size = stream.itemSize;
  }
  moveOn(): void {
    this.nextMs = this.#times.next();
  }
  fill(into: ArrivalCursor): void {
    this.#keys.pick(this.nextMs);
    into.keyNumber = this.#keys.keyNumber;
    into.sortNumber = this.#keys.sortNumber;
    into.indexNumber = this.#keys.indexNumber;
    into.sizeBytes = itemSizeBytes(this.#size, into.keyNumber, into.sortNumber);
    into.isStrong = false;
    into.count = 1;
    into.segment = 0;
    into.segmentCount = 1;
    const operation = this.#choose();
    into.operation = operation.kind;
    switch (operation.kind) {
      case 'get':
        into.isStrong = operation.consistency === 'strong';
        break;
      case 'query':
        into.isStrong = operation.consistency === 'strong';
        into.count = operation.limit;
        break;
      case 'scan':
        into.isStrong = operation.consistency === 'strong';
        into.count = operation.limit;
        into.segmentCount = operation.segmentCount;
        into.segment = this.#scans % operation.segmentCount;
        this.#scans += 1;
        break;
      case 'transact-write':
      case 'transact-get':
        into.count = operation.itemCount;
        into.isStrong = true;
        break;
      case 'put':
      case 'update-counter':
      case 'delete':
        break;
    }
  }
  partitionKey(keyNumber: number): string {
    return partitionKeyText(keyNumber);
  }
  sortKey(sortNumber: number): string {
    return sortKeyText(sortNumber);
  }
  #choose(): WeightedOperation {
    const operations = this.#operations;
    let left = operations.length === 1 ? 0 : unitDraw(this.#chance) * this.#weightSum;
    for (const operation of operations) {
      left -= operation.weight;
      if (left < 0) return operation;
    }
    return operations.at(-1) as WeightedOperation;
  }
}

class ReplaySource implements Source {
  nextMs = 0;
  #row = -1;
  readonly #trace: Trace;
  readonly #startMs: number;
  readonly #untilMs: number;
  constructor(stream: WorkloadStream, trace: Trace) {
    this.#trace = trace;
    this.#startMs = stream.startSecond * 1000;
    this.#untilMs = this.#startMs + stream.phases.reduce((sum, phase) => sum + phase.seconds, 0) * 1000;
  }
  moveOn(): void {
    this.#row += 1;
    const second = this.#trace.seconds[this.#row];
    const atMs = second === undefined ? Infinity : this.#startMs + second * 1000;
    this.nextMs = atMs < this.#untilMs ? atMs : Infinity;
  }
  fill(into: ArrivalCursor): void {
    const trace = this.#trace;
    const operation = trace.operations[this.#row] ?? 'get';
    into.keyNumber = trace.keyNumbers[this.#row] ?? 0;
    // A row's sort key is found again by the row.
    into.sortNumber = this.#row;
    into.indexNumber = into.keyNumber;
    into.sizeBytes = trace.sizesBytes[this.#row] ?? 0;
    into.isStrong = consistencyOf(operation) === 'strong';
    into.count = operation === 'query' || operation === 'query-strong' || operation === 'scan' ? 0 : 1;
    into.segment = 0;
    into.segmentCount = 1;
    switch (operation) {
      case 'get':
      case 'get-strong':
        into.operation = 'get';
        break;
      case 'query':
      case 'query-strong':
        into.operation = 'query';
        break;
      case 'update':
        into.operation = 'update-counter';
        break;
      case 'put':
      case 'delete':
      case 'scan':
        into.operation = operation;
        break;
    }
  }
  partitionKey(keyNumber: number): string {
    return this.#trace.keys[keyNumber] ?? '';
  }
  sortKey(sortNumber: number): string {
    return this.#trace.sortKeys[sortNumber] || sortKeyText(0);
  }
}
