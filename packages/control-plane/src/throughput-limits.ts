import {isoTimeText} from '@murmuration/base';
import {NO_DECREASES, decreasesToday, judgeSwitchToOnDemand, judgeThroughputChanges, mayDecrease} from '@murmuration/capacity';
import type {DecreaseHistory} from '@murmuration/capacity';
import type {ControlFailure} from '@murmuration/control-client';
import {throughputPastOf} from '@murmuration/model';
import type {TableDescriptor, Throughput, ThroughputHistory, ThroughputPast} from '@murmuration/model';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Decreases of one day; as many as the rule of the day allows, see `mayDecrease`. */
const DECREASE_COUNT_MAX = 27;
const NONE: Throughput = {ReadCapacityUnits: 0, WriteCapacityUnits: 0};

/**
 * Holds a change of throughput or billing mode against what was done before, and writes it down.
 * @param after the table as it would be
 * @param nowMs wall time of the command: every replica must decide alike
 */
export function limitThroughputChange(before: TableDescriptor, after: TableDescriptor, nowMs: number): {readonly table: TableDescriptor} | {readonly failure: ControlFailure} {
  const history = before.throughputHistory ?? {};
  if (before.billingMode !== after.billingMode) {
    const switched = switchMode(before, after, history, nowMs);
    return typeof switched === 'string' ? limited(switched) : {table: {...after, throughputHistory: switched}};
  }
  if (after.billingMode === 'PAY_PER_REQUEST') return {table: after};
  const changes = changesOf(before, after, history);
  if (changes.length === 0) return {table: after};
  const judged = judgeThroughputChanges(changes.map(({past, from, to}) => ({history: past.decreases ?? NO_DECREASES, from: units(from), to: units(to)})), nowMs);
  if (judged === undefined) {
    const used = changes.find(({past, from, to}) => isLower(to, from) && !mayDecrease(past.decreases ?? NO_DECREASES, nowMs))?.past.decreases;
    return limited(decreaseText(used ?? NO_DECREASES, nowMs));
  }
  const pasts = changes.map(({past, from, to}, i): ThroughputPast => ({
    ...past,
    ...(judged[i] === undefined || judged[i] === NO_DECREASES ? {} : {decreases: judged[i]}),
    ...(isLower(from, to) ? {increasedAtMs: nowMs} : {}),
  }));
  return {table: {...after, throughputHistory: withPasts(history, changes, pasts)}};
}

interface Change {
  /** Undefined for the table itself. */
  readonly index: string | undefined;
  readonly past: ThroughputPast;
  readonly from: Throughput;
  readonly to: Throughput;
}

/** Only what differs, the table first. An index that is new has nothing to differ from. */
function changesOf(before: TableDescriptor, after: TableDescriptor, history: ThroughputHistory): readonly Change[] {
  const known = new Map(before.extra.globalSecondaryIndexes?.map(({IndexName, ProvisionedThroughput = NONE}) => [IndexName, ProvisionedThroughput]));
  const changes: Change[] = [{index: undefined, past: history.table ?? {}, from: before.provisionedThroughput, to: after.provisionedThroughput}];
  for (const {IndexName, ProvisionedThroughput = NONE} of after.extra.globalSecondaryIndexes ?? []) {
    changes.push({index: IndexName, past: throughputPastOf(history, IndexName) ?? {}, from: known.get(IndexName) ?? ProvisionedThroughput, to: ProvisionedThroughput});
  }
  return changes.filter(({from, to}) => isLower(from, to) || isLower(to, from));
}

function withPasts(history: ThroughputHistory, changes: readonly Change[], pasts: readonly ThroughputPast[]): ThroughputHistory {
  const indexes = new Map(Object.entries(history.indexes ?? {}));
  let {table} = history;
  for (const [i, {index}] of changes.entries()) {
    const past = pasts[i];
    if (past === undefined) continue;
    if (index === undefined) table = past;
    else indexes.set(index, past);
  }
  return {...history, ...(table === undefined ? {} : {table}), ...(indexes.size === 0 ? {} : {indexes: Object.fromEntries(indexes)})};
}

/** @returns the history after it, or what the user is told */
function switchMode(before: TableDescriptor, after: TableDescriptor, history: ThroughputHistory, nowMs: number): ThroughputHistory | string {
  if (after.billingMode === 'PROVISIONED') return {...history, onDemandSinceMs: history.onDemandSinceMs ?? before.createdAtMs};
  const switchesAtMs = judgeSwitchToOnDemand(history.switchesAtMs ?? [], nowMs);
  if (switchesAtMs !== undefined) return {...history, switchesAtMs, onDemandSinceMs: nowMs};
  const [oldestMs = nowMs] = (history.switchesAtMs ?? []).filter((atMs) => atMs > nowMs - DAY_MS);
  return 'Subscriber limit exceeded: Update to PayPerRequest mode are limited to 4 times in 1 day(s). '
    + `Last update at ${longTimeText(history.switchesAtMs?.at(-1) ?? nowMs)}. Next update can be made at ${longTimeText(oldestMs + DAY_MS)}`;
}

/** Of the history of an index nothing stays when it goes: another one of its name begins anew. */
export function forgetIndexThroughput(table: TableDescriptor, index: string): TableDescriptor {
  const {indexes = {}, ...rest} = table.throughputHistory ?? {};
  const left = Object.entries(indexes).filter(([name]) => name !== index);
  if (left.length === Object.keys(indexes).length) return table;
  return {...table, throughputHistory: {...rest, ...(left.length === 0 ? {} : {indexes: Object.fromEntries(left)})}};
}

/** Precondition: a decrease is refused. */
function decreaseText(history: DecreaseHistory, nowMs: number): string {
  const count = decreasesToday(history, nowMs);
  const tomorrowMs = history.dayStartMs + DAY_MS;
  const nextMs = count >= DECREASE_COUNT_MAX ? tomorrowMs : Math.min(history.lastAtMs + HOUR_MS, tomorrowMs);
  return 'Subscriber limit exceeded: Provisioned throughput decreases are limited within a given UTC day. '
    + 'After the first 4 decreases, each subsequent decrease in the same UTC day can be performed at most once every 3600 seconds. '
    + `Number of decreases today: ${count}. Last decrease at ${longTimeText(history.lastAtMs)}. Next decrease can be made at ${longTimeText(nextMs)}`;
}

const WEEKDAYS = ['Thursday', 'Friday', 'Saturday', 'Sunday', 'Monday', 'Tuesday', 'Wednesday'] as const;
const MONTHS = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December'] as const;

/** A moment as the service writes it in its refusals: `Saturday, August 11, 2018 11:35:42 AM UTC`. */
export function longTimeText(wallMs: number): string {
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = isoTimeText(wallMs).split(/[-T:.]/).map(Number);
  // The first of January 1970 was a Thursday.
  const weekday = WEEKDAYS[Math.floor(wallMs / DAY_MS) % WEEKDAYS.length] ?? '';
  const pad = (value: number): string => String(value).padStart(2, '0');
  return `${weekday}, ${MONTHS[month - 1] ?? ''} ${day}, ${year} ${hour % 12 === 0 ? 12 : hour % 12}:${pad(minute)}:${pad(second)} ${hour < 12 ? 'AM' : 'PM'} UTC`;
}

function units({ReadCapacityUnits: read, WriteCapacityUnits: write}: Throughput): {readonly read: number; readonly write: number} {
  return {read, write};
}
/** Whether either rate of the first is below that of the second. */
function isLower(one: Throughput, other: Throughput): boolean {
  return one.ReadCapacityUnits < other.ReadCapacityUnits || one.WriteCapacityUnits < other.WriteCapacityUnits;
}
function limited(message: string): {readonly failure: ControlFailure} {
  return {failure: {code: 'LimitExceeded', message}};
}
