import type {ItemJson} from './attribute-value.js';
import {describeCall, describeItem} from './describe-call.js';
import {callsOf} from './history.js';
import type {HistoryRecord} from './history.js';
import {splitByItem} from './item-calls.js';
import type {ItemCall, ItemHistory} from './item-calls.js';
import {imageOf} from './item-model.js';
import {searchItem} from './item-search.js';
import type {SearchLimits} from './item-search.js';
import {testCounter, testGrowingSet, testUniqueRegister} from './quick-tests.js';

export interface LinearizabilityOptions {
  /** Attempts to place an operation, for one item. Default 20 million, about ten seconds. */
  readonly stepsMax?: number;
  /** Configurations kept for one item. Default 2 million. */
  readonly statesMax?: number;
  /** What the items held before the history, by `itemText` of their key. Others did not exist. */
  readonly initial?: ReadonlyMap<string, ItemJson>;
  /** Leaves out the quick tests: for comparing them with the search. */
  readonly onlySearch?: boolean;
}
export interface ItemViolation {
  /** The key, in DynamoDB's JSON. */
  readonly item: string;
  readonly reason: string;
  /** The operations that can not be brought into one order, as few as were found, in order of invocation. */
  readonly window: readonly ItemCall[];
  /** Some lines for a reader: reason, state and window. */
  readonly explanation: string;
}
interface VerdictCounts {
  /** Operations that took part: reads of unknown outcome and calls without effect do not. */
  readonly operationCount: number;
  readonly itemCount: number;
  readonly stepCount: number;
  readonly statesOfLargestItem: number;
}
/** `unknown` means that a limit was reached: the history is neither proven nor refuted, and the run counts as failed. */
export type Verdict =
  | VerdictCounts & {readonly kind: 'ok'}
  | VerdictCounts & {readonly kind: 'violation'; readonly violations: readonly ItemViolation[]}
  | VerdictCounts & {readonly kind: 'unknown'; readonly items: readonly string[]};

const STEPS_MAX = 20_000_000;
const STATES_MAX = 2_000_000;
/** More would not be read. */
const VIOLATIONS_MAX = 10;
const WINDOW_MAX = 24;
const EXPLANATION_STEPS_MAX = 200_000;

/**
 * Judges whether all strong operations on each item fit into one order that keeps real time (R1).
 * @throws CheckerError `BrokenHistory` when the records do not pair up
 */
export function checkLinearizable(history: readonly HistoryRecord[], options: LinearizabilityOptions = {}): Verdict {
  const limits: SearchLimits = {stepsMax: options.stepsMax ?? STEPS_MAX, statesMax: options.statesMax ?? STATES_MAX};
  const items = splitByItem(callsOf(history));
  const violations: ItemViolation[] = [];
  const undecided: string[] = [];
  let operationCount = 0;
  let stepCount = 0;
  let statesOfLargestItem = 0;
  for (const item of items) {
    operationCount += item.calls.length;
    const initial = options.initial?.get(item.keyText);
    if (options.onlySearch !== true) {
      const quick = quickTest(item, initial);
      if (quick.kind === 'linearizable') continue;
      if (quick.kind === 'impossible') {
        if (violations.length < VIOLATIONS_MAX) violations.push(violationOf(item, quick.reason, quick.window, []));
        continue;
      }
    }
    const found = searchItem(item.calls, initial, limits);
    stepCount += found.stepCount;
    statesOfLargestItem = Math.max(statesOfLargestItem, found.stateCount);
    if (found.kind === 'limit') undecided.push(itemName(item));
    else if (found.kind === 'impossible' && violations.length < VIOLATIONS_MAX) violations.push(explain(item, initial, limits));
  }
  const counts = {operationCount, itemCount: items.length, stepCount, statesOfLargestItem};
  if (violations.length > 0) return {kind: 'violation', violations, ...counts};
  return undecided.length > 0 ? {kind: 'unknown', items: undecided, ...counts} : {kind: 'ok', ...counts};
}

function quickTest(item: ItemHistory, initial: ItemJson | undefined): ReturnType<typeof testUniqueRegister> {
  for (const test of [testUniqueRegister, testCounter, testGrowingSet]) {
    const result = test(item, initial);
    if (result.kind !== 'undecided') return result;
  }
  return {kind: 'undecided'};
}
function itemName(item: ItemHistory): string {
  return JSON.stringify(item.key);
}

/** The item's calls as known when `until` had happened: what completed later is still open, open reads say nothing. */
function prefixOf(calls: readonly ItemCall[], until: number): readonly ItemCall[] {
  const out: ItemCall[] = [];
  for (const call of calls) {
    if (call.invokedAt > until) continue;
    if (call.completedAt <= until) out.push(call);
    else if (call.operation.kind !== 'get' && call.operation.kind !== 'check') out.push({...call, outcome: {kind: 'open'}, completedAt: Infinity});
  }
  return out;
}

/** Finds the first completion that can not be explained, and shows what stood around it. */
function explain(item: ItemHistory, initial: ItemJson | undefined, limitsOfProof: SearchLimits): ItemViolation {
  // The proof stands already; finding where to look may cost only a part of it.
  const limits = {stepsMax: Math.min(limitsOfProof.stepsMax, EXPLANATION_STEPS_MAX), statesMax: limitsOfProof.statesMax};
  const ends = item.calls.map((call) => call.completedAt).filter((end) => end !== Infinity).sort((a, b) => a - b);
  // A prefix of a linearizable history is linearizable, so the first bad completion is found by halving.
  let low = 0;
  let high = ends.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (searchItem(prefixOf(item.calls, ends[middle] as number), initial, limits).kind === 'impossible') high = middle;
    else low = middle + 1;
  }
  const end = ends[low] as number;
  const prefix = prefixOf(item.calls, end);
  const {longest, stateAfterLongest} = searchItem(prefix, initial, limits, true);
  const placed = new Set(longest);
  const left = prefix.filter((call, i) => !placed.has(i) && call.outcome.kind !== 'open');
  const culprit = prefix.find((call) => call.completedAt === end);
  const since = Math.min(end, ...left.map((call) => call.invokedAt), culprit?.invokedAt ?? end);
  const window = prefix.filter((call) => call.completedAt > since && (call.outcome.kind !== 'open' || !placed.has(prefix.indexOf(call)) || call.invokedAt >= since));
  const before = longest.slice(-3).map((i) => prefix[i] as ItemCall).filter((call) => !window.includes(call));
  const lines = [`after the longest order found the item is ${describeItem(imageOf(stateAfterLongest))}; these found no place: ${left.map((call) => describeCall(call.call)).join('; ')}`];
  return violationOf(item, 'no order of the operations explains every answer', [...before, ...window], lines);
}

function violationOf(item: ItemHistory, reason: string, calls: readonly ItemCall[], lines: readonly string[]): ItemViolation {
  const window = [...new Set(calls)].sort((a, b) => a.invokedAt - b.invokedAt).slice(-WINDOW_MAX);
  const explanation = [`item ${itemName(item)}: ${reason}`, ...lines, ...window.map((call) => `  ${describeCall(call.call)}`)].join('\n');
  return {item: itemName(item), reason, window, explanation};
}
