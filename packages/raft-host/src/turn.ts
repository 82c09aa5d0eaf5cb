import type {Clock, Timers, WriteBatch} from '@murmuration/base';
import type {Message} from '@murmuration/raft';
import {APPEND_THREAD, APPLY_THREAD} from '@murmuration/raft';
import type {ApplyQueue} from './apply-queue.js';
import type {Group} from './group.js';
import {hardStateOf} from './group.js';
import type {LogAppender} from './log-appender.js';
import type {Outbox} from './outbox.js';

/** The parts a turn carries messages to. */
export interface TurnParts {
  readonly outbox: Outbox;
  readonly appender: LogAppender;
  readonly applyQueue: ApplyQueue;
  /** Something happened to a group that slept. */
  wake(group: Group): void;
  /** A snapshot is to be sent. */
  sendSnapshot(group: Group, message: Message): void;
  /** The core accepted a snapshot: state and log are to be replaced, then `message.responses` delivered. */
  installSnapshot(group: Group, message: Message): void;
}

/** Times one group's Ready is asked for before the others get their turn again. */
const READY_ROUNDS_MAX = 4;
/** Sweeps over all dirty groups in one turn: then the event loop gets its chance to see I/O. */
const SWEEPS_MAX = 8;

/**
 * One turn of the event loop works for all groups that have something to do: their messages leave in one post a
 * peer, what they want durable goes to the log in one append, and what committed is applied. Messages are posted
 * before the append is handed over, so followers sync while this process does.
 */
export class Turn {
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #parts: TurnParts;
  #dirty: Group[] = [];
  #isScheduled = false;
  #isStopped = false;

  constructor(clock: Clock, timers: Timers, parts: TurnParts) {
    this.#clock = clock;
    this.#timers = timers;
    this.#parts = parts;
  }
  /** Something happened to the group: it is looked at in the next turn. */
  mark(group: Group): void {
    if (group.isAsleep) this.#parts.wake(group);
    if (!group.isDirty && !group.isStopped) {
      group.isDirty = true;
      this.#dirty.push(group);
    }
    this.schedule();
  }
  schedule(): void {
    if (this.#isScheduled || this.#isStopped) return;
    this.#isScheduled = true;
    this.#timers.nextTurn(() => {
      this.#isScheduled = false;
      if (!this.#isStopped) this.#run();
    });
  }
  stop(): void {
    this.#isStopped = true;
    this.#dirty = [];
  }
  /** Carries out what had to wait until an append was durable. */
  deliver(group: Group, responses: readonly Message[]): void {
    if (group.isStopped) return;
    for (const response of responses) this.#deliverOne(group, response);
    this.mark(group);
  }
  /** Applies one StorageApply message: the apply queue's callback. */
  applyMessage(group: Group, message: Message, batch: WriteBatch): void {
    group.apply(message.entries, batch);
    this.deliver(group, message.responses);
  }

  #run(): void {
    for (let sweep = 0; sweep < SWEEPS_MAX; sweep += 1) {
      const dirty = this.#dirty;
      this.#dirty = [];
      for (const group of dirty) {
        group.isDirty = false;
        if (!group.isStopped && !group.isInstalling) this.#handle(group);
      }
      const hasApplied = this.#parts.applyQueue.apply();
      if (!hasApplied && this.#dirty.length === 0) break;
    }
    this.#parts.outbox.flush();
    this.#parts.appender.submit();
    this.#parts.applyQueue.schedule();
    if (this.#dirty.length > 0) this.schedule();
  }
  #handle(group: Group): void {
    group.offer();
    for (let round = 0; group.node.hasReady(); round += 1) {
      if (round === READY_ROUNDS_MAX) {
        this.mark(group);
        return;
      }
      const ready = group.node.ready();
      group.observe(ready);
      for (const message of ready.messages) this.#carryOut(group, message);
      if (group.isStopped || group.isInstalling) return;
    }
  }
  #carryOut(group: Group, message: Message): void {
    if (message.to === APPEND_THREAD) this.#append(group, message);
    else if (message.to === APPLY_THREAD) this.#parts.applyQueue.add(group, message);
    else this.#send(group, message);
  }
  #append(group: Group, message: Message): void {
    // A callback may have removed the group meanwhile: the log must not hear of it again.
    if (group.isStopped) return;
    if (message.snapshot !== undefined) {
      this.#parts.installSnapshot(group, message);
      return;
    }
    const hardState = hardStateOf(message);
    const done = (): void => this.deliver(group, message.responses);
    const hasNewVote = hardState !== undefined && group.logged(hardState);
    if (message.entries.length === 0 && !hasNewVote) {
      // A commit index alone can be worked out again: it is not worth a sync.
      if (hardState !== undefined) this.#parts.appender.addLazy({group: group.id, hardState});
      if (message.responses.length > 0) this.#parts.appender.barrier(done);
      return;
    }
    this.#parts.appender.add({
      group: group.id,
      ...(message.entries.length === 0 ? undefined : {entries: message.entries}),
      ...(hardState === undefined ? undefined : {hardState}),
    }, done);
  }
  #deliverOne(group: Group, response: Message): void {
    if (response.to === group.replica) group.node.step(response);
    else this.#send(group, response);
  }
  #send(group: Group, message: Message): void {
    const {outbox} = this.#parts;
    const node = group.nodeOf(message.to);
    if (message.type === 'Snap') {
      this.#parts.sendSnapshot(group, message);
      return;
    }
    if (node === undefined) {
      if (message.type === 'App') group.node.reportUnreachable(message.to);
      return;
    }
    switch (message.type) {
      case 'Heartbeat': {
        const nowMs = this.#clock.monotonicMs();
        // Without an entry of its own term committed, the leader can't know how far earlier leaders committed.
        const ageMs = group.appliedTerm === group.term ? nowMs - group.lease.confirmedAtMs(nowMs) : Number.POSITIVE_INFINITY;
        outbox.heartbeat(node, group.id, message, {leaderCommit: group.commit, ageMs});
        return;
      }
      case 'HeartbeatResp': {
        const heartbeat = group.heartbeat;
        if (heartbeat?.from === message.to && heartbeat.term === message.term) {
          outbox.heartbeatResponse(node, group.id, message, heartbeat.sentAtMs);
          return;
        }
        break;
      }
      case 'TimeoutNow':
        group.lease.revoke();
        break;
      default:
        break;
    }
    outbox.message(node, group.id, message);
  }
}
