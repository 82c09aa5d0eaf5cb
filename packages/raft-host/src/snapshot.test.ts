// Goal: a replica that the log no longer reaches gets the state by snapshot, whatever breaks on the way.
// Method: hosts with tiny log bounds; chunks are lost, changed or repeated by the test network, processes crash.
import {SERVICE_SNAPSHOT, WriteBatch, toLogIndex, toTerm} from '@murmuration/base';
import {appliedKey, installMarkerKey, stagedKey, stagingRange} from './keys.js';
import {encodeAppliedRecord, encodeInstallMarker} from './record-codec.js';
import {decodeSnapshotCall, encodeSnapshotCall} from './snapshot-codec.js';
import {GROUP, HostCluster} from './testing/host-cluster.js';
import type {TestNode} from './testing/host-cluster.js';

const SMALL = {logSizeBytesMax: 200, truncationIntervalMs: 50, snapshotChunkBytes: 100, snapshotIdleMsMax: 3_000};

async function behind(options: object = {}): Promise<{cluster: HostCluster; leader: TestNode; slow: TestNode}> {
  const cluster = new HostCluster({...SMALL, ...options});
  await cluster.start(3);
  await cluster.createGroup();
  const leader = await cluster.elected();
  const slow = cluster.nodes.find((node) => node !== leader)!;
  await cluster.advance(300);
  cluster.fabric.isolate(slow.id);
  // Silent for longer than E, so that its need no longer holds the log back.
  await cluster.advance(2500);
  for (let i = 0; i < 60; i += 1) await cluster.write(leader, `key${i % 40}=value-${i}`);
  await cluster.advance(500);
  expect(leader.host.status(GROUP)!.firstIndex).toBeGreaterThan(20);
  return {cluster, leader, slow};
}

async function staged(node: TestNode): Promise<number> {
  const iterator = node.store.iterate(stagingRange(GROUP));
  const rows = await iterator.next(100_000);
  await iterator.close();
  return rows.length;
}

function sameState(cluster: HostCluster, a: TestNode, b: TestNode): void {
  expect([...cluster.machine(a).values].sort()).toEqual([...cluster.machine(b).values].sort());
}

describe('a replica far behind', () => {
  test('gets a snapshot and then the log', async () => {
    const {cluster, leader, slow} = await behind();
    cluster.fabric.heal();
    await cluster.until(() => slow.events.named('raft-host/snapshot-installed').length === 1, 5000);
    await cluster.write(leader, 'last=1');
    await cluster.advance(500);
    sameState(cluster, slow, leader);
    expect(slow.host.status(GROUP)!.applied).toBe(leader.host.status(GROUP)!.applied);
    expect(await staged(slow)).toBe(0);
    expect(leader.events.named('raft-host/snapshot-sent')).toHaveLength(1);
    expect(cluster.machine(slow).configurations.at(-1)?.voters).toEqual([1, 2, 3]);
  });

  test('keeps what it got when the process is killed right after', async () => {
    const {cluster, leader, slow} = await behind();
    cluster.fabric.heal();
    await cluster.until(() => slow.events.named('raft-host/snapshot-installed').length === 1, 5000);
    cluster.crash(slow, 0);
    await cluster.restart(slow);
    expect(slow.host.unusableGroups()).toEqual([]);
    await cluster.advance(2000);
    sameState(cluster, slow, leader);
  });

  test('lost calls are repeated, and the transfer goes on where it was', async () => {
    const {cluster, leader, slow} = await behind({snapshotCallTimeoutMs: 200});
    let count = 0;
    cluster.fabric.callFilter = (_from, _to, payload) => {
      count += 1;
      return count % 3 === 0 ? undefined : payload;
    };
    cluster.fabric.heal();
    await cluster.until(() => slow.events.named('raft-host/snapshot-installed').length === 1, 20_000);
    await cluster.advance(500);
    sameState(cluster, slow, leader);
  });

  test.each([
    ['a changed byte', (payload: Uint8Array) => {
      const changed = payload.slice();
      changed[changed.length - 3]! ^= 0x40;
      return changed;
    }],
    ['a chunk out of order', (payload: Uint8Array) => {
      const call = decodeSnapshotCall(payload);
      return call.kind === 'chunk' ? encodeSnapshotCall({...call, sequence: call.sequence + 1}) : payload;
    }],
    ['a wrong sum of the whole', (payload: Uint8Array) => {
      const call = decodeSnapshotCall(payload);
      return call.kind === 'end' ? encodeSnapshotCall({...call, checksum: call.checksum ^ 1}) : payload;
    }],
  ])('refuses %s, touches nothing, and gets it by a later sending', async (_name, change) => {
    const {cluster, leader, slow} = await behind();
    let changes = 0;
    cluster.fabric.callFilter = (_from, _to, payload) => {
      if (changes > 0) return payload;
      const changed = change(payload);
      if (changed !== payload && payload[1] !== 1) {
        changes += 1;
        return changed;
      }
      return payload;
    };
    const before = slow.host.status(GROUP)!.applied;
    cluster.fabric.heal();
    await cluster.until(() => slow.events.named('raft-host/snapshot-refused').length >= 1, 5000);
    expect(slow.host.status(GROUP)!.applied).toBe(before);
    await cluster.until(() => slow.events.named('raft-host/snapshot-installed').length === 1, 20_000);
    await cluster.advance(500);
    sameState(cluster, slow, leader);
  });

  test('a transfer that stops coming is dropped with what it staged', async () => {
    const {cluster, slow} = await behind();
    let count = 0;
    cluster.fabric.callFilter = (_from, _to, payload) => {
      count += 1;
      return count > 3 ? undefined : payload;
    };
    cluster.fabric.heal();
    await cluster.until(() => count > 3, 5000);
    await cluster.advance(100);
    expect(await staged(slow)).toBeGreaterThan(0);
    await cluster.until(() => slow.events.named('raft-host/snapshot-refused').some((event) => event['reason'] === 'nothing came for too long'), 60_000);
    await cluster.advance(10);
    expect(await staged(slow)).toBe(0);
  });

  test('a snapshot with more bytes than the bound is refused', async () => {
    const {cluster, slow} = await behind({snapshotSizeBytesMax: 300});
    cluster.fabric.heal();
    await cluster.until(() => slow.events.named('raft-host/snapshot-refused').some((event) => event['reason'] === 'too many bytes'), 5000);
    expect(slow.events.named('raft-host/snapshot-installed')).toHaveLength(0);
  });

  test('calls for unknown groups and garbage are refused', async () => {
    const {cluster, leader, slow} = await behind();
    const answers: string[] = [];
    for (const bytes of [[], [1], [1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 99, 0, 0, 0, 0, 0, 0]]) {
      slow.network.handle(leader.id, SERVICE_SNAPSHOT, Uint8Array.from(bytes), () => answers.push('answered'), () => answers.push('refused'));
    }
    expect(answers).toHaveLength(3);
    expect(slow.events.named('raft-host/snapshot-refused')).toHaveLength(3);
    await cluster.advance(10);
  });
});

describe('a crash between the steps of an install', () => {
  // Every prefix of the store's unflushed writes and both states of the log are tried at each instant of the install.
  test('at any instant leaves a replica that starts and catches up', async () => {
    let hasSeenMarker = false;
    for (let delayMs = 5; delayMs <= 60; delayMs += 5) {
      const {cluster, leader, slow} = await behind();
      cluster.fabric.heal();
      await cluster.until(() => slow.events.named('raft-host/snapshot-refused').length === 0 && leader.events.named('raft-host/snapshot-sent').length === 1, 5000);
      slow.log.holdSyncs();
      await cluster.advance(delayMs);
      cluster.crash(slow, delayMs % 3);
      const [marker] = await slow.store.getMany([installMarkerKey(GROUP)]);
      hasSeenMarker ||= marker !== undefined;
      await cluster.restart(slow);
      expect(slow.host.unusableGroups()).toEqual([]);
      await cluster.advance(3000);
      await cluster.write(leader.host.status(GROUP)?.isLeader === true ? leader : await cluster.elected(), 'last=1');
      await cluster.advance(500);
      sameState(cluster, slow, leader);
      expect(await staged(slow)).toBe(0);
    }
    expect(hasSeenMarker).toBe(true);
  });

  test('a marker with a log that was reset and grew keeps the entries of the log', async () => {
    const cluster = new HostCluster();
    await cluster.start(1);
    await cluster.createGroup();
    const node = await cluster.elected();
    await cluster.write(node, 'a=1');
    await cluster.advance(100);
    const lastIndex = node.host.status(GROUP)!.lastIndex;
    const record = {replica: node.replica, index: toLogIndex(2), term: toTerm(2), confState: node.host.status(GROUP)!.confState, membership: 1, members: cluster.members(1)};
    const term = node.log.term(GROUP, toLogIndex(2))!;
    const batch = new WriteBatch();
    batch.put(installMarkerKey(GROUP), encodeInstallMarker({applied: {...record, term}, ranges: cluster.machine(node).stateRanges()}));
    await node.store.write(batch);
    await node.store.flush();
    cluster.crash(node, 0);
    await cluster.restart(node);
    await cluster.elected();
    expect(node.host.status(GROUP)!.lastIndex).toBeGreaterThan(lastIndex);
    expect(cluster.machine(node).values.get('a')).toBe('1');
  });

  test('half-received rows without a marker are wiped at the start', async () => {
    const cluster = new HostCluster();
    await cluster.start(1);
    await cluster.createGroup();
    const node = await cluster.elected();
    const batch = new WriteBatch();
    batch.put(stagedKey(GROUP, Uint8Array.of(1)), Uint8Array.of(2));
    await node.store.write(batch);
    await node.store.flush();
    cluster.crash(node, 0);
    await cluster.restart(node);
    expect(await staged(node)).toBe(0);
  });
});

describe('a start', () => {
  test('leaves out a group whose log does not reach its state', async () => {
    const cluster = new HostCluster();
    await cluster.start(3);
    await cluster.createGroup();
    await cluster.elected();
    await cluster.advance(200);
    const node = cluster.node(1);
    const batch = new WriteBatch();
    batch.put(appliedKey(GROUP), encodeAppliedRecord({
      replica: node.replica, index: toLogIndex(1000), term: toTerm(9), confState: node.host.status(GROUP)!.confState, membership: 1, members: [],
    }));
    await node.store.write(batch);
    await node.store.flush();
    cluster.crash(node, 0);
    await cluster.restart(node);
    expect(node.host.unusableGroups()).toEqual([GROUP]);
    expect(node.host.status(GROUP)).toBeUndefined();
    expect(node.events.named('raft-host/group-unusable')).toHaveLength(1);
    let isRemoved = false;
    node.host.removeGroup(GROUP, () => {
      isRemoved = true;
    });
    await cluster.until(() => isRemoved, 1000);
    expect(node.log.group(GROUP)).toBeUndefined();
  });

  test('leaves out a group whose store lost what the log no longer has', async () => {
    const {cluster, leader} = await behind();
    const other = cluster.nodes.find((node) => node !== leader && node.host.status(GROUP)!.firstIndex > 5)!;
    const batch = new WriteBatch();
    batch.delete(appliedKey(GROUP));
    await other.store.write(batch);
    await other.store.flush();
    cluster.crash(other, 0);
    await cluster.restart(other);
    expect(other.host.unusableGroups()).toEqual([GROUP]);
  });
});
