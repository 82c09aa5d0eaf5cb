import {assert, ByteReader, ByteWriter, DecodeError, toLogIndex, toReplicaId, toTerm} from '@murmuration/base';
import type {LogEntry, LogEntryKind, ReplicaId} from '@murmuration/base';

import {decodeConfChange} from './conf-change-codec.js';
import {isLocalMessage, makeMessage} from './message.js';
import type {ConfState, Message, MessageType, Snapshot} from './types.js';

// The code of a kind is its position: the list only grows at the end. Kinds a replica keeps to itself have none.
const TYPES: readonly MessageType[] = [
  'Prop', 'App', 'AppResp', 'Vote', 'VoteResp', 'Snap', 'Heartbeat', 'HeartbeatResp', 'TransferLeader', 'TimeoutNow',
  'ReadIndex', 'ReadIndexResp', 'PreVote', 'PreVoteResp',
];
const CODES = new Map(TYPES.map((type, code) => [type, code]));

const FLAG_REJECT = 1;
const FLAG_SNAPSHOT = 2;
const FLAG_ENTRIES = 4;
const FLAG_CONTEXT = 8;
const FLAG_LOG = 16;
const FLAGS_ALL = 31;

/** Members of each kind in a configuration at most; more is corrupt. */
const MEMBERS_MAX = 1024;

/** Appends a message to a writer. Only kinds that travel can be written. */
export function writeMessage(writer: ByteWriter, message: Message): void {
  const code = CODES.get(message.type);
  assert(code !== undefined && message.responses.length === 0, 'this kind of message stays at home', {type: message.type});
  const hasLog = message.logTerm !== 0 || message.index !== 0 || message.rejectHint !== 0;
  writer.u8(code);
  writer.u8((message.reject ? FLAG_REJECT : 0) | (message.snapshot === undefined ? 0 : FLAG_SNAPSHOT) |
    (message.entries.length > 0 ? FLAG_ENTRIES : 0) | (message.context.length > 0 ? FLAG_CONTEXT : 0) | (hasLog ? FLAG_LOG : 0));
  writer.varint(message.to);
  writer.varint(message.from);
  writer.varint(message.term);
  writer.varint(message.commit);
  if (tellsCommitTerm(message)) writer.varint(message.commitTerm);
  if (hasLog) {
    writer.varint(message.logTerm);
    writer.varint(message.index);
    writer.varint(message.rejectHint);
  }
  if (message.context.length > 0) writer.bytes(message.context);
  if (message.entries.length > 0) writeEntries(writer, message.entries);
  if (message.snapshot !== undefined) writeSnapshot(writer, message.snapshot);
}

/** @returns a fresh array owned by the caller */
export function encodeMessage(message: Message): Uint8Array {
  const writer = new ByteWriter(64);
  writeMessage(writer, message);
  return writer.finish();
}

/**
 * Reads one message. A peer's bytes are input, so everything the core would trip over is refused here: unknown kinds,
 * entries out of order, a vote without a term, changes of membership that cannot be read.
 * Entry data and contexts are views of the given bytes: whoever reuses that buffer copies it first.
 * @throws DecodeError
 */
export function readMessage(reader: ByteReader): Message {
  const type = TYPES[reader.u8()];
  if (type === undefined || isLocalMessage(type)) throw new DecodeError('unknown kind of message');
  const flags = reader.u8();
  if ((flags & ~FLAGS_ALL) !== 0) throw new DecodeError('unknown flags of a message');
  const to = readReplica(reader);
  const from = readReplica(reader);
  const term = toTerm(reader.varint());
  const commit = toLogIndex(reader.varint());
  const commitTerm = toTerm(tellsCommitTerm({type, commit}) ? reader.varint() : 0);
  const hasLog = (flags & FLAG_LOG) !== 0;
  const logTerm = toTerm(hasLog ? reader.varint() : 0);
  const index = toLogIndex(hasLog ? reader.varint() : 0);
  const rejectHint = toLogIndex(hasLog ? reader.varint() : 0);
  const context = (flags & FLAG_CONTEXT) === 0 ? undefined : reader.bytes();
  const entries = (flags & FLAG_ENTRIES) === 0 ? undefined : readEntries(reader, type !== 'Prop');
  const snapshot = (flags & FLAG_SNAPSHOT) === 0 ? undefined : readSnapshot(reader);

  if (from === 0 || to === 0) throw new DecodeError('a message names its sender and receiver');
  const isRequest = type === 'Prop' || type === 'ReadIndex';
  if ((term === 0) !== isRequest) throw new DecodeError('the term does not go with the kind of message');
  if ((type === 'Snap') !== (snapshot !== undefined)) throw new DecodeError('the snapshot does not go with the kind of message');
  if (type === 'Prop' && entries === undefined) throw new DecodeError('a proposal has entries');
  if (entries !== undefined && type !== 'Prop' && type !== 'App') throw new DecodeError('this kind of message has no entries');
  if (type === 'App' && entries !== undefined) checkAppended(entries, index, logTerm, term);
  return makeMessage({
    type, to, logTerm, index, commit, commitTerm, snapshot, reject: (flags & FLAG_REJECT) !== 0, rejectHint,
    ...(entries === undefined ? {} : {entries}), ...(context === undefined ? {} : {context}),
  }, from, term);
}

/** One message and nothing after it. @throws DecodeError */
export function decodeMessage(bytes: Uint8Array): Message {
  const reader = new ByteReader(bytes);
  const message = readMessage(reader);
  reader.end();
  return message;
}

function tellsCommitTerm({type, commit}: Pick<Message, 'type' | 'commit'>): boolean {
  return (type === 'Vote' || type === 'PreVote') && commit > 0;
}

function readReplica(reader: ByteReader): ReplicaId {
  return toReplicaId(reader.varint());
}

// Entries of one message follow each other, so the first index and each term in turn say it all.
function writeEntries(writer: ByteWriter, entries: readonly LogEntry[]): void {
  writer.varint(entries.length);
  writer.varint((entries[0] as LogEntry).index);
  for (const entry of entries) {
    writer.u8(entry.kind);
    writer.varint(entry.term);
    writer.bytes(entry.data);
  }
}

function readEntries(reader: ByteReader, isPlaced: boolean): LogEntry[] {
  const count = reader.varint();
  // Each entry takes three bytes at least: a larger count is refused before anything is made for it.
  if (count === 0 || count * 3 > reader.remainingBytes) throw new DecodeError('entry count does not fit the message');
  const first = reader.varint();
  if ((first > 0) !== isPlaced || !Number.isSafeInteger(first + count)) throw new DecodeError('entry index out of range');
  const entries: LogEntry[] = [];
  for (let i = 0; i < count; i += 1) {
    const kind = readKind(reader.u8());
    const term = toTerm(reader.varint());
    const data = reader.bytes();
    if (kind !== 0) decodeConfChange(kind, data);
    entries.push({index: toLogIndex(isPlaced ? first + i : 0), term, kind, data});
  }
  return entries;
}

function readKind(code: number): LogEntryKind {
  if (code === 0 || code === 1 || code === 2) return code;
  throw new DecodeError('unknown kind of entry');
}

function checkAppended(entries: readonly LogEntry[], index: number, logTerm: number, term: number): void {
  if ((entries[0] as LogEntry).index !== index + 1) throw new DecodeError('appended entries do not follow their anchor');
  let last = logTerm;
  for (const entry of entries) {
    if (entry.term < last || entry.term === 0 || entry.term > term) throw new DecodeError('terms of appended entries are out of order');
    last = entry.term;
  }
}

function writeSnapshot(writer: ByteWriter, snapshot: Snapshot): void {
  writer.varint(snapshot.meta.index);
  writer.varint(snapshot.meta.term);
  writeConfState(writer, snapshot.meta.confState);
  writer.bytes(snapshot.data);
}

function readSnapshot(reader: ByteReader): Snapshot {
  const index = toLogIndex(reader.varint());
  const term = toTerm(reader.varint());
  const confState = readConfState(reader);
  if (index === 0 || term === 0) throw new DecodeError('a snapshot has an index and a term');
  return {meta: {index, term, confState}, data: reader.bytes()};
}

/** Members of a group in their stored and sent form. */
export function writeConfState(writer: ByteWriter, conf: ConfState): void {
  for (const ids of [conf.voters, conf.learners, conf.votersOutgoing, conf.learnersNext]) {
    writer.varint(ids.length);
    for (const id of ids) writer.varint(id);
  }
  writer.u8(conf.autoLeave ? 1 : 0);
}

/** @throws DecodeError also when the members do not make a configuration that could be in force */
export function readConfState(reader: ByteReader): ConfState {
  const voters = readIds(reader);
  const learners = readIds(reader);
  const votersOutgoing = readIds(reader);
  const learnersNext = readIds(reader);
  const flag = reader.u8();
  if (flag > 1) throw new DecodeError('flag is neither 0 nor 1');
  const isJoint = votersOutgoing.length > 0;
  if (isJoint && voters.length === 0) throw new DecodeError('a joint configuration has voters');
  if (!isJoint && (learnersNext.length > 0 || flag === 1)) throw new DecodeError('only a joint configuration has parts to come');
  for (const id of learners) {
    if (voters.includes(id) || votersOutgoing.includes(id)) throw new DecodeError('a learner does not vote');
  }
  for (const id of learnersNext) {
    if (!votersOutgoing.includes(id) || voters.includes(id)) throw new DecodeError('a coming learner is a voter on its way out');
  }
  return {voters, learners, votersOutgoing, learnersNext, autoLeave: flag === 1};
}

function readIds(reader: ByteReader): ReplicaId[] {
  const count = reader.varint();
  if (count > MEMBERS_MAX) throw new DecodeError('too many members');
  const ids: ReplicaId[] = [];
  let last = 0;
  for (let i = 0; i < count; i += 1) {
    const id = readReplica(reader);
    if (id <= last) throw new DecodeError('member ids are not ascending');
    last = id;
    ids.push(id);
  }
  return ids;
}
