import {DecodeError} from '@murmuration/base';
import {formatDecimal, parseDecimal} from './number.js';

const CLASS_NEGATIVE = 0x40;
const CLASS_ZERO = 0x80;
const CLASS_POSITIVE = 0xc0;
/** Base-100 exponents run from -65 (1e-130) to 62 (1e125); stored as 1..128. */
const EXPONENT_BIAS = 66;
const SIZE_BYTES_MAX = 22;

/**
 * Encodes a DynamoDB number so that comparing bytes compares numbers. Self-delimiting.
 * @param text decimal text, at most 38 significant digits, magnitude 1e-130 to below 1e126, or zero
 * @returns 1 to 22 bytes, freshly allocated, owned by the caller
 * @throws ModelError `ValidationException` outside those limits; never anything else
 * @see docs/formats/number-key.md; DynamoDB Developer Guide, "Data types", Number
 */
export function encodeNumberKey(text: string): Uint8Array {
  const {isNegative, digits, exponent} = parseDecimal(text);
  if (digits === '') return Uint8Array.of(CLASS_ZERO);
  // Pairs are cut at even powers of ten, so a digit at an even power starts a pair of its own with a zero before it.
  const isAligned = (exponent & 1) !== 0;
  const pairExponent = exponent >> 1;
  const pairCount = isAligned ? (digits.length + 1) >> 1 : (digits.length >> 1) + 1;
  const out = new Uint8Array(2 + pairCount);
  const mask = isNegative ? 0xff : 0;
  out[0] = isNegative ? CLASS_NEGATIVE : CLASS_POSITIVE;
  out[1] = (pairExponent + EXPONENT_BIAS) ^ mask;
  let at = isAligned ? 0 : -1;
  for (let i = 0; i < pairCount; i += 1) {
    const pair = digitAt(digits, at) * 10 + digitAt(digits, at + 1);
    // The low bit tells that more pairs follow, which also makes the longer of two equal beginnings the greater.
    const hasMore = i < pairCount - 1 ? 1 : 0;
    out[2 + i] = (pair * 2 + hasMore) ^ mask;
    at += 2;
  }
  return out;
}

function digitAt(digits: string, at: number): number {
  return at < 0 || at >= digits.length ? 0 : digits.charCodeAt(at) - 48;
}

/** @returns the count of bytes the encoded number starting at `from` takes @throws DecodeError when it has no end */
export function numberKeyLength(bytes: Uint8Array, from: number): number {
  const kind = bytes[from];
  if (kind === CLASS_ZERO) return 1;
  if (kind !== CLASS_NEGATIVE && kind !== CLASS_POSITIVE) throw new DecodeError('unknown class of number key');
  const mask = kind === CLASS_NEGATIVE ? 0xff : 0;
  for (let length = 3; length <= SIZE_BYTES_MAX; length += 1) {
    const byte = bytes[from + length - 1];
    if (byte === undefined) break;
    if (((byte ^ mask) & 1) === 0) return length;
  }
  throw new DecodeError('number key without an end');
}

/** @returns canonical text of what encodeNumberKey made @throws DecodeError */
export function decodeNumberKey(bytes: Uint8Array): string {
  if (bytes.length !== numberKeyLength(bytes, 0)) throw new DecodeError('number key with bytes left over');
  if (bytes[0] === CLASS_ZERO) return '0';
  const isNegative = bytes[0] === CLASS_NEGATIVE;
  const mask = isNegative ? 0xff : 0;
  let digits = '';
  for (let i = 2; i < bytes.length; i += 1) digits += String(((bytes[i] as number) ^ mask) >> 1).padStart(2, '0');
  let exponent = (((bytes[1] as number) ^ mask) - EXPONENT_BIAS) * 2 + 1;
  if (digits.charCodeAt(0) === 48) {
    digits = digits.slice(1);
    exponent -= 1;
  }
  if (digits.charCodeAt(digits.length - 1) === 48) digits = digits.slice(0, -1);
  return formatDecimal({isNegative, digits, exponent});
}
