import {assert} from './assert.js';

export const EMPTY_BYTES = new Uint8Array(0);

/** Order of unsigned bytes, shorter first when one is a prefix of the other. @returns below 0, 0 or above 0 */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i += 1) {
    const difference = (a[i] as number) - (b[i] as number);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i += 1) if (a[i] !== b[i]) return false;
  return true;
}

/** @returns a fresh array owned by the caller */
export function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
  let size = 0;
  for (const part of parts) size += part.length;
  const out = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** The least byte string that is greater than every string starting with `prefix`; undefined when there is none. */
export function prefixEnd(prefix: Uint8Array): Uint8Array | undefined {
  for (let i = prefix.length - 1; i >= 0; i -= 1) {
    const byte = prefix[i] as number;
    if (byte !== 0xff) {
      const out = prefix.slice(0, i + 1);
      out[i] = byte + 1;
      return out;
    }
  }
  return undefined;
}

const textEncoder = new TextEncoder();
const textDecoder = new TextDecoder('utf-8', {fatal: true, ignoreBOM: true});
/** Up to here an array lies within the heap and costs next to nothing; the encoder always makes one outside of it. */
const SHORT_TEXT_LENGTH_MAX = 64;
/** @returns fresh bytes owned by the caller */
export function utf8Encode(text: string): Uint8Array {
  if (text.length > SHORT_TEXT_LENGTH_MAX) return textEncoder.encode(text);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    if (unit > 0x7f) return textEncoder.encode(text);
    bytes[i] = unit;
  }
  return bytes;
}
/** @throws TypeError when the bytes are not UTF-8 */
export function utf8Decode(bytes: Uint8Array): string {
  return textDecoder.decode(bytes);
}

/** A lower-case hexadecimal picture of bytes, and back. The form in which JSON documents carry keys. */
export function toHex(bytes: Uint8Array): string {
  let out = '';
  for (const byte of bytes) out += byte.toString(16).padStart(2, '0');
  return out;
}
export function fromHex(text: string): Uint8Array {
  assert(text.length % 2 === 0 && /^[0-9a-f]*$/.test(text), 'not lower-case hexadecimal', {length: text.length});
  const out = new Uint8Array(text.length / 2);
  for (let i = 0; i < out.length; i += 1) out[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16);
  return out;
}
