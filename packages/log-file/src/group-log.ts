import {assert, toLogIndex, toTerm} from '@murmuration/base';
import type {GroupId, LogGroupState, LogHardState, Term} from '@murmuration/base';
import type {RecordPlace} from './record-place.js';

/** What is known of one group: its state and the place of each entry. Dense from firstIndex to lastIndex. */
export class GroupLog {
  readonly id: GroupId;
  descriptor: Uint8Array | undefined = undefined;
  descriptorPlace: RecordPlace | undefined = undefined;
  hardState: LogHardState | undefined = undefined;
  hardStatePlace: RecordPlace | undefined = undefined;
  basePlace: RecordPlace | undefined = undefined;
  unusablePlace: RecordPlace | undefined = undefined;
  /** Why nothing of the group may be used: a record of it was durable and is damaged. */
  unusableReason: string | undefined = undefined;
  #baseIndex = 0;
  #baseTerm = 0;
  #places: RecordPlace[] = [];
  /** Places before it are gone; they are cut off when they are the greater part. */
  #head = 0;
  #entryBytes = 0;

  constructor(id: GroupId) {
    this.id = id;
  }
  get firstIndex(): number {
    return this.#baseIndex + 1;
  }
  get lastIndex(): number {
    return this.#baseIndex + this.#places.length - this.#head;
  }
  get baseIndex(): number {
    return this.#baseIndex;
  }
  get baseTerm(): number {
    return this.#baseTerm;
  }
  /** Bytes of data of the entries held. */
  get entryBytes(): number {
    return this.#entryBytes;
  }
  /** Precondition: firstIndex <= index <= lastIndex. */
  place(index: number): RecordPlace {
    const place = this.#places[this.#head + index - this.#baseIndex - 1];
    assert(place !== undefined, 'no entry at this index', {group: this.id, index});
    return place;
  }
  term(index: number): Term | undefined {
    if (index < this.#baseIndex || index > this.lastIndex) return undefined;
    return toTerm(index === this.#baseIndex ? this.#baseTerm : this.place(index).term);
  }
  push(place: RecordPlace): void {
    assert(place.index === this.lastIndex + 1, 'entries must be contiguous', {group: this.id, index: place.index, lastIndex: this.lastIndex});
    this.#places.push(place);
    this.#entryBytes += place.dataBytes;
  }
  /** Puts a newer copy of the same entry in place of the old one. */
  replace(place: RecordPlace): void {
    this.#places[this.#head + place.index - this.#baseIndex - 1] = place;
  }
  /** Drops the entries at and after `from`. */
  dropFrom(from: number, batchOrder: number): void {
    const keep = Math.max(this.#head, this.#head + from - this.#baseIndex - 1);
    while (this.#places.length > keep) this.#forget(this.#places.pop() as RecordPlace, batchOrder);
  }
  /** Drops the entries up to and including `through`. Precondition: firstIndex <= through <= lastIndex. */
  dropThrough(through: number, batchOrder: number): void {
    const term = this.place(through).term;
    const until = this.#head + through - this.#baseIndex;
    for (let i = this.#head; i < until; i += 1) this.#forget(this.#places[i] as RecordPlace, batchOrder);
    this.#head = until;
    this.#baseIndex = through;
    this.#baseTerm = term;
    if (this.#head > 64 && this.#head * 2 > this.#places.length) {
      this.#places = this.#places.slice(this.#head);
      this.#head = 0;
    }
  }
  /** Drops every entry; the next one is `index + 1`. */
  reset(index: number, term: number, batchOrder: number): void {
    this.dropFrom(this.firstIndex, batchOrder);
    this.#places = [];
    this.#head = 0;
    this.#baseIndex = index;
    this.#baseTerm = term;
  }
  /** Everything the group holds becomes obsolete. */
  retireAll(batchOrder: number): void {
    this.reset(0, 0, batchOrder);
    this.hardStatePlace?.retire(batchOrder);
    this.descriptorPlace?.retire(batchOrder);
    this.basePlace?.retire(batchOrder);
    this.unusablePlace?.retire(batchOrder);
  }
  state(): LogGroupState {
    return {
      group: this.id,
      descriptor: this.descriptor,
      hardState: this.hardState,
      firstIndex: toLogIndex(this.firstIndex),
      lastIndex: toLogIndex(this.lastIndex),
      termBeforeFirst: toTerm(this.#baseTerm),
    };
  }
  #forget(place: RecordPlace, batchOrder: number): void {
    this.#entryBytes -= place.dataBytes;
    place.retire(batchOrder);
  }
}
