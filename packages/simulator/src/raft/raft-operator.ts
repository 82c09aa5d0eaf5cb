import type {ReplicaId} from '@murmuration/base';
import {EMPTY_BYTES, WriteBatch, toReplicaId} from '@murmuration/base';
import type {ConfChange, ConfChangeSingle, ConfState} from '@murmuration/raft';
import type {GroupDescriptor, GroupMember} from '@murmuration/raft-host';
import type {Chance} from '../world/chance.js';
import type {World} from '../world/world.js';
import {GROUP} from './raft-node.js';
import type {RaftLife, RaftNode} from './raft-node.js';
import type {RaftInvariants} from './raft-invariants.js';
import type {RaftSwarm} from './raft-swarm.js';
import {REGISTER_RANGES} from './register-machine.js';

const NO_MEMBERS: ConfState = {voters: [], learners: [], votersOutgoing: [], learnersNext: [], autoLeave: false};

/**
 * What an operator, or a placement service, does to a group: replaces lost replicas by new ones with new ids, promotes
 * learners that caught up, cleans up after removed ones; and, as a fault, changes the membership for no reason at all.
 */
export class RaftOperator {
  readonly #world: World;
  readonly #chance: Chance;
  readonly #swarm: RaftSwarm;
  readonly #nodes: readonly RaftNode[];
  readonly #invariants: RaftInvariants;
  #replicaNext: number;
  /** Changes under way, or of unknown outcome: any of them may still take effect, and make the group smaller. */
  #unresolvedCount = 0;
  #isCalm = false;
  changeCount = 0;
  /** Lives that are deleting what a removed replica left. */
  readonly #removing = new Set<RaftLife>();
  readonly #everMember = new Set<ReplicaId>();

  constructor(world: World, swarm: RaftSwarm, nodes: readonly RaftNode[], invariants: RaftInvariants) {
    this.#world = world;
    this.#chance = world.chance.fork('operator');
    this.#swarm = swarm;
    this.#nodes = nodes;
    this.#invariants = invariants;
    this.#replicaNext = nodes.length + 1;
  }
  start(): void {
    const again = (): void => {
      this.#repair();
      if (!this.#isCalm && this.#chance.permille(this.#swarm.transferPermille)) this.#transfer();
      this.#world.afterMs(this.#swarm.electionMs / 2, again);
    };
    this.#world.afterMs(this.#swarm.electionMs / 2, again);
  }
  /** From now on only what makes the group whole. */
  calm(): void {
    this.#isCalm = true;
  }
  /** A configuration took effect somewhere. */
  sawMembers(ids: readonly ReplicaId[]): void {
    for (const id of ids) this.#everMember.add(id);
  }
  /** Whether an intact copy of everything stays in a quorum when this node's disk is damaged. */
  mayDamage(node: RaftNode): boolean {
    const members = this.#invariants.membersLast;
    if (members === undefined || this.#unresolvedCount > 0 || this.#nodes.some((each) => each.isDamaged)) return false;
    if (node.replica === 0) return true;
    if (members.votersOutgoing.length > 0 || members.voters.length < 3) return false;
    // All voters must know that they are so many, and go on knowing it after a crash: a smaller group would not bear the loss.
    const index = this.#invariants.membersIndex;
    const voters = this.#nodes.filter((each) => members.voters.includes(each.replica));
    if (!voters.every((each) => (each.life?.host.status(GROUP)?.stored ?? -1) >= index)) return false;
    for (const each of voters) each.machine.store.flushNow();
    return true;
  }
  /** A change of membership without a reason. */
  change(chance: Chance): boolean {
    const leader = this.leader();
    const members = this.#invariants.membersLast;
    if (leader === undefined || members === undefined || members.votersOutgoing.length > 0) return false;
    const spare = this.#nodes.find((node) => node.replica === 0 && node.life !== undefined);
    const isDamaged = this.#nodes.some((node) => node.isDamaged);
    const way = chance.below(5);
    if (way === 0 && spare !== undefined) return this.#join(leader, spare);
    if (members.voters.length < 2 || isDamaged) return false;
    const victim = chance.pick(members.voters);
    if (way === 1) return this.#propose(leader, [{type: 'RemoveNode', replica: victim}], 'auto');
    if (way === 2) return this.#propose(leader, [{type: 'AddLearnerNode', replica: victim}], chance.isHeads() ? 'implicit' : 'auto');
    if (way === 4 && members.voters.length > 2) {
      // Most voters at once: majorities of the old half and of the new one may have nobody in common but by the joint rule.
      const demoted = chance.sample(members.voters, chance.between(2, members.voters.length - 1));
      return this.#propose(leader, demoted.map((replica) => ({type: 'AddLearnerNode', replica})), 'implicit');
    }
    const learner = members.learners[0];
    if (learner === undefined) return false;
    return this.#propose(leader, [{type: 'AddNode', replica: learner}, {type: 'RemoveNode', replica: victim}], 'implicit');
  }
  /** The running leader of the highest term, told so or not. */
  leader(): RaftLife | undefined {
    let best: {readonly life: RaftLife; readonly term: number} | undefined;
    for (const {life} of this.#nodes) {
      const status = life?.host.status(GROUP);
      if (life === undefined || status?.isLeader !== true) continue;
      if (best === undefined || status.term > best.term) best = {life, term: status.term};
    }
    return best?.life;
  }
  descriptor(node: RaftNode, voters: readonly ReplicaId[]): GroupDescriptor {
    return {group: GROUP, replica: node.replica, initialConfState: {...NO_MEMBERS, voters}, members: this.#members(), ownerData: EMPTY_BYTES};
  }

  #members(): readonly GroupMember[] {
    return this.#nodes.filter((node) => node.replica !== 0).map((node) => ({replica: node.replica, node: node.id}));
  }
  #repair(): void {
    const members = this.#invariants.membersLast;
    if (members === undefined) return;
    const all = [...members.voters, ...members.learners, ...members.votersOutgoing, ...members.learnersNext];
    for (const node of this.#nodes) this.#cleanUp(node, all);
    const leader = this.leader();
    if (leader === undefined || members.votersOutgoing.length > 0) return;
    // Members whose disk is lost, or that nobody holds: a join may take effect after its replica was given up.
    const lost = this.#nodes.find((node) => node.isDamaged && all.includes(node.replica))?.replica ?? all.find((id) => !this.#nodes.some((node) => node.replica === id));
    if (lost !== undefined) {
      this.#propose(leader, [{type: 'RemoveNode', replica: lost}], 'auto');
      return;
    }
    const {progress, lastIndex} = leader.host.status(GROUP) ?? {progress: [], lastIndex: 0};
    const ready = members.learners.find((id) => progress.some((peer) => peer.replica === id && peer.state === 'replicate' && peer.match + 5 >= lastIndex));
    if (ready !== undefined && (this.#isCalm || this.#chance.isHeads())) {
      this.#propose(leader, [{type: 'AddNode', replica: ready}], 'auto');
      return;
    }
    const waiting = this.#nodes.find((node) => node.replica !== 0 && !all.includes(node.replica) && !node.isDamaged && node.life?.host.status(GROUP)?.replica === node.replica);
    if (waiting !== undefined) {
      this.#propose(leader, [{type: 'AddLearnerNode', replica: waiting.replica}], 'auto');
      return;
    }
    const spare = this.#nodes.find((node) => node.replica === 0 && node.life !== undefined && !node.isDamaged);
    if (spare !== undefined && members.voters.length + members.learners.length < this.#swarm.voterCount) this.#join(leader, spare);
  }
  /** What the newest configuration that anyone applied leaves out is out for good. */
  #cleanUp(node: RaftNode, all: readonly ReplicaId[]): void {
    if (node.replica === 0 || all.includes(node.replica)) return;
    if (!node.wasMember) {
      // It was on its way into the group when its disk was lost.
      if (node.isDamaged && !node.isSuspect && node.life !== undefined && node.life.host.status(GROUP) === undefined) this.#forget(node);
      return;
    }
    // A removed replica's vote may still be needed by those who do not know of the removal, until one of them leads.
    const leader = this.leader()?.host.status(GROUP);
    if (leader === undefined || leader.replica === node.replica || !leader.confState.voters.includes(leader.replica)) return;
    if ([...leader.confState.voters, ...leader.confState.learners, ...leader.confState.votersOutgoing].includes(node.replica)) return;
    const {life} = node;
    if (life === undefined) return;
    const {replica} = node;
    this.#whenDurable(all, () => this.#remove(node, replica, life));
  }
  /**
   * A commit index is not synced for its own sake, and the store not flushed: survivors without power may forget that the
   * removal was committed, and need the removed replica's vote. So it goes when a majority knows durably.
   */
  #whenDurable(all: readonly ReplicaId[], done: () => void): void {
    const index = this.#invariants.membersIndex;
    const voters = this.#nodes.filter((node) => all.includes(node.replica));
    let durableCount = 0;
    for (const node of voters) {
      const {life} = node;
      const status = life?.host.status(GROUP);
      if (life === undefined || status === undefined || status.stored < index) continue;
      life.store.flush().then(() => {
        durableCount += 1;
        if (durableCount === Math.floor(voters.length / 2) + 1 && this.#invariants.membersIndex === index) done();
      }, () => undefined);
    }
  }
  #remove(node: RaftNode, replica: ReplicaId, life: RaftLife): void {
    if (life.process.isDead || this.#removing.has(life) || node.replica !== replica) return;
    this.#removing.add(life);
    life.process.dispatch(() => {
      // Also when a former life got as far as that: the rows may still be there.
      life.host.removeGroup(GROUP, () => {
        const batch = new WriteBatch();
        for (const {from, until} of REGISTER_RANGES) batch.deleteRange(from, until);
        life.machine = undefined;
        life.store.write(batch).then(() => life.store.flush()).then(() => {
          this.#removing.delete(life);
          this.#forget(node);
        }, () => undefined);
      });
    });
  }
  #forget(node: RaftNode): void {
    node.replica = toReplicaId(0);
    node.isDamaged = false;
    node.wasMember = false;
  }
  #join(leader: RaftLife, node: RaftNode): boolean {
    node.replica = toReplicaId(this.#replicaNext);
    this.#replicaNext += 1;
    const {replica} = node;
    node.createReplica(this.descriptor(node, []), false, (isMade) => {
      if (!isMade || node.replica !== replica) return;
      if (leader.process.isDead) return;
      leader.process.dispatch(() => this.#propose(leader, [{type: 'AddLearnerNode', replica}], 'auto'));
    });
    return true;
  }
  #propose(leader: RaftLife, changes: readonly ConfChangeSingle[], transition: ConfChange['transition']): boolean {
    this.#unresolvedCount += 1;
    this.changeCount += 1;
    this.#world.trace.note('operator/change', changes.map((change) => `${change.type} ${change.replica}`).join(', '));
    leader.process.dispatch(() => {
      // The id of a removed replica never comes back: what is promoted or demoted must be a member as this leader knows it.
      const known = leader.host.status(GROUP)?.confState ?? NO_MEMBERS;
      if (changes.some(({type, replica}) => this.#everMember.has(replica) && type !== 'RemoveNode' && ![...known.voters, ...known.learners].includes(replica))) {
        this.#unresolvedCount -= 1;
        return;
      }
      leader.host.proposeConfChange(GROUP, {transition, changes, context: EMPTY_BYTES}, this.#members(), (result) => {
        if (!result.ok && result.failure.code === 'OutcomeUnknown') return;
        // Handed over at once: the next leader may not have applied the change yet.
        if (result.ok && !this.#isCalm && this.#chance.permille(2 * this.#swarm.transferPermille)) this.#transfer();
        this.#unresolvedCount -= 1;
      });
    });
    return true;
  }
  #transfer(): void {
    const leader = this.leader();
    const members = this.#invariants.membersLast;
    if (leader === undefined || members === undefined || members.voters.length < 2) return;
    const to = this.#chance.pick(members.voters);
    this.#world.trace.note('operator/transfer', to);
    leader.process.dispatch(() => leader.host.transferLeader(GROUP, to));
  }
}
