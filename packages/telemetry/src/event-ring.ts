import {assert} from '@murmuration/base';
import type {Clock, EventLevel, EventRecord, EventSink} from '@murmuration/base';

export interface KeptEvent {
  /** Counts from 1 over the life of the process: a reader asks for what came after the last one it saw. */
  readonly sequence: number;
  /** Milliseconds since 1970 UTC. */
  readonly wallMs: number;
  readonly record: EventRecord;
}

/** The last events of a process, for the status page and for tests; the oldest go first. */
export class EventRing implements EventSink {
  readonly #countMax: number;
  readonly #clock: Clock;
  readonly #slots: KeptEvent[] = [];
  #sequence = 0;

  constructor(options: {readonly countMax: number}, ports: {readonly clock: Clock}) {
    assert(Number.isSafeInteger(options.countMax) && options.countMax >= 1, 'an event ring holds at least one event', {...options});
    this.#countMax = options.countMax;
    this.#clock = ports.clock;
  }

  /** Debug events are not kept: they would push out in a moment what a reader came for. */
  isEnabled(level: EventLevel): boolean {
    return level !== 'debug';
  }

  emit(record: EventRecord): void {
    if (!this.isEnabled(record.level)) return;
    this.#sequence += 1;
    this.#slots[(this.#sequence - 1) % this.#countMax] = {sequence: this.#sequence, wallMs: this.#clock.wallMs(), record};
  }

  get lastSequence(): number {
    return this.#sequence;
  }

  /** @returns the events still kept whose sequence is above `sequence`, oldest first, at most `countMax` of them */
  since(sequence: number, countMax = this.#countMax): readonly KeptEvent[] {
    const out: KeptEvent[] = [];
    const from = Math.max(sequence + 1, this.#sequence - this.#slots.length + 1, 1);
    for (let at = from; at <= this.#sequence && out.length < countMax; at += 1) {
      const kept = this.#slots[(at - 1) % this.#countMax];
      if (kept !== undefined) out.push(kept);
    }
    return out;
  }
}
