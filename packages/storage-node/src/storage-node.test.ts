// Goal: partitions of three nodes in one process keep the promises made to their callers through crashes, cuts and
// changes of leader. Method: real Raft host, in-process network, memory log and store, a clock moved by hand.
import {NO_REPLICA, SERVICE_PARTITION, toGroupId, toNodeId, utf8Decode} from '@murmuration/base';
import type {CallResult} from '@murmuration/base';
import {decodePartitionResponse, encodePartitionRequest} from '@murmuration/partition';
import type {PartitionResponse} from '@murmuration/partition';
import {mapOf, TestCluster, keyOf, groupOf, write, get, range, itemOf, texts, putValue, addOne, itemsOf} from './testing/node-cluster.js';
import type {Process} from './testing/node-cluster.js';

describe('StorageNode', () => {
  it('makes the partitions of the map on every node, and each is led where it was asked to be', async () => {
    const cluster = await TestCluster.start(4);
    for (const process of cluster.processes) expect(process.node.groups).toEqual([16, 17, 18, 19]);
    expect(cluster.leaderOf(toGroupId(16)).name).toBe('a1');
    expect(cluster.leaderOf(toGroupId(17)).name).toBe('b1');
    await cluster.run(100);
    const reports = cluster.process('a1').node.report();
    expect(reports).toHaveLength(4);
    expect(reports.filter(({isLeader}) => isLeader).map(({group}) => group)).toEqual([16, 19]);
    expect(reports.every(({leader}) => leader !== NO_REPLICA)).toBe(true);
  });

  it('writes, reads strongly, and answers conditions', async () => {
    const cluster = await TestCluster.start();
    const leader = cluster.leaderOf(toGroupId(16));
    expect(await cluster.ask(leader, putValue(cluster, 'x', 1))).toMatchObject({kind: 'written', oldSizeBytes: 0});
    expect(itemOf(await cluster.ask(leader, get(cluster, 'x', 'strong')))).toMatchObject({v: {N: '1'}});
    const onlyNew = {expressions: texts({condition: 'attribute_not_exists(pk)'})};
    expect(await cluster.ask(leader, write(cluster, 'x', onlyNew))).toMatchObject({failure: {code: 'ConditionFailed'}});
    expect(await cluster.ask(leader, write(cluster, 'y', onlyNew))).toMatchObject({kind: 'written'});
    expect(itemOf(await cluster.ask(leader, get(cluster, 'nobody', 'strong')))).toBeUndefined();
    const follower = cluster.processes.find((process) => process !== leader) as Process;
    expect(await cluster.ask(follower, putValue(cluster, 'x', 2))).toMatchObject({failure: {code: 'NotLeader', leaderHint: 1}});
    expect(await cluster.ask(follower, get(cluster, 'x', 'strong'))).toMatchObject({failure: {code: 'NotLeader', leaderHint: 1}});
    await cluster.run(500);
    expect(leader.node.report()[0]).toMatchObject({itemCount: 2, isLeader: true});
  });

  it('pipelines writes to one hot row: two hundred at once count exactly, in order, in few round trips', async () => {
    const cluster = await TestCluster.start();
    const leader = cluster.leaderOf(toGroupId(16));
    const counts: string[] = [];
    const startMs = cluster.time.monotonicMs();
    for (let i = 0; i < 200; i += 1) {
      leader.node.handle(addOne(cluster, 'hot'), startMs + 3_000, (response) => {
        if (response.kind !== 'written' || response.attributes === undefined) throw new Error(JSON.stringify(response));
        counts.push((JSON.parse(utf8Decode(response.attributes)) as {n: {N: string}}).n.N);
      });
    }
    await cluster.until(() => counts.length === 200);
    expect(counts).toEqual(Array.from({length: 200}, (_, i) => String(i + 1)));
    expect(cluster.time.monotonicMs() - startMs).toBeLessThan(50);
  });

  it('answers a condition judged on a proposal only after that has committed', async () => {
    const cluster = await TestCluster.start();
    const leader = cluster.leaderOf(toGroupId(16));
    const answers: string[] = [];
    cluster.processes.forEach((process) => process !== leader && process.log.holdSyncs());
    const deadlineMs = cluster.time.monotonicMs() + 60_000;
    leader.node.handle(putValue(cluster, 'x', 1), deadlineMs, (response) => answers.push(response.kind));
    await cluster.run(20);
    leader.node.handle(write(cluster, 'x', {expressions: texts({condition: 'attribute_not_exists(pk)'})}), deadlineMs, (response) => answers.push(response.kind));
    await cluster.run(100);
    expect(answers).toEqual([]);
    (cluster.processes.find((process) => process !== leader) as Process).log.releaseSyncs();
    await cluster.until(() => answers.length === 2);
    expect(answers.sort()).toEqual(['failed', 'written']);
  });

  it('fails what was proposed as unknown when leadership is lost, and never answers it well later', async () => {
    const cluster = await TestCluster.start();
    const old = cluster.leaderOf(toGroupId(16));
    await cluster.ask(old, putValue(cluster, 'x', 1));
    cluster.cut(old);
    const answers: PartitionResponse[] = [];
    const deadlineMs = cluster.time.monotonicMs() + 60_000;
    old.node.handle(putValue(cluster, 'x', 2), deadlineMs, (response) => answers.push(response));
    old.node.handle(write(cluster, 'x', {expressions: texts({condition: 'v = :one', valuesJson: '{":one":{"N":"1"}}'})}), deadlineMs, (response) => answers.push(response));
    await cluster.until(() => answers.length === 2);
    const codes = answers.map((answer) => (answer.kind === 'failed' ? answer.failure.code : answer.kind)).sort();
    expect(codes).toEqual(['NotLeader', 'OutcomeUnknown']);
    const others = cluster.processes.filter((process) => process !== old);
    await cluster.until(() => others.some((process) => process.host.hasLease(toGroupId(16))));
    const leader = others.find((process) => process.host.hasLease(toGroupId(16))) as Process;
    expect(itemOf(await cluster.ask(leader, get(cluster, 'x', 'strong')))).toMatchObject({v: {N: '1'}});
    expect(await cluster.ask(leader, putValue(cluster, 'x', 3))).toMatchObject({kind: 'written'});
    cluster.heal(old);
    await cluster.run(3_000);
    expect(itemOf(await cluster.ask(old, get(cluster, 'x', 'eventual')))).toMatchObject({v: {N: '3'}});
  });

  it('reads strongly from nobody but a leader that proved it: a deposed one never shows the old value', async () => {
    const cluster = await TestCluster.start();
    const old = cluster.leaderOf(toGroupId(16));
    await cluster.ask(old, putValue(cluster, 'x', 1));
    cluster.cut(old);
    const others = cluster.processes.filter((process) => process !== old);
    let isAnswered = true;
    let lastAnswer: PartitionResponse | undefined;
    let newWritten = false;
    for (let round = 0; round < 400; round += 1) {
      if (isAnswered) {
        isAnswered = false;
        const wasNewWritten = newWritten;
        old.node.handle(get(cluster, 'x', 'strong'), cluster.time.monotonicMs() + 200, (response) => {
          isAnswered = true;
          lastAnswer = response;
          if (wasNewWritten) expect(response.kind).toBe('failed');
        });
      }
      const leader = others.find((process) => process.host.hasLease(toGroupId(16)));
      if (leader !== undefined && !newWritten) {
        expect(await cluster.ask(leader, putValue(cluster, 'x', 2))).toMatchObject({kind: 'written'});
        newWritten = true;
      }
      await cluster.run(10);
    }
    expect(newWritten).toBe(true);
    expect(lastAnswer).toMatchObject({kind: 'failed'});
  });

  it('reads eventually from a follower that is cut off: the old value within the bound, then nothing', async () => {
    const cluster = await TestCluster.start(1, {eventualStalenessMsMax: 1_000});
    const leader = cluster.leaderOf(toGroupId(16));
    await cluster.ask(leader, putValue(cluster, 'x', 1));
    await cluster.run(300);
    const follower = cluster.processes.find((process) => process !== leader) as Process;
    expect(itemOf(await cluster.ask(follower, get(cluster, 'x', 'eventual')))).toMatchObject({v: {N: '1'}});
    cluster.cut(follower);
    await cluster.ask(leader, putValue(cluster, 'x', 2));
    expect(itemOf(await cluster.ask(follower, get(cluster, 'x', 'eventual')))).toMatchObject({v: {N: '1'}});
    expect(itemOf(await cluster.ask(leader, get(cluster, 'x', 'strong')))).toMatchObject({v: {N: '2'}});
    await cluster.run(1_200);
    expect(await cluster.ask(follower, get(cluster, 'x', 'eventual'))).toMatchObject({failure: {code: 'NotLeader'}});
    cluster.heal(follower);
    await cluster.until(() => follower.host.staleness(toGroupId(16)) < 500);
    expect(itemOf(await cluster.ask(follower, get(cluster, 'x', 'eventual')))).toMatchObject({v: {N: '2'}});
  });

  it('reads ranges with what the store does not show yet, in both directions, page by page', async () => {
    const cluster = await TestCluster.start();
    const leader = cluster.leaderOf(toGroupId(16));
    for (const sk of [1, 2, 3, 5]) await cluster.ask(leader, putValue(cluster, 'x', sk, sk));
    await cluster.run(100);
    await cluster.ask(leader, putValue(cluster, 'x', 4, 4));
    await cluster.ask(leader, write(cluster, 'x', {op: 'delete', sk: 2}));
    expect(itemsOf(await cluster.ask(leader, range(cluster, 'x')))).toEqual(['1', '3', '4', '5']);
    expect(itemsOf(await cluster.ask(leader, range(cluster, 'x', {isReverse: true})))).toEqual(['5', '4', '3', '1']);
    const page = await cluster.ask(leader, range(cluster, 'x', {itemCountMax: 2}));
    expect(page).toMatchObject({count: 2, scannedCount: 2, lastKey: keyOf('x', 3)});
    await cluster.run(500);
    const follower = cluster.processes.find((process) => process !== leader) as Process;
    expect(itemsOf(await cluster.ask(follower, range(cluster, 'x', {consistency: 'eventual'})))).toEqual(['1', '3', '4', '5']);
    expect(await cluster.ask(follower, range(cluster, 'x'))).toMatchObject({failure: {code: 'NotLeader'}});
  });

  it('has every answered write after all processes lost what they had not synced', async () => {
    const cluster = await TestCluster.start(2);
    for (const pk of ['p', 'q', 'r', 's']) {
      for (let i = 0; i < 5; i += 1) expect(await cluster.ask(cluster.leaderOf(groupOf(cluster, pk).group), addOne(cluster, pk))).toMatchObject({kind: 'written'});
    }
    const old = [...cluster.processes];
    for (const process of old) await cluster.crash(process);
    for (const process of old) cluster.processes.push(await cluster.startProcess(process.name, process.log, process.store));
    await cluster.untilLed();
    for (const pk of ['p', 'q', 'r', 's']) {
      const leader = cluster.leaderOf(groupOf(cluster, pk).group);
      expect(itemOf(await cluster.ask(leader, get(cluster, pk, 'strong')))).toMatchObject({n: {N: '5'}});
      expect(await cluster.ask(leader, addOne(cluster, pk))).toMatchObject({kind: 'written'});
    }
  });

  it('serves its keys whatever epoch was named, refuses keys of another partition, and makes nothing for a partition it does not have', async () => {
    const cluster = await TestCluster.start(2);
    const leader = cluster.leaderOf(toGroupId(16));
    const inside = ['k1', 'k2', 'k3', 'k4', 'k5', 'k6'].find((pk) => groupOf(cluster, pk).group === 16) as string;
    const outside = ['k1', 'k2', 'k3', 'k4', 'k5', 'k6'].find((pk) => groupOf(cluster, pk).group === 17) as string;
    expect(await cluster.ask(leader, {...get(cluster, inside, 'strong'), epoch: 2})).toMatchObject({kind: 'got'});
    expect(await cluster.ask(leader, {...get(cluster, outside, 'strong'), group: toGroupId(16)})).toMatchObject({failure: {code: 'WrongEpoch'}});
    expect(await cluster.ask(leader, {...range(cluster, outside), group: toGroupId(16)})).toMatchObject({failure: {code: 'WrongEpoch'}});
    expect(await cluster.ask(leader, {...get(cluster, inside, 'strong'), group: toGroupId(99)})).toMatchObject({failure: {code: 'UnknownPartition'}});
    expect(leader.node.groups).toEqual([16, 17]);
  });

  it('removes the replicas of a deleted table with their rows, and ignores an older map', async () => {
    const cluster = await TestCluster.start(2);
    const process = cluster.process('a1');
    await cluster.ask(cluster.leaderOf(groupOf(cluster, 'x').group), putValue(cluster, 'x', 1));
    await cluster.run(300);
    const whole = {from: new Uint8Array([0x04]), until: new Uint8Array([0xff])};
    expect((await process.store.iterate(whole).next(10)).length).toBeGreaterThan(0);
    process.source.publish(mapOf(0, 0));
    await cluster.run(100);
    expect(process.node.groups).toHaveLength(2);
    for (const each of cluster.processes) each.source.publish(mapOf(2, 0));
    await cluster.until(() => process.events.named('partition/removed').length === 2);
    expect(process.node.groups).toEqual([]);
    expect(await process.store.iterate(whole).next(10)).toEqual([]);
    expect(process.log.groups()).toEqual([]);
  });

  it('answers routers of other processes through the network, and refuses bytes that are no request', async () => {
    const cluster = await TestCluster.start();
    const leader = cluster.leaderOf(toGroupId(16));
    const other = cluster.processes.find((process) => process !== leader) as Process;
    const results: CallResult[] = [];
    const call = async (payload: Uint8Array): Promise<CallResult> => {
      const count = results.length;
      other.network.call(toNodeId(leader.name), SERVICE_PARTITION, payload, 2_000, (result) => results.push(result));
      await cluster.until(() => results.length > count);
      return results[count] as CallResult;
    };
    const written = await call(encodePartitionRequest(putValue(cluster, 'x', 7)));
    expect(written.ok && decodePartitionResponse(written.payload)).toMatchObject({kind: 'written'});
    const got = await call(encodePartitionRequest(get(cluster, 'x', 'strong')));
    expect(got.ok && itemOf(decodePartitionResponse(got.payload))).toMatchObject({v: {N: '7'}});
    expect(await call(new Uint8Array([9, 9, 9]))).toMatchObject({ok: false, failure: {code: 'Refused'}});
  });

  it('ends a call at its deadline: unknown when it was proposed, without effect when it was not', async () => {
    const cluster = await TestCluster.start();
    const leader = cluster.leaderOf(toGroupId(16));
    cluster.processes.forEach((process) => process !== leader && process.log.holdSyncs());
    await cluster.ask(leader, get(cluster, 'x', 'strong'));
    expect(await cluster.ask(leader, putValue(cluster, 'x', 1), 300)).toMatchObject({failure: {code: 'OutcomeUnknown'}});
    expect(await cluster.ask(leader, putValue(cluster, 'x', 1), 0)).toMatchObject({failure: {code: 'Unavailable'}});
  });

  it('refuses writes above its bound of open proposals and takes them again when there is room', async () => {
    const cluster = await TestCluster.start(1, {partitionProposalsMax: 10});
    const leader = cluster.leaderOf(toGroupId(16));
    await cluster.ask(leader, addOne(cluster, 'hot'));
    const results: PartitionResponse[] = [];
    for (let i = 0; i < 30; i += 1) leader.node.handle(addOne(cluster, 'hot'), cluster.time.monotonicMs() + 3_000, (response) => results.push(response));
    await cluster.until(() => results.length === 30);
    const written = results.filter(({kind}) => kind === 'written').length;
    expect(written).toBe(10);
    expect(results.filter((response) => response.kind === 'failed' && response.failure.code === 'Overloaded')).toHaveLength(20);
    await cluster.ask(leader, addOne(cluster, 'hot'));
    expect(itemOf(await cluster.ask(leader, get(cluster, 'hot', 'strong')))).toMatchObject({n: {N: '12'}});
  });
});
