import type {Experiment} from './experiment.js';
import {atLeast, atMost, errorCount, judgesCuts, measure, near, percent, throttledRatio, windowOf} from './findings.js';
import {PUT, load, provisionedTable, steps, workload} from './loads.js';

const LEVELS = [700, 900, 1_100, 1_500];
const HOT_FROM = 800;
/** How long, and the part at the end in which nothing is throttled any more. */
const timesOf = (isLive: boolean): {readonly seconds: number; readonly endSeconds: number} => (isLive ? {seconds: 48, endSeconds: 20} : {seconds: 480, endSeconds: 120});
/** A live cut copies nothing; the control plane orders it, and the map that shows both halves is told to all. */
const LIVE_CUT_SECONDS_MAX = 5;
/** Leaders look once a second. */
const LIVE_LOOK_SECONDS = 1.5;
const nameOf = (level: number): string => `level-${level}`;

export const splitTimeLine: Experiment = {
  number: 10, name: 'split-time-line', title: 'The time line of a split for heat',
  expectation: 'Even load over half of a partition\'s keys: below the threshold nothing happens; above it the load is noticed after the sustained time, cut where it is halved, copied, and handed over with a few requests held back and none failed.',
  remarks: 'The threshold here is 80 % of the ceiling: 900 writes a second split, 700 do not. The keys are sort keys of one collection, whose other half is never asked.',
  isLive: true,
  isSideBySide: true,
  cases: ({seed, scale, isLive}) => LEVELS.map((level) => ({
    name: nameOf(level), settings: {},
    workload: workload(`split-${level}`, `${level} writes a second, evenly over half of a partition`, seed, provisionedTable(100 * scale, 2_000 * scale, {hasSortKey: true, partitionCount: 1, ...(isLive ? {name: `Experiment-${level}`} : {})}), [load({
      name: 'puts', keys: {kind: 'hot-collection', hotShare: 1, sortKeyCount: 5_000_000, firstSortKey: 0, keyCount: 1, firstKey: 0}, operation: PUT, phases: steps(timesOf(isLive).seconds, [level * scale]),
    })]),
  })),
  judge: (outcome) => LEVELS.flatMap((level) => {
    const {isLive, scale} = outcome;
    const record = outcome.record(nameOf(level));
    const {splitSustainSeconds, copyBytesPerSecond, partitionSizeBytes, splitPauseMs} = outcome.settings;
    const {seconds, endSeconds} = timesOf(isLive);
    const failed = atMost(`${level}/s: failed`, errorCount(record, windowOf(0, seconds)), 0, 'requests');
    if (!judgesCuts(outcome, record)) return [failed];
    const end = windowOf(seconds - endSeconds, seconds);
    if (level < HOT_FROM) return [atMost(`${level}/s: cuts`, measure(record, 'splits'), 0, 'cuts'), ...(isLive ? [failed] : [])];
    const cutSeconds = measure(record, 'split1.doneAtSecond') - measure(record, 'split1.advisedAtSecond');
    return [
      atLeast(`${level}/s: cuts`, measure(record, 'splits'), 1, 'cuts'),
      near(`${level}/s: from hot to advice`, measure(record, 'split1.advisedAtSecond') - measure(record, 'split1.hotSinceSecond'), splitSustainSeconds, 5, 's', isLive ? LIVE_LOOK_SECONDS : 0),
      isLive
        ? atMost(`${level}/s: from advice to both halves`, cutSeconds, LIVE_CUT_SECONDS_MAX, 's')
        : near(`${level}/s: from advice to both halves`, cutSeconds, partitionSizeBytes / 2 / copyBytesPerSecond + splitPauseMs / 1000, 5, 's'),
      near(`${level}/s: load below the cut`, measure(record, 'split1.belowRatio') * 100, 50, 20, '%'),
      atLeast(`${level}/s: requests held during hand-over`, measure(record, 'split1.heldRequests'), level * scale < 1_000 ? 0 : 1, 'requests'),
      failed,
      atMost(`${level}/s: throttled at the end`, percent(throttledRatio(record, 0, end)), 1, '%'),
    ];
  }),
};
