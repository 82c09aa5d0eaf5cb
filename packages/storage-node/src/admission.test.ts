// Goal: leaders let exactly the throughput of their partition through, whoever leads and whatever was asked.
// Method: three nodes in one process and a clock moved by hand; requests are sent in one moment and counted.
import {BASE_INDEX_ID, NO_REPLICA, toGroupId, toIndexId, toReplicaId} from '@murmuration/base';
import {ManualTime, RecordingEvents} from '@murmuration/base/testing';
import {CAPACITY_SETTING_DEFAULTS} from '@murmuration/model';
import type {CapacityOverrides, StoredKeyRange, TableDescriptor} from '@murmuration/model';
import {PartitionMachine} from '@murmuration/partition';
import type {PartitionRequest, PartitionResponse} from '@murmuration/partition';
import {ClusterMap, initialRanges} from '@murmuration/placement';
import type {PartitionEntry} from '@murmuration/placement';
import {LeaderAdmission} from './admission.js';
import type {PartitionIdentity} from './owner-data.js';
import type {NodeContext} from './partition-context.js';
import {TABLE, TestCluster, get, groupOf, mapOf, putValue, range, texts, write} from './testing/node-cluster.js';
import type {Process} from './testing/node-cluster.js';

const GROUP = toGroupId(16);
const BURST_SECONDS = 4;

function provisioned(readUnits: number, writeUnits: number): Partial<TableDescriptor> {
  return {billingMode: 'PROVISIONED', provisionedThroughput: {ReadCapacityUnits: readUnits, WriteCapacityUnits: writeUnits}};
}
/** All in one moment. @returns the answers in order */
async function askAll(cluster: TestCluster, process: Process, requests: readonly PartitionRequest[]): Promise<readonly PartitionResponse[]> {
  const answers: (PartitionResponse | undefined)[] = requests.map(() => undefined);
  requests.forEach((request, i) => process.node.handle(request, cluster.time.monotonicMs() + 3_000, (answer) => (answers[i] = answer)));
  await cluster.until(() => !answers.includes(undefined));
  return answers as readonly PartitionResponse[];
}
const writes = (cluster: TestCluster, count: number): readonly PartitionRequest[] => Array.from({length: count}, (_none, i) => putValue(cluster, `k${i}`, 1));
const countOf = (answers: readonly PartitionResponse[], kind: PartitionResponse['kind']): number => answers.filter((answer) => answer.kind === kind).length;
/** Long enough for all buckets to be full. */
async function idle(cluster: TestCluster): Promise<void> {
  await cluster.run((BURST_SECONDS + 2) * 1_000);
}

describe('throughput at the leader', () => {
  it('of writes is one second and the burst, to the unit, and then what comes in', async () => {
    const cluster = await TestCluster.start(1, {throttling: 'provisioned', burstSeconds: BURST_SECONDS}, provisioned(5, 5));
    const leader = cluster.leaderOf(GROUP);
    await idle(cluster);
    const answers = await askAll(cluster, leader, writes(cluster, 60));
    expect(countOf(answers, 'written')).toBe(5 * (1 + BURST_SECONDS));
    expect(answers.at(-1)).toEqual({kind: 'failed', failure: {
      code: 'Throttled', reason: 'TableWriteProvisionedThroughputExceeded', resource: 'things', isOnDemand: false,
      detail: {bucket: 'share', tokensThenHalfUnits: 0, tokensAskedHalfUnits: 2, passesInMs: 200},
    }});
    await cluster.run(1_000);
    expect(countOf(await askAll(cluster, leader, writes(cluster, 60)), 'written')).toBe(5);
    expect(leader.events.named('partition/throttled').at(-1)).toMatchObject({group: GROUP, bucket: 'share', tokensAskedHalfUnits: 2});
  });

  it('of reads counts size and consistency, and missing items too', async () => {
    const cluster = await TestCluster.start(1, {throttling: 'provisioned', burstSeconds: 0}, provisioned(4, 50));
    const leader = cluster.leaderOf(GROUP);
    await cluster.run(2_000);
    await cluster.ask(leader, write(cluster, 'large', {value: {v: {S: 'x'.repeat(5_000)}}}));
    // 8 half units: two strong reads of 8 KB, or eight eventual ones of nothing.
    expect(countOf(await askAll(cluster, leader, Array.from({length: 9}, () => get(cluster, 'nobody', 'eventual'))), 'got')).toBe(8);
    await cluster.run(1_500);
    expect(countOf(await askAll(cluster, leader, Array.from({length: 9}, () => get(cluster, 'large', 'strong'))), 'got')).toBe(2);
  });

  it('lets a page begin while anything is there, and makes it pay for all of it', async () => {
    const cluster = await TestCluster.start(1, {throttling: 'provisioned', burstSeconds: 0}, provisioned(1, 100));
    const leader = cluster.leaderOf(GROUP);
    await cluster.run(2_000);
    for (const pk of ['a', 'b', 'c', 'd']) await cluster.ask(leader, write(cluster, pk, {value: {v: {S: 'x'.repeat(4_000)}}}));
    await cluster.run(1_500);
    expect(await cluster.ask(leader, range(cluster, 'a'))).toMatchObject({kind: 'ranged', count: 4});
    // 16 KB read strongly cost 8 half units, of which 2 were there: it takes 4 seconds until another may begin.
    expect(await cluster.ask(leader, range(cluster, 'a'))).toMatchObject({failure: {code: 'Throttled', reason: 'TableReadProvisionedThroughputExceeded'}});
    await cluster.run(2_900);
    expect(await cluster.ask(leader, range(cluster, 'a'))).toMatchObject({failure: {code: 'Throttled'}});
    await cluster.run(1_200);
    expect(await cluster.ask(leader, range(cluster, 'a'))).toMatchObject({kind: 'ranged'});
  });

  it('charges a failed condition, and nothing for a mistake', async () => {
    const cluster = await TestCluster.start(1, {throttling: 'provisioned', burstSeconds: 0}, provisioned(1, 2));
    const leader = cluster.leaderOf(GROUP);
    await cluster.run(2_000);
    const mistake = write(cluster, 'x', {op: 'update', expressions: texts({update: 'SET a.b = :one', valuesJson: '{":one":{"N":"1"}}'})});
    const failing = write(cluster, 'x', {expressions: texts({condition: 'attribute_exists(pk)'})});
    const answers = await askAll(cluster, leader, [mistake, mistake, failing, failing, failing]);
    expect(answers.map((answer) => (answer.kind === 'failed' ? answer.failure.code : answer.kind))).toEqual(['Rejected', 'Rejected', 'ConditionFailed', 'ConditionFailed', 'Throttled']);
  });

  it('from burst asks for what the process may serve from it, too', async () => {
    const cluster = await TestCluster.start(1, {throttling: 'provisioned', burstSeconds: BURST_SECONDS, nodeWriteUnitsMax: 3}, provisioned(5, 5));
    await idle(cluster);
    const answers = await askAll(cluster, cluster.leaderOf(GROUP), writes(cluster, 20));
    expect(countOf(answers, 'written')).toBe(5 + 3);
    expect(answers.at(-1)).toMatchObject({failure: {reason: 'TableWriteProvisionedThroughputExceeded', detail: {bucket: 'node', tokensThenHalfUnits: 0, tokensAskedHalfUnits: 2}}});
  });

  it('is divided evenly over partitions', async () => {
    const cluster = await TestCluster.start(2, {throttling: 'provisioned', burstSeconds: 0}, provisioned(10, 10));
    await cluster.run(2_000);
    const keys = Array.from({length: 60}, (_none, i) => `k${i}`);
    for (const {group} of cluster.map.partitions()) {
      const own = keys.filter((pk) => groupOf(cluster, pk).group === group);
      const answers = await askAll(cluster, cluster.leaderOf(group), own.map((pk) => putValue(cluster, pk, 1)));
      expect(countOf(answers, 'written')).toBe(5);
    }
  });

  it('follows what the control plane gives, and is an even share again when nothing more is heard', async () => {
    const cluster = await TestCluster.start(2, {throttling: 'provisioned', burstSeconds: 0}, provisioned(10, 10));
    const leader = cluster.leaderOf(GROUP);
    await cluster.run(2_000);
    const own = Array.from({length: 60}, (_none, i) => `k${i}`).filter((pk) => groupOf(cluster, pk).group === GROUP);
    const accepted = async (): Promise<number> => countOf(await askAll(cluster, leader, own.map((pk) => putValue(cluster, pk, 1))), 'written');
    expect(await accepted()).toBe(5);
    await cluster.run(1_100);
    expect(leader.node.report().find(({group}) => group === GROUP)?.throughput).toMatchObject({writeAskedHalfUnits: own.length * 2, writeRate: 10_000});
    leader.node.takeShares([{group: GROUP, readRate: 2_000, writeRate: 18_000}]);
    await cluster.run(1_100);
    expect(await accepted()).toBe(9);
    await cluster.run(3_100);
    expect(await accepted()).toBe(5);
  });

  it('is not given anew by a new leader', async () => {
    const cluster = await TestCluster.start(1, {throttling: 'provisioned', burstSeconds: BURST_SECONDS}, provisioned(5, 5));
    const old = cluster.leaderOf(GROUP);
    await idle(cluster);
    expect(countOf(await askAll(cluster, old, writes(cluster, 60)), 'written')).toBe(25);
    const sinceMs = cluster.time.monotonicMs();
    cluster.cut(old);
    await cluster.until(() => cluster.processes.some((process) => process !== old && process.host.hasLease(GROUP)));
    const leader = cluster.processes.find((process) => process !== old && process.host.hasLease(GROUP)) as Process;
    const elapsedMs = cluster.time.monotonicMs() - sinceMs;
    expect(countOf(await askAll(cluster, leader, writes(cluster, 60)), 'written')).toBeLessThanOrEqual(Math.floor((5 * elapsedMs) / 1_000));
  });

  it('goes on under a new leader with the burst that is left for sure', async () => {
    const cluster = await TestCluster.start(1, {throttling: 'provisioned', burstSeconds: 10}, provisioned(50, 50));
    const old = cluster.leaderOf(GROUP);
    await cluster.run(12_000);
    const sinceMs = cluster.time.monotonicMs();
    cluster.cut(old);
    await cluster.until(() => cluster.processes.some((process) => process !== old && process.host.hasLease(GROUP)));
    const leader = cluster.processes.find((process) => process !== old && process.host.hasLease(GROUP)) as Process;
    const accepted = countOf(await askAll(cluster, leader, writes(cluster, 600)), 'written');
    const elapsedMs = cluster.time.monotonicMs() - sinceMs;
    // 500 of burst, told in steps of 200 units.
    expect(accepted).toBeGreaterThanOrEqual(300);
    expect(accepted).toBeLessThanOrEqual(300 + (50 * elapsedMs) / 1_000);
  });

  it('follows settings that are changed while it runs, on whoever leads', async () => {
    const cluster = await TestCluster.start(2, {throttling: 'off'}, provisioned(10, 10));
    const change = (overrides: CapacityOverrides): void => {
      cluster.map = ClusterMap.fromContent({...cluster.map.toContent(), version: cluster.map.version + 1, settings: {cluster: {throttling: 'provisioned'}, tables: {[String(TABLE)]: overrides}}});
      for (const process of cluster.processes) process.source.publish(cluster.map);
    };
    const accepted = async (): Promise<readonly number[]> => Promise.all([...cluster.map.partitions()].map(async ({group}) => {
      const own = Array.from({length: 100}, (_none, i) => `k${i}`).filter((pk) => groupOf(cluster, pk).group === group).slice(0, 30);
      return countOf(await askAll(cluster, cluster.leaderOf(group), own.map((pk) => putValue(cluster, pk, 1))), 'written');
    }));
    await cluster.run(200);
    expect(await accepted()).toEqual([30, 30]);
    change({burstSeconds: 0, sharing: 'static'});
    await cluster.run(2_000);
    expect(await accepted()).toEqual([5, 5]);
    change({burstSeconds: 2, sharing: 'static'});
    await cluster.run(4_000);
    expect(await accepted()).toEqual([15, 15]);
    change({partitionWriteUnitsMax: 3});
    await cluster.run(4_000);
    expect(await accepted()).toEqual([3, 3]);
    change({throttling: 'off'});
    await cluster.run(100);
    expect(await accepted()).toEqual([30, 30]);
  });

  it('of a base write is refused where an index has no write tokens for it, and then takes nothing', () => {
    const machine = new PartitionMachine({group: GROUP, schema: {hash: {name: 'pk', type: 'S'}, range: undefined}, birth: {from: new Uint8Array([1]), until: new Uint8Array([2]), epoch: 1}});
    const time = new ManualTime();
    const capacityDefaults = {...CAPACITY_SETTING_DEFAULTS, throttling: 'provisioned', burstSeconds: 0} as const;
    const node = {capacityDefaults, throughput: {}, clock: time, events: new RecordingEvents(), metrics: {throttled: () => undefined}} as unknown as NodeContext;
    const admission = new LeaderAdmission(node, GROUP, toReplicaId(1), {table: TABLE, index: BASE_INDEX_ID} as unknown as PartitionIdentity, machine);
    const indexed = {...provisioned(50, 3), globalIndexes: [{indexId: toIndexId(0x100), name: 'by-a', status: 'ACTIVE', isOnline: true}],
      extra: {globalSecondaryIndexes: [{IndexName: 'by-a', KeySchema: [], Projection: {ProjectionType: 'ALL'}, ProvisionedThroughput: {ReadCapacityUnits: 1, WriteCapacityUnits: 1}}]}} as const;
    admission.leadership(true);
    admission.follow(mapOf(1, 1, indexed));
    const indexedWrite = (indexHalfUnits: number): PartitionResponse => ({kind: 'written', attributes: undefined, oldSizeBytes: 0, newSizeBytes: 9, globalIndexes: [{indexId: 0x100, halfUnits: indexHalfUnits}]});
    const plainWrite: PartitionResponse = {kind: 'written', attributes: undefined, oldSizeBytes: 0, newSizeBytes: 9};
    expect(admission.judged(indexedWrite(2))).toBeUndefined();
    expect(admission.judged(indexedWrite(2))).toEqual({
      code: 'Throttled', reason: 'IndexWriteProvisionedThroughputExceeded', resource: 'things/index/by-a', isOnDemand: false,
      detail: {bucket: 'share', tokensThenHalfUnits: 0, tokensAskedHalfUnits: 2, passesInMs: 1_000},
    });
    expect([admission.judged(plainWrite), admission.judged(plainWrite)]).toEqual([undefined, undefined]);
    expect(admission.judged(plainWrite)).toMatchObject({reason: 'TableWriteProvisionedThroughputExceeded', resource: 'things'});
    time.advance(1_000);
    expect(admission.judged(indexedWrite(2))).toBeUndefined();
    // Steps of transactions are asked the same.
    expect(admission.admit('write', 4, [{indexId: 0x100, halfUnits: 2}])).toMatchObject({reason: 'IndexWriteProvisionedThroughputExceeded'});
    expect(admission.admit('write', 4)).toBeUndefined();
  });

  it('counts eventual reads at the leader; without one, followers go on answering', async () => {
    const cluster = await TestCluster.start(1, {throttling: 'provisioned'}, provisioned(5, 5));
    const leader = cluster.leaderOf(GROUP);
    await cluster.run(200);
    const follower = cluster.processes.find((process) => process !== leader) as Process;
    expect(await cluster.ask(follower, get(cluster, 'x', 'eventual'))).toMatchObject({failure: {code: 'NotLeader'}});
    for (const process of cluster.processes) cluster.cut(process);
    await cluster.until(() => follower.host.leaderOf(GROUP) === NO_REPLICA);
    expect(await cluster.ask(follower, get(cluster, 'x', 'eventual'))).toMatchObject({kind: 'got'});
  });

  it('is not enforced where it is switched off, nor on demand unless that is wanted', async () => {
    for (const [tuning, table] of [[{throttling: 'off'}, provisioned(1, 1)], [{throttling: 'provisioned'}, {billingMode: 'PAY_PER_REQUEST'}]] as const) {
      const cluster = await TestCluster.start(1, tuning, table);
      const leader = cluster.leaderOf(GROUP);
      await cluster.run(100);
      expect(countOf(await askAll(cluster, leader, writes(cluster, 60)), 'written')).toBe(60);
    }
  });

  it('of an index is given to the partition of the table whose writes need it, within what the index has', () => {
    const machine = new PartitionMachine({group: GROUP, schema: {hash: {name: 'pk', type: 'S'}, range: undefined}, birth: {from: new Uint8Array([1]), until: new Uint8Array([2]), epoch: 1}});
    const time = new ManualTime();
    const capacityDefaults = {...CAPACITY_SETTING_DEFAULTS, throttling: 'provisioned', burstSeconds: 0} as const;
    const node = {capacityDefaults, throughput: {}, clock: time, events: new RecordingEvents(), metrics: {throttled: () => undefined}} as unknown as NodeContext;
    const admission = new LeaderAdmission(node, GROUP, toReplicaId(1), {table: TABLE, index: BASE_INDEX_ID} as unknown as PartitionIdentity, machine);
    const map = mapOf(1, 4, {...provisioned(400, 400), globalIndexes: [{indexId: toIndexId(0x100), name: 'by-a', status: 'ACTIVE', isOnline: true}],
      extra: {globalSecondaryIndexes: [{IndexName: 'by-a', KeySchema: [], Projection: {ProjectionType: 'ALL'}, ProvisionedThroughput: {ReadCapacityUnits: 40, WriteCapacityUnits: 40}}]}});
    const acceptedInSecond = (): number => {
      time.advance(1_000);
      admission.follow(map);
      const response: PartitionResponse = {kind: 'written', attributes: undefined, oldSizeBytes: 0, newSizeBytes: 9, globalIndexes: [{indexId: 0x100, halfUnits: 2}]};
      return Array.from({length: 50}, () => admission.judged(response)).filter((refusal) => refusal === undefined).length;
    };
    admission.leadership(true);
    admission.follow(map);
    expect(acceptedInSecond()).toBe(10);
    time.advance(1_000);
    admission.follow(map);
    expect(admission.report().throughput?.indexWrites).toEqual([{indexId: 0x100, askedHalfUnits: 100, rate: 20_000}]);
    const give = (units: number): void => admission.takeShare({group: GROUP, readRate: 200_000, writeRate: 200_000, indexWrites: [{indexId: 0x100, rate: units * 2_000}]});
    give(37);
    expect(acceptedInSecond()).toBe(37);
    give(37);
    expect([acceptedInSecond(), acceptedInSecond(), acceptedInSecond(), acceptedInSecond()]).toEqual([37, 37, 10, 10]);
    give(1);
    expect([acceptedInSecond(), acceptedInSecond(), acceptedInSecond(), acceptedInSecond()]).toEqual([1, 1, 1, 1]);
    expect([acceptedInSecond(), acceptedInSecond()].at(-1)).toBe(10);
  });

  it('of an on-demand table ends at the quota of a table, and that of its writes to an index at the quota of an index', () => {
    const machine = new PartitionMachine({group: GROUP, schema: {hash: {name: 'pk', type: 'S'}, range: undefined}, birth: {from: new Uint8Array([1]), until: new Uint8Array([2]), epoch: 1}});
    const capacityDefaults = {...CAPACITY_SETTING_DEFAULTS, throttling: 'on', tableWriteUnitsMax: 3} as const;
    const node = {capacityDefaults, throughput: {}, clock: new ManualTime(), events: new RecordingEvents(), metrics: {throttled: () => undefined}} as unknown as NodeContext;
    const admission = new LeaderAdmission(node, GROUP, toReplicaId(1), {table: TABLE, index: BASE_INDEX_ID} as unknown as PartitionIdentity, machine);
    admission.leadership(true);
    admission.follow(mapOf(1, 1, {billingMode: 'PAY_PER_REQUEST', globalIndexes: [{indexId: toIndexId(0x100), name: 'by-a', status: 'ACTIVE', isOnline: true}], extra: {globalSecondaryIndexes: [{IndexName: 'by-a', KeySchema: [], Projection: {ProjectionType: 'ALL'}}]}}));
    const written = (indexHalfUnits: number): PartitionResponse => ({kind: 'written', attributes: undefined, oldSizeBytes: 0, newSizeBytes: 9, ...(indexHalfUnits === 0 ? {} : {globalIndexes: [{indexId: 0x100, halfUnits: indexHalfUnits}]})});
    expect([admission.judged(written(4)), admission.judged(written(0))]).toEqual([undefined, undefined]);
    expect(admission.judged(written(4))).toMatchObject({reason: 'IndexWriteAccountLimitExceeded', resource: 'things/index/by-a', isOnDemand: true});
    expect([admission.judged(written(0)), admission.judged(written(0))]).toEqual([undefined, expect.objectContaining({reason: 'TableWriteAccountLimitExceeded', resource: 'things', isOnDemand: true})]);
  });

  it('of a global index is that of the index, for reads', () => {
    const machine = new PartitionMachine({group: GROUP, schema: {hash: {name: 'pk', type: 'S'}, range: undefined}, birth: {from: new Uint8Array([1]), until: new Uint8Array([2]), epoch: 1}});
    const time = new ManualTime();
    const tuning = {throttling: 'provisioned', sharing: 'adaptive', burstSeconds: 0} as const;
    const node = {tuning, capacityDefaults: {...CAPACITY_SETTING_DEFAULTS, ...tuning}, throughput: {}, clock: time, events: new RecordingEvents(), metrics: {throttled: () => undefined}} as unknown as NodeContext;
    const admission = new LeaderAdmission(node, GROUP, toReplicaId(1), {table: TABLE, index: toIndexId(0x100)} as unknown as PartitionIdentity, machine);
    const indexed = {...provisioned(50, 50), globalIndexes: [{indexId: toIndexId(0x100), name: 'by-a', status: 'ACTIVE', isOnline: true}],
      extra: {globalSecondaryIndexes: [{IndexName: 'by-a', KeySchema: [], Projection: {ProjectionType: 'ALL'}, ProvisionedThroughput: {ReadCapacityUnits: 1, WriteCapacityUnits: 1}}]}} as const;
    const content = mapOf(1, 1, indexed).toContent();
    const [entry] = content.partitions;
    admission.leadership(true);
    admission.follow(ClusterMap.fromContent({...content, partitions: [{...entry as PartitionEntry, index: toIndexId(0x100), ...initialRanges(TABLE, toIndexId(0x100), 1)[0] as StoredKeyRange}]}));
    expect(admission.beginPage('eventual')).toBeUndefined();
    admission.admitted({kind: 'ranged', items: [], count: 0, scannedCount: 1, scannedSizeBytes: 9_000, pageSizeBytes: 0, lastKey: undefined}, 'eventual');
    expect(admission.beginPage('eventual')).toMatchObject({code: 'Throttled', reason: 'IndexReadProvisionedThroughputExceeded', resource: 'things/index/by-a', isOnDemand: false});
    expect(admission.report()).toMatchObject({throughput: {readRate: 2_000, writeRate: 2_000}});
    // Entries were paid for by writes of the table: only the ceiling of 1,000 units a second holds them up.
    expect([admission.admitIndexWrite(1_500), admission.admitIndexWrite(1_000), admission.admitIndexWrite(500)]).toEqual([true, false, true]);
  });

  it('on demand is bounded by its maximum, which is a reason of its own', async () => {
    const cluster = await TestCluster.start(1, {throttling: 'on'}, {billingMode: 'PAY_PER_REQUEST', extra: {onDemandThroughput: {MaxWriteRequestUnits: 7}}});
    const leader = cluster.leaderOf(GROUP);
    await cluster.run(2_000);
    const answers = await askAll(cluster, leader, writes(cluster, 30));
    expect(countOf(answers, 'written')).toBe(7);
    expect(answers.at(-1)).toMatchObject({failure: {reason: 'TableWriteMaxOnDemandThroughputExceeded', isOnDemand: true}});
  });
});
