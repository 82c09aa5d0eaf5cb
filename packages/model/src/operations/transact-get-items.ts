import type {Item} from '../attribute-value.js';
import type {ModelError} from '../errors.js';
import {validationError} from '../errors.js';
import type {RequestExpressions, ReturnConsumedCapacity, TableReference} from './parameters.js';
import {CONSUMED_CAPACITY, EXPRESSION, NAMES, TABLE_NAME, defineMembers, readExpressions, readRequest, toTableReference} from './parameters.js';

/** Actions of one transaction. */
export const TRANSACT_ITEM_COUNT_MAX = 100;
/** What the request of a write transaction, or the items of a read transaction, may measure together. */
export const TRANSACTION_SIZE_BYTES_MAX = 4 * 1024 * 1024;

const MEMBERS = defineMembers({
  TransactItems: {
    type: 'list', required: true, lengthMin: 1, lengthMax: TRANSACT_ITEM_COUNT_MAX,
    of: {
      type: 'structure', className: 'com.amazonaws.dynamodb.v20120810.TransactGetItem',
      members: {
        Get: {
          type: 'structure', required: true, className: 'com.amazonaws.dynamodb.v20120810.Get',
          members: {
            Key: {type: 'attribute-map', required: true},
            TableName: TABLE_NAME,
            ProjectionExpression: EXPRESSION,
            ExpressionAttributeNames: NAMES,
          },
        },
      },
    },
  },
  ReturnConsumedCapacity: CONSUMED_CAPACITY,
});

export interface TransactGet extends TableReference {
  /** Values checked, not yet held against the schema. */
  readonly key: Item;
  readonly expressions: RequestExpressions;
}
export interface TransactGetItemsRequest {
  readonly gets: readonly TransactGet[];
  readonly returnConsumedCapacity: ReturnConsumedCapacity;
}

/** Every check that needs no table, in the service's order. @throws ModelError */
export function parseTransactGetItems(body: unknown): TransactGetItemsRequest {
  const request = readRequest(MEMBERS, body);
  return {
    gets: request.TransactItems.map(({Get}) => ({
      ...toTableReference(Get.TableName), key: Get.Key.get(),
      expressions: readExpressions({projection: Get.ProjectionExpression, names: Get.ExpressionAttributeNames}, []),
    })),
    returnConsumedCapacity: request.ReturnConsumedCapacity ?? 'NONE',
  };
}

export function tooLargeTransaction(): ModelError {
  return validationError('The aggregate size of the items in the transaction cannot exceed 4 MB');
}
/** Two actions of a transaction meet in one item. */
export function repeatedTransactItem(): ModelError {
  return validationError('Transaction request cannot include multiple operations on one item');
}
