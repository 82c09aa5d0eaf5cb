import {assert} from './assert.js';

const textEncoder = new TextEncoder();
const textDecoder = new TextDecoder('utf-8', {fatal: true, ignoreBOM: true});

/** Bytes that do not have the promised form: a truncated field, a bad length, a bad text. Bytes are input, so this is not an assertion. */
export class DecodeError extends Error {
  override readonly name = 'DecodeError';
}

/** What `finishShared` copies into one block, and how large the block is: each buffer of its own costs more than the copying of some hundred bytes. */
const SHARED_BYTES_MAX = 8 * 1024;
const BLOCK_BYTES = 64 * 1024;

/** Appends fixed and variable length fields to a growing buffer. Integers are little-endian; lengths are varints. */
export class ByteWriter {
  #bytes: Uint8Array;
  #view: DataView;
  #length = 0;
  #block: Uint8Array | undefined;
  #blockUsed = 0;
  constructor(capacityBytes = 256) {
    this.#bytes = new Uint8Array(capacityBytes);
    this.#view = new DataView(this.#bytes.buffer);
  }
  get lengthBytes(): number {
    return this.#length;
  }
  u8(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#length] = value;
    this.#length += 1;
  }
  u32(value: number): void {
    this.#reserve(4);
    this.#view.setUint32(this.#length, value, true);
    this.#length += 4;
  }
  f64(value: number): void {
    this.#reserve(8);
    this.#view.setFloat64(this.#length, value, true);
    this.#length += 8;
  }
  /** A safe integer of at least 0, 7 bits a byte, low bits first: 1..8 bytes. */
  varint(value: number): void {
    assert(Number.isSafeInteger(value) && value >= 0, 'varint must be a safe integer of at least 0', {value});
    this.#reserve(8);
    let rest = value;
    while (rest >= 0x80) {
      this.#bytes[this.#length] = (rest % 0x80) | 0x80;
      this.#length += 1;
      rest = Math.floor(rest / 0x80);
    }
    this.#bytes[this.#length] = rest;
    this.#length += 1;
  }
  raw(value: Uint8Array): void {
    this.#reserve(value.length);
    this.#bytes.set(value, this.#length);
    this.#length += value.length;
  }
  /** Length, then the bytes. */
  bytes(value: Uint8Array): void {
    this.varint(value.length);
    this.raw(value);
  }
  /** Length in UTF-8 bytes, then the text. */
  text(value: string): void {
    // Each UTF-16 unit takes at most 3 bytes, so one reservation serves and the text is encoded once, in place.
    this.#reserve(value.length * 3 + 8);
    const start = this.#length;
    const {written} = textEncoder.encodeInto(value, this.#bytes.subarray(start + 8));
    this.varint(written);
    this.#bytes.copyWithin(this.#length, start + 8, start + 8 + written);
    this.#length += written;
  }
  /** @returns a copy of what was written, owned by the caller; the writer stays usable */
  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }
  /**
   * The same for bytes that are soon done with: whoever keeps them keeps a block of memory with what this writer finished
   * before and after them.
   */
  finishShared(): Uint8Array {
    const length = this.#length;
    if (length > SHARED_BYTES_MAX) return this.finish();
    if (this.#block === undefined || this.#blockUsed + length > BLOCK_BYTES) {
      this.#block = new Uint8Array(BLOCK_BYTES);
      this.#blockUsed = 0;
    }
    const from = this.#blockUsed;
    this.#block.set(this.view(), from);
    this.#blockUsed += length;
    return this.#block.subarray(from, from + length);
  }
  /** @returns a view of what was written, good until the next call on this writer */
  view(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }
  reset(): void {
    this.#length = 0;
  }
  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}

/** Reads what ByteWriter wrote. Every read is checked against the end; byte fields are views, not copies. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  /** Made by the first field that needs it: most messages have none. */
  #view: DataView | undefined;
  #at: number;
  readonly #end: number;
  constructor(bytes: Uint8Array, from = 0, until = bytes.length) {
    this.#bytes = bytes;
    this.#at = from;
    this.#end = until;
  }
  get position(): number {
    return this.#at;
  }
  get remainingBytes(): number {
    return this.#end - this.#at;
  }
  u8(): number {
    this.#need(1);
    const value = this.#bytes[this.#at] as number;
    this.#at += 1;
    return value;
  }
  u32(): number {
    this.#need(4);
    const value = this.#fields().getUint32(this.#at, true);
    this.#at += 4;
    return value;
  }
  f64(): number {
    this.#need(8);
    const value = this.#fields().getFloat64(this.#at, true);
    this.#at += 8;
    return value;
  }
  /** @throws DecodeError when longer than a safe integer */
  varint(): number {
    let value = 0;
    let scale = 1;
    for (let i = 0; i < 8; i += 1) {
      const byte = this.u8();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        if (!Number.isSafeInteger(value)) throw new DecodeError('varint above the safe integers');
        return value;
      }
      scale *= 0x80;
    }
    throw new DecodeError('varint longer than 8 bytes');
  }
  raw(lengthBytes: number): Uint8Array {
    this.#need(lengthBytes);
    const value = this.#bytes.subarray(this.#at, this.#at + lengthBytes);
    this.#at += lengthBytes;
    return value;
  }
  bytes(): Uint8Array {
    return this.raw(this.varint());
  }
  text(): string {
    const bytes = this.bytes();
    try {
      return textDecoder.decode(bytes);
    } catch (cause) {
      throw new DecodeError('text is not UTF-8', {cause});
    }
  }
  /** @throws DecodeError unless everything was read */
  end(): void {
    if (this.#at !== this.#end) throw new DecodeError(`${this.#end - this.#at} bytes left over`);
  }
  #fields(): DataView {
    this.#view ??= new DataView(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.byteLength);
    return this.#view;
  }
  #need(count: number): void {
    if (count > this.#end - this.#at) throw new DecodeError('field runs past the end');
  }
}
