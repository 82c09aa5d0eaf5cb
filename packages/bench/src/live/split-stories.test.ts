// Goal: what the admin API tells of splits becomes the numbers that verdicts ask for. Method: documents made by hand.
import type {PartitionSeries} from '../run-record.js';
import {Redundancy} from './redundancy.js';
import {SplitStories} from './split-stories.js';
import type {SeenSplit} from './split-stories.js';

const START_MS = 1_000_000;
const split = (overrides: Partial<SeenSplit>): SeenSplit => ({
  job: 1, partition: 17, child: 20, cause: 'heat', state: 'done', startedAtMs: START_MS + 30_000, updatedAtMs: START_MS + 30_400, phasesMs: {detect: 10_000, pause: 7}, heldCount: 3, ...overrides,
});
const series = (id: number, firstSecond: number, units: number): PartitionSeries => ({
  partition: String(id), index: null, keyFrom: 0, keyUntil: 1, firstSecond, readUnits: Array.from({length: 60 - firstSecond}, () => 0), writeUnits: Array.from({length: 60 - firstSecond}, () => units), readUnitsMax: 300, writeUnitsMax: 100,
});

test('a split that is done has its times in seconds of the run, and the balance of its halves', () => {
  const stories = new SplitStories();
  stories.learnSplits([split({state: 'running'})]);
  stories.learnSplits([split({})]);
  expect(stories.measures(START_MS, [series(17, 0, 30), series(20, 31, 10)])).toEqual({
    'splits': 1, 'split1.hotSinceSecond': 20, 'split1.advisedAtSecond': 30, 'split1.doneAtSecond': 30.4, 'split1.pausedMs': 7, 'split1.heldRequests': 3, 'split1.belowRatio': 0.75,
  });
});
test('splits that are under way or had another cause do not count, and reasons against a cut count by look', () => {
  const stories = new SplitStories();
  stories.learnSplits([split({state: 'running'}), split({job: 2, cause: 'operator'})]);
  for (let look = 0; look < 3; look += 1) stories.learnHeat([{id: 17, advice: {kind: 'none', reason: 'keys-come-in-order'}}, {id: 18, advice: null}, {id: 19, advice: {kind: 'split'}}]);
  expect(stories.measures(START_MS, [])).toEqual({'splits': 0, 'noSplit.keys-come-in-order': 3});
});

describe('redundancy', () => {
  const look = (redundancy: Redundancy, atMs: number, leaderIndex: number, other: number | null): void => {
    redundancy.look([{id: 17, replicas: [{node: 'a1', state: 'leader', appliedIndex: leaderIndex}, {node: 'b1', state: other === null ? 'unknown' : 'follower', appliedIndex: other}]}], atMs);
  };
  test('is never told where nothing was missing, though followers are behind by what is on its way', () => {
    const redundancy = new Redundancy();
    look(redundancy, 0, 10, 5);
    look(redundancy, 1_000, 20, 12);
    look(redundancy, 2_000, 30, 20);
    expect(redundancy.wholeAgainAtMs).toBeUndefined();
  });
  test('is there again when a lost replica has what its leader had at the look before', () => {
    const redundancy = new Redundancy();
    look(redundancy, 0, 10, 10);
    look(redundancy, 1_000, 20, null);
    look(redundancy, 2_000, 30, 12);
    expect(redundancy.wholeAgainAtMs).toBeUndefined();
    look(redundancy, 3_000, 40, 30);
    look(redundancy, 4_000, 50, 40);
    expect(redundancy.wholeAgainAtMs).toBe(3_000);
  });
});
