import {LOG_RECORD_OVERHEAD_BYTES, LogError, RefusedWrites, assert} from '@murmuration/base';
import type {GroupId, LogEntry, LogFailure, LogGroupState, LogIndex, LogPort, LogWrite, RoomPurpose, Term, Timers, UnusableGroup} from '@murmuration/base';
import {checkWrites} from './check-writes.js';
import {GroupEntries} from './group-entries.js';

export interface MemoryLogOptions {
  /** Time a sync takes. Needs `timers` when above 0. */
  readonly syncDelayMs?: number;
  /** Bytes of entries waiting to be durable; an append above it is refused (`Overloaded`). */
  readonly queueBytesMax?: number;
  /** See LogPort. */
  readonly writeSizeBytesMax?: number;
}
export interface MemoryLogPorts {
  /** What makes a sync take a turn, or `syncDelayMs`. The event loop's own turn otherwise. */
  readonly timers?: Pick<Timers, 'nextTurn' | 'after'>;
}

/** Of a log on files with the usual segments. */
const WRITE_SIZE_BYTES_MAX = 63 * 1024 * 1024;

type Groups = Map<GroupId, GroupEntries>;
interface Waiter {
  readonly done: (error: LogError | undefined) => void;
  readonly refusal: LogError | undefined;
  readonly sizeBytes: number;
}
/** One change on its way to being durable: made once to the visible state, and again to the durable one. */
interface Change {
  readonly make: (groups: Groups) => void;
  readonly waiter: Waiter | undefined;
}

/**
 * The Log port in memory, with durability played: a change is visible at once and durable after a sync, which can be
 * held back, and a crash keeps only what was durable.
 */
export class MemoryLog implements LogPort {
  readonly writeSizeBytesMax: number;
  readonly #options: MemoryLogOptions;
  readonly #ports: MemoryLogPorts;
  readonly #visible: Groups;
  readonly #durable: Groups;
  #pending: Change[] = [];
  #queuedBytes = 0;
  #inFlight: readonly Change[] | undefined = undefined;
  #isSyncHeld = false;
  #heldSync: (() => void) | undefined = undefined;
  #failure: LogFailure | undefined = undefined;
  #hasRoom = true;
  #hasRoomToReclaim = true;
  #refuseNext: LogFailure | undefined = undefined;
  /** Groups whose records are played as damaged; kept by what a restart finds. */
  readonly #unusable: Map<GroupId, string>;
  readonly #refusedWrites = new RefusedWrites();
  #isCrashed = false;
  #isClosing = false;
  #whenDrained: (() => void) | undefined = undefined;
  #isScheduled = false;
  #syncCount = 0;
  #appendCount = 0;
  #byteCount = 0;

  constructor(options: MemoryLogOptions, ports: MemoryLogPorts, durable: Groups, unusable: ReadonlyMap<GroupId, string> = new Map()) {
    assert((options.syncDelayMs ?? 0) === 0 || ports.timers !== undefined, 'a sync delay needs timers');
    this.writeSizeBytesMax = options.writeSizeBytesMax ?? WRITE_SIZE_BYTES_MAX;
    this.#options = options;
    this.#ports = ports;
    this.#durable = durable;
    this.#unusable = new Map(unusable);
    this.#visible = cloneGroups(durable);
  }

  append(writes: readonly LogWrite[], done: (error: LogError | undefined) => void): void {
    for (const {group} of writes) assert(!this.#unusable.has(group), 'an unusable group takes no writes', {group});
    const holeIn = checkWrites(writes, (group) => this.#visible.get(group));
    const sizeBytes = writes.reduce((sum, write) => sum + (write.entries ?? []).reduce((inner, entry) => inner + entry.data.length, 64), 0);
    const sizeBytesLargest = Math.max(0, ...writes.map(sizeBytesOf));
    const failure = this.#refusal(writes, sizeBytes, sizeBytesLargest);
    if (failure !== undefined) {
      this.#refusedWrites.refused(writes, failure);
      this.#enqueue({make: () => undefined, waiter: {done, refusal: new LogError(failure), sizeBytes: 0}});
      return;
    }
    assert(holeIn === undefined, 'entries would leave a hole', {group: holeIn});
    this.#refusedWrites.taken(writes);
    this.#queuedBytes += sizeBytes;
    this.#change({make: (groups) => applyWrites(groups, writes), waiter: {done, refusal: undefined, sizeBytes}});
  }
  groups(): readonly LogGroupState[] {
    return [...this.#visible.values()].sort((a, b) => a.id - b.id).map((group) => group.state());
  }
  group(group: GroupId): LogGroupState | undefined {
    return this.#visible.get(group)?.state();
  }
  unusable(): readonly UnusableGroup[] {
    return [...this.#unusable].map(([group, reason]) => ({group, reason})).sort((a, b) => a.group - b.group);
  }
  term(group: GroupId, index: LogIndex): Term | undefined {
    return this.#visible.get(group)?.term(index);
  }
  entries(group: GroupId, from: LogIndex, until: LogIndex, sizeBytesMax: number): readonly LogEntry[] {
    const entries = this.#visible.get(group);
    assert(entries !== undefined, 'no such group', {group});
    return entries.read(from, until, sizeBytesMax);
  }
  truncatePrefix(group: GroupId, through: LogIndex): void {
    const entries = this.#visible.get(group);
    if (entries === undefined || through < entries.firstIndex || this.#isClosing || this.#failure !== undefined) return;
    assert(through <= entries.lastIndex, 'prefix beyond the last entry', {group, through, lastIndex: entries.lastIndex});
    this.#change({make: (groups) => groups.get(group)?.dropThrough(through), waiter: undefined});
  }
  removeGroup(group: GroupId): void {
    this.#refusedWrites.forget(group);
    this.#unusable.delete(group);
    if (!this.#visible.has(group) || this.#isClosing || this.#failure !== undefined) return;
    this.#change({make: (groups) => groups.delete(group), waiter: undefined});
  }
  hasRoom(purpose: RoomPurpose = 'new-data'): boolean {
    return purpose === 'reclaiming' ? this.#hasRoomToReclaim : this.#hasRoom;
  }
  usage(): {readonly totalBytes: number; readonly liveBytes: number; readonly segmentCount: number} {
    let liveBytes = 0;
    for (const group of this.#visible.values()) liveBytes += group.entryBytes;
    return {totalBytes: liveBytes, liveBytes, segmentCount: 1};
  }
  groupBytes(group: GroupId): number {
    return this.#visible.get(group)?.entryBytes ?? 0;
  }
  counts(): {readonly syncs: number; readonly appends: number; readonly bytes: number} {
    return {syncs: this.#syncCount, appends: this.#appendCount, bytes: this.#byteCount};
  }
  async close(): Promise<void> {
    assert(!this.#isClosing, 'the log is closed once');
    this.#isClosing = true;
    this.releaseSyncs();
    await new Promise<void>((resolve) => {
      this.#whenDrained = resolve;
      if (this.#isCrashed) this.#defer(resolve);
      else this.#schedule();
    });
  }

  /** From now on no sync ends until `releaseSyncs`. */
  holdSyncs(): void {
    this.#isSyncHeld = true;
  }
  releaseSyncs(): void {
    this.#isSyncHeld = false;
    const sync = this.#heldSync;
    this.#heldSync = undefined;
    if (sync !== undefined) this.#defer(sync);
  }
  /** Lets the one sync that is held end; the next is held again. */
  releaseOneSync(): void {
    const sync = this.#heldSync;
    this.#heldSync = undefined;
    if (sync !== undefined) this.#defer(sync);
  }
  /** Plays a failing disk: nothing that is not durable now ever is, every later callback gets the error. */
  poison(reason: string): void {
    this.#failure ??= {code: 'Poisoned', reason};
    this.releaseSyncs();
  }
  /** Plays a disk below its low-water mark, and one above it again; `reclaiming` of the lower mark, too. */
  setRoom(hasRoom: boolean, hasRoomToReclaim = true): void {
    this.#hasRoom = hasRoom;
    this.#hasRoomToReclaim = hasRoomToReclaim;
  }
  /** Refuses the next append, as a full disk does. */
  refuseNext(failure: LogFailure): void {
    this.#refuseNext = failure;
  }
  /** Plays a record of a group that rotted. To be called on what `crash` or `reopen` returned, before it is used. */
  damageGroup(group: GroupId, reason: string): void {
    this.#visible.delete(group);
    this.#durable.delete(group);
    this.#unusable.set(group, reason);
  }
  /**
   * Ends this log as a power cut would: no callback runs any more. May be asked again, for other outcomes of one crash.
   * @param keepCount changes not yet durable that reached the disk all the same, oldest first
   * @returns the log that a restart finds
   */
  crash(keepCount = 0): MemoryLog {
    this.#isCrashed = true;
    const durable = cloneGroups(this.#durable);
    for (const change of [...(this.#inFlight ?? []), ...this.#pending].slice(0, keepCount)) change.make(durable);
    this.#heldSync = undefined;
    return new MemoryLog(this.#options, this.#ports, durable, this.#unusable);
  }
  /** Opens the log again after `close`. */
  reopen(): MemoryLog {
    return new MemoryLog(this.#options, this.#ports, cloneGroups(this.#durable), this.#unusable);
  }

  #refusal(writes: readonly LogWrite[], sizeBytes: number, sizeBytesLargest: number): LogFailure | undefined {
    if (this.#isClosing || this.#isCrashed) return {code: 'Closed'};
    if (this.#failure !== undefined) return this.#failure;
    if (this.#refuseNext !== undefined) {
      const failure = this.#refuseNext;
      this.#refuseNext = undefined;
      return failure;
    }
    if (sizeBytesLargest > this.writeSizeBytesMax) return {code: 'Unusable', reason: `a write of ${sizeBytesLargest} bytes does not fit`};
    const queueBytesMax = this.#options.queueBytesMax ?? 64 * 1024 * 1024;
    if (this.#queuedBytes > 0 && this.#queuedBytes + sizeBytes > queueBytesMax) return {code: 'Overloaded', queuedBytes: this.#queuedBytes};
    return this.#refusedWrites.obstacle(writes);
  }
  #change(change: Change): void {
    change.make(this.#visible);
    this.#enqueue(change);
  }
  #enqueue(change: Change): void {
    if (this.#isCrashed) return;
    this.#pending.push(change);
    // What nobody waits for goes with the next append.
    if (change.waiter !== undefined) this.#schedule();
  }
  #schedule(): void {
    if (this.#isScheduled || this.#inFlight !== undefined) return;
    this.#isScheduled = true;
    this.#defer(() => {
      this.#isScheduled = false;
      this.#startSync();
    });
  }
  #startSync(): void {
    if (this.#isCrashed || this.#inFlight !== undefined) return;
    if (this.#pending.length === 0) {
      this.#whenDrained?.();
      return;
    }
    this.#inFlight = this.#pending;
    this.#pending = [];
    const end = (): void => {
      if (this.#isCrashed) return;
      if (this.#isSyncHeld) this.#heldSync = () => this.#endSync();
      else this.#endSync();
    };
    const delayMs = this.#options.syncDelayMs ?? 0;
    if (delayMs > 0) this.#ports.timers?.after(delayMs, end);
    else this.#defer(end);
  }
  #endSync(): void {
    const changes = this.#inFlight;
    if (this.#isCrashed || changes === undefined) return;
    this.#inFlight = undefined;
    const failure = this.#failure;
    if (failure === undefined && changes.some((change) => change.waiter?.refusal === undefined)) this.#syncCount += 1;
    for (const change of changes) {
      this.#queuedBytes -= change.waiter?.sizeBytes ?? 0;
      if (failure !== undefined) continue;
      change.make(this.#durable);
      this.#byteCount += change.waiter?.sizeBytes ?? 0;
    }
    if (this.#pending.some((change) => change.waiter !== undefined) || this.#isClosing) this.#schedule();
    for (const {waiter} of changes) {
      if (waiter === undefined || this.#isCrashed) continue;
      if (waiter.refusal === undefined && failure === undefined) this.#appendCount += 1;
      waiter.done(waiter.refusal ?? (failure === undefined ? undefined : new LogError(failure)));
    }
  }
  #defer(callback: () => void): void {
    if (this.#ports.timers !== undefined) this.#ports.timers.nextTurn(callback);
    else setImmediate(callback);
  }
}

/** An empty log. */
export function createMemoryLog(options: MemoryLogOptions = {}, ports: MemoryLogPorts = {}): MemoryLog {
  return new MemoryLog(options, ports, new Map());
}

/** As every log counts it. */
function sizeBytesOf({entries = [], hardState, snapshot, descriptor}: LogWrite): number {
  const parts = [hardState, snapshot, descriptor].filter((part) => part !== undefined).length;
  return entries.reduce((sum, entry) => sum + entry.data.length, (descriptor?.length ?? 0) + LOG_RECORD_OVERHEAD_BYTES * (entries.length + parts));
}

function applyWrites(groups: Groups, writes: readonly LogWrite[]): void {
  for (const write of writes) {
    const group = groups.get(write.group) ?? new GroupEntries(write.group);
    groups.set(write.group, group);
    group.apply(write);
  }
}
function cloneGroups(groups: Groups): Groups {
  const copy: Groups = new Map();
  for (const [id, group] of groups) copy.set(id, group.clone());
  return copy;
}
