import {ByteReader, ByteWriter, DecodeError, crc32c, toGroupId, utf8Encode} from '@murmuration/base';
import {decodeBase64, encodeBase64} from '../base64.js';
import {ModelError, validationError} from '../errors.js';
import {STREAM_ORDINAL_MAX} from './sequence-number.js';
import type {StreamPosition} from './sequence-number.js';
import type {ShardName} from './shard-id.js';
import {parseStreamArn} from './stream-arn.js';
import type {StreamReference} from './stream-arn.js';

/** Where a reader is in a shard, and since when. */
export interface ShardIterator {
  readonly stream: StreamReference;
  readonly shard: ShardName;
  /** The first place that was not read. */
  readonly position: StreamPosition;
  /** It asks for the oldest record there is, whatever was trimmed meanwhile. */
  readonly isHorizon: boolean;
  readonly issuedAtMs: number;
}

export const ITERATOR_LIFETIME_MS = 15 * 60 * 1000;
/** Clocks of two routers may differ by so much before an iterator is held for a forgery. */
const CLOCK_SKEW_MS_MAX = 5 * 60 * 1000;
const FORMAT_VERSION = 1;
const SEPARATOR = '|1|';

/** Opaque to clients: the stream's ARN, a version, and the rest as base64 with a checksum over all of it. */
export function encodeShardIterator({stream, shard, position, isHorizon, issuedAtMs}: ShardIterator): string {
  const writer = new ByteWriter(64);
  writer.u8(FORMAT_VERSION);
  writer.varint(shard.group);
  writer.varint(shard.createdHlc);
  writer.varint(position.sequence);
  writer.varint(position.ordinal);
  writer.u8(isHorizon ? 1 : 0);
  writer.varint(issuedAtMs);
  writer.u32(checksum(stream.arn, writer.view()));
  return `${stream.arn}${SEPARATOR}${encodeBase64(writer.finish())}`;
}

/** @throws ModelError `ValidationException` when it was not given out here, `ExpiredIteratorException` when it is too old */
export function decodeShardIterator(text: string, nowMs: number): ShardIterator {
  const at = text.indexOf(SEPARATOR);
  if (at < 0) throw invalidIterator();
  const stream = readArn(text.slice(0, at));
  const iterator = readPlace(stream, text.slice(at + SEPARATOR.length));
  if (iterator.issuedAtMs > nowMs + CLOCK_SKEW_MS_MAX) throw invalidIterator();
  if (nowMs > iterator.issuedAtMs + ITERATOR_LIFETIME_MS) {
    throw new ModelError({code: 'ExpiredIteratorException', message: 'The provided iterator exceeds the maximum age allowed.'});
  }
  return iterator;
}

function readArn(arn: string): StreamReference {
  try {
    return parseStreamArn(arn);
  } catch (cause) {
    if (cause instanceof ModelError) throw invalidIterator();
    throw cause;
  }
}
function readPlace(stream: StreamReference, base64: string): ShardIterator {
  try {
    const bytes = decodeBase64(base64);
    const reader = new ByteReader(bytes);
    if (reader.u8() !== FORMAT_VERSION) throw invalidIterator();
    const group = reader.varint();
    const createdHlc = reader.varint();
    const position = {sequence: reader.varint(), ordinal: reader.varint()};
    const isHorizon = reader.u8() === 1;
    const issuedAtMs = reader.varint();
    const sum = reader.u32();
    reader.end();
    if (sum !== checksum(stream.arn, bytes.subarray(0, bytes.length - 4)) || group < 1 || position.ordinal > STREAM_ORDINAL_MAX) throw invalidIterator();
    return {stream, shard: {group: toGroupId(group), createdHlc}, position, isHorizon, issuedAtMs};
  } catch (cause) {
    if (cause instanceof DecodeError || cause instanceof ModelError) throw invalidIterator();
    throw cause;
  }
}
function checksum(arn: string, bytes: Uint8Array): number {
  return crc32c(bytes, crc32c(utf8Encode(arn)));
}
function invalidIterator(): ModelError {
  return validationError('Invalid ShardIterator');
}
