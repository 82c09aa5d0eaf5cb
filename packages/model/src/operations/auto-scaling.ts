import {SCALING_DEFAULTS} from '@murmuration/capacity';
import {ModelError, validationError} from '../errors.js';
import {SCALABLE_DIMENSIONS, SCALING_METRICS, scaledAccess, scaledResource, scalingKey} from '../scaling-record.js';
import type {ScalableDimension, ScalingActivity, ScalingOrder, ScalingRecord, ScalingReference, SuspendedScaling} from '../scaling-record.js';
import {defineMembers, readRequest} from './parameters.js';

/** Requests and answers of Application Auto Scaling, as far as they are of this service. */
const NAMESPACES = [
  'ecs', 'elasticmapreduce', 'ec2', 'appstream', 'dynamodb', 'rds', 'sagemaker', 'custom-resource', 'comprehend', 'lambda', 'cassandra', 'kafka', 'elasticache', 'neptune', 'workspaces',
] as const;
const NAMESPACE = {type: 'string', values: NAMESPACES, required: true} as const;
const RESOURCE = {type: 'string', lengthMin: 1, lengthMax: 1600} as const;
const DIMENSION = {type: 'string', lengthMin: 1, lengthMax: 1600} as const;
const POLICY_NAME = {type: 'string', lengthMin: 1, lengthMax: 256, required: true} as const;
const UNITS = {type: 'integer', className: 'Integer'} as const;
const FLAG = {type: 'boolean'} as const;
const COOLDOWN = {type: 'integer', className: 'Integer', min: 0} as const;
const PAGE = {MaxResults: {type: 'integer', className: 'Integer'}, NextToken: {type: 'string'}} as const;
const CLASSES = 'com.amazonaws.autoscaling.frontend.v20160206';
/** Of a page, and of the names that one request may ask for. */
const LISTED_MAX = 50;

const TARGET = {ServiceNamespace: NAMESPACE, ResourceId: {...RESOURCE, required: true}, ScalableDimension: {...DIMENSION, required: true}} as const;
const REGISTER = defineMembers({
  ...TARGET, MinCapacity: UNITS, MaxCapacity: UNITS, RoleARN: {type: 'string', lengthMin: 1, lengthMax: 1600},
  SuspendedState: {
    type: 'structure', className: `${CLASSES}.SuspendedState`,
    members: {DynamicScalingInSuspended: FLAG, DynamicScalingOutSuspended: FLAG, ScheduledScalingSuspended: FLAG},
  },
});
const DEREGISTER = defineMembers(TARGET);
const PUT_POLICY = defineMembers({
  PolicyName: POLICY_NAME, ...TARGET, PolicyType: {type: 'string', values: ['StepScaling', 'TargetTrackingScaling', 'PredictiveScaling']},
  TargetTrackingScalingPolicyConfiguration: {
    type: 'structure', className: `${CLASSES}.TargetTrackingScalingPolicyConfiguration`,
    members: {
      // A number with a fraction: looked at where the rules are.
      TargetValue: {type: 'unread', required: true},
      PredefinedMetricSpecification: {
        type: 'structure', className: `${CLASSES}.PredefinedMetricSpecification`, members: {PredefinedMetricType: {type: 'string', required: true}, ResourceLabel: {type: 'string'}},
      },
      CustomizedMetricSpecification: {type: 'unread'},
      ScaleOutCooldown: COOLDOWN, ScaleInCooldown: COOLDOWN, DisableScaleIn: FLAG,
    },
  },
});
const DELETE_POLICY = defineMembers({PolicyName: POLICY_NAME, ...TARGET});
const NAMES = {type: 'list', of: {type: 'string', lengthMin: 1, lengthMax: 1600}} as const;
const DESCRIBE_TARGETS = defineMembers({ServiceNamespace: NAMESPACE, ResourceIds: NAMES, ScalableDimension: DIMENSION, ...PAGE});
const DESCRIBE_POLICIES = defineMembers({PolicyNames: NAMES, ServiceNamespace: NAMESPACE, ResourceId: RESOURCE, ScalableDimension: DIMENSION, ...PAGE});
const DESCRIBE_ACTIVITIES = defineMembers({ServiceNamespace: NAMESPACE, ResourceId: RESOURCE, ScalableDimension: DIMENSION, ...PAGE, IncludeNotScaledActivities: FLAG});

/** @throws ModelError */
export function parseRegisterScalableTarget(body: unknown): Extract<ScalingOrder, {kind: 'register'}> {
  const read = readRequest(REGISTER, body);
  for (const [name, units] of [['Minimum', read.MinCapacity], ['Maximum', read.MaxCapacity]] as const) {
    if (units !== undefined && units < 1) throw validationError(`${name} capacity must be greater than or equal to 1`);
  }
  const {DynamicScalingInSuspended: isIn, DynamicScalingOutSuspended: isOut, ScheduledScalingSuspended: isScheduled} = read.SuspendedState ?? {};
  const suspended: Partial<SuspendedScaling> = {
    ...(isIn === undefined ? {} : {isInSuspended: isIn}), ...(isOut === undefined ? {} : {isOutSuspended: isOut}), ...(isScheduled === undefined ? {} : {isScheduledSuspended: isScheduled}),
  };
  return {kind: 'register', ...targetOf(read), unitsMin: read.MinCapacity, unitsMax: read.MaxCapacity, roleArn: read.RoleARN, suspended};
}
/** @throws ModelError */
export function parseDeregisterScalableTarget(body: unknown): Extract<ScalingOrder, {kind: 'deregister'}> {
  return {kind: 'deregister', ...targetOf(readRequest(DEREGISTER, body))};
}
/** @throws ModelError */
export function parsePutScalingPolicy(body: unknown): Extract<ScalingOrder, {kind: 'put-policy'}> {
  const read = readRequest(PUT_POLICY, body);
  const target = targetOf(read);
  if (/[:/|]/.test(read.PolicyName)) throw validationError("Policy name cannot contain ':', '/' or '|'");
  if (read.PolicyType !== 'TargetTrackingScaling') throw validationError(`Policy type ${read.PolicyType ?? 'StepScaling'} is not supported for service namespace: dynamodb`);
  const tracking = read.TargetTrackingScalingPolicyConfiguration;
  if (tracking === undefined) throw validationError('TargetTrackingScalingPolicyConfiguration is required for policy type TargetTrackingScaling');
  if (tracking.CustomizedMetricSpecification !== undefined || tracking.PredefinedMetricSpecification === undefined) throw validationError('Target tracking of service namespace: dynamodb needs a PredefinedMetricSpecification');
  const {PredefinedMetricType: name} = tracking.PredefinedMetricSpecification;
  const metric = SCALING_METRICS.find((each) => each === name);
  const [readMetric, writeMetric] = SCALING_METRICS;
  if (metric !== (scaledAccess(target.dimension) === 'read' ? readMetric : writeMetric)) throw validationError(`Predefined metric ${name} is not valid for scalable dimension: ${target.dimension}`);
  const {TargetValue: targetValue} = tracking;
  if (typeof targetValue !== 'number') throw new ModelError({code: 'SerializationException', message: 'TargetValue is no number'});
  if (!(targetValue >= 20 && targetValue <= 90)) throw validationError(`Target value of ${metric} must be between 20.0 and 90.0`);
  return {kind: 'put-policy', ...target, name: read.PolicyName, tracking: {
    targetValue, metric, scaleOutCooldownSeconds: tracking.ScaleOutCooldown, scaleInCooldownSeconds: tracking.ScaleInCooldown, isScaleInDisabled: tracking.DisableScaleIn,
  }};
}
/** @throws ModelError */
export function parseDeleteScalingPolicy(body: unknown): Extract<ScalingOrder, {kind: 'delete-policy'}> {
  const read = readRequest(DELETE_POLICY, body);
  return {kind: 'delete-policy', ...targetOf(read), name: read.PolicyName};
}

/** What a list is asked for. Undefined members ask for all. */
export interface ScalingQuery {
  readonly what: 'targets' | 'policies' | 'activities';
  readonly resourceIds: readonly string[] | undefined;
  readonly dimension: string | undefined;
  readonly policyNames: readonly string[] | undefined;
  readonly countMax: number;
  /** Where the page before ended. */
  readonly after: string | undefined;
}
/** @throws ModelError */
export function parseDescribeScaling(what: ScalingQuery['what'], body: unknown): ScalingQuery {
  if (what === 'targets') {
    const read = readRequest(DESCRIBE_TARGETS, body);
    return queryOf(what, read, read.ResourceIds, undefined);
  }
  const read = what === 'policies' ? readRequest(DESCRIBE_POLICIES, body) : {PolicyNames: undefined, ...readRequest(DESCRIBE_ACTIVITIES, body)};
  if (read.ScalableDimension !== undefined && read.ResourceId === undefined) throw validationError('ResourceId is required when ScalableDimension is given');
  return queryOf(what, read, read.ResourceId === undefined ? undefined : [read.ResourceId], read.PolicyNames);
}
function queryOf(
  what: ScalingQuery['what'],
  {ServiceNamespace, ScalableDimension, MaxResults, NextToken}: {
    readonly ServiceNamespace: string; readonly ScalableDimension: string | undefined; readonly MaxResults: number | undefined; readonly NextToken: string | undefined;
  },
  resourceIds: readonly string[] | undefined, policyNames: readonly string[] | undefined,
): ScalingQuery {
  if (ScalableDimension !== undefined && !SCALABLE_DIMENSIONS.some((each) => each === ScalableDimension)) throw unsupported();
  if ((resourceIds?.length ?? 0) > LISTED_MAX || (policyNames?.length ?? 0) > LISTED_MAX) throw validationError(`At most ${LISTED_MAX} names can be given`);
  if (NextToken !== undefined && !/^table\/[\w./-]{3,600}\|[\w:]{1,100}(?:\|[\w-]{1,100})?$/.test(NextToken)) throw new ModelError({code: 'InvalidNextTokenException', message: 'Invalid next token'});
  return {
    what, resourceIds: ServiceNamespace === 'dynamodb' ? resourceIds : [], dimension: ScalableDimension, policyNames, after: NextToken,
    countMax: MaxResults === undefined || MaxResults < 1 ? LISTED_MAX : Math.min(MaxResults, LISTED_MAX),
  };
}

/** One page, and where the next one begins. `records` of activities have those alone that are on the page. */
export interface ScalingPage {
  readonly records: readonly ScalingRecord[];
  readonly next: string | undefined;
}
/** @param records of the cluster, in any order */
export function pageOfScaling(records: Iterable<ScalingRecord>, {what, resourceIds, dimension, policyNames, countMax, after}: ScalingQuery): ScalingPage {
  const asked = [...records].filter((record) => (resourceIds === undefined || resourceIds.includes(record.resourceId)) && (dimension === undefined || record.dimension === dimension)
    && (what !== 'policies' || (record.policy !== undefined && (policyNames === undefined || policyNames.includes(record.policy.name)))));
  const sorted = asked.map((record) => ({record, key: scalingKey(record)})).sort((a, b) => (a.key < b.key ? -1 : 1));
  if (what === 'activities') return pageOfActivities(sorted, countMax, after);
  const rest = sorted.filter(({key}) => after === undefined || key > after);
  const page = rest.slice(0, countMax);
  return {records: page.map(({record}) => ({...record, activities: []})), next: rest.length > page.length ? page.at(-1)?.key : undefined};
}
/** Target by target, the newest activity first: activities of many targets are a long list, and each has a place in it. */
function pageOfActivities(sorted: readonly {readonly record: ScalingRecord; readonly key: string}[], countMax: number, after: string | undefined): ScalingPage {
  const at = after?.lastIndexOf('|') ?? -1;
  const [afterKey, afterId] = after === undefined ? [undefined, undefined] : [after.slice(0, at), after.slice(at + 1)];
  const all = sorted.filter(({key}) => afterKey === undefined || key >= afterKey).flatMap(({record, key}) => {
    const skipped = key === afterKey ? record.activities.findIndex(({activityId}) => activityId === afterId) + 1 : 0;
    return record.activities.slice(skipped).map((activity) => ({record, key, activity}));
  });
  const page = all.slice(0, countMax);
  const last = page.at(-1);
  return {records: page.map(({record, activity}) => ({...record, activities: [activity]})), next: all.length > page.length && last !== undefined ? `${last.key}|${last.activity.activityId}` : undefined};
}

/** Where answers are from, for ARNs. */
export interface ScalingPlace {
  readonly region: string;
  readonly account: string;
}
const named = ({resourceId, dimension}: ScalingReference): Record<string, unknown> => ({ServiceNamespace: 'dynamodb', ResourceId: resourceId, ScalableDimension: dimension});
export function scalableTargetArn({targetId}: ScalingRecord, {region, account}: ScalingPlace): string {
  return `arn:aws:application-autoscaling:${region}:${account}:scalable-target/${targetId}`;
}
export function scalingPolicyArn({resourceId, policy}: ScalingRecord, {region, account}: ScalingPlace): string {
  return `arn:aws:autoscaling:${region}:${account}:scalingPolicy:${policy?.policyId ?? ''}:resource/dynamodb/${resourceId}:policyName/${policy?.name ?? ''}`;
}

export function describeScalableTarget(record: ScalingRecord, place: ScalingPlace): Record<string, unknown> {
  const {isInSuspended, isOutSuspended, isScheduledSuspended} = record.suspended;
  return {
    ...named(record), MinCapacity: record.unitsMin, MaxCapacity: record.unitsMax,
    RoleARN: record.roleArn ?? `arn:aws:iam::${place.account}:role/aws-service-role/dynamodb.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_DynamoDBTable`,
    CreationTime: record.createdAtMs / 1000,
    SuspendedState: {DynamicScalingInSuspended: isInSuspended, DynamicScalingOutSuspended: isOutSuspended, ScheduledScalingSuspended: isScheduledSuspended},
    ScalableTargetARN: scalableTargetArn(record, place),
  };
}
/** Alarms there are none: the control plane watches by itself. */
export function describeScalingPolicy(record: ScalingRecord, place: ScalingPlace): Record<string, unknown> {
  const {policy} = record;
  if (policy === undefined) return {};
  return {
    PolicyARN: scalingPolicyArn(record, place), PolicyName: policy.name, ...named(record), PolicyType: 'TargetTrackingScaling',
    TargetTrackingScalingPolicyConfiguration: {
      TargetValue: policy.targetValue, PredefinedMetricSpecification: {PredefinedMetricType: policy.metric},
      ...(policy.scaleOutCooldownSeconds === undefined ? {} : {ScaleOutCooldown: policy.scaleOutCooldownSeconds}),
      ...(policy.scaleInCooldownSeconds === undefined ? {} : {ScaleInCooldown: policy.scaleInCooldownSeconds}),
      ...(policy.isScaleInDisabled === undefined ? {} : {DisableScaleIn: policy.isScaleInDisabled}),
    },
    Alarms: [], CreationTime: policy.createdAtMs / 1000,
  };
}
export function describeScalingActivity(record: ScalingReference, {activityId, atMs, cause, units, failure}: ScalingActivity): Record<string, unknown> {
  const access = scaledAccess(record.dimension);
  return {
    ActivityId: activityId, ...named(record), Description: `Setting ${access} capacity units to ${units}.`, Cause: cause, StartTime: atMs / 1000, EndTime: atMs / 1000,
    ...(failure === undefined
      ? {StatusCode: 'Successful', StatusMessage: `Successfully set ${access} capacity units to ${units}. Change successfully fulfilled by dynamodb.`}
      : {StatusCode: 'Failed', StatusMessage: `Failed to set ${access} capacity units to ${units}. Reason: ${failure}`}),
  };
}

/** The policy as the loop goes by it. */
export function trackingOf({unitsMin, unitsMax, policy}: ScalingRecord): typeof SCALING_DEFAULTS | undefined {
  if (policy === undefined) return undefined;
  return {
    targetPercent: policy.targetValue, unitsMin, unitsMax, isScaleInDisabled: policy.isScaleInDisabled ?? SCALING_DEFAULTS.isScaleInDisabled,
    scaleOutCooldownMs: (policy.scaleOutCooldownSeconds ?? 0) * 1000, scaleInCooldownMs: (policy.scaleInCooldownSeconds ?? 0) * 1000,
  };
}

function targetOf({ServiceNamespace, ResourceId, ScalableDimension}: {readonly ServiceNamespace: string; readonly ResourceId: string; readonly ScalableDimension: string}): ScalingReference {
  const dimension = SCALABLE_DIMENSIONS.find((each): each is ScalableDimension => each === ScalableDimension);
  const resource = scaledResource(ResourceId);
  if (ServiceNamespace !== 'dynamodb' || dimension === undefined || resource === undefined) throw unsupported();
  if ((resource.indexName === undefined) !== dimension.startsWith('dynamodb:table:')) throw unsupported();
  return {resourceId: ResourceId, dimension};
}
function unsupported(): ModelError {
  return validationError('Unsupported service namespace, resource type or scalable dimension');
}
