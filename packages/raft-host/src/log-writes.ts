import type {GroupId, LogEntry, LogHardState, LogPort, LogWrite} from '@murmuration/base';
import {LOG_RECORD_OVERHEAD_BYTES, assert, toLogIndex} from '@murmuration/base';
import type {RaftHostTuning} from './options.js';

/** Of the smallest write with an entry: the entry's own, the hard state and a snapshot that may go with it. */
const ENTRY_OVERHEAD_BYTES = 3 * LOG_RECORD_OVERHEAD_BYTES;
/** A log whose writes are smaller could not take a descriptor, nor a configuration change. */
const WRITE_SIZE_BYTES_MIN = 8 * 1024;

/** The largest entry that a log can take; a larger proposal is refused, as is a message with one. */
export function entrySizeBytesMax(log: LogPort): number {
  return log.writeSizeBytesMax - ENTRY_OVERHEAD_BYTES;
}

/** Relations between the host's numbers and the log's, asserted once at the start. */
export function checkLogRelations(tuning: RaftHostTuning, log: LogPort): void {
  const {writeSizeBytesMax} = log;
  assert(writeSizeBytesMax >= WRITE_SIZE_BYTES_MIN, 'the log takes too little in one write', {writeSizeBytesMax});
  // What is proposed or arrives together need not fit one write, as writes are cut between entries: no other number of the
  // host has to be below the log's.
  assert(tuning.messageSizeBytesMax <= tuning.inflightBytesMax, 'a message of entries must fit what may be in flight');
}

/**
 * One write a group, as the log takes effect of a group's parts in a fixed order within a write; more where one would be
 * larger than the log takes. Of those, each is a state that the replica may wake up in: entries in order from the front, and
 * term and vote with the first of them, so that no entry is ever newer than the term. Nothing is acknowledged before all are durable.
 */
export function mergeWrites(writes: readonly LogWrite[], sizeBytesMax: number): readonly LogWrite[] {
  const byGroup = new Map<GroupId, LogWrite>();
  for (const write of writes) {
    const earlier = byGroup.get(write.group);
    byGroup.set(write.group, earlier === undefined ? write : mergeTwo(earlier, write));
  }
  return [...byGroup.values()].flatMap((write) => (sizeBytesOf(write) <= sizeBytesMax ? [write] : cutWrite(write, sizeBytesMax)));
}

function cutWrite(write: LogWrite, sizeBytesMax: number): readonly LogWrite[] {
  const {group, entries = [], hardState, snapshot, descriptor} = write;
  const pieces: LogWrite[] = [];
  let piece: LogEntry[] = [];
  let sizeBytes = sizeBytesOf({...write, entries: []});
  const finish = (isLast: boolean): void => {
    const isFirst = pieces.length === 0;
    pieces.push({
      group,
      ...(piece.length === 0 ? undefined : {entries: piece}),
      ...(hardState === undefined || (!isLast && piece.length === 0) ? undefined : {hardState: isLast ? hardState : capped(hardState, piece)}),
      ...(isFirst && snapshot !== undefined ? {snapshot} : undefined),
      ...(isFirst && descriptor !== undefined ? {descriptor} : undefined),
    });
    piece = [];
    sizeBytes = hardState === undefined ? 0 : LOG_RECORD_OVERHEAD_BYTES;
  };
  for (const entry of entries) {
    const entryBytes = entry.data.length + LOG_RECORD_OVERHEAD_BYTES;
    // A piece may be empty only when it is the first one, with a descriptor that leaves no room.
    if (sizeBytes + entryBytes > sizeBytesMax && (piece.length > 0 || (pieces.length === 0 && descriptor !== undefined))) finish(false);
    sizeBytes += entryBytes;
    piece.push(entry);
  }
  finish(true);
  return pieces;
}

/** What is committed, as far as the log reaches with these entries. */
function capped(hardState: LogHardState, entries: readonly LogEntry[]): LogHardState {
  const last = entries.at(-1);
  assert(last !== undefined, 'a piece with a hard state has entries');
  return {...hardState, commit: toLogIndex(Math.min(hardState.commit, last.index))};
}

function sizeBytesOf({entries = [], hardState, snapshot, descriptor}: LogWrite): number {
  let sizeBytes = 0;
  for (const part of [hardState, snapshot, descriptor]) if (part !== undefined) sizeBytes += LOG_RECORD_OVERHEAD_BYTES;
  for (const entry of entries) sizeBytes += entry.data.length + LOG_RECORD_OVERHEAD_BYTES;
  return sizeBytes + (descriptor?.length ?? 0);
}

function mergeTwo(earlier: LogWrite, later: LogWrite): LogWrite {
  const snapshot = later.snapshot ?? earlier.snapshot;
  const hardState = later.hardState ?? earlier.hardState;
  const descriptor = later.descriptor ?? earlier.descriptor;
  const entries = later.snapshot === undefined ? mergeEntries(earlier.entries, later.entries) : later.entries;
  return {
    group: later.group,
    ...(entries === undefined ? undefined : {entries}),
    ...(hardState === undefined ? undefined : {hardState}),
    ...(snapshot === undefined ? undefined : {snapshot}),
    ...(descriptor === undefined ? undefined : {descriptor}),
  };
}

function mergeEntries(earlier: LogWrite['entries'], later: LogWrite['entries']): LogWrite['entries'] {
  const laterFirst = later?.[0];
  if (earlier === undefined || laterFirst === undefined) return later ?? earlier;
  const kept = earlier.filter((entry) => entry.index < laterFirst.index);
  return kept.length === 0 ? later : [...kept, ...(later ?? [])];
}
