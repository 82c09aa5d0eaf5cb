import {assert} from '@murmuration/base';
import type {KnownValue} from '@murmuration/partition';

/** Map entry, value object and array header, roughly; the text of the key is counted by its length. */
const ROW_OVERHEAD_BYTES = 150;

/**
 * Committed rows in memory, absent ones included. Two generations: what is used moves to the young one, and when
 * that is half of the bound the old one is dropped whole. Cheaper than a linked list, and nearly as good.
 */
export class RowCache {
  #young = new Map<string, KnownValue>();
  #old = new Map<string, KnownValue>();
  #youngBytes = 0;
  #oldBytes = 0;
  readonly #generationBytesMax: number;
  constructor(sizeBytesMax: number) {
    assert(sizeBytesMax >= 0, 'a cache bound is not negative', {sizeBytesMax});
    this.#generationBytesMax = sizeBytesMax / 2;
  }
  get sizeBytes(): number {
    return this.#youngBytes + this.#oldBytes;
  }
  get(text: string): KnownValue | undefined {
    const young = this.#young.get(text);
    if (young !== undefined) return young;
    const old = this.#old.get(text);
    if (old === undefined) return undefined;
    this.set(text, old);
    return old;
  }
  set(text: string, value: KnownValue): void {
    const sizeBytes = rowBytes(text, value);
    const young = this.#young.get(text);
    if (young !== undefined && this.#youngBytes + sizeBytes - rowBytes(text, young) <= this.#generationBytesMax) {
      // In place: an entry taken out and put in again would leave a hole each time, and the map is copied when it has many.
      this.#youngBytes += sizeBytes - rowBytes(text, young);
      this.#young.set(text, value);
      return;
    }
    this.#remove(text);
    if (sizeBytes > this.#generationBytesMax) return;
    if (this.#youngBytes + sizeBytes > this.#generationBytesMax) {
      this.#old = this.#young;
      this.#oldBytes = this.#youngBytes;
      this.#young = new Map();
      this.#youngBytes = 0;
    }
    this.#young.set(text, value);
    this.#youngBytes += sizeBytes;
  }
  has(text: string): boolean {
    return this.#young.has(text) || this.#old.has(text);
  }
  clear(): void {
    this.#young = new Map();
    this.#old = new Map();
    this.#youngBytes = 0;
    this.#oldBytes = 0;
  }
  #remove(text: string): void {
    const young = this.#young.get(text);
    if (young !== undefined) {
      this.#young.delete(text);
      this.#youngBytes -= rowBytes(text, young);
    }
    const old = this.#old.get(text);
    if (old !== undefined) {
      this.#old.delete(text);
      this.#oldBytes -= rowBytes(text, old);
    }
  }
}

function rowBytes(text: string, value: KnownValue): number {
  return ROW_OVERHEAD_BYTES + text.length + (value.bytes?.length ?? 0);
}

/**
 * A value fit to be kept: bytes that are a small window of a big buffer are copied, or one row would hold a whole
 * network message.
 */
export function keepable(bytes: Uint8Array | undefined): KnownValue {
  if (bytes === undefined) return {bytes: undefined};
  return {bytes: bytes.buffer.byteLength > 2 * bytes.length + 256 ? bytes.slice() : bytes};
}
