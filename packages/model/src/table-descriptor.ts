import {assert} from '@murmuration/base';
import type {TableId} from '@murmuration/base';
import type {KeyType} from './attribute-value.js';
import type {Derivation} from './derivation.js';
import {globalIndexLife} from './global-index.js';
import type {GlobalIndexLife} from './global-index.js';
import type {KeySchema} from './key-schema.js';
import {latestStreamOf} from './streams/past-streams.js';
import type {PastStream} from './streams/past-streams.js';
import {streamArn} from './streams/stream-arn.js';
import {describeThroughputPast, throughputPastOf} from './throughput-history.js';
import type {ThroughputHistory} from './throughput-history.js';

export type TableStatus = 'CREATING' | 'ACTIVE' | 'UPDATING' | 'DELETING';
export type BillingMode = 'PROVISIONED' | 'PAY_PER_REQUEST';

/** Member names inside these records are the wire's own, so that they are stored and described as given. */
export interface AttributeDefinition {
  readonly AttributeName: string;
  readonly AttributeType: KeyType;
}
export interface KeySchemaElement {
  readonly AttributeName: string;
  readonly KeyType: 'HASH' | 'RANGE';
}
export interface Projection {
  readonly ProjectionType: 'ALL' | 'INCLUDE' | 'KEYS_ONLY';
  readonly NonKeyAttributes?: readonly string[];
}
export interface Throughput {
  readonly ReadCapacityUnits: number;
  readonly WriteCapacityUnits: number;
}
export interface OnDemandThroughput {
  readonly MaxReadRequestUnits?: number;
  readonly MaxWriteRequestUnits?: number;
}
export interface WarmThroughput {
  readonly ReadUnitsPerSecond?: number;
  readonly WriteUnitsPerSecond?: number;
}
export interface IndexDefinition {
  readonly IndexName: string;
  readonly KeySchema: readonly KeySchemaElement[];
  readonly Projection: Projection;
  /** Global indexes of provisioned tables only. */
  readonly ProvisionedThroughput?: Throughput;
  readonly OnDemandThroughput?: OnDemandThroughput;
  readonly WarmThroughput?: WarmThroughput;
}
export interface Tag {
  readonly Key: string;
  readonly Value: string;
}

/** When and by what items of a table expire; kept from the first enabling on. */
export interface TimeToLive {
  readonly attributeName: string;
  readonly isEnabled: boolean;
  /** Wall time of the newest change. */
  readonly changedAtMs: number;
}

/** Whose keys are watched; kept from the first enabling on. */
export interface ContributorInsights {
  /** Absent for the table itself. */
  readonly indexName?: string;
  readonly isEnabled: boolean;
  readonly mode: 'ACCESSED_AND_THROTTLED_KEYS' | 'THROTTLED_KEYS';
  readonly changedAtMs: number;
}

/** Parameters that are kept and described; each is absent unless it was given. */
export interface TableExtra {
  readonly localSecondaryIndexes?: readonly IndexDefinition[];
  readonly globalSecondaryIndexes?: readonly IndexDefinition[];
  readonly streamSpecification?: {readonly StreamEnabled: boolean; readonly StreamViewType?: string};
  readonly sseSpecification?: {readonly Enabled?: boolean; readonly SSEType?: string; readonly KMSMasterKeyId?: string};
  readonly onDemandThroughput?: OnDemandThroughput;
  readonly warmThroughput?: WarmThroughput;
  readonly tags?: readonly Tag[];
  readonly tableClass?: 'STANDARD' | 'STANDARD_INFREQUENT_ACCESS';
  readonly deletionProtectionEnabled?: boolean;
  readonly timeToLive?: TimeToLive;
  readonly contributorInsights?: readonly ContributorInsights[];
}

/** All the catalog keeps about one table. JSON-serialisable. */
export interface TableDescriptor {
  /** 1..2^32-1, never reused; the second part of every stored key. */
  readonly tableId: TableId;
  readonly name: string;
  readonly tableUuid: string;
  readonly status: TableStatus;
  readonly keySchema: KeySchema;
  readonly attributeDefinitions: readonly AttributeDefinition[];
  readonly billingMode: BillingMode;
  /** Zeros when billed by request. */
  readonly provisionedThroughput: Throughput;
  /** Milliseconds since 1970 UTC. */
  readonly createdAtMs: number;
  readonly extra: TableExtra;
  /** What its partitions derive from its writes; absent until there is something. */
  readonly derivation?: Derivation;
  /** Its global indexes, in the order they were made; absent until there is one. */
  readonly globalIndexes?: readonly GlobalIndexLife[];
  /** Ids of global indexes begin stored keys, and none is used twice. */
  readonly nextGlobalIndexId?: number;
  /** Streams that were switched off, oldest first; see streams/past-streams.ts. */
  readonly pastStreams?: readonly PastStream[];
  /** Absent until throughput or billing mode changed. */
  readonly throughputHistory?: ThroughputHistory;
}

/** What the catalog does not know of itself. May be some hours old. */
export interface TableLiveFacts {
  readonly itemCount: number;
  readonly sizeBytes: number;
  /** Now, to tell what was done today; 0 tells of nothing. */
  readonly wallMs?: number;
}

const ARN_PREFIX_DEFAULT = 'arn:aws:dynamodb:us-east-1:000000000000';

/** @param arnPrefix everything before `:table/` */
export function tableArn(tableName: string, arnPrefix = ARN_PREFIX_DEFAULT): string {
  return `${arnPrefix}:table/${tableName}`;
}

/**
 * The `TableDescription` of the wire. Members that do not apply are absent.
 * @returns a JSON-serialisable object
 */
export function describeTable(
  descriptor: TableDescriptor, live: TableLiveFacts, arnPrefix = ARN_PREFIX_DEFAULT,
): Record<string, unknown> {
  const {extra} = descriptor;
  const arn = tableArn(descriptor.name, arnPrefix);
  return {
    AttributeDefinitions: descriptor.attributeDefinitions,
    KeySchema: describeKeySchema(descriptor.keySchema),
    ...describeSummary(descriptor, live, arnPrefix),
    CreationDateTime: descriptor.createdAtMs / 1000,
    ...(extra.localSecondaryIndexes === undefined ? {} : {
      LocalSecondaryIndexes: extra.localSecondaryIndexes.map((index) => describeLocalIndex(index, arn)),
    }),
    ...(extra.globalSecondaryIndexes === undefined ? {} : {
      GlobalSecondaryIndexes: extra.globalSecondaryIndexes.map((index) => describeGlobalIndex(index, arn, descriptor, live.wallMs ?? 0)),
    }),
    ...describeExtra(extra),
    ...describeLatestStream(descriptor, arn),
  };
}

/** The shorter description that DeleteTable answers: no keys, attribute definitions or indexes. */
export function describeDeletedTable(
  descriptor: TableDescriptor, live: TableLiveFacts, arnPrefix = ARN_PREFIX_DEFAULT,
): Record<string, unknown> {
  return describeSummary({...descriptor, status: 'DELETING'}, live, arnPrefix);
}

function describeSummary(descriptor: TableDescriptor, live: TableLiveFacts, arnPrefix: string): Record<string, unknown> {
  return {
    TableName: descriptor.name,
    TableStatus: descriptor.status,
    ProvisionedThroughput: {...describeThroughputPast(descriptor.throughputHistory?.table, live.wallMs ?? 0), ...descriptor.provisionedThroughput},
    TableSizeBytes: live.sizeBytes,
    ItemCount: live.itemCount,
    TableArn: tableArn(descriptor.name, arnPrefix),
    TableId: descriptor.tableUuid,
    ...describeBillingMode(descriptor),
    DeletionProtectionEnabled: descriptor.extra.deletionProtectionEnabled ?? false,
  };
}

/** A table that was never on-demand has no summary. */
function describeBillingMode({billingMode, createdAtMs, throughputHistory}: TableDescriptor): Record<string, unknown> {
  const sinceMs = throughputHistory?.onDemandSinceMs ?? (billingMode === 'PAY_PER_REQUEST' ? createdAtMs : undefined);
  return sinceMs === undefined ? {} : {BillingModeSummary: {BillingMode: billingMode, LastUpdateToPayPerRequestDateTime: sinceMs / 1000}};
}

/** Named also after it was switched off. */
function describeLatestStream(descriptor: TableDescriptor, arn: string): Record<string, unknown> {
  const latest = latestStreamOf(descriptor);
  return latest === undefined ? {} : {LatestStreamLabel: latest.label, LatestStreamArn: streamArn(arn, latest.label)};
}

function describeLocalIndex(index: IndexDefinition, arn: string): Record<string, unknown> {
  return {
    IndexName: index.IndexName, KeySchema: index.KeySchema, Projection: index.Projection,
    IndexSizeBytes: 0, ItemCount: 0, IndexArn: `${arn}/index/${index.IndexName}`,
  };
}

function describeGlobalIndex(index: IndexDefinition, arn: string, table: TableDescriptor, wallMs: number): Record<string, unknown> {
  return {
    ...describeLocalIndex(index, arn),
    ...describeIndexLife(table, index.IndexName),
    ProvisionedThroughput: {
      ...describeThroughputPast(throughputPastOf(table.throughputHistory, index.IndexName), wallMs), ...(index.ProvisionedThroughput ?? {ReadCapacityUnits: 0, WriteCapacityUnits: 0}),
    },
    ...describeIndexThroughput(index),
  };
}

/** An index made with its table becomes active with it; one made later is filled first, which is told apart. */
function describeIndexLife(table: TableDescriptor, name: string): Record<string, unknown> {
  const life = globalIndexLife(table, name);
  if (table.status === 'CREATING' || life === undefined) return {IndexStatus: table.status === 'CREATING' ? 'CREATING' : 'ACTIVE'};
  if (life.status !== 'CREATING' || !life.isOnline) return {IndexStatus: life.status};
  return {IndexStatus: 'CREATING', Backfilling: table.status === 'ACTIVE'};
}

function describeIndexThroughput({OnDemandThroughput, WarmThroughput}: IndexDefinition): Record<string, unknown> {
  return {
    ...(OnDemandThroughput === undefined ? {} : {OnDemandThroughput}),
    ...(WarmThroughput === undefined ? {} : {WarmThroughput: {...WarmThroughput, Status: 'ACTIVE'}}),
  };
}

function describeExtra(extra: TableExtra): Record<string, unknown> {
  return {
    ...(extra.streamSpecification?.StreamEnabled !== true ? {} : {StreamSpecification: extra.streamSpecification}),
    ...(extra.onDemandThroughput === undefined ? {} : {OnDemandThroughput: extra.onDemandThroughput}),
    ...(extra.warmThroughput === undefined ? {} : {WarmThroughput: {...extra.warmThroughput, Status: 'ACTIVE'}}),
    ...(extra.sseSpecification?.Enabled === true
      ? {SSEDescription: {Status: 'ENABLED', SSEType: extra.sseSpecification.SSEType ?? 'KMS'}} : {}),
    ...(extra.tableClass === undefined ? {} : {TableClassSummary: {TableClass: extra.tableClass}}),
  };
}

export function describeKeySchema(schema: KeySchema): readonly KeySchemaElement[] {
  const hash: KeySchemaElement = {AttributeName: schema.hash.name, KeyType: 'HASH'};
  return schema.range === undefined ? [hash] : [hash, {AttributeName: schema.range.name, KeyType: 'RANGE'}];
}

/** Joins the two lists of the wire into one schema. Both must have passed the request checks. */
export function toKeySchema(elements: readonly KeySchemaElement[], definitions: readonly AttributeDefinition[]): KeySchema {
  const attribute = (element: KeySchemaElement): KeySchema['hash'] => {
    const definition = definitions.find(({AttributeName}) => AttributeName === element.AttributeName);
    assert(definition !== undefined, 'key attribute without a definition', {name: element.AttributeName});
    return {name: element.AttributeName, type: definition.AttributeType};
  };
  const [hash, range] = elements;
  assert(hash !== undefined, 'key schema without a hash key');
  return {hash: attribute(hash), range: range === undefined ? undefined : attribute(range)};
}
