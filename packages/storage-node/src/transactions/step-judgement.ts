import {assert} from '@murmuration/base';
import {failedConditionHalfUnits, itemWriteHalfUnits, readModeHalfUnits, transactionalHalfUnits} from '@murmuration/capacity';
import {keyText, keysOfStep} from '@murmuration/partition';
import type {ActionCost, Evaluation, LatestValue, PartitionFailure, PartitionMachine, StepAdmission, TransactStep} from '@murmuration/partition';
import type {LeaderAdmission} from '../admission.js';
import type {PartitionHeat} from '../heat/partition-heat.js';
import type {NodeContext} from '../partition-context.js';
import type {Judgement} from '../write-pipeline.js';

/** Where steps that a client pays for are counted. */
interface StepAccounts {
  readonly admission: LeaderAdmission;
  readonly heat: PartitionHeat;
}

/** A step of a transaction in the pipeline of writes: judged on the newest values of all its rows in one turn. */
export class StepJudgement implements Judgement {
  readonly keys: readonly Uint8Array[];
  readonly texts: readonly string[];
  readonly homes: readonly Uint8Array[];
  readonly isReclaiming: boolean;
  readonly #node: NodeContext;
  readonly #machine: PartitionMachine;
  readonly #step: TransactStep;
  readonly #accounts: StepAccounts | undefined;
  /** @param accounts of steps that a client pays for; undefined for what the partition does of itself */
  constructor(node: NodeContext, machine: PartitionMachine, step: TransactStep, accounts?: StepAccounts) {
    this.#node = node;
    this.#machine = machine;
    this.#step = step;
    this.#accounts = accounts;
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
    if (this.#accounts === undefined) return undefined;
    if (step.kind === 'read') return step.isVersionOnly || result.kind !== 'read' ? undefined : this.#pay('read', sum(result.rows, ({sizeBytes}) => readModeHalfUnits(sizeBytes, 'transactional')));
    if (step.kind !== 'once' && step.kind !== 'prepare') return undefined;
    if (result.kind === 'accepted' && isChange) return this.#pay('write', sum(result.costs, costHalfUnits), indexCostsOf(result.costs));
    if (result.kind !== 'refused') return undefined;
    return this.#pay('write', sum(result.reasons, ({code, sizeBytes}) => (code === 'ConditionalCheckFailed' ? transactionalHalfUnits(failedConditionHalfUnits(sizeBytes)) : 0)));
  };
  /** The items of a step are taken to have cost alike. */
  #pay(direction: 'read' | 'write', halfUnits: number, indexCosts?: ActionCost['globalIndexes']): PartitionFailure | undefined {
    if (this.#accounts === undefined) return undefined;
    const {admission, heat} = this.#accounts;
    const failure = admission.admit(direction, halfUnits, indexCosts);
    const [first] = this.homes;
    if (failure !== undefined && first !== undefined) heat.throttled(first);
    if (failure !== undefined || halfUnits === 0) return failure;
    const eachHalfUnits = halfUnits / Math.max(1, this.homes.length);
    for (const key of this.homes) {
      if (direction === 'read') heat.read(key, eachHalfUnits);
      else heat.written(key, eachHalfUnits);
    }
    return undefined;
  }
}

/** What the actions cost each global index. */
function indexCostsOf(costs: readonly ActionCost[]): ActionCost['globalIndexes'] | undefined {
  if (costs.every(({globalIndexes}) => globalIndexes.length === 0)) return undefined;
  const byIndex = new Map<number, number>();
  for (const {globalIndexes} of costs) {
    for (const {indexId, halfUnits} of globalIndexes) byIndex.set(indexId, (byIndex.get(indexId) ?? 0) + transactionalHalfUnits(halfUnits));
  }
  return [...byIndex].map(([indexId, halfUnits]) => ({indexId, halfUnits}));
}
function costHalfUnits({oldSizeBytes, newSizeBytes, indexHalfUnits}: ActionCost): number {
  return transactionalHalfUnits(itemWriteHalfUnits(oldSizeBytes, newSizeBytes) + sum(indexHalfUnits, (halfUnits) => halfUnits));
}
function sum<Part>(parts: readonly Part[], halfUnitsOf: (part: Part) => number): number {
  return parts.reduce((total, part) => total + halfUnitsOf(part), 0);
}
