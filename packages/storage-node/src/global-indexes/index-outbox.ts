import {decodeOutbox, itemKeyOfOutbox, keyText, sequenceOfOutbox} from '@murmuration/partition';
import type {EffectChange} from '@murmuration/partition';

export type EntryState = 'waiting' | 'sent' | 'done';

/** One entry of an index that is to be set or removed. */
export interface OutboxEntry {
  readonly change: EffectChange;
  state: EntryState;
}
/** What one effect of an item has to tell. */
export interface OutboxRow {
  readonly key: Uint8Array;
  /** Of the key of its item. */
  readonly itemText: string;
  readonly sequence: number;
  readonly sizeBytes: number;
  /** When this leader knew of it. */
  readonly sinceMs: number;
  readonly entries: readonly OutboxEntry[];
  /** Nothing of it waits, and it may be removed. */
  isTold: boolean;
  /** Not in the store any more, or not this partition's. */
  isGone: boolean;
}

/**
 * What waits to be told to global indexes, in the order of the log: a leader's copy of its outbox rows. Begins empty,
 * loads what is there while it is already fed with what is applied, and is whole from then on.
 */
export class IndexOutbox {
  readonly #byText = new Map<string, OutboxRow>();
  /** Rows of each item that may not be removed yet, in order. */
  readonly #byItem = new Map<string, OutboxRow[]>();
  /** By sequence, from the moment of loading on. Gone ones are swept out now and then. */
  #rows: OutboxRow[] = [];
  #goneCount = 0;
  #sizeBytes = 0;
  #isLoaded = false;
  #removedMeanwhile: Set<string> | undefined = new Set();

  /** Whether all that was there when leadership began is known. */
  get isLoaded(): boolean {
    return this.#isLoaded;
  }
  get rowCount(): number {
    return this.#byText.size;
  }
  get sizeBytes(): number {
    return this.#sizeBytes;
  }
  /** In the order in which they are to be told; gone ones may be among them. */
  get rows(): readonly OutboxRow[] {
    return this.#rows;
  }
  /** Since when the oldest that is not told waits; undefined when nothing does. */
  get oldestSinceMs(): number | undefined {
    return this.#rows.find((row) => !row.isGone && !row.isTold)?.sinceMs;
  }
  /** Whether nothing of the sequence and before it waits. */
  isToldThrough(sequence: number): boolean {
    const first = this.#rows.find((row) => !row.isGone && !row.isTold);
    return this.#isLoaded && (first === undefined || first.sequence > sequence);
  }

  /** The rows as of the moment since which `applied` was called. @throws DecodeError */
  loaded(rows: readonly {readonly key: Uint8Array; readonly value: Uint8Array}[], nowMs: number): void {
    const fed = this.#rows;
    const removed = this.#removedMeanwhile;
    this.#rows = [];
    for (const {key, value} of rows) if (removed?.has(keyText(key)) !== true) this.#add(key, value, nowMs);
    this.#rows.sort((a, b) => a.sequence - b.sequence);
    for (const row of fed) this.#rows.push(row);
    this.#byItem.clear();
    for (const row of this.#rows) if (!row.isGone) this.#keep(row);
    this.#removedMeanwhile = undefined;
    this.#isLoaded = true;
  }
  /** A row that was applied just now. @throws DecodeError */
  applied({key, value}: EffectChange, nowMs: number): void {
    if (value !== undefined) {
      this.#add(key, value, nowMs);
      return;
    }
    const text = keyText(key);
    this.#removedMeanwhile?.add(text);
    this.#drop(text);
  }
  /**
   * Nothing of the row waits any more. Rows of an item are removed in their order only: whoever goes on with what is left, perhaps as
   * another source, then tells a last part of what became of the item, and not something in the middle of it.
   * @returns rows that may be removed now
   */
  told(row: OutboxRow): readonly OutboxRow[] {
    row.isTold = true;
    const {itemText} = row;
    const rows = this.#byItem.get(itemText) ?? [];
    const waiting = rows.findIndex(({isTold}) => !isTold);
    const released = rows.splice(0, waiting < 0 ? rows.length : waiting);
    if (rows.length === 0) this.#byItem.delete(itemText);
    return released;
  }
  /** Keeps what belongs to the partition. */
  cut(isHere: (key: Uint8Array) => boolean): void {
    for (const [text, row] of [...this.#byText]) if (!isHere(row.key)) this.#drop(text);
  }

  #add(key: Uint8Array, value: Uint8Array, nowMs: number): void {
    const sizeBytes = key.length + value.length;
    const row: OutboxRow = {
      key, itemText: keyText(itemKeyOfOutbox(key)), sequence: sequenceOfOutbox(key), sizeBytes, sinceMs: nowMs, entries: decodeOutbox(value).map((change) => ({change, state: 'waiting'})), isTold: false, isGone: false,
    };
    this.#byText.set(keyText(key), row);
    this.#rows.push(row);
    this.#keep(row);
    this.#sizeBytes += sizeBytes;
  }
  #keep(row: OutboxRow): void {
    const rows = this.#byItem.get(row.itemText);
    if (rows === undefined) this.#byItem.set(row.itemText, [row]);
    else rows.push(row);
  }
  #drop(text: string): void {
    const row = this.#byText.get(text);
    if (row === undefined) return;
    this.#byText.delete(text);
    row.isGone = true;
    const rows = this.#byItem.get(row.itemText) ?? [];
    if (rows.includes(row)) rows.splice(rows.indexOf(row), 1);
    if (rows.length === 0) this.#byItem.delete(row.itemText);
    this.#sizeBytes -= row.sizeBytes;
    this.#goneCount += 1;
    if (this.#goneCount * 2 < this.#rows.length) return;
    this.#rows = this.#rows.filter(({isGone}) => !isGone);
    this.#goneCount = 0;
  }
}
