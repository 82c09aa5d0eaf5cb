// A partition is cut while requests are on their way: every one of them ends as if nothing had happened.
// Method: the fake cluster cuts at its replicas first and shows the router the new map later, or in the middle of a request.
import {toReplicaId} from '@murmuration/base';
import {FakeCluster, MUSIC} from './testing/fake-cluster.js';
import {storedItemKey} from './stored-item-key.js';

const SONGS = Array.from({length: 30}, (_, i) => `song-${String(i).padStart(2, '0')}`);
const keyOf = (song: string): Uint8Array => storedItemKey(MUSIC, {hash: {kind: 'S', value: 'Bach'}, range: {kind: 'S', value: song}});
const put = (cluster: FakeCluster, song: string): number => cluster.call('PutItem', {TableName: 'Music', Item: {Artist: {S: 'Bach'}, Song: {S: song}}}).status;

function clusterWithSongs(): FakeCluster {
  const cluster = new FakeCluster();
  for (const song of SONGS) put(cluster, song);
  return cluster;
}
/** Cut in the middle of the collection, and shown to the router when it asks for the map for the second time. */
function cutAt(cluster: FakeCluster, song: string): void {
  cluster.split(keyOf(song));
  let askedCount = 0;
  cluster.onRefresh = () => {
    askedCount += 1;
    if (askedCount === 2) cluster.showSplits();
  };
}
interface PageBody {
  readonly Items: readonly {readonly Song: {readonly S: string}}[];
  readonly LastEvaluatedKey?: object;
}
function pages(cluster: FakeCluster, operation: 'Query' | 'Scan', body: object, eachPage: (page: number) => void): readonly string[] {
  const songs: string[] = [];
  let start: object | undefined;
  let page = 0;
  do {
    eachPage(page);
    page += 1;
    const answer = cluster.call(operation, {TableName: 'Music', ...body, ...(start === undefined ? {} : {ExclusiveStartKey: start})});
    expect(answer.status).toBe(200);
    const {Items, LastEvaluatedKey} = answer.body as PageBody;
    songs.push(...Items.map(({Song}) => Song.S));
    start = LastEvaluatedKey;
  } while (start !== undefined);
  return songs;
}
const QUERY = {KeyConditionExpression: 'Artist = :a', ExpressionAttributeValues: {':a': {S: 'Bach'}}};

describe('a split under requests', () => {
  test('writes and reads of both halves end well, those of the lower half without asking for a map', () => {
    const cluster = clusterWithSongs();
    cutAt(cluster, 'song-15');
    expect(put(cluster, 'song-03')).toBe(200);
    expect(cluster.refreshCount).toBe(0);
    expect(put(cluster, 'song-20')).toBe(200);
    expect(cluster.refreshCount).toBe(2);
    expect(cluster.call('GetItem', {TableName: 'Music', Key: {Artist: {S: 'Bach'}, Song: {S: 'song-20'}}, ConsistentRead: true})).toMatchObject({status: 200, body: {Item: {}}});
  });

  test('a batch over both halves is put together again', () => {
    const cluster = clusterWithSongs();
    cutAt(cluster, 'song-15');
    const Keys = SONGS.map((song) => ({Artist: {S: 'Bach'}, Song: {S: song}}));
    const answer = cluster.call('BatchGetItem', {RequestItems: {Music: {Keys}}}).body as {Responses: {Music: readonly unknown[]}; UnprocessedKeys: object};
    expect(answer.Responses.Music).toHaveLength(30);
    expect(answer.UnprocessedKeys).toEqual({});
    const Music = SONGS.slice(5, 25).map((song) => ({PutRequest: {Item: {Artist: {S: 'Bach'}, Song: {S: song}, n: {N: '2'}}}}));
    expect(cluster.call('BatchWriteItem', {RequestItems: {Music}}).body).toEqual({UnprocessedItems: {}});
  });

  test.each([['Query', QUERY], ['Query', {...QUERY, ScanIndexForward: false}], ['Query', {...QUERY, Limit: 4}], ['Scan', {}], ['Scan', {Limit: 7}]] as const)(
    '%s %j reads every item once, in order, whenever the cut comes', (operation, body) => {
      for (const cutBeforePage of [0, 1, 2]) {
        const cluster = clusterWithSongs();
        const songs = pages(cluster, operation, body, (page) => {
          if (page === cutBeforePage) cutAt(cluster, 'song-11');
        });
        expect(songs).toEqual('ScanIndexForward' in body ? [...SONGS].reverse() : SONGS);
      }
    });

  test('a page goes on over the new border in one answer', () => {
    const cluster = clusterWithSongs();
    cluster.split(keyOf('song-11'));
    cluster.showSplits();
    cluster.sent.length = 0;
    expect((cluster.call('Query', {TableName: 'Music', ...QUERY, Limit: 20}).body as PageBody).Items).toHaveLength(20);
    expect(new Set(cluster.sent.map(({request}) => request.group)).size).toBe(2);
  });
});

describe('a move under requests', () => {
  test('a leader that the map does not know makes the router ask for a newer map, at once', () => {
    const cluster = new FakeCluster({isLocal: false});
    let isAsked = false;
    cluster.interfere = (): ReturnType<FakeCluster['interfere']> => (isAsked ? undefined : {code: 'NotLeader', leaderHint: toReplicaId(9)});
    cluster.onRefresh = () => (isAsked = true);
    expect(put(cluster, 'song-01')).toBe(200);
    expect(cluster.refreshCount).toBe(1);
  });
});
