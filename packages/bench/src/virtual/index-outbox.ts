import {assert} from '@murmuration/base';

/** Changes of a global index that wait to be applied, in order: a ring of a fixed size. A full one refuses. */
export class IndexOutbox {
  readonly #rowsMax: number;
  readonly #indexNumbers: Float64Array;
  readonly #keyNumbers: Float64Array;
  readonly #halfUnits: Float64Array;
  readonly #sinceMs: Float64Array;
  #first = 0;
  #count = 0;
  constructor(rowsMax: number) {
    assert(Number.isInteger(rowsMax) && rowsMax >= 1, 'an outbox holds at least one row', {rowsMax});
    this.#rowsMax = rowsMax;
    this.#indexNumbers = new Float64Array(rowsMax);
    this.#keyNumbers = new Float64Array(rowsMax);
    this.#halfUnits = new Float64Array(rowsMax);
    this.#sinceMs = new Float64Array(rowsMax);
  }
  get count(): number {
    return this.#count;
  }
  get isFull(): boolean {
    return this.#count === this.#rowsMax;
  }
  push(indexNumber: number, keyNumber: number, halfUnits: number, nowMs: number): void {
    assert(!this.isFull, 'an outbox that is full was asked before');
    const at = (this.#first + this.#count) % this.#rowsMax;
    this.#indexNumbers[at] = indexNumber;
    this.#keyNumbers[at] = keyNumber;
    this.#halfUnits[at] = halfUnits;
    this.#sinceMs[at] = nowMs;
    this.#count += 1;
  }
  /** How long the oldest has waited; 0 without any. */
  lagMs(nowMs: number): number {
    return this.#count === 0 ? 0 : nowMs - (this.#sinceMs[this.#first] as number);
  }
  /** Applies from the oldest on as long as `apply` takes them. */
  drain(apply: (indexNumber: number, keyNumber: number, halfUnits: number) => boolean): void {
    while (this.#count > 0) {
      const at = this.#first;
      if (!apply(this.#indexNumbers[at] as number, this.#keyNumbers[at] as number, this.#halfUnits[at] as number)) return;
      this.#first = (at + 1) % this.#rowsMax;
      this.#count -= 1;
    }
  }
}
