import {
  BASE_INDEX_ID, NO_REPLICA, SeededRandom, WriteBatch, assert, compareBytes, nullMetrics, toAzId, toGroupId, toLogIndex, toNodeId, toReplicaId,
  toTableId, utf8Decode, utf8Encode,
} from '@murmuration/base';
import type {CallResult, GroupId, HttpReply, MetricRegistry, NetworkPort, NodeId, TableId} from '@murmuration/base';
import {ManualTime, RecordingEvents} from '@murmuration/base/testing';
import type {ClusterMapSource, ControlRequest, ControlResponse} from '@murmuration/control-client';
import {RECORD_KIND_ITEM, baseKeyOfEntry, localIndexesOf, readStoredItemSizeBytes, shiftIndex, storedBody} from '@murmuration/model';
import type {TableDescriptor} from '@murmuration/model';
import {Page, PartitionMachine, decodePartitionRequest, encodePartitionResponse, keyText, keysOfStep} from '@murmuration/partition';
import type {PartitionFailure, PartitionRequest, PartitionResponse} from '@murmuration/partition';
import {ClusterMap, initialRanges} from '@murmuration/placement';
import type {NodeEntry, PartitionEntry} from '@murmuration/placement';
import {Router} from '../router.js';
import type {RouterOptions, RouterTuning} from '../options.js';

/** The router's own process is `a1`. Replicas 1, 2 and 3 of every partition live on these, and 1 leads. */
export const NODES = ['a1', 'b1', 'c1'].map(toNodeId);
const PARTITIONS_PER_TABLE = 4;

export const MUSIC: TableDescriptor = {
  tableId: toTableId(7), name: 'Music', tableUuid: '6ba7b810-9dad-11d1-80b4-00c04fd430c8', status: 'ACTIVE',
  keySchema: {hash: {name: 'Artist', type: 'S'}, range: {name: 'Song', type: 'S'}},
  attributeDefinitions: [{AttributeName: 'Artist', AttributeType: 'S'}, {AttributeName: 'Song', AttributeType: 'S'}],
  billingMode: 'PAY_PER_REQUEST', provisionedThroughput: {ReadCapacityUnits: 0, WriteCapacityUnits: 0},
  createdAtMs: 1_700_000_000_500, extra: {},
};
export const USERS: TableDescriptor = {
  ...MUSIC, tableId: toTableId(8), name: 'Users', keySchema: {hash: {name: 'id', type: 'N'}, range: undefined},
  attributeDefinitions: [{AttributeName: 'id', AttributeType: 'N'}],
};

interface FakePartition {
  readonly machine: PartitionMachine;
  readonly table: TableDescriptor;
  appliedCount: number;
}

/** What a request meets before the partition: undefined lets it through. */
export type Interference = (node: NodeId, request: PartitionRequest) => PartitionFailure | CallResult | undefined;

export interface SentRequest {
  readonly node: NodeId;
  readonly request: PartitionRequest;
  /** How long the answer is waited for; undefined inside this process. */
  readonly timeoutMs: number | undefined;
}

/**
 * Whole answers without a cluster: every partition is a real state machine over a sorted map, reached through the
 * router's own ports; a test may put failures in between.
 */
export class FakeCluster {
  readonly time = new ManualTime();
  readonly events = new RecordingEvents();
  readonly sent: SentRequest[] = [];
  readonly controlCalls: ControlRequest[] = [];
  readonly router: Router;
  refreshCount = 0;
  isConfirmed = true;
  interfere: Interference = () => undefined;
  answerControl: (request: ControlRequest) => ControlResponse = () => ({kind: 'failed', failure: {code: 'Unavailable', reason: 'no answer was set'}});
  /** Runs when the control plane is asked for its newest map. */
  onRefresh: () => void = () => undefined;
  #map: ClusterMap;
  readonly #partitions = new Map<GroupId, FakePartition>();
  /** Halves of partitions that were cut, as their replicas know them; the router's map may be behind. */
  readonly #halves = new Map<GroupId, PartitionEntry>();
  /** Stored values of every table by key text, which orders as the keys do. */
  readonly #rows = new Map<string, {readonly key: Uint8Array; readonly value: Uint8Array}>();
  #mapListener: (map: ClusterMap) => void = () => undefined;

  constructor(options: {readonly tables?: readonly TableDescriptor[]; readonly isLocal?: boolean; readonly metrics?: MetricRegistry; readonly tuning?: Partial<RouterTuning> & Pick<RouterOptions, 'capacityDefaults'>} = {}) {
    this.#map = ClusterMap.empty();
    this.setTables(options.tables ?? [MUSIC, USERS]);
    const source: ClusterMapSource = {
      current: () => this.#map,
      isConfirmed: () => this.isConfirmed,
      onChange: (listener) => { this.#mapListener = listener; },
      refresh: (done) => {
        this.refreshCount += 1;
        this.onRefresh();
        this.time.after(0, done);
      },
    };
    this.router = new Router(
      {node: NODES[0] as NodeId, az: toAzId('a'), region: 'eu-test-1', ...options.tuning},
      {clock: this.time, timers: this.time, random: new SeededRandom(1), network: this.#network(), events: this.events, metrics: options.metrics ?? nullMetrics},
      {
        map: source,
        control: {call: (request, _timeoutMs, done) => {
          this.controlCalls.push(request);
          const response = this.answerControl(request);
          this.time.after(0, () => done(response));
        }},
        ...(options.isLocal === false ? {} : {localPartitions: {handle: (request, _deadlineMs, done) => {
          const met = this.#meet(NODES[0] as NodeId, request);
          if ('ok' in met) assert(false, 'a local partition has no network to fail');
          else done(met);
        }}}),
      },
    );
  }

  /** The map from now on, at the next version; partitions keep their machines and rows. */
  setTables(tables: readonly TableDescriptor[], epoch = 1): void {
    const partitions: PartitionEntry[] = [];
    tables.forEach((table) => {
      initialRanges(table.tableId, BASE_INDEX_ID, PARTITIONS_PER_TABLE).forEach((range, i) => {
        const group = toGroupId(table.tableId * 100 + i);
        partitions.push({
          group, table: table.tableId, index: BASE_INDEX_ID, from: range.from, until: range.until, epoch,
          replicas: NODES.map((node, n) => ({replica: toReplicaId(n + 1), node, role: 'voter'})), preferredLeader: toReplicaId(1), membership: 1, nextReplica: toReplicaId(100), split: undefined,
        });
        if (!this.#partitions.has(group)) {
          this.#partitions.set(group, {machine: new PartitionMachine({group, schema: table.keySchema, birth: {...range, epoch}, indexes: localIndexesOf(table)}), table, appliedCount: 0});
        }
      });
    });
    this.#map = ClusterMap.fromContent({version: this.#map.version + 1, tables, partitions, nodes: NODES.map(nodeEntry)});
    this.#mapListener(this.#map);
  }
  /** The partition of a key is cut there, at its replicas. The router learns of it by `showSplits` only. */
  split(at: Uint8Array): void {
    const entry = this.#map.partitionOfKey(at);
    assert(entry !== undefined, 'a key of a table');
    const parent = this.#partitions.get(entry.group);
    assert(parent !== undefined, 'partition without a machine');
    const child = toGroupId(10_000 + entry.group);
    const upper = {...entry, group: child, from: at, epoch: entry.epoch + 1};
    this.#partitions.set(child, {machine: new PartitionMachine({group: child, schema: parent.table.keySchema, birth: upper, indexes: localIndexesOf(parent.table)}), table: parent.table, appliedCount: 0});
    this.#halves.set(entry.group, {...entry, until: at, epoch: entry.epoch + 1});
    this.#halves.set(child, upper);
  }
  showSplits(): void {
    const content = this.#map.toContent();
    const whole = content.partitions.filter(({group}) => !this.#halves.has(group));
    this.#map = ClusterMap.fromContent({...content, version: content.version + 1, partitions: [...whole, ...this.#halves.values()]});
    this.#mapListener(this.#map);
  }
  get map(): ClusterMap {
    return this.#map;
  }
  rowCount(table: TableId): number {
    return [...this.#rows.values()].filter(({key}) => this.#map.partitionOfKey(key)?.table === table).length;
  }

  /** One API call, with timers run until it is answered. @returns status and parsed body */
  call(operation: string, body: unknown, headers: Readonly<Record<string, string>> = {}): {readonly status: number; readonly body: unknown; readonly reply: HttpReply} {
    const reply = this.http({
      headers: {'content-type': 'application/x-amz-json-1.0', 'x-amz-target': `DynamoDB_20120810.${operation}`, ...headers},
      body: utf8Encode(typeof body === 'string' ? body : JSON.stringify(body)),
    });
    const text = utf8Decode(reply.body);
    return {status: reply.status, body: text === '' ? undefined : JSON.parse(text), reply};
  }

  http(request: {
    readonly method?: string; readonly target?: string; readonly headers?: Readonly<Record<string, string>>; readonly body?: Uint8Array;
    readonly bodyFailure?: 'too-large' | 'bad-encoding';
  }): HttpReply {
    const replies = this.start(request);
    for (let waitedMs = 0; replies.length === 0 && waitedMs < 20_000; waitedMs += 10) this.time.advance(10);
    assert(replies.length === 1, 'the request was answered once', {count: replies.length});
    return replies[0] as HttpReply;
  }

  /** Begins a request without waiting. @returns where its reply will be */
  start(request: Parameters<FakeCluster['http']>[0]): readonly HttpReply[] {
    const replies: HttpReply[] = [];
    this.router.handle({
      method: request.method ?? 'POST', target: request.target ?? '/', headers: new Map(Object.entries(request.headers ?? {})),
      body: request.body ?? new Uint8Array(0), bodyFailure: request.bodyFailure, remoteAddress: '127.0.0.1:1', receivedMs: this.time.monotonicMs(),
    }, (reply) => replies.push(reply));
    return replies;
  }

  #network(): NetworkPort {
    return {
      self: NODES[0] as NodeId,
      setPeer: () => undefined, removePeer: () => undefined, isConnected: () => true, post: () => true,
      onCall: () => undefined, onPost: () => undefined, onConnection: () => undefined,
      close: () => Promise.resolve(),
      call: (to, _service, payload, timeoutMs, done) => {
        const met = this.#meet(to, decodePartitionRequest(payload), timeoutMs);
        this.time.after(0, () => done('ok' in met ? met : {ok: true, payload: encodePartitionResponse(met)}));
      },
    };
  }

  #meet(node: NodeId, request: PartitionRequest, timeoutMs?: number): PartitionResponse | CallResult {
    this.sent.push({node, request, timeoutMs});
    const met = this.interfere(node, request);
    if (met !== undefined) return 'ok' in met ? met : {kind: 'failed', failure: met};
    const half = this.#halves.get(request.group);
    const entry = half ?? this.#map.partition(request.group);
    if (entry === undefined) return {kind: 'failed', failure: {code: 'UnknownPartition'}};
    if (half === undefined ? entry.epoch !== request.epoch : !isInside(request, half)) return {kind: 'failed', failure: {code: 'WrongEpoch', epoch: entry.epoch}};
    const needsLeader = !('consistency' in request) || request.consistency === 'strong';
    if (needsLeader && node !== NODES[0]) return {kind: 'failed', failure: {code: 'NotLeader', leaderHint: toReplicaId(1)}};
    const partition = this.#partitions.get(request.group);
    assert(partition !== undefined, 'partition without a machine');
    return this.#serve(partition, request, entry);
  }

  #serve(partition: FakePartition, request: PartitionRequest, entry: PartitionEntry): PartitionResponse {
    switch (request.kind) {
      case 'transact': {
        const newest = new Map(partition.machine.rowsOfStep(request.step).map((key) => [keyText(key), {bytes: this.#rows.get(keyText(key))?.value, dependsOn: 0}]));
        const {response, effect} = partition.machine.evaluateStep(request.step, newest, this.time.wallMs());
        if (effect !== undefined) this.#apply(partition, effect);
        return response;
      }
      case 'write': {
        const text = keyText(request.command.key);
        assert(inside(request.command.key, entry), 'key outside the partition');
        const bytes = this.#rows.get(text)?.value;
        const collectionKey = partition.machine.collectionKeyOf(request.command.key);
        const collection = collectionKey === undefined ? undefined : this.#rows.get(keyText(collectionKey))?.value;
        const {response, effect} = partition.machine.evaluate(request.command, text, {bytes, dependsOn: 0}, this.time.wallMs(), {bytes: collection, dependsOn: 0});
        if (effect !== undefined) this.#apply(partition, effect);
        return response;
      }
      case 'get': {
        for (const key of request.keys) assert(inside(key, entry), 'key outside the partition');
        const values = request.keys.map((key) => this.#rows.get(keyText(key))?.value);
        return {
          kind: 'got', items: values.map((value) => (value === undefined ? undefined : storedBody(value))),
          sizesBytes: values.map((value) => (value === undefined ? 0 : readStoredItemSizeBytes(value))),
        };
      }
      case 'range': {
        assert(compareBytes(request.from, entry.from) >= 0 && compareBytes(request.until, entry.until) <= 0, 'range outside the partition');
        const page = new Page({
          itemCountMax: request.itemCountMax, pageSizeBytesMax: request.pageSizeBytesMax, isCountOnly: request.isCountOnly,
          hasSortKey: partition.table.keySchema.range !== undefined, index: request.index, isWhole: request.isWhole,
          expressions: request.expressions === undefined ? undefined : partition.machine.compile(request.expressions),
        });
        const [from, until] = [shiftIndex(request.from, request.index ?? 0), shiftIndex(request.until, request.index ?? 0)];
        const rows = [...this.#rows.values()]
          .filter(({key}) => compareBytes(key, from) >= 0 && compareBytes(key, until) < 0)
          .sort((a, b) => (request.isReverse ? compareBytes(b.key, a.key) : compareBytes(a.key, b.key)));
        for (const {key, value} of rows) {
          if (page.isFull) break;
          page.add(key, value, request.isWhole === true ? this.#rows.get(keyText(baseKeyOfEntry(key)))?.value : undefined);
        }
        return page.finish(true);
      }
      default:
        assert(false, 'no test of the router asks this of a partition', {kind: request.kind});
    }
  }

  #apply(partition: FakePartition, effect: Uint8Array): void {
    const batch = new WriteBatch();
    partition.appliedCount += 1;
    partition.machine.apply(effect, toLogIndex(partition.appliedCount), batch);
    partition.machine.stored(toLogIndex(partition.appliedCount));
    for (const operation of batch.operations) {
      if (operation.kind === 'put' && operation.key[0] === RECORD_KIND_ITEM) this.#rows.set(keyText(operation.key), operation);
      if (operation.kind === 'delete') this.#rows.delete(keyText(operation.key));
    }
  }
}

/** Nobody leads as far as this replica knows. */
export const LEADERLESS: PartitionFailure = {code: 'NotLeader', leaderHint: NO_REPLICA};

function isInside(request: PartitionRequest, entry: PartitionEntry): boolean {
  if (request.kind === 'write') return inside(request.command.key, entry);
  if (request.kind === 'get') return request.keys.every((key) => inside(key, entry));
  if (request.kind === 'transact') return keysOfStep(request.step).every((key) => inside(key, entry));
  if (request.kind !== 'range') return true;
  return compareBytes(request.from, entry.from) >= 0 && compareBytes(request.until, entry.until) <= 0;
}
function inside(key: Uint8Array, {from, until}: PartitionEntry): boolean {
  return compareBytes(key, from) >= 0 && compareBytes(key, until) < 0;
}

function nodeEntry(node: NodeId): NodeEntry {
  return {
    node, az: toAzId(node.slice(0, 1)), roles: ['router', 'storage', 'control'], fabricAddress: '', apiAddress: '', adminAddress: '', pid: 1,
    incarnation: 1, diskId: 'disk', state: 'up', duty: 'serving',
  };
}
