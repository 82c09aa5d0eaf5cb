import {invalidParameters} from '../errors.js';
import {checkTagCount, checkTagTexts} from './tags.js';
import {changeMaxima, checkOnDemand, checkStream, checkUnits} from './throughput-rules.js';
import type {KeySchema} from '../key-schema.js';
import type {AttributeDefinition, BillingMode, IndexDefinition, KeySchemaElement, TableExtra, Throughput} from '../table-descriptor.js';
import {toKeySchema} from '../table-descriptor.js';
import type {StructureOf} from './request-shape.js';
import {checkAllDefinitionsUsed, checkIndexes, checkKeySchema} from './table-rules.js';
import {defineMembers, readTableRequest} from './parameters.js';
import {
  ATTRIBUTE_DEFINITIONS, BILLING_MODE, GLOBAL_INDEXES, KEY_SCHEMA, LOCAL_INDEXES, ON_DEMAND_THROUGHPUT, SSE_SPECIFICATION,
  STREAM_SPECIFICATION, TABLE_CLASS, TAGS, THROUGHPUT, WARM_THROUGHPUT,
} from './table-members.js';

const MEMBERS = defineMembers({
  AttributeDefinitions: {...ATTRIBUTE_DEFINITIONS, required: true},
  TableName: {type: 'string', pattern: 'name', lengthMin: 3, lengthMax: 255, required: true},
  KeySchema: {...KEY_SCHEMA, required: true},
  GlobalSecondaryIndexes: GLOBAL_INDEXES,
  LocalSecondaryIndexes: LOCAL_INDEXES,
  BillingMode: BILLING_MODE,
  ProvisionedThroughput: THROUGHPUT,
  StreamSpecification: STREAM_SPECIFICATION,
  SSESpecification: SSE_SPECIFICATION,
  OnDemandThroughput: ON_DEMAND_THROUGHPUT,
  WarmThroughput: WARM_THROUGHPUT,
  Tags: TAGS,
  TableClass: TABLE_CLASS,
  DeletionProtectionEnabled: {type: 'boolean'},
});
type CreateTableMembers = StructureOf<typeof MEMBERS>;

/** Everything a table descriptor holds but ids, status and time, which the catalog gives. */
export interface CreateTableRequest {
  readonly tableName: string;
  readonly keySchema: KeySchema;
  readonly attributeDefinitions: readonly AttributeDefinition[];
  readonly billingMode: BillingMode;
  readonly provisionedThroughput: Throughput;
  readonly extra: TableExtra;
}

/** Every check that needs no catalog, in the service's order. @throws ModelError */
export function parseCreateTable(body: unknown): CreateTableRequest {
  const request = readTableRequest(MEMBERS, body);
  const billingMode = request.BillingMode ?? 'PROVISIONED';
  checkBilling(billingMode, request.ProvisionedThroughput);
  checkOnDemand(request.OnDemandThroughput, billingMode);
  for (const index of request.GlobalSecondaryIndexes ?? []) checkOnDemand(index.OnDemandThroughput, billingMode);
  checkStream(request.StreamSpecification);
  const definitions = request.AttributeDefinitions;
  checkKeySchema(request.KeySchema, definitions);
  const local = request.LocalSecondaryIndexes?.map(toLocalIndex);
  const global = request.GlobalSecondaryIndexes?.map(toGlobalIndex);
  checkIndexes(request.KeySchema, definitions, local, global, billingMode);
  checkAllDefinitionsUsed(definitions, [request.KeySchema, ...[...(local ?? []), ...(global ?? [])].map((index) => index.KeySchema)]);
  checkTagCount(request.Tags?.length ?? 0);
  checkTagTexts(request.Tags ?? []);
  return {
    tableName: request.TableName,
    keySchema: toKeySchema(request.KeySchema, definitions),
    attributeDefinitions: definitions,
    billingMode,
    provisionedThroughput: request.ProvisionedThroughput ?? {ReadCapacityUnits: 0, WriteCapacityUnits: 0},
    extra: toExtra(request, local, global),
  };
}

/** @throws ModelError `ValidationException` when billing mode and throughput contradict each other */
export function checkBilling(billingMode: BillingMode, throughput: Throughput | undefined): void {
  if (billingMode === 'PAY_PER_REQUEST' && throughput !== undefined) {
    throw invalidParameters(
      'Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST');
  }
  if (billingMode === 'PROVISIONED' && throughput === undefined) {
    throw invalidParameters('ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED');
  }
  checkUnits(throughput);
}

interface LocalIndexMembers {
  readonly IndexName: string;
  readonly KeySchema: readonly KeySchemaElement[];
  readonly Projection: ProjectionMembers;
}
interface GlobalIndexMembers extends LocalIndexMembers {
  readonly ProvisionedThroughput: Throughput | undefined;
  readonly OnDemandThroughput: {readonly MaxReadRequestUnits: number | undefined; readonly MaxWriteRequestUnits: number | undefined} | undefined;
  readonly WarmThroughput: {readonly ReadUnitsPerSecond: number | undefined; readonly WriteUnitsPerSecond: number | undefined} | undefined;
}
interface ProjectionMembers {
  readonly ProjectionType: 'ALL' | 'INCLUDE' | 'KEYS_ONLY' | undefined;
  readonly NonKeyAttributes: readonly string[] | undefined;
}

function toLocalIndex({IndexName, KeySchema: elements, Projection}: LocalIndexMembers): IndexDefinition {
  return {IndexName, KeySchema: elements, Projection: toProjection(Projection)};
}

/** Also for the index that UpdateTable adds. @throws ModelError `ValidationException` */
export function toGlobalIndex(index: GlobalIndexMembers): IndexDefinition {
  const {ProvisionedThroughput, OnDemandThroughput, WarmThroughput} = index;
  return present<IndexDefinition>({
    ...toLocalIndex(index), ProvisionedThroughput,
    OnDemandThroughput: OnDemandThroughput === undefined ? undefined : changeMaxima(undefined, OnDemandThroughput), WarmThroughput,
  });
}

function toProjection({ProjectionType, NonKeyAttributes}: ProjectionMembers): IndexDefinition['Projection'] {
  if (ProjectionType === undefined) throw invalidParameters('Unknown ProjectionType: null');
  if (NonKeyAttributes !== undefined && ProjectionType !== 'INCLUDE') {
    throw invalidParameters(`ProjectionType is ${ProjectionType}, but NonKeyAttributes is specified`);
  }
  if (NonKeyAttributes === undefined && ProjectionType === 'INCLUDE') {
    throw invalidParameters('ProjectionType is INCLUDE, but NonKeyAttributes is not specified');
  }
  return NonKeyAttributes === undefined ? {ProjectionType} : {ProjectionType, NonKeyAttributes};
}

/** A value without its absent members: what is stored is JSON, which has none. */
function present<Value>(value: unknown): Value {
  return JSON.parse(JSON.stringify(value)) as Value;
}

function toExtra(
  request: CreateTableMembers, local: readonly IndexDefinition[] | undefined, global: readonly IndexDefinition[] | undefined,
): TableExtra {
  return present<TableExtra>({
    localSecondaryIndexes: local,
    globalSecondaryIndexes: global,
    streamSpecification: request.StreamSpecification,
    sseSpecification: request.SSESpecification,
    onDemandThroughput: request.OnDemandThroughput === undefined ? undefined : changeMaxima(undefined, request.OnDemandThroughput),
    warmThroughput: request.WarmThroughput,
    tags: request.Tags,
    tableClass: request.TableClass,
    deletionProtectionEnabled: request.DeletionProtectionEnabled,
  });
}
