import {ManualTime, RecordingEvents} from '@murmuration/base/testing';
import {BASE_INDEX_ID, SeededRandom, nullMetrics, toAzId, toGroupId, toNodeId, toReplicaId, toTableId, utf8Decode} from '@murmuration/base';
import type {GroupId} from '@murmuration/base';
import type {ClusterMapSource, GroupReport} from '@murmuration/control-client';
import {createLocalNetwork} from '@murmuration/fabric';
import type {FabricNetwork, LocalFabric} from '@murmuration/fabric';
import {createMemoryLog} from '@murmuration/log-memory';
import type {MemoryLog} from '@murmuration/log-memory';
import {encodeItem, encodePartitionKey, encodeSortKey, buildStoredKey, itemSizeBytes, parseItem} from '@murmuration/model';
import type {TableDescriptor} from '@murmuration/model';
import type {Consistency, ExpressionTexts, PartitionRequest, PartitionResponse, WriteCommand} from '@murmuration/partition';
import {ClusterMap, initialRanges, tokenOf} from '@murmuration/placement';
import type {ClusterMapContent, NodeEntry, PartitionEntry} from '@murmuration/placement';
import {RaftHost} from '@murmuration/raft-host';
import {MemoryStore} from '@murmuration/store-memory';
import {StorageNode} from '../storage-node.js';
import type {StorageNodeTuning} from '../options.js';

export const TABLE = toTableId(5);
/** Those that every cluster begins with. */
export const NODE_NAMES = ['a1', 'b1', 'c1'] as const;
/** With those that tests start when they need them. */
export const ALL_NAMES = [...NODE_NAMES, 'a2', 'b2', 'c2'] as const;
const SAME_CLUSTER = {clusterId: 'test', settingsFingerprint: 'same'};

export class TestSource implements ClusterMapSource {
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

export interface Process {
  readonly name: string;
  readonly network: FabricNetwork;
  readonly host: RaftHost;
  readonly node: StorageNode;
  readonly source: TestSource;
  readonly events: RecordingEvents;
  log: MemoryLog;
  store: MemoryStore;
}

export function mapOf(version: number, partitionCount: number, table: Partial<TableDescriptor> = {}): ClusterMap {
  const described: unknown = {
    tableId: TABLE, name: 'things', status: 'ACTIVE', attributeDefinitions: [], createdAtMs: 0, extra: {},
    keySchema: {hash: {name: 'pk', type: 'S'}, range: {name: 'sk', type: 'N'}}, ...table,
  };
  const partitions: readonly PartitionEntry[] = partitionCount === 0 ? [] : initialRanges(TABLE, BASE_INDEX_ID, partitionCount).map((range, i) => ({
    group: toGroupId(16 + i), table: TABLE, index: BASE_INDEX_ID, ...range, epoch: 1, preferredLeader: toReplicaId((i % 3) + 1), membership: 1, nextReplica: toReplicaId(100), split: undefined,
    replicas: NODE_NAMES.map((name, n) => ({replica: toReplicaId(n + 1), node: toNodeId(name), role: 'voter'})),
  }));
  const content: ClusterMapContent = {
    version, partitions, tables: partitionCount === 0 ? [] : [described as TableDescriptor],
    nodes: ALL_NAMES.map((name) => ({
      node: toNodeId(name), az: toAzId(name.slice(0, 1)), roles: ['storage'], fabricAddress: name, apiAddress: '', adminAddress: '', pid: 1,
      incarnation: 1, diskId: 'disk', state: 'up', duty: 'serving',
    })),
  };
  return ClusterMap.fromContent(content);
}

export class TestCluster {
  readonly time = new ManualTime();
  readonly fabric: LocalFabric = createLocalNetwork();
  readonly processes: Process[] = [];
  readonly #tuning: Partial<StorageNodeTuning>;
  readonly #killed = new Set<RaftHost>();
  #incarnation = 0;
  /** What did not wait for a heartbeat. */
  readonly reported: GroupReport[] = [];
  map: ClusterMap;
  constructor(partitionCount: number, tuning: Partial<StorageNodeTuning> = {}, table: Partial<TableDescriptor> = {}) {
    this.map = mapOf(1, partitionCount, table);
    this.#tuning = tuning;
  }
  static async start(partitionCount = 1, tuning: Partial<StorageNodeTuning> = {}, table: Partial<TableDescriptor> = {}): Promise<TestCluster> {
    const cluster = new TestCluster(partitionCount, tuning, table);
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
    for (const peer of ALL_NAMES) if (peer !== name) network.setPeer({node: toNodeId(peer), address: peer});
    const host: RaftHost = new RaftHost({node: toNodeId(name), onFatal: (error) => {
      // The timers of a process that was killed run on here; that they meet a closed store is no news.
      if (!this.#killed.has(host)) throw error;
    }}, {...shared, log, store, network});
    const source = new TestSource();
    source.publish(this.map);
    const reporter = {reportNow: (groups: readonly GroupReport[]): void => void this.reported.push(...groups)};
    const node = new StorageNode({node: toNodeId(name), ...this.#tuning}, {...shared, store, network}, host, source, reporter);
    await this.settle(host.start((descriptor) => node.open(descriptor)));
    node.start();
    return {name, network, host, node, source, events, log, store};
  }
  async addProcess(name: string): Promise<Process> {
    const process = await this.startProcess(name, createMemoryLog({}, {timers: this.time}), new MemoryStore({isCrashable: true}));
    this.processes.push(process);
    return process;
  }
  /** The same process again on what its disk kept. */
  async restart(process: Process): Promise<Process> {
    const next = await this.startProcess(process.name, process.log, process.store);
    this.processes.push(next);
    return next;
  }
  entry(group: GroupId): PartitionEntry {
    return this.map.partition(group) as PartitionEntry;
  }
  /** Publishes the next map, with some entries changed, added (unknown groups) or taken out (undefined). */
  publish(changes: Readonly<Record<number, Partial<PartitionEntry> | undefined>>, nodes: (node: NodeEntry) => NodeEntry = (node) => node, hasTables = true): void {
    const content = this.map.toContent();
    const kept = content.partitions.flatMap((entry) => {
      if (!(entry.group in changes)) return [entry];
      const change = changes[entry.group];
      return change === undefined ? [] : [{...entry, ...change}];
    });
    const added = Object.values(changes).filter((change) => change?.group !== undefined && !content.partitions.some(({group}) => group === change.group));
    this.map = ClusterMap.fromContent({
      ...content, version: content.version + 1, tables: hasTables ? content.tables : [], partitions: [...kept, ...added as PartitionEntry[]], nodes: content.nodes.map(nodes),
    });
    for (const {source} of this.processes) source.publish(this.map);
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
    for (const other of ALL_NAMES) if (other !== process.name) this.fabric.cut(toNodeId(process.name), toNodeId(other));
  }
  heal(process: Process): void {
    for (const other of ALL_NAMES) if (other !== process.name) this.fabric.heal(toNodeId(process.name), toNodeId(other));
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

export const texts = (given: Partial<ExpressionTexts>): ExpressionTexts => ({
  condition: undefined, update: undefined, filter: undefined, projection: undefined, namesJson: '', valuesJson: '', ...given,
});
export function keyOf(pk: string, sk = 0): Uint8Array {
  const partitionKey = encodePartitionKey({kind: 'S', value: pk});
  return buildStoredKey(TABLE, BASE_INDEX_ID, tokenOf(partitionKey), partitionKey, encodeSortKey({kind: 'N', value: String(sk)}));
}
export function groupOf(cluster: TestCluster, pk: string): PartitionEntry {
  return cluster.map.partitionOfKey(keyOf(pk)) as PartitionEntry;
}
export function write(cluster: TestCluster, pk: string, command: Partial<WriteCommand> & {value?: object; sk?: number}): PartitionRequest {
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
export const putValue = (cluster: TestCluster, pk: string, value: number, sk = 0): PartitionRequest => write(cluster, pk, {value: {v: {N: String(value)}}, sk});
export const addOne = (cluster: TestCluster, pk: string): PartitionRequest =>
  write(cluster, pk, {op: 'update', expressions: texts({update: 'ADD n :one', valuesJson: '{":one":{"N":"1"}}'}), returnValues: 'ALL_NEW'});
export function get(cluster: TestCluster, pk: string, consistency: Consistency): PartitionRequest {
  const {group, epoch} = groupOf(cluster, pk);
  return {kind: 'get', group, epoch, consistency, keys: [keyOf(pk)]};
}
export function range(cluster: TestCluster, pk: string, more: Partial<Extract<PartitionRequest, {kind: 'range'}>> = {}): PartitionRequest {
  const {group, epoch, from, until} = groupOf(cluster, pk);
  return {
    kind: 'range', group, epoch, consistency: 'strong', from, until, isReverse: false, itemCountMax: 1000, pageSizeBytesMax: 1_048_576,
    expressions: undefined, isCountOnly: false, ...more,
  };
}
export function itemOf(response: PartitionResponse): Record<string, unknown> | undefined {
  if (response.kind !== 'got') throw new Error(JSON.stringify(response));
  const bytes = response.items[0];
  return bytes === undefined ? undefined : JSON.parse(utf8Decode(bytes)) as Record<string, unknown>;
}
export const itemsOf = (response: PartitionResponse): readonly unknown[] => {
  if (response.kind !== 'ranged') throw new Error(JSON.stringify(response));
  return response.items.map((item) => (JSON.parse(utf8Decode(item)) as {v: {N: string}}).v.N);
};

