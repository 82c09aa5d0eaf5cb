import type {Item} from '../attribute-value.js';
import type {
  RequestExpressions, ReturnConsumedCapacity, ReturnItemCollectionMetrics, ReturnOnCheckFailure, ReturnValues, TableReference,
} from './parameters.js';
import {
  COLLECTION_METRICS, CONDITIONAL_OPERATOR, CONSUMED_CAPACITY, EXPRESSION, LEGACY, NAMES, ON_CHECK_FAILURE,
  RETURN_VALUES, TABLE_NAME, VALUES, checkLegacy, defineMembers, readExpressions, readRequest, toTableReference,
} from './parameters.js';

const MEMBERS = defineMembers({
  TableName: TABLE_NAME,
  Key: {type: 'attribute-map', required: true},
  ReturnConsumedCapacity: CONSUMED_CAPACITY,
  ReturnItemCollectionMetrics: COLLECTION_METRICS,
  ReturnValues: RETURN_VALUES,
  ReturnValuesOnConditionCheckFailure: ON_CHECK_FAILURE,
  UpdateExpression: EXPRESSION,
  ConditionExpression: EXPRESSION,
  ExpressionAttributeNames: NAMES,
  ExpressionAttributeValues: VALUES,
  AttributeUpdates: LEGACY,
  Expected: LEGACY,
  ConditionalOperator: CONDITIONAL_OPERATOR,
});

export interface UpdateItemRequest extends TableReference {
  /** Values checked, not yet held against the schema. */
  readonly key: Item;
  readonly returnValues: ReturnValues;
  readonly returnValuesOnConditionCheckFailure: ReturnOnCheckFailure;
  readonly returnConsumedCapacity: ReturnConsumedCapacity;
  readonly returnItemCollectionMetrics: ReturnItemCollectionMetrics;
  /** Without an update the request still creates an item that is only its key. */
  readonly expressions: RequestExpressions;
}

/** Every check that needs no table, in the service's order. @throws ModelError */
export function parseUpdateItem(body: unknown): UpdateItemRequest {
  const request = readRequest(MEMBERS, body);
  checkLegacy({
    AttributeUpdates: request.AttributeUpdates, Expected: request.Expected, ConditionalOperator: request.ConditionalOperator,
  }, {UpdateExpression: request.UpdateExpression, ConditionExpression: request.ConditionExpression});
  const key = request.Key.get();
  const expressions = readExpressions({
    update: request.UpdateExpression, condition: request.ConditionExpression,
    names: request.ExpressionAttributeNames, values: request.ExpressionAttributeValues,
  }, ['UpdateExpression', 'ConditionExpression']);
  return {
    ...toTableReference(request.TableName),
    key,
    returnValues: request.ReturnValues ?? 'NONE',
    returnValuesOnConditionCheckFailure: request.ReturnValuesOnConditionCheckFailure ?? 'NONE',
    returnConsumedCapacity: request.ReturnConsumedCapacity ?? 'NONE',
    returnItemCollectionMetrics: request.ReturnItemCollectionMetrics ?? 'NONE',
    expressions,
  };
}
