import {storedKeyText} from '../partition-of-key.js';
import {chooseSplit} from './split-place.js';

const TABLE_ID = 7;
const texts = Array.from({length: 400}, (_, i) => storedKeyText(TABLE_ID, `item-${i}`)).sort();
const [low = '', quarter = ''] = [texts[0] ?? '', texts[100] ?? ''];
const high = 'g';

test('the widest partition is cut near the middle of its keys', () => {
  const place = chooseSplit(TABLE_ID, [{id: 1, from: low, until: quarter}, {id: 2, from: quarter, until: high}]);
  expect(place).toMatchObject({id: 2, from: quarter, until: high});
  const below = texts.filter((text) => text >= quarter && text < (place?.at ?? '')).length;
  expect(below).toBeGreaterThan(100);
  expect(below).toBeLessThan(200);
});

test('a partition that holds next to no keys is not cut', () => {
  expect(chooseSplit(TABLE_ID, [{id: 1, from: low, until: `${low}00`}])).toBeUndefined();
  expect(chooseSplit(TABLE_ID, [])).toBeUndefined();
});
