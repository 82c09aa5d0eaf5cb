import type {AttributeValue, Item} from './attribute-value.js';
import {RequestItem} from './request-item.js';

/** Largest item: names and values together. */
export const ITEM_SIZE_BYTES_MAX = 409_600;

/** Size of an item by the service's rules (not its stored bytes): for limits, pages and capacity. */
export function itemSizeBytes(item: Item): number {
  if (item instanceof RequestItem) return item.sizeBytes;
  let total = 0;
  for (const [name, value] of item) total += utf8SizeBytes(name) + valueSizeBytes(value);
  return total;
}

/** Size of one attribute, name included. */
export function attributeSizeBytes(name: string, value: AttributeValue): number {
  return utf8SizeBytes(name) + valueSizeBytes(value);
}

/** Size of a value without its name. */
export function valueSizeBytes(value: AttributeValue): number {
  switch (value.kind) {
    case 'S': return utf8SizeBytes(value.value);
    case 'N': return numberSizeBytes(value.value);
    case 'B': return value.value.length;
    case 'BOOL': case 'NULL': return 1;
    case 'SS': return value.values.reduce((total, member) => total + utf8SizeBytes(member), 0);
    case 'NS': return value.values.reduce((total, member) => total + numberSizeBytes(member), 0);
    case 'BS': return value.values.reduce((total, member) => total + member.length, 0);
    // A container costs 3 bytes and 1 more for each element.
    case 'L': return value.values.reduce((total, element) => total + 1 + valueSizeBytes(element), 3);
    case 'M': return 3 + value.entries.size + itemSizeBytes(value.entries);
  }
}

/** Bytes of a well-formed text in UTF-8, without encoding it. */
export function utf8SizeBytes(text: string): number {
  let size = text.length;
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    // Each half of a surrogate pair stands for two of its four bytes, so one more a half.
    if (unit >= 0x80) size += unit < 0x800 || (unit >= 0xd800 && unit <= 0xdfff) ? 1 : 2;
  }
  return size;
}

/**
 * One byte, one for a minus, and one for each pair of digits. Pairs are cut at even powers of ten, so `12` is
 * one pair and `1.2` is two.
 * @param text canonical decimal text
 */
export function numberSizeBytes(text: string): number {
  if (text === '0') return 1;
  const isNegative = text.charCodeAt(0) === 45;
  const from = isNegative ? 1 : 0;
  let dotAt = text.indexOf('.');
  if (dotAt < 0) dotAt = text.length;
  let first = from;
  while (isZeroOrDot(text, first)) first += 1;
  let last = text.length - 1;
  while (isZeroOrDot(text, last)) last -= 1;
  const pairCount = (exponentAt(first, dotAt) >> 1) - (exponentAt(last, dotAt) >> 1) + 1;
  return 1 + from + pairCount;
}

function isZeroOrDot(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code === 48 || code === 46;
}

/** Power of ten of the digit at a position. */
function exponentAt(at: number, dotAt: number): number {
  return at < dotAt ? dotAt - at - 1 : dotAt - at;
}
