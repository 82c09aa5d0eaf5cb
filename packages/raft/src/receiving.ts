import {markIndex} from './marks.js';
import type {RaftCore} from './raft-core.js';
import type {Message} from './types.js';

/** A follower's part in replication: takes the leader's entries when they meet its log. */
export function handleAppend(core: RaftCore, message: Message): void {
  if (message.index < core.log.committed) {
    // An old App; what it could say is known. The answer tells the leader how far this log surely agrees.
    core.send({type: 'AppResp', to: message.from, index: core.log.committed});
    return;
  }
  const last = core.log.maybeAppend(message.index, message.logTerm, message.entries, message.commit);
  if (last !== undefined) {
    core.send({type: 'AppResp', to: message.from, index: last});
    return;
  }
  // The logs do not meet. All of this log above the leader's term at that index cannot meet it either, so the hint
  // passes over it: one round for each term that differs, instead of one for each entry.
  const from = markIndex(Math.min(message.index, core.log.lastIndex()));
  const hint = core.log.findConflictByTerm(from, message.logTerm);
  core.send({
    type: 'AppResp', to: message.from, index: message.index, reject: true, rejectHint: hint.index, logTerm: hint.term,
  });
}

export function handleHeartbeat(core: RaftCore, message: Message): void {
  core.log.commitTo(message.commit);
  core.send({type: 'HeartbeatResp', to: message.from, context: message.context});
}
