import {assert} from '@murmuration/base';

const CAPACITY_MIN = 8;

/**
 * The App messages sent to one follower and not yet acknowledged, oldest first: a ring of (last index, data bytes).
 * Bounded by `messagesMax` and `bytesMax`; when full, the leader sends no further entries to that follower.
 * The ring grows as needed, so that a generous bound costs nothing while it is not used.
 */
export class Inflights {
  readonly #messagesMax: number;
  readonly #bytesMax: number;
  #indexes: number[] = [];
  #sizes: number[] = [];
  #start = 0;
  #count = 0;
  #bytes = 0;

  /** @param bytesMax 0 for no bound. The bound may be passed by one message, which is the way a large one gets through. */
  constructor(messagesMax: number, bytesMax: number) {
    assert(messagesMax >= 1, 'inflight bound must allow one message', {messagesMax});
    this.#messagesMax = messagesMax;
    this.#bytesMax = bytesMax;
  }
  get count(): number {
    return this.#count;
  }
  get isFull(): boolean {
    return this.#count >= this.#messagesMax || (this.#bytesMax !== 0 && this.#bytes >= this.#bytesMax);
  }
  /** Precondition: not full, and `lastIndex` is not below the one added before. */
  add(lastIndex: number, sizeBytes: number): void {
    assert(!this.isFull, 'inflight window is full');
    if (this.#count === this.#indexes.length) this.#grow();
    const at = (this.#start + this.#count) & (this.#indexes.length - 1);
    this.#indexes[at] = lastIndex;
    this.#sizes[at] = sizeBytes;
    this.#count += 1;
    this.#bytes += sizeBytes;
  }
  /** Frees every message whose last index is at most `index`. */
  freeThrough(index: number): void {
    const mask = this.#indexes.length - 1;
    while (this.#count > 0 && (this.#indexes[this.#start] as number) <= index) {
      this.#bytes -= this.#sizes[this.#start] as number;
      this.#start = (this.#start + 1) & mask;
      this.#count -= 1;
    }
  }
  reset(): void {
    this.#start = 0;
    this.#count = 0;
    this.#bytes = 0;
  }
  #grow(): void {
    const capacity = Math.max(CAPACITY_MIN, this.#indexes.length * 2);
    const indexes = new Array<number>(capacity).fill(0);
    const sizes = new Array<number>(capacity).fill(0);
    for (let i = 0; i < this.#count; i += 1) {
      const from = (this.#start + i) & (this.#indexes.length - 1);
      indexes[i] = this.#indexes[from] as number;
      sizes[i] = this.#sizes[from] as number;
    }
    this.#indexes = indexes;
    this.#sizes = sizes;
    this.#start = 0;
  }
}
