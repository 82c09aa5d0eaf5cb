export type {LocalPartitions, PartitionOutcome} from './partition-client.js';
export {PartitionClient} from './partition-client.js';
export {MapRefresher} from './map-refresher.js';
export type {PartitionClientPorts, PartitionClientSettings, PartitionClientTuning} from './options.js';
export {PARTITION_CLIENT_DEFAULTS, checkPartitionClientTuning} from './options.js';
export type {PartitionClientEvent, RetryReason} from './events.js';
