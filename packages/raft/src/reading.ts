import {NO_REPLICA} from '@murmuration/base';
import type {LogIndex} from '@murmuration/base';

import type {RaftCore, StepRefusal} from './raft-core.js';
import {PENDING_READS_MAX} from './read-only.js';
import {broadcastHeartbeatWith} from './sending.js';
import type {Message} from './types.js';

/** A read request at the leader (Raft thesis, 6.4). */
export function handleReadIndex(core: RaftCore, message: Message): StepRefusal | undefined {
  if (!core.hasCommittedInTerm) {
    // The commit index may lag behind what an earlier leader has acknowledged, even in a group of one after a restart.
    if (core.earlyReads.length >= PENDING_READS_MAX) return dropped(core, core.earlyReads.length);
    core.earlyReads.push(message);
    return undefined;
  }
  return startRead(core, message);
}

/** The first commit of the term is there: reads that waited for it start now. */
export function releaseEarlyReads(core: RaftCore): void {
  if (core.earlyReads.length === 0 || !core.hasCommittedInTerm) return;
  const waiting = core.earlyReads;
  core.earlyReads = [];
  for (const message of waiting) startRead(core, message);
}

function startRead(core: RaftCore, message: Message): StepRefusal | undefined {
  const {voters} = core.tracker.conf;
  const isAlone = !core.tracker.isJoint && voters.length === 1 && voters[0] === core.id;
  if (isAlone || (core.options.readOnly === 'lease-based' && !core.isLeaseGivenUp)) {
    answerRead(core, message, core.log.committed);
    return undefined;
  }
  if (!core.reads.add(core.log.committed, message, core.id)) return dropped(core, PENDING_READS_MAX);
  broadcastHeartbeatWith(core, message.context);
  return undefined;
}

function dropped(core: RaftCore, waiting: number): StepRefusal {
  core.emit({event: 'raft/reads-dropped', level: 'warn', replica: core.id, waiting});
  return 'ReadDropped';
}

/** A heartbeat answer that names a read: with a quorum of them, that read and all before it are confirmed. */
export function confirmReads(core: RaftCore, message: Message): void {
  if (message.context.length === 0) return;
  const acks = core.reads.acknowledge(message.from, message.context);
  if (acks === undefined || core.tracker.quorumResult(acks) !== 'VoteWon') return;
  for (const read of core.reads.advance(message.context)) answerRead(core, read.request, read.index);
}

function answerRead(core: RaftCore, request: Message, index: LogIndex): void {
  if (request.from === NO_REPLICA || request.from === core.id) {
    core.readStates.push({index, context: request.context});
  } else {
    core.send({type: 'ReadIndexResp', to: request.from, index, context: request.context});
  }
}
