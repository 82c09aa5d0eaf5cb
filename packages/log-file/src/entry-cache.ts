import type {RecordPlace} from './record-place.js';

/** Counted for each entry besides its data: the object and its slot. So that empty entries have a bound, too. */
const ENTRY_OVERHEAD_BYTES = 64;

/**
 * Keeps the newest entries of all groups in memory, oldest out first. Only entries that are on disk come here: until
 * then the bound of the queue limits them. Appended entries are read soon (to be sent, then applied), old ones seldom
 * and in order, so a queue does as well as anything cleverer.
 */
export class EntryCache {
  readonly #sizeBytesMax: number;
  #places: RecordPlace[] = [];
  #head = 0;
  /** Counts entries that were retired since, too, until their turn comes: the bound is never exceeded, only reached early. */
  #sizeBytes = 0;

  constructor(sizeBytesMax: number) {
    this.#sizeBytesMax = sizeBytesMax;
  }
  get sizeBytes(): number {
    return this.#sizeBytes;
  }
  add(places: readonly RecordPlace[]): void {
    for (const place of places) {
      if (place.entry === undefined) continue;
      this.#places.push(place);
      this.#sizeBytes += place.dataBytes + ENTRY_OVERHEAD_BYTES;
    }
    while (this.#sizeBytes > this.#sizeBytesMax) {
      const place = this.#places[this.#head];
      if (place === undefined) break;
      this.#head += 1;
      this.#sizeBytes -= place.dataBytes + ENTRY_OVERHEAD_BYTES;
      place.entry = undefined;
    }
    if (this.#head > 1024 && this.#head * 2 > this.#places.length) {
      this.#places = this.#places.slice(this.#head);
      this.#head = 0;
    }
  }
}
