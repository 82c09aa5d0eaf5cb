import type {Area, Body, ConformanceCase, Step} from '../conformance-case.js';
import {has, http, proves, until, untilGone} from '../conformance-case.js';
import {Matcher} from '../json.js';
import {tableBody} from '../suite-tables.js';

/** Another API of version 1.1 of the protocol: its requests are written out. */
const RULE = 'capacity 10';
const JSON_1_1 = 'application/x-amz-json-1.1';
const NAME = 'Conformance.Scaled';
const TARGET: Body = {ServiceNamespace: 'dynamodb', ResourceId: `table/${NAME}`, ScalableDimension: 'dynamodb:table:WriteCapacityUnits'};
const MISSING: Body = {...TARGET, ResourceId: 'table/Conformance.Missing'};
const POLICY: Body = {
  ...TARGET, PolicyName: 'track', PolicyType: 'TargetTrackingScaling',
  TargetTrackingScalingPolicyConfiguration: {TargetValue: 70, PredefinedMetricSpecification: {PredefinedMetricType: 'DynamoDBWriteCapacityUtilization'}, ScaleInCooldown: 60, ScaleOutCooldown: 30},
};
const call = (operation: string, body: Body, status: number, reply: RegExp): Step => http(
  {method: 'POST', headers: {'content-type': JSON_1_1, 'x-amz-target': `AnyScaleFrontendService.${operation}`}, body: JSON.stringify(body)},
  {status, headers: {'content-type': JSON_1_1}, body: reply});
const taken = (operation: string, body: Body, reply: RegExp): Step => call(operation, body, 200, reply);
const one = (name: string, ...steps: readonly Step[]): ConformanceCase => proves(RULE, `auto scaling: ${name}`, ...steps);
const refused = (name: string, operation: string, body: Body, type = 'ValidationException'): ConformanceCase => one(`${operation} refused: ${name}`, call(operation, body, 400, new RegExp(`${type}"`)));
const tracking = (configuration: Body): Body => ({...POLICY, TargetTrackingScalingPolicyConfiguration: {...(POLICY['TargetTrackingScalingPolicyConfiguration'] as Body), ...configuration} as never});

export const AUTO_SCALING: Area = {
  name: 'auto-scaling',
  title: 'Application Auto Scaling',
  cases: [
    one('a target and its policy are made, told, and taken back',
      has('CreateTable', {...tableBody(NAME, {name: 'pk', type: 'S'}), BillingMode: 'PROVISIONED', ProvisionedThroughput: {ReadCapacityUnits: 5, WriteCapacityUnits: 5}}, {}),
      until('DescribeTable', {TableName: NAME}, {Table: new Matcher('an active table', (value) => (value as {TableStatus?: unknown} | undefined)?.TableStatus === 'ACTIVE')}),
      call('PutScalingPolicy', POLICY, 400, /ObjectNotFoundException".*No scalable target registered for service namespace: dynamodb, resource ID: table\/Conformance\.Scaled, scalable dimension: dynamodb:table:WriteCapacityUnits/),
      taken('RegisterScalableTarget', {...TARGET, MinCapacity: 5, MaxCapacity: 50, RoleARN: 'arn:aws:iam::000000000000:role/scaling'}, /^\{("ScalableTargetARN":"arn:aws:application-autoscaling:[^"]+")?\}$/),
      taken('DescribeScalableTargets', {ServiceNamespace: 'dynamodb', ResourceIds: [`table/${NAME}`]}, /"MinCapacity":5,.*"MaxCapacity":50/),
      taken('PutScalingPolicy', POLICY, /"PolicyARN":"arn:aws:autoscaling:[^"]+:scalingPolicy:[^"]+:resource\/dynamodb\/table\/Conformance\.Scaled:policyName\/track".*"Alarms":\[/),
      taken('DescribeScalingPolicies', {ServiceNamespace: 'dynamodb', ResourceId: `table/${NAME}`}, /"PolicyName":"track".*"PredefinedMetricType":"DynamoDBWriteCapacityUtilization"/),
      call('PutScalingPolicy', {...POLICY, PolicyName: 'second'}, 400, /ValidationException".*Only one TargetTrackingScaling policy for a given metric specification is allowed/),
      taken('RegisterScalableTarget', {...TARGET, MaxCapacity: 60}, /^\{/),
      taken('DescribeScalableTargets', {ServiceNamespace: 'dynamodb', ResourceIds: [`table/${NAME}`], ScalableDimension: 'dynamodb:table:WriteCapacityUnits'}, /"MinCapacity":5,.*"MaxCapacity":60/),
      taken('DescribeScalingActivities', {ServiceNamespace: 'dynamodb', ResourceId: `table/${NAME}`}, /"ScalingActivities":\[/),
      has('DeleteTable', {TableName: NAME}, {}), untilGone('DescribeTable', {TableName: NAME}),
      taken('DescribeScalingPolicies', {ServiceNamespace: 'dynamodb', ResourceId: `table/${NAME}`}, /"PolicyName":"track"/),
      taken('DeleteScalingPolicy', {...TARGET, PolicyName: 'track'}, /^\{\}$/),
      call('DeleteScalingPolicy', {...TARGET, PolicyName: 'track'}, 400, /ObjectNotFoundException"/),
      taken('DeregisterScalableTarget', TARGET, /^\{\}$/),
      call('DeregisterScalableTarget', TARGET, 400, /ObjectNotFoundException".*No scalable target found/),
      taken('DescribeScalableTargets', {ServiceNamespace: 'dynamodb', ResourceIds: [`table/${NAME}`]}, /"ScalableTargets":\[\]/)),
    refused('a table that is not there', 'RegisterScalableTarget', {...MISSING, MinCapacity: 1, MaxCapacity: 2}),
    refused('no bounds', 'RegisterScalableTarget', TARGET),
    refused('bounds the wrong way round', 'RegisterScalableTarget', {...TARGET, MinCapacity: 3, MaxCapacity: 2}),
    refused('an unknown namespace', 'RegisterScalableTarget', {...TARGET, ServiceNamespace: 'birds', MinCapacity: 1, MaxCapacity: 2}),
    refused('a dimension of another resource', 'RegisterScalableTarget', {...TARGET, ScalableDimension: 'dynamodb:index:WriteCapacityUnits', MinCapacity: 1, MaxCapacity: 2}),
    refused('a target value above ninety', 'PutScalingPolicy', tracking({TargetValue: 91})),
    refused('the metric of the other dimension', 'PutScalingPolicy', tracking({PredefinedMetricSpecification: {PredefinedMetricType: 'DynamoDBReadCapacityUtilization'}})),
    refused('steps', 'PutScalingPolicy', {...POLICY, PolicyType: 'StepScaling'}),
    refused('no namespace', 'DescribeScalableTargets', {}),
    refused('a token of nothing', 'DescribeScalableTargets', {ServiceNamespace: 'dynamodb', NextToken: '?'}, 'InvalidNextTokenException'),
  ],
};
