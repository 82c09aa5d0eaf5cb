// A stream is read parents first, from its end or its beginning, and to its end. Method: a Streams API of a few shards in memory.
import type {ApiReply} from './api-client.js';
import {lineOf} from './commands/stream-commands.js';
import {StreamReader} from './stream-reader.js';

interface FakeShard {
  readonly parent?: string;
  readonly records: string[];
  isClosed?: boolean;
}

function fakeStream(shards: Record<string, FakeShard>): (operation: string, body: ApiReply) => Promise<ApiReply> {
  return (operation, body) => {
    switch (operation) {
      case 'DescribeStream': {
        const ids = Object.keys(shards).sort();
        const at = body['ExclusiveStartShardId'] === undefined ? 0 : ids.indexOf(String(body['ExclusiveStartShardId'])) + 1;
        const id = ids[at] as string;
        const parent = shards[id]?.parent;
        return Promise.resolve({StreamDescription: {Shards: [{ShardId: id, ...(parent === undefined ? {} : {ParentShardId: parent})}], ...(at + 1 < ids.length ? {LastEvaluatedShardId: id} : {})}});
      }
      case 'GetShardIterator': {
        const id = String(body['ShardId']);
        return Promise.resolve({ShardIterator: `${id}/${body['ShardIteratorType'] === 'LATEST' ? shards[id]?.records.length ?? 0 : 0}`});
      }
      default: {
        const [id = '', at = '0'] = String(body['ShardIterator']).split('/');
        const shard = shards[id];
        const found = (shard?.records ?? []).slice(Number(at), Number(at) + 1);
        const next = Number(at) + found.length;
        const isEnd = shard?.isClosed === true && next === shard.records.length;
        return Promise.resolve({Records: found.map((text) => ({text})), ...(isEnd ? {} : {NextShardIterator: `${id}/${next}`})});
      }
    }
  };
}
async function readAll(reader: StreamReader, rounds = 8): Promise<readonly unknown[]> {
  const texts: unknown[] = [];
  for (let i = 0; i < rounds; i += 1) texts.push(...(await reader.next()).map(({text}) => text));
  return texts;
}

test('parents are read before their children, and orphans from their beginning', async () => {
  const shards = {a: {records: ['1', '2', '3'], isClosed: true}, b: {parent: 'a', records: ['4']}, c: {parent: 'a', records: ['5']}, d: {parent: 'gone', records: ['x']}};
  const texts = await readAll(new StreamReader(fakeStream(shards), 'arn', 'TRIM_HORIZON'));
  expect(texts.filter((text) => text !== 'x')).toEqual(['1', '2', '3', '4', '5']);
  expect(texts).toContain('x');
});

test('from the end only what comes is read, also of shards that come', async () => {
  const shards: Record<string, FakeShard> = {a: {records: ['1']}};
  const reader = new StreamReader(fakeStream(shards), 'arn', 'LATEST');
  expect(await readAll(reader, 2)).toEqual([]);
  shards['a']?.records.push('2');
  (shards['a'] as FakeShard).isClosed = true;
  shards['b'] = {parent: 'a', records: ['3']};
  expect(await readAll(reader)).toEqual(['2', '3']);
});

test('a record is one line', () => {
  expect(lineOf({eventName: 'MODIFY', dynamodb: {ApproximateCreationDateTime: 0, Keys: {pk: {S: 'a'}}, OldImage: {v: {N: '1'}}, NewImage: {v: {N: '2'}}}}))
    .toBe('1970-01-01T00:00:00Z MODIFY {"pk":{"S":"a"}} {"v":{"N":"1"}} -> {"v":{"N":"2"}}');
  expect(lineOf({eventName: 'REMOVE', userIdentity: {Type: 'Service'}, dynamodb: {ApproximateCreationDateTime: 1, Keys: {}}})).toBe('1970-01-01T00:00:01Z REMOVE (time to live) {}');
});
