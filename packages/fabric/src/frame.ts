import {ByteReader, DecodeError, utf8Decode} from '@murmuration/base';
import {crc32c} from '@node-rs/crc32';
import type {Hello, Refusal} from './hello.js';
import {decodeHello, decodeRefusal, encodeHello, encodeRefusal} from './hello.js';

/**
 * The frames of docs/decisions/0003-hand-written-fabric-frames.md. What is written and read here is the whole
 * protobuf message, so both transports carry equal bytes.
 */
export type Frame =
  | {readonly kind: 'hello'; readonly hello: Hello}
  | {readonly kind: 'refusal'; readonly refusal: Refusal}
  | {readonly kind: 'calls'; readonly calls: readonly CallRecord[]}
  | {readonly kind: 'answers'; readonly answers: readonly AnswerRecord[]}
  | {readonly kind: 'posts'; readonly posts: readonly Uint8Array[]}
  | {readonly kind: 'ping'; readonly token: number}
  | {readonly kind: 'pong'; readonly token: number};

export interface CallRecord {
  readonly id: number;
  /** Any byte; whether there is such a service is the receiver's matter. */
  readonly service: number;
  readonly remainingMs: number;
  readonly payload: Uint8Array;
}

export interface AnswerRecord {
  readonly id: number;
  readonly status: AnswerStatus;
  /** Of `refused` and `lost` the reason in UTF-8. */
  readonly payload: Uint8Array;
}

/** `lost`: the call was carried out, but its answer cannot travel. */
export type AnswerStatus = 'answered' | 'refused' | 'lost';
const ANSWER_STATUSES: readonly AnswerStatus[] = ['answered', 'refused', 'lost'];

const PROTOBUF_TAG = 0x0a;
const CHECKSUM_BYTES = 4;
const KIND = {hello: 1, refusal: 2, calls: 3, answers: 4, posts: 5, ping: 6, pong: 7} as const;
const REMAINING_MS_MAX = 0xffff_ffff;
/** Everything of a message that is not a record: tag, length, checksum, kind. */
export const FRAME_OVERHEAD_BYTES_MAX = 1 + 5 + CHECKSUM_BYTES + 1;

export function callSizeBytes(id: number, payload: Uint8Array): number {
  return varintSize(id) + 1 + 4 + varintSize(payload.length) + payload.length;
}
export function answerSizeBytes(id: number, payload: Uint8Array): number {
  return varintSize(id) + 1 + varintSize(payload.length) + payload.length;
}
export function postSizeBytes(payload: Uint8Array): number {
  return varintSize(payload.length) + payload.length;
}

/** @param bodyBytes sum of callSizeBytes over the calls  @returns one message, freshly allocated */
export function encodeCalls(calls: readonly CallRecord[], bodyBytes: number): Uint8Array {
  const out = new MessageWriter(KIND.calls, bodyBytes);
  for (const call of calls) {
    out.varint(call.id);
    out.u8(call.service);
    out.u32(Math.max(0, Math.min(REMAINING_MS_MAX, Math.ceil(call.remainingMs))));
    out.bytes(call.payload);
  }
  return out.finish();
}

/** @param bodyBytes sum of answerSizeBytes over the answers */
export function encodeAnswers(answers: readonly AnswerRecord[], bodyBytes: number): Uint8Array {
  const out = new MessageWriter(KIND.answers, bodyBytes);
  for (const answer of answers) {
    out.varint(answer.id);
    out.u8(ANSWER_STATUSES.indexOf(answer.status));
    out.bytes(answer.payload);
  }
  return out.finish();
}

/** @param bodyBytes sum of postSizeBytes over the posts */
export function encodePosts(posts: readonly Uint8Array[], bodyBytes: number): Uint8Array {
  const out = new MessageWriter(KIND.posts, bodyBytes);
  for (const post of posts) out.bytes(post);
  return out.finish();
}

export function encodeHelloFrame(hello: Hello): Uint8Array {
  return encodeRaw(KIND.hello, encodeHello(hello));
}
export function encodeRefusalFrame(refusal: Refusal): Uint8Array {
  return encodeRaw(KIND.refusal, encodeRefusal(refusal));
}
export function encodePing(token: number): Uint8Array {
  return encodeRaw(KIND.ping, f64Bytes(token));
}
export function encodePong(token: number): Uint8Array {
  return encodeRaw(KIND.pong, f64Bytes(token));
}

/**
 * Reads one message. Payloads of the result are views of it: who keeps one keeps the whole message in memory.
 * @throws DecodeError for anything that we would not have written; never anything else
 */
export function decodeFrame(message: Uint8Array): Frame {
  const reader = new ByteReader(message);
  if (reader.u8() !== PROTOBUF_TAG) throw new DecodeError('not a Frame message');
  const payloadBytes = reader.varint();
  if (payloadBytes !== reader.remainingBytes || varintSize(payloadBytes) !== reader.position - 1) throw new DecodeError('length does not fit');
  const checksum = reader.u32();
  if (crc32c(message.subarray(reader.position)) !== checksum) throw new DecodeError('checksum does not fit');
  const kind = reader.u8();
  switch (kind) {
    case KIND.hello: return {kind: 'hello', hello: decodeHello(reader)};
    case KIND.refusal: return {kind: 'refusal', refusal: decodeRefusal(reader)};
    case KIND.calls: return {kind: 'calls', calls: decodeCalls(reader)};
    case KIND.answers: return {kind: 'answers', answers: decodeAnswers(reader)};
    case KIND.posts: return {kind: 'posts', posts: decodePosts(reader)};
    case KIND.ping: return {kind: 'ping', token: decodeToken(reader)};
    case KIND.pong: return {kind: 'pong', token: decodeToken(reader)};
    default: throw new DecodeError(`unknown kind of frame ${kind}`);
  }
}

function decodeCalls(reader: ByteReader): readonly CallRecord[] {
  const calls: CallRecord[] = [];
  while (reader.remainingBytes > 0) calls.push({id: reader.varint(), service: reader.u8(), remainingMs: reader.u32(), payload: reader.bytes()});
  return calls;
}

function decodeAnswers(reader: ByteReader): readonly AnswerRecord[] {
  const answers: AnswerRecord[] = [];
  while (reader.remainingBytes > 0) {
    const id = reader.varint();
    const status = ANSWER_STATUSES[reader.u8()];
    if (status === undefined) throw new DecodeError('unknown status of an answer');
    answers.push({id, status, payload: reader.bytes()});
  }
  return answers;
}

function decodePosts(reader: ByteReader): readonly Uint8Array[] {
  const posts: Uint8Array[] = [];
  while (reader.remainingBytes > 0) posts.push(reader.bytes());
  return posts;
}

function decodeToken(reader: ByteReader): number {
  const token = reader.f64();
  reader.end();
  return token;
}

/** The reason in an answer that is none, shortened; bytes that are no text give a fixed one. */
export function reasonText(payload: Uint8Array): string {
  try {
    return utf8Decode(payload.subarray(0, 256));
  } catch {
    return 'no reason given';
  }
}

function encodeRaw(kind: number, body: Uint8Array): Uint8Array {
  const out = new MessageWriter(kind, body.length);
  out.raw(body);
  return out.finish();
}

function f64Bytes(value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setFloat64(0, value, true);
  return bytes;
}

function varintSize(value: number): number {
  let size = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) size += 1;
  return size;
}

/** Fills one message of exactly known size, without growing and without a second copy. */
class MessageWriter {
  readonly #bytes: Buffer;
  readonly #checksumAt: number;
  #at = 0;
  constructor(kind: number, bodyBytes: number) {
    const payloadBytes = CHECKSUM_BYTES + 1 + bodyBytes;
    // Not the shared pool: the transport may hold the message long after small neighbours are gone.
    this.#bytes = Buffer.allocUnsafeSlow(1 + varintSize(payloadBytes) + payloadBytes);
    this.u8(PROTOBUF_TAG);
    this.varint(payloadBytes);
    this.#checksumAt = this.#at;
    this.#at += CHECKSUM_BYTES;
    this.u8(kind);
  }
  u8(value: number): void {
    this.#bytes[this.#at] = value;
    this.#at += 1;
  }
  u32(value: number): void {
    this.#at = this.#bytes.writeUInt32LE(value, this.#at);
  }
  varint(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.u8((rest % 0x80) | 0x80);
      rest = Math.floor(rest / 0x80);
    }
    this.u8(rest);
  }
  raw(value: Uint8Array): void {
    this.#bytes.set(value, this.#at);
    this.#at += value.length;
  }
  bytes(value: Uint8Array): void {
    this.varint(value.length);
    this.raw(value);
  }
  finish(): Uint8Array {
    if (this.#at !== this.#bytes.length) throw new RangeError(`wrote ${this.#at} of ${this.#bytes.length} bytes`);
    this.#bytes.writeUInt32LE(crc32c(this.#bytes.subarray(this.#checksumAt + CHECKSUM_BYTES)), this.#checksumAt);
    return this.#bytes;
  }
}
