import type {Operation} from '../services.js';
import {batchGetItem} from './batch-get-item.js';
import {batchWriteItem} from './batch-write-item.js';
import {createTable} from './create-table.js';
import {deleteItem} from './delete-item.js';
import {deleteTable} from './delete-table.js';
import {describeEndpoints, describeLimits} from './describe-service.js';
import {describeTableOperation} from './describe-table.js';
import {getItem} from './get-item.js';
import {listTables} from './list-tables.js';
import {putItem} from './put-item.js';
import {query} from './query.js';
import {scan} from './scan.js';
import {updateItem} from './update-item.js';
import {updateTable} from './update-table.js';

/** Every operation served, by its name on the wire. */
export const OPERATIONS: ReadonlyMap<string, Operation> = new Map<string, Operation>([
  ['BatchGetItem', batchGetItem],
  ['BatchWriteItem', batchWriteItem],
  ['CreateTable', createTable],
  ['DeleteItem', deleteItem],
  ['DeleteTable', deleteTable],
  ['DescribeEndpoints', describeEndpoints],
  ['DescribeLimits', describeLimits],
  ['DescribeTable', describeTableOperation],
  ['GetItem', getItem],
  ['ListTables', listTables],
  ['PutItem', putItem],
  ['Query', query],
  ['Scan', scan],
  ['UpdateItem', updateItem],
  ['UpdateTable', updateTable],
]);
