/** An event of the world: runs at a true time; events of one time run in the order in which they were added. */
export interface WorldEvent {
  readonly atNs: number;
  readonly sequence: number;
  isCancelled: boolean;
  readonly run: () => void;
}

/** Binary heap by (time, sequence). */
export class EventHeap {
  readonly #events: WorldEvent[] = [];
  get size(): number {
    return this.#events.length;
  }
  peek(): WorldEvent | undefined {
    return this.#events[0];
  }
  push(event: WorldEvent): void {
    const events = this.#events;
    let at = events.length;
    events.push(event);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = events[parent] as WorldEvent;
      if (!isBefore(event, above)) break;
      events[at] = above;
      at = parent;
    }
    events[at] = event;
  }
  pop(): WorldEvent | undefined {
    const events = this.#events;
    const first = events[0];
    const last = events.pop();
    if (first === undefined || last === undefined || events.length === 0) return first;
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      if (left >= events.length) break;
      const right = left + 1;
      const least = right < events.length && isBefore(events[right] as WorldEvent, events[left] as WorldEvent) ? right : left;
      if (!isBefore(events[least] as WorldEvent, last)) break;
      events[at] = events[least] as WorldEvent;
      at = least;
    }
    events[at] = last;
    return first;
  }
}

function isBefore(a: WorldEvent, b: WorldEvent): boolean {
  return a.atNs < b.atNs || (a.atNs === b.atNs && a.sequence < b.sequence);
}
