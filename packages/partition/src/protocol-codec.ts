import {ByteReader, ByteWriter, DecodeError, toGroupId, toIndexId, toReplicaId} from '@murmuration/base';
import type {GroupId, IndexId} from '@murmuration/base';
import {THROTTLING_REASONS} from '@murmuration/capacity';
import type {
  Consistency, DerivedWrite, ExpressionTexts, PartitionFailure, PartitionRequest, PartitionResponse, ReturnValuesMode, WriteCommand, ThrottleDetail,
} from './protocol.js';
import type {GlobalIndexCost} from './global-indexes/global-index-deriver.js';
import {readIndexWrite, writeIndexWrite} from './global-indexes/index-write.js';
import {readStreamRecords, readStreamRecordsRequest, readStreamShards, writeStreamRecords, writeStreamRecordsRequest, writeStreamShards} from './streams/stream-protocol.js';
import {readTransactResult, readTransactStep, writeTransactResult, writeTransactStep} from './transactions/transact-codec.js';

/** First byte of every request and response; see docs/formats/partition-protocol.md. */
const PROTOCOL_VERSION = 1;
/** Keys of one request. DynamoDB's batch limit is 100; the rest is room for a router that joins batches. */
const GET_KEY_COUNT_MAX = 10_000;

const REQUEST_KINDS = ['write', 'get', 'range', 'stream-shards', 'stream-records', 'transact', 'index-write'] as const;
const WRITE_OPS = ['put', 'update', 'delete'] as const;
const RETURN_VALUES: readonly ReturnValuesMode[] = ['NONE', 'ALL_OLD', 'UPDATED_OLD', 'ALL_NEW', 'UPDATED_NEW'];
const CONSISTENCIES: readonly Consistency[] = ['eventual', 'strong'];
/** The last two carry what local indexes add. */
const RESPONSE_KINDS = ['written', 'got', 'ranged', 'failed', 'written-derived', 'ranged-fetched', 'stream-shards', 'stream-records', 'transacted', 'written-indexed'] as const;
const RANGE_REVERSE = 1;
const RANGE_COUNT_ONLY = 2;
const RANGE_INDEX = 4;
const RANGE_WHOLE = 8;
/** Local indexes of a table: DynamoDB's limit. */
const INDEX_COUNT_MAX = 5;
const FAILURE_CODES: readonly PartitionFailure['code'][] = [
  'NotLeader', 'WrongEpoch', 'UnknownPartition', 'Overloaded', 'Unavailable', 'OutcomeUnknown', 'ConditionFailed', 'Rejected',
  'Throttled',
];

// One writer serves every encoding of the process: nothing here waits, and `finishShared` copies.
const writer = new ByteWriter(4096);

/** @returns bytes owned by the caller, in a block shared with other messages: they are to be sent and let go of */
export function encodePartitionRequest(request: PartitionRequest): Uint8Array {
  writer.reset();
  writer.u8(PROTOCOL_VERSION);
  writer.u8(REQUEST_KINDS.indexOf(request.kind));
  writer.varint(request.group);
  writer.varint(request.epoch);
  switch (request.kind) {
    case 'index-write':
      writeIndexWrite(writer, request);
      break;
    case 'transact':
      writeTransactStep(writer, request.step, writeCommand);
      break;
    case 'write':
      writeCommand(request.command);
      break;
    case 'get':
      writer.u8(CONSISTENCIES.indexOf(request.consistency));
      writer.varint(request.keys.length);
      for (const key of request.keys) writer.bytes(key);
      break;
    case 'range':
      writer.u8(CONSISTENCIES.indexOf(request.consistency));
      writer.bytes(request.from);
      writer.bytes(request.until);
      writer.u8(
        (request.isReverse ? RANGE_REVERSE : 0) | (request.isCountOnly ? RANGE_COUNT_ONLY : 0) | (request.index === undefined ? 0 : RANGE_INDEX)
        | (request.isWhole === true ? RANGE_WHOLE : 0),
      );
      if (request.index !== undefined) writer.varint(request.index);
      writer.varint(request.itemCountMax);
      writer.varint(request.pageSizeBytesMax);
      writeExpressions(request.expressions);
      break;
    case 'stream-shards':
      break;
    case 'stream-records':
      writeStreamRecordsRequest(writer, request);
      break;
  }
  return writer.finishShared();
}

/** Byte fields of the result are views into `bytes`. @throws DecodeError */
export function decodePartitionRequest(bytes: Uint8Array): PartitionRequest {
  const reader = open(bytes);
  const kind = pick(REQUEST_KINDS, reader.u8());
  const group = readGroup(reader);
  const epoch = reader.varint();
  const request = readRequest(reader, kind, group, epoch);
  reader.end();
  return request;
}

function readRequest(reader: ByteReader, kind: (typeof REQUEST_KINDS)[number], group: GroupId, epoch: number): PartitionRequest {
  switch (kind) {
    case 'index-write':
      return readIndexWrite(reader, group, epoch);
    case 'transact':
      return {kind, group, epoch, step: readTransactStep(reader, () => readCommand(reader))};
    case 'write':
      return {kind, group, epoch, command: readCommand(reader)};
    case 'get': {
      const consistency = pick(CONSISTENCIES, reader.u8());
      const count = reader.varint();
      if (count > GET_KEY_COUNT_MAX || count > reader.remainingBytes) throw new DecodeError('too many keys');
      const keys: Uint8Array[] = [];
      for (let i = 0; i < count; i += 1) keys.push(reader.bytes());
      return {kind, group, epoch, consistency, keys};
    }
    case 'stream-shards':
      return {kind, group, epoch};
    case 'stream-records':
      return readStreamRecordsRequest(reader, group, epoch);
    case 'range': {
      const consistency = pick(CONSISTENCIES, reader.u8());
      const from = reader.bytes();
      const until = reader.bytes();
      const flags = reader.u8();
      if (flags > (RANGE_REVERSE | RANGE_COUNT_ONLY | RANGE_INDEX | RANGE_WHOLE)) throw new DecodeError('unknown flags of a range read');
      const index = (flags & RANGE_INDEX) === 0 ? {} : {index: readIndex(reader)};
      const whole = (flags & RANGE_WHOLE) === 0 ? {} : {isWhole: true};
      return {
        kind, group, epoch, consistency, from, until, isReverse: (flags & RANGE_REVERSE) !== 0, isCountOnly: (flags & RANGE_COUNT_ONLY) !== 0, ...index, ...whole,
        itemCountMax: reader.varint(), pageSizeBytesMax: reader.varint(), expressions: readExpressions(reader),
      };
    }
  }
}

/** @returns bytes owned by the caller, in a block shared with other messages: they are to be sent and let go of */
export function encodePartitionResponse(response: PartitionResponse): Uint8Array {
  writer.reset();
  writer.u8(PROTOCOL_VERSION);
  writer.u8(RESPONSE_KINDS.indexOf(wireKindOf(response)));
  switch (response.kind) {
    case 'transacted':
      writeTransactResult(writer, response.result);
      break;
    case 'written':
      writeOptionalBytes(response.attributes);
      writer.varint(response.oldSizeBytes);
      writer.varint(response.newSizeBytes);
      if (response.globalIndexes !== undefined) {
        writer.varint(response.globalIndexes.length);
        for (const {indexId, halfUnits} of response.globalIndexes) {
          writer.varint(indexId);
          writer.varint(halfUnits);
        }
        writer.u8(response.derived === undefined ? 0 : 1);
      }
      if (response.derived !== undefined) {
        const {indexHalfUnits, collectionSizeBytes} = response.derived;
        writer.varint(indexHalfUnits.length);
        for (const halfUnits of indexHalfUnits) writer.varint(halfUnits);
        writer.varint(collectionSizeBytes);
      }
      break;
    case 'got':
      writer.varint(response.items.length);
      for (let i = 0; i < response.items.length; i += 1) {
        writeOptionalBytes(response.items[i]);
        writer.varint(response.sizesBytes[i] ?? 0);
      }
      break;
    case 'ranged':
      writer.varint(response.items.length);
      for (const item of response.items) writer.bytes(item);
      writer.varint(response.count);
      writer.varint(response.scannedCount);
      writer.varint(response.scannedSizeBytes);
      writer.varint(response.pageSizeBytes);
      writeOptionalBytes(response.lastKey);
      if (response.fetchedBlockCount !== undefined) writer.varint(response.fetchedBlockCount);
      break;
    case 'stream-shards':
      writeStreamShards(writer, response);
      break;
    case 'stream-records':
      writeStreamRecords(writer, response);
      break;
    case 'failed':
      writeFailure(response.failure);
      break;
  }
  return writer.finishShared();
}

/** Byte fields of the result are views into `bytes`. @throws DecodeError */
export function decodePartitionResponse(bytes: Uint8Array): PartitionResponse {
  const reader = open(bytes);
  const response = readResponse(reader, pick(RESPONSE_KINDS, reader.u8()));
  reader.end();
  return response;
}

function readResponse(reader: ByteReader, kind: (typeof RESPONSE_KINDS)[number]): PartitionResponse {
  switch (kind) {
    case 'transacted':
      return {kind, result: readTransactResult(reader)};
    case 'written':
      return readWritten(reader);
    case 'written-indexed': {
      const written = {...readWritten(reader), globalIndexes: readGlobalIndexes(reader)};
      return pick([false, true], reader.u8()) ? {...written, derived: readDerived(reader)} : written;
    }
    case 'written-derived':
      return {...readWritten(reader), derived: readDerived(reader)};
    case 'got': {
      const count = readCount(reader);
      const items: (Uint8Array | undefined)[] = [];
      const sizesBytes: number[] = [];
      for (let i = 0; i < count; i += 1) {
        items.push(readOptionalBytes(reader));
        sizesBytes.push(reader.varint());
      }
      return {kind, items, sizesBytes};
    }
    case 'ranged':
      return readRanged(reader);
    case 'ranged-fetched':
      return {...readRanged(reader), fetchedBlockCount: reader.varint()};
    case 'stream-shards':
      return readStreamShards(reader);
    case 'stream-records':
      return readStreamRecords(reader);
    case 'failed':
      return {kind, failure: readFailure(reader)};
  }
}

function wireKindOf(response: PartitionResponse): (typeof RESPONSE_KINDS)[number] {
  if (response.kind === 'written' && response.globalIndexes !== undefined) return 'written-indexed';
  if (response.kind === 'written' && response.derived !== undefined) return 'written-derived';
  return response.kind === 'ranged' && response.fetchedBlockCount !== undefined ? 'ranged-fetched' : response.kind;
}
function readWritten(reader: ByteReader): Extract<PartitionResponse, {readonly kind: 'written'}> {
  return {kind: 'written', attributes: readOptionalBytes(reader), oldSizeBytes: reader.varint(), newSizeBytes: reader.varint()};
}
function readGlobalIndexes(reader: ByteReader): readonly GlobalIndexCost[] {
  return Array.from({length: readCount(reader)}, () => ({indexId: reader.varint(), halfUnits: reader.varint()}));
}
function readDerived(reader: ByteReader): DerivedWrite {
  const count = reader.varint();
  if (count > INDEX_COUNT_MAX) throw new DecodeError('too many indexes');
  const indexHalfUnits: number[] = [];
  for (let i = 0; i < count; i += 1) indexHalfUnits.push(reader.varint());
  return {indexHalfUnits, collectionSizeBytes: reader.varint()};
}
function readRanged(reader: ByteReader): Extract<PartitionResponse, {readonly kind: 'ranged'}> {
  const itemCount = readCount(reader);
  const items: Uint8Array[] = [];
  for (let i = 0; i < itemCount; i += 1) items.push(reader.bytes());
  return {
    kind: 'ranged', items, count: reader.varint(), scannedCount: reader.varint(), scannedSizeBytes: reader.varint(),
    pageSizeBytes: reader.varint(), lastKey: readOptionalBytes(reader),
  };
}
function readIndex(reader: ByteReader): IndexId {
  const index = reader.varint();
  if (index < 1 || index > INDEX_COUNT_MAX) throw new DecodeError('not the id of a local index');
  return toIndexId(index);
}

function writeCommand(command: WriteCommand): void {
  writer.u8(WRITE_OPS.indexOf(command.op));
  writer.bytes(command.key);
  writer.bytes(command.item);
  writer.varint(command.itemSizeBytes);
  writeExpressions(command.expressions);
  writer.u8(RETURN_VALUES.indexOf(command.returnValues));
  writer.u8(command.returnItemOnConditionFailure ? 1 : 0);
}
function readCommand(reader: ByteReader): WriteCommand {
  return {
    op: pick(WRITE_OPS, reader.u8()), key: reader.bytes(), item: reader.bytes(), itemSizeBytes: reader.varint(),
    expressions: readExpressions(reader), returnValues: pick(RETURN_VALUES, reader.u8()),
    returnItemOnConditionFailure: pick([false, true], reader.u8()),
  };
}

function writeExpressions(expressions: ExpressionTexts | undefined): void {
  if (expressions === undefined) {
    writer.u8(0);
    return;
  }
  const {condition, update, filter, projection} = expressions;
  writer.u8(
    1 | (condition === undefined ? 0 : 2) | (update === undefined ? 0 : 4) | (filter === undefined ? 0 : 8) | (projection === undefined ? 0 : 16),
  );
  if (condition !== undefined) writer.text(condition);
  if (update !== undefined) writer.text(update);
  if (filter !== undefined) writer.text(filter);
  if (projection !== undefined) writer.text(projection);
  writer.text(expressions.namesJson);
  writer.text(expressions.valuesJson);
}
function readExpressions(reader: ByteReader): ExpressionTexts | undefined {
  const present = reader.u8();
  if (present === 0) return undefined;
  if ((present & 1) === 0 || present > 31) throw new DecodeError('unknown flags of expressions');
  const textIf = (bit: number): string | undefined => ((present & bit) === 0 ? undefined : reader.text());
  return {
    condition: textIf(2), update: textIf(4), filter: textIf(8), projection: textIf(16), namesJson: reader.text(), valuesJson: reader.text(),
  };
}

function writeFailure(failure: PartitionFailure): void {
  writer.u8(FAILURE_CODES.indexOf(failure.code));
  switch (failure.code) {
    case 'NotLeader':
      writer.varint(failure.leaderHint);
      break;
    case 'WrongEpoch':
      writer.varint(failure.epoch);
      break;
    case 'UnknownPartition':
      break;
    case 'Overloaded':
      writer.varint(Math.ceil(failure.retryAfterMs));
      break;
    case 'Unavailable':
    case 'OutcomeUnknown':
      writer.text(failure.reason);
      break;
    case 'ConditionFailed':
      writeOptionalBytes(failure.item);
      writer.varint(failure.itemSizeBytes);
      break;
    case 'Rejected':
      writer.text(failure.error);
      writer.text(failure.message);
      break;
    case 'Throttled':
      writer.u8(THROTTLING_REASONS.indexOf(failure.reason));
      writer.text(failure.resource);
      writer.u8((failure.isOnDemand ? ON_DEMAND_FLAG : 0) | (failure.detail === undefined ? 0 : DETAIL_FLAG));
      if (failure.detail !== undefined) writeDetail(failure.detail);
      break;
  }
}
function readFailure(reader: ByteReader): PartitionFailure {
  const code = pick(FAILURE_CODES, reader.u8());
  switch (code) {
    case 'NotLeader':
      return {code, leaderHint: toReplicaId(reader.varint())};
    case 'WrongEpoch':
      return {code, epoch: reader.varint()};
    case 'UnknownPartition':
      return {code};
    case 'Overloaded':
      return {code, retryAfterMs: reader.varint()};
    case 'Unavailable':
    case 'OutcomeUnknown':
      return {code, reason: reader.text()};
    case 'ConditionFailed':
      return {code, item: readOptionalBytes(reader), itemSizeBytes: reader.varint()};
    case 'Rejected':
      return {code, error: reader.text(), message: reader.text()};
    case 'Throttled':
      return readThrottle(reader);
  }
}
const ON_DEMAND_FLAG = 1;
const DETAIL_FLAG = 2;
const BUCKETS: readonly ThrottleDetail['bucket'][] = ['ceiling', 'share', 'node', 'table', 'account'];
function writeDetail({bucket, tokensThenHalfUnits, tokensAskedHalfUnits, passesInMs}: ThrottleDetail): void {
  writer.u8(BUCKETS.indexOf(bucket));
  writer.varint(tokensThenHalfUnits);
  writer.varint(tokensAskedHalfUnits);
  // 0 stands for never.
  writer.varint(passesInMs === undefined ? 0 : passesInMs + 1);
}
function readThrottle(reader: ByteReader): PartitionFailure {
  const reason = pick(THROTTLING_REASONS, reader.u8());
  const resource = reader.text();
  const flags = reader.u8();
  if ((flags & ~(ON_DEMAND_FLAG | DETAIL_FLAG)) !== 0) throw new DecodeError('unknown flag of a throttle');
  const throttle = {code: 'Throttled' as const, reason, resource, isOnDemand: (flags & ON_DEMAND_FLAG) !== 0};
  if ((flags & DETAIL_FLAG) === 0) return throttle;
  const bucket = pick(BUCKETS, reader.u8());
  const tokensThenHalfUnits = reader.varint();
  const tokensAskedHalfUnits = reader.varint();
  const passes = reader.varint();
  return {...throttle, detail: {bucket, tokensThenHalfUnits, tokensAskedHalfUnits, passesInMs: passes === 0 ? undefined : passes - 1}};
}

function open(bytes: Uint8Array): ByteReader {
  const reader = new ByteReader(bytes);
  if (reader.u8() !== PROTOCOL_VERSION) throw new DecodeError('unknown version of the partition protocol');
  return reader;
}
function pick<T>(names: readonly T[], code: number): T {
  const name = names[code];
  if (name === undefined) throw new DecodeError('unknown code');
  return name;
}
function readGroup(reader: ByteReader): GroupId {
  const group = reader.varint();
  if (group < 1) throw new DecodeError('group id below 1');
  return toGroupId(group);
}
/** A list's length: each element takes at least a byte, so a count beyond the bytes left is a lie. */
function readCount(reader: ByteReader): number {
  const count = reader.varint();
  if (count > reader.remainingBytes) throw new DecodeError('more elements than bytes');
  return count;
}
/** 0 for absent, else 1 + the length, then the bytes. */
function writeOptionalBytes(bytes: Uint8Array | undefined): void {
  writer.varint(bytes === undefined ? 0 : bytes.length + 1);
  if (bytes !== undefined) writer.raw(bytes);
}
function readOptionalBytes(reader: ByteReader): Uint8Array | undefined {
  const length = reader.varint();
  return length === 0 ? undefined : reader.raw(length - 1);
}
