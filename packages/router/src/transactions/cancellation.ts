import type {CancellationReason} from '@murmuration/model';

export const NO_REASON: CancellationReason = {code: 'None', message: undefined, item: undefined};
export const CONFLICT_REASON: CancellationReason = {code: 'TransactionConflict', message: 'Transaction is ongoing for the item', item: undefined};

/**
 * What the client is shown: an action at fault by itself is found before any condition is judged, so beside one the other
 * actions have no reason.
 */
export function shownReasons(reasons: readonly CancellationReason[]): readonly CancellationReason[] {
  if (!reasons.some(({code}) => code === 'ValidationError')) return reasons;
  return reasons.map((reason) => (reason.code === 'ValidationError' ? reason : NO_REASON));
}
