export {RawNode} from './raw-node.js';
export type {RaftPorts, StepRefusal} from './raft-core.js';
export type {RaftStatus, ProgressStatus} from './status.js';
export type {ProgressState} from './progress.js';
export type {
  MessageType, Message, HardState, SoftState, StateType, ConfState, SnapshotMeta, Snapshot, ReadState, ConfChangeType,
  ConfChangeSingle, ConfChangeTransition, ConfChange, Ready, RaftStorage, RaftOptions, ProposalRefusal,
} from './types.js';
export {APPEND_THREAD, APPLY_THREAD} from './types.js';
export {encodeMessage, decodeMessage, writeMessage, readMessage, writeConfState, readConfState} from './message-codec.js';
export {encodeConfChange, decodeConfChange, LEAVE_JOINT, CONF_CHANGES_MAX} from './conf-change-codec.js';
export {isLocalThread} from './message.js';
export {isTransferVote} from './campaigning.js';
export {PENDING_READS_MAX} from './read-only.js';
export {EMPTY_CONF_STATE} from './tracker.js';
export {RaftError} from './errors.js';
export type {RaftFailure, ConfChangeFailure} from './errors.js';
export type {RaftEvent} from './events.js';
