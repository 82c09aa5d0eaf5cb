import {assert} from '@murmuration/base';
import {keyText, keysOfStep} from '@murmuration/partition';
import type {Evaluation, LatestValue, PartitionMachine, TransactStep} from '@murmuration/partition';
import type {NodeContext} from '../partition-context.js';
import type {Judgement} from '../write-pipeline.js';

/** A step of a transaction in the pipeline of writes: judged on the newest values of all its rows in one turn. */
export class StepJudgement implements Judgement {
  readonly keys: readonly Uint8Array[];
  readonly texts: readonly string[];
  readonly homes: readonly Uint8Array[];
  readonly isReclaiming: boolean;
  readonly #node: NodeContext;
  readonly #machine: PartitionMachine;
  readonly #step: TransactStep;
  constructor(node: NodeContext, machine: PartitionMachine, step: TransactStep) {
    this.#node = node;
    this.#machine = machine;
    this.#step = step;
    this.homes = keysOfStep(step);
    this.keys = machine.rowsOfStep(step);
    this.texts = this.keys.map(keyText);
    // What was begun must come to its end, also on a disk that is nearly full.
    this.isReclaiming = step.kind !== 'once' && step.kind !== 'prepare';
  }
  judge(newest: readonly LatestValue[], wallMs: number): Evaluation {
    assert(newest.length === this.texts.length, 'a step is judged on all its rows');
    const {tuning, metrics} = this.#node;
    if (this.#step.kind === 'prepare' && this.#machine.locks.sizeBytes > tuning.heldBytesMax) {
      return {response: {kind: 'failed', failure: {code: 'Overloaded', retryAfterMs: tuning.retryAfterMs}}, effect: undefined, sequence: 0, dependsOn: 0};
    }
    const evaluation = this.#machine.evaluateStep(this.#step, new Map(this.texts.map((text, i) => [text, newest[i] as LatestValue])), wallMs);
    const {response} = evaluation;
    if (response.kind === 'transacted') {
      const {result} = response;
      metrics.transactions.judged(this.#step.kind, result.kind);
      if (result.kind === 'refused') metrics.transactions.conflicts.add(result.reasons.filter(({code}) => code === 'TransactionConflict').length);
    }
    return evaluation;
  }
}
