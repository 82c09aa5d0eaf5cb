import {compareBytes, fromHex} from '@murmuration/base';
import {buildStoredKey, encodePartitionKey, encodeSortKey} from '@murmuration/model';
import {tokenOf} from '@murmuration/placement';
import type {PartitionSeries} from '../run-record.js';

/** A partition of the table itself, as the admin API tells it; keys in hexadecimal, half open. */
export interface KnownPartition {
  readonly id: number;
  readonly from: string;
  readonly until: string;
}
interface Row {
  readonly id: number;
  readonly fromKey: Uint8Array;
  readonly keyFrom: number;
  keyUntil: number;
  readonly firstSecond: number;
  lastSecond: number;
  lastAnswerMs: number;
  gapMsMax: number;
  readonly reads: Map<number, number>;
  readonly writes: Map<number, number>;
}

/** DynamoDB's ceilings, for the colours, until the cluster tells others. */
const CEILINGS = {readUnits: 3_000, writeUnits: 1_000};
const TOKEN_AT = 7;
const TWO_TO_32 = 4_294_967_296;
/** Keys whose stored form is kept; others are made again. */
const KEPT_KEYS_MAX = 50_000;

/**
 * Which partition served what, as the one who asked can know it: the partition whose range holds the key, by the map as it
 * was last seen. What a split takes over is counted for the old partition until the next look, at most a second.
 */
export class PartitionUnits {
  #tableId: number | undefined;
  /** By key. */
  #current: readonly Row[] = [];
  readonly #all = new Map<number, Row>();
  readonly #keys = new Map<string, Uint8Array>();
  #ceilings = CEILINGS;
  /** What a partition can do in a second. */
  learnCeilings(readUnits: number, writeUnits: number): void {
    this.#ceilings = {readUnits, writeUnits};
  }
  /** Told at each look. @param second of the run */
  learn(tableId: number, partitions: readonly KnownPartition[], second: number): void {
    this.#tableId = tableId;
    const rows: Row[] = [];
    for (const {id, from, until} of partitions) {
      let row = this.#all.get(id);
      if (row === undefined) {
        row = {id, fromKey: fromHex(from), keyFrom: placeOf(from, 0), keyUntil: placeOf(until, 1), firstSecond: second, lastSecond: second, lastAnswerMs: NaN, gapMsMax: 0, reads: new Map(), writes: new Map()};
        this.#all.set(id, row);
      }
      row.lastSecond = second;
      row.keyUntil = placeOf(until, 1);
      rows.push(row);
    }
    this.#current = rows.sort((a, b) => compareBytes(a.fromKey, b.fromKey));
  }
  /** @param second in which the request was due @param atMs when its answer came, where gaps are asked for later */
  add(second: number, partitionKey: string, sortKey: string | undefined, readHalfUnits: number, writeHalfUnits: number, atMs = NaN): void {
    const row = this.#rowOf(partitionKey, sortKey);
    if (row === undefined) return;
    if (atMs - row.lastAnswerMs > row.gapMsMax) row.gapMsMax = atMs - row.lastAnswerMs;
    row.lastAnswerMs = atMs;
    if (readHalfUnits > 0) row.reads.set(second, (row.reads.get(second) ?? 0) + readHalfUnits);
    if (writeHalfUnits > 0) row.writes.set(second, (row.writes.get(second) ?? 0) + writeHalfUnits);
    if (second > row.lastSecond) row.lastSecond = second;
  }
  /** The longest time between two answers of one partition. It stands for how long it was away only where it is asked much more often. */
  get gapMsMax(): number {
    return Math.max(0, ...[...this.#all.values()].map((row) => row.gapMsMax));
  }
  /** In the order of their keys. */
  series(): readonly PartitionSeries[] {
    return [...this.#all.values()].sort((a, b) => compareBytes(a.fromKey, b.fromKey)).map((row) => {
      const firstSecond = Math.min(row.firstSecond, ...row.reads.keys(), ...row.writes.keys());
      const listed = (counts: ReadonlyMap<number, number>): number[] =>
        Array.from({length: row.lastSecond - firstSecond + 1}, (_, i) => (counts.get(firstSecond + i) ?? 0) / 2);
      return {
        partition: String(row.id), index: null, keyFrom: row.keyFrom, keyUntil: row.keyUntil, firstSecond, readUnits: listed(row.reads), writeUnits: listed(row.writes),
        readUnitsMax: this.#ceilings.readUnits, writeUnitsMax: this.#ceilings.writeUnits,
      };
    });
  }
  #rowOf(partitionKey: string, sortKey: string | undefined): Row | undefined {
    if (this.#tableId === undefined || this.#current.length === 0) return undefined;
    const stored = this.#current.length === 1 ? undefined : this.#storedKey(this.#tableId, partitionKey, sortKey);
    if (stored === undefined) return this.#current[0];
    let low = 0;
    let high = this.#current.length;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if (compareBytes((this.#current[middle] as Row).fromKey, stored) <= 0) low = middle;
      else high = middle;
    }
    return this.#current[low];
  }
  #storedKey(tableId: number, partitionKey: string, sortKey: string | undefined): Uint8Array {
    const name = sortKey === undefined ? partitionKey : `${partitionKey}\n${sortKey}`;
    let stored = this.#keys.get(name);
    if (stored === undefined) {
      const encoded = encodePartitionKey({kind: 'S', value: partitionKey});
      stored = buildStoredKey(tableId, 0, tokenOf(encoded), encoded, sortKey === undefined ? undefined : encodeSortKey({kind: 'S', value: sortKey}));
      if (this.#keys.size < KEPT_KEYS_MAX) this.#keys.set(name, stored);
    }
    return stored;
  }
}

/** Where a border lies on the ring, 0 to 1. A border that ends before its token is an end of the table. */
function placeOf(hex: string, atEnd: 0 | 1): number {
  const token = hex.slice(TOKEN_AT * 2, (TOKEN_AT + 4) * 2);
  return token.length < 8 ? atEnd : Number.parseInt(token, 16) / TWO_TO_32;
}
