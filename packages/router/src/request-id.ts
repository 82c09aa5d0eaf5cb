import type {Random} from '@murmuration/base';

/** 36^6 is the largest power of 36 below 2^32. */
const DIGITS_PER_DRAW = 6;
const DRAW_UNTIL = 36 ** DIGITS_PER_DRAW;
const REQUEST_ID_LENGTH = 52;

/** An id in the service's form: 52 of `[0-9A-Z]`. */
export function makeRequestId(random: Random): string {
  let id = '';
  while (id.length < REQUEST_ID_LENGTH) id += random.below(DRAW_UNTIL).toString(36).padStart(DIGITS_PER_DRAW, '0');
  return id.slice(0, REQUEST_ID_LENGTH).toUpperCase();
}
