import type {Random} from '@murmuration/base';
import type {ItemJson, ListAppendOperation, ListPart, Operation, Outcome} from '@murmuration/checkers';
import {EXPIRY_ATTRIBUTE, INDEX_ATTRIBUTE} from './derived-tables.js';

export const BALANCE_ATTRIBUTE = 'n';
export const ACCOUNT_COUNT = 4;
export const OPENING_BALANCE = 100;

const AMOUNT_MAX = 30;
const LIST_COUNT = 6;
const LIST_LENGTH_MAX = 30;
const LIST_PARTS_MAX = 3;
/** A bank or an item is left alone after so many calls, so that its records stay easy to judge. */
const CALLS_PER_BANK_MAX = 120;
const CALLS_PER_ITEM_MAX = 60;
const INDEXED_ITEM_COUNT = 4;
const GROUP_COUNT = 5;
/** Long past by every clock, and far in the future by every clock, also where clocks are made to jump. */
const PAST_SECONDS = 86_400;
const FUTURE_SECONDS = 10 * 86_400;

/** An operation and the history it belongs to: what a list is told is judged by itself. */
export interface DerivedTask {
  readonly history: 'lists' | 'table';
  readonly operation: Operation;
  done(outcome: Outcome): void;
}

interface List {
  readonly key: ItemJson;
  readonly table: number;
  appendCount: number;
  seen: readonly number[] | undefined;
}
interface Bank {
  readonly accounts: readonly ItemJson[];
  callCount: number;
}

/** Draws transactions on lists and banks, writes that an index and a stream follow, and items whose time is over or is not. */
export class DerivedWorkload {
  readonly #random: Random;
  readonly #wallSeconds: () => number;
  readonly lists: ItemJson[] = [];
  readonly banks: (readonly ItemJson[])[] = [];
  /** Items whose only write was acknowledged with a time long past. */
  readonly expired = new Set<string>();
  #live: List[] = [];
  #bank: Bank | undefined;
  #isBankOpening = false;
  #indexed: {key: ItemJson; callCount: number}[] = [];
  #elementNumber = 0;
  #valueNumber = 0;
  #keyNumber = 0;

  constructor(random: Random, wallSeconds: () => number) {
    this.#random = random;
    this.#wallSeconds = wallSeconds;
  }

  next(): DerivedTask {
    const chance = this.#random.below(100);
    if (chance < 45) return this.#list();
    if (chance < 70) return this.#transfer();
    if (chance < 90) return this.#indexedWrite();
    return this.#expiring();
  }

  #list(): DerivedTask {
    while (this.#live.length < LIST_COUNT) this.#addList();
    const chance = this.#random.below(100);
    const lists = this.#sample(this.#live, chance < 15 ? 1 : 1 + this.#random.below(LIST_PARTS_MAX));
    if (chance >= 15 && chance < 40) return this.#listTask({kind: 'list-append', parts: lists.map(({key}) => ({kind: 'read', key}))}, lists);
    const parts = lists.map((list): ListPart => {
      const {key, seen} = list;
      if (lists.length > 1 && seen !== undefined && this.#random.below(8) === 0) return {kind: 'check', key, expected: seen};
      return {kind: 'append', key, value: this.#element(list), ...(seen !== undefined && chance >= 15 && this.#random.below(4) === 0 ? {expected: seen} : {})};
    });
    if (chance < 15) return this.#listTask({kind: 'list-append', parts, isSingle: true}, lists);
    return this.#listTask({kind: 'list-append', parts, token: `token-${this.#elementNumber}-${this.#random.below(1_000_000)}`}, []);
  }
  #listTask(operation: ListAppendOperation, lists: readonly List[]): DerivedTask {
    return {history: 'lists', operation, done: (outcome) => {
      lists.forEach((list, i) => {
        list.seen = outcome.kind === 'ok' && outcome.answer.kind === 'lists' ? outcome.answer.lists[i] : undefined;
      });
    }};
  }
  #addList(): void {
    const table = this.#random.below(2);
    const key = {pk: {S: `${table}-list-${(this.#keyNumber += 1)}`}};
    this.lists.push(key);
    this.#live.push({key, table, appendCount: 0, seen: undefined});
  }
  #element(list: List): number {
    list.appendCount += 1;
    if (list.appendCount >= LIST_LENGTH_MAX) this.#live = this.#live.filter((each) => each !== list);
    return (this.#elementNumber += 1);
  }

  #transfer(): DerivedTask {
    const bank = this.#bank;
    if (bank === undefined || bank.callCount >= CALLS_PER_BANK_MAX) {
      // Until the new bank is open, money is moved in the old one.
      if (!this.#isBankOpening) return this.#openBank();
      if (bank === undefined) return this.#indexedWrite();
    }
    const {accounts} = bank as Bank;
    (bank as Bank).callCount += 1;
    if (this.#random.below(100) < 40) return this.#tableTask({kind: 'transact-get', keys: accounts});
    const [from, to] = this.#sample(accounts, 2) as [ItemJson, ItemJson];
    const amount = String(1 + this.#random.below(AMOUNT_MAX));
    return this.#tableTask({kind: 'transact-write', token: `transfer-${(this.#keyNumber += 1)}-${this.#random.below(1_000_000)}`, parts: [
      {kind: 'update', key: from, changes: [{kind: 'increment', attribute: BALANCE_ATTRIBUTE, by: `-${amount}`}], condition: {kind: 'at-least', attribute: BALANCE_ATTRIBUTE, value: {N: amount}}},
      {kind: 'update', key: to, changes: [{kind: 'increment', attribute: BALANCE_ATTRIBUTE, by: amount}]},
    ]});
  }
  #openBank(): DerivedTask {
    this.#isBankOpening = true;
    const number = (this.#keyNumber += 1);
    const accounts = Array.from({length: ACCOUNT_COUNT}, (_, i): ItemJson => ({pk: {S: `account-${number}-${i}`}}));
    const operation: Operation = {kind: 'transact-write', parts: accounts.map((key) => ({kind: 'put', key, item: {[BALANCE_ATTRIBUTE]: {N: String(OPENING_BALANCE)}}}))};
    return this.#tableTask(operation, (outcome) => {
      this.#isBankOpening = false;
      if (outcome.kind !== 'ok') return;
      this.#bank = {accounts, callCount: 0};
      this.banks.push(accounts);
    });
  }

  #indexedWrite(): DerivedTask {
    while (this.#indexed.length < INDEXED_ITEM_COUNT) this.#indexed.push({key: {pk: {S: `indexed-${(this.#keyNumber += 1)}`}}, callCount: 0});
    const item = this.#indexed[this.#random.below(this.#indexed.length)] as {key: ItemJson; callCount: number};
    item.callCount += 1;
    if (item.callCount >= CALLS_PER_ITEM_MAX) this.#indexed = this.#indexed.filter((each) => each !== item);
    const {key} = item;
    const chance = this.#random.below(100);
    const group = {S: `group-${this.#random.below(GROUP_COUNT)}`};
    if (chance < 15) return this.#tableTask({kind: 'delete', key});
    if (chance < 25) return this.#tableTask({kind: 'update', key, changes: [{kind: 'remove', attribute: INDEX_ATTRIBUTE}, {kind: 'set', attribute: 'v', value: this.#value()}]});
    if (chance < 60) return this.#tableTask({kind: 'put', key, item: {v: this.#value(), [INDEX_ATTRIBUTE]: group}});
    return this.#tableTask({kind: 'update', key, changes: [{kind: 'set', attribute: 'v', value: this.#value()}, {kind: 'set', attribute: INDEX_ATTRIBUTE, value: group}]});
  }
  /** Each item is written once. */
  #expiring(): DerivedTask {
    const name = `expiring-${(this.#keyNumber += 1)}`;
    const isOver = this.#random.below(2) === 0;
    const second = this.#wallSeconds() + (isOver ? -PAST_SECONDS : FUTURE_SECONDS);
    const operation: Operation = {kind: 'put', key: {pk: {S: name}}, item: {v: this.#value(), [EXPIRY_ATTRIBUTE]: {N: String(second)}, [INDEX_ATTRIBUTE]: {S: `group-${this.#random.below(GROUP_COUNT)}`}}};
    return this.#tableTask(operation, (outcome) => {
      if (isOver && outcome.kind === 'ok') this.expired.add(name);
    });
  }

  #tableTask(operation: Operation, done: (outcome: Outcome) => void = () => undefined): DerivedTask {
    return {history: 'table', operation, done};
  }
  #value(): {readonly S: string} {
    return {S: `d${(this.#valueNumber += 1)}`};
  }
  #sample<T>(from: readonly T[], count: number): readonly T[] {
    const left = [...from];
    return Array.from({length: Math.min(count, left.length)}, () => left.splice(this.#random.below(left.length), 1)[0] as T);
  }
}
