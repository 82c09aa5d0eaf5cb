import type {Clock, Counter, EventSink, Family, LogIndex, NodeId, ReplicaId, Term} from '@murmuration/base';
import {NO_REPLICA, assert} from '@murmuration/base';
import {emitEvent} from './events.js';
import type {Group} from './group.js';
import type {RaftHostTuning} from './options.js';
import {leaseDurationMs} from './options.js';
import type {Outbox} from './outbox.js';
import {PeerLiveness} from './peer-liveness.js';

/**
 * What woke a group: something that was asked of it here, a message for it, a process that went silent or whose connection
 * broke, one that began another life, or its age asleep.
 */
export type WakeCause = 'request' | 'message' | 'lost-peer' | 'restarted-peer' | 'age';

/** A follower that was used within this part of the time asks its leader to stay awake. */
const USED_RATIO = 0.5;
/** A follower that nobody woke for so many times the age at which leaders wake by themselves has lost its leader. */
const FOLLOWER_AGE_RATIO = 2;
/** A tick that came so late, as a part of the silence that wakes, tells of a stop of this process. */
const OWN_STOP_RATIO = 0.5;
/** Ages at which groups wake differ by up to this part, so that those that fell asleep together do not wake together. */
const AGE_SPREAD_RATIO = 0.5;

/** A replica asleep: which processes speak for the others, and when it is to be looked at. */
interface Sleeper {
  readonly nodes: readonly NodeId[];
  readonly untilMs: number;
}

export interface HibernationParts {
  readonly outbox: Outbox;
  /** Whether what is posted to the process now may arrive. */
  isConnected(node: NodeId): boolean;
  /** The outbox has something to post. */
  schedule(): void;
  /** The group may have something to do. */
  mark(group: Group): void;
}

/**
 * Groups in which nothing happens cost nothing: the leader tells its followers, then neither it nor they tick or send
 * heartbeats. Their processes stand for them with one ping a peer, and any doubt wakes the group: a request, a message, a
 * process of a member that is silent, restarted or cut off. A leader asleep has no lease, whatever it had before: its first strong
 * read asks a quorum. A follower asleep goes on refusing its vote, which is why its time counts on when it wakes: from when the
 * process of its leader was last heard, so that an election begins as soon as without sleep.
 */
export class Hibernation {
  readonly #clock: Clock;
  readonly #events: EventSink;
  readonly #tuning: RaftHostTuning;
  readonly #woken: Family<Counter>;
  readonly #parts: HibernationParts;
  readonly #awake = new Set<Group>();
  readonly #sleepers = new Map<Group, Sleeper>();
  /** Replicas asleep that rest on a process, by process. */
  readonly #counts = new Map<NodeId, number>();
  readonly #liveness = new PeerLiveness();
  readonly #leaseDurationMs: number;
  readonly #silentMsMax: number;
  #sweepMs = 0;
  #sleepCount = 0;

  constructor(clock: Clock, events: EventSink, tuning: RaftHostTuning, woken: Family<Counter>, parts: HibernationParts) {
    this.#clock = clock;
    this.#events = events;
    this.#tuning = tuning;
    this.#woken = woken;
    this.#parts = parts;
    this.#leaseDurationMs = leaseDurationMs(tuning);
    this.#silentMsMax = (tuning.electionTicks - 1) * tuning.tickMs;
  }
  /** Those that tick. */
  get awake(): Iterable<Group> {
    return this.#awake;
  }
  get asleepCount(): number {
    return this.#sleepers.size;
  }
  add(group: Group): void {
    group.usedAtMs = this.#clock.monotonicMs();
    this.#awake.add(group);
  }
  remove(group: Group): void {
    this.#forget(group);
    this.#awake.delete(group);
  }
  /** Somebody needs the group now, or may soon again. */
  use(group: Group): void {
    group.usedAtMs = this.#clock.monotonicMs();
    if (group.isAsleep) this.wake(group, 'request');
  }
  /** @param isLeaderAwake its leader spoke: it needs not be told */
  wake(group: Group, cause: WakeCause, isLeaderAwake = false): void {
    if (!group.isAsleep || group.isStopped) return;
    this.#forget(group);
    this.#awake.add(group);
    const nowMs = this.#clock.monotonicMs();
    // Nobody asked for it: it sleeps on once it has heard from everybody.
    group.usedAtMs = cause === 'age' ? nowMs - this.#tuning.hibernateAfterMs + this.#silentMsMax : nowMs;
    const leaderNode = group.nodeOf(group.leader);
    if (!group.isLeader && leaderNode !== undefined) group.lastHeardLeaderMs = Math.max(group.lastHeardLeaderMs, this.#liveness.heardAtMs(leaderNode));
    const quietMs = Math.max(0, nowMs - group.lastHeardLeaderMs);
    group.node.resume(Number.isFinite(quietMs) ? Math.floor(quietMs / this.#tuning.tickMs) : 0);
    this.#woken.with({cause}).add(1);
    emitEvent(this.#events, {event: `raft-host/woken-by-${cause}`, group: group.id, isLeader: group.isLeader});
    if (!group.isLeader && !isLeaderAwake && leaderNode !== undefined) this.#sendWake(group, leaderNode);
    this.#parts.mark(group);
  }
  /** Something arrived from a process: it lives. */
  heard(node: NodeId, incarnation: number, nowMs: number): void {
    // What its replicas promised in the life before, it does not know any more, nor that they slept.
    if (this.#liveness.heard(node, incarnation, nowMs)) this.#wakeAll(node, 'restarted-peer');
  }
  lost(node: NodeId): void {
    this.#wakeAll(node, 'lost-peer');
  }
  /**
   * Once a tick: pings, silence, and groups that slept for very long. Cheap when none sleeps.
   * @param lateMs by how much the tick came after its time
   */
  watch(nowMs: number, lateMs: number): void {
    if (this.#sleepers.size === 0) return;
    // After a stop of its own this process has not yet looked at what came meanwhile: nobody else was silent.
    const canTell = lateMs <= this.#silentMsMax * OWN_STOP_RATIO;
    for (const node of [...this.#counts.keys()]) {
      if (canTell && nowMs - this.#liveness.heardAtMs(node) > this.#silentMsMax) {
        this.#wakeAll(node, 'lost-peer');
      } else if (nowMs - this.#parts.outbox.postedAtMs(node) >= this.#tuning.heartbeatTicks * this.#tuning.tickMs - 1) {
        this.#parts.outbox.ping(node);
        this.#parts.schedule();
      }
    }
    if (nowMs < this.#sweepMs) return;
    this.#sweepMs = nowMs + this.#silentMsMax;
    for (const [group, {untilMs}] of this.#sleepers) if (nowMs >= untilMs) this.wake(group, 'age');
  }
  /** Lets a group that is led here sleep when nothing speaks against it. @returns whether it does now */
  tryToSleep(group: Group, nowMs: number): boolean {
    if (!this.#mayLead(group, nowMs)) return false;
    const others = group.members.filter(({replica}) => replica !== group.replica && group.isConfigured(replica));
    if (others.some(({node}) => !this.#parts.isConnected(node) || nowMs - this.#liveness.heardAtMs(node) > this.#silentMsMax / 2)) return false;
    if (others.length + 1 !== group.configuredCount) return false;
    for (const {replica, node} of others) this.#parts.outbox.sleep(node, group.id, {to: replica, from: group.replica, term: group.term, commit: group.commit});
    this.#parts.schedule();
    this.#sleep(group, [...new Set(others.map(({node}) => node))], 1);
    return true;
  }
  /** The leader of a group sleeps from now on and says that everybody may. */
  sleepOffered(from: NodeId, group: Group, offer: {readonly from: ReplicaId; readonly term: Term; readonly commit: LogIndex}, nowMs: number): void {
    if (group.isLeader || offer.term !== group.term || offer.from !== group.leader || group.nodeOf(offer.from) !== from) return;
    // This replica was heard of as level, so its leader will sleep, and comes back only if it is asked to.
    group.lastHeardLeaderMs = nowMs;
    // Where sleep is switched off a replica is always in use.
    const isUsed = this.#tuning.hibernateAfterMs === 0 || nowMs - group.usedAtMs < this.#tuning.hibernateAfterMs * USED_RATIO;
    const isLevel = group.commit === offer.commit && group.applied === offer.commit && group.node.isAtRest() && !group.reads.isWaiting && !group.proposals.hasAny;
    if (group.isAsleep) return;
    if (isUsed || !isLevel || group.isInstalling || group.isStopped) this.#sendWake(group, from);
    else this.#sleep(group, [from], FOLLOWER_AGE_RATIO);
  }
  /** A follower is awake, and its leader should be. */
  wakeAsked(from: NodeId, group: Group, asked: {readonly from: ReplicaId; readonly term: Term}): void {
    if (!group.isLeader || asked.term !== group.term || group.nodeOf(asked.from) !== from) return;
    group.usedAtMs = this.#clock.monotonicMs();
    this.wake(group, 'message');
  }

  #mayLead(group: Group, nowMs: number): boolean {
    const {hibernateAfterMs} = this.#tuning;
    if (hibernateAfterMs === 0 || !group.isLeader || group.isAsleep || nowMs - group.usedAtMs < hibernateAfterMs) return false;
    if (group.isDirty || group.isInstalling || group.isStopped || group.isLog || group.heldTransfer !== undefined || nowMs < group.votesFromMs) return false;
    if (group.applied !== group.commit || group.stored.index !== group.applied || group.durableMembership < group.membership) return false;
    if (group.reads.isWaiting || group.proposals.hasAny || group.confState.votersOutgoing.length > 0 || group.confState.learners.length > 0) return false;
    return group.hasLease(nowMs, this.#leaseDurationMs) && group.node.isAtRest();
  }
  #sleep(group: Group, nodes: readonly NodeId[], ageRatio: number): void {
    assert(!group.isAsleep && !group.isStopped, 'a replica falls asleep once', {group: group.id});
    group.isAsleep = true;
    this.#sleepCount += 1;
    group.sleepNumber = this.#sleepCount;
    group.earlyCampaignAtMs = undefined;
    this.#awake.delete(group);
    // Not by chance, which belongs to elections: spread by what a group is called.
    const spread = 1 + AGE_SPREAD_RATIO * ((group.id % 97) / 97);
    this.#sleepers.set(group, {nodes, untilMs: this.#clock.monotonicMs() + this.#tuning.hibernateMsMax * ageRatio * spread});
    for (const node of nodes) this.#counts.set(node, (this.#counts.get(node) ?? 0) + 1);
    emitEvent(this.#events, {event: 'raft-host/hibernated', group: group.id, isLeader: group.isLeader});
  }
  #forget(group: Group): void {
    const sleeper = this.#sleepers.get(group);
    group.isAsleep = false;
    if (sleeper === undefined) return;
    this.#sleepers.delete(group);
    for (const node of sleeper.nodes) {
      const left = (this.#counts.get(node) ?? 0) - 1;
      assert(left >= 0, 'a replica asleep is counted at each process it rests on', {node});
      if (left === 0) this.#counts.delete(node);
      else this.#counts.set(node, left);
    }
  }
  #wakeAll(node: NodeId, cause: WakeCause): void {
    if (!this.#counts.has(node)) return;
    for (const [group, {nodes}] of [...this.#sleepers]) if (nodes.includes(node)) this.wake(group, cause);
  }
  #sendWake(group: Group, leaderNode: NodeId): void {
    if (group.leader === NO_REPLICA) return;
    this.#parts.outbox.wake(leaderNode, group.id, {to: group.leader, from: group.replica, term: group.term});
    this.#parts.schedule();
  }
}
