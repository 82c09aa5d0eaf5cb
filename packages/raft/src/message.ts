import {EMPTY_BYTES, NO_REPLICA} from '@murmuration/base';
import type {LogEntry, LogIndex, ReplicaId, Term} from '@murmuration/base';

import {markIndex, markTerm} from './marks.js';
import {APPEND_THREAD, APPLY_THREAD} from './types.js';
import type {ConfState, HardState, Message, MessageType, Snapshot} from './types.js';

const NO_ENTRIES: readonly LogEntry[] = [];
const NO_MESSAGES: readonly Message[] = [];
const ZERO_INDEX = markIndex(0);
const ZERO_TERM = markTerm(0);

/** The fields a maker of a message sets; the others are zero. */
export interface MessageFields {
  readonly type: MessageType;
  readonly to: ReplicaId;
  readonly from?: ReplicaId;
  readonly term?: Term;
  readonly logTerm?: Term;
  readonly index?: LogIndex;
  readonly entries?: readonly LogEntry[];
  readonly commit?: LogIndex;
  readonly commitTerm?: Term;
  readonly vote?: ReplicaId;
  readonly snapshot?: Snapshot | undefined;
  readonly reject?: boolean;
  readonly rejectHint?: LogIndex;
  readonly context?: Uint8Array;
  readonly responses?: readonly Message[];
}

/** The one place where messages are made, always with all fields in one order, for the sake of one hidden class. */
export function makeMessage(fields: MessageFields, from: ReplicaId, term: Term): Message {
  return {
    type: fields.type,
    to: fields.to,
    from,
    term,
    logTerm: fields.logTerm ?? ZERO_TERM,
    index: fields.index ?? ZERO_INDEX,
    entries: fields.entries ?? NO_ENTRIES,
    commit: fields.commit ?? ZERO_INDEX,
    commitTerm: fields.commitTerm ?? ZERO_TERM,
    vote: fields.vote ?? NO_REPLICA,
    snapshot: fields.snapshot,
    reject: fields.reject ?? false,
    rejectHint: fields.rejectHint ?? ZERO_INDEX,
    context: fields.context ?? EMPTY_BYTES,
    responses: fields.responses ?? NO_MESSAGES,
  };
}

/** Whether a message goes to, or comes from, a worker of this replica instead of a peer. */
export function isLocalThread(id: ReplicaId): boolean {
  return id === APPEND_THREAD || id === APPLY_THREAD;
}

/** Kinds that only this replica makes for itself; from the network they are refused. */
export function isLocalMessage(type: MessageType): boolean {
  switch (type) {
    case 'Hup': case 'Beat': case 'Unreachable': case 'SnapStatus': case 'CheckQuorum':
    case 'StorageAppend': case 'StorageAppendResp': case 'StorageApply': case 'StorageApplyResp':
      return true;
    default:
      return false;
  }
}

/** Kinds that answer something, and so are worth nothing from someone who is no member. */
export function isResponseMessage(type: MessageType): boolean {
  switch (type) {
    case 'AppResp': case 'VoteResp': case 'HeartbeatResp': case 'Unreachable': case 'ReadIndexResp':
    case 'PreVoteResp': case 'StorageAppendResp': case 'StorageApplyResp':
      return true;
    default:
      return false;
  }
}

export function isEmptyHardState(state: HardState): boolean {
  return state.term === 0 && state.vote === 0 && state.commit === 0;
}

export function equalHardStates(a: HardState, b: HardState): boolean {
  return a.term === b.term && a.vote === b.vote && a.commit === b.commit;
}

export function equalConfStates(a: ConfState, b: ConfState): boolean {
  return equalIds(a.voters, b.voters) && equalIds(a.learners, b.learners) && a.autoLeave === b.autoLeave &&
    equalIds(a.votersOutgoing, b.votersOutgoing) && equalIds(a.learnersNext, b.learnersNext);
}

function equalIds(a: readonly ReplicaId[], b: readonly ReplicaId[]): boolean {
  if (a.length !== b.length) return false;
  const sorted = [...b].sort((x, y) => x - y);
  return [...a].sort((x, y) => x - y).every((id, i) => id === sorted[i]);
}
