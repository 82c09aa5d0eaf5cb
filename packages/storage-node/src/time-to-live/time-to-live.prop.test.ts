// Goal: no item is removed whose time was moved, and every item goes in the end whose time is over. Method: random writes that
// move times, looks for expired items in between, clocks that go both ways, and proposals that fall away; held against a model.
import {WriteBatch, toGroupId, toLogIndex, toHex} from '@murmuration/base';
import {decodeItem, encodeItem, itemSizeBytes, parseItem, storedBody} from '@murmuration/model';
import {PartitionMachine, expiredSeconds, expiryKey, expiryPrefix, expirySecondOf, isExpired, keyText} from '@murmuration/partition';
import type {LatestValue} from '@murmuration/partition';
import fc from 'fast-check';
import {ExpiryJudgement} from './expiry-judgement.js';

const GROUP = toGroupId(20);
const FROM = Uint8Array.of(0x10, 0, 0, 0, 1, 0, 0);
const UNTIL = Uint8Array.of(0x10, 0, 0, 0, 1, 0, 1);
const START_MS = 1_800_000_000_000;
const keyOf = (at: number): Uint8Array => Uint8Array.of(...FROM, 1, at);

class World {
  readonly machine = new PartitionMachine({group: GROUP, schema: {hash: {name: 'pk', type: 'S'}, range: undefined}, birth: {from: FROM, until: UNTIL, epoch: 1}});
  readonly rows = new Map<string, {readonly key: Uint8Array; readonly value: Uint8Array}>();
  wallMs = START_MS;
  #index = 0;
  #open: Uint8Array[] = [];
  constructor() {
    this.#open.push(this.machine.evaluateDerivation({version: 1, globalIndexes: [], timeToLiveAttribute: 'x'}, this.wallMs));
    this.commit();
  }
  latest(key: Uint8Array): LatestValue {
    return this.machine.overlay.latest(keyText(key)) ?? {bytes: this.rows.get(toHex(key))?.value, dependsOn: 0};
  }
  write(op: 'put' | 'delete', at: number, seconds: number): void {
    const key = keyOf(at);
    const item = parseItem({pk: {S: String(at)}, x: {N: String(START_MS / 1000 + seconds)}});
    const command = {op, key, item: op === 'put' ? encodeItem(item) : new Uint8Array(0), itemSizeBytes: itemSizeBytes(item), expressions: undefined, returnValues: 'NONE', returnItemOnConditionFailure: false} as const;
    const {effect} = this.machine.evaluate(command, keyText(key), this.latest(key), this.wallMs);
    if (effect !== undefined) this.#open.push(effect);
  }
  commit(): void {
    for (const effect of this.#open.splice(0)) {
      const batch = new WriteBatch();
      this.#index += 1;
      expect(this.machine.apply(effect, toLogIndex(this.#index), batch).isRefused).toBe(false);
      this.machine.stored(toLogIndex(this.#index));
      for (const operation of batch.operations) {
        if (operation.kind === 'put') this.rows.set(toHex(operation.key), {key: operation.key, value: operation.value});
        else if (operation.kind === 'delete') this.rows.delete(toHex(operation.key));
      }
    }
  }
  drop(): void {
    this.#open = [];
    this.machine.dropProposals();
  }
  listed(): readonly Uint8Array[] {
    const {from, until} = expiredSeconds(this.wallMs);
    const [low, high] = [toHex(expiryKey(GROUP, from)), toHex(expiryKey(GROUP, until))];
    return [...this.rows].filter(([hex]) => hex >= low && hex < high).map(([, {key}]) => key);
  }
  /** @returns how many rows did something */
  expire(): number {
    let count = 0;
    for (const row of this.listed()) {
      const judgement = new ExpiryJudgement(this.machine, row);
      const newest = judgement.keys.map((key) => this.latest(key));
      const bytes = newest[0]?.bytes;
      const item = bytes === undefined ? undefined : decodeItem(storedBody(bytes));
      const {effect} = judgement.judge(newest, this.wallMs);
      if (judgement.verdict === 'removed') expect(isExpired(item, 'x', this.wallMs)).toBe(true);
      if (effect === undefined) continue;
      this.#open.push(effect);
      count += 1;
    }
    return count;
  }
}

const step = fc.oneof(
  fc.record({kind: fc.constant('put' as const), at: fc.nat(5), seconds: fc.integer({min: -20, max: 40}).map((tenths) => tenths / 2)}),
  fc.record({kind: fc.constant('delete' as const), at: fc.nat(5)}),
  fc.record({kind: fc.constant('clock' as const), byMs: fc.integer({min: -3_000, max: 8_000})}),
  fc.record({kind: fc.constantFrom('expire' as const, 'commit' as const, 'drop' as const)}),
);

test('items go when their newest time is over, and only then', () => {
  fc.assert(fc.property(fc.array(step, {maxLength: 60}), (steps) => {
    const world = new World();
    for (const one of steps) {
      switch (one.kind) {
        case 'put': world.write('put', one.at, one.seconds); break;
        case 'delete': world.write('delete', one.at, 0); break;
        case 'clock': world.wallMs += one.byMs; break;
        case 'expire': world.expire(); break;
        case 'commit': world.commit(); break;
        case 'drop': world.drop(); break;
      }
    }
    world.commit();
    // What is listed is what the items say, without anything left over.
    const items = [...Array(6).keys()].flatMap((at) => {
      const row = world.rows.get(toHex(keyOf(at)));
      return row === undefined ? [] : [{key: row.key, item: decodeItem(storedBody(row.value))}];
    });
    const prefix = toHex(expiryPrefix(GROUP));
    const rows = [...world.rows.keys()].filter((hex) => hex.startsWith(prefix)).sort();
    expect(rows).toEqual(items.map(({key, item}) => toHex(expiryKey(GROUP, expirySecondOf(item, 'x') ?? 0, key))).sort());
    world.wallMs = START_MS + 60_000;
    world.expire();
    world.commit();
    expect([...Array(6).keys()].filter((at) => world.rows.has(toHex(keyOf(at))))).toEqual([]);
  }), {numRuns: 150});
});

test('a row that tells of another time than the item is removed, and the item stays', () => {
  const world = new World();
  world.write('put', 1, -5);
  world.commit();
  const stale = expiryKey(GROUP, START_MS / 1000 - 9, keyOf(1));
  world.rows.set(toHex(stale), {key: stale, value: Uint8Array.of(1)});
  const judgement = new ExpiryJudgement(world.machine, stale);
  expect(judgement.judge(judgement.keys.map((key) => world.latest(key)), world.wallMs).effect).toBeDefined();
  expect(judgement.verdict).toBe('unlisted');
});
