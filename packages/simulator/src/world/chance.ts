import type {Random} from '@murmuration/base';
import {SeededRandom, assert} from '@murmuration/base';

/**
 * Chance of one corner of a run. Forked by label, so that one more draw in one corner moves no other corner's draws.
 */
export class Chance implements Random {
  readonly #random: Random;
  constructor(seed: number | Random) {
    this.#random = typeof seed === 'number' ? new SeededRandom(seed) : seed;
  }
  uint32(): number {
    return this.#random.uint32();
  }
  below(until: number): number {
    return this.#random.below(until);
  }
  fork(label: string): Chance {
    return new Chance(this.#random.fork(label));
  }
  /** True in `permille` of a thousand cases. */
  permille(permille: number): boolean {
    return permille > 0 && this.below(1000) < permille;
  }
  isHeads(): boolean {
    return this.below(2) === 0;
  }
  /** Uniform integer, both ends included. */
  between(least: number, most: number): number {
    return least + this.below(most - least + 1);
  }
  pick<T>(list: readonly T[]): T {
    assert(list.length > 0, 'nothing to pick from');
    return list[this.below(list.length)] as T;
  }
  /** `count` different elements, or all of them when there are fewer, in drawn order. */
  sample<T>(list: readonly T[], count: number): readonly T[] {
    const left = [...list];
    const out: T[] = [];
    while (out.length < count && left.length > 0) out.push(...left.splice(this.below(left.length), 1));
    return out;
  }
  /** Mostly near `typical`, now and then up to a hundred times as much. */
  heavyTail(typical: number): number {
    const magnitude = this.below(100);
    const factor = magnitude < 80 ? 1 : magnitude < 95 ? 4 : magnitude < 99 ? 20 : 100;
    return (typical * factor * (512 + this.below(1024))) / 1024;
  }
}
