import {validationError} from './errors.js';

/** Most significant decimal digits a number may have. */
export const NUMBER_DIGITS_MAX = 38;
/** Greatest power of ten of the leading digit: below 1e126. */
export const NUMBER_EXPONENT_MAX = 125;
/** Least power of ten of the leading digit: from 1e-130. */
export const NUMBER_EXPONENT_MIN = -130;

/** A number taken apart: ±digits[0].digits[1…] × 10^exponent. Zero has no digits. */
export interface Decimal {
  readonly isNegative: boolean;
  /** Significant digits without leading or trailing zeros; empty for zero. */
  readonly digits: string;
  /** Power of ten of the first digit; 0 for zero. */
  readonly exponent: number;
}

const DIGIT_0 = 48;
const DIGIT_9 = 57;
const DOT = 46;
const MINUS = 45;
const PLUS = 43;
/** Far beyond every limit, small enough to add to. */
const EXPONENT_CLAMP = 1_000_000_000;

/**
 * Brings a number to its one canonical text: plain notation, no exponent, no needless zeros, no minus zero.
 * @throws ModelError `ValidationException` when it is no number, too large, too small or too precise
 */
export function parseNumber(text: string): {readonly text: string} {
  if (isShortInteger(text)) return {text};
  return {text: formatDecimal(parseDecimal(text))};
}

/** Whether the text is already canonical for the commonest reason: a plain integer of at most 15 digits. */
function isShortInteger(text: string): boolean {
  const length = text.length;
  const from = text.charCodeAt(0) === MINUS ? 1 : 0;
  if (length === from || length > 15 + from) return false;
  const first = text.charCodeAt(from);
  if (first === DIGIT_0) return length === 1;
  for (let i = from; i < length; i += 1) {
    const code = text.charCodeAt(i);
    if (code < DIGIT_0 || code > DIGIT_9) return false;
  }
  return true;
}

/**
 * Reads a number in any accepted notation and checks the limits.
 * @throws ModelError `ValidationException`
 */
export function parseDecimal(text: string): Decimal {
  const length = text.length;
  if (length === 0) throw validationError('The parameter cannot be converted to a numeric value');
  let at = 0;
  let isNegative = false;
  const sign = text.charCodeAt(0);
  if (sign === MINUS || sign === PLUS) {
    isNegative = sign === MINUS;
    at = 1;
  }
  const mantissaFrom = at;
  let dotAt = -1;
  for (; at < length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === DOT && dotAt < 0) dotAt = at;
    else if (code < DIGIT_0 || code > DIGIT_9) break;
  }
  const mantissaUntil = at;
  const digitCount = mantissaUntil - mantissaFrom - (dotAt >= 0 ? 1 : 0);
  if (digitCount === 0) throw notNumeric(text);
  let exponent = 0;
  if (at < length) exponent = readExponent(text, at);
  const integerUntil = dotAt >= 0 ? dotAt : mantissaUntil;
  const all = dotAt >= 0
    ? text.slice(mantissaFrom, dotAt) + text.slice(dotAt + 1, mantissaUntil)
    : text.slice(mantissaFrom, mantissaUntil);
  let first = 0;
  while (first < all.length && all.charCodeAt(first) === DIGIT_0) first += 1;
  if (first === all.length) {
    // Zero keeps the scale it was written with, and only that is measured: 0e126 is refused, 0.0e126 is not.
    const scale = exponent - (mantissaUntil - integerUntil - (dotAt >= 0 ? 1 : 0));
    if (scale > NUMBER_EXPONENT_MAX) throw overflow();
    return {isNegative: false, digits: '', exponent: 0};
  }
  let last = all.length;
  while (all.charCodeAt(last - 1) === DIGIT_0) last -= 1;
  return checkDecimal({
    isNegative,
    digits: all.slice(first, last),
    exponent: integerUntil - mantissaFrom - 1 - first + exponent,
  });
}

function readExponent(text: string, from: number): number {
  const mark = text.charCodeAt(from);
  if (mark !== 101 && mark !== 69) throw notNumeric(text);
  let at = from + 1;
  const sign = text.charCodeAt(at);
  if (sign === MINUS || sign === PLUS) at += 1;
  if (at >= text.length) throw notNumeric(text);
  let value = 0;
  for (; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code < DIGIT_0 || code > DIGIT_9) throw notNumeric(text);
    value = Math.min(EXPONENT_CLAMP, value * 10 + (code - DIGIT_0));
  }
  return sign === MINUS ? -value : value;
}

/** Applies the limits of the service to a number taken apart. @throws ModelError `ValidationException` */
export function checkDecimal(decimal: Decimal): Decimal {
  if (decimal.digits === '') return decimal;
  if (decimal.exponent > NUMBER_EXPONENT_MAX) throw overflow();
  if (decimal.exponent < NUMBER_EXPONENT_MIN) {
    throw validationError('Number underflow. Attempting to store a number with magnitude smaller than supported range');
  }
  if (decimal.digits.length > NUMBER_DIGITS_MAX) {
    throw validationError('Attempting to store more than 38 significant digits in a Number');
  }
  return decimal;
}

/** @returns canonical text */
export function formatDecimal({isNegative, digits, exponent}: Decimal): string {
  if (digits === '') return '0';
  const sign = isNegative ? '-' : '';
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
  const integerCount = exponent + 1;
  if (digits.length <= integerCount) return sign + digits + '0'.repeat(integerCount - digits.length);
  return `${sign}${digits.slice(0, integerCount)}.${digits.slice(integerCount)}`;
}

/**
 * Order of two canonical number texts, without arithmetic: sign, then length of the integer part, then text.
 * @returns below 0, 0 or above 0
 */
export function compareNumbers(a: string, b: string): number {
  if (a === b) return 0;
  const isNegative = a.charCodeAt(0) === MINUS;
  if (isNegative !== (b.charCodeAt(0) === MINUS)) return isNegative ? -1 : 1;
  // The minus stands at the same place in both, so it changes neither lengths' difference nor text order.
  const byLength = integerLength(a) - integerLength(b);
  const order = byLength !== 0 ? byLength : a < b ? -1 : 1;
  return isNegative ? -order : order;
}

function integerLength(text: string): number {
  const dotAt = text.indexOf('.');
  return dotAt < 0 ? text.length : dotAt;
}

function notNumeric(text: string): Error {
  return validationError(`The parameter cannot be converted to a numeric value: ${text}`);
}
function overflow(): Error {
  return validationError('Number overflow. Attempting to store a number with magnitude larger than supported range');
}
