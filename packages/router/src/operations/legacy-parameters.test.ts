// The parameters before expressions on their whole way: parsed, sent as texts, judged where the item is.
import {FakeCluster} from '../testing/fake-cluster.js';

const KEY = {Artist: {S: 'Nina'}, Song: {S: 'a'}};
const P = 'One or more parameter values were invalid: ';
const equal = (value: object): object => ({ComparisonOperator: 'EQ', AttributeValueList: [value]});

describe('parameters before expressions', () => {
  test('Expected decides a put and a delete', () => {
    const cluster = new FakeCluster();
    const create = {TableName: 'Music', Item: {...KEY, n: {N: '1'}}, Expected: {Song: {Exists: false}}};
    expect(cluster.call('PutItem', create).status).toBe(200);
    expect(cluster.call('PutItem', create)).toMatchObject({status: 400, body: {message: 'The conditional request failed'}});
    const either = {n: {Value: {N: '7'}}, Artist: {ComparisonOperator: 'BEGINS_WITH', Value: {S: 'N'}}};
    expect(cluster.call('DeleteItem', {TableName: 'Music', Key: KEY, Expected: either}).status).toBe(400);
    expect(cluster.call('DeleteItem', {TableName: 'Music', Key: KEY, Expected: either, ConditionalOperator: 'OR'}).status).toBe(200);
  });

  test('AttributeUpdates change an item, and fail in their own words', () => {
    const cluster = new FakeCluster();
    const update = (AttributeUpdates: object, more: object = {}): {status: number; body: unknown} =>
      cluster.call('UpdateItem', {TableName: 'Music', Key: KEY, AttributeUpdates, ...more});
    expect(update({gone: {Action: 'DELETE'}}, {ReturnValues: 'ALL_NEW'}).body).toEqual({});
    expect(update({n: {Action: 'ADD', Value: {N: '3'}}, list: {Action: 'ADD', Value: {L: [{S: 'x'}]}}, s: {Value: {SS: ['a', 'b']}}}).status).toBe(200);
    expect(update({
      n: {Action: 'ADD', Value: {N: '-1'}}, list: {Action: 'ADD', Value: {L: [{S: 'y'}]}}, s: {Action: 'DELETE', Value: {SS: ['a']}},
    }, {ReturnValues: 'ALL_NEW', Expected: {n: equal({N: '3'})}})).toMatchObject({
      status: 200, body: {Attributes: {...KEY, n: {N: '2'}, list: {L: [{S: 'x'}, {S: 'y'}]}, s: {SS: ['b']}}},
    });
    expect(update({s: {Action: 'ADD', Value: {N: '1'}}})).toMatchObject({status: 400, body: {message: 'Type mismatch for attribute to update'}});
    expect(update({Song: {Value: {S: 'b'}}})).toMatchObject({status: 400, body: {message: `${P}Cannot update attribute Song. This attribute is part of the key`}});
  });

  test('KeyConditions, QueryFilter, ScanFilter and AttributesToGet read', () => {
    const cluster = new FakeCluster();
    for (const [i, name] of ['a', 'b', 'c', 'd'].entries()) {
      cluster.call('PutItem', {TableName: 'Music', Item: {...KEY, Song: {S: name}, n: {N: String(i)}, year: {N: '1'}}});
    }
    const KeyConditions = {Artist: equal({S: 'Nina'}), Song: {ComparisonOperator: 'GE', AttributeValueList: [{S: 'b'}]}};
    expect(cluster.call('Query', {
      TableName: 'Music', KeyConditions, QueryFilter: {n: {ComparisonOperator: 'NE', AttributeValueList: [{N: '2'}]}, year: {ComparisonOperator: 'NOT_NULL'}},
      AttributesToGet: ['Song', 'year'],
    })).toMatchObject({status: 200, body: {Count: 2, ScannedCount: 3, Items: [{Song: {S: 'b'}, year: {N: '1'}}, {Song: {S: 'd'}, year: {N: '1'}}]}});
    expect(cluster.call('Query', {TableName: 'Music', KeyConditions, FilterExpression: 'n < :n', ExpressionAttributeValues: {':n': {N: '3'}}}).body)
      .toMatchObject({Count: 2, ScannedCount: 3});
    expect(cluster.call('Query', {TableName: 'Music', KeyConditions, QueryFilter: {Song: equal({S: 'b'})}}))
      .toMatchObject({status: 400, body: {message: 'QueryFilter can only contain non-primary key attributes: Primary key attribute: Song'}});
    expect(cluster.call('Scan', {TableName: 'Music', ScanFilter: {Song: {ComparisonOperator: 'IN', AttributeValueList: [{S: 'a'}, {S: 'd'}]}}}).body)
      .toMatchObject({Count: 2, ScannedCount: 4});
    expect(cluster.call('GetItem', {TableName: 'Music', Key: KEY, AttributesToGet: ['year', 'gone']}).body).toEqual({Item: {year: {N: '1'}}});
  });

  test('keys of a partition that is away come back with their AttributesToGet', () => {
    const cluster = new FakeCluster();
    const keys = Array.from({length: 20}, (_, i) => ({id: {N: String(i)}}));
    for (const Item of keys) cluster.call('PutItem', {TableName: 'Users', Item});
    cluster.interfere = (_node, {group}) => (group === 800 ? {code: 'Unavailable', reason: 'away'} : undefined);
    const {body} = cluster.call('BatchGetItem', {RequestItems: {Users: {Keys: keys, AttributesToGet: ['id', 'name']}}});
    const left = (body as {readonly UnprocessedKeys: Readonly<Record<string, Readonly<Record<string, unknown>>>>}).UnprocessedKeys['Users'];
    expect(left).toMatchObject({AttributesToGet: ['id', 'name']});
    expect(Object.keys(left ?? {})).toEqual(['Keys', 'AttributesToGet']);
  });

  test('a path into a key is refused whichever operation names it', () => {
    const cluster = new FakeCluster();
    const message = "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: Key: Song";
    expect(cluster.call('GetItem', {TableName: 'Music', Key: KEY, ProjectionExpression: 'Song.x'}).body).toMatchObject({message});
    expect(cluster.call('BatchGetItem', {RequestItems: {Music: {Keys: [KEY], ProjectionExpression: 'Song[0]'}}}).body).toMatchObject({message});
    expect(cluster.call('PutItem', {TableName: 'Music', Item: KEY, ConditionExpression: 'attribute_not_exists(Song.x)'}).body).toMatchObject({message});
    expect(cluster.call('Scan', {TableName: 'Music', ProjectionExpression: 'Song.x'}).body).toMatchObject({message});
  });

  test('no caller can send a translation', () => {
    const cluster = new FakeCluster();
    expect(cluster.call('PutItem', {TableName: 'Music', Item: KEY, ConditionExpression: '!a = :v', ExpressionAttributeValues: {':v': {N: '1'}}}))
      .toMatchObject({status: 400, body: {message: 'Invalid ConditionExpression: Syntax error; token: "!", near: "!a"'}});
  });
});
