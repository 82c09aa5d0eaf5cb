import type {SeededRandom} from '@murmuration/base';
import type {ItemJson} from '../attribute-value.js';
import type {HistoryRecord, Outcome} from '../history.js';
import {applyToItem, imageOf} from '../item-model.js';
import type {ItemState} from '../item-model.js';
import type {Change, Condition, ItemOperation} from '../operations.js';
import {keyNamed, lost, n, written} from './history-builder.js';

export interface RandomHistoryOptions {
  readonly callCount: number;
  readonly itemCount: number;
  readonly clientCount: number;
  /** One in so many calls ends unknown; 0 for none. */
  readonly unknownOneIn: number;
  /** `register`: puts and gets of unique values. `mixed`: everything. */
  readonly workload: 'register' | 'counter' | 'mixed';
  /** One in so many reads is eventual, and may show any state of the last `staleMs`; 0 for none. */
  readonly eventualOneIn?: number;
  readonly staleMs?: number;
}

interface Pending {
  readonly operation: Exclude<ItemOperation, {kind: 'check'}>;
  readonly process: number;
  readonly name: string;
  hasTakenEffect: boolean;
  outcome: Outcome | undefined;
}

function below(random: SeededRandom, until: number): number {
  return random.below(until);
}
function randomCondition(random: SeededRandom, values: number): Condition {
  switch (below(random, 4)) {
    case 0: return {kind: 'exists', attribute: 'pk'};
    case 1: return {kind: 'not-exists', attribute: 'pk'};
    case 2: return {kind: 'equals', attribute: 'v', value: n(below(random, values + 1))};
    default: return {kind: 'less', attribute: 'v', value: n(below(random, values + 1))};
  }
}
function randomChange(random: SeededRandom, unique: number): Change {
  switch (below(random, 4)) {
    case 0: return {kind: 'set', attribute: 'v', value: n(unique)};
    case 1: return {kind: 'add', attribute: 'c', by: String(1 + below(random, 3))};
    case 2: return {kind: 'increment', attribute: 'd', by: '1', start: '0'};
    default: return {kind: 'remove', attribute: 'v'};
  }
}
function randomOperation(random: SeededRandom, name: string, unique: number, options: RandomHistoryOptions): Pending['operation'] {
  const key = keyNamed(name);
  if (below(random, 2) === 0) return {kind: 'get', key, isStrong: (options.eventualOneIn ?? 0) === 0 || below(random, options.eventualOneIn ?? 1) !== 0};
  if (options.workload === 'register') return {kind: 'put', key, item: {v: n(unique)}};
  if (options.workload === 'counter') return {kind: 'update', key, changes: [{kind: 'add', attribute: 'c', by: '1'}], returns: below(random, 2) === 0 ? 'none' : 'updated-new'};
  const condition = below(random, 3) === 0 ? {condition: randomCondition(random, unique), wantsRefusedImage: below(random, 2) === 0} : {};
  const returns = below(random, 3) === 0 ? {returns: 'all-old' as const} : {};
  switch (below(random, 4)) {
    case 0: return {kind: 'delete', key, ...condition, ...returns};
    case 1: return {kind: 'update', key, changes: [randomChange(random, unique)], ...condition, returns: (['none', 'all-old', 'all-new', 'updated-old', 'updated-new'] as const)[below(random, 5)] ?? 'none'};
    default: return {kind: 'put', key, item: {v: n(unique)}, ...condition, ...returns};
  }
}

/** A history that some perfect store could have produced: every call takes effect at one moment between its two records. */
export function randomHistory(random: SeededRandom, options: RandomHistoryOptions): readonly HistoryRecord[] {
  const records: HistoryRecord[] = [];
  const states = new Map<string, ItemState>();
  const past = new Map<string, {readonly untilMs: number; readonly state: ItemState}[]>();
  const open: (Pending | undefined)[] = Array.from({length: options.clientCount}, () => undefined);
  const processes = open.map((_, i) => i);
  const late: Pending[] = [];
  let started = 0;
  let nowMs = 0;
  const takeEffect = (pending: Pending): void => {
    const {operation, name} = pending;
    const old = states.get(name);
    pending.hasTakenEffect = true;
    if (operation.kind === 'get' && !operation.isStrong) {
      const choices = [old, ...(past.get(name) ?? []).filter(({untilMs}) => untilMs > nowMs - (options.staleMs ?? 0)).map(({state}) => state)];
      pending.outcome = {kind: 'ok', answer: {kind: 'image', item: imageOf(choices[below(random, choices.length)])}};
      return;
    }
    const step = applyToItem(operation, old);
    if (step.kind === 'done') {
      const bringsImage = operation.kind === 'get' || (operation.returns ?? 'none') !== 'none';
      pending.outcome = bringsImage ? {kind: 'ok', answer: {kind: 'image', item: step.image}} : written;
      if (step.next !== old) past.set(name, [...(past.get(name) ?? []), {untilMs: nowMs, state: old}]);
      states.set(name, step.next);
    } else if (step.kind === 'refused') {
      const item = imageOf(old);
      const hasImage = operation.kind !== 'get' && operation.wantsRefusedImage === true;
      pending.outcome = {kind: 'condition-failed', hasImage, ...(hasImage && item !== undefined ? {item} : {})};
    } else pending.outcome = {kind: 'no-effect', error: '400 ValidationException'};
  };
  while (started < options.callCount || open.some((pending) => pending !== undefined)) {
    nowMs += 1;
    if (late.length > 0 && below(random, 8) === 0) takeEffect(late.splice(below(random, late.length), 1)[0] as Pending);
    const client = below(random, options.clientCount);
    const pending = open[client];
    if (pending === undefined) {
      if (started >= options.callCount) continue;
      started += 1;
      const name = `item-${below(random, options.itemCount)}`;
      const operation = randomOperation(random, name, started, options);
      open[client] = {operation, process: processes[client] as number, name, hasTakenEffect: false, outcome: undefined};
      records.push({kind: 'invoke', process: processes[client] as number, atMs: nowMs, operation, node: 'a1'});
    } else if (!pending.hasTakenEffect && options.unknownOneIn > 0 && below(random, options.unknownOneIn) === 0) {
      // Never, or later than the client waited.
      if (below(random, 2) === 0) late.push(pending);
      records.push({kind: 'complete', process: pending.process, atMs: nowMs, outcome: lost});
      processes[client] = (processes[client] as number) + options.clientCount;
      open[client] = undefined;
    } else if (!pending.hasTakenEffect) takeEffect(pending);
    else {
      const isLost = options.unknownOneIn > 0 && below(random, options.unknownOneIn * 2) === 0;
      records.push({kind: 'complete', process: pending.process, atMs: nowMs, outcome: isLost ? lost : pending.outcome as Outcome});
      if (isLost) processes[client] = (processes[client] as number) + options.clientCount;
      open[client] = undefined;
    }
  }
  return records;
}

/** Replaces the image of one successful strong read. @returns undefined when the history has no such read */
export function withChangedRead(history: readonly HistoryRecord[], random: SeededRandom, change: (item: ItemJson | undefined, key: ItemJson) => ItemJson | undefined): readonly HistoryRecord[] | undefined {
  const places = history.flatMap((record, i) => {
    if (record.kind !== 'complete' || record.outcome.kind !== 'ok' || record.outcome.answer.kind !== 'image') return [];
    const invoke = history.slice(0, i).findLast((other) => other.kind === 'invoke' && other.process === record.process);
    return invoke?.kind === 'invoke' && invoke.operation.kind === 'get' && invoke.operation.isStrong ? [{i, record, image: record.outcome.answer.item, key: invoke.operation.key}] : [];
  });
  const place = places[places.length === 0 ? 0 : below(random, places.length)];
  if (place === undefined) return undefined;
  const item = change(place.image, place.key);
  return history.map((record, i) => (i === place.i ? {...place.record, outcome: {kind: 'ok', answer: {kind: 'image', item}}} : record));
}
