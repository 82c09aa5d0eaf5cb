import type {Counter, EventSink, Family, Gauge, Histogram, MetricRegistry} from './ports.js';

/** Sinks that keep nothing: for benches, and for tests that look at results only. */
export const nullEvents: EventSink = {isEnabled: () => false, emit: () => undefined};

const counter: Counter = {add: () => undefined};
const gauge: Gauge = {set: () => undefined};
const histogram: Histogram = {observe: () => undefined};
const family = <Child>(child: Child): Family<Child> => ({with: () => child});
export const nullMetrics: MetricRegistry = {
  counter: () => counter,
  gauge: () => gauge,
  histogram: () => histogram,
  counterFamily: () => family(counter),
  gaugeFamily: () => family(gauge),
  histogramFamily: () => family(histogram),
  onCollect: () => undefined,
};
