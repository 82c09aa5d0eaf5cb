import type {StorePort, TimerHandle, Timers} from '@murmuration/base';
import {WriteBatch, assert} from '@murmuration/base';
import type {Message} from '@murmuration/raft';
import type {Group} from './group.js';
import {appliedKey} from './keys.js';
import type {RaftHostTuning} from './options.js';
import type {AppliedRecord} from './record-codec.js';
import {encodeAppliedRecord} from './record-codec.js';

interface Work {
  readonly group: Group;
  readonly message: Message;
}

/**
 * Applies committed entries to the machines at once, into one batch shared by all groups, and writes that batch
 * later and in bulk. The applied record of every group in the batch is part of it, so state and index agree after
 * any crash. One write is in flight at a time; above the backlog bound nothing is applied until it is done, which
 * holds back the cores through their own bound on entries handed out and not yet applied.
 */
export class ApplyQueue {
  readonly #store: StorePort;
  readonly #timers: Timers;
  readonly #tuning: RaftHostTuning;
  readonly #applyMessage: (group: Group, message: Message, batch: WriteBatch) => void;
  readonly #passOver: (group: Group, message: Message) => void;
  readonly #onStored: () => void;
  readonly #onFailure: (error: unknown) => void;
  #work: Work[] = [];
  #batch = new WriteBatch();
  #touched = new Set<Group>();
  #inFlightBytes = 0;
  #isWriting = false;
  #isStopped = false;
  #timer: TimerHandle | undefined;
  /** Told after the write that holds everything applied before they came. */
  #drained: (() => void)[] = [];

  /**
   * @param applyMessage applies one message's entries to its group
   * @param passOver tells the core that a message is done with: a snapshot has it
   * @param onStored a write is done: there is room, and something may wait for it
   */
  constructor(
    store: StorePort, timers: Timers, tuning: RaftHostTuning,
    applyMessage: (group: Group, message: Message, batch: WriteBatch) => void, passOver: (group: Group, message: Message) => void, onStored: () => void, onFailure: (error: unknown) => void,
  ) {
    this.#store = store;
    this.#timers = timers;
    this.#tuning = tuning;
    this.#applyMessage = applyMessage;
    this.#passOver = passOver;
    this.#onStored = onStored;
    this.#onFailure = onFailure;
  }
  add(group: Group, message: Message): void {
    this.#work.push({group, message});
  }
  /** Applies as much as the backlog bound allows. @returns whether anything was applied */
  apply(): boolean {
    let done = 0;
    while (done < this.#work.length && this.#inFlightBytes + this.#batch.sizeBytes < this.#tuning.applyBacklogBytesMax) {
      const {group, message} = this.#work[done] as Work;
      done += 1;
      if (group.isStopped) continue;
      const last = message.entries[message.entries.length - 1];
      if (group.isInstalling || (last !== undefined && last.index <= group.applied)) {
        // Handed out before a snapshot that covers it. Its record must not be written over the snapshot's.
        this.#passOver(group, message);
        continue;
      }
      this.#touched.add(group);
      this.#applyMessage(group, message, this.#batch);
    }
    if (done > 0) this.#work = done === this.#work.length ? [] : this.#work.slice(done);
    return done > 0;
  }
  /** Writes a full batch now, or sees to it that what there is will be written after the interval. */
  schedule(): void {
    if (this.#isStopped || this.#isWriting || this.#isClean) return;
    if (this.#batch.sizeBytes >= this.#tuning.applyBatchBytesMax || this.#drained.length > 0) {
      this.#write();
    } else if (this.#timer === undefined) {
      this.#timer = this.#timers.after(this.#tuning.applyIntervalMs, () => {
        this.#timer = undefined;
        if (!this.#isWriting && !this.#isStopped && !this.#isClean) this.#write();
      });
    }
  }
  /** Adds changes of the host's own, behind all effects applied so far. */
  change(add: (batch: WriteBatch) => void): void {
    add(this.#batch);
  }
  /** Calls back when everything applied so far is in the store. */
  whenDrained(callback: () => void): void {
    if (this.#isClean && !this.#isWriting) {
      this.#timers.nextTurn(callback);
      return;
    }
    // Asked during a write: what came before may be in the batch that is being filled, so the next write counts.
    if (this.#isClean) this.#drainedByFlight.push(callback);
    else this.#drained.push(callback);
    this.schedule();
  }
  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
    this.#work = [];
  }

  #drainedByFlight: (() => void)[] = [];
  get #isClean(): boolean {
    return this.#touched.size === 0 && this.#batch.isEmpty;
  }
  #write(): void {
    assert(!this.#isWriting, 'one store write at a time');
    this.#timer?.cancel();
    this.#timer = undefined;
    const batch = this.#batch;
    const marks: {readonly group: Group; readonly record: AppliedRecord}[] = [];
    for (const group of this.#touched) {
      if (group.isStopped) continue;
      const record = group.appliedRecord();
      assert(record.index >= group.stored.index, 'the stored index never goes back', {stored: group.stored.index, applied: record.index});
      batch.put(appliedKey(group.id), encodeAppliedRecord(record));
      marks.push({group, record});
    }
    this.#batch = new WriteBatch();
    this.#touched = new Set();
    this.#drainedByFlight.push(...this.#drained);
    this.#drained = [];
    this.#isWriting = true;
    this.#inFlightBytes = batch.sizeBytes;
    this.#store.write(batch).then(() => {
      this.#isWriting = false;
      this.#inFlightBytes = 0;
      if (this.#isStopped) return;
      for (const {group, record} of marks) if (!group.isStopped) group.wasStored(record);
      const drained = this.#drainedByFlight;
      this.#drainedByFlight = [];
      for (const callback of drained) callback();
      this.#onStored();
    }).catch((error: unknown) => {
      // Also what a callback throws: it must not vanish in a promise.
      this.#onFailure(error);
    });
  }
}

