// Goal: partitions of three nodes in one process keep the promises made to their callers through crashes, cuts and
// changes of leader. Method: real Raft host, in-process network, memory log and store, a clock moved by hand.
import {ManualTime, RecordingEvents} from '@murmuration/base/testing';
import {BASE_INDEX_ID, NO_REPLICA, SERVICE_PARTITION, SeededRandom, nullMetrics, toAzId, toGroupId, toNodeId, toReplicaId, toTableId, utf8Decode} from '@murmuration/base';
import type {CallResult, GroupId} from '@murmuration/base';
import type {ClusterMapSource} from '@murmuration/control-client';
import {createLocalNetwork} from '@murmuration/fabric';
import type {FabricNetwork, LocalFabric} from '@murmuration/fabric';
import {createMemoryLog} from '@murmuration/log-memory';
import type {MemoryLog} from '@murmuration/log-memory';
import {encodeItem, encodePartitionKey, encodeSortKey, buildStoredKey, itemSizeBytes, parseItem} from '@murmuration/model';
import type {TableDescriptor} from '@murmuration/model';
import {decodePartitionResponse, encodePartitionRequest} from '@murmuration/partition';
import type {Consistency, ExpressionTexts, PartitionRequest, PartitionResponse, WriteCommand} from '@murmuration/partition';
import {ClusterMap, initialRanges, tokenOf} from '@murmuration/placement';
import type {ClusterMapContent, PartitionEntry} from '@murmuration/placement';
import {RaftHost} from '@murmuration/raft-host';
import {MemoryStore} from '@murmuration/store-memory';
import {StorageNode} from './storage-node.js';
import type {StorageNodeTuning} from './options.js';

const TABLE = toTableId(5);
const NODE_NAMES = ['a1', 'b1', 'c1'] as const;
const SAME_CLUSTER = {clusterId: 'test', settingsFingerprint: 'same'};

class TestSource implements ClusterMapSource {
  #map = ClusterMap.empty();
  #listeners: ((map: ClusterMap) => void)[] = [];
  current(): ClusterMap {
    return this.#map;
  }
  isConfirmed(): boolean {
    return true;
  }
  onChange(listener: (map: ClusterMap) => void): void {
    this.#listeners.push(listener);
  }
  refresh(done: () => void): void {
    done();
  }
  publish(map: ClusterMap): void {
    this.#map = map;
    for (const listener of this.#listeners) listener(map);
  }
}

interface Process {
  readonly name: string;
  readonly network: FabricNetwork;
  readonly host: RaftHost;
  readonly node: StorageNode;
  readonly source: TestSource;
  readonly events: RecordingEvents;
  log: MemoryLog;
  store: MemoryStore;
}

function mapOf(version: number, partitionCount: number): ClusterMap {
  const described: unknown = {
    tableId: TABLE, name: 'things', status: 'ACTIVE', attributeDefinitions: [], createdAtMs: 0,
    keySchema: {hash: {name: 'pk', type: 'S'}, range: {name: 'sk', type: 'N'}},
  };
  const partitions: readonly PartitionEntry[] = partitionCount === 0 ? [] : initialRanges(TABLE, BASE_INDEX_ID, partitionCount).map((range, i) => ({
    group: toGroupId(16 + i), table: TABLE, index: BASE_INDEX_ID, ...range, epoch: 1, preferredLeader: toReplicaId((i % 3) + 1), membership: 1, nextReplica: toReplicaId(100), split: undefined,
    replicas: NODE_NAMES.map((name, n) => ({replica: toReplicaId(n + 1), node: toNodeId(name), role: 'voter'})),
  }));
  const content: ClusterMapContent = {
    version, partitions, tables: partitionCount === 0 ? [] : [described as TableDescriptor],
    nodes: NODE_NAMES.map((name) => ({
      node: toNodeId(name), az: toAzId(name.slice(0, 1)), roles: ['storage'], fabricAddress: name, apiAddress: '', adminAddress: '', pid: 1,
      incarnation: 1, diskId: 'disk', state: 'up', duty: 'serving',
    })),
  };
  return ClusterMap.fromContent(content);
}

class TestCluster {
  readonly time = new ManualTime();
  readonly fabric: LocalFabric = createLocalNetwork();
  readonly processes: Process[] = [];
  readonly #tuning: Partial<StorageNodeTuning>;
  readonly #killed = new Set<RaftHost>();
  #incarnation = 0;
  map: ClusterMap;
  constructor(partitionCount: number, tuning: Partial<StorageNodeTuning> = {}) {
    this.map = mapOf(1, partitionCount);
    this.#tuning = tuning;
  }
  static async start(partitionCount = 1, tuning: Partial<StorageNodeTuning> = {}): Promise<TestCluster> {
    const cluster = new TestCluster(partitionCount, tuning);
    for (const name of NODE_NAMES) cluster.processes.push(await cluster.startProcess(name, createMemoryLog({}, {timers: cluster.time}), new MemoryStore({isCrashable: true})));
    await cluster.untilLed();
    return cluster;
  }
  async startProcess(name: string, log: MemoryLog, store: MemoryStore): Promise<Process> {
    this.#incarnation += 1;
    const events = new RecordingEvents();
    const random = new SeededRandom(this.#incarnation);
    const shared = {clock: this.time, timers: this.time, random, events, metrics: nullMetrics};
    const network = this.fabric.createNetwork({self: toNodeId(name), incarnation: this.#incarnation, ...SAME_CLUSTER}, shared);
    for (const peer of NODE_NAMES) if (peer !== name) network.setPeer({node: toNodeId(peer), address: peer});
    const host: RaftHost = new RaftHost({node: toNodeId(name), onFatal: (error) => {
      // The timers of a process that was killed run on here; that they meet a closed store is no news.
      if (!this.#killed.has(host)) throw error;
    }}, {...shared, log, store, network});
    const source = new TestSource();
    source.publish(this.map);
    const node = new StorageNode({node: toNodeId(name), ...this.#tuning}, {...shared, store, network}, host, source);
    await this.settle(host.start((descriptor) => node.open(descriptor)));
    node.start();
    return {name, network, host, node, source, events, log, store};
  }
  /** Moves the clock a millisecond at a time and lets promises settle between. */
  async run(durationMs: number): Promise<void> {
    for (let i = 0; i < durationMs; i += 1) {
      this.time.advance(1);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  async until(holds: () => boolean, limitMs = 10_000): Promise<void> {
    for (let i = 0; !holds(); i += 1) {
      if (i >= limitMs) throw new Error('the awaited state did not come');
      await this.run(1);
    }
  }
  async settle(promise: Promise<void>): Promise<void> {
    let isSettled = false;
    promise.then(() => (isSettled = true), (error: unknown) => { throw error; });
    await this.until(() => isSettled);
  }
  async untilLed(): Promise<void> {
    await this.until(() => [...this.map.partitions()].every(({group}) => this.processes.some((process) => process.host.hasLease(group))));
  }
  process(name: string): Process {
    return this.processes.find((process) => process.name === name) as Process;
  }
  leaderOf(group: GroupId): Process {
    return this.processes.find((process) => process.host.hasLease(group)) as Process;
  }
  /** Asks one process, as a router inside it would. */
  async ask(process: Process, request: PartitionRequest, timeoutMs = 3_000): Promise<PartitionResponse> {
    let response: PartitionResponse | undefined;
    process.node.handle(request, this.time.monotonicMs() + timeoutMs, (answer) => (response = answer));
    await this.until(() => response !== undefined);
    return response as unknown as PartitionResponse;
  }
  /** Cuts the node from all others. */
  cut(process: Process): void {
    for (const other of NODE_NAMES) if (other !== process.name) this.fabric.cut(toNodeId(process.name), toNodeId(other));
  }
  heal(process: Process): void {
    for (const other of NODE_NAMES) if (other !== process.name) this.fabric.heal(toNodeId(process.name), toNodeId(other));
  }
  async crash(process: Process): Promise<void> {
    this.#killed.add(process.host);
    const closed = this.fabric.crash(toNodeId(process.name));
    process.node.stop();
    const {log, store} = process;
    this.processes.splice(this.processes.indexOf(process), 1);
    process.log = log.crash();
    process.store = store.crash(0);
    await this.settle(closed);
  }
}

const texts = (given: Partial<ExpressionTexts>): ExpressionTexts => ({
  condition: undefined, update: undefined, filter: undefined, projection: undefined, namesJson: '', valuesJson: '', ...given,
});
function keyOf(pk: string, sk = 0): Uint8Array {
  const partitionKey = encodePartitionKey({kind: 'S', value: pk});
  return buildStoredKey(TABLE, BASE_INDEX_ID, tokenOf(partitionKey), partitionKey, encodeSortKey({kind: 'N', value: String(sk)}));
}
function groupOf(cluster: TestCluster, pk: string): PartitionEntry {
  return cluster.map.partitionOfKey(keyOf(pk)) as PartitionEntry;
}
function write(cluster: TestCluster, pk: string, command: Partial<WriteCommand> & {value?: object; sk?: number}): PartitionRequest {
  const {value, sk, ...rest} = command;
  const {group, epoch} = groupOf(cluster, pk);
  const item = parseItem({pk: {S: pk}, sk: {N: String(sk ?? 0)}, ...value});
  return {
    kind: 'write', group, epoch,
    command: {
      op: 'put', key: keyOf(pk, sk), item: encodeItem(item), itemSizeBytes: itemSizeBytes(item), expressions: undefined, returnValues: 'NONE',
      returnItemOnConditionFailure: false, ...rest,
    },
  };
}
const putValue = (cluster: TestCluster, pk: string, value: number, sk = 0): PartitionRequest => write(cluster, pk, {value: {v: {N: String(value)}}, sk});
const addOne = (cluster: TestCluster, pk: string): PartitionRequest =>
  write(cluster, pk, {op: 'update', expressions: texts({update: 'ADD n :one', valuesJson: '{":one":{"N":"1"}}'}), returnValues: 'ALL_NEW'});
function get(cluster: TestCluster, pk: string, consistency: Consistency): PartitionRequest {
  const {group, epoch} = groupOf(cluster, pk);
  return {kind: 'get', group, epoch, consistency, keys: [keyOf(pk)]};
}
function range(cluster: TestCluster, pk: string, more: Partial<Extract<PartitionRequest, {kind: 'range'}>> = {}): PartitionRequest {
  const {group, epoch, from, until} = groupOf(cluster, pk);
  return {
    kind: 'range', group, epoch, consistency: 'strong', from, until, isReverse: false, itemCountMax: 1000, pageSizeBytesMax: 1_048_576,
    expressions: undefined, isCountOnly: false, ...more,
  };
}
function itemOf(response: PartitionResponse): Record<string, unknown> | undefined {
  if (response.kind !== 'got') throw new Error(JSON.stringify(response));
  const bytes = response.items[0];
  return bytes === undefined ? undefined : JSON.parse(utf8Decode(bytes)) as Record<string, unknown>;
}
const itemsOf = (response: PartitionResponse): readonly unknown[] => {
  if (response.kind !== 'ranged') throw new Error(JSON.stringify(response));
  return response.items.map((item) => (JSON.parse(utf8Decode(item)) as {v: {N: string}}).v.N);
};

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

  it('refuses another epoch and keys of another partition, and makes nothing for a partition it does not have', async () => {
    const cluster = await TestCluster.start(2);
    const leader = cluster.leaderOf(toGroupId(16));
    const inside = ['k1', 'k2', 'k3', 'k4', 'k5', 'k6'].find((pk) => groupOf(cluster, pk).group === 16) as string;
    const outside = ['k1', 'k2', 'k3', 'k4', 'k5', 'k6'].find((pk) => groupOf(cluster, pk).group === 17) as string;
    expect(await cluster.ask(leader, {...get(cluster, inside, 'strong'), epoch: 2})).toMatchObject({failure: {code: 'WrongEpoch', epoch: 1}});
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
