import {CONTROL_GROUP_ID, NO_REPLICA, SERVICE_CONTROL, BASE_INDEX_ID, DecodeError, assert, toGroupId, toReplicaId, toTableId, unreachable} from '@murmuration/base';
import type {Clock, EventSink, MetricRegistry, NetworkPort, NodeId, PeerAddress, Random, StorePort, Term, TimerHandle, Timers} from '@murmuration/base';
import {decodeControlRequest, encodeControlResponse} from '@murmuration/control-client';
import type {ControlFailure, ControlRequest, ControlResponse, GroupReport, JobEntry, PartitionShare} from '@murmuration/control-client';
import {CAPACITY_SETTING_DEFAULTS, capacitySettingsOf, pageOfScaling, scalingKey} from '@murmuration/model';
import type {TableDescriptor} from '@murmuration/model';
import type {GroupDescriptor, GroupStateMachine, HostFailure, RaftHost} from '@murmuration/raft-host';
import {accountThroughput, quotaExcess} from './capacity-quotas.js';
import type {CatalogResult} from './catalog.js';
import {encodeCatalogCommand} from './catalog-commands.js';
import type {CatalogCommand} from './catalog-commands.js';
import {CatalogMachine} from './catalog-machine.js';
import type {ControlPlaneEvent} from './events.js';
import {nextIndexId} from './global-index-life.js';
import {JOB_DEFAULTS, JobRunner} from './job-runner.js';
import {Liveness} from './liveness.js';
import {ControlMembers, nodeOfReplica} from './control-members.js';
import {createControlPlaneMetrics} from './metrics.js';
import type {ControlPlaneMetrics} from './metrics.js';
import {removedReason} from './node-registry.js';
import {OrderDesk} from './order-desk.js';
import {planIndex, planTableWithIndexes} from './plan-table.js';
import {ScalingLoop} from './scaling-loop.js';
import {TableShares} from './table-shares.js';
import {TokenService} from './token-service.js';
import {Watchers} from './watchers.js';

export interface ControlPlaneOptions {
  readonly clusterId: string;
  /** The processes of the control group in the order of their replica ids, 1 first. Equal on all of them. */
  readonly controlPeers: readonly PeerAddress[];
  readonly replicationFactor: number;
  /** As refusals of throughput name it. */
  readonly region: string;
  /** Partitions of a new table unless the settings of the cluster say otherwise; 0: as many as its throughput needs. */
  readonly initialPartitions: number;
  /** What the bucket of a table holds that is leased to routers, unless settings say otherwise. */
  readonly burstSeconds: number;
  readonly reconcileMs: number;
  readonly suspectAfterMs: number;
  readonly downAfterMs: number;
  readonly tableCountMax: number;
  readonly watcherCountMax: number;
  /** Whether all tables may be dropped by one request. False but in clusters inside a test. */
  readonly allowsDropAll: boolean;
  /** See JobOptions. */
  readonly healAfterMs: number;
  readonly splitSizeBytes: number;
  readonly jobsMax: number;
  readonly jobsPerNodeMax: number;
  readonly splitsMax: number;
  readonly planMs: number;
  readonly heatBalance: 'off' | 'on';
  readonly heatBalanceMs: number;
}

export const CONTROL_PLANE_DEFAULTS = {
  replicationFactor: 3, region: 'us-east-1', initialPartitions: 0, burstSeconds: 300, reconcileMs: 50, suspectAfterMs: 2_500, downAfterMs: 10_000, tableCountMax: 2_500, watcherCountMax: 4_096, allowsDropAll: false,
  ...JOB_DEFAULTS,
} as const;

export interface ControlPlanePorts {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly store: StorePort;
  readonly network: NetworkPort;
  readonly events: EventSink;
  readonly metrics: MetricRegistry;
}

/** How often a plan that lost a race is made anew before the caller is told to try again. */
const PLAN_TRIES_MAX = 8;

/**
 * The control plane's replica in this process. Answers control requests while it leads, and drives what users asked
 * for to its end: each step is a catalog command, so a new leader goes on where the old one stopped.
 */
export class ControlPlane {
  readonly #options: ControlPlaneOptions;
  readonly #ports: ControlPlanePorts;
  readonly #host: RaftHost;
  readonly #members: ControlMembers;
  readonly #machine: CatalogMachine;
  readonly #liveness: Liveness;
  readonly #shares = new TableShares();
  readonly #tokens: TokenService;
  readonly #watchers: Watchers;
  readonly #metrics: ControlPlaneMetrics;
  readonly #jobs: JobRunner;
  readonly #orders: OrderDesk;
  readonly #scaling: ScalingLoop;
  readonly #stepsInFlight = new Set<string>();
  #isLeader = false;
  #term = 0;
  #reconcileTimer: TimerHandle | undefined;

  constructor(options: ControlPlaneOptions, ports: ControlPlanePorts, host: RaftHost) {
    assert(options.suspectAfterMs < options.downAfterMs, 'suspectAfterMs must be below downAfterMs');
    this.#options = options;
    this.#ports = ports;
    this.#host = host;
    this.#members = new ControlMembers(host);
    this.#liveness = new Liveness(options);
    this.#watchers = new Watchers({countMax: options.watcherCountMax}, ports.timers);
    this.#metrics = createControlPlaneMetrics(ports.metrics);
    this.#tokens = new TokenService(options.burstSeconds);
    this.#machine = new CatalogMachine(ports.store, {
      onCatalogChanged: () => this.#watchers.wake(this.#machine.catalog),
      onLeadership: (isLeader, term) => this.#onLeadership(isLeader, term),
    });
    this.#jobs = new JobRunner(options, {
      clock: ports.clock, catalog: this.#machine.catalog, liveness: this.#liveness, metrics: this.#metrics, emit: (event) => this.#emit(event),
      submit: (command, done) => this.#submit(command, (outcome) => done('result' in outcome ? outcome.result : undefined)),
      hasLeftControl: (node) => this.#members.hasLeft(node),
    });
    this.#orders = new OrderDesk(options, {
      clock: ports.clock, catalog: this.#machine.catalog, jobs: this.#jobs, controlNodes: () => this.#members.nodes(), emit: (event) => this.#emit(event), submit: (command, done) => this.#submit(command, done),
    });
    this.#scaling = new ScalingLoop({
      clock: ports.clock, catalog: this.#machine.catalog, liveness: this.#liveness, metrics: this.#metrics, newId: () => this.#uuid(), emit: (event) => this.#emit(event),
      submit: (command, done) => this.#submit(command, (outcome) => done('result' in outcome ? outcome.result : undefined)),
    });
    ports.metrics.onCollect(() => this.#collect());
    ports.network.onCall(SERVICE_CONTROL, (_from, payload, _deadlineMs, reply) => {
      let request: ControlRequest;
      try {
        request = decodeControlRequest(payload);
      } catch (cause) {
        if (!(cause instanceof DecodeError)) throw cause;
        this.#emit({event: 'control-plane/request-refused', level: 'warn', reason: cause.message});
        reply(encodeControlResponse({kind: 'failed', failure: {code: 'BadRequest', reason: cause.message}}));
        return;
      }
      this.handle(request, (response) => {
        this.#metrics.requests.with({kind: request.kind, result: response.kind === 'failed' ? response.failure.code : 'ok'}).add(1);
        reply(encodeControlResponse(response));
      });
    });
  }

  /** The state machine for the Raft host's start. */
  open(): GroupStateMachine {
    return this.#machine;
  }

  /** What the first start writes; undefined when this process holds no control replica. */
  descriptor(): GroupDescriptor | undefined {
    const position = this.#options.controlPeers.findIndex((peer) => peer.node === this.#ports.network.self);
    if (position < 0) return undefined;
    const members = this.#options.controlPeers.map((peer, i) => ({replica: toReplicaId(i + 1), node: peer.node}));
    return {
      group: CONTROL_GROUP_ID,
      replica: toReplicaId(position + 1),
      initialConfState: {voters: members.map((member) => member.replica), learners: [], votersOutgoing: [], learnersNext: [], autoLeave: false},
      members,
      ownerData: new Uint8Array(0),
    };
  }

  start(): void {
    this.#reconcileTimer = this.#ports.timers.every(this.#options.reconcileMs, () => this.#reconcile());
  }
  stop(): void {
    this.#reconcileTimer?.cancel();
    this.#watchers.failAll({code: 'NotLeader', leader: undefined});
  }

  handle(request: ControlRequest, done: (response: ControlResponse) => void): void {
    if (!this.#isLeader) {
      done(failed({code: 'NotLeader', leader: this.#leaderNode()}));
      return;
    }
    const {catalog} = this.#machine;
    switch (request.kind) {
      case 'register': {
        const known = catalog.node(request.node.node);
        const isDiskLost = known !== undefined && known.diskId !== request.node.diskId;
        const replicaCount = isDiskLost ? [...catalog.partitions()].filter((entry) => entry.replicas.some((placement) => placement.node === known.node)).length : 0;
        this.#propose({kind: 'register-node', node: {...request.node, state: 'up'}}, done, () => {
          this.#liveness.heartbeat(request.node.node, request.node.incarnation, [], this.#ports.clock.monotonicMs());
          const {node, az, incarnation} = request.node;
          this.#emit({event: 'control-plane/node-registered', level: 'info', node, az, incarnation});
          if (replicaCount > 0) this.#emit({event: 'control-plane/disk-lost', level: 'warn', node, replicaCount});
          return {kind: 'ok', version: catalog.version};
        });
        return;
      }
      case 'join-control':
        done(this.#mayJoinControl(request.node)
          ? this.#members.join(request, catalog.replacedControlNode(request.node))
          : failed({code: 'BadRequest', reason: `${request.node} is none of the control processes`}));
        return;
      case 'heartbeat': {
        if (catalog.fate(request.node)?.kind === 'removed') {
          done(failed({code: 'Refused', reason: removedReason(request.node)}));
          return;
        }
        const isComplete = this.#liveness.heartbeat(request.node, request.incarnation, request.groups, this.#ports.clock.monotonicMs(), request.rest);
        this.#jobs.onReports(request.groups);
        done({kind: 'ok', version: catalog.version, ...this.#sharesFor(request.groups), ...(isComplete ? {} : {wantsAll: true})});
        return;
      }
      case 'lease-tokens': {
        const leases = this.#tokens.lease(request, catalog, this.#ports.clock.monotonicMs(), this.#ports.clock.wallMs());
        for (const {access, halfUnits} of leases) this.#metrics.leasedHalfUnits.with({access}).add(halfUnits);
        done({kind: 'leases', leases});
        return;
      }
      case 'watch':
        this.#watchers.add(catalog, request.version, request.waitMs, done);
        return;
      case 'create-table':
        this.#createTable(request, done, PLAN_TRIES_MAX);
        return;
      case 'update-table':
        this.#updateTable(request, done, PLAN_TRIES_MAX);
        return;
      case 'tag-table': {
        const {name, set, remove} = request;
        this.#propose({kind: 'tag-table', name, set, remove}, done, (result) => this.#tableAnswer(result));
        return;
      }
      case 'update-time-to-live': {
        const {name, attributeName, isEnabled} = request;
        this.#propose({kind: 'update-time-to-live', name, attributeName, isEnabled, nowMs: this.#ports.clock.wallMs()}, done, (result) => this.#tableAnswer(result));
        return;
      }
      case 'change-settings': {
        const {tableName, change} = request;
        this.#propose({kind: 'change-settings', tableName, change}, done, () => {
          this.#emit({event: 'control-plane/settings-changed', level: 'info', table: tableName ?? '', set: JSON.stringify(change.set), reset: change.reset.join(',')});
          return {kind: 'ok', version: catalog.version};
        });
        return;
      }
      case 'update-contributor-insights': {
        const {name, indexName, isEnabled, mode} = request;
        this.#propose({kind: 'update-contributor-insights', name, indexName, isEnabled, mode, nowMs: this.#ports.clock.wallMs()}, done, (result) => this.#tableAnswer(result));
        return;
      }
      case 'change-scaling': {
        const {order} = request;
        this.#propose({kind: 'change-scaling', order, id: this.#uuid(), nowMs: this.#ports.clock.wallMs()}, done, () => {
          this.#emit({event: 'control-plane/scaling-changed', level: 'info', order: order.kind, resource: order.resourceId, dimension: order.dimension});
          const record = catalog.scaling.get(scalingKey(order));
          return {kind: 'scaling', records: record === undefined ? [] : [{...record, activities: []}], next: undefined};
        });
        return;
      }
      case 'describe-scaling':
        this.#afterReadIndex(done, () => ({kind: 'scaling', ...pageOfScaling(catalog.scaling.all(), request.query)}));
        return;
      case 'delete-table':
        this.#propose({kind: 'delete-table', name: request.name}, done, (result) => this.#tableAnswer(result));
        return;
      case 'drop-all-tables': {
        if (!this.#options.allowsDropAll) {
          done(failed({code: 'BadRequest', reason: 'this cluster drops its tables one by one'}));
          return;
        }
        const groups = [...catalog.partitions()].map((entry) => entry.group);
        this.#propose({kind: 'drop-all-tables', nowMs: this.#ports.clock.wallMs()}, done, () => {
          for (const group of groups) this.#liveness.forget(group);
          return {kind: 'ok', version: catalog.version};
        });
        return;
      }
      case 'describe-table':
        this.#afterReadIndex(done, () => {
          const table = catalog.tableByName(request.name);
          if (table === undefined) return failed({code: 'TableNotFound', name: request.name});
          return this.#tableAnswer({kind: 'ok', table});
        });
        return;
      case 'list-tables':
        this.#afterReadIndex(done, () => {
          const names = [...catalog.tables()].map((table) => table.name).sort(compareText);
          const after = request.exclusiveStartName;
          const rest = after === undefined ? names : names.filter((name) => compareText(name, after) > 0);
          const page = rest.slice(0, request.limit);
          return {kind: 'tables', names: page, lastName: rest.length > page.length ? page[page.length - 1] : undefined};
        });
        return;
      case 'act':
        this.#orders.handle(request, done);
        return;
      case 'status':
        done(this.#status());
        return;
      default:
        unreachable(request);
    }
  }

  #createTable(request: Extract<ControlRequest, {kind: 'create-table'}>, done: (response: ControlResponse) => void, triesLeft: number): void {
    const {catalog} = this.#machine;
    if (catalog.tableByName(request.table.name) !== undefined) {
      done(failed({code: 'TableExists', name: request.table.name}));
      return;
    }
    // The catalog judges it again in its turn; before there is a plan it is judged here, for no cluster can hold what a plan of any size would make.
    const excess = quotaExcess(undefined, request.table, undefined, catalog, this.#options.region);
    if (excess !== undefined) {
      this.#refuseChange(request.table.name, excess, done);
      return;
    }
    if ([...catalog.tables()].length >= this.#options.tableCountMax) {
      done(failed({code: 'LimitExceeded', message: `Subscriber limit exceeded: There is a limit of ${this.#options.tableCountMax} tables per subscriber`}));
      return;
    }
    const counters = catalog.counters();
    const table = toTableId(counters.nextTableId);
    const plan = planTableWithIndexes({...this.#options, initialPartitions: catalog.settings.cluster.initialPartitions ?? this.#options.initialPartitions}, request.table, table, [...catalog.nodes()], catalog.partitions());
    if ('code' in plan) {
      done(failed(plan));
      return;
    }
    const command: CatalogCommand = {
      kind: 'create-table', table: request.table, tableUuid: this.#uuid(), createdAtMs: this.#ports.clock.wallMs(),
      expectedTableId: table, expectedFirstGroup: toGroupId(counters.nextGroupId), partitions: plan,
    };
    this.#submit(command, (outcome) => {
      if ('failure' in outcome) done(failed(outcome.failure));
      else if (outcome.result.kind === 'refused') this.#refuseChange(request.table.name, outcome.result.failure, done);
      else if (outcome.result.kind === 'stale-plan') {
        if (triesLeft > 0) this.#createTable(request, done, triesLeft - 1);
        else done(failed({code: 'Unavailable', reason: 'the plan for the table lost the race to others too often'}));
      } else {
        if (outcome.result.kind === 'ok') {
          this.#emit({event: 'control-plane/table-created', level: 'info', table: request.table.name, partitionCount: plan.length});
        }
        done(this.#tableAnswer(outcome.result));
      }
    });
  }

  #updateTable(request: Extract<ControlRequest, {kind: 'update-table'}>, done: (response: ControlResponse) => void, triesLeft: number): void {
    const {catalog} = this.#machine;
    const {name, change} = request;
    const command: CatalogCommand = {kind: 'update-table', name, change, nowMs: this.#ports.clock.wallMs()};
    const table = catalog.tableByName(name);
    if (change.index?.kind !== 'create' || table === undefined) {
      this.#propose(command, (response) => {
        if (response.kind === 'failed') this.#refuseChange(name, response.failure, done);
        else done(response);
      }, (result) => this.#tableAnswer(result));
      return;
    }
    const {provisionedThroughput} = change;
    const withIndex = {
      ...table, ...(provisionedThroughput === undefined ? {} : {provisionedThroughput}),
      extra: {...table.extra, globalSecondaryIndexes: [...(table.extra.globalSecondaryIndexes ?? []), change.index.definition]},
    };
    const excess = quotaExcess(table, withIndex, table.tableId, catalog, this.#options.region);
    if (excess !== undefined) {
      this.#refuseChange(name, excess, done);
      return;
    }
    const expectedIndexId = nextIndexId(table);
    const {initialPartitions} = capacitySettingsOf(catalog.settings, table.tableId, {...CAPACITY_SETTING_DEFAULTS, initialPartitions: this.#options.initialPartitions});
    const partitions = planIndex({...this.#options, initialPartitions}, table, table.tableId, expectedIndexId, change.index.definition, [...catalog.nodes()], catalog.partitions());
    if ('code' in partitions) {
      done(failed(partitions));
      return;
    }
    const newIndex = {expectedIndexId, expectedFirstGroup: toGroupId(catalog.counters().nextGroupId), partitions};
    this.#submit({...command, newIndex}, (outcome) => {
      if ('failure' in outcome) done(failed(outcome.failure));
      else if (outcome.result.kind === 'refused') this.#refuseChange(name, outcome.result.failure, done);
      else if (outcome.result.kind !== 'stale-plan') done(this.#tableAnswer(outcome.result));
      else if (triesLeft > 0) this.#updateTable(request, done, triesLeft - 1);
      else done(failed({code: 'Unavailable', reason: 'the plan for the index lost the race to others too often'}));
    });
  }

  #refuseChange(table: string, failure: ControlFailure, done: (response: ControlResponse) => void): void {
    if (failure.code === 'LimitExceeded') this.#emit({event: 'control-plane/table-change-limited', level: 'info', table, reason: failure.message});
    done(failed(failure));
  }

  /** Drives every unfinished thing one step on. Steps are idempotent; one step of a kind is in flight at a time. */
  #reconcile(): void {
    if (!this.#isLeader) return;
    const {catalog} = this.#machine;
    const nowMs = this.#ports.clock.monotonicMs();
    for (const table of catalog.tables()) {
      switch (table.status) {
        case 'CREATING': {
          const isServing = catalog.partitionsOfTable(table.tableId).every((entry) => this.#liveness.partitionLive(entry, nowMs).leader !== NO_REPLICA);
          if (!isServing || !this.#isDerived(table, nowMs)) break;
          this.#step(`activate ${table.tableId}`, {kind: 'set-table-active', table: toTableId(table.tableId)}, () => {
            this.#emit({event: 'control-plane/table-active', level: 'info', table: table.name, tookMs: this.#ports.clock.wallMs() - table.createdAtMs});
          });
          break;
        }
        case 'UPDATING':
          if (!this.#isDerived(table, nowMs) || !this.#areIndexesServing(table, nowMs)) break;
          this.#step(`activate ${table.tableId}`, {kind: 'set-table-active', table: toTableId(table.tableId)}, () => undefined);
          break;
        case 'DELETING': {
          const groups = catalog.partitionsOfTable(table.tableId).map((entry) => entry.group);
          this.#step(`delete ${table.tableId}`, {kind: 'finish-delete-table', table: toTableId(table.tableId), nowMs: this.#ports.clock.wallMs()}, () => {
            for (const group of groups) this.#liveness.forget(group);
            this.#emit({event: 'control-plane/table-deleted', level: 'info', table: table.name});
          });
          break;
        }
        case 'ACTIVE':
          this.#followIndexes(table, nowMs);
          break;
        default:
          unreachable(table.status);
      }
    }
    for (const node of catalog.nodes()) {
      const state = this.#liveness.stateOf(node, nowMs);
      if (state === node.state) continue;
      this.#step(`state ${node.node}`, {kind: 'set-node-state', node: node.node, incarnation: node.incarnation, state}, () => {
        this.#emit({event: 'control-plane/node-state-changed', level: state === 'up' ? 'info' : 'warn', node: node.node, state});
      });
    }
    this.#jobs.tick();
    this.#scaling.tick();
    this.#members.tidy((node) => this.#options.controlPeers.some((peer) => peer.node === node) || this.#machine.catalog.replacedControlNode(node) !== undefined, this.#options.controlPeers.length);
  }

  /** Whether every partition derives from its writes what the table wants now. One that was cut since the map knew it is asked again. */
  #isDerived({tableId, derivation}: TableDescriptor, nowMs: number): boolean {
    if (derivation === undefined) return true;
    return this.#machine.catalog.partitionsOfTable(tableId).every((entry) => {
      if (entry.index !== BASE_INDEX_ID) return true;
      const report = this.#liveness.leaderReport(entry, nowMs);
      return report?.epoch === entry.epoch && (report.derivation ?? 0) >= derivation.version;
    });
  }

  /** Whether the partitions of indexes that are being made have leaders. */
  #areIndexesServing({tableId, globalIndexes = []}: TableDescriptor, nowMs: number): boolean {
    const made = new Set<number>(globalIndexes.filter(({status}) => status === 'CREATING').map(({indexId}) => indexId));
    if (made.size === 0) return true;
    return this.#machine.catalog.partitionsOfTable(tableId).every((entry) => !made.has(entry.index) || this.#liveness.partitionLive(entry, nowMs).leader !== NO_REPLICA);
  }
  /** Indexes that are filled become active, those that nothing feeds any more go. */
  #followIndexes(table: TableDescriptor, nowMs: number): void {
    const {catalog} = this.#machine;
    for (const {indexId, name, status} of table.globalIndexes ?? []) {
      if (status === 'CREATING' && this.#isFilled(table, indexId, nowMs)) {
        this.#step(`fill ${table.tableId} ${indexId}`, {kind: 'set-index-active', table: table.tableId, indexId}, () => {
          this.#metrics.indexBackfill.with({table: table.name, index: name}).set(1);
          this.#emit({event: 'control-plane/index-active', level: 'info', table: table.name, index: name});
        });
      }
      if (status === 'DELETING' && this.#isDerived(table, nowMs)) {
        const groups = catalog.partitionsOfTable(table.tableId).filter(({index}) => index === indexId).map(({group}) => group);
        this.#step(`forget ${table.tableId} ${indexId}`, {kind: 'finish-delete-index', table: table.tableId, indexId, nowMs: this.#ports.clock.wallMs()}, () => {
          for (const group of groups) this.#liveness.forget(group);
          this.#emit({event: 'control-plane/index-deleted', level: 'info', table: table.name, index: name});
        });
      }
    }
  }
  /** How much of its items a table has told an index of that is being filled. */
  #filledRatio({tableId}: TableDescriptor, indexId: number, nowMs: number): number {
    let told = 0;
    let all = 0;
    for (const entry of this.#machine.catalog.partitionsOfTable(tableId)) {
      if (entry.index !== BASE_INDEX_ID) continue;
      const {itemCount, indexFeeds} = this.#liveness.partitionLive(entry, nowMs);
      const feed = indexFeeds?.find((each) => each.indexId === indexId);
      all += itemCount;
      told += feed?.isFilled === true ? itemCount : Math.min(itemCount, feed?.scannedCount ?? 0);
    }
    return all === 0 ? 0 : told / all;
  }
  #isFilled({tableId}: TableDescriptor, indexId: number, nowMs: number): boolean {
    return this.#machine.catalog.partitionsOfTable(tableId).every((entry) => {
      if (entry.index !== BASE_INDEX_ID) return true;
      const report = this.#liveness.leaderReport(entry, nowMs);
      return report?.epoch === entry.epoch && report.indexFeeds?.some((feed) => feed.indexId === indexId && feed.isFilled) === true;
    });
  }

  #step(name: string, command: CatalogCommand, onDone: () => void): void {
    if (this.#stepsInFlight.has(name)) return;
    this.#stepsInFlight.add(name);
    this.#submit(command, (outcome) => {
      this.#stepsInFlight.delete(name);
      if ('result' in outcome && outcome.result.kind === 'ok') onDone();
    });
  }

  #propose(command: CatalogCommand, done: (response: ControlResponse) => void, answer: (result: CatalogResult) => ControlResponse): void {
    this.#submit(command, (outcome) => {
      if ('failure' in outcome) done(failed(outcome.failure));
      else if (outcome.result.kind === 'refused') done(failed(outcome.result.failure));
      else done(answer(outcome.result));
    });
  }

  #submit(command: CatalogCommand, done: (outcome: {readonly result: CatalogResult} | {readonly failure: ControlFailure}) => void): void {
    this.#host.propose(CONTROL_GROUP_ID, encodeCatalogCommand(this.#withRegion(command)), (proposed) => {
      if (proposed.ok) done({result: proposed.value as CatalogResult});
      else done({failure: this.#translate(proposed.failure)});
    });
  }

  /** What changes throughput carries what its refusal may have to name: all replicas decide alike. */
  #withRegion(command: CatalogCommand): CatalogCommand {
    const {region} = this.#options;
    return command.kind === 'create-table' || command.kind === 'update-table' || command.kind === 'scale-throughput' ? {...command, region} : command;
  }

  #afterReadIndex(done: (response: ControlResponse) => void, answer: () => ControlResponse): void {
    this.#host.readIndex(CONTROL_GROUP_ID, (read) => done(read.ok ? answer() : failed(this.#translate(read.failure))));
  }

  #tableAnswer(result: CatalogResult): ControlResponse {
    if (result.kind === 'refused') return failed(result.failure);
    assert(result.kind === 'ok' && result.table !== undefined, 'a table command answered without a table');
    const nowMs = this.#ports.clock.monotonicMs();
    let itemCount = 0;
    let sizeBytes = 0;
    const localIndexes: {itemCount: number; sizeBytes: number}[] = [];
    const globalIndexes = new Map<number, {readonly itemCount: number; readonly sizeBytes: number}>();
    for (const entry of this.#machine.catalog.partitionsOfTable(result.table.tableId)) {
      const live = this.#liveness.partitionLive(entry, nowMs);
      if (entry.index !== BASE_INDEX_ID) {
        const sum = globalIndexes.get(entry.index) ?? {itemCount: 0, sizeBytes: 0};
        globalIndexes.set(entry.index, {itemCount: sum.itemCount + live.itemCount, sizeBytes: sum.sizeBytes + live.sizeBytes});
        continue;
      }
      itemCount += live.itemCount;
      sizeBytes += live.sizeBytes;
      live.localIndexes?.forEach((held, i) => {
        const sum = localIndexes[i] ?? {itemCount: 0, sizeBytes: 0};
        localIndexes[i] = {itemCount: sum.itemCount + held.itemCount, sizeBytes: sum.sizeBytes + held.sizeBytes};
      });
    }
    return {kind: 'table', table: result.table, itemCount, sizeBytes, ...(localIndexes.length === 0 ? {} : {localIndexes}),
      ...(globalIndexes.size === 0 ? {} : {globalIndexes: [...globalIndexes].map(([indexId, held]) => ({indexId, ...held}))}), version: this.#machine.catalog.version,
      ...(this.#isDerived(result.table, nowMs) ? {} : {isDeriving: true})};
  }

  #status(): ControlResponse {
    const {catalog} = this.#machine;
    const nowMs = this.#ports.clock.monotonicMs();
    return {
      kind: 'status',
      status: {
        clusterId: this.#options.clusterId,
        controlLeader: this.#ports.network.self,
        map: catalog.content(),
        partitionsLive: [...catalog.partitions()].map((entry) => this.#liveness.partitionLive(entry, nowMs)),
        nodesLive: [...catalog.nodes()].map((node) => this.#liveness.nodeLive(node, nowMs)),
        jobs: catalog.jobs().map((job) => this.#withTimeline(job)),
        isBalancing: catalog.isBalancing,
      },
    };
  }

  /** A leader goes on telling of a split for a while after the job is done: what it told last counts. */
  #withTimeline(job: JobEntry): JobEntry {
    if (job.kind !== 'split' || job.state !== 'done') return job;
    const entry = this.#machine.catalog.partition(job.group);
    const told = entry === undefined ? undefined : this.#liveness.leaderReport(entry, this.#ports.clock.monotonicMs())?.splitTimeline;
    return told?.child === job.child && told !== undefined ? {...job, timeline: told} : job;
  }

  #translate(failure: HostFailure): ControlFailure {
    switch (failure.code) {
      case 'NotLeader':
        return {code: 'NotLeader', leader: this.#leaderNode()};
      case 'OutcomeUnknown':
        return {code: 'OutcomeUnknown', reason: 'leadership of the control plane changed'};
      case 'Overloaded':
      case 'UnknownGroup':
      case 'Stopped':
        return {code: 'Unavailable', reason: `control plane: ${failure.code}`};
      default:
        return unreachable(failure);
    }
  }

  /** The configuration names founders only; who took the place of one is known by its replica, and before by the order. */
  #mayJoinControl(node: NodeId): boolean {
    const {catalog} = this.#machine;
    if (catalog.fate(node)?.kind === 'removed') return false;
    return this.#options.controlPeers.some((peer) => peer.node === node) || catalog.replacedControlNode(node) !== undefined || this.#members.nodes().has(node);
  }
  #leaderNode(): NodeId | undefined {
    const replica = this.#host.leaderOf(CONTROL_GROUP_ID);
    return replica === NO_REPLICA ? undefined : nodeOfReplica(this.#host.membersOf(CONTROL_GROUP_ID), replica);
  }

  #sharesFor(groups: readonly GroupReport[]): {readonly shares?: readonly PartitionShare[]} {
    const shares = this.#shares.exchange(groups, this.#machine.catalog, this.#ports.clock.monotonicMs());
    return shares.length === 0 ? {} : {shares};
  }

  #onLeadership(isLeader: boolean, term: Term): void {
    if (isLeader === this.#isLeader && term === this.#term) return;
    const wasLeader = this.#isLeader;
    this.#isLeader = isLeader;
    this.#members.forget();
    this.#term = term;
    this.#stepsInFlight.clear();
    this.#jobs.reset();
    this.#scaling.reset();
    if (isLeader) {
      this.#liveness.reset(this.#ports.clock.monotonicMs());
      this.#shares.reset();
      this.#tokens.reset(this.#ports.clock.wallMs());
      this.#emit({event: 'control-plane/leading', level: 'info', term});
    } else if (wasLeader) {
      this.#watchers.failAll({code: 'NotLeader', leader: this.#leaderNode()});
      this.#emit({event: 'control-plane/following', level: 'info'});
    }
  }

  #collect(): void {
    const nodeCounts = {up: 0, suspect: 0, down: 0};
    const tableCounts = {CREATING: 0, ACTIVE: 0, UPDATING: 0, DELETING: 0};
    for (const node of this.#machine.catalog.nodes()) nodeCounts[node.state] += 1;
    for (const table of this.#machine.catalog.tables()) tableCounts[table.status] += 1;
    for (const [state, count] of Object.entries(nodeCounts)) this.#metrics.nodes.with({state}).set(count);
    for (const [status, count] of Object.entries(tableCounts)) this.#metrics.tables.with({status}).set(count);
    if (!this.#isLeader) return;
    const nowMs = this.#ports.clock.monotonicMs();
    let leaderlessCount = 0;
    for (const entry of this.#machine.catalog.partitions()) if (this.#liveness.partitionLive(entry, nowMs).leader === NO_REPLICA) leaderlessCount += 1;
    this.#metrics.partitionsLeaderless.set(leaderlessCount);
    const provisioned = accountThroughput(this.#machine.catalog.tables());
    const {accountReadUnitsMax, accountWriteUnitsMax} = {...CAPACITY_SETTING_DEFAULTS, ...this.#machine.catalog.settings.cluster};
    for (const [access, units, unitsMax] of [['read', provisioned.ReadCapacityUnits, accountReadUnitsMax], ['write', provisioned.WriteCapacityUnits, accountWriteUnitsMax]] as const) {
      this.#metrics.accountUnits.with({access}).set(units);
      this.#metrics.accountUnitsMax.with({access}).set(unitsMax);
    }
    for (const table of this.#machine.catalog.tables()) {
      for (const {indexId, name, status} of table.globalIndexes ?? []) {
        if (status === 'CREATING') this.#metrics.indexBackfill.with({table: table.name, index: name}).set(this.#filledRatio(table, indexId, nowMs));
      }
    }
    this.#jobs.collect();
  }

  /** A version 4 UUID from the port of chance (RFC 9562, section 5.4). */
  #uuid(): string {
    let hex = '';
    for (let i = 0; i < 4; i += 1) hex += this.#ports.random.uint32().toString(16).padStart(8, '0');
    const variant = ((Number.parseInt(hex.charAt(16), 16) & 0x3) | 0x8).toString(16);
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
  }

  #emit(event: ControlPlaneEvent): void {
    this.#ports.events.emit(event);
  }
}

function failed(failure: ControlFailure): ControlResponse {
  return {kind: 'failed', failure};
}

/** Table names are ASCII, where the order of code units is the order of UTF-8 bytes. */
function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
