import type {DynamoDBClient} from '@aws-sdk/client-dynamodb';
import {BatchWriteItemCommand, DeleteItemCommand, PutItemCommand, UpdateItemCommand} from '@aws-sdk/client-dynamodb';
import type {Area, Body, ConformanceCase} from '../conformance-case.js';
import {http, proves} from '../conformance-case.js';
import {HASH} from '../suite-tables.js';
import {allRecords, shardIds, streamsRefusal, streamsReply, withStream} from '../streams-client.js';
import type {StreamReply} from '../streams-client.js';

const NAME = 'Conformance.Streamed';
const ARN = `arn:aws:dynamodb:us-east-1:000000000000:table/${HASH}/stream/2020-01-01T00:00:00.000`;
const SHARD = 'shardId-00000001414576573621-00000001';

/** A refusal of the Streams API whose words are not known for certain. */
const refused = (name: string, operation: string, body: Body, type = 'ValidationException'): ConformanceCase => proves('streams 1 API', `${operation}: ${name}`, http(
  {method: 'POST', headers: {'content-type': 'application/x-amz-json-1.0', 'x-amz-target': `DynamoDBStreams_20120810.${operation}`}, body: JSON.stringify(body)},
  {status: 400, type}));

/** What was written, as each record tells it. */
const told = (records: readonly StreamReply[]): readonly unknown[] => records.map(({eventName, dynamodb}) => {
  const {NewImage, OldImage} = dynamodb as {readonly NewImage?: unknown; readonly OldImage?: unknown};
  return {eventName, ...(OldImage === undefined ? {} : {OldImage}), ...(NewImage === undefined ? {} : {NewImage})};
});
const put = (client: DynamoDBClient, Item: Record<string, {S: string} | {N: string} | {M: Record<string, {N: string}>}>): Promise<unknown> => client.send(new PutItemCommand({TableName: NAME, Item}));

export const STREAMS: Area = {
  name: 'streams',
  title: 'Streams: records, shards, iterators',
  cases: [
    refused('an ARN of something else', 'DescribeStream', {StreamArn: 'arn:aws:dynamodb:us-east-1:000000000000:table/Conformance.Hash'}),
    refused('an ARN that is too short', 'DescribeStream', {StreamArn: 'short'}),
    refused('no ARN', 'DescribeStream', {}),
    refused('more shards than may be asked for', 'DescribeStream', {StreamArn: ARN, Limit: 101}),
    refused('a stream that is not there', 'DescribeStream', {StreamArn: ARN}, 'ResourceNotFoundException'),
    refused('a stream that is not there', 'GetShardIterator', {StreamArn: ARN, ShardId: SHARD, ShardIteratorType: 'LATEST'}, 'ResourceNotFoundException'),
    refused('a type that there is not', 'GetShardIterator', {StreamArn: ARN, ShardId: SHARD, ShardIteratorType: 'OLDEST'}),
    refused('a shard id that is too short', 'GetShardIterator', {StreamArn: ARN, ShardId: 'shard', ShardIteratorType: 'LATEST'}),
    refused('a sequence number that is missing', 'GetShardIterator', {StreamArn: ARN, ShardId: SHARD, ShardIteratorType: 'AT_SEQUENCE_NUMBER'}),
    refused('a sequence number that is too short', 'GetShardIterator', {StreamArn: ARN, ShardId: SHARD, ShardIteratorType: 'AT_SEQUENCE_NUMBER', SequenceNumber: '1'}),
    refused('an iterator that is none', 'GetRecords', {ShardIterator: 'nonsense'}),
    refused('no iterator', 'GetRecords', {}),
    refused('no records', 'GetRecords', {ShardIterator: 'nonsense', Limit: 0}),
    refused('more streams than may be asked for', 'ListStreams', {Limit: 101}),
    refused('a start that is no ARN', 'ListStreams', {ExclusiveStartStreamArn: 'a'.repeat(40)}),
    proves('streams 5 Records', 'each change is told once, and what changes nothing is not told', {
      kind: 'sdk', operation: 'GetRecords',
      run: (client) => withStream(client, NAME, 'NEW_AND_OLD_IMAGES', async (arn) => {
        await put(client, {pk: {S: 'a'}, m: {M: {x: {N: '1'}, y: {N: '2'}}}});
        await put(client, {pk: {S: 'a'}, m: {M: {y: {N: '2.0'}, x: {N: '1'}}}});
        await put(client, {pk: {S: 'a'}, v: {N: '2'}});
        await client.send(new UpdateItemCommand({TableName: NAME, Key: {pk: {S: 'a'}}, UpdateExpression: 'REMOVE nothing'}));
        await client.send(new UpdateItemCommand({TableName: NAME, Key: {pk: {S: 'a'}}, UpdateExpression: 'SET v = v + :one', ExpressionAttributeValues: {':one': {N: '1'}}}));
        await client.send(new DeleteItemCommand({TableName: NAME, Key: {pk: {S: 'a'}}}));
        await client.send(new DeleteItemCommand({TableName: NAME, Key: {pk: {S: 'a'}}}));
        await client.send(new BatchWriteItemCommand({RequestItems: {[NAME]: [{PutRequest: {Item: {pk: {S: 'a'}}}}, {DeleteRequest: {Key: {pk: {S: 'nobody'}}}}]}}));
        return {records: told(await allRecords(client, arn, 5))};
      }),
      expected: {records: [
        {eventName: 'INSERT', NewImage: {pk: {S: 'a'}, m: {M: {x: {N: '1'}, y: {N: '2'}}}}},
        {eventName: 'MODIFY', OldImage: {pk: {S: 'a'}, m: {M: {x: {N: '1'}, y: {N: '2'}}}}, NewImage: {pk: {S: 'a'}, v: {N: '2'}}},
        {eventName: 'MODIFY', OldImage: {pk: {S: 'a'}, v: {N: '2'}}, NewImage: {pk: {S: 'a'}, v: {N: '3'}}},
        {eventName: 'REMOVE', OldImage: {pk: {S: 'a'}, v: {N: '3'}}},
        {eventName: 'INSERT', NewImage: {pk: {S: 'a'}}},
      ]},
    }),
    proves('streams 2 Iterators', 'each type reads from its place, and none from elsewhere', {
      kind: 'sdk', operation: 'GetShardIterator',
      run: (client) => withStream(client, NAME, 'KEYS_ONLY', async (StreamArn) => {
        for (let i = 0; i < 3; i += 1) await put(client, {pk: {S: 'a'}, v: {N: String(i)}});
        const numbers = (await allRecords(client, StreamArn, 3)).map(({dynamodb}) => (dynamodb as {readonly SequenceNumber: string}).SequenceNumber);
        const [first, second, third] = numbers;
        const ids = await shardIds(client, StreamArn);
        const read = async (more: Readonly<Record<string, unknown>>): Promise<number> => {
          let count = 0;
          for (const ShardId of ids) {
            const {ShardIterator} = await streamsReply(client, 'GetShardIterator', {StreamArn, ShardId, ...more}).catch(() => ({ShardIterator: undefined}));
            if (ShardIterator !== undefined) count += ((await streamsReply(client, 'GetRecords', {ShardIterator}))['Records'] as readonly unknown[]).length;
          }
          return count;
        };
        return {
          isAscending: first !== undefined && second !== undefined && third !== undefined && BigInt(first) < BigInt(second) && BigInt(second) < BigInt(third),
          horizon: await read({ShardIteratorType: 'TRIM_HORIZON'}),
          at: await read({ShardIteratorType: 'AT_SEQUENCE_NUMBER', SequenceNumber: second}),
          after: await read({ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', SequenceNumber: second}),
          latest: await read({ShardIteratorType: 'LATEST'}),
          absent: await streamsRefusal(client, 'GetShardIterator', {StreamArn, ShardId: SHARD, ShardIteratorType: 'LATEST'}),
        };
      }),
      expected: {isAscending: true, horizon: 3, at: 2, after: 1, latest: 0, absent: 'ResourceNotFoundException'},
    }),
    proves('streams 1 DescribeStream', 'a stream is listed and described', {
      kind: 'sdk', operation: 'DescribeStream',
      run: (client) => withStream(client, NAME, 'KEYS_ONLY', async (StreamArn) => {
        const {Streams} = await streamsReply(client, 'ListStreams', {TableName: NAME});
        const {StreamDescription} = await streamsReply(client, 'DescribeStream', {StreamArn});
        const {StreamStatus, StreamViewType, TableName, KeySchema, Shards} = StreamDescription as StreamReply & {readonly Shards: readonly {readonly ShardId: string}[]};
        return {
          listed: (Streams as readonly StreamReply[]).some((stream) => stream['StreamArn'] === StreamArn), StreamStatus, StreamViewType, TableName, KeySchema,
          areIds: Shards.length > 0 && Shards.every(({ShardId}) => /^shardId-\d{20}-[0-9a-f]{8}$/.test(ShardId)),
        };
      }),
      expected: {listed: true, StreamStatus: 'ENABLED', StreamViewType: 'KEYS_ONLY', TableName: NAME, KeySchema: [{AttributeName: 'pk', KeyType: 'HASH'}], areIds: true},
    }),
  ],
};
