export type {
  ClusterMapContent, ClusterMapDelta, NodeDuty, NodeEntry, NodeState, PartitionEntry, PlannedSplit, ProcessRole, ReplicaPlacement, ReplicaRole,
} from './cluster-map-types.js';
export {ClusterMap} from './cluster-map.js';
export {deltaBetween, fullDelta} from './delta-between.js';
export {clusterMapContentFromJson, clusterMapContentToJson, clusterMapDeltaFromJson, clusterMapDeltaToJson} from './cluster-map-json.js';
export {tokenOf} from './token.js';
export {spaceOf, tokenBorder} from './table-space.js';
export type {TableThroughput} from './initial-ranges.js';
export {initialPartitionCount, initialRanges} from './initial-ranges.js';
export type {RingNode} from './hash-ring.js';
export {HashRing} from './hash-ring.js';
export {placeOnRing, placePartition, spreadLeaders} from './place.js';
export {tilingFault} from './tiling.js';
