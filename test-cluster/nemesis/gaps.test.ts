import {longestGapMs, spreadOf} from './gaps.js';

test.each([
  ['between two entries within', [0, 10, 40, 50, 60], 5, 55, 30],
  ['that began before the span counts from its start', [0, 100, 110, 120], 50, 115, 50],
  ['that ends after the span counts to its end', [0, 10, 20, 300], 5, 100, 80],
  ['that never ends', [0, 10, 20], 5, 100, 80],
  ['where there is no entry at all', [], 5, 100, 95],
  ['outside does not count', [0, 500, 510, 520, 530, 900], 505, 525, 10],
])('the longest gap: %s', (_, times, from, until, expected) => {
  expect(longestGapMs(times, from, until)).toBe(expected);
});

test('a spread of one value is that value, and a percentile is a value that occurred', () => {
  expect(spreadOf([7])).toEqual({count: 1, p50: 7, p99: 7, max: 7});
  expect(spreadOf(Array.from({length: 100}, (_, i) => i + 1))).toEqual({count: 100, p50: 50, p99: 99, max: 100});
  expect(spreadOf([])).toEqual({count: 0, p50: 0, p99: 0, max: 0});
});
