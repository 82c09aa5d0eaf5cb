import {assert} from '@murmuration/base';
import type {Term} from '@murmuration/base';
import {keyText} from '@murmuration/partition';
import type {AppliedEffect, Evaluation, KnownValue, LatestValue, PartitionFailure, PartitionResponse, WriteCommand} from '@murmuration/partition';
import type {ProposeResult} from '@murmuration/raft-host';
import {writeCost} from './admission.js';
import type {Call} from './call.js';
import type {CutOverFacts} from './heat/split-record.js';
import {answerAsLeader, emit, translate} from './partition-context.js';
import type {PartitionContext} from './partition-context.js';

/** Writes that arrived between the election and the first own entry; more are sent away. */
const PARKED_COUNT_MAX = 1_000;
/** Writes that arrived during a cut-over; more are asked to come again in a moment. */
const PAUSED_COUNT_MAX = 5_000;

interface CutOver {
  readonly make: () => Uint8Array | undefined;
  readonly done: (isApplied: boolean, facts: CutOverFacts) => void;
  readonly startMs: number;
  isProposed: boolean;
}

/**
 * Something the leader decides about rows of its partition: judged on their newest values, proposals included, and
 * replicated in the turn it is judged in.
 */
export interface Judgement {
  /** Rows it is judged on. */
  readonly keys: readonly Uint8Array[];
  /** Their texts. */
  readonly texts: readonly string[];
  /** Stored keys that must lie in the partition, also when it is judged. */
  readonly homes: readonly Uint8Array[];
  /** It frees room: it may go on when the disk is nearly full. */
  readonly isReclaiming: boolean;
  /** Called once. Its effect, if any, is proposed in the same turn. @param newest by position of `keys` */
  judge(newest: readonly LatestValue[], wallMs: number): Evaluation;
}

/** @see LatestValue */
interface NewestValue extends LatestValue {
  readonly isCached: boolean;
}

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
  /** While draining: what is open may still be applied up to here, though it is no base for anything. */
  #voidedThrough = 0;
  /** Answers without an effect that were judged on proposals, by the sequence they need applied. */
  #dependents: {readonly sequence: number; readonly call: Call; readonly response: PartitionResponse}[] = [];
  #parked: {readonly call: Call; readonly judgement: Judgement}[] = [];
  /** Set while nothing new is evaluated: all that is open settles, one last effect follows, then the writes that came meanwhile go on. */
  #cutOver: CutOver | undefined;
  #paused: {readonly call: Call; readonly judgement: Judgement}[] = [];

  constructor(context: PartitionContext) {
    this.#context = context;
  }
  get isLeader(): boolean {
    return this.#isLeader;
  }
  get openCount(): number {
    return this.#openCount;
  }
  /** The sequence by which everything that is open now is applied, whatever of it falls away. An effect of several items takes several sequences. */
  get openThrough(): number {
    const {record, proposedCount} = this.#context.machine;
    const judgedThrough = record.sequence + Math.max(this.#openCount, proposedCount);
    return this.#isDraining ? Math.max(judgedThrough, this.#voidedThrough) : judgedThrough;
  }
  /** Whether all that was open when `openThrough` gave the sequence is applied, or fell away. Nobody may write any more, so it is not waited for in vain. */
  isSettled(openThrough: number): boolean {
    return this.#openCount === 0 || this.#context.machine.record.sequence >= openThrough;
  }

  /**
   * Lets everything open settle while new writes wait, then proposes one effect that must follow what is applied at
   * that moment; after it is applied the writes go on, to wherever they then belong.
   * @param make called once, in the same turn as the proposal; undefined gives up
   * @param done called once with whether the effect was applied and what it cost, after the writes went on
   */
  cutOver(make: () => Uint8Array | undefined, done: (isApplied: boolean, facts: CutOverFacts) => void): void {
    if (!this.#isLeader || this.#isDraining || this.#cutOver !== undefined) {
      done(false, {pausedMs: 0, heldCount: 0});
      return;
    }
    this.#cutOver = {make, done, startMs: this.#context.node.clock.monotonicMs(), isProposed: false};
    this.#proposeCutOver();
  }

  write(call: Call, command: WriteCommand): void {
    this.submit(call, new ItemWrite(this.#context, command));
  }

  /**
   * Proposes an effect that no client asked for, in this turn or not at all.
   * @param make called at most once, at once; undefined proposes nothing
   * @param done called once, perhaps before this returns, with whether the effect was applied
   */
  propose(make: () => Uint8Array | undefined, done: (isApplied: boolean) => void): void {
    const {tuning} = this.#context.node;
    const isFull = this.#openCount >= tuning.partitionProposalsMax || this.#openBytes >= tuning.partitionProposalBytesMax;
    const effect = !this.#isLeader || this.#isDraining || this.#cutOver !== undefined || isFull ? undefined : make();
    if (effect === undefined) {
      done(false);
      return;
    }
    this.#openCount += 1;
    this.#openBytes += effect.length;
    const {node, group} = this.#context;
    node.host.propose(group, effect, (result) => {
      this.#openCount -= 1;
      this.#openBytes -= effect.length;
      if (!result.ok) this.#notTaken(translate(result.failure));
      this.#drained();
      done(result.ok && !(result.value as AppliedEffect).isRefused);
      this.#proposeCutOver();
    }, {isReclaiming: true});
  }

  submit(call: Call, judgement: Judgement): void {
    if (!this.#isLeader) {
      this.#park(call, judgement);
      return;
    }
    const {tuning} = this.#context.node;
    if (!this.#isHere(call, judgement) || this.#isHeldBack(call, judgement)) return;
    if (this.#isDraining || this.#openCount >= tuning.partitionProposalsMax || this.#openBytes >= tuning.partitionProposalBytesMax) {
      call.fail({code: 'Overloaded', retryAfterMs: tuning.retryAfterMs});
      return;
    }
    const known = judgement.texts.map((text) => this.#known(text));
    const all = completeOf(known);
    if (all !== undefined) {
      for (const {isCached} of all) if (isCached) this.#context.node.metrics.rowCacheHits.add(1);
      this.#evaluate(call, judgement, all);
      return;
    }
    this.#load(call, judgement, known);
  }

  /** Newest value of a row as far as memory has it. */
  #known(text: string): NewestValue | undefined {
    const {machine, node} = this.#context;
    const proposed = machine.overlay.latest(text);
    if (proposed !== undefined) return {...proposed, isCached: false};
    const cached = node.cache.get(text);
    return cached === undefined ? undefined : {bytes: cached.bytes, dependsOn: 0, isCached: true};
  }
  /**
   * Reads the rows that memory does not have, then evaluates on all of them as they are at that moment. Those that memory has are
   * kept in view meanwhile: looked up again, some may be gone from a small cache, and a judgement on many rows would never begin.
   */
  #load(call: Call, judgement: Judgement, known: readonly (NewestValue | undefined)[]): void {
    const {node} = this.#context;
    const {keys, texts} = judgement;
    const generation = this.#generation;
    const watch = node.loader.watch(texts);
    let waitingCount = known.filter((value) => value === undefined).length;
    let isUnread = false;
    keys.forEach((key, i) => {
      const text = texts[i] as string;
      const value = known[i];
      if (value !== undefined) {
        watch.set(text, {bytes: value.bytes});
        return;
      }
      node.metrics.rowCacheMisses.add(1);
      node.loader.load(text, key, (loaded, isCorrupt) => {
        if (isCorrupt) this.#context.quarantine('a row of it cannot be read');
        if (loaded !== undefined) watch.set(text, loaded);
        isUnread ||= loaded === undefined;
        waitingCount -= 1;
        if (waitingCount > 0) return;
        node.loader.unwatch(watch);
        if (call.isAnswered) return;
        if (isUnread) {
          call.fail({code: 'Unavailable', reason: 'the store could not be read'});
          return;
        }
        if (generation !== this.#generation) {
          call.fail(this.#isLeader ? {code: 'Overloaded', retryAfterMs: node.tuning.retryAfterMs} : this.#notLeader());
          return;
        }
        // Another write may have been judged while the rows were being read.
        const newest = completeOf(texts.map((each) => this.#known(each) ?? asNewest(watch.get(each))));
        assert(newest !== undefined, 'all rows of a judgement were read', {group: this.#context.group});
        this.#evaluate(call, judgement, newest);
      });
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
      this.#endCutOver(false);
      return;
    }
    // Everything of earlier terms is applied now, so what is left in the overlay of proposals never commits.
    machine.dropProposals();
    this.#generation += 1;
    emit(node.events, {event: 'partition/leading', level: 'info', group, term});
    const parked = this.#parked;
    this.#parked = [];
    for (const {call, judgement} of parked) if (!call.isAnswered) this.submit(call, judgement);
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
    this.#endCutOver(false);
  }

  #evaluate(call: Call, judgement: Judgement, newest: readonly LatestValue[]): void {
    const {machine, node, group} = this.#context;
    if (node.clock.monotonicMs() >= call.deadlineMs) {
      call.expire();
      return;
    }
    if (!this.#isHere(call, judgement) || this.#isHeldBack(call, judgement)) return;
    if (this.#isDraining) {
      call.fail({code: 'Overloaded', retryAfterMs: node.tuning.retryAfterMs});
      return;
    }
    const {effect, response, dependsOn} = judgement.judge(newest, node.clock.wallMs());
    if (effect === undefined) {
      if (dependsOn > machine.record.sequence) {
        node.metrics.waited('proposals');
        this.#dependents.push({sequence: dependsOn, call, response});
      } else answerAsLeader(this.#context, call, response);
      return;
    }
    call.isProposed = true;
    this.#openCount += 1;
    this.#openBytes += effect.length;
    node.host.propose(group, effect, (result) => this.#settled(call, response, effect.length, result), {isReclaiming: judgement.isReclaiming});
  }

  #settled(call: Call, response: PartitionResponse, effectBytes: number, result: ProposeResult): void {
    this.#openCount -= 1;
    this.#openBytes -= effectBytes;
    assert(this.#openCount >= 0 && this.#openBytes >= 0, 'a proposal is settled once', {group: this.#context.group});
    if (!result.ok) {
      const failure = translate(result.failure);
      this.#notTaken(failure);
      this.#drained();
      call.fail(failure);
      this.#proposeCutOver();
      return;
    }
    this.#drained();
    if ((result.value as AppliedEffect).isRefused) call.fail({code: 'Unavailable', reason: 'a write it was judged on was not taken'});
    else call.answer(response);
    this.#proposeCutOver();
  }

  /** A proposal fell away. Those judged on it wrote nothing: where leadership went they may try again at once. */
  #notTaken(failure: PartitionFailure): void {
    const hasLostLeadership = failure.code === 'NotLeader' || failure.code === 'OutcomeUnknown';
    this.#voidProposals(hasLostLeadership ? this.#notLeader() : {code: 'Unavailable', reason: 'a write it was judged on was not taken'});
  }
  /** The row may have gone to the upper half of a split while the write waited for something. */
  #isHere(call: Call, judgement: Judgement): boolean {
    const {machine} = this.#context;
    if (judgement.homes.every((key) => machine.holds(key))) return true;
    call.fail({code: 'WrongEpoch', epoch: machine.record.epoch});
    return false;
  }
  #isHeldBack(call: Call, judgement: Judgement): boolean {
    if (this.#cutOver === undefined) return false;
    if (this.#paused.length >= PAUSED_COUNT_MAX) call.fail({code: 'Overloaded', retryAfterMs: this.#context.node.tuning.retryAfterMs});
    else {
      this.#context.node.metrics.waited('cut-over');
      this.#paused.push({call, judgement});
    }
    return true;
  }
  #proposeCutOver(): void {
    const cutOver = this.#cutOver;
    if (cutOver === undefined || cutOver.isProposed || this.#openCount > 0 || this.#isDraining) return;
    cutOver.isProposed = true;
    const effect = cutOver.make();
    if (effect === undefined) {
      this.#endCutOver(false);
      return;
    }
    const {node, group} = this.#context;
    this.#openCount += 1;
    this.#openBytes += effect.length;
    node.host.propose(group, effect, (result) => {
      this.#openCount -= 1;
      this.#openBytes -= effect.length;
      const isApplied = result.ok && !(result.value as AppliedEffect).isRefused;
      if (!isApplied) this.#voidProposals({code: 'Unavailable', reason: 'a split was not taken'});
      this.#drained();
      if (this.#cutOver === cutOver) this.#endCutOver(isApplied);
    });
  }
  #endCutOver(isApplied: boolean): void {
    const cutOver = this.#cutOver;
    if (cutOver === undefined) return;
    this.#cutOver = undefined;
    const paused = this.#paused;
    this.#paused = [];
    const {clock, metrics} = this.#context.node;
    const pausedMs = clock.monotonicMs() - cutOver.startMs;
    metrics.splitPause.observe(pausedMs / 1000);
    for (const {call, judgement} of paused) {
      if (call.isAnswered) continue;
      if (this.#isLeader) this.submit(call, judgement);
      else call.fail(this.#notLeader());
    }
    cutOver.done(isApplied, {pausedMs, heldCount: paused.length});
  }

  /** Open proposals are no base for anything new: forget their values, let the open ones settle. */
  #voidProposals(failure: PartitionFailure): void {
    this.#generation += 1;
    this.#voidedThrough = this.openThrough;
    this.#context.machine.dropProposals();
    this.#isDraining = this.#openCount > 0;
    this.#context.node.metrics.voidedProposals.add(this.#openCount);
    const dependents = this.#dependents;
    this.#dependents = [];
    for (const {call} of dependents) call.fail(failure);
  }
  #drained(): void {
    if (!this.#isDraining || this.#openCount > 0) return;
    this.#isDraining = false;
    this.#context.machine.dropProposals();
  }

  #park(call: Call, judgement: Judgement): void {
    if (!this.#isElected() || this.#parked.length >= PARKED_COUNT_MAX) call.fail(this.#notLeader());
    else {
      this.#context.node.metrics.waited('leadership');
      this.#parked.push({call, judgement});
    }
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

function asNewest(value: KnownValue | undefined): NewestValue | undefined {
  return value === undefined ? undefined : {bytes: value.bytes, dependsOn: 0, isCached: false};
}
/** All of them, or nothing. */
function completeOf(values: readonly (NewestValue | undefined)[]): readonly NewestValue[] | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === values.length ? known : undefined;
}
/** A client's write of one item: judged on the item's row and, on a table with local indexes, on the one with the size of its collection. */
class ItemWrite implements Judgement {
  readonly keys: readonly Uint8Array[];
  readonly texts: readonly string[];
  readonly homes: readonly Uint8Array[];
  readonly isReclaiming: boolean;
  readonly #context: PartitionContext;
  readonly #command: WriteCommand;
  constructor(context: PartitionContext, command: WriteCommand) {
    this.#context = context;
    this.#command = command;
    const collectionKey = context.machine.collectionKeyOf(command.key);
    this.homes = [command.key];
    this.keys = collectionKey === undefined ? this.homes : [command.key, collectionKey];
    this.texts = this.keys.map(keyText);
    this.isReclaiming = command.op === 'delete';
  }
  judge([latest, collection]: readonly LatestValue[], wallMs: number): Evaluation {
    assert(latest !== undefined, 'a write is judged on a value');
    const {machine, node, admission, heat} = this.#context;
    const {key} = this.#command;
    const evaluation = machine.evaluate(this.#command, this.texts[0] as string, latest, wallMs, collection, 'client', admission.judged);
    const {response} = evaluation;
    if (response.kind === 'failed' && response.failure.code === 'Throttled') heat.throttled(key);
    else heat.written(key, writeCost(response));
    if (isCollectionFull(evaluation.response)) node.metrics.fullCollections.add(1);
    if (isConflict(evaluation.response)) node.metrics.transactions.conflicts.add(1);
    return evaluation;
  }
}

function isConflict(response: PartitionResponse): boolean {
  return response.kind === 'failed' && response.failure.code === 'Rejected' && response.failure.error === 'TransactionConflictException';
}
function isCollectionFull(response: PartitionResponse): boolean {
  return response.kind === 'failed' && response.failure.code === 'Rejected' && response.failure.error === 'ItemCollectionSizeLimitExceededException';
}
