import {callsOf, checkLinearizable, itemText} from '@murmuration/checkers';
import type {Call, HistoryRecord, Verdict} from '@murmuration/checkers';

export interface HistoryVerdict {
  /** Calls of clients, finished or not. */
  readonly callCount: number;
  readonly linearizable: Verdict;
  /** Eventual reads of values that nobody wrote to that item by then. */
  readonly wrongEventualReads: readonly string[];
  readonly eventualReadCount: number;
}

const WRONG_READS_MAX = 20;

/** Judges a whole history: strong operations by one order an item, eventual reads by what was ever written. */
export function judgeHistory(history: readonly HistoryRecord[]): HistoryVerdict {
  const calls = callsOf(history);
  const eventual = judgeEventualReads(calls);
  return {callCount: calls.length, linearizable: checkLinearizable(history), ...eventual};
}

/** R2: an eventual read may be old, but what it shows was written to this item by a call that began before the read ended. */
function judgeEventualReads(calls: readonly Call[]): {readonly wrongEventualReads: readonly string[]; readonly eventualReadCount: number} {
  const invokedAt = new Map<string, number>();
  for (const {operation, outcome, invokedAt: at} of calls) {
    // What was refused or had no effect was never in the item.
    if (outcome.kind === 'condition-failed' || outcome.kind === 'no-effect') continue;
    const value = operation.kind === 'put' ? operation.item['v'] : operation.kind === 'update' ? operation.changes.flatMap((change) => (change.kind === 'set' ? [change.value] : []))[0] : undefined;
    if (value !== undefined && 'S' in value && (operation.kind === 'put' || operation.kind === 'update')) invokedAt.set(`${itemText(operation.key)} ${value.S}`, at);
  }
  const wrong: string[] = [];
  let eventualReadCount = 0;
  for (const {operation, outcome, completedAt} of calls) {
    if (operation.kind !== 'get' || operation.isStrong || outcome.kind !== 'ok' || outcome.answer.kind !== 'image') continue;
    eventualReadCount += 1;
    const value = outcome.answer.item?.['v'];
    if (value === undefined || !('S' in value)) continue;
    const at = invokedAt.get(`${itemText(operation.key)} ${value.S}`);
    if ((at === undefined || at > completedAt) && wrong.length < WRONG_READS_MAX) {
      wrong.push(`${itemText(operation.key)} read ${value.S}, ${at === undefined ? 'which no write can have put there' : 'before it was written'}`);
    }
  }
  return {wrongEventualReads: wrong, eventualReadCount};
}
