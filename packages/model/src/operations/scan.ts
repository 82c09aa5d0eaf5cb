import {validationError} from '../errors.js';
import {checkConditionalOperator} from '../legacy/comparison.js';
import {ATTRIBUTES_TO_GET, CONDITIONS} from '../legacy/legacy-members.js';
import {checkAttributesToGet, translateLegacy} from '../legacy/legacy-translation.js';
import type {PageRequest} from './page-parameters.js';
import {LIMIT, SELECT, projectionParameter, readStartKey, toSelect} from './page-parameters.js';
import {
  CONDITIONAL_OPERATOR, CONSUMED_CAPACITY, EXPRESSION, INDEX_NAME, NAMES, TABLE_NAME, VALUES, checkMixing,
  defineMembers, readExpressions, readRequest, toTableReference,
} from './parameters.js';

/** In the order in which the service joins failures. */
const MEMBERS = defineMembers({
  Select: SELECT,
  IndexName: INDEX_NAME,
  TotalSegments: {type: 'integer', className: 'Integer', min: 1, max: 1_000_000},
  ReturnConsumedCapacity: CONSUMED_CAPACITY,
  TableName: TABLE_NAME,
  ConditionalOperator: CONDITIONAL_OPERATOR,
  ScanFilter: CONDITIONS,
  Segment: {type: 'integer', className: 'Integer', min: 0, max: 999_999},
  Limit: LIMIT,
  AttributesToGet: ATTRIBUTES_TO_GET,
  ExclusiveStartKey: {type: 'attribute-map'},
  ConsistentRead: {type: 'boolean'},
  FilterExpression: EXPRESSION,
  ProjectionExpression: EXPRESSION,
  ExpressionAttributeValues: VALUES,
  ExpressionAttributeNames: NAMES,
});

export interface ScanRequest extends PageRequest {
  /** Which part of the ring to read; undefined reads all of it. */
  readonly segment: {readonly index: number; readonly count: number} | undefined;
}

/** Every check that needs no table, in the service's order. @throws ModelError */
export function parseScan(body: unknown): ScanRequest {
  const request = readRequest(MEMBERS, body);
  checkMixing({
    AttributesToGet: request.AttributesToGet, ScanFilter: request.ScanFilter, ConditionalOperator: request.ConditionalOperator,
  }, {ProjectionExpression: request.ProjectionExpression, FilterExpression: request.FilterExpression});
  checkConditionalOperator(request.ConditionalOperator, request.ScanFilter);
  if (request.AttributesToGet !== undefined) checkAttributesToGet(request.AttributesToGet);
  const legacy = translateLegacy({
    filter: request.ScanFilter, attributesToGet: request.AttributesToGet, conditionalOperator: request.ConditionalOperator,
  });
  const exclusiveStartKey = readStartKey(request.ExclusiveStartKey);
  const segment = toSegment(request.Segment, request.TotalSegments);
  const expressions = readExpressions({
    filter: request.FilterExpression, projection: request.ProjectionExpression,
    names: request.ExpressionAttributeNames, values: request.ExpressionAttributeValues,
  }, ['FilterExpression'], legacy);
  return {
    ...toTableReference(request.TableName),
    indexName: request.IndexName,
    select: toSelect(request.Select, projectionParameter(request), request.IndexName),
    limit: request.Limit,
    consistentRead: request.ConsistentRead ?? false,
    segment,
    exclusiveStartKey,
    returnConsumedCapacity: request.ReturnConsumedCapacity ?? 'NONE',
    expressions,
  };
}

function toSegment(index: number | undefined, count: number | undefined): ScanRequest['segment'] {
  if (index === undefined && count === undefined) return undefined;
  if (count === undefined) {
    throw validationError(
      'The TotalSegments parameter is required but was not present in the request when Segment parameter is present');
  }
  if (index === undefined) {
    throw validationError(
      'The Segment parameter is required but was not present in the request when parameter TotalSegments is present');
  }
  if (index >= count) {
    throw validationError('The Segment parameter is zero-based and must be less than parameter TotalSegments: '
      + `Segment: ${index} is not less than TotalSegments: ${count}`);
  }
  return {index, count};
}
