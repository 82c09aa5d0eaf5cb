// BatchWriteItem: all or nothing in its checks, piece by piece in its writes.
import {FakeCluster, MUSIC, USERS} from '../testing/fake-cluster.js';

const song = (title: string): object => ({Artist: {S: 'Nina'}, Song: {S: title}});
const user = (id: number): object => ({id: {N: String(id)}});
const put = (Item: object): object => ({PutRequest: {Item}});

describe('BatchWriteItem', () => {
  test('puts and deletes in several tables', () => {
    const cluster = new FakeCluster();
    cluster.call('PutItem', {TableName: 'Music', Item: song('old')});
    expect(cluster.call('BatchWriteItem', {
      RequestItems: {Music: [put(song('a')), {DeleteRequest: {Key: song('old')}}], Users: [put(user(1))]}, ReturnConsumedCapacity: 'TOTAL',
    })).toMatchObject({status: 200, body: {
      UnprocessedItems: {}, ConsumedCapacity: [{TableName: 'Music', CapacityUnits: 2}, {TableName: 'Users', CapacityUnits: 1}],
    }});
    expect([cluster.rowCount(MUSIC.tableId), cluster.rowCount(USERS.tableId)]).toEqual([1, 1]);
  });

  test('one wrong key refuses the whole batch before any write', () => {
    const cluster = new FakeCluster();
    expect(cluster.call('BatchWriteItem', {RequestItems: {Music: [put(song('a'))], Users: [put({id: {S: 'x'}})]}})).toMatchObject({
      status: 400, body: {message: 'The provided key element does not match the schema'},
    });
    expect(cluster.sent).toEqual([]);
  });

  test('a table that is missing refuses the whole batch', () => {
    const cluster = new FakeCluster();
    expect(cluster.call('BatchWriteItem', {RequestItems: {Music: [put(song('a'))], None: [put(user(1))]}})).toMatchObject({
      status: 400, body: {message: 'Requested resource not found'},
    });
    expect(cluster.sent).toEqual([]);
  });

  test('writes of a partition that is away come back unprocessed', () => {
    const cluster = new FakeCluster();
    cluster.interfere = (_node, {group}) => (group === 801 ? {code: 'Overloaded', retryAfterMs: 20} : undefined);
    const {status, body} = cluster.call('BatchWriteItem', {RequestItems: {Users: Array.from({length: 25}, (_, i) => put(user(i)))}});
    const left = (body as {UnprocessedItems: Readonly<Record<string, readonly object[]>>}).UnprocessedItems['Users'] ?? [];
    expect(status).toBe(200);
    expect(left.length).toBeGreaterThan(0);
    expect(left.length + cluster.rowCount(USERS.tableId)).toBe(25);
    cluster.interfere = () => undefined;
    expect(cluster.call('BatchWriteItem', {RequestItems: {Users: left}}).body).toEqual({UnprocessedItems: {}});
    expect(cluster.rowCount(USERS.tableId)).toBe(25);
  });

  test('two writes to one item are refused', () => {
    expect(new FakeCluster().call('BatchWriteItem', {RequestItems: {Users: [put(user(1)), {DeleteRequest: {Key: {id: {N: '1.0'}}}}]}}).body)
      .toMatchObject({message: 'Provided list of item keys contains duplicates'});
  });
});
