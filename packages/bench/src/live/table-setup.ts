import {BenchError} from '../errors.js';
import type {TableChange, WorkloadBilling, WorkloadSpec, WorkloadTable} from '../workloads/workload-spec.js';
import type {DynamoDbConnections} from './dynamodb-connections.js';
import {indexAttribute} from './request-body.js';

/** What to do with a table of the workload's name that is there already. */
export type ExistingTable = 'refuse' | 'replace' | 'use';

const POLL_MS = 100;

/** One call that must succeed. @throws BenchError `EndpointFailed` */
export async function call(connections: DynamoDbConnections, operation: string, body: unknown): Promise<ReadonlyMap<string, unknown>> {
  const [status, text] = await ask(connections, operation, body);
  if (status === 200) return new Map(Object.entries(JSON.parse(text) as object));
  throw new BenchError({code: 'EndpointFailed', reason: status === 0 ? `${operation}: no answer (${text}). Is the cluster running? Start one with: murmur up` : `${operation}: ${text.slice(0, 300)}`});
}
/** One call, whatever comes of it: status (0 without an answer) and text. */
export function ask(connections: DynamoDbConnections, operation: string, body: unknown): Promise<[number, string]> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return new Promise((resolve) => {
    connections.send(operation, text, (status, reply) => {
      resolve([status, reply]);
    });
  });
}

/**
 * Makes the workload's table and waits until it serves.
 * @throws BenchError `EndpointFailed` when it is there already and must not be touched, when the endpoint refuses or does not get ready
 */
export async function makeTable(connections: DynamoDbConnections, spec: WorkloadSpec, existing: ExistingTable, timeoutMs: number): Promise<void> {
  const {table} = spec;
  const untilMs = Date.now() + timeoutMs;
  if ((await tableStatus(connections, table.name)) !== undefined) {
    if (existing === 'use') return waitFor(connections, table.name, 'ACTIVE', untilMs);
    if (existing === 'refuse') {
      throw new BenchError({code: 'EndpointFailed', reason: `the table ${table.name} exists: give --replace to delete it first, --keep-table to load it as it is, or --table another name`});
    }
    await deleteTable(connections, table.name, timeoutMs);
  }
  await call(connections, 'CreateTable', createTableRequest(table));
  return waitFor(connections, table.name, 'ACTIVE', untilMs);
}
export async function deleteTable(connections: DynamoDbConnections, name: string, timeoutMs: number): Promise<void> {
  await call(connections, 'DeleteTable', {TableName: name});
  return waitFor(connections, name, undefined, Date.now() + timeoutMs);
}

async function waitFor(connections: DynamoDbConnections, name: string, wanted: string | undefined, untilMs: number): Promise<void> {
  for (;;) {
    const status = await tableStatus(connections, name);
    if (status === wanted) return;
    if (Date.now() > untilMs) throw new BenchError({code: 'EndpointFailed', reason: `the table ${name} did not become ${wanted ?? 'deleted'} in time; it is ${status ?? 'gone'}`});
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
/** @returns undefined without such a table */
async function tableStatus(connections: DynamoDbConnections, name: string): Promise<string | undefined> {
  const [status, text] = await ask(connections, 'DescribeTable', {TableName: name});
  if (status === 200) return (JSON.parse(text) as {Table?: {TableStatus?: string}}).Table?.TableStatus ?? '';
  if (text.includes('ResourceNotFoundException')) return undefined;
  throw new BenchError({code: 'EndpointFailed', reason: status === 0 ? `no answer from the endpoint (${text}). Is the cluster running? Start one with: murmur up` : `DescribeTable: ${text.slice(0, 300)}`});
}

/** CreateTable of a workload's table. Exported for tests. */
export function createTableRequest(table: WorkloadTable): unknown {
  const key = (attribute: string, sort?: string): unknown[] => [{AttributeName: attribute, KeyType: 'HASH'}, ...(sort === undefined ? [] : [{AttributeName: sort, KeyType: 'RANGE'}])];
  const attributes = ['pk', ...(table.hasSortKey ? ['sk'] : []), ...[...table.globalIndexes, ...table.localIndexes].map(({name}) => indexAttribute(name))];
  const {billing} = table;
  return {
    TableName: table.name,
    KeySchema: key('pk', table.hasSortKey ? 'sk' : undefined),
    AttributeDefinitions: attributes.map((name) => ({AttributeName: name, AttributeType: 'S'})),
    ...billingRequest(billing),
    ...(table.globalIndexes.length === 0 ? {} : {
      GlobalSecondaryIndexes: table.globalIndexes.map(({name, projection, throughput}) => ({
        IndexName: name, KeySchema: key(indexAttribute(name)), Projection: {ProjectionType: projection},
        ...(billing.mode === 'provisioned' ? {ProvisionedThroughput: throughputRequest(throughput ?? billing)} : {}),
      })),
    }),
    ...(table.localIndexes.length === 0 ? {} : {
      LocalSecondaryIndexes: table.localIndexes.map(({name, projection}) => ({IndexName: name, KeySchema: key('pk', indexAttribute(name)), Projection: {ProjectionType: projection}})),
    }),
  };
}
/** UpdateTable of a change. */
export function changeRequest(tableName: string, change: TableChange): unknown {
  switch (change.kind) {
    case 'throughput':
      return change.index === null
        ? {TableName: tableName, ProvisionedThroughput: throughputRequest(change)}
        : {TableName: tableName, GlobalSecondaryIndexUpdates: [{Update: {IndexName: change.index, ProvisionedThroughput: throughputRequest(change)}}]};
    case 'warm-throughput':
      return {TableName: tableName, WarmThroughput: {ReadUnitsPerSecond: change.readUnits, WriteUnitsPerSecond: change.writeUnits}};
    case 'billing':
      return {TableName: tableName, ...billingRequest(change.billing)};
  }
}
function billingRequest(billing: WorkloadBilling): object {
  if (billing.mode === 'provisioned') return {BillingMode: 'PROVISIONED', ProvisionedThroughput: throughputRequest(billing)};
  return {
    BillingMode: 'PAY_PER_REQUEST',
    ...(billing.maximum === undefined ? {} : {OnDemandThroughput: {MaxReadRequestUnits: billing.maximum.readUnits, MaxWriteRequestUnits: billing.maximum.writeUnits}}),
    ...(billing.warm === undefined ? {} : {WarmThroughput: {ReadUnitsPerSecond: billing.warm.readUnits, WriteUnitsPerSecond: billing.warm.writeUnits}}),
  };
}
function throughputRequest({readUnits, writeUnits}: {readonly readUnits: number; readonly writeUnits: number}): object {
  return {ReadCapacityUnits: readUnits, WriteCapacityUnits: writeUnits};
}
