import {EMPTY_BYTES} from '@murmuration/base';

/** A piece below this is copied: as a view it would keep the whole buffer alive that it was read into, and its own header. */
const COPY_BELOW_BYTES = 8 * 1024;
const BLOCK_BYTES = 64 * 1024;

/** Gathers a body from the pieces it arrives in, holding little more than its bytes however small the pieces are. */
export class BodyCollector {
  #parts: Uint8Array[] = [];
  /** Where small pieces are copied to; its first `#blockUsed` bytes belong to the body, behind all parts. */
  #block: Uint8Array | undefined;
  #blockUsed = 0;

  /** @param piece kept as it is when it is large: it must not change afterwards */
  add(piece: Uint8Array): void {
    // The first piece is mostly the only one.
    const isFirst = this.#parts.length === 0 && this.#block === undefined;
    if (isFirst || piece.length >= COPY_BELOW_BYTES) {
      this.#closeBlock();
      this.#parts.push(piece);
      return;
    }
    if (this.#block === undefined || this.#blockUsed + piece.length > this.#block.length) {
      this.#closeBlock();
      this.#block = new Uint8Array(BLOCK_BYTES);
    }
    this.#block.set(piece, this.#blockUsed);
    this.#blockUsed += piece.length;
  }

  /** @returns the whole body; the collector is empty afterwards */
  take(): Uint8Array {
    this.#closeBlock();
    const parts = this.#parts;
    this.#parts = [];
    if (parts.length === 0) return EMPTY_BYTES;
    return parts.length === 1 ? parts[0] as Uint8Array : Buffer.concat(parts);
  }

  clear(): void {
    this.#parts = [];
    this.#block = undefined;
    this.#blockUsed = 0;
  }

  #closeBlock(): void {
    if (this.#block !== undefined && this.#blockUsed > 0) this.#parts.push(this.#block.subarray(0, this.#blockUsed));
    this.#block = undefined;
    this.#blockUsed = 0;
  }
}
