// TransactWriteItems through the HTTP handler, over real partition machines: exact replies, and what is left of every transaction.
import {compareBytes} from '@murmuration/base';
import type {TableDescriptor} from '@murmuration/model';
import type {PartitionRequest} from '@murmuration/partition';
import {storedItemKey} from '../stored-item-key.js';
import {FakeCluster, MUSIC} from '../testing/fake-cluster.js';

const key = (artist: string): object => ({Artist: {S: artist}, Song: {S: 's'}});
const song = (artist: string, extra: object = {}): object => ({...key(artist), ...extra});
const put = (artist: string, extra: object = {}, more: object = {}): object => ({Put: {TableName: 'Music', Item: song(artist, extra), ...more}});
const write = (cluster: FakeCluster, actions: readonly object[], more: object = {}): ReturnType<FakeCluster['call']> => cluster.call('TransactWriteItems', {TransactItems: actions, ...more});
const get = (cluster: FakeCluster, artist: string): unknown => (cluster.call('GetItem', {TableName: 'Music', Key: key(artist), ConsistentRead: true}).body as {Item?: unknown}).Item;
const stepsOf = (cluster: FakeCluster): readonly string[] => cluster.sent.flatMap(({request}) => (request.kind === 'transact' ? [request.step.kind] : []));
/** Artists whose items lie in several partitions, for sure. */
const MANY = ['Nina', 'Miles', 'Billie', 'Ella', 'Duke', 'Chet', 'Thelonious', 'Sarah'];
/** The partition of one artist is not that of another one. */
const groupOf = (cluster: FakeCluster, artist: string): number => {
  cluster.sent.length = 0;
  get(cluster, artist);
  return cluster.sent[0]?.request.group ?? 0;
};
/** One more artist in the same partition. */
function neighbourOf(cluster: FakeCluster, artist: string): string {
  const group = groupOf(cluster, artist);
  for (let i = 0; ; i += 1) if (groupOf(cluster, `other${i}`) === group) return `other${i}`;
}
function strangerOf(cluster: FakeCluster, artist: string): string {
  const group = groupOf(cluster, artist);
  for (let i = 0; ; i += 1) if (groupOf(cluster, `far${i}`) !== group) return `far${i}`;
}

describe('TransactWriteItems', () => {
  test('carries out puts, updates, deletes and checks of many partitions', () => {
    const cluster = new FakeCluster();
    for (const artist of ['Ella', 'Duke', 'Chet']) cluster.call('PutItem', {TableName: 'Music', Item: song(artist, {n: {N: '1'}})});
    const answer = write(cluster, [
      put('Nina', {n: {N: '1'}}), put('Miles'), put('Billie'),
      {Update: {TableName: 'Music', Key: key('Ella'), UpdateExpression: 'ADD n :one', ExpressionAttributeValues: {':one': {N: '1'}}}},
      {Delete: {TableName: 'Music', Key: key('Duke')}},
      {ConditionCheck: {TableName: 'Music', Key: key('Chet'), ConditionExpression: 'attribute_exists(Artist)'}},
    ]);
    expect(answer).toMatchObject({status: 200, body: {}});
    expect(get(cluster, 'Nina')).toEqual(song('Nina', {n: {N: '1'}}));
    expect(get(cluster, 'Ella')).toEqual(song('Ella', {n: {N: '2'}}));
    expect(get(cluster, 'Duke')).toBeUndefined();
    expect(get(cluster, 'Chet')).toEqual(song('Chet', {n: {N: '1'}}));
  });

  test('is one step inside one partition, and prepare, decide and commit across several', () => {
    const cluster = new FakeCluster();
    const near = neighbourOf(cluster, 'Nina');
    const far = strangerOf(cluster, 'Nina');
    cluster.sent.length = 0;
    expect(write(cluster, [put('Nina'), put(near)]).status).toBe(200);
    expect(stepsOf(cluster)).toEqual(['once']);
    cluster.sent.length = 0;
    expect(write(cluster, [put('Nina'), put(far)]).status).toBe(200);
    expect(stepsOf(cluster)).toEqual(['prepare', 'prepare', 'decide', 'commit']);
  });

  test('holds nothing when it is over', () => {
    const cluster = new FakeCluster();
    write(cluster, MANY.map((artist) => put(artist)));
    for (const artist of MANY) expect(cluster.call('DeleteItem', {TableName: 'Music', Key: key(artist)}).status).toBe(200);
    write(cluster, [...MANY.map((artist) => put(artist)), {ConditionCheck: {TableName: 'Music', Key: key('nobody'), ConditionExpression: 'attribute_exists(Artist)'}}]);
    for (const artist of MANY) {
      expect(get(cluster, artist)).toBeUndefined();
      expect(cluster.call('PutItem', {TableName: 'Music', Item: song(artist)}).status).toBe(200);
    }
  });

  test.each([['several partitions', strangerOf], ['one partition', neighbourOf]])('tells all reasons in order, with the items that were asked for, over %s', (_, otherOf) => {
    const cluster = new FakeCluster();
    const other = otherOf(cluster, 'Nina');
    cluster.call('PutItem', {TableName: 'Music', Item: song('Nina', {n: {N: '5'}})});
    const condition = {ConditionExpression: 'attribute_not_exists(Artist)', ReturnValuesOnConditionCheckFailure: 'ALL_OLD'};
    const answer = write(cluster, [put('Nina', {}, condition), put(other)]);
    expect(answer.status).toBe(400);
    expect(answer.body).toEqual({
      __type: 'com.amazonaws.dynamodb.v20120810#TransactionCanceledException',
      Message: 'Transaction cancelled, please refer cancellation reasons for specific reasons [ConditionalCheckFailed, None]',
      CancellationReasons: [{Code: 'ConditionalCheckFailed', Message: 'The conditional request failed', Item: song('Nina', {n: {N: '5'}})}, {Code: 'None'}],
    });
    expect(get(cluster, other)).toBeUndefined();
  });

  test('an action at fault by itself is the only reason', () => {
    const cluster = new FakeCluster();
    cluster.call('PutItem', {TableName: 'Music', Item: song('Nina', {n: {S: 'text'}})});
    const fails = {ConditionExpression: 'attribute_exists(Nothing)'};
    const add = {Update: {TableName: 'Music', Key: key('Nina'), UpdateExpression: 'ADD n :one', ExpressionAttributeValues: {':one': {N: '1'}}}};
    expect(write(cluster, [add, put('Miles', {}, fails)]).body).toMatchObject({
      CancellationReasons: [{Code: 'ValidationError', Message: expect.stringContaining('operand')}, {Code: 'None'}],
    });
    expect(write(cluster, [{Delete: {TableName: 'Music', Key: {Artist: {N: '1'}, Song: {S: 's'}}}}, put('Miles')]).body).toMatchObject({
      CancellationReasons: [{Code: 'ValidationError', Message: 'The provided key element does not match the schema'}, {Code: 'None'}],
    });
  });

  test('refuses requests that are wrong as a whole', () => {
    const cluster = new FakeCluster();
    const message = (actions: readonly object[], more: object = {}): string => {
      const {status, body} = write(cluster, actions, more);
      expect({status, type: (body as {__type: string}).__type}).toEqual({status: 400, type: 'com.amazon.coral.validate#ValidationException'});
      return (body as {message: string}).message;
    };
    expect(message([put('Nina'), {Delete: {TableName: 'Music', Key: key('Nina')}}])).toBe('Transaction request cannot include multiple operations on one item');
    expect(message([])).toContain('Member must have length greater than or equal to 1');
    expect(message(Array.from({length: 101}, (_, i) => put(`a${i}`)))).toContain('Member must have length less than or equal to 100');
    expect(message([{}])).toBe('TransactItems can only contain one of Check, Put, Update or Delete');
    expect(message([put('Nina')], {ClientRequestToken: 'x'.repeat(37)})).toContain('Member must have length less than or equal to 36');
    expect(message([{ConditionCheck: {TableName: 'Music', Key: key('Nina')}}])).toContain("'transactItems.1.member.conditionCheck.conditionExpression'");
    expect(message(Array.from({length: 11}, (_, i) => put(`a${i}`, {x: {S: 'x'.repeat(390_000)}})))).toContain('4 MB');
  });

  test('an unknown table refuses the whole', () => {
    const cluster = new FakeCluster();
    expect(write(cluster, [put('Nina'), {Put: {TableName: 'Nowhere', Item: song('x')}}])).toMatchObject({
      status: 400, body: {__type: 'com.amazonaws.dynamodb.v20120810#ResourceNotFoundException'},
    });
  });

  test('costs twice the units, by table', () => {
    const cluster = new FakeCluster();
    const far = strangerOf(cluster, 'Nina');
    const user = {Put: {TableName: 'Users', Item: {id: {N: '1'}, text: {S: 'x'.repeat(1500)}}}};
    expect(write(cluster, [put('Nina'), user, put(far)], {ReturnConsumedCapacity: 'TOTAL'}).body).toEqual({
      ConsumedCapacity: [
        {TableName: 'Music', CapacityUnits: 4, WriteCapacityUnits: 4}, {TableName: 'Users', CapacityUnits: 4, WriteCapacityUnits: 4},
      ],
    });
  });

  test('costs twice the units of what is written to a local index too', () => {
    const indexed: TableDescriptor = {
      ...MUSIC, attributeDefinitions: [...MUSIC.attributeDefinitions, {AttributeName: 'year', AttributeType: 'N'}],
      extra: {localSecondaryIndexes: [{IndexName: 'by-year', KeySchema: [{AttributeName: 'Artist', KeyType: 'HASH'}, {AttributeName: 'year', KeyType: 'RANGE'}], Projection: {ProjectionType: 'ALL'}}]},
    };
    const cluster = new FakeCluster({tables: [indexed]});
    const far = strangerOf(cluster, 'Nina');
    const year = {year: {N: '1958'}};
    for (const actions of [[put('Nina', year), put(neighbourOf(cluster, 'Nina'))], [put(far, year), put('Nina', year)]]) {
      // Nobody writes what is there already to an index again.
      expect(write(cluster, actions, {ReturnConsumedCapacity: 'INDEXES'}).body).toEqual({ConsumedCapacity: [{
        TableName: 'Music', CapacityUnits: 6, WriteCapacityUnits: 6, Table: {CapacityUnits: 4, WriteCapacityUnits: 4},
        LocalSecondaryIndexes: {'by-year': {CapacityUnits: 2, WriteCapacityUnits: 2}},
      }]});
    }
  });

  describe.each([['several partitions', strangerOf], ['one partition', neighbourOf]])('a client token, over %s', (_, otherOf) => {
    test('has one effect', () => {
      const cluster = new FakeCluster();
      const actions = [put(otherOf(cluster, 'Nina')), {Update: {TableName: 'Music', Key: key('Nina'), UpdateExpression: 'ADD n :one', ExpressionAttributeValues: {':one': {N: '1'}}}}];
      const token = {ClientRequestToken: 'first', ReturnConsumedCapacity: 'TOTAL'};
      expect(write(cluster, actions, token).body).toMatchObject({ConsumedCapacity: [{CapacityUnits: 4, WriteCapacityUnits: 4}]});
      expect(write(cluster, actions, token).body).toMatchObject({ConsumedCapacity: [{CapacityUnits: 4, ReadCapacityUnits: 4}]});
      expect(get(cluster, 'Nina')).toEqual(song('Nina', {n: {N: '1'}}));
      expect(write(cluster, actions, {ClientRequestToken: 'second'}).status).toBe(200);
      expect(get(cluster, 'Nina')).toEqual(song('Nina', {n: {N: '2'}}));
    });

    test('is not good for another request', () => {
      const cluster = new FakeCluster();
      const other = otherOf(cluster, 'Nina');
      write(cluster, [put('Nina'), put(other)], {ClientRequestToken: 'first'});
      const answer = write(cluster, [put('Nina', {n: {N: '7'}}), put(other)], {ClientRequestToken: 'first'});
      expect(answer).toMatchObject({status: 400, body: {__type: 'com.amazonaws.dynamodb.v20120810#IdempotentParameterMismatchException'}});
      expect(get(cluster, 'Nina')).toEqual(song('Nina'));
    });

    test('is not good for a request that begins with another item, wherever the token lies', () => {
      for (let i = 0; i < 12; i += 1) {
        const cluster = new FakeCluster();
        const other = otherOf(cluster, 'Nina');
        const token = {ClientRequestToken: `token-${i}`};
        expect(write(cluster, [put('Nina'), put(other)], token).status).toBe(200);
        for (const actions of [[put(other), put('Nina')], [put('Somebody')], [put('Somebody'), put(strangerOf(cluster, 'Somebody'))]]) {
          expect(write(cluster, actions, token)).toMatchObject({status: 400, body: {__type: 'com.amazonaws.dynamodb.v20120810#IdempotentParameterMismatchException'}});
        }
        expect(get(cluster, 'Somebody')).toBeUndefined();
        expect(write(cluster, [put('Nina'), put(other)], token).status).toBe(200);
      }
    });

    test('is free again after ten minutes', () => {
      const cluster = new FakeCluster();
      const actions = [{Update: {TableName: 'Music', Key: key('Nina'), UpdateExpression: 'ADD n :one', ExpressionAttributeValues: {':one': {N: '1'}}}}, put(neighbourOf(cluster, 'Nina'))];
      write(cluster, actions, {ClientRequestToken: 'first'});
      cluster.time.advance(9 * 60_000);
      write(cluster, actions, {ClientRequestToken: 'first'});
      expect(get(cluster, 'Nina')).toEqual(song('Nina', {n: {N: '1'}}));
      cluster.time.advance(61_000);
      write(cluster, actions, {ClientRequestToken: 'first'});
      expect(get(cluster, 'Nina')).toEqual(song('Nina', {n: {N: '2'}}));
    });

    test('of a cancelled transaction may be used again', () => {
      const cluster = new FakeCluster();
      const actions = [put('Nina', {}, {ConditionExpression: 'attribute_exists(Artist)'}), put(otherOf(cluster, 'Nina'))];
      expect(write(cluster, actions, {ClientRequestToken: 'first'}).status).toBe(400);
      cluster.call('PutItem', {TableName: 'Music', Item: song('Nina', {old: {BOOL: true}})});
      expect(write(cluster, actions, {ClientRequestToken: 'first'}).status).toBe(200);
      expect(get(cluster, 'Nina')).toEqual(song('Nina'));
    });
  });

  test('nobody says that a token did nothing while the partition that knows does not answer', () => {
    const cluster = new FakeCluster();
    const far = strangerOf(cluster, 'Nina');
    const anchor = groupOf(cluster, 'Nina');
    const actions = [put('Nina'), put(far, {}, {ConditionExpression: 'attribute_not_exists(Artist)'})];
    expect(write(cluster, actions, {ClientRequestToken: 'first'}).status).toBe(200);
    cluster.interfere = (_node, request) => (request.group === anchor ? {code: 'Unavailable', reason: 'lost'} : undefined);
    // The condition of the other item is false by now, for the transaction itself made it so.
    expect(write(cluster, actions, {ClientRequestToken: 'first'}).status).toBe(500);
    cluster.interfere = () => undefined;
    expect(write(cluster, actions, {ClientRequestToken: 'first'}).status).toBe(200);
  });

  test('while items are held, others are told of the conflict, readers see what is committed, and a retry is told to wait', () => {
    const cluster = new FakeCluster();
    const far = strangerOf(cluster, 'Nina');
    cluster.call('PutItem', {TableName: 'Music', Item: song('Nina', {old: {BOOL: true}})});
    // The decision and everything after it gets lost: the coordinator is as good as dead.
    const isLost = (request: PartitionRequest): boolean => request.kind === 'transact' && ['decide', 'commit', 'cancel'].includes(request.step.kind);
    cluster.interfere = (_node, request) => (isLost(request) ? {code: 'Unavailable', reason: 'lost'} : undefined);
    const actions = [put('Nina'), put(far)];
    expect(write(cluster, actions, {ClientRequestToken: 'first'}).status).toBe(500);
    expect(get(cluster, 'Nina')).toEqual(song('Nina', {old: {BOOL: true}}));
    expect(cluster.call('PutItem', {TableName: 'Music', Item: song('Nina')})).toMatchObject({
      status: 400, body: {__type: 'com.amazonaws.dynamodb.v20120810#TransactionConflictException', message: 'Transaction is ongoing for the item'},
    });
    expect(write(cluster, [put('Nina')]).body).toMatchObject({CancellationReasons: [{Code: 'TransactionConflict', Message: 'Transaction is ongoing for the item'}]});
    expect(cluster.call('TransactGetItems', {TransactItems: [{Get: {TableName: 'Music', Key: key('Nina')}}]}).body).toMatchObject({CancellationReasons: [{Code: 'TransactionConflict'}]});
    expect(write(cluster, actions, {ClientRequestToken: 'first'}).body).toMatchObject({__type: 'com.amazonaws.dynamodb.v20120810#TransactionInProgressException'});
  });

  test('after a decision without its commits, the retry with the token brings it to its end', () => {
    const cluster = new FakeCluster();
    const far = strangerOf(cluster, 'Nina');
    let isLosing = true;
    cluster.interfere = (_node, request) => (isLosing && request.kind === 'transact' && request.step.kind === 'commit' ? {code: 'Unavailable', reason: 'lost'} : undefined);
    expect(write(cluster, [put('Nina'), put(far)], {ClientRequestToken: 'first'}).status).toBe(500);
    expect(get(cluster, 'Nina')).toEqual(song('Nina'));
    expect(get(cluster, far)).toBeUndefined();
    isLosing = false;
    expect(write(cluster, [put('Nina'), put(far)], {ClientRequestToken: 'first'}).status).toBe(200);
    expect(get(cluster, far)).toEqual(song(far));
    expect(cluster.rowCount(MUSIC.tableId)).toBe(2);
  });

  test('goes on over a split that the router does not know of', () => {
    const cluster = new FakeCluster();
    const near = neighbourOf(cluster, 'Nina');
    const [, upper] = ['Nina', near].map((artist) => storedItemKey(MUSIC, {hash: {kind: 'S', value: artist}, range: {kind: 'S', value: 's'}})).sort(compareBytes);
    cluster.split(upper as Uint8Array);
    cluster.onRefresh = () => cluster.showSplits();
    cluster.sent.length = 0;
    expect(write(cluster, [put('Nina'), put(near)]).status).toBe(200);
    expect(stepsOf(cluster)).toEqual(['once', 'prepare', 'prepare', 'decide', 'commit']);
    expect([get(cluster, 'Nina'), get(cluster, near)]).toEqual([song('Nina'), song(near)]);
  });
});
