import type {EventRecord, NodeId} from '@murmuration/base';
import {toLogIndex, toNodeId, toReplicaId} from '@murmuration/base';
import type {Fault} from '../world/faults.js';
import type {Chance} from '../world/chance.js';
import {CALM_LINK} from '../world/link.js';
import type {FaultTarget} from '../world/machine-faults.js';
import {SimMachine} from '../world/sim-machine.js';
import {SimNetwork} from '../world/sim-network.js';
import type {World} from '../world/world.js';
import {SimulationError} from '../world/world.js';
import {CommittedLog} from './committed-log.js';
import {DurableBook} from './durable-book.js';
import {RaftInvariants} from './raft-invariants.js';
import {GROUP, LOG_DIRECTORY, RaftNode} from './raft-node.js';
import type {RaftLife, RaftNodeOwner} from './raft-node.js';
import {RaftOperator} from './raft-operator.js';
import type {RaftSwarm} from './raft-swarm.js';
import type {RegisterObserver} from './register-machine.js';

/** One replicated group of registers on simulated machines, with all that watches over it. */
export class RaftCluster implements RaftNodeOwner, FaultTarget {
  readonly swarm: RaftSwarm;
  readonly network: SimNetwork;
  readonly nodes: readonly NodeId[];
  readonly members: readonly RaftNode[];
  readonly committed = new CommittedLog();
  readonly durable = new DurableBook();
  readonly invariants: RaftInvariants;
  readonly operator: RaftOperator;
  readonly #world: World;
  #isCalm = false;
  readonly #transferredTo = new Set<number>();

  constructor(world: World, swarm: RaftSwarm) {
    this.#world = world;
    this.swarm = swarm;
    this.nodes = Array.from({length: swarm.nodeCount}, (_, i) => toNodeId(`n${i + 1}`));
    const azOf = (node: NodeId): number => this.nodes.indexOf(node) % swarm.azCount;
    this.network = new SimNetwork(world, {
      profileOf: (from, to) => (this.#isCalm ? CALM_LINK : {...swarm.link, delayMs: swarm.link.delayMs + (azOf(from) === azOf(to) ? 0 : swarm.azDelayMs)}),
      detectMs: swarm.detectMs, redialMs: swarm.redialMs, replayMsMax: 3 * swarm.electionMs,
    });
    const draw = world.chance.fork('machines');
    this.members = this.nodes.map((node, i) => new RaftNode(new SimMachine(world, this.network, {
      node, az: `az${azOf(node)}`, clockRate: 1 + (swarm.clockRateErrorMax * (draw.below(2001) - 1000)) / 1000, wallOffsetMs: draw.between(-60_000, 60_000),
      timerLatenessNsMax: swarm.timerLatenessNsMax, disk: swarm.disk, store: {callMs: swarm.storeCallMs},
      onEvent: (_machine, record) => this.#onEvent(this.members[i] as RaftNode, record),
      onDeath: () => this.#superviseLater(this.members[i] as RaftNode),
    }), toReplicaId(i < swarm.voterCount ? i + 1 : 0), this));
    this.invariants = new RaftInvariants(world, this.members, this.durable);
    this.operator = new RaftOperator(world, swarm, this.members, this.invariants);
  }
  get clockRateErrorMax(): number {
    return this.swarm.clockRateErrorMax;
  }
  /** Starts the nodes and makes the group. */
  async found(): Promise<void> {
    for (const node of this.members) node.start();
    const voters = this.members.filter((node) => node.replica !== 0).map((node) => node.replica);
    const patienceMs = 5_000 + 40 * this.swarm.electionMs;
    const until = async (what: string, isDone: () => boolean): Promise<void> => {
      await this.#world.run(this.#world.nowMs + patienceMs, isDone);
      if (!isDone()) throw new SimulationError('no-foundation', what);
    };
    await until('hosts start', () => this.members.every((node) => node.life !== undefined));
    this.invariants.founded({voters, learners: [], votersOutgoing: [], learnersNext: [], autoLeave: false});
    this.operator.sawMembers(voters);
    let madeCount = 0;
    for (const [i, node] of this.members.entries()) {
      if (node.replica === 0) continue;
      node.wasMember = true;
      node.createReplica(this.operator.descriptor(node, voters), i === 0, (isMade) => {
        if (isMade) madeCount += 1;
      });
    }
    await until('the group is made', () => madeCount === voters.length);
    await until('a leader is elected', () => this.members.some((node) => node.life?.machine?.isLeader === true));
    for (const node of this.members) node.machine.disk.setSlowness(this.swarm.diskSlowness);
  }
  /** Faults end: links, disks and clocks are good again, and everything runs. */
  calm(): void {
    this.#isCalm = true;
    this.operator.calm();
    for (const a of this.nodes) for (const b of this.nodes) this.network.setProfile(a, b, undefined);
    this.network.healAll();
    for (const node of this.members) {
      node.machine.disk.heal();
      node.machine.store.setSlowness(1);
      node.machine.process?.resume();
      node.start();
    }
  }
  /** Whether one leader is followed by all, and all members are whole and equal. */
  isConverged(): boolean {
    const members = this.invariants.membersLast;
    const leader = this.operator.leader()?.host.status(GROUP);
    if (members === undefined || leader === undefined || members.votersOutgoing.length > 0 || members.learners.length > 0) return false;
    if (this.members.some((node) => node.isDamaged) || leader.confState.voters.length !== members.voters.length) return false;
    return members.voters.every((id) => {
      const node = this.members.find((each) => each.replica === id);
      const status = node?.life?.host.status(GROUP);
      return status !== undefined && status.replica === id && status.leader === leader.replica && status.applied === leader.commit && status.term === leader.term;
    });
  }
  describe(): string {
    return this.members.map((node) => {
      const status = node.life?.host.status(GROUP);
      const state = node.machine.process === undefined ? 'down' : node.life === undefined ? 'starting' : status === undefined ? 'without group' : JSON.stringify(status);
      return `${node.id} replica ${node.replica}${node.isDamaged ? ' damaged' : ''}: ${state}`;
    }).join('\n');
  }

  // RaftNodeOwner
  votes(node: RaftNode, term: number, candidate: number): void {
    // Who was asked to take over may be elected at once: the leader to whom something was promised gave it up.
    if (!node.page.hasPast || this.#transferredTo.has(candidate)) return;
    const status = node.life?.host.status(GROUP);
    const {process} = node.machine;
    if (status === undefined || process === undefined || status.confState.voters.length === 1) return;
    const sinceMs = process.clock.monotonicMs() - node.openedMs;
    if (sinceMs < this.swarm.electionMs) {
      throw new SimulationError('promise-forgotten', `${node.id} votes for ${candidate} in term ${term}, ${sinceMs.toFixed(3)} ms after its start: a leader may count on it for ${this.swarm.electionMs} ms`);
    }
  }
  onRare(what: string): void {
    this.#world.probes.hit(`raft-profile/${what}`);
  }
  observerOf(node: RaftNode): RegisterObserver {
    return {
      applied: (command, answer, stateHash) => {
        this.committed.applied(node.id, command, answer, stateHash);
        this.invariants.applied(node, command.index, command.term);
      },
      loaded: (index, stateHash) => this.committed.loaded(node.id, index, stateHash),
      configured: () => undefined,
      leads: (isLeader, term) => this.#world.trace.note('raft/leads', node.id, isLeader, term),
    };
  }
  started(node: RaftNode, life: RaftLife): void {
    if (life.host.unusableGroups().includes(GROUP)) {
      this.#world.probes.hit('raft/group-unusable');
      this.isUnusable(node, 'group');
    } else if (node.isSuspect) {
      // The damage hit nothing that is still needed, or nothing that was ever acknowledged.
      node.isSuspect = false;
      node.isDamaged = false;
    }
  }
  isUnusable(node: RaftNode, reason: string): void {
    // A sector that went bad in one life may be read in a later one only.
    if (node.machine.disk.hasUnreadable) node.isDamaged = true;
    if (!node.isDamaged) {
      // Only what was damaged on purpose may be unusable: a crash alone must never make a replica refuse to start.
      throw new SimulationError('unusable-after-crash', `${node.id}: ${reason}`);
    }
    node.isSuspect = false;
    if (reason === 'group') return;
    const {machine} = node;
    machine.kill('kill');
    this.#world.afterMs(1, () => this.replaceDisk(machine));
  }

  // FaultTarget
  machines(): readonly SimMachine[] {
    return this.members.map((node) => node.machine);
  }
  leaders(): readonly SimMachine[] {
    return this.members.filter((node) => node.life?.machine?.isLeader === true).map((node) => node.machine);
  }
  restart(machine: SimMachine): void {
    this.#nodeOf(machine).start();
  }
  mayDamage(machine: SimMachine): boolean {
    const node = this.#nodeOf(machine);
    if (!this.operator.mayDamage(node)) return false;
    node.isDamaged = true;
    node.isSuspect = true;
    return true;
  }
  replaceDisk(machine: SimMachine): void {
    const node = this.#nodeOf(machine);
    if (machine.process !== undefined) return;
    node.isSuspect = false;
    if (node.replica === 0) node.isDamaged = false;
    machine.disk.wipe();
    node.page.clear();
    machine.store.wipe();
  }
  rottableFiles(machine: SimMachine): readonly string[] {
    return machine.disk.names().filter((name) => name.startsWith(`${LOG_DIRECTORY}/log-`)).sort();
  }
  operate(fault: Fault, chance: Chance): (() => void) | undefined {
    if (fault.kind !== 'membership-change') return undefined;
    return this.operator.change(chance) ? () => undefined : undefined;
  }

  #nodeOf(machine: SimMachine): RaftNode {
    return this.members.find((node) => node.machine === machine) as RaftNode;
  }
  /** A process that ended by itself is started again, as a supervisor does. */
  #superviseLater(node: RaftNode): void {
    this.#world.afterMs(this.swarm.electionMs * 2, () => node.start());
  }
  #onEvent(node: RaftNode, record: EventRecord): void {
    switch (record.event) {
      case 'raft-host/transfer-begun':
        this.#transferredTo.add(record['to'] as number);
        break;
      case 'raft/became-pre-candidate':
      case 'raft/became-candidate':
        this.invariants.campaigns(node);
        break;
      case 'raft-host/became-leader':
        this.invariants.becameLeader(node, toReplicaId(record['replica'] as number), record['term'] as number);
        break;
      case 'raft-host/configuration-changed': {
        const confState = node.life?.host.status(GROUP)?.confState;
        if (confState === undefined) break;
        this.invariants.configured(node, toLogIndex(record['index'] as number), confState);
        const all = [...confState.voters, ...confState.learners];
        this.operator.sawMembers(all);
        for (const each of this.members) if (all.includes(each.replica)) each.wasMember = true;
        break;
      }
      default:
        break;
    }
  }
}
