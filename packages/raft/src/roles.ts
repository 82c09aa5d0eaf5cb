import {assert, EMPTY_BYTES, NO_REPLICA} from '@murmuration/base';
import type {LogEntry, LogEntryKind, ReplicaId, Term} from '@murmuration/base';

import {payloadSizeBytes} from './entry-size.js';
import {markIndex, markTerm} from './marks.js';
import type {RaftCore} from './raft-core.js';

/** An entry before the leader gives it its place. */
export interface Proposal {
  readonly kind: LogEntryKind;
  readonly data: Uint8Array;
}

const NO_OP: readonly Proposal[] = [{kind: 0, data: EMPTY_BYTES}];

export function becomeFollower(core: RaftCore, term: Term, lead: ReplicaId): void {
  reset(core, term);
  core.lead = lead;
  core.state = 'Follower';
  core.emit({event: 'raft/became-follower', level: 'debug', replica: core.id, term, lead});
}

export function becomeCandidate(core: RaftCore): void {
  assert(core.state !== 'Leader', 'a leader does not stand for election');
  reset(core, markTerm(core.term + 1));
  core.vote = core.id;
  core.state = 'Candidate';
  core.emit({event: 'raft/became-candidate', level: 'info', replica: core.id, term: core.term});
}

/** Only asks whether an election could be won: term and vote stay (Raft thesis, 9.6). The leader is forgotten, or two replicas that hear it no more could refuse each other for ever. */
export function becomePreCandidate(core: RaftCore): void {
  assert(core.state !== 'Leader', 'a leader does not stand for election');
  core.tracker.resetVotes();
  core.lead = NO_REPLICA;
  core.state = 'PreCandidate';
  core.emit({event: 'raft/became-pre-candidate', level: 'debug', replica: core.id, term: core.term});
}

export function becomeLeader(core: RaftCore): void {
  assert(core.state !== 'Follower', 'a follower is elected first');
  reset(core, core.term);
  core.lead = core.id;
  core.state = 'Leader';
  const own = core.tracker.progress(core.id);
  assert(own !== undefined, 'a leader is a member when elected');
  own.becomeReplicate();
  own.isRecentlyActive = true;
  // There may be a configuration change in the part of the log that is not applied. Looking for it could be long;
  // waiting until that part is applied is always safe.
  core.pendingConfIndex = core.log.lastIndex();
  const isAppended = appendProposals(core, NO_OP);
  assert(isAppended, 'an empty entry is never refused');
  core.emit({event: 'raft/became-leader', level: 'info', replica: core.id, term: core.term, lastIndex: core.log.lastIndex()});
}

/** Forgets everything that belongs to a role. Only a higher term clears the vote. */
function reset(core: RaftCore, term: Term): void {
  assert(term >= core.term, 'the term never goes back', {from: core.term, to: term});
  if (core.term !== term) {
    core.term = term;
    core.vote = NO_REPLICA;
  }
  core.lead = NO_REPLICA;
  core.electionElapsedTicks = 0;
  core.heartbeatElapsedTicks = 0;
  core.drawElectionTimeout();
  core.leadTransferee = NO_REPLICA;
  core.isLeaseGivenUp = false;
  core.tracker.resetVotes();
  const last = core.log.lastIndex();
  for (const peer of core.tracker.peers) {
    peer.restart(peer.id === core.id ? last : markIndex(0), markIndex(last + 1));
  }
  core.pendingConfIndex = markIndex(0);
  core.uncommittedSizeBytes = 0;
  core.reads.clear();
  core.earlyReads = [];
}

/**
 * Appends to the leader's own log. Its acknowledgement to itself waits for the write, like anyone else's.
 * @returns false when refused because too much is uncommitted
 */
export function appendProposals(core: RaftCore, proposals: readonly Proposal[]): boolean {
  const size = payloadSizeBytes(proposals);
  const held = core.uncommittedSizeBytes;
  // Anything goes when nothing waits, or one large proposal could never pass. Empty entries always go: the no-op of a
  // new leader and the way out of a joint configuration must not depend on load.
  if (held > 0 && size > 0 && held + size > core.options.uncommittedSizeBytesMax) return false;
  core.uncommittedSizeBytes = held + size;

  const entries: LogEntry[] = [];
  let index: number = core.log.lastIndex();
  for (const {kind, data} of proposals) {
    index += 1;
    entries.push({index: markIndex(index), term: core.term, kind, data});
  }
  const last = core.log.append(entries);
  core.send({type: 'AppResp', to: core.id, index: last});
  return true;
}
