// Goal: a stream tells of every change of every item once and in its order, whatever is proposed and dropped, across rotations
// and splits, and to nobody of anything else. Method: random writes on a leader and a follower, judged on a model of the items,
// with shards that rotate, a split, and a reader that takes parents before children; then trimming.
import {WriteBatch, compareBytes, prefixEnd, toGroupId, toLogIndex, utf8Decode} from '@murmuration/base';
import type {GroupId} from '@murmuration/base';
import {buildStoredKey, encodeItem, encodePartitionKey, itemSizeBytes, parseItem, positionAfter, sequenceNumberText, shardIdText, storedTableRange} from '@murmuration/model';
import type {Derivation, StreamPosition} from '@murmuration/model';
import fc from 'fast-check';
import {keyText} from '../key-text.js';
import {PartitionMachine} from '../partition-machine.js';
import {decodePartitionRecord, derivationKey, partitionRecordKey} from '../partition-record.js';
import type {WriteCommand} from '../protocol.js';
import {SplitCount} from '../split-count.js';
import type {StreamRecordsRequest, StreamRecordsResponse} from './stream-protocol.js';
import {StreamPage} from './stream-page.js';
import {decodeStreamRecord, streamRecordKey, streamRecordsPrefix} from './stream-record.js';
import {streamShardsPrefix} from './stream-shard.js';
import {trimStream} from './stream-trim.js';

const SCHEMA = {hash: {name: 'pk', type: 'S'}, range: undefined} as const;
const PARENT = toGroupId(16);
const CHILD = toGroupId(17);
const BIRTH = {...storedTableRange(1, 0), epoch: 1};
const LABEL = '2026-01-01T00:00:00.000';
const ON: Derivation = {version: 1, stream: {label: LABEL, viewType: 'NEW_AND_OLD_IMAGES'}, globalIndexes: []};
const keyOf = (token: number): Uint8Array => buildStoredKey(1, 0, token, encodePartitionKey({kind: 'S', value: `p${token}`}), new Uint8Array(0));

interface Row {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}
type Rows = Map<string, Row>;

/** A replica of one of the two partitions. The rows are its process's. */
class Replica {
  readonly group: GroupId;
  readonly machine: PartitionMachine;
  readonly rows: Rows;
  #index = 0;
  constructor(group: GroupId, rows: Rows) {
    this.group = group;
    this.rows = rows;
    this.machine = new PartitionMachine({group, schema: SCHEMA, birth: BIRTH});
  }
  apply(effect: Uint8Array): ReturnType<PartitionMachine['apply']> {
    this.#index += 1;
    const batch = new WriteBatch();
    const applied = this.machine.apply(effect, toLogIndex(this.#index), batch);
    for (const change of batch.operations) {
      if (change.kind === 'put') this.rows.set(keyText(change.key), {key: change.key, value: change.value});
      if (change.kind === 'delete') this.rows.delete(keyText(change.key));
    }
    this.machine.stored(toLogIndex(this.#index));
    return applied;
  }
  within(prefix: Uint8Array): readonly Row[] {
    const until = prefixEnd(prefix) as Uint8Array;
    return [...this.rows.values()].filter(({key}) => compareBytes(key, prefix) >= 0 && compareBytes(key, until) < 0).sort((a, b) => compareBytes(a.key, b.key));
  }
  reload(): void {
    const record = this.rows.get(keyText(partitionRecordKey(this.group)))?.value;
    const hasDerivation = this.rows.has(keyText(derivationKey(this.group)));
    this.machine.reload(record === undefined ? undefined : decodePartitionRecord(record, BIRTH), hasDerivation ? ON : undefined, this.within(streamShardsPrefix(this.group)).map(({value}) => value));
  }
  effect({token, value, kind}: Write, wallMs: number): Uint8Array | undefined {
    const key = keyOf(token);
    const item = parseItem({pk: {S: `p${token}`}, v: {N: String(value)}});
    const command: WriteCommand = {
      op: kind, key, item: kind === 'delete' ? new Uint8Array(0) : encodeItem(item), itemSizeBytes: kind === 'delete' ? 0 : itemSizeBytes(item),
      expressions: undefined, returnValues: 'NONE', returnItemOnConditionFailure: false,
    };
    const text = keyText(key);
    return this.machine.evaluate(command, text, this.machine.overlay.latest(text) ?? {bytes: this.rows.get(text)?.value, dependsOn: 0}, wallMs).effect;
  }
  read(request: Omit<StreamRecordsRequest, 'kind' | 'group' | 'epoch' | 'label' | 'sizeBytesMax'>): StreamRecordsResponse {
    const whole: StreamRecordsRequest = {kind: 'stream-records', group: this.group, epoch: 1, label: LABEL, sizeBytesMax: 1_000_000, ...request};
    const shard = this.machine.shards.find(request.createdHlc);
    const refusal = StreamPage.refusalOf(whole, shard);
    if (refusal !== undefined || shard === undefined) return refusal as StreamRecordsResponse;
    const page = new StreamPage(whole, shard, this.machine.record.sequence);
    const [from, until] = [streamRecordKey(this.group, page.from), streamRecordKey(this.group, page.until)];
    for (const {key, value} of this.within(streamRecordsPrefix(this.group))) {
      if (compareBytes(key, from) >= 0 && compareBytes(key, until) < 0 && !page.add(key, value)) break;
    }
    return page.finish();
  }
}

interface Write {
  readonly token: number;
  readonly value: number;
  readonly kind: 'put' | 'delete';
}
const write = fc.record({
  what: fc.constant('write' as const), token: fc.integer({min: 1, max: 4}), value: fc.integer({min: 0, max: 2}), kind: fc.constantFrom('put' as const, 'put' as const, 'delete' as const),
});
const step = fc.oneof({weight: 12, arbitrary: write}, {weight: 1, arbitrary: fc.constant({what: 'rotate' as const})}, {weight: 1, arbitrary: fc.constant({what: 'drop' as const})}, {weight: 1, arbitrary: fc.constant({what: 'restart' as const})});

interface Told {
  readonly kind: string;
  readonly old: string | undefined;
  readonly now: string | undefined;
}

/** Two partitions after a split, one before it, and what their items went through. */
class World {
  readonly rows: Rows = new Map();
  readonly followerRows: Rows = new Map();
  leaders: Replica[] = [new Replica(PARENT, this.rows)];
  followers: Replica[] = [new Replica(PARENT, this.followerRows)];
  readonly items = new Map<number, number>();
  readonly told = new Map<number, Told[]>();
  wallMs = 1_000;
  splitAt: number | undefined;

  homeOf(token: number): number {
    return this.splitAt !== undefined && token >= this.splitAt ? 1 : 0;
  }
  commit(home: number, effect: Uint8Array): void {
    expect((this.leaders[home] as Replica).apply(effect).isRefused).toBe(false);
    (this.followers[home] as Replica).apply(effect);
  }
  write(written: Write): void {
    this.wallMs += 1;
    const home = this.homeOf(written.token);
    const effect = (this.leaders[home] as Replica).effect(written, this.wallMs);
    if (effect !== undefined) this.commit(home, effect);
    const {token, value, kind} = written;
    const before = this.items.get(token);
    const after = kind === 'delete' ? undefined : value;
    if (after === undefined) this.items.delete(token);
    else this.items.set(token, after);
    if (before === after) return;
    const image = (n: number | undefined): string | undefined => (n === undefined ? undefined : JSON.stringify({pk: {S: `p${token}`}, v: {N: String(n)}}));
    const changes = this.told.get(token) ?? [];
    changes.push({kind: before === undefined ? 'INSERT' : after === undefined ? 'REMOVE' : 'MODIFY', old: image(before), now: image(after)});
    this.told.set(token, changes);
  }
  rotate(): void {
    this.wallMs += 1;
    for (const [home, leader] of this.leaders.entries()) if (leader.machine.shards.open !== undefined) this.commit(home, leader.machine.evaluateRotation(this.wallMs));
  }
  /** Evaluates a write that is never taken. */
  drop(): void {
    for (const leader of this.leaders) {
      leader.effect({token: leader === this.leaders[1] ? 4 : 1, value: 99, kind: 'put'}, this.wallMs);
      leader.machine.dropProposals();
    }
  }
  split(at: number): void {
    const count = new SplitCount(keyOf(at));
    for (const {key, value} of (this.leaders[0] as Replica).within(BIRTH.from.subarray(0, 7))) if (compareBytes(key, keyOf(at)) >= 0) count.row(value);
    this.commit(0, (this.leaders[0] as Replica).machine.evaluateSplit(CHILD, count, this.wallMs));
    this.splitAt = at;
    this.leaders.push(new Replica(CHILD, this.rows));
    this.followers.push(new Replica(CHILD, this.followerRows));
    for (const replica of [this.leaders[1], this.followers[1]]) replica?.reload();
  }
  step(next: {readonly what: 'rotate' | 'drop' | 'restart'} | ({readonly what: 'write'} & Write)): void {
    switch (next.what) {
      case 'write': this.write(next); break;
      case 'rotate': this.rotate(); break;
      case 'drop': this.drop(); break;
      case 'restart': for (const replica of [...this.leaders, ...this.followers]) replica.reload(); break;
    }
  }
}

/** Reads all shards, each only after its parent, in pages of two. @returns what was told of each item, in order */
function readAll(replicas: readonly Replica[]): Map<string, Told[]> {
  const told = new Map<string, Told[]>();
  const shards = replicas.flatMap((replica) => replica.machine.shards.all.map((shard) => ({replica, shard})));
  const done = new Set<string>();
  const numbers = new Set<string>();
  while (done.size < shards.length) {
    const ready = shards.find(({shard}) => !done.has(shardIdText(shard)) && (shard.parent === undefined || done.has(shardIdText(shard.parent))));
    if (ready === undefined) throw new Error('a shard waits for a parent that is not there');
    const {replica, shard} = ready;
    let position: StreamPosition = {sequence: shard.startSequence, ordinal: 0};
    let last = '';
    for (;;) {
      const page = replica.read({createdHlc: shard.createdHlc, position, isHorizon: false, recordCountMax: 2});
      expect(page.state).toBe('read');
      for (const row of page.records) {
        const record = decodeStreamRecord(row.value);
        const number = sequenceNumberText(row);
        expect(number > last).toBe(true);
        last = number;
        expect(numbers.has(`${replica.group} ${number}`)).toBe(false);
        numbers.add(`${replica.group} ${number}`);
        const key = utf8Decode(record.keys);
        const image = (bytes: Uint8Array | undefined): string | undefined => (bytes === undefined ? undefined : utf8Decode(bytes));
        told.set(key, [...(told.get(key) ?? []), {kind: record.kind, old: image(record.oldImage), now: image(record.newImage)}]);
      }
      expect(page.isEnd).toBe(page.records.length < 2 && shard.endSequence !== undefined);
      if (page.records.length < 2) break;
      expect(page.next).toEqual(positionAfter(page.records.at(-1) as StreamPosition));
      position = page.next;
    }
    done.add(shardIdText(shard));
  }
  return told;
}

describe('a stream', () => {
  it('tells of each change once and in the order of its item, over rotations, restarts and a split, on every replica', () => {
    fc.assert(fc.property(fc.array(step, {maxLength: 40}), fc.integer({min: 2, max: 4}), fc.array(step, {maxLength: 30}), (before, at, after) => {
      const world = new World();
      world.commit(0, (world.leaders[0] as Replica).machine.evaluateDerivation(ON, world.wallMs));
      for (const next of before) world.step(next);
      world.split(at);
      const [lower, upper] = world.leaders.map(({machine}) => machine.shards.open);
      expect(lower?.parent).toEqual(upper?.parent);
      expect((world.leaders[0] as Replica).machine.shards.all.at(-2)).toMatchObject({splitChild: CHILD});
      for (const next of after) world.step(next);
      const expected = new Map([...world.told].map(([token, changes]) => [JSON.stringify({pk: {S: `p${token}`}}), changes]));
      for (const replicas of [world.leaders, world.followers]) expect([...readAll(replicas)].sort()).toEqual([...expected].sort());
      expect([...world.followerRows].sort()).toEqual([...world.rows].sort());
    }));
  });

  it('is trimmed by age: what is left is read, what is gone is refused, and empty shards go', () => {
    fc.assert(fc.property(fc.array(step, {minLength: 1, maxLength: 40}), fc.nat({max: 45}), fc.integer({min: 1, max: 20}), (steps, ageMs, rowCountMax) => {
      const world = new World();
      const leader = world.leaders[0] as Replica;
      world.commit(0, leader.machine.evaluateDerivation(ON, world.wallMs));
      const first = leader.machine.shards.open;
      for (const next of steps) world.step(next);
      const untilMs = world.wallMs - ageMs;
      const kept = leader.within(streamRecordsPrefix(PARENT)).filter(({value}) => decodeStreamRecord(value).timestampHlc >= untilMs * 1024).length;
      for (;;) {
        const rows = leader.within(streamRecordsPrefix(PARENT)).slice(0, rowCountMax);
        const {changes, recordCount} = trimStream(PARENT, leader.machine.shards.all, rows, rows.length < rowCountMax, untilMs);
        if (changes.length > 0) world.commit(0, leader.machine.evaluateInternal(changes, world.wallMs));
        if (recordCount < rowCountMax) break;
      }
      expect(leader.within(streamRecordsPrefix(PARENT))).toHaveLength(kept);
      let readable = 0;
      for (const shard of leader.machine.shards.all) {
        readable += leader.read({createdHlc: shard.createdHlc, position: {sequence: shard.startSequence, ordinal: 0}, isHorizon: true, recordCountMax: 1000}).records.length;
        const isTrimmed = shard.trimmedUntil > shard.startSequence;
        expect(leader.read({createdHlc: shard.createdHlc, position: {sequence: shard.startSequence, ordinal: 0}, isHorizon: false, recordCountMax: 1}).state).toBe(isTrimmed ? 'trimmed' : 'read');
        expect(shard.endHlc === undefined || shard.endHlc >= untilMs * 1024).toBe(true);
      }
      expect(readable).toBe(kept);
      expect(leader.machine.shards.open).toBeDefined();
      expect(leader.read({createdHlc: (first?.createdHlc ?? 0) + 7, position: {sequence: 0, ordinal: 0}, isHorizon: true, recordCountMax: 1}).state).toBe('absent');
    }));
  });

  it('that is switched off is closed, and the next one begins with a shard that has no parent', () => {
    const world = new World();
    const leader = world.leaders[0] as Replica;
    world.commit(0, leader.machine.evaluateDerivation(ON, 1_000));
    world.write({token: 1, value: 1, kind: 'put'});
    world.commit(0, leader.machine.evaluateDerivation({version: 2, globalIndexes: []}, 2_000));
    expect(leader.machine.shards.open).toBeUndefined();
    world.write({token: 1, value: 2, kind: 'put'});
    world.commit(0, leader.machine.evaluateDerivation({...ON, version: 3, stream: {label: 'later', viewType: 'KEYS_ONLY'}}, 3_000));
    world.write({token: 1, value: 0, kind: 'put'});
    expect(leader.machine.shards.all.map(({label, parent}) => ({label, parent}))).toEqual([{label: LABEL, parent: undefined}, {label: 'later', parent: undefined}]);
    const records = leader.within(streamRecordsPrefix(PARENT)).map(({value}) => decodeStreamRecord(value));
    expect(records.map(({kind, newImage}) => [kind, newImage !== undefined])).toEqual([['INSERT', true], ['MODIFY', false]]);
  });
});
