import type {Timers} from '@murmuration/base';
import type {FrameStream} from './frame-stream.js';

/** Something that waits to be sent; its size is known before it is encoded. */
export interface Outgoing {
  readonly sizeBytes: number;
}

export interface OutboxOptions<Item extends Outgoing> {
  readonly queueBytesMax: number;
  readonly messageBytesTarget: number;
  /** Asked when an item is about to leave: false drops it (its deadline passed, or nobody waits any more). */
  readonly isWanted: (item: Item) => boolean;
  /** @returns one message; the items count as sent from here on */
  readonly encode: (items: readonly Item[], bodyBytes: number) => Uint8Array;
  readonly onSent: (messageBytes: number) => void;
  /** Bytes were freed. */
  readonly onWritten?: () => void;
}

/**
 * The sending end of one stream: what is offered in one turn leaves as one message in the next, unless the stream
 * pushes back. Bytes count from the offer until the stream has written them.
 */
export class Outbox<Item extends Outgoing> {
  readonly #options: OutboxOptions<Item>;
  readonly #stream: FrameStream;
  readonly #timers: Timers;
  #items: Item[] = [];
  #queuedBytes = 0;
  #isScheduled = false;
  #isBlocked = false;
  #isClosed = false;
  constructor(options: OutboxOptions<Item>, stream: FrameStream, timers: Timers) {
    this.#options = options;
    this.#stream = stream;
    this.#timers = timers;
  }
  get queuedBytes(): number {
    return this.#queuedBytes;
  }
  /** Items that the stream has not been given. */
  get queuedCount(): number {
    return this.#items.length;
  }
  /** @returns false when the queue is full or closed; nothing was kept then */
  offer(item: Item): boolean {
    if (this.#isClosed || this.#queuedBytes + item.sizeBytes > this.#options.queueBytesMax) return false;
    this.#queuedBytes += item.sizeBytes;
    this.#items.push(item);
    if (!this.#isScheduled && !this.#isBlocked) {
      this.#isScheduled = true;
      this.#timers.nextTurn(() => {
        this.#isScheduled = false;
        this.flush();
      });
    }
    return true;
  }
  onWritable(): void {
    this.#isBlocked = false;
    this.flush();
  }
  /** Sends what waits, as far as the stream takes it. */
  flush(): void {
    let from = 0;
    while (from < this.#items.length && !this.#isBlocked && !this.#isClosed) from = this.#sendOne(from);
    this.#items = from === this.#items.length ? [] : this.#items.slice(from);
  }
  /** After this nothing leaves. What still waited is dropped; its owner knows which of it was not encoded. */
  close(): void {
    this.#isClosed = true;
    this.#items = [];
    this.#queuedBytes = 0;
  }
  #sendOne(from: number): number {
    const batch: Item[] = [];
    let bodyBytes = 0;
    let at = from;
    for (; at < this.#items.length; at += 1) {
      const item = this.#items[at] as Item;
      if (bodyBytes > 0 && bodyBytes + item.sizeBytes > this.#options.messageBytesTarget) break;
      if (!this.#options.isWanted(item)) {
        this.#queuedBytes -= item.sizeBytes;
        continue;
      }
      bodyBytes += item.sizeBytes;
      batch.push(item);
    }
    if (batch.length === 0) return at;
    const message = this.#options.encode(batch, bodyBytes);
    this.#options.onSent(message.length);
    const mayGoOn = this.#stream.write(message, () => {
      this.#queuedBytes -= bodyBytes;
      this.#options.onWritten?.();
    });
    this.#isBlocked = !mayGoOn;
    return at;
  }
}
