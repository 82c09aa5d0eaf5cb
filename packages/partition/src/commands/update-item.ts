import {applyUpdate, createsItem, decodeItem, encodeItem, itemSizeBytes, projectUpdated, storedBody} from '@murmuration/model';
import type {CompiledExpressions, Item} from '@murmuration/model';
import type {WriteCommand} from '../protocol.js';
import {refuseByCondition, replaced, unchanged} from './outcome.js';
import type {WriteOutcome, WriteStamp} from './outcome.js';

/**
 * UpdateItem: the condition and the update on the item as it is; a missing item is made from its key, unless the
 * update could only take something away.
 * @throws ModelError when the update does not fit the item: a missing path, an operand of another type, a result above 400 KB
 */
export function updateItem(
  command: WriteCommand, existing: Uint8Array | undefined, expressions: CompiledExpressions | undefined, stamp: WriteStamp,
): WriteOutcome {
  const oldItem = existing === undefined ? undefined : decodeItem(storedBody(existing));
  const refusal = refuseByCondition(command, existing, oldItem, expressions);
  if (refusal !== undefined) return refusal;
  const update = expressions?.update;
  if (oldItem === undefined && !createsItem(update)) {
    return unchanged({kind: 'written', attributes: undefined, oldSizeBytes: 0, newSizeBytes: 0});
  }
  const base = oldItem ?? decodeItem(command.item);
  const newItem = update === undefined ? base : applyUpdate(update, base, oldItem === undefined);
  const newSizeBytes = itemSizeBytes(newItem);
  const body = encodeItem(newItem);
  return replaced(command, existing, body, newSizeBytes, attributesOf(), stamp);

  function attributesOf(): Uint8Array | undefined {
    switch (command.returnValues) {
      case 'NONE':
        return undefined;
      case 'ALL_OLD':
        return existing === undefined ? undefined : storedBody(existing);
      case 'ALL_NEW':
        return body;
      case 'UPDATED_OLD':
        return update === undefined || oldItem === undefined ? undefined : encodeUnlessEmpty(projectUpdated(update, oldItem, 'old'));
      case 'UPDATED_NEW':
        return update === undefined ? undefined : encodeUnlessEmpty(projectUpdated(update, newItem, 'new'));
    }
  }
}

function encodeUnlessEmpty(item: Item): Uint8Array | undefined {
  return item.size === 0 ? undefined : encodeItem(item);
}
