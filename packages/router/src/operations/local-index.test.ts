// Local secondary indexes through the API: queries both ways, paging, fetching what is not projected, scans and segments,
// costs by index, collection metrics, and what is refused.
import type {TableDescriptor} from '@murmuration/model';
import {FakeCluster, MUSIC} from '../testing/fake-cluster.js';

const index = (IndexName: string, sortKey: string, Projection: {ProjectionType: 'ALL' | 'INCLUDE' | 'KEYS_ONLY'; NonKeyAttributes?: readonly string[]}): object => ({
  IndexName, KeySchema: [{AttributeName: 'Artist', KeyType: 'HASH'}, {AttributeName: sortKey, KeyType: 'RANGE'}], Projection,
});
const TABLE = {
  ...MUSIC, attributeDefinitions: [...MUSIC.attributeDefinitions, {AttributeName: 'Year', AttributeType: 'N'}],
  extra: {
    localSecondaryIndexes: [
      index('ByYear', 'Year', {ProjectionType: 'INCLUDE', NonKeyAttributes: ['Label']}), index('Years', 'Year', {ProjectionType: 'KEYS_ONLY'}), index('All', 'Year', {ProjectionType: 'ALL'}),
    ],
    globalSecondaryIndexes: [{IndexName: 'Global', KeySchema: [{AttributeName: 'Year', KeyType: 'HASH'}], Projection: {ProjectionType: 'ALL'}}],
  },
  globalIndexes: [{indexId: 0x100, name: 'Global', status: 'ACTIVE', isOnline: false}],
} as unknown as TableDescriptor;
const song = (Song: string, Year?: number, more: object = {}): object => ({Artist: {S: 'Nina'}, Song: {S: Song}, ...(Year === undefined ? {} : {Year: {N: String(Year)}}), ...more});

function clusterWith(items: readonly object[]): FakeCluster {
  const cluster = new FakeCluster({tables: [TABLE]});
  for (const Item of items) expect(cluster.call('PutItem', {TableName: 'Music', Item})).toMatchObject({status: 200});
  return cluster;
}
const SONGS = [
  song('e', 1960, {Label: {S: 'L'}, Text: {S: 't'}}), song('d', 1961, {Label: {S: 'L'}, Text: {S: 'u'}}), song('c', 1961, {Label: {S: 'M'}, Text: {S: 't'}}), song('b', 1959), song('a'),
];

interface PageBody {
  readonly Items: readonly {readonly Song: {readonly S: string}}[];
  readonly Count: number;
  readonly ScannedCount: number;
  readonly LastEvaluatedKey?: object;
  readonly ConsumedCapacity?: object;
}
const byArtist = {TableName: 'Music', IndexName: 'ByYear', KeyConditionExpression: 'Artist = :a', ExpressionAttributeValues: {':a': {S: 'Nina'}}};
function query(cluster: FakeCluster, body: object): PageBody {
  const answer = cluster.call('Query', {...byArtist, ...body});
  expect(answer).toMatchObject({status: 200});
  return answer.body as PageBody;
}
const titles = ({Items}: PageBody): readonly string[] => Items.map(({Song}) => Song.S);

describe('Query of a local index', () => {
  test('gives entries in the order of its key, then of the items, either way, and only those that have the key', () => {
    const cluster = clusterWith(SONGS);
    expect(titles(query(cluster, {}))).toEqual(['b', 'e', 'c', 'd']);
    expect(titles(query(cluster, {ScanIndexForward: false, ConsistentRead: true}))).toEqual(['d', 'c', 'e', 'b']);
    const between = {KeyConditionExpression: 'Artist = :a AND #y BETWEEN :f AND :t', ExpressionAttributeNames: {'#y': 'Year'}, ExpressionAttributeValues: {':a': {S: 'Nina'}, ':f': {N: '1960'}, ':t': {N: '1961'}}};
    expect(titles(query(cluster, between))).toEqual(['e', 'c', 'd']);
    expect(titles(query(cluster, {...between, KeyConditionExpression: 'Artist = :a AND #y = :t', ExpressionAttributeValues: {':a': {S: 'Nina'}, ':t': {N: '1961'}}, Limit: 1}))).toEqual(['c']);
  });

  test.each([true, false])('pages by Limit join to the whole, with keys of index and table (forward: %s)', (ScanIndexForward) => {
    const cluster = clusterWith(SONGS);
    const seen: string[] = [];
    let page = query(cluster, {ScanIndexForward, Limit: 1});
    expect(page.LastEvaluatedKey).toEqual(song(ScanIndexForward ? 'b' : 'd', ScanIndexForward ? 1959 : 1961));
    seen.push(...titles(page));
    while (page.LastEvaluatedKey !== undefined) {
      page = query(cluster, {ScanIndexForward, Limit: 1, ExclusiveStartKey: page.LastEvaluatedKey});
      seen.push(...titles(page));
    }
    expect(seen).toEqual(ScanIndexForward ? ['b', 'e', 'c', 'd'] : ['d', 'c', 'e', 'b']);
  });

  test('answers what is projected, and fetches the rest from the items where it is asked for', () => {
    const cluster = clusterWith(SONGS);
    expect(query(cluster, {}).Items[1]).toEqual(song('e', 1960, {Label: {S: 'L'}}));
    expect(query(cluster, {IndexName: 'Years'}).Items[1]).toEqual(song('e', 1960));
    expect(query(cluster, {IndexName: 'All'}).Items[1]).toEqual(SONGS[0]);
    expect(query(cluster, {Select: 'ALL_ATTRIBUTES'}).Items[1]).toEqual(SONGS[0]);
    expect(query(cluster, {ProjectionExpression: '#t', ExpressionAttributeNames: {'#t': 'Text'}}).Items[1]).toEqual({Text: {S: 't'}});
    expect(query(cluster, {Select: 'COUNT'})).toMatchObject({Count: 4, ScannedCount: 4});
    const filtered = {FilterExpression: '#t = :t', ExpressionAttributeNames: {'#t': 'Text'}, ExpressionAttributeValues: {':a': {S: 'Nina'}, ':t': {S: 't'}}};
    expect(query(cluster, filtered)).toMatchObject({Count: 2, ScannedCount: 4, Items: [song('e', 1960, {Label: {S: 'L'}}), song('c', 1961, {Label: {S: 'M'}})]});
    expect(query(cluster, {...filtered, Select: 'COUNT'})).toMatchObject({Count: 2, ScannedCount: 4});
  });

  test('costs entries at the index and fetched items at the table', () => {
    const cluster = clusterWith([...SONGS, song('f', 1999, {Text: {S: 'x'.repeat(5000)}})]);
    expect(query(cluster, {ReturnConsumedCapacity: 'INDEXES'}).ConsumedCapacity).toEqual({
      TableName: 'Music', CapacityUnits: 0.5, Table: {CapacityUnits: 0}, LocalSecondaryIndexes: {ByYear: {CapacityUnits: 0.5}},
    });
    expect(query(cluster, {ReturnConsumedCapacity: 'INDEXES', ConsistentRead: true, Select: 'ALL_ATTRIBUTES'}).ConsumedCapacity).toEqual({
      TableName: 'Music', CapacityUnits: 7, Table: {CapacityUnits: 6}, LocalSecondaryIndexes: {ByYear: {CapacityUnits: 1}},
    });
    expect(query(cluster, {ReturnConsumedCapacity: 'TOTAL'}).ConsumedCapacity).toEqual({TableName: 'Music', CapacityUnits: 0.5});
  });

  test.each([
    [{IndexName: 'None'}, 'The table does not have the specified index: None'],
    [{IndexName: 'Global', ConsistentRead: true}, 'Consistent reads are not supported on global secondary indexes'],
    [{KeyConditionExpression: 'Artist = :a AND Song = :a'}, 'Query condition missed key schema element: Year'],
    [{FilterExpression: '#y = :a', ExpressionAttributeNames: {'#y': 'Year'}}, 'Filter Expression can only contain non-primary key attributes: Primary key attribute: Year'],
    [{ExclusiveStartKey: {Artist: {S: 'Nina'}, Song: {S: 'a'}}}, 'The provided starting key is invalid'],
    [{ExclusiveStartKey: {Artist: {S: 'Bob'}, Song: {S: 'a'}, Year: {N: '1'}}}, 'The provided starting key is outside query boundaries based on provided conditions'],
  ])('%j is refused', (body, message) => {
    expect(clusterWith([]).call('Query', {...byArtist, ...body})).toMatchObject({status: 400, body: {message}});
  });
});

describe('Scan of a local index', () => {
  const many = Array.from({length: 30}, (_, i) => ({Artist: {S: `artist-${i}`}, Song: {S: 's'}, ...(i % 3 === 0 ? {} : {Year: {N: String(2000 - i)}})}));
  const scan = (cluster: FakeCluster, body: object): PageBody => cluster.call('Scan', {TableName: 'Music', IndexName: 'Years', ...body}).body as PageBody;
  const artists = ({Items}: PageBody): readonly string[] => Items.map((item) => (item as unknown as {Artist: {S: string}}).Artist.S);

  test('gives all its entries over all partitions, page by page', () => {
    const cluster = clusterWith(many);
    const whole = artists(scan(cluster, {}));
    expect(new Set(whole).size).toBe(20);
    const seen: string[] = [];
    for (let page = scan(cluster, {Limit: 3}); ; page = scan(cluster, {Limit: 3, ExclusiveStartKey: page.LastEvaluatedKey})) {
      seen.push(...artists(page));
      if (page.LastEvaluatedKey === undefined) break;
    }
    expect(seen).toEqual(whole);
  });
  test('in segments is disjoint and complete, and each segment keeps to its own start keys', () => {
    const cluster = clusterWith(many);
    const parts = [0, 1, 2].map((Segment) => artists(scan(cluster, {Segment, TotalSegments: 3})));
    expect(parts.flat().sort()).toEqual([...artists(scan(cluster, {}))].sort());
    const foreign = parts[0]?.[0] ?? '';
    expect(scan(cluster, {Segment: 2, TotalSegments: 3, ExclusiveStartKey: {Artist: {S: foreign}, Song: {S: 's'}, Year: {N: '1'}}}))
      .toMatchObject({message: expect.stringContaining('with correct Segment') as string});
  });
});

describe('writes to a table with local indexes', () => {
  test('say what each index cost, and how large the collection is', () => {
    const cluster = clusterWith([]);
    const wants = {TableName: 'Music', ReturnConsumedCapacity: 'INDEXES', ReturnItemCollectionMetrics: 'SIZE'};
    expect(cluster.call('PutItem', {...wants, Item: song('a', 1960)}).body).toEqual({
      ConsumedCapacity: {
        TableName: 'Music', CapacityUnits: 4, Table: {CapacityUnits: 1},
        LocalSecondaryIndexes: {ByYear: {CapacityUnits: 1}, Years: {CapacityUnits: 1}, All: {CapacityUnits: 1}},
      },
      ItemCollectionMetrics: {ItemCollectionKey: {Artist: {S: 'Nina'}}, SizeEstimateRangeGB: [0, 1]},
    });
    expect(cluster.call('UpdateItem', {...wants, Key: song('a'), UpdateExpression: 'SET #x = #y', ExpressionAttributeNames: {'#x': 'Text', '#y': 'Year'}}).body).toMatchObject({
      ConsumedCapacity: {CapacityUnits: 2, LocalSecondaryIndexes: {All: {CapacityUnits: 1}}},
    });
    expect(cluster.call('BatchWriteItem', {
      ReturnConsumedCapacity: 'INDEXES', ReturnItemCollectionMetrics: 'SIZE',
      RequestItems: {Music: [{PutRequest: {Item: song('b', 1)}}, {DeleteRequest: {Key: song('a')}}]},
    }).body).toMatchObject({
      ConsumedCapacity: [{CapacityUnits: 8, Table: {CapacityUnits: 2}, LocalSecondaryIndexes: {Years: {CapacityUnits: 2}}}],
      ItemCollectionMetrics: {Music: [{ItemCollectionKey: {Artist: {S: 'Nina'}}}]},
    });
    expect(titles(query(cluster, {}))).toEqual(['b']);
  });

  test('are refused for an index key of another type: one wrong item refuses its whole batch', () => {
    const cluster = clusterWith([]);
    const message = 'One or more parameter values were invalid: Type mismatch for Index Key Year Expected: N Actual: S IndexName: Global';
    const wrong = {...song('a'), Year: {S: 'x'}};
    expect(cluster.call('PutItem', {TableName: 'Music', Item: wrong})).toMatchObject({status: 400, body: {message}});
    expect(cluster.call('BatchWriteItem', {RequestItems: {Music: [{PutRequest: {Item: song('b', 1)}}, {PutRequest: {Item: wrong}}]}})).toMatchObject({status: 400, body: {message}});
    expect(titles(query(cluster, {}))).toEqual([]);
    expect(cluster.call('UpdateItem', {TableName: 'Music', Key: song('a'), UpdateExpression: 'SET #y = :x', ExpressionAttributeNames: {'#y': 'Year'}, ExpressionAttributeValues: {':x': {S: 'x'}}}))
      .toMatchObject({status: 400, body: {message: 'The update expression attempted to update the secondary index key to unsupported type'}});
  });
});

test('DescribeTable tells what each local index holds, and nothing of it where nobody knows', () => {
  const cluster = clusterWith([]);
  cluster.answerControl = () => ({kind: 'table', table: TABLE, itemCount: 5, sizeBytes: 500, localIndexes: [{itemCount: 4, sizeBytes: 40}, {itemCount: 4, sizeBytes: 30}], version: 3});
  expect(cluster.call('DescribeTable', {TableName: 'Music'}).body).toMatchObject({Table: {ItemCount: 5, LocalSecondaryIndexes: [
    {IndexName: 'ByYear', ItemCount: 4, IndexSizeBytes: 40}, {IndexName: 'Years', ItemCount: 4, IndexSizeBytes: 30}, {IndexName: 'All', ItemCount: 0, IndexSizeBytes: 0},
  ]}});
});
