import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {SeededRandom} from '@murmuration/base';
import type {GetOperation, ItemJson} from '@murmuration/checkers';
import {findLostKeys} from './final-reads.js';
import type {ClientsMessage, ClientsOptions, ClientsSummary, HarnessMessage, KindCounts} from './clients-protocol.js';
import {sleep} from './command.js';
import {DerivedLoad} from './derived-load.js';
import {Endpoints} from './endpoints.js';
import {nowMs} from './monotonic-time.js';
import {Prober} from './prober.js';
import type {ProbedRange} from './prober.js';
import {HistoryFile, Recorder} from './recorder.js';
import {WORKLOAD_DEFAULTS, Workload} from './workload.js';

/** The clients of a run, in a process of their own: load, probes, and the final reads. */

/** Connections of clients who work beside the load. */
const DERIVED_CONNECTIONS_MAX = 8;
const CALL_TIMEOUT_MS = 2_000;
const PROGRESS_PERIOD_MS = 200;
const WARM_POLL_MS = 20;
/** After a call that was refused or lost, so that refusals at once do not take the processor. */
const BACK_OFF_MS = 20;
/** After a call that met a closed door: a process starts, or all are down. */
const CLOSED_BACK_OFF_MS = 100;
const FINAL_READERS = 16;
const FINAL_TRIES_MAX = 200;
const FINAL_TRY_DELAY_MS = 50;
const STOP_TIMEOUT_MS = 10_000;

class Clients {
  readonly #options: ClientsOptions;
  readonly #endpoints: Endpoints;
  readonly #probeEndpoints: Endpoints;
  readonly #derivedEndpoints: Endpoints;
  readonly #derived: DerivedLoad;
  readonly #workload: Workload;
  readonly #file: HistoryFile;
  readonly #prober: Prober;
  readonly #counts = new Map<string, KindCounts>();
  #isStopping = false;
  #loads: Promise<unknown> = Promise.resolve();
  #lastWriteOk = false;

  constructor(options: ClientsOptions) {
    const random = new SeededRandom(options.seed).fork('clients');
    this.#options = options;
    this.#endpoints = new Endpoints(options.endpoints, options.clientCount + FINAL_READERS, CALL_TIMEOUT_MS, random.fork('endpoints'));
    this.#probeEndpoints = new Endpoints(options.endpoints, 512, CALL_TIMEOUT_MS, random.fork('probe-endpoints'));
    this.#derivedEndpoints = new Endpoints(options.endpoints, DERIVED_CONNECTIONS_MAX, CALL_TIMEOUT_MS, random.fork('derived-endpoints'));
    this.#derived = new DerivedLoad(this.#derivedEndpoints, options.derived, random.fork('derived'));
    this.#workload = new Workload(WORKLOAD_DEFAULTS, random.fork('workload'));
    this.#file = new HistoryFile(options.historyPath);
    this.#prober = new Prober(options, this.#probeEndpoints);
  }

  start(): void {
    this.#prober.start();
    this.#derived.start();
    this.#loads = Promise.all(Array.from({length: this.#options.clientCount}, (_, client) => this.#load(client)));
  }

  progress(): ClientsMessage {
    let operationCount = 0;
    let okCount = 0;
    for (const counts of this.#counts.values()) {
      operationCount += counts.sent;
      okCount += counts.ok + counts.refused;
    }
    return {kind: 'progress', operationCount, okCount, acknowledgedProbes: this.#prober.acknowledged.length};
  }

  /** @returns once each of the ranges was written and read */
  async probe(ranges: readonly ProbedRange[]): Promise<void> {
    const [first] = ranges;
    if (first?.injection === undefined) {
      this.#prober.dropExtra();
      return;
    }
    this.#prober.add(ranges);
    while (!this.#isStopping && !this.#prober.isWarm(first.injection)) await sleep(WARM_POLL_MS);
  }
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#prober.stop();
    await Promise.all([this.#loads, this.#derived.stop()]);
    const untilMs = nowMs() + STOP_TIMEOUT_MS;
    while (this.#prober.underWayCount > 0 && nowMs() < untilMs) await sleep(20);
  }

  /** A last write, then a strong read of every item ever used and of every probe that was acknowledged. */
  async finish(): Promise<ClientsSummary> {
    const recorder = new Recorder(this.#file, this.#options.clientCount, this.#options.clientCount + FINAL_READERS);
    for (let i = 0; i < FINAL_TRIES_MAX && !this.#lastWriteOk; i += 1) {
      const node = this.#endpoints.draw();
      const operation = {kind: 'put', key: {pk: {S: `last-${i}`}}, item: {v: {S: `last-${i}`}}} as const;
      recorder.invoke(operation, node);
      const outcome = await this.#endpoints.call(node, operation, this.#options.table);
      recorder.complete(outcome);
      this.#lastWriteOk = outcome.kind === 'ok';
      if (!this.#lastWriteOk) await sleep(FINAL_TRY_DELAY_MS);
    }
    const keys = [...this.#workload.keys];
    const unread: ItemJson[] = [];
    await Promise.all(Array.from({length: FINAL_READERS - 1}, async (_, reader) => {
      const own = new Recorder(this.#file, this.#options.clientCount + 1 + reader, this.#options.clientCount + FINAL_READERS);
      for (let key = keys.pop(); key !== undefined; key = keys.pop()) if (!(await this.#readFinally(key, own))) unread.push(key);
    }));
    const lost = await findLostKeys(this.#endpoints, this.#options.table, this.#prober.acknowledged);
    this.#file.close();
    writeFileSync(join(this.#options.directory, 'probes.json'), JSON.stringify(this.#prober.times));
    writeFileSync(join(this.#options.directory, 'derived.json'), JSON.stringify(await this.#derived.finish()));
    this.#derivedEndpoints.close();
    this.#endpoints.close();
    this.#probeEndpoints.close();
    return {
      kind: 'summary', isLastWriteOk: this.#lastWriteOk, unreadCount: unread.length, itemCount: this.#workload.keys.length,
      counts: Object.fromEntries(this.#counts), acknowledgedProbes: this.#prober.acknowledged.length, unknownProbes: this.#prober.unknownCount, lostProbes: lost,
    };
  }

  async #load(client: number): Promise<void> {
    const recorder = new Recorder(this.#file, client, this.#options.clientCount + FINAL_READERS);
    while (!this.#isStopping) {
      const task = this.#workload.next();
      if (task === undefined) {
        await sleep(BACK_OFF_MS);
        continue;
      }
      const {operation} = task;
      const node = this.#endpoints.draw();
      recorder.invoke(operation, node);
      const outcome = await this.#endpoints.call(node, operation, this.#options.table);
      recorder.complete(outcome);
      this.#workload.done(task, outcome);
      // Where no connection was made there was no call.
      if (outcome.kind !== 'no-effect' || outcome.error !== 'not-sent') this.#count(nameOf(operation), outcome.kind);
      if (outcome.kind === 'unknown') await sleep(BACK_OFF_MS);
      else if (outcome.kind === 'no-effect') await sleep(outcome.error === 'not-sent' ? CLOSED_BACK_OFF_MS : BACK_OFF_MS);
    }
  }
  async #readFinally(key: ItemJson, recorder: Recorder): Promise<boolean> {
    const operation: GetOperation = {kind: 'get', key, isStrong: true};
    for (let i = 0; i < FINAL_TRIES_MAX; i += 1) {
      const node = this.#endpoints.draw();
      recorder.invoke(operation, node);
      const outcome = await this.#endpoints.call(node, operation, this.#options.table);
      recorder.complete(outcome);
      if (outcome.kind === 'ok') return true;
      await sleep(FINAL_TRY_DELAY_MS);
    }
    return false;
  }
  #count(name: string, kind: 'ok' | 'condition-failed' | 'no-effect' | 'unknown'): void {
    let counts = this.#counts.get(name);
    if (counts === undefined) this.#counts.set(name, counts = {sent: 0, ok: 0, refused: 0, noEffect: 0, unknown: 0});
    counts.sent += 1;
    if (kind === 'ok') counts.ok += 1;
    else if (kind === 'condition-failed') counts.refused += 1;
    else if (kind === 'no-effect') counts.noEffect += 1;
    else counts.unknown += 1;
  }
}

function nameOf(operation: {readonly kind: string; readonly isStrong?: boolean; readonly condition?: unknown}): string {
  if (operation.kind === 'get') return operation.isStrong === true ? 'get-strong' : 'get-eventual';
  return operation.condition === undefined ? operation.kind : `${operation.kind}-if`;
}

function say(message: ClientsMessage | ClientsSummary): void {
  process.send?.(message);
}

let clients: Clients | undefined;
process.on('message', (message: HarnessMessage) => {
  switch (message.kind) {
    case 'start':
      clients = new Clients(message.options);
      clients.start();
      setInterval(() => say(clients?.progress() ?? {kind: 'progress', operationCount: 0, okCount: 0, acknowledgedProbes: 0}), PROGRESS_PERIOD_MS).unref();
      break;
    case 'probe':
      void clients?.probe(message.ranges).then(() => say({kind: 'warm'}));
      break;
    case 'stop':
      void clients?.stop().then(() => say({kind: 'stopped'}));
      break;
    case 'finish':
      void clients?.finish().then((summary) => {
        say(summary);
        process.disconnect();
      });
      break;
  }
});
// Without whoever started it there is nobody to load for.
process.on('disconnect', () => process.exit(0));
