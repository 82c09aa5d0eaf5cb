// Goal: a cluster of hosts elects, commits, reads and survives crashes with the guarantees of the README.
// Method: whole hosts on memory logs and stores, a network of queues, and time moved by hand.
import {utf8Encode} from '@murmuration/base';
import {HostCluster, GROUP} from './testing/host-cluster.js';

describe('a group of three hosts', () => {
  let cluster: HostCluster;
  beforeEach(async () => {
    cluster = new HostCluster();
    await cluster.start(3);
    await cluster.createGroup();
  });

  test('has a leader within a second of its making', async () => {
    const startedMs = cluster.time.monotonicMs();
    await cluster.elected();
    expect(cluster.time.monotonicMs() - startedMs).toBeLessThan(1000);
  });

  test('applies proposals on every replica in one order, and answers with the value of the machine', async () => {
    const leader = await cluster.elected();
    expect(await cluster.write(leader, 'a=1')).toMatchObject({ok: true, value: undefined});
    expect(await cluster.write(leader, 'a=2')).toMatchObject({ok: true, value: '1'});
    await cluster.advance(300);
    for (const node of cluster.nodes) expect(cluster.machine(node).applied).toEqual(['a=1', 'a=2']);
  });

  test('answers many proposals of one turn in order, from one append', async () => {
    const leader = await cluster.elected();
    await cluster.advance(200);
    const before = leader.log.counts().appends;
    const slots = Array.from({length: 100}, (_, i) => cluster.propose(leader, `k=${i}`));
    await cluster.until(() => slots.every((slot) => slot.result !== undefined), 1000);
    expect(slots.map((slot) => slot.result?.ok === true && slot.result.value)).toEqual([undefined, ...Array.from({length: 99}, (_, i) => `${i}`)]);
    expect(leader.log.counts().appends - before).toBeLessThanOrEqual(2);
  });

  test('a follower refuses proposals and reads with a hint at the leader', async () => {
    const leader = await cluster.elected();
    await cluster.advance(300);
    const follower = cluster.nodes.find((node) => node !== leader)!;
    const proposed = cluster.propose(follower, 'a=1');
    expect(proposed.result).toBeUndefined();
    const read = cluster.read(follower);
    await cluster.advance(10);
    expect(proposed.result).toEqual({ok: false, failure: {code: 'NotLeader', leaderHint: leader.replica}});
    expect(read.result).toEqual({ok: false, failure: {code: 'NotLeader', leaderHint: leader.replica}});
  });

  test('an acknowledgement never precedes the sync of a second replica', async () => {
    const leader = await cluster.elected();
    await cluster.advance(300);
    const followers = cluster.nodes.filter((node) => node !== leader);
    for (const follower of followers) follower.log.holdSyncs();
    const slot = cluster.propose(leader, 'a=1');
    await cluster.advance(500);
    expect(slot.result).toBeUndefined();
    followers[0]!.log.releaseSyncs();
    await cluster.advance(50);
    expect(slot.result).toMatchObject({ok: true});
  });

  test('followers sync while the leader does: messages do not wait for its own append', async () => {
    const leader = await cluster.elected();
    await cluster.advance(300);
    leader.log.holdSyncs();
    cluster.propose(leader, 'a=1');
    await cluster.advance(100);
    for (const node of cluster.nodes) expect(node.host.status(GROUP)?.lastIndex).toBe(3);
    expect(leader.host.status(GROUP)?.applied).toBe(2);
  });

  test('a restarted cluster has every acknowledged write, whatever its stores lost', async () => {
    const leader = await cluster.elected();
    for (let i = 0; i < 5; i += 1) await cluster.write(leader, `k${i}=${i}`);
    for (const node of cluster.nodes) cluster.crash(node, 0);
    for (const node of cluster.nodes) await cluster.restart(node);
    const next = await cluster.elected();
    await cluster.advance(300);
    expect(await cluster.write(next, 'after=1')).toMatchObject({ok: true});
    await cluster.advance(300);
    for (const node of cluster.nodes) {
      expect([...cluster.machine(node).values].sort()).toEqual([['after', '1'], ['k0', '0'], ['k1', '1'], ['k2', '2'], ['k3', '3'], ['k4', '4']]);
    }
  });

  test('a restart with part of the store applies only what is missing', async () => {
    const leader = await cluster.elected();
    for (let i = 0; i < 5; i += 1) {
      await cluster.write(leader, `k${i}=${i}`);
      await cluster.advance(50);
    }
    const node = cluster.nodes.find((other) => other !== leader)!;
    cluster.crash(node, 3);
    await cluster.restart(node);
    await cluster.advance(1000);
    expect(cluster.machine(node).applied.length).toBeLessThan(5);
    expect(cluster.machine(node).values.size).toBe(5);
  });

  test('when the leader is killed another leads within 1.6 E, and writes go on', async () => {
    const leader = await cluster.elected();
    await cluster.write(leader, 'a=1');
    await cluster.advance(300);
    cluster.crash(leader);
    const killedMs = cluster.time.monotonicMs();
    const next = await cluster.elected();
    expect(cluster.time.monotonicMs() - killedMs).toBeLessThan(1600);
    expect(await cluster.write(next, 'a=2')).toMatchObject({ok: true, value: '1'});
  });

  test('a deposed leader fails what it had pending with an unknown outcome, and never answers it', async () => {
    const leader = await cluster.elected();
    await cluster.advance(300);
    cluster.fabric.isolate(leader.id);
    const slot = cluster.propose(leader, 'a=lost');
    const read = cluster.read(leader);
    await cluster.until(() => slot.result !== undefined, 5000);
    expect(slot.result).toEqual({ok: false, failure: {code: 'OutcomeUnknown'}});
    expect(read.result).toMatchObject({ok: false, failure: {code: 'NotLeader'}});
    expect(cluster.machine(leader).leaderships.at(-1)?.isLeader).toBe(false);
    const others = cluster.nodes.filter((node) => node !== leader);
    await cluster.until(() => others.some((node) => node.host.status(GROUP)?.isLeader === true), 5000);
    cluster.fabric.heal();
    await cluster.advance(2000);
    expect(cluster.machine(leader).values.has('a')).toBe(false);
  });

  test('a read index is answered after a quorum round, shared by all that wait', async () => {
    const leader = await cluster.elected();
    await cluster.advance(300);
    const reads = Array.from({length: 50}, () => cluster.read(leader));
    await cluster.until(() => reads.every((slot) => slot.result !== undefined), 1000);
    for (const slot of reads) expect(slot.result).toMatchObject({ok: true});
    cluster.fabric.isolate(leader.id);
    const late = cluster.read(leader);
    await cluster.advance(400);
    expect(late.result).toBeUndefined();
  });

  test('the lease runs out before another leader can be elected', async () => {
    const leader = await cluster.elected();
    await cluster.advance(500);
    expect(leader.host.hasLease(GROUP)).toBe(true);
    cluster.fabric.isolate(leader.id);
    const others = cluster.nodes.filter((node) => node !== leader);
    let overlap = 0;
    for (let i = 0; i < 4000; i += 5) {
      await cluster.advance(5);
      if (leader.host.hasLease(GROUP) && others.some((node) => node.host.status(GROUP)?.isLeader === true)) overlap += 1;
    }
    expect(overlap).toBe(0);
    expect(leader.host.hasLease(GROUP)).toBe(false);
    expect(others.some((node) => node.host.hasLease(GROUP))).toBe(true);
  });

  test('a transfer gives up the lease before the other replica leads', async () => {
    const leader = await cluster.elected();
    await cluster.advance(500);
    const target = cluster.nodes.find((node) => node !== leader)!;
    leader.host.transferLeader(GROUP, target.replica);
    expect(leader.host.hasLease(GROUP)).toBe(false);
    await cluster.until(() => target.host.status(GROUP)?.isLeader === true, 1000);
    await cluster.advance(300);
    expect(target.host.hasLease(GROUP)).toBe(true);
  });

  test('a restarted replica gives no vote before E is over', async () => {
    const leader = await cluster.elected();
    await cluster.advance(300);
    const [voter, other] = cluster.nodes.filter((node) => node !== leader);
    cluster.crash(voter!);
    cluster.crash(leader);
    await cluster.advance(2000);
    await cluster.restart(voter!);
    const restartedMs = cluster.time.monotonicMs();
    for (let i = 0; i < 900; i += 5) {
      other!.host.campaign(GROUP);
      await cluster.advance(5);
      expect(other!.host.status(GROUP)?.isLeader).toBe(false);
    }
    await cluster.elected();
    expect(cluster.time.monotonicMs() - restartedMs).toBeGreaterThanOrEqual(1000);
  });

  test('a follower proves how old it is, and a paused one grows old', async () => {
    const leader = await cluster.elected();
    await cluster.write(leader, 'a=1');
    await cluster.advance(500);
    const follower = cluster.nodes.find((node) => node !== leader)!;
    expect(follower.host.staleness(GROUP)).toBeLessThan(500);
    expect(leader.host.staleness(GROUP)).toBeLessThan(300);
    cluster.fabric.isolate(follower.id);
    await cluster.advance(800);
    expect(follower.host.staleness(GROUP)).toBeGreaterThan(700);
  });

  test('callbacks wait for an index to be applied and stored', async () => {
    const leader = await cluster.elected();
    const seen: string[] = [];
    const index = leader.host.status(GROUP)!.lastIndex + 1;
    leader.host.whenApplied(GROUP, index as never, (isReached) => seen.push(`applied ${isReached}`));
    leader.host.whenStored(GROUP, index as never, (isReached) => seen.push(`stored ${isReached}`));
    await cluster.write(leader, 'a=1');
    await cluster.advance(50);
    expect(seen).toEqual(['applied true', 'stored true']);
    expect(cluster.machine(leader).storedThrough).toBe(index);
  });

  test('above the bound of proposals the next one is refused as overload', async () => {
    const small = new HostCluster({groupProposalsMax: 3});
    await small.start(1);
    await small.createGroup();
    const leader = await small.elected();
    const slots = Array.from({length: 5}, (_, i) => small.propose(leader, `k=${i}`));
    await small.advance(50);
    expect(slots.map((slot) => slot.result?.ok)).toEqual([true, true, true, false, false]);
    expect(slots[4]?.result).toMatchObject({failure: {code: 'Overloaded'}});
  });

  test('below the low-water mark of the disk a proposal is refused and reads go on, until there is room again', async () => {
    const leader = await cluster.elected();
    expect(await cluster.write(leader, 'a=1')).toMatchObject({ok: true});
    leader.log.setRoom(false);
    expect(await cluster.write(leader, 'a=2')).toMatchObject({ok: false, failure: {code: 'Overloaded'}});
    const read = cluster.read(leader);
    await cluster.advance(300);
    expect(read.result?.ok).toBe(true);
    leader.log.setRoom(true);
    // Where there was room, the group may have been led meanwhile.
    expect(await cluster.write(await cluster.elected(), 'a=3')).toMatchObject({ok: true});
  });

  test('stopping hands leadership over, answers everybody and leaves no timer', async () => {
    const leader = await cluster.elected();
    await cluster.advance(300);
    let isStopped = false;
    void leader.host.stop().then(() => {
      isStopped = true;
    });
    await cluster.until(() => isStopped, 3000);
    expect(cluster.machine(leader).isStopped).toBe(true);
    leader.isUp = false;
    await cluster.until(() => cluster.leader() !== undefined, 300);
    const slot = cluster.propose(leader, 'a=1');
    await cluster.advance(10);
    expect(slot.result).toEqual({ok: false, failure: {code: 'Stopped'}});
    for (const node of cluster.nodes) if (node !== leader) void node.host.stop();
    await cluster.advance(3000);
    expect(cluster.time.pendingCount).toBe(0);
  });

  test('a failed sync stops the host for good: nothing is acknowledged and the owner is told once', async () => {
    const leader = await cluster.elected();
    await cluster.advance(300);
    leader.log.poison('no sync');
    const slot = cluster.propose(leader, 'a=1');
    await cluster.advance(100);
    expect(slot.result).toEqual({ok: false, failure: {code: 'OutcomeUnknown'}});
    expect(leader.fatal).toHaveLength(1);
    expect(leader.events.named('raft-host/log-poisoned')).toHaveLength(1);
    leader.isUp = false;
    await cluster.elected();
  });

  test('an append refused for want of room is made again, and nothing is lost or answered early', async () => {
    const leader = await cluster.elected();
    await cluster.advance(300);
    for (const node of cluster.nodes) node.log.refuseNext({code: 'DiskFull', freeBytes: 0});
    const slots = [cluster.propose(leader, 'a=1')];
    await cluster.advance(5);
    slots.push(cluster.propose(leader, 'a=2'));
    await cluster.advance(50);
    expect(slots.map((slot) => slot.result)).toEqual([undefined, undefined]);
    await cluster.advance(400);
    expect(slots.map((slot) => slot.result?.ok)).toEqual([true, true]);
    expect(leader.fatal).toHaveLength(0);
  });

  test('a peer that sends garbage is told apart and harms nobody', async () => {
    const leader = await cluster.elected();
    const other = cluster.nodes.find((node) => node !== leader)!;
    const network = leader.network;
    for (const bytes of [[], [9], [1, 2, 3], Array.from({length: 60}, (_, i) => i)]) network.deliver(other.id, Uint8Array.from(bytes));
    network.deliver(other.id, utf8Encode('no envelope at all'));
    expect(leader.events.named('raft-host/envelope-refused').length).toBe(5);
    expect(await cluster.write(leader, 'a=1')).toMatchObject({ok: true});
  });
});
