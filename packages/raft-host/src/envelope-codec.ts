import type {GroupId, LogIndex, ReplicaId, Term, ByteWriter} from '@murmuration/base';
import {ByteReader, DecodeError, EMPTY_BYTES, NO_REPLICA, toGroupId, toLogIndex, toReplicaId, toTerm} from '@murmuration/base';
import type {Message} from '@murmuration/raft';
import {readMessage, writeMessage} from '@murmuration/raft';

/**
 * What one turn of a host has for one peer process, of all groups, in one post: a header, then records until the end.
 * Heartbeats and their answers, which are most of the messages of quiet groups, have a short form of their own.
 * @see docs/formats/raft-envelope.md
 */
const VERSION = 1;
const RECORD_MESSAGE = 1;
const RECORD_HEARTBEAT = 2;
const RECORD_HEARTBEAT_RESPONSE = 3;
const RECORD_SLEEP = 4;
const RECORD_WAKE = 5;

/** Ages above this say no more than "unknown". */
const AGE_MS_MAX = 0xffff_ffff;

export interface EnvelopeHeader {
  /** Drawn at each start of the sending host, so that times of an earlier life are told apart. */
  readonly incarnation: number;
  /** On the sender's clock. */
  readonly sentAtMs: number;
  /** The newest header that the sender had received from the receiver. */
  readonly echoIncarnation: number;
  readonly echoSentAtMs: number;
}

/** What a heartbeat tells beyond the core's message. */
export interface HeartbeatClaim {
  /** The leader's commit index, which the core's message may show lower. */
  readonly leaderCommit: LogIndex;
  /** How long before the envelope's sending a quorum was last known to follow this leader. */
  readonly ageMs: number;
}

/** A follower asks its leader to be awake. */
export interface WakeRequest {
  readonly to: ReplicaId;
  readonly from: ReplicaId;
  readonly term: Term;
}
/** The leader sleeps from now on. */
export interface SleepOffer extends WakeRequest {
  /** The end of its log, all of which is committed. */
  readonly commit: LogIndex;
}

export interface EnvelopeVisitor {
  message(group: GroupId, message: Message): void;
  heartbeat(group: GroupId, message: Message, claim: HeartbeatClaim): void;
  /** @param heartbeatSentAtMs of a heartbeat that this answers or that came before it, on the leader's clock */
  heartbeatResponse(group: GroupId, message: Message, heartbeatSentAtMs: number): void;
  sleep(group: GroupId, offer: SleepOffer): void;
  wake(group: GroupId, request: WakeRequest): void;
}

export function writeEnvelopeHeader(writer: ByteWriter, header: EnvelopeHeader): void {
  writer.u8(VERSION);
  writer.u32(header.incarnation);
  writer.f64(header.sentAtMs);
  writer.u32(header.echoIncarnation);
  writer.f64(header.echoSentAtMs);
}

export function writeMessageRecord(writer: ByteWriter, group: GroupId, message: Message): void {
  writer.u8(RECORD_MESSAGE);
  writer.varint(group);
  writeMessage(writer, message);
}

export function writeHeartbeatRecord(writer: ByteWriter, group: GroupId, message: Message, claim: HeartbeatClaim): void {
  writer.u8(RECORD_HEARTBEAT);
  writeCompact(writer, group, message);
  writer.varint(message.commit);
  writer.varint(claim.leaderCommit);
  writer.varint(Number.isFinite(claim.ageMs) ? Math.min(AGE_MS_MAX, Math.ceil(claim.ageMs)) : AGE_MS_MAX);
}

export function writeHeartbeatResponseRecord(writer: ByteWriter, group: GroupId, message: Message, heartbeatSentAtMs: number): void {
  writer.u8(RECORD_HEARTBEAT_RESPONSE);
  writeCompact(writer, group, message);
  writer.f64(heartbeatSentAtMs);
}

export function writeSleepRecord(writer: ByteWriter, group: GroupId, offer: SleepOffer): void {
  writer.u8(RECORD_SLEEP);
  writeWake(writer, group, offer);
  writer.varint(offer.commit);
}

export function writeWakeRecord(writer: ByteWriter, group: GroupId, request: WakeRequest): void {
  writer.u8(RECORD_WAKE);
  writeWake(writer, group, request);
}

/**
 * @param onHeader told before the first record
 * @throws DecodeError at the first record that makes no sense; the ones before it were visited
 */
export function readEnvelope(bytes: Uint8Array, onHeader: (header: EnvelopeHeader) => void, visitor: EnvelopeVisitor): void {
  const reader = new ByteReader(bytes);
  const version = reader.u8();
  if (version !== VERSION) throw new DecodeError(`envelope version ${version} is not known`);
  onHeader({incarnation: reader.u32(), sentAtMs: readTime(reader), echoIncarnation: reader.u32(), echoSentAtMs: readTime(reader)});
  while (reader.remainingBytes > 0) {
    const kind = reader.u8();
    switch (kind) {
      case RECORD_MESSAGE: {
        const group = readGroup(reader);
        visitor.message(group, readMessage(reader));
        break;
      }
      case RECORD_HEARTBEAT: {
        const group = readGroup(reader);
        const head = readCompact(reader);
        const message: Message = {...head, type: 'Heartbeat', commit: toLogIndex(reader.varint())};
        const leaderCommit = toLogIndex(reader.varint());
        const ageMs = reader.varint();
        visitor.heartbeat(group, message, {leaderCommit, ageMs: ageMs >= AGE_MS_MAX ? Number.POSITIVE_INFINITY : ageMs});
        break;
      }
      case RECORD_HEARTBEAT_RESPONSE: {
        const group = readGroup(reader);
        const message: Message = {...readCompact(reader), type: 'HeartbeatResp'};
        visitor.heartbeatResponse(group, message, readTime(reader));
        break;
      }
      case RECORD_SLEEP: {
        const group = readGroup(reader);
        const request = readWake(reader);
        visitor.sleep(group, {...request, commit: toLogIndex(reader.varint())});
        break;
      }
      case RECORD_WAKE: {
        const group = readGroup(reader);
        visitor.wake(group, readWake(reader));
        break;
      }
      default:
        throw new DecodeError(`envelope record kind ${kind} is not known`);
    }
  }
}

function writeCompact(writer: ByteWriter, group: GroupId, message: Message): void {
  writer.varint(group);
  writer.varint(message.to);
  writer.varint(message.from);
  writer.varint(message.term);
  writer.bytes(message.context);
}

function readCompact(reader: ByteReader): Message {
  const to = toReplicaId(reader.varint());
  const from = toReplicaId(reader.varint());
  const term = toTerm(reader.varint());
  const context = reader.bytes();
  return {
    type: 'Heartbeat', to, from, term, logTerm: toTerm(0), index: toLogIndex(0), entries: [], commit: toLogIndex(0), commitTerm: toTerm(0),
    vote: NO_REPLICA, snapshot: undefined, reject: false, rejectHint: toLogIndex(0),
    context: context.length === 0 ? EMPTY_BYTES : context.slice(), responses: [],
  };
}

function writeWake(writer: ByteWriter, group: GroupId, {to, from, term}: WakeRequest): void {
  writer.varint(group);
  writer.varint(to);
  writer.varint(from);
  writer.varint(term);
}

function readWake(reader: ByteReader): WakeRequest {
  return {to: toReplicaId(reader.varint()), from: toReplicaId(reader.varint()), term: toTerm(reader.varint())};
}

function readGroup(reader: ByteReader): GroupId {
  const value = reader.varint();
  if (value < 1) throw new DecodeError('group id 0');
  return toGroupId(value);
}

function readTime(reader: ByteReader): number {
  const value = reader.f64();
  if (!Number.isFinite(value)) throw new DecodeError('time is not a finite number');
  return value;
}
