// Goal: groups in which nothing happens are silent, any doubt wakes them, and nobody who sleeps holds a lease.
import {toGroupId, utf8Encode} from '@murmuration/base';
import {GROUP, HostCluster} from './testing/host-cluster.js';
import type {TestNode} from './testing/host-cluster.js';

const ELECTION_MS = 1_000;
/** Of an envelope, and the kind of record behind it. */
const HEADER_BYTES = 25;
const RECORD_SLEEP = 4;
const OPTIONS = {hibernateAfterMs: 500} as const;

function countOf(node: TestNode, event: string): number {
  return node.events.records.filter((seen) => seen.event === event).length;
}
async function asleep(cluster: HostCluster, nodes = cluster.nodes): Promise<void> {
  await cluster.until(() => nodes.every((node) => countOf(node, 'raft-host/hibernated') > wakings(node)), 10_000);
}
function wakings(node: TestNode): number {
  return node.events.records.filter((seen) => seen.event.startsWith('raft-host/woken-by-')).length;
}
async function idleCluster(options = {}): Promise<{cluster: HostCluster; leader: TestNode}> {
  const cluster = new HostCluster({...OPTIONS, ...options});
  await cluster.start(3);
  await cluster.createGroup();
  const leader = await cluster.elected();
  await cluster.write(leader, 'a=1');
  await asleep(cluster);
  return {cluster, leader};
}

describe('a group in which nothing happens', () => {
  test('sleeps, and one ping a peer and heartbeat period is all that is sent, however many groups there are', async () => {
    const cluster = new HostCluster(OPTIONS);
    await cluster.start(3);
    const groups = [16, 17, 18, 19, 20].map(toGroupId);
    for (const group of groups) await cluster.createGroup(group);
    await cluster.until(() => cluster.nodes.every((node) => countOf(node, 'raft-host/hibernated') >= groups.length), 10_000);
    await cluster.advance(500);
    const [postsBefore, before] = [cluster.fabric.postCount, cluster.nodes.map(wakings)];
    const leader = cluster.leader() as TestNode;
    const term = leader.host.status(GROUP)?.term;
    await cluster.advance(5_000);
    // Leaders are where the groups were made: two peers are pinged, and ping back.
    expect(cluster.fabric.postCount - postsBefore).toBeLessThanOrEqual(4 * 51);
    expect(cluster.nodes.map(wakings)).toEqual(before);
    expect(leader.host.status(GROUP)).toMatchObject({term, isLeader: true});
  });
  test('has no lease while it sleeps, wakes for a strong read at once, and then has one again', async () => {
    const {cluster, leader} = await idleCluster();
    expect(leader.host.holdsLease(GROUP)).toBe(false);
    await cluster.advance(3_000);
    const read = cluster.read(leader);
    await cluster.until(() => read.result !== undefined, 50);
    expect(read.result).toMatchObject({ok: true});
    expect(leader.host.hasLease(GROUP)).toBe(true);
    expect(countOf(leader, 'raft-host/woken-by-request')).toBe(1);
  });
  test('asked for its lease it answers no, and wakes', async () => {
    const {cluster, leader} = await idleCluster();
    expect(leader.host.hasLease(GROUP)).toBe(false);
    await cluster.until(() => leader.host.holdsLease(GROUP), 50);
  });
  test('takes a write at once, on all replicas, and sleeps again', async () => {
    const {cluster, leader} = await idleCluster();
    await cluster.advance(5_000);
    const slot = cluster.propose(leader, 'a=2');
    await cluster.until(() => slot.result !== undefined, 50);
    expect(slot.result).toMatchObject({ok: true});
    await cluster.until(() => cluster.nodes.every((node) => cluster.machine(node).values.get('a') === '2'), 200);
    await asleep(cluster);
    expect(leader.host.status(GROUP)?.isLeader).toBe(true);
  });
  test('stays awake while it is read under its lease', async () => {
    const {cluster, leader} = await idleCluster();
    await cluster.write(leader, 'a=2');
    const before = countOf(leader, 'raft-host/hibernated');
    for (let i = 0; i < 20; i += 1) {
      await cluster.advance(100);
      expect(leader.host.hasLease(GROUP)).toBe(true);
    }
    expect(countOf(leader, 'raft-host/hibernated')).toBe(before);
  });
  test('wakes when a follower is asked how old it is, which then can prove it, and nobody campaigns', async () => {
    const {cluster, leader} = await idleCluster();
    await cluster.advance(5_000);
    const follower = cluster.nodes.find((node) => node !== leader) as TestNode;
    const term = leader.host.status(GROUP)?.term;
    expect(follower.host.staleness(GROUP)).toBeGreaterThan(1_000);
    await cluster.until(() => follower.host.staleness(GROUP) < 500, 500);
    await cluster.advance(3_000);
    expect(leader.host.status(GROUP)).toMatchObject({term, isLeader: true});
  });
  test('does not sleep while a member lacks something, or never when that is switched off', async () => {
    const off = new HostCluster({hibernateAfterMs: 0});
    await off.start(3);
    await off.createGroup();
    await off.elected();
    await off.advance(3_000);
    expect(off.nodes.map((node) => countOf(node, 'raft-host/hibernated'))).toEqual([0, 0, 0]);
    const cluster = new HostCluster(OPTIONS);
    await cluster.start(3);
    await cluster.createGroup();
    const leader = await cluster.elected();
    cluster.crash(cluster.nodes.find((node) => node !== leader) as TestNode);
    const before = countOf(leader, 'raft-host/hibernated');
    await cluster.advance(4_000);
    expect(countOf(leader, 'raft-host/hibernated')).toBe(before);
  });
  test('alone in its group, a replica sleeps and wakes as well', async () => {
    const cluster = new HostCluster(OPTIONS);
    await cluster.start(1);
    await cluster.createGroup();
    const leader = await cluster.elected();
    await asleep(cluster);
    expect((await cluster.write(leader, 'a=1')).ok).toBe(true);
  });
});

describe('any doubt wakes a group', () => {
  test('its leader dies: another leads within the usual time', async () => {
    const {cluster, leader} = await idleCluster();
    await cluster.advance(5_000);
    cluster.crash(leader);
    await cluster.until(() => cluster.leader() !== undefined, 2 * ELECTION_MS);
    const next = await cluster.elected();
    expect((await cluster.write(next, 'a=2')).ok).toBe(true);
  });
  test('the process of its leader falls silent without a connection that breaks: another leads soon', async () => {
    const {cluster, leader} = await idleCluster();
    await cluster.advance(5_000);
    cluster.fabric.filter = (from, to) => from !== leader.id && to !== leader.id;
    await cluster.until(() => cluster.nodes.some((node) => node !== leader && node.host.status(GROUP)?.isLeader === true), 3 * ELECTION_MS);
    expect(leader.host.holdsLease(GROUP)).toBe(false);
    await cluster.until(() => leader.host.status(GROUP)?.isLeader === false, 2 * ELECTION_MS);
    const next = cluster.nodes.find((node) => node !== leader && node.host.status(GROUP)?.isLeader === true) as TestNode;
    await cluster.until(() => next.host.holdsLease(GROUP), 2 * ELECTION_MS);
    expect((await cluster.write(next, 'a=2')).ok).toBe(true);
  });
  test('the process of its leader begins another life', async () => {
    const {cluster, leader} = await idleCluster();
    cluster.fabric.filter = (_from, to) => to !== leader.id;
    cluster.crash(leader);
    cluster.fabric.filter = () => true;
    await cluster.restart(leader);
    await cluster.until(() => cluster.leader() !== undefined, 4 * ELECTION_MS);
    const next = await cluster.elected();
    expect((await cluster.write(next, 'a=2')).ok).toBe(true);
  });
  test('one that was not told that the others sleep wakes them, and leads to no election', async () => {
    const cluster = new HostCluster(OPTIONS);
    await cluster.start(3);
    await cluster.createGroup();
    const leader = await cluster.elected();
    const deaf = cluster.nodes.find((node) => node !== leader) as TestNode;
    const term = leader.host.status(GROUP)?.term;
    cluster.fabric.filter = (_from, to, payload) => to !== deaf.id || payload[HEADER_BYTES] !== RECORD_SLEEP;
    await cluster.until(() => countOf(leader, 'raft-host/hibernated') > 0, 5_000);
    expect(countOf(deaf, 'raft-host/hibernated')).toBe(0);
    cluster.fabric.filter = () => true;
    await asleep(cluster);
    expect(leader.host.status(GROUP)).toMatchObject({term, isLeader: true});
  });
  test('a leader wakes by itself after very long, and finds out whether its followers still follow', async () => {
    const {cluster, leader} = await idleCluster({hibernateMsMax: 5_000});
    await cluster.advance(9_000);
    expect(countOf(leader, 'raft-host/woken-by-age')).toBeGreaterThan(0);
    await asleep(cluster);
  });
  test('leadership is handed over as ever', async () => {
    const {cluster, leader} = await idleCluster();
    const other = cluster.nodes.find((node) => node !== leader) as TestNode;
    leader.host.transferLeader(GROUP, other.replica);
    await cluster.until(() => cluster.leader() === other, 500);
    const slot: {ok?: boolean} = {};
    other.host.propose(GROUP, utf8Encode('a=3'), (result) => (slot.ok = result.ok));
    await cluster.until(() => slot.ok === true, 500);
  });
  test('a replica that is removed while it sleeps leaves nothing behind', async () => {
    const {cluster, leader} = await idleCluster();
    let isDone = false;
    leader.host.removeGroup(GROUP, () => (isDone = true));
    await cluster.until(() => isDone, 500);
    const followers = cluster.nodes.filter((node) => node !== leader);
    // Nobody tells the others, whose leader's process lives: the first request does.
    for (const node of followers) node.host.campaign(GROUP);
    await cluster.until(() => followers.some((node) => node.host.status(GROUP)?.isLeader === true), 5_000);
  });
});
