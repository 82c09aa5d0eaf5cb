import {DecodeError} from '@murmuration/base';
import type {ByteReader, ByteWriter, GroupId} from '@murmuration/base';
import {readStoredItemSizeBytes} from '@murmuration/model';
import type {EffectChange} from '../effect.js';
import type {LatestValue, Overlay} from '../overlay.js';
import {readAncestors, readGroupId, writeAncestors} from './index-feeds.js';
import type {Ancestor} from './index-feeds.js';
import {encodeSourceMark, sourceMarkKey} from './index-sources.js';
import type {IndexSources} from './index-sources.js';
import {readEntries, writeEntries} from './outbox-row.js';

/** Writes of one request; the sender's batches are far smaller. */
const WRITE_COUNT_MAX = 10_000;

/** What the effects of one sequence of the source tell. */
export interface IndexWrite {
  readonly sequence: number;
  readonly entries: readonly EffectChange[];
}
/** Which partition of the table tells something to an index. */
export interface IndexSource {
  readonly group: GroupId;
  readonly epoch: number;
  /** Nothing that these said before the epochs is listened to any more. */
  readonly ancestors: readonly Ancestor[];
}
/** From a partition of a table to one of a global index: entries to be set or removed, in the order of the source's log. */
export interface IndexWriteRequest {
  readonly kind: 'index-write';
  readonly group: GroupId;
  readonly epoch: number;
  readonly source: IndexSource;
  /** Ascending by sequence; all that the source has for this partition up to the last of them and that was not answered before. */
  readonly writes: readonly IndexWrite[];
}

export function writeIndexWrite(writer: ByteWriter, {source, writes}: IndexWriteRequest): void {
  writer.varint(source.group);
  writer.varint(source.epoch);
  writeAncestors(writer, source.ancestors);
  writer.varint(writes.length);
  for (const {sequence, entries} of writes) {
    writer.varint(sequence);
    writeEntries(writer, entries);
  }
}
/** Byte fields are views. @throws DecodeError */
export function readIndexWrite(reader: ByteReader, group: GroupId, epoch: number): IndexWriteRequest {
  const source = {group: readGroupId(reader), epoch: reader.varint(), ancestors: readAncestors(reader)};
  const count = reader.varint();
  if (count === 0 || count > WRITE_COUNT_MAX || count > reader.remainingBytes) throw new DecodeError('bad count of index writes');
  const writes: IndexWrite[] = [];
  let last = 0;
  for (let i = 0; i < count; i += 1) {
    const sequence = reader.varint();
    if (sequence < last) throw new DecodeError('index writes out of order');
    last = sequence;
    writes.push({sequence, entries: readEntries(reader)});
  }
  return {kind: 'index-write', group, epoch, source, writes};
}

/** Keys of all entries that a request names, each once. */
export function entryKeysOf({writes}: IndexWriteRequest): readonly Uint8Array[] {
  return writes.flatMap(({entries}) => entries.map(({key}) => key));
}

/** One entry row as an effect changes it. */
export interface EntryDelta {
  readonly key: Uint8Array;
  readonly itemCount: number;
  readonly sizeBytes: number;
}
/** What a request comes to at the partition of the index. */
export type JudgedIndexWrite =
  /** The source, or who it was cut from, spoke since in a newer epoch. */
  | {readonly kind: 'fenced'}
  /** Everything was carried out before. */
  | {readonly kind: 'known'}
  | {readonly kind: 'new'; readonly changes: readonly EffectChange[]; readonly deltas: readonly EntryDelta[]};

/**
 * Holds a request against the marks of its source. @param existing newest value of an entry row, by its text
 * @param textOf of a stored key @throws DecodeError
 */
export function judgeIndexWrite(
  {group, source, writes}: IndexWriteRequest, sources: IndexSources, overlay: Overlay, textOf: (key: Uint8Array) => string, existing: (text: string) => LatestValue | undefined,
): JudgedIndexWrite {
  const {mark, fence} = sources.latest(source.group, overlay);
  if (source.epoch < fence) return {kind: 'fenced'};
  const fresh = writes.filter(({sequence}) => sequence > mark);
  const marks: EffectChange[] = [];
  for (const ancestor of source.ancestors) {
    const known = sources.latest(ancestor.group, overlay);
    if (known.fence < ancestor.epoch) marks.push({key: sourceMarkKey(group, ancestor.group), value: encodeSourceMark({...known, fence: ancestor.epoch})});
  }
  const last = fresh.at(-1);
  if (last === undefined && marks.length === 0 && source.epoch === fence) return {kind: 'known'};
  marks.push({key: sourceMarkKey(group, source.group), value: encodeSourceMark({mark: Math.max(mark, last?.sequence ?? 0), fence: source.epoch})});
  // The last word on each entry counts; those before it were never seen here.
  const entries = new Map<string, EffectChange>();
  for (const write of fresh) for (const entry of write.entries) entries.set(textOf(entry.key), entry);
  const changes: EffectChange[] = [];
  const deltas: EntryDelta[] = [];
  for (const [text, entry] of entries) {
    const before = existing(text)?.bytes;
    if (before === undefined && entry.value === undefined) continue;
    changes.push(entry);
    deltas.push({
      key: entry.key,
      itemCount: (entry.value === undefined ? 0 : 1) - (before === undefined ? 0 : 1),
      sizeBytes: (entry.value === undefined ? 0 : readStoredItemSizeBytes(entry.value)) - (before === undefined ? 0 : readStoredItemSizeBytes(before)),
    });
  }
  return {kind: 'new', changes: [...changes, ...marks], deltas};
}
