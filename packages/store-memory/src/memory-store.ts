import type {Random, ScanRange, StoreFailure, StoreIterator, StoreOperation, StorePort, StoreRow, StoreSnapshot, WriteBatch} from '@murmuration/base';
import {assert, compareBytes, StoreError, unreachable} from '@murmuration/base';
import type {Owner, TreeNode} from './tree.js';
import {emptyTree, getFrom, newOwner, putInto, removeFrom, walk} from './tree.js';

export interface MemoryStoreOptions {
  /**
   * Keeps the state of the last flush and each batch since then, so that `crash` can go back to any point between.
   * Without it `crash` is refused and nothing but the rows is kept.
   */
  readonly isCrashable?: boolean;
}

/**
 * The Store port in memory. Keys and values are kept and handed out without a copy, so neither the writer
 * nor a reader may change their bytes.
 */
export class MemoryStore implements StorePort {
  readonly #options: MemoryStoreOptions;
  #owner: Owner = newOwner();
  #root: TreeNode;
  /** State at the last flush. */
  #durableRoot: TreeNode;
  /** Batches since then, oldest first. */
  #unflushed: WriteBatch[] = [];
  #sizeBytes: number;
  #failure: StoreFailure | undefined;

  constructor(options: MemoryStoreOptions = {}, from?: MemoryStoreImage) {
    this.#options = options;
    this.#root = from?.root ?? emptyTree(this.#owner);
    this.#durableRoot = this.#root;
    this.#sizeBytes = from?.sizeBytes ?? 0;
  }

  async getMany(keys: readonly Uint8Array[]): Promise<readonly (Uint8Array | undefined)[]> {
    this.#check();
    return keys.map((key) => getFrom(this.#root, key));
  }

  iterate(range: ScanRange): StoreIterator {
    this.#check();
    return new TreeIterator(this.#freeze(), range, () => this.#failure);
  }

  async write(batch: WriteBatch): Promise<void> {
    this.#check();
    for (const operation of batch.operations) this.#apply(operation);
    if (this.#options.isCrashable === true && !batch.isEmpty) this.#unflushed.push(batch);
  }

  snapshot(): StoreSnapshot {
    this.#check();
    return new TreeSnapshot(this.#freeze(), () => this.#failure);
  }

  async flush(): Promise<void> {
    this.#check();
    if (this.#options.isCrashable !== true) return;
    this.#durableRoot = this.#freeze();
    this.#unflushed = [];
  }

  /** Keys and values of the rows; the tree around them is not counted. */
  async sizeBytes(): Promise<number> {
    this.#check();
    return this.#sizeBytes;
  }

  async close(): Promise<void> {
    this.#failure = {code: 'Closed'};
  }

  /** Batches that a crash may lose. Always 0 without `isCrashable`. */
  get unflushedCount(): number {
    return this.#unflushed.length;
  }

  /**
   * What a power cut leaves: the state of the last flush and the first `keptCount` batches since then.
   * This store is closed by it.
   * @param kept how many unflushed batches survive, 0..`unflushedCount`, or chance to draw it from
   */
  crash(kept: number | Random): MemoryStore {
    assert(this.#options.isCrashable === true, 'the store was not made crashable');
    const keptCount = typeof kept === 'number' ? kept : kept.below(this.#unflushed.length + 1);
    assert(Number.isInteger(keptCount) && keptCount >= 0 && keptCount <= this.#unflushed.length, 'kept count out of range', {keptCount});
    this.#failure = {code: 'Closed'};
    const after = new MemoryStore(this.#options, {root: this.#durableRoot, sizeBytes: sizeOf(this.#durableRoot)});
    for (const batch of this.#unflushed.slice(0, keptCount)) {
      for (const operation of batch.operations) after.#apply(operation);
    }
    // A store that opens again has written what it found there; a second crash does not take it back.
    after.#durableRoot = after.#freeze();
    return after;
  }

  /** The same rows in a store open again, as after an orderly end of the process. This store must be closed. */
  reopen(): MemoryStore {
    assert(this.#failure !== undefined, 'reopened while open');
    return new MemoryStore(this.#options, {root: this.#root, sizeBytes: this.#sizeBytes});
  }

  /** Makes this and every later call fail, as a broken disk does. For tests of what callers do then. */
  breakDown(failure: StoreFailure): void {
    this.#failure ??= failure;
  }

  #check(): void {
    if (this.#failure !== undefined) throw new StoreError(this.#failure);
  }

  /** @returns the present state, which no later write changes */
  #freeze(): TreeNode {
    this.#owner = newOwner();
    return this.#root;
  }

  #apply(operation: StoreOperation): void {
    switch (operation.kind) {
      case 'put': {
        const before = getFrom(this.#root, operation.key);
        this.#sizeBytes += operation.value.length - (before === undefined ? -operation.key.length : before.length);
        this.#root = putInto(this.#root, operation.key, operation.value, this.#owner);
        break;
      }
      case 'delete': {
        const before = getFrom(this.#root, operation.key);
        if (before === undefined) break;
        this.#sizeBytes -= operation.key.length + before.length;
        this.#root = removeFrom(this.#root, operation.key, successor(operation.key), this.#owner);
        break;
      }
      case 'delete-range':
        if (compareBytes(operation.from, operation.until) >= 0) break;
        walk(this.#root, operation.from, operation.until, false, (key, value) => {
          this.#sizeBytes -= key.length + value.length;
          return true;
        });
        this.#root = removeFrom(this.#root, operation.from, operation.until, this.#owner);
        break;
      default:
        return unreachable(operation);
    }
  }
}

/** Rows to begin with. */
interface MemoryStoreImage {
  readonly root: TreeNode;
  readonly sizeBytes: number;
}

class TreeSnapshot implements StoreSnapshot {
  #root: TreeNode | undefined;
  readonly #storeFailure: () => StoreFailure | undefined;
  constructor(root: TreeNode, storeFailure: () => StoreFailure | undefined) {
    this.#root = root;
    this.#storeFailure = storeFailure;
  }
  async getMany(keys: readonly Uint8Array[]): Promise<readonly (Uint8Array | undefined)[]> {
    const root = this.#open();
    return keys.map((key) => getFrom(root, key));
  }
  iterate(range: ScanRange): StoreIterator {
    return new TreeIterator(this.#open(), range, this.#storeFailure);
  }
  async close(): Promise<void> {
    this.#root = undefined;
  }
  #open(): TreeNode {
    const failure = this.#storeFailure();
    if (failure !== undefined) throw new StoreError(failure);
    if (this.#root === undefined) throw new StoreError({code: 'Closed'});
    return this.#root;
  }
}

class TreeIterator implements StoreIterator {
  #root: TreeNode | undefined;
  #from: Uint8Array;
  #until: Uint8Array;
  readonly #isReverse: boolean;
  readonly #storeFailure: () => StoreFailure | undefined;
  constructor(root: TreeNode, range: ScanRange, storeFailure: () => StoreFailure | undefined) {
    this.#root = root;
    this.#from = range.from;
    this.#until = range.until;
    this.#isReverse = range.reverse === true;
    this.#storeFailure = storeFailure;
  }
  async next(rowCountMax: number): Promise<readonly StoreRow[]> {
    const failure = this.#storeFailure();
    if (failure !== undefined) throw new StoreError(failure);
    if (this.#root === undefined) throw new StoreError({code: 'Closed'});
    assert(Number.isInteger(rowCountMax) && rowCountMax >= 1, 'row count must be at least 1', {rowCountMax});
    const rows: StoreRow[] = [];
    if (compareBytes(this.#from, this.#until) >= 0) return rows;
    walk(this.#root, this.#from, this.#until, this.#isReverse, (key, value) => {
      rows.push({key, value});
      return rows.length < rowCountMax;
    });
    const last = rows.at(-1);
    // Each page seeks again from where the last one ended: the tree holds still, so that is all the state there is.
    if (last !== undefined && this.#isReverse) this.#until = last.key;
    else if (last !== undefined) this.#from = successor(last.key);
    return rows;
  }
  async close(): Promise<void> {
    this.#root = undefined;
  }
}

/** The least key above `key`. */
function successor(key: Uint8Array): Uint8Array {
  const out = new Uint8Array(key.length + 1);
  out.set(key);
  return out;
}

function sizeOf(node: TreeNode): number {
  let sizeBytes = 0;
  if (node.kind === 'branch') for (const child of node.children) sizeBytes += sizeOf(child);
  else for (const [i, key] of node.keys.entries()) sizeBytes += key.length + (node.values[i] as Uint8Array).length;
  return sizeBytes;
}
