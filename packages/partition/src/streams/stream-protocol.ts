import {DecodeError, toGroupId} from '@murmuration/base';
import type {ByteReader, ByteWriter, GroupId} from '@murmuration/base';
import {STREAM_ORDINAL_MAX} from '@murmuration/model';
import type {StreamPosition} from '@murmuration/model';
import {readStreamShard, writeStreamShard} from './stream-shard.js';
import type {StreamShard} from './stream-shard.js';

/** The shards that a partition has of all streams of its table. */
export interface StreamShardsRequest {
  readonly kind: 'stream-shards';
  readonly group: GroupId;
  readonly epoch: number;
}
/** Records of one shard, from a place on. */
export interface StreamRecordsRequest {
  readonly kind: 'stream-records';
  readonly group: GroupId;
  readonly epoch: number;
  readonly label: string;
  /** Which of the partition's shards. */
  readonly createdHlc: number;
  /** The first that was not read. */
  readonly position: StreamPosition;
  /** The oldest that are left, when those at the place were trimmed. */
  readonly isHorizon: boolean;
  readonly recordCountMax: number;
  /** By the records' own measure; one record is given whatever its size. */
  readonly sizeBytesMax: number;
}
export interface StreamShardsResponse {
  readonly kind: 'stream-shards';
  readonly shards: readonly StreamShard[];
  /** Of the newest effect that is in them. */
  readonly sequence: number;
}
export interface StreamRow extends StreamPosition {
  /** An encoded record. */
  readonly value: Uint8Array;
}
export interface StreamRecordsResponse {
  readonly kind: 'stream-records';
  /** Without records unless it is 'read': the shard is not there, or what was asked for was removed. */
  readonly state: 'read' | 'absent' | 'trimmed';
  readonly records: readonly StreamRow[];
  /** Where to go on. */
  readonly next: StreamPosition;
  /** The shard is closed, and nothing of it is left to be read. */
  readonly isEnd: boolean;
  /** With the end: who has a child of the shard beside this partition. */
  readonly splitChild: GroupId | undefined;
}

const SHARD_COUNT_MAX = 10_000;
const STATES = ['read', 'absent', 'trimmed'] as const;

export function writeStreamRecordsRequest(writer: ByteWriter, request: StreamRecordsRequest): void {
  writer.text(request.label);
  writer.varint(request.createdHlc);
  writePosition(writer, request.position);
  writer.u8(request.isHorizon ? 1 : 0);
  writer.varint(request.recordCountMax);
  writer.varint(request.sizeBytesMax);
}
/** @throws DecodeError */
export function readStreamRecordsRequest(reader: ByteReader, group: GroupId, epoch: number): StreamRecordsRequest {
  return {
    kind: 'stream-records', group, epoch, label: reader.text(), createdHlc: reader.varint(), position: readPosition(reader), isHorizon: readFlag(reader),
    recordCountMax: reader.varint(), sizeBytesMax: reader.varint(),
  };
}

export function writeStreamShards(writer: ByteWriter, {shards, sequence}: StreamShardsResponse): void {
  writer.varint(sequence);
  writer.varint(shards.length);
  for (const shard of shards) writeStreamShard(writer, shard);
}
/** @throws DecodeError */
export function readStreamShards(reader: ByteReader): StreamShardsResponse {
  const sequence = reader.varint();
  const count = reader.varint();
  if (count > SHARD_COUNT_MAX || count > reader.remainingBytes) throw new DecodeError('too many shards');
  const shards: StreamShard[] = [];
  for (let i = 0; i < count; i += 1) shards.push(readStreamShard(reader));
  return {kind: 'stream-shards', shards, sequence};
}

export function writeStreamRecords(writer: ByteWriter, response: StreamRecordsResponse): void {
  writer.u8(STATES.indexOf(response.state));
  writePosition(writer, response.next);
  writer.u8(response.isEnd ? 1 : 0);
  writer.varint(response.splitChild ?? 0);
  writer.varint(response.records.length);
  for (const record of response.records) {
    writePosition(writer, record);
    writer.bytes(record.value);
  }
}
/** Byte fields are views. @throws DecodeError */
export function readStreamRecords(reader: ByteReader): StreamRecordsResponse {
  const state = STATES[reader.u8()];
  if (state === undefined) throw new DecodeError('unknown state of a shard');
  const next = readPosition(reader);
  const isEnd = readFlag(reader);
  const child = reader.varint();
  const count = reader.varint();
  if (count > reader.remainingBytes) throw new DecodeError('more records than bytes');
  const records: StreamRow[] = [];
  for (let i = 0; i < count; i += 1) records.push({...readPosition(reader), value: reader.bytes()});
  return {kind: 'stream-records', state, next, isEnd, splitChild: child === 0 ? undefined : toGroupId(child), records};
}

function writePosition(writer: ByteWriter, {sequence, ordinal}: StreamPosition): void {
  writer.varint(sequence);
  writer.varint(ordinal);
}
function readPosition(reader: ByteReader): StreamPosition {
  const sequence = reader.varint();
  const ordinal = reader.varint();
  if (ordinal > STREAM_ORDINAL_MAX) throw new DecodeError('ordinal of a stream record out of range');
  return {sequence, ordinal};
}
function readFlag(reader: ByteReader): boolean {
  const flag = reader.u8();
  if (flag > 1) throw new DecodeError('not a flag');
  return flag === 1;
}
