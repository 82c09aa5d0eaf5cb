// Goal: a leader whose loop, disk or store hangs while its heartbeats go on gives its leadership away, and not too often.
// Method: as in host.test.ts.
import {GROUP, HostCluster} from './testing/host-cluster.js';
import type {TestNode} from './testing/host-cluster.js';

const ELECTION_MS = 1_000;

async function started(): Promise<{cluster: HostCluster; leader: TestNode}> {
  const cluster = new HostCluster();
  await cluster.start(3);
  await cluster.createGroup();
  const leader = await cluster.elected();
  await cluster.advance(1_000);
  return {cluster, leader};
}
function given(node: TestNode): readonly unknown[] {
  return node.events.named('raft-host/leaderships-given-away').map((event) => event['reason']);
}

describe('leader health', () => {
  test('a leader whose sync hangs for E/2 hands its group over, and writes go on', async () => {
    const {cluster, leader} = await started();
    leader.log.holdSyncs();
    cluster.propose(leader, 'a=1');
    await cluster.until(() => given(leader).length > 0, ELECTION_MS);
    await cluster.until(() => cluster.leader() !== undefined && cluster.leader() !== leader, ELECTION_MS);
    expect(given(leader)).toEqual(['slow-sync']);
    expect(await cluster.write(await cluster.elected(), 'b=2')).toMatchObject({ok: true});
  });
  test('a single pause is forgiven; the second within 3 E is not', async () => {
    const {cluster, leader} = await started();
    cluster.time.stall(ELECTION_MS / 2);
    await cluster.advance(500);
    expect(given(leader)).toEqual([]);
    cluster.time.stall(ELECTION_MS / 2);
    await cluster.advance(500);
    // All three stand on one clock, so whoever leads then was late as well.
    expect(cluster.nodes.flatMap(given)).toContain('late-loop');
  });
  test('below the low-water mark a leader hands over, at most once in 10 E', async () => {
    const {cluster, leader} = await started();
    for (const node of cluster.nodes) node.log.setRoom(false);
    await cluster.advance(ELECTION_MS * 9);
    expect(given(leader)).toEqual(['disk-low']);
    // Whoever got it does the same: nobody has room. Each of the three gives away once.
    expect(cluster.nodes.flatMap(given).length).toBeLessThanOrEqual(3);
    for (const node of cluster.nodes) node.log.setRoom(true);
    expect(await cluster.write(await cluster.elected(), 'b=2')).toMatchObject({ok: true});
  });
  test('a handover answers what was proposed before it, and sends what comes after to the next leader: nobody is left in doubt', async () => {
    const {cluster, leader} = await started();
    for (const node of cluster.nodes) if (node !== leader) node.log.holdSyncs();
    const before = Array.from({length: 20}, (_, i) => cluster.propose(leader, `a${i}=1`));
    await cluster.advance(20);
    void leader.host.handOver();
    const after = Array.from({length: 20}, (_, i) => cluster.propose(leader, `b${i}=1`));
    await cluster.advance(100);
    for (const node of cluster.nodes) node.log.releaseSyncs();
    await cluster.until(() => [...before, ...after].every((slot) => slot.result !== undefined), ELECTION_MS);
    expect(before.every((slot) => slot.result?.ok === true)).toBe(true);
    for (const slot of after) if (slot.result?.ok !== true) expect(slot.result).toMatchObject({ok: false, failure: {code: 'NotLeader'}});
  });
  test('handing over everything leaves a follower that still answers, and the others lead', async () => {
    const {cluster, leader} = await started();
    let remaining: number | undefined;
    void leader.host.handOver().then((count) => (remaining = count));
    const startedMs = cluster.time.monotonicMs();
    await cluster.until(() => remaining !== undefined, ELECTION_MS);
    expect(remaining).toBe(0);
    expect(cluster.time.monotonicMs() - startedMs).toBeLessThanOrEqual(0.2 * ELECTION_MS);
    expect(leader.host.status(GROUP)?.isLeader).toBe(false);
    expect(await cluster.write(await cluster.elected(), 'b=2')).toMatchObject({ok: true});
  });
});
