import type {ItemJson, Operation, Outcome} from '@murmuration/checkers';
import {readAnswer, readFailure, toRequest} from '@murmuration/checkers';
import type {Chance} from '../world/chance.js';
import type {World} from '../world/world.js';
import {apiHeaders} from './api-client.js';
import type {ApiNetwork, ApiResult, ClientLink, Door} from './api-client.js';
import {keyTextOf} from './recorder.js';
import type {Recorder} from './recorder.js';
import type {Planned, Team} from './workload.js';

/** Where clients find nodes. */
export interface Doors {
  /** Names of all nodes that serve the API, those that are down as well. */
  readonly routerNodes: readonly string[];
  azOf(node: string): string;
  door(node: string): Door | undefined;
  linkTo(az: string, node: string): ClientLink;
}

export interface ClientOptions {
  readonly az: string;
  readonly thinkMs: number;
  readonly timeoutMs: number;
  /** Only asks for what is refused. */
  readonly isGuard: boolean;
}

/**
 * One user in a closed loop: one operation at a time, never repeated by itself. What got no answer may have happened,
 * so the next operation belongs to another process of the history.
 */
export class SimClient {
  readonly #world: World;
  readonly #network: ApiNetwork;
  readonly #doors: Doors;
  readonly #recorder: Recorder;
  readonly #team: Team;
  readonly #chance: Chance;
  readonly #options: ClientOptions;
  #node: string;
  #isStopped = false;
  #isBusy = false;
  okCount = 0;

  constructor(world: World, network: ApiNetwork, doors: Doors, recorder: Recorder, team: Team, chance: Chance, options: ClientOptions) {
    this.#world = world;
    this.#network = network;
    this.#doors = doors;
    this.#recorder = recorder;
    this.#team = team;
    this.#chance = chance;
    this.#options = options;
    this.#node = this.#pickNode();
  }
  get isBusy(): boolean {
    return this.#isBusy;
  }
  start(): void {
    this.#isStopped = false;
    if (!this.#isBusy) this.#think();
  }
  /** No operation is begun any more; the one under way ends. */
  stop(): void {
    this.#isStopped = true;
  }

  #think(): void {
    this.#world.afterMs(this.#chance.heavyTail(this.#options.thinkMs), () => this.#next());
  }
  #next(): void {
    if (this.#isStopped || this.#isBusy) return;
    this.#isBusy = true;
    const planned = this.#options.isGuard ? this.#team.planRefusal() : this.#team.plan();
    if (planned.operation.kind === 'scan') this.#query(planned);
    else this.#single(planned);
  }
  #single({operation, item}: Planned): void {
    const process = this.#recorder.invoke(operation, this.#node);
    const {operation: name, body} = toRequest(operation, this.#team.table);
    this.#send(name, body, (result) => {
      const outcome = outcomeOf(operation, result);
      this.#recorder.complete(process, outcome);
      this.#team.ended(item, outcome.kind === 'unknown' && operation.kind !== 'get', imageIn(outcome));
      this.#ended(outcome);
    });
  }
  /**
   * Reads the whole collection, page by page, by an index or in a batch, or all of the table. Each item that could be in it is read strongly
   * at some moment of that, and one that is not in the answer was missing then.
   */
  #query({item}: Planned): void {
    const {hasSortKey} = this.#team;
    const keys = hasSortKey ? this.#team.keys.slice(-QUERIED_KEYS_MAX) : [item.key];
    const reads = keys.map((key) => ({key, process: this.#recorder.invoke({kind: 'get', key, isStrong: true}, this.#node)}));
    const found = new Map<string, ItemJson>();
    const draw = this.#chance.below(10);
    // An index shows an item only while it has the key of the index: what it leaves out says nothing.
    const isByIndex = this.#team.hasLocalIndexes && draw >= 6;
    const end = (outcome: Outcome): void => {
      for (const {key, process} of reads) {
        const image = found.get(keyTextOf(key));
        if (outcome.kind === 'ok' && isByIndex && image === undefined) this.#recorder.complete(process, {kind: 'unknown', error: 'not in the index'});
        else this.#recorder.complete(process, outcome.kind === 'ok' ? {kind: 'ok', answer: {kind: 'image', item: image}} : outcome);
      }
      this.#team.ended(item, false, undefined);
      this.#ended(outcome);
    };
    if (isByIndex) this.#pages({name: 'Query', body: {...this.#queryRequest(item.key).body, ...this.#indexOf()}}, found, end);
    else if (draw < 2) this.#batchGet(keys, found, end);
    else this.#pages(draw < 3 ? this.#scanRequest() : this.#queryRequest(item.key), found, end);
  }
  #queryRequest(key: ItemJson): PagedRequest {
    const {hasSortKey, partitionKey} = this.#team;
    const name = hasSortKey ? partitionKey : (key['pk'] as {S: string}).S;
    return {name: 'Query', body: {
      KeyConditionExpression: 'pk = :pk', ExpressionAttributeValues: {':pk': {S: name}}, ScanIndexForward: this.#chance.isHeads(),
      ...(this.#chance.isHeads() ? {Limit: this.#chance.between(1, 8)} : {}),
    }};
  }
  /** Of the whole items by value, or of the keys by counter with the rest fetched. */
  #indexOf(): {readonly IndexName: string; readonly Select?: string} {
    return this.#chance.isHeads() ? {IndexName: 'by-v'} : {IndexName: 'by-n', Select: 'ALL_ATTRIBUTES'};
  }
  #scanRequest(): PagedRequest {
    return {name: 'Scan', body: this.#chance.isHeads() ? {Limit: this.#chance.between(5, 40)} : {}};
  }
  #pages(request: PagedRequest, found: Map<string, ItemJson>, end: (outcome: Outcome) => void): void {
    const {table, hasSortKey} = this.#team;
    const page = (startKey: ItemJson | undefined): void => {
      const body = {TableName: table, ConsistentRead: true, ...request.body, ...(startKey === undefined ? {} : {ExclusiveStartKey: startKey})};
      this.#send(request.name, body, (result) => {
        const outcome = outcomeOf(PAGE, result);
        if (outcome.kind !== 'ok' || outcome.answer.kind !== 'rows') return end(outcome);
        for (const row of outcome.answer.items) found.set(keyTextOf(pick(row, hasSortKey ? ['pk', 'sk'] : ['pk'])), row);
        const last = lastKeyOf(result);
        if (last === undefined) end(outcome);
        else page(last);
      });
    };
    page(undefined);
  }
  /** What comes back as not processed is asked for again, until all of it was. */
  #batchGet(keys: readonly ItemJson[], found: Map<string, ItemJson>, end: (outcome: Outcome) => void): void {
    const {table, hasSortKey} = this.#team;
    const ask = (left: readonly ItemJson[], tryCount: number): void => {
      this.#send('BatchGetItem', {RequestItems: {[table]: {Keys: left, ConsistentRead: true}}}, (result) => {
        if (result.kind !== 'answered' || result.status !== 200) return end(outcomeOf(PAGE, result));
        const body = result.body as {
          readonly Responses?: Readonly<Record<string, readonly ItemJson[]>>;
          readonly UnprocessedKeys?: Readonly<Record<string, {readonly Keys: readonly ItemJson[]}>>;
        };
        for (const row of body.Responses?.[table] ?? []) found.set(keyTextOf(pick(row, hasSortKey ? ['pk', 'sk'] : ['pk'])), row);
        const unprocessed = body.UnprocessedKeys?.[table]?.Keys ?? [];
        if (unprocessed.length === 0) end({kind: 'ok', answer: {kind: 'rows', items: []}});
        else if (tryCount >= BATCH_TRIES_MAX) end({kind: 'unknown', error: 'never processed'});
        else ask(unprocessed, tryCount + 1);
      });
    };
    ask(keys, 1);
  }
  #send(operation: string, body: unknown, done: (result: ApiResult) => void): void {
    this.#network.call({
      door: this.#doors.door(this.#node), link: this.#doors.linkTo(this.#options.az, this.#node), isAdmin: false, method: 'POST', target: '/',
      headers: apiHeaders(operation), body, timeoutMs: this.#options.timeoutMs,
    }, done);
  }
  #ended(outcome: Outcome): void {
    this.#isBusy = false;
    if (outcome.kind === 'ok' || outcome.kind === 'condition-failed') this.okCount += 1;
    // A node that failed is left for another one, and now and then one that did not.
    if ((outcome.kind !== 'ok' && outcome.kind !== 'condition-failed') || this.#chance.permille(30)) this.#node = this.#pickNode();
    if (!this.#isStopped) this.#think();
  }
  #pickNode(): string {
    const {routerNodes} = this.#doors;
    const near = routerNodes.filter((node) => this.#doors.azOf(node) === this.#options.az);
    return this.#chance.pick(near.length > 0 && this.#chance.permille(700) ? near : routerNodes);
  }
}

/** A collection grows with every item that is retired: only the newest are judged. */
const QUERIED_KEYS_MAX = 12;
const BATCH_TRIES_MAX = 20;
const PAGE: Operation = {kind: 'scan', isStrong: true, keyAttributes: ['pk']};

/** A request that is answered page by page. */
interface PagedRequest {
  readonly name: 'Query' | 'Scan';
  readonly body: Readonly<Record<string, unknown>>;
}

export function outcomeOf(operation: Operation, result: ApiResult): Outcome {
  return result.kind === 'answered' ? readAnswer(operation, result.status, result.body) : readFailure(result.failure);
}
function imageIn(outcome: Outcome): ItemJson | undefined {
  if (outcome.kind === 'condition-failed') return outcome.item;
  return outcome.kind === 'ok' && outcome.answer.kind === 'image' ? outcome.answer.item : undefined;
}
export function lastKeyOf(result: ApiResult): ItemJson | undefined {
  if (result.kind !== 'answered') return undefined;
  return (result.body as {readonly LastEvaluatedKey?: ItemJson}).LastEvaluatedKey;
}
export function pick(item: ItemJson, names: readonly string[]): ItemJson {
  return Object.fromEntries(names.flatMap((name) => (item[name] === undefined ? [] : [[name, item[name]]])));
}
