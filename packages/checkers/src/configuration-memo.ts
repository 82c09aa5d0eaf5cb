/**
 * The memory of the search: which configurations were tried. A configuration is the set of linearized known operations (as two
 * 32-bit words), the state, and the set of unknown operations that were used up (as a bit mask). One that has used a superset of
 * the unknown operations of a tried one can reach nothing more, so it counts as tried as well.
 */
export class ConfigurationMemo {
  readonly #maskWords: number;
  /** Slot to entry number plus one; 0 is free. Twice as many slots as entries at least. */
  #slots: Int32Array;
  /** Per entry: word a, word b, state, next entry of the same key, then the mask. */
  #entries: Int32Array;
  #count = 0;

  /** @param unknownCount number of unknown operations of the item */
  constructor(unknownCount: number, entriesHint: number) {
    this.#maskWords = Math.ceil(unknownCount / 32);
    let slots = 64;
    while (slots < entriesHint * 2) slots *= 2;
    this.#slots = new Int32Array(slots);
    this.#entries = new Int32Array((slots / 2) * this.#width);
  }
  get #width(): number {
    return 4 + this.#maskWords;
  }
  /** Configurations kept: the measure of memory. */
  get count(): number {
    return this.#count;
  }

  /** @returns false when this configuration, or one that can do as much, was added before */
  add(a: number, b: number, state: number, mask: Int32Array): boolean {
    const width = this.#width;
    const slotMask = this.#slots.length - 1;
    let slot = this.#slotOf(a, b, state, slotMask);
    let previous = -1;
    for (;;) {
      const head = (this.#slots[slot] as number) - 1;
      if (head < 0) break;
      const at = head * width;
      if (this.#entries[at] === a && this.#entries[at + 1] === b && this.#entries[at + 2] === state) {
        for (let entry = head; entry >= 0; entry = (this.#entries[entry * width + 3] as number) - 1) {
          if (this.#isWithin(entry * width + 4, mask)) return false;
        }
        previous = head;
        break;
      }
      slot = (slot + 1) & slotMask;
    }
    const entry = this.#count;
    const at = entry * width;
    this.#entries[at] = a;
    this.#entries[at + 1] = b;
    this.#entries[at + 2] = state;
    this.#entries[at + 3] = previous + 1;
    for (let i = 0; i < this.#maskWords; i += 1) this.#entries[at + 4 + i] = mask[i] as number;
    this.#slots[slot] = entry + 1;
    this.#count += 1;
    if (this.#count * 2 >= this.#slots.length) this.#grow();
    return true;
  }

  #slotOf(a: number, b: number, state: number, slotMask: number): number {
    return (a ^ Math.imul(b, 0x9e3779b1) ^ Math.imul(state, 0x85ebca6b)) & slotMask;
  }
  #isWithin(at: number, mask: Int32Array): boolean {
    for (let i = 0; i < this.#maskWords; i += 1) if (((this.#entries[at + i] as number) & ~(mask[i] as number)) !== 0) return false;
    return true;
  }
  #grow(): void {
    const width = this.#width;
    const old = this.#slots;
    const slots = new Int32Array(old.length * 2);
    const entries = new Int32Array((slots.length / 2) * width);
    entries.set(this.#entries);
    for (const value of old) {
      if (value === 0) continue;
      const at = (value - 1) * width;
      let slot = this.#slotOf(entries[at] as number, entries[at + 1] as number, entries[at + 2] as number, slots.length - 1);
      while (slots[slot] !== 0) slot = (slot + 1) & (slots.length - 1);
      slots[slot] = value;
    }
    this.#slots = slots;
    this.#entries = entries;
  }
}
