export type {IndexEntryChange, ReadMode} from './units.js';
export {
  READ_UNIT_SIZE_BYTES, WRITE_UNIT_SIZE_BYTES, readHalfUnits, writeHalfUnits, transactionalHalfUnits, toCapacityUnits,
  readModeHalfUnits, batchReadHalfUnits, pageHalfUnits, itemWriteHalfUnits, failedConditionHalfUnits, indexEntryHalfUnits,
} from './units.js';
export type {MilliRate} from './token-rate.js';
export {BUCKET_HALF_UNITS_MAX, toMilliRate, unitsToMilliRate, evenShare} from './token-rate.js';
export type {TokenBucketOptions} from './token-bucket.js';
export {TokenBucket} from './token-bucket.js';
export type {ShareLevels} from './share-bucket.js';
export {ShareBucket, BURST_SECONDS_DEFAULT} from './share-bucket.js';
export {CeilingWindow} from './ceiling-window.js';
export type {AdmissionDecision, BucketName, CapacityAccess, CapacityResource, ThrottleRecord, ThrottlingCause, ThrottlingReason} from './throttle.js';
export {ADMITTED, THROTTLING_REASONS, ThrottleLog, throttlingReason} from './throttle.js';
export type {AccessShare, PartitionAdmissionOptions, PartitionLevels, PartitionLimits, PartitionShares} from './partition-admission.js';
export {PartitionAdmission, PARTITION_READ_HALF_UNITS_MAX, PARTITION_WRITE_HALF_UNITS_MAX} from './partition-admission.js';
export type {AccessBudget, BudgetBounds, BudgetState} from './budget-state.js';
export {encodeBudgetState, decodeBudgetState, levelsOfNewLeader, nextBudgetState, NO_BUDGET} from './budget-state.js';
export type {PartitionDemand} from './adaptive-shares.js';
export {adaptiveShares} from './adaptive-shares.js';
export type {OnDemandLimit, OnDemandOptions, UnitRates} from './on-demand.js';
export {OnDemandPeaks, onDemandStartAfterSwitch, ON_DEMAND_READ_UNITS_START, ON_DEMAND_WRITE_UNITS_START, TABLE_UNITS_QUOTA} from './on-demand.js';
export type {DecreaseHistory, ThroughputChange} from './throughput-changes.js';
export {NO_DECREASES, decreased, decreasesToday, judgeSwitchToOnDemand, judgeThroughputChanges, mayDecrease} from './throughput-changes.js';
export type {AdmissionControlOptions, TokenAsk, TokenLease} from './admission-control.js';
export {AdmissionControl} from './admission-control.js';
export type {RouterShareOptions} from './router-share.js';
export {RouterShare} from './router-share.js';
export type {HeavyHitter} from './heavy-hitters.js';
export {HeavyHitters} from './heavy-hitters.js';
export type {KeySample} from './key-samples.js';
export {KeySamples} from './key-samples.js';
export type {NoSplitReason, SplitAdvice, SplitQuestion} from './split-advice.js';
export {adviseSplit, SPLIT_LOAD_RATIO} from './split-advice.js';
export type {HeatCell} from './heat-history.js';
export {HeatHistory, HEAT_HISTORY_BYTES} from './heat-history.js';
export {TokenHistogram} from './token-histogram.js';
export type {ScalingDecision, ScalingPoint, ScalingPolicy} from './auto-scaling.js';
export {AutoScaling, SCALING_DEFAULTS} from './auto-scaling.js';
