import {toGroupId} from '@murmuration/base';
import type {Clock, GroupId, NodeId} from '@murmuration/base';
import type {GroupReport, JobEntry} from '@murmuration/control-client';
import {countLivingCopies, planDrain, planHeal, planLeaders, planMoves, planSplitBySize, planSpreadMoves} from '@murmuration/placement';
import type {ClusterView, PartitionEntry, PlannedHeal, PlannedMove} from '@murmuration/placement';
import type {Catalog, CatalogResult} from './catalog.js';
import type {CatalogCommand} from './catalog-commands.js';
import type {ControlPlaneEvent} from './events.js';
import {NodeHeat, planHeatSplits} from './heat-plans.js';
import {nextJobCommand, splitToFinish, startHeal, startMove, startSplit} from './job-steps.js';
import type {Liveness} from './liveness.js';
import type {ControlPlaneMetrics} from './metrics.js';
import {splitPhases} from './split-phases.js';

export interface JobOptions {
  /** Full copies that each partition should have. */
  readonly replicationFactor: number;
  /** Silence after which what a node holds counts as lost and is copied elsewhere. */
  readonly healAfterMs: number;
  /** Size above which a partition is cut in two. */
  readonly splitSizeBytes: number;
  /** Moves and heals under way in the cluster at once. */
  readonly jobsMax: number;
  /** Of these, those that one node sends from or takes to. */
  readonly jobsPerNodeMax: number;
  /** Splits under way at once. */
  readonly splitsMax: number;
  /** Pause between looks at the cluster as a whole. */
  readonly planMs: number;
  /** Whether leaders and replicas leave nodes that are much hotter than the others. */
  readonly heatBalance: 'off' | 'on';
  /** At most one of them in so long. */
  readonly heatBalanceMs: number;
}

export const JOB_DEFAULTS = {healAfterMs: 30_000, splitSizeBytes: 10 * 1024 * 1024 * 1024, jobsMax: 8, jobsPerNodeMax: 2, splitsMax: 2, planMs: 500, heatBalance: 'on', heatBalanceMs: 10_000} as const;

export interface JobRunnerPorts {
  readonly clock: Clock;
  readonly catalog: Catalog;
  readonly liveness: Liveness;
  readonly metrics: ControlPlaneMetrics;
  readonly emit: (event: ControlPlaneEvent) => void;
  /** Proposes a command; `done` gets its result, undefined when it failed or nobody knows. */
  readonly submit: (command: CatalogCommand, done: (result: CatalogResult | undefined) => void) => void;
  /** Whether the control group is for good without a replica on the node. Left out, nobody ever leaves it. */
  readonly hasLeftControl?: (node: NodeId) => boolean;
}

/** After a command that was not taken, so that a plan which cannot be carried out does not fill the log. */
const RETRY_PAUSE_MS = 1_000;
/** After a refused split: what stood against it seldom changes soon. */
const SPLIT_RETRY_MS = 600_000;
/** The same where heat asks for it: the place is another one each time. */
const HEAT_SPLIT_RETRY_MS = 30_000;
/** A look at very many partitions takes long: the pause after it is so many times as long, and not above this. */
const PLAN_PAUSE_FACTOR = 50;
const PLAN_PAUSE_MS_MAX = 3_000;
/** For so long a leader that an operator chose is not evened out again. */
const PIN_MS = 600_000;
/** Partitions pinned at once; above it the oldest pin goes. */
const PIN_COUNT_MAX = 1_000;
/** Leaderships handed on in one look: each costs its partition an election's worth of messages. */
const LEADERS_AT_ONCE_MAX = 8;

/**
 * Drives jobs on the leading replica of the control plane: steps of those that run, and the loops that begin new ones.
 * It keeps nothing that matters: the next leader reads the same jobs from the catalog and goes on.
 */
export class JobRunner {
  readonly #options: JobOptions;
  readonly #ports: JobRunnerPorts;
  readonly #inFlight = new Set<GroupId>();
  readonly #pausedUntilMs = new Map<GroupId, number>();
  /** Soft, as the order it comes from: the next leader of the control plane evens these out too. */
  readonly #pinnedUntilMs = new Map<GroupId, number>();
  /** Numbers and ids given to commands that are on their way. */
  #nextJob = 0;
  #nextGroup = 0;
  #isPlanning = 0;
  #planAtMs = 0;
  #heatBalanceAtMs = 0;

  constructor(options: JobOptions, ports: JobRunnerPorts) {
    this.#options = options;
    this.#ports = ports;
  }

  /** A new term of leadership: what was on its way is decided by the log. */
  reset(): void {
    this.#inFlight.clear();
    this.#pausedUntilMs.clear();
    this.#isPlanning = 0;
    this.#planAtMs = 0;
    this.#pinnedUntilMs.clear();
    this.#heatBalanceAtMs = this.#ports.clock.monotonicMs() + this.#options.heatBalanceMs;
  }

  /** One look at everything that runs, and at times at the whole cluster. */
  tick(): void {
    for (const job of [...this.#ports.catalog.runningJobs()]) this.#advance(job.group);
    const nowMs = this.#ports.clock.monotonicMs();
    if (nowMs < this.#planAtMs || this.#isPlanning > 0) return;
    this.#plan();
    const tookMs = this.#ports.clock.monotonicMs() - nowMs;
    this.#planAtMs = nowMs + Math.max(this.#options.planMs, Math.min(PLAN_PAUSE_MS_MAX, tookMs * PLAN_PAUSE_FACTOR));
  }

  /** Something was told of these partitions: what waits for it goes on at once. */
  onReports(reports: readonly GroupReport[]): void {
    for (const report of reports) {
      // What a follower has for good may be the last thing a job waits for.
      if (!report.isLeader) {
        if (this.#ports.catalog.runningJobOf(report.group) !== undefined) this.#advance(report.group);
        continue;
      }
      if (report.lastSplit !== undefined || this.#ports.catalog.runningJobOf(report.group) !== undefined) this.#advance(report.group);
    }
  }

  /** An operator chose the leader of a partition: it stays with it for a while, as long as that one can lead. */
  pinLeader(group: GroupId): void {
    this.#pinnedUntilMs.delete(group);
    this.#pinnedUntilMs.set(group, this.#ports.clock.monotonicMs() + PIN_MS);
    const [oldest] = this.#pinnedUntilMs.keys();
    if (this.#pinnedUntilMs.size > PIN_COUNT_MAX && oldest !== undefined) this.#pinnedUntilMs.delete(oldest);
  }

  /** The cluster as the planning functions see it. */
  view(): ClusterView {
    const {catalog} = this.#ports;
    const busy = new Map([...catalog.runningJobs()].map((job) => [job.group, job.from]));
    return {nodes: catalog.nodesById(), partitions: [...catalog.partitions()], isLost: (node) => this.#isLost(node), busy};
  }

  leaderOf(entry: PartitionEntry): GroupReport | undefined {
    return this.#ports.liveness.leaderReport(entry, this.#ports.clock.monotonicMs());
  }

  #isLost(id: NodeId): boolean {
    const node = this.#ports.catalog.node(id);
    if (node === undefined) return true;
    return node.state === 'down' && this.#ports.liveness.silentMs(id, this.#ports.clock.monotonicMs()) >= this.#options.healAfterMs;
  }

  #advance(group: GroupId): void {
    const {catalog, clock, liveness} = this.#ports;
    const nowMs = clock.monotonicMs();
    if (this.#inFlight.has(group) || nowMs < (this.#pausedUntilMs.get(group) ?? 0)) return;
    const entry = catalog.partition(group);
    const leader = entry === undefined ? undefined : this.leaderOf(entry);
    const job = catalog.runningJobOf(group);
    const wallMs = clock.wallMs();
    const finish = entry === undefined ? undefined : splitToFinish(entry, leader, (child) => catalog.partition(toGroupId(child)) !== undefined, wallMs);
    const command = finish ?? (job === undefined ? undefined : nextJobCommand(job, {
      entry, leader, nodes: catalog.nodesById(), isLost: (node) => this.#isLost(node),
      durableMembershipOf: (replica) => liveness.durableMembership(group, replica),
      isServing: (replica) => entry !== undefined && liveness.isHeard(entry.group, replica, nowMs),
    }, wallMs));
    if (command === undefined) return;
    this.#inFlight.add(group);
    this.#ports.submit(command, (result) => {
      this.#inFlight.delete(group);
      if (result?.kind !== 'ok') {
        this.#pausedUntilMs.set(group, clock.monotonicMs() + RETRY_PAUSE_MS);
        if (result?.kind === 'refused') this.#ports.emit({event: 'control-plane/step-refused', level: 'warn', group, reason: 'reason' in result.failure ? result.failure.reason : result.failure.code});
        return;
      }
      this.#pausedUntilMs.delete(group);
      if (command.kind === 'finish-split' && result.job?.cause === 'heat') this.#coolChild(command.child);
      if (result.job !== undefined) this.#tell(result.job);
      else if (command.kind === 'finish-split') this.#ports.emit({event: 'control-plane/split-finished', level: 'info', group, child: command.child});
    });
  }

  #plan(): void {
    const {catalog, clock, liveness} = this.#ports;
    liveness.prune((group) => catalog.partition(group), clock.monotonicMs());
    const counters = catalog.counters();
    this.#nextJob = counters.nextJob;
    this.#nextGroup = counters.nextGroupId;
    const view = this.view();
    const busy = new Map(view.busy);
    const live = {...view, busy};
    const room = new Room(this.#options, catalog);
    for (const heal of planHeal(live, this.#options.replicationFactor, (group, replica) => liveness.isUnusable(group, replica))) {
      if (!room.take(heal.toNode, undefined)) continue;
      busy.set(heal.group, heal.from);
      this.#startHeal(heal);
    }
    this.#planDrains(live, busy, room);
    for (const move of planSpreadMoves(live)) this.#startMove(live, busy, room, move, 'balance');
    if (catalog.isBalancing) this.#planBalance(live, busy, room);
    this.#planSplits(live, busy);
    const nowMs = clock.monotonicMs();
    if (this.#options.heatBalance === 'on' && nowMs >= this.#heatBalanceAtMs) this.#planHeatBalance(live, busy, room, nowMs);
    const leaders = planLeaders(live, LEADERS_AT_ONCE_MAX, (group) => nowMs < (this.#pinnedUntilMs.get(group) ?? 0));
    if (leaders.length === 0) return;
    const named = leaders.map(({group, replica}) => ({group, replica, expectedMembership: catalog.partition(group)?.membership ?? 0}));
    this.#submitPlanned({kind: 'prefer-leaders', leaders: named});
  }

  #planDrains(view: ClusterView, busy: Map<GroupId, PartitionEntry['nextReplica'] | undefined>, room: Room): void {
    const {catalog} = this.#ports;
    for (const node of catalog.nodes()) {
      if (node.duty !== 'draining') continue;
      const fate = catalog.fate(node.node);
      const successor = fate?.kind === 'replaced' ? fate.by : undefined;
      for (const move of planDrain(view, node.node, successor).moves) this.#startMove(view, busy, room, move, successor === undefined ? 'drain' : 'replace');
      const isEmpty = view.partitions.every((entry) => entry.replicas.every((placement) => placement.node !== node.node));
      const hasControl = node.roles.includes('control');
      if (successor !== undefined && isEmpty && (!hasControl || this.#ports.hasLeftControl?.(node.node) === true)) {
        this.#submitPlanned({kind: 'remove-node', node: node.node, ...(hasControl ? {hasLeftControl: true} : {})}, () => this.#ports.emit({event: 'control-plane/node-removed', level: 'info', node: node.node}));
      }
    }
  }

  #planBalance(view: ClusterView, busy: Map<GroupId, PartitionEntry['nextReplica'] | undefined>, room: Room): void {
    const moves = planMoves(view, this.#options.jobsMax);
    for (const move of moves) this.#startMove(view, busy, room, move, 'balance');
    // Even when every node counts what it will have: nothing is left to begin.
    const isQuiet = [...this.#ports.catalog.runningJobs()].every((job) => job.kind === 'split') && [...this.#ports.catalog.nodes()].every((node) => node.state === 'up');
    if (moves.length === 0 && isQuiet) this.#submitPlanned({kind: 'set-balancing', isBalancing: false});
  }

  #planSplits(view: ClusterView, busy: Map<GroupId, PartitionEntry['nextReplica'] | undefined>): void {
    const {catalog, clock} = this.#ports;
    const wallMs = clock.wallMs();
    let room = this.#options.splitsMax - [...catalog.runningJobs()].filter((job) => job.kind === 'split').length;
    if (room <= 0) return;
    const isRefused = (group: GroupId, retryMs = SPLIT_RETRY_MS): boolean =>
      catalog.jobs().some((job) => job.group === group && job.kind === 'split' && job.state === 'failed' && wallMs - job.updatedAtMs < retryMs);
    const start = (entry: PartitionEntry, atHex: string | undefined, cause: string): void => {
      room -= 1;
      busy.set(entry.group, undefined);
      this.#submitPlanned(startSplit(entry, toGroupId(this.#nextGroup), atHex, cause, this.#nextJob, wallMs));
      this.#nextGroup += 1;
      this.#nextJob += 1;
    };
    const sizeBytesOf = (group: GroupId): number | undefined => {
      const entry = catalog.partition(group);
      return entry === undefined ? undefined : this.leaderOf(entry)?.sizeBytes;
    };
    for (const group of planSplitBySize(view, sizeBytesOf, this.#options.splitSizeBytes)) {
      const entry = catalog.partition(group);
      if (room <= 0 || entry === undefined) return;
      if (!isRefused(group)) start(entry, undefined, 'size');
    }
    for (const {group, atHex} of planHeatSplits(view, (entry) => this.leaderOf(entry))) {
      const entry = catalog.partition(group);
      if (room <= 0 || entry === undefined) return;
      if (!isRefused(group, HEAT_SPLIT_RETRY_MS)) start(entry, atHex, 'heat');
    }
  }

  /** One step that relieves the hottest node: its leaderships first, as they cost nothing to speak of, then its replicas. */
  #planHeatBalance(view: ClusterView, busy: Map<GroupId, PartitionEntry['nextReplica'] | undefined>, room: Room, nowMs: number): void {
    const heat = new NodeHeat(view, (entry) => this.leaderOf(entry));
    for (const node of heat.hottest()) {
      const leader = heat.planLeader(node, (group) => nowMs < (this.#pinnedUntilMs.get(group) ?? 0));
      const move = leader === undefined ? heat.planMove(node) : undefined;
      if (leader === undefined && move === undefined) continue;
      this.#heatBalanceAtMs = nowMs + this.#options.heatBalanceMs;
      if (leader !== undefined) this.#leadElsewhere(leader.group, leader.replica, node);
      else if (move !== undefined) this.#startMove(view, busy, room, move, 'heat');
      return;
    }
  }
  /** The upper half of a hot partition is led where there is least to do. */
  #coolChild(child: GroupId): void {
    if (this.#options.heatBalance === 'off') return;
    const entry = this.#ports.catalog.partition(child);
    if (entry === undefined) return;
    const coolest = new NodeHeat(this.view(), (each) => this.leaderOf(each)).coolestLeader(entry);
    const from = entry.replicas.find((placement) => placement.replica === entry.preferredLeader)?.node;
    if (coolest !== undefined && coolest.replica !== entry.preferredLeader) this.#leadElsewhere(child, coolest.replica, from ?? coolest.node);
  }
  #leadElsewhere(group: GroupId, replica: PartitionEntry['preferredLeader'], from: NodeId): void {
    const entry = this.#ports.catalog.partition(group);
    const to = entry?.replicas.find((placement) => placement.replica === replica)?.node;
    if (entry === undefined || to === undefined) return;
    this.#submitPlanned({kind: 'prefer-leaders', leaders: [{group, replica, expectedMembership: entry.membership}]}, () => {
      this.pinLeader(group);
      this.#ports.metrics.heatMoves.with({kind: 'leader'}).add(1);
      this.#ports.emit({event: 'control-plane/heat-balanced', level: 'info', group, from, to});
    });
  }

  #startMove(view: ClusterView, busy: Map<GroupId, PartitionEntry['nextReplica'] | undefined>, room: Room, move: PlannedMove, cause: string): void {
    const entry = this.#ports.catalog.partition(move.group);
    const from = entry?.replicas.find((placement) => placement.replica === move.from);
    // Without a leader nothing moves, and the place of the job is better given to another.
    if (entry === undefined || from === undefined || busy.has(move.group) || this.leaderOf(entry) === undefined) return;
    if (!room.take(move.toNode, view.isLost(from.node) ? undefined : from.node)) return;
    busy.set(move.group, move.from);
    this.#submitPlanned(startMove(entry, {from: move.from, toNode: move.toNode, cause}, this.#nextJob, this.#ports.clock.wallMs()));
    this.#nextJob += 1;
  }

  #startHeal(heal: PlannedHeal): void {
    const entry = this.#ports.catalog.partition(heal.group);
    if (entry === undefined) return;
    this.#submitPlanned(startHeal(entry, heal, this.#nextJob, this.#ports.clock.wallMs()));
    this.#nextJob += 1;
  }

  #submitPlanned(command: CatalogCommand, onDone: () => void = () => undefined): void {
    this.#isPlanning += 1;
    this.#ports.submit(command, (result) => {
      this.#isPlanning = Math.max(0, this.#isPlanning - 1);
      if (result?.kind !== 'ok') return;
      onDone();
      if (result.job !== undefined) this.#tell(result.job);
    });
  }

  #tell(job: JobEntry): void {
    const {emit, metrics} = this.#ports;
    const fields = {job: job.job, kind: job.kind, group: job.group, cause: job.cause, step: job.step};
    switch (job.state) {
      case 'running':
        emit({event: 'control-plane/job-step', level: 'info', ...fields, toNode: job.toNode ?? ''});
        return;
      case 'done':
        emit({event: 'control-plane/job-done', level: 'info', ...fields, tookMs: job.updatedAtMs - job.startedAtMs});
        if (job.kind === 'move' && job.cause === 'heat') metrics.heatMoves.with({kind: 'replica'}).add(1);
        if (job.kind !== 'split') break;
        metrics.splitTime.observe((job.updatedAtMs - job.startedAtMs) / 1000);
        metrics.splitsDone.with({cause: job.cause}).add(1);
        for (const [phase, tookMs] of Object.entries(splitPhases(job))) metrics.splitPhases.with({phase}).observe(tookMs / 1000);
        break;
      case 'failed':
      case 'cancelled':
        emit({event: 'control-plane/job-ended', level: 'warn', ...fields, state: job.state, reason: job.failure ?? ''});
        break;
    }
    metrics.jobsEnded.with({kind: job.kind, state: job.state}).add(1);
  }

  /** Counts for the metrics of the leading replica. */
  collect(): void {
    const {catalog, metrics} = this.#ports;
    const running = {move: 0, heal: 0, split: 0};
    for (const job of catalog.runningJobs()) running[job.kind] += 1;
    for (const [kind, count] of Object.entries(running)) metrics.jobsRunning.with({kind}).set(count);
    const view = this.view();
    metrics.partitionsUnderReplicated.set(view.partitions.filter((entry) => countLivingCopies(view, entry) < this.#options.replicationFactor).length);
  }
}

/** Places for moves and heals that are still free, in the cluster and on each node. */
class Room {
  readonly #perNodeMax: number;
  #free: number;
  readonly #taken = new Map<NodeId, number>();

  constructor(options: JobOptions, catalog: Catalog) {
    this.#perNodeMax = options.jobsPerNodeMax;
    this.#free = options.jobsMax;
    for (const job of catalog.runningJobs()) {
      if (job.kind === 'split') continue;
      this.#free -= 1;
      const from = catalog.partition(job.group)?.replicas.find((placement) => placement.replica === job.from)?.node;
      for (const node of [job.toNode, job.kind === 'move' ? from : undefined]) if (node !== undefined) this.#add(node);
    }
  }
  /** @returns false when the cluster or one of the nodes has enough to do */
  take(to: NodeId, from: NodeId | undefined): boolean {
    const nodes = from === undefined ? [to] : [to, from];
    if (this.#free <= 0 || nodes.some((node) => (this.#taken.get(node) ?? 0) >= this.#perNodeMax)) return false;
    this.#free -= 1;
    for (const node of nodes) this.#add(node);
    return true;
  }
  #add(node: NodeId): void {
    this.#taken.set(node, (this.#taken.get(node) ?? 0) + 1);
  }
}
