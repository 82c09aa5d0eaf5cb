import type {HistoryRecord, Outcome} from '@murmuration/checkers';
import {checkLinearizable} from '@murmuration/checkers';
import {SimulationError} from '../world/world.js';
import type {CommittedLog} from './committed-log.js';
import type {RegisterCommand} from './register-command.js';

/** One call of a client. A read carries no command. */
export interface RegisterCall {
  readonly process: number;
  readonly node: string;
  readonly key: number;
  readonly command: RegisterCommand | undefined;
  readonly invokedMs: number;
  completedMs: number;
  outcome:
    | {readonly kind: 'open'}
    | {readonly kind: 'no-effect'}
    /** `index`: of the command, or up to which the answering replica had applied. `value`: read, or held before. */
    | {readonly kind: 'ok'; readonly index: number; readonly value: number; readonly isDone: boolean};
}

/**
 * Linearizability with the log as witness: the order of the indexes must keep real time, and every answer must be what
 * that order gives. Sound and complete for this workload, and linear; the search of `checkers` judges without a witness.
 */
export function checkByWitness(calls: readonly RegisterCall[], committed: CommittedLog): void {
  const placed: {readonly call: RegisterCall; readonly place: number; readonly endMs: number}[] = [];
  for (const call of calls) {
    const {command, outcome} = call;
    const applied = command === undefined ? undefined : committed.indexOf(command.id);
    if (command !== undefined && outcome.kind === 'no-effect' && applied !== undefined) {
      throw new SimulationError('refused-yet-done', `command ${command.id} was refused, and is applied at ${applied}`);
    }
    if (outcome.kind === 'ok') {
      checkAnswer(call, outcome, committed);
      placed.push({call, place: command === undefined ? 2 * committed.commandAtOrBefore(outcome.index) + 1 : 2 * outcome.index, endMs: call.completedMs});
    } else if (command !== undefined && applied !== undefined) {
      placed.push({call, place: 2 * applied, endMs: Number.POSITIVE_INFINITY});
    }
  }
  const byStart = [...placed].sort((a, b) => a.call.invokedMs - b.call.invokedMs);
  const byEnd = [...placed].sort((a, b) => a.endMs - b.endMs);
  let ended = 0;
  let last: (typeof placed)[number] | undefined;
  for (const item of byStart) {
    for (; ended < byEnd.length && (byEnd[ended] as (typeof placed)[number]).endMs < item.call.invokedMs; ended += 1) {
      const done = byEnd[ended] as (typeof placed)[number];
      if (last === undefined || done.place > last.place) last = done;
    }
    if (last !== undefined && last.place > item.place) {
      const what = item.call.command === undefined ? 'stale-read' : 'order-against-time';
      throw new SimulationError(what, `${describe(item.call)} comes before ${describe(last.call)}, which had ended when it began`);
    }
  }
}

function checkAnswer(call: RegisterCall, outcome: Extract<RegisterCall['outcome'], {kind: 'ok'}>, committed: CommittedLog): void {
  const {command} = call;
  if (command === undefined) {
    const expected = committed.valueAt(call.key, outcome.index);
    if (outcome.value !== expected) throw new SimulationError('wrong-read', `${describe(call)}: ${expected} stood there`);
    return;
  }
  if (committed.indexOf(command.id) !== outcome.index) {
    throw new SimulationError('acknowledged-write-lost', `${describe(call)} was acknowledged, and applied at ${String(committed.indexOf(command.id))}`);
  }
  const answer = committed.answerOf(command.id);
  if (answer?.before !== outcome.value || answer.isDone !== outcome.isDone) throw new SimulationError('wrong-answer', describe(call));
}

/** The same history without a witness, for the search. */
export function checkBySearch(calls: readonly RegisterCall[]): void {
  const events: {readonly atMs: number; readonly order: number; readonly record: HistoryRecord}[] = [];
  for (const [i, call] of calls.entries()) {
    const key = {id: {S: `k${call.key}`}};
    const {command, outcome} = call;
    events.push({atMs: call.invokedMs, order: 2 * i, record: {kind: 'invoke', process: i, atMs: call.invokedMs, node: call.node, operation: command === undefined
      ? {kind: 'get', key, isStrong: true}
      : {
          kind: 'put', key, item: {v: {N: String(command.value)}}, returns: 'all-old', wantsRefusedImage: true,
          ...(command.expected === undefined ? {} : command.expected === 0
            ? {condition: {kind: 'not-exists' as const, attribute: 'id'}}
            : {condition: {kind: 'equals' as const, attribute: 'v', value: {N: String(command.expected)}}}),
        }}});
    if (outcome.kind === 'open') continue;
    events.push({atMs: call.completedMs, order: 2 * i + 1, record: {kind: 'complete', process: i, atMs: call.completedMs, outcome: outcomeOf(call, outcome)}});
  }
  // At equal times an end comes after a begin: such calls count as concurrent.
  events.sort((a, b) => a.atMs - b.atMs || Number(a.record.kind === 'complete') - Number(b.record.kind === 'complete') || a.order - b.order);
  const verdict = checkLinearizable(events.map((event) => event.record), {stepsMax: 200_000, statesMax: 50_000});
  if (verdict.kind === 'violation') throw new SimulationError('not-linearizable', verdict.violations.map((violation) => violation.explanation).join('\n'));
}

function outcomeOf(call: RegisterCall, outcome: Exclude<RegisterCall['outcome'], {kind: 'open'}>): Outcome {
  if (outcome.kind === 'no-effect') return {kind: 'no-effect', error: 'refused'};
  const item = outcome.value === 0 ? undefined : {id: {S: `k${call.key}`}, v: {N: String(outcome.value)}};
  if (outcome.isDone) return {kind: 'ok', answer: {kind: 'image', item}};
  return item === undefined ? {kind: 'condition-failed', hasImage: true} : {kind: 'condition-failed', hasImage: true, item};
}

function describe(call: RegisterCall): string {
  const what = call.command === undefined ? `read of ${call.key}` : `write ${call.command.id} of ${call.key}`;
  const result = call.outcome.kind === 'ok' ? `value ${call.outcome.value} at ${call.outcome.index}` : call.outcome.kind;
  return `${what} by ${call.process} at ${call.node} [${call.invokedMs.toFixed(3)}, ${call.completedMs.toFixed(3)}] ${result}`;
}
