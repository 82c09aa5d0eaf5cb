import type {GroupId, ScanRange, StoreRow} from '@murmuration/base';
import {ByteReader, ByteWriter, DecodeError, crc32c, toGroupId} from '@murmuration/base';
import type {Message} from '@murmuration/raft';
import {readMessage, writeMessage} from '@murmuration/raft';
import {readMembers, readRanges, writeMembers, writeRanges} from './record-codec.js';
import type {GroupMember} from './types.js';

/**
 * The calls that carry a snapshot: one `begin`, chunks numbered from 0, one `end`; each is answered before the next
 * leaves. A call may be repeated when its answer was lost. @see docs/formats/raft-snapshot.md
 */
const VERSION = 2;
const KIND_BEGIN = 1;
const KIND_CHUNK = 2;
const KIND_END = 3;
const STATUS_OK = 0;
const STATUS_REFUSED = 1;

/** Drawn by the sender for each sending, so that chunks of two of them never mix. */
export interface TransferId {
  readonly high: number;
  readonly low: number;
}

export interface SnapshotBegin {
  readonly kind: 'begin';
  readonly transfer: TransferId;
  readonly group: GroupId;
  /** The core's Snap message, naming the index that the rows really are of. */
  readonly message: Message;
  /** Of the state sent. */
  readonly membership: number;
  readonly members: readonly GroupMember[];
  /** For a log replica: configuration and index, no rows. */
  readonly isMetadataOnly: boolean;
  /** Every row lies in one of these; the install replaces exactly these. In key order, not overlapping. */
  readonly ranges: readonly ScanRange[];
}
export interface SnapshotChunk {
  readonly kind: 'chunk';
  readonly transfer: TransferId;
  readonly group: GroupId;
  readonly sequence: number;
  readonly checksum: number;
  readonly rows: Uint8Array;
}
export interface SnapshotEnd {
  readonly kind: 'end';
  readonly transfer: TransferId;
  readonly group: GroupId;
  readonly chunkCount: number;
  readonly rowCount: number;
  /** Over the rows of all chunks, in order. */
  readonly checksum: number;
}
export type SnapshotCall = SnapshotBegin | SnapshotChunk | SnapshotEnd;

export type SnapshotAnswer =
  | {readonly ok: true; readonly nextSequence: number}
  /** `isFinal` false: the same call may work later. */
  | {readonly ok: false; readonly isFinal: boolean; readonly reason: string};

export function encodeSnapshotCall(call: SnapshotCall): Uint8Array {
  const writer = new ByteWriter(call.kind === 'chunk' ? call.rows.length + 64 : 512);
  writer.u8(VERSION);
  writer.u8(call.kind === 'begin' ? KIND_BEGIN : call.kind === 'chunk' ? KIND_CHUNK : KIND_END);
  writer.u32(call.transfer.high);
  writer.u32(call.transfer.low);
  writer.varint(call.group);
  if (call.kind === 'begin') {
    writeMessage(writer, call.message);
    writer.varint(call.membership);
    writeMembers(writer, call.members);
    writer.u8(call.isMetadataOnly ? 1 : 0);
    writeRanges(writer, call.ranges);
  } else if (call.kind === 'chunk') {
    writer.varint(call.sequence);
    writer.u32(call.checksum);
    writer.bytes(call.rows);
  } else {
    writer.varint(call.chunkCount);
    writer.varint(call.rowCount);
    writer.u32(call.checksum);
  }
  return writer.finish();
}

/** @throws DecodeError; also when a chunk's rows do not fit its checksum */
export function decodeSnapshotCall(bytes: Uint8Array): SnapshotCall {
  const reader = new ByteReader(bytes);
  const version = reader.u8();
  if (version !== VERSION) throw new DecodeError(`snapshot call version ${version} is not known`);
  const kind = reader.u8();
  const transfer = {high: reader.u32(), low: reader.u32()};
  const groupNumber = reader.varint();
  if (groupNumber < 1) throw new DecodeError('group id 0');
  const group = toGroupId(groupNumber);
  const call = readBody(reader, kind, transfer, group);
  reader.end();
  return call;
}

export function encodeSnapshotAnswer(answer: SnapshotAnswer): Uint8Array {
  const writer = new ByteWriter(32);
  if (answer.ok) {
    writer.u8(STATUS_OK);
    writer.varint(answer.nextSequence);
  } else {
    writer.u8(STATUS_REFUSED);
    writer.u8(answer.isFinal ? 1 : 0);
    writer.text(answer.reason);
  }
  return writer.finish();
}

/** @throws DecodeError */
export function decodeSnapshotAnswer(bytes: Uint8Array): SnapshotAnswer {
  const reader = new ByteReader(bytes);
  const status = reader.u8();
  let answer: SnapshotAnswer;
  if (status === STATUS_OK) answer = {ok: true, nextSequence: reader.varint()};
  else if (status === STATUS_REFUSED) answer = {ok: false, isFinal: reader.u8() === 1, reason: reader.text()};
  else throw new DecodeError(`snapshot answer ${status} is not known`);
  reader.end();
  return answer;
}

export function appendRow(writer: ByteWriter, row: StoreRow): void {
  writer.bytes(row.key);
  writer.bytes(row.value);
}

/** @returns views into `bytes` @throws DecodeError */
export function decodeRows(bytes: Uint8Array): readonly StoreRow[] {
  const reader = new ByteReader(bytes);
  const rows: StoreRow[] = [];
  while (reader.remainingBytes > 0) rows.push({key: reader.bytes(), value: reader.bytes()});
  return rows;
}

function readBody(reader: ByteReader, kind: number, transfer: TransferId, group: GroupId): SnapshotCall {
  switch (kind) {
    case KIND_BEGIN: {
      const message = readMessage(reader);
      if (message.type !== 'Snap' || message.snapshot === undefined) throw new DecodeError('not a snapshot message');
      const membership = reader.varint();
      const members = readMembers(reader);
      const isMetadataOnly = reader.u8() !== 0;
      const ranges = readRanges(reader);
      if (isMetadataOnly && ranges.length > 0) throw new DecodeError('a snapshot without rows that has ranges');
      return {kind: 'begin', transfer, group, message, membership, members, isMetadataOnly, ranges};
    }
    case KIND_CHUNK: {
      const sequence = reader.varint();
      const checksum = reader.u32();
      const rows = reader.bytes();
      if (crc32c(rows) !== checksum) throw new DecodeError('chunk does not fit its checksum');
      return {kind: 'chunk', transfer, group, sequence, checksum, rows};
    }
    case KIND_END:
      return {kind: 'end', transfer, group, chunkCount: reader.varint(), rowCount: reader.varint(), checksum: reader.u32()};
    default:
      throw new DecodeError(`snapshot call kind ${kind} is not known`);
  }
}
