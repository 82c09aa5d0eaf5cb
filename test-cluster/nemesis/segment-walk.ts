import {readFileSync} from 'node:fs';

const SECTOR_BYTES = 512;
const SEGMENT_HEADER_BYTES = 4_096;
const BATCH_HEADER_BYTES = 64;
const SEQUENCE_AT = 32;
const RECORD_HEADER_BYTES = 40;

/** A batch of a log segment; see docs/formats/log-segment.md. */
export interface BatchPlace {
  readonly offsetBytes: number;
  readonly recordBytes: number;
  readonly recordCount: number;
  /** Groups whose records stand in it. */
  readonly groups: ReadonlySet<number>;
}

/** The batches of one segment, read by the page of the format and not by the code that writes it. */
export function batchesOf(path: string): {readonly batches: readonly BatchPlace[]; readonly endBytes: number} {
  const file = readFileSync(path);
  const batches: BatchPlace[] = [];
  if (file.length < SEGMENT_HEADER_BYTES) return {batches, endBytes: file.length};
  const sequence = file.readBigUInt64LE(SEQUENCE_AT);
  let at = SEGMENT_HEADER_BYTES;
  while (at + BATCH_HEADER_BYTES <= file.length) {
    if (file.toString('latin1', at + 4, at + 8) !== 'BATC' || file.readBigUInt64LE(at + 24) !== sequence) break;
    const recordBytes = file.readUInt32LE(at + 40);
    batches.push({offsetBytes: at, recordBytes, recordCount: file.readUInt32LE(at + 44), groups: groupsOf(file, at + BATCH_HEADER_BYTES, at + BATCH_HEADER_BYTES + recordBytes)});
    at += Math.ceil((BATCH_HEADER_BYTES + recordBytes) / SECTOR_BYTES) * SECTOR_BYTES;
  }
  return {batches, endBytes: at};
}

function groupsOf(file: Buffer, fromBytes: number, untilBytes: number): ReadonlySet<number> {
  const groups = new Set<number>();
  for (let at = fromBytes; at + RECORD_HEADER_BYTES <= untilBytes; at += RECORD_HEADER_BYTES + file.readUInt32LE(at + 8)) groups.add(Number(file.readBigUInt64LE(at + 16)));
  return groups;
}
export const BATCH_RECORDS_AT = BATCH_HEADER_BYTES;
