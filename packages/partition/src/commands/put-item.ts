import {ITEM_SIZE_BYTES_MAX, storedBody} from '@murmuration/model';
import type {CompiledExpressions} from '@murmuration/model';
import type {WriteCommand} from '../protocol.js';
import {itemForCondition, refuseByCondition, rejected, replaced} from './outcome.js';
import type {WriteOutcome, WriteStamp} from './outcome.js';

/** PutItem: the condition on the item as it is, then the whole item replaced. */
export function putItem(
  command: WriteCommand, existing: Uint8Array | undefined, expressions: CompiledExpressions | undefined, stamp: WriteStamp,
): WriteOutcome {
  const refusal = refuseByCondition(command, existing, itemForCondition(existing, expressions), expressions);
  if (refusal !== undefined) return refusal;
  if (command.itemSizeBytes > ITEM_SIZE_BYTES_MAX) return rejected('ValidationException', 'Item size has exceeded the maximum allowed size');
  const old = command.returnValues === 'ALL_OLD' && existing !== undefined ? storedBody(existing) : undefined;
  return replaced(command, existing, command.item, command.itemSizeBytes, old, stamp);
}
