// Goal: members change as wanted, whoever crashes at whatever step, and an old wish never changes anything.
// Method: whole hosts on memory logs and stores; whoever leads is told again and again what is wanted, as owners do.
import {toReplicaId} from '@murmuration/base';
import type {ReplicaId} from '@murmuration/base';
import type {MemoryLogOptions} from '@murmuration/log-memory';
import {changesToward} from './membership.js';
import {GROUP, HostCluster} from './testing/host-cluster.js';
import type {TestNode} from './testing/host-cluster.js';
import type {WantedMember, WantedMembers} from './types.js';

type Role = WantedMember['role'];
const ids = (...numbers: number[]): readonly ReplicaId[] => numbers.map(toReplicaId);

function wanted(cluster: HostCluster, membership: number, roles: Readonly<Record<number, Role>>): WantedMembers {
  return {
    membership,
    members: Object.entries(roles).map(([number, role]) => ({replica: toReplicaId(Number(number)), node: cluster.node(Number(number)).id, role})),
  };
}
async function join(cluster: HostCluster, node: TestNode, isLog = false): Promise<unknown> {
  let answer: unknown;
  node.host.createGroup({...cluster.descriptor(GROUP, node.replica, 3, true), ...(isLog ? {isLog} : {})}, {}, (result) => (answer = result));
  await cluster.until(() => answer !== undefined, 1_000);
  return answer;
}
/** Every replica is told what is wanted, as every owner follows the map; only a leader does anything. */
async function follow(cluster: HostCluster, want: WantedMembers, until: () => boolean, withinMs = 20_000): Promise<void> {
  for (let passedMs = 0; !until(); passedMs += 20) {
    if (passedMs > withinMs) throw new Error('the wish was not reached');
    for (const node of cluster.nodes) if (node.isUp) node.host.reconcileMembers(GROUP, want);
    await cluster.advance(20);
  }
}
const isReached = (cluster: HostCluster, want: WantedMembers) => (): boolean => cluster.nodes.some((node) => node.isUp && node.host.reconcileMembers(GROUP, want) === 'reached');
async function threeOf(nodeCount: number): Promise<HostCluster> {
  const cluster = new HostCluster({snapshotRateBytesPerSecond: 0});
  await cluster.start(nodeCount);
  await cluster.createGroup(GROUP, 3);
  return cluster;
}

describe('the change toward what is wanted', () => {
  const confState = {voters: ids(1, 2, 3), learners: ids(4), votersOutgoing: [], learnersNext: [], autoLeave: false};
  const member = (replica: number, role: Role): WantedMember => ({replica: toReplicaId(replica), node: 'n1' as WantedMember['node'], role});
  test('adds, promotes and removes in one change', () => {
    expect(changesToward(confState, [member(1, 'voter'), member(2, 'voter'), member(3, 'leaving'), member(4, 'voter'), member(5, 'learner'), member(6, 'log')], toReplicaId(1)))
      .toEqual([{type: 'AddNode', replica: 4}, {type: 'AddLearnerNode', replica: 5}, {type: 'AddNode', replica: 6}, {type: 'RemoveNode', replica: 3}]);
  });
  test('is one of nothing when all is as wanted, so that the number is recorded', () => {
    expect(changesToward(confState, [member(1, 'voter'), member(2, 'voter'), member(3, 'voter'), member(4, 'learner')], toReplicaId(2))).toEqual([{type: 'UpdateNode', replica: 2}]);
  });
  test('is none when no voter with a state would be left', () => {
    expect(changesToward(confState, [member(1, 'leaving'), member(2, 'log')], toReplicaId(1))).toBeUndefined();
  });
});

describe('membership', () => {
  test('is followed: a learner catches up by snapshot, then takes the place of a voter, while writes go on', async () => {
    const cluster = await threeOf(4);
    const leader = await cluster.elected();
    await cluster.write(leader, 'a=1');
    expect(leader.host.status(GROUP)).toMatchObject({membership: 1, isJoint: false});
    await join(cluster, cluster.node(4));
    const learning = wanted(cluster, 2, {1: 'voter', 2: 'voter', 3: 'voter', 4: 'learner'});
    await follow(cluster, learning, isReached(cluster, learning));
    await cluster.until(() => leader.host.status(GROUP)!.progress.some(({replica, behindEntries}) => replica === 4 && behindEntries === 0), 5_000);
    expect(cluster.node(4).host.status(GROUP)).toMatchObject({membership: 2, confState: {learners: [4]}});
    const swapped = wanted(cluster, 3, {1: 'voter', 2: 'voter', 3: 'leaving', 4: 'voter'});
    let written = 0;
    for (let i = 0; i < 20; i += 1) {
      const current = cluster.leader();
      if (current !== undefined) cluster.propose(current, `k${i}=${i}`);
      written += 1;
      for (const node of cluster.nodes) node.host.reconcileMembers(GROUP, swapped);
      await cluster.advance(20);
    }
    await follow(cluster, swapped, isReached(cluster, swapped));
    const current = await cluster.elected();
    expect(current.host.status(GROUP)).toMatchObject({membership: 3, isJoint: false, confState: {voters: [1, 2, 4], learners: []}});
    await cluster.advance(1_000);
    for (const number of [1, 2, 4]) expect(cluster.machine(cluster.node(number)).values.size).toBe(written + 1);
    // Over a crash of everybody the number stays.
    for (const number of [1, 2, 4]) cluster.crash(cluster.node(number));
    for (const number of [1, 2, 4]) await cluster.restart(cluster.node(number));
    expect((await cluster.elected()).host.status(GROUP)).toMatchObject({membership: 3, confState: {voters: [1, 2, 4]}});
  });

  test('a leader that is to leave hands over first, and is taken out by its successor', async () => {
    const cluster = await threeOf(4);
    const leader = await cluster.elected();
    await join(cluster, cluster.node(4));
    const learning = wanted(cluster, 2, {1: 'voter', 2: 'voter', 3: 'voter', 4: 'learner'});
    await follow(cluster, learning, isReached(cluster, learning));
    await cluster.advance(1_000);
    const swapped = wanted(cluster, 3, {1: 'voter', 2: 'voter', 3: 'voter', 4: 'voter', [leader.replica]: 'leaving'});
    await follow(cluster, swapped, isReached(cluster, swapped));
    const next = await cluster.elected();
    expect(next).not.toBe(leader);
    expect(next.host.status(GROUP)!.confState.voters).not.toContain(leader.replica);
    expect(leader.events.named('raft-host/transfer-begun')).not.toHaveLength(0);
  });

  test.each([0, 20, 40, 60, 80, 120, 200, 400])('a leader that dies %i ms into a swap leaves it to the next one, and nothing acknowledged is lost', async (atMs) => {
    const cluster = await threeOf(5);
    const leader = await cluster.elected();
    await cluster.write(leader, 'a=1');
    for (const number of [4, 5]) await join(cluster, cluster.node(number));
    const learning = wanted(cluster, 2, {1: 'voter', 2: 'voter', 3: 'voter', 4: 'learner', 5: 'learner'});
    await follow(cluster, learning, isReached(cluster, learning));
    await cluster.advance(1_000);
    const gone = cluster.nodes.slice(0, 3).filter((node) => node !== leader);
    const roles: Record<number, Role> = {4: 'voter', 5: 'voter', [leader.replica]: 'voter'};
    for (const node of gone) roles[node.replica] = 'leaving';
    const swapped = wanted(cluster, 3, roles);
    leader.host.reconcileMembers(GROUP, swapped);
    const slot = cluster.propose(leader, 'b=1');
    await cluster.advance(atMs);
    cluster.crash(leader);
    await cluster.advance(500);
    await cluster.restart(leader);
    await follow(cluster, swapped, isReached(cluster, swapped));
    const next = await cluster.elected();
    expect(next.host.status(GROUP)).toMatchObject({isJoint: false, membership: 3});
    expect([...next.host.status(GROUP)!.confState.voters].sort()).toEqual([...ids(4, 5), leader.replica].sort());
    expect(cluster.machine(next).values.get('a')).toBe('1');
    if (slot.result?.ok === true) expect(cluster.machine(next).values.get('b')).toBe('1');
    expect(await cluster.write(next, 'c=1')).toMatchObject({ok: true});
  });

  test('a joint configuration without a majority of its new half stands still, and is left when that is back, by whoever leads', async () => {
    const cluster = await threeOf(5);
    const leader = await cluster.elected();
    for (const number of [4, 5]) await join(cluster, cluster.node(number));
    const learning = wanted(cluster, 2, {1: 'voter', 2: 'voter', 3: 'voter', 4: 'learner', 5: 'learner'});
    await follow(cluster, learning, isReached(cluster, learning));
    await cluster.advance(1_000);
    for (const number of [4, 5]) cluster.crash(cluster.node(number));
    const gone = cluster.nodes.slice(0, 3).filter((node) => node !== leader);
    const swapped = wanted(cluster, 3, {4: 'voter', 5: 'voter', [leader.replica]: 'voter', [gone[0]!.replica]: 'leaving', [gone[1]!.replica]: 'leaving'});
    leader.host.reconcileMembers(GROUP, swapped);
    await cluster.until(() => leader.host.status(GROUP)?.isJoint === true || leader.host.status(GROUP)?.isLeader === false, 3_000);
    await cluster.advance(3_000);
    expect(cluster.nodes.every((node) => !node.isUp || node.host.reconcileMembers(GROUP, swapped) !== 'reached')).toBe(true);
    cluster.crash(leader);
    await cluster.restart(leader);
    for (const number of [4, 5]) await cluster.restart(cluster.node(number));
    await follow(cluster, swapped, isReached(cluster, swapped));
    expect((await cluster.elected()).host.status(GROUP)).toMatchObject({isJoint: false, membership: 3});
  });

  test('a leader with an old wish changes nothing, and neither does a deposed one', async () => {
    const cluster = await threeOf(4);
    const leader = await cluster.elected();
    const newer = wanted(cluster, 5, {1: 'voter', 2: 'voter', 3: 'voter'});
    await follow(cluster, newer, isReached(cluster, newer));
    const older = wanted(cluster, 4, {1: 'voter', 2: 'voter', 3: 'leaving', 4: 'voter'});
    expect(leader.host.reconcileMembers(GROUP, older)).toBe('reached');
    cluster.fabric.isolate(leader.id);
    const next = wanted(cluster, 6, {1: 'voter', 2: 'voter', 3: 'voter'});
    leader.host.reconcileMembers(GROUP, wanted(cluster, 6, {1: 'voter', 2: 'voter', 3: 'leaving'}));
    await cluster.until(() => cluster.nodes.some((node) => node !== leader && node.host.status(GROUP)?.isLeader === true), 10_000);
    await follow(cluster, next, () => cluster.nodes.some((node) => node !== leader && node.host.reconcileMembers(GROUP, next) === 'reached'));
    cluster.fabric.heal();
    await cluster.advance(3_000);
    for (const node of cluster.nodes.slice(0, 3)) expect(node.host.status(GROUP)).toMatchObject({membership: 6, confState: {voters: [1, 2, 3]}});
  });
});

describe('a log replica', () => {
  /** Node 3 is lost for good, node 4 keeps the log in its place. */
  async function withLogReplica(): Promise<HostCluster> {
    const cluster = await threeOf(5);
    await cluster.elected();
    await cluster.write(cluster.leader()!, 'a=1');
    cluster.crash(cluster.node(3));
    await cluster.until(() => cluster.leader() !== undefined, 10_000);
    await cluster.elected();
    await join(cluster, cluster.node(4), true);
    const healing = wanted(cluster, 2, {1: 'voter', 2: 'voter', 3: 'leaving', 4: 'log'});
    await follow(cluster, healing, isReached(cluster, healing));
    await cluster.advance(1_000);
    return cluster;
  }
  test('keeps the quorum with one full copy, holds no rows, never serves, and gives way to a full copy', async () => {
    const cluster = await withLogReplica();
    const log = cluster.node(4);
    expect(log.host.status(GROUP)).toMatchObject({isLog: true, membership: 2});
    const leader = await cluster.elected();
    const other = cluster.nodes.slice(0, 2).find((node) => node !== leader)!;
    cluster.crash(other);
    expect(await cluster.write(leader, 'b=2')).toMatchObject({ok: true});
    expect(cluster.machine(log).applied).toEqual([]);
    expect(cluster.machine(log).values.size).toBe(0);
    expect(log.host.hasLease(GROUP)).toBe(false);
    expect(log.host.staleness(GROUP)).toBe(Number.POSITIVE_INFINITY);
    await cluster.restart(other);
    await cluster.advance(1_000);
    await join(cluster, cluster.node(5));
    const learning = wanted(cluster, 3, {1: 'voter', 2: 'voter', 4: 'log', 5: 'learner'});
    await follow(cluster, learning, isReached(cluster, learning));
    await cluster.advance(1_000);
    const whole = wanted(cluster, 4, {1: 'voter', 2: 'voter', 4: 'leaving', 5: 'voter'});
    await follow(cluster, whole, isReached(cluster, whole));
    await cluster.advance(500);
    expect(cluster.machine(cluster.node(5)).values.get('b')).toBe('2');
    expect((await cluster.elected()).host.status(GROUP)!.confState.voters).toEqual([1, 2, 5]);
  });
  test('hands on what only it has when the full copy that had it is gone, and then leads no more', async () => {
    const cluster = await withLogReplica();
    const log = cluster.node(4);
    const leader = await cluster.elected();
    const behind = cluster.nodes.slice(0, 2).find((node) => node !== leader)!;
    cluster.fabric.isolate(behind.id);
    expect(await cluster.write(leader, 'only=here')).toMatchObject({ok: true});
    cluster.crash(leader);
    cluster.fabric.heal();
    await cluster.until(() => behind.host.status(GROUP)?.isLeader === true, 30_000);
    await cluster.advance(500);
    expect(cluster.machine(behind).values.get('only')).toBe('here');
    expect(log.host.status(GROUP)?.isLeader).toBe(false);
    // It answered nobody while it led.
    expect(cluster.propose(log, 'x=1').result).toBeUndefined();
    expect(await cluster.write(behind, 'after=1')).toMatchObject({ok: true});
  });
  test('is no target of a transfer', async () => {
    const cluster = await withLogReplica();
    const leader = await cluster.elected();
    leader.host.transferLeader(GROUP, toReplicaId(4));
    expect(leader.host.handLeadership(GROUP, ids(4))).toBe(0);
    await cluster.advance(2_000);
    expect(leader.host.status(GROUP)?.isLeader).toBe(true);
  });
});

describe('a configuration that is durable', () => {
  /** The control plane's rule for destroying who left: most of the new voters, the leader among them, would come back with it. */
  const mayDestroy = (cluster: HostCluster, membership: number, voters: readonly number[]): boolean => {
    const durable = voters.map((number) => cluster.node(number)).filter((node) => node.isUp && (node.host.status(GROUP)?.durableMembership ?? 0) >= membership);
    return durable.length * 2 > voters.length && durable.some((node) => node.host.status(GROUP)?.isLeader === true);
  };
  async function learning(logOptions: MemoryLogOptions): Promise<HostCluster> {
    const cluster = new HostCluster({snapshotRateBytesPerSecond: 0}, logOptions);
    await cluster.start(4);
    await cluster.createGroup(GROUP, 3);
    const leader = await cluster.elected();
    await cluster.write(leader, 'a=1');
    await join(cluster, cluster.node(4));
    const want = wanted(cluster, 2, {1: 'voter', 2: 'voter', 3: 'voter', 4: 'learner'});
    await follow(cluster, want, isReached(cluster, want));
    await cluster.until(() => cluster.node(4).host.status(GROUP)?.confState.learners.includes(toReplicaId(4)) === true, 5_000);
    await cluster.advance(300);
    return cluster;
  }
  const roles: Readonly<Record<number, Role>> = {1: 'voter', 2: 'voter', 3: 'leaving', 4: 'voter'};

  test.each([1, 2, 4])('lets the one who left be destroyed: after a power cut of all, with replica %i gone too, the group comes back', async (lost) => {
    const cluster = await learning({syncDelayMs: 5});
    const swapped = wanted(cluster, 3, roles);
    await follow(cluster, swapped, () => mayDestroy(cluster, 3, [1, 2, 4]));
    for (const node of cluster.nodes) cluster.crash(node);
    for (const number of [1, 2, 4]) if (number !== lost) await cluster.restart(cluster.node(number));
    const leader = await cluster.elected();
    await follow(cluster, swapped, isReached(cluster, swapped));
    expect(leader.host.status(GROUP)).toMatchObject({membership: 3, isJoint: false, confState: {voters: [1, 2, 4]}});
    expect(cluster.machine(leader).values.get('a')).toBe('1');
    expect(await cluster.write(await cluster.elected(), 'b=1')).toMatchObject({ok: true});
  });
  test.each(Array.from({length: 24}, (_, i) => i * 5))('is found at every moment: %i ms into a swap all lose power and one more replica goes for good', async (atMs) => {
    for (const lost of [1, 2]) {
      const cluster = await learning({syncDelayMs: 10});
      const swapped = wanted(cluster, 3, roles);
      for (const node of cluster.nodes) node.host.reconcileMembers(GROUP, swapped);
      for (let passedMs = 0; passedMs < atMs; passedMs += 5) {
        await cluster.advance(5);
        for (const node of cluster.nodes) node.host.reconcileMembers(GROUP, swapped);
      }
      const isDestroyed = mayDestroy(cluster, 3, [1, 2, 4]);
      for (const node of cluster.nodes) cluster.crash(node);
      for (const number of isDestroyed ? [1, 2, 4] : [1, 2, 3, 4]) if (number !== lost) await cluster.restart(cluster.node(number));
      await cluster.elected();
      await follow(cluster, swapped, isReached(cluster, swapped));
      expect((await cluster.elected()).host.status(GROUP)).toMatchObject({membership: 3, isJoint: false, confState: {voters: [1, 2, 4]}});
    }
  }, 30_000);
  test('is told of only once the log has it, and again after a restart', async () => {
    const cluster = await learning({});
    const leader = await cluster.elected();
    expect(leader.host.status(GROUP)?.durableMembership).toBe(2);
    const follower = cluster.nodes.slice(0, 3).find((node) => node !== leader)!;
    const want = wanted(cluster, 3, {1: 'voter', 2: 'voter', 3: 'voter', 4: 'leaving'});
    await follow(cluster, want, () => {
      if ((follower.host.status(GROUP)?.membership ?? 0) < 3) return false;
      follower.log.holdSyncs();
      return true;
    });
    await cluster.advance(100);
    follower.log.releaseSyncs();
    await cluster.until(() => follower.host.status(GROUP)?.durableMembership === 3, 1_000);
    expect(cluster.machine(follower).durableMemberships.at(-1)).toBe(3);
    cluster.crash(follower);
    await cluster.restart(follower);
    await cluster.until(() => follower.host.status(GROUP)?.durableMembership === 3, 5_000);
  });
});

describe('a removed replica', () => {
  test('is never made again under its id, also after a crash, and messages for it create nothing', async () => {
    const cluster = await threeOf(3);
    const leader = await cluster.elected();
    const gone = cluster.nodes.find((node) => node !== leader)!;
    let isRemoved = false;
    gone.host.removeGroup(GROUP, () => (isRemoved = true));
    await cluster.until(() => isRemoved, 1_000);
    await cluster.write(leader, 'a=1');
    await cluster.advance(2_000);
    expect(gone.host.statuses()).toEqual([]);
    expect(await join(cluster, gone)).toEqual({ok: false, reason: 'Removed'});
    cluster.crash(gone);
    await cluster.restart(gone);
    expect(await join(cluster, gone)).toEqual({ok: false, reason: 'Removed'});
    let answer: unknown;
    gone.host.createGroup({...cluster.descriptor(GROUP, toReplicaId(9), 3, true)}, {}, (result) => (answer = result));
    await cluster.until(() => answer !== undefined, 1_000);
    expect(answer).toEqual({ok: true});
  });
  test('stays removed when the process died right after the decision', async () => {
    const cluster = await threeOf(3);
    const leader = await cluster.elected();
    await cluster.write(leader, 'a=1');
    const gone = cluster.nodes.find((node) => node !== leader)!;
    gone.log.holdSyncs();
    gone.host.removeGroup(GROUP, () => undefined);
    await cluster.advance(50);
    cluster.crash(gone, 1_000);
    await cluster.restart(gone);
    expect(gone.host.statuses()).toEqual([]);
    expect(gone.host.unusableGroups()).toEqual([]);
  });
});
