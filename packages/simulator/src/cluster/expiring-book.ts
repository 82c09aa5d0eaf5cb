import {BASE_INDEX_ID, toGroupId, utf8Decode} from '@murmuration/base';
import type {AttributeJson, ItemJson, Operation} from '@murmuration/checkers';
import {auditExpiries, itemText, toRequest} from '@murmuration/checkers';
import type {Expiry} from '@murmuration/checkers';
import {storedBody} from '@murmuration/model';
import {decodeStreamRecord, hlcToWallMs, streamRecordsPrefix} from '@murmuration/partition';
import type {PartitionEntry} from '@murmuration/placement';
import type {Chance} from '../world/chance.js';
import {WALL_EPOCH_MS} from '../world/node-clock.js';
import {SimulationError} from '../world/world.js';
import type {World} from '../world/world.js';
import type {Caller} from './caller.js';
import {outcomeOf} from './clients.js';
import {prefixRange, rowsOf} from './inspect.js';
import type {SimNode} from './sim-node.js';
import type {TransactionBook} from './transaction-clients.js';

export const EXPIRING_TABLE = 'expiring';
export const EXPIRY_ATTRIBUTE = 'x';

/** Wall clocks of nodes are wrong by up to a minute, either way. */
const WALL_ERROR_SECONDS = 60;
const YEAR_SECONDS = 365 * 86_400;
/** Between two clocks of one leader: the one that judged the item and the one that wrote the record. */
const CLOCK_SLACK_MS = 1_000;
const TWICE_PERMILLE = 250;

/** What may be there of an item: nothing, or this value that is over at this second. */
interface Candidate {
  readonly value: string | undefined;
  readonly second: number | undefined;
}
interface ExpiringItem {
  readonly key: ItemJson;
  readonly name: string;
  /** Several where a write had no answer; such an item is written no more. */
  candidates: readonly Candidate[];
  isBusy: boolean;
}

/** Items with a time, each written by one user at a time: what is over goes, what is not, or was given another time, stays. */
export class ExpiringBook implements TransactionBook {
  readonly #world: World;
  readonly #live: ExpiringItem[] = [];
  readonly #all = new Map<string, ExpiringItem>();
  readonly #chance: Chance;
  #valueNext = 0;
  transactionCount = 0;
  expiryCount = 0;
  constructor(world: World, chance: Chance, itemCount: number) {
    this.#world = world;
    this.#chance = chance;
    for (let i = 0; i < itemCount; i += 1) this.#addItem();
  }

  begin(caller: Caller, done: (isOk: boolean) => void): void {
    const {chance} = caller;
    const free = this.#live.filter(({isBusy}) => !isBusy);
    const items = chance.sample(free, chance.permille(TWICE_PERMILLE) ? 2 : 1);
    const [item] = items;
    if (item === undefined) return done(true);
    const written = items.map((each) => ({item: each, candidate: this.#candidate(chance)}));
    const parts = written.map((each) => writeOf(each.item.key, each.candidate, chance.isHeads()));
    const operation: Operation = parts.length === 1 ? parts[0] as Operation : {kind: 'transact-write', parts};
    for (const each of items) each.isBusy = true;
    const {operation: name, body} = toRequest(operation, EXPIRING_TABLE);
    caller.call(name, body, (result) => {
      const outcome = outcomeOf(operation, result);
      for (const {item: each, candidate} of written) {
        each.isBusy = false;
        if (outcome.kind === 'ok') each.candidates = [candidate];
        else if (outcome.kind === 'unknown') this.#retire(each, candidate);
      }
      if (outcome.kind === 'ok' && parts.length > 1) this.transactionCount += 1;
      done(outcome.kind === 'ok');
    });
  }

  /** @param holderOf a node that holds a partition's rows as they are now @returns what should be gone and is not, or the other way round */
  async fault(tableId: number, partitions: readonly PartitionEntry[], holderOf: (entry: PartitionEntry) => SimNode | undefined): Promise<string | undefined> {
    const found = new Map<string, ItemJson>();
    for (const entry of own(tableId, partitions)) {
      const node = holderOf(entry);
      if (node === undefined) return `nobody holds group ${entry.group}`;
      for (const {value} of await rowsOf(node, {from: entry.from, until: entry.until})) {
        const row = JSON.parse(utf8Decode(storedBody(value))) as ItemJson;
        found.set(itemText({pk: row['pk'] as AttributeJson}), row);
      }
    }
    const nowSeconds = this.#nowSeconds();
    for (const [name, {candidates}] of this.#all) {
      const row = found.get(name);
      const value = row === undefined ? undefined : textOf(row);
      const fits = candidates.some((candidate) => (row === undefined ? candidate.value === undefined || mayBeOver(candidate, nowSeconds) : candidate.value === value && !mustBeOver(candidate, nowSeconds)));
      if (!fits) return `${name} is ${row === undefined ? 'gone' : itemText(row)} at ${nowSeconds}; it may be ${JSON.stringify(candidates)}`;
    }
    return undefined;
  }
  /** Nobody but the service removes these items: each removal is its own, and was due in the state that it removed. */
  async judge(tableId: number, partitions: readonly PartitionEntry[], holderOf: (entry: PartitionEntry) => SimNode | undefined): Promise<void> {
    const expiries: Expiry[] = [];
    for (const entry of own(tableId, partitions)) {
      const node = holderOf(entry);
      if (node === undefined) continue;
      for (const {value} of await rowsOf(node, prefixRange(streamRecordsPrefix(toGroupId(entry.group))))) {
        const {kind, origin, oldImage, timestampHlc} = decodeStreamRecord(value);
        if ((kind === 'REMOVE') !== (origin === 'time-to-live')) throw new SimulationError('expiries-told', `a record of ${kind} names ${origin} as who did it`);
        if (kind === 'REMOVE' && oldImage !== undefined) expiries.push({oldImage: JSON.parse(utf8Decode(oldImage)) as ItemJson, deletedAtMs: hlcToWallMs(timestampHlc)});
      }
    }
    const {violations} = auditExpiries({expiries, attribute: EXPIRY_ATTRIBUTE, clockErrorMs: CLOCK_SLACK_MS});
    if (violations.length > 0) throw new SimulationError('only-expired-go', violations.slice(0, 3).join('\n'));
    this.expiryCount = expiries.length;
  }

  #addItem(): void {
    const key: ItemJson = {pk: {S: `e${this.#all.size}-${this.#chance.below(1000)}`}};
    const item: ExpiringItem = {key, name: itemText(key), candidates: [{value: undefined, second: undefined}], isBusy: false};
    this.#all.set(item.name, item);
    this.#live.push(item);
  }
  #retire(item: ExpiringItem, candidate: Candidate): void {
    item.candidates = [...item.candidates, candidate];
    this.#live.splice(this.#live.indexOf(item), 1);
    this.#addItem();
  }
  #nowSeconds(): number {
    return Math.floor((WALL_EPOCH_MS + this.#world.nowMs) / 1_000);
  }
  #candidate(chance: Chance): Candidate {
    this.#valueNext += 1;
    const now = this.#nowSeconds();
    const second = chance.pick([now - chance.between(61, 600), now - chance.between(61, 600), now + chance.between(-60, 30), now + chance.between(3_600, 7_200), now - 6 * YEAR_SECONDS, undefined]);
    return {value: `e:${this.#valueNext}`, second};
  }
}

function own(tableId: number, partitions: readonly PartitionEntry[]): readonly PartitionEntry[] {
  return partitions.filter((entry) => entry.table === tableId && entry.index === BASE_INDEX_ID);
}
function textOf(row: ItemJson): string | undefined {
  const {v} = row;
  return v !== undefined && 'S' in v ? v.S : undefined;
}
function mayBeOver({second}: Candidate, nowSeconds: number): boolean {
  return second !== undefined && second <= nowSeconds + WALL_ERROR_SECONDS && second > nowSeconds - 5 * YEAR_SECONDS;
}
/** By every clock, and for long enough that somebody has looked. */
function mustBeOver(candidate: Candidate, nowSeconds: number): boolean {
  return mayBeOver(candidate, nowSeconds) && (candidate.second as number) < nowSeconds - WALL_ERROR_SECONDS;
}
function writeOf(key: ItemJson, {value, second}: Candidate, isPut: boolean): Extract<Operation, {readonly kind: 'put' | 'update'}> {
  const v: AttributeJson = {S: value as string};
  if (isPut) return {kind: 'put', key, item: {v, ...(second === undefined ? {} : {[EXPIRY_ATTRIBUTE]: {N: String(second)}})}};
  return {kind: 'update', key, changes: [
    {kind: 'set', attribute: 'v', value: v}, second === undefined ? {kind: 'remove', attribute: EXPIRY_ATTRIBUTE} : {kind: 'set', attribute: EXPIRY_ATTRIBUTE, value: {N: String(second)}},
  ]};
}
