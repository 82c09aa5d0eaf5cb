import type {Item} from '../attribute-value.js';
import {checkConditionalOperator} from '../legacy/comparison.js';
import {ATTRIBUTE_UPDATES, EXPECTED} from '../legacy/legacy-members.js';
import {translateLegacy} from '../legacy/legacy-translation.js';
import type {
  RequestExpressions, ReturnConsumedCapacity, ReturnItemCollectionMetrics, ReturnOnCheckFailure, ReturnValues, TableReference,
} from './parameters.js';
import {
  COLLECTION_METRICS, CONDITIONAL_OPERATOR, CONSUMED_CAPACITY, EXPRESSION, NAMES, ON_CHECK_FAILURE,
  RETURN_VALUES, TABLE_NAME, VALUES, checkMixing, defineMembers, readExpressions, readRequest, toTableReference,
} from './parameters.js';

/** In the order in which the service joins failures. */
const MEMBERS = defineMembers({
  ReturnConsumedCapacity: CONSUMED_CAPACITY,
  TableName: TABLE_NAME,
  ReturnItemCollectionMetrics: COLLECTION_METRICS,
  ReturnValues: RETURN_VALUES,
  ReturnValuesOnConditionCheckFailure: ON_CHECK_FAILURE,
  ConditionalOperator: CONDITIONAL_OPERATOR,
  Key: {type: 'attribute-map', required: true},
  Expected: EXPECTED,
  AttributeUpdates: ATTRIBUTE_UPDATES,
  ConditionExpression: EXPRESSION,
  UpdateExpression: EXPRESSION,
  ExpressionAttributeValues: VALUES,
  ExpressionAttributeNames: NAMES,
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
  checkMixing({
    AttributeUpdates: request.AttributeUpdates, Expected: request.Expected, ConditionalOperator: request.ConditionalOperator,
  }, {UpdateExpression: request.UpdateExpression, ConditionExpression: request.ConditionExpression});
  checkConditionalOperator(request.ConditionalOperator, request.Expected);
  const key = request.Key.get();
  const legacy = translateLegacy({
    attributeUpdates: request.AttributeUpdates, expected: request.Expected, conditionalOperator: request.ConditionalOperator,
  });
  const expressions = readExpressions({
    update: request.UpdateExpression, condition: request.ConditionExpression,
    names: request.ExpressionAttributeNames, values: request.ExpressionAttributeValues,
  }, ['UpdateExpression', 'ConditionExpression'], legacy);
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
