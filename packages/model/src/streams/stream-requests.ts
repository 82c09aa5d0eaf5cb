import {invalidParameters, validationError} from '../errors.js';
import {defineMembers, readRequest, toTableReference} from '../operations/parameters.js';
import {parseSequenceNumber} from './sequence-number.js';
import type {StreamPosition} from './sequence-number.js';
import {parseShardId} from './shard-id.js';
import type {ShardName} from './shard-id.js';
import {parseStreamArn} from './stream-arn.js';
import type {StreamReference} from './stream-arn.js';

export type ShardIteratorType = 'TRIM_HORIZON' | 'LATEST' | 'AT_SEQUENCE_NUMBER' | 'AFTER_SEQUENCE_NUMBER';

const LIST_COUNT_MAX = 100;
const RECORD_COUNT_MAX = 1_000;
const STREAM_ARN = {type: 'string', lengthMin: 37, lengthMax: 1024} as const;
const SHARD_ID = {type: 'string', lengthMin: 28, lengthMax: 65} as const;
const LIST_LIMIT = {type: 'integer', className: 'Integer', min: 1, max: LIST_COUNT_MAX} as const;

const LIST_STREAMS = defineMembers({
  TableName: {type: 'string', pattern: 'name-or-arn', lengthMin: 3, lengthMax: 255},
  Limit: LIST_LIMIT,
  ExclusiveStartStreamArn: STREAM_ARN,
});
const DESCRIBE_STREAM = defineMembers({
  StreamArn: {...STREAM_ARN, required: true},
  Limit: LIST_LIMIT,
  ExclusiveStartShardId: SHARD_ID,
  ShardFilter: {
    type: 'structure', className: 'com.amazonaws.dynamodb.v20120810.ShardFilter',
    members: {Type: {type: 'string', values: ['CHILD_SHARDS']}, ShardId: SHARD_ID},
  },
});
const GET_SHARD_ITERATOR = defineMembers({
  StreamArn: {...STREAM_ARN, required: true},
  ShardId: {...SHARD_ID, required: true},
  ShardIteratorType: {type: 'string', values: ['AFTER_SEQUENCE_NUMBER', 'LATEST', 'AT_SEQUENCE_NUMBER', 'TRIM_HORIZON'], required: true},
  SequenceNumber: {type: 'string', lengthMin: 21, lengthMax: 40},
});
const GET_RECORDS = defineMembers({
  ShardIterator: {type: 'string', lengthMin: 1, lengthMax: 2048, required: true},
  Limit: {type: 'integer', className: 'Integer', min: 1, max: RECORD_COUNT_MAX},
});

export interface ListStreamsRequest {
  readonly tableName: string | undefined;
  readonly limit: number;
  readonly exclusiveStart: StreamReference | undefined;
}
/** @throws ModelError */
export function parseListStreams(body: unknown): ListStreamsRequest {
  const {TableName, Limit, ExclusiveStartStreamArn} = readRequest(LIST_STREAMS, body);
  return {
    tableName: TableName === undefined ? undefined : toTableReference(TableName).tableName,
    limit: Limit ?? LIST_COUNT_MAX,
    exclusiveStart: ExclusiveStartStreamArn === undefined ? undefined : parseStreamArn(ExclusiveStartStreamArn),
  };
}

export interface DescribeStreamRequest {
  readonly stream: StreamReference;
  readonly limit: number;
  /** Only ids greater than it are given; it need not exist any more. */
  readonly exclusiveStartShardId: string | undefined;
  /** Only children of this one. */
  readonly parentShardId: string | undefined;
}
/** @throws ModelError */
export function parseDescribeStream(body: unknown): DescribeStreamRequest {
  const {StreamArn, Limit, ExclusiveStartShardId, ShardFilter} = readRequest(DESCRIBE_STREAM, body);
  if (ShardFilter !== undefined && (ShardFilter.Type === undefined || ShardFilter.ShardId === undefined)) {
    throw invalidParameters('ShardFilter requires both Type and ShardId');
  }
  return {stream: parseStreamArn(StreamArn), limit: Limit ?? LIST_COUNT_MAX, exclusiveStartShardId: ExclusiveStartShardId, parentShardId: ShardFilter?.ShardId};
}

export interface GetShardIteratorRequest {
  readonly stream: StreamReference;
  readonly shardId: string;
  /** Undefined when no shard here was ever called so. */
  readonly shard: ShardName | undefined;
  readonly type: ShardIteratorType;
  /** Present with the two types that need it. */
  readonly position: StreamPosition | undefined;
}
/** @throws ModelError */
export function parseGetShardIterator(body: unknown): GetShardIteratorRequest {
  const {StreamArn, ShardId, ShardIteratorType: type, SequenceNumber} = readRequest(GET_SHARD_ITERATOR, body);
  const stream = parseStreamArn(StreamArn);
  const needsNumber = type === 'AT_SEQUENCE_NUMBER' || type === 'AFTER_SEQUENCE_NUMBER';
  if (needsNumber && SequenceNumber === undefined) throw invalidParameters(`ShardIteratorType ${type} requires a SequenceNumber`);
  if (!needsNumber && SequenceNumber !== undefined) throw invalidParameters(`SequenceNumber can not be specified with ShardIteratorType ${type}`);
  const position = SequenceNumber === undefined ? undefined : parseSequenceNumber(SequenceNumber);
  if (needsNumber && position === undefined) throw invalidSequenceNumber();
  return {stream, shardId: ShardId, shard: parseShardId(ShardId), type, position};
}
/** What a number that is none of the shard's is answered. */
export function invalidSequenceNumber(): Error {
  return validationError('Invalid SequenceNumber');
}

export interface GetRecordsRequest {
  /** Not looked into yet. */
  readonly iteratorText: string;
  readonly limit: number;
}
/** @throws ModelError */
export function parseGetRecords(body: unknown): GetRecordsRequest {
  const {ShardIterator, Limit} = readRequest(GET_RECORDS, body);
  return {iteratorText: ShardIterator, limit: Limit ?? RECORD_COUNT_MAX};
}
