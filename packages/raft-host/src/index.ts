export {RaftHost} from './host.js';
export type {RaftHostOptions, RaftHostPorts, RaftHostTuning} from './options.js';
export {RAFT_HOST_DEFAULTS, leaseDurationMs} from './options.js';
export type {CreateGroupOptions, CreateResult} from './group-lifecycle.js';
export type {
  CommittedCommand, GroupStateMachine, GroupMember, GroupDescriptor, GroupProgress, ReconcileResult, WantedMember, WantedMembers, ProposeOptions, ProposeResult, HostFailure, ReadResult, GroupStatus,
} from './types.js';
export type {ProposeCallback} from './proposals.js';
export type {ReadCallback} from './reads.js';
export type {ReachedCallback} from './wait-list.js';
export {RaftHostError} from './errors.js';
export type {RaftHostFailure} from './errors.js';
export type {RaftHostEvent} from './events.js';
export type {AppliedRecord} from './record-codec.js';
export {decodeAppliedRecord, decodeDescriptor, decodeTombstone, encodeDescriptor} from './record-codec.js';
export {appliedKey, tombstoneKey} from './keys.js';
