import {collectDefaultMetrics, Counter as PromCounter, Gauge as PromGauge, Histogram as PromHistogram, Registry} from 'prom-client';
import {assert} from '@murmuration/base';
import type {Counter, Family, Gauge, Histogram, HistogramOptions, LabelValues, MetricOptions, MetricRegistry} from '@murmuration/base';
import {BoundedFamily} from './bounded-family.js';

const PREFIX = 'murmuration_';
/** Children of one family; label sets beyond them share the child `other`. Five thousand series a node is the plan for all families. */
const FAMILY_CHILDREN_MAX_DEFAULT = 1_000;

export interface PrometheusMetricsOptions {
  /** Whether `process_*` and `nodejs_*` are included. Off in tests, where many registries live in one process. */
  readonly processDefaults: boolean;
  readonly familyChildrenMax?: number;
  /** Labels of every series, for example node and az. */
  readonly labels?: LabelValues;
}

/** Adds up in a plain field and is handed over at the scrape: an addition costs nanoseconds. */
class PendingCounter implements Counter {
  readonly #hand: (amount: number) => void;
  #pending = 0;
  constructor(hand: (amount: number) => void) {
    this.#hand = hand;
  }
  add(amount: number): void {
    assert(amount >= 0, 'a counter never goes back', {amount});
    this.#pending += amount;
  }
  flush(): void {
    this.#hand(this.#pending);
    this.#pending = 0;
  }
}

class PendingGauge implements Gauge {
  readonly #hand: (value: number) => void;
  #value = 0;
  constructor(hand: (value: number) => void) {
    this.#hand = hand;
  }
  set(value: number): void {
    this.#value = value;
  }
  flush(): void {
    this.#hand(this.#value);
  }
}

type Kind = 'counter' | 'gauge' | 'histogram';
interface Registered {
  readonly kind: Kind;
  readonly labels: readonly string[];
  readonly metric: unknown;
}

/**
 * The metric registry on prom-client. Asking twice for one name gives the same metric, so several stores or groups
 * of one process share theirs; asking for it with another kind or other labels is a mistake in the program.
 */
export class PrometheusMetrics implements MetricRegistry {
  readonly #registry = new Registry();
  readonly #registered = new Map<string, Registered>();
  readonly #collects: (() => void)[] = [];
  readonly #flushes: (() => void)[] = [];
  readonly #familyChildrenMax: number;
  readonly #collectFailures: Counter;

  constructor(options: PrometheusMetricsOptions) {
    this.#familyChildrenMax = options.familyChildrenMax ?? FAMILY_CHILDREN_MAX_DEFAULT;
    if (options.labels !== undefined) this.#registry.setDefaultLabels({...options.labels});
    if (options.processDefaults) collectDefaultMetrics({register: this.#registry});
    this.#collectFailures = this.counter({name: 'scrape_collect_failures_total', help: 'Collect callbacks that threw during a scrape'});
  }

  /** Content type of what `render` returns. */
  get contentType(): string {
    return this.#registry.contentType;
  }

  counter(options: MetricOptions): Counter {
    return this.#once('counter', options, [], () => this.#newCounter(this.#promCounter(options, []), {}));
  }

  gauge(options: MetricOptions): Gauge {
    return this.#once('gauge', options, [], () => this.#newGauge(this.#promGauge(options, []), {}));
  }

  histogram(options: HistogramOptions): Histogram {
    return this.#once('histogram', options, [], (): Histogram => {
      const prom = this.#promHistogram(options, []);
      return {observe: (value) => prom.observe(value)};
    });
  }

  counterFamily(options: MetricOptions & {readonly labels: readonly string[]}): Family<Counter> {
    return this.#once('counter', options, options.labels, () => {
      const prom = this.#promCounter(options, options.labels);
      return new BoundedFamily(options.labels, this.#familyChildrenMax, (labels): Counter => this.#newCounter(prom, labels));
    });
  }

  gaugeFamily(options: MetricOptions & {readonly labels: readonly string[]}): Family<Gauge> {
    return this.#once('gauge', options, options.labels, () => {
      const prom = this.#promGauge(options, options.labels);
      return new BoundedFamily(options.labels, this.#familyChildrenMax, (labels): Gauge => this.#newGauge(prom, labels));
    });
  }

  histogramFamily(options: HistogramOptions & {readonly labels: readonly string[]}): Family<Histogram> {
    return this.#once('histogram', options, options.labels, () => {
      const prom = this.#promHistogram(options, options.labels);
      return new BoundedFamily(options.labels, this.#familyChildrenMax, (labels): Histogram => {
        const child = prom.labels(labels);
        return {observe: (value) => child.observe(value)};
      });
    });
  }

  onCollect(collect: () => void): void {
    this.#collects.push(collect);
  }

  /** The scrape: the text exposition format of everything registered. A collect callback that throws is counted and left out. */
  render(): Promise<string> {
    for (const collect of this.#collects) {
      try {
        collect();
      } catch {
        this.#collectFailures.add(1);
      }
    }
    for (const flush of this.#flushes) flush();
    return this.#registry.metrics();
  }

  #once<Metric>(kind: Kind, options: MetricOptions, labels: readonly string[], make: () => Metric): Metric {
    const found = this.#registered.get(options.name);
    if (found !== undefined) {
      assert(found.kind === kind && found.labels.join() === labels.join(), 'metric registered twice with different shapes', {name: options.name});
      return found.metric as Metric;
    }
    const metric = make();
    this.#registered.set(options.name, {kind, labels, metric});
    return metric;
  }

  #newCounter(prom: PromCounter, labels: LabelValues): Counter {
    const counter = new PendingCounter((amount) => prom.inc({...labels}, amount));
    this.#flushes.push(() => counter.flush());
    return counter;
  }

  #newGauge(prom: PromGauge, labels: LabelValues): Gauge {
    const gauge = new PendingGauge((value) => prom.set({...labels}, value));
    this.#flushes.push(() => gauge.flush());
    return gauge;
  }

  #promCounter(options: MetricOptions, labels: readonly string[]): PromCounter {
    return new PromCounter({name: PREFIX + options.name, help: options.help, labelNames: [...labels], registers: [this.#registry]});
  }

  #promGauge(options: MetricOptions, labels: readonly string[]): PromGauge {
    return new PromGauge({name: PREFIX + options.name, help: options.help, labelNames: [...labels], registers: [this.#registry]});
  }

  #promHistogram(options: HistogramOptions, labels: readonly string[]): PromHistogram {
    return new PromHistogram({
      name: PREFIX + options.name, help: options.help, labelNames: [...labels], buckets: [...options.buckets], registers: [this.#registry],
    });
  }
}
