// BatchGetItem: all tables of the batch, what is left when a partition is away, the reply's bound.
import {FakeCluster} from '../testing/fake-cluster.js';

const song = (title: string): object => ({Artist: {S: 'Nina'}, Song: {S: title}});
interface BatchBody {
  readonly Responses: Readonly<Record<string, readonly object[]>>;
  readonly UnprocessedKeys: Readonly<Record<string, {readonly Keys: readonly object[]}>>;
}

describe('BatchGetItem', () => {
  test('reads from several tables; missing items are absent, and each key costs by itself', () => {
    const cluster = new FakeCluster();
    cluster.call('PutItem', {TableName: 'Music', Item: song('a')});
    cluster.call('PutItem', {TableName: 'Users', Item: {id: {N: '1'}, name: {S: 'x'}}});
    expect(cluster.call('BatchGetItem', {
      RequestItems: {
        Music: {Keys: [song('a'), song('b')], ConsistentRead: true},
        Users: {Keys: [{id: {N: '1'}}], ProjectionExpression: '#n', ExpressionAttributeNames: {'#n': 'name'}},
      },
      ReturnConsumedCapacity: 'TOTAL',
    })).toMatchObject({status: 200, body: {
      Responses: {Music: [song('a')], Users: [{name: {S: 'x'}}]}, UnprocessedKeys: {},
      ConsumedCapacity: [{TableName: 'Music', CapacityUnits: 2}, {TableName: 'Users', CapacityUnits: 0.5}],
    }});
  });

  test('keys of one partition travel in one request', () => {
    const cluster = new FakeCluster();
    cluster.call('BatchGetItem', {RequestItems: {Music: {Keys: Array.from({length: 20}, (_, i) => song(String(i)))}}});
    expect(cluster.sent).toHaveLength(1);
  });

  test('keys of a partition that is away come back as they were asked for', () => {
    const cluster = new FakeCluster();
    const keys = Array.from({length: 20}, (_, i) => ({id: {N: String(i)}}));
    for (const Item of keys) cluster.call('PutItem', {TableName: 'Users', Item});
    cluster.interfere = (_node, {group}) => (group === 800 ? {code: 'Unavailable', reason: 'away'} : undefined);
    const {body} = cluster.call('BatchGetItem', {RequestItems: {Users: {Keys: keys, ConsistentRead: true, ProjectionExpression: 'id'}}});
    const {Responses, UnprocessedKeys} = body as BatchBody;
    expect(UnprocessedKeys['Users']).toMatchObject({ConsistentRead: true, ProjectionExpression: 'id'});
    const left = UnprocessedKeys['Users']?.Keys ?? [];
    expect(left.length).toBeGreaterThan(0);
    expect(new Set([...left, ...(Responses['Users'] ?? [])].map((item) => JSON.stringify(item)))).toEqual(new Set(keys.map((item) => JSON.stringify(item))));
  });

  test('with nothing read at all it is a retryable error', () => {
    const cluster = new FakeCluster();
    cluster.interfere = () => ({code: 'Unavailable', reason: 'away'});
    expect(cluster.call('BatchGetItem', {RequestItems: {Users: {Keys: [{id: {N: '1'}}]}}})).toMatchObject({
      status: 500, body: {__type: 'com.amazonaws.dynamodb.v20120810#InternalServerError'},
    });
  });

  test('one partition gives 1 MB to a call; the rest comes back and can be asked for again', () => {
    const cluster = new FakeCluster();
    const keys = Array.from({length: 5}, (_, i) => song(String(i)));
    for (const key of keys) cluster.call('PutItem', {TableName: 'Music', Item: {...key, text: {S: 'x'.repeat(400_000)}}});
    const counts: number[] = [];
    for (let left: readonly unknown[] | undefined = keys; left !== undefined; ) {
      const {Responses, UnprocessedKeys} = cluster.call('BatchGetItem', {RequestItems: {Music: {Keys: left}}}).body as BatchBody;
      counts.push(Responses['Music']?.length ?? 0);
      left = UnprocessedKeys['Music']?.Keys;
    }
    expect(counts).toEqual([2, 2, 1]);
  });

  test('the same key twice is refused', () => {
    expect(new FakeCluster().call('BatchGetItem', {RequestItems: {Music: {Keys: [song('a'), song('a')]}}}).body).toEqual({
      __type: 'com.amazon.coral.validate#ValidationException', message: 'Provided list of item keys contains duplicates',
    });
  });
});
