import type {Clock, GroupId, ReplicaId, Timers} from '@murmuration/base';
import {NO_REPLICA} from '@murmuration/base';
import type {Group} from './group.js';
import type {RaftHostTuning} from './options.js';
import {isClose} from './membership.js';
import {transferTarget} from './ticking.js';

/** Transfers under way at once: each is an election of its own. */
const TRANSFERS_MAX = 64;
/** Part of the time for transfers in which a group may be kept back for a follower that catches up. */
const KEPT_BACK_RATIO = 0.6;

/**
 * Hands every leadership of this process to a live voter, the one with the longest log first, several at once. A
 * transfer that did not succeed within E is tried again, with whom is best then. Ends when nothing is left to hand
 * over, or after `stopTransferMsMax`. A group whose others could not commit without this replica, as one of them still
 * catches up, is kept for a while: its next leader would wait for that one with every write.
 * @param isOver asked between steps: the host failed meanwhile
 * @returns groups that are still led here
 */
export async function handOver(
  groups: () => Iterable<Group>, transfer: (group: GroupId, to: ReplicaId) => void, isOver: () => boolean, clock: Clock, timers: Timers, tuning: RaftHostTuning,
): Promise<number> {
  const electionMs = tuning.electionTicks * tuning.tickMs;
  const untilMs = clock.monotonicMs() + tuning.stopTransferMsMax;
  const keptUntilMs = clock.monotonicMs() + tuning.stopTransferMsMax * KEPT_BACK_RATIO;
  const startedMs = new Map<GroupId, number>();
  for (;;) {
    const nowMs = clock.monotonicMs();
    const led = [...groups()].filter((group) => group.isLeader && !group.isStopped);
    const movable = led.filter((group) => transferTarget(group) !== NO_REPLICA);
    const isPatient = nowMs < keptUntilMs;
    let underWay = movable.filter((group) => nowMs - (startedMs.get(group.id) ?? Number.NEGATIVE_INFINITY) < electionMs).length;
    for (const group of movable) {
      if (nowMs - (startedMs.get(group.id) ?? Number.NEGATIVE_INFINITY) < electionMs || underWay >= TRANSFERS_MAX) continue;
      if (isPatient && needsThisReplica(group)) continue;
      underWay += 1;
      startedMs.set(group.id, nowMs);
      transfer(group.id, transferTarget(group));
    }
    if (isOver() || movable.length === 0 || nowMs >= untilMs) return led.length;
    await new Promise<void>((resolve) => {
      timers.after(Math.max(1, tuning.tickMs / 10), resolve);
    });
  }
}

/** Whether enough others are alive to commit without this replica, and too few of them are nearly level to do it at once. */
function needsThisReplica(group: Group): boolean {
  const {voters, votersOutgoing} = group.confState;
  const others = group.progress().filter((peer) => peer.replica !== group.replica && peer.isActive);
  const live = new Set(others.map((peer) => peer.replica));
  const close = new Set(others.filter(isClose).map((peer) => peer.replica));
  return hasMajority(voters, live) && hasMajority(votersOutgoing, live) && !(hasMajority(voters, close) && hasMajority(votersOutgoing, close));
}
function hasMajority(voters: readonly ReplicaId[], among: ReadonlySet<ReplicaId>): boolean {
  return voters.length === 0 || voters.filter((voter) => among.has(voter)).length * 2 > voters.length;
}
