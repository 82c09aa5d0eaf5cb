// Scan: all partitions, in pages and in segments, each item once.
import {FakeCluster} from '../testing/fake-cluster.js';

const IDS = Array.from({length: 40}, (_, i) => String(i));

function clusterWithUsers(): FakeCluster {
  const cluster = new FakeCluster();
  for (const id of IDS) cluster.call('PutItem', {TableName: 'Users', Item: {id: {N: id}, even: {BOOL: Number(id) % 2 === 0}}});
  return cluster;
}
interface PageBody {
  readonly Items: readonly {readonly id: {readonly N: string}}[];
  readonly LastEvaluatedKey?: object;
}
function scanAll(cluster: FakeCluster, body: object): readonly string[] {
  const ids: string[] = [];
  let start: object | undefined;
  do {
    const answer = cluster.call('Scan', {TableName: 'Users', ...body, ...(start === undefined ? {} : {ExclusiveStartKey: start})});
    expect(answer).toMatchObject({status: 200});
    const page = answer.body as PageBody;
    ids.push(...page.Items.map(({id}) => id.N));
    start = page.LastEvaluatedKey;
  } while (start !== undefined);
  return ids;
}
const sorted = (ids: readonly string[]): readonly string[] => [...ids].sort((a, b) => Number(a) - Number(b));

describe('Scan', () => {
  test.each([{}, {Limit: 1}, {Limit: 7}, {ConsistentRead: true}])('reads every item once with %j', (body) => {
    expect(sorted(scanAll(clusterWithUsers(), body))).toEqual(IDS);
  });

  test.each([1, 2, 3, 7])('%d segments are disjoint and complete', (TotalSegments) => {
    const cluster = clusterWithUsers();
    const ids = Array.from({length: TotalSegments}, (_, Segment) => scanAll(cluster, {Segment, TotalSegments, Limit: 4})).flat();
    expect(sorted(ids)).toEqual(IDS);
  });

  test('a start key of another segment is refused', () => {
    const cluster = clusterWithUsers();
    const first = cluster.call('Scan', {TableName: 'Users', Segment: 0, TotalSegments: 2, Limit: 1}).body as PageBody;
    expect(cluster.call('Scan', {TableName: 'Users', Segment: 1, TotalSegments: 2, ExclusiveStartKey: first.LastEvaluatedKey})).toMatchObject({
      status: 400, body: {
        message: 'The provided starting key is invalid: Invalid ExclusiveStartKey. Please use ExclusiveStartKey with correct Segment. TotalSegments: 2 Segment: 1',
      },
    });
  });

  test('an empty table of four partitions costs the minimum of each', () => {
    const cluster = new FakeCluster();
    expect(cluster.call('Scan', {TableName: 'Users', ReturnConsumedCapacity: 'TOTAL'}).body)
      .toEqual({Items: [], Count: 0, ScannedCount: 0, ConsumedCapacity: {TableName: 'Users', CapacityUnits: 2}});
    expect(cluster.call('Scan', {TableName: 'Users', ReturnConsumedCapacity: 'TOTAL', ConsistentRead: true}).body)
      .toMatchObject({ConsumedCapacity: {CapacityUnits: 4}});
  });

  test('filters and counts', () => {
    expect(clusterWithUsers().call('Scan', {
      TableName: 'Users', Select: 'COUNT', FilterExpression: 'even = :e', ExpressionAttributeValues: {':e': {BOOL: true}},
    }).body).toEqual({Count: 20, ScannedCount: 40});
  });
});
