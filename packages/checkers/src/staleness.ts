import {itemText} from './attribute-value.js';
import type {ItemJson} from './attribute-value.js';
import {describeCall} from './describe-call.js';
import {callsOf} from './history.js';
import type {Call, HistoryRecord} from './history.js';
import {splitByItem} from './item-calls.js';
import type {ItemCall, ItemHistory} from './item-calls.js';
import {searchItem} from './item-search.js';
import type {SearchLimits, SearchResult} from './item-search.js';
import {testUniqueRegister} from './quick-tests.js';

export interface StalenessOptions {
  /** How old an eventual read's state may be: how long before the read began it may have been replaced. */
  readonly boundMs: number;
  /** Added to the bound. */
  readonly clockErrorMs: number;
  /**
   * How long after an eventual read its state may still be missing from strong ones: a follower may have applied what its leader, busy
   * with its own disk, has committed and not applied. Default 0.
   */
  readonly aheadMs?: number;
  readonly initial?: ReadonlyMap<string, ItemJson>;
  readonly stepsMax?: number;
  readonly statesMax?: number;
}
export interface StaleRead {
  readonly kind: 'never-committed' | 'too-old';
  readonly explanation: string;
}
/** `unknown` as for linearizability: a limit was reached, or the strong operations alone do not fit any order. */
export interface StalenessVerdict {
  readonly kind: 'ok' | 'violation' | 'unknown';
  readonly eventualReadCount: number;
  /** Reads that no strong read could have answered so: proof that staleness occurred at all (R3). */
  readonly staleReadCount: number;
  readonly violations: readonly StaleRead[];
}

/** More would not be read. */
const VIOLATIONS_MAX = 10;

/**
 * Judges eventual reads (R2). Each one, by itself, has to fit among the strong operations as a read that began the bound earlier: then
 * it showed a state that was committed, whole, and replaced no longer ago than the bound. Two eventual reads need not fit
 * together, since they may go back in time between replicas. Rows of eventual scans are judged likewise; those of a global index
 * that projects everything need only have been committed once.
 */
export function checkStaleness(history: readonly HistoryRecord[], options: StalenessOptions): StalenessVerdict {
  const limits: SearchLimits = {stepsMax: options.stepsMax ?? 20_000_000, statesMax: options.statesMax ?? 2_000_000};
  const calls = callsOf(history);
  const strong = new Map(splitByItem(calls).map((item) => [item.keyText, item]));
  const violations: StaleRead[] = [];
  let eventualReadCount = 0;
  let staleReadCount = 0;
  let isUnknown = false;
  const report = (kind: StaleRead['kind'], what: string, call: Call): void => {
    if (violations.length < VIOLATIONS_MAX) violations.push({kind, explanation: `${what}\n  ${describeCall(call)}`});
  };
  for (const {call, key, image, isOfIndex} of calls.flatMap(eventualReadsOf)) {
    eventualReadCount += 1;
    const keyText = itemText(key);
    const operation = {kind: 'get', key, isStrong: false} as const;
    const item = strong.get(keyText) ?? {key, keyText, calls: []};
    const initial = options.initial?.get(keyText);
    const fits = (invokedAt: number, completedAt = call.completedAt): SearchResult['kind'] => {
      const read: ItemCall = {operation, outcome: {kind: 'ok', bringsImage: true, image}, invokedAt, completedAt, call};
      return judge({...item, calls: [...item.calls, read]}, initial, limits);
    };
    const asStrong = fits(call.invokedAt);
    if (asStrong === 'linearizable') continue;
    if (asStrong === 'limit' || judge(item, initial, limits) !== 'linearizable') {
      isUnknown = true;
      continue;
    }
    staleReadCount += 1;
    const endedAt = options.aheadMs === undefined ? call.completedAt : firstPositionAt(history, call.completedMs + options.aheadMs);
    const within = isOfIndex ? fits(-1) : fits(firstPositionAt(history, call.invokedMs - options.boundMs - options.clockErrorMs), endedAt);
    if (within === 'limit') isUnknown = true;
    if (within !== 'impossible') continue;
    if (fits(-1, endedAt) === 'linearizable') report('too-old', `the state read had been replaced for more than ${options.boundMs} ms`, call);
    else report('never-committed', 'the state read was never committed before the read ended', call);
  }
  return {kind: violations.length > 0 ? 'violation' : isUnknown ? 'unknown' : 'ok', eventualReadCount, staleReadCount, violations};
}

function judge(item: ItemHistory, initial: ItemJson | undefined, limits: SearchLimits): SearchResult['kind'] {
  const quick = testUniqueRegister(item, initial);
  if (quick.kind !== 'undecided') return quick.kind;
  return searchItem(item.calls, initial, limits).kind;
}

interface EventualRead {
  readonly call: Call;
  readonly key: ItemJson;
  readonly image: ItemJson | undefined;
  /** A global index follows its table in its own time: its rows need only have been committed once. */
  readonly isOfIndex: boolean;
}
/** The images a call brought that promise no more than R2. Rows of a scan count one by one; that a row is missing tells nothing. */
function eventualReadsOf(call: Call): readonly EventualRead[] {
  const {operation, outcome} = call;
  if (outcome.kind !== 'ok') return [];
  const {answer} = outcome;
  if (operation.kind === 'get' && !operation.isStrong && answer.kind === 'image') return [{call, key: operation.key, image: answer.item, isOfIndex: false}];
  if (operation.kind !== 'scan' || operation.isStrong || answer.kind !== 'rows') return [];
  return answer.items.map((row) => {
    const key = Object.fromEntries(Object.entries(row).filter(([name]) => operation.keyAttributes.includes(name)));
    return {call, key, image: row, isOfIndex: operation.index !== undefined};
  });
}

/** A place just before the first record that is not earlier than a time. */
function firstPositionAt(history: readonly HistoryRecord[], atMs: number): number {
  let low = 0;
  let high = history.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((history[middle] as HistoryRecord).atMs < atMs) low = middle + 1;
    else high = middle;
  }
  return low - 0.5;
}
