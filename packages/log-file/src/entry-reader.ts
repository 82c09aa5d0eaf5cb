import {LogError, assert, toLogIndex, toTerm} from '@murmuration/base';
import type {LogEntry} from '@murmuration/base';
import {corrupt, describeError} from './errors.js';
import {decodeRecord} from './format.js';
import type {GroupLog} from './group-log.js';
import type {RecordPlace} from './record-place.js';

/** One read of a file: neighbours come along, a large buffer does not. */
const READ_SPAN_BYTES_MAX = 256 * 1024;

/** Reads one entry from its file. @throws LogError `Corrupt` */
export function readEntry(place: RecordPlace): LogEntry {
  const out: LogEntry[] = [];
  readSpan([place], out);
  return out[0] as LogEntry;
}

/**
 * Reads the entry at `index`, which is not in memory, and those after it that stand near it in the same file.
 * @returns the first index not read, at most `until`
 * @throws LogError `Corrupt`
 */
export function readEntriesNear(log: GroupLog, index: number, until: number, out: LogEntry[]): number {
  const first = log.place(index);
  const places = [first];
  let afterBytes = first.offsetBytes + first.sizeBytes;
  for (let next = index + 1; next < until; next += 1) {
    const place = log.place(next);
    if (place.entry !== undefined || place.segment !== first.segment) break;
    // Moved entries may stand in any order.
    if (place.offsetBytes < afterBytes || place.offsetBytes + place.sizeBytes - first.offsetBytes > READ_SPAN_BYTES_MAX) break;
    places.push(place);
    afterBytes = place.offsetBytes + place.sizeBytes;
  }
  readSpan(places, out);
  return index + places.length;
}

/** @param places of one segment, ascending by offset */
function readSpan(places: readonly RecordPlace[], out: LogEntry[]): void {
  const first = places[0] as RecordPlace;
  const last = places.at(-1) as RecordPlace;
  const {segment} = first;
  assert(segment !== undefined, 'an entry is neither in memory nor on disk', {group: first.group.id, index: first.index});
  const bytes = new Uint8Array(last.offsetBytes + last.sizeBytes - first.offsetBytes);
  let count: number;
  try {
    count = segment.file.readSync(bytes, first.offsetBytes);
  } catch (cause) {
    throw new LogError({code: 'Corrupt', file: segment.name, offsetBytes: first.offsetBytes, reason: describeError(cause)}, {cause});
  }
  const view = new DataView(bytes.buffer);
  const whole = bytes.subarray(0, count);
  for (const place of places) {
    const record = decodeRecord(whole, view, place.offsetBytes - first.offsetBytes, whole.length, undefined);
    if (typeof record === 'string') throw corrupt(segment.name, place.offsetBytes, record);
    if (record.group !== place.group.id || record.index !== place.index || record.term !== place.term || record.sizeBytes !== place.sizeBytes) {
      throw corrupt(segment.name, place.offsetBytes, 'another record stands here');
    }
    out.push({index: toLogIndex(place.index), term: toTerm(place.term), kind: place.entryKind, data: record.data});
  }
}
