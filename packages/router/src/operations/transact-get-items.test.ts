// TransactGetItems through the HTTP handler, over real partition machines.
import {FakeCluster} from '../testing/fake-cluster.js';

const key = (artist: string): object => ({Artist: {S: artist}, Song: {S: 's'}});
const read = (cluster: FakeCluster, gets: readonly object[], more: object = {}): ReturnType<FakeCluster['call']> => cluster.call('TransactGetItems', {TransactItems: gets.map((get) => ({Get: get})), ...more});
const MANY = ['Nina', 'Miles', 'Billie', 'Ella', 'Duke', 'Chet', 'Thelonious', 'Sarah'];

describe('TransactGetItems', () => {
  test('answers items of many partitions in order, an empty object for a missing one, projected', () => {
    const cluster = new FakeCluster();
    for (const artist of MANY) cluster.call('PutItem', {TableName: 'Music', Item: {...key(artist), n: {N: '1'}, m: {S: artist}}});
    const gets = [...MANY.map((artist) => ({TableName: 'Music', Key: key(artist), ProjectionExpression: 'm'})), {TableName: 'Music', Key: key('nobody')}];
    expect(read(cluster, gets)).toMatchObject({status: 200, body: {Responses: [...MANY.map((artist) => ({Item: {m: {S: artist}}})), {}]}});
  });

  test('costs twice a strong read, each item rounded up by itself', () => {
    const cluster = new FakeCluster();
    cluster.call('PutItem', {TableName: 'Music', Item: {...key('Nina'), x: {S: 'x'.repeat(5000)}}});
    expect(read(cluster, [{TableName: 'Music', Key: key('Nina')}, {TableName: 'Music', Key: key('Miles')}], {ReturnConsumedCapacity: 'TOTAL'}).body)
      .toMatchObject({ConsumedCapacity: [{TableName: 'Music', CapacityUnits: 6, ReadCapacityUnits: 6}]});
  });

  test('looks again when an item changes between its two looks, and gives up at last', () => {
    const cluster = new FakeCluster();
    for (const artist of MANY) cluster.call('PutItem', {TableName: 'Music', Item: {...key(artist), n: {N: '0'}}});
    const gets = MANY.map((artist) => ({TableName: 'Music', Key: key(artist)}));
    let changesLeft = 1;
    let isBusy = false;
    cluster.interfere = (_node, request) => {
      if (isBusy || changesLeft === 0 || request.kind !== 'transact' || request.step.kind !== 'read' || !request.step.isVersionOnly) return undefined;
      changesLeft -= 1;
      isBusy = true;
      cluster.call('PutItem', {TableName: 'Music', Item: {...key('Nina'), n: {N: '1'}}});
      isBusy = false;
      return undefined;
    };
    expect(read(cluster, gets).body).toMatchObject({Responses: expect.arrayContaining([{Item: {...key('Nina'), n: {N: '1'}}}])});
    changesLeft = 1_000;
    expect(read(cluster, gets).body).toMatchObject({__type: 'com.amazonaws.dynamodb.v20120810#TransactionCanceledException', CancellationReasons: expect.arrayContaining([{Code: 'TransactionConflict', Message: 'Transaction is ongoing for the item'}])});
  });

  test('an item that is made and removed between two looks is a conflict', () => {
    const cluster = new FakeCluster();
    const gets = MANY.map((artist) => ({TableName: 'Music', Key: key(artist)}));
    let isBusy = false;
    let tryCount = 0;
    cluster.interfere = (_node, request) => {
      if (isBusy || request.kind !== 'transact' || request.step.kind !== 'read' || !request.step.isVersionOnly) return undefined;
      tryCount += 1;
      isBusy = true;
      if (tryCount === 1) {
        cluster.call('PutItem', {TableName: 'Music', Item: key('Nina')});
        cluster.call('DeleteItem', {TableName: 'Music', Key: key('Nina')});
      }
      isBusy = false;
      return undefined;
    };
    expect(read(cluster, gets)).toMatchObject({status: 200});
    expect(cluster.sent.filter(({request}) => request.kind === 'transact' && request.step.kind === 'read' && !request.step.isVersionOnly).length).toBeGreaterThan(4);
  });

  test('refuses an item that is named twice, and a wrong key as a reason', () => {
    const cluster = new FakeCluster();
    expect(read(cluster, [{TableName: 'Music', Key: key('a')}, {TableName: 'Music', Key: key('a')}]).body).toMatchObject({message: 'Transaction request cannot include multiple operations on one item'});
    expect(read(cluster, [{TableName: 'Music', Key: {Artist: {S: 'a'}}}, {TableName: 'Music', Key: key('a')}]).body).toMatchObject({
      CancellationReasons: [{Code: 'ValidationError', Message: 'The provided key element does not match the schema'}, {Code: 'None'}],
    });
  });
});
