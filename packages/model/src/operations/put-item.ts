import type {Item} from '../attribute-value.js';
import {validationError} from '../errors.js';
import {ITEM_SIZE_BYTES_MAX, itemSizeBytes} from '../item-size.js';
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

/** In the order in which the service joins failures. */
const MEMBERS = defineMembers({
  ReturnConsumedCapacity: CONSUMED_CAPACITY,
  TableName: TABLE_NAME,
  Item: {type: 'attribute-map', required: true},
  ConditionalOperator: CONDITIONAL_OPERATOR,
  Expected: EXPECTED,
  ReturnValues: RETURN_VALUES,
  ReturnItemCollectionMetrics: COLLECTION_METRICS,
  ReturnValuesOnConditionCheckFailure: ON_CHECK_FAILURE,
  ConditionExpression: EXPRESSION,
  ExpressionAttributeValues: VALUES,
  ExpressionAttributeNames: NAMES,
});

export interface PutItemRequest extends TableReference {
  readonly item: Item;
  /** Size by the service's rules. */
  readonly itemSizeBytes: number;
  readonly returnValues: 'ALL_OLD' | 'NONE';
  readonly returnValuesOnConditionCheckFailure: ReturnOnCheckFailure;
  readonly returnConsumedCapacity: ReturnConsumedCapacity;
  readonly returnItemCollectionMetrics: ReturnItemCollectionMetrics;
  readonly expressions: RequestExpressions;
}

/** Every check that needs no table, in the service's order. @throws ModelError */
export function parsePutItem(body: unknown): PutItemRequest {
  const request = readRequest(MEMBERS, body);
  checkMixing({Expected: request.Expected, ConditionalOperator: request.ConditionalOperator},
    {ConditionExpression: request.ConditionExpression});
  checkConditionalOperator(request.ConditionalOperator, request.Expected);
  const item = request.Item.get();
  const returnValues = toOldReturnValues(request.ReturnValues);
  const sizeBytes = itemSizeBytes(item);
  if (sizeBytes > ITEM_SIZE_BYTES_MAX) throw validationError('Item size has exceeded the maximum allowed size');
  const legacy = translateLegacy({expected: request.Expected, conditionalOperator: request.ConditionalOperator});
  const expressions = readExpressions({
    condition: request.ConditionExpression, names: request.ExpressionAttributeNames, values: request.ExpressionAttributeValues,
  }, ['ConditionExpression'], legacy);
  return {
    ...toTableReference(request.TableName),
    item,
    itemSizeBytes: sizeBytes,
    returnValues,
    returnValuesOnConditionCheckFailure: request.ReturnValuesOnConditionCheckFailure ?? 'NONE',
    returnConsumedCapacity: request.ReturnConsumedCapacity ?? 'NONE',
    returnItemCollectionMetrics: request.ReturnItemCollectionMetrics ?? 'NONE',
    expressions,
  };
}

/** PutItem and DeleteItem have no new image to return. @throws ModelError `ValidationException` */
export function toOldReturnValues(given: string | undefined): 'ALL_OLD' | 'NONE' {
  if (given === undefined || given === 'NONE') return 'NONE';
  if (given !== 'ALL_OLD') throw validationError('ReturnValues can only be ALL_OLD or NONE');
  return given;
}
