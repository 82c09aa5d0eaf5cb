import {cpus, totalmem} from 'node:os';
import {SeededRandom} from '@murmuration/base';
import type {RunEvent, RunRecord, SecondRecord} from '../run-record.js';
import {RunRecorder} from '../run-recorder.js';
import {ArrivalCursor} from '../workloads/arrivals.js';
import type {Trace} from '../workloads/trace.js';
import {durationSeconds} from '../workloads/workload-spec.js';
import type {OperationKind, WorkloadSpec} from '../workloads/workload-spec.js';
import {ClusterWatch} from './cluster-watch.js';
import {DynamoDbConnections} from './dynamodb-connections.js';
import {preload} from './preload.js';
import {outcomeOf} from './reply-outcome.js';
import type {Outcome} from './reply-outcome.js';
import type {PartitionUnits} from './partition-units.js';
import {OPERATION_NAMES, RequestBodies} from './request-body.js';
import {RequestSigner} from './sign-request.js';
import type {Credentials} from './sign-request.js';
import {call, changeRequest, deleteTable, makeTable} from './table-setup.js';
import type {ExistingTable} from './table-setup.js';

export interface LiveOptions {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: Credentials;
  /** Of a Murmuration cluster; undefined looks at nothing. */
  readonly adminUrl: string | undefined;
  readonly connectionsMax: number;
  /** Requests under way, those that wait for a connection or for their next try included. One more is dropped, and counted so. */
  readonly inFlightMax: number;
  readonly requestTimeoutMs: number;
  /** Tries after the first when throttled or failed inside, as an SDK does; 0 shows what the service said. */
  readonly retriesMax: number;
  /** Items of each stream that are written before the run, so that reads find something; none without it. */
  readonly preloadItemsMax?: number;
  readonly existingTable: ExistingTable;
  /** Whether the table stays when the run is over. */
  readonly keepsTable: boolean;
  readonly command: string;
  readonly settings: Readonly<Record<string, string | number | boolean>>;
  /** What is done to the cluster while the load runs; it is stopped at the end of the load. */
  readonly faults?: LiveFaults;
}
/** Hands that make faults. `start` must not wait for any of them. */
export interface LiveFaults {
  readonly start: () => void;
  /** @returns what was done, by time since `start` */
  readonly stop: () => Promise<readonly RunEvent[]>;
}
export const LIVE_DEFAULTS = {connectionsMax: 64, inFlightMax: 1_000, requestTimeoutMs: 5_000, retriesMax: 0, preloadItemsMax: 0} as const;

/** Told what happens while the load runs. */
export interface LiveObserver {
  readonly onPhase?: (text: string) => void;
  /** One second late, so that most of its answers are there. */
  readonly onSecond?: (second: SecondRecord) => void;
  /** Ends the load early; what was sent is waited for. */
  readonly signal?: AbortSignal;
}

const TABLE_TIMEOUT_MS = 60_000;
const TICK_MS = 1;
/** Most requests sent in one turn, so that answers are read in between. */
const BURST_OF_TURN_MAX = 256;
const RETRY_BASE_MS = 50;
const RETRY_PAUSE_MS_MAX = 20_000;
/** Answers come within the time-out, tries later; seconds older than that need no histogram of their own any more. */
const OPEN_SECONDS = 60;

/**
 * Sends a workload to an endpoint that speaks DynamoDB's protocol. The loop is open: a request is due at its instant whatever
 * became of the ones before, and its latency counts from that instant, so that a service that stands still is seen to.
 * @throws BenchError `EndpointFailed` when the table cannot be made
 */
export async function runLive(spec: WorkloadSpec, options: LiveOptions, observer: LiveObserver = {}, traces?: ReadonlyMap<string, Trace>): Promise<RunRecord> {
  const endpoint = new URL(options.endpoint);
  const connections = new DynamoDbConnections(
    {endpoint, connectionsMax: options.connectionsMax, timeoutMs: options.requestTimeoutMs}, new RequestSigner(options.credentials, options.region, endpoint.host),
  );
  try {
    observer.onPhase?.(`making table ${spec.table.name}`);
    await makeTable(connections, spec, options.existingTable, TABLE_TIMEOUT_MS);
    const tableSinceMs = performance.now();
    if (options.preloadItemsMax !== undefined && options.preloadItemsMax > 0) {
      observer.onPhase?.('writing items first');
      const count = await preload(connections, spec, new RequestBodies(spec), options.preloadItemsMax);
      observer.onPhase?.(`${count} items are there`);
    }
    observer.onPhase?.(`${spec.name}: ${durationSeconds(spec)} s against ${options.endpoint}`);
    const startedAt = new Date().toISOString();
    const watch = options.adminUrl === undefined ? undefined : new ClusterWatch(options.adminUrl, spec.table.name);
    await watch?.prepare();
    const load = new Load(spec, options, observer, connections, watch?.units, traces);
    const tableAgeSeconds = (performance.now() - tableSinceMs) / 1000;
    watch?.start();
    options.faults?.start();
    await load.run();
    const faults = (await options.faults?.stop()) ?? [];
    await watch?.stop();
    const events = [...load.events, ...faults, ...(watch?.events ?? [])].sort((a, b) => a.atMs - b.atMs);
    const record = load.recorder.finish(
      {
        command: options.command, settings: {...options.settings, ...watch?.settings},
        environment: {
          kind: 'live', endpoint: options.endpoint, startedAt, processor: cpus()[0]?.model ?? 'unknown', cores: cpus().length, memoryBytes: totalmem(), runtime: `Node ${process.version}`,
          note: 'facts of the machine that made the load; latencies include up to 1 ms of its timer',
        },
      },
      {events, partitions: watch?.partitions ?? [], buckets: [], nodes: [], measures: {tableAgeSeconds, ...(options.faults === undefined ? {} : {faults: faults.length}), ...watch?.measures()}},
    );
    if (!options.keepsTable) await deleteTable(connections, spec.table.name, TABLE_TIMEOUT_MS);
    return record;
  } finally {
    connections.close();
  }
}

class Load {
  readonly recorder: RunRecorder;
  readonly events: RunEvent[] = [];
  readonly #spec: WorkloadSpec;
  readonly #options: LiveOptions;
  readonly #observer: LiveObserver;
  readonly #connections: DynamoDbConnections;
  readonly #cursor: ArrivalCursor;
  readonly #bodies: RequestBodies;
  readonly #chance: SeededRandom;
  readonly #units: PartitionUnits | undefined;
  #inFlight = 0;
  #startMs = 0;
  #whenIdle: (() => void) | undefined;
  constructor(spec: WorkloadSpec, options: LiveOptions, observer: LiveObserver, connections: DynamoDbConnections, units: PartitionUnits | undefined, traces: ReadonlyMap<string, Trace> | undefined) {
    this.#units = units;
    this.#spec = spec;
    this.#options = options;
    this.#observer = observer;
    this.#connections = connections;
    this.#cursor = new ArrivalCursor(spec, traces);
    this.#bodies = new RequestBodies(spec);
    this.#chance = new SeededRandom(spec.seed);
    this.recorder = new RunRecorder(spec);
  }
  async run(): Promise<void> {
    this.#startMs = performance.now();
    const changes = this.#spec.changes.map((change) => setTimeout(() => void this.#change(change), change.atSecond * 1000));
    try {
      await this.#sendAll();
    } finally {
      for (const timer of changes) clearTimeout(timer);
    }
    if (this.#inFlight > 0) await new Promise<void>((resolve) => (this.#whenIdle = resolve));
  }
  #sendAll(): Promise<void> {
    return new Promise((resolve) => {
      const untilMs = durationSeconds(this.#spec) * 1000;
      let hasNext = this.#cursor.advance();
      let told = 0;
      const turn = (): void => {
        const nowMs = performance.now() - this.#startMs;
        const isAborted = this.#observer.signal?.aborted === true;
        let count = 0;
        while (hasNext && !isAborted && this.#cursor.intendedMs <= nowMs && count < BURST_OF_TURN_MAX) {
          this.#sendOne();
          hasNext = this.#cursor.advance();
          count += 1;
        }
        for (; told + 1 < Math.floor(nowMs / 1000); told += 1) {
          this.#observer.onSecond?.(this.recorder.peek(told));
          if (told > OPEN_SECONDS) this.recorder.closeBefore(told - OPEN_SECONDS);
        }
        if (isAborted || (!hasNext && nowMs >= untilMs)) {
          resolve();
          return;
        }
        if (count === BURST_OF_TURN_MAX) setImmediate(turn);
        else setTimeout(turn, TICK_MS);
      };
      turn();
    });
  }
  #sendOne(): void {
    const cursor = this.#cursor;
    const second = Math.floor(cursor.intendedMs / 1000);
    this.recorder.offered(second, cursor.stream);
    if (this.#inFlight >= this.#options.inFlightMax) {
      this.recorder.dropped(second);
      return;
    }
    this.#inFlight += 1;
    const segment = cursor.operation === 'scan' ? this.#bodies.segmentName(cursor) : undefined;
    this.#attempt({second, stream: cursor.stream, intendedMs: cursor.intendedMs, operation: cursor.operation, segment, body: this.#bodies.body(cursor), partitionKey: cursor.partitionKey(), sortKey: cursor.sortKey()}, 0);
  }
  #attempt(request: Sent, retries: number): void {
    this.#connections.send(OPERATION_NAMES[request.operation], request.body, (status, text) => {
      const outcome = outcomeOf(request.operation, status, text);
      if (request.segment !== undefined && status === 200) this.#bodies.scanned(request.segment, text);
      const mayRetry = outcome.kind === 'throttled' || (outcome.kind === 'failed' && outcome.mayRetry);
      if (mayRetry && retries < this.#options.retriesMax && this.#observer.signal?.aborted !== true) {
        this.recorder.retried(request.second);
        const pauseMs = this.#chance.below(Math.min(RETRY_PAUSE_MS_MAX, RETRY_BASE_MS * 2 ** retries) + 1);
        setTimeout(() => {
          this.#attempt(request, retries + 1);
        }, pauseMs);
        return;
      }
      this.#count(request, outcome);
      this.#inFlight -= 1;
      if (this.#inFlight === 0) this.#whenIdle?.();
    });
  }
  #count({second, stream, intendedMs, operation, partitionKey, sortKey}: Sent, outcome: Outcome): void {
    switch (outcome.kind) {
      case 'accepted':
        this.recorder.accepted(second, stream, performance.now() - this.#startMs - intendedMs, outcome.readHalfUnits, outcome.writeHalfUnits);
        // Pages and transactions touch more than the partition of their key.
        if (operation !== 'scan' && operation !== 'transact-write' && operation !== 'transact-get') this.#units?.add(second, partitionKey, sortKey, outcome.readHalfUnits, outcome.writeHalfUnits, performance.now() - this.#startMs);
        return;
      case 'throttled':
        this.recorder.throttled(second, stream, outcome.reason);
        return;
      case 'failed':
        this.recorder.failed(second, outcome.error);
    }
  }
  async #change(change: WorkloadSpec['changes'][number]): Promise<void> {
    const atMs = Math.round(performance.now() - this.#startMs);
    const event = {atMs, kind: 'throughput' as const, partition: null, node: null, cause: 'workload'};
    try {
      await call(this.#connections, 'UpdateTable', changeRequest(this.#spec.table.name, change));
      this.events.push({...event, text: `${change.kind} changed`});
    } catch (cause) {
      this.events.push({...event, cause: 'refused', text: cause instanceof Error ? cause.message : 'failed'});
    }
  }
}

interface Sent {
  readonly second: number;
  readonly stream: number;
  readonly intendedMs: number;
  readonly operation: OperationKind;
  readonly segment: string | undefined;
  readonly body: string;
  readonly partitionKey: string;
  readonly sortKey: string | undefined;
}
