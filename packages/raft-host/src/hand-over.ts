import type {Clock, GroupId, ReplicaId, Timers} from '@murmuration/base';
import {NO_REPLICA} from '@murmuration/base';
import type {Group} from './group.js';
import type {RaftHostTuning} from './options.js';
import {transferTarget} from './ticking.js';

/** Transfers under way at once: each is an election of its own. */
const TRANSFERS_MAX = 64;

/**
 * Hands every leadership of this process to a live voter, the one with the longest log first, several at once. A
 * transfer that did not succeed within E is tried again, with whom is best then. Ends when nothing is left to hand
 * over, or after `stopTransferMsMax`.
 * @param isOver asked between steps: the host failed meanwhile
 * @returns groups that are still led here
 */
export async function handOver(
  groups: () => Iterable<Group>, transfer: (group: GroupId, to: ReplicaId) => void, isOver: () => boolean, clock: Clock, timers: Timers, tuning: RaftHostTuning,
): Promise<number> {
  const electionMs = tuning.electionTicks * tuning.tickMs;
  const untilMs = clock.monotonicMs() + tuning.stopTransferMsMax;
  const startedMs = new Map<GroupId, number>();
  for (;;) {
    const nowMs = clock.monotonicMs();
    const led = [...groups()].filter((group) => group.isLeader && !group.isStopped);
    const movable = led.filter((group) => transferTarget(group) !== NO_REPLICA);
    let underWay = movable.filter((group) => nowMs - (startedMs.get(group.id) ?? Number.NEGATIVE_INFINITY) < electionMs).length;
    for (const group of movable) {
      if (nowMs - (startedMs.get(group.id) ?? Number.NEGATIVE_INFINITY) < electionMs || underWay >= TRANSFERS_MAX) continue;
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
