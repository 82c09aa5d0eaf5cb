// Goal: replicas come, go and change their parts as the map says, and a partition is cut in two under load without a
// write lost, doubled or answered twice. Method: as in storage-node.test.ts; the tests publish maps as a control plane would.
import {StoreError, WriteBatch, compareBytes, equalBytes, fromHex, toGroupId, toReplicaId, toNodeId, utf8Decode} from '@murmuration/base';
import type {GroupId} from '@murmuration/base';
import {emptyRecord, encodePartitionRecord, partitionRecordKey} from '@murmuration/partition';
import type {PartitionResponse} from '@murmuration/partition';
import type {PartitionEntry, ReplicaPlacement, ReplicaRole} from '@murmuration/placement';
import {MemoryStore} from '@murmuration/store-memory';
import {birthKey, readBirths} from './birth-rows.js';
import {TestCluster, addOne, get, groupOf, itemOf, keyOf, putValue, range} from './testing/node-cluster.js';
import type {Process} from './testing/node-cluster.js';

const PARENT = toGroupId(16);
const CHILD = toGroupId(40);
const GRANDCHILD = toGroupId(41);

const at = (replica: number, node: string, role: ReplicaRole = 'voter'): ReplicaPlacement => ({replica: toReplicaId(replica), node: toNodeId(node), role});

function askMembers(cluster: TestCluster, group: GroupId, replicas: readonly ReplicaPlacement[]): void {
  cluster.publish({[group]: {membership: cluster.entry(group).membership + 1, replicas}});
}
const reportOf = (process: Process, group: GroupId): ReturnType<Process['node']['report']>[number] | undefined => process.node.report().find((report) => report.group === group);
const leaderReport = (cluster: TestCluster, group: GroupId): ReturnType<typeof reportOf> =>
  cluster.processes.map((process) => reportOf(process, group)).filter((report) => report?.isLeader === true).sort((a, b) => (b?.term ?? 0) - (a?.term ?? 0))[0];
async function untilMembership(cluster: TestCluster, group: GroupId): Promise<void> {
  const {membership} = cluster.entry(group);
  await cluster.until(() => {
    const report = leaderReport(cluster, group);
    return report !== undefined && report.membership === membership && !report.isJoint;
  }, 20_000);
}
/** What the control plane does on the report of a split: both halves in one map. */
function finishSplit(cluster: TestCluster, group: GroupId): void {
  const split = cluster.processes.flatMap(({node}) => node.report()).find((report) => report.group === group && report.lastSplit !== undefined)?.lastSplit;
  if (split === undefined) throw new Error('no split was reported');
  const parent = cluster.entry(group);
  const border = fromHex(split.atHex);
  const epoch = parent.epoch + 1;
  cluster.publish({
    [group]: {until: border, epoch, split: undefined},
    [split.child]: {...parent, group: split.child, from: border, epoch, membership: 1, split: undefined},
  });
}
const isSplitReported = (cluster: TestCluster, group: GroupId) => (): boolean => cluster.processes.some((process) => reportOf(process, group)?.lastSplit !== undefined);

/** One call as a router makes it: follows leaders, goes by the newest map when the keys moved. */
async function call(cluster: TestCluster, make: () => Parameters<TestCluster['ask']>[1], tries = 400): Promise<PartitionResponse> {
  for (let attempt = 0; attempt < tries; attempt += 1) {
    const request = make();
    const process = cluster.processes.find(({host}) => host.status(request.group)?.isLeader === true) ?? cluster.processes[attempt % cluster.processes.length] as Process;
    const response = await cluster.ask(process, request);
    if (response.kind !== 'failed' || response.failure.code === 'OutcomeUnknown') return response;
    await cluster.run(5);
  }
  throw new Error('the call never went through');
}
const read = async (cluster: TestCluster, pk: string): Promise<Record<string, unknown> | undefined> => itemOf(await call(cluster, () => get(cluster, pk, 'strong')));
async function countOf(cluster: TestCluster, entry: PartitionEntry): Promise<number> {
  const response = await call(cluster, () => ({...range(cluster, 'x'), group: entry.group, from: entry.from, until: entry.until}));
  return response.kind === 'ranged' ? response.count : -1;
}
const names = Array.from({length: 40}, (_, i) => `k${i}`);
async function fill(cluster: TestCluster): Promise<void> {
  for (const pk of names) await call(cluster, () => putValue(cluster, pk, 1));
}
async function split(cluster: TestCluster, child = CHILD, group = PARENT): Promise<void> {
  cluster.publish({[group]: {split: {child, at: undefined}}});
  await cluster.until(isSplitReported(cluster, group));
}

describe('membership by the map', () => {
  it('founders that hear of their group only when one of them is lost already found it', async () => {
    const cluster = new TestCluster(1);
    await cluster.addProcess('a2');
    cluster.publish({[PARENT]: {
      membership: 3, nextReplica: toReplicaId(5), founderCount: 3, preferredLeader: toReplicaId(2),
      replicas: [at(1, 'a1', 'leaving'), at(2, 'b1'), at(3, 'c1'), at(4, 'a2', 'log')],
    }});
    await cluster.addProcess('b1');
    await cluster.addProcess('c1');
    await untilMembership(cluster, PARENT);
    expect(leaderReport(cluster, PARENT)).toMatchObject({voters: [2, 3, 4], learners: []});
    await call(cluster, () => putValue(cluster, 'a', 7));
    expect(await read(cluster, 'a')).toMatchObject({v: {N: '7'}});
  });
  it('rows that a crash left behind a removed replica go at the next start, those of a range that is held by another stay', async () => {
    const cluster = await TestCluster.start(2);
    for (const pk of names) await call(cluster, () => putValue(cluster, pk, 1));
    const [parent, other] = [cluster.entry(PARENT), cluster.entry(toGroupId(17))];
    await cluster.addProcess('a2');
    askMembers(cluster, PARENT, [at(1, 'a1', 'leaving'), at(2, 'b1'), at(3, 'c1'), at(4, 'a2')]);
    await untilMembership(cluster, PARENT);
    askMembers(cluster, PARENT, [at(2, 'b1'), at(3, 'c1'), at(4, 'a2')]);
    const left = cluster.process('a1');
    await cluster.until(() => left.events.named('partition/removed').length === 1);
    const batch = new WriteBatch();
    batch.put(partitionRecordKey(PARENT), encodePartitionRecord({...emptyRecord({from: parent.from, until: other.until, epoch: 1}), sequence: 1, itemCount: 1}));
    const orphan = names.map((name) => keyOf(name)).find((key) => compareBytes(key, parent.until) < 0) as Uint8Array;
    batch.put(orphan, Uint8Array.of(1));
    await cluster.settle(left.store.write(batch));
    await cluster.settle(left.store.flush());
    const kept = names.map((name) => keyOf(name)).find((key) => compareBytes(key, other.from) >= 0) as Uint8Array;
    await cluster.crash(left);
    const back = await cluster.restart(left);
    await cluster.until(() => back.events.named('partition/leftovers-wiped').length === 1);
    const rows = await back.store.getMany([orphan, partitionRecordKey(PARENT), kept, partitionRecordKey(toGroupId(17))]);
    expect(rows.map((row) => row !== undefined)).toEqual([false, false, true, true]);
  });
  it('a replica that came later than the founders founds nothing', async () => {
    const cluster = new TestCluster(1);
    const founderCount = 3;
    cluster.publish({[PARENT]: {membership: 2, nextReplica: toReplicaId(5), founderCount, replicas: [at(1, 'a1', 'leaving'), at(2, 'b1'), at(4, 'c1')]}});
    const late = await cluster.addProcess('c1');
    await cluster.until(() => late.host.status(PARENT) !== undefined);
    expect(late.host.status(PARENT)).toMatchObject({replica: 4, membership: 0, confState: {voters: []}});
  });
  it('a replica moves: learner, caught up, voter in place of another, whose rows and id are gone then', async () => {
    const cluster = await TestCluster.start();
    await fill(cluster);
    const spare = await cluster.addProcess('a2');
    askMembers(cluster, PARENT, [at(1, 'a1'), at(2, 'b1'), at(3, 'c1'), at(4, 'a2', 'learner')]);
    await untilMembership(cluster, PARENT);
    await cluster.until(() => leaderReport(cluster, PARENT)?.progress.some(({replica, behindEntries, isInSnapshot}) => replica === 4 && behindEntries === 0 && !isInSnapshot) === true);
    askMembers(cluster, PARENT, [at(1, 'a1', 'leaving'), at(2, 'b1'), at(3, 'c1'), at(4, 'a2')]);
    await untilMembership(cluster, PARENT);
    expect(leaderReport(cluster, PARENT)).toMatchObject({voters: [2, 3, 4], learners: [], itemCount: 40});
    const left = cluster.process('a1');
    expect(left.node.groups).toEqual([PARENT]);
    askMembers(cluster, PARENT, [at(2, 'b1'), at(3, 'c1'), at(4, 'a2')]);
    await cluster.until(() => left.node.groups.length === 0);
    await cluster.run(50);
    const {from, until} = cluster.entry(PARENT);
    expect(await left.store.iterate({from, until}).next(1)).toEqual([]);
    for (const pk of names) expect(await read(cluster, pk)).toMatchObject({v: {N: '1'}});
    expect(await countOf(cluster, cluster.entry(PARENT))).toBe(40);
    // Its number was told without waiting for a heartbeat.
    expect(cluster.reported.some(({membership, isLeader}) => isLeader && membership === 3)).toBe(true);
    // An older map that names it again makes nothing, and neither does a crash.
    await cluster.crash(left);
    const again = await cluster.restart(left);
    again.source.publish(cluster.map);
    await cluster.run(500);
    expect(again.node.groups).toEqual([]);
    expect(spare.node.groups).toEqual([PARENT]);
  });

  it('a lost replica: a log replica keeps the quorum, serves nothing, and gives way to a full copy', async () => {
    const cluster = await TestCluster.start();
    await fill(cluster);
    await cluster.crash(cluster.process('c1'));
    await cluster.untilLed();
    const log = await cluster.addProcess('c2');
    askMembers(cluster, PARENT, [at(1, 'a1'), at(2, 'b1'), at(3, 'c1', 'leaving'), at(4, 'c2', 'log')]);
    await untilMembership(cluster, PARENT);
    await cluster.until(() => reportOf(log, PARENT)?.membership === 2);
    expect(reportOf(log, PARENT)).toMatchObject({isLeader: false, itemCount: 0, voters: [1, 2, 4]});
    expect(await cluster.ask(log, get(cluster, 'k1', 'eventual'))).toMatchObject({failure: {code: 'NotLeader'}});
    const follower = cluster.processes.find((process) => process !== log && !process.host.hasLease(PARENT)) as Process;
    await cluster.crash(follower);
    await call(cluster, () => putValue(cluster, 'k1', 2));
    const back = await cluster.restart(follower);
    const full = await cluster.addProcess('a2');
    askMembers(cluster, PARENT, [at(1, 'a1'), at(2, 'b1'), at(4, 'c2', 'log'), at(5, 'a2', 'learner')]);
    await untilMembership(cluster, PARENT);
    await cluster.until(() => leaderReport(cluster, PARENT)?.progress.some(({replica, behindEntries}) => replica === 5 && behindEntries === 0) === true);
    askMembers(cluster, PARENT, [at(1, 'a1'), at(2, 'b1'), at(4, 'c2', 'leaving'), at(5, 'a2')]);
    await untilMembership(cluster, PARENT);
    askMembers(cluster, PARENT, [at(1, 'a1'), at(2, 'b1'), at(5, 'a2')]);
    await cluster.until(() => log.node.groups.length === 0 && reportOf(full, PARENT)?.itemCount === 40);
    expect(await read(cluster, 'k1')).toMatchObject({v: {N: '2'}});
    expect(back.node.groups).toEqual([PARENT]);
  });

  it('followers tell at once of a configuration they have for good, and a process that stops serving names whom leadership went to', async () => {
    const cluster = await TestCluster.start();
    await cluster.addProcess('a2');
    cluster.reported.length = 0;
    askMembers(cluster, PARENT, [at(1, 'a1'), at(2, 'b1'), at(3, 'c1'), at(4, 'a2', 'learner')]);
    await cluster.until(() => [1, 2, 3].every((replica) => cluster.reported.some((report) => report.replica === replica && report.durableMembership === 2)), 1_000);
    const leader = cluster.leaderOf(PARENT);
    await cluster.settle(leader.host.handOver().then(() => undefined));
    leader.node.stop();
    const next = cluster.processes.find(({host}) => host.status(PARENT)?.isLeader === true);
    const hint = next === undefined ? leader.host.leaderOf(PARENT) : next.host.status(PARENT)?.replica;
    expect(await cluster.ask(leader, putValue(cluster, 'k1', 5))).toEqual({kind: 'failed', failure: {code: 'NotLeader', leaderHint: hint}});
  });

  it('leadership goes to the preferred replica when the map names another one, and away from a process that drains', async () => {
    const cluster = await TestCluster.start();
    expect(cluster.leaderOf(PARENT).name).toBe('a1');
    cluster.publish({[PARENT]: {preferredLeader: toReplicaId(2)}});
    await cluster.until(() => cluster.process('b1').host.hasLease(PARENT), 3_000);
    cluster.publish({}, (node) => (node.node === 'b1' ? {...node, duty: 'draining'} : node));
    await cluster.until(() => cluster.processes.some(({name, host}) => name !== 'b1' && host.hasLease(PARENT)), 3_000);
    await cluster.run(2_000);
    expect(cluster.leaderOf(PARENT).name).not.toBe('b1');
  });
});

describe('a split', () => {
  it('under writes loses none and answers each once; both halves count exactly and lie on the same nodes', async () => {
    const cluster = await TestCluster.start();
    await fill(cluster);
    const answered: string[] = [];
    const sent: Promise<void>[] = [];
    let isOver = false;
    const writers = names.slice(0, 4).map(async (pk) => {
      for (let i = 0; !isOver; i += 1) {
        const response = await call(cluster, () => addOne(cluster, pk));
        answered.push(response.kind === 'written' ? pk : `${pk}?`);
      }
    });
    sent.push(...writers);
    await cluster.run(50);
    await split(cluster);
    finishSplit(cluster, PARENT);
    await cluster.until(() => leaderReport(cluster, CHILD) !== undefined);
    await cluster.run(50);
    isOver = true;
    await cluster.settle(Promise.all(sent).then(() => undefined));
    expect(answered.some((pk) => pk.endsWith('?'))).toBe(false);
    for (const pk of names.slice(0, 4)) {
      const count = answered.filter((other) => other === pk).length;
      expect(await read(cluster, pk)).toMatchObject({n: {N: String(count)}});
    }
    await cluster.run(500);
    const halves = [cluster.entry(PARENT), cluster.entry(CHILD)];
    const counts = [];
    for (const entry of halves) counts.push(await countOf(cluster, entry));
    expect(counts[0]! + counts[1]!).toBe(40);
    expect(Math.min(...counts)).toBeGreaterThan(5);
    for (const [i, entry] of halves.entries()) {
      for (const process of cluster.processes) expect(reportOf(process, entry.group)).toMatchObject({itemCount: counts[i], epoch: 2, voters: [1, 2, 3]});
    }
    expect(cluster.processes.every((process) => equalBytes(cluster.entry(CHILD).from, cluster.entry(PARENT).until) && process.node.groups.length === 2)).toBe(true);
    // The birth rows have done their work, and the map has the news.
    for (const {store} of cluster.processes) expect(await readBirths(store)).toEqual([]);
    expect(leaderReport(cluster, PARENT)?.lastSplit).toBeUndefined();
    expect(cluster.processes.flatMap(({events}) => events.named('partition/creation-failed'))).toEqual([]);
  });

  it('holds new writes back for a few round trips only, and its child leads where the parent did', async () => {
    const cluster = await TestCluster.start();
    await fill(cluster);
    const leader = cluster.leaderOf(PARENT);
    cluster.publish({[PARENT]: {split: {child: CHILD, at: undefined}}});
    await cluster.until(isSplitReported(cluster, PARENT));
    const atMs = cluster.time.monotonicMs();
    expect(cluster.reported.some(({lastSplit}) => lastSplit?.child === CHILD)).toBe(true);
    await cluster.until(() => cluster.processes.some(({host}) => host.hasLease(CHILD)));
    expect(cluster.time.monotonicMs() - atMs).toBeLessThan(60);
    expect(leader.host.hasLease(CHILD)).toBe(true);
  });

  it('serves each half its own keys while the map still shows one partition, and refuses the others with the new epoch', async () => {
    const cluster = await TestCluster.start();
    await fill(cluster);
    await split(cluster);
    const leader = cluster.leaderOf(PARENT);
    const border = fromHex(reportOf(leader, PARENT)?.lastSplit?.atHex ?? '');
    const below = names.find((pk) => compareBytes(keyOf(pk), border) < 0) as string;
    const above = names.find((pk) => compareBytes(keyOf(pk), border) >= 0) as string;
    expect(await cluster.ask(leader, get(cluster, below, 'strong'))).toMatchObject({kind: 'got'});
    expect(await cluster.ask(leader, get(cluster, above, 'strong'))).toMatchObject({failure: {code: 'WrongEpoch', epoch: 2}});
    expect(await cluster.ask(leader, putValue(cluster, above, 7))).toMatchObject({failure: {code: 'WrongEpoch', epoch: 2}});
    expect(await cluster.ask(leader, range(cluster, below))).toMatchObject({failure: {code: 'WrongEpoch', epoch: 2}});
    await cluster.until(() => cluster.processes.some(({host}) => host.hasLease(CHILD)));
    expect(await cluster.ask(cluster.leaderOf(CHILD), {...putValue(cluster, above, 7), group: CHILD})).toMatchObject({kind: 'written', oldSizeBytes: expect.any(Number)});
    expect(groupOf(cluster, above).group).toBe(PARENT);
    // Confirmed maps that do not know the child yet destroy nothing.
    cluster.publish({});
    await cluster.run(300);
    expect(leader.node.groups).toEqual([PARENT, CHILD]);
  });

  it.each([0, 1, 2, 5, 10, 20, 50])('survives a crash of every process %i ms after it was applied: the child is made from its birth row', async (afterMs) => {
    const cluster = await TestCluster.start();
    await fill(cluster);
    await split(cluster);
    await cluster.run(afterMs);
    const dead = [...cluster.processes];
    for (const process of dead) await cluster.crash(process);
    for (const process of dead) await cluster.restart(process);
    await cluster.untilLed();
    await cluster.until(isSplitReported(cluster, PARENT));
    finishSplit(cluster, PARENT);
    for (const pk of names) expect(await read(cluster, pk)).toMatchObject({v: {N: '1'}});
    for (const pk of names) await call(cluster, () => putValue(cluster, pk, 2));
    for (const pk of names) expect(await read(cluster, pk)).toMatchObject({v: {N: '2'}});
    expect((await countOf(cluster, cluster.entry(PARENT))) + (await countOf(cluster, cluster.entry(CHILD)))).toBe(40);
    await cluster.run(500);
    for (const process of cluster.processes) expect(process.node.groups).toEqual([PARENT, CHILD]);
  });

  it.each([0, 1, 2, 5, 10, 20].flatMap((afterMs) => ['a1', 'b1', 'c1'].map((lost) => [afterMs, lost] as const)))('comes back whole when all lose power %i ms after the leader told of it, the map is cut already and %s is gone for good', async (afterMs, lost) => {
    const cluster = await TestCluster.start();
    await fill(cluster);
    await split(cluster);
    finishSplit(cluster, PARENT);
    await cluster.run(afterMs);
    const dead = [...cluster.processes];
    for (const process of dead) await cluster.crash(process);
    for (const process of dead) if (process.name !== lost) await cluster.restart(process);
    await cluster.until(() => [PARENT, CHILD].every((group) => leaderReport(cluster, group) !== undefined), 20_000);
    for (const pk of names) expect(await read(cluster, pk)).toMatchObject({v: {N: '1'}});
    expect((await countOf(cluster, cluster.entry(PARENT))) + (await countOf(cluster, cluster.entry(CHILD)))).toBe(40);
  });

  it('a birth row alone makes the child: the crash came between the split in the store and the child in the log', async () => {
    const cluster = await TestCluster.start();
    await fill(cluster);
    await split(cluster);
    await cluster.until(() => cluster.processes.every(({node}) => node.groups.length === 2));
    await cluster.run(300);
    const hit = cluster.process('c1');
    const descriptor = (await readBirths(hit.store));
    expect(descriptor).toEqual([]);
    // A row that comes back after the child was made changes nothing.
    const batch = new WriteBatch();
    batch.put(birthKey(CHILD), (hit.log.group(CHILD)?.descriptor as Uint8Array).slice());
    await cluster.settle(hit.store.write(batch).then(() => hit.store.flush()));
    await cluster.crash(hit);
    const back = await cluster.restart(hit);
    await cluster.run(300);
    expect(back.node.groups).toEqual([PARENT, CHILD]);
    expect(await readBirths(back.store)).toEqual([]);
  });

  it('a child whose store lost what it was born with serves nothing and is given up, though its log is whole', async () => {
    const cluster = await TestCluster.start();
    await fill(cluster);
    await split(cluster);
    finishSplit(cluster, PARENT);
    await cluster.until(() => cluster.processes.every(({node}) => node.groups.length === 2));
    await cluster.until(() => leaderReport(cluster, CHILD) !== undefined);
    await cluster.run(300);
    const hit = cluster.processes.find(({host}) => !host.hasLease(CHILD)) as Process;
    await cluster.crash(hit);
    hit.store = new MemoryStore({isCrashable: true});
    const back = await cluster.restart(hit);
    await cluster.until(() => leaderReport(cluster, CHILD) !== undefined && back.node.groups.length === 2);
    expect(back.events.named('partition/quarantined')).toEqual([expect.objectContaining({group: CHILD, reason: 'what it was born with is not in the store'})]);
    expect(reportOf(back, CHILD)).toMatchObject({isUnusable: true});
    expect(reportOf(back, PARENT)?.isUnusable).toBeUndefined();
    const above = names.find((pk) => groupOf(cluster, pk).group === CHILD) as string;
    expect(await cluster.ask(back, get(cluster, above, 'eventual'))).toMatchObject({kind: 'failed', failure: {code: 'NotLeader'}});
  });

  it('a follower that slept through it gets the lower half by snapshot, keeps nothing of the upper one, and joins the child', async () => {
    const cluster = await TestCluster.start(1);
    await fill(cluster);
    const asleep = cluster.processes.find(({host}) => !host.hasLease(PARENT)) as Process;
    cluster.cut(asleep);
    await split(cluster);
    finishSplit(cluster, PARENT);
    await cluster.until(() => leaderReport(cluster, CHILD) !== undefined);
    // Much later: both logs no longer reach back to where it fell asleep.
    for (const group of [PARENT, CHILD]) {
      const leader = cluster.leaderOf(group);
      await cluster.run(100);
      await cluster.settle(leader.store.flush());
      for (const process of cluster.processes) if (process !== asleep) process.log.truncatePrefix(group, process.host.status(group)!.stored);
    }
    for (const pk of names) await call(cluster, () => putValue(cluster, pk, 3));
    cluster.heal(asleep);
    await cluster.until(() => reportOf(asleep, PARENT)?.epoch === 2 && asleep.node.groups.length === 2, 20_000);
    await cluster.until(() => [PARENT, CHILD].every((group) => reportOf(asleep, group)?.applied === leaderReport(cluster, group)?.applied), 20_000);
    await cluster.run(200);
    for (const group of [PARENT, CHILD]) expect(reportOf(asleep, group)?.itemCount).toBe(leaderReport(cluster, group)?.itemCount);
    const rows: string[] = [];
    const {from} = cluster.entry(PARENT);
    const {until} = cluster.entry(CHILD);
    for (const {value} of await asleep.store.iterate({from, until}).next(1_000)) rows.push(utf8Decode(value.subarray(22)));
    expect(rows).toHaveLength(40);
    expect(rows.every((row) => row.includes('"v":{"N":"3"}'))).toBe(true);
  });

  it('of a half goes on: three partitions, each with its own rows, and every replica alike', async () => {
    const cluster = await TestCluster.start();
    await fill(cluster);
    await split(cluster);
    finishSplit(cluster, PARENT);
    await cluster.until(() => leaderReport(cluster, CHILD) !== undefined);
    await call(cluster, () => putValue(cluster, 'k1', 1));
    await split(cluster, GRANDCHILD, CHILD);
    finishSplit(cluster, CHILD);
    let total = 0;
    for (const group of [PARENT, CHILD, GRANDCHILD]) total += await countOf(cluster, cluster.entry(group));
    expect(total).toBe(40);
    await cluster.run(500);
    for (const group of [PARENT, CHILD, GRANDCHILD]) {
      const counts = cluster.processes.map((process) => reportOf(process, group)?.itemCount);
      expect(new Set(counts).size).toBe(1);
    }
  });

  it('is made by nobody who follows an older map than the one in which it was called off', async () => {
    const cluster = await TestCluster.start();
    await fill(cluster);
    const {membership, replicas} = cluster.entry(PARENT);
    askMembers(cluster, PARENT, replicas);
    await untilMembership(cluster, PARENT);
    // The map of before comes late, to everybody.
    cluster.publish({[PARENT]: {membership, split: {child: CHILD, at: undefined}}});
    await cluster.run(1_500);
    expect(isSplitReported(cluster, PARENT)()).toBe(false);
    cluster.publish({[PARENT]: {membership: membership + 1}});
    await cluster.until(isSplitReported(cluster, PARENT));
  });

  it('waits while members change, and is refused where it cannot be', async () => {
    const cluster = await TestCluster.start();
    cluster.publish({[PARENT]: {split: {child: CHILD, at: undefined}}});
    await cluster.until(() => leaderReport(cluster, PARENT)?.splitRefusal !== undefined);
    expect(leaderReport(cluster, PARENT)?.splitRefusal).toMatchObject({child: CHILD, reason: 'the partition has too few items to be cut in two'});
    await fill(cluster);
    await cluster.addProcess('a2');
    askMembers(cluster, PARENT, [at(1, 'a1'), at(2, 'b1'), at(3, 'c1'), at(4, 'a2', 'learner')]);
    await untilMembership(cluster, PARENT);
    cluster.publish({[PARENT]: {split: {child: GRANDCHILD, at: undefined}}});
    await cluster.run(1_500);
    expect(isSplitReported(cluster, PARENT)()).toBe(false);
    askMembers(cluster, PARENT, [at(1, 'a1'), at(2, 'b1'), at(3, 'c1'), at(4, 'a2', 'leaving')]);
    await cluster.until(isSplitReported(cluster, PARENT));
    expect(leaderReport(cluster, PARENT)?.lastSplit?.child).toBe(GRANDCHILD);
  });

  it('when its table goes both halves go, with their rows', async () => {
    const cluster = await TestCluster.start();
    await fill(cluster);
    await split(cluster);
    finishSplit(cluster, PARENT);
    await cluster.until(() => leaderReport(cluster, CHILD) !== undefined);
    const {from} = cluster.entry(PARENT);
    const {until} = cluster.entry(CHILD);
    cluster.publish({[PARENT]: undefined, [CHILD]: undefined}, (node) => node, false);
    await cluster.until(() => cluster.processes.every(({node}) => node.groups.length === 0));
    await cluster.run(100);
    for (const {store} of cluster.processes) expect(await store.iterate({from, until}).next(1)).toEqual([]);
  });
});

describe('damage', () => {
  it('a replica that cannot be started says so, and goes with its rows when the map has replaced it', async () => {
    const cluster = await TestCluster.start();
    await fill(cluster);
    const hit = cluster.processes.find(({host}) => !host.hasLease(PARENT)) as Process;
    const {replica} = reportOf(hit, PARENT) as NonNullable<ReturnType<typeof reportOf>>;
    await cluster.run(100);
    await cluster.settle(hit.store.flush());
    await cluster.crash(hit);
    hit.log.damageGroup(PARENT, 'rot');
    const back = await cluster.restart(hit);
    await cluster.run(50);
    expect(back.node.report()).toEqual([expect.objectContaining({group: PARENT, replica, isUnusable: true, isLeader: false})]);
    expect(await cluster.ask(back, get(cluster, 'k1', 'eventual'))).toMatchObject({failure: {code: 'UnknownPartition'}});
    // The new replica may come to the same process: the old one goes first.
    const others = [1, 2, 3].filter((id) => id !== replica);
    const node = (id: number): string => cluster.entry(PARENT).replicas.find((placement) => placement.replica === id)?.node as string;
    askMembers(cluster, PARENT, [...others.map((id) => at(id, node(id))), at(4, hit.name, 'learner')]);
    await cluster.until(() => reportOf(back, PARENT)?.replica === 4 && reportOf(back, PARENT)?.itemCount === 40, 20_000);
    expect(back.events.named('partition/unusable-removed')).toHaveLength(1);
    expect(back.node.report().some(({isUnusable}) => isUnusable === true)).toBe(false);
  });

  it('a replica with a row that cannot be read gives its leadership away, serves nothing and asks to be replaced', async () => {
    const cluster = await TestCluster.start();
    await fill(cluster);
    const hit = cluster.leaderOf(PARENT);
    // The row cache would hide it: another life of the process begins with an empty one.
    await cluster.run(100);
    await cluster.settle(hit.store.flush());
    await cluster.crash(hit);
    const back = await cluster.restart(hit);
    const getMany = back.store.getMany.bind(back.store);
    back.store.getMany = (keys) => (keys.some((key) => equalBytes(key, keyOf('k1')))
      ? Promise.reject(new StoreError({code: 'Corrupt', reason: 'checksum'}))
      : getMany(keys));
    await cluster.until(() => back.host.staleness(PARENT) < 1_000);
    cluster.publish({[PARENT]: {preferredLeader: toReplicaId(2)}});
    cluster.publish({[PARENT]: {preferredLeader: toReplicaId(1)}});
    await cluster.until(() => back.host.hasLease(PARENT), 20_000);
    const [bad, good] = await Promise.all([cluster.ask(back, get(cluster, 'k1', 'strong')), cluster.ask(back, get(cluster, 'k2', 'strong'))]);
    expect(bad).toMatchObject({kind: 'failed'});
    expect(good).toMatchObject({kind: 'got'});
    expect(reportOf(back, PARENT)).toMatchObject({isUnusable: true});
    await cluster.until(() => cluster.processes.some((process) => process !== back && process.host.hasLease(PARENT)), 5_000);
    expect(await cluster.ask(back, get(cluster, 'k2', 'eventual'))).toMatchObject({failure: {code: 'NotLeader'}});
    expect(await read(cluster, 'k1')).toMatchObject({v: {N: '1'}});
  });
});
