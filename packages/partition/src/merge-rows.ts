import {compareBytes} from '@murmuration/base';
import type {StoreRow} from '@murmuration/base';

/** A value that is newer than the store's; `bytes` undefined hides the row. */
export interface OverlayRow {
  readonly key: Uint8Array;
  readonly bytes: Uint8Array | undefined;
}

/**
 * Lays newer values over rows that come from the store in chunks, in key order or in reverse. Both must show one
 * moment: the overlay is copied in the same turn in which the store's iterator is made.
 */
export class RowMerge {
  readonly #overlay: readonly OverlayRow[];
  readonly #sign: 1 | -1;
  #at = 0;
  /** @param overlay ascending by key; read from its end when `isReverse` */
  constructor(overlay: readonly OverlayRow[], isReverse: boolean) {
    this.#overlay = isReverse ? [...overlay].reverse() : overlay;
    this.#sign = isReverse ? -1 : 1;
  }
  /**
   * Emits the rows of one chunk with the overlay's between them, until `emit` returns false.
   * @param isLast no chunk follows: the rest of the overlay comes too
   * @returns false when `emit` did
   */
  chunk(rows: readonly StoreRow[], isLast: boolean, emit: (key: Uint8Array, value: Uint8Array) => boolean): boolean {
    for (const row of rows) {
      if (!this.#emitBefore(row.key, emit)) return false;
      const newer = this.#overlay[this.#at];
      if (newer !== undefined && compareBytes(newer.key, row.key) === 0) {
        this.#at += 1;
        if (newer.bytes !== undefined && !emit(newer.key, newer.bytes)) return false;
      } else if (!emit(row.key, row.value)) {
        return false;
      }
    }
    return isLast ? this.#emitBefore(undefined, emit) : true;
  }
  #emitBefore(key: Uint8Array | undefined, emit: (key: Uint8Array, value: Uint8Array) => boolean): boolean {
    for (let row = this.#overlay[this.#at]; row !== undefined; row = this.#overlay[this.#at]) {
      if (key !== undefined && compareBytes(row.key, key) * this.#sign >= 0) return true;
      this.#at += 1;
      if (row.bytes !== undefined && !emit(row.key, row.bytes)) return false;
    }
    return true;
  }
}
