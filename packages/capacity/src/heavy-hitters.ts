import {assert} from '@murmuration/base';

export interface HeavyHitter {
  readonly key: string;
  /** Never below the true count. */
  readonly count: number;
  /** The true count is at least `count - countError`. */
  readonly countError: number;
}

/**
 * The keys with the most units, in bounded memory: the space-saving sketch. With n counters and a total of T, every key
 * with more than T/n is in it, and no count is too high by more than T/n.
 * @see Metwally, Agrawal, El Abbadi, "Efficient Computation of Frequent and Top-k Elements in Data Streams" (2005)
 */
export class HeavyHitters {
  readonly #slotsMax: number;
  readonly #slotOf = new Map<string, number>();
  readonly #keys: string[] = [];
  readonly #counts: Float64Array;
  readonly #errors: Float64Array;
  #totalCount = 0;

  constructor(slotsMax: number) {
    assert(Number.isInteger(slotsMax) && slotsMax >= 1, 'a sketch has at least one counter', {slotsMax});
    this.#slotsMax = slotsMax;
    this.#counts = new Float64Array(slotsMax);
    this.#errors = new Float64Array(slotsMax);
  }
  get totalCount(): number {
    return this.#totalCount;
  }
  /** No count is too high by more. */
  get errorMax(): number {
    return this.#totalCount / this.#slotsMax;
  }
  add(key: string, amount: number): void {
    this.#totalCount += amount;
    let slot = this.#slotOf.get(key);
    if (slot === undefined) {
      slot = this.#keys.length < this.#slotsMax ? this.#keys.length : this.#leastSlot();
      const replaced = this.#keys[slot];
      if (replaced !== undefined) this.#slotOf.delete(replaced);
      this.#errors[slot] = this.#counts[slot] as number;
      this.#keys[slot] = key;
      this.#slotOf.set(key, slot);
    }
    this.#counts[slot] = (this.#counts[slot] as number) + amount;
  }
  /** Greatest first, keys in order where counts are equal. */
  top(countMax: number): readonly HeavyHitter[] {
    const hitters = this.#keys.map((key, i) => ({key, count: this.#counts[i] as number, countError: this.#errors[i] as number}));
    hitters.sort((a, b) => b.count - a.count || (a.key < b.key ? -1 : 1));
    return hitters.slice(0, countMax);
  }
  clear(): void {
    this.#slotOf.clear();
    this.#keys.length = 0;
    this.#counts.fill(0);
    this.#errors.fill(0);
    this.#totalCount = 0;
  }

  #leastSlot(): number {
    let least = 0;
    for (let i = 1; i < this.#slotsMax; i += 1) if ((this.#counts[i] as number) < (this.#counts[least] as number)) least = i;
    return least;
  }
}
