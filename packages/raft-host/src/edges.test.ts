// Goal: a replica whose disk failed or whose records rotted promises nothing to anybody, and harms nobody else.
// Method: as in host.test.ts, with logs that are poisoned, or damaged between two lives.
import {toGroupId, toReplicaId} from '@murmuration/base';
import {GROUP, HostCluster} from './testing/host-cluster.js';

const OTHER = toGroupId(17);

describe('a failed sync', () => {
  test('stops the host at the first failure: nothing is acknowledged, no vote and no answer leaves, the owner is told once', async () => {
    const cluster = new HostCluster();
    await cluster.start(3);
    await cluster.createGroup();
    const leader = await cluster.elected();
    const follower = cluster.nodes.find((node) => node !== leader)!;
    // The other follower is cut off: a majority needs the one whose disk fails.
    cluster.fabric.isolate(cluster.nodes.find((node) => node !== leader && node !== follower)!.id);
    follower.log.holdSyncs();
    const slot = cluster.propose(leader, 'a=1');
    await cluster.advance(50);
    follower.log.poison('EIO');
    await cluster.advance(5_000);
    expect(slot.result?.ok).not.toBe(true);
    expect(follower.fatal).toHaveLength(1);
    expect(follower.events.named('raft-host/log-poisoned')).toHaveLength(1);
    expect(follower.host.status(GROUP)).toBeUndefined();
    expect(cluster.nodes.every((node) => !node.host.hasLease(GROUP))).toBe(true);
  });
  test('on the leader loses its leadership to others, who then acknowledge', async () => {
    const cluster = new HostCluster();
    await cluster.start(3);
    await cluster.createGroup();
    const leader = await cluster.elected();
    leader.log.poison('EIO');
    const slot = cluster.propose(leader, 'a=1');
    await cluster.advance(100);
    expect(slot.result).toMatchObject({ok: false});
    expect(leader.fatal).toHaveLength(1);
    await cluster.until(() => cluster.leader() !== undefined && cluster.leader() !== leader, 10_000);
    expect(await cluster.write(await cluster.elected(), 'b=2')).toMatchObject({ok: true});
  });
});

describe('a damaged record of one group', () => {
  test('keeps that group from starting here: it neither votes nor answers, while the other groups go on', async () => {
    const cluster = new HostCluster();
    await cluster.start(3);
    await cluster.createGroup(GROUP);
    await cluster.createGroup(OTHER);
    await cluster.elected(GROUP);
    await cluster.elected(OTHER);
    const hit = cluster.node(2);
    cluster.crash(hit);
    hit.log.damageGroup(GROUP, 'its vote is damaged');
    await cluster.restart(hit);
    expect(hit.host.unusableGroups()).toEqual([GROUP]);
    expect(hit.events.named('raft-host/group-unusable')).toEqual([expect.objectContaining({group: GROUP, reason: 'its vote is damaged'})]);
    await cluster.until(() => hit.host.leaderOf(OTHER) !== 0, 5_000);
    // With one of the two others gone there is no majority: the damaged replica must not make one.
    const survivor = cluster.nodes.find((node) => node !== hit && node.host.status(GROUP)?.isLeader !== true)!;
    cluster.crash(cluster.nodes.find((node) => node !== hit && node !== survivor)!);
    await cluster.advance(10_000);
    expect(survivor.host.status(GROUP)?.isLeader).toBe(false);
    await cluster.until(() => cluster.leader(OTHER) !== undefined, 10_000);
  });
  test('the same replica cannot be made again; after its removal another one can', async () => {
    const cluster = new HostCluster();
    await cluster.start(3);
    await cluster.createGroup();
    await cluster.elected();
    const hit = cluster.node(3);
    cluster.crash(hit);
    hit.log.damageGroup(GROUP, 'rot');
    await cluster.restart(hit);
    const answers: unknown[] = [];
    hit.host.createGroup(cluster.descriptor(GROUP, hit.replica, 3), {}, (result) => answers.push(result));
    await cluster.advance(20);
    hit.host.removeGroup(GROUP, () => answers.push('removed'));
    await cluster.advance(50);
    hit.host.createGroup(cluster.descriptor(GROUP, toReplicaId(9), 3, true), {}, (result) => answers.push(result));
    await cluster.advance(50);
    expect(answers).toEqual([{ok: false, reason: 'OtherReplicaPresent'}, 'removed', {ok: true}]);
  });
});

describe('a disk that runs full', () => {
  test('below the low-water mark takes only what makes room, below the lower one nothing; with room all again, without a restart', async () => {
    const cluster = new HostCluster();
    await cluster.start(3);
    await cluster.createGroup();
    const leader = await cluster.elected();
    const attempt = async (): Promise<readonly boolean[]> => {
      const answers: boolean[] = [];
      for (const isReclaiming of [false, true]) {
        let isTaken: boolean | undefined;
        leader.host.propose(GROUP, Uint8Array.of(97, 61, 49), (result) => (isTaken = result.ok), {isReclaiming});
        await cluster.until(() => isTaken !== undefined, 1_000);
        answers.push(isTaken === true);
      }
      return answers;
    };
    expect(await attempt()).toEqual([true, true]);
    leader.log.setRoom(false);
    expect(await attempt()).toEqual([false, true]);
    leader.log.setRoom(false, false);
    expect(await attempt()).toEqual([false, false]);
    leader.log.setRoom(true);
    expect(await attempt()).toEqual([true, true]);
  });
});

describe('a lost quorum', () => {
  test('fails what was proposed within 2 E, refuses what comes later at once, and keeps nothing', async () => {
    const electionMs = 1_000;
    const cluster = new HostCluster({groupProposalsMax: 50});
    await cluster.start(3);
    await cluster.createGroup();
    const leader = await cluster.elected();
    await cluster.advance(500);
    for (const node of cluster.nodes) if (node !== leader) cluster.crash(node);
    const proposed = Array.from({length: 80}, (_, i) => cluster.propose(leader, `a${i}=1`));
    await cluster.until(() => proposed.every((slot) => slot.result !== undefined), 2 * electionMs);
    const codes = proposed.map(({result}) => (result?.ok === false ? result.failure.code : 'ok'));
    // Beyond the bound nothing was taken; what was taken may have happened as far as its proposer can know.
    expect(codes.filter((code) => code === 'OutcomeUnknown')).toHaveLength(50);
    expect(codes.filter((code) => code === 'Overloaded')).toHaveLength(30);
    expect(leader.host.hasLease(GROUP)).toBe(false);
    const later = cluster.propose(leader, 'b=1');
    const read = cluster.read(leader);
    await cluster.advance(10);
    expect(later.result).toMatchObject({ok: false, failure: {code: 'NotLeader'}});
    expect(read.result).toMatchObject({ok: false, failure: {code: 'NotLeader'}});
    const [before] = [leader.log.group(GROUP)?.lastIndex];
    await cluster.advance(30 * electionMs);
    expect(leader.log.group(GROUP)?.lastIndex).toBe(before);
  });
});
