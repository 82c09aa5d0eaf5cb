/// <reference path="./rocksdb-native.d.ts" />
import type {ScanRange, StoreIterator, StoreRow} from '@murmuration/base';
import {assert, compareBytes, StoreError} from '@murmuration/base';
import type {NativeIterator, NativeSession} from 'rocksdb-native';
import {toPlainBytes} from './plain-bytes.js';

/** Rows fetched by one pass through the thread pool: what the first page asks for, within these. */
const CAPACITY_MIN = 4;
const CAPACITY_MAX = 128;

export interface IteratorParent {
  /** Throws when the store or the snapshot can no longer be read. */
  check(): void;
  /** Translates and remembers a native failure. */
  fail(cause: unknown): Error;
  forget(iterator: RocksDbIterator): void;
}

/** Rows of one range from one native session. The native iterator is made by the first page, whose size is its batch size. */
export class RocksDbIterator implements StoreIterator {
  readonly #session: NativeSession;
  readonly #ownsSession: boolean;
  readonly #range: ScanRange;
  readonly #parent: IteratorParent;
  #native: NativeIterator | undefined;
  #isOver = false;
  #isNativeClosed = false;
  #nativeError: unknown;
  #closing: Promise<void> | undefined;
  /** Wakes the one who waits for the native iterator to move. */
  #wake: () => void = () => undefined;

  constructor(session: NativeSession, ownsSession: boolean, range: ScanRange, parent: IteratorParent) {
    this.#session = session;
    this.#ownsSession = ownsSession;
    this.#range = range;
    this.#parent = parent;
    this.#isOver = compareBytes(range.from, range.until) >= 0;
  }

  async next(rowCountMax: number): Promise<readonly StoreRow[]> {
    this.#checkOpen();
    assert(Number.isInteger(rowCountMax) && rowCountMax >= 1, 'row count must be at least 1', {rowCountMax});
    const rows: StoreRow[] = [];
    if (this.#isOver) return rows;
    const native = (this.#native ??= this.#open(rowCountMax));
    while (rows.length < rowCountMax) {
      const moved = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      const row = native.read();
      if (row !== null) {
        rows.push({key: toPlainBytes(row.key), value: toPlainBytes(row.value)});
        continue;
      }
      // A failed native iterator ends too, and must not pass for the end of the rows.
      if (this.#nativeError !== undefined) throw this.#parent.fail(this.#nativeError);
      if (this.#isOver) break;
      await moved;
      this.#checkOpen();
    }
    return rows;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#native?.destroy();
    this.#wake();
    while (this.#native !== undefined && !this.#isNativeClosed) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    if (this.#ownsSession) await this.#session.close();
    this.#parent.forget(this);
  }

  #checkOpen(): void {
    this.#parent.check();
    if (this.#closing !== undefined) throw new StoreError({code: 'Closed'});
  }

  #open(rowCountMax: number): NativeIterator {
    const native = this.#session.iterator(
      {gte: this.#range.from, lt: this.#range.until},
      {reverse: this.#range.reverse === true, capacity: Math.min(CAPACITY_MAX, Math.max(CAPACITY_MIN, rowCountMax))},
    );
    native.on('readable', () => this.#wake());
    native.on('end', () => {
      this.#isOver = true;
      this.#wake();
    });
    native.on('error', (error) => {
      this.#nativeError = error;
      this.#wake();
    });
    native.on('close', () => {
      this.#isOver = true;
      this.#isNativeClosed = true;
      this.#wake();
    });
    return native;
  }
}
