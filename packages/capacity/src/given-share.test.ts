// Goal: what a leader may use of shared throughput when the control plane falls silent, and when it has just begun to lead.
import {EVEN_SHARE_AFTER_MS, GIVEN_SHARE_MS, GivenShare} from './given-share.js';

const EVEN = 1_000;

describe('a share that was given', () => {
  it('above an even one ends before one below it does', () => {
    const [boosted, lowered] = [new GivenShare(), new GivenShare()];
    boosted.give(3_000, 0);
    lowered.give(200, 0);
    expect([boosted.at(EVEN, GIVEN_SHARE_MS - 1).gainRate, lowered.at(EVEN, GIVEN_SHARE_MS - 1).gainRate]).toEqual([3_000, 200]);
    expect([boosted.at(EVEN, GIVEN_SHARE_MS).gainRate, lowered.at(EVEN, GIVEN_SHARE_MS).gainRate]).toEqual([EVEN, 200]);
    expect([boosted.at(EVEN, EVEN_SHARE_AFTER_MS).gainRate, lowered.at(EVEN, EVEN_SHARE_AFTER_MS).gainRate]).toEqual([EVEN, EVEN]);
  });
  it('is waited for by a new leader, whose bucket is large but gains only what each partition keeps', () => {
    const share = new GivenShare();
    share.begin(false, 100);
    expect(share.at(EVEN, 100)).toEqual({rate: EVEN, gainRate: 100});
    share.give(700, 600);
    expect(share.at(EVEN, 600)).toEqual({rate: 700, gainRate: 700});
    share.begin(false, 1_000);
    expect(share.at(EVEN, 999 + EVEN_SHARE_AFTER_MS).gainRate).toBe(100);
    expect(share.at(EVEN, 1_000 + EVEN_SHARE_AFTER_MS).gainRate).toBe(EVEN);
  });
  it('is not waited for where there was nobody before', () => {
    const share = new GivenShare();
    share.begin(true, 0);
    expect(share.at(EVEN, 0)).toEqual({rate: EVEN, gainRate: EVEN});
  });
});
