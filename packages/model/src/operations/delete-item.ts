import type {Item} from '../attribute-value.js';
import type {
  RequestExpressions, ReturnConsumedCapacity, ReturnItemCollectionMetrics, ReturnOnCheckFailure, TableReference,
} from './parameters.js';
import {
  COLLECTION_METRICS, CONDITIONAL_OPERATOR, CONSUMED_CAPACITY, EXPRESSION, LEGACY, NAMES, ON_CHECK_FAILURE,
  RETURN_VALUES, TABLE_NAME, VALUES, checkLegacy, defineMembers, readExpressions, readRequest, toTableReference,
} from './parameters.js';
import {toOldReturnValues} from './put-item.js';

const MEMBERS = defineMembers({
  TableName: TABLE_NAME,
  Key: {type: 'attribute-map', required: true},
  ReturnConsumedCapacity: CONSUMED_CAPACITY,
  ReturnItemCollectionMetrics: COLLECTION_METRICS,
  ReturnValues: RETURN_VALUES,
  ReturnValuesOnConditionCheckFailure: ON_CHECK_FAILURE,
  ConditionExpression: EXPRESSION,
  ExpressionAttributeNames: NAMES,
  ExpressionAttributeValues: VALUES,
  Expected: LEGACY,
  ConditionalOperator: CONDITIONAL_OPERATOR,
});

export interface DeleteItemRequest extends TableReference {
  /** Values checked, not yet held against the schema. */
  readonly key: Item;
  readonly returnValues: 'ALL_OLD' | 'NONE';
  readonly returnValuesOnConditionCheckFailure: ReturnOnCheckFailure;
  readonly returnConsumedCapacity: ReturnConsumedCapacity;
  readonly returnItemCollectionMetrics: ReturnItemCollectionMetrics;
  readonly expressions: RequestExpressions;
}

/** Every check that needs no table, in the service's order. @throws ModelError */
export function parseDeleteItem(body: unknown): DeleteItemRequest {
  const request = readRequest(MEMBERS, body);
  checkLegacy({Expected: request.Expected, ConditionalOperator: request.ConditionalOperator},
    {ConditionExpression: request.ConditionExpression});
  const key = request.Key.get();
  const returnValues = toOldReturnValues(request.ReturnValues);
  const expressions = readExpressions({
    condition: request.ConditionExpression, names: request.ExpressionAttributeNames, values: request.ExpressionAttributeValues,
  }, ['ConditionExpression']);
  return {
    ...toTableReference(request.TableName),
    key,
    returnValues,
    returnValuesOnConditionCheckFailure: request.ReturnValuesOnConditionCheckFailure ?? 'NONE',
    returnConsumedCapacity: request.ReturnConsumedCapacity ?? 'NONE',
    returnItemCollectionMetrics: request.ReturnItemCollectionMetrics ?? 'NONE',
    expressions,
  };
}
