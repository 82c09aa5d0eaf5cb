// What `murmur heat`, `hotkeys`, `splits` and `insights` print of what the admin API answers.
import type {HotKeyDocument, SplitDocument, TableHeat} from '@murmuration/server';
import {renderHeat, renderInsights, renderKeys, renderSplits} from './heat-commands.js';

const HEAT: TableHeat = {
  table: 'Music', fromMs: 990_000, untilMs: 1_000_500, cellMs: 1_000, missingNodes: ['c1'],
  partitions: [
    {
      id: 16, index: null, from: '10', until: '20', leader: 'a1', loadPercent: 91, readUnitsPerSecond: 0.5, writeUnitsPerSecond: 910, throttlesPerSecond: 12, hotSinceMs: 900_000, bins: [],
      advice: {kind: 'split', atHex: '18', belowPermille: 480, hotSinceMs: 900_000, advisedAtMs: 999_000}, cells: [{fromMs: 998_000, readUnits: 0, writeUnits: 5, throttles: 0}, {fromMs: 1_000_000, readUnits: 0, writeUnits: 10, throttles: 1}],
    },
    {
      id: 17, index: 'by-year', from: '20', until: '30', leader: null, loadPercent: 0, readUnitsPerSecond: 0, writeUnitsPerSecond: 0, throttlesPerSecond: 0, hotSinceMs: null, bins: [], cells: [],
      advice: {kind: 'none', reason: 'keys-come-in-order', hotSinceMs: 1, advisedAtMs: 2},
    },
  ],
};
const KEY: HotKeyDocument = {key: {pk: {S: 'Bach'}}, index: null, partition: 16, count: 6_000, countError: 60, percent: 42.5, overMs: 60_000};
const SPLIT: SplitDocument = {
  job: 4, table: 'Music', index: null, partition: 16, child: 20, cause: 'heat', state: 'done', startedAtMs: 5, updatedAtMs: 9, failure: null,
  phasesMs: {detect: 300_000, order: 60, choose: 0, count: 900, pause: 4, publish: 30}, heldCount: 7, movedOnCount: 3,
};

test('each partition has a line with its load, what is to be done, and a bar by time', () => {
  const text = renderHeat(HEAT);
  expect(text).toMatch(/16.*a1.*91 %.*0\.5.*910.*12.*advised, 48 % below.*▄ █/);
  expect(text).toMatch(/17.*by-year.*keys-come-in-order/);
  expect(text).toContain('not heard in full: c1');
});
test('keys are told by the second, with their share and their error', () => {
  expect(renderKeys({table: 'Music', cause: 'accessed', scope: 'item', missingNodes: [], keys: [KEY, {...KEY, key: null}]})).toMatch(/\{"pk":\{"S":"Bach"\}\}.*16.*100.*42\.5 %.*1\.0[\s\S]*unreadable/);
  expect(renderKeys({table: 'Music', cause: 'throttled', scope: 'item', missingNodes: [], keys: []})).toBe('no request was refused in the last two minutes\n');
});
test('splits are told with the time of each phase', () => {
  expect(renderSplits([SPLIT])).toMatch(/4.*Music.*16.*20.*heat.*done.*300000 ms.*60 ms.*0 ms.*900 ms.*4 ms.*30 ms.*7.*3/);
  expect(renderSplits([{...SPLIT, state: 'failed', failure: 'too few items', phasesMs: {}, heldCount: null, movedOnCount: null}])).toMatch(/failed: too few items/);
  expect(renderSplits([])).toBe('no split\n');
});
test('insights show the keys of each rule, or how to get them', () => {
  const insights = {table: 'Music', index: null, status: 'ENABLED', mode: 'ACCESSED_AND_THROTTLED_KEYS', rules: [{name: 'DynamoDBContributorInsights-PKC-Music-1', keys: [KEY]}, {name: 'DynamoDBContributorInsights-PKT-Music-1', keys: []}]};
  expect(renderInsights(insights)).toMatch(/ENABLED[\s\S]*PKC-Music-1[\s\S]*Bach[\s\S]*PKT-Music-1\nno key/);
  expect(renderInsights({...insights, status: 'DISABLED', mode: null, rules: []})).toContain('DISABLED. Switch them on with UpdateContributorInsights');
});
