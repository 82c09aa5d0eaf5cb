import type {RecordPlace} from './record-place.js';
import type {SystemFile} from './file-system.js';

/** A segment file that holds part of the log. */
export interface Segment {
  readonly sequence: number;
  readonly name: string;
  readonly file: SystemFile;
  /** Where the file ends: the configured size, less after its tail was cut. */
  sizeBytes: number;
  /** Where the next batch goes. */
  writeOffsetBytes: number;
  /** Bytes of records that still mean something. */
  liveBytes: number;
  /** Highest order of a batch whose records made one of this segment's obsolete: reuse must wait until it is durable. */
  changedByBatch: number;
  /** Groups of which a record here is damaged: the segment stays until that is noted durably elsewhere. */
  readonly damagedGroups: readonly number[];
  /** Records that were live when they were written, in file order. */
  places: RecordPlace[];
}

export function segmentName(sequence: number): string {
  return `log-${String(sequence).padStart(16, '0')}.segment`;
}
/** @returns the sequence in a name made by `segmentName`, otherwise undefined */
export function sequenceOfName(name: string): number | undefined {
  const match = /^log-(\d{16})\.segment$/.exec(name);
  return match === null ? undefined : Number(match[1]);
}
export function spareName(number: number): string {
  return `spare-${String(number).padStart(16, '0')}.segment`;
}
export function numberOfSpareName(name: string): number | undefined {
  const match = /^spare-(\d{16})\.segment$/.exec(name);
  return match === null ? undefined : Number(match[1]);
}
