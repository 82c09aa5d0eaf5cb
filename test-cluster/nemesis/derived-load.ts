import type {Random} from '@murmuration/base';
import {readAnswer, readFailure, toRequest} from '@murmuration/checkers';
import type {ItemJson, ListAppendOperation, Operation, Outcome} from '@murmuration/checkers';
import {sleep} from './command.js';
import {readDerivedData} from './derived-reads.js';
import type {DerivedData} from './derived-reads.js';
import {DERIVED_TABLE, LIST_TABLES} from './derived-tables.js';
import {DerivedWorkload} from './derived-workload.js';
import type {DerivedTask} from './derived-workload.js';
import type {Endpoints} from './endpoints.js';
import {HistoryFile, Recorder} from './recorder.js';

/** A little beside the load that is measured. */
const CLIENT_COUNT = 3;
const THINK_MS = 50;
const BACK_OFF_MS = 50;
const FINAL_TRIES_MAX = 400;
const FINAL_TRY_DELAY_MS = 50;
const FINAL_LISTS_A_READ = 20;

export interface DerivedFiles {
  readonly lists: string;
  readonly table: string;
}

/** Clients of transactions and of what is derived from writes, with histories of their own. */
export class DerivedLoad {
  readonly #endpoints: Endpoints;
  readonly #workload: DerivedWorkload;
  readonly #files: Readonly<Record<DerivedTask['history'], HistoryFile>>;
  readonly #recorders: Readonly<Record<DerivedTask['history'], readonly Recorder[]>>;
  #isStopping = false;
  #clients: Promise<unknown> = Promise.resolve();

  constructor(endpoints: Endpoints, files: DerivedFiles, random: Random) {
    this.#endpoints = endpoints;
    this.#workload = new DerivedWorkload(random, () => Math.floor(Date.now() / 1_000));
    this.#files = {lists: new HistoryFile(files.lists), table: new HistoryFile(files.table)};
    // One more for the reads of the end.
    const recordersOf = (file: HistoryFile): readonly Recorder[] => Array.from({length: CLIENT_COUNT + 1}, (_, client) => new Recorder(file, client, CLIENT_COUNT + 1));
    this.#recorders = {lists: recordersOf(this.#files.lists), table: recordersOf(this.#files.table)};
  }
  start(): void {
    this.#clients = Promise.all(Array.from({length: CLIENT_COUNT}, (_, client) => this.#work(client)));
  }
  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#clients;
  }
  /** Every list and every bank once more, then what the index, the stream and the clock made of the table. */
  async finish(): Promise<DerivedData> {
    const {lists, banks} = this.#workload;
    let unreadCount = 0;
    for (let i = 0; i < lists.length; i += FINAL_LISTS_A_READ) {
      const parts = lists.slice(i, i + FINAL_LISTS_A_READ).map((key) => ({kind: 'read', key}) as const);
      if (!(await this.#readFinally('lists', {kind: 'list-append', parts}))) unreadCount += parts.length;
    }
    for (const keys of banks) if (!(await this.#readFinally('table', {kind: 'transact-get', keys}))) unreadCount += keys.length;
    this.#files.lists.close();
    this.#files.table.close();
    return readDerivedData(this.#endpoints, {banks, expired: [...this.#workload.expired], unreadCount});
  }

  async #work(client: number): Promise<void> {
    while (!this.#isStopping) {
      const task = this.#workload.next();
      const outcome = await this.#call(task.history, task.operation, client);
      task.done(outcome);
      await sleep(outcome.kind === 'ok' || outcome.kind === 'condition-failed' ? THINK_MS : BACK_OFF_MS);
    }
  }
  async #call(history: DerivedTask['history'], operation: Operation, client: number): Promise<Outcome> {
    const recorder = this.#recorders[history][client] as Recorder;
    const node = this.#endpoints.draw();
    recorder.invoke(operation, node);
    const {operation: name, body} = toRequest(operation, DERIVED_TABLE);
    const answer = await this.#endpoints.send(node, name, operation.kind === 'list-append' ? placed(operation, body) : body);
    const outcome = 'failure' in answer ? readFailure(answer.failure) : readAnswer(operation, answer.status, answer.body);
    recorder.complete(outcome);
    return outcome;
  }
  async #readFinally(history: DerivedTask['history'], operation: Operation): Promise<boolean> {
    for (let i = 0; i < FINAL_TRIES_MAX; i += 1) {
      if ((await this.#call(history, operation, CLIENT_COUNT)).kind === 'ok') return true;
      await sleep(FINAL_TRY_DELAY_MS);
    }
    return false;
  }
}

/** Requests are rendered for one table; a list's key names its own. */
function placed({isSingle}: ListAppendOperation, body: Readonly<Record<string, unknown>>): unknown {
  const tableOf = (members: Readonly<Record<string, unknown>>): string => LIST_TABLES[Number(((members['Key'] as ItemJson)['pk'] as {readonly S: string}).S.slice(0, 1))] ?? LIST_TABLES[0];
  if (isSingle === true) return {...body, TableName: tableOf(body)};
  const actions = body['TransactItems'] as readonly Readonly<Record<string, Readonly<Record<string, unknown>>>>[];
  return {...body, TransactItems: actions.map((action) => Object.fromEntries(Object.entries(action).map(([kind, members]) => [kind, {...members, TableName: tableOf(members)}])))};
}
