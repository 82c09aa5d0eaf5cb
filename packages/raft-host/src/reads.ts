import type {LogIndex} from '@murmuration/base';
import {ByteReader, ByteWriter} from '@murmuration/base';
import type {HostFailure, ReadResult} from './types.js';

export type ReadCallback = (result: ReadResult) => void;

/**
 * Strong reads of one group that need a quorum round. All that wait when a round starts share it; those that come
 * later wait for the next one, as the round must begin after the request arrived. One round at a time: the core
 * repeats its heartbeats until a quorum answers or leadership ends.
 */
export class Reads {
  #waiting: ReadCallback[] = [];
  #round: {readonly number: number; readonly callbacks: readonly ReadCallback[]} | undefined;
  /** Rounds that were confirmed, until their index is applied. */
  #confirmed: {readonly index: LogIndex; readonly callbacks: readonly ReadCallback[]}[] = [];
  #count = 0;
  #roundNumber = 0;
  readonly #countMax: number;
  constructor(countMax: number) {
    this.#countMax = countMax;
  }
  get needsRound(): boolean {
    return this.#round === undefined && this.#waiting.length > 0;
  }
  get isWaiting(): boolean {
    return this.#count > 0;
  }
  /** @returns false when too many are waiting */
  enqueue(done: ReadCallback): boolean {
    if (this.#count >= this.#countMax) return false;
    this.#count += 1;
    this.#waiting.push(done);
    return true;
  }
  /** @returns the context to give to the core */
  beginRound(): Uint8Array {
    this.#roundNumber += 1;
    this.#round = {number: this.#roundNumber, callbacks: this.#waiting};
    this.#waiting = [];
    const writer = new ByteWriter(8);
    writer.f64(this.#roundNumber);
    return writer.finish();
  }
  /** The core would not take the round. */
  failRound(failure: HostFailure): void {
    const callbacks = this.#round?.callbacks ?? [];
    this.#round = undefined;
    this.#count -= callbacks.length;
    for (const callback of callbacks) callback({ok: false, failure});
  }
  confirmed(context: Uint8Array, index: LogIndex, applied: LogIndex): void {
    if (context.length !== 8 || this.#round?.number !== new ByteReader(context).f64()) return;
    this.#confirmed.push({index, callbacks: this.#round.callbacks});
    this.#round = undefined;
    this.applied(applied);
  }
  applied(index: LogIndex): void {
    for (;;) {
      const first = this.#confirmed[0];
      if (first === undefined || first.index > index) return;
      this.#confirmed.shift();
      this.#count -= first.callbacks.length;
      for (const callback of first.callbacks) callback({ok: true, index: first.index});
    }
  }
  failAll(failure: HostFailure): void {
    const callbacks = [...this.#confirmed.flatMap((round) => round.callbacks), ...(this.#round?.callbacks ?? []), ...this.#waiting];
    this.#confirmed = [];
    this.#round = undefined;
    this.#waiting = [];
    this.#count = 0;
    for (const callback of callbacks) callback({ok: false, failure});
  }
}
