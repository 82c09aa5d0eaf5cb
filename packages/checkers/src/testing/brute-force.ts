import {itemText} from '../attribute-value.js';
import {callsOf} from '../history.js';
import type {HistoryRecord} from '../history.js';
import {splitByItem} from '../item-calls.js';
import type {ItemCall} from '../item-calls.js';
import {applyToItem, stateText} from '../item-model.js';
import type {ItemState} from '../item-model.js';

function fits({operation, outcome}: ItemCall, state: ItemState): ItemState | 'no' {
  const step = applyToItem(operation, state);
  const textOf = (image: Parameters<typeof itemText>[0] | undefined): string => (image === undefined ? '' : itemText(image));
  switch (outcome.kind) {
    case 'open': return step.kind === 'done' ? step.next : state;
    case 'refused': return step.kind === 'refused' && (!outcome.bringsImage || stateText(state) === textOf(outcome.image)) ? state : 'no';
    case 'ok': return step.kind === 'done' && (!outcome.bringsImage || textOf(step.image) === textOf(outcome.image)) ? step.next : 'no';
  }
}
/** Tries every order of every choice of unknown calls, with nothing remembered: slow, and too simple to be wrong. */
function hasOrder(left: readonly ItemCall[], state: ItemState): boolean {
  if (left.every((call) => call.outcome.kind === 'open')) return true;
  return left.some((call) => {
    if (left.some((other) => other.completedAt < call.invokedAt)) return false;
    const next = fits(call, state);
    return next !== 'no' && hasOrder(left.filter((other) => other !== call), next);
  });
}
/** The slow judge of linearizability, for histories of a few calls. */
export function isLinearizableSlowly(history: readonly HistoryRecord[]): boolean {
  return splitByItem(callsOf(history)).every((item) => hasOrder(item.calls, undefined));
}
