import type {EventRecord, EventSink} from '@murmuration/base';

/**
 * Counts of rare things that a run reached. Most are derived from the typed events of the packages, so production code
 * knows nothing of them: the probe of an event is its name. What no event tells is counted by the simulator itself.
 */
export class Probes {
  readonly #counts = new Map<string, number>();
  hit(name: string, count = 1): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + count);
  }
  count(name: string): number {
    return this.#counts.get(name) ?? 0;
  }
  /** By name, in order of names. */
  all(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#counts].sort(([a], [b]) => (a < b ? -1 : 1)));
  }
  addAll(counts: Readonly<Record<string, number>>): void {
    for (const [name, count] of Object.entries(counts)) this.hit(name, count);
  }
}

/** An event sink that counts each event, tells the trace, and hands it on to whoever watches. */
export function watchEvents(onEvent: (record: EventRecord) => void): EventSink {
  return {isEnabled: () => true, emit: onEvent};
}
