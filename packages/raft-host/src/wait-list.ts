import type {LogIndex} from '@murmuration/base';

/** Told true when the index was reached, false when it can't be: the group stopped, or too many were waiting. */
export type ReachedCallback = (isReached: boolean) => void;

interface Wait {
  readonly index: LogIndex;
  readonly callback: ReachedCallback;
}

/** Callbacks that wait for an index that only grows, in index order. Nearly all are added at the end. */
export class WaitList {
  #waits: Wait[] = [];
  readonly #waitsMax: number;
  constructor(waitsMax: number) {
    this.#waitsMax = waitsMax;
  }
  get count(): number {
    return this.#waits.length;
  }
  /** @returns false when full: nothing was added */
  add(index: LogIndex, callback: ReachedCallback): boolean {
    if (this.#waits.length >= this.#waitsMax) return false;
    let at = this.#waits.length;
    while (at > 0 && (this.#waits[at - 1] as Wait).index > index) at -= 1;
    this.#waits.splice(at, 0, {index, callback});
    return true;
  }
  reach(index: LogIndex): void {
    const first = this.#waits[0];
    if (first === undefined || first.index > index) return;
    let until = 1;
    while (until < this.#waits.length && (this.#waits[until] as Wait).index <= index) until += 1;
    for (const wait of this.#waits.splice(0, until)) wait.callback(true);
  }
  failAll(): void {
    const waits = this.#waits;
    this.#waits = [];
    for (const wait of waits) wait.callback(false);
  }
}
