import type {Experiment} from './experiment.js';
import {acceptedPerSecond, atLeast, atMost, exactly, measure, near, percent, reasons, throttledRatio, windowOf} from './findings.js';
import {PUT, load, provisionedTable, steps, workload} from './loads.js';

const RATE = 2_000;
const SECONDS = 900;
const END = windowOf(SECONDS - 180, SECONDS);
const CASES = [{name: 'one-collection', collectionCount: 1}, {name: 'eight-collections', collectionCount: 8}] as const;

export const monotonic: Experiment = {
  number: 5, name: 'monotonic', title: 'Sort keys in the order of time',
  expectation: 'Writes whose sort key is the time all go to the end of their collection: 1,000 a second pass, and no cut would help, so none is made. With a suffix that spreads them over eight partition keys all pass.',
  remarks: '',
  isLive: false,
  cases: ({seed, scale}) => CASES.map(({name, collectionCount}) => ({
    name, settings: {},
    workload: workload(`monotonic-${name}`, `Rising sort keys in ${collectionCount === 1 ? 'one collection' : 'eight collections'}, 2,000 puts a second`, seed, provisionedTable(100 * scale, 2_400 * scale, {hasSortKey: true}), [
      load({name: 'puts', keys: {kind: 'monotonic', collectionCount, firstKey: 0}, operation: PUT, phases: steps(SECONDS, [RATE * scale])}),
    ]),
  })),
  judge: (outcome) => {
    const one = outcome.record('one-collection');
    const eight = outcome.record('eight-collections');
    return [
      near('one collection: puts', acceptedPerSecond(one, 0, END), 1_000 * outcome.scale, 1, 'puts/s'),
      exactly('one collection: the reason', reasons(one, END).join(' '), 'TableWriteKeyRangeThroughputExceeded'),
      atMost('one collection: cuts', measure(one, 'splits'), 0, 'cuts'),
      atLeast('one collection: suppressed as keys-come-in-order', measure(one, 'noSplit.keys-come-in-order'), 1, 'times'),
      near('eight collections: puts', acceptedPerSecond(eight, 0, END), RATE * outcome.scale, 2, 'puts/s'),
      atMost('eight collections: throttled at the end', percent(throttledRatio(eight, 0, END)), 1, '%'),
    ];
  },
};
