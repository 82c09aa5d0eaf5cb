import {serializationError} from './errors.js';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const INVALID = 0xff;
const VALUES = new Uint8Array(128).fill(INVALID);
for (let i = 0; i < 64; i += 1) VALUES[ALPHABET.charCodeAt(i)] = i;

/** Standard padded base64 (RFC 4648 §4). */
export function encodeBase64(bytes: Uint8Array): string {
  let out = '';
  let i = 0;
  for (; i + 2 < bytes.length; i += 3) {
    const word = ((bytes[i] as number) << 16) | ((bytes[i + 1] as number) << 8) | (bytes[i + 2] as number);
    out += (ALPHABET[word >> 18] as string) + (ALPHABET[(word >> 12) & 63] as string)
      + (ALPHABET[(word >> 6) & 63] as string) + (ALPHABET[word & 63] as string);
  }
  const restCount = bytes.length - i;
  if (restCount === 1) {
    const word = (bytes[i] as number) << 4;
    out += `${ALPHABET[word >> 6] as string}${ALPHABET[word & 63] as string}==`;
  } else if (restCount === 2) {
    const word = ((bytes[i] as number) << 10) | ((bytes[i + 1] as number) << 2);
    out += `${ALPHABET[word >> 12] as string}${ALPHABET[(word >> 6) & 63] as string}${ALPHABET[word & 63] as string}=`;
  }
  return out;
}

/**
 * Strict standard base64: padding required, no other characters, unused bits zero.
 * @throws ModelError `SerializationException` with the texts of the real service
 */
export function decodeBase64(text: string): Uint8Array {
  const length = text.length;
  if (length % 4 !== 0) {
    throw serializationError(`Base64 encoded length is expected a multiple of 4 bytes but found: ${length}`);
  }
  let padCount = 0;
  if (length > 0 && text[length - 1] === '=') padCount = text[length - 2] === '=' ? 2 : 1;
  const out = new Uint8Array((length / 4) * 3 - padCount);
  const charCount = length - padCount;
  let at = 0;
  let word = 0;
  let bitCount = 0;
  for (let i = 0; i < charCount; i += 1) {
    const code = text.charCodeAt(i);
    const value = code < 128 ? (VALUES[code] as number) : INVALID;
    if (value === INVALID) throw serializationError(`Invalid base 64 character: '${text[i] as string}'`);
    word = ((word << 6) | value) & 0xffffff;
    bitCount += 6;
    if (bitCount >= 8) {
      bitCount -= 8;
      out[at] = (word >> bitCount) & 0xff;
      at += 1;
    }
  }
  if (bitCount > 0 && (word & ((1 << bitCount) - 1)) !== 0) {
    // The misspelling is the service's own.
    throw serializationError('Invalid last non-pad Base64 character dectected');
  }
  return out;
}
