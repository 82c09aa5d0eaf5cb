import {EMPTY_BYTES} from '@murmuration/base';
import type {LogError} from '@murmuration/base';
import {BATCH_HEADER_BYTES, RECORD_HEADER_BYTES, encodeBatchHeader, encodeRecordHeader, roundUpToSector} from './format.js';
import type {RecordType} from './format.js';
import type {RecordPlace} from './record-place.js';

export interface Waiter {
  readonly done: (error: LogError | undefined) => void;
  /** Set when the append was refused: it waits here only so that callbacks keep their order. */
  readonly refusal: LogError | undefined;
}

/**
 * Records on their way to the disk, already in the bytes that will be written: each entry's data is copied once, here.
 * Records chain their checksums; where in which segment they will stand is known when the batch is finished.
 */
export class Batch {
  /** Position in the order of batches of this process; not on disk. */
  readonly order: number;
  readonly chainBefore: number;
  readonly places: RecordPlace[] = [];
  readonly waiters: Waiter[] = [];
  /** Written even without records. */
  isMarker = false;
  #bytes: Uint8Array;
  #view: DataView;
  #lengthBytes = BATCH_HEADER_BYTES;
  #chain: number;
  #recordCount = 0;

  constructor(order: number, chainBefore: number, buffer: Uint8Array) {
    this.order = order;
    this.chainBefore = chainBefore;
    this.#chain = chainBefore;
    this.#bytes = buffer;
    this.#view = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
  }
  get recordCount(): number {
    return this.#recordCount;
  }
  get chain(): number {
    return this.#chain;
  }
  get payloadBytes(): number {
    return this.#lengthBytes - BATCH_HEADER_BYTES;
  }
  /** What the batch takes on disk. */
  get sizeBytes(): number {
    return roundUpToSector(this.#lengthBytes);
  }
  /** The buffer, for use again once the batch is done. */
  get buffer(): Uint8Array {
    return this.#bytes;
  }
  /** @param place where to note the record, undefined for records that are only an instruction to the reader */
  add(type: RecordType, entryKind: number, group: number, index: number, term: number, data: Uint8Array = EMPTY_BYTES, place?: RecordPlace): void {
    const at = this.#lengthBytes;
    const sizeBytes = RECORD_HEADER_BYTES + data.length;
    this.#reserve(at + sizeBytes);
    this.#bytes.set(data, at + RECORD_HEADER_BYTES);
    this.#chain = encodeRecordHeader(this.#bytes, this.#view, at, this.#chain, type, entryKind, group, index, term, data.length);
    this.#lengthBytes = at + sizeBytes;
    this.#recordCount += 1;
    if (place !== undefined) {
      place.offsetBytes = at;
      place.sizeBytes = sizeBytes;
      this.places.push(place);
    }
  }
  /** Writes the header and the zeros up to the next sector. @returns the bytes to write, good as long as the batch is */
  finish(logId: Uint8Array, sequence: number, batchNumber: number): Uint8Array {
    const sizeBytes = this.sizeBytes;
    this.#reserve(sizeBytes);
    this.#bytes.fill(0, this.#lengthBytes, sizeBytes);
    encodeBatchHeader(this.#bytes, this.#view, logId, {
      sequence, batchNumber, payloadBytes: this.payloadBytes, recordCount: this.#recordCount, chainBefore: this.chainBefore, chainAfter: this.#chain,
    });
    return this.#bytes.subarray(0, sizeBytes);
  }
  #reserve(neededBytes: number): void {
    if (neededBytes <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(roundUpToSector(neededBytes), this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.#lengthBytes));
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}
