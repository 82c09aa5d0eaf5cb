import type {Experiment} from './experiment.js';
import {atLeast, atMost, errorCount, measure, near, percent, throttledRatio, windowOf} from './findings.js';
import {PUT, load, provisionedTable, steps, workload} from './loads.js';

const LEVELS = [700, 900, 1_100, 1_500];
const SECONDS = 480;
const HOT_FROM = 800;
const nameOf = (level: number): string => `level-${level}`;

export const splitTimeLine: Experiment = {
  number: 10, name: 'split-time-line', title: 'The time line of a split for heat',
  expectation: 'Even load over half of a partition\'s keys: below the threshold nothing happens; above it the load is noticed after the sustained time, cut where it is halved, copied, and handed over with a few requests held back and none failed.',
  remarks: 'The threshold here is 80 % of the ceiling: 900 writes a second split, 700 do not. The keys are sort keys of one collection, whose other half is never asked.',
  isLive: true,
  cases: ({seed, scale, isLive}) => LEVELS.map((level) => ({
    name: nameOf(level), settings: {},
    workload: workload(`split-${level}`, `${level} writes a second, evenly over half of a partition`, seed, provisionedTable(100 * scale, 2_000 * scale, {hasSortKey: true, partitionCount: 1}), [load({
      name: 'puts', keys: {kind: 'hot-collection', hotShare: 1, sortKeyCount: 5_000_000, firstSortKey: 0, keyCount: 1, firstKey: 0}, operation: PUT, phases: steps(isLive ? 120 : SECONDS, [level * scale]),
    })]),
  })),
  judge: (outcome) => LEVELS.flatMap((level) => {
    const record = outcome.record(nameOf(level));
    const {splitSustainSeconds, copyBytesPerSecond, partitionSizeBytes, splitPauseMs} = outcome.settings;
    if (outcome.isLive) return [atMost(`${level}/s: failed`, errorCount(record, windowOf(0, 120)), 0, 'requests')];
    const end = windowOf(SECONDS - 120, SECONDS);
    if (level < HOT_FROM) return [atMost(`${level}/s: cuts`, measure(record, 'splits'), 0, 'cuts')];
    const copySeconds = partitionSizeBytes / 2 / copyBytesPerSecond + splitPauseMs / 1000;
    return [
      atLeast(`${level}/s: cuts`, measure(record, 'splits'), 1, 'cuts'),
      near(`${level}/s: from hot to advice`, measure(record, 'split1.advisedAtSecond') - measure(record, 'split1.hotSinceSecond'), splitSustainSeconds, 5, 's'),
      near(`${level}/s: from advice to both halves`, measure(record, 'split1.doneAtSecond') - measure(record, 'split1.advisedAtSecond'), copySeconds, 5, 's'),
      near(`${level}/s: load below the cut`, measure(record, 'split1.belowRatio') * 100, 50, 20, '%'),
      atLeast(`${level}/s: requests held during hand-over`, measure(record, 'split1.heldRequests'), level * outcome.scale < 1_000 ? 0 : 1, 'requests'),
      atMost(`${level}/s: failed`, errorCount(record, windowOf(0, SECONDS)), 0, 'requests'),
      atMost(`${level}/s: throttled at the end`, percent(throttledRatio(record, 0, end)), 1, '%'),
    ];
  }),
};
