/// <reference path="./rocksdb-native.d.ts" />
import type {WriteBatch} from '@murmuration/base';
import {compareBytes, unreachable} from '@murmuration/base';
import type RocksDB from 'rocksdb-native';

/** Waiting batches are joined into one native batch up to this size, so a burst costs one pass through the thread pool. */
const GROUP_SIZE_BYTES_MAX = 4 * 1024 * 1024;

interface Waiting {
  readonly batch: WriteBatch;
  readonly done: () => void;
  readonly failed: (error: unknown) => void;
}

/**
 * One native write at a time, in call order: the binding's thread pool would otherwise run two of them in any
 * order. What waits meanwhile goes out together, which keeps each batch atomic.
 */
export class WriteQueue {
  readonly #db: RocksDB;
  readonly #waitingSizeBytesMax: number;
  /** Translates and remembers the first failure; answers the error to give to callers. */
  readonly #onFailure: (cause: unknown) => Error;
  #waiting: Waiting[] = [];
  #waitingSizeBytes = 0;
  #running: Promise<void> | undefined;

  constructor(db: RocksDB, waitingSizeBytesMax: number, onFailure: (cause: unknown) => Error) {
    this.#db = db;
    this.#waitingSizeBytesMax = waitingSizeBytesMax;
    this.#onFailure = onFailure;
  }

  push(batch: WriteBatch): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#waitingSizeBytes + batch.sizeBytes > this.#waitingSizeBytesMax && this.#waiting.length > 0) {
        // Dropping one write and taking the next would leave a hole, so an overrun ends the store.
        const error = this.#onFailure(new Error(`more than ${this.#waitingSizeBytesMax} bytes of writes are waiting`));
        this.#rejectWaiting(error);
        reject(error);
        return;
      }
      this.#waiting.push({batch, done: resolve, failed: reject});
      this.#waitingSizeBytes += batch.sizeBytes;
      this.#running ??= this.#run();
    });
  }

  /** Resolves when nothing waits or runs. */
  async drained(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      const group = this.#takeGroup();
      try {
        await this.#writeGroup(group);
      } catch (cause) {
        const error = this.#onFailure(cause);
        for (const one of group) one.failed(error);
        this.#rejectWaiting(error);
        break;
      }
      for (const one of group) one.done();
    }
    this.#running = undefined;
  }

  #takeGroup(): readonly Waiting[] {
    let count = 0;
    let sizeBytes = 0;
    for (const {batch} of this.#waiting) {
      if (count > 0 && sizeBytes + batch.sizeBytes > GROUP_SIZE_BYTES_MAX) break;
      sizeBytes += batch.sizeBytes;
      count += 1;
    }
    this.#waitingSizeBytes -= sizeBytes;
    return this.#waiting.splice(0, count);
  }

  async #writeGroup(group: readonly Waiting[]): Promise<void> {
    let count = 0;
    for (const {batch} of group) count += batch.operations.length;
    const native = this.#db.write({capacity: Math.max(8, count), autoDestroy: true});
    for (const {batch} of group) {
      for (const operation of batch.operations) {
        switch (operation.kind) {
          case 'put':
            native.tryPut(operation.key, operation.value);
            break;
          case 'delete':
            native.tryDelete(operation.key);
            break;
          case 'delete-range':
            // RocksDB calls an inverted range an error; the port calls it empty.
            if (compareBytes(operation.from, operation.until) < 0) native.tryDeleteRange(operation.from, operation.until);
            break;
          default:
            return unreachable(operation);
        }
      }
    }
    await native.flush();
  }

  #rejectWaiting(error: Error): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#waitingSizeBytes = 0;
    for (const one of waiting) one.failed(error);
  }
}
