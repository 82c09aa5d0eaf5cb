import {nullMetrics} from '@murmuration/base';
import type {Counter, LabelValues, MetricRegistry} from '@murmuration/base';
import type {Probes} from './probes.js';

/** Labels whose values are names that a run draws: they would make one probe into many. */
const UNBOUNDED_LABELS: ReadonlySet<string> = new Set(['table', 'index', 'node', 'peer']);

/**
 * A registry in which each counter is a probe, by its name and labels: production code counts its rare branches for
 * operators anyway, so a run tells which of them it reached. Gauges and histograms are not kept.
 */
export function probeMetrics(probes: Probes): MetricRegistry {
  const counter = (name: string): Counter => ({
    add: (amount) => {
      if (amount > 0) probes.hit(name, amount);
    },
  });
  return {
    ...nullMetrics,
    counter: ({name}) => counter(`metric/${name}`),
    counterFamily: ({name, labels}) => {
      const kept = labels.filter((label) => !UNBOUNDED_LABELS.has(label));
      const children = new Map<string, Counter>();
      return {
        with: (values: LabelValues) => {
          const text = ['metric', name, ...kept.map((label) => values[label] ?? '')].join('/');
          let child = children.get(text);
          if (child === undefined) {
            child = counter(text);
            children.set(text, child);
          }
          return child;
        },
      };
    },
  };
}
