import {storedBody} from '@murmuration/model';
import type {CompiledExpressions} from '@murmuration/model';
import type {WriteCommand} from '../protocol.js';
import {itemForCondition, refuseByCondition, sizeOf, unchanged} from './outcome.js';
import type {WriteOutcome} from './outcome.js';

/** DeleteItem: the condition on the item as it is, then the row removed. A missing item is a success that changes nothing. */
export function deleteItem(
  command: WriteCommand, existing: Uint8Array | undefined, expressions: CompiledExpressions | undefined,
): WriteOutcome {
  const refusal = refuseByCondition(command, existing, itemForCondition(existing, expressions), expressions);
  if (refusal !== undefined) return refusal;
  if (existing === undefined) return unchanged({kind: 'written', attributes: undefined, oldSizeBytes: 0, newSizeBytes: 0});
  const oldSizeBytes = sizeOf(existing);
  return {
    response: {
      kind: 'written', attributes: command.returnValues === 'ALL_OLD' ? storedBody(existing) : undefined, oldSizeBytes, newSizeBytes: 0,
    },
    changes: [{key: command.key, value: undefined}],
    itemCountDelta: -1,
    sizeBytesDelta: -oldSizeBytes,
  };
}
