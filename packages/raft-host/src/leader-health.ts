import type {Clock, EventSink, GroupId, LogIndex, LogPort} from '@murmuration/base';
import {NO_REPLICA} from '@murmuration/base';
import {emitEvent} from './events.js';
import type {Group} from './group.js';
import type {LogAppender} from './log-appender.js';
import type {RaftHostMetrics} from './metrics.js';
import type {RaftHostTuning} from './options.js';
import {transferTarget} from './ticking.js';

/** Why this process is a bad place for leaders now. */
export type HealthReason = 'late-loop' | 'slow-sync' | 'apply-stalled' | 'disk-low';

/** Part of E by which a tick may be late, and which one sync may take. */
const LATE_RATIO = 1 / 3;
const SYNC_RATIO = 1 / 2;
/** One pause is over when it is seen; a second one within so many E tells of more to come. */
const LATE_WINDOW_RATIO = 3;
/** Leaderships are given away at most once in so many E: others may be no better off, and they must not be tossed about. */
const PAUSE_RATIO = 10;

/**
 * Watches what heartbeats do not show: a leader whose event loop, disk or store hangs keeps its followers quiet and
 * serves nobody. Such a process gives its leaderships to live voters.
 */
export class LeaderHealth {
  readonly #electionMs: number;
  readonly #isLoopShared: boolean;
  readonly #log: LogPort;
  readonly #appender: LogAppender;
  readonly #events: EventSink;
  readonly #metrics: RaftHostMetrics;
  #lateAtMs = Number.NEGATIVE_INFINITY;
  #givenAwayAtMs = Number.NEGATIVE_INFINITY;
  #isLowTold = false;
  /** Led groups whose applied index lies behind the commit index, and since when it stands still. */
  readonly #stalls = new Map<GroupId, {readonly applied: LogIndex; readonly sinceMs: number}>();

  constructor(tuning: RaftHostTuning, log: LogPort, appender: LogAppender, events: EventSink, metrics: RaftHostMetrics) {
    this.#electionMs = tuning.electionTicks * tuning.tickMs;
    this.#isLoopShared = tuning.isLoopShared;
    this.#log = log;
    this.#appender = appender;
    this.#events = events;
    this.#metrics = metrics;
  }
  /**
   * Once a tick.
   * @param groups those awake: where nothing happens nothing is stalled
   * @param all those asleep too, which are given away with the others
   * @param lateMs by how much this tick came after its time
   * @param transfer hands a led group to its best live voter
   */
  observe(groups: Iterable<Group>, all: () => Iterable<Group>, clock: Clock, lateMs: number, transfer: (group: Group) => void): void {
    const nowMs = clock.monotonicMs();
    const led = ledOf(groups);
    // Asked at every tick, though nobody may write: the answer keeps the log's view of the disk fresh.
    const hasRoom = this.#log.hasRoom();
    const reason = this.#reason(led, () => ledOf(all()).length > 0, nowMs, lateMs, hasRoom);
    if (reason === undefined || nowMs - this.#givenAwayAtMs < this.#electionMs * PAUSE_RATIO) return;
    const movable = ledOf(all()).filter((group) => transferTarget(group) !== NO_REPLICA);
    if (movable.length === 0) return;
    this.#givenAwayAtMs = nowMs;
    this.#metrics.leadershipsGivenAway.with({reason}).add(movable.length);
    emitEvent(this.#events, {event: 'raft-host/leaderships-given-away', reason, groupCount: movable.length});
    for (const group of movable) transfer(group);
  }

  #reason(led: readonly Group[], leads: () => boolean, nowMs: number, lateMs: number, hasRoom: boolean): HealthReason | undefined {
    const isLate = !this.#isLoopShared && lateMs > this.#electionMs * LATE_RATIO;
    const wasLate = nowMs - lateMs - this.#lateAtMs < this.#electionMs * LATE_WINDOW_RATIO;
    if (isLate) this.#lateAtMs = nowMs;
    const isStalled = this.#isApplyStalled(led, nowMs);
    if (isLate && wasLate) return 'late-loop';
    // While the loop stood still the sync may have ended long ago, unseen: the next tick will tell.
    if (!isLate && this.#appender.oldestAppendMs(nowMs) > this.#electionMs * SYNC_RATIO) return 'slow-sync';
    if (!isLate && isStalled) return 'apply-stalled';
    if (hasRoom) this.#isLowTold = false;
    if (hasRoom || this.#isLowTold || !leads()) return undefined;
    // Once: processes that share a disk run low together, and would pass their groups around for nothing.
    this.#isLowTold = true;
    return 'disk-low';
  }
  #isApplyStalled(led: readonly Group[], nowMs: number): boolean {
    let isStalled = false;
    const behind = new Set<GroupId>();
    for (const group of led) {
      if (group.applied >= group.commit) continue;
      behind.add(group.id);
      const known = this.#stalls.get(group.id);
      if (known?.applied !== group.applied) this.#stalls.set(group.id, {applied: group.applied, sinceMs: nowMs});
      else if (nowMs - known.sinceMs > this.#electionMs) isStalled = true;
    }
    for (const group of [...this.#stalls.keys()]) if (!behind.has(group)) this.#stalls.delete(group);
    return isStalled;
  }
}

function ledOf(groups: Iterable<Group>): readonly Group[] {
  const led: Group[] = [];
  for (const group of groups) if (group.isLeader && !group.isInstalling) led.push(group);
  return led;
}
