import {ModelError} from '../errors.js';
import {SCALING_ACTIVITIES_MAX, changeScaling, noteActivity, scaledChange, scaledThroughput} from '../scaling-record.js';
import type {ScalingActivity, ScalingRecord} from '../scaling-record.js';
import type {TableDescriptor} from '../table-descriptor.js';
import {
  describeScalableTarget, describeScalingActivity, describeScalingPolicy, pageOfScaling, parseDeleteScalingPolicy, parseDescribeScaling, parsePutScalingPolicy, parseRegisterScalableTarget,
} from './auto-scaling.js';

/** Requests and answers of Application Auto Scaling, and what an order makes of a record. */
const PLACE = {region: 'us-east-1', account: '000000000000'};
const STAMP = {id: 'id-1', nowMs: 5_000};
const TARGET = {ServiceNamespace: 'dynamodb', ResourceId: 'table/Music', ScalableDimension: 'dynamodb:table:ReadCapacityUnits'};
const policy = (configuration: Record<string, unknown> = {}, more: Record<string, unknown> = {}): Record<string, unknown> => ({
  PolicyName: 'half', ...TARGET, PolicyType: 'TargetTrackingScaling',
  TargetTrackingScalingPolicyConfiguration: {TargetValue: 50.5, PredefinedMetricSpecification: {PredefinedMetricType: 'DynamoDBReadCapacityUtilization'}, ...configuration}, ...more,
});
function refusal(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof ModelError) return `${error.failure.code}: ${error.failure.message ?? ''}`;
    throw error;
  }
  return 'taken';
}
const registered = (more: Record<string, unknown> = {}): ScalingRecord => changeScaling(undefined, parseRegisterScalableTarget({...TARGET, MinCapacity: 5, MaxCapacity: 50, ...more}), STAMP) as ScalingRecord;

test('a target is registered with its bounds, and what a later request leaves out stays', () => {
  const first = registered({RoleARN: 'arn:aws:iam::1:role/r'});
  const second = changeScaling(first, parseRegisterScalableTarget({...TARGET, MaxCapacity: 80, SuspendedState: {DynamicScalingInSuspended: true}}), {id: 'id-2', nowMs: 9_000}) as ScalingRecord;
  expect(describeScalableTarget(second, PLACE)).toEqual({
    ...TARGET, MinCapacity: 5, MaxCapacity: 80, RoleARN: 'arn:aws:iam::1:role/r', CreationTime: 5,
    SuspendedState: {DynamicScalingInSuspended: true, DynamicScalingOutSuspended: false, ScheduledScalingSuspended: false},
    ScalableTargetARN: 'arn:aws:application-autoscaling:us-east-1:000000000000:scalable-target/id-1',
  });
});

test.each([
  [{...TARGET, MinCapacity: 5}, 'MinCapacity and MaxCapacity are required to register a new scalable target'],
  [{...TARGET, MinCapacity: 9, MaxCapacity: 5}, 'Minimum capacity cannot be greater than maximum capacity'],
  [{...TARGET, MinCapacity: 0, MaxCapacity: 5}, 'Minimum capacity must be greater than or equal to 1'],
  [{...TARGET, ServiceNamespace: 'ecs', MinCapacity: 1, MaxCapacity: 5}, 'Unsupported service namespace, resource type or scalable dimension'],
  [{...TARGET, ResourceId: 'table/Music/index/i-1', MinCapacity: 1, MaxCapacity: 5}, 'Unsupported service namespace, resource type or scalable dimension'],
  [{...TARGET, ScalableDimension: undefined, MinCapacity: 1, MaxCapacity: 5}, "1 validation error detected: Value null at 'scalableDimension' failed to satisfy constraint: Member must not be null"],
])('refuses the registration %j', (body, message) => {
  expect(refusal(() => changeScaling(undefined, parseRegisterScalableTarget(body), STAMP))).toBe(`ValidationException: ${message}`);
});

test('a policy is put, told as it was given, replaced under its name, and another one beside it refused', () => {
  const record = changeScaling(registered(), parsePutScalingPolicy(policy({ScaleInCooldown: 60})), {id: 'p-1', nowMs: 6_000}) as ScalingRecord;
  expect(describeScalingPolicy(record, PLACE)).toEqual({
    PolicyARN: 'arn:aws:autoscaling:us-east-1:000000000000:scalingPolicy:p-1:resource/dynamodb/table/Music:policyName/half', PolicyName: 'half', ...TARGET, PolicyType: 'TargetTrackingScaling',
    TargetTrackingScalingPolicyConfiguration: {TargetValue: 50.5, PredefinedMetricSpecification: {PredefinedMetricType: 'DynamoDBReadCapacityUtilization'}, ScaleInCooldown: 60}, Alarms: [], CreationTime: 6,
  });
  expect(changeScaling(record, parsePutScalingPolicy(policy({TargetValue: 70})), {id: 'p-2', nowMs: 7_000})?.policy).toMatchObject({policyId: 'p-1', targetValue: 70, createdAtMs: 6_000, scaleInCooldownSeconds: undefined});
  expect(refusal(() => changeScaling(record, parsePutScalingPolicy(policy({}, {PolicyName: 'other'})), STAMP))).toBe('ValidationException: Only one TargetTrackingScaling policy for a given metric specification is allowed.');
  const gone = parseDeleteScalingPolicy({PolicyName: 'half', ...TARGET});
  expect(changeScaling(record, gone, STAMP)?.policy).toBeUndefined();
  expect(refusal(() => changeScaling(registered(), gone, STAMP))).toMatch(/^ObjectNotFoundException: No scaling policy found/);
  expect(refusal(() => changeScaling(undefined, parsePutScalingPolicy(policy()), STAMP))).toBe(
    'ObjectNotFoundException: No scalable target registered for service namespace: dynamodb, resource ID: table/Music, scalable dimension: dynamodb:table:ReadCapacityUnits');
});

test.each([
  [policy({TargetValue: 95}), /between 20.0 and 90.0/], [policy({TargetValue: 19}), /between 20.0 and 90.0/], [policy({TargetValue: 'x'}), /^SerializationException/],
  [policy({}, {PolicyType: undefined}), /StepScaling is not supported/], [policy({PredefinedMetricSpecification: undefined}), /needs a PredefinedMetricSpecification/],
  [policy({PredefinedMetricSpecification: {PredefinedMetricType: 'DynamoDBWriteCapacityUtilization'}}), /is not valid for scalable dimension/], [policy({ScaleInCooldown: -1}), /scaleInCooldown/],
])('refuses the policy %#', (body, message) => {
  expect(refusal(() => parsePutScalingPolicy(body))).toMatch(message);
});

test('lists come in pages, each target, policy and activity once', () => {
  const activity = (activityId: string): ScalingActivity => ({activityId, atMs: 1_000, cause: 'c', units: 7, direction: 'out', failure: undefined});
  const records = ['Aaa', 'Bbb', 'Ccc'].map((name) => noteActivity(noteActivity(registered({ResourceId: `table/${name}`}), activity(`${name}-1`)), activity(`${name}-2`)));
  const all = (what: 'targets' | 'activities'): readonly string[] => {
    const found: string[] = [];
    for (let NextToken: string | undefined; ;) {
      const page = pageOfScaling(records, parseDescribeScaling(what, {ServiceNamespace: 'dynamodb', MaxResults: 2, ...(NextToken === undefined ? {} : {NextToken})}));
      expect(page.records.length).toBeLessThanOrEqual(2);
      found.push(...page.records.map((record) => (what === 'targets' ? record.resourceId : record.activities[0]?.activityId ?? '')));
      if (page.next === undefined) return found;
      NextToken = page.next;
    }
  };
  expect(all('targets')).toEqual(['table/Aaa', 'table/Bbb', 'table/Ccc']);
  expect(all('activities')).toEqual(['Aaa-2', 'Aaa-1', 'Bbb-2', 'Bbb-1', 'Ccc-2', 'Ccc-1']);
  expect(pageOfScaling(records, parseDescribeScaling('targets', {ServiceNamespace: 'dynamodb', ResourceIds: ['table/Bbb']})).records).toHaveLength(1);
  expect(pageOfScaling(records, parseDescribeScaling('policies', {ServiceNamespace: 'dynamodb'})).records).toEqual([]);
  expect(pageOfScaling(records, parseDescribeScaling('targets', {ServiceNamespace: 'ecs'})).records).toEqual([]);
  expect(refusal(() => parseDescribeScaling('targets', {ServiceNamespace: 'dynamodb', NextToken: '?'}))).toMatch(/^InvalidNextTokenException/);
});

test('of one target the newest fifty activities are kept, and told with how they ended', () => {
  let record = registered();
  for (let i = 0; i < SCALING_ACTIVITIES_MAX + 9; i += 1) record = noteActivity(record, {activityId: `a${i}`, atMs: i * 1000, cause: 'c', units: i, direction: 'in', failure: i % 2 === 0 ? undefined : 'too often'});
  expect(record.activities.map(({units}) => units)).toEqual(Array.from({length: SCALING_ACTIVITIES_MAX}, (_none, i) => SCALING_ACTIVITIES_MAX + 8 - i));
  expect(record.activities.slice(0, 2).map((activity) => describeScalingActivity(record, activity))).toEqual([
    expect.objectContaining({ActivityId: 'a58', Description: 'Setting read capacity units to 58.', StartTime: 58, StatusCode: 'Successful'}),
    expect.objectContaining({ActivityId: 'a57', StatusCode: 'Failed', StatusMessage: 'Failed to set read capacity units to 57. Reason: too often'}),
  ]);
});

test('an index is scaled by itself, and the other access stays as it is', () => {
  const index = {IndexName: 'byYear', KeySchema: [], Projection: {ProjectionType: 'ALL' as const}, ProvisionedThroughput: {ReadCapacityUnits: 3, WriteCapacityUnits: 4}};
  const table = {billingMode: 'PROVISIONED', provisionedThroughput: {ReadCapacityUnits: 1, WriteCapacityUnits: 2}, extra: {globalSecondaryIndexes: [index]}} as unknown as TableDescriptor;
  expect(scaledChange({resourceId: 'table/Music', dimension: 'dynamodb:table:WriteCapacityUnits'}, table, 9)).toEqual({provisionedThroughput: {ReadCapacityUnits: 1, WriteCapacityUnits: 9}});
  const target = {resourceId: 'table/Music/index/byYear', dimension: 'dynamodb:index:ReadCapacityUnits'} as const;
  expect(scaledThroughput(target, table)).toEqual({ReadCapacityUnits: 3, WriteCapacityUnits: 4});
  expect(scaledChange(target, table, 9)).toEqual({extra: {globalSecondaryIndexes: [{...index, ProvisionedThroughput: {ReadCapacityUnits: 9, WriteCapacityUnits: 4}}]}});
  expect(scaledThroughput(target, {...table, billingMode: 'PAY_PER_REQUEST'})).toBeUndefined();
});
