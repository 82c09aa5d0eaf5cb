// Goal: what may be provisioned by one table, one index and the account together, in the words of the service. Method: tables as
// they are and as somebody wants them, held against quotas that were set.
import {NO_CAPACITY_OVERRIDES} from '@murmuration/model';
import type {CapacityOverrides, TableDescriptor} from '@murmuration/model';
import {accountThroughput, quotaExcess} from './capacity-quotas.js';
import type {QuotaSubject} from './capacity-quotas.js';

const ADVICE = 'Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits.';

function provisioned(read: number, write: number, indexUnits?: number): QuotaSubject {
  const globalSecondaryIndexes = indexUnits === undefined ? [] : [{IndexName: 'by-a', KeySchema: [], Projection: {ProjectionType: 'ALL' as const}, ProvisionedThroughput: {ReadCapacityUnits: indexUnits, WriteCapacityUnits: indexUnits}}];
  return {billingMode: 'PROVISIONED', provisionedThroughput: {ReadCapacityUnits: read, WriteCapacityUnits: write}, extra: {globalSecondaryIndexes} as unknown as TableDescriptor['extra']};
}
function onDemand(extra: object): QuotaSubject {
  return {billingMode: 'PAY_PER_REQUEST', provisionedThroughput: {ReadCapacityUnits: 0, WriteCapacityUnits: 0}, extra: extra as TableDescriptor['extra']};
}
function messageOf(before: QuotaSubject | undefined, after: QuotaSubject, others: readonly QuotaSubject[] = [], cluster: CapacityOverrides = {}): string | undefined {
  const tables = [...others, ...(before === undefined ? [] : [before])] as unknown as readonly TableDescriptor[];
  const excess = quotaExcess(before, after, before === undefined ? undefined : 1, {settings: {...NO_CAPACITY_OVERRIDES, cluster}, tables: () => tables}, 'eu-test-1');
  return excess?.code === 'LimitExceeded' ? excess.message : undefined;
}

test('a table may have its quota and not one unit more', () => {
  expect(messageOf(undefined, provisioned(40_000, 40_000))).toBeUndefined();
  expect(messageOf(undefined, provisioned(40_001, 5))).toBe(`The requested ReadCapacityUnits, 40001, is above the per table maximum for the account in eu-test-1. Per table maximum: 40000. ${ADVICE}`);
  expect(messageOf(undefined, provisioned(5, 50_000), [], {tableWriteUnitsMax: 50_000})).toBeUndefined();
});

test('so may each of its indexes', () => {
  expect(messageOf(undefined, provisioned(5, 5, 70_000))).toBe(`The requested ReadCapacityUnits for index by-a, 70000, is above the per index maximum for the account in eu-test-1. Per index maximum: 40000. ${ADVICE}`);
});

test('all tables and indexes together keep to the quota of the account', () => {
  const others = [provisioned(30_000, 100, 5_000), onDemand({})];
  expect(messageOf(undefined, provisioned(40_000, 1), others)).toBeUndefined();
  expect(messageOf(undefined, provisioned(40_000, 1, 5_001), others)).toBe(
    `This request would have caused the ReadCapacityUnits limit to be exceeded for the account in eu-test-1. Current ReadCapacityUnits reserved by the account: 35000. Limit: 80000. Requested: 45001. ${ADVICE}`);
  expect(accountThroughput(others as unknown as readonly TableDescriptor[])).toEqual({ReadCapacityUnits: 35_000, WriteCapacityUnits: 5_100});
});

test('a change is refused for what it adds, and never for what is there already', () => {
  const before = provisioned(100, 100);
  expect(messageOf(before, provisioned(200, 50), [], {accountReadUnitsMax: 150})).toContain('Current ReadCapacityUnits reserved by the account: 100. Limit: 150. Requested: 100.');
  expect(messageOf(before, provisioned(100, 120), [], {accountReadUnitsMax: 50, tableReadUnitsMax: 50})).toBeUndefined();
  expect(messageOf(before, provisioned(90, 100), [], {accountReadUnitsMax: 50, tableReadUnitsMax: 50})).toBeUndefined();
});

test('maxima and warm throughput on demand are bounded by the quota of the table', () => {
  expect(messageOf(undefined, onDemand({onDemandThroughput: {MaxReadRequestUnits: -1, MaxWriteRequestUnits: 40_000}}))).toBeUndefined();
  expect(messageOf(undefined, onDemand({onDemandThroughput: {MaxReadRequestUnits: 40_001}})))
    .toBe('Subscriber limit exceeded: Requested MaxReadRequestUnits for OnDemandThroughput for table exceeds TableMaxReadCapacityUnits of the account in region eu-test-1');
  expect(messageOf(undefined, onDemand({globalSecondaryIndexes: [{IndexName: 'by-a', WarmThroughput: {WriteUnitsPerSecond: 50_000}}]})))
    .toBe('Subscriber limit exceeded: Requested WriteUnitsPerSecond for WarmThroughput for index : by-a exceeds TableMaxWriteCapacityUnits of the account in region eu-test-1');
});
