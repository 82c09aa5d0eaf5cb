import {StoreError, assert, compareBytes} from '@murmuration/base';
import type {StoreIterator, StoreRow, StoreSnapshot} from '@murmuration/base';
import {ModelError, baseKeyOfEntry, readStoredItemSizeBytes, shiftIndex, storedBody} from '@murmuration/model';
import type {LocalIndex} from '@murmuration/model';
import {Page, RowMerge, keyText} from '@murmuration/partition';
import type {KnownValue, PartitionMachine, PartitionRequest, PartitionResponse} from '@murmuration/partition';
import type {Call} from './call.js';
import {countRead} from './heat/count-read.js';
import {answerAsLeader, emit, translateRead} from './partition-context.js';
import type {PartitionContext} from './partition-context.js';
import type {CachedRanges, RangeFill} from './range-cache.js';

type GetRequest = Extract<PartitionRequest, {kind: 'get'}>;
type RangeRequest = Extract<PartitionRequest, {kind: 'range'}>;

/** Rows of the first read of a range: most queries want few, and a row may have 400 KB. */
const FIRST_ROWS = 16;
const ROWS_MAX = 256;
/** Items read beside their entries at once. */
const WHOLE_ITEMS_MAX = 16;

/**
 * Reads of one partition. All of them see committed state only: what is applied, from the overlay, the row cache or
 * the store. Strong reads prove leadership around it, eventual ones that the state is young enough.
 */
export class PartitionReads {
  readonly #context: PartitionContext;
  readonly #hasSortKey: boolean;
  readonly #indexes: readonly LocalIndex[];
  readonly #ranges: CachedRanges;
  #isStopped = false;
  constructor(context: PartitionContext, hasSortKey: boolean, indexes: readonly LocalIndex[], ranges: CachedRanges) {
    this.#context = context;
    this.#hasSortKey = hasSortKey;
    this.#indexes = indexes;
    this.#ranges = ranges;
  }
  stop(): void {
    this.#isStopped = true;
  }

  get(call: Call, request: GetRequest): void {
    const answer = (response: PartitionResponse): void => this.#answer(call, request, this.#admitted(request, response));
    if (request.consistency === 'eventual' || this.#context.node.host.hasLease(this.#context.group)) {
      if (request.consistency === 'eventual' && !this.#isYoungEnough(call)) return;
      this.#context.node.metrics.read(request.consistency === 'eventual' ? 'eventual' : 'lease');
      this.#readRows(call, request.keys, answer);
      return;
    }
    this.#afterReadIndex(call, () => this.#readRows(call, request.keys, (response) => call.answer(this.#admitted(request, response))));
  }

  range(call: Call, request: RangeRequest): void {
    if (request.index !== undefined && !this.#indexes.some(({indexId}) => indexId === request.index)) {
      call.fail({code: 'Unavailable', reason: 'the table has no such local index'});
      return;
    }
    const {admission} = this.#context;
    const throttle = admission.beginPage(request.consistency);
    if (throttle !== undefined) {
      this.#context.heat.throttled(request.from);
      call.fail(throttle);
      return;
    }
    if (request.consistency === 'eventual' || this.#context.node.host.hasLease(this.#context.group)) {
      if (request.consistency === 'eventual' && !this.#isYoungEnough(call)) return;
      this.#context.node.metrics.read(request.consistency === 'eventual' ? 'eventual' : 'lease');
      this.#readRange(call, request, (response) => this.#answer(call, request, this.#admitted(request, response)));
      return;
    }
    this.#afterReadIndex(call, () => this.#readRange(call, request, (response) => call.answer(this.#admitted(request, response))));
  }

  /** Counts what was read. @returns the answer, or the refusal in its place */
  #admitted(request: GetRequest | RangeRequest, response: PartitionResponse): PartitionResponse {
    const {admission, heat} = this.#context;
    const admitted = admission.admitted(response, request.consistency);
    countRead(heat, request, admitted);
    return admitted;
  }

  /** The lease is looked at again after the rows were read: it may have ended meanwhile. */
  #answer(call: Call, request: GetRequest | RangeRequest, response: PartitionResponse): void {
    if (this.#isStopped) call.fail({code: 'UnknownPartition'});
    else if (request.consistency === 'eventual') call.answer(response);
    else {
      const {node, group} = this.#context;
      if (!node.host.hasLease(group)) node.metrics.read('lease-ended');
      answerAsLeader(this.#context, call, response);
    }
  }

  #isYoungEnough(call: Call): boolean {
    const {node, group, admission} = this.#context;
    if (node.host.staleness(group) <= node.tuning.eventualStalenessMsMax && !admission.sendsToLeader()) return true;
    node.metrics.read('sent-away');
    call.fail({code: 'NotLeader', leaderHint: node.host.leaderOf(group)});
    return false;
  }

  #afterReadIndex(call: Call, read: () => void): void {
    const {node, group, replica} = this.#context;
    const leader = node.host.leaderOf(group);
    if (leader !== replica) {
      call.fail({code: 'NotLeader', leaderHint: leader});
      return;
    }
    node.metrics.read('quorum');
    node.host.readIndex(group, (result) => {
      if (result.ok) read();
      else call.fail(translateRead(result.failure));
    });
  }

  #readRows(call: Call, keys: readonly Uint8Array[], done: (response: PartitionResponse) => void): void {
    const {node, machine} = this.#context;
    const values: (KnownValue | undefined)[] = [];
    let missingCount = 0;
    let isStarted = false;
    const finish = (): void => {
      if (call.isAnswered) return;
      if (values.includes(undefined)) call.fail({code: 'Unavailable', reason: 'the store could not be read'});
      else done(gotResponse(values as readonly KnownValue[]));
    };
    for (let i = 0; i < keys.length; i += 1) {
      const key = keys[i] as Uint8Array;
      const text = keyText(key);
      const applied = machine.overlay.committed(text);
      const known = applied ?? node.cache.get(text);
      values.push(known);
      if (known !== undefined) {
        if (applied === undefined) node.metrics.rowCacheHits.add(1);
        continue;
      }
      node.metrics.rowCacheMisses.add(1);
      missingCount += 1;
      node.loader.load(text, key, (value, isCorrupt) => {
        if (isCorrupt) this.#context.quarantine('a row of it cannot be read');
        values[i] = value;
        missingCount -= 1;
        if (missingCount === 0 && isStarted) finish();
      });
    }
    isStarted = true;
    if (missingCount === 0) finish();
  }

  #readRange(call: Call, request: RangeRequest, done: (response: PartitionResponse) => void): void {
    const {node} = this.#context;
    try {
      const response = this.#fromMemory(request);
      if (response !== undefined) {
        done(response);
        return;
      }
    } catch (error) {
      this.#rangeFailed(call, error, done);
      return;
    }
    if (node.rangeReads.count >= node.tuning.rangeReadsMax) {
      call.fail({code: 'Overloaded', retryAfterMs: node.tuning.retryAfterMs});
      return;
    }
    node.rangeReads.count += 1;
    this.#scan(call, request).then(
      (response) => {
        node.rangeReads.count -= 1;
        if (!call.isAnswered) done(response);
      },
      (error: unknown) => {
        node.rangeReads.count -= 1;
        this.#rangeFailed(call, error, done);
      },
    );
  }
  #rangeFailed(call: Call, error: unknown, done: (response: PartitionResponse) => void): void {
    if (error instanceof ModelError) {
      // A filter's refusal is read from the items, so it must be as current as an answer.
      done({kind: 'failed', failure: {code: 'Rejected', error: error.failure.code, message: error.failure.message ?? ''}});
      return;
    }
    const {node, group} = this.#context;
    const reason = error instanceof Error ? error.message : 'unknown error';
    emit(node.events, {event: 'partition/read-failed', level: 'error', group, reason});
    if (error instanceof StoreError && error.failure.code === 'Corrupt') this.#context.quarantine(reason);
    call.fail({code: 'Unavailable', reason: error instanceof StoreError ? 'the store could not be read' : reason});
  }

  /** @returns undefined when memory does not have all of it */
  #fromMemory(request: RangeRequest): PartitionResponse | undefined {
    const {metrics} = this.#context.node;
    if (this.#isWhole(request) || this.#ranges.count === 0) return undefined;
    const page = this.#pageOf(request);
    const {from, until} = storedRange(request);
    if (page.isFull || compareBytes(from, until) >= 0) return undefined;
    const isKnown = this.#ranges.read(from, until, request.isReverse, request.itemCountMax, (key, value) => {
      page.add(key, value);
      return !page.isFull;
    });
    if (!isKnown) return undefined;
    metrics.rangeCacheHits.add(1);
    return page.finish(true);
  }
  #isWhole({index, isWhole}: RangeRequest): boolean {
    return index !== undefined && isWhole === true;
  }
  #pageOf(request: RangeRequest): Page {
    return new Page({
      itemCountMax: request.itemCountMax,
      pageSizeBytesMax: request.pageSizeBytesMax,
      isCountOnly: request.isCountOnly,
      hasSortKey: this.#hasSortKey,
      expressions: request.expressions === undefined ? undefined : this.#context.machine.compile(request.expressions),
      index: request.index, isWhole: this.#isWhole(request),
    });
  }

  async #scan(call: Call, request: RangeRequest): Promise<PartitionResponse> {
    const {node, machine} = this.#context;
    const {isReverse} = request;
    const page = this.#pageOf(request);
    const {from, until} = storedRange(request);
    if (compareBytes(from, until) >= 0) return page.finish(true);
    // One moment: the store's view and the copy of what it does not show yet are made without a pause between.
    const merge = new RowMerge(machine.overlay.committedRange(from, until), isReverse);
    const items = this.#isWhole(request) ? new WholeItems(node.store.snapshot(), machine) : undefined;
    const iterator = (items?.view ?? node.store).iterate({from, until, reverse: isReverse});
    const kept = items === undefined ? this.#ranges.fill(from, until, isReverse) : undefined;
    if (kept !== undefined) node.metrics.rangeCacheMisses.add(1);
    let isWholeRange: boolean | undefined;
    try {
      const response = await this.#fill(call, request, page, merge, iterator, items, kept);
      // Rows that were read and not taken are not known: a page that is full ends at its last row.
      isWholeRange = call.isAnswered ? undefined : !page.isFull;
      return response;
    } finally {
      kept?.end(isWholeRange);
      await iterator.close();
      await items?.view.close();
    }
  }

  async #fill(call: Call, request: RangeRequest, page: Page, merge: RowMerge, iterator: StoreIterator, items: WholeItems | undefined, kept: RangeFill | undefined): Promise<PartitionResponse> {
    const {clock} = this.#context.node;
    let entries: StoreRow[] = [];
    const take = (key: Uint8Array, value: Uint8Array): boolean => {
      if (items === undefined) {
        page.add(key, value);
        kept?.add(key, value);
        return !page.isFull;
      }
      entries.push({key, value});
      return entries.length < page.roomCount;
    };
    let isExhausted = false;
    let rowCount = 0;
    let rowBytes = 0;
    while (!isExhausted && !page.isFull) {
      if (clock.monotonicMs() >= call.deadlineMs) {
        call.expire();
        break;
      }
      const wanted = rowsToRead(page.roomCount, request.pageSizeBytesMax, rowCount, rowBytes);
      const rows = await iterator.next(wanted);
      for (const row of rows) rowBytes += row.value.length;
      rowCount += rows.length;
      isExhausted = rows.length < wanted;
      merge.chunk(rows, isExhausted, take);
      if (items !== undefined) await items.add(page, entries);
      entries = [];
    }
    return page.finish(isExhausted);
  }
}

/** Reads the items of index entries whole, as they were at the moment of the entries. */
class WholeItems {
  readonly view: StoreSnapshot;
  readonly #newer: ReadonlyMap<string, KnownValue>;
  /** Made in the same turn as the copy of the entries that the store does not show yet. */
  constructor(view: StoreSnapshot, machine: PartitionMachine) {
    this.view = view;
    const {from, until} = machine.record;
    this.#newer = new Map(machine.overlay.committedRange(from, until).map(({key, bytes}) => [keyText(key), {bytes}]));
  }
  /** Adds entries to the page with their items until it is full. @throws StoreError, DecodeError */
  async add(page: Page, entries: readonly StoreRow[]): Promise<void> {
    for (let at = 0; at < entries.length && !page.isFull; at += WHOLE_ITEMS_MAX) {
      const some = entries.slice(at, at + WHOLE_ITEMS_MAX);
      const keys = some.map(({key}) => baseKeyOfEntry(key));
      const stored = await this.view.getMany(keys);
      for (const [i, {key, value}] of some.entries()) {
        if (page.isFull) return;
        const newer = this.#newer.get(keyText(keys[i] as Uint8Array));
        page.add(key, value, newer === undefined ? stored[i] : newer.bytes);
      }
    }
  }
}

/** Of an index: where its entries lie. */
function storedRange({index, from, until}: RangeRequest): {readonly from: Uint8Array; readonly until: Uint8Array} {
  return index === undefined ? {from, until} : {from: shiftIndex(from, index), until: shiftIndex(until, index)};
}
/** As many rows as the page may still take by count and, from the rows seen so far, by size. */
function rowsToRead(roomCount: number, pageSizeBytesMax: number, rowCount: number, rowBytes: number): number {
  assert(roomCount > 0, 'a page with room is read on');
  const bySize = rowCount === 0 ? FIRST_ROWS : Math.ceil(Math.max(0, pageSizeBytesMax - rowBytes) / Math.max(1, rowBytes / rowCount)) + 1;
  return Math.max(1, Math.min(roomCount, bySize, ROWS_MAX));
}

function gotResponse(values: readonly KnownValue[]): PartitionResponse {
  const items: (Uint8Array | undefined)[] = [];
  const sizesBytes: number[] = [];
  for (const {bytes} of values) {
    items.push(bytes === undefined ? undefined : storedBody(bytes));
    sizesBytes.push(bytes === undefined ? 0 : readStoredItemSizeBytes(bytes));
  }
  return {kind: 'got', items, sizesBytes};
}
