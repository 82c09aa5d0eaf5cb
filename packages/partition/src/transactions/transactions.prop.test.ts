// Goal: whatever is delayed, repeated or lost, whoever dies when, a transaction has all of its effects once or none, and what its
// client was told is so. Method: three partitions, coordinators that may stop after any step, a bag of messages that are delivered
// in any order and more than once, leaders that start again from their rows, and ordinary writes and removals between; every change of a row is counted.
import {SeededRandom, WriteBatch, equalBytes, toGroupId, toLogIndex, utf8Encode} from '@murmuration/base';
import {buildStoredKey, decodeItem, encodePartitionKey, isPendingKey, storedBody, storedTokenRange} from '@murmuration/model';
import fc from 'fast-check';
import {keyText} from '../key-text.js';
import {PartitionMachine} from '../partition-machine.js';
import {decodePartitionRecord, partitionRecordKey} from '../partition-record.js';
import type {WriteCommand} from '../protocol.js';
import type {TransactAction, TransactResult, TransactStep, TransactionName} from './transact-steps.js';
import {keysOfStep} from './transact-steps.js';

const SCHEMA = {hash: {name: 'pk', type: 'S'}, range: undefined} as const;
const PARTITIONS = 3;
const ITEMS = 6;
const RING = 0x1_0000_0000;
const itemKey = (i: number): Uint8Array => buildStoredKey(1, 0, Math.floor(((i % PARTITIONS) * RING) / PARTITIONS) + 10 + i, encodePartitionKey({kind: 'S', value: `item-${i}`}), undefined);
const partitionOf = (key: Uint8Array): number => Math.floor((new DataView(key.buffer, key.byteOffset).getUint32(7) * PARTITIONS) / RING);

function append(i: number, element: string): WriteCommand {
  return {
    op: 'update', key: itemKey(i), item: utf8Encode(`{"pk":{"S":"item-${i}"}}`), itemSizeBytes: 0, returnValues: 'NONE', returnItemOnConditionFailure: false,
    expressions: {
      condition: undefined, update: 'SET l = list_append(if_not_exists(l, :none), :one)', filter: undefined, projection: undefined, namesJson: '',
      valuesJson: `{":none":{"L":[]},":one":{"L":[{"S":"${element}"}]}}`,
    },
  };
}
const removal = (i: number): WriteCommand => ({op: 'delete', key: itemKey(i), item: new Uint8Array(0), itemSizeBytes: 0, expressions: undefined, returnValues: 'NONE', returnItemOnConditionFailure: false});

/** A leader with its rows; every element that comes into a row is counted. */
class Leader {
  machine: PartitionMachine;
  readonly #rows = new Map<string, {readonly key: Uint8Array; readonly value: Uint8Array}>();
  readonly #birth;
  readonly #appearances: Map<string, number>;
  #index = 0;
  constructor(number: number, appearances: Map<string, number>) {
    this.#birth = {...storedTokenRange(1, 0, Math.floor((number * RING) / PARTITIONS), Math.floor(((number + 1) * RING) / PARTITIONS)), epoch: 1};
    this.#appearances = appearances;
    this.machine = this.#open();
  }
  #open(): PartitionMachine {
    return new PartitionMachine({group: toGroupId(16), schema: SCHEMA, birth: this.#birth});
  }
  /** Another replica leads on what was applied. */
  change(): void {
    this.machine = this.#open();
    const record = this.#rows.get(keyText(partitionRecordKey(toGroupId(16))));
    this.machine.reload(record === undefined ? undefined : decodePartitionRecord(record.value, this.#birth));
    this.machine.locks.reload([...this.#rows.values()].filter(({key}) => key[0] === 0x10 && isPendingKey(key)));
  }
  write(command: WriteCommand, wallMs: number): boolean {
    const text = keyText(command.key);
    const {response, effect} = this.machine.evaluate(command, text, {bytes: this.#rows.get(text)?.value, dependsOn: 0}, wallMs);
    if (effect !== undefined) this.#apply(effect);
    return response.kind === 'written';
  }
  step(step: TransactStep, wallMs: number): TransactResult {
    const newest = new Map(this.machine.rowsOfStep(step).map((key) => [keyText(key), {bytes: this.#rows.get(keyText(key))?.value, dependsOn: 0}]));
    const {response, effect} = this.machine.evaluateStep(step, newest, wallMs);
    if (effect !== undefined) this.#apply(effect);
    if (response.kind !== 'transacted') throw new Error(`a step was answered ${response.kind}`);
    return response.result;
  }
  #apply(effect: Uint8Array): void {
    this.#index += 1;
    const batch = new WriteBatch();
    expect(this.machine.apply(effect, toLogIndex(this.#index), batch).isRefused).toBe(false);
    this.machine.stored(toLogIndex(this.#index));
    for (const change of batch.operations) {
      if (change.kind === 'delete-range') continue;
      const text = keyText(change.key);
      const before = elementsOf(change.key, this.#rows.get(text)?.value);
      if (change.kind === 'put') this.#rows.set(text, {key: change.key, value: change.value});
      else this.#rows.delete(text);
      const after = elementsOf(change.key, change.kind === 'put' ? change.value : undefined);
      for (const element of new Set(after)) {
        const added = after.filter((each) => each === element).length - before.filter((each) => each === element).length;
        const name = `${text} ${element}`;
        if (added > 0) this.#appearances.set(name, (this.#appearances.get(name) ?? 0) + added);
      }
    }
  }
}
function elementsOf(key: Uint8Array, value: Uint8Array | undefined): readonly string[] {
  if (value === undefined || key[0] !== 0x10 || key[5] !== 0 || key[6] !== 0) return [];
  const list = decodeItem(storedBody(value)).get('l');
  return list?.kind !== 'L' ? [] : list.values.map((element) => (element.kind === 'S' ? element.value : ''));
}

interface Message {
  readonly step: TransactStep;
  readonly take: (result: TransactResult) => void;
}

class World {
  readonly random: SeededRandom;
  readonly appearances = new Map<string, number>();
  readonly leaders = Array.from({length: PARTITIONS}, (_, i) => new Leader(i, this.appearances));
  readonly told = new Map<string, 'committed' | 'cancelled'>();
  readonly transactions: {readonly element: string; readonly items: readonly number[]; readonly isOnce: boolean}[] = [];
  bag: Message[] = [];
  wallMs = 1_000_000;
  constructor(seed: number) {
    this.random = new SeededRandom(seed);
  }
  send(step: TransactStep, take: Message['take']): void {
    this.bag.push({step, take});
  }
  /** One message of the bag, any; sometimes it stays there to come again. */
  deliver(canRepeat: boolean): void {
    const at = this.random.below(this.bag.length);
    const message = this.bag[at] as Message;
    if (!canRepeat || message.step.kind === 'once' || this.random.below(4) > 0) this.bag.splice(at, 1);
    const result = (this.leaders[partitionOf(keysOfStep(message.step)[0] as Uint8Array)] as Leader).step(message.step, this.wallMs);
    // An answer that gets lost is as good as a coordinator that stopped.
    if (this.random.below(12) > 0) message.take(result);
  }
  ordinary(): void {
    const i = this.random.below(ITEMS);
    const leader = this.leaders[i % PARTITIONS] as Leader;
    if (this.random.below(3) === 0) leader.write(removal(i), this.wallMs);
    else leader.write(append(i, `o${this.random.uint32()}`), this.wallMs);
  }
  recover(): void {
    for (const leader of this.leaders) {
      for (const {row} of [...leader.machine.locks.locks]) {
        const {name} = row;
        const result = (this.leaders[partitionOf(name.anchor)] as Leader).step({kind: 'resolve', name}, this.wallMs);
        const keys = [...leader.machine.locks.locks].filter((lock) => lock.row.name.transaction === name.transaction).map((lock) => lock.itemKey);
        leader.step({kind: result.kind === 'committed' ? 'commit' : 'cancel', transaction: name.transaction, keys}, this.wallMs);
      }
    }
  }
  begin(): void {
    const element = `t${this.transactions.length}`;
    const isOnce = this.random.below(4) === 0;
    const first = this.random.below(ITEMS);
    const others = isOnce ? [(first + PARTITIONS) % ITEMS] : Array.from({length: 2}, () => this.random.below(ITEMS));
    const items = [...new Set([first, ...others])];
    this.transactions.push({element, items, isOnce});
    const actions = items.map((i): TransactAction => ({isCheck: false, command: append(i, element)}));
    const clockErrorMs = this.random.below(40) - 20;
    const name: TransactionName = {transaction: element, token: element, requestHash: 'h', anchor: itemKey(first), timestampHlc: (this.wallMs + clockErrorMs) * 1024};
    if (isOnce) {
      this.send({kind: 'once', name, actions, isTokenHere: false}, (result) => {
        if (result.kind === 'accepted' || result.kind === 'repeated') this.told.set(element, 'committed');
        if (result.kind === 'refused' && !this.told.has(element)) this.told.set(element, 'cancelled');
      });
      return;
    }
    new Coordinator(this, name, actions).prepare([0, 1, 2].filter((part) => items.some((i) => i % PARTITIONS === part)));
  }
}

/** The way of packages/router/src/transactions/coordinator.ts, one message at a time. */
class Coordinator {
  readonly #world: World;
  readonly #actions: readonly TransactAction[];
  readonly #accepted = new Set<number>();
  readonly #parts: readonly number[];
  #name: TransactionName;
  #waiting = new Set<number>();
  #late: number[] = [];
  #isRefused = false;
  constructor(world: World, name: TransactionName, actions: readonly TransactAction[]) {
    this.#world = world;
    this.#name = name;
    this.#actions = actions;
    this.#parts = [...new Set(actions.map(({command}) => partitionOf(command.key)))];
  }
  prepare(parts: readonly number[]): void {
    this.#waiting = new Set(parts);
    this.#late = [];
    for (const part of parts) {
      this.#world.send({kind: 'prepare', name: this.#name, actions: this.#actions.filter(({command}) => partitionOf(command.key) === part)}, (result) => {
        if (!this.#waiting.delete(part)) return;
        if (result.kind === 'accepted') this.#accepted.add(part);
        else if (result.kind === 'too-old') {
          this.#late.push(part);
          this.#name = {...this.#name, timestampHlc: Math.max(this.#name.timestampHlc, result.timestampHlc) + 1 + this.#world.random.below(2_000)};
        } else this.#isRefused = true;
        if (this.#waiting.size > 0) return;
        if (this.#isRefused) this.#cancel();
        else if (this.#late.length > 0) this.prepare(this.#late);
        else this.#decide();
      });
    }
  }
  #keys(part: number): readonly Uint8Array[] {
    return this.#actions.map(({command}) => command.key).filter((key) => partitionOf(key) === part);
  }
  #decide(): void {
    const home = partitionOf(this.#name.anchor);
    const others = this.#parts.filter((part) => part !== home);
    this.#world.send({kind: 'decide', name: this.#name, keys: this.#keys(home), participants: others.flatMap((part) => this.#keys(part))}, (result) => {
      if (result.kind !== 'committed') {
        this.#cancel();
        return;
      }
      this.#world.told.set(this.#name.transaction, 'committed');
      for (const part of others) this.#world.send({kind: 'commit', transaction: this.#name.transaction, keys: this.#keys(part)}, () => undefined);
    });
  }
  #cancel(): void {
    this.#world.told.set(this.#name.transaction, 'cancelled');
    for (const part of this.#parts) this.#world.send({kind: 'cancel', transaction: this.#name.transaction, keys: this.#keys(part)}, () => undefined);
  }
}

test('every transaction has all of its effects once, or none', () => {
  let committedCount = 0;
  let cancelledCount = 0;
  fc.assert(fc.property(fc.integer({min: 0, max: 0x7fff_ffff}), (seed) => {
    const world = new World(seed);
    const {random} = world;
    for (let turn = 0; turn < 150; turn += 1) {
      world.wallMs += random.below(4);
      const what = random.below(20);
      if (what < 3) world.begin();
      else if (what === 3) world.ordinary();
      else if (what === 4 && random.below(4) === 0) world.recover();
      else if (what === 5 && random.below(3) === 0) (world.leaders[random.below(PARTITIONS)] as Leader).change();
      else if (world.bag.length > 0) world.deliver(true);
    }
    while (world.bag.length > 0) world.deliver(false);
    for (let i = 0; i < 3; i += 1) world.recover();
    for (const leader of world.leaders) expect(leader.machine.locks.count).toBe(0);
    for (const {element, items} of world.transactions) {
      const counts = items.map((i) => world.appearances.get(`${keyText(itemKey(i))} ${element}`) ?? 0);
      const told = world.told.get(element);
      const isDone = counts[0] === 1;
      expect({element, told, counts}).toEqual({element, told, counts: items.map(() => (isDone ? 1 : 0))});
      if (told !== undefined) expect({element, isDone}).toEqual({element, isDone: told === 'committed'});
      if (isDone) committedCount += 1;
      else cancelledCount += 1;
    }
  }), {numRuns: 150});
  // Without both, nothing was proven.
  expect(committedCount).toBeGreaterThan(300);
  expect(cancelledCount).toBeGreaterThan(300);
  expect(equalBytes(itemKey(0), itemKey(1))).toBe(false);
});
