/** Of a value that is not made yet, for the size of a batch. */
const VALUE_TO_COME_BYTES = 64;

/** One atomic set of changes. Later operations of a batch win over earlier ones. */
export class WriteBatch {
  readonly #operations: StoreOperation[] = [];
  /** Rows of `putLast`, by key object, whose values are not made yet. */
  #last: Map<Uint8Array, () => Uint8Array> | undefined;
  #sizeBytes = 0;
  /** In call order, with those of `putLast` at the end of what they may stand behind. */
  get operations(): readonly StoreOperation[] {
    this.#makeLast();
    return this.#operations;
  }
  get sizeBytes(): number {
    return this.#sizeBytes;
  }
  get isEmpty(): boolean {
    return this.#operations.length === 0 && this.#last === undefined;
  }
  /** Key and value are taken over, not copied: the caller never changes them again. */
  put(key: Uint8Array, value: Uint8Array): void {
    this.#sizeBytes += key.length + value.length;
    this.#operations.push({kind: 'put', key, value});
  }
  /**
   * A put of a row that many changes of one batch set: only the last of its values is made, and goes to the store. Nobody else puts that row.
   * @param key rows are told apart by the object: the caller has one a row
   * @param make called at most once, when the batch is looked at, or when something is removed
   */
  putLast(key: Uint8Array, make: () => Uint8Array): void {
    this.#last ??= new Map();
    if (!this.#last.has(key)) this.#sizeBytes += key.length + VALUE_TO_COME_BYTES;
    this.#last.set(key, make);
  }
  delete(key: Uint8Array): void {
    this.#makeLast();
    this.#sizeBytes += key.length;
    this.#operations.push({kind: 'delete', key});
  }
  deleteRange(from: Uint8Array, until: Uint8Array): void {
    this.#makeLast();
    this.#sizeBytes += from.length + until.length;
    this.#operations.push({kind: 'delete-range', from, until});
  }
  #makeLast(): void {
    const last = this.#last;
    if (last === undefined) return;
    this.#last = undefined;
    for (const [key, make] of last) {
      const value = make();
      this.#sizeBytes += value.length - VALUE_TO_COME_BYTES;
      this.#operations.push({kind: 'put', key, value});
    }
  }
}

export type StoreOperation =
  | {readonly kind: 'put'; readonly key: Uint8Array; readonly value: Uint8Array}
  | {readonly kind: 'delete'; readonly key: Uint8Array}
  | {readonly kind: 'delete-range'; readonly from: Uint8Array; readonly until: Uint8Array};

export interface StoreRow {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/** Half-open range of keys. */
export interface ScanRange {
  readonly from: Uint8Array;
  readonly until: Uint8Array;
  /** From the end towards the start. */
  readonly reverse?: boolean;
}

/**
 * Reads rows of a range in order. `next` gives up to `rowCountMax` rows and fewer only at the end, so an
 * empty answer is the end. One call at a time. `close` frees it early; calling it twice is fine.
 */
export interface StoreIterator {
  next(rowCountMax: number): Promise<readonly StoreRow[]>;
  close(): Promise<void>;
}

/** A frozen view. Must be closed; the store's close waits for no snapshot and invalidates it. */
export interface StoreSnapshot {
  getMany(keys: readonly Uint8Array[]): Promise<readonly (Uint8Array | undefined)[]>;
  iterate(range: ScanRange): StoreIterator;
  close(): Promise<void>;
}

export type StoreFailure =
  | {readonly code: 'Corrupt'; readonly reason: string}
  | {readonly code: 'DiskFull'; readonly reason: string}
  | {readonly code: 'Unusable'; readonly reason: string}
  | {readonly code: 'Closed'};

export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly failure: StoreFailure;
  constructor(failure: StoreFailure, options?: ErrorOptions) {
    super('reason' in failure ? `${failure.code}: ${failure.reason}` : failure.code, options);
    this.failure = failure;
  }
}

/**
 * An ordered map of bytes to bytes. Writes are atomic and become visible in call order, but are durable only
 * after a `flush` that began after them: a crash keeps some prefix of the writes, never a hole.
 * After a failed write the store is unusable: every later call fails.
 */
export interface StorePort {
  /** Values by position, undefined where the key is absent. One call is one batched read. */
  getMany(keys: readonly Uint8Array[]): Promise<readonly (Uint8Array | undefined)[]>;
  /** Over the state at the call. */
  iterate(range: ScanRange): StoreIterator;
  /** Visible to every read that starts after the promise resolved. */
  write(batch: WriteBatch): Promise<void>;
  snapshot(): StoreSnapshot;
  /** Makes every write that resolved before the call durable. */
  flush(): Promise<void>;
  /** Approximate bytes on disk (or in memory). */
  sizeBytes(): Promise<number>;
  close(): Promise<void>;
}
