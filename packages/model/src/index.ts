export type {AttributeValue, AttributeType, Item, KeyType, KeyValue} from './attribute-value.js';
export {compareStrings, compareValues, equalItems, equalValues, isKeyValue, NESTING_LEVELS_MAX} from './attribute-value.js';
export type {CancellationReason, FailureCode, ModelFailure} from './errors.js';
export {transactionCancelled} from './errors.js';
export {
  ModelError, INVALID_PARAMETERS, conditionFailed, invalidParameters, namedTableNotFound, serializationError,
  tableNotFound, validationError,
} from './errors.js';
export {decodeBase64, encodeBase64} from './base64.js';
export {compareNumbers, parseNumber} from './number.js';
export {addNumbers, subtractNumbers} from './number-arithmetic.js';
export {decodeNumberKey, encodeNumberKey} from './number-key.js';
export {
  attributeValueToJson, decodeItem, decodeStoredItem, encodeItem, itemText, itemToJson, parseAttributeValue, parseItem, valueText,
} from './item-json.js';
export {attributeSizeBytes, itemSizeBytes, utf8SizeBytes, valueSizeBytes, ITEM_SIZE_BYTES_MAX} from './item-size.js';
export type {KeyAttribute, KeySchema, KeyUse, PrimaryKey} from './key-schema.js';
export {
  extractKey, hasEmptyKeyValue, keyNames, keyToItem, validateKeyObject, PARTITION_KEY_SIZE_BYTES_MAX, SORT_KEY_SIZE_BYTES_MAX,
} from './key-schema.js';
export type {ParsedStoredKey} from './key-encoding.js';
export {
  RECORD_KIND_ITEM, STORED_KEY_PREFIX_SIZE_BYTES, TOKEN_UNTIL, buildStoredKey, decodeKeyValue, encodeBaseKey,
  encodeKeyValue, encodePartitionKey, encodeSortKey, itemBorder, keyFromStored, parseStoredKey, storedKeyOf, storedKeyPrefix, tableIdOf,
} from './key-encoding.js';
export type {SortKeyTest, StoredKeyRange} from './key-ranges.js';
export {storedCollectionRange, storedSortKeyRange, storedTableRange, storedTokenRange} from './key-ranges.js';
export type {IndexProjection, LocalIndex} from './local-index.js';
export {
  COLLECTION_INDEX_ID, baseKeyOfEntry, collectionKeyOf, indexIdOf, isCollectionBorder, keyFromEntry, localEntryKey, localEntryOf,
  localIndexSchema, localIndexesOf, projectedNames, shiftIndex,
} from './local-index.js';
export {
  DECISION_INDEX_ID, OUTBOX_INDEX_ID, PENDING_INDEX_ID, SIDE_INDEX_IDS, decisionKeyOf, fenceKeyOf, isDecisionKey, isPendingKey, itemKeyOfPending, pendingKeyOf, tokenNoteKeyOf,
} from './side-rows.js';
export type {KeyedIndex} from './index-key-checks.js';
export {checkIndexKeys, checkUpdatedIndexKeys} from './index-key-checks.js';
export type {IndexStartKey, ResolvedIndexQuery} from './operations/index-query.js';
export {indexStartKey, resolveIndexQuery} from './operations/index-query.js';
export type {StoredValueHeader} from './stored-value.js';
export {
  STORED_VALUE_HEADER_SIZE_BYTES, STORED_VALUE_VERSION, encodeStoredValue, readStoredHeader, readStoredItemSizeBytes,
  storedBody,
} from './stored-value.js';
export type {CompiledExpressions, ExpressionInput} from './expressions/compile.js';
export {checkUpdateKeys, compileExpressions} from './expressions/compile.js';
export {checkKeyPaths} from './expressions/key-paths.js';
export {ExpressionCache} from './expressions/expression-cache.js';
export type {
  BoundPath, CompiledCondition, CompiledKeyCondition, CompiledProjection, CompiledUpdate,
} from './expressions/bound.js';
export {evaluateCondition} from './expressions/evaluate-condition.js';
export {applyUpdate, createsItem, projectUpdated} from './expressions/apply-update.js';
export {project} from './expressions/project.js';
export type {KeyCondition} from './expressions/key-condition.js';
export {checkFilterNames, resolveKeyCondition} from './expressions/key-condition.js';
export type {
  AttributeDefinition, BillingMode, IndexDefinition, KeySchemaElement, Projection, TableDescriptor, TableExtra, TimeToLive,
  TableLiveFacts, TableStatus, Tag, Throughput,
} from './table-descriptor.js';
export type {ThroughputHistory, ThroughputPast} from './throughput-history.js';
export {describeThroughputPast, throughputPastOf} from './throughput-history.js';
export {describeDeletedTable, describeKeySchema, describeTable, tableArn, toKeySchema} from './table-descriptor.js';
export type {
  RequestExpressions, ReturnConsumedCapacity, ReturnItemCollectionMetrics, ReturnOnCheckFailure, ReturnValues, TableReference,
} from './operations/parameters.js';
export {toTableReference} from './operations/parameters.js';
export type {PutItemRequest} from './operations/put-item.js';
export {parsePutItem} from './operations/put-item.js';
export type {GetItemRequest} from './operations/get-item.js';
export {parseGetItem} from './operations/get-item.js';
export type {UpdateItemRequest} from './operations/update-item.js';
export {parseUpdateItem} from './operations/update-item.js';
export type {DeleteItemRequest} from './operations/delete-item.js';
export {parseDeleteItem} from './operations/delete-item.js';
export type {PageRequest, Select} from './operations/page-parameters.js';
export type {QueryRequest, ResolvedQuery} from './operations/query.js';
export {parseQuery, resolveQuery} from './operations/query.js';
export type {ScanRequest} from './operations/scan.js';
export {parseScan} from './operations/scan.js';
export type {BatchGetItemRequest, BatchGetTable} from './operations/batch-get-item.js';
export {BATCH_GET_KEY_COUNT_MAX, parseBatchGetItem} from './operations/batch-get-item.js';
export type {BatchWrite, BatchWriteItemRequest, BatchWriteTable} from './operations/batch-write-item.js';
export {BATCH_WRITE_COUNT_MAX, parseBatchWriteItem, resolveBatchWrites} from './operations/batch-write-item.js';
export type {TransactGet, TransactGetItemsRequest} from './operations/transact-get-items.js';
export {TRANSACTION_SIZE_BYTES_MAX, TRANSACT_ITEM_COUNT_MAX, parseTransactGetItems, repeatedTransactItem, tooLargeTransaction} from './operations/transact-get-items.js';
export type {TransactWriteAction, TransactWriteItemsRequest} from './operations/transact-write-items.js';
export {parseTransactWriteItems} from './operations/transact-write-items.js';
export type {CreateTableRequest} from './operations/create-table.js';
export {parseCreateTable} from './operations/create-table.js';
export type {IndexUpdate, UpdateTableRequest} from './operations/update-table.js';
export {checkThroughputChanges, parseUpdateTable} from './operations/update-table.js';
export {changeMaxima, changeWarmThroughput, checkOnDemand} from './operations/throughput-rules.js';
export type {DescribeTableRequest} from './operations/describe-table.js';
export {parseDescribeTable} from './operations/describe-table.js';
export type {DeleteTableRequest} from './operations/delete-table.js';
export {parseDeleteTable} from './operations/delete-table.js';
export type {ListTablesRequest} from './operations/list-tables.js';
export {LIST_TABLES_COUNT_MAX, listTablesPage, parseListTables} from './operations/list-tables.js';
export {checkGlobalIndexKeys, checkUpdatedGlobalIndexKeys} from './operations/global-index-keys.js';
export type {ResourceReference, TagResourceRequest, UntagResourceRequest} from './operations/tags.js';
export {
  TAG_COUNT_MAX, changeTags, parseGetResourcePolicy, parseListTagsOfResource, parseTagResource, parseUntagResource, tagLimitMessage,
} from './operations/tags.js';
export type {UpdateTimeToLiveRequest} from './operations/update-time-to-live.js';
export {parseUpdateTimeToLive} from './operations/update-time-to-live.js';
export type {EmptyListOperation, LookupOperation} from './operations/unserved-resources.js';
export {checkEmptyList, parseLookup} from './operations/unserved-resources.js';
export type {InsightsMode, InsightsReference, ListInsightsRequest, UpdateInsightsRequest} from './operations/contributor-insights.js';
export {
  changeInsights, checkInsightsIndex, describeInsights, insightsOf, listInsights, parseDescribeContributorInsights, parseListContributorInsights, parseUpdateContributorInsights,
} from './operations/contributor-insights.js';
export type {ScalingPage, ScalingPlace, ScalingQuery} from './operations/auto-scaling.js';
export {
  describeScalableTarget, describeScalingActivity, describeScalingPolicy, pageOfScaling, parseDeleteScalingPolicy, parseDeregisterScalableTarget, parseDescribeScaling, parsePutScalingPolicy,
  parseRegisterScalableTarget, scalableTargetArn, scalingPolicyArn, trackingOf,
} from './operations/auto-scaling.js';
export type {
  ScalableDimension, ScaledTable, ScalingActivity, ScalingDirection, ScalingMetric, ScalingOrder, ScalingRecord, ScalingReference, ScalingStamp, SuspendedScaling, TargetTrackingPolicy,
} from './scaling-record.js';
export {
  SCALABLE_DIMENSIONS, SCALABLE_TARGETS_MAX, SCALING_ACTIVITIES_MAX, SCALING_METRICS, changeScaling, missingResource, noteActivity, scaledAccess, scaledChange, scaledResource, scaledThroughput, scalingKey,
} from './scaling-record.js';
export {ACCOUNT_CAPACITY_UNITS_MAX, TABLE_CAPACITY_UNITS_MAX} from './table-limits.js';
export type {GlobalIndexLife, GlobalIndexStatus} from './global-index.js';
export {
  baseKeyPart, fedGlobalIndexes, globalEntryKey, globalEntryOf, globalIndexLife, globalProjectedNames, keyFromGlobalEntry,
} from './global-index.js';
export type {IndexUpdatePlan} from './operations/global-index-updates.js';
export {planIndexUpdates} from './operations/global-index-updates.js';
export type {GlobalIndexRange, GlobalIndexSpace} from './operations/global-index-query.js';
export {checkGlobalIndexRead, globalIndexHashPart, globalIndexStartKey, resolveGlobalIndexQuery} from './operations/global-index-query.js';
export type {Derivation, GlobalIndex, StreamSettings, StreamViewType} from './derivation.js';
export {GLOBAL_INDEX_ID_MIN, NO_DERIVATION, STREAM_VIEW_TYPES, decodeDerivation, encodeDerivation, parseDerivation} from './derivation.js';
export type {StreamPosition} from './streams/sequence-number.js';
export {STREAM_ORDINAL_MAX, comparePositions, parseSequenceNumber, positionAfter, sequenceNumberText} from './streams/sequence-number.js';
export type {ShardName} from './streams/shard-id.js';
export {SHARD_GROUP_MAX, parseShardId, shardIdText} from './streams/shard-id.js';
export type {StreamReference} from './streams/stream-arn.js';
export {parseStreamArn, streamArn} from './streams/stream-arn.js';
export {checkStreamChange, labelTimeMs} from './streams/stream-changes.js';
export type {KnownStream, PastStream} from './streams/past-streams.js';
export {STREAM_RETENTION_MS, latestStreamOf, pastStreamsOf, streamsOf} from './streams/past-streams.js';
export type {ShardIterator} from './streams/shard-iterator.js';
export {ITERATOR_LIFETIME_MS, decodeShardIterator, encodeShardIterator} from './streams/shard-iterator.js';
export type {DescribeStreamRequest, GetRecordsRequest, GetShardIteratorRequest, ListStreamsRequest, ShardIteratorType} from './streams/stream-requests.js';
export {invalidSequenceNumber, parseDescribeStream, parseGetRecords, parseGetShardIterator, parseListStreams} from './streams/stream-requests.js';
export type {SelectPlan, SelectOptions} from './partiql/plan-select.js';
export {planSelect, refuseWideIndex, withPage} from './partiql/plan-select.js';
export type {WriteOptions, WritePlan, WriteStatement} from './partiql/plan-write.js';
export {planWrite, wholeKeyOf} from './partiql/plan-write.js';
export type {TransactionPlan} from './partiql/plan-transaction.js';
export {planTransaction} from './partiql/plan-transaction.js';
export type {PlainStatement, SelectStatement, Statement, StatementPath} from './partiql/statement-ast.js';
export {flattenItem} from './partiql/flatten-item.js';
export type {StatementPosition} from './partiql/next-token.js';
export {decodeNextToken, encodeNextToken} from './partiql/next-token.js';
export type {
  BatchExecuteStatementRequest, BatchStatement, ExecuteStatementRequest, ExecuteTransactionRequest, TransactStatement,
} from './partiql/statement-requests.js';
export {parseBatchExecuteStatement, parseExecuteStatement, parseExecuteTransaction} from './partiql/statement-requests.js';
export type {CapacityOverrides, CapacitySettingName, CapacitySettings, CapacitySettingsChange, CapacitySettingsRecord} from './capacity-settings.js';
export {
  CAPACITY_OVERRIDE_TABLES_MAX, CAPACITY_SETTING_DEFAULTS, CAPACITY_SETTING_NAMES, CAPACITY_SETTING_RULES, NO_CAPACITY_OVERRIDES, capacityOverridesFault, capacitySettingFault,
  capacitySettingsOf, changeCapacitySettings, forgetTableSettings, isCapacitySettingName, parseCapacitySetting, tableOverridesFault,
} from './capacity-settings.js';
