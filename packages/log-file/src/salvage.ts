import {BATCH_HEADER_BYTES, RECORD_HEADER_BYTES, SECTOR_BYTES, decodeBatchHeader, decodeFields, decodeRecord, hasGoodFields, roundUpToSector} from './format.js';
import type {DecodedRecord} from './format.js';

/** What is known of a stretch of batches that were durable and of which some bytes are damaged. */
export interface Stretch {
  readonly fromBytes: number;
  /** Where the next good batch of the segment begins; undefined when the next segment shows that the stretch was durable. */
  readonly untilBytes: number | undefined;
  readonly batchNumberFrom: number;
  /** The number of the good batch that follows. */
  readonly batchNumberUntil: number;
  readonly chainBefore: number;
  /** What the batch that follows says the last record's checksum was. */
  readonly chainAfter: number;
  readonly logId: Uint8Array;
  readonly sequence: number;
}

/** In file order: a record that is whole, or the group of one that is not. */
export type Salvaged =
  | {readonly kind: 'record'; readonly record: DecodedRecord; readonly offsetBytes: number}
  | {readonly kind: 'damaged'; readonly fields: RecordFields; readonly offsetBytes: number};

/** What a damaged record still tells of itself. */
export type RecordFields = Pick<DecodedRecord, 'group' | 'type' | 'index' | 'sizeBytes'>;

/**
 * Reads a damaged stretch record by record and says whose records were hit. Every byte of it must be explained: the
 * count of batches, the chain of checksums around what is damaged, and the place where the next good batch begins.
 * @returns what was found and where the stretch ends, or why it can't be told whose records were hit
 */
export function salvage(bytes: Uint8Array, view: DataView, stretch: Stretch): {readonly found: readonly Salvaged[]; readonly untilBytes: number} | string {
  const found: Salvaged[] = [];
  const limit = stretch.untilBytes ?? bytes.length;
  let at = stretch.fromBytes;
  // Undefined behind a damaged record: its checksum can't be believed.
  let chain: number | undefined = stretch.chainBefore;
  for (let number = stretch.batchNumberFrom; number < stretch.batchNumberUntil; number += 1) {
    if (at + BATCH_HEADER_BYTES > limit) return `batch ${number} is missing`;
    const header = decodeBatchHeader(bytes, view, at, stretch.logId);
    const isItself = header !== undefined && header.sequence === stretch.sequence && header.batchNumber === number;
    const end = isItself ? at + BATCH_HEADER_BYTES + header.payloadBytes : undefined;
    if (end !== undefined && end > limit) return `batch ${number} runs past its end`;
    let recordAt = at + BATCH_HEADER_BYTES;
    while (end === undefined ? !endsAt(bytes, view, recordAt, limit, chain, stretch, number + 1) : recordAt < end) {
      const examined = examine(bytes, view, recordAt, end ?? limit);
      if (typeof examined === 'string') return examined;
      if (examined.record !== undefined) {
        if (chain !== undefined && examined.previous !== chain) return 'records do not follow each other';
        found.push({kind: 'record', record: examined.record, offsetBytes: recordAt});
        chain = examined.record.checksum;
      } else {
        found.push({kind: 'damaged', fields: examined.fields, offsetBytes: recordAt});
        chain = undefined;
      }
      recordAt += examined.fields.sizeBytes;
    }
    at = roundUpToSector(recordAt);
  }
  if (stretch.untilBytes !== undefined && at !== stretch.untilBytes) return 'bytes between batches belong to nothing';
  if (chain !== undefined && chain !== stretch.chainAfter) return 'the records do not lead to the batch that follows';
  return {found, untilBytes: at};
}

/** Whether a batch whose header says nothing ends here: padding, the end, or the next batch follows. */
function endsAt(bytes: Uint8Array, view: DataView, at: number, limit: number, chain: number | undefined, stretch: Stretch, numberNext: number): boolean {
  if (at >= limit) return true;
  const sectorEnd = roundUpToSector(at);
  if (sectorEnd > at) return bytes.subarray(at, Math.min(sectorEnd, limit)).every((byte) => byte === 0);
  const next = decodeBatchHeader(bytes, view, at, stretch.logId);
  if (next !== undefined && next.sequence === stretch.sequence && next.batchNumber === numberNext) return true;
  // On a sector's border stands a record only if it follows the one before; anything else is from an earlier use of the file.
  return at + RECORD_HEADER_BYTES > limit || !hasGoodFields(view, at) || (chain !== undefined && view.getUint32(at + 4, true) !== chain);
}

interface Examined {
  /** Undefined when it is damaged. */
  readonly record: DecodedRecord | undefined;
  readonly previous: number;
  readonly fields: RecordFields;
}

function examine(bytes: Uint8Array, view: DataView, at: number, limit: number): Examined | string {
  const record = decodeRecord(bytes, view, at, limit, undefined);
  if (typeof record !== 'string') return {record, previous: view.getUint32(at + 4, true), fields: record};
  if (at + RECORD_HEADER_BYTES > limit) return 'a record header runs past its batch';
  if (!hasGoodFields(view, at)) return turnOneBitBack(bytes, view, at, limit) ?? 'the fields of a record are damaged, and it cannot be told whose it was';
  const fields = decodeFields(view, at);
  if (fields === undefined || at + fields.sizeBytes > limit) return 'a record runs past its batch';
  return {record: undefined, previous: 0, fields};
}

/** The usual rot is one bit: if turning one of the header's back makes record and checksum agree, that was it. */
function turnOneBitBack(bytes: Uint8Array, view: DataView, at: number, limit: number): Examined | undefined {
  for (let bit = (at + 8) * 8; bit < (at + RECORD_HEADER_BYTES) * 8; bit += 1) {
    flip(bytes, bit);
    const record = hasGoodFields(view, at) ? decodeRecord(bytes, view, at, limit, undefined) : 'damaged';
    flip(bytes, bit);
    // It is whole again, and yet counted as damaged: who trusts a repair has no second witness.
    if (typeof record !== 'string') return {record: undefined, previous: 0, fields: record};
  }
  return undefined;
}

export function flip(bytes: Uint8Array, bit: number): void {
  const at = bit >>> 3;
  bytes[at] = (bytes[at] as number) ^ (1 << (bit & 7));
}

/** @returns the offset and header of a batch of this very segment at or after `from`, with a number above `number` */
export function findLaterBatch(
  bytes: Uint8Array, view: DataView, from: number, logId: Uint8Array, sequence: number, number: number,
): {readonly offsetBytes: number; readonly batchNumber: number; readonly chainBefore: number} | undefined {
  for (let at = from; at < bytes.length; at += SECTOR_BYTES) {
    const batch = decodeBatchHeader(bytes, view, at, logId);
    if (batch !== undefined && batch.sequence === sequence && batch.batchNumber > number) {
      return {offsetBytes: at, batchNumber: batch.batchNumber, chainBefore: batch.chainBefore};
    }
  }
  return undefined;
}
