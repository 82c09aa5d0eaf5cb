import {EMPTY_BYTES, LogError, RefusedWrites, assert, utf8Encode} from '@murmuration/base';
import type {Clock, EventSink, GroupId, LogEntry, LogFailure, LogGroupState, LogIndex, LogPort, LogWrite, MetricRegistry, RoomPurpose, Term, UnusableGroup} from '@murmuration/base';
import {Batch} from './batch.js';
import type {Waiter} from './batch.js';
import {checkWrites} from './check-writes.js';
import type {WritesCheck} from './check-writes.js';
import {EntryCache} from './entry-cache.js';
import {readEntriesNear, readEntry} from './entry-reader.js';
import {describeError} from './errors.js';
import {emitLogEvent} from './events.js';
import {writeFully} from './file-system.js';
import {BATCH_HEADER_BYTES, SECTOR_BYTES, SEGMENT_HEADER_BYTES, roundUpToSector, setUint64} from './format.js';
import {GroupLog} from './group-log.js';
import {createLogMetrics} from './metrics.js';
import type {LogMetrics} from './metrics.js';
import type {FileLogOptions} from './options.js';
import type {Recovery} from './recovery.js';
import {RecordPlace} from './record-place.js';
import type {Segment} from './segment.js';
import type {SegmentPool} from './segment-pool.js';
import {systemTimers} from './system-timers.js';
import type {LogTimers} from './system-timers.js';

export interface FileLogPorts {
  readonly clock: Clock;
  readonly events: EventSink;
  readonly metrics: MetricRegistry;
  /** Turns and waits, for simulations; those of the machine otherwise. */
  readonly timers?: LogTimers;
}

const BUFFER_BYTES_MIN = 64 * 1024;
/** Instructions without a waiter (forgotten prefixes, removals) that pile up until they are written on their own. */
const LAZY_BYTES_MAX = 64 * 1024;
/** A sync that takes longer is worth a line: leaders hand their groups over long before writers give up. */
const SLOW_SYNC_MS = 500;
/** Looking at free space after this much was written. */
const PROBE_EVERY_BYTES = 8 * 1024 * 1024;
const PROBE_EVERY_MS = 250;

/**
 * The Log port on segment files. One batch is in flight at a time: what is appended meanwhile collects in the next.
 * The state in memory moves at `append`; the files follow. Made by `openFileLog`.
 */
export class FileLog implements LogPort {
  /** A write is whole in one batch, and a batch in one segment. */
  readonly writeSizeBytesMax: number;
  readonly #options: FileLogOptions;
  readonly #clock: Clock;
  readonly #timers: LogTimers;
  readonly #events: EventSink;
  readonly #metrics: LogMetrics;
  readonly #pool: SegmentPool;
  readonly #cache: EntryCache;
  readonly #logId: Uint8Array;
  readonly #groups: Map<number, GroupLog>;
  /** Groups with a damaged record: nothing of them is read or written until they are removed. */
  readonly #unusable: Map<number, GroupLog>;
  readonly #refusedWrites = new RefusedWrites();
  /** Oldest first; the last one is written to. Only the first is ever taken out: what a record cancels lies before it. */
  readonly #segments: Segment[];
  #active: Segment;

  /** Batches waiting for the disk; the last one still takes records. */
  readonly #queue: Batch[] = [];
  #queuedBytes = 0;
  #inFlight: Batch | undefined = undefined;
  #isScheduled = false;
  /** Whether the next batch is to be written when the one in flight is done, though nobody may wait for it. */
  #isWanted = false;
  #batchOrderNext = 1;
  #batchOrderSynced = 0;
  #batchNumberNext: number;
  #chain: number;
  readonly #buffers: Uint8Array[] = [];
  readonly #voteBytes = new Uint8Array(8);
  readonly #voteView = new DataView(this.#voteBytes.buffer);

  #failure: LogFailure | undefined = undefined;
  #isClosing = false;
  #whenDrained: (() => void) | undefined = undefined;
  #isRecycling = false;
  /** A live record of the oldest segment that could not be read back: the segment stays, nothing is lost of it. */
  #unmovableSequence = 0;
  #bytesToProbe = PROBE_EVERY_BYTES;
  #probeAtMs = 0;

  #syncCount = 0;
  #appendCount = 0;
  #byteCount = 0;

  constructor(options: FileLogOptions, ports: FileLogPorts, pool: SegmentPool, recovery: Recovery) {
    this.writeSizeBytesMax = options.segmentSizeBytes - SEGMENT_HEADER_BYTES - BATCH_HEADER_BYTES - SECTOR_BYTES;
    this.#options = options;
    this.#clock = ports.clock;
    this.#timers = ports.timers ?? systemTimers;
    this.#events = ports.events;
    this.#metrics = createLogMetrics(ports.metrics);
    this.#pool = pool;
    this.#cache = new EntryCache(options.entryCacheBytesMax);
    this.#logId = recovery.logId;
    this.#groups = recovery.groups;
    this.#unusable = recovery.unusable;
    this.#segments = recovery.segments;
    this.#active = recovery.segments.at(-1) as Segment;
    this.#batchNumberNext = recovery.batchNumberNext;
    this.#chain = recovery.chain;
    ports.metrics.onCollect(() => {
      this.#metrics.storageBytes.set(this.usage().totalBytes);
      this.#metrics.groupsUnusable.set(this.#unusable.size);
      if (Number.isFinite(this.#pool.freeBytes)) this.#metrics.diskFreeBytes.set(this.#pool.freeBytes);
      this.#metrics.diskReserveBytes.set(this.#pool.reserveHeldBytes);
    });
    this.#noteUnusable();
  }

  append(writes: readonly LogWrite[], done: (error: LogError | undefined) => void): void {
    const check = checkWrites(writes, (group) => this.#groups.get(group));
    if (this.#unusable.size > 0) for (const {group} of writes) assert(!this.#unusable.has(group), 'an unusable group takes no writes', {group});
    this.#probeSometimes();
    const refusal = this.#refusal(writes, check);
    if (refusal !== undefined) {
      this.#refusedWrites.refused(writes, refusal);
      this.#openBatch(0).waiters.push({done, refusal: new LogError(refusal)});
      this.#schedule();
      return;
    }
    assert(check.holeIn === undefined, 'entries would leave a hole', {group: check.holeIn});
    this.#refusedWrites.taken(writes);
    // Each write is whole in one batch; a large append may take several, and is durable when the last of them is.
    let batch = this.#openBatch(check.sizesBytes[0] ?? 0);
    for (const [i, write] of writes.entries()) {
      batch = this.#openBatch(check.sizesBytes[i] as number);
      const before = batch.payloadBytes;
      this.#apply(batch, write);
      this.#queuedBytes += batch.payloadBytes - before;
    }
    batch.waiters.push({done, refusal: undefined});
    this.#schedule();
  }

  groups(): readonly LogGroupState[] {
    return [...this.#groups.values()].sort((a, b) => a.id - b.id).map((group) => group.state());
  }
  group(group: GroupId): LogGroupState | undefined {
    return this.#groups.get(group)?.state();
  }
  unusable(): readonly UnusableGroup[] {
    return [...this.#unusable.values()].sort((a, b) => a.id - b.id).map(({id, unusableReason}) => ({group: id, reason: unusableReason ?? ''}));
  }
  term(group: GroupId, index: LogIndex): Term | undefined {
    return this.#groups.get(group)?.term(index);
  }

  entries(group: GroupId, from: LogIndex, until: LogIndex, sizeBytesMax: number): readonly LogEntry[] {
    const log = this.#groups.get(group);
    assert(log !== undefined, 'no such group', {group});
    assert(from >= log.firstIndex && from <= until && until <= log.lastIndex + 1, 'entries outside the log', {group, from, until, firstIndex: log.firstIndex, lastIndex: log.lastIndex});
    let count = 0;
    let sizeBytes = 0;
    for (let index: number = from; index < until; index += 1) {
      sizeBytes += log.place(index).dataBytes;
      if (count > 0 && sizeBytes > sizeBytesMax) break;
      count += 1;
    }
    const end = from + count;
    const out: LogEntry[] = [];
    for (let index: number = from; index < end; ) {
      const {entry} = log.place(index);
      if (entry === undefined) index = readEntriesNear(log, index, end, out);
      else {
        out.push(entry);
        index += 1;
      }
    }
    return out;
  }

  truncatePrefix(group: GroupId, through: LogIndex): void {
    const log = this.#groups.get(group);
    if (log === undefined || through < log.firstIndex) return;
    assert(through <= log.lastIndex, 'prefix beyond the last entry', {group, through, lastIndex: log.lastIndex});
    this.#instruct((batch) => {
      log.dropThrough(through, batch.order);
      this.#addBase(batch, log);
    });
  }

  removeGroup(group: GroupId): void {
    this.#refusedWrites.forget(group);
    const log = this.#groups.get(group) ?? this.#unusable.get(group);
    if (log === undefined) return;
    this.#instruct((batch) => {
      log.retireAll(batch.order);
      this.#groups.delete(group);
      this.#unusable.delete(group);
      batch.add('remove', 0, group, 0, 0);
    });
  }

  hasRoom(purpose: RoomPurpose = 'new-data'): boolean {
    if (this.#pool.isLow && !this.#isClosing) this.#pool.probe();
    else this.#probeSometimes();
    return purpose === 'reclaiming' ? !this.#pool.isStarved : !this.#pool.isLow;
  }
  usage(): {readonly totalBytes: number; readonly liveBytes: number; readonly segmentCount: number} {
    let totalBytes = this.#pool.spareCount * this.#options.segmentSizeBytes;
    let liveBytes = 0;
    for (const segment of this.#segments) {
      totalBytes += segment.sizeBytes;
      liveBytes += segment.liveBytes;
    }
    return {totalBytes, liveBytes, segmentCount: this.#segments.length};
  }
  groupBytes(group: GroupId): number {
    return this.#groups.get(group)?.entryBytes ?? 0;
  }
  counts(): {readonly syncs: number; readonly appends: number; readonly bytes: number} {
    return {syncs: this.#syncCount, appends: this.#appendCount, bytes: this.#byteCount};
  }

  async close(): Promise<void> {
    assert(!this.#isClosing, 'the log is closed once');
    this.#isClosing = true;
    this.#pool.drain();
    // An empty last batch shows the next opening that all before it was durable: damage to it is then told from a torn tail.
    if (this.#failure === undefined) this.#openBatch(0).isMarker = true;
    await new Promise<void>((resolve) => {
      this.#whenDrained = resolve;
      this.#schedule();
    });
    await new Promise<void>((resolve) => {
      this.#pool.close(resolve);
    });
    for (const segment of this.#segments) segment.file.close();
  }

  /** For the pool: a failure while making or recycling files that no batch was waiting for. */
  poison(error: Error): void {
    const reason = describeError(error);
    if (this.#failure === undefined) emitLogEvent(this.#events, {event: 'log/poisoned', level: 'error', reason});
    this.#fail({code: 'Poisoned', reason});
    this.#pool.abandon(error);
  }

  #refusal(writes: readonly LogWrite[], {sizeBytesTotal, sizeBytesLargest, hasEntries}: WritesCheck): LogFailure | undefined {
    if (this.#isClosing) return {code: 'Closed'};
    if (this.#failure !== undefined) return this.#failure;
    const needed = roundUpToSector(BATCH_HEADER_BYTES + sizeBytesLargest);
    if (needed > this.#options.segmentSizeBytes - SEGMENT_HEADER_BYTES) return {code: 'Unusable', reason: `a write of ${sizeBytesLargest} bytes does not fit a segment`};
    if (this.#queuedBytes + sizeBytesTotal > this.#options.queueBytesMax && this.#queuedBytes > 0) return {code: 'Overloaded', queuedBytes: this.#queuedBytes};
    if (hasEntries && this.#pool.isStarved && this.#roomBytes < sizeBytesTotal + this.#options.segmentSizeBytes / 8) {
      this.#pool.probe();
      return {code: 'DiskFull', freeBytes: this.#pool.freeBytes};
    }
    return this.#refusedWrites.obstacle(writes);
  }

  /** What fits the files that are there, less what waits for them. An eighth of a segment of it is for writes without entries. */
  get #roomBytes(): number {
    const activeBytes = Math.max(0, this.#active.sizeBytes - this.#active.writeOffsetBytes);
    const spareBytes = this.#pool.spareCount * (this.#options.segmentSizeBytes - SEGMENT_HEADER_BYTES);
    return activeBytes + spareBytes - this.#queuedBytes - this.#queue.length * 2 * SECTOR_BYTES;
  }
  #apply(batch: Batch, write: LogWrite): void {
    let group = this.#groups.get(write.group);
    if (group === undefined) {
      group = new GroupLog(write.group);
      this.#groups.set(write.group, group);
    }
    if (write.snapshot !== undefined) {
      group.reset(write.snapshot.index, write.snapshot.term, batch.order);
      group.basePlace?.retire(batch.order);
      group.basePlace = new RecordPlace(group, 'base', 0, 0, 0, 0, undefined);
      batch.add('snapshot', 0, group.id, group.baseIndex, group.baseTerm, EMPTY_BYTES, group.basePlace);
    }
    const first = write.entries?.[0];
    if (write.entries !== undefined && first !== undefined) {
      if (first.index <= group.lastIndex) group.dropFrom(first.index, batch.order);
      for (const entry of write.entries) {
        const place = new RecordPlace(group, 'entry', entry.index, entry.term, entry.kind, entry.data.length, entry);
        group.push(place);
        batch.add('entry', entry.kind, group.id, entry.index, entry.term, entry.data, place);
      }
    }
    if (write.hardState !== undefined) {
      group.hardState = write.hardState;
      this.#addHardState(batch, group);
    }
    if (write.descriptor !== undefined) {
      group.descriptor = write.descriptor.slice();
      this.#addDescriptor(batch, group);
    }
  }
  #addHardState(batch: Batch, group: GroupLog): void {
    if (group.hardState === undefined) return;
    group.hardStatePlace?.retire(batch.order);
    group.hardStatePlace = new RecordPlace(group, 'hard-state', 0, 0, 0, 8, undefined);
    setUint64(this.#voteView, 0, group.hardState.vote);
    batch.add('hard-state', 0, group.id, group.hardState.commit, group.hardState.term, this.#voteBytes, group.hardStatePlace);
  }
  #addDescriptor(batch: Batch, group: GroupLog): void {
    if (group.descriptor === undefined) return;
    group.descriptorPlace?.retire(batch.order);
    group.descriptorPlace = new RecordPlace(group, 'descriptor', 0, 0, 0, group.descriptor.length, undefined);
    batch.add('descriptor', 0, group.id, 0, 0, group.descriptor, group.descriptorPlace);
  }
  #addBase(batch: Batch, group: GroupLog): void {
    group.basePlace?.retire(batch.order);
    group.basePlace = new RecordPlace(group, 'base', 0, 0, 0, 0, undefined);
    batch.add('prefix', 0, group.id, group.baseIndex, group.baseTerm, EMPTY_BYTES, group.basePlace);
  }

  #addUnusable(batch: Batch, group: GroupLog): void {
    const bytes = utf8Encode(group.unusableReason ?? '');
    group.unusablePlace?.retire(batch.order);
    group.unusablePlace = new RecordPlace(group, 'unusable', 0, 0, 0, bytes.length, undefined);
    batch.add('unusable', 0, group.id, 0, 0, bytes, group.unusablePlace);
  }
  /**
   * Writes down whom damage hit, before the damaged segment can ever be freed: with it gone, a group that lost its last
   * vote would look whole.
   */
  #noteUnusable(): void {
    if ([...this.#unusable.values()].every((group) => group.unusablePlace !== undefined)) return;
    this.#instruct((batch) => {
      for (const group of this.#unusable.values()) if (group.unusablePlace === undefined) this.#addUnusable(batch, group);
      for (const segment of this.#segments) if (segment.damagedGroups.length > 0) segment.changedByBatch = Math.max(segment.changedByBatch, batch.order);
    });
    this.#schedule();
  }

  /** Adds records nobody waits for: they go with the next append, or when a segment can be freed by them. */
  #instruct(add: (batch: Batch) => void): void {
    if (this.#isClosing || this.#failure !== undefined) return;
    const batch = this.#openBatch(256);
    const before = batch.payloadBytes;
    add(batch);
    this.#queuedBytes += batch.payloadBytes - before;
    if (batch.payloadBytes > LAZY_BYTES_MAX) this.#schedule();
    else this.#reclaim();
  }

  /** @returns the batch that takes the next records, with room for `sizeBytes` more */
  #openBatch(sizeBytes: number): Batch {
    const last = this.#queue.at(-1);
    if (last !== undefined && (last.payloadBytes === 0 || last.payloadBytes + sizeBytes <= this.#options.batchBytesMax)) return last;
    const batch = new Batch(this.#batchOrderNext, last?.chain ?? this.#inFlight?.chain ?? this.#chain, this.#buffers.pop() ?? new Uint8Array(BUFFER_BYTES_MIN));
    this.#batchOrderNext += 1;
    this.#queue.push(batch);
    return batch;
  }
  #schedule(): void {
    if (this.#inFlight !== undefined) this.#isWanted = true;
    if (this.#isScheduled || this.#inFlight !== undefined) return;
    this.#isScheduled = true;
    // The rest of this turn's appends come along.
    this.#timers.nextTurn(() => {
      this.#isScheduled = false;
      this.#pump();
    });
  }
  #pump(): void {
    if (this.#inFlight !== undefined) return;
    const batch = this.#queue.shift();
    if (batch === undefined) {
      this.#whenDrained?.();
      return;
    }
    this.#inFlight = batch;
    this.#isWanted = false;
    if (batch.recordCount === 0 && !batch.isMarker) return this.#finish(batch, undefined);
    if (this.#failure !== undefined) return this.#finish(batch, this.#failure);
    if (this.#active.writeOffsetBytes + batch.sizeBytes <= this.#active.sizeBytes) return this.#write(batch);
    // A full segment is no reason to make another only to say that all is well.
    if (batch.recordCount === 0) return this.#finish(batch, undefined);
    const header = {logId: this.#logId, sequence: this.#active.sequence + 1, batchNumberFirst: this.#batchNumberNext, chainBefore: this.#chain};
    this.#pool.activate(header, (error, segment) => {
      if (segment === undefined) return this.#failWith(batch, error as Error);
      this.#segments.push(segment);
      this.#active = segment;
      if (this.#failure === undefined) this.#write(batch);
      else this.#finish(batch, this.#failure);
    });
  }
  #write(batch: Batch): void {
    const segment = this.#active;
    const offsetBytes = segment.writeOffsetBytes;
    const bytes = batch.finish(this.#logId, segment.sequence, this.#batchNumberNext);
    segment.writeOffsetBytes += bytes.length;
    this.#batchNumberNext += 1;
    for (const place of batch.places) place.settle(segment, offsetBytes);
    const startMs = this.#clock.monotonicMs();
    writeFully(segment.file, bytes, 0, bytes.length, offsetBytes, (writeError) => {
      if (writeError !== undefined) return this.#failWith(batch, writeError);
      segment.file.datasync((syncError) => {
        if (syncError !== undefined) return this.#failWith(batch, syncError);
        // A failure elsewhere (a directory, another file) while this batch was under way says nothing of this batch,
        // but the log has promised that every later callback gets the error.
        if (this.#failure !== undefined) return this.#finish(batch, this.#failure);
        this.#noteSync(this.#clock.monotonicMs() - startMs, bytes.length);
        this.#syncCount += 1;
        this.#byteCount += bytes.length;
        this.#noteWritten(bytes.length);
        this.#batchOrderSynced = batch.order;
        this.#cache.add(batch.places);
        this.#finish(batch, undefined);
      });
    });
  }
  #noteSync(durationMs: number, sizeBytes: number): void {
    this.#metrics.syncTime.observe(durationMs / 1000);
    if (durationMs < SLOW_SYNC_MS) return;
    this.#metrics.slowSyncs.add(1);
    emitLogEvent(this.#events, {event: 'log/slow-sync', level: 'warn', durationMs, sizeBytes});
  }
  /** Others fill the disk too: their bytes are not counted here, so it is looked at now and then. */
  #probeSometimes(): void {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs < this.#probeAtMs || this.#isClosing) return;
    this.#probeAtMs = nowMs + PROBE_EVERY_MS;
    this.#pool.probe();
  }
  #noteWritten(sizeBytes: number): void {
    this.#bytesToProbe -= sizeBytes;
    if (this.#bytesToProbe > 0) return;
    this.#bytesToProbe = PROBE_EVERY_BYTES;
    this.#pool.probe();
  }
  #failWith(batch: Batch, error: Error): void {
    if (error instanceof LogError) this.#fail(error.failure);
    else this.poison(error);
    this.#finish(batch, this.#failure);
  }
  /** The next batch starts before callbacks run: the disk need not wait for what they do. */
  #finish(batch: Batch, failure: LogFailure | undefined): void {
    assert(this.#inFlight === batch, 'another batch was in flight');
    this.#inFlight = undefined;
    this.#queuedBytes -= batch.payloadBytes;
    this.#chain = batch.chain;
    if (this.#buffers.length < 2 && batch.buffer.length <= this.#options.batchBytesMax * 2) this.#buffers.push(batch.buffer);
    const {waiters} = batch;
    this.#reclaim();
    const next = this.#queue[0];
    if (next !== undefined && (this.#isWanted || this.#queue.length > 1 || next.waiters.length > 0 || next.isMarker || this.#isClosing)) this.#pumpSoon();
    else if (next === undefined && this.#isClosing) this.#schedule();
    this.#settleWaiters(waiters, failure);
  }
  /** Starts the next batch now, or in the next turn when that one needs no disk: recursion would have no bound. */
  #pumpSoon(): void {
    const next = this.#queue[0];
    if (next !== undefined && next.recordCount > 0 && this.#failure === undefined) this.#pump();
    else this.#schedule();
  }
  #settleWaiters(waiters: readonly Waiter[], failure: LogFailure | undefined): void {
    const error = failure === undefined ? undefined : new LogError(failure);
    for (const waiter of waiters) {
      if (waiter.refusal === undefined && error === undefined) this.#appendCount += 1;
      waiter.done(waiter.refusal ?? error);
    }
  }
  #fail(failure: LogFailure): void {
    this.#failure ??= failure;
    this.#schedule();
  }

  /** Frees the oldest segment when nothing in it lives; copies the little that lives when too much is dead. */
  #reclaim(): void {
    const oldest = this.#segments[0];
    if (oldest === undefined || oldest === this.#active || this.#isRecycling || this.#isClosing || this.#failure !== undefined) return;
    if (oldest.liveBytes > 0) {
      this.#moveSome(oldest);
      return;
    }
    if (oldest.changedByBatch > this.#batchOrderSynced) {
      // What freed it may be a lazy instruction: write it now.
      this.#schedule();
      return;
    }
    this.#isRecycling = true;
    this.#segments.shift();
    oldest.places = [];
    this.#pool.recycle(oldest, (error) => {
      this.#isRecycling = false;
      if (error !== undefined) this.poison(error);
      else this.#reclaim();
    });
  }
  #moveSome(oldest: Segment): void {
    if (this.#segments.length < this.#options.rewriteSegmentCountMin || oldest.sequence === this.#unmovableSequence) return;
    let liveBytes = 0;
    let heldBytes = 0;
    for (const segment of this.#segments) {
      liveBytes += segment.liveBytes;
      heldBytes += segment.writeOffsetBytes;
    }
    // Below half, copying forward costs at most as much as it frees.
    if (liveBytes * 2 > heldBytes) return;
    // One portion with each batch: appends of groups are not held up by the copying.
    const batch = this.#openBatch(this.#options.rewriteBytesMax);
    if (batch.payloadBytes > this.#options.rewriteBytesMax) return this.#schedule();
    const before = batch.payloadBytes;
    const until = before + this.#options.rewriteBytesMax;
    try {
      oldest.places = oldest.places.filter((place) => place.isLive);
      for (const place of oldest.places) {
        if (batch.payloadBytes >= until) break;
        if (place.isLive) this.#move(batch, place);
      }
    } catch (error) {
      if (!(error instanceof LogError)) throw error;
      this.#unmovableSequence = oldest.sequence;
      emitLogEvent(this.#events, {event: 'log/move-failed', level: 'error', sequence: oldest.sequence, reason: error.message});
    }
    this.#queuedBytes += batch.payloadBytes - before;
    this.#schedule();
  }
  #move(batch: Batch, place: RecordPlace): void {
    const {group} = place;
    switch (place.role) {
      case 'hard-state':
        return this.#addHardState(batch, group);
      case 'descriptor':
        return this.#addDescriptor(batch, group);
      case 'base':
        return this.#addBase(batch, group);
      case 'unusable':
        return this.#addUnusable(batch, group);
      default: {
        const entry = place.entry ?? readEntry(place);
        const copy = new RecordPlace(group, 'entry', place.index, place.term, place.entryKind, place.dataBytes, entry);
        group.replace(copy);
        place.retire(batch.order);
        batch.add('moved-entry', place.entryKind, group.id, place.index, place.term, entry.data, copy);
      }
    }
  }
}
