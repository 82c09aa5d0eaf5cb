// Goal: every preset is a workload that the reader takes, and what is wrong in a file is told with its place.
import {arrivals} from './arrivals.js';
import {PRESET_DEFAULTS, PRESET_LIST, presetWorkload} from './presets.js';
import {checkWorkload, readWorkload} from './read-workload.js';
import {durationSeconds} from './workload-spec.js';

test.each(PRESET_LIST)('$name is a workload, lasts as long as asked, and asks for something', ({name}) => {
  const spec = presetWorkload(name, {...PRESET_DEFAULTS, seconds: 8, rateScale: 0.5})!;
  expect(readWorkload(JSON.stringify(spec))).toEqual(spec);
  expect(durationSeconds(spec)).toBeCloseTo(8);
  expect([...arrivals(spec)].length).toBeGreaterThan(100);
});
test('there is no preset of an unknown name', () => expect(presetWorkload('cold-key')).toBeUndefined());

test.each([
  [{format: 2}, 'format: must be 1'],
  [{seed: -1}, 'seed: must be a whole number'],
  [{table: {name: 'x'}}, 'table.name: must be 3 to 255'],
  [{streams: []}, 'streams: must be 1 to 32'],
  [{streams: [{...presetWorkload('uniform')!.streams[0], keys: {kind: 'zipf', keyCount: 5, firstKey: 0}}]}, 'streams[0].keys.theta'],
  [{streams: [{...presetWorkload('uniform')!.streams[0], keys: {kind: 'monotonic', collectionCount: 5, firstKey: 0}}]}, 'needs table.hasSortKey'],
  [{streams: [{...presetWorkload('uniform')!.streams[0], operations: []}]}, 'operations: must not be empty'],
  [{changes: [{kind: 'billing', atSecond: 3, billing: {mode: 'free'}}]}, 'changes[0].billing.mode'],
])('%j is refused with its place', (change, reason) => {
  expect(() => checkWorkload({...presetWorkload('uniform'), ...change})).toThrow(reason);
});
test('text that is not JSON is refused', () => expect(() => readWorkload('{')).toThrow('workload, file'));
