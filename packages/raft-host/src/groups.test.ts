// Goal: many groups share turns, appends and posts; groups come and go, and their members change.
// Method: as in host.test.ts.
import {EMPTY_BYTES, toGroupId, toReplicaId} from '@murmuration/base';
import type {ConfChange} from '@murmuration/raft';
import {GROUP, HostCluster} from './testing/host-cluster.js';
import type {ProposeResult} from './types.js';

describe('many groups', () => {
  test('a hundred groups that write in one turn share one append and one post a peer', async () => {
    const cluster = new HostCluster();
    await cluster.start(3);
    const groups = Array.from({length: 100}, (_, i) => toGroupId(100 + i));
    for (const group of groups) await cluster.createGroup(group);
    for (const group of groups) await cluster.elected(group);
    await cluster.advance(500);
    const leader = cluster.leader(groups[0])!;
    const led = groups.filter((group) => leader.host.status(group)?.isLeader === true);
    expect(led.length).toBeGreaterThan(90);
    const appends = leader.log.counts().appends;
    const posts = cluster.fabric.postCount;
    const slots = led.map((group) => cluster.propose(leader, 'a=1', group));
    cluster.time.advance(0);
    cluster.time.advance(0);
    expect(slots.every((slot) => slot.result?.ok === true)).toBe(true);
    expect(leader.log.counts().appends - appends).toBe(1);
    // Out, answered, and the commit index told: a few posts for two peers, not hundreds.
    expect(cluster.fabric.postCount - posts).toBeLessThanOrEqual(12);
  });

  test('heartbeats of all groups travel in one post a peer and tick', async () => {
    const cluster = new HostCluster();
    await cluster.start(3);
    const groups = Array.from({length: 20}, (_, i) => toGroupId(100 + i));
    for (const group of groups) await cluster.createGroup(group);
    for (const group of groups) await cluster.elected(group);
    await cluster.advance(1000);
    const posts = cluster.fabric.postCount;
    await cluster.advance(1000);
    expect(cluster.fabric.postCount - posts).toBeLessThanOrEqual(60);
  });
});

describe('a group', () => {
  test('that is new elects in one term however long its syncs take', async () => {
    const cluster = new HostCluster();
    await cluster.start(3);
    const [first, ...others] = cluster.nodes;
    await cluster.advance(10);
    let createdCount = 0;
    for (const node of cluster.nodes) {
      node.host.createGroup(cluster.descriptor(GROUP, node.replica, 3), {campaignFirst: node === first}, () => {
        createdCount += 1;
      });
    }
    await cluster.until(() => createdCount === 3, 200);
    for (const node of others) node.log.holdSyncs();
    await cluster.advance(120);
    const term = first?.host.status(GROUP)?.term ?? 0;
    for (const node of others) node.log.releaseSyncs();
    await cluster.elected();
    expect(cluster.leader()).toBe(first);
    expect(cluster.leader()?.host.status(GROUP)?.term).toBe(term);
    expect(term).toBeLessThanOrEqual(2);
  });

  test('that is made twice is made once', async () => {
    const cluster = new HostCluster();
    await cluster.start(1);
    await cluster.createGroup();
    const node = await cluster.elected();
    const results: unknown[] = [];
    node.host.createGroup(cluster.descriptor(GROUP, node.replica, 1), {}, (result) => results.push(result));
    node.host.createGroup(cluster.descriptor(GROUP, toReplicaId(9), 1), {}, (result) => results.push(result));
    await cluster.advance(10);
    expect(results).toEqual([{ok: true}, {ok: false, reason: 'OtherReplicaPresent'}]);
  });

  test('that is removed fails what waits, forgets its log, and can be made again under another replica id', async () => {
    const cluster = new HostCluster();
    await cluster.start(1);
    await cluster.createGroup();
    const node = await cluster.elected();
    await cluster.write(node, 'a=1');
    const machine = cluster.machine(node);
    node.log.holdSyncs();
    const slot = cluster.propose(node, 'b=1');
    await cluster.advance(5);
    let isRemoved = false;
    node.host.removeGroup(GROUP, () => {
      isRemoved = true;
    });
    await cluster.advance(10);
    expect(slot.result).toEqual({ok: false, failure: {code: 'OutcomeUnknown'}});
    expect(machine.isStopped).toBe(true);
    node.log.releaseSyncs();
    await cluster.until(() => isRemoved, 500);
    cluster.crash(node, 0);
    await cluster.restart(node);
    expect(node.host.statuses()).toEqual([]);
    let isMade = false;
    node.host.createGroup({...cluster.descriptor(GROUP, toReplicaId(7), 1), initialConfState: {voters: [toReplicaId(7)], learners: [], votersOutgoing: [], learnersNext: [], autoLeave: false}},
      {campaignFirst: true}, (result) => {
        isMade = result.ok;
      });
    await cluster.until(() => isMade, 500);
    await cluster.elected();
    expect(node.host.status(GROUP)).toMatchObject({replica: 7, isLeader: true});
  });

  test('grows by a learner that is promoted, and shrinks again', async () => {
    const cluster = new HostCluster();
    await cluster.start(4);
    await cluster.createGroup(GROUP, 3);
    const leader = await cluster.elected();
    await cluster.write(leader, 'a=1');
    const joiner = cluster.node(4);
    let isMade = false;
    joiner.host.createGroup(cluster.descriptor(GROUP, joiner.replica, 3, true), {}, (result) => {
      isMade = result.ok;
    });
    await cluster.until(() => isMade, 500);
    const change = async (changes: ConfChange['changes']): Promise<ProposeResult> => {
      let answer: ProposeResult | undefined;
      leader.host.proposeConfChange(GROUP, {transition: 'auto', changes, context: EMPTY_BYTES}, cluster.members(4), (result) => {
        answer = result;
      });
      await cluster.until(() => answer !== undefined, 3000);
      return answer as ProposeResult;
    };
    expect(await change([{type: 'AddLearnerNode', replica: joiner.replica}])).toMatchObject({ok: true, value: {learners: [4]}});
    await cluster.until(() => cluster.machine(joiner).values.get('a') === '1', 5000);
    expect(joiner.events.named('raft-host/snapshot-installed')).toHaveLength(1);
    expect(await change([{type: 'AddNode', replica: joiner.replica}])).toMatchObject({ok: true, value: {voters: [1, 2, 3, 4]}});
    const gone = cluster.nodes.find((node) => node !== leader && node !== joiner)!;
    expect(await change([{type: 'RemoveNode', replica: gone.replica}])).toMatchObject({ok: true});
    await cluster.write(leader, 'b=1');
    await cluster.advance(500);
    expect(cluster.machine(joiner).values.get('b')).toBe('1');
    expect(joiner.host.status(GROUP)!.confState.voters).not.toContain(gone.replica);
    cluster.crash(joiner, 0);
    await cluster.restart(joiner);
    await cluster.advance(500);
    expect(joiner.host.status(GROUP)!.confState.voters).not.toContain(gone.replica);
  });

  test('cuts its log by size, keeping what a live follower needs', async () => {
    const cluster = new HostCluster({logSizeBytesMax: 1_000, truncationIntervalMs: 50});
    await cluster.start(3);
    await cluster.createGroup();
    const leader = await cluster.elected();
    for (let i = 0; i < 200; i += 1) await cluster.write(leader, `key=${'v'.repeat(20)}${i}`);
    await cluster.advance(300);
    for (const node of cluster.nodes) {
      expect(node.log.groupBytes(GROUP)).toBeLessThan(4_000);
      expect(node.host.status(GROUP)!.firstIndex).toBeLessThanOrEqual(node.host.status(GROUP)!.stored + 1);
    }
    expect(cluster.nodes.flatMap((node) => node.events.named('raft-host/snapshot-sent'))).toHaveLength(0);
    for (const node of cluster.nodes) cluster.crash(node, 0);
    for (const node of cluster.nodes) await cluster.restart(node);
    for (const node of cluster.nodes) expect(node.host.unusableGroups()).toEqual([]);
    await cluster.elected();
  });
});
