import type {LogIndex, NodeId, ReplicaId, ScanRange, Term} from '@murmuration/base';
import {ByteReader, ByteWriter, DecodeError, isNodeIdText, toGroupId, toLogIndex, toNodeId, toReplicaId, toTerm} from '@murmuration/base';
import type {ConfState} from '@murmuration/raft';
import {readConfState, writeConfState} from '@murmuration/raft';
import type {GroupDescriptor, GroupMember} from './types.js';

/**
 * The small records the host keeps: the applied record, the install marker, the descriptor, the members in a
 * configuration change. Each begins with a version byte. @see docs/formats/applied-record.md
 */
const VERSION = 1;
const MEMBERS_MAX = 64;
const RANGES_MAX = 1024;

/** What the store holds of a group: everything up to `index`, under this configuration. */
export interface AppliedRecord {
  /** The replica that wrote it; a record of another replica of the group is left over and worth nothing. */
  readonly replica: ReplicaId;
  readonly index: LogIndex;
  readonly term: Term;
  readonly confState: ConfState;
  readonly members: readonly GroupMember[];
}

export function encodeAppliedRecord(record: AppliedRecord): Uint8Array {
  const writer = new ByteWriter(128);
  writer.u8(VERSION);
  writeApplied(writer, record);
  return writer.finish();
}

/** @throws DecodeError */
export function decodeAppliedRecord(bytes: Uint8Array): AppliedRecord {
  const reader = versioned(bytes);
  const record = readApplied(reader);
  reader.end();
  return record;
}

/** A whole snapshot is staged and being installed: written before the first row of the old state is touched. */
export interface InstallMarker {
  readonly applied: AppliedRecord;
  readonly ranges: readonly ScanRange[];
}

export function encodeInstallMarker(marker: InstallMarker): Uint8Array {
  const writer = new ByteWriter(256);
  writer.u8(VERSION);
  writeApplied(writer, marker.applied);
  writeRanges(writer, marker.ranges);
  return writer.finish();
}

/** @throws DecodeError */
export function decodeInstallMarker(bytes: Uint8Array): InstallMarker {
  const reader = versioned(bytes);
  const applied = readApplied(reader);
  const ranges = readRanges(reader);
  reader.end();
  return {applied, ranges};
}

export function encodeDescriptor(descriptor: GroupDescriptor): Uint8Array {
  const writer = new ByteWriter(256);
  writer.u8(VERSION);
  writer.varint(descriptor.group);
  writer.varint(descriptor.replica);
  writeConfState(writer, descriptor.initialConfState);
  writeMembers(writer, descriptor.members);
  writer.bytes(descriptor.ownerData);
  return writer.finish();
}

/** @throws DecodeError */
export function decodeDescriptor(bytes: Uint8Array): GroupDescriptor {
  const reader = versioned(bytes);
  const group = reader.varint();
  const replica = reader.varint();
  if (group < 1 || replica < 1) throw new DecodeError('descriptor without group or replica');
  const initialConfState = readConfState(reader);
  const members = readMembers(reader);
  const ownerData = reader.bytes().slice();
  reader.end();
  return {group: toGroupId(group), replica: toReplicaId(replica), initialConfState, members, ownerData};
}

export function encodeMembers(members: readonly GroupMember[]): Uint8Array {
  const writer = new ByteWriter(128);
  writer.u8(VERSION);
  writeMembers(writer, members);
  return writer.finish();
}

/** @throws DecodeError */
export function decodeMembers(bytes: Uint8Array): readonly GroupMember[] {
  const reader = versioned(bytes);
  const members = readMembers(reader);
  reader.end();
  return members;
}

export function writeMembers(writer: ByteWriter, members: readonly GroupMember[]): void {
  writer.varint(members.length);
  for (const member of members) {
    writer.varint(member.replica);
    writer.text(member.node);
  }
}

export function readMembers(reader: ByteReader): readonly GroupMember[] {
  const count = boundedCount(reader, MEMBERS_MAX);
  const members: GroupMember[] = [];
  for (let i = 0; i < count; i += 1) {
    const replica = readReplica(reader);
    members.push({replica, node: readNode(reader)});
  }
  return members;
}

export function writeRanges(writer: ByteWriter, ranges: readonly ScanRange[]): void {
  writer.varint(ranges.length);
  for (const range of ranges) {
    writer.bytes(range.from);
    writer.bytes(range.until);
  }
}

export function readRanges(reader: ByteReader): readonly ScanRange[] {
  const count = boundedCount(reader, RANGES_MAX);
  const ranges: ScanRange[] = [];
  for (let i = 0; i < count; i += 1) ranges.push({from: reader.bytes().slice(), until: reader.bytes().slice()});
  return ranges;
}

function writeApplied(writer: ByteWriter, record: AppliedRecord): void {
  writer.varint(record.replica);
  writer.varint(record.index);
  writer.varint(record.term);
  writeConfState(writer, record.confState);
  writeMembers(writer, record.members);
}

function readApplied(reader: ByteReader): AppliedRecord {
  const replica = readReplica(reader);
  const index = toLogIndex(reader.varint());
  const term = toTerm(reader.varint());
  const confState = readConfState(reader);
  return {replica, index, term, confState, members: readMembers(reader)};
}

function readReplica(reader: ByteReader): ReplicaId {
  const value = reader.varint();
  if (value < 1) throw new DecodeError('replica id 0');
  return toReplicaId(value);
}

function readNode(reader: ByteReader): NodeId {
  const text = reader.text();
  if (!isNodeIdText(text)) throw new DecodeError('not a node id');
  return toNodeId(text);
}

function boundedCount(reader: ByteReader, countMax: number): number {
  const count = reader.varint();
  if (count > countMax) throw new DecodeError(`count above ${countMax}`);
  return count;
}

function versioned(bytes: Uint8Array): ByteReader {
  const reader = new ByteReader(bytes);
  const version = reader.u8();
  if (version !== VERSION) throw new DecodeError(`record version ${version} is not known`);
  return reader;
}
