import type {DynamoDBClient} from '@aws-sdk/client-dynamodb';
import {CreateTableCommand, DeleteTableCommand, DescribeTableCommand} from '@aws-sdk/client-dynamodb';
import {WireClient} from './wire-client.js';

export type StreamReply = Readonly<Record<string, unknown>>;

/** The Streams API of the endpoint that a client speaks to. Of the real service it has a host of its own. */
export async function callStreams(client: DynamoDBClient, operation: string, body: unknown): Promise<{readonly status: number; readonly body: StreamReply}> {
  const endpoint = await client.config.endpoint?.();
  const {accessKeyId, secretAccessKey, sessionToken} = await client.config.credentials();
  const hostname = (endpoint?.hostname ?? 'localhost').replace(/^dynamodb\.(.*\.amazonaws\.com)$/, 'streams.dynamodb.$1');
  const wire = new WireClient({
    endpoint: `${endpoint?.protocol ?? 'http:'}//${hostname}:${endpoint?.port ?? (endpoint?.protocol === 'https:' ? 443 : 80)}`, region: await client.config.region(),
    credentials: {accessKeyId, secretAccessKey, sessionToken},
  });
  try {
    const {status, body: bytes} = await wire.send({
      method: 'POST', body: JSON.stringify(body),
      headers: {'content-type': 'application/x-amz-json-1.0', 'x-amz-target': `DynamoDBStreams_20120810.${operation}`},
    });
    return {status, body: JSON.parse(bytes.toString('utf8')) as StreamReply};
  } finally {
    wire.close();
  }
}

/** @returns the answer's body @throws when it is a refusal */
export async function streamsReply(client: DynamoDBClient, operation: string, body: unknown): Promise<StreamReply> {
  const reply = await callStreams(client, operation, body);
  if (reply.status !== 200) throw new Error(`${operation}: ${JSON.stringify(reply.body)}`);
  return reply.body;
}
/** @returns the exception's name */
export async function streamsRefusal(client: DynamoDBClient, operation: string, body: unknown): Promise<string> {
  const {status, body: reply} = await callStreams(client, operation, body);
  return status === 400 ? String(reply['__type']).replace(/^.*#/, '') : `status ${status}`;
}

/** Runs something on a table with a stream that is made for it and dropped behind it. @param run is given the stream's ARN */
export async function withStream(client: DynamoDBClient, TableName: string, StreamViewType: 'KEYS_ONLY' | 'NEW_AND_OLD_IMAGES', run: (arn: string) => Promise<unknown>): Promise<unknown> {
  await client.send(new CreateTableCommand({
    TableName, BillingMode: 'PAY_PER_REQUEST', KeySchema: [{AttributeName: 'pk', KeyType: 'HASH'}], AttributeDefinitions: [{AttributeName: 'pk', AttributeType: 'S'}],
    StreamSpecification: {StreamEnabled: true, StreamViewType},
  }));
  const described = async (): Promise<{readonly TableStatus?: string | undefined; readonly LatestStreamArn?: string | undefined} | undefined> => (await client.send(new DescribeTableCommand({TableName}))).Table;
  let table = await described();
  while (table?.TableStatus !== 'ACTIVE') {
    await new Promise((resolve) => setTimeout(resolve, 50));
    table = await described();
  }
  try {
    return await run(table.LatestStreamArn ?? '');
  } finally {
    await client.send(new DeleteTableCommand({TableName}));
    for (;;) {
      const isGone = await described().then(() => false, () => true);
      if (isGone) break;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

interface ListedShard {
  readonly ShardId: string;
}
export async function shardIds(client: DynamoDBClient, StreamArn: string): Promise<readonly string[]> {
  const {StreamDescription} = await streamsReply(client, 'DescribeStream', {StreamArn});
  return ((StreamDescription as {readonly Shards: readonly ListedShard[]}).Shards).map(({ShardId}) => ShardId);
}
/** Everything in a stream from its oldest record, shard by shard; asked until `countMin` are there. */
export async function allRecords(client: DynamoDBClient, StreamArn: string, countMin: number): Promise<readonly StreamReply[]> {
  for (;;) {
    const records: StreamReply[] = [];
    for (const ShardId of await shardIds(client, StreamArn)) {
      let {ShardIterator} = await streamsReply(client, 'GetShardIterator', {StreamArn, ShardId, ShardIteratorType: 'TRIM_HORIZON'});
      for (let emptyCount = 0; ShardIterator !== undefined && emptyCount < 3;) {
        const page = await streamsReply(client, 'GetRecords', {ShardIterator});
        const found = page['Records'] as readonly StreamReply[];
        records.push(...found);
        emptyCount = found.length === 0 ? emptyCount + 1 : 0;
        ShardIterator = page['NextShardIterator'];
      }
    }
    if (records.length >= countMin) return records;
  }
}
