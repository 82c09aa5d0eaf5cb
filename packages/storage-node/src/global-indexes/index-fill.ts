import {compareBytes, concatBytes} from '@murmuration/base';
import type {StoreRow} from '@murmuration/base';
import {decodeItem, storedBody} from '@murmuration/model';
import type {GlobalIndex, KeySchema} from '@murmuration/model';
import {GlobalIndexDeriver, encodeIndexFeed, indexFeedKey, keyText} from '@murmuration/partition';
import type {EffectChange, Evaluation, IndexFeedState, LatestValue, PartitionResponse} from '@murmuration/partition';
import {Call} from '../call.js';
import type {PartitionContext} from '../partition-context.js';
import type {Judgement, WritePipeline} from '../write-pipeline.js';
import {readRows} from './read-rows.js';

/** Items of one step. */
const STEP_ROWS_MAX = 64;
const STEP_TIMEOUT_MS = 5_000;
const ZERO = new Uint8Array(1);
const DONE: PartitionResponse = {kind: 'written', attributes: undefined, oldSizeBytes: 0, newSizeBytes: 0};

/**
 * Tells an index of the items that were there before it, step by step: each puts the items of a stretch of keys into the
 * outbox, as they are when the step is judged, and says how far it came. So a new leader goes on there, and what is told of
 * an item stands in order with what writes tell of it meanwhile.
 */
export class IndexFill {
  readonly #context: PartitionContext;
  readonly #writes: WritePipeline;
  readonly #schema: KeySchema;
  #isBusy = false;
  /**
   * Writes up to here may have been judged before the derivation with the index was followed, and not be applied yet: an item
   * that one of them makes is neither told by it nor found by a look at what is applied.
   */
  #settled = {version: 0, openThrough: 0};
  constructor(context: PartitionContext, writes: WritePipeline, schema: KeySchema) {
    this.#context = context;
    this.#writes = writes;
    this.#schema = schema;
  }
  get isBusy(): boolean {
    return this.#isBusy;
  }

  /** One step of an index that is not filled. @param done called once, later: how many items were looked at and how many were told; none when it has to be tried again */
  step(index: GlobalIndex, done: (seenCount: number, toldCount: number) => void): void {
    this.#isBusy = true;
    this.#step(index).then(
      ({seenCount, toldCount}) => {
        this.#isBusy = false;
        done(seenCount, toldCount);
      },
      () => {
        // The rows could not be read: the next step tries again.
        this.#isBusy = false;
        done(0, 0);
      },
    );
  }
  async #step(index: GlobalIndex): Promise<{readonly seenCount: number; readonly toldCount: number}> {
    const {machine, node} = this.#context;
    const {version} = machine.derivation;
    if (this.#settled.version !== version) this.#settled = {version, openThrough: this.#writes.openThrough};
    const {globalIndexes: metrics} = node.metrics;
    if (!this.#writes.isSettled(this.#settled.openThrough)) {
      metrics.fillStep('unsettled');
      return {seenCount: 0, toldCount: 0};
    }
    const feed = machine.feeds.feedOf(index.indexId);
    const {from, until, epoch} = machine.record;
    const start = compareBytes(feed.cursor, from) < 0 ? from : feed.cursor;
    const rows = compareBytes(start, until) >= 0 ? [] : await readRows(node, machine, start, until, STEP_ROWS_MAX);
    if (machine.record.epoch !== epoch) {
      metrics.fillStep('cut');
      return {seenCount: 0, toldCount: 0};
    }
    const judgement = new FillJudgement(this.#context, this.#schema, index, feed, rows, rows.length < STEP_ROWS_MAX);
    const isDone = await new Promise<boolean>((resolve) => {
      this.#writes.submit(new Call(node.clock.monotonicMs() + STEP_TIMEOUT_MS, (response) => resolve(response.kind !== 'failed')), judgement);
    });
    metrics.fillStep(!isDone ? 'failed' : judgement.isOvertaken ? 'overtaken' : 'taken');
    return isDone ? {seenCount: rows.length, toldCount: judgement.toldCount} : {seenCount: 0, toldCount: 0};
  }
}

/** One step: what its items have to tell an index, and how far it came. */
export class FillJudgement implements Judgement {
  readonly keys: readonly Uint8Array[];
  readonly texts: readonly string[];
  readonly homes: readonly Uint8Array[];
  readonly isReclaiming = false;
  toldCount = 0;
  /** Somebody else went on from the same place. */
  isOvertaken = false;
  readonly #isLast: boolean;
  readonly #context: Pick<PartitionContext, 'machine' | 'group'>;
  readonly #deriver: GlobalIndexDeriver;
  readonly #index: GlobalIndex;
  readonly #feed: IndexFeedState;
  /** @param rows of the items of a stretch of keys, from the place of `feed` on @param isLast none comes behind them */
  constructor(context: Pick<PartitionContext, 'machine' | 'group'>, schema: KeySchema, index: GlobalIndex, feed: IndexFeedState, rows: readonly StoreRow[], isLast: boolean) {
    this.#isLast = isLast;
    this.#context = context;
    this.#deriver = new GlobalIndexDeriver(schema, [index]);
    this.#index = index;
    this.#feed = feed;
    this.keys = rows.map(({key}) => key);
    this.texts = this.keys.map(keyText);
    this.homes = this.keys;
  }
  judge(newest: readonly LatestValue[], wallMs: number): Evaluation {
    const {machine, group} = this.#context;
    const {indexId} = this.#index;
    // Somebody else went on meanwhile: what is said here is said again, which is harmless, but the place must not go back.
    const isOld = machine.feeds.feedOf(indexId).sequence !== this.#feed.sequence || !machine.derivation.globalIndexes.some((index) => index.indexId === indexId);
    this.isOvertaken = isOld;
    if (isOld) return {response: DONE, effect: undefined, sequence: 0, dependsOn: 0};
    const {effect, sequence} = machine.evaluateRows((stamp) => {
      const told = this.keys.flatMap((key, i): readonly EffectChange[] => {
        const bytes = newest[i]?.bytes;
        const row = bytes === undefined ? undefined : this.#deriver.fill(key, this.#index, decodeItem(storedBody(bytes)), stamp);
        return row === undefined ? [] : [row];
      });
      this.toldCount = told.length;
      const last = this.keys.at(-1);
      const isDone = this.#isLast || last === undefined;
      const feed = {isDone, cursor: isDone ? new Uint8Array(0) : concatBytes([last, ZERO]), scannedCount: this.#feed.scannedCount + this.keys.length, sequence: stamp.sequence};
      return {changes: [...told, {key: indexFeedKey(group, indexId), value: encodeIndexFeed(feed)}], deltas: []};
    }, wallMs);
    return {response: DONE, effect, sequence, dependsOn: 0};
  }
}
