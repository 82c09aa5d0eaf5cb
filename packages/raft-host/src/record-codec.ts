import type {LogIndex, NodeId, ReplicaId, ScanRange, Term} from '@murmuration/base';
import {ByteReader, ByteWriter, DecodeError, isNodeIdText, toGroupId, toLogIndex, toNodeId, toReplicaId, toTerm} from '@murmuration/base';
import type {ConfState} from '@murmuration/raft';
import {readConfState, writeConfState} from '@murmuration/raft';
import type {GroupDescriptor, GroupMember} from './types.js';

/**
 * The small records the host keeps: the applied record, the install marker, the descriptor, the members in a
 * configuration change. Each begins with a version byte. @see docs/formats/applied-record.md
 */
const VERSION = 2;
/** Without membership numbers and log replicas. */
const VERSION_FIRST = 1;
/** The membership of groups made before memberships had numbers. */
const MEMBERSHIP_FIRST = 1;
const MEMBER_FULL = 0;
const MEMBER_LOG = 1;
const MEMBERS_MAX = 64;
const RANGES_MAX = 1024;

/** What the store holds of a group: everything up to `index`, under this configuration. */
export interface AppliedRecord {
  /** The replica that wrote it; a record of another replica of the group is left over and worth nothing. */
  readonly replica: ReplicaId;
  readonly index: LogIndex;
  readonly term: Term;
  readonly confState: ConfState;
  /** Number of the newest wish for members that was applied. */
  readonly membership: number;
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
  const {reader, version} = versioned(bytes);
  const record = readApplied(reader, version);
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
  const {reader, version} = versioned(bytes);
  const applied = readApplied(reader, version);
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
  writer.u8(descriptor.isLog === true ? MEMBER_LOG : MEMBER_FULL);
  writer.bytes(descriptor.ownerData);
  return writer.finish();
}

/** @throws DecodeError */
export function decodeDescriptor(bytes: Uint8Array): GroupDescriptor {
  const {reader, version} = versioned(bytes);
  const group = reader.varint();
  const replica = reader.varint();
  if (group < 1 || replica < 1) throw new DecodeError('descriptor without group or replica');
  const initialConfState = readConfState(reader);
  const members = readMembers(reader, version);
  const isLog = version !== VERSION_FIRST && readIsLog(reader);
  const ownerData = reader.bytes().slice();
  reader.end();
  return {group: toGroupId(group), replica: toReplicaId(replica), initialConfState, members, ownerData, ...(isLog ? {isLog} : {})};
}

/** What a configuration change carries beside the change itself. */
export interface MembershipContext {
  readonly membership: number;
  readonly members: readonly GroupMember[];
}

export function encodeMembership({membership, members}: MembershipContext): Uint8Array {
  const writer = new ByteWriter(128);
  writer.u8(VERSION);
  writer.varint(membership);
  writeMembers(writer, members);
  return writer.finish();
}

/** @throws DecodeError */
export function decodeMembership(bytes: Uint8Array): MembershipContext {
  const {reader, version} = versioned(bytes);
  const membership = version === VERSION_FIRST ? MEMBERSHIP_FIRST : reader.varint();
  const members = readMembers(reader, version);
  reader.end();
  return {membership, members};
}

/** The highest replica id of a group that this process has removed: none up to it may be made again. */
export function encodeTombstone(replica: ReplicaId): Uint8Array {
  const writer = new ByteWriter(16);
  writer.u8(VERSION);
  writer.varint(replica);
  return writer.finish();
}

/** @throws DecodeError */
export function decodeTombstone(bytes: Uint8Array): ReplicaId {
  const {reader} = versioned(bytes);
  const replica = readReplica(reader);
  reader.end();
  return replica;
}

export function writeMembers(writer: ByteWriter, members: readonly GroupMember[]): void {
  writer.varint(members.length);
  for (const member of members) {
    writer.varint(member.replica);
    writer.text(member.node);
    writer.u8(member.isLog === true ? MEMBER_LOG : MEMBER_FULL);
  }
}

export function readMembers(reader: ByteReader, version = VERSION): readonly GroupMember[] {
  const count = boundedCount(reader, MEMBERS_MAX);
  const members: GroupMember[] = [];
  for (let i = 0; i < count; i += 1) {
    const replica = readReplica(reader);
    const node = readNode(reader);
    const isLog = version !== VERSION_FIRST && readIsLog(reader);
    members.push(isLog ? {replica, node, isLog} : {replica, node});
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
  writer.varint(record.membership);
  writeMembers(writer, record.members);
}

function readApplied(reader: ByteReader, version: number): AppliedRecord {
  const replica = readReplica(reader);
  const index = toLogIndex(reader.varint());
  const term = toTerm(reader.varint());
  const confState = readConfState(reader);
  const membership = version === VERSION_FIRST ? MEMBERSHIP_FIRST : reader.varint();
  return {replica, index, term, confState, membership, members: readMembers(reader, version)};
}

function readReplica(reader: ByteReader): ReplicaId {
  const value = reader.varint();
  if (value < 1) throw new DecodeError('replica id 0');
  return toReplicaId(value);
}

function readIsLog(reader: ByteReader): boolean {
  const kind = reader.u8();
  if (kind !== MEMBER_FULL && kind !== MEMBER_LOG) throw new DecodeError('unknown kind of replica');
  return kind === MEMBER_LOG;
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

function versioned(bytes: Uint8Array): {readonly reader: ByteReader; readonly version: number} {
  const reader = new ByteReader(bytes);
  const version = reader.u8();
  if (version !== VERSION && version !== VERSION_FIRST) throw new DecodeError(`record version ${version} is not known`);
  return {reader, version};
}
