import {compareBytes, equalBytes} from '@murmuration/base';
import {compareNumbers} from './number.js';

/**
 * One parsed DynamoDB value. Numbers are canonical decimal text (see parseNumber), so equal numbers are equal
 * texts. Sets hold no duplicates and are in the order of orderedTexts and its like. Attribute maps are `Map`s, never plain objects, so that no attribute name
 * can mean something to the language.
 */
export type AttributeValue =
  | {readonly kind: 'S'; readonly value: string}
  | {readonly kind: 'N'; readonly value: string}
  | {readonly kind: 'B'; readonly value: Uint8Array}
  | {readonly kind: 'BOOL'; readonly value: boolean}
  | {readonly kind: 'NULL'}
  | {readonly kind: 'SS'; readonly values: readonly string[]}
  | {readonly kind: 'NS'; readonly values: readonly string[]}
  | {readonly kind: 'BS'; readonly values: readonly Uint8Array[]}
  | {readonly kind: 'L'; readonly values: readonly AttributeValue[]}
  | {readonly kind: 'M'; readonly entries: ReadonlyMap<string, AttributeValue>};

export type AttributeType = AttributeValue['kind'];
/** The types a key attribute may have. */
export type KeyType = 'S' | 'N' | 'B';
/** A value that may stand in a key. */
export type KeyValue = Extract<AttributeValue, {kind: KeyType}>;

/** An item, or any attribute map: names to values, in the order given. */
export type Item = ReadonlyMap<string, AttributeValue>;

/** How many lists and maps may enclose a value. The value itself is the last of the service's 32 levels. */
export const NESTING_LEVELS_MAX = 31;

/** Order of texts as their UTF-8 bytes order them. JavaScript's own order differs above the surrogates. */
export function compareStrings(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i += 1) {
    const left = a.charCodeAt(i);
    const right = b.charCodeAt(i);
    if (left !== right) return utf8Rank(left) - utf8Rank(right);
  }
  return a.length - b.length;
}

/** Surrogates encode the code points above U+FFFF, which UTF-8 places behind U+E000..U+FFFF. */
function utf8Rank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit <= 0xdfff ? unit + 0x2000 : unit - 0x800;
}

/**
 * Order of two values of one key type.
 * @returns below 0, 0 or above 0; undefined when the types differ or have no order
 */
export function compareValues(a: AttributeValue, b: AttributeValue): number | undefined {
  if (a.kind === 'S' && b.kind === 'S') return compareStrings(a.value, b.value);
  if (a.kind === 'N' && b.kind === 'N') return compareNumbers(a.value, b.value);
  if (a.kind === 'B' && b.kind === 'B') return compareBytes(a.value, b.value);
  return undefined;
}

/** Deep equality: sets and maps without order, lists with order, numbers by value. */
export function equalValues(a: AttributeValue, b: AttributeValue): boolean {
  switch (a.kind) {
    case 'S': return b.kind === 'S' && a.value === b.value;
    case 'N': return b.kind === 'N' && a.value === b.value;
    case 'B': return b.kind === 'B' && equalBytes(a.value, b.value);
    case 'BOOL': return b.kind === 'BOOL' && a.value === b.value;
    case 'NULL': return b.kind === 'NULL';
    case 'SS': return b.kind === 'SS' && equalTextSets(a.values, b.values);
    case 'NS': return b.kind === 'NS' && equalTextSets(a.values, b.values);
    case 'BS':
      return b.kind === 'BS' && equalTextSets(a.values.map(bytesIdentity), b.values.map(bytesIdentity));
    case 'L':
      return b.kind === 'L' && a.values.length === b.values.length
        && a.values.every((value, i) => equalValues(value, b.values[i] as AttributeValue));
    case 'M': return b.kind === 'M' && equalItems(a.entries, b.entries);
  }
}

export function equalItems(a: Item, b: Item): boolean {
  if (a.size !== b.size) return false;
  for (const [name, value] of a) {
    const other = b.get(name);
    if (other === undefined || !equalValues(value, other)) return false;
  }
  return true;
}

function equalTextSets(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false;
  const members = new Set(a);
  return b.every((value) => members.has(value));
}

/** Members of a set of texts in the order in which the service keeps and shows them: that of their UTF-8 bytes. */
export function orderedTexts(values: readonly string[]): readonly string[] {
  return [...values].sort(compareStrings);
}

/** Members of a set of numbers in the order in which the service keeps and shows them: by value. */
export function orderedNumbers(values: readonly string[]): readonly string[] {
  return [...values].sort(compareNumbers);
}

/** Members of a set of binaries in the order in which the service keeps and shows them: that of their bytes. */
export function orderedBinaries(values: readonly Uint8Array[]): readonly Uint8Array[] {
  return [...values].sort(compareBytes);
}

/** A text that is equal exactly when the bytes are: one UTF-16 unit a byte. Lets byte strings live in a Set. */
export function bytesIdentity(bytes: Uint8Array): string {
  let out = '';
  for (let from = 0; from < bytes.length; from += 4096) out += String.fromCharCode(...bytes.subarray(from, from + 4096));
  return out;
}

export function isKeyValue(value: AttributeValue): value is KeyValue {
  return value.kind === 'S' || value.kind === 'N' || value.kind === 'B';
}
