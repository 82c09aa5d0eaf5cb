import {DecodeError} from '@murmuration/base';
import type {IndexId} from '@murmuration/base';
import {READ_UNIT_SIZE_BYTES} from '@murmuration/capacity';
import {decodeItem, encodeItem, evaluateCondition, parseStoredKey, project, readStoredItemSizeBytes, shiftIndex, storedBody} from '@murmuration/model';
import type {CompiledExpressions} from '@murmuration/model';
import type {PartitionResponse} from './protocol.js';

export interface PageOptions {
  readonly itemCountMax: number;
  readonly pageSizeBytesMax: number;
  readonly isCountOnly: boolean;
  readonly hasSortKey: boolean;
  readonly expressions: CompiledExpressions | undefined;
  /** Whose entries the rows are, when they are a local index's. */
  readonly index?: IndexId | undefined;
  /** Items are read whole, beside their entries. */
  readonly isWhole?: boolean | undefined;
}

/**
 * Gathers one page of a range read, row by row. Rows are measured before they are filtered, as DynamoDB does; the
 * row that crosses a limit still belongs to the page.
 */
export class Page {
  readonly #options: PageOptions;
  readonly #items: Uint8Array[] = [];
  #count = 0;
  #scannedCount = 0;
  #scannedSizeBytes = 0;
  #pageSizeBytes = 0;
  #fetchedBlockCount = 0;
  #lastKey: Uint8Array | undefined;
  #isFull: boolean;
  constructor(options: PageOptions) {
    this.#options = options;
    this.#isFull = options.itemCountMax <= 0;
  }
  /** No further row belongs to this page. */
  get isFull(): boolean {
    return this.#isFull;
  }
  /** Rows that may still come, for sizing the next read of the store. */
  get roomCount(): number {
    return this.#options.itemCountMax - this.#scannedCount;
  }
  /**
   * Precondition: not full. @param value stored value @param base stored value of the item, for entries whose items are read whole
   * @throws ModelError when the filter meets a value it cannot judge @throws DecodeError when an entry has no item
   */
  add(key: Uint8Array, value: Uint8Array, base?: Uint8Array): void {
    const {expressions, isCountOnly, hasSortKey, itemCountMax, pageSizeBytesMax} = this.#options;
    const itemSizeBytes = readStoredItemSizeBytes(value);
    this.#scannedCount += 1;
    this.#scannedSizeBytes += itemSizeBytes;
    // An answer holds items and not entries where items are fetched, so those bound it.
    const shownSizeBytes = base === undefined ? itemSizeBytes : Math.max(itemSizeBytes, readStoredItemSizeBytes(base));
    this.#pageSizeBytes += pageMeasureBytes(shownSizeBytes, hasSortKey ? (parseStoredKey(key).sortKey?.length ?? 0) : 0);
    this.#lastKey = key;
    this.#isFull = this.#scannedCount >= itemCountMax || this.#pageSizeBytes > pageSizeBytesMax;
    const body = this.#options.isWhole === true ? this.#fetched(base) : storedBody(value);
    if (expressions?.filter === undefined && (expressions?.projection === undefined || isCountOnly)) {
      this.#take(body);
      return;
    }
    const item = decodeItem(body);
    if (expressions.filter !== undefined && !evaluateCondition(expressions.filter, item)) return;
    this.#take(expressions.projection === undefined || isCountOnly ? body : encodeItem(project(expressions.projection, item)));
  }
  /** @param isExhausted no row is left in the range: then a page that is not full has no last key */
  finish(isExhausted: boolean): PartitionResponse {
    const {index, isWhole} = this.#options;
    const lastKey = this.#isFull || !isExhausted ? this.#lastKey : undefined;
    return {
      kind: 'ranged', items: this.#items, count: this.#count, scannedCount: this.#scannedCount, scannedSizeBytes: this.#scannedSizeBytes,
      pageSizeBytes: this.#pageSizeBytes, lastKey: lastKey === undefined || index === undefined ? lastKey : shiftIndex(lastKey, -index),
      ...(isWhole === true ? {fetchedBlockCount: this.#fetchedBlockCount} : {}),
    };
  }
  #fetched(base: Uint8Array | undefined): Uint8Array {
    if (base === undefined) throw new DecodeError('an index entry without its item');
    this.#fetchedBlockCount += Math.max(1, Math.ceil(readStoredItemSizeBytes(base) / READ_UNIT_SIZE_BYTES));
    return storedBody(base);
  }
  #take(body: Uint8Array): void {
    this.#count += 1;
    if (!this.#options.isCountOnly) this.#items.push(body);
  }
}

/** What a row takes of the 1 MB of a page, as observed of DynamoDB: more than its item size, by its sort key. */
export function pageMeasureBytes(itemSizeBytes: number, sortKeySizeBytes: number): number {
  return itemSizeBytes + 2 + (1 + Math.floor((1 + itemSizeBytes) / 3072)) * (18 + sortKeySizeBytes);
}
