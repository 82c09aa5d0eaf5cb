// Who is asked, what is asked again, and what never is: failures put between the router and its partitions.
import type {CallResult, NodeId} from '@murmuration/base';
import {toReplicaId} from '@murmuration/base';
import type {PartitionFailure} from '@murmuration/partition';
import {FakeCluster, LEADERLESS, MUSIC, NODES, USERS} from './testing/fake-cluster.js';

const [A1, B1, C1] = NODES as unknown as readonly [NodeId, NodeId, NodeId];
const PUT = {TableName: 'Users', Item: {id: {N: '1'}}};
const GET = {TableName: 'Users', Key: {id: {N: '1'}}};
const STRONG_GET = {...GET, ConsistentRead: true};

const lost: CallResult = {ok: false, failure: {code: 'Unknown', reason: 'the connection broke'}};
const notSent: CallResult = {ok: false, failure: {code: 'NotSent', reason: 'not connected'}};
const refused: CallResult = {ok: false, failure: {code: 'Refused', reason: 'full'}};

function remote(): FakeCluster {
  return new FakeCluster({isLocal: false});
}
const asked = (cluster: FakeCluster): readonly NodeId[] => cluster.sent.map(({node}) => node);
/** Fails the first `count` requests. */
function failFirst(cluster: FakeCluster, count: number, failure: PartitionFailure | CallResult): void {
  let left = count;
  cluster.interfere = () => {
    left -= 1;
    return left >= 0 ? failure : undefined;
  };
}

describe('PartitionClient, writes', () => {
  test('a leader hint is followed at once and remembered', () => {
    const cluster = remote();
    // The replica that is hinted at passes the question back; the real leader is asked after a pause.
    let isMoved = false;
    cluster.interfere = (node) => (!isMoved && node === A1 ? {code: 'NotLeader', leaderHint: toReplicaId(3)} : undefined);
    const replies = cluster.start({
      headers: {'content-type': 'application/json', 'x-amz-target': 'DynamoDB_20120810.PutItem'}, body: new TextEncoder().encode(JSON.stringify(PUT)),
    });
    cluster.time.advance(0);
    expect(asked(cluster).slice(0, 2)).toEqual([A1, C1]);
    isMoved = true;
    cluster.time.advance(1_000);
    expect(replies).toMatchObject([{status: 200}]);
    cluster.sent.length = 0;
    cluster.call('PutItem', PUT);
    expect(asked(cluster)).toEqual([A1]);
  });

  test.each<[string, PartitionFailure | CallResult]>([
    ['not sent', notSent], ['refused', refused], ['leaderless', LEADERLESS], ['overloaded', {code: 'Overloaded', retryAfterMs: 20}],
    ['unavailable', {code: 'Unavailable', reason: 'no quorum'}],
  ])('a write that was %s is sent again, and done once', (_title, failure) => {
    const cluster = remote();
    failFirst(cluster, 4, failure);
    expect(cluster.call('UpdateItem', {...GET, UpdateExpression: 'ADD n :one', ExpressionAttributeValues: {':one': {N: '1'}}, ReturnValues: 'ALL_NEW'}).body)
      .toEqual({Attributes: {id: {N: '1'}, n: {N: '1'}}});
    expect(cluster.sent.length).toBeGreaterThanOrEqual(5);
  });

  test.each<[string, PartitionFailure | CallResult]>([
    ['the network', lost], ['the partition', {code: 'OutcomeUnknown', reason: 'leadership lost'}],
  ])('a write lost by %s is a 500 and never sent twice', (_title, failure) => {
    const cluster = remote();
    failFirst(cluster, 1, failure);
    expect(cluster.call('PutItem', PUT)).toMatchObject({status: 500, body: {
      __type: 'com.amazonaws.dynamodb.v20120810#InternalServerError', message: 'The request was sent, but its outcome is not known. Read before writing again.',
    }});
    cluster.time.advance(10_000);
    expect(cluster.sent).toHaveLength(1);
  });

  test('without a leader until the deadline it is a retryable 500 that says nothing of the inside', () => {
    const cluster = remote();
    cluster.interfere = () => LEADERLESS;
    expect(cluster.call('PutItem', PUT)).toMatchObject({status: 500, body: {
      message: 'The request could not be carried out in time. Nothing was changed. Try again.',
    }});
    expect(cluster.time.monotonicMs()).toBeLessThanOrEqual(5_000);
    expect(new Set(asked(cluster))).toEqual(new Set(NODES));
    expect(cluster.sent.length).toBeLessThan(60);
    expect(cluster.events.named('partition-client/unavailable')).toHaveLength(1);
  });

  test('after a wrong epoch the map is asked for, and the write goes out with the new one', () => {
    const cluster = remote();
    let isStale = true;
    cluster.interfere = (_node, {epoch}) => (isStale || epoch !== 2 ? {code: 'WrongEpoch', epoch: 2} : undefined);
    cluster.onRefresh = () => {
      isStale = false;
      cluster.setTables([MUSIC, USERS], 2);
    };
    expect(cluster.call('PutItem', PUT).status).toBe(200);
    expect(cluster.refreshCount).toBe(1);
    expect(cluster.sent.map(({request}) => request.epoch)).toEqual([1, 2]);
  });

  test('a table deleted meanwhile is not found', () => {
    const cluster = remote();
    cluster.interfere = () => ({code: 'UnknownPartition'});
    cluster.onRefresh = () => cluster.setTables([MUSIC]);
    expect(cluster.call('PutItem', PUT)).toMatchObject({status: 400, body: {message: 'Requested resource not found'}});
  });
});

describe('PartitionClient, reads', () => {
  test('an eventual read asks this process first, then its own zone, then the others', () => {
    const cluster = new FakeCluster();
    cluster.interfere = (node) => (node === C1 ? undefined : LEADERLESS);
    expect(cluster.call('GetItem', GET).status).toBe(200);
    expect(asked(cluster)).toEqual([A1, B1, C1]);
    expect(cluster.time.monotonicMs()).toBeLessThanOrEqual(10);
  });

  test('an eventual read is served without the leader', () => {
    const cluster = remote();
    cluster.interfere = (node) => (node === A1 ? notSent : undefined);
    expect(cluster.call('GetItem', GET).status).toBe(200);
    expect(asked(cluster)).toEqual([A1, B1]);
  });

  test('a read that was lost is asked again elsewhere', () => {
    const cluster = remote();
    failFirst(cluster, 2, lost);
    expect(cluster.call('GetItem', GET).status).toBe(200);
    expect(asked(cluster)).toEqual(NODES);
  });

  test('an eventual read waits a moment for each replica, and long for the last one only', () => {
    const cluster = remote();
    failFirst(cluster, 2, lost);
    cluster.call('GetItem', GET);
    expect(cluster.sent.map(({timeoutMs}) => timeoutMs)).toEqual([250, 250, 1_000]);
    cluster.sent.length = 0;
    cluster.call('GetItem', STRONG_GET);
    expect(cluster.sent.map(({timeoutMs}) => timeoutMs)).toEqual([1_000]);
  });

  test('a strong read is answered by the leader only', () => {
    const cluster = remote();
    cluster.call('PutItem', PUT);
    cluster.sent.length = 0;
    failFirst(cluster, 1, lost);
    expect(cluster.call('GetItem', STRONG_GET)).toMatchObject({status: 200, body: {Item: PUT.Item}});
    expect(asked(cluster).at(-1)).toBe(A1);
  });

  test('a page goes on where a partition moved', () => {
    const cluster = remote();
    for (let id = 0; id < 20; id += 1) cluster.call('PutItem', {TableName: 'Users', Item: {id: {N: String(id)}}});
    let isStale = true;
    cluster.interfere = (_node, {group}) => (isStale && group === 802 ? {code: 'UnknownPartition'} : undefined);
    cluster.onRefresh = () => { isStale = false; };
    expect(cluster.call('Scan', {TableName: 'Users', Select: 'COUNT'}).body).toEqual({Count: 20, ScannedCount: 20});
  });
});

describe('table lookup', () => {
  test('a table made through another process is found after one refresh', () => {
    const cluster = new FakeCluster({tables: [MUSIC]});
    cluster.onRefresh = () => cluster.setTables([MUSIC, USERS]);
    expect(cluster.call('PutItem', PUT).status).toBe(200);
    expect(cluster.refreshCount).toBe(1);
  });

  test('a table that is being made is not there yet', () => {
    const cluster = new FakeCluster({tables: [{...USERS, status: 'CREATING'}]});
    expect(cluster.call('PutItem', PUT)).toMatchObject({status: 400, body: {message: 'Requested resource not found'}});
  });

  test('many questions for a missing table are few for the control plane', () => {
    const cluster = new FakeCluster({tables: []});
    const request = {headers: {'content-type': 'application/json', 'x-amz-target': 'DynamoDB_20120810.GetItem'}, body: new TextEncoder().encode(JSON.stringify(GET))};
    const replies = Array.from({length: 100}, () => cluster.start(request));
    cluster.time.advance(1_000);
    expect(replies.every(([reply]) => reply?.status === 400)).toBe(true);
    expect(cluster.refreshCount).toBeLessThanOrEqual(2);
  });

  test('without any word of the control plane a missing table is an error of ours', () => {
    const cluster = new FakeCluster({tables: []});
    cluster.isConfirmed = false;
    expect(cluster.call('GetItem', GET).status).toBe(500);
  });
});
