import type {NodeId, ReplicaId} from '@murmuration/base';
import type {ConfState} from '@murmuration/raft';
import type {ProposeResult} from '@murmuration/raft-host';
import type {Chance} from '../world/chance.js';
import type {SimNetwork} from '../world/sim-network.js';
import type {World} from '../world/world.js';
import {NS_PER_MS, SimulationError} from '../world/world.js';
import {isMajority} from './durable-book.js';
import {encodeCommand} from './register-command.js';
import type {RegisterAnswer, RegisterCommand} from './register-command.js';
import type {RegisterCall} from './register-history.js';
import {GROUP} from './raft-node.js';
import type {RaftLife, RaftNode} from './raft-node.js';
import type {RaftSwarm} from './raft-swarm.js';

/** Calls of one run at most: the end of a history is the dearest part of its check. */
const CALLS_MAX = 3_000;

/** Clients that write and read registers, one call at a time each, and write down what they saw. */
export class RaftClients {
  readonly calls: RegisterCall[] = [];
  readonly #world: World;
  readonly #chance: Chance;
  readonly #swarm: RaftSwarm;
  readonly #nodes: readonly RaftNode[];
  readonly #network: SimNetwork;
  readonly #lastValues = new Map<number, number>();
  #isStopped = false;
  #startMs = 0;
  #commandNext = 1;
  #processNext = 1;
  #hint: NodeId | undefined;
  readCount = 0;
  leaseReadCount = 0;

  constructor(world: World, swarm: RaftSwarm, nodes: readonly RaftNode[], network: SimNetwork) {
    this.#world = world;
    this.#chance = world.chance.fork('clients');
    this.#swarm = swarm;
    this.#nodes = nodes;
    this.#network = network;
  }
  start(): void {
    this.#startMs = this.#world.nowMs;
    for (let i = 0; i < this.#swarm.clientCount; i += 1) {
      this.#processNext += 1;
      this.#nextCall(i);
    }
  }
  stop(): void {
    this.#isStopped = true;
  }
  /** One write, wherever the leader is; for the end of a run. */
  write(done: (isDone: boolean) => void): void {
    this.#call(0, this.#drawCommand(this.#chance.below(this.#swarm.keyCount), false), this.#chance.below(this.#swarm.keyCount), done);
  }
  read(key: number, done: (isDone: boolean) => void): void {
    this.#call(0, undefined, key, done);
  }

  #nextCall(client: number): void {
    if (this.#isStopped || this.calls.length >= CALLS_MAX) return;
    this.#world.afterMs(this.#chance.heavyTail(this.#swarm.clientPauseMs), () => {
      if (this.#isStopped) return;
      if (this.#isAhead) return this.#nextCall(client);
      const key = this.#chance.below(this.#swarm.keyCount);
      const isRead = this.#chance.permille(this.#swarm.readPermille);
      // The rest of a burst goes to the same node, and nobody waits for it: a leader cut off keeps what nobody will ever commit.
      const burstCount = isRead ? 0 : this.#chance.below(this.#swarm.burstCountMax);
      for (let i = 0; i < burstCount && this.calls.length < CALLS_MAX; i += 1) {
        const other = this.#chance.below(this.#swarm.keyCount);
        this.#call(client, this.#drawCommand(other, false), other, () => undefined);
      }
      this.#call(client, isRead ? undefined : this.#drawCommand(key, this.#chance.permille(this.#swarm.conditionalPermille)), key, () => this.#nextCall(client));
    });
  }
  /** Calls must last as long as the faults do: no part of a run gets more than its share of them. */
  get #isAhead(): boolean {
    const {safetyMs, electionMs} = this.#swarm;
    return this.calls.length >= (CALLS_MAX * (this.#world.nowMs - this.#startMs + electionMs)) / safetyMs;
  }
  #choose(): RaftNode {
    if (this.#hint !== undefined && !this.#chance.permille(100)) {
      const hinted = this.#nodes.find((each) => each.id === this.#hint);
      if (hinted !== undefined) return hinted;
    }
    // Whoever believes to lead, rightly or not, or just anyone.
    const leaders = this.#nodes.filter((each) => each.life?.machine?.isLeader === true);
    return leaders.length > 0 && this.#chance.permille(700) ? this.#chance.pick(leaders) : this.#chance.pick(this.#nodes);
  }
  #drawCommand(key: number, isConditional: boolean): RegisterCommand {
    const id = this.#commandNext;
    this.#commandNext += 1;
    return {id, key, value: id, expected: isConditional ? this.#lastValues.get(key) ?? 0 : undefined, paddingBytes: this.#chance.below(this.#swarm.paddingBytesMax + 1)};
  }
  #call(client: number, command: RegisterCommand | undefined, key: number, done: (isDone: boolean) => void): void {
    const chance = this.#chance;
    // Mostly the leader as far as it is known, now and then anyone: that is how a deposed one is asked.
    const node = this.#choose();
    const call: RegisterCall = {process: client, node: node.id, key: command?.key ?? key, command, invokedMs: this.#world.nowMs, completedMs: Number.POSITIVE_INFINITY, outcome: {kind: 'open'}};
    this.calls.push(call);
    let isOver = false;
    const finish = (outcome: RegisterCall['outcome']): void => {
      if (isOver) return;
      isOver = true;
      timeout.cancel();
      call.outcome = outcome;
      this.#world.probes.hit(`client/${command === undefined ? 'read' : 'write'}-${outcome.kind}`);
      if (outcome.kind !== 'open') call.completedMs = this.#world.nowMs;
      if (outcome.kind === 'ok') {
        this.#hint = node.id;
        this.#lastValues.set(call.key, outcome.isDone && command !== undefined ? command.value : outcome.value);
      } else this.#hint = undefined;
      this.#world.trace.note('client/done', call.invokedMs, outcome.kind);
      done(outcome.kind === 'ok');
    };
    const answer = (outcome: RegisterCall['outcome']): void => {
      this.#world.afterMs(chance.heavyTail(0.1), () => finish(outcome));
    };
    const timeout = this.#world.afterMs(this.#swarm.electionMs * 2, () => finish({kind: 'open'}));
    this.#world.afterMs(chance.heavyTail(0.1), () => {
      const {life} = node;
      if (life === undefined) return answer({kind: 'no-effect'});
      life.process.dispatch(() => {
        if (command === undefined) this.#read(node, call, answer);
        else life.host.propose(GROUP, encodeCommand(command), (result) => answer(outcomeOf(result)));
      });
    });
  }
  /** By lease when there is one: the value first, then the lease, as production does. Otherwise by a quorum round. */
  #read(node: RaftNode, call: RegisterCall, answer: (outcome: RegisterCall['outcome']) => void): void {
    const {life} = node;
    const machine = life?.machine;
    if (life === undefined || machine === undefined) return answer({kind: 'no-effect'});
    const seen = (): RegisterCall['outcome'] => ({kind: 'ok', index: machine.appliedIndex, value: machine.value(call.key), isDone: true});
    if (!this.#chance.permille(300)) {
      const outcome = seen();
      if (life.host.hasLease(GROUP)) {
        this.leaseReadCount += 1;
        return answer(outcome);
      }
    }
    const askedNs = this.#world.nowNs;
    const confBefore = life.host.status(GROUP)?.confState;
    life.host.readIndex(GROUP, (result) => {
      if (result.ok) this.#checkRound(node, life, askedNs, confBefore);
      // The machine may have been replaced by a restart of the group meanwhile.
      if (result.ok && life.machine === machine) {
        this.readCount += 1;
        answer(seen());
      } else answer({kind: 'no-effect'});
    });
  }
  /** A round that a quorum confirmed: of a majority, something must have come since the read was asked for. */
  #checkRound(node: RaftNode, life: RaftLife, askedNs: number, confBefore: ConfState | undefined): void {
    const confNow = life.host.status(GROUP)?.confState;
    const isHeard = (voter: ReplicaId): boolean => {
      const from = this.#nodes.find((each) => each.replica === voter);
      return from === node || (from !== undefined && this.#network.link(from.id, node.id).deliveredAtNs >= askedNs);
    };
    // A change of members may take effect between the question and the answer.
    if ([confBefore, confNow].some((conf) => conf !== undefined && isMajority(conf, isHeard))) return;
    throw new SimulationError('read-without-quorum', `${node.id} confirms a read of ${(askedNs / NS_PER_MS).toFixed(3)} ms, and heard from no majority of ${JSON.stringify(confNow)} since`);
  }
}

function outcomeOf(result: ProposeResult): RegisterCall['outcome'] {
  if (result.ok) {
    const {before, isDone} = result.value as RegisterAnswer;
    return {kind: 'ok', index: result.index, value: before, isDone};
  }
  return result.failure.code === 'OutcomeUnknown' ? {kind: 'open'} : {kind: 'no-effect'};
}
