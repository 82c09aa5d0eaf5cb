import type {Decimal} from './number.js';
import {checkDecimal, formatDecimal, parseDecimal} from './number.js';

/**
 * Exact sum of two canonical numbers.
 * @throws ModelError `ValidationException` when the exact sum is too large, too small or needs more than 38 digits
 */
export function addNumbers(a: string, b: string): string {
  return combine(a, b, false);
}

/** Exact difference `a - b`; fails as addNumbers does. */
export function subtractNumbers(a: string, b: string): string {
  return combine(a, b, true);
}

function combine(a: string, b: string, isSubtraction: boolean): string {
  if (a.length <= 15 && b.length <= 15) {
    // Two integers this short, and their sum, are exact as floating point numbers.
    const left = Number(a);
    const right = Number(b);
    if (Number.isInteger(left) && Number.isInteger(right)) {
      return String(isSubtraction ? left - right + 0 : left + right + 0);
    }
  }
  const left = parseDecimal(a);
  const right = parseDecimal(b);
  const scale = Math.min(lastExponent(left), lastExponent(right));
  const sum = toScaled(left, scale) + (isSubtraction ? -toScaled(right, scale) : toScaled(right, scale));
  return formatDecimal(checkDecimal(fromScaled(sum, scale)));
}

/** Power of ten of the last digit; above every possible one for zero, which never decides the scale alone. */
function lastExponent({digits, exponent}: Decimal): number {
  return digits === '' ? 126 : exponent - digits.length + 1;
}

function toScaled(decimal: Decimal, scale: number): bigint {
  if (decimal.digits === '') return 0n;
  const magnitude = BigInt(decimal.digits) * 10n ** BigInt(lastExponent(decimal) - scale);
  return decimal.isNegative ? -magnitude : magnitude;
}

function fromScaled(value: bigint, scale: number): Decimal {
  if (value === 0n) return {isNegative: false, digits: '', exponent: 0};
  const isNegative = value < 0n;
  const text = (isNegative ? -value : value).toString();
  let until = text.length;
  while (text.charCodeAt(until - 1) === 48) until -= 1;
  return {isNegative, digits: text.slice(0, until), exponent: text.length - 1 + scale};
}
