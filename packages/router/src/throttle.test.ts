// Goal: a throttle of a partition reaches the client as the exception, the reasons and the unprocessed parts of the wire.
import type {PartitionFailure, PartitionRequest} from '@murmuration/partition';
import {FakeCluster} from './testing/fake-cluster.js';

const OVER_RATE: PartitionFailure = {code: 'Throttled', reason: 'TableWriteProvisionedThroughputExceeded', resource: 'Users', isOnDemand: false};
const item = (id: number): object => ({id: {N: String(id)}});

/** Lets `count` keys through, then throttles. */
function throttled(failure: PartitionFailure, count = 0): FakeCluster {
  const cluster = new FakeCluster();
  let left = count;
  cluster.interfere = (_node, request: PartitionRequest) => {
    const keyCount = request.kind === 'get' ? request.keys.length : 1;
    if (keyCount > left) return failure;
    left -= keyCount;
    return undefined;
  };
  return cluster;
}

test('a provisioned table over its rate', () => {
  const {status, body} = throttled(OVER_RATE).call('PutItem', {TableName: 'Users', Item: item(1)});
  expect(status).toBe(400);
  expect(body).toEqual({
    __type: 'com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException',
    message: 'The level of configured provisioned throughput for the table was exceeded. Consider increasing your provisioning level with the UpdateTable API.',
    ThrottlingReasons: [{reason: 'TableWriteProvisionedThroughputExceeded', resource: 'arn:aws:dynamodb:eu-test-1:000000000000:table/Users'}],
  });
});

test('an on-demand table over its maximum spells its reasons differently', () => {
  const cluster = throttled({code: 'Throttled', reason: 'TableReadMaxOnDemandThroughputExceeded', resource: 'Users', isOnDemand: true});
  const reasons = [{reason: 'TableReadMaxOnDemandThroughputExceeded', resource: 'arn:aws:dynamodb:eu-test-1:000000000000:table/Users'}];
  for (const [operation, request] of [['GetItem', {Key: item(1)}], ['Scan', {}], ['Query', {KeyConditionExpression: 'id = :id', ExpressionAttributeValues: {':id': {N: '1'}}}]] as const) {
    expect(cluster.call(operation, {TableName: 'Users', ...request})).toMatchObject({status: 400, body: {__type: expect.stringMatching(/#ThrottlingException$/) as unknown, throttlingReasons: reasons}});
  }
});

test('an account limit is a limit of requests', () => {
  const cluster = throttled({code: 'Throttled', reason: 'TableWriteAccountLimitExceeded', resource: 'Users', isOnDemand: true});
  expect(cluster.call('DeleteItem', {TableName: 'Users', Key: item(1)})).toMatchObject({status: 400, body: {__type: expect.stringMatching(/#RequestLimitExceeded$/) as unknown}});
});

test('a scan that meets a throttle behind its first items ends there, and goes on later with what is left', () => {
  const cluster = new FakeCluster();
  for (let id = 0; id < 40; id += 1) cluster.call('PutItem', {TableName: 'Users', Item: item(id)});
  let visitsLeft = 2;
  cluster.interfere = (_node, request) => (request.kind === 'range' && (visitsLeft -= 1) < 0 ? OVER_RATE : undefined);
  const scan = (start?: object): {Count: number; LastEvaluatedKey?: object} =>
    cluster.call('Scan', {TableName: 'Users', ...(start === undefined ? {} : {ExclusiveStartKey: start})}).body as {Count: number; LastEvaluatedKey?: object};
  const first = scan();
  expect(first.LastEvaluatedKey).toBeDefined();
  expect(first.Count).toBeGreaterThan(0);
  visitsLeft = 10;
  const second = scan(first.LastEvaluatedKey);
  expect(first.Count + second.Count).toBe(40);
  expect(second.LastEvaluatedKey).toBeUndefined();
});

test('a filtered scan, whose last item is not told, is refused as a whole', () => {
  const cluster = new FakeCluster();
  for (let id = 0; id < 40; id += 1) cluster.call('PutItem', {TableName: 'Users', Item: item(id)});
  let visitsLeft = 2;
  cluster.interfere = (_node, request) => (request.kind === 'range' && (visitsLeft -= 1) < 0 ? OVER_RATE : undefined);
  expect(cluster.call('Scan', {TableName: 'Users', FilterExpression: 'attribute_exists(id)'})).toMatchObject({status: 400});
});

test('a batch of writes gives back what was throttled, and fails only when nothing was written', () => {
  const requests = {Users: [1, 2, 3].map((id) => ({PutRequest: {Item: item(id)}}))};
  const {status, body} = throttled(OVER_RATE, 2).call('BatchWriteItem', {RequestItems: requests});
  expect(status).toBe(200);
  expect(body).toMatchObject({UnprocessedItems: {Users: [{PutRequest: {Item: item(3)}}]}});
  expect(throttled(OVER_RATE).call('BatchWriteItem', {RequestItems: requests})).toMatchObject({status: 400, body: {ThrottlingReasons: [{resource: expect.stringContaining('Users') as unknown}]}});
});

test('a batch of reads asks for fewer keys at once, gives back the rest, and fails only when nothing was read', () => {
  const keys = {Users: {Keys: Array.from({length: 20}, (_none, id) => item(id))}};
  const {status, body} = throttled(OVER_RATE, 7).call('BatchGetItem', {RequestItems: keys});
  expect(status).toBe(200);
  expect((body as {UnprocessedKeys: {Users: {Keys: unknown[]}}}).UnprocessedKeys.Users.Keys).toHaveLength(13);
  expect(throttled(OVER_RATE).call('BatchGetItem', {RequestItems: keys})).toMatchObject({status: 400, body: {__type: expect.stringContaining('ProvisionedThroughputExceeded') as unknown}});
});
