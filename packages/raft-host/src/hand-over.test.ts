// Goal: handing leadership over takes a few round trips, also to and past a replica that was started a moment ago, and whoever asks the old leader is told where to go.
// Method: whole hosts on memory logs with slow syncs; the time between writes that go through is counted in virtual time.
import {GROUP, HostCluster} from './testing/host-cluster.js';
import type {TestNode} from './testing/host-cluster.js';

const ELECTION_MS = 1_000;
/** What a planned handover may cost: a fifth of E. */
const GAP_MS_MAX = 0.2 * ELECTION_MS;

/** Writes follow each other, each at whom the last answer named; @returns the longest time between two that were taken. */
async function longestGapMs(cluster: HostCluster, start: TestNode, forMs: number, during: () => void): Promise<number> {
  let asked = start;
  let lastMs = cluster.time.monotonicMs();
  let gapMs = 0;
  const untilMs = lastMs + forMs;
  let hasBegun = false;
  for (let i = 0; cluster.time.monotonicMs() < untilMs; i += 1) {
    const slot = cluster.propose(asked, `k${i}=1`);
    if (!hasBegun) during();
    hasBegun = true;
    await cluster.until(() => slot.result !== undefined, 3 * ELECTION_MS);
    const nowMs = cluster.time.monotonicMs();
    if (slot.result?.ok === true) {
      gapMs = Math.max(gapMs, nowMs - lastMs);
      lastMs = nowMs;
      continue;
    }
    const failure = slot.result?.ok === false ? slot.result.failure : undefined;
    const hint = failure?.code === 'NotLeader' ? failure.leaderHint : 0;
    asked = hint === 0 ? asked : cluster.node(hint);
    await cluster.advance(5);
  }
  return Math.max(gapMs, cluster.time.monotonicMs() - lastMs);
}
async function three(): Promise<{readonly cluster: HostCluster; readonly leader: TestNode; readonly others: readonly [TestNode, TestNode]}> {
  const cluster = new HostCluster({}, {syncDelayMs: 10});
  await cluster.start(3);
  await cluster.createGroup(GROUP, 3);
  const leader = await cluster.elected();
  await cluster.write(leader, 'a=1');
  await cluster.advance(500);
  const [one, two] = cluster.nodes.filter((node) => node !== leader) as [TestNode, TestNode];
  return {cluster, leader, others: [one, two]};
}

describe('a handover', () => {
  test('to a replica that was started a moment ago takes no more than a fifth of E', async () => {
    const {cluster, leader, others: [young]} = await three();
    cluster.crash(young);
    await cluster.advance(300);
    await cluster.restart(young);
    await cluster.until(() => leader.host.status(GROUP)!.progress.some(({replica, isActive, behindEntries, state}) => replica === young.replica && isActive && state === 'replicate' && behindEntries === 0), ELECTION_MS);
    const gapMs = await longestGapMs(cluster, leader, 2 * ELECTION_MS, () => leader.host.transferLeader(GROUP, young.replica));
    expect(young.host.status(GROUP)?.isLeader).toBe(true);
    expect(gapMs).toBeLessThanOrEqual(GAP_MS_MAX);
  });
  test('of all that a process leads, right after its neighbour came back, leaves nothing behind and no gap', async () => {
    const {cluster, leader, others: [young]} = await three();
    cluster.crash(young);
    await cluster.advance(300);
    await cluster.restart(young);
    await cluster.advance(200);
    let left: number | undefined;
    const gapMs = await longestGapMs(cluster, leader, 2 * ELECTION_MS, () => void leader.host.handOver().then((count) => (left = count)));
    expect(left).toBe(0);
    expect(gapMs).toBeLessThanOrEqual(GAP_MS_MAX);
  });
  test('needs no vote that a young replica keeps back: one is given to whom the leader named', async () => {
    const {cluster, leader, others: [young, target]} = await three();
    cluster.crash(young);
    await cluster.advance(300);
    await cluster.restart(young);
    await cluster.until(() => leader.host.status(GROUP)!.progress.some(({replica, isActive}) => replica === young.replica && isActive), ELECTION_MS);
    leader.host.transferLeader(GROUP, target.replica);
    await cluster.until(() => leader.events.named('raft-host/transfer-begun').length > 0, 100);
    // The leader dies as soon as it has told the other one: the young replica's vote decides.
    await cluster.until(() => target.host.status(GROUP)!.term > leader.host.status(GROUP)!.term || target.host.status(GROUP)!.isLeader, 200);
    cluster.crash(leader);
    await cluster.until(() => target.host.status(GROUP)?.isLeader === true, GAP_MS_MAX);
  });
  test('of all that a process leads waits for a neighbour without which nothing could be committed', async () => {
    const {cluster, leader, others: [young]} = await three();
    cluster.crash(young);
    for (let i = 0; i < 6; i += 1) {
      const slots = Array.from({length: 200}, (_, k) => cluster.propose(leader, `k${i}-${k}=1`));
      await cluster.until(() => slots.every((slot) => slot.result !== undefined), ELECTION_MS);
    }
    await cluster.restart(young);
    young.log.holdSyncs();
    await cluster.until(() => leader.host.status(GROUP)!.progress.some(({replica, isActive}) => replica === young.replica && isActive), ELECTION_MS);
    let left: number | undefined;
    void leader.host.handOver().then((count) => (left = count));
    await cluster.advance(ELECTION_MS);
    expect(leader.host.status(GROUP)?.isLeader).toBe(true);
    expect(leader.events.named('raft-host/transfer-begun')).toEqual([]);
    young.log.releaseSyncs();
    await cluster.until(() => left !== undefined, ELECTION_MS);
    expect(left).toBe(0);
  });
  test('goes on without a neighbour that never comes level', async () => {
    const {cluster, leader, others: [young]} = await three();
    cluster.crash(young);
    const slots = Array.from({length: 1_200}, (_, k) => cluster.propose(leader, `k${k}=1`));
    await cluster.until(() => slots.every((slot) => slot.result !== undefined), 2 * ELECTION_MS);
    await cluster.restart(young);
    young.log.holdSyncs();
    await cluster.until(() => leader.host.status(GROUP)!.progress.some(({replica, isActive}) => replica === young.replica && isActive), ELECTION_MS);
    let left: number | undefined;
    void leader.host.handOver().then((count) => (left = count));
    await cluster.until(() => left !== undefined, 6 * ELECTION_MS);
    expect(left).toBe(0);
  });
  test('names whom leadership went to before that one was heard of', async () => {
    const {cluster, leader, others: [, target]} = await three();
    target.log.holdSyncs();
    leader.host.transferLeader(GROUP, target.replica);
    await cluster.advance(20);
    target.log.releaseSyncs();
    await cluster.until(() => leader.host.status(GROUP)?.isLeader === false, 500);
    expect(leader.host.leaderOf(GROUP)).toBe(target.replica);
  });
});
