import {NO_REPLICA, unreachable} from '@murmuration/base';

import {
  handleAppendResponse, handleHeartbeatResponse, handleSnapshotStatus, handleTransfer, handleUnreachable,
} from './acknowledging.js';
import {answerVoteRequest, countVote, isWithinLease, tryCampaign} from './campaigning.js';
import {entriesSizeBytes, payloadSizeBytes} from './entry-size.js';
import {appliedSnapshot, appliedTo, handleSnapshot} from './membership.js';
import {handleProposals} from './proposing.js';
import type {RaftCore, StepRefusal} from './raft-core.js';
import {handleReadIndex} from './reading.js';
import {handleAppend, handleHeartbeat} from './receiving.js';
import {becomeFollower} from './roles.js';
import {broadcastHeartbeat} from './sending.js';
import type {Message} from './types.js';

/** One tick of the host's clock. The core counts ticks and knows no other time. */
export function tick(core: RaftCore): void {
  if (core.state === 'Leader') tickLeader(core);
  else tickElection(core);
}

function tickElection(core: RaftCore): void {
  core.electionElapsedTicks += 1;
  if (core.isPromotable && core.electionElapsedTicks >= core.randomizedElectionTicks) {
    core.electionElapsedTicks = 0;
    startElection(core);
  }
}

function tickLeader(core: RaftCore): void {
  core.heartbeatElapsedTicks += 1;
  core.electionElapsedTicks += 1;
  if (core.electionElapsedTicks >= core.options.electionTicks) {
    core.electionElapsedTicks = 0;
    if (core.options.checkQuorum) checkQuorum(core);
    // A transfer that takes longer than this has failed; proposals are taken again.
    if (core.state === 'Leader') core.leadTransferee = NO_REPLICA;
  }
  // The quorum check may have ended the leadership.
  if (!isLeader(core)) return;
  if (core.heartbeatElapsedTicks >= core.options.heartbeatTicks) {
    core.heartbeatElapsedTicks = 0;
    broadcastHeartbeat(core);
  }
}

function isLeader(core: RaftCore): boolean {
  return core.state === 'Leader';
}

function startElection(core: RaftCore): void {
  tryCampaign(core, core.options.preVote ? 'pre-election' : 'election');
}

/** A leader that has not heard from a quorum for an election timeout gives up: others may have elected another. */
function checkQuorum(core: RaftCore): void {
  if (!core.tracker.isQuorumActive()) {
    core.emit({event: 'raft/stepped-down-without-quorum', level: 'warn', replica: core.id, term: core.term});
    becomeFollower(core, core.term, NO_REPLICA);
  }
  for (const peer of core.tracker.peers) if (peer.id !== core.id) peer.isRecentlyActive = false;
}

/** Takes one message. @returns why nothing was done with it, when the sender should know */
export function step(core: RaftCore, message: Message): StepRefusal | undefined {
  // Term 0 is a message of this replica's own, or a forwarded request.
  if (message.term !== 0) {
    if (message.term > core.term) {
      if (!admitHigherTerm(core, message)) return undefined;
    } else if (message.term < core.term) {
      answerLowerTerm(core, message);
      return undefined;
    }
  }
  switch (message.type) {
    case 'Hup':
      startElection(core);
      return undefined;
    case 'StorageAppendResp':
      if (message.index !== 0) core.log.unstable.stableTo(message.index, message.logTerm);
      if (message.snapshot !== undefined) appliedSnapshot(core, message.snapshot);
      return undefined;
    case 'StorageApplyResp':
      handleApplied(core, message);
      return undefined;
    case 'Vote':
    case 'PreVote':
      answerVoteRequest(core, message);
      return undefined;
    default:
      break;
  }
  switch (core.state) {
    case 'Leader': return stepLeader(core, message);
    case 'Candidate':
    case 'PreCandidate': return stepCandidate(core, message);
    case 'Follower': return stepFollower(core, message);
    default: return unreachable(core.state);
  }
}

/** @returns false when the message is to be dropped */
function admitHigherTerm(core: RaftCore, message: Message): boolean {
  const {type} = message;
  if ((type === 'Vote' || type === 'PreVote') && isWithinLease(core, message)) {
    core.emit({event: 'raft/vote-ignored-in-lease', level: 'debug', replica: core.id, term: core.term, candidate: message.from});
    return false;
  }
  // A pre-vote changes nobody's term, nor does a granted one: that term does not exist yet. The term of a refusal
  // is that of the refuser, and does.
  if (type === 'PreVote' || (type === 'PreVoteResp' && !message.reject)) return true;
  const isFromLeader = type === 'App' || type === 'Heartbeat' || type === 'Snap';
  becomeFollower(core, message.term, isFromLeader ? message.from : NO_REPLICA);
  return true;
}

function answerLowerTerm(core: RaftCore, message: Message): void {
  const {type} = message;
  if ((core.options.checkQuorum || core.options.preVote) && (type === 'Heartbeat' || type === 'App')) {
    // A leader of an older term. With these options its followers ignore our vote requests, so it could lead for ever
    // without our ever joining it. An answer with our term makes it step down and a new election bring us together.
    core.send({type: 'AppResp', to: message.from});
  } else if (type === 'PreVote') {
    // Told instead of ignored, or a group that mixes the two kinds of election could hang.
    core.send({type: 'PreVoteResp', to: message.from, term: core.term, reject: true});
  } else if (type === 'StorageAppendResp' && message.snapshot !== undefined) {
    // Entries written in an older term may have been replaced since, so they do not count as stable. A snapshot is
    // committed state in any term.
    appliedSnapshot(core, message.snapshot);
  }
}

function handleApplied(core: RaftCore, message: Message): void {
  const last = message.entries[message.entries.length - 1];
  if (last === undefined) return;
  appliedTo(core, last.index, entriesSizeBytes(message.entries));
  core.uncommittedSizeBytes = Math.max(0, core.uncommittedSizeBytes - payloadSizeBytes(message.entries));
}

function stepLeader(core: RaftCore, message: Message): StepRefusal | undefined {
  switch (message.type) {
    case 'Beat': broadcastHeartbeat(core); return undefined;
    case 'CheckQuorum': checkQuorum(core); return undefined;
    case 'Prop': return handleProposals(core, message.entries);
    case 'ReadIndex': return handleReadIndex(core, message);
    case 'ForgetLeader': return undefined;
    default: break;
  }
  const progress = core.tracker.progress(message.from);
  if (progress === undefined) return undefined;
  switch (message.type) {
    case 'AppResp':
      // Nobody can have what this leader never had: believed, such an answer would count as a copy of entries to come.
      if (message.reject || message.index <= core.log.lastIndex()) handleAppendResponse(core, progress, message);
      break;
    case 'HeartbeatResp': handleHeartbeatResponse(core, progress, message); break;
    case 'SnapStatus': handleSnapshotStatus(progress, message.reject); break;
    case 'Unreachable': handleUnreachable(progress); break;
    case 'TransferLeader': handleTransfer(core, progress); break;
    default: break;
  }
  return undefined;
}

function stepCandidate(core: RaftCore, message: Message): StepRefusal | undefined {
  switch (message.type) {
    case 'Prop':
      return 'ProposalDropped';
    case 'ReadIndex':
      return 'ReadDropped';
    case 'App':
      becomeFollower(core, message.term, message.from);
      handleAppend(core, message);
      return undefined;
    case 'Heartbeat':
      becomeFollower(core, message.term, message.from);
      handleHeartbeat(core, message);
      return undefined;
    case 'Snap':
      becomeFollower(core, message.term, message.from);
      handleSnapshot(core, message);
      return undefined;
    // Answers to the other kind of election are left over from an earlier step of this one.
    case 'PreVoteResp':
      if (core.state === 'PreCandidate') countVote(core, message);
      return undefined;
    case 'VoteResp':
      if (core.state === 'Candidate') countVote(core, message);
      return undefined;
    default:
      return undefined;
  }
}

function stepFollower(core: RaftCore, message: Message): StepRefusal | undefined {
  switch (message.type) {
    case 'Prop':
      if (core.lead === NO_REPLICA || core.options.disableProposalForwarding) return 'ProposalDropped';
      core.send({type: 'Prop', to: core.lead, from: message.from, entries: message.entries});
      return undefined;
    case 'App':
      hearLeader(core, message);
      handleAppend(core, message);
      return undefined;
    case 'Heartbeat':
      hearLeader(core, message);
      handleHeartbeat(core, message);
      return undefined;
    case 'Snap':
      hearLeader(core, message);
      handleSnapshot(core, message);
      return undefined;
    case 'TransferLeader':
      if (core.lead !== NO_REPLICA) core.send({type: 'TransferLeader', to: core.lead, from: message.from});
      return undefined;
    case 'ForgetLeader':
      forgetLeader(core);
      return undefined;
    case 'TimeoutNow':
      tryCampaign(core, 'transfer');
      return undefined;
    case 'ReadIndex':
      if (core.lead === NO_REPLICA) return 'ReadDropped';
      core.send({type: 'ReadIndex', to: core.lead, from: message.from, context: message.context});
      return undefined;
    case 'ReadIndexResp':
      core.readStates.push({index: message.index, context: message.context});
      return undefined;
    default:
      return undefined;
  }
}

function hearLeader(core: RaftCore, message: Message): void {
  core.electionElapsedTicks = 0;
  core.lead = message.from;
}

function forgetLeader(core: RaftCore): void {
  if (core.options.readOnly === 'lease-based') {
    // Whoever forgets its leader may vote at once, while that leader still counts on its lease.
    core.emit({event: 'raft/forget-leader-refused', level: 'warn', replica: core.id, term: core.term});
    return;
  }
  core.lead = NO_REPLICA;
}
