import {assert} from '@murmuration/base';
import {failedConditionHalfUnits, itemWriteHalfUnits, readModeHalfUnits, transactionalHalfUnits} from '@murmuration/capacity';
import {keyText, keysOfStep} from '@murmuration/partition';
import type {ActionCost, Evaluation, LatestValue, PartitionMachine, StepAdmission, TransactStep} from '@murmuration/partition';
import type {LeaderAdmission} from '../admission.js';
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
  readonly #admission: LeaderAdmission | undefined;
  /** @param admission of steps that a client pays for; undefined for what the partition does of itself */
  constructor(node: NodeContext, machine: PartitionMachine, step: TransactStep, admission?: LeaderAdmission) {
    this.#node = node;
    this.#machine = machine;
    this.#step = step;
    this.#admission = admission;
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
    const evaluation = this.#machine.evaluateStep(this.#step, new Map(this.texts.map((text, i) => [text, newest[i] as LatestValue])), wallMs, this.#admit);
    const {response} = evaluation;
    if (response.kind === 'transacted') {
      const {result} = response;
      metrics.transactions.judged(this.#step.kind, result.kind);
      if (result.kind === 'refused') metrics.transactions.conflicts.add(result.reasons.filter(({code}) => code === 'TransactionConflict').length);
    }
    return evaluation;
  }
  /** The whole price when a transaction is judged: deciding, committing and repeating cost nothing more. */
  readonly #admit: StepAdmission = (step, result, isChange) => {
    if (this.#admission === undefined) return undefined;
    if (step.kind === 'read') return step.isVersionOnly || result.kind !== 'read' ? undefined : this.#admission.admit('read', sum(result.rows, ({sizeBytes}) => readModeHalfUnits(sizeBytes, 'transactional')));
    if (step.kind !== 'once' && step.kind !== 'prepare') return undefined;
    if (result.kind === 'accepted' && isChange) return this.#admission.admit('write', sum(result.costs, costHalfUnits));
    if (result.kind !== 'refused') return undefined;
    return this.#admission.admit('write', sum(result.reasons, ({code, sizeBytes}) => (code === 'ConditionalCheckFailed' ? transactionalHalfUnits(failedConditionHalfUnits(sizeBytes)) : 0)));
  };
}

function costHalfUnits({oldSizeBytes, newSizeBytes, indexHalfUnits}: ActionCost): number {
  return transactionalHalfUnits(itemWriteHalfUnits(oldSizeBytes, newSizeBytes) + sum(indexHalfUnits, (halfUnits) => halfUnits));
}
function sum<Part>(parts: readonly Part[], halfUnitsOf: (part: Part) => number): number {
  return parts.reduce((total, part) => total + halfUnitsOf(part), 0);
}
