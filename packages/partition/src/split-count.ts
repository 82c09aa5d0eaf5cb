import {KEY_KIND_ITEM, assert, compareBytes} from '@murmuration/base';
import {readStoredItemSizeBytes} from '@murmuration/model';
import type {Effect} from './effect.js';
import {addIndexCounts} from './index-counts.js';
import type {IndexCount} from './index-counts.js';

/**
 * Counts what lies at or above a key while writes go on: the rows of one moment, and the effects applied since that
 * moment. Both begin in the same turn of the event loop.
 */
export class SplitCount {
  readonly at: Uint8Array;
  #itemCount = 0;
  #sizeBytes = 0;
  #indexes: readonly IndexCount[];
  /** @param indexCount local indexes of the table */
  constructor(at: Uint8Array, indexCount = 0) {
    this.at = at;
    this.#indexes = Array.from({length: indexCount}, () => ({itemCount: 0, sizeBytes: 0}));
  }
  get itemCount(): number {
    return this.#itemCount;
  }
  get sizeBytes(): number {
    return this.#sizeBytes;
  }
  /** Of each local index; undefined where the table has none. */
  get indexes(): readonly IndexCount[] | undefined {
    return this.#indexes.length === 0 ? undefined : this.#indexes;
  }
  /** A row of the moment the count began. @param value stored value @throws DecodeError */
  row(value: Uint8Array): void {
    this.#itemCount += 1;
    this.#sizeBytes += readStoredItemSizeBytes(value);
  }
  /** The same of an entry of a local index. @param position of the index @throws DecodeError */
  entry(position: number, value: Uint8Array): void {
    const sizeBytes = readStoredItemSizeBytes(value);
    this.#indexes = this.#indexes.map((count, i) => (i === position ? {itemCount: count.itemCount + 1, sizeBytes: count.sizeBytes + sizeBytes} : count));
  }
  /**
   * An effect applied after that moment. All rows of one item lie on one side, its own row comes first; an effect of
   * several items says what each of them does.
   */
  applied(effect: Effect): void {
    if (effect.items !== undefined) {
      for (const item of effect.items) {
        const row = effect.changes[item.changeIndex];
        assert(row !== undefined, 'an item of an effect has its row');
        if (compareBytes(row.key, this.at) >= 0) this.#add(item);
      }
      return;
    }
    const first = effect.changes[0];
    assert(first !== undefined, 'an effect changes something');
    // Rows of the partition's own small state count nowhere.
    if (first.key[0] !== KEY_KIND_ITEM || compareBytes(first.key, this.at) < 0) return;
    this.#add(effect);
  }
  #add({itemCountDelta, sizeBytesDelta, indexDeltas}: Pick<Effect, 'itemCountDelta' | 'sizeBytesDelta' | 'indexDeltas'>): void {
    this.#itemCount += itemCountDelta;
    this.#sizeBytes += sizeBytesDelta;
    if (indexDeltas !== undefined) this.#indexes = addIndexCounts(this.#indexes, indexDeltas);
  }
}
