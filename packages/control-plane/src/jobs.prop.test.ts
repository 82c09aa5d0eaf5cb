// Goal: jobs end, replica ids are never used twice, no applied voter is destroyed and no quorum is put at risk, while nodes
// die, lose disks, join, drain and are removed, and the leader of the control plane is replaced after any command.
// Method: the real catalog, runner and liveness over a model of the data plane that follows the map with delays and reports.
import {NO_REPLICA, SeededRandom, nullMetrics, toAzId, toGroupId, toHex, toLogIndex, toNodeId, toTableId, toTerm} from '@murmuration/base';
import type {GroupId, NodeId, ReplicaId} from '@murmuration/base';
import {ManualTime} from '@murmuration/base/testing';
import type {GroupReport, OperatorAction} from '@murmuration/control-client';
import {isVoting, quorumEffect, tokenBorder} from '@murmuration/placement';
import type {NodeEntry, PartitionEntry} from '@murmuration/placement';
import {Catalog} from './catalog.js';
import type {CatalogResult} from './catalog.js';
import {decodeCatalogCommand, encodeCatalogCommand} from './catalog-commands.js';
import type {CatalogCommand} from './catalog-commands.js';
import {JOB_DEFAULTS, JobRunner} from './job-runner.js';
import {hasReached} from './job-steps.js';
import {Liveness} from './liveness.js';
import {createControlPlaneMetrics} from './metrics.js';
import {planAction} from './operator-actions.js';
import {planTable} from './plan-table.js';

const SUSPECT_AFTER_MS = 200;
const DOWN_AFTER_MS = 500;
const TICK_MS = 50;
const OPTIONS = {...JOB_DEFAULTS, replicationFactor: 3, healAfterMs: 1_000, planMs: 100, jobsMax: 4};

interface ModelReplica {
  /** Ticks until it has everything; 0 is a full copy. */
  lacking: number;
  isLog: boolean;
  /** The newest membership it has for good. */
  durable: number;
}
interface ModelGroup {
  readonly group: GroupId;
  entryAtBirth: PartitionEntry;
  epoch: number;
  membership: number;
  /** The newest membership that came with other voters. */
  lastVoterChange: number;
  voters: readonly ReplicaId[];
  learners: readonly ReplicaId[];
  readonly replicas: Map<ReplicaId, {readonly node: NodeId; readonly state: ModelReplica}>;
  lastSplit: GroupReport['lastSplit'];
  splitRefusal: GroupReport['splitRefusal'];
  term: number;
}
interface ModelNode {
  entry: NodeEntry;
  isUp: boolean;
  /** What is queued on the node's disk is gone when the disk changes. */
  diskCount: number;
}

class ModelCluster {
  readonly time = new ManualTime();
  readonly nodes = new Map<NodeId, ModelNode>();
  readonly groups = new Map<GroupId, ModelGroup>();
  readonly given = new Set<string>();
  readonly destroyed = new Set<string>();
  readonly random: SeededRandom;
  catalog = new Catalog();
  runner: JobRunner;
  liveness: Liveness;
  isFaulty = true;
  leaderChangeCount = 0;
  #late: CatalogCommand[] = [];

  constructor(seed: number) {
    this.random = new SeededRandom(seed);
    this.liveness = this.#newLiveness();
    this.runner = this.#newRunner();
    for (const id of ['a1', 'b1', 'c1', 'a2', 'b2']) this.addNode(id);
    const {nextTableId, nextGroupId} = this.catalog.counters();
    const specification = {
      name: 'T', keySchema: {hash: {name: 'pk', type: 'S' as const}, range: undefined}, attributeDefinitions: [], billingMode: 'PAY_PER_REQUEST' as const,
      provisionedThroughput: {ReadCapacityUnits: 0, WriteCapacityUnits: 0}, extra: {},
    };
    const plan = planTable({replicationFactor: 3}, specification, toTableId(nextTableId), 0 as PartitionEntry['index'], [...this.catalog.nodes()], []);
    if ('code' in plan) throw new Error(plan.code);
    this.apply({kind: 'create-table', table: specification, tableUuid: 'u', createdAtMs: 0, expectedTableId: toTableId(nextTableId), expectedFirstGroup: toGroupId(nextGroupId), partitions: plan});
    this.apply({kind: 'set-table-active', table: toTableId(1)});
    for (const entry of this.catalog.partitions()) this.#bear(entry, 1);
  }

  addNode(id: string): void {
    const entry: NodeEntry = {
      node: toNodeId(id), az: toAzId(id.charAt(0)), roles: ['storage'], fabricAddress: 'x:1', apiAddress: '', adminAddress: '', pid: 1, incarnation: 1, diskId: `${id}-1`, state: 'up', duty: 'serving',
    };
    this.nodes.set(entry.node, {entry, isUp: true, diskCount: 1});
    this.apply({kind: 'register-node', node: entry});
  }

  /** The data of a node that comes back: with its disk, or with an empty one. */
  revive(id: NodeId, isDiskLost: boolean): void {
    const node = this.nodes.get(id) as ModelNode;
    node.isUp = true;
    if (isDiskLost) {
      node.diskCount += 1;
      for (const group of this.groups.values()) {
        for (const [replica, held] of group.replicas) if (held.node === id) group.replicas.delete(replica);
      }
    }
    node.entry = {...node.entry, incarnation: isDiskLost ? 1 : node.entry.incarnation + 1, diskId: `${id}-${node.diskCount}`};
    this.apply({kind: 'register-node', node: node.entry});
  }

  order(action: OperatorAction): void {
    const plan = planAction(action, {
      catalog: this.catalog, view: this.runner.view(), leaderOf: (entry) => this.runner.leaderOf(entry), controlNodes: new Set(), replicationFactor: 3, nowMs: this.time.wallMs(),
    });
    if ('code' in plan) return;
    for (const command of plan.commands) this.apply(command);
  }

  tick(): void {
    this.time.advance(TICK_MS);
    const nowMs = this.time.monotonicMs();
    for (const group of [...this.groups.values()]) this.#runGroup(group);
    for (const node of this.nodes.values()) {
      if (!node.isUp || this.catalog.node(node.entry.node) === undefined || (this.isFaulty && this.random.below(4) === 0)) continue;
      const reports = this.#reportsOf(node.entry.node);
      this.liveness.heartbeat(node.entry.node, node.entry.incarnation, reports, nowMs);
      this.runner.onReports(reports);
    }
    for (const node of [...this.catalog.nodes()]) {
      const state = this.liveness.stateOf(node, nowMs);
      if (state !== node.state) this.apply({kind: 'set-node-state', node: node.node, incarnation: node.incarnation, state});
    }
    this.runner.tick();
    for (const late of this.#late.splice(0)) this.apply(late);
    this.#check();
  }

  apply(command: CatalogCommand): CatalogResult {
    const {result} = this.catalog.apply(decodeCatalogCommand(encodeCatalogCommand(command)));
    return result;
  }

  /** A new leader of the control plane: knows the rows of the catalog and nothing else. */
  replaceLeader(): void {
    this.leaderChangeCount += 1;
    const {counters, content, jobs, fates} = {counters: this.catalog.counters(), content: this.catalog.content(), jobs: this.catalog.jobs(), fates: [...this.catalog.fates()]};
    this.catalog = new Catalog();
    this.catalog.load(counters, content, jobs, fates);
    this.liveness = this.#newLiveness();
    this.runner = this.#newRunner();
  }

  #newLiveness(): Liveness {
    const liveness = new Liveness({suspectAfterMs: SUSPECT_AFTER_MS, downAfterMs: DOWN_AFTER_MS});
    liveness.reset(this.time.monotonicMs());
    return liveness;
  }
  #newRunner(): JobRunner {
    const runner: JobRunner = new JobRunner(OPTIONS, {
      clock: this.time, catalog: this.catalog, liveness: this.liveness, metrics: createControlPlaneMetrics(nullMetrics), emit: () => undefined, hasLeftControl: () => false,
      submit: (command, done) => {
        // The new leader's runner is another one: what an old one still submits comes late, or never.
        if (runner !== this.runner) return;
        switch (this.isFaulty ? this.random.below(8) : 7) {
          case 0:
            this.replaceLeader();
            return;
          case 1:
            this.apply(command);
            this.replaceLeader();
            return;
          case 2:
            this.#late.push(command);
            this.replaceLeader();
            return;
          case 3:
            this.#late.push(command);
            this.time.after(4 * TICK_MS, () => done(undefined));
            return;
          default:
            done(this.apply(command));
        }
      },
    });
    return runner;
  }

  #bear(entry: PartitionEntry, membership: number): ModelGroup {
    const group: ModelGroup = {
      group: entry.group, entryAtBirth: entry, epoch: entry.epoch, membership, lastVoterChange: membership, voters: entry.replicas.filter(isVoting).map((placement) => placement.replica), learners: [],
      replicas: new Map(entry.replicas.map((placement) => [placement.replica, {node: placement.node, state: {lacking: 0, isLog: placement.role === 'log', durable: membership}}])), lastSplit: undefined, splitRefusal: undefined, term: 1,
    };
    for (const placement of entry.replicas) this.given.add(`${entry.group}/${placement.replica}`);
    this.groups.set(entry.group, group);
    return group;
  }

  #isAlive(group: ModelGroup, replica: ReplicaId): boolean {
    const held = group.replicas.get(replica);
    return held !== undefined && this.nodes.get(held.node)?.isUp === true;
  }
  #hasMajority(group: ModelGroup, voters: readonly ReplicaId[]): boolean {
    return voters.filter((replica) => this.#isAlive(group, replica)).length * 2 > voters.length;
  }

  /** The partition's leader does what the map says, when it may; nodes make and destroy replicas by the map. */
  #runGroup(group: ModelGroup): void {
    const entry = this.catalog.partition(group.group);
    if (entry === undefined || (this.isFaulty && this.random.below(3) === 0)) return;
    for (const placement of entry.replicas) {
      if (group.replicas.has(placement.replica) || placement.role === 'leaving' || this.nodes.get(placement.node)?.isUp !== true) continue;
      const name = `${group.group}/${placement.replica}`;
      // A replica that was there and is named still has lost its disk; it is never made again.
      if (this.given.has(name)) continue;
      expect(this.destroyed.has(name)).toBe(false);
      this.given.add(name);
      group.replicas.set(placement.replica, {node: placement.node, state: {lacking: placement.role === 'log' ? 0 : 1 + this.random.below(6), isLog: placement.role === 'log', durable: 0}});
    }
    for (const [replica, held] of group.replicas) {
      if (entry.replicas.some((placement) => placement.replica === replica) || this.nodes.get(held.node)?.isUp !== true) continue;
      // The heart of it: what is destroyed must not have a vote any more.
      expect(group.voters).not.toContain(replica);
      // Nor after a power cut of everything: most of the voters would come back with a configuration without it.
      expect(group.voters.filter((voter) => (group.replicas.get(voter)?.state.durable ?? 0) >= group.lastVoterChange).length * 2).toBeGreaterThan(group.voters.length);
      group.replicas.delete(replica);
      this.destroyed.add(`${group.group}/${replica}`);
    }
    if (!this.#hasMajority(group, group.voters)) return;
    for (const learner of group.learners) {
      const held = group.replicas.get(learner);
      if (held !== undefined && this.#isAlive(group, learner) && held.state.lacking > 0) held.state.lacking -= 1;
    }
    const wantedVoters = entry.replicas.filter(isVoting).map((placement) => placement.replica);
    const wantedLearners = entry.replicas.filter((placement) => placement.role === 'learner').map((placement) => placement.replica);
    if (entry.membership > group.membership && this.#hasMajority(group, wantedVoters)) {
      for (const voter of wantedVoters) {
        const held = group.replicas.get(voter);
        if (held !== undefined && !group.voters.includes(voter) && !held.state.isLog) expect(held.state.lacking).toBe(0);
      }
      if (wantedVoters.length !== group.voters.length || wantedVoters.some((voter) => !group.voters.includes(voter))) group.lastVoterChange = entry.membership;
      group.voters = wantedVoters;
      group.learners = wantedLearners;
      group.membership = entry.membership;
      group.term += 1;
    }
    for (const [replica, held] of group.replicas) if (this.#isAlive(group, replica) && (!this.isFaulty || this.random.below(3) > 0)) held.state.durable = group.membership;
    if (entry.split !== undefined && entry.epoch === group.epoch && group.learners.length === 0) this.#split(group, entry, entry.split.child);
  }

  #split(parent: ModelGroup, entry: PartitionEntry, child: GroupId): void {
    let at: Uint8Array | undefined;
    for (let token = 1; at === undefined && token < 0xffff_ffff; token = token * 2 + this.random.below(3)) {
      const border = tokenBorder(entry.table, entry.index, token);
      if (toHex(border) > toHex(entry.from) && toHex(border) < toHex(entry.until)) at = border;
    }
    if (at === undefined) {
      parent.splitRefusal = {child, reason: 'one token alone'};
      return;
    }
    parent.epoch += 1;
    parent.lastSplit = {child, atHex: toHex(at), childItemCount: 1, childSizeBytes: 1};
    const born: ModelGroup = {
      ...parent, group: child, membership: 1, lastVoterChange: 1, lastSplit: undefined, learners: [],
      replicas: new Map([...parent.replicas].filter(([replica]) => parent.voters.includes(replica)).map(([replica, held]) => [replica, {node: held.node, state: {...held.state, durable: 1}}])),
    };
    for (const replica of born.voters) this.given.add(`${child}/${replica}`);
    this.groups.set(child, born);
  }

  #reportsOf(node: NodeId): readonly GroupReport[] {
    const reports: GroupReport[] = [];
    for (const group of this.groups.values()) {
      const leader = this.#hasMajority(group, group.voters) ? group.voters.find((replica) => this.#isAlive(group, replica) && group.replicas.get(replica)?.state.isLog === false) : undefined;
      for (const [replica, held] of group.replicas) {
        if (held.node !== node) continue;
        reports.push({
          group: group.group, replica, term: toTerm(group.term), isLeader: replica === leader, leader: leader ?? NO_REPLICA, applied: toLogIndex(1), itemCount: 1, sizeBytes: 1,
          epoch: group.epoch, membership: group.membership, durableMembership: held.state.durable, voters: group.voters, learners: group.learners, isJoint: false,
          progress: group.learners.map((learner) => ({
            replica: learner, behindEntries: 0, behindBytes: (group.replicas.get(learner)?.state.lacking ?? 1) * 10_000_000, isActive: this.#isAlive(group, learner), isInSnapshot: false,
          })),
          lastSplit: group.lastSplit, splitRefusal: group.splitRefusal,
        });
      }
    }
    return reports;
  }

  #check(): void {
    for (const entry of this.catalog.partitions()) {
      const group = this.groups.get(entry.group);
      if (group === undefined) continue;
      // Whoever has an applied vote is named by the map, so that nobody destroys it.
      const unnamed = group.voters.find((voter) => entry.replicas.every((placement) => placement.replica !== voter));
      if (unnamed !== undefined) throw new Error(`partition ${entry.group} has a voter ${unnamed} that the map does not name`);
    }
  }

  isSettled(): boolean {
    if ([...this.catalog.runningJobs()].length > 0 || this.catalog.isBalancing) return false;
    return [...this.catalog.partitions()].every((entry) => {
      const group = this.groups.get(entry.group);
      const report = group === undefined ? undefined : this.runner.leaderOf(entry);
      return entry.replicas.length === 3 && entry.replicas.every((placement) => placement.role === 'voter') && hasReached(entry, report);
    });
  }
}

function settle(cluster: ModelCluster): void {
  cluster.isFaulty = false;
  let tickCount = 0;
  // Time for what was silent to count as heard again, and for the planning loops to have looked.
  for (let i = 0; i < 30; i += 1) cluster.tick();
  while (!cluster.isSettled()) {
    tickCount += 1;
    if (tickCount > 2_000) throw new Error(`not settled: ${JSON.stringify([...cluster.catalog.runningJobs()])} ${JSON.stringify([...cluster.catalog.partitions()].map((entry) => entry.replicas))}`);
    cluster.tick();
  }
}

describe('jobs over a modelled data plane', () => {
  test.each(Array.from({length: 16}, (_, i) => 1_000 + i))('end whole and safe, whatever fails and whenever the control leader is replaced (seed %i)', (seed) => {
    const cluster = new ModelCluster(seed);
    const {random} = cluster;
    let away: NodeId | undefined;
    let addedCount = 0;
    const pick = <T>(list: readonly T[]): T | undefined => list[random.below(Math.max(1, list.length))];
    for (let round = 0; round < 40; round += 1) {
      const nodes = [...cluster.catalog.nodes()];
      const entry = pick([...cluster.catalog.partitions()]) as PartitionEntry;
      const node = pick(nodes) as NodeEntry;
      switch (random.below(11)) {
        case 0: {
          // One node at a time: more would take majorities, which no job can give back.
          const isSafe = [...cluster.catalog.partitions()].every((other) => quorumEffect(other, (id) => id === node.node).isQuorumKept && other.replicas.every((placement) => placement.role === 'voter'));
          if (away !== undefined || !isSafe || !cluster.isSettled()) break;
          away = node.node;
          (cluster.nodes.get(away) as ModelNode).isUp = false;
          break;
        }
        case 1:
        case 2:
          if (away === undefined || cluster.catalog.node(away) === undefined) break;
          cluster.revive(away, random.below(2) === 0);
          away = undefined;
          break;
        case 3:
          cluster.order({kind: 'drain-node', node: node.node});
          break;
        case 4:
          cluster.order({kind: 'undrain-node', node: node.node});
          break;
        case 5:
          if (nodes.length > 5) cluster.order({kind: 'remove-node', node: node.node});
          if (away !== undefined && cluster.catalog.node(away) === undefined) away = undefined;
          break;
        case 6:
          addedCount += 1;
          if (nodes.length < 9) cluster.addNode(`${['a', 'b', 'c'][random.below(3)] ?? 'a'}${10 + addedCount}`);
          break;
        case 7:
          cluster.order({kind: 'move-replica', group: entry.group, from: (pick(entry.replicas) as {node: NodeId}).node, to: undefined});
          break;
        case 8:
          cluster.order({kind: 'split-partition', group: entry.group, atHex: undefined});
          break;
        case 9: {
          const job = pick([...cluster.catalog.runningJobs()]);
          if (job !== undefined) cluster.order({kind: 'cancel-job', job: job.job});
          break;
        }
        default:
          cluster.order({kind: 'replace-node', node: node.node, by: (pick(nodes) as NodeEntry).node});
          break;
      }
      for (let i = random.below(20); i >= 0; i -= 1) cluster.tick();
    }
    if (away !== undefined && cluster.catalog.node(away) !== undefined) cluster.revive(away, false);
    for (const node of [...cluster.catalog.nodes()]) cluster.order({kind: 'undrain-node', node: node.node});
    settle(cluster);
    expect(cluster.leaderChangeCount).toBeGreaterThan(0);
    expect([...cluster.catalog.jobs()].length).toBeGreaterThan(0);
  });
});
