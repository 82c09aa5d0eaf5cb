import type {LogEntry, LogEntryKind} from '@murmuration/base';
import type {GroupLog} from './group-log.js';
import type {Segment} from './segment.js';

/**
 * What a record is to its group while it lives. 'base' is the index before the first entry, with its term; 'unusable'
 * the note that a record of the group was damaged.
 */
export type PlaceRole = 'entry' | 'hard-state' | 'descriptor' | 'base' | 'unusable';

/**
 * Where the newest copy of something stands. One object for each live record, so fields are few and the shape is one.
 * A place is live until something newer takes its meaning; a segment without live places can be used again.
 */
export class RecordPlace {
  readonly group: GroupLog;
  readonly role: PlaceRole;
  /** Of the entry; 0 for other roles. */
  readonly index: number;
  readonly term: number;
  readonly entryKind: LogEntryKind;
  readonly dataBytes: number;
  /** Within its batch until the batch is written, then within the segment. */
  offsetBytes = 0;
  /** The whole record. */
  sizeBytes = 0;
  segment: Segment | undefined = undefined;
  isLive = true;
  #retiredByBatch = 0;
  /** Kept while the record is not on disk, and then while the cache has room. */
  entry: LogEntry | undefined;

  constructor(group: GroupLog, role: PlaceRole, index: number, term: number, entryKind: LogEntryKind, dataBytes: number, entry: LogEntry | undefined) {
    this.group = group;
    this.role = role;
    this.index = index;
    this.term = term;
    this.entryKind = entryKind;
    this.dataBytes = dataBytes;
    this.entry = entry;
  }
  /** Ties the place to the segment its batch is written to. */
  settle(segment: Segment, batchOffsetBytes: number): void {
    this.segment = segment;
    this.offsetBytes += batchOffsetBytes;
    if (this.isLive) {
      segment.places.push(this);
      segment.liveBytes += this.sizeBytes;
    } else this.#noteChange(segment);
  }
  /** @param batchOrder of the batch whose record makes this one obsolete */
  retire(batchOrder: number): void {
    if (!this.isLive) return;
    this.isLive = false;
    this.entry = undefined;
    this.#retiredByBatch = batchOrder;
    if (this.segment === undefined) return;
    this.segment.liveBytes -= this.sizeBytes;
    this.#noteChange(this.segment);
  }
  /** Also for a record that was obsolete before it was written: what made it so may be durable only later. */
  #noteChange(segment: Segment): void {
    if (this.#retiredByBatch > segment.changedByBatch) segment.changedByBatch = this.#retiredByBatch;
  }
}
