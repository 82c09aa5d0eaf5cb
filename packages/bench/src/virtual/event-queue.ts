/** What happens in the world between requests. Few: some a second of virtual time. */
interface Happening {
  readonly atMs: number;
  readonly sequence: number;
  readonly run: (atMs: number) => void;
}

/** A heap by time, and by order of arrival where times are equal. Requests never stand in it. */
export class EventQueue {
  readonly #heap: Happening[] = [];
  #sequence = 0;
  /** When the next one is due; Infinity when there is none. */
  get nextMs(): number {
    return this.#heap[0]?.atMs ?? Number.POSITIVE_INFINITY;
  }
  at(atMs: number, run: (atMs: number) => void): void {
    const heap = this.#heap;
    this.#sequence += 1;
    const event = {atMs, sequence: this.#sequence, run};
    let slot = heap.length;
    heap.push(event);
    while (slot > 0) {
      const parent = (slot - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || !isBefore(event, above)) break;
      heap[slot] = above;
      slot = parent;
    }
    heap[slot] = event;
  }
  /** Every `periodMs` from `fromMs` on, as long as the run goes on. */
  every(fromMs: number, periodMs: number, run: (atMs: number) => void): void {
    const again = (atMs: number): void => {
      run(atMs);
      this.at(atMs + periodMs, again);
    };
    this.at(fromMs, again);
  }
  /** Runs all that is due up to and at `untilMs`. */
  runUntil(untilMs: number): void {
    for (let first = this.#heap[0]; first !== undefined && first.atMs <= untilMs; first = this.#heap[0]) {
      this.#removeFirst();
      first.run(first.atMs);
    }
  }

  #removeFirst(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let slot = 0;
    for (;;) {
      const left = heap[2 * slot + 1];
      if (left === undefined) break;
      const right = heap[2 * slot + 2];
      const isRight = right !== undefined && isBefore(right, left);
      const least = isRight ? right : left;
      if (!isBefore(least, last)) break;
      heap[slot] = least;
      slot = 2 * slot + (isRight ? 2 : 1);
    }
    heap[slot] = last;
  }
}

function isBefore(a: Happening, b: Happening): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.sequence < b.sequence);
}
