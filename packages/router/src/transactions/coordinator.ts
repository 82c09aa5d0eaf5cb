import type {CancellationReason} from '@murmuration/model';
import {nextHlc} from '@murmuration/partition';
import type {ActionCost, ActionReason, NotePurpose, ReadRow, TransactAction, TransactStep, TransactionName} from '@murmuration/partition';
import type {PartitionOutcome} from '@murmuration/partition-client';
import type {PartitionCaller} from '../admission/admitted-partitions.js';
import type {OperationServices} from '../services.js';
import {CONFLICT_REASON, NO_REASON, shownReasons} from './cancellation.js';
import {groupByPartition} from './partition-groups.js';
import type {KeyGroup} from './partition-groups.js';
import {requestHashOf} from './request-hash.js';
import {tokenHomesOf} from './token-homes.js';

/** Freeing items again is waited for this long; whoever meets them later frees them too. */
const CANCEL_WAIT_MS = 1_000;
/** A client token is looked up at its home for no longer: nothing but a mistake of the client would be found there. */
const TOKEN_WAIT_MS = 500;
/** So often a transaction is given a later time before it is refused. */
const CATCH_UPS_MAX = 6;
const HLC_TICKS_PER_MS = 1024;
/** A read transaction that meets a change or a writer looks again, so often, with pauses. */
const READ_TRIES_MAX = 3;
const READ_PAUSE_MS = 10;

export type CoordinatorServices = Pick<OperationServices, 'map' | 'partitions' | 'ports'>;

export interface TransactWrite {
  /** 1 to 100, no two on one item. */
  readonly actions: readonly TransactAction[];
  /** ClientRequestToken. */
  readonly token: string | undefined;
}

export type TransactWriteOutcome =
  /** Carried out, and seen by every strong read from now on. By action. */
  | {readonly kind: 'committed'; readonly costs: readonly ActionCost[]}
  /** Carried out by an earlier request with the same token. */
  | {readonly kind: 'repeated'}
  | {readonly kind: 'cancelled'; readonly reasons: readonly CancellationReason[]; readonly costs: readonly (ActionCost | undefined)[]}
  | {readonly kind: 'mismatch'}
  | {readonly kind: 'in-progress'}
  /** A key has no partition. */
  | {readonly kind: 'no-table'}
  /** Nothing was done. */
  | {readonly kind: 'unavailable'; readonly reason: string}
  /** It was carried out, or will be, or will not. */
  | {readonly kind: 'unknown'; readonly reason: string};

export type TransactGetOutcome =
  /** The items as they were at one moment. By key. */
  | {readonly kind: 'read'; readonly rows: readonly ReadRow[]}
  | {readonly kind: 'cancelled'; readonly reasons: readonly CancellationReason[]}
  | {readonly kind: 'no-table'}
  | {readonly kind: 'unavailable'; readonly reason: string};

/**
 * Carries out all actions or none.
 *
 * Inside one partition it is one step. Else every partition holds its items first; when all of them do, the partition of the
 * first item decides, in the effect that carries out its own actions; then the others follow. A coordinator that dies leaves
 * held items, which their leaders bring to the end that was decided, or to none.
 * @param done called once, perhaps before this returns
 */
export function transactWrite(services: CoordinatorServices, write: TransactWrite, deadlineMs: number, done: (outcome: TransactWriteOutcome) => void): void {
  new WriteRun(services, write, deadlineMs, done).start();
}

/**
 * Reads items as they were at one moment: from one partition at once; from several twice, and what has not changed
 * in between was so at every moment in between.
 * @param done called once, perhaps before this returns
 */
export function transactGet(services: CoordinatorServices, keys: readonly Uint8Array[], deadlineMs: number, done: (outcome: TransactGetOutcome) => void): void {
  new ReadRun(services, keys, deadlineMs, done).start();
}

/** What became of a round of steps, one at each partition. */
interface RoundFailure {
  readonly kind: 'no-table' | 'unavailable' | 'unknown';
  readonly reason: string;
}

/** Sends one kind of step to all partitions that hold some keys; again to where keys went meanwhile. */
class Round {
  readonly #services: CoordinatorServices;
  readonly #keys: readonly Uint8Array[];
  readonly #deadlineMs: number;
  readonly #stepFor: (positions: readonly number[]) => TransactStep;
  readonly #take: (group: KeyGroup, outcome: PartitionOutcome) => void;
  readonly #done: (failure: RoundFailure | undefined) => void;
  #openCount = 1;
  #failure: RoundFailure | undefined;
  constructor(
    services: CoordinatorServices, keys: readonly Uint8Array[], deadlineMs: number, stepFor: (positions: readonly number[]) => TransactStep,
    take: (group: KeyGroup, outcome: PartitionOutcome) => void, done: (failure: RoundFailure | undefined) => void,
  ) {
    this.#services = services;
    this.#keys = keys;
    this.#deadlineMs = deadlineMs;
    this.#stepFor = stepFor;
    this.#take = take;
    this.#done = done;
  }
  run(positions: readonly number[]): void {
    this.#send(positions);
    this.#settled();
  }
  #send(positions: readonly number[]): void {
    const groups = groupByPartition(this.#services.map.current(), this.#keys, positions);
    if (groups === undefined) {
      this.#failure ??= {kind: 'no-table', reason: 'a key has no partition'};
      return;
    }
    this.#openCount += groups.length;
    for (const group of groups) {
      call(this.#services.partitions, group, this.#stepFor(group.positions), this.#deadlineMs, (outcome) => {
        if (outcome.kind === 'moved') this.#send(group.positions);
        else if (outcome.kind === 'unavailable' || outcome.kind === 'unknown') this.#failure ??= {kind: outcome.kind, reason: outcome.reason};
        else this.#take(group, outcome);
        this.#settled();
      });
    }
  }
  #settled(): void {
    this.#openCount -= 1;
    if (this.#openCount === 0) this.#done(this.#failure);
  }
}

function call(partitions: PartitionCaller, {entry}: KeyGroup, step: TransactStep, deadlineMs: number, done: (outcome: PartitionOutcome) => void): void {
  partitions.call(entry, {kind: 'transact', group: entry.group, epoch: entry.epoch, step}, deadlineMs, done);
}

class WriteRun {
  readonly #services: CoordinatorServices;
  readonly #actions: readonly TransactAction[];
  readonly #keys: readonly Uint8Array[];
  readonly #all: readonly number[];
  /** Its time grows when an item turns out to be newer. */
  #name: TransactionName;
  readonly #deadlineMs: number;
  readonly #done: (outcome: TransactWriteOutcome) => void;
  readonly #costs: (ActionCost | undefined)[];
  readonly #reasons: CancellationReason[];
  /** The client's. */
  readonly #token: string | undefined;
  /** Where the token may be noted, and first where it will be. None without one. */
  #homes: readonly Uint8Array[] = [];
  /** The partition of the first item knows whether the token was carried out: without its word nobody may say that nothing happened. */
  #hasAnchorAnswered = false;
  #isTokenChecked = true;
  #isTokenMisused = false;
  #afterTokenCheck: (() => void) | undefined;
  /** The look at the token that is under way, or was the last. */
  #check: {openCount: number} | undefined;
  /** What ends the transaction beside its actions' own reasons. */
  #end: TransactWriteOutcome | undefined;
  #isRefused = false;
  #repeatedBy: string | undefined;
  /** Positions whose items are newer than the transaction, and how new. */
  #late: number[] = [];
  #newestHlc = 0;
  #catchUpCount = 0;

  constructor(services: CoordinatorServices, {actions, token}: TransactWrite, deadlineMs: number, done: (outcome: TransactWriteOutcome) => void) {
    this.#services = services;
    this.#actions = actions;
    this.#keys = actions.map(({command}) => command.key);
    this.#all = actions.map((_, i) => i);
    const {clock, random} = services.ports;
    const transaction = [0, 0, 0, 0].map(() => random.uint32().toString(16).padStart(8, '0')).join('');
    this.#name = {transaction, token: token ?? transaction, requestHash: requestHashOf(actions), anchor: this.#keys[0] as Uint8Array, timestampHlc: nextHlc(0, clock.wallMs() + 1) - 1};
    this.#token = token;
    this.#deadlineMs = deadlineMs;
    this.#done = done;
    this.#costs = actions.map(() => undefined);
    this.#reasons = actions.map(() => NO_REASON);
  }

  start(): void {
    const groups = groupByPartition(this.#services.map.current(), this.#keys, this.#all);
    if (groups === undefined) {
      this.#done({kind: 'no-table'});
      return;
    }
    const [only] = groups;
    const {map, ports} = this.#services;
    if (this.#token !== undefined) this.#homes = tokenHomesOf(map.current(), this.#token, ports.clock.wallMs());
    const [home] = this.#homes;
    if (groups.length > 1 || only === undefined) {
      this.#checkToken(this.#homes);
      this.#prepare(this.#all);
      return;
    }
    const isTokenHere = home !== undefined && map.current().partitionOfKey(home)?.group === only.entry.group;
    this.#checkToken(isTokenHere ? this.#homes.slice(1) : this.#homes);
    this.#whenTokenChecked(() => {
      if (this.#isTokenMisused) this.#done({kind: 'mismatch'});
      else this.#once(only, isTokenHere);
    });
  }

  /** Beside what else goes on: whether the token was used for another request. Who does not answer in time is not waited for. */
  #checkToken(homes: readonly Uint8Array[]): void {
    this.#isTokenMisused = false;
    this.#isTokenChecked = homes.length === 0;
    // A request that begins anew checks again, and must not set off what waited for the first check.
    const check = {openCount: homes.length};
    this.#check = check;
    this.#afterTokenCheck = undefined;
    for (const home of homes) {
      this.#askHome(home, 'check', (isMisused) => {
        if (this.#check !== check) return;
        this.#isTokenMisused ||= isMisused;
        check.openCount -= 1;
        if (check.openCount > 0) return;
        this.#isTokenChecked = true;
        this.#afterTokenCheck?.();
      });
    }
  }
  #whenTokenChecked(run: () => void): void {
    if (this.#isTokenChecked) run();
    else this.#afterTokenCheck = run;
  }
  #noteToken(done: () => void): void {
    const [home] = this.#homes;
    if (home === undefined) done();
    else this.#askHome(home, 'note', done);
  }
  /** Nothing was done: the token may be used for another request. Nobody waits for it, and a note that stays only holds a mistake of the client against it. */
  #withdrawNote(): void {
    const [home] = this.#homes;
    if (home !== undefined) this.#askHome(home, 'withdraw', () => undefined);
  }
  #askHome(home: Uint8Array, purpose: NotePurpose, done: (isMisused: boolean) => void): void {
    const {map, partitions, ports} = this.#services;
    const entry = map.current().partitionOfKey(home);
    if (entry === undefined) {
      done(false);
      return;
    }
    const deadlineMs = Math.min(this.#deadlineMs, ports.clock.monotonicMs() + TOKEN_WAIT_MS);
    call(partitions, {entry, positions: []}, {kind: 'note', name: {...this.#name, anchor: home}, purpose}, deadlineMs, (outcome) => {
      if (outcome.kind === 'moved' && ports.clock.monotonicMs() < deadlineMs) this.#askHome(home, purpose, done);
      else done(outcome.kind === 'transacted' && outcome.result.kind === 'mismatch');
    });
  }

  #once(group: KeyGroup, isTokenHere: boolean): void {
    let openCount = 2;
    let end: TransactWriteOutcome | undefined;
    const settled = (): void => {
      openCount -= 1;
      if (openCount > 0 || end === undefined) return;
      if (!isTokenHere && (end.kind === 'cancelled' || end.kind === 'mismatch' || end.kind === 'unavailable')) this.#withdrawNote();
      this.#done(end);
    };
    // Beside the step, so that it costs no round of its own; whoever is answered finds the token noted.
    if (isTokenHere) settled();
    else this.#noteToken(settled);
    call(this.#services.partitions, group, {kind: 'once', name: this.#name, actions: this.#actions, isTokenHere}, this.#deadlineMs, (outcome) => {
      switch (outcome.kind) {
        case 'moved':
          this.start();
          return;
        case 'unavailable':
        case 'unknown':
          end = {kind: outcome.kind, reason: outcome.reason};
          break;
        default:
          this.#take(group, outcome);
          if (this.#repeatedBy !== undefined) end = this.#repeatedBy === this.#name.transaction ? this.#committed() : {kind: 'repeated'};
          else end = this.#end ?? (this.#isRefused ? this.#cancelled() : this.#committed());
      }
      settled();
    });
  }
  #prepare(asked: readonly number[]): void {
    this.#late = [];
    const actionsAt = (positions: readonly number[]): readonly TransactAction[] => positions.map((position) => this.#actions[position] as TransactAction);
    this.#round((positions) => ({kind: 'prepare', name: this.#name, actions: actionsAt(positions)}), (group, outcome) => this.#take(group, outcome), (failure) => this.#whenTokenChecked(() => {
      if (this.#repeatedBy !== undefined) this.#finishRepeated(this.#repeatedBy);
      else if (this.#end !== undefined) this.#cancel(this.#end);
      else if (this.#isTokenMisused) this.#cancel({kind: 'mismatch'});
      else if (this.#isRefused && (failure === undefined || this.#token === undefined || this.#hasAnchorAnswered)) this.#cancel(this.#cancelled());
      else if (failure !== undefined) this.#cancel(failure.kind === 'no-table' ? {kind: 'no-table'} : {kind: 'unavailable', reason: failure.reason});
      else if (this.#late.length > 0) this.#catchUp(this.#late);
      else this.#decide();
    })).run(asked);
  }

  /** Some items are newer than the transaction: those are asked again with a later time, what is held stays held. */
  #catchUp(positions: readonly number[]): void {
    this.#catchUpCount += 1;
    if (this.#catchUpCount > CATCH_UPS_MAX) {
      this.#refuse(positions, CONFLICT_REASON);
      this.#cancel(this.#cancelled());
      return;
    }
    // Further ahead each time, for the partition goes on while the question is on its way.
    this.#name = {...this.#name, timestampHlc: Math.max(this.#name.timestampHlc, this.#newestHlc) + 4 ** this.#catchUpCount * HLC_TICKS_PER_MS};
    this.#prepare(positions);
  }

  #decide(): void {
    const {map, partitions} = this.#services;
    const groups = groupByPartition(map.current(), this.#keys, this.#all);
    const group = groups?.find(({positions}) => positions.includes(0));
    if (group === undefined) {
      this.#cancel({kind: 'no-table'});
      return;
    }
    const others = this.#all.filter((position) => !group.positions.includes(position));
    const keysAt = (positions: readonly number[]): readonly Uint8Array[] => positions.map((position) => this.#keys[position] as Uint8Array);
    const step: TransactStep = {kind: 'decide', name: this.#name, keys: keysAt(group.positions), participants: keysAt(others)};
    call(partitions, group, step, this.#deadlineMs, (outcome) => {
      if (outcome.kind === 'moved') this.#decide();
      else if (outcome.kind === 'transacted' && outcome.result.kind === 'committed') this.#commit(this.#name.transaction, others, () => this.#committed());
      else if (outcome.kind === 'transacted') {
        // Somebody took it for dead and gave it up.
        this.#reasons[0] = CONFLICT_REASON;
        this.#cancel(this.#cancelled());
      } else this.#done({kind: 'unknown', reason: outcome.kind === 'unavailable' || outcome.kind === 'unknown' ? outcome.reason : 'the partition answered another question'});
    });
  }
  /** After the decision: not answered before everybody carried it out, for the client's next read must see it. */
  #commit(transaction: string, positions: readonly number[], outcome: () => TransactWriteOutcome): void {
    let hasAnswered = true;
    let openCount = 2;
    let failure: RoundFailure | undefined;
    const settled = (): void => {
      openCount -= 1;
      if (openCount > 0) return;
      if (failure === undefined && hasAnswered) this.#done(outcome());
      else this.#done({kind: 'unknown', reason: failure?.reason ?? 'a partition did not carry out what was decided'});
    };
    this.#noteToken(settled);
    const keysAt = (at: readonly number[]): readonly Uint8Array[] => at.map((position) => this.#keys[position] as Uint8Array);
    this.#round((at) => ({kind: 'commit', transaction, keys: keysAt(at)}), (_, answer) => {
      hasAnswered &&= answer.kind === 'transacted' && answer.result.kind === 'committed';
    }, (met) => {
      failure = met;
      settled();
    }).run(positions);
  }
  /** The transaction of an earlier request may still be on its way to some of its items. */
  #finishRepeated(transaction: string): void {
    const isOwn = transaction === this.#name.transaction;
    const commit = (): void => this.#commit(transaction, this.#all, () => (isOwn ? this.#committed() : {kind: 'repeated'}));
    if (isOwn) commit();
    else this.#free(commit);
  }
  #cancel(outcome: TransactWriteOutcome): void {
    this.#free(() => this.#done(outcome));
  }
  #free(done: () => void): void {
    const {clock} = this.#services.ports;
    const {transaction} = this.#name;
    const stepFor = (positions: readonly number[]): TransactStep => ({kind: 'cancel', transaction, keys: positions.map((position) => this.#keys[position] as Uint8Array)});
    const deadlineMs = Math.min(this.#deadlineMs, clock.monotonicMs() + CANCEL_WAIT_MS);
    new Round(this.#services, this.#keys, deadlineMs, stepFor, () => undefined, () => done()).run(this.#all);
  }

  #round(stepFor: (positions: readonly number[]) => TransactStep, take: (group: KeyGroup, outcome: PartitionOutcome) => void, done: (failure: RoundFailure | undefined) => void): Round {
    return new Round(this.#services, this.#keys, this.#deadlineMs, stepFor, take, done);
  }

  /** One partition's word about its actions. */
  #take({positions}: KeyGroup, outcome: PartitionOutcome): void {
    if (positions.includes(0) && outcome.kind === 'transacted') this.#hasAnchorAnswered = true;
    if (outcome.kind === 'refused') {
      this.#refuse(positions, outcome.failure.code === 'Throttled' ? throttledReason(outcome.failure.isOnDemand) : CONFLICT_REASON);
      return;
    }
    if (outcome.kind !== 'transacted') {
      this.#end ??= {kind: 'unavailable', reason: 'the partition answered another question'};
      return;
    }
    const {result} = outcome;
    switch (result.kind) {
      case 'accepted':
        positions.forEach((position, i) => {
          this.#costs[position] = result.costs[i];
        });
        return;
      case 'refused':
        this.#isRefused = true;
        positions.forEach((position, i) => {
          this.#reasons[position] = reasonOf(result.reasons[i]);
        });
        return;
      case 'too-old':
        this.#late.push(...positions);
        this.#newestHlc = Math.max(this.#newestHlc, result.timestampHlc);
        return;
      case 'repeated':
        this.#repeatedBy = result.transaction;
        return;
      case 'mismatch':
      case 'in-progress':
        this.#end ??= {kind: result.kind};
        return;
      default:
        this.#refuse(positions, CONFLICT_REASON);
    }
  }
  #refuse(positions: readonly number[], reason: CancellationReason): void {
    this.#isRefused = true;
    for (const position of positions) this.#reasons[position] = reason;
  }
  #committed(): TransactWriteOutcome {
    return {kind: 'committed', costs: this.#costs.map((cost) => cost ?? NO_COST)};
  }
  #cancelled(): TransactWriteOutcome {
    return {kind: 'cancelled', reasons: shownReasons(this.#reasons), costs: this.#costs};
  }
}

const NO_COST: ActionCost = {oldSizeBytes: 0, newSizeBytes: 0, indexHalfUnits: [], globalIndexes: [], collectionSizeBytes: 0};
function throttledReason(isOnDemand: boolean): CancellationReason {
  return isOnDemand
    ? {code: 'ThrottlingError', message: 'Throughput exceeds the current capacity of your table or index. DynamoDB is automatically scaling your table or index so please try again shortly.', item: undefined}
    : {code: 'ProvisionedThroughputExceeded', message: 'The level of configured provisioned throughput for the table was exceeded. Consider increasing your provisioning level with the UpdateTable API.', item: undefined};
}

function reasonOf(reason: ActionReason | undefined): CancellationReason {
  return reason === undefined ? NO_REASON : {code: reason.code, message: reason.message, item: reason.item};
}

class ReadRun {
  readonly #services: CoordinatorServices;
  readonly #keys: readonly Uint8Array[];
  readonly #all: readonly number[];
  readonly #deadlineMs: number;
  readonly #done: (outcome: TransactGetOutcome) => void;
  #tryCount = 0;

  constructor(services: CoordinatorServices, keys: readonly Uint8Array[], deadlineMs: number, done: (outcome: TransactGetOutcome) => void) {
    this.#services = services;
    this.#keys = keys;
    this.#all = keys.map((_, i) => i);
    this.#deadlineMs = deadlineMs;
    this.#done = done;
  }

  start(): void {
    this.#tryCount += 1;
    this.#pass(false, (first, groupCount) => {
      const held = this.#all.map((position) => first[position]?.isHeld === true);
      if (held.includes(true)) this.#conflict(held);
      else if (groupCount === 1) this.#done({kind: 'read', rows: first});
      else {
        this.#pass(true, (second) => {
          const differs = this.#all.map((position) => second[position]?.isHeld === true || second[position]?.version !== first[position]?.version);
          if (differs.includes(true)) this.#conflict(differs);
          else this.#done({kind: 'read', rows: first});
        });
      }
    });
  }
  #conflict(conflicts: readonly boolean[]): void {
    const {clock, random, timers} = this.#services.ports;
    const pauseMs = READ_PAUSE_MS * this.#tryCount + random.below(READ_PAUSE_MS);
    if (this.#tryCount < READ_TRIES_MAX && clock.monotonicMs() + pauseMs < this.#deadlineMs) timers.after(pauseMs, () => this.start());
    else this.#done({kind: 'cancelled', reasons: conflicts.map((isConflict) => (isConflict ? CONFLICT_REASON : NO_REASON))});
  }
  /** @param take gets one row a key, and from how many answers they come */
  #pass(isVersionOnly: boolean, take: (rows: readonly ReadRow[], groupCount: number) => void): void {
    const rows: (ReadRow | undefined)[] = this.#keys.map(() => undefined);
    let groupCount = 0;
    let throttle: CancellationReason | undefined;
    const stepFor = (positions: readonly number[]): TransactStep => ({kind: 'read', isVersionOnly, keys: positions.map((position) => this.#keys[position] as Uint8Array)});
    new Round(this.#services, this.#keys, this.#deadlineMs, stepFor, ({positions}, outcome) => {
      groupCount += 1;
      if (outcome.kind === 'refused' && outcome.failure.code === 'Throttled') throttle = throttledReason(outcome.failure.isOnDemand);
      if (outcome.kind !== 'transacted' || outcome.result.kind !== 'read') return;
      const {result} = outcome;
      positions.forEach((position, i) => {
        rows[position] = result.rows[i];
      });
    }, (failure) => {
      const complete = rows.filter((row) => row !== undefined);
      if (throttle !== undefined) this.#done({kind: 'cancelled', reasons: rows.map((row) => (row === undefined && throttle !== undefined ? throttle : NO_REASON))});
      else if (failure?.kind === 'no-table') this.#done({kind: 'no-table'});
      else if (failure !== undefined || complete.length < rows.length) this.#done({kind: 'unavailable', reason: failure?.reason ?? 'a partition answered another question'});
      else take(complete, groupCount);
    }).run(this.#all);
  }
}
