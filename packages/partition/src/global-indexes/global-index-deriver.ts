import {equalBytes} from '@murmuration/base';
import {writeHalfUnits} from '@murmuration/capacity';
import {checkUpdatedGlobalIndexKeys, encodeItem, encodeStoredValue, globalEntryKey, globalEntryOf, itemSizeBytes, parseStoredKey} from '@murmuration/model';
import type {GlobalIndex, Item, KeySchema} from '@murmuration/model';
import {tokenOf} from '@murmuration/placement';
import type {WriteStamp} from '../commands/outcome.js';
import type {DerivedFrom, Deriver} from '../derivers.js';
import type {EffectChange} from '../effect.js';
import {encodeOutbox, outboxKey} from './outbox-row.js';

/** What a write costs at one global index. */
export interface GlobalIndexCost {
  readonly indexId: number;
  readonly halfUnits: number;
}

interface Entry {
  readonly key: Uint8Array;
  readonly body: Uint8Array;
  readonly sizeBytes: number;
}

/**
 * Makes what a write has to tell to the global indexes of its table: one row beside the item, in the effect of the write,
 * named by the write's sequence. No row when no entry changes.
 */
export class GlobalIndexDeriver implements Deriver {
  readonly #schema: KeySchema;
  readonly #indexes: readonly GlobalIndex[];
  /** Of the write that was derived from last. */
  #costs: readonly GlobalIndexCost[] = [];
  constructor(schema: KeySchema, indexes: readonly GlobalIndex[]) {
    this.#schema = schema;
    this.#indexes = indexes;
  }

  /** @throws ModelError when the write leaves an index key that none can be */
  check({oldItem, newItem}: DerivedFrom): void {
    if (newItem !== undefined) checkUpdatedGlobalIndexKeys(this.#indexes, oldItem, newItem);
  }
  derive({key, oldItem, newItem, stamp}: DerivedFrom): readonly EffectChange[] {
    const costs: GlobalIndexCost[] = [];
    const entries = this.#indexes.flatMap((index) => {
      const before = this.#entryOf(key, index, oldItem);
      const after = this.#entryOf(key, index, newItem);
      const {rows, halfUnits} = changesOf(before, after, stamp);
      if (halfUnits > 0) costs.push({indexId: index.indexId, halfUnits});
      return rows;
    });
    this.#costs = costs;
    return entries.length === 0 ? [] : [{key: outboxKey(key, stamp.sequence), value: encodeOutbox(entries)}];
  }
  costs(): readonly GlobalIndexCost[] {
    return this.#costs;
  }

  /** The row that tells one index of an item that was there before it; undefined when the index leaves the item out. */
  fill(key: Uint8Array, index: GlobalIndex, item: Item, stamp: WriteStamp): EffectChange | undefined {
    const entry = this.#entryOf(key, index, item);
    if (entry === undefined) return undefined;
    return {key: outboxKey(key, stamp.sequence), value: encodeOutbox(changesOf(undefined, entry, stamp).rows)};
  }

  #entryOf(key: Uint8Array, index: GlobalIndex, item: Item | undefined): Entry | undefined {
    const entry = item === undefined ? undefined : globalEntryOf(this.#schema, index, item);
    if (entry === undefined) return undefined;
    return {key: globalEntryKey(parseStoredKey(key).tableId, index, entry, key, tokenOf), body: encodeItem(entry), sizeBytes: itemSizeBytes(entry)};
  }
}

/** What one index has to do. It costs nothing where nothing of the entry changes, and twice where the entry moves. */
function changesOf(before: Entry | undefined, after: Entry | undefined, stamp: WriteStamp): {readonly rows: readonly EffectChange[]; readonly halfUnits: number} {
  const isSamePlace = before !== undefined && after !== undefined && equalBytes(before.key, after.key);
  if (isSamePlace && equalBytes(before.body, after.body)) return {rows: [], halfUnits: 0};
  const put = after === undefined ? [] : [{key: after.key, value: encodeStoredValue({itemSizeBytes: after.sizeBytes, ...stamp, flags: 0}, after.body)}];
  if (isSamePlace) return {rows: put, halfUnits: writeHalfUnits(Math.max(before.sizeBytes, after.sizeBytes))};
  const rows = [...(before === undefined ? [] : [{key: before.key, value: undefined}]), ...put];
  return {rows, halfUnits: (before === undefined ? 0 : writeHalfUnits(before.sizeBytes)) + (after === undefined ? 0 : writeHalfUnits(after.sizeBytes))};
}
