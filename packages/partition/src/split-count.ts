import {assert, compareBytes} from '@murmuration/base';
import {readStoredItemSizeBytes} from '@murmuration/model';
import type {Effect} from './effect.js';

/**
 * Counts what lies at or above a key while writes go on: the rows of one moment, and the effects applied since that
 * moment. Both begin in the same turn of the event loop.
 */
export class SplitCount {
  readonly at: Uint8Array;
  #itemCount = 0;
  #sizeBytes = 0;
  constructor(at: Uint8Array) {
    this.at = at;
  }
  get itemCount(): number {
    return this.#itemCount;
  }
  get sizeBytes(): number {
    return this.#sizeBytes;
  }
  /** A row of the moment the count began. @param value stored value @throws DecodeError */
  row(value: Uint8Array): void {
    this.#itemCount += 1;
    this.#sizeBytes += readStoredItemSizeBytes(value);
  }
  /** An effect applied after that moment. All rows of one effect lie on one side: they belong to one item. */
  applied(effect: Effect): void {
    const first = effect.changes[0];
    assert(first !== undefined, 'an effect changes something');
    if (compareBytes(first.key, this.at) < 0) return;
    this.#itemCount += effect.itemCountDelta;
    this.#sizeBytes += effect.sizeBytesDelta;
  }
}
