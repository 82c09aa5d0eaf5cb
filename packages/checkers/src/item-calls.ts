import {itemText} from './attribute-value.js';
import type {ItemJson} from './attribute-value.js';
import type {Call} from './history.js';
import type {ItemOperation} from './operations.js';

/** What one item's part of a call is known to have done. */
export type ItemOutcome =
  /** `image` is compared only when the operation brings one. */
  | {readonly kind: 'ok'; readonly bringsImage: boolean; readonly image: ItemJson | undefined}
  | {readonly kind: 'refused'; readonly bringsImage: boolean; readonly image: ItemJson | undefined}
  /** May have happened at any time after its invoke, or never. */
  | {readonly kind: 'open'};

/** One item's part of a call. Positions are those of the call. */
export interface ItemCall {
  readonly operation: ItemOperation;
  readonly outcome: ItemOutcome;
  readonly invokedAt: number;
  readonly completedAt: number;
  readonly call: Call;
}
/** Everything the history says about one item, in order of invocation. */
export interface ItemHistory {
  readonly key: ItemJson;
  readonly keyText: string;
  readonly calls: readonly ItemCall[];
}

/**
 * Splits a history by item: a history is linearizable exactly when each item's part is (P-compositionality). Reads of unknown
 * outcome, eventual reads and calls without effect say nothing and are left out. Parts of a transaction count as operations on
 * their item within the transaction's time; a refused transaction counts where its reasons name a refused condition. A strong
 * scan of a whole table counts as a read of every item of the history.
 */
export function splitByItem(calls: readonly Call[]): readonly ItemHistory[] {
  const byKey = new Map<string, {readonly key: ItemJson; readonly keyText: string; readonly calls: ItemCall[]}>();
  const scans: {readonly call: Call; readonly rows: ReadonlyMap<string, ItemJson>; readonly keyNames: string}[] = [];
  const add = (key: ItemJson, call: Call, operation: ItemOperation, outcome: ItemOutcome): void => {
    const keyText = itemText(key);
    let entry = byKey.get(keyText);
    if (entry === undefined) byKey.set(keyText, entry = {key, keyText, calls: []});
    const completedAt = outcome.kind === 'open' ? Infinity : call.completedAt;
    entry.calls.push({operation, outcome, invokedAt: call.invokedAt, completedAt, call});
  };
  for (const call of calls) {
    const {operation, outcome} = call;
    if (outcome.kind === 'no-effect') continue;
    switch (operation.kind) {
      case 'get':
        if (operation.isStrong && outcome.kind === 'ok' && outcome.answer.kind === 'image') {
          add(operation.key, call, operation, {kind: 'ok', bringsImage: true, image: outcome.answer.item});
        }
        break;
      case 'put': case 'update': case 'delete':
        if (outcome.kind === 'unknown') add(operation.key, call, operation, {kind: 'open'});
        else if (outcome.kind === 'condition-failed') add(operation.key, call, operation, {kind: 'refused', bringsImage: outcome.hasImage, image: outcome.item});
        else {
          const image = outcome.answer.kind === 'image' ? outcome.answer.item : undefined;
          add(operation.key, call, operation, {kind: 'ok', bringsImage: (operation.returns ?? 'none') !== 'none', image});
        }
        break;
      case 'transact-get':
        if (outcome.kind !== 'ok' || outcome.answer.kind !== 'images') break;
        for (const [i, key] of operation.keys.entries()) {
          add(key, call, {kind: 'get', key, isStrong: true}, {kind: 'ok', bringsImage: true, image: outcome.answer.items[i]});
        }
        break;
      case 'transact-write':
        for (const [i, part] of operation.parts.entries()) {
          if (outcome.kind === 'condition-failed') {
            const reason = outcome.reasons?.[i];
            if (reason?.code !== 'ConditionalCheckFailed') continue;
            add(part.key, call, part, {kind: 'refused', bringsImage: part.wantsRefusedImage === true, image: reason.item});
          } else if (outcome.kind === 'ok') add(part.key, call, part, {kind: 'ok', bringsImage: false, image: undefined});
          else if (part.kind !== 'check') add(part.key, call, part, {kind: 'open'});
        }
        break;
      case 'scan':
        if (operation.isStrong && operation.index === undefined && operation.segment === undefined && outcome.kind === 'ok' && outcome.answer.kind === 'rows') {
          const rows = new Map<string, ItemJson>();
          for (const row of outcome.answer.items) {
            const names = operation.keyAttributes;
            const key = Object.fromEntries(names.flatMap((name) => { const value = row[name]; return value === undefined ? [] : [[name, value] as const]; }));
            rows.set(itemText(key), row);
          }
          scans.push({call, rows, keyNames: [...operation.keyAttributes].sort().join('\0')});
        }
        break;
      case 'list-append':
        // Judged by the cycle search; its lists are never touched by the operations above.
        break;
    }
  }
  for (const {call, rows, keyNames} of scans) {
    for (const {key, keyText} of [...byKey.values()]) {
      if (Object.keys(key).sort().join('\0') !== keyNames) continue;
      add(key, call, {kind: 'get', key, isStrong: true}, {kind: 'ok', bringsImage: true, image: rows.get(keyText)});
    }
  }
  const histories = [...byKey.values()];
  if (scans.length > 0) for (const {calls: own} of histories) own.sort((a, b) => a.invokedAt - b.invokedAt);
  return histories;
}
