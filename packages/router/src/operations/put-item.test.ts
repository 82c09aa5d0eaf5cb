// PutItem through the HTTP handler, over real partition machines: exact replies, in the service's words.
import {FakeCluster} from '../testing/fake-cluster.js';

const song = (title: string, extra: object = {}): object => ({Artist: {S: 'Nina'}, Song: {S: title}, ...extra});
const put = (cluster: FakeCluster, body: object): ReturnType<FakeCluster['call']> => cluster.call('PutItem', {TableName: 'Music', ...body});

describe('PutItem', () => {
  test('answers an empty object, and the item is there', () => {
    const cluster = new FakeCluster();
    expect(put(cluster, {Item: song('Sinnerman')})).toMatchObject({status: 200, body: {}});
    expect(cluster.call('GetItem', {TableName: 'Music', Key: song('Sinnerman')}).body).toEqual({Item: song('Sinnerman')});
  });

  test('returns the old item only when there was one and it was asked for', () => {
    const cluster = new FakeCluster();
    expect(put(cluster, {Item: song('a', {n: {N: '1'}}), ReturnValues: 'ALL_OLD'}).body).toEqual({});
    expect(put(cluster, {Item: song('a', {n: {N: '2'}}), ReturnValues: 'ALL_OLD'}).body).toEqual({Attributes: song('a', {n: {N: '1'}})});
  });

  test('costs the larger of the old and the new size', () => {
    const cluster = new FakeCluster();
    expect(put(cluster, {Item: song('a', {text: {S: 'x'.repeat(2000)}}), ReturnConsumedCapacity: 'TOTAL'}).body)
      .toEqual({ConsumedCapacity: {TableName: 'Music', CapacityUnits: 2}});
    expect(put(cluster, {Item: song('a'), ReturnConsumedCapacity: 'INDEXES'}).body)
      .toEqual({ConsumedCapacity: {TableName: 'Music', CapacityUnits: 2, Table: {CapacityUnits: 2}}});
  });

  test('a failed condition is a ConditionalCheckFailedException, with the item when asked for', () => {
    const cluster = new FakeCluster();
    put(cluster, {Item: song('a')});
    const condition = {Item: song('a'), ConditionExpression: 'attribute_not_exists(Artist)'};
    expect(put(cluster, condition)).toMatchObject({
      status: 400, body: {__type: 'com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException', message: 'The conditional request failed'},
    });
    expect(put(cluster, {...condition, ReturnValuesOnConditionCheckFailure: 'ALL_OLD'}).body).toMatchObject({Item: song('a')});
  });

  test('names and values reach the partition', () => {
    const cluster = new FakeCluster();
    put(cluster, {Item: song('a', {n: {N: '1'}})});
    const guarded = (n: string): object => ({
      Item: song('a', {n: {N: '9'}}), ConditionExpression: '#n = :n', ExpressionAttributeNames: {'#n': 'n'}, ExpressionAttributeValues: {':n': {N: n}},
    });
    expect(put(cluster, guarded('2')).status).toBe(400);
    expect(put(cluster, guarded('1')).status).toBe(200);
  });

  test('a key attribute of another type or missing is refused before anything is sent', () => {
    const cluster = new FakeCluster();
    expect(put(cluster, {Item: {Artist: {N: '1'}, Song: {S: 'a'}}}).body).toEqual({
      __type: 'com.amazon.coral.validate#ValidationException',
      message: 'One or more parameter values were invalid: Type mismatch for key Artist expected: S actual: N',
    });
    expect(put(cluster, {Item: {Artist: {S: 'a'}}}).body).toMatchObject({message: 'One or more parameter values were invalid: Missing the key Song in the item'});
    expect(cluster.sent).toEqual([]);
  });

  test('a missing table is a ResourceNotFoundException after the control plane was asked once', () => {
    const cluster = new FakeCluster();
    expect(cluster.call('PutItem', {TableName: 'Nothing', Item: song('a')})).toMatchObject({
      status: 400, body: {__type: 'com.amazonaws.dynamodb.v20120810#ResourceNotFoundException', message: 'Requested resource not found'},
    });
    expect(cluster.refreshCount).toBe(1);
  });
});
