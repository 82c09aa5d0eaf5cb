// GetItem: stored bytes into the reply, projections, capacity, and where reads go.
import {utf8Decode} from '@murmuration/base';
import {FakeCluster} from '../testing/fake-cluster.js';

const KEY = {Artist: {S: 'Nina'}, Song: {S: 'Sinnerman'}};
const ITEM = {...KEY, plays: {N: '12'}, tags: {SS: ['jazz', 'live']}, more: {M: {label: {S: 'Philips'}, year: {N: '1965'}}}};

function clusterWithItem(): FakeCluster {
  const cluster = new FakeCluster();
  cluster.call('PutItem', {TableName: 'Music', Item: ITEM});
  cluster.sent.length = 0;
  return cluster;
}

describe('GetItem', () => {
  test('answers the stored bytes', () => {
    const {reply} = clusterWithItem().call('GetItem', {TableName: 'Music', Key: KEY});
    expect(utf8Decode(reply.body)).toBe(`{"Item":${JSON.stringify(ITEM)}}`);
  });

  test('a missing item is an empty object and costs the minimum', () => {
    const cluster = new FakeCluster();
    expect(cluster.call('GetItem', {TableName: 'Music', Key: KEY}).body).toEqual({});
    expect(cluster.call('GetItem', {TableName: 'Music', Key: KEY, ReturnConsumedCapacity: 'TOTAL'}).body)
      .toEqual({ConsumedCapacity: {TableName: 'Music', CapacityUnits: 0.5}});
    expect(cluster.call('GetItem', {TableName: 'Music', Key: KEY, ReturnConsumedCapacity: 'TOTAL', ConsistentRead: true}).body)
      .toEqual({ConsumedCapacity: {TableName: 'Music', CapacityUnits: 1}});
  });

  test('a projection cuts the item and not the cost', () => {
    const cluster = clusterWithItem();
    expect(cluster.call('GetItem', {
      TableName: 'Music', Key: KEY, ProjectionExpression: 'plays, more.#y', ExpressionAttributeNames: {'#y': 'year'}, ReturnConsumedCapacity: 'TOTAL',
    }).body).toEqual({Item: {plays: {N: '12'}, more: {M: {year: {N: '1965'}}}}, ConsumedCapacity: {TableName: 'Music', CapacityUnits: 0.5}});
  });

  test('a key of another form is refused', () => {
    expect(clusterWithItem().call('GetItem', {TableName: 'Music', Key: {Artist: {S: 'Nina'}}})).toMatchObject({
      status: 400, body: {message: 'The provided key element does not match the schema'},
    });
  });

  test('the table may be named by its ARN, and the reply echoes it', () => {
    const TableName = 'arn:aws:dynamodb:eu-test-1:000000000000:table/Music';
    expect(clusterWithItem().call('GetItem', {TableName, Key: KEY, ReturnConsumedCapacity: 'TOTAL'}).body)
      .toEqual({Item: ITEM, ConsumedCapacity: {TableName, CapacityUnits: 0.5}});
  });
});
