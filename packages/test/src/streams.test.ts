// Goal: a stream as clients see it: what is recorded and what is not, shards, iterators, the ends of a stream's life, and a
// consumer that loses nothing over a split. Method: the cluster inside this process, spoken to on the wire.
import {startCluster} from './start-cluster.js';
import type {TestCluster} from './start-cluster.js';

interface Json {
  readonly [name: string]: unknown;
}
interface Reply {
  readonly status: number;
  readonly body: Json;
}
interface Shard {
  readonly ShardId: string;
  readonly ParentShardId?: string;
  readonly SequenceNumberRange: {readonly StartingSequenceNumber: string; readonly EndingSequenceNumber?: string};
}
interface StreamRecord {
  readonly eventID: string;
  readonly eventName: string;
  readonly dynamodb: {readonly Keys: Json; readonly NewImage?: Json; readonly OldImage?: Json; readonly SequenceNumber: string; readonly SizeBytes: number};
}

let cluster: TestCluster;
async function start(options: Parameters<typeof startCluster>[0] = {}): Promise<void> {
  cluster = await startCluster(options);
}
afterEach(async () => {
  await cluster.stop();
});

async function send(target: string, body: Json): Promise<Reply> {
  const response = await fetch(cluster.endpoint, {
    method: 'POST', headers: {'content-type': 'application/x-amz-json-1.0', 'x-amz-target': target}, body: JSON.stringify(body),
  });
  return {status: response.status, body: (await response.json()) as Json};
}
async function call(operation: string, body: Json): Promise<Json> {
  const reply = await send(`DynamoDB_20120810.${operation}`, body);
  if (reply.status !== 200) throw new Error(`${operation}: ${JSON.stringify(reply.body)}`);
  return reply.body;
}
async function streams(operation: string, body: Json): Promise<Json> {
  const reply = await send(`DynamoDBStreams_20120810.${operation}`, body);
  if (reply.status !== 200) throw new Error(`${operation}: ${JSON.stringify(reply.body)}`);
  return reply.body;
}
async function refused(operation: string, body: Json): Promise<string> {
  const {status, body: reply} = await send(`DynamoDBStreams_20120810.${operation}`, body);
  return `${status} ${String(reply['__type']).split('#')[1]}: ${String(reply['message'])}`;
}
async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const untilMs = performance.now() + 30_000;
  while (!(await holds())) {
    if (performance.now() > untilMs) throw new Error(`${what} did not come`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
async function active(table: string): Promise<Json> {
  let description: Json = {};
  await until(`${table} is active`, async () => {
    description = (await call('DescribeTable', {TableName: table}))['Table'] as Json;
    return description['TableStatus'] === 'ACTIVE';
  });
  return description;
}
/** @returns the stream's ARN */
async function createTable(name: string, viewType: string): Promise<string> {
  await call('CreateTable', {
    TableName: name, BillingMode: 'PAY_PER_REQUEST', KeySchema: [{AttributeName: 'pk', KeyType: 'HASH'}], AttributeDefinitions: [{AttributeName: 'pk', AttributeType: 'S'}],
    StreamSpecification: {StreamEnabled: true, StreamViewType: viewType},
  });
  return String((await active(name))['LatestStreamArn']);
}
async function describe_(arn: string, more: Json = {}): Promise<Json> {
  return (await streams('DescribeStream', {StreamArn: arn, ...more}))['StreamDescription'] as Json;
}
async function shardsOf(arn: string): Promise<readonly Shard[]> {
  return (await describe_(arn))['Shards'] as readonly Shard[];
}
async function iteratorOf(arn: string, shard: string, type: string, number?: string): Promise<string> {
  return String((await streams('GetShardIterator', {StreamArn: arn, ShardId: shard, ShardIteratorType: type, ...(number === undefined ? {} : {SequenceNumber: number})}))['ShardIterator']);
}
/** Records from an iterator on until there are none, or the shard is at its end. */
async function readFrom(iterator: string, limit = 1000): Promise<{readonly records: readonly StreamRecord[]; readonly next: string | undefined}> {
  const records: StreamRecord[] = [];
  for (let next: string | undefined = iterator; ;) {
    const page: Json = await streams('GetRecords', {ShardIterator: next, Limit: limit});
    const found = page['Records'] as readonly StreamRecord[];
    records.push(...found);
    next = page['NextShardIterator'] as string | undefined;
    if (next === undefined || found.length === 0) return {records, next};
  }
}
/** The shard that has records. */
async function homeOf(arn: string): Promise<string> {
  for (const {ShardId} of await shardsOf(arn)) if ((await readFrom(await iteratorOf(arn, ShardId, 'TRIM_HORIZON'))).records.length > 0) return ShardId;
  throw new Error('no shard has records');
}
async function allRecords(arn: string): Promise<readonly StreamRecord[]> {
  const records: StreamRecord[] = [];
  for (const shard of await shardsOf(arn)) records.push(...(await readFrom(await iteratorOf(arn, shard.ShardId, 'TRIM_HORIZON'))).records);
  return records;
}

describe('the records of a stream', () => {
  test('tell of what was made, changed and removed, and not of what stayed as it was', async () => {
    await start();
    const arn = await createTable('music', 'NEW_AND_OLD_IMAGES');
    const put = (item: Json): Promise<Json> => call('PutItem', {TableName: 'music', Item: item});
    await put({pk: {S: 'a'}, m: {M: {x: {N: '1'}, y: {N: '2'}}}});
    await put({pk: {S: 'a'}, m: {M: {y: {N: '2.0'}, x: {N: '1'}}}});
    await put({pk: {S: 'a'}, v: {N: '2'}});
    await call('UpdateItem', {TableName: 'music', Key: {pk: {S: 'a'}}, UpdateExpression: 'REMOVE nothing'});
    await call('UpdateItem', {TableName: 'music', Key: {pk: {S: 'a'}}, UpdateExpression: 'SET v = v + :one', ExpressionAttributeValues: {':one': {N: '1'}}});
    await call('DeleteItem', {TableName: 'music', Key: {pk: {S: 'a'}}});
    await call('DeleteItem', {TableName: 'music', Key: {pk: {S: 'a'}}});
    await call('BatchWriteItem', {RequestItems: {music: [{PutRequest: {Item: {pk: {S: 'a'}}}}, {DeleteRequest: {Key: {pk: {S: 'nobody'}}}}]}});
    const records = await allRecords(arn);
    expect(records.map(({eventName, dynamodb: {NewImage, OldImage}}) => [eventName, OldImage, NewImage])).toEqual([
      ['INSERT', undefined, {pk: {S: 'a'}, m: {M: {x: {N: '1'}, y: {N: '2'}}}}],
      ['MODIFY', {pk: {S: 'a'}, m: {M: {x: {N: '1'}, y: {N: '2'}}}}, {pk: {S: 'a'}, v: {N: '2'}}],
      ['MODIFY', {pk: {S: 'a'}, v: {N: '2'}}, {pk: {S: 'a'}, v: {N: '3'}}],
      ['REMOVE', {pk: {S: 'a'}, v: {N: '3'}}, undefined],
      ['INSERT', undefined, {pk: {S: 'a'}}],
    ]);
    const [first] = records;
    expect(first).toEqual({
      eventID: expect.stringMatching(/^[0-9a-f]{32}$/), eventName: 'INSERT', eventVersion: '1.1', eventSource: 'aws:dynamodb', awsRegion: 'us-east-1',
      dynamodb: {
        ApproximateCreationDateTime: expect.any(Number), Keys: {pk: {S: 'a'}}, NewImage: {pk: {S: 'a'}, m: {M: {x: {N: '1'}, y: {N: '2'}}}},
        SequenceNumber: expect.stringMatching(/^\d{21,40}$/), SizeBytes: expect.any(Number), StreamViewType: 'NEW_AND_OLD_IMAGES',
      },
    });
    expect(new Set(records.map(({eventID}) => eventID)).size).toBe(records.length);
    expect((await allRecords(arn)).map(({eventID}) => eventID)).toEqual(records.map(({eventID}) => eventID));
  }, 60_000);

  test('tell of each item of a transaction, once', async () => {
    await start();
    const arn = await createTable('music', 'NEW_AND_OLD_IMAGES');
    await call('PutItem', {TableName: 'music', Item: {pk: {S: 'old'}, v: {N: '1'}}});
    const items = Array.from({length: 12}, (_, i) => `t${i}`);
    await call('TransactWriteItems', {TransactItems: [
      ...items.map((pk) => ({Put: {TableName: 'music', Item: {pk: {S: pk}}}})),
      {Delete: {TableName: 'music', Key: {pk: {S: 'old'}}}},
      {Delete: {TableName: 'music', Key: {pk: {S: 'nobody'}}}},
    ]});
    await until('the whole transaction is told', async () => (await allRecords(arn)).length >= items.length + 2);
    const told = (await allRecords(arn)).map(({eventName, dynamodb}) => `${eventName} ${(dynamodb.Keys['pk'] as {readonly S: string}).S}`);
    expect(told.sort()).toEqual(['INSERT old', 'REMOVE old', ...items.map((pk) => `INSERT ${pk}`)].sort());
  }, 60_000);

  test.each([['KEYS_ONLY', false, false], ['NEW_IMAGE', true, false], ['OLD_IMAGE', false, true]])('show with %s no more than that', async (viewType, hasNew, hasOld) => {
    await start();
    const arn = await createTable('music', viewType);
    await call('PutItem', {TableName: 'music', Item: {pk: {S: 'a'}, n: {N: '101'}}});
    await call('PutItem', {TableName: 'music', Item: {pk: {S: 'a'}, n: {N: '102'}}});
    const record = (await allRecords(arn)).at(-1);
    expect(record?.dynamodb.NewImage).toEqual(hasNew ? {pk: {S: 'a'}, n: {N: '102'}} : undefined);
    expect(record?.dynamodb.OldImage).toEqual(hasOld ? {pk: {S: 'a'}, n: {N: '101'}} : undefined);
    // Keys of 3 bytes; an image has the number's name and 3 bytes of it beside them.
    expect(record?.dynamodb.SizeBytes).toBe(viewType === 'KEYS_ONLY' ? 3 : 3 + 3 + 4);
  }, 60_000);
});

describe('shards and iterators', () => {
  test('read from every place, and refuse what is none', async () => {
    await start();
    const arn = await createTable('music', 'NEW_IMAGE');
    const description = await describe_(arn);
    expect(description).toMatchObject({StreamArn: arn, StreamStatus: 'ENABLED', StreamViewType: 'NEW_IMAGE', TableName: 'music', KeySchema: [{AttributeName: 'pk', KeyType: 'HASH'}]});
    expect(Math.abs(Number(description['CreationRequestDateTime']) * 1000 - Date.parse(`${String(description['StreamLabel'])}Z`))).toBeLessThan(1);
    const shards = description['Shards'] as readonly Shard[];
    const ids = shards.map(({ShardId}) => ShardId);
    expect(ids).toEqual([...ids].sort());
    const paged: string[] = [];
    for (let last: string | undefined; ;) {
      const page: Json = await describe_(arn, {Limit: 1, ...(last === undefined ? {} : {ExclusiveStartShardId: last})});
      paged.push(...(page['Shards'] as readonly Shard[]).map(({ShardId}) => ShardId));
      last = page['LastEvaluatedShardId'] as string | undefined;
      if (last === undefined) break;
    }
    expect(paged).toEqual(ids);

    const latest = new Map<string, string>();
    for (const id of ids) latest.set(id, await iteratorOf(arn, id, 'LATEST'));
    for (let i = 0; i < 5; i += 1) await call('PutItem', {TableName: 'music', Item: {pk: {S: 'one'}, i: {N: String(i)}}});
    let home = '';
    for (const id of ids) if ((await readFrom(latest.get(id) as string)).records.length > 0) home = id;
    const read = async (type: string, number?: string): Promise<readonly string[]> =>
      (await readFrom(await iteratorOf(arn, home, type, number), 2)).records.map(({dynamodb}) => JSON.stringify(dynamodb.NewImage?.['i']));
    const whole = await readFrom(await iteratorOf(arn, home, 'TRIM_HORIZON'), 2);
    expect(whole.records).toHaveLength(5);
    expect(whole.next).toBeDefined();
    const third = whole.records[2]?.dynamodb.SequenceNumber as string;
    expect(await read('AT_SEQUENCE_NUMBER', third)).toEqual(['{"N":"2"}', '{"N":"3"}', '{"N":"4"}']);
    expect(await read('AFTER_SEQUENCE_NUMBER', third)).toEqual(['{"N":"3"}', '{"N":"4"}']);
    expect(await read('LATEST')).toEqual([]);
    const range = shards.find(({ShardId}) => ShardId === home)?.SequenceNumberRange;
    expect(await read('AT_SEQUENCE_NUMBER', range?.StartingSequenceNumber)).toHaveLength(5);

    const ask = {StreamArn: arn, ShardId: home, ShardIteratorType: 'AT_SEQUENCE_NUMBER'};
    expect(await refused('GetShardIterator', {...ask, SequenceNumber: '9'.repeat(22)})).toBe('400 ValidationException: Invalid SequenceNumber');
    expect(await refused('GetShardIterator', {...ask, SequenceNumber: `1${'9'.repeat(15)}000000`})).toBe('400 ValidationException: Invalid SequenceNumber');
    expect(await refused('GetShardIterator', {...ask, ShardIteratorType: 'LATEST', ShardId: 'shardId-00000000000000000001-0000ffff'})).toContain('400 ResourceNotFoundException');
    expect(await refused('DescribeStream', {StreamArn: arn.replace(/stream.*/, 'stream/2020-01-01T00:00:00.000')})).toContain('400 ResourceNotFoundException: Requested resource not found: Stream: arn');
    expect(await refused('DescribeStream', {StreamArn: 'x'.repeat(40)})).toBe('400 ValidationException: Invalid StreamArn');
    expect(await refused('GetRecords', {ShardIterator: 'nonsense'})).toBe('400 ValidationException: Invalid ShardIterator');
    const old = await iteratorOf(arn, home, 'TRIM_HORIZON');
    cluster.advanceClock('16m');
    expect(await refused('GetRecords', {ShardIterator: old})).toBe('400 ExpiredIteratorException: The provided iterator exceeds the maximum age allowed.');
    // The two APIs have targets of their own.
    expect((await send('DynamoDB_20120810.ListStreams', {})).body['__type']).toContain('UnknownOperationException');
    expect((await send('DynamoDBStreams_20120810.ListTables', {})).body['__type']).toContain('UnknownOperationException');
  }, 60_000);

  test('go on in children after some hours, and records go after a day', async () => {
    await start({tuning: {storageNode: {streamShardLifeMs: 3_600_000, streamRetentionMs: 7_200_000, streamTrimPeriodMs: 20}}});
    const arn = await createTable('music', 'KEYS_ONLY');
    await call('PutItem', {TableName: 'music', Item: {pk: {S: 'one'}}});
    const before = await shardsOf(arn);
    cluster.advanceClock('61m');
    await until('every shard has a child', async () => (await shardsOf(arn)).filter(({ParentShardId}) => before.some(({ShardId}) => ShardId === ParentShardId)).length === before.length);
    const child = (await shardsOf(arn)).find(({ParentShardId}) => ParentShardId === before[0]?.ShardId);
    expect(((await describe_(arn, {ShardFilter: {Type: 'CHILD_SHARDS', ShardId: before[0]?.ShardId}}))['Shards'] as readonly Shard[]).map(({ShardId}) => ShardId)).toEqual([child?.ShardId]);
    for (const {ShardId} of before) expect((await readFrom(await iteratorOf(arn, ShardId, 'TRIM_HORIZON'))).next).toBeUndefined();
    expect(await allRecords(arn)).toHaveLength(1);
    const [record] = await allRecords(arn);
    const slow = await iteratorOf(arn, await homeOf(arn), 'AT_SEQUENCE_NUMBER', record?.dynamodb.SequenceNumber);
    await call('PutItem', {TableName: 'music', Item: {pk: {S: 'two'}}});
    cluster.advanceClock('10m');
    expect((await readFrom(slow)).records).toHaveLength(1);
    cluster.advanceClock('115m');
    await until('the shards before are gone', async () => !(await shardsOf(arn)).some(({ShardId}) => before.some((shard) => shard.ShardId === ShardId)));
    expect(await allRecords(arn)).toHaveLength(0);
    // Orphans: their parents are gone, and readers begin with them.
    const left = await shardsOf(arn);
    expect(left.every(({ParentShardId}) => ParentShardId !== undefined)).toBe(true);
  }, 60_000);

  test('a reader that is behind what was trimmed is told so', async () => {
    await start({tuning: {storageNode: {streamRetentionMs: 600_000, streamTrimPeriodMs: 20}}});
    const arn = await createTable('music', 'KEYS_ONLY');
    await call('PutItem', {TableName: 'music', Item: {pk: {S: 'one'}}});
    await call('PutItem', {TableName: 'music', Item: {pk: {S: 'one'}, v: {N: '1'}}});
    const home = await homeOf(arn);
    const second = (await allRecords(arn))[1]?.dynamodb.SequenceNumber;
    const slow = await iteratorOf(arn, home, 'AT_SEQUENCE_NUMBER', second);
    const horizon = await iteratorOf(arn, home, 'TRIM_HORIZON');
    cluster.advanceClock('11m');
    await until('the records are gone', async () => (await allRecords(arn)).length === 0);
    const message = '400 TrimmedDataAccessException: The operation attempted to read past the oldest stream record in a shard.';
    expect(await refused('GetRecords', {ShardIterator: slow})).toBe(message);
    expect(await refused('GetShardIterator', {StreamArn: arn, ShardId: home, ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', SequenceNumber: second})).toBe(message);
    await call('PutItem', {TableName: 'music', Item: {pk: {S: 'one'}, v: {N: '2'}}});
    expect((await readFrom(horizon)).records).toHaveLength(1);
  }, 60_000);
});

describe('the life of a stream', () => {
  test('it is listed, switched off, readable for a day, and another one when it comes again', async () => {
    await start();
    const arn = await createTable('music', 'KEYS_ONLY');
    await createTable('other', 'KEYS_ONLY');
    await call('PutItem', {TableName: 'music', Item: {pk: {S: 'one'}}});
    const list = async (body: Json): Promise<Json> => streams('ListStreams', body);
    expect(((await list({}))['Streams'] as readonly Json[]).map((stream) => stream['TableName'])).toEqual(['music', 'other']);
    const page = await list({Limit: 1});
    expect(page['LastEvaluatedStreamArn']).toBe(arn);
    expect(((await list({ExclusiveStartStreamArn: arn}))['Streams'] as readonly Json[]).map((stream) => stream['TableName'])).toEqual(['other']);
    expect(await list({TableName: 'nobody'})).toEqual({Streams: []});

    const wrong = async (specification: Json): Promise<unknown> => (await send('DynamoDB_20120810.UpdateTable', {TableName: 'music', StreamSpecification: specification})).body['message'];
    expect(await wrong({StreamEnabled: true, StreamViewType: 'KEYS_ONLY'})).toBe('Table already has an enabled stream: TableName: music');
    await call('UpdateTable', {TableName: 'music', StreamSpecification: {StreamEnabled: false}});
    const off = await active('music');
    expect(off).toMatchObject({LatestStreamArn: arn});
    expect(off['StreamSpecification']).toBeUndefined();
    expect(await wrong({StreamEnabled: false})).toBe('Table has no stream to disable: TableName: music');
    await call('PutItem', {TableName: 'music', Item: {pk: {S: 'two'}}});
    expect((await describe_(arn))['StreamStatus']).toBe('DISABLED');
    expect((await allRecords(arn)).map(({dynamodb}) => dynamodb.Keys)).toEqual([{pk: {S: 'one'}}]);

    await call('UpdateTable', {TableName: 'music', StreamSpecification: {StreamEnabled: true, StreamViewType: 'NEW_IMAGE'}});
    const again = await active('music');
    expect(again['LatestStreamArn']).not.toBe(arn);
    expect(again['StreamSpecification']).toEqual({StreamEnabled: true, StreamViewType: 'NEW_IMAGE'});
    await call('PutItem', {TableName: 'music', Item: {pk: {S: 'three'}}});
    expect((await allRecords(String(again['LatestStreamArn']))).map(({dynamodb}) => dynamodb.Keys)).toEqual([{pk: {S: 'three'}}]);
    expect((await list({TableName: 'music'}))['Streams']).toHaveLength(2);
    cluster.advanceClock('25h');
    expect((await list({TableName: 'music'}))['Streams']).toHaveLength(1);
    expect(await refused('DescribeStream', {StreamArn: arn})).toContain('ResourceNotFoundException');
    await call('DeleteTable', {TableName: 'music'});
    await until('the streams of a deleted table are gone', async () => ((await list({TableName: 'music'}))['Streams'] as readonly Json[]).length === 0);
  }, 60_000);
});

test('a stream outlives its leaders, and processes that come back know its shards', async () => {
  await start();
  const arn = await createTable('music', 'NEW_IMAGE');
  const put = async (i: number): Promise<void> => {
    for (let attempt = 0; ; attempt += 1) {
      const reply = await send('DynamoDB_20120810.PutItem', {TableName: 'music', Item: {pk: {S: 'one'}, i: {N: String(i)}}});
      if (reply.status === 200) return;
      if (attempt === 50) throw new Error(JSON.stringify(reply.body));
    }
  };
  const shards = await shardsOf(arn);
  let i = 0;
  for (const node of cluster.nodeIds) {
    await put(i);
    await cluster.kill(node);
    await put(i + 1);
    await cluster.restart(node);
    i += 2;
  }
  await cluster.ready();
  expect((await shardsOf(arn)).map(({ShardId}) => ShardId)).toEqual(shards.map(({ShardId}) => ShardId));
  const numbers = (await allRecords(arn)).map(({dynamodb}) => Number((dynamodb.NewImage?.['i'] as {readonly N: string}).N));
  expect(numbers).toEqual([0, 1, 2, 3, 4, 5]);
}, 90_000);

test('a consumer that reads parents before children misses nothing over a split under load', async () => {
  await start();
  const arn = await createTable('music', 'NEW_IMAGE');
  const acknowledged = new Map<string, number[]>();
  let isWriting = true;
  const write = async (loop: number): Promise<void> => {
    for (let i = 0; isWriting; i += 1) {
      const pk = `w${loop}-${i % 40}`;
      const reply = await send('DynamoDB_20120810.PutItem', {TableName: 'music', Item: {pk: {S: pk}, n: {N: String(i)}}});
      if (reply.status === 200) acknowledged.set(pk, [...(acknowledged.get(pk) ?? []), i]);
    }
  };
  const loops = [write(0), write(1)];
  await until('there is something to split', async () => Promise.resolve(acknowledged.size >= 80));
  const {partitions} = (await cluster.status()) as unknown as {readonly partitions: readonly {readonly id: number}[]};
  for (const {id} of partitions.slice(0, 2)) {
    const order = await cluster.act({kind: 'split-partition', group: id});
    await until('the split is done', async () => (await cluster.status()).jobs.find((job) => job.id === order.jobs[0])?.state === 'done');
  }
  isWriting = false;
  await Promise.all(loops);

  const seen = new Map<string, number[]>();
  const done = new Set<string>();
  for (;;) {
    const shards = await shardsOf(arn);
    const ids = new Set(shards.map(({ShardId}) => ShardId));
    const ready = shards.filter(({ShardId, ParentShardId}) => !done.has(ShardId) && (ParentShardId === undefined || !ids.has(ParentShardId) || done.has(ParentShardId)));
    if (ready.length === 0) {
      expect(done.size).toBe(shards.length);
      expect(shards.filter(({ParentShardId}) => ParentShardId !== undefined).length).toBeGreaterThanOrEqual(4);
      break;
    }
    for (const shard of ready) {
      const {records, next} = await readFrom(await iteratorOf(arn, shard.ShardId, 'TRIM_HORIZON'), 50);
      expect(next === undefined).toBe(shard.SequenceNumberRange.EndingSequenceNumber !== undefined);
      for (const {dynamodb} of records) {
        const pk = (dynamodb.Keys['pk'] as {readonly S: string}).S;
        seen.set(pk, [...(seen.get(pk) ?? []), Number((dynamodb.NewImage?.['n'] as {readonly N: string}).N)]);
      }
      done.add(shard.ShardId);
    }
  }
  for (const [pk, values] of acknowledged) {
    const told = seen.get(pk) ?? [];
    // A write that was refused may have happened: those that were acknowledged are all there, in their order, once.
    expect(told.filter((value) => values.includes(value))).toEqual(values);
  }
}, 120_000);
