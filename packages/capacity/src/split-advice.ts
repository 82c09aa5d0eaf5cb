import {assert, compareBytes, prefixEnd} from '@murmuration/base';
import type {KeySample} from './key-samples.js';

export interface SplitQuestion {
  /** Ascending, as KeySamples gives them. */
  readonly samples: readonly KeySample[];
  /** Of KeySamples. */
  readonly monotonicRatio: number;
  /** Load over the time of the samples, as a part of the partition's ceiling: the larger of reads and writes. */
  readonly loadRatio: number;
  /** Ends of the partition: a cut lies between them. */
  readonly from: Uint8Array;
  readonly until: Uint8Array;
  /** Bytes of a stored key that all items of one partition key share at least: kind, table, index and token. */
  readonly collectionPrefixSizeBytes: number;
  /** The table has local indexes: no collection is cut. */
  readonly keepsCollections: boolean;
}

/** Why no cut would help, or none is needed. */
export type NoSplitReason = 'load-is-low' | 'too-few-samples' | 'one-item-takes-the-load' | 'keys-come-in-order' | 'collection-stays-whole';
export type SplitAdvice =
  | {readonly kind: 'split'; readonly at: Uint8Array; readonly belowRatio: number}
  | {readonly kind: 'none'; readonly reason: NoSplitReason};

/** Sustained load from this part of the ceiling on is worth a split. */
export const SPLIT_LOAD_RATIO = 0.8;
const SAMPLES_MIN = 16;
const MONOTONIC_RATIO = 0.5;
/** A half with less than this part of the load is no relief. */
const SMALLEST_HALF_RATIO = 1 / 16;

/**
 * Where to cut a hot partition: the key at which the load, not the data, is halved; inside an item collection where one
 * takes the load. An item that takes most of it is cut off from its neighbours until it is alone. Nothing is cut for
 * keys that come in rising or falling order, since all load would follow into one half; for an item that is alone
 * already; or through a collection of a table with local indexes.
 */
export function adviseSplit(question: SplitQuestion): SplitAdvice {
  const {samples, loadRatio, monotonicRatio, keepsCollections, collectionPrefixSizeBytes: prefixSize} = question;
  if (loadRatio < SPLIT_LOAD_RATIO) return {kind: 'none', reason: 'load-is-low'};
  const total = samples.reduce((sum, {halfUnits}) => sum + halfUnits, 0);
  const first = samples[0];
  if (first === undefined || total < SAMPLES_MIN) return {kind: 'none', reason: 'too-few-samples'};
  if (samples.length === 1) return alone(question, first.key);
  if (monotonicRatio > MONOTONIC_RATIO) return {kind: 'none', reason: 'keys-come-in-order'};
  let best: {at: Uint8Array; below: number} | undefined;
  let below = 0;
  let before: Uint8Array | undefined;
  for (const {key, halfUnits} of samples) {
    const at = before === undefined ? undefined : borderBetween(before, key, prefixSize, keepsCollections);
    const isCloser = best === undefined || Math.abs(below - total / 2) < Math.abs(best.below - total / 2);
    if (at !== undefined && isInside(at, question) && isCloser) best = {at, below};
    below += halfUnits;
    before = key;
  }
  if (best === undefined) return {kind: 'none', reason: keepsCollections ? 'collection-stays-whole' : 'one-item-takes-the-load'};
  const belowRatio = best.below / total;
  if (Math.min(belowRatio, 1 - belowRatio) >= SMALLEST_HALF_RATIO) return {kind: 'split', at: best.at, belowRatio};
  const hottest = samples.reduce((most, sample) => (sample.halfUnits > most.halfUnits ? sample : most), first);
  // Its neighbours are cold but there: they suffer from its throttles, so it is cut off, one side at a time.
  return keepsCollections ? {kind: 'none', reason: 'collection-stays-whole'} : alone(question, hottest.key);
}

/** Cuts right before or right behind an item, if there is room for anything on that side. */
function alone(question: SplitQuestion, key: Uint8Array): SplitAdvice {
  if (question.keepsCollections) return {kind: 'none', reason: 'collection-stays-whole'};
  // Rows beside the item begin with its key, so behind the item is where they end.
  const behind = prefixEnd(key);
  assert(behind !== undefined, 'stored keys have an end');
  const below = question.samples.reduce((sum, sample) => (compareBytes(sample.key, key) < 0 ? sum + sample.halfUnits : sum), 0);
  const total = question.samples.reduce((sum, {halfUnits}) => sum + halfUnits, 0);
  const upTo = question.samples.reduce((sum, sample) => (compareBytes(sample.key, key) <= 0 ? sum + sample.halfUnits : sum), 0);
  if (isInside(key, question) && (below > 0 || upTo === total)) return {kind: 'split', at: key, belowRatio: below / total};
  if (isInside(behind, question)) return {kind: 'split', at: behind, belowRatio: upTo / total};
  return {kind: 'none', reason: 'one-item-takes-the-load'};
}

/** The border between two sampled keys: a token border where there is one, so that collections stay whole. */
function borderBetween(before: Uint8Array, key: Uint8Array, prefixSize: number, keepsCollections: boolean): Uint8Array | undefined {
  const prefix = key.subarray(0, prefixSize);
  if (compareBytes(prefix, before.subarray(0, prefixSize)) !== 0) return prefix.slice();
  return keepsCollections ? undefined : key;
}
function isInside(at: Uint8Array, {from, until}: SplitQuestion): boolean {
  return compareBytes(from, at) < 0 && compareBytes(at, until) < 0;
}
