// Heat: sketches keep their stated bounds, histories their memory, and split advice its promises.
import {compareBytes, utf8Encode} from '@murmuration/base';
import fc from 'fast-check';
import {HEAT_HISTORY_BYTES, HeatHistory} from './heat-history.js';
import {HeavyHitters} from './heavy-hitters.js';
import {KeySamples} from './key-samples.js';
import {adviseSplit} from './split-advice.js';
import type {SplitQuestion} from './split-advice.js';
import {TokenHistogram} from './token-histogram.js';

test('heavy hitters are never missed, and counts are off by at most the stated error', () => {
  fc.assert(fc.property(fc.array(fc.tuple(fc.integer({min: 0, max: 40}), fc.integer({min: 1, max: 9})), {maxLength: 400}), fc.integer({min: 1, max: 20}), (uses, slotsMax) => {
    const sketch = new HeavyHitters(slotsMax);
    const truth = new Map<string, number>();
    for (const [key, amount] of uses) {
      sketch.add(`k${key}`, amount);
      truth.set(`k${key}`, (truth.get(`k${key}`) ?? 0) + amount);
    }
    const found = new Map(sketch.top(slotsMax).map((hitter) => [hitter.key, hitter]));
    for (const [key, count] of truth) if (count > sketch.errorMax) expect(found.has(key)).toBe(true);
    for (const {key, count, countError} of found.values()) {
      const real = truth.get(key) ?? 0;
      expect(count).toBeGreaterThanOrEqual(real);
      expect(count - countError).toBeLessThanOrEqual(real);
      expect(countError).toBeLessThanOrEqual(sketch.errorMax);
    }
  }));
});

test('a day of load fits in the stated memory and is seen in the tier that reaches so far', () => {
  expect(HEAT_HISTORY_BYTES).toBe(20_880);
  expect(3_200 * HEAT_HISTORY_BYTES).toBeLessThanOrEqual(64 * 1024 * 1024);
  const history = new HeatHistory();
  for (let second = 0; second < 86_400; second += 600) history.add(2, 1, 0, second * 1000);
  const sum = history.cells(0, 86_399_000).reduce((total, {readHalfUnits}) => total + readHalfUnits, 0);
  expect(sum).toBe(288);
  history.add(5, 0, 1, 86_400_000);
  expect(history.cells(86_390_000, 86_400_000)).toEqual([{fromMs: 86_400_000, readHalfUnits: 5, writeHalfUnits: 0, throttleCount: 1}]);
});

test('a histogram counts every token somewhere', () => {
  const histogram = new TokenHistogram(0x4000_0000, 0x8000_0000, 4);
  for (const token of [0, 0x4000_0000, 0x5000_0000, 0x7fff_ffff, 0xffff_ffff]) histogram.add(token, 1);
  expect(histogram.bins()).toEqual([2, 1, 0, 2]);
});

const PREFIX = 4;
const keyOf = (text: string): Uint8Array => utf8Encode(text);
function question(uses: readonly (readonly [string, number])[], more: Partial<SplitQuestion> = {}): SplitQuestion {
  const samples = new KeySamples();
  for (const [text, halfUnits] of uses) samples.add(keyOf(text), halfUnits);
  return {
    samples: samples.sorted(), monotonicRatio: samples.monotonicRatio, loadRatio: 1, from: keyOf('0000'), until: keyOf('zzzz'),
    collectionPrefixSizeBytes: PREFIX, keepsCollections: false, ...more,
  };
}
const spread = ['hhhh', 'bbbb', 'pppp', 'cccc', 'mmmm', 'aaaa', 'ffff', 'kkkk', 'nnnn', 'dddd', 'gggg', 'eeee', 'jjjj', 'iiii', 'oooo', 'llll'].map((prefix) => [`${prefix}1`, 2] as const);

describe('split advice', () => {
  it('halves the load, not the data', () => {
    const advice = adviseSplit(question([...spread, ['bbbb1', 30]]));
    expect(advice).toMatchObject({kind: 'split', at: keyOf('cccc')});
    expect(advice.kind === 'split' && advice.belowRatio).toBeCloseTo(34 / 62, 1);
  });
  it('is silent while the load is low or unknown', () => {
    expect(adviseSplit(question(spread, {loadRatio: 0.5}))).toEqual({kind: 'none', reason: 'load-is-low'});
    expect(adviseSplit(question([['aaaa1', 2]]))).toEqual({kind: 'none', reason: 'too-few-samples'});
  });
  it('goes through a collection by sort key where one takes the load, unless local indexes keep it whole', () => {
    const collection = ['7', '2', '9', '4', '1', '8', '3', '6', '5'].map((sort) => [`aaaa${sort}`, 4] as const);
    expect(adviseSplit(question(collection))).toMatchObject({kind: 'split', at: keyOf('aaaa5')});
    expect(adviseSplit(question(collection, {keepsCollections: true}))).toEqual({kind: 'none', reason: 'collection-stays-whole'});
  });
  it('cuts a single hot item off until it is alone, and then not any more', () => {
    const uses = [['mmmm1', 50]] as const;
    const first = adviseSplit(question(uses));
    expect(first).toMatchObject({kind: 'split', at: keyOf('mmmm1')});
    const second = adviseSplit(question(uses, {from: keyOf('mmmm1')}));
    // Behind all that begins with its key, as rows beside it do.
    expect(second).toMatchObject({kind: 'split', at: keyOf('mmmm2')});
    expect(adviseSplit(question(uses, {from: keyOf('mmmm1'), until: keyOf('mmmm2')}))).toEqual({kind: 'none', reason: 'one-item-takes-the-load'});
  });
  it('does not follow keys that come in order', () => {
    const times = Array.from({length: 100}, (_none, i) => [`aaaa${String(1000 + i)}`, 2] as const);
    expect(adviseSplit(question(times))).toEqual({kind: 'none', reason: 'keys-come-in-order'});
    expect(adviseSplit(question([...times].reverse()))).toEqual({kind: 'none', reason: 'keys-come-in-order'});
  });
  it('names a key inside the partition or none, and the same one for the same load', () => {
    fc.assert(fc.property(fc.array(fc.tuple(fc.string({minLength: 5, maxLength: 7}), fc.integer({min: 1, max: 60})), {maxLength: 600}), fc.boolean(), (uses, keepsCollections) => {
      const asked = question(uses, {keepsCollections});
      const advice = adviseSplit(asked);
      expect(adviseSplit(question(uses, {keepsCollections}))).toEqual(advice);
      if (advice.kind === 'none') return;
      expect(compareBytes(asked.from, advice.at)).toBeLessThan(0);
      expect(compareBytes(advice.at, asked.until)).toBeLessThan(0);
    }));
  });
});
