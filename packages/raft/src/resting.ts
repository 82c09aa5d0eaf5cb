import {NO_REPLICA, assert} from '@murmuration/base';

import type {RaftCore} from './raft-core.js';
import {broadcastHeartbeat} from './sending.js';

/** Whether nothing would happen for as long as the leader only repeated itself. */
export function isAtRest(core: RaftCore): boolean {
  const {log, tracker} = core;
  const last = log.lastIndex();
  if (log.committed !== last || log.applied !== last || log.unstable.hasEntries || log.unstable.snapshot !== undefined) return false;
  if (core.messagesAfterAppend.length > 0 || core.readStates.length > 0 || core.lead === NO_REPLICA) return false;
  if (core.state === 'Follower') return true;
  if (core.state !== 'Leader' || core.leadTransferee !== NO_REPLICA || tracker.isJoint || core.pendingConfIndex > log.applied) return false;
  if (!core.hasCommittedInTerm || core.earlyReads.length > 0 || core.reads.lastContext() !== undefined) return false;
  return tracker.peers.every((peer) => {
    return peer.id === core.id || (peer.state === 'StateReplicate' && peer.match === last && peer.inflights.count === 0 && peer.isRecentlyActive);
  });
}

/** Time is counted again from here. */
export function resume(core: RaftCore, quietTicks: number): void {
  assert(quietTicks >= 0 && Number.isSafeInteger(quietTicks), 'whole ticks were left out', {quietTicks});
  core.electionElapsedTicks = 0;
  core.heartbeatElapsedTicks = 0;
  // Whether the others live is asked from now on: what was heard of them before says nothing of the time between.
  if (core.state === 'Leader') broadcastHeartbeat(core);
  // One tick short of the timeout, so that it is a tick that ends it.
  else core.electionElapsedTicks = Math.min(quietTicks, core.options.electionTicks - 1);
}
