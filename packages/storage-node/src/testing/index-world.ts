import {WriteBatch, assert, compareBytes, concatBytes, prefixEnd, toGroupId, toIndexId, toLogIndex} from '@murmuration/base';
import type {GroupId, StoreRow} from '@murmuration/base';
import {
  OUTBOX_INDEX_ID, buildStoredKey, decodeItem, encodeItem, encodePartitionKey, globalEntryKey, globalEntryOf, itemBorder, itemSizeBytes, parseItem, shiftIndex, storedBody, storedKeyPrefix, storedTableRange,
} from '@murmuration/model';
import type {GlobalIndex} from '@murmuration/model';
import {PartitionMachine, SplitCount, isOutboxKey, keyText} from '@murmuration/partition';
import type {AppliedEffect, IndexWriteRequest, LatestValue, PartitionRequest} from '@murmuration/partition';
import type {PartitionClient, PartitionOutcome} from '@murmuration/partition-client';
import {tokenOf} from '@murmuration/placement';
import type {PartitionEntry} from '@murmuration/placement';
import {FillJudgement} from '../global-indexes/index-fill.js';
import {IndexOutbox} from '../global-indexes/index-outbox.js';
import type {OutboxRow} from '../global-indexes/index-outbox.js';
import {IndexPropagator} from '../global-indexes/index-propagator.js';
import {IndexWriteJudgement} from '../global-indexes/index-write-judgement.js';

const SCHEMA = {hash: {name: 'pk', type: 'S'}, range: undefined} as const;
export const INDEX: GlobalIndex = {indexId: toIndexId(0x100), name: 'by-g', hash: [{name: 'g', type: 'S'}], range: [{name: 'n', type: 'N'}], projection: {kind: 'INCLUDE', attributes: ['v']}};
/** Places of the ring are dealt out evenly, so that splits find something on both sides. */
const TOKEN_STEP = 0x1000_0000;
const FILL_ROWS = 2;

/** One partition with its rows: leader and store in one, every effect applied at once. */
class Partition {
  readonly group: GroupId;
  readonly machine: PartitionMachine;
  readonly rows = new Map<string, StoreRow>();
  #index = 0;
  constructor(group: GroupId, birth: {readonly from: Uint8Array; readonly until: Uint8Array; readonly epoch: number}) {
    this.group = group;
    this.machine = new PartitionMachine({group, schema: SCHEMA, birth});
  }
  apply(effect: Uint8Array): AppliedEffect {
    this.#index += 1;
    const batch = new WriteBatch();
    const applied = this.machine.apply(effect, toLogIndex(this.#index), batch);
    assert(!applied.isRefused, 'effects are applied in the turn they are made');
    for (const operation of batch.operations) {
      if (operation.kind === 'put') this.rows.set(keyText(operation.key), {key: operation.key, value: operation.value});
      if (operation.kind === 'delete') this.rows.delete(keyText(operation.key));
    }
    return applied;
  }
  within(from: Uint8Array, until: Uint8Array): readonly StoreRow[] {
    return [...this.rows.values()].filter(({key}) => compareBytes(key, from) >= 0 && compareBytes(key, until) < 0).sort((a, b) => compareBytes(a.key, b.key));
  }
  latest(text: string): LatestValue {
    return {bytes: this.rows.get(text)?.value, dependsOn: 0};
  }
  /** Cuts it. @returns the upper half, undefined when the place does not lie inside */
  split(at: Uint8Array, group: GroupId, shifts: readonly number[]): Partition | undefined {
    const {from, until, epoch} = this.machine.record;
    if (compareBytes(at, from) <= 0 || compareBytes(at, until) >= 0) return undefined;
    const count = new SplitCount(at);
    for (const {value} of this.within(at, until)) count.row(value);
    this.apply(this.machine.evaluateSplit(group, count, 1_000));
    const child = new Partition(group, {from: at, until, epoch: epoch + 1});
    for (const shift of shifts) {
      for (const row of this.within(shiftIndex(at, shift), shiftIndex(until, shift))) {
        child.rows.set(keyText(row.key), row);
        this.rows.delete(keyText(row.key));
      }
    }
    child.load(this.rows);
    return child;
  }
  load(rows: ReadonlyMap<string, StoreRow>): void {
    const meta = [...rows.values()].filter(({key}) => key.length > 9 && isMetaOf(key, this.group));
    for (const row of meta) this.rows.set(keyText(row.key), row);
    const record = new PartitionMachine({group: this.group, schema: SCHEMA, birth: this.machine.birth}).record;
    const counted = this.within(this.machine.birth.from, this.machine.birth.until);
    const sequence = Math.max(0, ...[...rows.values()].map(({key}) => (isOutboxRow(key) ? Number(BigInt(`0x${Buffer.from(key.slice(-8)).toString('hex')}`)) : 0)));
    this.machine.reload({
      ...record, sequence: Math.max(sequence, 1_000_000 * this.group), timestampHlc: 1_000_000_000 * this.group, itemCount: counted.length,
      sizeBytes: counted.reduce((sum, {value}) => sum + new DataView(value.buffer, value.byteOffset).getUint32(2), 0),
    }, {version: 1, globalIndexes: [INDEX]}, [], meta);
  }
}
function isMetaOf(key: Uint8Array, group: GroupId): boolean {
  return key[0] !== 0x10 && new DataView(key.buffer, key.byteOffset).getUint32(5) === group;
}
function isOutboxRow(key: Uint8Array): boolean {
  return key[0] === 0x10 && isOutboxKey(key);
}

/** The leader of a partition of the table, or one that was and does not know yet that it is no more. */
interface Sender {
  readonly partition: Partition;
  readonly outbox: IndexOutbox;
  readonly propagator: IndexPropagator;
  readonly told: OutboxRow[];
}
interface Message {
  readonly request: IndexWriteRequest;
  /** Undefined when the sender does not wait for it any more. */
  answer: ((outcome: PartitionOutcome) => void) | undefined;
}

/** A table and an index of it, their partitions, and the messages between them, each of which may come late, twice or never. */
export class IndexWorld {
  readonly table: Partition[] = [];
  readonly index: Partition[] = [];
  readonly messages: Message[] = [];
  readonly deposed: Sender[] = [];
  readonly #senders = new Map<GroupId, Sender>();
  #map: readonly PartitionEntry[] = [];
  #nextGroup = 20;
  constructor() {
    this.table.push(new Partition(this.#group(), {...storedTableRange(1, 0), epoch: 1}));
    this.index.push(new Partition(this.#group(), {...storedTableRange(1, INDEX.indexId), epoch: 1}));
    this.refreshMap();
  }
  #group(): GroupId {
    this.#nextGroup += 1;
    return toGroupId(this.#nextGroup);
  }

  /** The index is there from now on. */
  begin(): void {
    for (const partition of this.table) {
      this.#apply(partition, partition.machine.evaluateDerivation({version: 1, globalIndexes: [INDEX]}, 1_000));
      this.lead(partition);
    }
  }
  write(pk: number, g: number | undefined, n: number): void {
    const key = keyOf(pk);
    const partition = holder(this.table, key);
    const item = parseItem({pk: {S: `p${pk}`}, ...(g === undefined ? {} : {g: {S: `g${g}`}}), n: {N: String(n)}, v: {S: `${g} ${n}`}, w: {S: 'not shown'}});
    this.#write(partition, {op: 'put', key, item: encodeItem(item), itemSizeBytes: itemSizeBytes(item)});
  }
  remove(pk: number): void {
    const key = keyOf(pk);
    this.#write(holder(this.table, key), {op: 'delete', key, item: new Uint8Array(0), itemSizeBytes: 0});
  }
  #write(partition: Partition, command: {readonly op: 'put' | 'delete'; readonly key: Uint8Array; readonly item: Uint8Array; readonly itemSizeBytes: number}): void {
    const text = keyText(command.key);
    const {effect} = partition.machine.evaluate({...command, expressions: undefined, returnValues: 'NONE', returnItemOnConditionFailure: false}, text, partition.latest(text), 1_000);
    if (effect !== undefined) this.#apply(partition, effect);
  }
  #apply(partition: Partition, effect: Uint8Array): void {
    const applied = partition.apply(effect);
    if (applied.kind !== 'written') return;
    for (const change of applied.effect.changes) if (isOutboxRow(change.key)) this.#senders.get(partition.group)?.outbox.applied(change, 0);
  }

  /** A new leader of a partition of the table. The one before goes on sending what it knew. */
  lead(partition: Partition): void {
    const before = this.#senders.get(partition.group);
    if (before !== undefined) this.deposed.push(before);
    const outbox = new IndexOutbox();
    const told: OutboxRow[] = [];
    const epoch = (): number => (this.#senders.get(partition.group)?.outbox === outbox ? partition.machine.record.epoch : ownEpoch);
    let ownEpoch = partition.machine.record.epoch;
    // Between any two looks so much time goes by that nothing has to wait.
    let nowMs = 0;
    const propagator = new IndexPropagator({
      outbox, partitions: this.#client, lagMs: 0, nowMs: () => (nowMs += 1_000), after: (_delayMs, run) => run(), isFed: () => true, ended: () => undefined, told: (row) => told.push(row), forgotten: () => undefined,
      source: () => {
        ownEpoch = epoch();
        return {group: partition.group, epoch: ownEpoch, ancestors: partition.machine.feeds.ancestors};
      },
    });
    this.#senders.set(partition.group, {partition, outbox, propagator, told});
    const {from, until} = partition.machine.record;
    outbox.loaded(partition.within(shiftIndex(from, OUTBOX_INDEX_ID), shiftIndex(until, OUTBOX_INDEX_ID)), 0);
  }
  pump(partition: Partition): void {
    this.#senders.get(partition.group)?.propagator.pump();
  }
  trim(partition: Partition): void {
    const sender = this.#senders.get(partition.group);
    const keys = sender?.told.splice(0).filter(({isGone}) => !isGone).map(({key}) => key) ?? [];
    if (keys.length > 0) this.#apply(partition, partition.machine.evaluateInternal(keys.map((key) => ({key, value: undefined})), 1_000));
  }
  /** One step of telling the index of what was there before it. @returns whether there was one to do */
  fill(partition: Partition): boolean {
    const {machine, group} = partition;
    const feed = machine.feeds.feedOf(INDEX.indexId);
    if (feed.isDone) return false;
    const {from, until} = machine.record;
    const start = compareBytes(feed.cursor, from) < 0 ? from : feed.cursor;
    const rows = compareBytes(start, until) >= 0 ? [] : partition.within(start, until).slice(0, FILL_ROWS);
    const judgement = new FillJudgement({machine, group}, SCHEMA, INDEX, feed, rows, rows.length < FILL_ROWS);
    const {effect} = judgement.judge(judgement.texts.map((text) => partition.latest(text)), 1_000);
    assert(effect !== undefined, 'a step says how far it came');
    this.#apply(partition, effect);
    return true;
  }
  splitTable(pk: number): void {
    this.#splitTableAt(storedKeyPrefix(1, 0, pk * TOKEN_STEP));
  }
  /** Right behind an item, as its partition's leader does when the item is hot. */
  splitTableBehind(pk: number): void {
    this.#splitTableAt(itemBorder(concatBytes([keyOf(pk), new Uint8Array(1)]), 1));
  }
  #splitTableAt(at: Uint8Array): void {
    const parent = holder(this.table, at);
    const child = parent.split(at, this.#group(), [0, OUTBOX_INDEX_ID]);
    if (child === undefined) return;
    this.table.push(child);
    this.#senders.get(parent.group)?.outbox.cut((key) => parent.machine.holds(shiftIndex(key.subarray(0, key.length - 8), -OUTBOX_INDEX_ID)));
    this.lead(child);
  }
  splitIndex(g: number): void {
    const at = storedKeyPrefix(1, INDEX.indexId, tokenOf(encodePartitionKey({kind: 'S', value: `g${g}`})));
    const child = holder(this.index, at).split(at, this.#group(), [0]);
    if (child !== undefined) this.index.push(child);
  }
  refreshMap(): void {
    this.#map = this.index.map((partition) => entryOf(partition));
  }

  readonly #client: Pick<PartitionClient, 'call' | 'map'> = {
    map: {current: () => ({partitionOfKey: (key: Uint8Array) => this.#map.find(({from, until}) => compareBytes(key, from) >= 0 && compareBytes(key, until) < 0)})} as unknown as PartitionClient['map'],
    call: (_entry: PartitionEntry, request: PartitionRequest, _deadlineMs: number, answer: (outcome: PartitionOutcome) => void) => {
      assert(request.kind === 'index-write', 'propagators write to indexes');
      this.messages.push({request, answer});
    },
  };
  /** A message arrives. @param isKept it will arrive again @param isHeard its answer reaches the sender */
  deliver(at: number, isKept: boolean, isHeard: boolean): void {
    const message = this.messages[at % Math.max(1, this.messages.length)];
    if (message === undefined) return;
    if (!isKept) this.messages.splice(this.messages.indexOf(message), 1);
    const outcome = this.#carryOut(message.request);
    const {answer} = message;
    message.answer = undefined;
    answer?.(isHeard ? outcome : {kind: 'unavailable', reason: 'the answer was lost'});
  }
  /** The sender gives up; the message may still arrive. */
  giveUp(at: number): void {
    const message = this.messages[at % Math.max(1, this.messages.length)];
    const answer = message?.answer;
    if (message === undefined || answer === undefined) return;
    message.answer = undefined;
    answer({kind: 'unknown', reason: 'no answer came'});
  }
  #carryOut(request: IndexWriteRequest): PartitionOutcome {
    const partition = this.index.find(({group}) => group === request.group);
    assert(partition !== undefined, 'partitions do not go');
    const judgement = new IndexWriteJudgement(partition.machine, request, {written: () => undefined}, {admitIndexWrite: () => true}, {heard: () => undefined});
    if (!judgement.homes.every((key) => partition.machine.holds(key))) return {kind: 'moved'};
    const {effect, response} = judgement.judge(judgement.texts.map((text) => partition.latest(text)), 1_000);
    if (effect !== undefined) partition.apply(effect);
    return response.kind === 'failed' ? {kind: 'refused', failure: {code: 'Rejected', error: '', message: ''}} : (response as PartitionOutcome);
  }

  /** Lets everything come to its end, and then all that is still on its way arrive. */
  settle(): void {
    for (let round = 0; round < 1_000; round += 1) {
      this.refreshMap();
      let isOpen = false;
      for (const partition of this.table) {
        isOpen = this.fill(partition) || isOpen;
        this.pump(partition);
        this.trim(partition);
        isOpen ||= (this.#senders.get(partition.group)?.outbox.rowCount ?? 0) > 0;
      }
      if (!isOpen) break;
      for (const message of [...this.messages]) if (message.answer !== undefined) this.deliver(this.messages.indexOf(message), false, true);
      assert(round < 999, 'it comes to an end');
    }
    for (const {propagator} of this.deposed) propagator.pump();
    for (let left = 0; left < 100 && this.messages.length > 0; left += 1) for (const message of [...this.messages]) this.deliver(this.messages.indexOf(message), false, true);
  }
  /** What the index shows, and what it should show: entry key and body. */
  compare(): {readonly shown: ReadonlyMap<string, string>; readonly wanted: ReadonlyMap<string, string>} {
    const shown = new Map<string, string>();
    for (const partition of this.index) {
      const {from, until, itemCount} = partition.machine.record;
      const rows = partition.within(from, until);
      assert(rows.length === itemCount, 'a partition of the index counts its entries', {group: partition.group, itemCount, rowCount: rows.length});
      for (const {key, value} of rows) shown.set(keyText(key), Buffer.from(storedBody(value)).toString());
    }
    const wanted = new Map<string, string>();
    for (const partition of this.table) {
      const {from, until} = partition.machine.record;
      for (const {key, value} of partition.within(from, until)) {
        const entry = globalEntryOf(SCHEMA, INDEX, decodeItem(storedBody(value)));
        if (entry !== undefined) wanted.set(keyText(globalEntryKey(1, INDEX, entry, key, tokenOf)), Buffer.from(encodeItem(entry)).toString());
      }
    }
    return {shown, wanted};
  }
}

function keyOf(pk: number): Uint8Array {
  return buildStoredKey(1, 0, pk * TOKEN_STEP, encodePartitionKey({kind: 'S', value: `p${pk}`}), undefined);
}
function holder(partitions: readonly Partition[], key: Uint8Array): Partition {
  const found = partitions.find(({machine}) => machine.holds(key));
  assert(found !== undefined, 'partitions cover all keys');
  return found;
}
function entryOf({group, machine}: Partition): PartitionEntry {
  const {from, until, epoch} = machine.record;
  assert(prefixEnd(from) !== undefined, 'stored keys have an end');
  return {group, from, until, epoch, table: 1, index: INDEX.indexId} as unknown as PartitionEntry;
}
