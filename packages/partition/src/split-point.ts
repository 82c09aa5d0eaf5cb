import {compareBytes} from '@murmuration/base';
import {STORED_KEY_PREFIX_SIZE_BYTES, readStoredItemSizeBytes} from '@murmuration/model';

/** A half smaller than this part of the whole is no relief: then the cut goes through an item collection. */
const SMALLEST_HALF_RATIO = 1 / 8;

interface Border {
  readonly at: Uint8Array;
  /** Bytes of the rows before it. */
  readonly beforeBytes: number;
}

/**
 * Finds where to cut a partition: the token border nearest to the middle by size, so that item collections stay whole;
 * when one collection is nearly all there is, a sort key inside it. Fed with the rows in key order.
 */
export class SplitPoint {
  readonly #totalBytes: number;
  readonly #keepsCollections: boolean;
  #sizeBytes = 0;
  #rowCount = 0;
  #prefix: Uint8Array | undefined;
  #below: Border | undefined;
  #above: Border | undefined;
  #middle: Uint8Array | undefined;
  /** @param totalBytes of all rows, by the partition's count @param keepsCollections no collection is cut, as local indexes want it */
  constructor(totalBytes: number, keepsCollections = false) {
    this.#totalBytes = totalBytes;
    this.#keepsCollections = keepsCollections;
  }
  /** @param value stored value @returns whether further rows may change the outcome @throws DecodeError */
  row(key: Uint8Array, value: Uint8Array): boolean {
    const halfBytes = this.#totalBytes / 2;
    const sizeBytes = readStoredItemSizeBytes(value);
    const prefix = key.subarray(0, STORED_KEY_PREFIX_SIZE_BYTES);
    if (this.#prefix !== undefined && compareBytes(prefix, this.#prefix) !== 0) {
      const border = {at: prefix.slice(), beforeBytes: this.#sizeBytes};
      if (this.#sizeBytes <= halfBytes) this.#below = border;
      else this.#above ??= border;
    }
    if (this.#rowCount > 0 && this.#middle === undefined && this.#sizeBytes + sizeBytes > halfBytes) this.#middle = key.slice();
    this.#prefix = prefix.slice();
    this.#sizeBytes += sizeBytes;
    this.#rowCount += 1;
    return this.#above === undefined;
  }
  /** @returns the first key of the upper half, after at least one row and at or before another; undefined when there are too few rows */
  finish(): Uint8Array | undefined {
    const halfBytes = this.#totalBytes / 2;
    const borders = [this.#below, this.#above].filter((border) => border !== undefined);
    borders.sort((a, b) => Math.abs(a.beforeBytes - halfBytes) - Math.abs(b.beforeBytes - halfBytes));
    const nearest = borders[0];
    if (this.#keepsCollections) return nearest?.at;
    if (nearest === undefined) return this.#middle;
    const smallerBytes = Math.min(nearest.beforeBytes, this.#totalBytes - nearest.beforeBytes);
    return smallerBytes >= this.#totalBytes * SMALLEST_HALF_RATIO ? nearest.at : (this.#middle ?? nearest.at);
  }
}
