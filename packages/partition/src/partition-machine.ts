import {assert, compareBytes, equalBytes} from '@murmuration/base';
import type {GroupId, LogIndex, WriteBatch} from '@murmuration/base';
import {ModelError, NO_DERIVATION, collectionKeyOf, decodeDerivation, encodeDerivation, isCollectionBorder} from '@murmuration/model';
import type {CompiledExpressions, Derivation, KeySchema, LocalIndex} from '@murmuration/model';
import {deleteItem} from './commands/delete-item.js';
import type {WriteOutcome, WriteStamp} from './commands/outcome.js';
import {rejected} from './commands/outcome.js';
import {putItem} from './commands/put-item.js';
import {updateItem} from './commands/update-item.js';
import {decodeEffect, encodeEffect} from './effect.js';
import type {Effect, EffectChange} from './effect.js';
import {DerivedFrom, deriversOf} from './derivers.js';
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
import type {ExpressionTexts, PartitionResponse, WriteCommand} from './protocol.js';
import type {SplitCount} from './split-count.js';
import {decodeSplitEffect, encodeSplitEffect, isSplitEffect} from './split-effect.js';
import type {SplitEffect} from './split-effect.js';

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

const ABSENT: LatestValue = {bytes: undefined, dependsOn: 0};

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
  #record: PartitionRecord;
  #derivation: Derivation = NO_DERIVATION;
  #derivers: readonly Deriver[] = [];
  /** Of the newest proposed effect; equal to the applied one when nothing is proposed. */
  #proposedSequence = 0;
  #proposedHlc = 0;

  constructor(options: PartitionMachineOptions) {
    this.#group = options.group;
    this.#recordKey = partitionRecordKey(options.group);
    this.#derivationKey = derivationKey(options.group);
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
   */
  evaluate(command: WriteCommand, text: string, existing: LatestValue, wallMs: number, collection: LatestValue = ABSENT, origin: WriteOrigin = 'client'): Evaluation {
    const stamp = this.#nextStamp(wallMs);
    const outcome = this.#judge(command, existing.bytes, collection.bytes, stamp, origin);
    if (outcome.changes.length === 0) {
      return {response: outcome.response, effect: undefined, sequence: 0, dependsOn: Math.max(existing.dependsOn, collection.dependsOn)};
    }
    this.#proposedSequence = stamp.sequence;
    this.#proposedHlc = stamp.timestampHlc;
    for (const change of outcome.changes) {
      this.overlay.propose(change.key === command.key ? text : keyText(change.key), change.key, change.value, stamp.sequence);
    }
    const {itemCountDelta, sizeBytesDelta, indexDeltas, changes} = outcome;
    const effect = encodeEffect({...stamp, itemCountDelta, sizeBytesDelta, indexDeltas, changes});
    return {response: outcome.response, effect, sequence: stamp.sequence, dependsOn: 0};
  }

  /**
   * An effect that no client asked for: rows that are set or removed because of what the partition is. Entered as a
   * proposal, like a write's.
   */
  evaluateInternal(changes: readonly EffectChange[], wallMs: number): Uint8Array {
    const stamp = this.#nextStamp(wallMs);
    this.#proposedSequence = stamp.sequence;
    this.#proposedHlc = stamp.timestampHlc;
    for (const {key, value} of changes) this.overlay.propose(keyText(key), key, value, stamp.sequence);
    return encodeEffect({...stamp, itemCountDelta: 0, sizeBytesDelta: 0, changes});
  }
  /** The effect by which the partition takes over another version of what is derived from its writes. */
  evaluateDerivation(derivation: Derivation, wallMs: number): Uint8Array {
    assert(derivation.version > this.#derivation.version, 'derivations only go forward', {group: this.#group});
    return this.evaluateInternal([{key: this.#derivationKey, value: encodeDerivation(derivation)}], wallMs);
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
      if (command.op === 'put') this.#entries?.checkPut(command);
      const outcome = this.#judgeItem(command, existing, stamp);
      const indexed = this.#entries === undefined ? outcome : this.#entries.derive(command, outcome, existing, collection, stamp);
      return this.#derive(command, indexed, existing, stamp, origin);
    } catch (error) {
      if (error instanceof ModelError) return rejected(error.failure.code, error.failure.message ?? '');
      throw error;
    }
  }
  #derive(command: WriteCommand, outcome: WriteOutcome, existing: Uint8Array | undefined, stamp: WriteStamp, origin: WriteOrigin): WriteOutcome {
    const base = outcome.changes[0];
    if (base === undefined || this.#derivers.length === 0) return outcome;
    const write = new DerivedFrom(command.key, existing, base.value, stamp, origin);
    return {...outcome, changes: [...outcome.changes, ...this.#derivers.flatMap((deriver) => deriver.derive(write))]};
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
    const itemCount = this.#record.itemCount + effect.itemCountDelta;
    const sizeBytes = this.#record.sizeBytes + effect.sizeBytesDelta;
    assert(itemCount >= 0 && sizeBytes >= 0, 'a partition has a negative count', {group: this.#group, itemCount, sizeBytes});
    const indexes = addIndexCounts(this.#record.indexes ?? [], effect.indexDeltas ?? []);
    assert(areCounts(indexes), 'an index of a partition has a negative count', {group: this.#group});
    assert(effect.timestampHlc > this.#record.timestampHlc, 'the clock of a partition went back', {group: this.#group});
    for (const {key, value} of effect.changes) {
      if (value === undefined) batch.delete(key);
      else batch.put(key, value);
      this.overlay.apply(keyText(key), key, value, effect.sequence, index);
      if (value !== undefined && equalBytes(key, this.#derivationKey)) this.#follow(decodeDerivation(value));
    }
    this.#enter({...this.#record, sequence: effect.sequence, timestampHlc: effect.timestampHlc, itemCount, sizeBytes, ...(indexes.length === 0 ? {} : {indexes})}, batch);
    return {kind: 'written', effect, isRefused: false};
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
    if (this.#derivation.version > 0) batch.put(derivationKey(child), encodeDerivation(this.#derivation));
    this.#enter({
      sequence, timestampHlc, itemCount: record.itemCount - childItemCount, sizeBytes: record.sizeBytes - childSizeBytes,
      from: record.from, until: at, epoch, lastSplit: {child, at, childItemCount, childSizeBytes},
      ...(indexes.length === 0 ? {} : {indexes}),
    }, batch);
    return {kind: 'split', effect, isRefused: false};
  }
  #follow(derivation: Derivation): void {
    this.#derivation = derivation;
    this.#derivers = derivation.version === 0 ? [] : deriversOf(this.#group, this.#schema, derivation);
  }
  #enter(record: PartitionRecord, batch: WriteBatch): void {
    this.#record = record;
    batch.put(this.#recordKey, encodePartitionRecord(record));
    if (this.#proposedSequence < record.sequence) {
      this.#proposedSequence = record.sequence;
      this.#proposedHlc = record.timestampHlc;
    }
  }

  stored(through: LogIndex): void {
    this.overlay.stored(through);
  }

  /** Starts again from what the store holds: at the start, and after a snapshot was installed. */
  reload(record: PartitionRecord | undefined, derivation: Derivation = NO_DERIVATION): void {
    this.overlay.clear();
    this.#record = record ?? emptyRecord(this.#birth);
    this.#follow(derivation);
    this.#proposedSequence = this.#record.sequence;
    this.#proposedHlc = this.#record.timestampHlc;
  }
}
