// Goal: shares follow the load and never add up to more than the table's rate, whoever is silent. Method: leaders that
// exchange reports for shares in any order, some of whose answers are lost.
import {BASE_INDEX_ID, toGroupId, toIndexId, toTableId} from '@murmuration/base';
import type {GroupId} from '@murmuration/base';
import {evenShare, unitsToMilliRate} from '@murmuration/capacity';
import type {GroupReport} from '@murmuration/control-client';
import type {TableDescriptor} from '@murmuration/model';
import type {PartitionEntry} from '@murmuration/placement';
import fc from 'fast-check';
import {TableShares} from './table-shares.js';
import type {TableSource} from './table-shares.js';

const TABLE = toTableId(1);
const GROUPS = [16, 17, 18, 19].map(toGroupId);
const RATE = unitsToMilliRate(400);
const EVEN = evenShare(RATE, 0, 4);

function sourceOf(billingMode: TableDescriptor['billingMode'] = 'PROVISIONED'): TableSource {
  const table = {tableId: TABLE, billingMode, provisionedThroughput: {ReadCapacityUnits: 400, WriteCapacityUnits: 400}} as unknown as TableDescriptor;
  const entries = GROUPS.map((group) => ({group, table: TABLE, index: BASE_INDEX_ID, from: new Uint8Array([group])}) as unknown as PartitionEntry);
  return {table: () => table, partition: (group) => entries.find((entry) => entry.group === group), partitionsOfTable: () => entries};
}
function report(group: GroupId, askedUnits: number, rate: number): GroupReport {
  return {group, isLeader: true, throughput: {readAskedHalfUnits: 0, writeAskedHalfUnits: askedUnits * 2, overMs: 1_000, readRate: EVEN, writeRate: rate}} as unknown as GroupReport;
}

test('a hot partition gets what the others leave, and loses it when it is hot no more', () => {
  const shares = new TableShares();
  const held = new Map(GROUPS.map((group) => [group, EVEN]));
  const round = (asked: readonly number[], nowMs: number): void => {
    GROUPS.forEach((group, i) => {
      const [given] = shares.exchange([report(group, asked[i] ?? 0, held.get(group) ?? 0)], sourceOf(), nowMs);
      held.set(group, given?.writeRate ?? 0);
      expect([...held.values()].reduce((sum, rate) => sum + rate)).toBeLessThanOrEqual(RATE);
    });
  };
  for (let i = 0; i < 4; i += 1) round([50, 50, 50, 150], i * 500);
  expect(held.get(toGroupId(19))).toBeGreaterThanOrEqual(unitsToMilliRate(150));
  expect(held.get(toGroupId(16))).toBeGreaterThanOrEqual(unitsToMilliRate(50));
  for (let i = 4; i < 20; i += 1) round([50, 50, 50, 50], i * 500);
  expect([...held.values()]).toEqual([EVEN, EVEN, EVEN, EVEN]);
});

test('write throughput of an index goes to the partitions of the table whose writes use it, and reads of the index to its own', () => {
  const shares = new TableShares();
  const index = toIndexId(0x100);
  const table = {
    tableId: TABLE, billingMode: 'PROVISIONED', provisionedThroughput: {ReadCapacityUnits: 400, WriteCapacityUnits: 400}, globalIndexes: [{indexId: index, name: 'by-a', status: 'ACTIVE'}],
    extra: {globalSecondaryIndexes: [{IndexName: 'by-a', ProvisionedThroughput: {ReadCapacityUnits: 40, WriteCapacityUnits: 80}}]},
  } as unknown as TableDescriptor;
  const entries = [...GROUPS.map((group) => ({group, table: TABLE, index: BASE_INDEX_ID, from: new Uint8Array([group])})), ...[30, 31].map((group) => ({group: toGroupId(group), table: TABLE, index, from: new Uint8Array([group])}))] as unknown as PartitionEntry[];
  const source: TableSource = {table: () => table, partition: (group) => entries.find((entry) => entry.group === group), partitionsOfTable: () => entries.slice()};
  const writeRates = new Map(GROUPS.map((group) => [group, evenShare(unitsToMilliRate(80), 0, 4)]));
  const readRates = new Map([30, 31].map((group) => [group, evenShare(unitsToMilliRate(40), 0, 2)]));
  for (let nowMs = 0; nowMs < 4_000; nowMs += 500) {
    for (const group of GROUPS) {
      const asked = group === 16 ? 140 : 0;
      const told = {...report(group, 0, EVEN), throughput: {...report(group, 0, EVEN).throughput, indexWrites: [{indexId: index, askedHalfUnits: asked, rate: writeRates.get(group)}, {indexId: 0x101, askedHalfUnits: 5, rate: 5}]}} as unknown as GroupReport;
      const [given] = shares.exchange([told], source, nowMs);
      expect(given?.indexWrites?.map(({indexId}) => indexId)).toEqual([index]);
      writeRates.set(group, given?.indexWrites?.[0]?.rate ?? 0);
      expect([...writeRates.values()].reduce((sum, rate) => sum + rate)).toBeLessThanOrEqual(unitsToMilliRate(80));
    }
    for (const group of [30, 31]) {
      const told = {group: toGroupId(group), isLeader: true, throughput: {readAskedHalfUnits: group === 30 ? 70 : 0, writeAskedHalfUnits: 0, overMs: 1_000, readRate: readRates.get(group), writeRate: 0}} as unknown as GroupReport;
      const [given] = shares.exchange([told], source, nowMs);
      readRates.set(group, given?.readRate ?? 0);
      expect([...readRates.values()].reduce((sum, rate) => sum + rate)).toBeLessThanOrEqual(unitsToMilliRate(40));
    }
  }
  // 70 units of 80, where an even share is 20, and 35 of 40 reads.
  expect(writeRates.get(toGroupId(16))).toBeGreaterThanOrEqual(unitsToMilliRate(70));
  expect(readRates.get(30)).toBeGreaterThanOrEqual(unitsToMilliRate(35));
});

test('a partition whose leader was not heard keeps its even share', () => {
  const shares = new TableShares();
  for (let i = 0; i < 5; i += 1) {
    const [given] = shares.exchange([report(toGroupId(16), 400, EVEN)], sourceOf(), i * 500);
    expect(given?.writeRate).toBeLessThanOrEqual(EVEN);
  }
});

test('tables on demand are not shared out', () => {
  expect(new TableShares().exchange([report(toGroupId(16), 400, EVEN)], sourceOf('PAY_PER_REQUEST'), 0)).toEqual([]);
});

test('what leaders have never exceeds the rate, though answers are lost and silent leaders fall back', () => {
  const step = fc.record({group: fc.constantFrom(...GROUPS), asked: fc.integer({min: 0, max: 900}), isLost: fc.boolean(), afterMs: fc.integer({min: 0, max: 900})});
  fc.assert(fc.property(fc.array(step, {maxLength: 120}), (steps) => {
    const shares = new TableShares();
    const leaders = new Map(GROUPS.map((group) => [group, {rate: EVEN, untilMs: Number.POSITIVE_INFINITY}]));
    let nowMs = 0;
    for (const {group, asked, isLost, afterMs} of steps) {
      nowMs += afterMs;
      // Everybody else is heard in time; silence is tested for one at a time.
      for (const each of GROUPS) {
        const leader = leaders.get(each) as {rate: number};
        const [given] = shares.exchange([report(each, each === group ? asked : 10, leader.rate)], sourceOf(), nowMs);
        if (!(isLost && each === group) && given !== undefined) leader.rate = given.writeRate;
        expect([...leaders.values()].reduce((sum, {rate}) => sum + rate, 0)).toBeLessThanOrEqual(RATE);
      }
    }
  }));
});
