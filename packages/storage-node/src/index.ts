export {StorageNode} from './storage-node.js';
export type {GroupReporter} from './storage-node.js';
export type {StorageNodeOptions, StorageNodePorts, StorageNodeTuning} from './options.js';
export {STORAGE_NODE_DEFAULTS} from './options.js';
export type {StorageNodeEvent} from './events.js';
export type {ReplicaHost} from './replica-host.js';
export type {PartitionIdentity} from './owner-data.js';
export {decodeIdentity, encodeIdentity} from './owner-data.js';
