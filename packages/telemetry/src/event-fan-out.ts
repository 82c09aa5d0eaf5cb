import type {Counter, EventLevel, EventRecord, EventSink, MetricRegistry} from '@murmuration/base';

/** Hands each event to every sink that wants its level, in the order given. A sink that throws does not rob the others. */
export class EventFanOut implements EventSink {
  readonly #sinks: readonly EventSink[];

  constructor(sinks: readonly EventSink[]) {
    this.#sinks = [...sinks];
  }

  isEnabled(level: EventLevel): boolean {
    return this.#sinks.some((sink) => sink.isEnabled(level));
  }

  emit(record: EventRecord): void {
    for (const sink of this.#sinks) {
      if (!sink.isEnabled(record.level)) continue;
      try {
        sink.emit(record);
      } catch {
        // The emitter is in the middle of its work and has no part in a sink's trouble.
      }
    }
  }
}

export interface CountedEvent {
  /** The event's name, for example `raft-host/leader-changed`. */
  readonly event: string;
  /** Name of the counter, without prefix, ending in `_total`. */
  readonly counter: string;
  readonly help: string;
  /** Field whose value is added; each event adds 1 when not given. */
  readonly amountField?: string;
}

/** Counts chosen events, so that a package states once that something happened and both log and metric follow. */
export class EventCounters implements EventSink {
  readonly #counters = new Map<string, {readonly counter: Counter; readonly amountField: string | undefined}>();

  constructor(counted: readonly CountedEvent[], ports: {readonly metrics: MetricRegistry}) {
    for (const entry of counted) {
      this.#counters.set(entry.event, {
        counter: ports.metrics.counter({name: entry.counter, help: entry.help}),
        amountField: entry.amountField,
      });
    }
  }

  /** Debug events are not counted: whether they are built at all depends on the log level, and a metric must not. */
  isEnabled(level: EventLevel): boolean {
    return level !== 'debug';
  }

  emit(record: EventRecord): void {
    const entry = this.#counters.get(record.event);
    if (entry === undefined) return;
    const amount = entry.amountField === undefined ? 1 : record[entry.amountField];
    if (typeof amount === 'number' && Number.isFinite(amount) && amount > 0) entry.counter.add(amount);
  }
}
