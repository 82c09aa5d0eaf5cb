import {LogError, assert} from '@murmuration/base';
import type {EventSink, TimerHandle} from '@murmuration/base';
import {DiskReserve} from './disk-reserve.js';
import {isNoSpace} from './errors.js';
import {emitLogEvent} from './events.js';
import {writeFully} from './file-system.js';
import {fillWithZeros} from './fill-with-zeros.js';
import type {FileSystem, SystemFile} from './file-system.js';
import {SEGMENT_HEADER_BYTES, encodeSegmentHeader} from './format.js';
import type {SegmentHeader} from './format.js';
import type {FileLogOptions} from './options.js';
import {segmentName, spareName} from './segment.js';
import type {Segment} from './segment.js';
import type {LogTimers} from './system-timers.js';

interface Spare {
  readonly name: string;
  readonly file: SystemFile;
}
interface Waiting {
  readonly header: Omit<SegmentHeader, 'sizeBytes'>;
  readonly done: (error: Error | undefined, segment: Segment | undefined) => void;
}
type Done = (error: Error | undefined) => void;

/**
 * Makes, hands out and takes back segment files. Files are filled with zeros once and then written in place: no sync of
 * the log has to wait for the file system's journal. One activation and one recycling at a time; making spares goes on
 * in the background. When the disk is low nothing is made, and `isStarved` tells the log to refuse what it can.
 */
export class SegmentPool {
  readonly #options: FileLogOptions;
  readonly #fileSystem: FileSystem;
  readonly #events: EventSink;
  readonly #timers: LogTimers;
  /** Told of failures nobody waits for; the disk being full is not one. */
  readonly #onFailure: (error: Error) => void;
  readonly #reserve: DiskReserve;
  readonly #spares: Spare[] = [];
  #spareNumberNext: number;
  #isMaking = false;
  #isProbing = false;
  #isLow = false;
  #isStarved = false;
  #isDraining = false;
  #isClosed = false;
  #freeBytes = Number.POSITIVE_INFINITY;
  #waiting: Waiting | undefined = undefined;
  #whenIdle: (() => void) | undefined = undefined;
  #retry: TimerHandle | undefined = undefined;

  constructor(options: FileLogOptions, fileSystem: FileSystem, events: EventSink, spareNumberNext: number, timers: LogTimers, onFailure: (error: Error) => void) {
    this.#options = options;
    this.#fileSystem = fileSystem;
    this.#events = events;
    this.#timers = timers;
    this.#spareNumberNext = spareNumberNext;
    this.#onFailure = onFailure;
    this.#reserve = new DiskReserve(fileSystem, events, options.reserveBytes, onFailure);
  }
  /** Takes in the reserve found at opening. */
  adoptReserve(): void {
    this.#reserve.adopt();
  }
  get reserveHeldBytes(): number {
    return this.#reserve.heldBytes;
  }
  get spareCount(): number {
    return this.#spares.length;
  }
  /** Whether the disk is below its low-water mark. */
  get isLow(): boolean {
    return this.#isLow;
  }
  /** Whether the disk has no room for another segment. */
  get isStarved(): boolean {
    return this.#isStarved;
  }
  /** As of the latest look. */
  get freeBytes(): number {
    return this.#freeBytes;
  }
  /** Takes in a spare file found at opening. */
  adopt(name: string, file: SystemFile): void {
    this.#spares.push({name, file});
  }
  /** Looks how much room there is. One look at a time; the others' answer is its answer. */
  probe(done?: () => void): void {
    if (this.#isProbing) {
      if (done !== undefined) this.#timers.nextTurn(done);
      return;
    }
    this.#isProbing = true;
    this.#fileSystem.freeBytes((error, freeBytes) => {
      this.#isProbing = false;
      // A disk that cannot tell is not known to be full: writes will tell.
      if (error === undefined) this.#noteFreeBytes(freeBytes);
      done?.();
      if (error === undefined && !this.#isStarved) this.keepSpares();
      this.#settleIdle();
    });
  }
  /** Starts making spares in the background if some are missing. */
  keepSpares(): void {
    const isWanted = this.#waiting !== undefined || this.#spares.length < this.#options.segmentCountSpare;
    if (this.#isMaking || this.#isClosed || !isWanted) return;
    this.#isMaking = true;
    this.#fileSystem.freeBytes((error, freeBytes) => {
      if (error === undefined) this.#noteFreeBytes(freeBytes);
      if (!this.#isClosed && !this.#isStarved && this.#freeBytes >= this.#freeBytesFloor + this.#options.segmentSizeBytes) return this.#make();
      // No room: not asked again until a segment is recycled, a probe finds room, or the retry of one who waits.
      this.#isMaking = false;
      if (this.#waiting !== undefined) this.#retryLater();
      this.#settleIdle();
    });
  }
  /** Turns a spare into the segment that follows; waits for one when there is none. */
  activate(header: Omit<SegmentHeader, 'sizeBytes'>, done: (error: Error | undefined, segment: Segment | undefined) => void): void {
    assert(this.#waiting === undefined, 'one activation at a time');
    const spare = this.#spares.shift();
    if (spare === undefined) {
      this.#waiting = {header, done};
      this.keepSpares();
      return;
    }
    const sizeBytes = this.#options.segmentSizeBytes;
    const name = segmentName(header.sequence);
    const fail: Done = (error) => {
      spare.file.close();
      done(error, undefined);
    };
    // The header is durable before the name, and the name before the first batch: a file that has a segment's name
    // has a good header, or something is wrong with the disk.
    writeFully(spare.file, encodeSegmentHeader({...header, sizeBytes}), 0, SEGMENT_HEADER_BYTES, 0, (writeError) => {
      if (writeError !== undefined) return fail(writeError);
      spare.file.datasync((syncError) => {
        if (syncError !== undefined) return fail(syncError);
        try {
          this.#fileSystem.rename(spare.name, name);
        } catch (error) {
          return fail(error as Error);
        }
        this.#fileSystem.syncDirectory((directoryError) => {
          if (directoryError !== undefined) return fail(directoryError);
          this.keepSpares();
          done(undefined, {
            sequence: header.sequence, name, file: spare.file, sizeBytes, writeOffsetBytes: SEGMENT_HEADER_BYTES, liveBytes: 0, changedByBatch: 0, damagedGroups: [], places: [],
          });
        });
      });
    });
  }
  /** Takes the oldest segment out of the log: kept as a spare when one is wanted and it has its full size, removed otherwise. */
  recycle(segment: Segment, done: Done): void {
    // Freed by moving, segments come back several at once: as many as it takes before the next are moved are kept.
    const spareCountMax = this.#options.segmentCountSpare + this.#options.rewriteSegmentCountMin;
    const isReused = segment.sizeBytes === this.#options.segmentSizeBytes && this.#spares.length < spareCountMax;
    const name = spareName(this.#spareNumberNext);
    this.#spareNumberNext += 1;
    try {
      if (isReused) this.#fileSystem.rename(segment.name, name);
      else this.#fileSystem.remove(segment.name);
    } catch (error) {
      return done(error as Error);
    }
    // Only a durable new name may be written over: otherwise a crash could bring back the old name with the new content.
    this.#fileSystem.syncDirectory((error) => {
      if (error !== undefined || !isReused) segment.file.close();
      if (error !== undefined) return done(error);
      if (isReused) this.#spares.push({name, file: segment.file});
      emitLogEvent(this.#events, {event: 'log/segment-recycled', level: 'info', sequence: segment.sequence, reused: isReused});
      if (isReused) this.#serveWaiting();
      done(undefined);
    });
  }
  /** Gives up the activation that waits for a file, if one does. */
  abandon(error: Error): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.done(error, undefined);
  }
  /** From now on an activation that finds no room fails instead of waiting for some. */
  drain(): void {
    this.#isDraining = true;
    if (this.#isStarved) this.abandon(this.#diskFull());
  }
  /** Stops making files and closes the spares; they stay for the next opening. */
  close(done: () => void): void {
    this.#isClosed = true;
    this.#retry?.cancel();
    this.#whenIdle = () => {
      for (const spare of this.#spares) spare.file.close();
      this.#spares.length = 0;
      this.#reserve.close(done);
    };
    this.#settleIdle();
  }

  #make(): void {
    const name = spareName(this.#spareNumberNext);
    this.#spareNumberNext += 1;
    let file: SystemFile;
    try {
      file = this.#fileSystem.open(name, 'create');
    } catch (error) {
      return this.#made(error as Error);
    }
    fillWithZeros(file, this.#options.segmentSizeBytes, () => this.#isClosed, (fillError) => {
      if (fillError === undefined && !this.#isClosed) {
        this.#fileSystem.syncDirectory((error) => {
          if (error === undefined) {
            this.#spares.push({name, file});
            emitLogEvent(this.#events, {event: 'log/segment-created', level: 'info', file: name, sizeBytes: this.#options.segmentSizeBytes});
          } else file.close();
          this.#made(error);
        });
        return;
      }
      file.close();
      try {
        this.#fileSystem.remove(name);
      } catch {
        // A spare of the wrong size is removed by the next opening.
      }
      this.#made(fillError);
    });
  }
  #made(error: Error | undefined): void {
    this.#isMaking = false;
    if (error !== undefined) {
      if (isNoSpace(error)) {
        this.#isStarved = true;
        this.#setLow(true, 0);
      } else this.#onFailure(error);
    }
    if (this.#isStarved && this.#waiting !== undefined) this.#retryLater();
    this.#serveWaiting();
    if (error === undefined && !this.#isStarved) this.keepSpares();
    this.#settleIdle();
  }
  #serveWaiting(): void {
    if (this.#waiting === undefined || this.#spares.length === 0) return;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    this.activate(waiting.header, waiting.done);
  }
  /** Batches that were accepted wait for room; nobody else would look again if no append comes. */
  #retryLater(): void {
    if (this.#isDraining) return this.abandon(this.#diskFull());
    if (this.#retry !== undefined || this.#isClosed) return;
    this.#retry = this.#timers.after(this.#options.retryDelayMs, () => {
      this.#retry = undefined;
      this.keepSpares();
    });
  }
  #diskFull(): LogError {
    return new LogError({code: 'DiskFull', freeBytes: this.#freeBytes});
  }
  /** Half of the low-water mark is for what must go on when new work is refused already; below that no file is made. */
  get #freeBytesFloor(): number {
    return Math.floor(this.#options.freeBytesMin / 2);
  }
  #noteFreeBytes(freeBytes: number): void {
    const isFileMissing = this.#spares.length === 0;
    this.#isStarved = freeBytes < this.#freeBytesFloor + (isFileMissing ? this.#options.segmentSizeBytes : 0);
    // What the reserve gave back is not for new work: the mark counts as if it were still held.
    this.#setLow(this.#isStarved || freeBytes - this.#reserve.missingBytes < this.#options.freeBytesMin, freeBytes);
    this.#reserve.follow(freeBytes, this.#options.freeBytesMin);
  }
  #setLow(isLow: boolean, freeBytes: number): void {
    this.#freeBytes = freeBytes;
    if (isLow === this.#isLow) return;
    this.#isLow = isLow;
    if (isLow) emitLogEvent(this.#events, {event: 'log/disk-low', level: 'warn', freeBytes, freeBytesMin: this.#options.freeBytesMin});
    else emitLogEvent(this.#events, {event: 'log/disk-recovered', level: 'info', freeBytes});
  }
  #settleIdle(): void {
    if (this.#whenIdle === undefined || this.#isMaking || this.#isProbing) return;
    const whenIdle = this.#whenIdle;
    this.#whenIdle = undefined;
    whenIdle();
  }
}
