import {equalBytes, toGroupId, toLogIndex, toTerm, utf8Decode} from '@murmuration/base';
import type {LogEntryKind} from '@murmuration/base';
import {corrupt, describeError} from './errors.js';
import type {SystemFile} from './file-system.js';
import {
  BATCH_HEADER_BYTES, LOG_ID_BYTES, SECTOR_BYTES, SEGMENT_HEADER_BYTES, SEGMENT_HEADER_USED_BYTES, decodeBatchHeader, decodeRecord, decodeSegmentHeader, getUint64, roundUpToSector,
} from './format.js';
import type {BatchHeader, DecodedRecord, SegmentHeader} from './format.js';
import {GroupLog} from './group-log.js';
import {RecordPlace} from './record-place.js';
import {findLaterBatch, flip, salvage} from './salvage.js';
import type {RecordFields} from './salvage.js';
import type {Segment} from './segment.js';

/** What the files say, before anything is changed in them. */
export interface Recovery {
  readonly logId: Uint8Array;
  readonly segments: Segment[];
  readonly groups: Map<number, GroupLog>;
  /** Groups with a damaged record, without anything in them but the reason. */
  readonly unusable: Map<number, GroupLog>;
  readonly damages: readonly Damage[];
  readonly batchNumberNext: number;
  readonly chain: number;
  readonly batchCount: number;
  readonly recordCount: number;
  /** What stands behind the last good batch of the last segment. */
  readonly tail: 'zeros' | 'torn-batch' | 'stale-bytes';
}

export interface SegmentFile {
  readonly name: string;
  readonly sequence: number;
  readonly file: SystemFile;
}

/**
 * A group while the log is replayed. The oldest segments may be gone and live records of them may stand at the end, so
 * entries can come before their group is known and out of order; only at the end must all fit together.
 */
class ReplayedGroup {
  readonly group: GroupLog;
  readonly entries = new Map<number, RecordPlace>();
  lastIndex = 0;
  baseIndex = 0;
  baseTerm = 0;
  /** What was damaged and nothing later made up for. */
  readonly damagedEntries = new Set<number>();
  isHardStateDamaged = false;
  isDescriptorDamaged = false;
  damageReason: string | undefined = undefined;
  constructor(id: number) {
    this.group = new GroupLog(toGroupId(id));
  }
  dropFrom(from: number): void {
    for (let i = this.lastIndex; i >= from; i -= 1) this.#drop(i);
    this.lastIndex = Math.min(this.lastIndex, from - 1);
  }
  dropAll(): void {
    for (const index of [...this.entries.keys()]) this.#drop(index);
    this.damagedEntries.clear();
    this.lastIndex = 0;
  }
  dropThrough(through: number): void {
    // Whichever is shorter: a prefix record may come long after the segments it speaks of are gone.
    if (through - this.baseIndex < this.entries.size) for (let i = this.baseIndex + 1; i <= through; i += 1) this.#drop(i);
    else for (const index of [...this.entries.keys()]) if (index <= through) this.#drop(index);
    for (const index of [...this.damagedEntries]) if (index <= through) this.damagedEntries.delete(index);
  }
  /**
   * A record of the group is damaged. What comes later may make up for it: a newer hard state or descriptor, another
   * entry at the index, a prefix or snapshot that passes it. Otherwise the group is unusable.
   */
  noteDamage({type, index}: RecordFields, reason: string): void {
    this.damageReason = reason;
    if (type === 'hard-state') this.isHardStateDamaged = true;
    else if (type === 'descriptor') this.isDescriptorDamaged = true;
    else if ((type === 'entry' || type === 'moved-entry') && index >= 1) {
      if (type === 'entry') this.dropFrom(index);
      this.#drop(index);
      this.damagedEntries.add(index);
      this.lastIndex = Math.max(this.lastIndex, index);
    } else this.group.unusableReason ??= reason;
  }
  get isDamaged(): boolean {
    return this.isHardStateDamaged || this.isDescriptorDamaged || this.damagedEntries.size > 0;
  }
  set(place: RecordPlace): void {
    this.#drop(place.index);
    this.entries.set(place.index, place);
    this.lastIndex = Math.max(this.lastIndex, place.index);
  }
  #drop(index: number): void {
    this.damagedEntries.delete(index);
    const place = this.entries.get(index);
    if (place === undefined) return;
    place.retire(0);
    this.entries.delete(index);
  }
}

/** Damage of what had been durable, and whom it hit. */
export interface Damage {
  readonly file: string;
  readonly offsetBytes: number;
  readonly reason: string;
  readonly groups: readonly number[];
}

/**
 * Reads every segment and rebuilds the state. Changes nothing on disk.
 * A bad batch at the very end is the write that a crash interrupted: nobody was told it is there. A bad batch that
 * anything follows was durable before that was written, so it has rotted: the groups whose records it held are unusable,
 * the others go on. Where it cannot be told whose records were hit, the log is not opened.
 * @param files ascending by sequence, at least one
 * @throws LogError `Corrupt`
 */
export function recover(files: readonly SegmentFile[]): Recovery {
  const replayed = new Map<number, ReplayedGroup>();
  const segments: Segment[] = [];
  const damages: Damage[] = [];
  let batchCount = 0;
  let recordCount = 0;
  let tail: Recovery['tail'] = 'zeros';
  const headers = readHeaders(files, damages);
  const first = headers[0] as SegmentHeader;
  const {logId} = first;
  let batchNumberNext = first.batchNumberFirst;
  let chain = first.chainBefore;

  for (const [i, {name, sequence, file}] of files.entries()) {
    const bytes = readWhole(name, file);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const nextHeader = headers[i + 1];
    const damagedGroups: number[] = [];
    const segment: Segment = {
      sequence, name, file, sizeBytes: bytes.length, writeOffsetBytes: SEGMENT_HEADER_BYTES, liveBytes: 0, changedByBatch: 0, damagedGroups, places: [],
    };
    segments.push(segment);
    for (;;) {
      const at = segment.writeOffsetBytes;
      const batch = decodeBatchHeader(bytes, view, at, logId);
      const isNext = batch !== undefined && batch.sequence === sequence && batch.batchNumber === batchNumberNext && batch.chainBefore === chain;
      const records = isNext ? decodeBatch(bytes, view, at, batch) : 'no batch header';
      if (typeof records !== 'string' && isNext) {
        let recordAt = at + BATCH_HEADER_BYTES;
        for (const record of records) {
          replay(replayed, segment, record, recordAt, name);
          recordAt += record.sizeBytes;
        }
        recordCount += records.length;
        batchCount += 1;
        batchNumberNext += 1;
        chain = batch.chainAfter;
        segment.writeOffsetBytes = at + roundUpToSector(BATCH_HEADER_BYTES + batch.payloadBytes);
        continue;
      }
      const reason = typeof records === 'string' ? records : 'no batch header';
      const later = findLaterBatch(bytes, view, at + SECTOR_BYTES, logId, sequence, batchNumberNext);
      const batchNumberUntil = later?.batchNumber ?? nextHeader?.batchNumberFirst;
      const chainAfter = later?.chainBefore ?? nextHeader?.chainBefore;
      if (batchNumberUntil === undefined || chainAfter === undefined) {
        tail = classifyTail(bytes, at, isNext || looksLikeBatchOf(view, at, sequence));
        break;
      }
      if (later === undefined && batchNumberUntil === batchNumberNext && chainAfter === chain) break;
      const stretch = {
        fromBytes: at, untilBytes: later?.offsetBytes, batchNumberFrom: batchNumberNext, batchNumberUntil, chainBefore: chain, chainAfter, logId, sequence,
      };
      const salvaged = salvage(bytes, view, stretch);
      if (typeof salvaged === 'string') throw corrupt(name, at, `${reason} in batch ${batchNumberNext}, which what follows shows to have been durable; ${salvaged}`);
      for (const one of salvaged.found) {
        if (one.kind === 'record') replay(replayed, segment, one.record, one.offsetBytes, name);
        else {
          damagedGroups.push(one.fields.group);
          replayedGroup(replayed, one.fields.group).noteDamage(one.fields, `its ${one.fields.type} record in ${name} at byte ${one.offsetBytes} was durable and is damaged`);
        }
      }
      damages.push({file: name, offsetBytes: at, reason, groups: [...new Set(damagedGroups)]});
      recordCount += salvaged.found.length;
      batchCount += batchNumberUntil - batchNumberNext;
      batchNumberNext = batchNumberUntil;
      chain = chainAfter;
      segment.writeOffsetBytes = salvaged.untilBytes;
    }
  }
  const groups = new Map<number, GroupLog>();
  const unusable = new Map<number, GroupLog>();
  for (const [id, one] of [...replayed].sort(([a], [b]) => a - b)) {
    const group = settle(one);
    (group.unusableReason === undefined ? groups : unusable).set(id, group);
  }
  return {logId, segments, groups, unusable, damages, batchNumberNext, chain, batchCount, recordCount, tail};
}

/**
 * The headers of all files, checked against each other. One that is damaged is put together again: from a bit turned
 * back, or from what its file's name and its first batch say.
 */
function readHeaders(files: readonly SegmentFile[], damages: Damage[]): readonly SegmentHeader[] {
  const headers: SegmentHeader[] = [];
  for (const [i, {name, sequence, file}] of files.entries()) {
    const bytes = new Uint8Array(SEGMENT_HEADER_BYTES + BATCH_HEADER_BYTES);
    const read = decodeSegmentHeader(readInto(bytes, name, file));
    const header = typeof read === 'string' ? restoreHeader(bytes, sequence) : read;
    if (header === undefined) throw corrupt(name, 0, String(read));
    if (typeof read === 'string') damages.push({file: name, offsetBytes: 0, reason: read, groups: []});
    if (header.sequence !== sequence) throw corrupt(name, 32, `the header names segment ${header.sequence}`);
    const before = headers[i - 1];
    if (before !== undefined && !equalBytes(header.logId, before.logId)) throw corrupt(name, 16, 'the segment belongs to another log');
    if (before !== undefined && before.sequence !== sequence - 1) throw corrupt(name, 0, `segment ${sequence - 1} is missing`);
    if (before !== undefined && header.batchNumberFirst < before.batchNumberFirst) throw corrupt(name, 40, 'its batches are older than those of the segment before');
    headers.push(header);
  }
  return headers;
}

function restoreHeader(bytes: Uint8Array, sequence: number): SegmentHeader | undefined {
  for (let bit = 0; bit < SEGMENT_HEADER_USED_BYTES * 8; bit += 1) {
    flip(bytes, bit);
    const header = decodeSegmentHeader(bytes);
    flip(bytes, bit);
    if (typeof header !== 'string') return header;
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const logId = bytes.slice(SEGMENT_HEADER_BYTES + 8, SEGMENT_HEADER_BYTES + 8 + LOG_ID_BYTES);
  const batch = decodeBatchHeader(bytes, view, SEGMENT_HEADER_BYTES, logId);
  if (batch?.sequence !== sequence) return undefined;
  return {logId, sequence, batchNumberFirst: batch.batchNumber, chainBefore: batch.chainBefore, sizeBytes: 0};
}

function readInto(bytes: Uint8Array, name: string, file: SystemFile): Uint8Array {
  try {
    return bytes.subarray(0, file.readSync(bytes, 0));
  } catch (cause) {
    throw corrupt(name, 0, `cannot be read: ${describeError(cause)}`, cause);
  }
}

function replayedGroup(replayed: Map<number, ReplayedGroup>, id: number): ReplayedGroup {
  const known = replayed.get(id);
  if (known !== undefined) return known;
  const made = new ReplayedGroup(id);
  replayed.set(id, made);
  return made;
}

function readWhole(name: string, file: SystemFile): Uint8Array {
  try {
    const bytes = new Uint8Array(file.sizeBytes());
    const count = file.readSync(bytes, 0);
    return count === bytes.length ? bytes : bytes.subarray(0, count);
  } catch (cause) {
    throw corrupt(name, 0, `cannot be read: ${describeError(cause)}`, cause);
  }
}

function decodeBatch(bytes: Uint8Array, view: DataView, at: number, batch: BatchHeader): readonly DecodedRecord[] | string {
  const until = at + BATCH_HEADER_BYTES + batch.payloadBytes;
  if (until > bytes.length) return 'batch runs past the file';
  const records: DecodedRecord[] = [];
  let recordAt = at + BATCH_HEADER_BYTES;
  let chain = batch.chainBefore;
  while (recordAt < until) {
    const record = decodeRecord(bytes, view, recordAt, until, chain);
    if (typeof record === 'string') return record;
    records.push(record);
    chain = record.checksum;
    recordAt += record.sizeBytes;
  }
  if (chain !== batch.chainAfter || records.length !== batch.recordCount) return 'batch does not end as its header says';
  return records;
}

/** Whether the bytes were meant to be a batch of this segment, though the checksum disagrees: for the event only. */
function looksLikeBatchOf(view: DataView, at: number, sequence: number): boolean {
  return at + BATCH_HEADER_BYTES <= view.byteLength && getUint64(view, at + 24) === sequence;
}

function classifyTail(bytes: Uint8Array, from: number, isTorn: boolean): Recovery['tail'] {
  if (isTorn) return 'torn-batch';
  // Byte by byte this takes 60 ms for 64 MiB; by words a tenth. The buffer begins on a word, and so does a batch.
  const wordsEnd = bytes.length - (bytes.length % 4);
  if (from < wordsEnd) {
    const words = new Uint32Array(bytes.buffer, bytes.byteOffset + from, (wordsEnd - from) / 4);
    for (let i = 0; i < words.length; i += 1) if (words[i] !== 0) return 'stale-bytes';
  }
  for (let i = Math.max(from, wordsEnd); i < bytes.length; i += 1) if (bytes[i] !== 0) return 'stale-bytes';
  return 'zeros';
}

/** @throws LogError `Corrupt` for a record that no writer makes, though its checksum is good */
function replay(replayed: Map<number, ReplayedGroup>, segment: Segment, record: DecodedRecord, offsetBytes: number, file: string): void {
  if (!(record.group >= 1 && record.index >= 0 && record.term >= 0)) throw corrupt(file, offsetBytes, 'group, index or term out of range');
  const problem = replayInto(replayedGroup(replayed, record.group), replayed, segment, record, offsetBytes);
  if (problem !== undefined) throw corrupt(file, offsetBytes, problem);
}

/** @returns what is wrong with the record, if anything is */
function replayInto(target: ReplayedGroup, replayed: Map<number, ReplayedGroup>, segment: Segment, record: DecodedRecord, offsetBytes: number): string | undefined {
  const {group} = target;
  const note = (role: RecordPlace['role'], index: number): RecordPlace => {
    const place = new RecordPlace(group, role, index, record.term, record.entryKind as LogEntryKind, record.data.length, undefined);
    place.offsetBytes = offsetBytes;
    place.sizeBytes = record.sizeBytes;
    place.settle(segment, 0);
    return place;
  };
  switch (record.type) {
    case 'entry':
      if (record.entryKind > 2) return `entry of unknown kind ${record.entryKind}`;
      target.dropFrom(record.index);
      target.set(note('entry', record.index));
      return undefined;
    case 'moved-entry':
      if (record.entryKind > 2) return `entry of unknown kind ${record.entryKind}`;
      target.set(note('entry', record.index));
      return undefined;
    case 'snapshot':
    case 'prefix':
      if (record.type === 'snapshot') target.dropAll();
      else target.dropThrough(record.index);
      target.baseIndex = record.index;
      target.baseTerm = record.term;
      target.lastIndex = Math.max(target.lastIndex, record.index);
      group.basePlace?.retire(0);
      group.basePlace = note('base', 0);
      return undefined;
    case 'hard-state': {
      if (record.data.length !== 8) return 'hard state of another length';
      const vote = getUint64(new DataView(record.data.buffer, record.data.byteOffset, 8), 0);
      if (Number.isNaN(vote)) return 'vote out of range';
      target.isHardStateDamaged = false;
      group.hardStatePlace?.retire(0);
      group.hardStatePlace = note('hard-state', 0);
      group.hardState = {term: toTerm(record.term), vote, commit: toLogIndex(record.index)};
      return undefined;
    }
    case 'descriptor':
      target.isDescriptorDamaged = false;
      group.descriptorPlace?.retire(0);
      group.descriptorPlace = note('descriptor', 0);
      group.descriptor = record.data.slice();
      return undefined;
    case 'remove':
      target.dropAll();
      group.retireAll(0);
      replayed.delete(record.group);
      return undefined;
    case 'unusable':
      group.unusablePlace?.retire(0);
      group.unusablePlace = note('unusable', 0);
      group.unusableReason = utf8Decode(record.data);
      return undefined;
    default:
      return 'record of unknown type';
  }
}

/** Brings a group's records together; one that does not add up is unusable, and keeps nothing but the reason. */
function settle(one: ReplayedGroup): GroupLog {
  const {group} = one;
  group.unusableReason ??= one.isDamaged ? one.damageReason : describeGap(one);
  if (group.unusableReason !== undefined) {
    const {unusablePlace} = group;
    group.unusablePlace = undefined;
    one.dropAll();
    group.retireAll(0);
    group.descriptor = undefined;
    group.hardState = undefined;
    group.unusablePlace = unusablePlace;
    return group;
  }
  group.reset(one.baseIndex, one.baseTerm, 0);
  for (let index = one.baseIndex + 1; index <= one.lastIndex; index += 1) group.push(one.entries.get(index) as RecordPlace);
  return group;
}

function describeGap(one: ReplayedGroup): string | undefined {
  if (one.group.descriptor === undefined) return 'it has records and no descriptor';
  for (let index = one.baseIndex + 1; index <= one.lastIndex; index += 1) {
    if (!one.entries.has(index)) return `it has no entry ${index} between ${one.baseIndex + 1} and ${one.lastIndex}`;
  }
  return one.entries.size === one.lastIndex - one.baseIndex ? undefined : 'it has entries outside its bounds';
}
