import {compareBytes} from '@murmuration/base';
import {itemKeyOfPending} from '@murmuration/model';
import {keyText} from '../key-text.js';
import {decodePendingRow} from './pending-row.js';
import type {PendingRow} from './pending-row.js';

/** An item that a transaction holds. */
export interface Lock {
  /** Stored key of the item. */
  readonly itemKey: Uint8Array;
  readonly row: PendingRow;
  readonly sizeBytes: number;
}
/** The newest word about an item, with the proposal it comes from; 0 when it is applied. */
export interface NewestLock {
  readonly lock: Lock | undefined;
  readonly dependsOn: number;
}

/**
 * The items of a partition that transactions hold, applied and proposed: the pending rows in memory, so that a write of
 * an item that nobody holds pays nothing for them.
 */
export class TransactionLocks {
  /** By text of the item's stored key. */
  readonly #applied = new Map<string, Lock>();
  readonly #proposed = new Map<string, {readonly lock: Lock | undefined; readonly sequence: number}>();
  #sizeBytes = 0;

  get isEmpty(): boolean {
    return this.#applied.size === 0 && this.#proposed.size === 0;
  }
  /** Of the pending rows that are applied. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }
  /** Applied ones. */
  get locks(): Iterable<Lock> {
    return this.#applied.values();
  }
  get count(): number {
    return this.#applied.size;
  }
  /** @param text of the item's stored key */
  newest(text: string): NewestLock {
    const proposed = this.#proposed.get(text);
    if (proposed !== undefined) return {lock: proposed.lock, dependsOn: proposed.sequence};
    return {lock: this.#applied.get(text), dependsOn: 0};
  }

  /** @param value of the pending row; undefined frees the item */
  propose(pendingKey: Uint8Array, value: Uint8Array | undefined, sequence: number): void {
    const {text, lock} = lockOf(pendingKey, value);
    this.#proposed.set(text, {lock, sequence});
  }
  /** @throws DecodeError */
  apply(pendingKey: Uint8Array, value: Uint8Array | undefined, sequence: number): void {
    const {text, lock} = lockOf(pendingKey, value);
    const proposed = this.#proposed.get(text);
    if (proposed !== undefined && proposed.sequence <= sequence) this.#proposed.delete(text);
    this.#sizeBytes += (lock?.sizeBytes ?? 0) - (this.#applied.get(text)?.sizeBytes ?? 0);
    if (lock === undefined) this.#applied.delete(text);
    else this.#applied.set(text, lock);
  }
  dropProposed(): void {
    this.#proposed.clear();
  }
  /** The items at and above a key went to another partition. */
  cut(at: Uint8Array): void {
    for (const [text, {itemKey, sizeBytes}] of this.#applied) {
      if (compareBytes(itemKey, at) < 0) continue;
      this.#applied.delete(text);
      this.#sizeBytes -= sizeBytes;
    }
  }
  /** Starts again from what the store holds. @throws DecodeError */
  reload(rows: readonly {readonly key: Uint8Array; readonly value: Uint8Array}[]): void {
    this.#applied.clear();
    this.#proposed.clear();
    this.#sizeBytes = 0;
    for (const {key, value} of rows) this.apply(key, value, 0);
  }
}

function lockOf(pendingKey: Uint8Array, value: Uint8Array | undefined): {readonly text: string; readonly lock: Lock | undefined} {
  const itemKey = itemKeyOfPending(pendingKey);
  // Bytes may be a window of a whole log entry or message, which would stay in memory with them.
  const lock = value === undefined ? undefined : {itemKey, row: decodePendingRow(value.slice()), sizeBytes: value.length};
  return {text: keyText(itemKey), lock};
}
