import type {Item} from '../attribute-value.js';
import {validationError} from '../errors.js';
import {itemSizeBytes, valueSizeBytes} from '../item-size.js';
import type {RequestExpressions, ReturnConsumedCapacity, ReturnItemCollectionMetrics, ReturnOnCheckFailure, TableReference} from './parameters.js';
import {
  COLLECTION_METRICS, CONSUMED_CAPACITY, EXPRESSION, NAMES, ON_CHECK_FAILURE, TABLE_NAME, VALUES, defineMembers, readExpressions, readRequest, toTableReference,
} from './parameters.js';
import type {Deferred, StructureOf} from './request-shape.js';
import {TRANSACTION_SIZE_BYTES_MAX, TRANSACT_ITEM_COUNT_MAX, tooLargeTransaction} from './transact-get-items.js';

const CHECK_MEMBERS = defineMembers({
  Key: {type: 'attribute-map', required: true},
  TableName: TABLE_NAME,
  ConditionExpression: {...EXPRESSION, required: true},
  ExpressionAttributeNames: NAMES,
  ExpressionAttributeValues: VALUES,
  ReturnValuesOnConditionCheckFailure: ON_CHECK_FAILURE,
});
const PUT_MEMBERS = defineMembers({
  Item: {type: 'attribute-map', required: true},
  TableName: TABLE_NAME,
  ConditionExpression: EXPRESSION,
  ExpressionAttributeNames: NAMES,
  ExpressionAttributeValues: VALUES,
  ReturnValuesOnConditionCheckFailure: ON_CHECK_FAILURE,
});
const DELETE_MEMBERS = defineMembers({
  Key: {type: 'attribute-map', required: true},
  TableName: TABLE_NAME,
  ConditionExpression: EXPRESSION,
  ExpressionAttributeNames: NAMES,
  ExpressionAttributeValues: VALUES,
  ReturnValuesOnConditionCheckFailure: ON_CHECK_FAILURE,
});
const UPDATE_MEMBERS = defineMembers({
  Key: {type: 'attribute-map', required: true},
  UpdateExpression: {...EXPRESSION, required: true},
  TableName: TABLE_NAME,
  ConditionExpression: EXPRESSION,
  ExpressionAttributeNames: NAMES,
  ExpressionAttributeValues: VALUES,
  ReturnValuesOnConditionCheckFailure: ON_CHECK_FAILURE,
});
const ITEM_MEMBERS = defineMembers({
  ConditionCheck: {type: 'structure', className: 'com.amazonaws.dynamodb.v20120810.ConditionCheck', members: CHECK_MEMBERS},
  Put: {type: 'structure', className: 'com.amazonaws.dynamodb.v20120810.Put', members: PUT_MEMBERS},
  Delete: {type: 'structure', className: 'com.amazonaws.dynamodb.v20120810.Delete', members: DELETE_MEMBERS},
  Update: {type: 'structure', className: 'com.amazonaws.dynamodb.v20120810.Update', members: UPDATE_MEMBERS},
});
const MEMBERS = defineMembers({
  TransactItems: {
    type: 'list', required: true, lengthMin: 1, lengthMax: TRANSACT_ITEM_COUNT_MAX,
    of: {type: 'structure', className: 'com.amazonaws.dynamodb.v20120810.TransactWriteItem', members: ITEM_MEMBERS},
  },
  ReturnConsumedCapacity: CONSUMED_CAPACITY,
  ReturnItemCollectionMetrics: COLLECTION_METRICS,
  ClientRequestToken: {type: 'string', lengthMin: 1, lengthMax: 36},
});

/** One action, its content not held against a table yet. */
export interface TransactWriteAction extends TableReference {
  readonly kind: 'check' | 'put' | 'delete' | 'update';
  /** put: the item; else the key. */
  readonly item: Item;
  readonly expressions: RequestExpressions;
  readonly returnValuesOnConditionCheckFailure: ReturnOnCheckFailure;
}
export interface TransactWriteItemsRequest {
  readonly actions: readonly TransactWriteAction[];
  readonly clientRequestToken: string | undefined;
  readonly returnConsumedCapacity: ReturnConsumedCapacity;
  readonly returnItemCollectionMetrics: ReturnItemCollectionMetrics;
}

/** Every check of the request as a whole that needs no table. What only one item is at fault for cancels the transaction later. @throws ModelError */
export function parseTransactWriteItems(body: unknown): TransactWriteItemsRequest {
  const request = readRequest(MEMBERS, body);
  const actions = request.TransactItems.map(toAction);
  let sizeBytes = 0;
  for (const {item, expressions} of actions) {
    sizeBytes += itemSizeBytes(item);
    for (const value of expressions.input.values?.values() ?? []) sizeBytes += valueSizeBytes(value);
  }
  if (sizeBytes > TRANSACTION_SIZE_BYTES_MAX) throw tooLargeTransaction();
  return {
    actions,
    clientRequestToken: request.ClientRequestToken,
    returnConsumedCapacity: request.ReturnConsumedCapacity ?? 'NONE',
    returnItemCollectionMetrics: request.ReturnItemCollectionMetrics ?? 'NONE',
  };
}

interface CommonMembers {
  readonly TableName: string;
  readonly ConditionExpression: string | undefined;
  readonly ExpressionAttributeNames: StructureOf<typeof PUT_MEMBERS>['ExpressionAttributeNames'];
  readonly ExpressionAttributeValues: StructureOf<typeof PUT_MEMBERS>['ExpressionAttributeValues'];
  readonly ReturnValuesOnConditionCheckFailure: ReturnOnCheckFailure | undefined;
}

function toAction({ConditionCheck, Put, Delete, Update}: StructureOf<typeof ITEM_MEMBERS>): TransactWriteAction {
  const given = [ConditionCheck, Put, Delete, Update].filter((action) => action !== undefined);
  if (given.length !== 1) throw validationError('TransactItems can only contain one of Check, Put, Update or Delete');
  if (ConditionCheck !== undefined) return action('check', ConditionCheck, ConditionCheck.Key, undefined);
  if (Put !== undefined) return action('put', Put, Put.Item, undefined);
  if (Delete !== undefined) return action('delete', Delete, Delete.Key, undefined);
  if (Update !== undefined) return action('update', Update, Update.Key, Update.UpdateExpression);
  throw validationError('TransactItems can only contain one of Check, Put, Update or Delete');
}
function action(kind: TransactWriteAction['kind'], members: CommonMembers, item: Deferred<Item>, update: string | undefined): TransactWriteAction {
  const expressions = readExpressions({
    update, condition: members.ConditionExpression, names: members.ExpressionAttributeNames, values: members.ExpressionAttributeValues,
  }, kind === 'update' ? ['UpdateExpression', 'ConditionExpression'] : ['ConditionExpression']);
  return {
    ...toTableReference(members.TableName), kind, item: item.get(), expressions,
    returnValuesOnConditionCheckFailure: members.ReturnValuesOnConditionCheckFailure ?? 'NONE',
  };
}
