import {assert} from './assert.js';
import type {Random} from './ports.js';

/**
 * A small seeded generator (xoshiro128**, Blackman and Vigna 2018, seeded through splitmix32).
 * Deterministic everywhere: the simulator's chance, and seeded draws in tests. Not for secrets.
 */
export class SeededRandom implements Random {
  #a: number;
  #b: number;
  #c: number;
  #d: number;
  readonly #seed: number;
  constructor(seed: number) {
    this.#seed = seed >>> 0;
    let state = this.#seed;
    const next = (): number => {
      state = (state + 0x9e3779b9) | 0;
      let z = state;
      z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
      z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
      return (z ^ (z >>> 15)) >>> 0;
    };
    this.#a = next();
    this.#b = next();
    this.#c = next();
    this.#d = next() | 1;
  }
  uint32(): number {
    const x = Math.imul(this.#b, 5);
    const result = Math.imul((x << 7) | (x >>> 25), 9) >>> 0;
    const t = this.#b << 9;
    this.#c ^= this.#a;
    this.#d ^= this.#b;
    this.#b ^= this.#c;
    this.#a ^= this.#d;
    this.#c ^= t;
    this.#d = (this.#d << 11) | (this.#d >>> 21);
    return result;
  }
  below(until: number): number {
    assert(Number.isInteger(until) && until >= 1 && until <= 0x1_0000_0000, 'bound out of range', {until});
    // Multiply-shift; the bias is below 2^-32 per draw times the bound, which no use here can see.
    return Math.floor((this.uint32() / 0x1_0000_0000) * until);
  }
  fork(label: string): Random {
    let hash = this.#seed ^ 0x811c9dc5;
    for (let i = 0; i < label.length; i += 1) hash = Math.imul(hash ^ label.charCodeAt(i), 0x01000193);
    return new SeededRandom(hash >>> 0);
  }
}
