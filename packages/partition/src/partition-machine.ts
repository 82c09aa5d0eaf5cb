import {assert} from '@murmuration/base';
import type {GroupId, LogIndex, WriteBatch} from '@murmuration/base';
import {ModelError} from '@murmuration/model';
import type {CompiledExpressions, KeySchema} from '@murmuration/model';
import {deleteItem} from './commands/delete-item.js';
import type {WriteOutcome, WriteStamp} from './commands/outcome.js';
import {rejected} from './commands/outcome.js';
import {putItem} from './commands/put-item.js';
import {updateItem} from './commands/update-item.js';
import {decodeEffect, encodeEffect} from './effect.js';
import type {Effect} from './effect.js';
import {CompiledCache} from './compiled-cache.js';
import {nextHlc} from './hlc.js';
import {keyText} from './key-text.js';
import {Overlay} from './overlay.js';
import type {LatestValue} from './overlay.js';
import {EMPTY_RECORD, encodePartitionRecord, partitionRecordKey} from './partition-record.js';
import type {PartitionRecord} from './partition-record.js';
import type {ExpressionTexts, PartitionResponse, WriteCommand} from './protocol.js';

export interface PartitionMachineOptions {
  readonly group: GroupId;
  readonly schema: KeySchema;
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

export interface AppliedEffect {
  readonly effect: Effect;
  /** It was evaluated on a state that never came to be, or is here for the second time: nothing was changed. */
  readonly isRefused: boolean;
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
  readonly #expressions: CompiledCache;
  readonly overlay = new Overlay();
  #record: PartitionRecord = EMPTY_RECORD;
  /** Of the newest proposed effect; equal to the applied one when nothing is proposed. */
  #proposedSequence = 0;
  #proposedHlc = 0;

  constructor(options: PartitionMachineOptions) {
    this.#group = options.group;
    this.#recordKey = partitionRecordKey(options.group);
    this.#expressions = new CompiledCache(options.schema);
  }

  /** As of the newest applied effect. */
  get record(): PartitionRecord {
    return this.#record;
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
   */
  evaluate(command: WriteCommand, text: string, existing: LatestValue, wallMs: number): Evaluation {
    const stamp: WriteStamp = {
      sequence: this.#proposedSequence + 1,
      timestampHlc: nextHlc(Math.max(this.#proposedHlc, this.#record.timestampHlc), wallMs),
    };
    const outcome = this.#judge(command, existing.bytes, stamp);
    if (outcome.changes.length === 0) return {response: outcome.response, effect: undefined, sequence: 0, dependsOn: existing.dependsOn};
    this.#proposedSequence = stamp.sequence;
    this.#proposedHlc = stamp.timestampHlc;
    for (const change of outcome.changes) {
      this.overlay.propose(change.key === command.key ? text : keyText(change.key), change.key, change.value, stamp.sequence);
    }
    const effect = encodeEffect({...stamp, itemCountDelta: outcome.itemCountDelta, sizeBytesDelta: outcome.sizeBytesDelta, changes: outcome.changes});
    return {response: outcome.response, effect, sequence: stamp.sequence, dependsOn: 0};
  }

  #judge(command: WriteCommand, existing: Uint8Array | undefined, stamp: WriteStamp): WriteOutcome {
    try {
      const expressions = command.expressions === undefined ? undefined : this.compile(command.expressions);
      switch (command.op) {
        case 'put':
          return putItem(command, existing, expressions, stamp);
        case 'update':
          return updateItem(command, existing, expressions, stamp);
        case 'delete':
          return deleteItem(command, existing, expressions);
      }
    } catch (error) {
      if (error instanceof ModelError) return rejected(error.failure.code, error.failure.message ?? '');
      throw error;
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
   * @throws DecodeError when the entry is no effect: the log is not this partition's
   */
  apply(data: Uint8Array, index: LogIndex, batch: WriteBatch): AppliedEffect {
    const effect = decodeEffect(data);
    if (effect.sequence !== this.#record.sequence + 1) return {effect, isRefused: true};
    const itemCount = this.#record.itemCount + effect.itemCountDelta;
    const sizeBytes = this.#record.sizeBytes + effect.sizeBytesDelta;
    assert(itemCount >= 0 && sizeBytes >= 0, 'a partition has a negative count', {group: this.#group, itemCount, sizeBytes});
    assert(effect.timestampHlc > this.#record.timestampHlc, 'the clock of a partition went back', {group: this.#group});
    for (const {key, value} of effect.changes) {
      if (value === undefined) batch.delete(key);
      else batch.put(key, value);
      this.overlay.apply(keyText(key), key, value, effect.sequence, index);
    }
    this.#record = {sequence: effect.sequence, timestampHlc: effect.timestampHlc, itemCount, sizeBytes};
    batch.put(this.#recordKey, encodePartitionRecord(this.#record));
    if (this.#proposedSequence < effect.sequence) {
      this.#proposedSequence = effect.sequence;
      this.#proposedHlc = effect.timestampHlc;
    }
    return {effect, isRefused: false};
  }

  stored(through: LogIndex): void {
    this.overlay.stored(through);
  }

  /** Starts again from what the store holds: at the start, and after a snapshot was installed. */
  reload(record: PartitionRecord | undefined): void {
    this.overlay.clear();
    this.#record = record ?? EMPTY_RECORD;
    this.#proposedSequence = this.#record.sequence;
    this.#proposedHlc = this.#record.timestampHlc;
  }
}
