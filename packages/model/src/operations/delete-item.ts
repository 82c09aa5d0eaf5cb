import type {Item} from '../attribute-value.js';
import {checkConditionalOperator} from '../legacy/comparison.js';
import {EXPECTED} from '../legacy/legacy-members.js';
import {translateLegacy} from '../legacy/legacy-translation.js';
import type {
  RequestExpressions, ReturnConsumedCapacity, ReturnItemCollectionMetrics, ReturnOnCheckFailure, TableReference,
} from './parameters.js';
import {
  COLLECTION_METRICS, CONDITIONAL_OPERATOR, CONSUMED_CAPACITY, EXPRESSION, NAMES, ON_CHECK_FAILURE,
  RETURN_VALUES, TABLE_NAME, VALUES, checkMixing, defineMembers, readExpressions, readRequest, toTableReference,
} from './parameters.js';
import {toOldReturnValues} from './put-item.js';

/** In the order in which the service joins failures. */
const MEMBERS = defineMembers({
  ReturnConsumedCapacity: CONSUMED_CAPACITY,
  TableName: TABLE_NAME,
  ReturnValues: RETURN_VALUES,
  ReturnItemCollectionMetrics: COLLECTION_METRICS,
  ReturnValuesOnConditionCheckFailure: ON_CHECK_FAILURE,
  ConditionalOperator: CONDITIONAL_OPERATOR,
  Key: {type: 'attribute-map', required: true},
  Expected: EXPECTED,
  ConditionExpression: EXPRESSION,
  ExpressionAttributeValues: VALUES,
  ExpressionAttributeNames: NAMES,
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
  checkMixing({Expected: request.Expected, ConditionalOperator: request.ConditionalOperator},
    {ConditionExpression: request.ConditionExpression});
  checkConditionalOperator(request.ConditionalOperator, request.Expected);
  const key = request.Key.get();
  const returnValues = toOldReturnValues(request.ReturnValues);
  const legacy = translateLegacy({expected: request.Expected, conditionalOperator: request.ConditionalOperator});
  const expressions = readExpressions({
    condition: request.ConditionExpression, names: request.ExpressionAttributeNames, values: request.ExpressionAttributeValues,
  }, ['ConditionExpression'], legacy);
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
