import type {LogIndex, Term} from '@murmuration/base';

/**
 * Marks the result of arithmetic on log indexes. Unchecked, because it stands in the hot path: what comes from outside
 * passes `toLogIndex` or the codec first, and sums of safe integers near zero stay safe.
 */
export function markIndex(value: number): LogIndex {
  return value as LogIndex;
}

/** The same for terms. */
export function markTerm(value: number): Term {
  return value as Term;
}
