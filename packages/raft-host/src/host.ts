import type {GroupId, LogIndex, ReplicaId, TimerHandle} from '@murmuration/base';
import {NO_REPLICA, assert} from '@murmuration/base';
import type {ConfChange} from '@murmuration/raft';
import {RaftHostError} from './errors.js';
import {emitEvent} from './events.js';
import {Group} from './group.js';
import type {GroupStart} from './group.js';
import type {CreateGroupOptions, CreateResult, LifecycleContext} from './group-lifecycle.js';
import {createGroup, removeGroup} from './group-lifecycle.js';
import {handOver} from './hand-over.js';
import type {HostParts} from './host-parts.js';
import {createHostParts, makeDurable} from './host-parts.js';
import {LeaderHealth} from './leader-health.js';
import {checkLogRelations, entrySizeBytesMax} from './log-writes.js';
import type {RaftHostMetrics} from './metrics.js';
import {createRaftHostMetrics} from './metrics.js';
import type {RaftHostOptions, RaftHostPorts, RaftHostTuning} from './options.js';
import {completeTuning, leaseDurationMs} from './options.js';
import type {ProposalBudget, ProposeCallback} from './proposals.js';
import type {ReadCallback} from './reads.js';
import {firstFit, reconcile} from './membership.js';
import {encodeMembership} from './record-codec.js';
import {isOnlyVoterEver, recoverGroups} from './recovery.js';
import {onPeerConnection, tickGroup, transferTarget} from './ticking.js';
import type {GroupDescriptor, GroupMember, GroupStateMachine, GroupStatus, HostFailure, ProposeOptions, ReconcileResult, WantedMembers} from './types.js';
import type {ReachedCallback} from './wait-list.js';

/** Pause between the campaigns of a group that was just made. */
const EAGER_PAUSE_MS = 10;

/**
 * Runs the replicas of many Raft groups in one process. Callbacks are never called before the method that took them
 * returns. Not reentrant across groups: callbacks and machines may call any method, which then takes effect in the
 * next turn.
 */
export class RaftHost {
  readonly #options: RaftHostOptions;
  readonly #ports: RaftHostPorts;
  readonly #tuning: RaftHostTuning;
  readonly #metrics: RaftHostMetrics;
  readonly #parts: HostParts;
  readonly #health: LeaderHealth;
  readonly #budget: ProposalBudget;
  readonly #leaseDurationMs: number;
  readonly #entrySizeBytesMax: number;
  readonly #groups = new Map<GroupId, Group>();
  readonly #unusable = new Set<GroupId>();
  readonly #creating = new Set<GroupId>();
  readonly #timers: TimerHandle[] = [];
  #open: ((descriptor: GroupDescriptor) => GroupStateMachine) | undefined;
  #state: 'new' | 'running' | 'stopping' | 'stopped' = 'new';
  #lastTickMs = 0;

  constructor(options: RaftHostOptions, ports: RaftHostPorts) {
    this.#options = options;
    this.#ports = ports;
    this.#tuning = completeTuning(options);
    this.#leaseDurationMs = leaseDurationMs(this.#tuning);
    checkLogRelations(this.#tuning, ports.log);
    this.#entrySizeBytesMax = entrySizeBytesMax(ports.log);
    this.#metrics = createRaftHostMetrics(ports.metrics);
    this.#budget = {countMax: this.#tuning.hostProposalsMax, bytesMax: this.#tuning.hostProposalBytesMax, count: 0, bytes: 0};
    this.#parts = createHostParts(ports, this.#tuning, this.#metrics, {
      groupOf: (group) => this.#groups.get(group),
      failed: (part, error) => this.#fail(part, error),
    });
    this.#health = new LeaderHealth(this.#tuning, ports.log, this.#parts.appender, ports.events, this.#metrics);
    assert(ports.network.self === options.node, 'the network speaks for another node', {self: ports.network.self, node: options.node});
  }

  /**
   * Recovers every group of the log, then begins to tick. Committed entries that the store lacks are applied in the
   * turns that follow; until then a replica knows that it is behind and neither leads nor proves freshness.
   * @param open makes the machine of a group; its `stateRanges` may be asked before `reload`
   * @throws RaftHostError `Corrupt`, LogError, StoreError
   */
  async start(open: (descriptor: GroupDescriptor) => GroupStateMachine): Promise<void> {
    assert(this.#state === 'new', 'a host is started once');
    this.#state = 'running';
    this.#open = open;
    const {log, store, events, clock, network, timers, metrics} = this.#ports;
    const {groups, unusable} = await recoverGroups(log, store, events);
    for (const group of unusable) this.#unusable.add(group);
    const promiseMs = this.#tuning.electionTicks * this.#tuning.tickMs * (1 + (2 * this.#tuning.clockRateErrorPpmMax) / 1_000_000);
    const votesFromMs = clock.monotonicMs() + promiseMs;
    for (const {descriptor, stored} of groups) {
      const machine = open(descriptor);
      await machine.reload(stored.index);
      const isAlone = isOnlyVoterEver(descriptor, stored, log);
      this.#adopt({descriptor, machine, stored, votesFromMs: isAlone ? 0 : votesFromMs}, isAlone);
    }
    network.onPost((from, payload) => {
      if (this.#state === 'running' || this.#state === 'stopping') this.#parts.receiver.receive(from, payload);
    });
    network.onConnection((peer, isConnected) => {
      const nowMs = clock.monotonicMs();
      if (!isConnected) this.#parts.hibernation.lost(peer);
      for (const group of this.#groups.values()) {
        if (onPeerConnection(group, peer, isConnected, nowMs, this.#tuning, this.#ports.random)) this.#parts.turn.mark(group);
      }
    });
    this.#parts.snapshots.listen();
    this.#lastTickMs = clock.monotonicMs();
    this.#timers.push(timers.every(this.#tuning.tickMs, () => this.#tick()));
    this.#timers.push(timers.every(this.#tuning.truncationIntervalMs, () => this.#parts.truncation.run(this.#groups.values())));
    metrics.onCollect(() => this.#collect());
    emitEvent(events, {event: 'raft-host/started', groupCount: this.#groups.size, unusableCount: unusable.length});
  }
  /**
   * Hands every leadership to a live voter; the host goes on serving as a follower. Best before `stop`, while whoever asks
   * for a group can still be told where it went. @returns groups still led here when the time for it was over
   */
  handOver(): Promise<number> {
    const {clock, timers} = this.#ports;
    return handOver(() => this.#groups.values(), (group, to) => this.transferLeader(group, to), () => this.#isOver, clock, timers, this.#tuning);
  }
  /** Hands leaderships over, waits for what was applied to be stored and flushed, then stops every group. */
  async stop(): Promise<void> {
    if (this.#state === 'stopped' || this.#state === 'stopping') return;
    const wasRunning = this.#state === 'running';
    this.#state = 'stopping';
    if (wasRunning) {
      await this.handOver();
      if (!this.#isOver) await new Promise<void>((resolve) => this.#parts.applyQueue.whenDrained(resolve));
      if (!this.#isOver) await this.#ports.store.flush();
    }
    this.#halt();
    emitEvent(this.#ports.events, {event: 'raft-host/stopped'});
  }

  /**
   * Makes a replica. `done` after its descriptor is durable and its machine loaded. Making one that is there already
   * is fine and changes nothing. State that lies in the machine's ranges is taken as the state of a founding replica.
   */
  createGroup(descriptor: GroupDescriptor, options: CreateGroupOptions, done: (result: CreateResult) => void): void {
    const present = this.#groups.get(descriptor.group);
    const isPresent = present?.replica === descriptor.replica;
    const isTaken = present !== undefined || this.#creating.has(descriptor.group) || this.#unusable.has(descriptor.group) || this.#ports.log.group(descriptor.group) !== undefined;
    if (this.#state !== 'running' || isTaken) {
      const reason = this.#state !== 'running' ? 'Stopped' : 'OtherReplicaPresent';
      this.#later(() => done(isPresent ? {ok: true} : {ok: false, reason}));
      return;
    }
    const open = options.machine ?? this.#open?.(descriptor);
    assert(open !== undefined, 'the host was started');
    this.#creating.add(descriptor.group);
    createGroup(this.#lifecycle(), descriptor, open, options).then((start) => {
      this.#creating.delete(descriptor.group);
      if (this.#state !== 'running') {
        done({ok: false, reason: 'Stopped'});
        return;
      }
      if (start === undefined) {
        done({ok: false, reason: 'Removed'});
        return;
      }
      this.#adopt(start, options.campaignFirst === true);
      emitEvent(this.#ports.events, {event: 'raft-host/group-created', group: descriptor.group, replica: descriptor.replica});
      done({ok: true});
    }).catch((error: unknown) => this.#fail('store', error));
  }
  /**
   * Ends a replica for good. `done` after the log forgot it durably and no effect of it is on its way to the store:
   * the owner may then delete the rows of its ranges. Removing one that is not there is fine.
   */
  removeGroup(groupId: GroupId, done: () => void): void {
    const group = this.#groups.get(groupId);
    if (this.#isOver || (group === undefined && !this.#unusable.has(groupId))) {
      this.#later(done);
      return;
    }
    if (group !== undefined) this.#parts.hibernation.remove(group);
    removeGroup(this.#lifecycle(), groupId, group, () => {
      this.#groups.delete(groupId);
      this.#unusable.delete(groupId);
    }).then(() => {
      if (group !== undefined) emitEvent(this.#ports.events, {event: 'raft-host/group-removed', group: groupId, replica: group.replica});
      done();
    }).catch((error: unknown) => this.#fail('store', error));
  }

  /** @param data not empty; owned by the host from now on */
  propose(groupId: GroupId, data: Uint8Array, done: ProposeCallback, options: ProposeOptions = {}): void {
    assert(data.length > 0, 'an empty entry means a new leader');
    const group = this.#use(groupId);
    const refusal = this.#obstacle(group);
    if (group === undefined || refusal !== undefined) {
      this.#refuse(done, refusal ?? {code: 'UnknownGroup'});
    } else if (data.length > this.#entrySizeBytesMax || !this.#ports.log.hasRoom(options.isReclaiming === true ? 'reclaiming' : 'new-data') || !group.proposals.enqueue(data, done, this.#ports.clock.monotonicMs())) {
      // Below the low-water mark of the disk nothing new begins here; what others lead is still taken, as is what makes
      // room, down to a lower mark.
      this.#refuse(done, {code: 'Overloaded', retryAfterMs: this.#tuning.tickMs});
    } else {
      this.#parts.turn.mark(group);
    }
  }
  /**
   * Proposes a change of membership. `members` names the node of every replica of the group after the change.
   * The answer's value is the ConfState; a change that may not be made now is answered `Overloaded`.
   */
  proposeConfChange(groupId: GroupId, change: ConfChange, members: readonly GroupMember[], done: ProposeCallback): void {
    const group = this.#use(groupId);
    const refusal = this.#obstacle(group);
    if (group === undefined || refusal !== undefined) {
      this.#refuse(done, refusal ?? {code: 'UnknownGroup'});
      return;
    }
    const retry: HostFailure = {code: 'Overloaded', retryAfterMs: this.#tuning.tickMs};
    const translated: ProposeCallback = (result) => done(result.ok && result.value === undefined ? {ok: false, failure: retry} : result);
    group.learnMembers(members);
    if (!group.offerConfChange({...change, context: encodeMembership({membership: group.membership, members})}, translated, this.#ports.clock.monotonicMs())) this.#refuse(done, retry);
    this.#parts.turn.mark(group);
  }
  /**
   * Leader only: begins the next step toward the members that are wanted, if there is one and it may be begun now. To be
   * called again and again until it says `reached`.
   */
  reconcileMembers(groupId: GroupId, wanted: WantedMembers): ReconcileResult {
    const group = this.#use(groupId);
    if (group === undefined || this.#state !== 'running') return 'not-leader';
    return reconcile(group, wanted, (changes, members) => {
      group.learnMembers(members);
      const change: ConfChange = {transition: 'auto', changes, context: encodeMembership({membership: wanted.membership, members})};
      const isTaken = group.offerConfChange(change, () => undefined, this.#ports.clock.monotonicMs());
      this.#parts.turn.mark(group);
      if (isTaken) {
        emitEvent(this.#ports.events, {
          event: 'raft-host/change-proposed', group: groupId, membership: wanted.membership, changes: changes.map(({type, replica}) => `${type} ${replica}`),
        });
      }
      return isTaken;
    }, (to) => this.transferLeader(groupId, to));
  }
  /**
   * Leader only: hands leadership to the first of the candidates that could lead at once.
   * @returns it, or 0 when none could, or a transfer is under way
   */
  handLeadership(groupId: GroupId, candidates: readonly ReplicaId[]): ReplicaId {
    const group = this.#groups.get(groupId);
    if (group === undefined || !group.isLeader || group.isInstalling || group.heldTransfer !== undefined || group.node.status().leadTransferee !== NO_REPLICA) return NO_REPLICA;
    const target = firstFit(group, candidates);
    if (target !== NO_REPLICA) this.transferLeader(groupId, target);
    return target;
  }
  /** Answers when a read of what is then applied here is linearizable: a quorum round later, leader only. */
  readIndex(groupId: GroupId, done: ReadCallback): void {
    const group = this.#use(groupId);
    const refusal = this.#obstacle(group);
    if (group === undefined || refusal !== undefined) {
      this.#later(() => done({ok: false, failure: refusal ?? {code: 'UnknownGroup'}}));
    } else if (!group.reads.enqueue(done)) {
      this.#later(() => done({ok: false, failure: {code: 'Overloaded', retryAfterMs: this.#tuning.tickMs}}));
    } else {
      this.#parts.turn.mark(group);
    }
  }
  /** Whether a read of what is applied here is linearizable now. Ask after the value was read. A group that sleeps wakes, and has none yet. */
  hasLease(groupId: GroupId): boolean {
    const isHeld = this.holdsLease(groupId);
    this.#use(groupId);
    return isHeld;
  }
  /** The same for whoever only looks on: it keeps no group awake. */
  holdsLease(groupId: GroupId): boolean {
    return this.#groups.get(groupId)?.hasLease(this.#ports.clock.monotonicMs(), this.#leaseDurationMs) ?? false;
  }
  /** How old what is applied here can be at most; infinity when nothing can be proved. Ask again after a read. */
  staleness(groupId: GroupId): number {
    return this.#use(groupId)?.stalenessMs(this.#ports.clock.monotonicMs()) ?? Number.POSITIVE_INFINITY;
  }
  whenApplied(groupId: GroupId, index: LogIndex, callback: ReachedCallback): void {
    const group = this.#groups.get(groupId);
    if (group !== undefined && group.applied >= index) this.#later(() => callback(true));
    else if (group === undefined || !group.appliedWaits.add(index, callback)) this.#later(() => callback(false));
  }
  /** Does not hurry the write: it comes within the apply interval. */
  whenStored(groupId: GroupId, index: LogIndex, callback: ReachedCallback): void {
    const group = this.#groups.get(groupId);
    if (group !== undefined && group.stored.index >= index) this.#later(() => callback(true));
    else if (group === undefined || !group.storedWaits.add(index, callback)) this.#later(() => callback(false));
  }
  /**
   * Leader only, else nothing happens. Begins when what is proposed is applied, after E/2 at the latest; from then on there
   * is no lease for the rest of the term.
   */
  transferLeader(groupId: GroupId, to: ReplicaId): void {
    const group = this.#groups.get(groupId);
    if (group === undefined || !group.isLeader || group.isInstalling || to === group.replica || group.isLogReplica(to)) return;
    this.#parts.hibernation.use(group);
    emitEvent(this.#ports.events, {event: 'raft-host/transfer-begun', group: groupId, to});
    group.transfer(to, this.#ports.clock.monotonicMs() + (this.#tuning.electionTicks * this.#tuning.tickMs) / 2);
    group.beginHeldTransfer(false);
    this.#parts.turn.mark(group);
  }
  /** Stands for election soon, by pre-vote: a healthy leader is not disturbed. */
  campaign(groupId: GroupId): void {
    const group = this.#groups.get(groupId);
    if (group === undefined || group.isLeader || group.isLog || group.isInstalling || this.#ports.clock.monotonicMs() < group.votesFromMs) return;
    this.#parts.hibernation.use(group);
    group.node.campaign();
    this.#parts.turn.mark(group);
  }
  /** Corrects where the replicas live; durable with the next append. */
  setMembers(groupId: GroupId, members: readonly GroupMember[]): void {
    const group = this.#groups.get(groupId);
    if (group === undefined) return;
    group.keepMembers(members);
    this.#parts.appender.add({group: groupId, descriptor: group.descriptorBytes()});
    this.#parts.turn.schedule();
  }
  /** Groups that do not sleep: the others need to be looked at seldom. */
  *awakeGroups(): Iterable<GroupId> {
    for (const group of this.#parts.hibernation.awake) yield group.id;
  }
  /**
   * Number of the sleep of a group, above 0 and another one each time; 0 while it is awake. From one look to the next with the
   * same number nothing happened to its members, its leader or its state.
   */
  sleepOf(groupId: GroupId): number {
    const group = this.#groups.get(groupId);
    return group?.isAsleep === true ? group.sleepNumber : 0;
  }
  status(groupId: GroupId): GroupStatus | undefined {
    return this.#groups.get(groupId)?.status();
  }
  statuses(): readonly GroupStatus[] {
    return [...this.#groups.values()].map((group) => group.status());
  }
  /** The leader, or whom leadership was handed to from here as long as nobody is known to have it; 0 when neither is known. */
  leaderOf(groupId: GroupId): ReplicaId {
    return this.#groups.get(groupId)?.leaderHint ?? NO_REPLICA;
  }
  membersOf(groupId: GroupId): readonly GroupMember[] {
    return this.#groups.get(groupId)?.members ?? [];
  }
  /** Resolves when everything applied so far, by all groups, is in the store. */
  whenDrained(): Promise<void> {
    return new Promise((resolve) => this.#parts.applyQueue.whenDrained(resolve));
  }
  /** Groups that were found but can't be started: they must be removed and rebuilt under new replica ids. */
  unusableGroups(): readonly GroupId[] {
    return [...this.#unusable];
  }

  get #isOver(): boolean {
    return this.#state === 'stopped';
  }
  #adopt(start: GroupStart, isEager: boolean): void {
    const group = new Group(start, this.#ports.log, this.#tuning, this.#ports.random, this.#ports.events, this.#budget, this.#parts.observer);
    assert(!this.#groups.has(group.id), 'one replica of a group a process', {group: group.id});
    this.#groups.set(group.id, group);
    this.#parts.hibernation.add(group);
    group.machine.onConfiguration(group.confState);
    if (start.isNew !== true) makeDurable(group, this.#parts.appender, this.#ports.events, this.#metrics);
    if (isEager && group.isVoter) {
      group.eagerUntilMs = this.#ports.clock.monotonicMs() + this.#tuning.electionTicks * this.#tuning.tickMs;
      group.node.campaign();
      this.#campaignEagerly(group);
    }
    this.#parts.turn.mark(group);
  }
  /** The others may be made a moment later than this one, and nobody waits for a tick to hear from them. */
  #campaignEagerly(group: Group): void {
    this.#ports.timers.after(EAGER_PAUSE_MS, () => {
      if (group.isStopped || group.isInstalling || group.leader !== NO_REPLICA || this.#ports.clock.monotonicMs() >= group.eagerUntilMs) return;
      // Asking again would make votes worthless that are being written: a sync may well take longer than the pause.
      if (!group.isCandidate) {
        group.node.campaign();
        this.#parts.turn.mark(group);
      }
      this.#campaignEagerly(group);
    });
  }
  #tick(): void {
    const nowMs = this.#ports.clock.monotonicMs();
    // A late tick must not be followed by an early one: the lease counts on a tick being a tick.
    if (nowMs - this.#lastTickMs < this.#tuning.tickMs - 1) return;
    const lateMs = nowMs - this.#lastTickMs - this.#tuning.tickMs;
    this.#lastTickMs = nowMs;
    this.#parts.snapshots.expire(nowMs);
    const {hibernation} = this.#parts;
    hibernation.watch(nowMs, lateMs);
    for (const group of hibernation.awake) {
      if (group.isInstalling || hibernation.tryToSleep(group, nowMs)) continue;
      tickGroup(group, nowMs, this.#ports.events);
      if (group.isLog && group.isLeader) this.transferLeader(group.id, transferTarget(group));
      if (group.heldTransfer !== undefined && nowMs >= group.heldTransfer.untilMs) group.beginHeldTransfer(true);
      if (group.node.hasReady() || group.proposals.hasQueued) this.#parts.turn.mark(group);
    }
    this.#health.observe(hibernation.awake, () => this.#groups.values(), this.#ports.clock, lateMs, (group) => this.transferLeader(group.id, transferTarget(group)));
  }
  /** The group, awake: somebody needs it. */
  #use(groupId: GroupId): Group | undefined {
    const group = this.#groups.get(groupId);
    if (group !== undefined) this.#parts.hibernation.use(group);
    return group;
  }
  #obstacle(group: Group | undefined): HostFailure | undefined {
    if (this.#state !== 'running') return {code: 'Stopped'};
    if (group === undefined) return {code: 'UnknownGroup'};
    if (group.isLog) return {code: 'NotLeader', leaderHint: group.isLeader ? NO_REPLICA : group.leaderHint};
    return group.isLeader ? undefined : {code: 'NotLeader', leaderHint: group.leaderHint};
  }
  #refuse(done: ProposeCallback, failure: HostFailure): void {
    this.#metrics.proposalsFailed.add(1);
    this.#later(() => done({ok: false, failure}));
  }
  #later(callback: () => void): void {
    this.#ports.timers.nextTurn(callback);
  }
  #lifecycle(): LifecycleContext {
    return {ports: this.#ports, parts: this.#parts};
  }
  #halt(): void {
    if (this.#state === 'stopped') return;
    this.#state = 'stopped';
    for (const timer of this.#timers.splice(0)) timer.cancel();
    const {turn, appender, applyQueue, sender, snapshots, truncation} = this.#parts;
    for (const part of [turn, appender, applyQueue, sender, snapshots, truncation]) part.stop();
    for (const group of this.#groups.values()) this.#metrics.proposalsFailed.add(group.stop());
    this.#groups.clear();
  }
  /** Nothing of this host may be believed any more: no message leaves, nobody is answered well. */
  #fail(part: 'log' | 'store', cause: unknown): void {
    if (this.#isOver) return;
    this.#halt();
    const reason = cause instanceof Error ? cause.message : String(cause);
    emitEvent(this.#ports.events, {event: part === 'log' ? 'raft-host/log-poisoned' : 'raft-host/store-failed', reason});
    this.#options.onFatal(new RaftHostError({code: 'StorageFailed', part}, {cause}));
  }
  #collect(): void {
    let hasLeaderCount = 0;
    let lagMax = 0;
    for (const group of this.#groups.values()) {
      if (group.leader !== NO_REPLICA) hasLeaderCount += 1;
      // Whoever sleeps is level.
      if (!group.isAsleep) for (const peer of group.progress()) if (peer.isActive) lagMax = Math.max(lagMax, group.commit - peer.match);
    }
    this.#metrics.hasLeader.set(hasLeaderCount);
    this.#metrics.proposalsPending.set(this.#budget.count);
    this.#metrics.followerLag.set(lagMax);
    this.#metrics.asleep.set(this.#parts.hibernation.asleepCount);
  }
}
