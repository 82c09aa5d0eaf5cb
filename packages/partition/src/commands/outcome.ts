import {decodeItem, encodeStoredValue, evaluateCondition, readStoredItemSizeBytes, storedBody} from '@murmuration/model';
import type {CompiledExpressions, Item} from '@murmuration/model';
import type {EffectChange} from '../effect.js';
import type {IndexCount} from '../index-counts.js';
import type {PartitionResponse, WriteCommand} from '../protocol.js';

/** What the evaluation of one write decided. Without a change nothing is proposed. */
export interface WriteOutcome {
  readonly response: PartitionResponse;
  readonly changes: readonly EffectChange[];
  readonly itemCountDelta: number;
  readonly sizeBytesDelta: number;
  /** Of local indexes; see effect.ts. */
  readonly indexDeltas?: readonly IndexCount[] | undefined;
}

/** What the row written now carries in its header. */
export interface WriteStamp {
  readonly sequence: number;
  readonly timestampHlc: number;
}

export function unchanged(response: PartitionResponse): WriteOutcome {
  return {response, changes: [], itemCountDelta: 0, sizeBytesDelta: 0};
}

/** The refusal when a condition is there and does not hold; undefined when the write may go on. */
export function refuseByCondition(
  command: WriteCommand,
  existing: Uint8Array | undefined,
  existingItem: Item | undefined,
  expressions: CompiledExpressions | undefined,
): WriteOutcome | undefined {
  if (expressions?.condition === undefined || evaluateCondition(expressions.condition, existingItem)) return undefined;
  return unchanged({
    kind: 'failed',
    failure: {
      code: 'ConditionFailed',
      item: command.returnItemOnConditionFailure && existing !== undefined ? storedBody(existing) : undefined,
      itemSizeBytes: sizeOf(existing),
    },
  });
}

/** Only a condition needs the item parsed; everything else works on stored bytes. */
export function itemForCondition(existing: Uint8Array | undefined, expressions: CompiledExpressions | undefined): Item | undefined {
  return existing === undefined || expressions?.condition === undefined ? undefined : decodeItem(storedBody(existing));
}

export function rejected(error: string, message: string): WriteOutcome {
  return unchanged({kind: 'failed', failure: {code: 'Rejected', error, message}});
}

/** The outcome that puts `body` in the place of what was there. */
export function replaced(
  command: WriteCommand,
  existing: Uint8Array | undefined,
  body: Uint8Array,
  itemSizeBytes: number,
  attributes: Uint8Array | undefined,
  stamp: WriteStamp,
): WriteOutcome {
  const oldSizeBytes = sizeOf(existing);
  return {
    response: {kind: 'written', attributes, oldSizeBytes, newSizeBytes: itemSizeBytes},
    changes: [{key: command.key, value: encodeStoredValue({itemSizeBytes, ...stamp, flags: 0}, body)}],
    itemCountDelta: existing === undefined ? 1 : 0,
    sizeBytesDelta: itemSizeBytes - oldSizeBytes,
  };
}

export function sizeOf(existing: Uint8Array | undefined): number {
  return existing === undefined ? 0 : readStoredItemSizeBytes(existing);
}
