import {BASE_INDEX_ID, KEY_KIND_ITEM, KEY_KIND_PARTITION_META, assert, compareBytes, equalBytes} from '@murmuration/base';
import type {GroupId, LogIndex, WriteBatch} from '@murmuration/base';
import {ModelError, NO_DERIVATION, collectionKeyOf, decodeDerivation, encodeDerivation, indexIdOf, isCollectionBorder, isPendingKey} from '@murmuration/model';
import type {CompiledExpressions, Derivation, KeySchema, LocalIndex} from '@murmuration/model';
import {deleteItem} from './commands/delete-item.js';
import type {WriteOutcome, WriteStamp} from './commands/outcome.js';
import {rejected} from './commands/outcome.js';
import {putItem} from './commands/put-item.js';
import {updateItem} from './commands/update-item.js';
import {decodeEffect, encodeEffect, lastSequenceOf, sumOf} from './effect.js';
import type {Effect, EffectChange} from './effect.js';
import {DerivedFrom, deriversOf} from './derivers.js';
import {IndexFeeds} from './global-indexes/index-feeds.js';
import {IndexSources} from './global-indexes/index-sources.js';
import type {EntryDelta} from './global-indexes/index-write.js';
import type {Deriver, WriteOrigin} from './derivers.js';
import {CompiledCache} from './compiled-cache.js';
import {nextHlc} from './hlc.js';
import {addIndexCounts, areCounts} from './index-counts.js';
import {keyText} from './key-text.js';
import {COLLECTION_SIZE_BYTES_MAX, LocalEntries} from './local-entries.js';
import {Overlay} from './overlay.js';
import type {LatestValue} from './overlay.js';
import {derivationKey, emptyRecord, encodePartitionRecord, partitionRecordKey} from './partition-record.js';
import type {PartitionRange, PartitionRecord} from './partition-record.js';
import type {ExpressionTexts, PartitionFailure, PartitionResponse, WriteCommand} from './protocol.js';
import type {SplitCount} from './split-count.js';
import {decodeSplitEffect, encodeSplitEffect, isSplitEffect} from './split-effect.js';
import type {SplitEffect} from './split-effect.js';
import {StreamShards} from './streams/stream-shards.js';
import {restartedFill} from './time-to-live/expiry-fill.js';
import {hlcFloorOf, judgeStep, rowsOfStep} from './transactions/judge-step.js';
import type {StepAdmission, TransactStep} from './transactions/transact-steps.js';
import {TransactionLocks} from './transactions/transaction-locks.js';

export interface PartitionMachineOptions {
  readonly group: GroupId;
  readonly schema: KeySchema;
  /** The range before anything was applied. */
  readonly birth: PartitionRange;
  /** Local indexes of the table, in its order. */
  readonly indexes?: readonly LocalIndex[];
  readonly collectionSizeBytesMax?: number;
}

/** What the leader decided about a write, before anything is replicated. */
export interface Evaluation {
  /** To be given only after what it relies on has committed: the effect itself, or `dependsOn`. */
  readonly response: PartitionResponse;
  /** To be proposed; undefined when nothing changes. */
  readonly effect: Uint8Array | undefined;
  /** The effect's own sequence; 0 without an effect. */
  readonly sequence: number;
  /** Without an effect: sequence of the proposal the answer was judged on, 0 when that was committed. */
  readonly dependsOn: number;
}

/** `isRefused`: it was evaluated on a state that never came to be, or is here for the second time: nothing was changed. */
export type AppliedEffect =
  | {readonly kind: 'written'; readonly effect: Effect; readonly isRefused: boolean}
  | {readonly kind: 'split'; readonly effect: SplitEffect; readonly isRefused: boolean};

/** Whether a write may go on that would be answered so; a failure sends it away. */
export type WriteAdmission = (judged: PartitionResponse) => PartitionFailure | undefined;

const ABSENT: LatestValue = {bytes: undefined, dependsOn: 0};

/** What a write of an item is answered that a transaction holds. */
function conflict(): Evaluation {
  const response: PartitionResponse = {kind: 'failed', failure: {code: 'Rejected', error: 'TransactionConflictException', message: 'Transaction is ongoing for the item'}};
  return {response, effect: undefined, sequence: 0, dependsOn: 0};
}

/**
 * The state of one partition replica, without its rows: counters, clock, and the overlay of what the store does not
 * show yet. Deterministic: time, rows and log order come from outside.
 *
 * Each effect names its place in the sequence of effects. The leader evaluates ahead, each write on the proposal
 * before it; when one of them falls away, those behind it do not fit any more and every replica refuses them alike.
 */
export class PartitionMachine {
  readonly #group: GroupId;
  readonly #recordKey: Uint8Array;
  readonly #derivationKey: Uint8Array;
  readonly #schema: KeySchema;
  readonly #expressions: CompiledCache;
  readonly #birth: PartitionRange;
  readonly #entries: LocalEntries | undefined;
  readonly overlay = new Overlay();
  /** Items that transactions hold. */
  readonly locks = new TransactionLocks();
  /** Sequence of the newest removal of an item that is known of: a missing item has not been there since. */
  #removalSequence = 0;
  /** Its time; and that of the newest one proposed. */
  #removalHlc = 0;
  #proposedRemovalHlc = 0;
  /** Of a partition of a global index: what it heard from whom. */
  readonly sources: IndexSources;
  /** What was told to the global indexes of its table. */
  readonly feeds: IndexFeeds;
  /** Of the streams of its table. */
  readonly shards: StreamShards;
  #record: PartitionRecord;
  #derivation: Derivation = NO_DERIVATION;
  #derivers: readonly Deriver[] = [];
  /** What was checked or derived from last: a write is checked first and derived from right after, and its items are parsed once for both. */
  #written: DerivedFrom | undefined;
  /** Of the newest proposed effect; equal to the applied one when nothing is proposed. */
  #proposedSequence = 0;
  #proposedHlc = 0;

  constructor(options: PartitionMachineOptions) {
    this.#group = options.group;
    this.#recordKey = partitionRecordKey(options.group);
    this.#derivationKey = derivationKey(options.group);
    this.sources = new IndexSources(options.group);
    this.feeds = new IndexFeeds(options.group);
    this.shards = new StreamShards(options.group);
    this.#schema = options.schema;
    this.#expressions = new CompiledCache(options.schema);
    this.#birth = options.birth;
    const {indexes = [], collectionSizeBytesMax = COLLECTION_SIZE_BYTES_MAX} = options;
    this.#entries = indexes.length === 0 ? undefined : new LocalEntries(options.schema, indexes, collectionSizeBytesMax);
    this.#record = emptyRecord(options.birth);
  }

  /** As of the newest applied effect. */
  get record(): PartitionRecord {
    return this.#record;
  }
  /** The range before anything was applied. */
  get birth(): PartitionRange {
    return this.#birth;
  }
  /** What is derived from writes, as of the newest applied effect. */
  get derivation(): Derivation {
    return this.#derivation;
  }
  /** The row with the size of an item's collection, which a write is judged on too; undefined where the table has no local index. */
  collectionKeyOf(key: Uint8Array): Uint8Array | undefined {
    return this.#entries === undefined ? undefined : collectionKeyOf(key);
  }
  /** Whether a key belongs to the partition as of the newest applied effect. */
  holds(key: Uint8Array): boolean {
    return compareBytes(key, this.#record.from) >= 0 && compareBytes(key, this.#record.until) < 0;
  }
  /** Whether all of [from, until) does. */
  holdsRange(from: Uint8Array, until: Uint8Array): boolean {
    return compareBytes(from, this.#record.from) >= 0 && compareBytes(until, this.#record.until) <= 0;
  }
  /** Proposals evaluated here and neither applied nor dropped. */
  get proposedCount(): number {
    return this.#proposedSequence - this.#record.sequence;
  }

  /** @throws ModelError */
  compile(texts: ExpressionTexts): CompiledExpressions {
    return this.#expressions.compile(texts);
  }

  /**
   * Judges a write on the newest value of its row and, when it changes something, enters the change as a proposal.
   * The caller proposes effects in the order of evaluation, or calls dropProposals.
   * @param collection newest value of the row that `collectionKeyOf` names
   * @param admit asked when it is judged and before anything is entered: what it costs is known then
   */
  evaluate(command: WriteCommand, text: string, existing: LatestValue, wallMs: number, collection: LatestValue = ABSENT, origin: WriteOrigin = 'client', admit?: WriteAdmission): Evaluation {
    const held = this.locks.isEmpty ? undefined : this.locks.newest(text);
    if (held?.lock !== undefined) return {...conflict(), dependsOn: held.dependsOn};
    const stamp = this.#nextStamp(wallMs);
    const outcome = this.#judge(command, existing.bytes, collection.bytes, stamp, origin);
    const throttle = admit?.(outcome.response);
    if (throttle !== undefined) return {response: {kind: 'failed', failure: throttle}, effect: undefined, sequence: 0, dependsOn: 0};
    if (outcome.changes.length === 0) {
      return {response: outcome.response, effect: undefined, sequence: 0, dependsOn: Math.max(existing.dependsOn, collection.dependsOn)};
    }
    this.#proposedSequence = stamp.sequence;
    this.#proposedHlc = stamp.timestampHlc;
    for (const change of outcome.changes) {
      this.overlay.propose(change.key === command.key ? text : keyText(change.key), change.key, change.value, stamp.sequence);
    }
    if (outcome.changes[0]?.value === undefined) this.#proposedRemovalHlc = stamp.timestampHlc;
    const {itemCountDelta, sizeBytesDelta, indexDeltas, changes} = outcome;
    const effect = encodeEffect({...stamp, itemCountDelta, sizeBytesDelta, indexDeltas, changes});
    return {response: outcome.response, effect, sequence: stamp.sequence, dependsOn: 0};
  }

  /**
   * An effect that no client asked for: rows that are set or removed because of what the partition is. Entered as a
   * proposal, like a write's.
   */
  evaluateInternal(changes: readonly EffectChange[], wallMs: number): Uint8Array {
    return this.#evaluateInternal(() => changes, wallMs);
  }
  #evaluateInternal(changesAt: (stamp: WriteStamp) => readonly EffectChange[], wallMs: number): Uint8Array {
    const stamp = this.#nextStamp(wallMs);
    const changes = changesAt(stamp);
    this.#proposedSequence = stamp.sequence;
    this.#proposedHlc = stamp.timestampHlc;
    for (const {key, value} of changes) this.overlay.propose(keyText(key), key, value, stamp.sequence);
    return encodeEffect({...stamp, itemCountDelta: 0, sizeBytesDelta: 0, changes});
  }
  /**
   * The effect by which the partition takes over another version of what is derived from its writes. It says nothing of what the partition
   * holds: writes that are judged from now until it is applied still follow the version before, so an empty partition may come to have items
   * that were never told to a new index. Who fills it waits for them.
   */
  evaluateDerivation(derivation: Derivation, wallMs: number): Uint8Array {
    assert(derivation.version > this.#derivation.version, 'derivations only go forward', {group: this.#group});
    return this.#evaluateInternal((stamp) => [{key: this.#derivationKey, value: encodeDerivation(derivation)}, ...this.shards.follow(derivation, stamp), ...restartedFill(this.#group, this.#derivation, derivation)], wallMs);
  }
  /**
   * An effect of rows that are counted each by itself, or of none that counts. Entered as a proposal, like a write's.
   * @param make given the stamp that the effect has; the rows of `deltas` are the first of `changes`, in order
   */
  evaluateRows(make: (stamp: WriteStamp) => {readonly changes: readonly EffectChange[]; readonly deltas: readonly EntryDelta[]}, wallMs: number): {readonly effect: Uint8Array; readonly sequence: number} {
    const stamp = this.#nextStamp(wallMs);
    const {changes, deltas} = make(stamp);
    const counted = deltas.map(({itemCount, sizeBytes}, changeIndex) => ({changeIndex, itemCountDelta: itemCount, sizeBytesDelta: sizeBytes}));
    const items = counted.length > 1 ? counted : undefined;
    const sequence = lastSequenceOf({sequence: stamp.sequence, items});
    this.#proposedSequence = sequence;
    this.#proposedHlc = stamp.timestampHlc;
    for (const {key, value} of changes) this.overlay.propose(keyText(key), key, value, sequence);
    const itemCountDelta = counted.reduce((sum, delta) => sum + delta.itemCountDelta, 0);
    const sizeBytesDelta = counted.reduce((sum, delta) => sum + delta.sizeBytesDelta, 0);
    return {effect: encodeEffect({...stamp, itemCountDelta, sizeBytesDelta, changes, items}), sequence};
  }
  /** The effect by which the partition's stream goes on in another shard. Precondition: there is an open one. */
  evaluateRotation(wallMs: number): Uint8Array {
    return this.#evaluateInternal((stamp) => this.shards.rotate(stamp), wallMs);
  }
  /** Stored keys of the rows that a step of a transaction is judged on. */
  rowsOfStep(step: TransactStep): readonly Uint8Array[] {
    return rowsOfStep(step, this.#entries !== undefined);
  }
  /**
   * Judges a step of a transaction and, when it changes something, enters it as a proposal.
   * @param newest of `rowsOfStep`, by key text @param admit asked when it is judged and before anything is entered
   */
  evaluateStep(step: TransactStep, newest: ReadonlyMap<string, LatestValue>, wallMs: number, admit?: StepAdmission): Evaluation {
    const next = this.#nextStamp(wallMs);
    const stamp = {...next, timestampHlc: Math.max(next.timestampHlc, hlcFloorOf(step, this.locks) + 1)};
    const view = new Map([...newest].map(([text, {bytes}]) => [text, bytes]));
    const {result, changes, items} = judgeStep(step, view, {
      locks: this.locks, stamp, wallMs, hasCollections: this.#entries !== undefined, removalSequence: this.#removalSequence,
      removalHlc: Math.max(this.#removalHlc, this.#proposedRemovalHlc),
      judge: (command, existing, collection, at) => this.#judgeBase(command, existing, collection, at),
      complete: (command, outcome, existing, collection, at) => this.#entries?.derive(command, outcome, existing, collection, at, true) ?? outcome,
      derive: (command, outcome, existing, at) => this.#derive(command, outcome, existing, at, 'client'),
    });
    const throttle = admit?.(step, result, changes.length > 0);
    if (throttle !== undefined) return {response: {kind: 'failed', failure: throttle}, effect: undefined, sequence: 0, dependsOn: 0};
    const response: PartitionResponse = {kind: 'transacted', result};
    // A step without a change relies on rows and on who holds them, so on everything that is proposed.
    if (changes.length === 0) return {response, effect: undefined, sequence: 0, dependsOn: this.proposedCount === 0 ? 0 : this.#proposedSequence};
    const single = items.length === 1 ? items[0] : undefined;
    const listed = items.length > 1 ? {items} : {};
    const sequence = lastSequenceOf({...stamp, ...listed});
    this.#proposedSequence = sequence;
    this.#proposedHlc = stamp.timestampHlc;
    for (const {key, value} of changes) this.#propose(key, value, sequence, stamp.timestampHlc);
    const itemCountDelta = items.reduce((sum, item) => sum + item.itemCountDelta, 0);
    const sizeBytesDelta = items.reduce((sum, item) => sum + item.sizeBytesDelta, 0);
    const effect = encodeEffect({...stamp, itemCountDelta, sizeBytesDelta, indexDeltas: single === undefined ? sumOf(items) : single.indexDeltas, changes, ...listed});
    return {response, effect, sequence, dependsOn: 0};
  }
  #propose(key: Uint8Array, value: Uint8Array | undefined, sequence: number, timestampHlc: number): void {
    this.overlay.propose(keyText(key), key, value, sequence);
    if (key[0] !== KEY_KIND_ITEM) return;
    if (isPendingKey(key)) this.locks.propose(key, value, sequence);
    else if (value === undefined && indexIdOf(key) === BASE_INDEX_ID) this.#proposedRemovalHlc = timestampHlc;
  }
  #nextStamp(wallMs: number): WriteStamp {
    return {sequence: this.#proposedSequence + 1, timestampHlc: nextHlc(Math.max(this.#proposedHlc, this.#record.timestampHlc), wallMs)};
  }

  /**
   * The effect that gives the keys at and above the count's border to a child.
   * Precondition: nothing is proposed, and the count is as of the newest applied effect.
   */
  evaluateSplit(child: GroupId, count: SplitCount, wallMs: number): Uint8Array {
    assert(this.proposedCount === 0, 'a split is proposed on applied state only', {group: this.#group});
    const {sequence, timestampHlc, epoch} = this.#record;
    const split: SplitEffect = {
      sequence: sequence + 1, timestampHlc: nextHlc(timestampHlc, wallMs), child, at: count.at, epoch: epoch + 1,
      childItemCount: count.itemCount, childSizeBytes: count.sizeBytes, childIndexes: count.indexes,
    };
    this.#proposedSequence = split.sequence;
    this.#proposedHlc = split.timestampHlc;
    return encodeSplitEffect(split);
  }

  #judge(command: WriteCommand, existing: Uint8Array | undefined, collection: Uint8Array | undefined, stamp: WriteStamp, origin: WriteOrigin): WriteOutcome {
    try {
      return this.#derive(command, this.#judgeBase(command, existing, collection, stamp), existing, stamp, origin);
    } catch (error) {
      if (error instanceof ModelError) return rejected(error.failure.code, error.failure.message ?? '');
      throw error;
    }
  }
  /** Without what is derived from it beside local indexes. */
  #judgeBase(command: WriteCommand, existing: Uint8Array | undefined, collection: Uint8Array | undefined, stamp: WriteStamp): WriteOutcome {
    try {
      if (command.op === 'put') this.#entries?.checkPut(command);
      const outcome = this.#judgeItem(command, existing, stamp);
      this.#checkDerived(command, outcome, existing, stamp);
      return this.#entries === undefined ? outcome : this.#entries.derive(command, outcome, existing, collection, stamp);
    } catch (error) {
      if (error instanceof ModelError) return rejected(error.failure.code, error.failure.message ?? '');
      throw error;
    }
  }
  /** @throws ModelError when nothing can be derived from what the write would leave */
  #checkDerived(command: WriteCommand, {changes: [base]}: WriteOutcome, existing: Uint8Array | undefined, stamp: WriteStamp): void {
    if (base?.value === undefined || this.#derivation.globalIndexes.length === 0) return;
    const write = this.#writtenAs(command.key, existing, base.value, stamp, 'client');
    for (const deriver of this.#derivers) deriver.check?.(write);
  }
  #derive(command: WriteCommand, outcome: WriteOutcome, existing: Uint8Array | undefined, stamp: WriteStamp, origin: WriteOrigin): WriteOutcome {
    const base = outcome.changes[0];
    if (base === undefined || this.#derivers.length === 0) return outcome;
    const write = this.#writtenAs(command.key, existing, base.value, stamp, origin);
    const changes = [...outcome.changes, ...this.#derivers.flatMap((deriver) => deriver.derive(write))];
    const globalIndexes = this.#derivers.flatMap((deriver) => deriver.costs?.() ?? []);
    if (globalIndexes.length === 0 || outcome.response.kind !== 'written') return {...outcome, changes};
    return {...outcome, changes, response: {...outcome.response, globalIndexes}};
  }
  #writtenAs(key: Uint8Array, before: Uint8Array | undefined, after: Uint8Array | undefined, stamp: WriteStamp, origin: WriteOrigin): DerivedFrom {
    const last = this.#written;
    if (last?.key === key && last.before === before && last.after === after && last.stamp === stamp && last.origin === origin) return last;
    return (this.#written = new DerivedFrom(key, before, after, stamp, origin));
  }
  #judgeItem(command: WriteCommand, existing: Uint8Array | undefined, stamp: WriteStamp): WriteOutcome {
    const expressions = command.expressions === undefined ? undefined : this.compile(command.expressions);
    switch (command.op) {
      case 'put':
        return putItem(command, existing, expressions, stamp);
      case 'update':
        return updateItem(command, existing, expressions, stamp);
      case 'delete':
        return deleteItem(command, existing, expressions);
    }
  }

  /** Forgets all proposals: one of them was not taken by the log, or leadership went. Those in the log may still commit. */
  dropProposals(): void {
    this.overlay.dropPending();
    this.locks.dropProposed();
    this.#proposedRemovalHlc = 0;
    this.#proposedSequence = this.#record.sequence;
    this.#proposedHlc = this.#record.timestampHlc;
  }

  /**
   * Carries out one committed effect: memory now, store through the batch.
   * @param canSplit whether the group's configuration at this place of the log allows a split: the same on all replicas
   * @throws DecodeError when the entry is no effect: the log is not this partition's
   */
  apply(data: Uint8Array, index: LogIndex, batch: WriteBatch, canSplit = true): AppliedEffect {
    if (isSplitEffect(data)) return this.#applySplit(decodeSplitEffect(data), batch, canSplit);
    const effect = decodeEffect(data);
    if (effect.sequence !== this.#record.sequence + 1) return {kind: 'written', effect, isRefused: true};
    const through = lastSequenceOf(effect);
    const itemCount = this.#record.itemCount + effect.itemCountDelta;
    const sizeBytes = this.#record.sizeBytes + effect.sizeBytesDelta;
    assert(itemCount >= 0 && sizeBytes >= 0, 'a partition has a negative count', {group: this.#group, itemCount, sizeBytes});
    const indexes = addIndexCounts(this.#record.indexes ?? [], effect.indexDeltas ?? []);
    assert(areCounts(indexes), 'an index of a partition has a negative count', {group: this.#group});
    assert(effect.timestampHlc > this.#record.timestampHlc, 'the clock of a partition went back', {group: this.#group});
    for (const change of effect.changes) {
      const {key, value} = change;
      if (value === undefined) batch.delete(key);
      else batch.put(key, value);
      this.overlay.apply(keyText(key), key, value, through, index);
      if (key[0] === KEY_KIND_ITEM) this.#appliedItemRow(key, value, through, effect.timestampHlc);
      if (key[0] !== KEY_KIND_PARTITION_META) continue;
      this.shards.applied(change);
      this.#appliedMeta(change);
      if (value !== undefined && equalBytes(key, this.#derivationKey)) this.#follow(decodeDerivation(value));
    }
    this.#enter({...this.#record, sequence: through, timestampHlc: effect.timestampHlc, itemCount, sizeBytes, ...(indexes.length === 0 ? {} : {indexes})}, batch);
    return {kind: 'written', effect, isRefused: false};
  }
  #appliedMeta(change: EffectChange): void {
    this.sources.applied(change);
    this.feeds.applied(change);
  }
  #appliedItemRow(key: Uint8Array, value: Uint8Array | undefined, sequence: number, timestampHlc: number): void {
    if (isPendingKey(key)) this.locks.apply(key, value, sequence);
    else if (value === undefined && indexIdOf(key) === BASE_INDEX_ID) {
      this.#removalSequence = sequence;
      this.#removalHlc = timestampHlc;
    }
  }
  /** The lower half stays this partition, the upper one gets a record of its own; no row is touched. */
  #applySplit(effect: SplitEffect, batch: WriteBatch, canSplit: boolean): AppliedEffect {
    const {at, child, childItemCount, childSizeBytes, childIndexes = [], epoch, sequence, timestampHlc} = effect;
    const record = this.#record;
    const isInside = compareBytes(record.from, at) < 0 && compareBytes(at, record.until) < 0;
    const indexes = addIndexCounts(record.indexes ?? [], childIndexes, -1);
    const isCounted = childItemCount <= record.itemCount && childSizeBytes <= record.sizeBytes && areCounts(indexes);
    // Entries lie with their collection, so a cut through one would part items from entries.
    const isCuttable = this.#entries === undefined || isCollectionBorder(at);
    if (!canSplit || !isCuttable || sequence !== record.sequence + 1 || epoch !== record.epoch + 1 || !isInside || !isCounted) return {kind: 'split', effect, isRefused: true};
    const childRecord: PartitionRecord = {
      sequence, timestampHlc, itemCount: childItemCount, sizeBytes: childSizeBytes, from: at, until: record.until, epoch, lastSplit: undefined,
      ...(childIndexes.length === 0 ? {} : {indexes: childIndexes}),
    };
    batch.put(partitionRecordKey(child), encodePartitionRecord(childRecord));
    this.locks.cut(at);
    if (this.#derivation.version > 0) batch.put(derivationKey(child), encodeDerivation(this.#derivation));
    this.#splitStream(child, {sequence, timestampHlc}, batch);
    for (const {key, value} of [...this.sources.split(child), ...this.feeds.split(child, epoch)]) if (value !== undefined) batch.put(key, value);
    this.#enter({
      sequence, timestampHlc, itemCount: record.itemCount - childItemCount, sizeBytes: record.sizeBytes - childSizeBytes,
      from: record.from, until: at, epoch, lastSplit: {child, at, childItemCount, childSizeBytes},
      ...(indexes.length === 0 ? {} : {indexes}),
    }, batch);
    return {kind: 'split', effect, isRefused: false};
  }
  #splitStream(child: GroupId, stamp: WriteStamp, batch: WriteBatch): void {
    const {own, others} = this.shards.split(child, stamp);
    for (const {key, value} of [...own, ...others]) if (value !== undefined) batch.put(key, value);
    for (const change of own) this.shards.applied(change);
  }
  #follow(derivation: Derivation): void {
    this.#derivation = derivation;
    this.#derivers = derivation.version === 0 ? [] : deriversOf(this.#group, this.#schema, derivation);
  }
  #enter(record: PartitionRecord, batch: WriteBatch): void {
    this.#record = record;
    batch.putLast(this.#recordKey, () => encodePartitionRecord(record));
    if (this.#proposedSequence < record.sequence) {
      this.#proposedSequence = record.sequence;
      this.#proposedHlc = record.timestampHlc;
    }
  }

  stored(through: LogIndex): void {
    this.overlay.stored(through);
  }

  /** Starts again from what the store holds: at the start, and after a snapshot was installed. */
  reload(record: PartitionRecord | undefined, derivation: Derivation = NO_DERIVATION, shardRows: readonly Uint8Array[] = [], metaRows: readonly EffectChange[] = []): void {
    this.overlay.clear();
    this.sources.clear();
    this.feeds.clear();
    for (const row of metaRows) this.#appliedMeta(row);
    this.shards.load(shardRows);
    this.#record = record ?? emptyRecord(this.#birth);
    this.#removalSequence = this.#record.sequence;
    this.#removalHlc = this.#record.timestampHlc;
    this.#proposedRemovalHlc = 0;
    this.#follow(derivation);
    this.#proposedSequence = this.#record.sequence;
    this.#proposedHlc = this.#record.timestampHlc;
  }
}
