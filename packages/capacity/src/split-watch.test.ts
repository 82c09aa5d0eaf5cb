// Goal: what is advised about a hot partition, when, and from which keys.
import {KeySamples} from './key-samples.js';
import {SplitWatch} from './split-watch.js';
import type {SampledKeys, WatchedPartition} from './split-watch.js';

const SETTINGS = {splitForHeat: 'on', splitLoadRatio: 0.8, splitSustainSeconds: 3} as const;
const PARTITION: WatchedPartition = {from: new Uint8Array([0]), until: new Uint8Array([255]), epoch: 1, hasLocalIndexes: false, collectionPrefixSizeBytes: 1};

class Keys implements SampledKeys {
  readonly samples = new KeySamples();
  sampledCount = 0;
  restartCount = 0;
  /** Keys in no order, half of them below 128. */
  load(count: number): void {
    for (let i = 0; i < count; i += 1) this.samples.add(new Uint8Array([1 + ((i * 101) % 250)]), 1);
    this.sampledCount += count;
  }
  restart(): void {
    this.samples.clear();
    this.sampledCount = 0;
    this.restartCount += 1;
  }
}

describe('the watch over a hot partition', () => {
  it('advises a cut when load was much for the time asked for, and tells since when', () => {
    const watch = new SplitWatch();
    const keys = new Keys();
    for (const nowMs of [1_000, 2_000]) {
      expect(watch.second(1, keys, PARTITION, SETTINGS, nowMs)).toBeUndefined();
      keys.load(50);
    }
    const advice = watch.second(1, keys, PARTITION, SETTINGS, 3_000);
    expect(advice).toMatchObject({kind: 'split', hotSinceMs: 0, advisedAtMs: 3_000});
    expect(watch.advice).toBe(advice);
    // Once when it got hot, once for the next advice.
    expect(keys.restartCount).toBe(2);
  });
  it('waits for keys where few requests cost much', () => {
    const watch = new SplitWatch();
    const keys = new Keys();
    for (let second = 1; second <= 9; second += 1) expect(watch.second(1, keys, PARTITION, SETTINGS, second * 1_000)).toBeUndefined();
    keys.load(40);
    expect(watch.second(1, keys, PARTITION, SETTINGS, 10_000)).toMatchObject({kind: 'split', hotSinceMs: 0});
  });
  it('begins anew after a cut, and forgets advice with the load, but not where somebody may be about to cut', () => {
    const watch = new SplitWatch();
    const keys = new Keys();
    const second = (loadRatio: number, epoch: number, nowMs: number): unknown => {
      keys.load(50);
      return watch.second(loadRatio, keys, {...PARTITION, epoch}, SETTINGS, nowMs);
    };
    second(1, 1, 1_000);
    second(1, 1, 2_000);
    const advice = second(1, 1, 3_000) as {readonly at: Uint8Array};
    expect(second(1, 2, 4_000)).toBeUndefined();
    expect(watch.hotSinceMs).toBe(3_000);
    second(0, 2, 5_000);
    expect(watch.isHot).toBe(false);
    expect(watch.advice).toBeUndefined();
    expect(watch.adviceFor(advice.at)).toBe(advice);
  });
  it('says nothing where it is switched off', () => {
    const watch = new SplitWatch();
    const keys = new Keys();
    keys.load(100);
    for (let second = 1; second <= 9; second += 1) expect(watch.second(2, keys, PARTITION, {...SETTINGS, splitForHeat: 'off'}, second * 1_000)).toBeUndefined();
    expect(watch.isHot).toBe(false);
  });
});
