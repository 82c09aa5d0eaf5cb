import type {EventSink} from '@murmuration/base';
import {isNoSpace} from './errors.js';
import {emitLogEvent} from './events.js';
import {fillWithZeros} from './fill-with-zeros.js';
import type {FileSystem, SystemFile} from './file-system.js';

/** Name of the file beside the segments. */
export const DISK_RESERVE_NAME = 'disk-reserve';

/**
 * A file that does nothing but take room, given back when the disk runs low: what makes room (deletes, compaction,
 * truncation, leaving a group) needs some itself. It is made again when there is room for it above the low-water mark.
 */
export class DiskReserve {
  readonly #fileSystem: FileSystem;
  readonly #events: EventSink;
  readonly #sizeBytes: number;
  readonly #onFailure: (error: Error) => void;
  #isHeld = false;
  #isMaking = false;
  #isClosed = false;
  #whenIdle: (() => void) | undefined = undefined;

  /** @param onFailure told of failures that waiting cannot mend */
  constructor(fileSystem: FileSystem, events: EventSink, sizeBytes: number, onFailure: (error: Error) => void) {
    this.#fileSystem = fileSystem;
    this.#events = events;
    this.#sizeBytes = sizeBytes;
    this.#onFailure = onFailure;
  }
  /** Bytes that are promised to the reserve and not taken by it yet: no room for anything new. */
  get missingBytes(): number {
    return this.#isHeld ? 0 : this.#sizeBytes;
  }
  get heldBytes(): number {
    return this.#isHeld ? this.#sizeBytes : 0;
  }
  /** Takes over the file of an earlier life; one of another size was not finished or is not wanted any more. */
  adopt(): void {
    if (!this.#fileSystem.list().includes(DISK_RESERVE_NAME)) return;
    const file = this.#fileSystem.open(DISK_RESERVE_NAME, 'existing');
    this.#isHeld = this.#sizeBytes > 0 && file.sizeBytes() === this.#sizeBytes;
    file.close();
    if (!this.#isHeld) this.#fileSystem.remove(DISK_RESERVE_NAME);
  }
  /** Looks at how much is free and holds or gives back the reserve accordingly. */
  follow(freeBytes: number, freeBytesMin: number): void {
    if (this.#sizeBytes === 0 || this.#isMaking || this.#isClosed) return;
    if (this.#isHeld && freeBytes < freeBytesMin) this.#release(freeBytes);
    else if (!this.#isHeld && freeBytes >= freeBytesMin + this.#sizeBytes) this.#make();
  }
  /** Stops making the file; one that is there stays. */
  close(done: () => void): void {
    this.#isClosed = true;
    if (this.#isMaking) this.#whenIdle = done;
    else done();
  }

  #release(freeBytes: number): void {
    try {
      this.#fileSystem.remove(DISK_RESERVE_NAME);
    } catch (error) {
      return this.#onFailure(error as Error);
    }
    this.#isHeld = false;
    emitLogEvent(this.#events, {event: 'log/reserve-released', level: 'warn', freeBytes, sizeBytes: this.#sizeBytes});
  }
  #make(): void {
    let file: SystemFile;
    try {
      file = this.#fileSystem.open(DISK_RESERVE_NAME, 'create');
    } catch (error) {
      if (!isNoSpace(error as Error)) this.#onFailure(error as Error);
      return;
    }
    this.#isMaking = true;
    fillWithZeros(file, this.#sizeBytes, () => this.#isClosed, (error) => {
      file.close();
      this.#isMaking = false;
      if (error === undefined && !this.#isClosed) {
        this.#isHeld = true;
        emitLogEvent(this.#events, {event: 'log/reserve-made', level: 'info', sizeBytes: this.#sizeBytes});
      } else this.#discard();
      if (error !== undefined && !isNoSpace(error)) this.#onFailure(error);
      this.#whenIdle?.();
    });
  }
  #discard(): void {
    try {
      this.#fileSystem.remove(DISK_RESERVE_NAME);
    } catch {
      // A file of the wrong size is removed by the next opening.
    }
  }
}

/**
 * Gives the reserve of a log back before the log is opened: a start on a full disk writes a little before that.
 * @returns whether there was one
 */
export function freeDiskReserve(fileSystem: FileSystem): boolean {
  try {
    if (!fileSystem.list().includes(DISK_RESERVE_NAME)) return false;
    fileSystem.remove(DISK_RESERVE_NAME);
    return true;
  } catch {
    return false;
  }
}
