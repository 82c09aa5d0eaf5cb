import {NO_REPLICA} from '@murmuration/base';

import {markIndex} from './marks.js';
import type {Progress} from './progress.js';
import type {RaftCore} from './raft-core.js';
import {confirmReads, releaseEarlyReads} from './reading.js';
import {broadcastAppend, maybeCommit, maybeSendAppend, sendAppend} from './sending.js';
import type {Message} from './types.js';

/** A follower's answer to an App or a snapshot, or the leader's own after its write. */
export function handleAppendResponse(core: RaftCore, progress: Progress, message: Message): void {
  progress.isRecentlyActive = true;
  if (message.reject) handleRejection(core, progress, message);
  else handleAcknowledgement(core, progress, message);
}

function handleRejection(core: RaftCore, progress: Progress, message: Message): void {
  let hint = message.rejectHint;
  // The follower has term `logTerm` at the hint. Where this log has a higher term at or below it, the two cannot
  // meet, as terms never fall along a log. So the next probe goes to the first place where they can.
  if (message.logTerm > 0) hint = core.log.findConflictByTerm(hint, message.logTerm).index;
  if (!progress.reject(message.index, hint)) return;
  if (progress.state === 'StateReplicate') progress.becomeProbe();
  maybeSendAppend(core, progress, true);
}

function handleAcknowledgement(core: RaftCore, progress: Progress, message: Message): void {
  const isNew = progress.acknowledge(message.index);
  // An answer that says nothing new still ends probing: it proves that the logs meet at `match`.
  if (!isNew && !(progress.match === message.index && progress.state === 'StateProbe')) return;
  switch (progress.state) {
    case 'StateProbe':
      progress.becomeReplicate();
      break;
    case 'StateSnapshot':
      // Any acknowledgement that reaches into this log will do, whichever snapshot it came from.
      if (progress.match + 1 >= core.log.firstIndex()) {
        progress.becomeProbe();
        progress.becomeReplicate();
      }
      break;
    case 'StateReplicate':
      progress.inflights.freeThrough(message.index);
      break;
  }
  const isPeer = message.from !== core.id;
  if (maybeCommit(core)) {
    releaseEarlyReads(core);
    broadcastAppend(core);
  } else if (isPeer && progress.canBumpCommit(core.log.committed)) {
    // It may not know the newest commit index. The next heartbeat would tell it too, but later.
    maybeSendAppend(core, progress, true);
  }
  if (!isPeer) return;
  // The window may have room for several more now.
  while (maybeSendAppend(core, progress, false));
  if (message.from === core.leadTransferee && progress.match === core.log.lastIndex()) sendTimeoutNow(core, progress);
}

export function handleHeartbeatResponse(core: RaftCore, progress: Progress, message: Message): void {
  progress.isRecentlyActive = true;
  progress.isAppendPaused = false;
  // A follower that lacks entries is prompted, even with a full window: all that is in flight may have been lost. One
  // that is being probed is prompted even if it lacks nothing, since only an answer to an App ends the probing.
  if (progress.match < core.log.lastIndex() || progress.state === 'StateProbe') sendAppend(core, message.from);
  confirmReads(core, message);
}

/** The host says how the sending of a snapshot ended. */
export function handleSnapshotStatus(progress: Progress, isFailed: boolean): void {
  if (progress.state !== 'StateSnapshot') return;
  // After a failure the follower still has what it had, so probing does not start behind the snapshot.
  if (isFailed) progress.pendingSnapshot = markIndex(0);
  progress.becomeProbe();
  // Delivered: its acknowledgement comes by itself. Failed: not again before a heartbeat was answered.
  progress.isAppendPaused = true;
}

/** The host could not deliver a message: what was streamed is probably lost. */
export function handleUnreachable(progress: Progress): void {
  if (progress.state === 'StateReplicate') progress.becomeProbe();
}

/** Starts to hand leadership over (Raft thesis, 3.10): the other catches up first, then is told to campaign at once. */
export function handleTransfer(core: RaftCore, progress: Progress): void {
  if (progress.isLearner || core.leadTransferee === progress.id) return;
  core.leadTransferee = NO_REPLICA;
  if (progress.id === core.id) return;
  // It has one election timeout from now.
  core.electionElapsedTicks = 0;
  core.leadTransferee = progress.id;
  if (progress.match === core.log.lastIndex()) sendTimeoutNow(core, progress);
  else maybeSendAppend(core, progress, true);
}

function sendTimeoutNow(core: RaftCore, progress: Progress): void {
  core.isLeaseGivenUp = true;
  core.send({type: 'TimeoutNow', to: progress.id});
}
