import {ModelError, invalidParameters, validationError} from '../errors.js';
import type {AttributeDefinition, BillingMode, IndexDefinition, TableDescriptor, TableExtra, Throughput} from '../table-descriptor.js';
import {toGlobalIndex} from './create-table.js';
import type {TableReference} from './parameters.js';
import {defineMembers, readTableRequest, toTableReference} from './parameters.js';
import {checkStream, checkUnits} from './throughput-rules.js';
import {
  ATTRIBUTE_DEFINITIONS, BILLING_MODE, GLOBAL_INDEXES, INDEX_NAME_REQUIRED, ON_DEMAND_THROUGHPUT, SSE_SPECIFICATION,
  STREAM_SPECIFICATION, TABLE_CLASS, THROUGHPUT, WARM_THROUGHPUT,
} from './table-members.js';

const CLASS = 'com.amazonaws.dynamodb.v20120810';
const MEMBERS = defineMembers({
  AttributeDefinitions: ATTRIBUTE_DEFINITIONS,
  TableName: {type: 'string', pattern: 'name-or-arn', lengthMin: 3, lengthMax: 255, required: true},
  BillingMode: BILLING_MODE,
  ProvisionedThroughput: THROUGHPUT,
  GlobalSecondaryIndexUpdates: {
    type: 'list',
    of: {
      type: 'structure', className: `${CLASS}.GlobalSecondaryIndexUpdate`,
      members: {
        Create: {...GLOBAL_INDEXES.of, className: `${CLASS}.CreateGlobalSecondaryIndexAction`},
        Update: {
          type: 'structure', className: `${CLASS}.UpdateGlobalSecondaryIndexAction`,
          members: {IndexName: INDEX_NAME_REQUIRED, ProvisionedThroughput: {...THROUGHPUT, required: true}},
        },
        Delete: {
          type: 'structure', className: `${CLASS}.DeleteGlobalSecondaryIndexAction`,
          members: {IndexName: INDEX_NAME_REQUIRED},
        },
      },
    },
  },
  StreamSpecification: STREAM_SPECIFICATION,
  SSESpecification: SSE_SPECIFICATION,
  ReplicaUpdates: {type: 'unread'},
  OnDemandThroughput: ON_DEMAND_THROUGHPUT,
  WarmThroughput: WARM_THROUGHPUT,
  TableClass: TABLE_CLASS,
  DeletionProtectionEnabled: {type: 'boolean'},
});

export type IndexUpdate =
  | {readonly kind: 'create'; readonly index: IndexDefinition}
  | {readonly kind: 'update'; readonly indexName: string; readonly provisionedThroughput: Throughput}
  | {readonly kind: 'delete'; readonly indexName: string};

export interface UpdateTableRequest extends TableReference {
  readonly attributeDefinitions: readonly AttributeDefinition[] | undefined;
  readonly billingMode: BillingMode | undefined;
  readonly provisionedThroughput: Throughput | undefined;
  readonly indexUpdates: readonly IndexUpdate[];
  /** As given: absent members stay as they are, -1 removes a maximum. */
  readonly onDemandThroughput: {readonly MaxReadRequestUnits: number | undefined; readonly MaxWriteRequestUnits: number | undefined} | undefined;
  readonly warmThroughput: {readonly ReadUnitsPerSecond: number | undefined; readonly WriteUnitsPerSecond: number | undefined} | undefined;
  /** Only what is to change; each present member replaces the table's. */
  readonly extra: Pick<TableExtra, 'streamSpecification' | 'sseSpecification' | 'tableClass' | 'deletionProtectionEnabled'>;
}

/** Every check that needs no catalog, in the service's order. @throws ModelError */
export function parseUpdateTable(body: unknown): UpdateTableRequest {
  const request = readTableRequest(MEMBERS, body);
  if (request.ReplicaUpdates !== undefined) throw validationError('ReplicaUpdates is not supported by this service');
  const indexUpdates = (request.GlobalSecondaryIndexUpdates ?? []).map(toIndexUpdate);
  const {BillingMode, ProvisionedThroughput} = request;
  const hasChange = ProvisionedThroughput !== undefined || BillingMode !== undefined || indexUpdates.length > 0
    || request.StreamSpecification !== undefined || request.SSESpecification !== undefined
    || request.OnDemandThroughput !== undefined || request.WarmThroughput !== undefined || request.TableClass !== undefined || request.DeletionProtectionEnabled !== undefined;
  if (!hasChange) {
    throw validationError('At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, '
      + 'GlobalSecondaryIndexUpdates or SSESpecification or ReplicaUpdates is required');
  }
  if (BillingMode === 'PAY_PER_REQUEST' && ProvisionedThroughput !== undefined) {
    throw invalidParameters(
      'Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST');
  }
  if (BillingMode === 'PROVISIONED' && ProvisionedThroughput === undefined) {
    throw invalidParameters('ProvisionedThroughput must be specified when BillingMode is PROVISIONED');
  }
  checkUnits(ProvisionedThroughput);
  checkIndexUpdates(indexUpdates);
  checkStream(request.StreamSpecification);
  const {StreamSpecification, SSESpecification, TableClass, DeletionProtectionEnabled} = request;
  return {
    ...toTableReference(request.TableName),
    attributeDefinitions: request.AttributeDefinitions,
    billingMode: BillingMode,
    provisionedThroughput: ProvisionedThroughput,
    indexUpdates,
    onDemandThroughput: request.OnDemandThroughput,
    warmThroughput: request.WarmThroughput,
    extra: {
      ...(StreamSpecification === undefined ? {} : {streamSpecification: withoutAbsent(StreamSpecification)}),
      ...(SSESpecification === undefined ? {} : {sseSpecification: withoutAbsent(SSESpecification)}),
      ...(TableClass === undefined ? {} : {tableClass: TableClass}),
      ...(DeletionProtectionEnabled === undefined ? {} : {deletionProtectionEnabled: DeletionProtectionEnabled}),
    },
  };
}

type Present<Value> = {readonly [Name in keyof Value as undefined extends Value[Name] ? never : Name]: Value[Name]}
  & {readonly [Name in keyof Value as undefined extends Value[Name] ? Name : never]?: Exclude<Value[Name], undefined>};

/** A structure without its absent members: what is stored is JSON, which has none. */
function withoutAbsent<Value extends object>(value: Value): Present<Value> {
  return JSON.parse(JSON.stringify(value)) as Present<Value>;
}

interface IndexUpdateMembers {
  readonly Create: Parameters<typeof toGlobalIndex>[0] | undefined;
  readonly Update: {readonly IndexName: string; readonly ProvisionedThroughput: Throughput} | undefined;
  readonly Delete: {readonly IndexName: string} | undefined;
}

function toIndexUpdate({Create, Update, Delete}: IndexUpdateMembers): IndexUpdate {
  if ([Create, Update, Delete].filter((action) => action !== undefined).length === 1) {
    if (Create !== undefined) return {kind: 'create', index: toGlobalIndex(Create)};
    if (Update !== undefined) {
      return {kind: 'update', indexName: Update.IndexName, provisionedThroughput: Update.ProvisionedThroughput};
    }
    if (Delete !== undefined) return {kind: 'delete', indexName: Delete.IndexName};
  }
  throw invalidParameters('One of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create, '
    + 'GlobalSecondaryIndexUpdate.Delete must not be null');
}

function checkIndexUpdates(updates: readonly IndexUpdate[]): void {
  const names = new Set<string>();
  for (const update of updates) {
    const name = update.kind === 'create' ? update.index.IndexName : update.indexName;
    if (names.has(name)) {
      throw invalidParameters(`Only one global secondary index update per index is allowed simultaneously. Index: ${name}`);
    }
    names.add(name);
    checkUnits(update.kind === 'create' ? update.index.ProvisionedThroughput : update.kind === 'update' ? update.provisionedThroughput : undefined, name);
  }
  if (updates.filter(({kind}) => kind !== 'update').length > 1) {
    throw new ModelError({
      code: 'LimitExceededException',
      message: 'Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table',
    });
  }
}

/** Throughput must change when it is given, and is of provisioned tables. @throws ModelError `ValidationException` */
export function checkThroughputChanges(request: UpdateTableRequest, table: TableDescriptor): void {
  const wanted = request.provisionedThroughput;
  const current = table.provisionedThroughput;
  const changesBilling = request.billingMode !== undefined && request.billingMode !== table.billingMode;
  if (wanted === undefined || changesBilling) return;
  if (table.billingMode === 'PAY_PER_REQUEST') {
    throw invalidParameters('Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST');
  }
  if (wanted.ReadCapacityUnits === current.ReadCapacityUnits && wanted.WriteCapacityUnits === current.WriteCapacityUnits) {
    throw validationError('The provisioned throughput for the table will not change. The requested value equals the current value. '
      + `Current ReadCapacityUnits provisioned for the table: ${current.ReadCapacityUnits}. `
      + `Requested ReadCapacityUnits: ${wanted.ReadCapacityUnits}. `
      + `Current WriteCapacityUnits provisioned for the table: ${current.WriteCapacityUnits}. `
      + `Requested WriteCapacityUnits: ${wanted.WriteCapacityUnits}. `
      + 'Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits.');
  }
}
