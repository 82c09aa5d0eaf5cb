import {assert} from '@murmuration/base';
import {HEAT_HISTORY_BYTES} from '@murmuration/capacity';

/** 64 MB of histories: 3,214 partitions of a process. */
export const HISTORIES_MAX = Math.floor((64 * 1024 * 1024) / HEAT_HISTORY_BYTES);
/** About 60 KB each: 30 MB. */
export const SKETCHES_MAX = 512;

/** What can be given up when others need the room. */
export interface Evictable {
  evict(): void;
}

/**
 * Bounds how many partitions of a process have something of a kind: who takes the last place gets that of whoever used
 * its own longest ago. So memory does not grow with partitions, and the hot ones keep theirs.
 */
export class HeatRoom {
  readonly #countMax: number;
  /** In order of last use. */
  readonly #held = new Set<Evictable>();
  constructor(countMax: number) {
    assert(countMax >= 1, 'there is room for one');
    this.#countMax = countMax;
  }
  get heldCount(): number {
    return this.#held.size;
  }
  /** Takes a place, or keeps it. */
  use(holder: Evictable): void {
    this.#held.delete(holder);
    this.#held.add(holder);
    if (this.#held.size <= this.#countMax) return;
    const [coldest] = this.#held;
    if (coldest === undefined) return;
    this.#held.delete(coldest);
    coldest.evict();
  }
  release(holder: Evictable): void {
    this.#held.delete(holder);
  }
}
