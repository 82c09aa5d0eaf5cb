import {BASE_INDEX_ID} from '@murmuration/base';
import type {GroupId} from '@murmuration/base';
import {DECISION_INDEX_ID, indexIdOf, parseStoredKey, shiftIndex} from '@murmuration/model';
import {decodeDecisionRow} from '@murmuration/partition';
import type {ForgottenRow, PartitionMachine, TransactResult, TransactStep, TransactionName} from '@murmuration/partition';
import type {PartitionOutcome} from '@murmuration/partition-client';
import type {PartitionEntry} from '@murmuration/placement';
import {Call} from '../call.js';
import {emit} from '../partition-context.js';
import type {NodeContext} from '../partition-context.js';
import type {WritePipeline} from '../write-pipeline.js';
import {eachSideRow} from './read-side-rows.js';
import {StepJudgement} from './step-judgement.js';

/** Transactions of one partition that are asked after at the same time. */
const RESOLVES_MAX = 64;
/** A step on behalf of somebody who is not there any more has time. */
const STEP_TIMEOUT_MS = 5_000;
/** Patiences after which a transaction is given up whose deciding partition does not exist in the map. */
const HOMELESS_PATIENCES = 15;
/** Transactions that are over whose participants are asked at the same time: one by one, a busy hour would take hours to forget. */
const ASKED_AFTER_MAX = 32;
/** Expired rows dropped by one effect. */
const FORGOTTEN_COUNT_MAX = 200;

interface Waiting {
  readonly name: TransactionName;
  /** When it is asked after. */
  dueMs: number;
  /** Since when its anchor has no partition. */
  homelessFromMs: number | undefined;
  isBusy: boolean;
}

/**
 * What a leader does about transactions that nobody brings to an end: it asks the partition that decides what became of
 * them, and carries that out on its own items. And it drops what was remembered of those that are over.
 */
export class TransactionDuties {
  readonly #node: NodeContext;
  readonly #group: GroupId;
  readonly #machine: PartitionMachine;
  readonly #writes: WritePipeline;
  readonly #waiting = new Map<string, Waiting>();
  #busyCount = 0;
  #isTrimming = false;
  #trimFromMs = 0;
  /** Whether a decision may be stored here: unknown at the start. */
  #hasDecisions = true;
  #isStopped = false;
  constructor(node: NodeContext, group: GroupId, machine: PartitionMachine, writes: WritePipeline) {
    this.#node = node;
    this.#group = group;
    this.#machine = machine;
    this.#writes = writes;
  }
  /** A decision was applied. */
  decided(): void {
    this.#hasDecisions = true;
  }
  stop(): void {
    this.#isStopped = true;
  }

  /** Called often; cheap where no item is held and nothing is remembered. */
  sweep(): void {
    if (!this.#writes.isLeader) {
      this.#waiting.clear();
      return;
    }
    const nowMs = this.#node.clock.monotonicMs();
    if (this.#machine.locks.count > 0 || this.#waiting.size > 0) this.#followHeld(nowMs);
    if (this.#hasDecisions && !this.#isTrimming && nowMs >= this.#trimFromMs) this.#trim(nowMs);
  }

  #followHeld(nowMs: number): void {
    const {transactionPatienceMs} = this.#node.tuning;
    const seen = new Set<string>();
    for (const {row} of this.#machine.locks.locks) {
      const {transaction} = row.name;
      seen.add(transaction);
      const waiting = this.#waiting.get(transaction);
      if (waiting === undefined) this.#waiting.set(transaction, {name: row.name, dueMs: nowMs + transactionPatienceMs, homelessFromMs: undefined, isBusy: false});
      else if (!waiting.isBusy && nowMs >= waiting.dueMs && this.#busyCount < RESOLVES_MAX) this.#resolve(waiting, nowMs);
    }
    for (const transaction of this.#waiting.keys()) if (!seen.has(transaction)) this.#waiting.delete(transaction);
  }

  #resolve(waiting: Waiting, nowMs: number): void {
    const {partitions, tuning} = this.#node;
    waiting.dueMs = nowMs + tuning.transactionPatienceMs;
    const entry = partitions.map.current().partitionOfKey(waiting.name.anchor);
    if (entry === undefined) {
      waiting.homelessFromMs ??= nowMs;
      // Its table was deleted, and what it decided with it: the items here are freed as they are.
      if (nowMs >= waiting.homelessFromMs + tuning.transactionPatienceMs * HOMELESS_PATIENCES) this.#settle(waiting, 'cancel');
      return;
    }
    waiting.homelessFromMs = undefined;
    waiting.isBusy = true;
    this.#busyCount += 1;
    partitions.call(entry, {kind: 'transact', group: entry.group, epoch: entry.epoch, step: {kind: 'resolve', name: waiting.name}}, nowMs + STEP_TIMEOUT_MS, (outcome) => {
      waiting.isBusy = false;
      this.#busyCount -= 1;
      const result = resultOf(outcome)?.kind;
      if (result === 'committed') this.#settle(waiting, 'commit');
      else if (result === 'cancelled') this.#settle(waiting, 'cancel');
    });
  }
  #settle({name}: Waiting, kind: 'commit' | 'cancel'): void {
    if (this.#isStopped || !this.#writes.isLeader) return;
    const keys = [...this.#machine.locks.locks].filter(({row}) => row.name.transaction === name.transaction).map(({itemKey}) => itemKey);
    if (keys.length === 0) return;
    this.#submit({kind, transaction: name.transaction, keys}, (result) => {
      if (result === undefined) return;
      this.#node.metrics.transactions.recovered(kind);
      emit(this.#node.events, {event: 'partition/transaction-recovered', level: 'info', group: this.#group, transaction: name.transaction, outcome: kind, itemCount: keys.length});
    });
  }

  #trim(nowMs: number): void {
    this.#isTrimming = true;
    this.#trimFromMs = nowMs + this.#node.tuning.decisionTrimMs;
    this.#trimAll().catch((error: unknown) => {
      const reason = error instanceof Error ? error.message : 'unknown error';
      emit(this.#node.events, {event: 'partition/read-failed', level: 'error', group: this.#group, reason});
    }).finally(() => {
      this.#isTrimming = false;
    });
  }
  async #trimAll(): Promise<void> {
    const {store, clock} = this.#node;
    const {overlay, record: {from, until}} = this.#machine;
    // What the store does not show yet is looked at the next time.
    this.#hasDecisions = indexIdOf(from) === BASE_INDEX_ID && overlay.committedRange(shiftIndex(from, DECISION_INDEX_ID), shiftIndex(until, DECISION_INDEX_ID)).length > 0;
    await eachSideRow(store, this.#machine.record, DECISION_INDEX_ID, async (rows) => {
      this.#hasDecisions = true;
      const over = rows.map(({key, value}) => ({key, ...decodeDecisionRow(value)})).filter(({expiresAtMs}) => expiresAtMs <= clock.wallMs()).values();
      const forgotten: ForgottenRow[] = [];
      const askOneByOne = async (): Promise<void> => {
        for (const {key, transaction, participants} of over) {
          // Whoever asks after it later would be told that it was given up.
          if (await this.#areFree(transaction, participants)) forgotten.push({anchor: anchorOf(key), key, transaction});
        }
      };
      await Promise.all(Array.from({length: ASKED_AFTER_MAX}, askOneByOne));
      for (let from = 0; from < forgotten.length; from += FORGOTTEN_COUNT_MAX) await this.#forget(forgotten.slice(from, from + FORGOTTEN_COUNT_MAX));
      return !this.#isStopped && this.#writes.isLeader;
    });
  }
  /** Brings the transaction to its end at the items it held elsewhere; mostly it is at its end. */
  async #areFree(transaction: string, keys: readonly Uint8Array[]): Promise<boolean> {
    const {partitions, clock} = this.#node;
    const keysByEntry = new Map<PartitionEntry, Uint8Array[]>();
    for (const key of keys) {
      const entry = partitions.map.current().partitionOfKey(key);
      // Where there is none the table is gone, and the item with it.
      if (entry !== undefined) keysByEntry.set(entry, [...keysByEntry.get(entry) ?? [], key]);
    }
    const outcomes = await Promise.all([...keysByEntry].map(([entry, ownKeys]) => new Promise<PartitionOutcome>((resolve) => {
      const step: TransactStep = {kind: 'commit', transaction, keys: ownKeys};
      partitions.call(entry, {kind: 'transact', group: entry.group, epoch: entry.epoch, step}, clock.monotonicMs() + STEP_TIMEOUT_MS, resolve);
    })));
    return outcomes.every((outcome) => resultOf(outcome)?.kind === 'committed');
  }
  #forget(rows: readonly ForgottenRow[]): Promise<void> {
    return new Promise((resolve) => this.#submit({kind: 'forget', rows}, () => resolve()));
  }

  #submit(step: TransactStep, done: (result: TransactResult | undefined) => void): void {
    const call = new Call(this.#node.clock.monotonicMs() + STEP_TIMEOUT_MS, (response) => done(response.kind === 'transacted' ? response.result : undefined));
    this.#writes.submit(call, new StepJudgement(this.#node, this.#machine, step));
  }
}

function resultOf(outcome: PartitionOutcome): TransactResult | undefined {
  return outcome.kind === 'transacted' ? outcome.result : undefined;
}
/** The stored key of the item that a decision lies at: all but the last value of its key. */
function anchorOf(key: Uint8Array): Uint8Array {
  const {parts} = parseStoredKey(key);
  const last = parts.at(-1);
  return shiftIndex(key.subarray(0, key.length - (last?.length ?? 0)), -DECISION_INDEX_ID);
}
