import {assert} from '@murmuration/base';

/**
 * Hybrid logical clock in one safe integer: wall milliseconds times 1,024 plus a counter. 2^53 / 1,024 milliseconds
 * reach to the year 2248. More than 1,024 writes in a millisecond simply run into the next one.
 * @see Kulkarni et al., "Logical Physical Clocks" (2014)
 */
const TICKS_PER_MS = 1024;

/** The next time: after `last`, and not before the wall clock. A wall clock that jumps back changes nothing. */
export function nextHlc(last: number, wallMs: number): number {
  const next = Math.max(last + 1, Math.floor(wallMs) * TICKS_PER_MS);
  assert(Number.isSafeInteger(next), 'hybrid logical clock ran out', {last, wallMs});
  return next;
}

/** @returns the wall milliseconds a time stands for */
export function hlcToWallMs(hlc: number): number {
  return Math.floor(hlc / TICKS_PER_MS);
}
