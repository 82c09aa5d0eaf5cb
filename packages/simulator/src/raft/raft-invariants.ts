import type {LogIndex, ReplicaId, Term} from '@murmuration/base';
import {crc32c, toLogIndex} from '@murmuration/base';
import type {ConfState} from '@murmuration/raft';
import type {World} from '../world/world.js';
import {SimulationError} from '../world/world.js';
import {isMajority} from './durable-book.js';
import type {DurableBook} from './durable-book.js';
import {GROUP} from './raft-node.js';
import type {RaftLife, RaftNode} from './raft-node.js';

interface Seen {
  readonly life: RaftLife;
  readonly replica: ReplicaId;
  term: number;
  commit: number;
}

/** A leader as it was seen after its last event. */
interface SeenLeader {
  readonly life: RaftLife;
  readonly term: number;
  runCount: number;
  commit: number;
  confState: ConfState;
}

interface KnownEntry {
  readonly index: number;
  readonly entryTerm: Term;
  readonly termMin: number;
}

/**
 * What must hold after every step: one leader a term, leaders that have everything committed before them, commit
 * indexes that never go back within a life, matching logs, configurations that share a majority, and leases of
 * different leaders that never meet in true time.
 */
export class RaftInvariants {
  readonly #world: World;
  readonly #nodes: readonly RaftNode[];
  readonly #leaderOfTerm = new Map<number, ReplicaId>();
  readonly #seen = new Map<RaftNode, Seen>();
  readonly #durable: DurableBook;
  readonly #runCounts = new Map<RaftLife, number>();
  readonly #seenLeaders = new Map<RaftNode, SeenLeader>();
  readonly #configurations = new Map<number, string>();
  #configurationLast: {readonly index: number; readonly confState: ConfState} | undefined;
  /** By index of a command, the least term a replica was in when it applied it: it was committed in that term or before. */
  readonly #knownInTerm: KnownEntry[] = [];
  #newLeaders: {readonly node: RaftNode; readonly life: RaftLife; readonly term: number; readonly entry: KnownEntry}[] = [];
  leaseCount = 0;
  leaderCount = 0;

  constructor(world: World, nodes: readonly RaftNode[], durable: DurableBook) {
    this.#world = world;
    this.#durable = durable;
    this.#nodes = nodes;
  }
  get membersLast(): ConfState | undefined {
    return this.#configurationLast?.confState;
  }
  get membersIndex(): number {
    return this.#configurationLast?.index ?? 0;
  }
  /** After each event: cheap. */
  afterEvent(): void {
    if (this.#newLeaders.length > 0) this.#checkNewLeaders();
    for (const [node, seen] of this.#seenLeaders) this.#checkLeader(node, seen);
    for (const node of this.#nodes) if (node.page.isWriting) this.#checkApplied(node);
    for (const node of this.#nodes) if (node.page.takeRest()) this.#checkTerm(node);
    let holder: RaftNode | undefined;
    for (const node of this.#nodes) {
      const {life} = node;
      if (life?.machine?.isLeader !== true || !life.host.holdsLease(GROUP)) continue;
      if (holder !== undefined) throw new SimulationError('leases-meet', `${holder.id} and ${node.id} hold a lease at ${this.#world.nowMs.toFixed(3)} ms`);
      holder = node;
      this.leaseCount += 1;
    }
  }
  /** With nothing left to write, the term that a replica goes by is durable: what it promised in it would be forgotten otherwise. */
  #checkTerm(node: RaftNode): void {
    const status = node.life?.host.status(GROUP);
    const durable = this.#durable.termMaxOf(node.replica);
    if (status === undefined || status.replica !== node.replica || status.term <= durable) return;
    throw new SimulationError('term-not-durable', `${node.id} goes by term ${status.term} and has ${durable} for good, with nothing left to write`);
  }
  becameLeader(node: RaftNode, replica: ReplicaId, term: number): void {
    const known = this.#leaderOfTerm.get(term);
    if (known !== undefined && known !== replica) throw new SimulationError('two-leaders', `${known} and ${replica} lead in term ${term}`);
    this.#leaderOfTerm.set(term, replica);
    this.leaderCount += 1;
    const {life} = node;
    const status = life?.host.status(GROUP);
    if (life === undefined || status === undefined) return;
    if (!isMajority(status.confState, (voter) => this.#durable.hasVoted(voter, term, replica))) {
      throw new SimulationError('votes-not-durable', `${node.id} leads in term ${term} without durable votes of a majority of ${JSON.stringify(status.confState)}`);
    }
    if (status.confState.votersOutgoing.length > 0) this.#world.probes.hit('raft-profile/elected-while-joint');
    if (this.#seenLeaders.size > 0) this.#world.probes.hit('raft-profile/two-believe-to-lead');
    if (status.applied < status.commit) this.#world.probes.hit('raft-profile/elected-before-all-is-applied');
    this.#seenLeaders.set(node, {life, term, runCount: life.process.runCount, commit: status.commit, confState: status.confState});
    for (let i = this.#knownInTerm.length - 1; i >= 0; i -= 1) {
      const entry = this.#knownInTerm[i] as KnownEntry;
      if (entry.termMin >= term) continue;
      // Logs match before it, so one entry is enough to look at.
      this.#newLeaders.push({node, life, term, entry});
      return;
    }
  }
  /** What a new leader's core has may still wait for the log; once its own first entry is there, all before it is. */
  #checkNewLeaders(): void {
    this.#newLeaders = this.#newLeaders.filter(({node, life, term, entry}) => {
      const state = life.log.group(GROUP);
      if (life.process.isDead || node.life !== life || state === undefined) return false;
      const lastTerm = life.log.term(GROUP, state.lastIndex) ?? 0;
      if (lastTerm < term) return true;
      const hasIt = entry.index < state.firstIndex || life.log.term(GROUP, toLogIndex(entry.index)) === entry.entryTerm;
      if (lastTerm === term && !hasIt) {
        throw new SimulationError('leader-incomplete', `${node.id} leads in term ${term} without the entry at ${entry.index}, committed in term ${entry.termMin} or before`);
      }
      return false;
    });
  }
  /**
   * A leader's commit rule: the newest committed entry is of its own term, and durable on a majority of its
   * configuration, of both halves of a joint one.
   */
  #checkLeader(node: RaftNode, seen: SeenLeader): void {
    const {life} = seen;
    if (life.process.runCount === seen.runCount) return;
    seen.runCount = life.process.runCount;
    const status = life.process.isDead || node.life !== life ? undefined : life.host.status(GROUP);
    if (status?.isLeader !== true || status.term !== seen.term) {
      this.#seenLeaders.delete(node);
      return;
    }
    const {commit, confState} = status;
    if (commit > seen.commit) {
      const has = (voter: ReplicaId): boolean => this.#durable.hasEntry(voter, commit, seen.term);
      // The event that advanced the mark may have switched the configuration as well.
      if (!isMajority(confState, has) && !isMajority(seen.confState, has)) {
        throw new SimulationError('commit-without-majority', `${node.id} commits ${commit} in term ${seen.term}; an entry of that term is not durable on a majority of ${JSON.stringify(confState)}`);
      }
      this.#noteCommit(node, commit, seen, confState);
      this.#committedIn(commit, seen.term as Term, seen.term as Term);
      seen.commit = commit;
    }
    seen.confState = confState;
  }
  #noteCommit(node: RaftNode, commit: number, seen: SeenLeader, confState: ConfState): void {
    const {probes} = this.#world;
    if (confState.votersOutgoing.length > 0) probes.hit('raft-profile/commit-while-joint');
    if (!this.#durable.hasEntry(node.replica, commit, seen.term)) probes.hit('raft-profile/commit-before-the-leader-is-durable');
    if (commit - seen.commit > 20) probes.hit('raft-profile/commit-of-many-at-once');
    if (!confState.voters.includes(node.replica)) probes.hit('raft-profile/commit-by-an-outsider');
    if (confState.voters.length % 2 === 0) probes.hit('raft-profile/commit-by-an-even-group');
    if (confState.voters.length === 1) probes.hit('raft-profile/commit-alone');
    if (confState.voters.filter((voter) => this.#durable.hasEntry(voter, commit, seen.term)).length === Math.floor(confState.voters.length / 2) + 1) probes.hit('raft-profile/commit-by-the-least-majority');
    if (this.#nodes.some((other) => other.replica !== 0 && this.#durable.termMaxOf(other.replica) > seen.term)) probes.hit('raft-profile/commit-of-a-term-that-is-over-elsewhere');
  }
  /** Nothing is applied before it is durable in the replica's own log: the store must never know more than the log. */
  #checkApplied({id, life}: RaftNode): void {
    if (life === undefined || this.#runCounts.get(life) === life.process.runCount) return;
    this.#runCounts.set(life, life.process.runCount);
    const status = life.host.status(GROUP);
    const term = status === undefined ? undefined : life.log.term(GROUP, status.applied);
    if (status === undefined || term === undefined || status.applied < status.firstIndex || this.#durable.hasEntry(status.replica, status.applied, term)) return;
    throw new SimulationError('applied-before-durable', `${id} has applied entry ${status.applied} of term ${term}, which its log has not acknowledged`);
  }
  /** Nobody stands for election by a configuration that it knows to be replaced. */
  campaigns(node: RaftNode): void {
    const status = node.life?.host.status(GROUP);
    if (status === undefined) return;
    for (const index of this.#configurations.keys()) {
      if (index > status.applied && index <= status.commit) throw new SimulationError('old-configuration', `${node.id} campaigns at ${status.applied}, and knows that the configuration at ${index} is committed`);
    }
  }
  #committedIn(index: number, entryTerm: Term, termMin: Term): void {
    const last = this.#knownInTerm.at(-1);
    if (last === undefined || last.index < index) this.#knownInTerm.push({index, entryTerm, termMin});
  }
  applied(node: RaftNode, index: LogIndex, entryTerm: Term): void {
    const last = this.#knownInTerm.at(-1);
    if (last !== undefined && last.index >= index) return;
    const termNow = node.life?.host.status(GROUP)?.term;
    if (termNow !== undefined) this.#committedIn(index, entryTerm, termNow);
  }
  founded(confState: ConfState): void {
    this.#configurationLast = {index: 0, confState};
  }
  configured(node: RaftNode, index: number, confState: ConfState): void {
    const text = JSON.stringify(confState);
    const known = this.#configurations.get(index);
    if (known !== undefined) {
      if (known !== text) throw new SimulationError('configurations-differ', `${node.id} has ${text} at ${index}, others ${known}`);
      return;
    }
    const before = this.#configurationLast;
    if (before !== undefined && index < before.index) {
      throw new SimulationError('configurations-differ', `${node.id} has a configuration at ${index}, which others passed over`);
    }
    this.#configurations.set(index, text);
    if (before !== undefined && !isLegalStep(before.confState, confState)) {
      throw new SimulationError('no-common-majority', `from ${JSON.stringify(before.confState)} to ${text} at ${index}`);
    }
    this.#configurationLast = {index, confState};
  }
  /** Now and then: dearer. */
  audit(): void {
    for (const node of this.#nodes) {
      const status = node.life?.host.status(GROUP);
      if (status === undefined || node.life === undefined) continue;
      let seen = this.#seen.get(node);
      if (seen?.life !== node.life || seen.replica !== status.replica) {
        seen = {life: node.life, replica: status.replica, term: 0, commit: 0};
        this.#seen.set(node, seen);
      }
      if (status.term < seen.term || status.commit < seen.commit) throw new SimulationError('went-back', `${node.id}: term ${seen.term} to ${status.term}, commit ${seen.commit} to ${status.commit}`);
      seen.term = status.term;
      seen.commit = status.commit;
      // The core asserts commit <= last itself, and sees entries that the log was not given yet.
      if (status.applied > status.commit || status.stored > status.applied) {
        throw new SimulationError('order-of-marks', `${node.id}: stored ${status.stored}, applied ${status.applied}, commit ${status.commit}, last ${status.lastIndex}`);
      }
    }
    for (let i = 0; i < this.#nodes.length; i += 1) {
      for (let k = i + 1; k < this.#nodes.length; k += 1) this.#logsMatch(this.#nodes[i] as RaftNode, this.#nodes[k] as RaftNode);
    }
  }

  /** Equal index and term: equal entries, and all before them. */
  #logsMatch(a: RaftNode, b: RaftNode): void {
    const [logA, logB] = [a.life?.log, b.life?.log];
    const [stateA, stateB] = [logA?.group(GROUP), logB?.group(GROUP)];
    if (logA === undefined || logB === undefined || stateA === undefined || stateB === undefined) return;
    const first = Math.max(stateA.firstIndex, stateB.firstIndex);
    let isMatching = false;
    for (let index = Math.min(stateA.lastIndex, stateB.lastIndex); index >= first; index -= 1) {
      const at = toLogIndex(index);
      const isSame = logA.term(GROUP, at) === logB.term(GROUP, at);
      if (isMatching && !isSame) throw new SimulationError('logs-do-not-match', `${a.id} and ${b.id} differ at ${index}, below an equal entry`);
      if (isSame && !isMatching) {
        isMatching = true;
        if (entryChecksum(logA, index) !== entryChecksum(logB, index)) throw new SimulationError('logs-do-not-match', `${a.id} and ${b.id} hold different data at ${index}`);
      }
    }
  }
}

function entryChecksum(log: RaftLife['log'], index: number): number {
  const [entry] = log.entries(GROUP, toLogIndex(index), toLogIndex(index + 1), 1);
  return entry === undefined ? -1 : crc32c(entry.data);
}

/** Any majority of the one and any majority of the other share a voter. */
function isLegalStep(before: ConfState, after: ConfState): boolean {
  const isBeforeJoint = before.votersOutgoing.length > 0;
  const isAfterJoint = after.votersOutgoing.length > 0;
  if (isBeforeJoint && isAfterJoint) return isSame(before.voters, after.voters) && isSame(before.votersOutgoing, after.votersOutgoing);
  if (isAfterJoint) return isSame(after.votersOutgoing, before.voters);
  if (isBeforeJoint) return isSame(after.voters, before.voters);
  const changed = before.voters.filter((id) => !after.voters.includes(id)).length + after.voters.filter((id) => !before.voters.includes(id)).length;
  return changed <= 1;
}

function isSame(a: readonly ReplicaId[], b: readonly ReplicaId[]): boolean {
  return a.length === b.length && a.every((id) => b.includes(id));
}
