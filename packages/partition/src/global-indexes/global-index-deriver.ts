import {equalBytes} from '@murmuration/base';
import {writeHalfUnits} from '@murmuration/capacity';
import {checkUpdatedGlobalIndexKeys, encodeItem, encodeStoredValue, globalEntryKey, globalEntryOf, equalValues, itemSizeBytes, readStoredItemSizeBytes, storedBody, tableIdOf} from '@murmuration/model';
import type {GlobalIndex, Item, KeyAttribute, KeySchema} from '@murmuration/model';
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
  /** Canonical JSON of the projected attributes. */
  readonly body: Uint8Array;
  readonly sizeBytes: number;
  /** The row of the entry, where it is the item's own stored value: the whole item, under the same stamp. */
  readonly stored: Uint8Array | undefined;
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
  derive({key, before, after, oldItem, newItem, stamp}: DerivedFrom): readonly EffectChange[] {
    const costs: GlobalIndexCost[] = [];
    const entries: EffectChange[] = [];
    for (const index of this.#indexes) {
      const entryBefore = this.#entryOf(key, index, oldItem, before, undefined);
      const isSameKey = entryBefore !== undefined && oldItem !== undefined && newItem !== undefined && hasSameKey(index, oldItem, newItem);
      const entryAfter = this.#entryOf(key, index, newItem, after, isSameKey ? entryBefore.key : undefined);
      const {rows, halfUnits} = changesOf(entryBefore, entryAfter, stamp);
      if (halfUnits > 0) costs.push({indexId: index.indexId, halfUnits});
      entries.push(...rows);
    }
    this.#costs = costs;
    return entries.length === 0 ? [] : [{key: outboxKey(key, stamp.sequence), value: encodeOutbox(entries)}];
  }
  costs(): readonly GlobalIndexCost[] {
    return this.#costs;
  }

  /** The row that tells one index of an item that was there before it; undefined when the index leaves the item out. */
  fill(key: Uint8Array, index: GlobalIndex, item: Item, stamp: WriteStamp): EffectChange | undefined {
    const entry = this.#entryOf(key, index, item, undefined, undefined);
    if (entry === undefined) return undefined;
    return {key: outboxKey(key, stamp.sequence), value: encodeOutbox(changesOf(undefined, entry, stamp).rows)};
  }

  /** @param stored value of the item, where the entry may be told as it @param knownKey of the entry, where it was made before */
  #entryOf(key: Uint8Array, index: GlobalIndex, item: Item | undefined, stored: Uint8Array | undefined, knownKey: Uint8Array | undefined): Entry | undefined {
    const entry = item === undefined ? undefined : globalEntryOf(this.#schema, index, item);
    if (entry === undefined) return undefined;
    const entryKey = knownKey ?? globalEntryKey(tableIdOf(key), index, entry, key, tokenOf);
    if (stored !== undefined && index.projection.kind === 'ALL') return {key: entryKey, body: storedBody(stored), sizeBytes: readStoredItemSizeBytes(stored), stored};
    return {key: entryKey, body: encodeItem(entry), sizeBytes: itemSizeBytes(entry), stored: undefined};
  }
}

/** Whether two items that are both in the index have the same key there. */
function hasSameKey({hash, range}: GlobalIndex, before: Item, after: Item): boolean {
  const isSame = ({name}: KeyAttribute): boolean => {
    const value = after.get(name);
    const old = before.get(name);
    return value !== undefined && old !== undefined && equalValues(old, value);
  };
  return hash.every(isSame) && range.every(isSame);
}

/** What one index has to do. It costs nothing where nothing of the entry changes, and twice where the entry moves. */
function changesOf(before: Entry | undefined, after: Entry | undefined, stamp: WriteStamp): {readonly rows: readonly EffectChange[]; readonly halfUnits: number} {
  const isSamePlace = before !== undefined && after !== undefined && (before.key === after.key || equalBytes(before.key, after.key));
  if (isSamePlace && equalBytes(before.body, after.body)) return {rows: [], halfUnits: 0};
  const put = after === undefined ? [] : [{key: after.key, value: after.stored ?? encodeStoredValue({itemSizeBytes: after.sizeBytes, ...stamp, flags: 0}, after.body)}];
  if (isSamePlace) return {rows: put, halfUnits: writeHalfUnits(Math.max(before.sizeBytes, after.sizeBytes))};
  const rows = [...(before === undefined ? [] : [{key: before.key, value: undefined}]), ...put];
  return {rows, halfUnits: (before === undefined ? 0 : writeHalfUnits(before.sizeBytes)) + (after === undefined ? 0 : writeHalfUnits(after.sizeBytes))};
}
