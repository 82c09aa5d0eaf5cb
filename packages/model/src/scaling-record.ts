import {ModelError, validationError} from './errors.js';
import type {TableDescriptor, Throughput} from './table-descriptor.js';

/** What may be scaled: the reads or the writes of a table or of a global index. */
export const SCALABLE_DIMENSIONS = [
  'dynamodb:table:ReadCapacityUnits', 'dynamodb:table:WriteCapacityUnits', 'dynamodb:index:ReadCapacityUnits', 'dynamodb:index:WriteCapacityUnits',
] as const;
export type ScalableDimension = (typeof SCALABLE_DIMENSIONS)[number];
export const SCALING_METRICS = ['DynamoDBReadCapacityUtilization', 'DynamoDBWriteCapacityUtilization'] as const;
export type ScalingMetric = (typeof SCALING_METRICS)[number];

/** Targets of one cluster: both dimensions of as many tables as there may be. */
export const SCALABLE_TARGETS_MAX = 5_000;
/** Activities that are kept of one target, the newest ones. */
export const SCALING_ACTIVITIES_MAX = 50;

export interface ScalingReference {
  /** `table/NAME` or `table/NAME/index/INDEX`. */
  readonly resourceId: string;
  readonly dimension: ScalableDimension;
}
export interface SuspendedScaling {
  readonly isInSuspended: boolean;
  readonly isOutSuspended: boolean;
  readonly isScheduledSuspended: boolean;
}
/** A policy of target tracking; a target has one at most, since there is one metric for each dimension. */
export interface TargetTrackingPolicy {
  readonly name: string;
  readonly policyId: string;
  /** Percent of the provisioned units that should be in use. */
  readonly targetValue: number;
  readonly metric: ScalingMetric;
  readonly scaleOutCooldownSeconds: number | undefined;
  readonly scaleInCooldownSeconds: number | undefined;
  readonly isScaleInDisabled: boolean | undefined;
  readonly createdAtMs: number;
}
/** One change of throughput that a policy led to, or would have. */
export interface ScalingActivity {
  readonly activityId: string;
  readonly atMs: number;
  readonly cause: string;
  readonly units: number;
  readonly direction: ScalingDirection;
  /** Why it was refused; undefined when it was carried out. */
  readonly failure: string | undefined;
}
export type ScalingDirection = 'in' | 'out';

/** All that is kept of one scalable target. It stays when its table is deleted. */
export interface ScalingRecord extends ScalingReference {
  readonly targetId: string;
  readonly unitsMin: number;
  readonly unitsMax: number;
  readonly roleArn: string | undefined;
  readonly suspended: SuspendedScaling;
  readonly createdAtMs: number;
  readonly policy: TargetTrackingPolicy | undefined;
  /** The newest one first. */
  readonly activities: readonly ScalingActivity[];
}

/** What a request changes. */
export type ScalingOrder =
  | {
      /** Whatever is not given stays as it is. */
      readonly kind: 'register'; readonly resourceId: string; readonly dimension: ScalableDimension; readonly unitsMin: number | undefined; readonly unitsMax: number | undefined;
      readonly roleArn: string | undefined; readonly suspended: Partial<SuspendedScaling>;
    }
  | {readonly kind: 'deregister'; readonly resourceId: string; readonly dimension: ScalableDimension}
  | {
      readonly kind: 'put-policy'; readonly resourceId: string; readonly dimension: ScalableDimension; readonly name: string;
      readonly tracking: Omit<TargetTrackingPolicy, 'name' | 'policyId' | 'createdAtMs'>;
    }
  | {readonly kind: 'delete-policy'; readonly resourceId: string; readonly dimension: ScalableDimension; readonly name: string};

/** What the leader adds to an order: every replica must make the same of it. */
export interface ScalingStamp {
  readonly id: string;
  readonly nowMs: number;
}

/** Orders records, and is what one is kept under. Neither part has a stroke of this kind. */
export function scalingKey({resourceId, dimension}: ScalingReference): string {
  return `${resourceId}|${dimension}`;
}

/** @returns undefined when it names neither a table nor an index */
export function scaledResource(resourceId: string): {readonly tableName: string; readonly indexName: string | undefined} | undefined {
  const found = /^table\/([\w.-]{3,255})(?:\/index\/([\w.-]{3,255}))?$/.exec(resourceId);
  return found?.[1] === undefined ? undefined : {tableName: found[1], indexName: found[2]};
}
export function scaledAccess(dimension: ScalableDimension): 'read' | 'write' {
  return dimension.endsWith('ReadCapacityUnits') ? 'read' : 'write';
}

/**
 * The record after an order.
 * @param before undefined where nothing was registered
 * @returns undefined when nothing is left of it
 * @throws ModelError
 */
export function changeScaling(before: ScalingRecord | undefined, order: ScalingOrder, {id, nowMs}: ScalingStamp): ScalingRecord | undefined {
  if (order.kind === 'register') return register(before, order, id, nowMs);
  if (before === undefined) throw noSuchTarget(order, order.kind === 'put-policy' ? 'registered' : 'found');
  switch (order.kind) {
    case 'deregister':
      return undefined;
    case 'put-policy': {
      const known = before.policy;
      if (known !== undefined && known.name !== order.name) throw validationError('Only one TargetTrackingScaling policy for a given metric specification is allowed.');
      return {...before, policy: {...order.tracking, name: order.name, policyId: known?.policyId ?? id, createdAtMs: known?.createdAtMs ?? nowMs}};
    }
    case 'delete-policy':
      if (before.policy?.name !== order.name) throw notFound(`No scaling policy found for service namespace: dynamodb, resource ID: ${order.resourceId}, scalable dimension: ${order.dimension}: ${order.name}`);
      return {...before, policy: undefined};
  }
}

function register(before: ScalingRecord | undefined, order: Extract<ScalingOrder, {kind: 'register'}>, id: string, nowMs: number): ScalingRecord {
  const unitsMin = order.unitsMin ?? before?.unitsMin;
  const unitsMax = order.unitsMax ?? before?.unitsMax;
  if (unitsMin === undefined || unitsMax === undefined) throw validationError('MinCapacity and MaxCapacity are required to register a new scalable target');
  if (unitsMin > unitsMax) throw validationError('Minimum capacity cannot be greater than maximum capacity');
  return {
    resourceId: order.resourceId, dimension: order.dimension, targetId: before?.targetId ?? id, unitsMin, unitsMax, roleArn: order.roleArn ?? before?.roleArn,
    suspended: {isInSuspended: false, isOutSuspended: false, isScheduledSuspended: false, ...before?.suspended, ...order.suspended},
    createdAtMs: before?.createdAtMs ?? nowMs, policy: before?.policy, activities: before?.activities ?? [],
  };
}

/** @returns the record with one activity more, and the oldest one less where there are many */
export function noteActivity(record: ScalingRecord, activity: ScalingActivity): ScalingRecord {
  return {...record, activities: [activity, ...record.activities].slice(0, SCALING_ACTIVITIES_MAX)};
}

/** Why there is nothing to scale, in the words for whoever registers it; undefined when there is. */
export function missingResource({resourceId}: ScalingReference, table: TableDescriptor | undefined): string | undefined {
  const resource = scaledResource(resourceId);
  if (table === undefined || table.status === 'DELETING') return `DynamoDB table does not exist: ${resourceId}`;
  const hasIndex = resource?.indexName === undefined || table.extra.globalSecondaryIndexes?.some(({IndexName}) => IndexName === resource.indexName) === true;
  return hasIndex ? undefined : `DynamoDB index does not exist: ${resourceId}`;
}

/** The provisioned throughput of the table or index; undefined where there is none, or it is billed on demand. */
export function scaledThroughput({resourceId}: ScalingReference, table: TableDescriptor | undefined): Throughput | undefined {
  if (table?.billingMode !== 'PROVISIONED') return undefined;
  const indexName = scaledResource(resourceId)?.indexName;
  return indexName === undefined ? table.provisionedThroughput : table.extra.globalSecondaryIndexes?.find(({IndexName}) => IndexName === indexName)?.ProvisionedThroughput;
}

export interface ScaledTable {
  readonly provisionedThroughput?: Throughput;
  readonly extra?: {readonly globalSecondaryIndexes: TableDescriptor['extra']['globalSecondaryIndexes']};
}
/** What UpdateTable would be told to give the target so many units. Precondition: it has provisioned throughput. */
export function scaledChange({resourceId, dimension}: ScalingReference, table: TableDescriptor, units: number): ScaledTable {
  const part = scaledAccess(dimension) === 'read' ? {ReadCapacityUnits: units} : {WriteCapacityUnits: units};
  const indexName = scaledResource(resourceId)?.indexName;
  if (indexName === undefined) return {provisionedThroughput: {...table.provisionedThroughput, ...part}};
  const indexes = table.extra.globalSecondaryIndexes?.map((index) => (index.IndexName === indexName && index.ProvisionedThroughput !== undefined
    ? {...index, ProvisionedThroughput: {...index.ProvisionedThroughput, ...part}}
    : index));
  return {extra: {globalSecondaryIndexes: indexes}};
}

function noSuchTarget({resourceId, dimension}: ScalingReference, word: 'registered' | 'found'): ModelError {
  return notFound(`No scalable target ${word} for service namespace: dynamodb, resource ID: ${resourceId}, scalable dimension: ${dimension}`);
}
function notFound(message: string): ModelError {
  return new ModelError({code: 'ObjectNotFoundException', message});
}
