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
export type {QuorumEffect} from './quorum-effect.js';
export {isVoting, quorumEffect} from './quorum-effect.js';
export type {ClusterView, PlannedMove} from './cluster-view.js';
export {azSpread, canTake, chooseTarget, isSettled, replicaLoad} from './cluster-view.js';
export type {PlannedHeal} from './plan-heal.js';
export {countLivingCopies, planHeal} from './plan-heal.js';
export type {DrainPlan} from './plan-moves.js';
export {canReplace, planDrain, planMoves, planSpreadMoves} from './plan-moves.js';
export type {PlannedLeader} from './plan-leaders.js';
export {canLead, planLeaders} from './plan-leaders.js';
export {planSplitBySize} from './plan-size-splits.js';
