import {assert, compareBytes} from '@murmuration/base';

/** A value known without the store: `bytes` undefined means that the row is absent. */
export interface KnownValue {
  readonly bytes: Uint8Array | undefined;
}
/** The newest value of a row, and what it hangs on. */
export interface LatestValue extends KnownValue {
  /** Sequence of the proposed effect it comes from; 0 when it is committed. */
  readonly dependsOn: number;
}

interface Slot {
  readonly key: Uint8Array;
  readonly text: string;
  /** Newest proposed value; older proposals of the key are superseded, nobody asks for them. */
  pending: KnownValue | undefined;
  pendingSequence: number;
  /** Newest applied value that the store may not show yet. */
  applied: KnownValue | undefined;
  appliedIndex: number;
}

/** Per row beyond its bytes: map entry, slot and text of the key, roughly. */
const SLOT_OVERHEAD_BYTES = 200;

/**
 * What is between the leader's decisions and the store: values of effects proposed and not committed, and values
 * applied and not stored yet. Invariant: a key without a slot has its committed value in the store.
 */
export class Overlay {
  readonly #slots = new Map<string, Slot>();
  /** Applied values by log index, oldest first: what onStored takes away. */
  #appliedQueue: {readonly index: number; readonly slot: Slot}[] = [];
  #pendingTexts = new Set<string>();
  #sizeBytes = 0;

  /** Approximate memory held. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }
  get keyCount(): number {
    return this.#slots.size;
  }

  /** The value the next write must be evaluated on; undefined when the store has it. */
  latest(text: string): LatestValue | undefined {
    const slot = this.#slots.get(text);
    if (slot === undefined) return undefined;
    if (slot.pending !== undefined) return {bytes: slot.pending.bytes, dependsOn: slot.pendingSequence};
    return slot.applied === undefined ? undefined : {bytes: slot.applied.bytes, dependsOn: 0};
  }
  /** The committed value; undefined when the store has it. Never shows a proposal. */
  committed(text: string): KnownValue | undefined {
    return this.#slots.get(text)?.applied;
  }

  /** A change proposed on top of what `latest` said. Sequences only grow. */
  propose(text: string, key: Uint8Array, bytes: Uint8Array | undefined, sequence: number): void {
    const slot = this.#slotOf(text, key);
    assert(sequence >= slot.pendingSequence, 'proposals go back', {sequence});
    if (slot.pending !== undefined) this.#sizeBytes -= slot.pending.bytes?.length ?? 0;
    slot.pending = {bytes};
    slot.pendingSequence = sequence;
    this.#sizeBytes += bytes?.length ?? 0;
    this.#pendingTexts.add(text);
  }
  /** A change applied from the log. Settles the proposal of the same sequence, if it is the key's newest. */
  apply(text: string, key: Uint8Array, bytes: Uint8Array | undefined, sequence: number, index: number): void {
    const slot = this.#slotOf(text, key);
    if (slot.pending !== undefined && slot.pendingSequence <= sequence) this.#clearPending(text, slot);
    if (slot.applied !== undefined) this.#sizeBytes -= slot.applied.bytes?.length ?? 0;
    slot.applied = {bytes};
    slot.appliedIndex = index;
    this.#sizeBytes += bytes?.length ?? 0;
    this.#appliedQueue.push({index, slot});
  }
  /** The store shows everything applied up to `through`. */
  stored(through: number): void {
    let done = 0;
    for (const {index, slot} of this.#appliedQueue) {
      if (index > through) break;
      done += 1;
      if (slot.appliedIndex > through || slot.applied === undefined) continue;
      this.#sizeBytes -= slot.applied.bytes?.length ?? 0;
      slot.applied = undefined;
      this.#dropIfEmpty(slot.text, slot);
    }
    if (done > 0) this.#appliedQueue = this.#appliedQueue.slice(done);
  }
  /** Forgets every proposal: leadership was lost, or a proposal before them fell away. */
  dropPending(): void {
    for (const text of this.#pendingTexts) {
      const slot = this.#slots.get(text);
      if (slot !== undefined) this.#clearPending(text, slot);
      if (slot !== undefined) this.#dropIfEmpty(text, slot);
    }
    this.#pendingTexts.clear();
  }
  clear(): void {
    this.#slots.clear();
    this.#appliedQueue = [];
    this.#pendingTexts = new Set();
    this.#sizeBytes = 0;
  }

  /** Applied values of [from, until) that the store may not show yet, ascending by key. A copy: later changes do not show. */
  committedRange(from: Uint8Array, until: Uint8Array): readonly {readonly key: Uint8Array; readonly bytes: Uint8Array | undefined}[] {
    const found: {readonly key: Uint8Array; readonly bytes: Uint8Array | undefined}[] = [];
    // A range reads many rows, the overlay holds some milliseconds of writes: passing over all of it is the lesser part.
    for (const slot of this.#slots.values()) {
      if (slot.applied === undefined) continue;
      if (compareBytes(slot.key, from) >= 0 && compareBytes(slot.key, until) < 0) found.push({key: slot.key, bytes: slot.applied.bytes});
    }
    return found.sort((a, b) => compareBytes(a.key, b.key));
  }

  #slotOf(text: string, key: Uint8Array): Slot {
    let slot = this.#slots.get(text);
    if (slot === undefined) {
      slot = {key, text, pending: undefined, pendingSequence: 0, applied: undefined, appliedIndex: 0};
      this.#slots.set(text, slot);
      this.#sizeBytes += key.length + SLOT_OVERHEAD_BYTES;
    }
    return slot;
  }
  #clearPending(text: string, slot: Slot): void {
    this.#sizeBytes -= slot.pending?.bytes?.length ?? 0;
    slot.pending = undefined;
    slot.pendingSequence = 0;
    this.#pendingTexts.delete(text);
  }
  #dropIfEmpty(text: string, slot: Slot): void {
    if (slot.pending !== undefined || slot.applied !== undefined) return;
    this.#slots.delete(text);
    this.#sizeBytes -= slot.key.length + SLOT_OVERHEAD_BYTES;
  }
}
