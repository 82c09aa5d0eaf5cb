// Goal: the API of Application Auto Scaling is served beside DynamoDB's, by every node alike, from what the control plane keeps.
// Method: requests as its clients send them, against a cluster.
import {CreateTableCommand, DynamoDBClient} from '@aws-sdk/client-dynamodb';
import {startCluster} from './start-cluster.js';
import type {TestCluster} from './start-cluster.js';

const TARGET = {ServiceNamespace: 'dynamodb', ResourceId: 'table/Tickets', ScalableDimension: 'dynamodb:table:WriteCapacityUnits'};
let cluster: TestCluster;
beforeAll(async () => {
  cluster = await startCluster();
  const client = new DynamoDBClient({endpoint: cluster.endpoint, region: 'us-east-1', credentials: {accessKeyId: 'any', secretAccessKey: 'any'}});
  await client.send(new CreateTableCommand({
    TableName: 'Tickets', KeySchema: [{AttributeName: 'id', KeyType: 'HASH'}], AttributeDefinitions: [{AttributeName: 'id', AttributeType: 'S'}],
    ProvisionedThroughput: {ReadCapacityUnits: 5, WriteCapacityUnits: 5},
  }));
  client.destroy();
});
afterAll(() => cluster.stop());

async function call(operation: string, body: Readonly<Record<string, unknown>>): Promise<readonly [number, Readonly<Record<string, unknown>>]> {
  const reply = await fetch(cluster.endpoint, {
    method: 'POST', headers: {'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `AnyScaleFrontendService.${operation}`}, body: JSON.stringify(body),
  });
  expect(reply.headers.get('content-type')).toBe('application/x-amz-json-1.1');
  return [reply.status, (await reply.json()) as Readonly<Record<string, unknown>>];
}

test('targets and policies are kept, told by any node, and gone with their target', async () => {
  expect(await call('RegisterScalableTarget', {...TARGET, MinCapacity: 1, MaxCapacity: 9})).toEqual([200, {ScalableTargetARN: expect.stringContaining('scalable-target/') as unknown}]);
  expect(await call('PutScalingPolicy', {
    ...TARGET, PolicyName: 'p', PolicyType: 'TargetTrackingScaling',
    TargetTrackingScalingPolicyConfiguration: {TargetValue: 60, PredefinedMetricSpecification: {PredefinedMetricType: 'DynamoDBWriteCapacityUtilization'}},
  })).toEqual([200, {PolicyARN: expect.stringMatching(/:resource\/dynamodb\/table\/Tickets:policyName\/p$/) as unknown, Alarms: []}]);
  // Requests come to the nodes in turn.
  for (let i = 0; i < 3; i += 1) {
    expect(await call('DescribeScalableTargets', {ServiceNamespace: 'dynamodb'})).toMatchObject([200, {ScalableTargets: [{...TARGET, MinCapacity: 1, MaxCapacity: 9}]}]);
    expect(await call('DescribeScalingPolicies', {ServiceNamespace: 'dynamodb', PolicyNames: ['p']})).toMatchObject([200, {ScalingPolicies: [{...TARGET, PolicyName: 'p'}]}]);
    expect(await call('DescribeScalingActivities', {ServiceNamespace: 'dynamodb'})).toEqual([200, {ScalingActivities: []}]);
  }
  expect(await call('DeregisterScalableTarget', TARGET)).toEqual([200, {}]);
  expect(await call('DescribeScalingPolicies', {ServiceNamespace: 'dynamodb'})).toEqual([200, {ScalingPolicies: []}]);
  expect(await call('DeregisterScalableTarget', TARGET)).toMatchObject([400, {__type: expect.stringMatching(/#ObjectNotFoundException$/) as unknown, message: expect.stringContaining('table/Tickets') as unknown}]);
});
