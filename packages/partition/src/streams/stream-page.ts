import {comparePositions, positionAfter} from '@murmuration/model';
import type {StreamPosition} from '@murmuration/model';
import type {StreamRecordsRequest, StreamRecordsResponse, StreamRow} from './stream-protocol.js';
import {readStreamRecordHead, readStreamRecordKey} from './stream-record.js';
import {labelSumOf} from './stream-shard.js';
import type {StreamShard} from './stream-shard.js';

/** One answer of records: takes rows in their order until it is full. */
export class StreamPage {
  /** The stretch to be read. */
  readonly from: StreamPosition;
  readonly until: StreamPosition;
  readonly #request: StreamRecordsRequest;
  readonly #shard: StreamShard;
  readonly #labelSum: number;
  readonly #records: StreamRow[] = [];
  #sizeBytes = 0;
  #isFull = false;

  /** @param sequence of the newest effect that the rows show */
  constructor(request: StreamRecordsRequest, shard: StreamShard, sequence: number) {
    this.#request = request;
    this.#shard = shard;
    this.#labelSum = labelSumOf(shard.label);
    const oldest = {sequence: shard.trimmedUntil, ordinal: 0};
    this.from = comparePositions(request.position, oldest) < 0 ? oldest : request.position;
    this.until = {sequence: Math.min(shard.endSequence ?? Number.MAX_SAFE_INTEGER, sequence + 1), ordinal: 0};
  }

  /** @returns why there is nothing to be read; undefined when there may be */
  static refusalOf(request: StreamRecordsRequest, shard: StreamShard | undefined): StreamRecordsResponse | undefined {
    const isKnown = shard !== undefined && shard.label === request.label;
    const isTrimmed = isKnown && !request.isHorizon && request.position.sequence < shard.trimmedUntil;
    if (isKnown && !isTrimmed) return undefined;
    return {kind: 'stream-records', state: isKnown ? 'trimmed' : 'absent', records: [], next: request.position, isEnd: false, splitChild: undefined};
  }

  get isFull(): boolean {
    return this.#isFull;
  }
  get roomCount(): number {
    return this.#request.recordCountMax - this.#records.length;
  }
  /** @returns whether there is room for more @throws DecodeError */
  add(key: Uint8Array, value: Uint8Array): boolean {
    const {labelSum, sizeBytes} = readStreamRecordHead(value);
    // Written while the partition was changing from one stream to another.
    if (labelSum !== this.#labelSum) return true;
    // Whole effects do not matter here: the next page begins in the middle of one.
    if (this.#records.length > 0 && this.#sizeBytes + sizeBytes > this.#request.sizeBytesMax) {
      this.#isFull = true;
      return false;
    }
    this.#records.push({...readStreamRecordKey(key), value});
    this.#sizeBytes += sizeBytes;
    this.#isFull = this.roomCount <= 0;
    return !this.#isFull;
  }
  finish(): StreamRecordsResponse {
    const last = this.#records.at(-1);
    const isAll = !this.#isFull;
    const behind = comparePositions(this.from, this.until) > 0 ? this.from : this.until;
    const next = isAll ? behind : last === undefined ? this.from : positionAfter(last);
    const isEnd = this.#shard.endSequence !== undefined && isAll;
    return {kind: 'stream-records', state: 'read', records: this.#records, next, isEnd, splitChild: isEnd ? this.#shard.splitChild : undefined};
  }
}
