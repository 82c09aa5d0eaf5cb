export type {
  Consistency, DerivedWrite, ExpressionTexts, PartitionFailure, PartitionRequest, PartitionResponse, ReturnValuesMode, ThrottleDetail, WriteCommand,
} from './protocol.js';
export {decodePartitionRequest, decodePartitionResponse, encodePartitionRequest, encodePartitionResponse} from './protocol-codec.js';
// For the storage node.
export type {AppliedEffect, Evaluation, PartitionMachineOptions} from './partition-machine.js';
export {PartitionMachine} from './partition-machine.js';
export type {KnownValue, LatestValue} from './overlay.js';
export {Overlay} from './overlay.js';
export type {Effect, EffectChange, ItemDelta} from './effect.js';
export {decodeEffect, encodeEffect, lastSequenceOf} from './effect.js';
export type {SplitEffect} from './split-effect.js';
export {decodeSplitEffect, encodeSplitEffect, isSplitEffect} from './split-effect.js';
export {SplitCount} from './split-count.js';
export {SplitPoint} from './split-point.js';
export type {PartitionRange, PartitionRecord, SplitMark} from './partition-record.js';
export type {Deriver, WriteOrigin} from './derivers.js';
export {DerivedFrom} from './derivers.js';
export type {StreamEventKind, StreamRecord} from './streams/stream-record.js';
export {decodeStreamRecord, encodeStreamRecord, isStreamRecordKey, readStreamRecordKey, streamRecordKey, streamRecordsPrefix} from './streams/stream-record.js';
export type {StreamShard} from './streams/stream-shard.js';
export {decodeStreamShard, encodeStreamShard, isStreamShardKey, streamShardKey, streamShardsPrefix} from './streams/stream-shard.js';
export type {StreamRecordsRequest, StreamRecordsResponse, StreamRow, StreamShardsRequest, StreamShardsResponse} from './streams/stream-protocol.js';
export {StreamPage} from './streams/stream-page.js';
export type {StreamTrim} from './streams/stream-trim.js';
export {trimStream} from './streams/stream-trim.js';
export {expiredSeconds, expirySecondOf, isExpired} from './time-to-live/expiry.js';
export {EXPIRY_VALUE, expiryKey, expiryPrefix, readExpiryKey} from './time-to-live/expiry-row.js';
export type {ExpiryFill} from './time-to-live/expiry-fill.js';
export {EXPIRY_FILL_NOT_BEGUN, decodeExpiryFill, encodeExpiryFill, expiryFillKey} from './time-to-live/expiry-fill.js';
export {budgetKey, decodePartitionRecord, derivationKey, emptyRecord, encodePartitionRecord, partitionMetaPrefix, partitionRecordKey} from './partition-record.js';
export type {PageOptions} from './page.js';
export {Page, pageMeasureBytes} from './page.js';
export type {OverlayRow} from './merge-rows.js';
export {RowMerge} from './merge-rows.js';
export type {IndexCount} from './index-counts.js';
export {COLLECTION_SIZE_BYTES_MAX, decodeCollectionSize, encodeCollectionSize} from './local-entries.js';
export type {
  ActionCost, ActionReason, ForgottenRow, ReadRow, ReasonCode, StepAdmission, TransactAction, TransactResult, TransactStep, TransactionName,
} from './transactions/transact-steps.js';
export {keysOfStep} from './transactions/transact-steps.js';
export {TRANSACT_ACTION_COUNT_MAX} from './transactions/transact-codec.js';
export type {PendingRow} from './transactions/pending-row.js';
export {decodePendingRow, encodePendingRow} from './transactions/pending-row.js';
export type {DecisionRow} from './transactions/decision-row.js';
export {TOKEN_LIFETIME_MS, decodeDecisionRow, encodeDecisionRow} from './transactions/decision-row.js';
export type {Lock} from './transactions/transaction-locks.js';
export {TransactionLocks} from './transactions/transaction-locks.js';
export {CompiledCache} from './compiled-cache.js';
export {keyText} from './key-text.js';
export {hlcToWallMs, nextHlc} from './hlc.js';
export {GlobalIndexDeriver} from './global-indexes/global-index-deriver.js';
export type {GlobalIndexCost} from './global-indexes/global-index-deriver.js';
export {decodeOutbox, isOutboxKey, itemKeyOfOutbox, outboxKey, sequenceOfOutbox} from './global-indexes/outbox-row.js';
export {indexFeedKey, indexFeedPrefixes, encodeIndexFeed} from './global-indexes/index-feeds.js';
export type {Ancestor, IndexFeedState} from './global-indexes/index-feeds.js';
export {sourceMarkPrefix} from './global-indexes/index-sources.js';
export {entryKeysOf, judgeIndexWrite} from './global-indexes/index-write.js';
export type {EntryDelta, IndexSource, IndexWrite, IndexWriteRequest} from './global-indexes/index-write.js';
