export type {ControlClientOptions, ControlClientPorts} from './control-client.js';
export {ControlClient, CONTROL_CLIENT_DEFAULTS} from './control-client.js';
export type {ClusterMapCache, ClusterMapSource} from './cluster-map-source.js';
export type {
  ClusterStatus, ControlFailure, ControlRequest, ControlResponse, GlobalIndexCount, GroupReport, HeartbeatReport, HeatAdviceReport, HeatReport, IndexChange, IndexWriteReport, IndexFeed, LocalIndexCount, JobEntry, JobKind, JobState, MemberProgress, NodeLive, OperatorAction,
  PartitionLive, PartitionShare, RestingReplicas, SplitTimeline, TableChange, TableSpecification, ThroughputReport, TokenAskOfTable, TokenLeaseOfTable,
} from './protocol.js';
export {ACCOUNT_TOKENS} from './protocol.js';
export {decodeControlRequest, decodeControlResponse, encodeControlRequest, encodeControlResponse} from './protocol-codec.js';
export {parseOperatorAction, parseSettingsChange} from './request-shape.js';
