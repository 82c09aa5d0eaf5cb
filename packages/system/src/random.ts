import {randomFillSync} from 'node:crypto';
import type {Random} from '@murmuration/base';
import {assert} from '@murmuration/base';

/** Draws of the operating system's generator, 1,024 at a time. */
class OsRandom implements Random {
  readonly #buffer = new Uint32Array(1_024);
  #next = this.#buffer.length;
  uint32(): number {
    if (this.#next === this.#buffer.length) {
      randomFillSync(this.#buffer);
      this.#next = 0;
    }
    const value = this.#buffer[this.#next] as number;
    this.#next += 1;
    return value;
  }
  below(until: number): number {
    assert(Number.isInteger(until) && until >= 1 && until <= 0x1_0000_0000, 'bound out of range', {until});
    // Draws above the last whole multiple would favour small results.
    const fair = 0x1_0000_0000 - (0x1_0000_0000 % until);
    for (;;) {
      const value = this.uint32();
      if (value < fair) return value % until;
    }
  }
  /** True chance has no sequence to repeat, so a label changes nothing. */
  fork(_label: string): Random {
    return this;
  }
}

/** Chance from the operating system, fit for secrets. */
export const osRandom: Random = new OsRandom();
