import {assert} from '@murmuration/base';
import {KEPT_SHARE_RATIO} from './given-share.js';
import {evenShare} from './token-rate.js';
import type {MilliRate} from './token-rate.js';

/** What one partition was asked for in the last interval, throttled requests included. */
export interface PartitionDemand {
  readonly partition: number;
  readonly askedHalfUnits: number;
}

/** A partition that needs less than its even share keeps this much more than it was asked for, so that it may grow before it is looked at again; and never less than `KEPT_SHARE_RATIO` of it. */
const HEADROOM_RATIO = 1.25;

/**
 * Adaptive sharing: who asks for more than an even share gets what others of the table leave, in proportion to what they
 * lack. Shares always add up to the table's rate exactly; without a partition that lacks something all are even again.
 * @param demands of every partition of the table, in key order
 * @param intervalMs over which they were asked for so much
 * @returns shares by position
 */
export function adaptiveShares(rate: MilliRate, demands: readonly PartitionDemand[], intervalMs: number): readonly MilliRate[] {
  assert(intervalMs > 0 && demands.length > 0, 'shares are made for partitions over an interval');
  const count = demands.length;
  const even = demands.map((_demand, i) => evenShare(rate, i, count));
  const wanted = demands.map(({askedHalfUnits}) => Math.ceil((askedHalfUnits * 1_000_000) / intervalMs));
  const lacking = wanted.map((want, i) => Math.max(0, Math.ceil(want * HEADROOM_RATIO) - (even[i] as number)));
  const isHot = wanted.map((want, i) => want > (even[i] as number));
  if (!isHot.includes(true)) return even;
  const kept = even.map((share, i) => (isHot[i] === true ? share : Math.min(share, Math.max(Math.ceil((wanted[i] as number) * HEADROOM_RATIO), Math.ceil(share * KEPT_SHARE_RATIO)))));
  const spare = rate - kept.reduce((sum, share) => sum + share, 0);
  const lackingSum = lacking.reduce((sum, lack, i) => sum + (isHot[i] === true ? lack : 0), 0);
  let left = spare;
  const shares = kept.map((share, i) => {
    if (isHot[i] !== true) return share;
    const boost = Math.floor(spare * ((lacking[i] as number) / lackingSum));
    left -= boost;
    return share + boost;
  });
  // What does not divide goes to the first hot one, or comes from it when the fractions were rounded up.
  const first = isHot.indexOf(true);
  shares[first] = (shares[first] as number) + left;
  return shares;
}
