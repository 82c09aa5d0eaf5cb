import {assert, compareBytes} from '@murmuration/base';
import type {StoreRow} from '@murmuration/base';
import type {OverlayRow} from '@murmuration/partition';

/** More than this of one range is not kept: whoever reads much at once seldom reads it again. */
const RUN_BYTES_MAX = 256 * 1024;
/** Two views, the row that holds them and its place in a list, roughly. */
const ROW_OVERHEAD_BYTES = 250;
const RUN_OVERHEAD_BYTES = 300;

/** All rows of [from, until) as they are after what was applied last, ascending. */
interface Run {
  readonly owner: CachedRanges;
  readonly from: Uint8Array;
  readonly until: Uint8Array;
  readonly rows: StoreRow[];
  sizeBytes: number;
}

/** Memory for ranges of rows, of all partitions of a process together. The range that was read longest ago goes first. */
export class RangeCache {
  readonly #sizeBytesMax: number;
  /** In the order of their last use. */
  readonly #runs = new Set<Run>();
  #sizeBytes = 0;
  constructor(sizeBytesMax: number) {
    assert(sizeBytesMax >= 0, 'a cache bound is not negative', {sizeBytesMax});
    this.#sizeBytesMax = sizeBytesMax;
  }
  get sizeBytes(): number {
    return this.#sizeBytes;
  }
  /** What one range may have here. */
  get runBytesMax(): number {
    return Math.min(RUN_BYTES_MAX, this.#sizeBytesMax);
  }
  used(run: Run): void {
    this.#runs.delete(run);
    this.#runs.add(run);
  }
  add(run: Run): void {
    this.#runs.add(run);
    this.#sizeBytes += run.sizeBytes;
    this.#shrink();
  }
  /** Its owner has let go of it. */
  removed(run: Run): void {
    if (this.#runs.delete(run)) this.#sizeBytes -= run.sizeBytes;
  }
  resize(run: Run, sizeBytes: number): void {
    this.#sizeBytes += sizeBytes - run.sizeBytes;
    run.sizeBytes = sizeBytes;
    if (sizeBytes > this.runBytesMax) run.owner.drop(run);
    else this.#shrink();
  }
  #shrink(): void {
    for (const run of this.#runs) {
      if (this.#sizeBytes <= this.#sizeBytesMax) return;
      run.owner.drop(run);
    }
  }
}

/**
 * Gathers the rows of one read of the store and keeps them at its end, if nothing of its range was applied meanwhile.
 * Begun in the turn in which the store's view is made.
 */
export class RangeFill {
  readonly #owner: CachedRanges;
  readonly #from: Uint8Array;
  readonly #until: Uint8Array;
  readonly #isReverse: boolean;
  readonly #rows: StoreRow[] = [];
  readonly #sizeBytesMax: number;
  #sizeBytes = RUN_OVERHEAD_BYTES;
  #isVoid = false;
  constructor(owner: CachedRanges, from: Uint8Array, until: Uint8Array, isReverse: boolean, sizeBytesMax: number) {
    this.#owner = owner;
    this.#from = from;
    this.#until = until;
    this.#isReverse = isReverse;
    this.#sizeBytesMax = sizeBytesMax;
  }
  /** The next row in the order of the read. */
  add(key: Uint8Array, value: Uint8Array): void {
    if (this.#isVoid) return;
    this.#rows.push({key, value});
    this.#sizeBytes += rowBytes(key, value);
    if (this.#sizeBytes > this.#sizeBytesMax) this.void();
  }
  /** What it gathers is not, or no more, the newest state. */
  void(): void {
    this.#isVoid = true;
    this.#rows.length = 0;
  }
  voidIfHolding(key: Uint8Array): void {
    if (!this.#isVoid && compareBytes(this.#from, key) <= 0 && compareBytes(key, this.#until) < 0) this.void();
  }
  /** Ends it, once. @param isWhole whether the read came to the end of the range; undefined when it failed */
  end(isWhole: boolean | undefined): void {
    this.#owner.ended(this);
    if (this.#isVoid || isWhole === undefined) return;
    const rows = inOneBuffer(this.#isReverse ? this.#rows.reverse() : this.#rows);
    let from = this.#from;
    let until = this.#until;
    if (!isWhole) {
      // Known is what lies between where the read began and its last row.
      const last = this.#isReverse ? rows[0] : rows.at(-1);
      if (last === undefined) return;
      if (this.#isReverse) from = last.key;
      else until = keyBehind(last.key);
    }
    this.#owner.keep(from, until, rows, this.#sizeBytes);
  }
}

/**
 * Ranges of one partition's rows in memory, as they are after what was applied last: what a read of the store brought, and
 * every change since. They never overlap.
 */
export class CachedRanges {
  readonly #cache: RangeCache;
  /** Ascending. */
  #runs: Run[] = [];
  readonly #fills = new Set<RangeFill>();
  constructor(cache: RangeCache) {
    this.#cache = cache;
  }
  get count(): number {
    return this.#runs.length;
  }

  /**
   * Gives the rows of [from, until) in order until `take` returns false.
   * @returns false when memory cannot tell all that was asked for: then nothing was given
   */
  read(from: Uint8Array, until: Uint8Array, isReverse: boolean, rowCountMax: number, take: (key: Uint8Array, value: Uint8Array) => boolean): boolean {
    const run = this.#holding(from, until, isReverse);
    if (run === undefined) return false;
    const {rows} = run;
    const begin = compareBytes(run.from, from) >= 0 ? 0 : placeOf(rows, from);
    const end = compareBytes(until, run.until) >= 0 ? rows.length : placeOf(rows, until);
    const isWhole = compareBytes(run.from, from) <= 0 && compareBytes(until, run.until) <= 0;
    // A part is good for a page that its rows fill; whether a limit of bytes ends it before is known only to who takes them.
    if (!isWhole && end - begin < rowCountMax) return false;
    this.#cache.used(run);
    if (isReverse) {
      for (let at = end - 1; at >= begin; at -= 1) if (!give(rows, at, take)) return true;
    } else {
      for (let at = begin; at < end; at += 1) if (!give(rows, at, take)) return true;
    }
    return true;
  }

  /** @returns undefined when nothing would be kept */
  fill(from: Uint8Array, until: Uint8Array, isReverse: boolean): RangeFill | undefined {
    const sizeBytesMax = this.#cache.runBytesMax;
    if (sizeBytesMax === 0) return undefined;
    const fill = new RangeFill(this, from, until, isReverse, sizeBytesMax);
    this.#fills.add(fill);
    return fill;
  }
  ended(fill: RangeFill): void {
    this.#fills.delete(fill);
  }
  keep(from: Uint8Array, until: Uint8Array, rows: StoreRow[], sizeBytes: number): void {
    if (compareBytes(from, until) >= 0) return;
    const before = this.#lastFrom(from);
    const reaching = this.#runs[before];
    const at = reaching !== undefined && compareBytes(reaching.until, from) > 0 ? before : before + 1;
    let end = at;
    while (end < this.#runs.length && compareBytes((this.#runs[end] as Run).from, until) < 0) end += 1;
    const run: Run = {owner: this, from, until, rows, sizeBytes};
    for (const old of this.#runs.splice(at, end - at, run)) this.#cache.removed(old);
    this.#cache.add(run);
  }

  /** A committed change of a row. Cheap where no ranges are kept. */
  applied({key, bytes}: OverlayRow): void {
    for (const fill of this.#fills) fill.voidIfHolding(key);
    if (this.#runs.length === 0) return;
    const run = this.#runs[this.#lastFrom(key)];
    if (run === undefined || compareBytes(key, run.until) >= 0) return;
    const {rows} = run;
    const at = placeOf(rows, key);
    const old = rows[at];
    const isThere = old !== undefined && compareBytes(old.key, key) === 0;
    let sizeBytes = run.sizeBytes - (isThere ? rowBytes(old.key, old.value) : 0);
    if (bytes === undefined) {
      if (!isThere) return;
      rows.splice(at, 1);
    } else {
      // Both are views of the log's buffer, which would be kept whole with them.
      const [row] = inOneBuffer([{key, value: bytes}]);
      rows.splice(at, isThere ? 1 : 0, row as StoreRow);
      sizeBytes += rowBytes(key, bytes);
    }
    this.#cache.resize(run, sizeBytes);
  }
  /** The state was replaced as a whole, or its range was cut, or the partition is gone. */
  clear(): void {
    for (const fill of this.#fills) fill.void();
    const runs = this.#runs;
    this.#runs = [];
    for (const run of runs) this.#cache.removed(run);
  }
  /** Lets go of one range. */
  drop(run: Run): void {
    const at = this.#lastFrom(run.from);
    assert(this.#runs[at] === run, 'a range that is dropped was kept');
    this.#runs.splice(at, 1);
    this.#cache.removed(run);
  }

  /** The one range that holds the side of [from, until) where a read begins. */
  #holding(from: Uint8Array, until: Uint8Array, isReverse: boolean): Run | undefined {
    if (!isReverse) {
      const run = this.#runs[this.#lastFrom(from)];
      return run !== undefined && compareBytes(from, run.until) < 0 ? run : undefined;
    }
    const at = this.#lastFrom(until);
    const run = this.#runs[at];
    if (run === undefined) return undefined;
    // One that begins where the read ends has none of its rows.
    const holding = compareBytes(run.from, until) === 0 ? this.#runs[at - 1] : run;
    return holding !== undefined && compareBytes(until, holding.until) <= 0 ? holding : undefined;
  }
  /** Position of the last range that begins at or before the key; -1 when there is none. */
  #lastFrom(key: Uint8Array): number {
    let low = 0;
    let high = this.#runs.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (compareBytes((this.#runs[middle] as Run).from, key) <= 0) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}

function give(rows: readonly StoreRow[], at: number, take: (key: Uint8Array, value: Uint8Array) => boolean): boolean {
  const {key, value} = rows[at] as StoreRow;
  return take(key, value);
}
/** Position of the first row at or behind the key. */
function placeOf(rows: readonly StoreRow[], key: Uint8Array): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareBytes((rows[middle] as StoreRow).key, key) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
function rowBytes(key: Uint8Array, value: Uint8Array): number {
  return ROW_OVERHEAD_BYTES + key.length + value.length;
}
/** The key right behind another one. */
function keyBehind(key: Uint8Array): Uint8Array {
  const behind = new Uint8Array(key.length + 1);
  behind.set(key);
  return behind;
}
/** Copies: a buffer for each key and value would cost more than the rows. */
function inOneBuffer(rows: readonly StoreRow[]): StoreRow[] {
  let sizeBytes = 0;
  for (const {key, value} of rows) sizeBytes += key.length + value.length;
  const buffer = new Uint8Array(sizeBytes);
  let at = 0;
  const copy = (bytes: Uint8Array): Uint8Array => {
    buffer.set(bytes, at);
    at += bytes.length;
    return buffer.subarray(at - bytes.length, at);
  };
  return rows.map(({key, value}) => ({key: copy(key), value: copy(value)}));
}
