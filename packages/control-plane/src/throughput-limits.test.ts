import {toTableId} from '@murmuration/base';
import {describeTable} from '@murmuration/model';
import type {TableDescriptor} from '@murmuration/model';
import {canonicalJson} from './canonical-json.js';
import {forgetIndexThroughput, limitThroughputChange, longTimeText} from './throughput-limits.js';

/** How often throughput may be lowered and the billing mode changed. Plain descriptors at given moments of one day. */
const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
/** Saturday, 11 August 2018, midnight UTC. */
const DAY_START_MS = 17_754 * DAY_MS;
const units = (read: number, write = read) => ({ReadCapacityUnits: read, WriteCapacityUnits: write});
const TABLE: TableDescriptor = {
  tableId: toTableId(1), name: 'Music', tableUuid: 'u', status: 'ACTIVE', keySchema: {hash: {name: 'pk', type: 'S'}, range: undefined}, attributeDefinitions: [],
  billingMode: 'PROVISIONED', provisionedThroughput: units(100), createdAtMs: 1000, extra: {},
};
const index = (IndexName: string, read: number) => ({IndexName, KeySchema: [], Projection: {ProjectionType: 'ALL' as const}, ProvisionedThroughput: units(read)});
function change(table: TableDescriptor, part: Partial<TableDescriptor>, nowMs: number): TableDescriptor {
  const limited = limitThroughputChange(table, {...table, ...part}, nowMs);
  if ('failure' in limited) throw new Error(limited.failure.code === 'LimitExceeded' ? limited.failure.message : limited.failure.code);
  // As it comes back from the store.
  return JSON.parse(canonicalJson(limited.table)) as TableDescriptor;
}
function lowered(table: TableDescriptor, times: number, fromMs: number): TableDescriptor {
  let now = table;
  for (let i = 0; i < times; i += 1) now = change(now, {provisionedThroughput: units(now.provisionedThroughput.ReadCapacityUnits - 1, 100)}, fromMs + i * MINUTE_MS);
  return now;
}
const throughputOf = (table: TableDescriptor, wallMs: number) => describeTable(table, {itemCount: 0, sizeBytes: 0, wallMs})['ProvisionedThroughput'];

test('a fifth decrease within the hour is refused with the time of the next one, an hour later it is taken', () => {
  const fromMs = DAY_START_MS + 11 * 60 * MINUTE_MS;
  const table = lowered(TABLE, 4, fromMs);
  expect(throughputOf(table, fromMs + 5 * MINUTE_MS)).toEqual({...units(96, 100), NumberOfDecreasesToday: 4, LastDecreaseDateTime: (fromMs + 3 * MINUTE_MS) / 1000});
  expect(() => lowered(table, 1, fromMs + 4 * MINUTE_MS)).toThrow(
    'Subscriber limit exceeded: Provisioned throughput decreases are limited within a given UTC day. After the first 4 decreases, each subsequent decrease in the same UTC day can be performed at most once every 3600 seconds. '
    + 'Number of decreases today: 4. Last decrease at Saturday, August 11, 2018 11:03:00 AM UTC. Next decrease can be made at Saturday, August 11, 2018 12:03:00 PM UTC');
  expect(throughputOf(lowered(table, 1, fromMs + 63 * MINUTE_MS), fromMs + 64 * MINUTE_MS)).toMatchObject({NumberOfDecreasesToday: 5});
});

test('the next day begins without decreases, and what was the last one is still told', () => {
  const table = lowered(TABLE, 4, DAY_START_MS);
  expect(throughputOf(table, DAY_START_MS + DAY_MS)).toEqual({...units(96, 100), NumberOfDecreasesToday: 0, LastDecreaseDateTime: (DAY_START_MS + 3 * MINUTE_MS) / 1000});
  expect(throughputOf(lowered(table, 1, DAY_START_MS + DAY_MS), DAY_START_MS + DAY_MS)).toMatchObject({NumberOfDecreasesToday: 1});
});

test('increases have no bound and are told', () => {
  const table = change(lowered(TABLE, 4, DAY_START_MS), {provisionedThroughput: units(500)}, DAY_START_MS + 5 * MINUTE_MS);
  expect(throughputOf(table, DAY_START_MS + 6 * MINUTE_MS)).toMatchObject({...units(500), NumberOfDecreasesToday: 4, LastIncreaseDateTime: (DAY_START_MS + 5 * MINUTE_MS) / 1000});
});

test('one rate up and the other down is both', () => {
  const table = change(TABLE, {provisionedThroughput: units(200, 1)}, DAY_START_MS);
  expect(throughputOf(table, DAY_START_MS)).toEqual({...units(200, 1), NumberOfDecreasesToday: 1, LastIncreaseDateTime: DAY_START_MS / 1000, LastDecreaseDateTime: DAY_START_MS / 1000});
});

test('a table and its indexes are counted apart, and one request is taken whole or not at all', () => {
  const used = lowered({...TABLE, extra: {globalSecondaryIndexes: [index('one', 9), index('two', 9)]}}, 4, DAY_START_MS);
  const alone = change(used, {extra: {globalSecondaryIndexes: [index('one', 8), index('two', 9)]}}, DAY_START_MS + 5 * MINUTE_MS);
  const described = describeTable(alone, {itemCount: 0, sizeBytes: 0, wallMs: DAY_START_MS + 6 * MINUTE_MS})['GlobalSecondaryIndexes'] as readonly Record<string, unknown>[];
  expect(described.map((each) => (each['ProvisionedThroughput'] as {readonly NumberOfDecreasesToday: number}).NumberOfDecreasesToday)).toEqual([1, 0]);
  expect(() => change(used, {provisionedThroughput: units(1), extra: {globalSecondaryIndexes: [index('one', 8), index('two', 9)]}}, DAY_START_MS + 5 * MINUTE_MS)).toThrow('Number of decreases today: 4.');
  expect(forgetIndexThroughput(alone, 'one').throughputHistory?.indexes).toBeUndefined();
  expect(forgetIndexThroughput(alone, 'two')).toBe(alone);
});

test('an index may be called as it likes', () => {
  let table: TableDescriptor = {...TABLE, extra: {globalSecondaryIndexes: [index('__proto__', 9), index('constructor', 9)]}};
  for (const read of [8, 7, 6, 5]) table = change(table, {extra: {globalSecondaryIndexes: [index('__proto__', read), index('constructor', 9)]}}, DAY_START_MS);
  expect(() => change(table, {extra: {globalSecondaryIndexes: [index('__proto__', 4), index('constructor', 9)]}}, DAY_START_MS)).toThrow('Number of decreases today: 4.');
  expect(() => change(table, {extra: {globalSecondaryIndexes: [index('__proto__', 5), index('constructor', 8)]}}, DAY_START_MS)).not.toThrow();
});

test('a new index is no change of throughput', () => {
  expect(change(TABLE, {extra: {globalSecondaryIndexes: [index('one', 5)]}}, DAY_START_MS).throughputHistory).toBeUndefined();
});

test('a table is switched to on-demand four times in a day, and switching is no decrease', () => {
  let table = TABLE;
  for (let i = 0; i < 4; i += 1) {
    table = change(table, {billingMode: 'PAY_PER_REQUEST', provisionedThroughput: units(0)}, DAY_START_MS + i * MINUTE_MS);
    table = change(table, {billingMode: 'PROVISIONED', provisionedThroughput: units(100)}, DAY_START_MS + i * MINUTE_MS + 1);
  }
  expect(() => change(table, {billingMode: 'PAY_PER_REQUEST'}, DAY_START_MS + 5 * MINUTE_MS)).toThrow(
    'Subscriber limit exceeded: Update to PayPerRequest mode are limited to 4 times in 1 day(s). Last update at Saturday, August 11, 2018 12:03:00 AM UTC. Next update can be made at Sunday, August 12, 2018 12:00:00 AM UTC');
  expect(throughputOf(table, DAY_START_MS + 5 * MINUTE_MS)).toEqual({...units(100), NumberOfDecreasesToday: 0});
  expect(describeTable(table, {itemCount: 0, sizeBytes: 0})['BillingModeSummary']).toEqual({BillingMode: 'PROVISIONED', LastUpdateToPayPerRequestDateTime: (DAY_START_MS + 3 * MINUTE_MS) / 1000});
  expect(change(table, {billingMode: 'PAY_PER_REQUEST'}, DAY_START_MS + DAY_MS).throughputHistory?.switchesAtMs).toHaveLength(4);
});

test('a table made on-demand says so after it was switched, and one made provisioned has no summary', () => {
  const made: TableDescriptor = {...TABLE, billingMode: 'PAY_PER_REQUEST', provisionedThroughput: units(0)};
  const summary = (table: TableDescriptor) => describeTable(table, {itemCount: 0, sizeBytes: 0})['BillingModeSummary'];
  expect(summary(made)).toEqual({BillingMode: 'PAY_PER_REQUEST', LastUpdateToPayPerRequestDateTime: 1});
  expect(summary(change(made, {billingMode: 'PROVISIONED', provisionedThroughput: units(5)}, DAY_START_MS))).toEqual({BillingMode: 'PROVISIONED', LastUpdateToPayPerRequestDateTime: 1});
  expect(summary(TABLE)).toBeUndefined();
});

test('moments are written as the service writes them', () => {
  expect(longTimeText(0)).toBe('Thursday, January 1, 1970 12:00:00 AM UTC');
  expect(longTimeText(DAY_START_MS + 11 * 3_600_000 + 35 * MINUTE_MS + 42_999)).toBe('Saturday, August 11, 2018 11:35:42 AM UTC');
  expect(longTimeText(DAY_START_MS + 23 * 3_600_000)).toBe('Saturday, August 11, 2018 11:00:00 PM UTC');
});
