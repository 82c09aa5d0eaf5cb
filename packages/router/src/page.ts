import {BASE_INDEX_ID, assert, compareBytes, concatBytes} from '@murmuration/base';
import type {IndexId} from '@murmuration/base';
import {decodeItem, extractKey} from '@murmuration/model';
import type {StoredKeyRange, TableDescriptor} from '@murmuration/model';
import type {Consistency, ExpressionTexts} from '@murmuration/partition';
import type {PartitionEntry} from '@murmuration/placement';
import {RouterError} from './errors.js';
import {refusal, withoutPartition} from './partition-errors.js';
import type {PartitionOutcome} from '@murmuration/partition-client';
import type {OperationServices} from './services.js';
import {storedItemKey} from './stored-item-key.js';
import {arnPrefix} from './table-replies.js';

/** Evaluated bytes of one page, by the service's page measure. */
export const PAGE_SIZE_BYTES_MAX = 1024 * 1024;
/** Stands for "no Limit": a page ends by its size long before. */
const ITEM_COUNT_UNBOUNDED = 1_000_000;

export interface PageRead extends StoredKeyRange {
  readonly table: TableDescriptor;
  /** Reads entries of a local index; the range is then given in the table's keys all the same. */
  readonly local?: {readonly index: IndexId; readonly isWhole: boolean};
  /** Whose keys the range is given in, when it is not the table: a global index. */
  readonly space?: IndexId;
  readonly isReverse: boolean;
  readonly consistency: Consistency;
  /** Evaluated items at most. */
  readonly limit: number | undefined;
  readonly expressions: ExpressionTexts | undefined;
  readonly isCountOnly: boolean;
  readonly deadlineMs: number;
}

export interface PageResult {
  /** Item JSON, in key order or against it. */
  readonly items: readonly Uint8Array[];
  readonly count: number;
  readonly scannedCount: number;
  /** Evaluated bytes of each partition visited, in order. */
  readonly scannedSizesBytes: readonly number[];
  /** 4 KB blocks of items that were read beside their index entries. */
  readonly fetchedBlockCount: number;
  /** Stored key of the last evaluated item; undefined when the range is exhausted. */
  readonly lastKey: Uint8Array | undefined;
}

/** What is left of a range behind an exclusive start key. Stored keys delimit themselves, so none lies between a key and the key with a zero behind it. */
export function rangeAfter(range: StoredKeyRange, startKey: Uint8Array, isReverse: boolean): StoredKeyRange {
  return isReverse
    ? {from: range.from, until: lesser(range.until, startKey)}
    : {from: greater(range.from, concatBytes([startKey, ZERO])), until: range.until};
}

/**
 * Reads one page of a range, partition after partition in key order, until it is full or the range is over.
 * @param done called once, perhaps before this returns; the error is what the client gets
 */
export function readPage(services: OperationServices, read: PageRead, done: (result: PageResult | Error) => void): void {
  new PageReader(services, read, done).run();
}

class PageReader {
  readonly #services: OperationServices;
  readonly #read: PageRead;
  readonly #done: (result: PageResult | Error) => void;
  readonly #items: Uint8Array[] = [];
  readonly #scannedSizesBytes: number[] = [];
  #count = 0;
  #scannedCount = 0;
  #pageSizeBytes = 0;
  #fetchedBlockCount = 0;
  #from: Uint8Array;
  #until: Uint8Array;
  /** Partitions of this process may answer within the call, and a scan visits many: a loop, not a recursion. */
  #isRunning = false;
  #isWaiting = false;

  constructor(services: OperationServices, read: PageRead, done: (result: PageResult | Error) => void) {
    this.#services = services;
    this.#read = read;
    this.#done = done;
    this.#from = read.from;
    this.#until = read.until;
  }

  run(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    while (!this.#isWaiting) {
      if (compareBytes(this.#from, this.#until) >= 0) {
        this.#isWaiting = true;
        this.#finish(undefined);
      } else {
        this.#visit();
      }
    }
    this.#isRunning = false;
  }

  #visit(): void {
    const {table, local, space = BASE_INDEX_ID, isReverse, consistency, limit, expressions, isCountOnly, deadlineMs} = this.#read;
    this.#isWaiting = true;
    const map = this.#services.map.current();
    const entry = isReverse ? map.partitionsOverlapping(table.tableId, space, this.#from, this.#until).at(-1) : map.partitionOfKey(this.#from);
    if (entry === undefined || entry.table !== table.tableId || entry.index !== space) {
      this.#done(withoutPartition(this.#services, table));
      return;
    }
    this.#services.partitions.call(entry, {
      kind: 'range', group: entry.group, epoch: entry.epoch, consistency,
      from: greater(this.#from, entry.from), until: lesser(this.#until, entry.until), isReverse,
      itemCountMax: (limit ?? ITEM_COUNT_UNBOUNDED) - this.#scannedCount,
      pageSizeBytesMax: PAGE_SIZE_BYTES_MAX - this.#pageSizeBytes,
      expressions, isCountOnly, ...(local === undefined ? {} : local),
    }, deadlineMs, (outcome) => this.#onOutcome(entry, outcome));
  }

  #onOutcome(entry: PartitionEntry, outcome: PartitionOutcome): void {
    switch (outcome.kind) {
      case 'ranged':
        break;
      case 'moved':
        this.#goOn();
        return;
      case 'refused':
        if (outcome.failure.code === 'Throttled' && this.#endEarly()) return;
        this.#done(refusal(outcome.failure, arnPrefix(this.#services)));
        return;
      case 'unavailable':
      case 'unknown':
        this.#done(new RouterError({code: 'Unavailable', reason: outcome.reason}));
        return;
      default:
        this.#done(new RouterError({code: 'Unavailable', reason: 'the partition answered another question'}));
        return;
    }
    for (const item of outcome.items) this.#items.push(item);
    this.#count += outcome.count;
    this.#scannedCount += outcome.scannedCount;
    this.#pageSizeBytes += outcome.pageSizeBytes;
    this.#fetchedBlockCount += outcome.fetchedBlockCount ?? 0;
    this.#scannedSizesBytes.push(outcome.scannedSizeBytes);
    if (outcome.lastKey !== undefined) {
      this.#finish(outcome.lastKey);
      return;
    }
    if (this.#read.isReverse) this.#until = entry.from;
    else this.#from = entry.until;
    assert(this.#pageSizeBytes <= PAGE_SIZE_BYTES_MAX, 'a full page has no last key', {group: entry.group});
    this.#goOn();
  }

  /**
   * A page that a throttle meets behind its first items ends there, for they are paid for. Their last one must be the last
   * that was evaluated, with its key: so whole items of a table, none filtered away.
   * @returns whether it ended
   */
  #endEarly(): boolean {
    const {table, local, space = BASE_INDEX_ID, expressions, isCountOnly} = this.#read;
    const last = this.#items.at(-1);
    if (last === undefined || local !== undefined || space !== BASE_INDEX_ID || expressions !== undefined || isCountOnly) return false;
    this.#finish(storedItemKey(table, extractKey(table.keySchema, decodeItem(last))));
    return true;
  }

  #goOn(): void {
    this.#isWaiting = false;
    this.run();
  }

  #finish(lastKey: Uint8Array | undefined): void {
    this.#done({
      items: this.#items, count: this.#count, scannedCount: this.#scannedCount, scannedSizesBytes: this.#scannedSizesBytes, fetchedBlockCount: this.#fetchedBlockCount, lastKey,
    });
  }
}

const ZERO = new Uint8Array(1);

function greater(a: Uint8Array, b: Uint8Array): Uint8Array {
  return compareBytes(a, b) >= 0 ? a : b;
}
function lesser(a: Uint8Array, b: Uint8Array): Uint8Array {
  return compareBytes(a, b) <= 0 ? a : b;
}
