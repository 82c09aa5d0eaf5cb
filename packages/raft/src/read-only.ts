import type {LogIndex, ReplicaId} from '@murmuration/base';

import type {Message} from './types.js';

/** A read that waits until a quorum has confirmed the leader. */
export interface PendingRead {
  readonly request: Message;
  /** Commit index when the request came: what the read must see at least. */
  readonly index: LogIndex;
  readonly acks: Map<ReplicaId, boolean>;
}

/** Reads waiting for a quorum at most; more are dropped, and their callers ask again after their timeout. */
export const PENDING_READS_MAX = 10_000;

/**
 * The reads in progress at a leader, oldest first. A confirmation of one read confirms all before it, because the
 * quorum was asked later than they came (Raft thesis, 6.4).
 */
export class ReadOnlyQueue {
  readonly #byKey = new Map<string, PendingRead>();
  #last: Uint8Array | undefined;

  /** @returns false when the queue is full. A request whose context waits already is the same request. */
  add(index: LogIndex, request: Message, self: ReplicaId): boolean {
    const key = keyOf(request.context);
    if (this.#byKey.has(key)) return true;
    if (this.#byKey.size >= PENDING_READS_MAX) return false;
    this.#byKey.set(key, {request, index, acks: new Map([[self, true]])});
    this.#last = request.context;
    return true;
  }
  /** @returns the answers so far of the read with that context, or undefined when there is none */
  acknowledge(from: ReplicaId, context: Uint8Array): ReadonlyMap<ReplicaId, boolean> | undefined {
    const read = this.#byKey.get(keyOf(context));
    read?.acks.set(from, true);
    return read?.acks;
  }
  /** Takes out every read up to and including the one with that context. */
  advance(context: Uint8Array): readonly PendingRead[] {
    const key = keyOf(context);
    if (!this.#byKey.has(key)) return [];
    const released: PendingRead[] = [];
    for (const [each, read] of this.#byKey) {
      released.push(read);
      this.#byKey.delete(each);
      if (each === key) break;
    }
    if (this.#byKey.size === 0) this.#last = undefined;
    return released;
  }
  /** Context of the newest waiting read, which periodic heartbeats carry so that a lost round is made up for. */
  lastContext(): Uint8Array | undefined {
    return this.#last;
  }
  clear(): void {
    this.#byKey.clear();
    this.#last = undefined;
  }
}

function keyOf(context: Uint8Array): string {
  // One character a byte: contexts are short, and this is cheaper than hexadecimal.
  let key = '';
  for (const byte of context) key += String.fromCharCode(byte);
  return key;
}
