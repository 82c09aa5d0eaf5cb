export type {
  Consistency, DerivedWrite, ExpressionTexts, PartitionFailure, PartitionRequest, PartitionResponse, ReturnValuesMode, WriteCommand,
} from './protocol.js';
export {decodePartitionRequest, decodePartitionResponse, encodePartitionRequest, encodePartitionResponse} from './protocol-codec.js';
// For the storage node.
export type {AppliedEffect, Evaluation, PartitionMachineOptions} from './partition-machine.js';
export {PartitionMachine} from './partition-machine.js';
export type {KnownValue, LatestValue} from './overlay.js';
export {Overlay} from './overlay.js';
export type {Effect, EffectChange} from './effect.js';
export {decodeEffect, encodeEffect} from './effect.js';
export type {SplitEffect} from './split-effect.js';
export {decodeSplitEffect, encodeSplitEffect, isSplitEffect} from './split-effect.js';
export {SplitCount} from './split-count.js';
export {SplitPoint} from './split-point.js';
export type {PartitionRange, PartitionRecord, SplitMark} from './partition-record.js';
export type {Deriver, WriteOrigin} from './derivers.js';
export {DerivedFrom} from './derivers.js';
export {decodePartitionRecord, derivationKey, emptyRecord, encodePartitionRecord, partitionMetaPrefix, partitionRecordKey} from './partition-record.js';
export type {PageOptions} from './page.js';
export {Page, pageMeasureBytes} from './page.js';
export type {OverlayRow} from './merge-rows.js';
export {RowMerge} from './merge-rows.js';
export type {IndexCount} from './index-counts.js';
export {COLLECTION_SIZE_BYTES_MAX, decodeCollectionSize, encodeCollectionSize} from './local-entries.js';
export {CompiledCache} from './compiled-cache.js';
export {keyText} from './key-text.js';
export {hlcToWallMs, nextHlc} from './hlc.js';
