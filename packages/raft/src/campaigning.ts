import {assert, equalBytes, NO_REPLICA, utf8Encode} from '@murmuration/base';
import type {LogIndex, ReplicaId, Term} from '@murmuration/base';

import {markTerm} from './marks.js';
import type {RaftCore} from './raft-core.js';
import {becomeCandidate, becomeFollower, becomeLeader, becomePreCandidate} from './roles.js';
import {broadcastAppend} from './sending.js';
import type {Message} from './types.js';

/** Why an election is held. A transfer skips the pre-vote and the lease, as the leader itself asked for it. */
export type CampaignKind = 'pre-election' | 'election' | 'transfer';

const TRANSFER_CONTEXT = utf8Encode('CampaignTransfer');

/** Stands for election unless there is a reason not to. */
export function tryCampaign(core: RaftCore, kind: CampaignKind): void {
  if (core.state === 'Leader') return;
  if (!core.isPromotable) {
    refuse(core, 'not promotable');
    return;
  }
  if (hasUnappliedConfChange(core)) {
    // It might be elected by a majority that is none any more.
    refuse(core, 'configuration change not applied yet');
    return;
  }
  campaign(core, kind);
}

function refuse(core: RaftCore, reason: string): void {
  core.emit({event: 'raft/campaign-refused', level: 'debug', replica: core.id, term: core.term, reason});
}

function hasUnappliedConfChange(core: RaftCore): boolean {
  const {applied, committed} = core.log;
  if (applied >= committed) return false;
  return core.log.some(applied + 1, committed + 1, core.options.committedSizeBytesMax, (entry) => entry.kind !== 0);
}

function campaign(core: RaftCore, kind: CampaignKind): void {
  const isPreVote = kind === 'pre-election';
  if (isPreVote) becomePreCandidate(core);
  else becomeCandidate(core);
  // A pre-vote asks about the term that would come.
  const term = isPreVote ? markTerm(core.term + 1) : core.term;
  const index = core.log.lastIndex();
  const logTerm = core.log.lastTerm();
  for (const to of core.tracker.voterIds()) {
    if (to === core.id) {
      // The own vote counts once it is durable, like the others'.
      core.send({type: isPreVote ? 'PreVoteResp' : 'VoteResp', to, term});
    } else if (kind === 'transfer') {
      core.send({type: 'Vote', to, term, index, logTerm, context: TRANSFER_CONTEXT});
    } else {
      core.send({type: isPreVote ? 'PreVote' : 'Vote', to, term, index, logTerm, ...knownToLate(core, to)});
    }
  }
}

/** Whether a vote is asked for because the leader itself handed over: no promise to that leader stands against it. */
export function isTransferVote(message: Message): boolean {
  return message.type === 'Vote' && equalBytes(message.context, TRANSFER_CONTEXT);
}

/**
 * Whether a vote request of a higher term is to be ignored altogether, because a leader was heard from within the
 * election timeout (Raft thesis, 4.2.3): whoever was removed or cut off disturbs nobody.
 */
export function isWithinLease(core: RaftCore, message: Message): boolean {
  if (isTransferVote(message)) return false;
  return core.options.checkQuorum && core.lead !== NO_REPLICA && core.electionElapsedTicks < core.options.electionTicks;
}

/**
 * Answers a vote or pre-vote request of this term or (pre-vote only) a later one. Learners answer too: one that was
 * promoted may not know it yet, and the group may need its vote to elect whoever can tell it.
 */
export function answerVoteRequest(core: RaftCore, message: Message): void {
  assert(message.type === 'Vote' || message.type === 'PreVote', 'a vote request');
  if (core.state !== 'Leader') learnCommit(core, message.commit, message.commitTerm);
  const isPreVote = message.type === 'PreVote';
  const answer = isPreVote ? 'PreVoteResp' : 'VoteResp';
  const canVote = core.vote === message.from ||
    (core.vote === NO_REPLICA && core.lead === NO_REPLICA) ||
    (isPreVote && message.term > core.term);
  if (canVote && core.log.isUpToDate(message.index, message.logTerm)) {
    // The answer carries the term asked about: for a pre-vote it is above ours, and the asker ignores older ones.
    core.send({type: answer, to: message.from, term: message.term});
    if (!isPreVote) {
      core.electionElapsedTicks = 0;
      core.vote = message.from;
    }
    return;
  }
  core.send({type: answer, to: message.from, term: core.term, reject: true, ...knownToOutsider(core)});
}

/**
 * What a refusal tells when the refuser is no voter any more by its own view: the newest entry it knows to be committed.
 * A leader that demoted itself may be the only one to know so, and hold more entries than those whose election it
 * refuses; it never campaigns, and they would ask for its vote for ever.
 */
function knownToOutsider(core: RaftCore): {readonly index?: LogIndex; readonly logTerm?: Term} {
  const own = core.tracker.progress(core.id);
  if (own !== undefined && !own.isLearner) return {};
  const {committed} = core.log;
  return {index: committed, logTerm: core.log.termOrZero(committed)};
}

/**
 * What a request tells to whom refused the last one and knew less to be committed. It may have become a voter with an
 * entry that it holds and does not know to be committed: it never campaigns then, and refuses everybody with a shorter log.
 */
function knownToLate(core: RaftCore, to: ReplicaId): {readonly commit?: LogIndex; readonly commitTerm?: Term} {
  const {committed} = core.log;
  const told = core.committedOfRefusers.get(to);
  return told === undefined || told >= committed ? {} : {commit: committed, commitTerm: core.log.termOrZero(committed)};
}

/** An entry that is committed elsewhere and stands here is committed here too. */
function learnCommit(core: RaftCore, index: LogIndex, term: Term): void {
  if (term > 0 && core.log.matchesTerm(index, term)) core.log.commitTo(index);
}

/** Counts an answer to the own request, and acts when the election is decided. */
export function countVote(core: RaftCore, message: Message): void {
  if (message.reject && message.logTerm > 0) {
    // With what is committed there may come the configuration that asks for fewer votes, or for other ones.
    learnCommit(core, message.index, message.logTerm);
    core.committedOfRefusers.set(message.from, message.index);
  } else {
    core.committedOfRefusers.delete(message.from);
  }
  core.tracker.recordVote(message.from, !message.reject);
  switch (core.tracker.voteResult()) {
    case 'VoteWon':
      if (core.state === 'PreCandidate') {
        campaign(core, 'election');
      } else {
        becomeLeader(core);
        broadcastAppend(core);
      }
      return;
    case 'VoteLost':
      // The term of a refused pre-vote may be above ours; it is not taken over by losing.
      becomeFollower(core, core.term, NO_REPLICA);
      return;
    case 'VotePending':
      return;
  }
}
