import {assert} from '@murmuration/base';
import type {Term} from '@murmuration/base';
import {keyText} from '@murmuration/partition';
import type {AppliedEffect, LatestValue, PartitionFailure, PartitionResponse, WriteCommand} from '@murmuration/partition';
import type {ProposeResult} from '@murmuration/raft-host';
import type {Call} from './call.js';
import {answerAsLeader, emit, translate} from './partition-context.js';
import type {PartitionContext} from './partition-context.js';

/** Writes that arrived between the election and the first own entry; more are sent away. */
const PARKED_COUNT_MAX = 1_000;

/**
 * The leader's way of a write: the newest value of its row, evaluation, proposal, answer at apply. Writes to one row
 * are pipelined: each is judged on the proposal before it, none waits for a round trip.
 *
 * When a proposal is not taken, those judged on it are void (every replica refuses them), so nothing new is
 * evaluated until all open ones are settled: the pipeline drains and starts again from committed values.
 */
export class WritePipeline {
  readonly #context: PartitionContext;
  #isLeader = false;
  /** Raised whenever values read before are no base for an evaluation any more. */
  #generation = 0;
  #openCount = 0;
  #openBytes = 0;
  #isDraining = false;
  /** Answers without an effect that were judged on proposals, by the sequence they need applied. */
  #dependents: {readonly sequence: number; readonly call: Call; readonly response: PartitionResponse}[] = [];
  #parked: {readonly call: Call; readonly command: WriteCommand}[] = [];

  constructor(context: PartitionContext) {
    this.#context = context;
  }
  get isLeader(): boolean {
    return this.#isLeader;
  }
  get openCount(): number {
    return this.#openCount;
  }

  write(call: Call, command: WriteCommand): void {
    if (!this.#isLeader) {
      this.#park(call, command);
      return;
    }
    const {machine, node} = this.#context;
    const {tuning} = node;
    if (this.#isDraining || this.#openCount >= tuning.partitionProposalsMax || this.#openBytes >= tuning.partitionProposalBytesMax) {
      call.fail({code: 'Overloaded', retryAfterMs: tuning.retryAfterMs});
      return;
    }
    const text = keyText(command.key);
    const proposed = machine.overlay.latest(text);
    if (proposed !== undefined) {
      this.#evaluate(call, command, text, proposed);
      return;
    }
    const cached = node.cache.get(text);
    if (cached !== undefined) {
      node.metrics.rowCacheHits.add(1);
      this.#evaluate(call, command, text, {bytes: cached.bytes, dependsOn: 0});
      return;
    }
    node.metrics.rowCacheMisses.add(1);
    const generation = this.#generation;
    node.loader.load(text, command.key, (value) => {
      if (call.isAnswered) return;
      if (value === undefined) {
        call.fail({code: 'Unavailable', reason: 'the store could not be read'});
      } else if (generation !== this.#generation) {
        call.fail(this.#isLeader ? {code: 'Overloaded', retryAfterMs: tuning.retryAfterMs} : this.#notLeader());
      } else {
        // Another write of the row may have been judged while the row was being read.
        this.#evaluate(call, command, text, machine.overlay.latest(text) ?? {bytes: value.bytes, dependsOn: 0});
      }
    });
  }

  /** The machine applied an entry: answers that waited for it may go. */
  applied(): void {
    const through = this.#context.machine.record.sequence;
    let done = 0;
    while (done < this.#dependents.length && (this.#dependents[done] as {sequence: number}).sequence <= through) done += 1;
    if (done === 0) return;
    for (const {call, response} of this.#dependents.splice(0, done)) answerAsLeader(this.#context, call, response);
  }

  leadership(isLeader: boolean, term: Term): void {
    const {machine, node, group} = this.#context;
    if (isLeader === this.#isLeader && !isLeader) return;
    this.#isLeader = isLeader;
    if (!isLeader) {
      emit(node.events, {event: 'partition/not-leading', level: 'info', group, term, proposalsOpen: this.#openCount});
      this.#voidProposals(this.#notLeader());
      return;
    }
    // Everything of earlier terms is applied now, so what is left in the overlay of proposals never commits.
    machine.dropProposals();
    this.#generation += 1;
    emit(node.events, {event: 'partition/leading', level: 'info', group, term});
    const parked = this.#parked;
    this.#parked = [];
    for (const {call, command} of parked) if (!call.isAnswered) this.write(call, command);
  }

  /** Calls that waited for a leadership that went elsewhere. */
  sweep(): void {
    if (this.#parked.length === 0 || this.#isElected()) return;
    this.#failParked(this.#notLeader());
  }

  stop(failure: PartitionFailure): void {
    this.#isLeader = false;
    this.#voidProposals(failure);
    this.#failParked(failure);
  }

  #evaluate(call: Call, command: WriteCommand, text: string, latest: LatestValue): void {
    const {machine, node, group} = this.#context;
    if (node.clock.monotonicMs() >= call.deadlineMs) {
      call.expire();
      return;
    }
    if (this.#isDraining) {
      call.fail({code: 'Overloaded', retryAfterMs: node.tuning.retryAfterMs});
      return;
    }
    const {effect, response, dependsOn} = machine.evaluate(command, text, latest, node.clock.wallMs());
    if (effect === undefined) {
      if (dependsOn > machine.record.sequence) this.#dependents.push({sequence: dependsOn, call, response});
      else answerAsLeader(this.#context, call, response);
      return;
    }
    call.isProposed = true;
    this.#openCount += 1;
    this.#openBytes += effect.length;
    node.host.propose(group, effect, (result) => this.#settled(call, response, effect.length, result), {isReclaiming: command.op === 'delete'});
  }

  #settled(call: Call, response: PartitionResponse, effectBytes: number, result: ProposeResult): void {
    this.#openCount -= 1;
    this.#openBytes -= effectBytes;
    assert(this.#openCount >= 0 && this.#openBytes >= 0, 'a proposal is settled once', {group: this.#context.group});
    if (!result.ok) {
      const failure = translate(result.failure);
      // Those judged on it wrote nothing: where leadership went they may try again at once.
      const hasLostLeadership = failure.code === 'NotLeader' || failure.code === 'OutcomeUnknown';
      this.#voidProposals(hasLostLeadership ? this.#notLeader() : {code: 'Unavailable', reason: 'a write it was judged on was not taken'});
      this.#drained();
      call.fail(failure);
      return;
    }
    this.#drained();
    if ((result.value as AppliedEffect).isRefused) call.fail({code: 'Unavailable', reason: 'a write it was judged on was not taken'});
    else call.answer(response);
  }

  /** Open proposals are no base for anything new: forget their values, let the open ones settle. */
  #voidProposals(failure: PartitionFailure): void {
    this.#generation += 1;
    this.#context.machine.dropProposals();
    this.#isDraining = this.#openCount > 0;
    const dependents = this.#dependents;
    this.#dependents = [];
    for (const {call} of dependents) call.fail(failure);
  }
  #drained(): void {
    if (!this.#isDraining || this.#openCount > 0) return;
    this.#isDraining = false;
    this.#context.machine.dropProposals();
  }

  #park(call: Call, command: WriteCommand): void {
    if (!this.#isElected() || this.#parked.length >= PARKED_COUNT_MAX) call.fail(this.#notLeader());
    else this.#parked.push({call, command});
  }
  #failParked(failure: PartitionFailure): void {
    const parked = this.#parked;
    this.#parked = [];
    for (const {call} of parked) call.fail(failure);
  }
  /** Leads by its own knowledge, though perhaps without its first entry applied. */
  #isElected(): boolean {
    return this.#context.node.host.leaderOf(this.#context.group) === this.#context.replica;
  }
  #notLeader(): PartitionFailure {
    return {code: 'NotLeader', leaderHint: this.#context.node.host.leaderOf(this.#context.group)};
  }
}
