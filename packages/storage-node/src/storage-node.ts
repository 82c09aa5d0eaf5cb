import {DecodeError, SERVICE_PARTITION, WriteBatch, assert} from '@murmuration/base';
import type {GroupId, ReplicaId, ScanRange, TimerHandle} from '@murmuration/base';
import type {ClusterMapSource, GroupReport} from '@murmuration/control-client';
import {decodePartitionRequest, encodePartitionResponse} from '@murmuration/partition';
import type {PartitionRequest, PartitionResponse} from '@murmuration/partition';
import type {ClusterMap, PartitionEntry} from '@murmuration/placement';
import type {GroupDescriptor, GroupStateMachine} from '@murmuration/raft-host';
import {CallList} from './call.js';
import {HostedPartition} from './hosted-partition.js';
import {createStorageNodeMetrics} from './metrics.js';
import {completeTuning} from './options.js';
import type {StorageNodeOptions, StorageNodePorts} from './options.js';
import {decodeIdentity, encodeIdentity} from './owner-data.js';
import {emit} from './partition-context.js';
import type {NodeContext} from './partition-context.js';
import type {ReplicaHost} from './replica-host.js';
import {RowCache} from './row-cache.js';
import {RowLoader} from './row-loader.js';

/** Pause before a creation or removal that failed is tried again. */
const RECONCILE_RETRY_MS = 1_000;

/**
 * The partitions of one process: makes and removes replicas as the cluster map orders, takes requests from the
 * router of its own process and from the network, and hands them to their partition.
 */
export class StorageNode {
  readonly #options: StorageNodeOptions;
  readonly #ports: StorageNodePorts;
  readonly #host: ReplicaHost;
  readonly #source: ClusterMapSource;
  readonly #context: NodeContext;
  readonly #calls: CallList;
  readonly #partitions = new Map<GroupId, HostedPartition>();
  /** Groups whose creation or removal is under way: one step at a time for each. */
  readonly #busy = new Set<GroupId>();
  #sweepTimer: TimerHandle | undefined;
  #retryTimer: TimerHandle | undefined;
  #mapVersion = 0;
  #isStopped = true;

  constructor(options: StorageNodeOptions, ports: StorageNodePorts, host: ReplicaHost, source: ClusterMapSource) {
    assert(options.node === ports.network.self, 'the node and its network have one name', {node: options.node});
    const tuning = completeTuning(options);
    this.#options = options;
    this.#ports = ports;
    this.#host = host;
    this.#source = source;
    this.#calls = new CallList(tuning.callsInFlightMax);
    const cache = new RowCache(tuning.rowCacheBytesMax);
    const loader = new RowLoader(ports.store, ports.timers, cache, tuning.loadBatchRowsMax, (error) => {
      const reason = error instanceof Error ? error.message : 'unknown error';
      emit(ports.events, {event: 'storage-node/store-read-failed', level: 'error', reason});
    });
    const metrics = createStorageNodeMetrics(ports.metrics);
    this.#context = {
      tuning, clock: ports.clock, store: ports.store, host, cache, loader, events: ports.events, metrics, rangeReads: {count: 0},
    };
    ports.metrics.onCollect(() => this.#collect());
  }

  /** The machine of a group found in the log at start, or created: what the Raft host's start asks for. @throws DecodeError */
  open(descriptor: GroupDescriptor): GroupStateMachine {
    const partition = new HostedPartition(descriptor.group, descriptor.replica, decodeIdentity(descriptor.ownerData), this.#context);
    this.#partitions.set(descriptor.group, partition);
    return partition;
  }

  /** Precondition: the Raft host has started. */
  start(): void {
    assert(this.#isStopped, 'a storage node starts once');
    this.#isStopped = false;
    this.#ports.network.onCall(SERVICE_PARTITION, (from, payload, deadlineMs, reply, refuse) => {
      let request: PartitionRequest;
      try {
        request = decodePartitionRequest(payload);
      } catch (error) {
        if (!(error instanceof DecodeError)) throw error;
        emit(this.#ports.events, {event: 'storage-node/request-refused', level: 'warn', from, reason: error.message});
        refuse(`not a partition request: ${error.message}`);
        return;
      }
      this.handle(request, deadlineMs, (response) => reply(encodePartitionResponse(response)));
    });
    this.#sweepTimer = this.#ports.timers.every(this.#context.tuning.deadlineSweepMs, () => this.#sweep());
    this.#source.onChange((map) => this.#reconcile(map));
    this.#reconcile(this.#source.current());
  }

  /** Fails what waits. Stop it before the Raft host, which then gives leaderships away. */
  stop(): void {
    this.#isStopped = true;
    this.#sweepTimer?.cancel();
    this.#retryTimer?.cancel();
    this.#calls.failUnproposed({code: 'Unavailable', reason: 'the process is stopping'});
  }

  /**
   * Carries out one request. A request for a partition that is not here creates nothing.
   * @param deadlineMs on this process's monotonic clock
   * @param done called exactly once, perhaps before this returns
   */
  handle(request: PartitionRequest, deadlineMs: number, done: (response: PartitionResponse) => void): void {
    const answer = (response: PartitionResponse): void => {
      this.#context.metrics.answered(request.kind, response.kind === 'failed' ? response.failure.code : 'ok');
      done(response);
    };
    if (this.#isStopped) {
      answer({kind: 'failed', failure: {code: 'Unavailable', reason: 'the process is not serving'}});
      return;
    }
    const partition = this.#partitions.get(request.group);
    if (partition === undefined) {
      answer({kind: 'failed', failure: {code: 'UnknownPartition'}});
      return;
    }
    const call = this.#calls.open(deadlineMs, answer);
    if (call === undefined) answer({kind: 'failed', failure: {code: 'Overloaded', retryAfterMs: this.#context.tuning.retryAfterMs}});
    else partition.handle(request, call);
  }

  /** What the heartbeats tell the control plane of this process's replicas. */
  report(): readonly GroupReport[] {
    const reports: GroupReport[] = [];
    for (const {group, replica, machine} of this.#partitions.values()) {
      const status = this.#host.status(group);
      if (status === undefined) continue;
      const {term, isLeader, leader, applied} = status;
      const {confState} = status;
      reports.push({
        group, replica, term, isLeader, leader, applied, itemCount: machine.record.itemCount, sizeBytes: machine.record.sizeBytes,
        epoch: 1, membership: 1, voters: confState.voters, learners: confState.learners, isJoint: confState.votersOutgoing.length > 0,
        progress: [], lastSplit: undefined, splitRefusal: undefined,
      });
    }
    return reports;
  }
  /** Partitions here, for the admin API and tests. */
  get groups(): readonly GroupId[] {
    return [...this.#partitions.keys()];
  }

  #reconcile(map: ClusterMap): void {
    // A map from an earlier life of the process is good for serving, not for making or destroying replicas.
    if (this.#isStopped || !this.#source.isConfirmed() || map.version < this.#mapVersion) return;
    this.#mapVersion = map.version;
    for (const partition of this.#partitions.values()) this.#follow(map, partition);
    // What could not be started is left as it is found: its rows may be wanted, and its id never votes again.
    const unusable = new Set(this.#host.unusableGroups());
    for (const entry of map.partitionsOnNode(this.#options.node)) {
      if (!this.#partitions.has(entry.group) && !this.#busy.has(entry.group) && !unusable.has(entry.group)) this.#create(map, entry);
    }
  }

  #follow(map: ClusterMap, partition: HostedPartition): void {
    if (this.#busy.has(partition.group)) return;
    const entry = map.partition(partition.group);
    const placement = entry?.replicas.find(({replica, node}) => replica === partition.replica && node === this.#options.node);
    if (entry !== undefined && placement !== undefined) {
      if (entry.epoch <= partition.identity.epoch) return;
      partition.setEpoch(entry.epoch, map.version);
      this.#host.setMembers(entry.group, entry.replicas.map(({replica, node}) => ({replica, node})));
      return;
    }
    // A map older than the one that ordered the replica says nothing about it.
    if (map.version > partition.identity.mapVersion) this.#remove(partition, entry === undefined ? 'gone-from-map' : 'moved-away');
  }

  #create(map: ClusterMap, entry: PartitionEntry): void {
    const placement = entry.replicas.find(({node}) => node === this.#options.node);
    const table = map.tableById(entry.table);
    assert(placement !== undefined, 'the map lists partitions of this node only', {group: entry.group});
    if (table === undefined || placement.role === 'log') {
      const reason = table === undefined ? 'the map does not describe its table' : 'this version hosts no log replicas';
      emit(this.#ports.events, {event: 'partition/creation-failed', level: 'error', group: entry.group, reason});
      return;
    }
    const identity = {
      table: entry.table, index: entry.index, schema: table.keySchema, from: entry.from, until: entry.until, epoch: entry.epoch, mapVersion: map.version,
    };
    const descriptor: GroupDescriptor = {
      group: entry.group,
      replica: placement.replica,
      initialConfState: {voters: firstVoters(entry), learners: [], votersOutgoing: [], learnersNext: [], autoLeave: false},
      members: entry.replicas.map(({replica, node}) => ({replica, node})),
      ownerData: encodeIdentity(identity),
    };
    const ranges = new HostedPartition(entry.group, placement.replica, identity, this.#context).stateRanges();
    this.#busy.add(entry.group);
    // A removal that a crash cut short may have left rows; they must be gone for good before the group exists.
    this.#wipe(ranges).then(
      () => this.#host.createGroup(
        descriptor, {machine: this.open(descriptor), campaignFirst: placement.replica === entry.preferredLeader},
        (result) => this.#created(entry, placement.replica, result.ok ? undefined : result.reason),
      ),
      (error: unknown) => this.#created(entry, placement.replica, reasonOf(error)),
    );
  }
  #created(entry: PartitionEntry, replica: ReplicaId, failure: string | undefined): void {
    const {group, table, epoch} = entry;
    this.#busy.delete(group);
    if (failure === undefined) {
      emit(this.#ports.events, {event: 'partition/created', level: 'info', group, table, replica, epoch});
      // The map may have changed while the step was under way.
      this.#again();
      return;
    }
    this.#partitions.delete(group);
    emit(this.#ports.events, {event: 'partition/creation-failed', level: 'error', group, reason: failure});
    this.#retryLater();
  }

  #remove(partition: HostedPartition, reason: 'gone-from-map' | 'moved-away'): void {
    const {group, identity} = partition;
    const ranges = partition.stateRanges();
    this.#busy.add(group);
    this.#partitions.delete(group);
    this.#host.removeGroup(group, () => {
      this.#wipe(ranges).then(
        () => {
          emit(this.#ports.events, {event: 'partition/removed', level: 'info', group, table: identity.table, reason});
        },
        // The group is gone; rows that stay behind are wiped before a replica is ever made in their place.
        (error: unknown) => emit(this.#ports.events, {event: 'partition/removal-failed', level: 'error', group, reason: reasonOf(error)}),
      ).finally(() => {
        this.#busy.delete(group);
        this.#again();
      });
    });
  }

  /** Removes all rows of the ranges, durably; costs two short reads when there are none. */
  async #wipe(ranges: readonly ScanRange[]): Promise<void> {
    const batch = new WriteBatch();
    for (const {from, until} of ranges) {
      const iterator = this.#ports.store.iterate({from, until});
      const rows = await iterator.next(1);
      await iterator.close();
      if (rows.length > 0) batch.deleteRange(from, until);
    }
    if (batch.isEmpty) return;
    await this.#ports.store.write(batch);
    await this.#ports.store.flush();
    this.#context.cache.clear();
  }

  #again(): void {
    this.#reconcile(this.#source.current());
  }
  #retryLater(): void {
    if (this.#isStopped) return;
    this.#retryTimer?.cancel();
    this.#retryTimer = this.#ports.timers.after(RECONCILE_RETRY_MS, () => this.#again());
  }

  #sweep(): void {
    this.#calls.sweep(this.#ports.clock.monotonicMs());
    for (const partition of this.#partitions.values()) partition.sweep();
  }

  #collect(): void {
    let leadingCount = 0;
    let proposalsOpen = 0;
    let overlayBytes = 0;
    for (const partition of this.#partitions.values()) {
      if (partition.isLeader) leadingCount += 1;
      proposalsOpen += partition.openProposalCount;
      overlayBytes += partition.machine.overlay.sizeBytes;
    }
    this.#context.metrics.collect({
      leadingCount, followingCount: this.#partitions.size - leadingCount, callsInFlight: this.#calls.openCount, proposalsOpen, overlayBytes,
      rowCacheBytes: this.#context.cache.sizeBytes,
    });
  }
}

/** Epoch 1 is the partition's birth: its voters are the first configuration. Later replicas are told theirs by the leader. */
function firstVoters(entry: PartitionEntry): readonly ReplicaId[] {
  return entry.epoch === 1 ? entry.replicas.filter(({role}) => role !== 'learner').map(({replica}) => replica).sort((a, b) => a - b) : [];
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : 'unknown error';
}
