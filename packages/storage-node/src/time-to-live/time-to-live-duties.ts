import {StoreError, assert, compareBytes, concatBytes, prefixEnd} from '@murmuration/base';
import type {GroupId, StoreRow} from '@murmuration/base';
import {decodeItem, storedBody} from '@murmuration/model';
import {
  EXPIRY_FILL_NOT_BEGUN, EXPIRY_VALUE, decodeExpiryFill, encodeExpiryFill, expiredSeconds, expiryFillKey, expiryKey, expiryPrefix, expirySecondOf, readExpiryKey,
} from '@murmuration/partition';
import type {EffectChange} from '@murmuration/partition';
import {Call} from '../call.js';
import {readRows} from '../global-indexes/read-rows.js';
import type {HostedPartition} from '../hosted-partition.js';
import {emit} from '../partition-context.js';
import type {NodeContext} from '../partition-context.js';
import {ExpiryJudgement} from './expiry-judgement.js';

/** Items looked at by one step of listing them, and rows removed by one effect. */
const STEP_ROWS_MAX = 256;
/** Items removed at once: little beside what clients may have open. */
const EXPIRED_ROWS_MAX = 64;
/** With more writes open than this, clients need the partition. */
const OPEN_WRITES_MAX = 128;
const STEP_TIMEOUT_MS = 5_000;
const ZERO = new Uint8Array(1);

interface TimeToLiveDuty {
  /** Of the derivation that the rest holds for. */
  readonly version: number;
  /** Writes up to here may have been judged before the derivation was followed: what is applied behind it lists itself. */
  readonly openThrough: number;
  isBusy: boolean;
  /** Every item is listed; or, without time to live, no row is left. */
  isSettled: boolean;
  lookFromMs: number;
}

/**
 * What leaders here do about items whose time is over. One step at a time and none while clients keep the partition busy:
 * items that were there before are listed, those that are over are removed, and what is listed in vain is forgotten.
 */
export class TimeToLiveDuties {
  readonly #node: NodeContext;
  readonly #duties = new Map<GroupId, TimeToLiveDuty>();
  constructor(node: NodeContext) {
    this.#node = node;
  }
  forget(group: GroupId): void {
    this.#duties.delete(group);
  }
  /** Whether a step of it is under way: what is derived from writes must not be changed meanwhile. */
  isBusy(group: GroupId): boolean {
    return this.#duties.get(group)?.isBusy === true;
  }

  /** Cheap when there is nothing to do. Precondition: the partition leads, and its derivation is not being changed. */
  follow(partition: HostedPartition): void {
    const {machine, group} = partition;
    const {version, timeToLiveAttribute} = machine.derivation;
    if (version === 0) return;
    const duty = this.#dutyOf(partition, version);
    if (duty.isBusy || !partition.writes.isSettled(duty.openThrough) || !this.#hasRoom(partition)) return;
    const nowMs = this.#node.clock.monotonicMs();
    const step = timeToLiveAttribute === undefined
      ? (duty.isSettled ? undefined : this.#forgetRows(partition, duty))
      : nowMs >= duty.lookFromMs ? this.#remove(partition, duty) : duty.isSettled ? undefined : this.#list(partition, duty, timeToLiveAttribute);
    if (step === undefined) return;
    duty.isBusy = true;
    step.catch((error: unknown) => {
      const reason = error instanceof Error ? error.message : 'unknown error';
      emit(this.#node.events, {event: 'partition/read-failed', level: 'error', group, reason});
      duty.lookFromMs = this.#node.clock.monotonicMs() + this.#node.tuning.timeToLiveScanMs;
      if (error instanceof StoreError && error.failure.code === 'Corrupt') partition.onDamage(reason);
    }).finally(() => (duty.isBusy = false)).catch(() => undefined);
  }

  #dutyOf({group, writes}: HostedPartition, version: number): TimeToLiveDuty {
    const known = this.#duties.get(group);
    if (known?.version === version) return known;
    const duty = {version, openThrough: writes.openThrough, isBusy: false, isSettled: false, lookFromMs: 0};
    this.#duties.set(group, duty);
    return duty;
  }
  /** Removing and listing take only what clients leave. */
  #hasRoom({writes, indexes}: HostedPartition): boolean {
    const {outboxRowsMax, outboxBytesMax} = this.#node.tuning;
    return writes.openCount <= OPEN_WRITES_MAX && indexes.rowCount * 2 < outboxRowsMax && indexes.sizeBytes * 2 < outboxBytesMax;
  }

  async #remove(partition: HostedPartition, duty: TimeToLiveDuty): Promise<void> {
    const {group, machine} = partition;
    const {clock, tuning, metrics, events} = this.#node;
    const {from, until} = expiredSeconds(clock.wallMs());
    const rows = await readRows(this.#node, machine, expiryKey(group, from), expiryKey(group, until), EXPIRED_ROWS_MAX);
    const isHere = ({key}: StoreRow): boolean => machine.holds(readExpiryKey(key).itemKey);
    const verdicts = await Promise.all(rows.filter(isHere).map(({key}) => this.#judge(partition, key)));
    const strangers = rows.filter((row) => !isHere(row)).map(({key}) => ({key, value: undefined}));
    const isForgotten = strangers.length > 0 && await this.#propose(partition, duty, strangers);
    const removedCount = verdicts.filter((verdict) => verdict === 'removed').length;
    metrics.timeToLive.deleted.add(removedCount);
    if (removedCount > 0 && events.isEnabled('debug')) emit(events, {event: 'partition/items-expired', level: 'debug', group, itemCount: removedCount});
    const isMoving = isForgotten || verdicts.some((verdict) => verdict !== 'none');
    duty.lookFromMs = clock.monotonicMs() + (rows.length === EXPIRED_ROWS_MAX && isMoving ? 0 : tuning.timeToLiveScanMs);
  }
  #judge({machine, writes}: HostedPartition, row: Uint8Array): Promise<ExpiryJudgement['verdict']> {
    const judgement = new ExpiryJudgement(machine, row);
    return new Promise((resolve) => {
      const call = new Call(this.#node.clock.monotonicMs() + STEP_TIMEOUT_MS, (response) => resolve(response.kind === 'failed' ? 'none' : judgement.verdict));
      writes.submit(call, judgement);
    });
  }

  /** The rows are read after everything was applied that does not list itself, so none of them is missed. */
  async #list(partition: HostedPartition, duty: TimeToLiveDuty, attribute: string): Promise<void> {
    const {group, machine} = partition;
    const {metrics, events} = this.#node;
    const fillKey = expiryFillKey(group);
    const [state] = await readRows(this.#node, machine, fillKey, concatBytes([fillKey, ZERO]), 1);
    const fill = state === undefined ? EXPIRY_FILL_NOT_BEGUN : decodeExpiryFill(state.value);
    if (fill.isDone) {
      duty.isSettled = true;
      return;
    }
    const {from, until} = machine.record;
    const start = compareBytes(fill.cursor, from) < 0 ? from : fill.cursor;
    const rows = compareBytes(start, until) >= 0 ? [] : await readRows(this.#node, machine, start, until, STEP_ROWS_MAX);
    const listed = rows.flatMap(({key, value}): readonly EffectChange[] => {
      const second = expirySecondOf(decodeItem(storedBody(value)), attribute);
      return second === undefined ? [] : [{key: expiryKey(group, second, key), value: EXPIRY_VALUE}];
    });
    const last = rows.at(-1);
    const isDone = last === undefined || rows.length < STEP_ROWS_MAX;
    const next = {isDone, cursor: isDone ? new Uint8Array(0) : concatBytes([last.key, ZERO])};
    if (!await this.#propose(partition, duty, [...listed, {key: fillKey, value: encodeExpiryFill(next)}])) return;
    metrics.timeToLive.listed.add(listed.length);
    // Those that are over already go at once.
    if (listed.length > 0) duty.lookFromMs = 0;
    duty.isSettled = isDone;
    if (isDone) emit(events, {event: 'partition/expiries-listed', level: 'info', group});
  }
  /** Nothing expires any more: rows are removed, so that they are no riddle when the table gets a time to live again. */
  async #forgetRows(partition: HostedPartition, duty: TimeToLiveDuty): Promise<void> {
    const {group, machine} = partition;
    const from = expiryPrefix(group);
    const until = prefixEnd(from);
    assert(until !== undefined, 'a prefix of rows has an end');
    const rows = await readRows(this.#node, machine, from, until, STEP_ROWS_MAX);
    if (rows.length === 0) duty.isSettled = true;
    else await this.#propose(partition, duty, rows.map(({key}) => ({key, value: undefined})));
  }
  /** @returns whether it was applied. Nothing is proposed when leadership went meanwhile, even if it came back. */
  #propose({group, machine, writes}: HostedPartition, duty: TimeToLiveDuty, changes: readonly EffectChange[]): Promise<boolean> {
    return new Promise((resolve) => {
      const isCurrent = this.#duties.get(group) === duty && machine.derivation.version === duty.version;
      writes.propose(() => (isCurrent ? machine.evaluateInternal(changes, this.#node.clock.wallMs()) : undefined), resolve);
    });
  }
}
