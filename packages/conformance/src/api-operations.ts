/** One operation of the current API: version 2012-08-10 and its Streams. */
export interface ApiOperation {
  readonly name: string;
  /** `answers`: it says truthfully that there is nothing of the kind; `unknown`: UnknownOperationException. */
  readonly state: 'served' | 'answers' | 'unknown';
  /** All top-level parameters that a served operation takes. */
  readonly parameters: readonly string[];
  /** Those of the API that are ignored here, as unknown members are. */
  readonly ignored?: readonly string[];
}

const served = (name: string, parameters: string, ignored = ''): ApiOperation =>
  ({name, state: 'served', parameters: words(parameters), ...(ignored === '' ? {} : {ignored: words(ignored)})});
const answers = (name: string, parameters: string): ApiOperation => ({name, state: 'answers', parameters: words(parameters)});
const unknown = (name: string): ApiOperation => ({name, state: 'unknown', parameters: []});
const words = (text: string): readonly string[] => text.split(' ').filter((word) => word !== '');

const WRITE = 'TableName ConditionExpression ExpressionAttributeNames ExpressionAttributeValues ReturnValues ReturnValuesOnConditionCheckFailure ReturnConsumedCapacity '
  + 'ReturnItemCollectionMetrics Expected ConditionalOperator';
const PAGE = 'TableName IndexName Select Limit ConsistentRead ExclusiveStartKey FilterExpression ProjectionExpression ExpressionAttributeNames ExpressionAttributeValues '
  + 'ReturnConsumedCapacity AttributesToGet ConditionalOperator';

export const API_OPERATIONS: readonly ApiOperation[] = [
  served('BatchExecuteStatement', 'Statements ReturnConsumedCapacity'),
  served('BatchGetItem', 'RequestItems ReturnConsumedCapacity'),
  served('BatchWriteItem', 'RequestItems ReturnConsumedCapacity ReturnItemCollectionMetrics'),
  served('CreateTable', 'TableName AttributeDefinitions KeySchema LocalSecondaryIndexes GlobalSecondaryIndexes BillingMode ProvisionedThroughput OnDemandThroughput WarmThroughput '
    + 'StreamSpecification SSESpecification Tags TableClass DeletionProtectionEnabled',
  'VectorIndexes ResourcePolicy GlobalTableSourceArn GlobalTableSettingsReplicationMode'),
  served('DeleteItem', `Key ${WRITE}`),
  served('DeleteTable', 'TableName'),
  served('DescribeContributorInsights', 'TableName IndexName'),
  served('DescribeEndpoints', ''),
  served('DescribeLimits', ''),
  served('DescribeTable', 'TableName'),
  served('DescribeTimeToLive', 'TableName'),
  served('ExecuteStatement', 'Statement Parameters ConsistentRead NextToken Limit ReturnConsumedCapacity ReturnValuesOnConditionCheckFailure'),
  served('ExecuteTransaction', 'TransactStatements ClientRequestToken ReturnConsumedCapacity'),
  served('GetItem', 'TableName Key ConsistentRead ProjectionExpression ExpressionAttributeNames ReturnConsumedCapacity AttributesToGet'),
  served('ListTables', 'ExclusiveStartTableName Limit'),
  served('ListContributorInsights', 'TableName MaxResults NextToken'),
  served('ListTagsOfResource', 'ResourceArn NextToken'),
  served('PutItem', `Item ${WRITE}`),
  served('Query', `KeyConditionExpression ScanIndexForward KeyConditions QueryFilter ${PAGE}`),
  served('Scan', `Segment TotalSegments ScanFilter ${PAGE}`),
  served('TagResource', 'ResourceArn Tags'),
  served('TransactGetItems', 'TransactItems ReturnConsumedCapacity'),
  served('TransactWriteItems', 'TransactItems ClientRequestToken ReturnConsumedCapacity ReturnItemCollectionMetrics'),
  served('UntagResource', 'ResourceArn TagKeys'),
  served('UpdateContributorInsights', 'TableName IndexName ContributorInsightsAction ContributorInsightsMode'),
  served('UpdateItem', `Key UpdateExpression AttributeUpdates ${WRITE}`),
  served('UpdateTable', 'TableName AttributeDefinitions BillingMode ProvisionedThroughput OnDemandThroughput WarmThroughput GlobalSecondaryIndexUpdates StreamSpecification SSESpecification '
    + 'TableClass DeletionProtectionEnabled ReplicaUpdates',
  'VectorIndexUpdates MultiRegionConsistency GlobalTableWitnessUpdates GlobalTableSettingsReplicationMode'),
  served('UpdateTimeToLive', 'TableName TimeToLiveSpecification'),
  answers('DescribeBackup', 'BackupArn'),
  answers('DescribeContinuousBackups', 'TableName'),
  answers('DescribeExport', 'ExportArn'),
  answers('DescribeGlobalTable', 'GlobalTableName'),
  answers('DescribeImport', 'ImportArn'),
  answers('DescribeKinesisStreamingDestination', 'TableName'),
  answers('GetResourcePolicy', 'ResourceArn'),
  answers('ListBackups', 'TableName Limit BackupType ExclusiveStartBackupArn TimeRangeLowerBound TimeRangeUpperBound'),
  answers('ListExports', 'TableArn MaxResults NextToken'),
  answers('ListGlobalTables', 'ExclusiveStartGlobalTableName Limit RegionName'),
  answers('ListImports', 'TableArn PageSize NextToken'),
  ...[
    'CreateBackup', 'CreateGlobalTable', 'DeleteBackup', 'DeleteResourcePolicy', 'DescribeGlobalTableSettings', 'DescribeTableReplicaAutoScaling',
    'DisableKinesisStreamingDestination', 'EnableKinesisStreamingDestination', 'ExportTableToPointInTime', 'ImportTable', 'PutResourcePolicy',
    'RestoreTableFromBackup', 'RestoreTableToPointInTime', 'SearchVectors', 'UpdateContinuousBackups',
    'UpdateGlobalTable', 'UpdateGlobalTableSettings', 'UpdateKinesisStreamingDestination', 'UpdateTableReplicaAutoScaling',
  ].map(unknown),
];

/** Of Application Auto Scaling, which is another API at the same port. */
export const AUTO_SCALING_OPERATIONS = [
  'DeleteScalingPolicy', 'DeregisterScalableTarget', 'DescribeScalableTargets', 'DescribeScalingActivities', 'DescribeScalingPolicies', 'PutScalingPolicy', 'RegisterScalableTarget',
] as const;
/** Of the Streams API, under its own target prefix. All are served; area `streams`. */
export const STREAMS_OPERATIONS: readonly string[] = ['DescribeStream', 'GetRecords', 'GetShardIterator', 'ListStreams'];
