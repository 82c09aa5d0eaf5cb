import {DecodeError, NO_REPLICA, SERVICE_PARTITION, assert, toAzId} from '@murmuration/base';
import type {GroupId, ReplicaId, TimerHandle} from '@murmuration/base';
import {TokenBucket, unitsToMilliRate} from '@murmuration/capacity';
import type {ClusterMapSource, GroupReport, HeartbeatReport, PartitionShare} from '@murmuration/control-client';
import {decodePartitionRequest, encodePartitionResponse} from '@murmuration/partition';
import type {PartitionRequest, PartitionResponse} from '@murmuration/partition';
import {MapRefresher, PARTITION_CLIENT_DEFAULTS, PartitionClient} from '@murmuration/partition-client';
import type {ClusterMap} from '@murmuration/placement';
import type {GroupDescriptor, GroupStateMachine} from '@murmuration/raft-host';
import type {NodeThroughput} from './admission.js';
import {CallList} from './call.js';
import {reportOf, unusableReport} from './group-reports.js';
import {serveHeat} from './heat/heat-desk.js';
import {HISTORIES_MAX, HeatRoom, SKETCHES_MAX} from './heat/heat-room.js';
import type {HostedPartition} from './hosted-partition.js';
import {LeaderDuties} from './leader-duties.js';
import {createStorageNodeMetrics} from './metrics.js';
import {capacityDefaultsOf, completeTuning} from './options.js';
import type {StorageNodeOptions, StorageNodePorts, StorageNodeTuning} from './options.js';
import {emit} from './partition-context.js';
import type {NodeContext} from './partition-context.js';
import type {ReplicaHost} from './replica-host.js';
import {ReplicaLifecycle} from './replica-lifecycle.js';
import type {HostedReplica} from './replica-lifecycle.js';
import {Round} from './round.js';
import {RangeCache} from './range-cache.js';
import {RowCache} from './row-cache.js';
import {RowLoader} from './row-loader.js';

/** The control plane is asked for its newest map at most this often because of what partitions here ask of others. */
const MAP_REFRESH_PERIOD_MS_MIN = 250;

/** Where reports go that should not wait for the next heartbeat: a ControlClient is one. */
export interface GroupReporter {
  reportNow(groups: readonly GroupReport[]): void;
}

/** Turns in which every replica that sleeps is looked at once: five seconds each, with the periods as they are. */
const FOLLOW_TURNS = 100;
const SWEEP_TURNS = 50;

/**
 * The partitions of one process: takes requests from the router of its own process and from the network and hands
 * them to their partition, follows the cluster map, and tells the control plane how far it is.
 */
export class StorageNode {
  readonly #ports: StorageNodePorts;
  readonly #host: ReplicaHost;
  readonly #source: ClusterMapSource;
  readonly #context: NodeContext;
  readonly #calls: CallList;
  readonly #lifecycle: ReplicaLifecycle;
  readonly #duties: LeaderDuties;
  readonly #reporter: GroupReporter | undefined;
  readonly #toReport = new Set<GroupId>();
  /** Of these, those that are told of though they are only followed here. */
  readonly #toReportWhoever = new Set<GroupId>();
  /** Who led what is led elsewhere, when this process stopped serving. */
  readonly #leadersAtStop = new Map<GroupId, ReplicaId>();
  readonly #followRound = new Round<HostedReplica>(FOLLOW_TURNS);
  readonly #sweepRound = new Round<HostedReplica>(SWEEP_TURNS);
  /** Sleeps that the control plane was told of, by their numbers. */
  readonly #sleepsTold = new Map<GroupId, number>();
  #sweepTimer: TimerHandle | undefined;
  #followTimer: TimerHandle | undefined;
  #isStopped = true;

  constructor(options: StorageNodeOptions, ports: StorageNodePorts, host: ReplicaHost, source: ClusterMapSource, reporter?: GroupReporter) {
    assert(options.node === ports.network.self, 'the node and its network have one name', {node: options.node});
    const tuning = completeTuning(options);
    this.#ports = ports;
    this.#host = host;
    this.#source = source;
    this.#reporter = reporter;
    this.#calls = new CallList(tuning.callsInFlightMax);
    const cache = new RowCache(tuning.rowCacheBytesMax);
    const loader = new RowLoader(ports.store, ports.timers, cache, tuning.loadBatchRowsMax, (error) => {
      const reason = error instanceof Error ? error.message : 'unknown error';
      emit(ports.events, {event: 'storage-node/store-read-failed', level: 'error', reason});
    });
    const metrics = createStorageNodeMetrics(ports.metrics);
    const partitions = new PartitionClient(
      {...PARTITION_CLIENT_DEFAULTS, node: options.node, az: options.az ?? toAzId(options.node)}, {...ports, random: ports.random.fork('storage-node')}, source,
      new MapRefresher(source, ports.clock, ports.timers, MAP_REFRESH_PERIOD_MS_MIN), this,
    );
    this.#context = {
      tuning, capacityDefaults: capacityDefaultsOf(tuning), throughput: nodeThroughput(tuning, ports.clock.monotonicMs()), clock: ports.clock, store: ports.store, host, cache, ranges: new RangeCache(tuning.rangeCacheBytesMax), loader, events: ports.events, metrics, partitions, rangeReads: {count: 0},
      heat: {histories: new HeatRoom(HISTORIES_MAX), sketches: new HeatRoom(SKETCHES_MAX), defaults: capacityDefaultsOf(tuning)},
      changed: (group) => this.#changed(group),
      membershipDurable: (group) => this.#membershipDurable(group),
      born: (descriptor, isLeading) => this.#lifecycle.born(descriptor, isLeading),
    };
    this.#lifecycle = new ReplicaLifecycle(options.node, this.#context, ports.timers, () => (source.isConfirmed() ? source.current() : undefined));
    this.#duties = new LeaderDuties(options.node, this.#context);
    ports.metrics.onCollect(() => this.#collect());
  }

  /** The machine of a group found in the log at start, or created: what the Raft host's start asks for. @throws DecodeError */
  open(descriptor: GroupDescriptor): GroupStateMachine {
    return this.#lifecycle.open(descriptor);
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
    serveHeat(this.#ports.network, () => this.#fullReplicas(), () => this.#ports.clock.wallMs());
    this.#sweepTimer = this.#ports.timers.every(this.#context.tuning.deadlineSweepMs, () => this.#sweep());
    this.#followTimer = this.#ports.timers.every(this.#context.tuning.mapFollowMs, () => this.#followAwake());
    this.#source.onChange((map) => this.#mapChanged(map));
    this.#lifecycle.start();
  }

  /** Fails what waits. Stop it before the Raft host, which then gives leaderships away. */
  stop(): void {
    for (const group of this.#lifecycle.replicas.keys()) {
      const leader = this.#host.leaderOf(group);
      if (leader !== NO_REPLICA && this.#host.status(group)?.isLeader === false) this.#leadersAtStop.set(group, leader);
    }
    this.#isStopped = true;
    this.#sweepTimer?.cancel();
    this.#followTimer?.cancel();
    this.#lifecycle.stop();
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
      // At last by where to: whoever did not hear of a handover would go on asking here.
      const leaderHint = this.#leadersAtStop.get(request.group);
      answer({kind: 'failed', failure: leaderHint === undefined ? {code: 'Unavailable', reason: 'the process is not serving'} : {code: 'NotLeader', leaderHint}});
      return;
    }
    const replica = this.#lifecycle.replicas.get(request.group);
    if (replica === undefined) {
      answer({kind: 'failed', failure: {code: 'UnknownPartition'}});
      return;
    }
    const call = this.#calls.open(deadlineMs, answer);
    if (call === undefined) answer({kind: 'failed', failure: {code: 'Overloaded', retryAfterMs: this.#context.tuning.retryAfterMs}});
    else if (replica.kind === 'log') replica.handle(call);
    else replica.handle(request, call);
  }

  /** What a heartbeat tells the control plane: of replicas that sleep only once, but for those that have something to say all the same. */
  heartbeat(isFull: boolean): HeartbeatReport {
    const map = this.#source.current();
    const groups: GroupReport[] = [];
    let asleepCount = 0;
    if (isFull) this.#sleepsTold.clear();
    for (const replica of this.#lifecycle.replicas.values()) {
      const sleep = this.#host.sleepOf(replica.group);
      if (sleep !== 0 && this.#sleepsTold.get(replica.group) === sleep) {
        asleepCount += 1;
        continue;
      }
      const report = reportOf(replica, this.#host.status(replica.group), map, this.#duties);
      if (report === undefined) continue;
      const isAtRest = sleep !== 0 && report.throughput === undefined && report.heat === undefined && report.outbox === undefined && report.lastSplit === undefined && report.isUnusable !== true;
      groups.push(isAtRest ? {...report, isAsleep: true} : report);
      if (isAtRest) {
        asleepCount += 1;
        this.#sleepsTold.set(replica.group, sleep);
      } else {
        this.#sleepsTold.delete(replica.group);
      }
    }
    for (const group of this.#sleepsTold.keys()) if (!this.#lifecycle.replicas.has(group)) this.#sleepsTold.delete(group);
    for (const {group, replica} of this.#lifecycle.unusable(map)) groups.push(unusableReport(group, replica));
    return {groups, rest: {asleepCount, isFull}};
  }
  /** What is told of all of this process's replicas. */
  report(): readonly GroupReport[] {
    const map = this.#source.current();
    const reports: GroupReport[] = [];
    for (const replica of this.#lifecycle.replicas.values()) {
      const report = reportOf(replica, this.#host.status(replica.group), map, this.#duties);
      if (report !== undefined) reports.push(report);
    }
    for (const {group, replica} of this.#lifecycle.unusable(map)) reports.push(unusableReport(group, replica));
    return reports;
  }
  /** Takes over what the control plane gives leaders here of their tables' throughput. */
  takeShares(shares: readonly PartitionShare[]): void {
    for (const share of shares) {
      const replica = this.#lifecycle.replicas.get(share.group);
      if (replica?.kind === 'full') replica.admission.takeShare(share);
    }
  }
  /** Partitions here, for the admin API and tests. */
  get groups(): readonly GroupId[] {
    return [...this.#lifecycle.replicas.keys()];
  }

  #mapChanged(map: ClusterMap): void {
    // A map from an earlier life of the process is good for serving, not for making or destroying replicas.
    if (this.#isStopped) return;
    if (this.#source.isConfirmed()) this.#lifecycle.reconcile(map);
    this.#followMap();
  }
  #followMap(): void {
    const map = this.#source.current();
    const wallMs = this.#ports.clock.wallMs();
    for (const replica of this.#lifecycle.replicas.values()) this.#follow(replica, map, wallMs);
  }
  /** Where nothing happens nothing has to be done often: of the replicas that sleep a few are looked at each time. */
  #followAwake(): void {
    const map = this.#source.current();
    const wallMs = this.#ports.clock.wallMs();
    for (const group of [...this.#host.awakeGroups()]) {
      const replica = this.#lifecycle.replicas.get(group);
      if (replica !== undefined) this.#follow(replica, map, wallMs);
    }
    for (const replica of this.#followRound.next(this.#lifecycle.replicas)) if (this.#host.sleepOf(replica.group) !== 0) this.#follow(replica, map, wallMs);
  }
  #follow(replica: HostedReplica, map: ClusterMap, wallMs: number): void {
    if (replica.kind !== 'full') return;
    replica.followThroughput(map);
    replica.followHeat(map, wallMs);
    this.#duties.follow(replica, map);
    replica.indexes.follow();
  }
  #membershipDurable(group: GroupId): void {
    if (this.#isStopped || this.#reporter === undefined) return;
    this.#toReportWhoever.add(group);
    this.#changed(group);
  }
  /** Tells of the group in the next turn, with whatever else changes until then. */
  #changed(group: GroupId): void {
    if (this.#isStopped || this.#reporter === undefined) return;
    this.#toReport.add(group);
    if (this.#toReport.size > 1) return;
    this.#ports.timers.nextTurn(() => {
      const groups = [...this.#toReport];
      this.#toReport.clear();
      if (!this.#isStopped) this.#reportNow(groups);
    });
  }
  #reportNow(groups: readonly GroupId[]): void {
    const map = this.#source.current();
    const reports: GroupReport[] = [];
    for (const group of groups) {
      const replica = this.#lifecycle.replicas.get(group);
      const report = replica === undefined ? undefined : reportOf(replica, this.#host.status(group), map, this.#duties);
      // Followers are heard of soon enough, but for a configuration they hold for good; the control plane waits for what leaders have reached.
      if (report !== undefined && (report.isLeader || report.isUnusable === true || this.#toReportWhoever.has(group))) reports.push(report);
    }
    this.#toReportWhoever.clear();
    if (reports.length > 0) this.#reporter?.reportNow(reports);
  }

  *#fullReplicas(): Iterable<HostedPartition> {
    for (const replica of this.#lifecycle.replicas.values()) if (replica.kind === 'full') yield replica;
  }
  #sweep(): void {
    this.#calls.sweep(this.#ports.clock.monotonicMs());
    for (const group of [...this.#host.awakeGroups()]) {
      const replica = this.#lifecycle.replicas.get(group);
      if (replica?.kind === 'full') replica.sweep();
    }
    for (const replica of this.#sweepRound.next(this.#lifecycle.replicas)) if (replica.kind === 'full') replica.sweep();
  }

  #collect(): void {
    let leadingCount = 0;
    let proposalsOpen = 0;
    let overlayBytes = 0;
    let logCount = 0;
    let hotCount = 0;
    const outboxes = {rowCount: 0, sizeBytes: 0, lagMs: 0};
    for (const partition of this.#lifecycle.replicas.values()) {
      if (partition.kind === 'log') {
        logCount += 1;
        continue;
      }
      if (partition.isLeader) leadingCount += 1;
      if (partition.heat.hotSinceMs !== undefined) hotCount += 1;
      outboxes.rowCount += partition.indexes.rowCount;
      outboxes.sizeBytes += partition.indexes.sizeBytes;
      outboxes.lagMs = Math.max(outboxes.lagMs, partition.indexes.lagMs);
      proposalsOpen += partition.openProposalCount;
      overlayBytes += partition.machine.overlay.sizeBytes;
    }
    this.#context.metrics.globalIndexes.collect(outboxes);
    this.#context.metrics.collect({
      leadingCount, hotCount, followingCount: this.#lifecycle.replicas.size - leadingCount - logCount, logCount, unusableCount: this.#host.unusableGroups().length, callsInFlight: this.#calls.openCount, proposalsOpen, overlayBytes,
      rowCacheBytes: this.#context.cache.sizeBytes, rangeCacheBytes: this.#context.ranges.sizeBytes,
    });
  }
}

/** Each holds one second of its rate. */
function nodeThroughput({nodeReadUnitsMax, nodeWriteUnitsMax}: StorageNodeTuning, nowMs: number): NodeThroughput {
  const bucketOf = (units: number): TokenBucket | undefined => (units === 0 ? undefined : new TokenBucket({rate: unitsToMilliRate(units), sizeHalfUnits: units * 2}, nowMs));
  return {nodeRead: bucketOf(nodeReadUnitsMax), nodeWrite: bucketOf(nodeWriteUnitsMax)};
}
