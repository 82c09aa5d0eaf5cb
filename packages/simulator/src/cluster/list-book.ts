import type {HistoryRecord, ItemJson, ListAppendOperation, ListPart, Outcome} from '@murmuration/checkers';
import {checkListAppend, toRequest} from '@murmuration/checkers';
import type {Chance} from '../world/chance.js';
import {SimulationError} from '../world/world.js';
import type {World} from '../world/world.js';
import type {ApiResult} from './api-client.js';
import type {Caller} from './caller.js';
import {outcomeOf} from './clients.js';
import {Recorder} from './recorder.js';
import type {TransactionBook} from './transaction-clients.js';
import type {TransactionSettings} from './transaction-settings.js';

/** Tables that lists lie in, so that transactions reach over both. */
export const LIST_TABLES: readonly string[] = ['lists-0', 'lists-1'];

interface LiveList {
  readonly key: ItemJson;
  readonly collection: number;
  appendCount: number;
  /** As it was read last, for the next transaction that insists on it. */
  seen: readonly number[] | undefined;
}
/** A request with a token, as it is sent again and again. */
interface Tokened {
  readonly token: string;
  readonly operation: ListAppendOperation;
  readonly acknowledgedMs: number;
}

const COLLECTIONS = 4;
const PARTS_MAX = 4;
/** Attempts at one token by whoever got no answer. */
const ATTEMPTS_MAX = 5;
const RETRY_MS = 40;
/** Answered tokens that somebody may send once more. */
const KEPT_TOKENS_MAX = 200;
/** Read at once at the end. */
const FINAL_READ_COUNT = 20;

/**
 * Lists that many append to in transactions, judged by the search for cycles. A token is sent again when no answer came, at the same time by way of two
 * nodes, and long after it was answered: an element that is found twice, or a refusal of what was carried out, is an effect too many.
 */
export class ListBook implements TransactionBook {
  readonly #recorder: Recorder;
  readonly #chance: Chance;
  readonly #settings: TransactionSettings;
  readonly #live: LiveList[] = [];
  readonly #all: ItemJson[] = [];
  readonly #answered: Tokened[] = [];
  #elementNext = 1;
  #okCount = 0;
  #retriedTokens = new Set<string>();

  constructor(world: World, chance: Chance, settings: TransactionSettings) {
    this.#recorder = new Recorder(world);
    this.#chance = chance;
    this.#settings = settings;
    for (let i = 0; i < settings.liveListCount; i += 1) this.#addList();
  }
  /** Transactions of several items, or with a token, that were carried out and judged. */
  get transactionCount(): number {
    return this.#okCount;
  }
  get retriedTokenCount(): number {
    return this.#retriedTokens.size;
  }
  get records(): readonly HistoryRecord[] {
    return this.#recorder.records;
  }

  begin(caller: Caller, done: (isOk: boolean) => void): void {
    const {chance} = caller;
    const what = chance.below(100);
    const known = this.#answered[chance.below(Math.max(1, this.#answered.length))];
    if (known !== undefined && what < 4) this.#repeat(caller, known, done);
    else if (known !== undefined && what < 6) this.#misuse(caller, known, done);
    else if (what < 30) this.#read(caller, done);
    else if (what < 40) this.#single(caller, done);
    else this.#write(caller, done);
  }
  /** Every list once more, after quiet. */
  finalReads(): readonly ((caller: Caller, done: (isOk: boolean) => void) => void)[] {
    const reads: ((caller: Caller, done: (isOk: boolean) => void) => void)[] = [];
    for (let i = 0; i < this.#all.length; i += FINAL_READ_COUNT) {
      const keys = this.#all.slice(i, i + FINAL_READ_COUNT);
      reads.push((caller, done) => this.#send(caller, {kind: 'list-append', parts: keys.map((key) => ({kind: 'read', key}))}, [], done));
    }
    return reads;
  }
  judge(): void {
    const {anomalies} = checkListAppend(this.#recorder.records);
    if (anomalies.length > 0) throw new SimulationError('transactions-serializable', anomalies.slice(0, 3).map(({explanation}) => explanation).join('\n'));
  }

  #addList(): void {
    const number = this.#all.length;
    const collection = this.#chance.below(COLLECTIONS);
    const key: ItemJson = {pk: {S: `${this.#chance.below(LIST_TABLES.length)}-${collection}`}, sk: {S: `${this.#chance.below(1000).toString().padStart(3, '0')}-${number}`}};
    this.#all.push(key);
    this.#live.push({key, collection, appendCount: 0, seen: undefined});
  }
  /** Of one collection mostly: those are in one partition, and so in one step. */
  #choose(chance: Chance, countMin: number): readonly LiveList[] {
    const first = chance.pick(this.#live);
    const near = chance.permille(300) ? this.#live.filter(({key}) => (key['pk'] as {S: string}).S === (first.key['pk'] as {S: string}).S) : this.#live;
    return chance.sample(near, chance.between(countMin, PARTS_MAX));
  }
  #read(caller: Caller, done: (isOk: boolean) => void): void {
    const lists = this.#choose(caller.chance, 2);
    this.#send(caller, {kind: 'list-append', parts: lists.map(({key}) => ({kind: 'read', key}))}, lists, done);
  }
  /** An ordinary write between the transactions. Ordinary reads may see half of one, so there are none. */
  #single(caller: Caller, done: (isOk: boolean) => void): void {
    const list = caller.chance.pick(this.#live);
    this.#send(caller, {kind: 'list-append', parts: [{kind: 'append', key: list.key, value: this.#element(list)}], isSingle: true}, [list], done);
  }
  #write(caller: Caller, done: (isOk: boolean) => void): void {
    const {chance} = caller;
    const parts = this.#choose(chance, 1).map((list): ListPart => {
      const {key, seen} = list;
      if (seen !== undefined && chance.permille(150)) return {kind: 'check', key, expected: seen};
      return {kind: 'append', key, value: this.#element(list), ...(seen !== undefined && chance.permille(250) ? {expected: seen} : {})};
    });
    const token = chance.permille(800) ? `token-${this.#elementNext}-${chance.below(1_000_000)}` : undefined;
    const operation: ListAppendOperation = {kind: 'list-append', parts, ...(token === undefined ? {} : {token})};
    if (token === undefined) this.#send(caller, operation, [], done);
    else this.#tokened(caller, {token, operation, acknowledgedMs: 0}, done);
  }
  #element(list: LiveList): number {
    list.appendCount += 1;
    if (list.appendCount >= this.#settings.listLengthMax) {
      const at = this.#live.indexOf(list);
      if (at >= 0) {
        this.#live.splice(at, 1);
        this.#addList();
      }
    }
    this.#elementNext += 1;
    return this.#elementNext;
  }

  #send(caller: Caller, operation: ListAppendOperation, lists: readonly LiveList[], done: (isOk: boolean) => void): void {
    const process = this.#recorder.invoke(operation, caller.node);
    call(caller, operation, (result) => {
      const outcome = outcomeOf(operation, result);
      this.#recorder.complete(process, outcome);
      if (outcome.kind === 'ok' && operation.isSingle !== true) this.#okCount += 1;
      if (outcome.kind === 'ok' && outcome.answer.kind === 'lists') for (const [i, list] of lists.entries()) list.seen = outcome.answer.lists[i];
      else for (const list of lists) list.seen = undefined;
      done(outcome.kind === 'ok' || outcome.kind === 'condition-failed');
    });
  }
  /** One call of the history, however often its token is sent: it was done when one attempt says so, and may have been when one says nothing. */
  #tokened(caller: Caller, request: Tokened, done: (isOk: boolean) => void): void {
    const {chance, world} = caller;
    const process = this.#recorder.invoke(request.operation, caller.node);
    const outcomes: Outcome[] = [];
    const attemptsMax = chance.permille(800) ? ATTEMPTS_MAX : 1;
    let openCount = 0;
    let attemptCount = 0;
    const attempt = (): void => {
      openCount += 1;
      attemptCount += 1;
      if (attemptCount > 1) this.#retriedTokens.add(request.token);
      call(caller, request.operation, (result) => {
        openCount -= 1;
        outcomes.push(outcomeOf(request.operation, result));
        if (openCount > 0) return;
        const merged = mergedOutcome(outcomes);
        if (merged.kind === 'unknown' && attemptCount < attemptsMax) {
          caller.move();
          world.afterMs(chance.heavyTail(RETRY_MS), attempt);
          return;
        }
        this.#recorder.complete(process, merged);
        if (merged.kind === 'ok') this.#keep({...request, acknowledgedMs: world.nowMs});
        done(merged.kind === 'ok' || merged.kind === 'condition-failed');
      });
    };
    attempt();
    if (!chance.permille(100)) return;
    // Twice at the same time, by way of two nodes.
    caller.move();
    attempt();
  }
  #keep(request: Tokened): void {
    this.#okCount += 1;
    if (this.#answered.length < KEPT_TOKENS_MAX) this.#answered.push(request);
    else this.#answered[this.#chance.below(KEPT_TOKENS_MAX)] = request;
  }
  /** What was answered once is answered again, and nothing happens: neither is it refused, nor found to be another request. */
  #repeat(caller: Caller, known: Tokened, done: (isOk: boolean) => void): void {
    this.#retriedTokens.add(known.token);
    caller.world.probes.hit('workload/token-repeated');
    call(caller, known.operation, (result) => {
      const error = errorOf(result);
      const isRefused = error.includes('ConditionalCheckFailed') || error.includes('IdempotentParameterMismatch') || error.includes('ValidationException');
      if (isRefused) throw new SimulationError('token-remembered', `${known.token} was carried out before ${known.acknowledgedMs} ms, and is answered with ${error}`);
      done(error === '');
    });
  }
  /** The same token for something else that begins with the same item. An element that nobody recorded would be found by the search too. */
  #misuse(caller: Caller, known: Tokened, done: (isOk: boolean) => void): void {
    const [first] = known.operation.parts;
    if (first === undefined) return done(false);
    caller.world.probes.hit('workload/token-misused');
    const operation: ListAppendOperation = {kind: 'list-append', parts: [{kind: 'append', key: first.key, value: MISUSED_ELEMENT}], token: known.token};
    call(caller, operation, (result) => {
      const error = errorOf(result);
      if (error === '') throw new SimulationError('token-remembered', `${known.token} was carried out before ${known.acknowledgedMs} ms, and once more for another request`);
      done(error.includes('IdempotentParameterMismatch'));
    });
  }
}

const MISUSED_ELEMENT = 0;

function mergedOutcome(outcomes: readonly Outcome[]): Outcome {
  return outcomes.find(({kind}) => kind === 'ok') ?? outcomes.find(({kind}) => kind === 'unknown') ?? (outcomes.at(-1) as Outcome);
}
/** @returns nothing for a success, a text for anything else */
function errorOf(result: ApiResult): string {
  if (result.kind === 'failed') return result.failure;
  return result.status === 200 ? '' : `${result.status} ${JSON.stringify(result.body)}`;
}
function call(caller: Caller, operation: ListAppendOperation, done: (result: ApiResult) => void): void {
  const request = toRequest(operation, '');
  caller.call(request.operation, placed(request.body), done);
}
/** Requests are made for one table; each item's key names its own. */
function placed(body: Readonly<Record<string, unknown>>): unknown {
  const {TransactItems: actions} = body;
  if (!Array.isArray(actions)) return {...body, TableName: tableOf(body)};
  return {...body, TransactItems: (actions as readonly Readonly<Record<string, Readonly<Record<string, unknown>>>>[]).map((action) =>
    Object.fromEntries(Object.entries(action).map(([kind, members]) => [kind, {...members, TableName: tableOf(members)}])))};
}
function tableOf(members: Readonly<Record<string, unknown>>): string {
  const key = members['Key'] as ItemJson;
  return LIST_TABLES[Number((key['pk'] as {S: string}).S.slice(0, 1))] as string;
}
