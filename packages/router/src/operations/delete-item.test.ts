// DeleteItem: the item goes, and a missing one is a success.
import {FakeCluster, MUSIC} from '../testing/fake-cluster.js';

const KEY = {Artist: {S: 'Nina'}, Song: {S: 'Sinnerman'}};

describe('DeleteItem', () => {
  test('removes the item and returns it when asked', () => {
    const cluster = new FakeCluster();
    cluster.call('PutItem', {TableName: 'Music', Item: {...KEY, n: {N: '1'}}});
    expect(cluster.call('DeleteItem', {TableName: 'Music', Key: KEY, ReturnValues: 'ALL_OLD'}).body).toEqual({Attributes: {...KEY, n: {N: '1'}}});
    expect(cluster.rowCount(MUSIC.tableId)).toBe(0);
  });

  test('a missing item is a success that costs one unit', () => {
    const cluster = new FakeCluster();
    expect(cluster.call('DeleteItem', {TableName: 'Music', Key: KEY, ReturnConsumedCapacity: 'TOTAL'})).toMatchObject({
      status: 200, body: {ConsumedCapacity: {TableName: 'Music', CapacityUnits: 1}},
    });
    expect(cluster.call('DeleteItem', {TableName: 'Music', Key: KEY}).body).toEqual({});
  });

  test('a failed condition deletes nothing', () => {
    const cluster = new FakeCluster();
    cluster.call('PutItem', {TableName: 'Music', Item: {...KEY, n: {N: '1'}}});
    const body = {TableName: 'Music', Key: KEY, ConditionExpression: 'n > :n', ExpressionAttributeValues: {':n': {N: '5'}}};
    expect(cluster.call('DeleteItem', body)).toMatchObject({status: 400, body: {message: 'The conditional request failed'}});
    expect(cluster.rowCount(MUSIC.tableId)).toBe(1);
  });
});
