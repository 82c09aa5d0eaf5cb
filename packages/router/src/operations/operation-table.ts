import type {Operation} from '../services.js';
import {batchExecuteStatement} from './batch-execute-statement.js';
import {batchGetItem} from './batch-get-item.js';
import {batchWriteItem} from './batch-write-item.js';
import {createTable} from './create-table.js';
import {deleteItem} from './delete-item.js';
import {deleteTable} from './delete-table.js';
import {describeEndpoints, describeLimits} from './describe-service.js';
import {describeTableOperation} from './describe-table.js';
import {executeStatement} from './execute-statement.js';
import {getItem} from './get-item.js';
import {listTables} from './list-tables.js';
import {putItem} from './put-item.js';
import {query} from './query.js';
import {scan} from './scan.js';
import {getResourcePolicy, listTagsOfResource, tagResource, untagResource} from './tags.js';
import {
  describeContinuousBackups, describeContributorInsights, describeKinesisStreamingDestination, describeTimeToLive, emptyList, missing,
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
  ['GetItem', getItem],
  ['GetResourcePolicy', getResourcePolicy],
  ['ListBackups', emptyList('ListBackups', 'BackupSummaries')],
  ['ListContributorInsights', emptyList('ListContributorInsights', 'ContributorInsightsSummaries')],
  ['ListExports', emptyList('ListExports', 'ExportSummaries')],
  ['ListGlobalTables', emptyList('ListGlobalTables', 'GlobalTables')],
  ['ListImports', emptyList('ListImports', 'ImportSummaryList')],
  ['ListTables', listTables],
  ['ListTagsOfResource', listTagsOfResource],
  ['PutItem', putItem],
  ['Query', query],
  ['Scan', scan],
  ['TagResource', tagResource],
  ['UntagResource', untagResource],
  ['UpdateItem', updateItem],
  ['UpdateTable', updateTable],
]);
