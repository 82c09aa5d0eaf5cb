// Query: order, conditions on the sort key, paging both ways, filters, counting, cost.
import {FakeCluster} from '../testing/fake-cluster.js';

const key = (artist: string, song: string): object => ({Artist: {S: artist}, Song: {S: song}});

function clusterWith(songs: readonly string[], extra: object = {}): FakeCluster {
  const cluster = new FakeCluster();
  for (const song of songs) cluster.call('PutItem', {TableName: 'Music', Item: {...key('Nina', song), ...extra}});
  cluster.call('PutItem', {TableName: 'Music', Item: key('Other', 'b')});
  cluster.sent.length = 0;
  return cluster;
}

interface PageBody {
  readonly Items: readonly {readonly Song: {readonly S: string}}[];
  readonly Count: number;
  readonly ScannedCount: number;
  readonly LastEvaluatedKey?: object;
}
function query(cluster: FakeCluster, body: object): PageBody {
  const answer = cluster.call('Query', {
    TableName: 'Music', KeyConditionExpression: 'Artist = :a', ExpressionAttributeValues: {':a': {S: 'Nina'}}, ...body,
  });
  expect(answer).toMatchObject({status: 200});
  return answer.body as PageBody;
}
const titles = (page: PageBody): readonly string[] => page.Items.map(({Song}) => Song.S);

describe('Query', () => {
  test('gives one item collection in sort-key order, either way', () => {
    const cluster = clusterWith(['c', 'a', 'b']);
    expect(titles(query(cluster, {}))).toEqual(['a', 'b', 'c']);
    expect(titles(query(cluster, {ScanIndexForward: false}))).toEqual(['c', 'b', 'a']);
    expect(query(cluster, {})).not.toHaveProperty('LastEvaluatedKey');
  });

  test.each([
    ['Song = :s', ['b']], ['Song < :s', ['a']], ['Song <= :s', ['a', 'b']], ['Song > :s', ['ba', 'c']], ['Song >= :s', ['b', 'ba', 'c']],
    ['begins_with(Song, :s)', ['b', 'ba']], ['Song BETWEEN :s AND :s', ['b']],
  ])('the sort key test %s', (test_, expected) => {
    const cluster = clusterWith(['a', 'b', 'ba', 'c']);
    const body = {KeyConditionExpression: `Artist = :a AND ${test_}`, ExpressionAttributeValues: {':a': {S: 'Nina'}, ':s': {S: 'b'}}};
    expect(titles(query(cluster, body))).toEqual(expected);
  });

  test.each([true, false])('pages by Limit join to the whole without gap or repetition (forward: %s)', (ScanIndexForward) => {
    const songs = Array.from({length: 11}, (_, i) => `song-${String(i).padStart(2, '0')}`);
    const cluster = clusterWith(songs);
    const seen: string[] = [];
    let page = query(cluster, {ScanIndexForward, Limit: 3});
    seen.push(...titles(page));
    while (page.LastEvaluatedKey !== undefined) {
      page = query(cluster, {ScanIndexForward, Limit: 3, ExclusiveStartKey: page.LastEvaluatedKey});
      seen.push(...titles(page));
    }
    expect(seen).toEqual(ScanIndexForward ? songs : [...songs].reverse());
  });

  test('a page ends at one megabyte of evaluated items', () => {
    const cluster = clusterWith(['a', 'b', 'c', 'd'], {text: {S: 'x'.repeat(390_000)}});
    const first = query(cluster, {});
    expect(titles(first)).toEqual(['a', 'b', 'c']);
    expect(first.LastEvaluatedKey).toEqual(key('Nina', 'c'));
    expect(titles(query(cluster, {ExclusiveStartKey: first.LastEvaluatedKey}))).toEqual(['d']);
  });

  test('the filter hides items after they were counted, and only its own placeholders travel', () => {
    const cluster = clusterWith(['a', 'b'], {n: {N: '1'}});
    cluster.call('PutItem', {TableName: 'Music', Item: {...key('Nina', 'c'), n: {N: '7'}}});
    const page = query(cluster, {
      FilterExpression: '#n > :n', ProjectionExpression: 'Song', ExpressionAttributeNames: {'#n': 'n'},
      ExpressionAttributeValues: {':a': {S: 'Nina'}, ':n': {N: '5'}},
    });
    expect(page).toEqual({Items: [{Song: {S: 'c'}}], Count: 1, ScannedCount: 3});
  });

  test('COUNT gives numbers without items', () => {
    expect(query(clusterWith(['a', 'b']), {Select: 'COUNT'})).toEqual({Count: 2, ScannedCount: 2});
  });

  test('cost is that of the sum of sizes, and of an empty answer the minimum', () => {
    const cluster = clusterWith(['a', 'b', 'c'], {text: {S: 'x'.repeat(2000)}});
    expect(query(cluster, {ReturnConsumedCapacity: 'TOTAL'})).toMatchObject({ConsumedCapacity: {TableName: 'Music', CapacityUnits: 1}});
    expect(query(cluster, {ReturnConsumedCapacity: 'TOTAL', ConsistentRead: true})).toMatchObject({ConsumedCapacity: {CapacityUnits: 2}});
    expect(query(cluster, {ReturnConsumedCapacity: 'TOTAL', ExpressionAttributeValues: {':a': {S: 'nobody'}}}))
      .toMatchObject({Items: [], Count: 0, ConsumedCapacity: {CapacityUnits: 0.5}});
  });

  test.each([
    [{KeyConditionExpression: 'Song = :a'}, 'Query condition missed key schema element: Artist'],
    [{IndexName: 'byYear'}, 'The table does not have the specified index: byYear'],
    [{ExclusiveStartKey: {Artist: {S: 'Nina'}}}, 'The provided starting key is invalid'],
    [{ExclusiveStartKey: key('Other', 'b')}, 'The provided starting key is outside query boundaries based on provided conditions'],
  ])('refuses %j', (body, message) => {
    expect(clusterWith(['a']).call('Query', {
      TableName: 'Music', KeyConditionExpression: 'Artist = :a', ExpressionAttributeValues: {':a': {S: 'Nina'}}, ...body,
    })).toMatchObject({status: 400, body: {message}});
  });
});
