// UpdateItem: what it returns, what it creates, what it refuses.
import {FakeCluster} from '../testing/fake-cluster.js';

const KEY = {Artist: {S: 'Nina'}, Song: {S: 'Sinnerman'}};
const update = (cluster: FakeCluster, body: object): ReturnType<FakeCluster['call']> => cluster.call('UpdateItem', {TableName: 'Music', Key: KEY, ...body});
const count = {UpdateExpression: 'ADD plays :one', ExpressionAttributeValues: {':one': {N: '1'}}};

describe('UpdateItem', () => {
  test('creates a missing item from its key and counts up', () => {
    const cluster = new FakeCluster();
    expect(update(cluster, {...count, ReturnValues: 'ALL_NEW'}).body).toEqual({Attributes: {...KEY, plays: {N: '1'}}});
    expect(update(cluster, {...count, ReturnValues: 'UPDATED_NEW'}).body).toEqual({Attributes: {plays: {N: '2'}}});
    expect(update(cluster, {...count, ReturnValues: 'UPDATED_OLD'}).body).toEqual({Attributes: {plays: {N: '2'}}});
    expect(update(cluster, {...count, ReturnValues: 'ALL_OLD'}).body).toEqual({Attributes: {...KEY, plays: {N: '3'}}});
    expect(update(cluster, count).body).toEqual({});
  });

  test('without any update it creates the bare key', () => {
    const cluster = new FakeCluster();
    expect(update(cluster, {}).body).toEqual({});
    expect(cluster.call('GetItem', {TableName: 'Music', Key: KEY}).body).toEqual({Item: KEY});
  });

  test('an update that does not fit the item is the partition\'s ValidationException', () => {
    const cluster = new FakeCluster();
    expect(update(cluster, {UpdateExpression: 'SET a = b'})).toMatchObject({
      status: 400, body: {
        __type: 'com.amazon.coral.validate#ValidationException',
        message: 'The provided expression refers to an attribute that does not exist in the item',
      },
    });
  });

  test('the key cannot be updated', () => {
    expect(update(new FakeCluster(), {UpdateExpression: 'SET Song = :s', ExpressionAttributeValues: {':s': {S: 'x'}}}).body).toMatchObject({
      message: 'One or more parameter values were invalid: Cannot update attribute Song. This attribute is part of the key',
    });
  });
});
