// Goal: a virtual run is the same for the same seed, its settings are checked, and its borders are in order. Method: small workloads, byte for byte.
import {compareBytes} from '@murmuration/base';
import {BenchError} from '../errors.js';
import {runRecordJson} from '../run-record.js';
import type {RunRecord} from '../run-record.js';
import type {WorkloadSpec} from '../workloads/workload-spec.js';
import {EventQueue} from './event-queue.js';
import {IndexOutbox} from './index-outbox.js';
import {FIRST_BORDER, LAST_BORDER, borderBytes, borderOf, isBelow, keyBytes, keyInPartition, placementSalt, tokenOfKey} from './key-space.js';
import {runVirtual} from './run-virtual.js';
import {VIRTUAL_DEFAULTS, withSettings} from './virtual-settings.js';
import type {VirtualSettings} from './virtual-settings.js';

const SPEC: WorkloadSpec = {
  format: 1, name: 'mixed', title: 'Mixed', seed: 5, warmUpSeconds: 2, changes: [{kind: 'throughput', atSecond: 20, index: 'byGroup', readUnits: 10, writeUnits: 200}],
  table: {
    name: 'T', hasSortKey: true, localIndexes: [{name: 'byOther', projection: 'KEYS_ONLY'}], globalIndexes: [{name: 'byGroup', projection: 'ALL', throughput: {readUnits: 10, writeUnits: 20}}],
    partitionCount: 2, billing: {mode: 'provisioned', readUnits: 300, writeUnits: 200},
  },
  streams: [{
    name: 'all', startSecond: 0, phases: [{seconds: 40, fromRequestsPerSecond: 20, toRequestsPerSecond: 200}], spacing: 'poisson', keys: {kind: 'zipf', keyCount: 1000, theta: 0.99, firstKey: 0},
    operations: [
      {kind: 'put', weight: 4}, {kind: 'get', consistency: 'strong', weight: 4}, {kind: 'get', consistency: 'eventual', weight: 2}, {kind: 'query', consistency: 'eventual', limit: 20, weight: 1},
      {kind: 'scan', consistency: 'eventual', segmentCount: 4, limit: 10, weight: 1}, {kind: 'transact-write', itemCount: 3, weight: 1}, {kind: 'transact-get', itemCount: 2, weight: 1},
      {kind: 'update-counter', weight: 1}, {kind: 'delete', weight: 1},
    ],
    itemSize: {kind: 'log-normal', medianBytes: 700, sigma: 1, maxBytes: 9_000},
  }],
};
const HOT: VirtualSettings = {
  ...VIRTUAL_DEFAULTS, ceilingScale: 0.05, splitSustainSeconds: 5, splitCoolDownSeconds: 3, outboxRowsMax: 50,
  faults: [{kind: 'az-loss', atSeconds: 10, az: 2}, {kind: 'az-return', atSeconds: 20, az: 2}, {kind: 'node-slow', atSeconds: 25, node: 0, factor: 5}],
};

describe('a run in virtual time', () => {
  test.each(['static', 'adaptive', 'global'])('with %s sharing gives the same bytes for the same seed, and others for another', (sharing) => {
    const run = (seed: number): RunRecord => runVirtual(SPEC, {settings: withSettings(HOT, [`sharing=${sharing}`]), seed});
    expect(runRecordJson(run(5))).toBe(runRecordJson(run(5)));
    expect(run(6).summary).not.toEqual(run(5).summary);
  });
  test('with throttling off refuses nothing', () => {
    expect(runVirtual(SPEC, {settings: {...VIRTUAL_DEFAULTS, throttling: false, outboxRowsMax: 100_000}}).summary.throttledTotal).toBe(0);
  });
  test('a loss of two AZs leaves nothing but eventual reads, until one is back', () => {
    const record = runVirtual(SPEC, {settings: {
      ...VIRTUAL_DEFAULTS, faults: [{kind: 'az-loss', atSeconds: 5, az: 0}, {kind: 'az-loss', atSeconds: 5, az: 1}, {kind: 'az-return', atSeconds: 20, az: 1}],
    }});
    const between = record.seconds.slice(7, 20);
    expect(between.reduce((sum, {writeUnits}) => sum + writeUnits, 0)).toBe(0);
    expect(between.reduce((sum, {accepted}) => sum + accepted, 0)).toBeGreaterThan(0);
    const after = record.seconds.slice(25);
    expect(after.every(({writeUnits, errors}) => writeUnits > 0 && errors === 0)).toBe(true);
  });
  test('auto scaling follows the load with its delay', () => {
    const spec: WorkloadSpec = {
      ...SPEC, changes: [], table: {
        ...SPEC.table, localIndexes: [], globalIndexes: [],
        billing: {mode: 'provisioned', readUnits: 5, writeUnits: 10, autoScaling: {targetPercent: 70, minimum: {readUnits: 5, writeUnits: 5}, maximum: {readUnits: 100, writeUnits: 1_000}}},
      },
      streams: [{
        name: 'writes', startSecond: 0, phases: [{seconds: 600, fromRequestsPerSecond: 70, toRequestsPerSecond: 70}], spacing: 'even', keys: {kind: 'uniform', keyCount: 100, firstKey: 0},
        operations: [{kind: 'put', weight: 1}], itemSize: {kind: 'constant', sizeBytes: 1_000},
      }],
    };
    const record = runVirtual(spec);
    expect(record.events.some(({kind, cause}) => kind === 'throughput' && cause === 'auto scaling')).toBe(true);
    expect(record.seconds[599]?.accepted).toBeGreaterThan(record.seconds[100]?.accepted ?? Infinity);
  });
});

describe('settings of a run', () => {
  test('go by their names', () => {
    expect(withSettings(VIRTUAL_DEFAULTS, ['burst=off', 'sharing=static', 'splitForHeat=off', 'partitionWriteUnitsMax=500'])).toMatchObject({burstSeconds: 0, sharing: 'static', splitForHeat: false, partitionWriteUnitsMax: 500});
  });
  test.each(['burst', 'burst=maybe', 'sharing=fair', 'colour=red', 'burstSeconds=301', 'ceilingScale=0', 'splitLoadRatio=2', 'nodesPerAz=0', 'splitForHeat=1', 'partitionReadUnitsMax=0'])('%s is refused', (pair) => {
    expect(() => withSettings(VIRTUAL_DEFAULTS, [pair])).toThrow(BenchError);
  });
});

describe('places of keys', () => {
  test('borders and bytes have the same order, and a border comes back from its bytes', () => {
    const borders = [FIRST_BORDER, {token: 7, key: -1, sort: -1}, {token: 7, key: 3, sort: -1}, {token: 7, key: 3, sort: 2 ** 40}, {token: 7, key: 3, sort: 2 ** 40 + 0.5}, {token: 8, key: -1, sort: -1}];
    for (let i = 1; i < borders.length; i += 1) expect(compareBytes(borderBytes(borders[i - 1]!), borderBytes(borders[i]!))).toBeLessThan(0);
    for (const border of borders) expect(borderOf(borderBytes(border))).toEqual(border);
    expect(isBelow(7, 3, 2 ** 40, {token: 7, key: 3, sort: 2 ** 40 + 0.5})).toBe(true);
    expect(isBelow(7, 3, 2 ** 40, {token: 7, key: 3, sort: 2 ** 40})).toBe(false);
    expect(compareBytes(keyBytes(0xffff_ffff, 1, 1), borderBytes(LAST_BORDER))).toBeLessThan(0);
  });
  test('a key for a partition lies in it', () => {
    for (const partition of [0, 1, 2]) expect(Math.floor((tokenOfKey(keyInPartition(9, partition, 3), placementSalt(9)) / 2 ** 32) * 3)).toBe(partition);
  });
});

describe('what happens between requests', () => {
  test('runs by time, and in order of arrival where times are equal', () => {
    const queue = new EventQueue();
    const seen: string[] = [];
    for (const [atMs, name] of [[5, 'c'], [1, 'a'], [5, 'd'], [3, 'b'], [9, 'e']] as const) queue.at(atMs, () => seen.push(name));
    queue.every(4, 4, (atMs) => seen.push(String(atMs)));
    queue.runUntil(8);
    expect(seen).toEqual(['a', 'b', '4', 'c', 'd', '8']);
    expect(queue.nextMs).toBe(9);
  });
  test('an outbox keeps order, goes round, and stops at what is not taken', () => {
    const outbox = new IndexOutbox(3);
    const taken: number[] = [];
    for (let i = 0; i < 10; i += 1) {
      outbox.push(i, 0, 2, i);
      if (i % 2 === 1) outbox.drain((number) => taken.push(number) > 0 && true);
    }
    outbox.push(10, 0, 2, 100);
    outbox.drain(() => false);
    expect([taken, outbox.count, outbox.lagMs(150), outbox.isFull]).toEqual([[0, 1, 2, 3, 4, 5, 6, 7, 8, 9], 1, 50, false]);
  });
});
