import type {Operation} from '../services.js';
import {AUTO_SCALING_OPERATIONS} from './auto-scaling.js';
import {batchExecuteStatement} from './batch-execute-statement.js';
import {batchGetItem} from './batch-get-item.js';
import {batchWriteItem} from './batch-write-item.js';
import {describeContributorInsights, listContributorInsights, updateContributorInsights} from './contributor-insights.js';
import {createTable} from './create-table.js';
import {deleteItem} from './delete-item.js';
import {deleteTable} from './delete-table.js';
import {describeEndpoints, describeLimits} from './describe-service.js';
import {describeStream} from './describe-stream.js';
import {describeTableOperation} from './describe-table.js';
import {executeStatement} from './execute-statement.js';
import {executeTransaction} from './execute-transaction.js';
import {getItem} from './get-item.js';
import {getRecords} from './get-records.js';
import {getShardIterator} from './get-shard-iterator.js';
import {listStreams} from './list-streams.js';
import {listTables} from './list-tables.js';
import {putItem} from './put-item.js';
import {query} from './query.js';
import {scan} from './scan.js';
import {getResourcePolicy, listTagsOfResource, tagResource, untagResource} from './tags.js';
import {describeTimeToLive, updateTimeToLive} from './time-to-live.js';
import {transactGetItems} from './transact-get-items.js';
import {transactWriteItems} from './transact-write-items.js';
import {
  describeContinuousBackups, describeKinesisStreamingDestination, emptyList, missing,
} from './unserved-resources.js';
import {updateItem} from './update-item.js';
import {updateTable} from './update-table.js';

/** Every operation served, by its name on the wire. */
export const OPERATIONS: ReadonlyMap<string, Operation> = new Map<string, Operation>([
  ['BatchExecuteStatement', batchExecuteStatement],
  ['BatchGetItem', batchGetItem],
  ['BatchWriteItem', batchWriteItem],
  ['CreateTable', createTable],
  ['DeleteItem', deleteItem],
  ['DeleteTable', deleteTable],
  ['DescribeBackup', missing('DescribeBackup', 'BackupNotFoundException', (arn) => `Backup not found: ${arn}`)],
  ['DescribeContinuousBackups', describeContinuousBackups],
  ['DescribeContributorInsights', describeContributorInsights],
  ['DescribeEndpoints', describeEndpoints],
  ['DescribeExport', missing('DescribeExport', 'ExportNotFoundException', (arn) => `Export not found: ${arn}`)],
  ['DescribeGlobalTable', missing('DescribeGlobalTable', 'GlobalTableNotFoundException', (name) => `Global table not found: Global table with name: '${name}' does not exist.`)],
  ['DescribeImport', missing('DescribeImport', 'ImportNotFoundException', (arn) => `Import not found: ${arn}`)],
  ['DescribeKinesisStreamingDestination', describeKinesisStreamingDestination],
  ['DescribeLimits', describeLimits],
  ['DescribeTable', describeTableOperation],
  ['DescribeTimeToLive', describeTimeToLive],
  ['ExecuteStatement', executeStatement],
  ['ExecuteTransaction', executeTransaction],
  ['GetItem', getItem],
  ['GetResourcePolicy', getResourcePolicy],
  ['ListBackups', emptyList('ListBackups', 'BackupSummaries')],
  ['ListContributorInsights', listContributorInsights],
  ['ListExports', emptyList('ListExports', 'ExportSummaries')],
  ['ListGlobalTables', emptyList('ListGlobalTables', 'GlobalTables')],
  ['ListImports', emptyList('ListImports', 'ImportSummaryList')],
  ['ListTables', listTables],
  ['ListTagsOfResource', listTagsOfResource],
  ['PutItem', putItem],
  ['Query', query],
  ['Scan', scan],
  ['TagResource', tagResource],
  ['TransactGetItems', transactGetItems],
  ['TransactWriteItems', transactWriteItems],
  ['UntagResource', untagResource],
  ['UpdateContributorInsights', updateContributorInsights],
  ['UpdateItem', updateItem],
  ['UpdateTable', updateTable],
  ['UpdateTimeToLive', updateTimeToLive],
]);

/** Operations of the Streams API, which has a target of its own. */
const STREAM_OPERATIONS: ReadonlyMap<string, Operation> = new Map<string, Operation>([
  ['DescribeStream', describeStream],
  ['GetRecords', getRecords],
  ['GetShardIterator', getShardIterator],
  ['ListStreams', listStreams],
]);
/** Its clients speak version 1.1 of the protocol, which differs in nothing that matters here but its name. */
export const AUTO_SCALING_TARGET = 'AnyScaleFrontendService.';
const APIS: readonly (readonly [prefix: string, operations: ReadonlyMap<string, Operation>])[] = [
  ['DynamoDB_20120810.', OPERATIONS], ['DynamoDBStreams_20120810.', STREAM_OPERATIONS], [AUTO_SCALING_TARGET, AUTO_SCALING_OPERATIONS],
];

/** What a target header names: an operation with its name, or nothing that is served. */
export function operationOf(target: string): {readonly name: string; readonly operation: Operation | undefined} {
  for (const [prefix, operations] of APIS) {
    if (!target.startsWith(prefix)) continue;
    const name = target.slice(prefix.length);
    return {name, operation: operations.get(name)};
  }
  return {name: '', operation: undefined};
}
