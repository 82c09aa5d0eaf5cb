import {compareValues, equalValues} from '../attribute-value.js';
import {validationError} from '../errors.js';
import {beginsWith} from '../expressions/evaluate-condition.js';
import type {KeyCondition} from '../expressions/key-condition.js';
import {checkFilterNames, resolveKeyCondition} from '../expressions/key-condition.js';
import type {KeySchema, PrimaryKey} from '../key-schema.js';
import {validateKeyObject} from '../key-schema.js';
import type {SortKeyTest} from '../key-ranges.js';
import {checkConditionalOperator} from '../legacy/comparison.js';
import {toLegacyKeyCondition} from '../legacy/key-conditions.js';
import {ATTRIBUTES_TO_GET, CONDITIONS} from '../legacy/legacy-members.js';
import {translateLegacy} from '../legacy/legacy-translation.js';
import type {PageRequest} from './page-parameters.js';
import {LIMIT, SELECT, projectionParameter, toSelect} from './page-parameters.js';
import type {RequestExpressions} from './parameters.js';
import {
  CONDITIONAL_OPERATOR, CONSUMED_CAPACITY, EXPRESSION, INDEX_NAME, NAMES, TABLE_NAME, VALUES, checkMixing,
  defineMembers, readExpressions, readRequest, toTableReference,
} from './parameters.js';

const MEMBERS = defineMembers({
  TableName: TABLE_NAME,
  IndexName: INDEX_NAME,
  Select: SELECT,
  Limit: LIMIT,
  ReturnConsumedCapacity: CONSUMED_CAPACITY,
  ConsistentRead: {type: 'boolean'},
  ScanIndexForward: {type: 'boolean'},
  ExclusiveStartKey: {type: 'attribute-map'},
  KeyConditionExpression: EXPRESSION,
  FilterExpression: EXPRESSION,
  ProjectionExpression: EXPRESSION,
  ExpressionAttributeNames: NAMES,
  ExpressionAttributeValues: VALUES,
  KeyConditions: CONDITIONS,
  QueryFilter: CONDITIONS,
  AttributesToGet: ATTRIBUTES_TO_GET,
  ConditionalOperator: CONDITIONAL_OPERATOR,
});

export interface QueryRequest extends PageRequest {
  readonly scanIndexForward: boolean;
}

/** Every check that needs no table, in the service's order. @throws ModelError */
export function parseQuery(body: unknown): QueryRequest {
  const request = readRequest(MEMBERS, body);
  checkMixing({
    AttributesToGet: request.AttributesToGet, QueryFilter: request.QueryFilter,
    ConditionalOperator: request.ConditionalOperator,
    // KeyConditions may stand beside the other expressions, only not beside their own successor.
    KeyConditions: request.KeyConditionExpression === undefined ? undefined : request.KeyConditions,
  }, {
    ProjectionExpression: request.ProjectionExpression, FilterExpression: request.FilterExpression,
    KeyConditionExpression: request.KeyConditionExpression,
  });
  checkConditionalOperator(request.ConditionalOperator, request.QueryFilter);
  const legacy = translateLegacy({
    filter: request.QueryFilter, attributesToGet: request.AttributesToGet, conditionalOperator: request.ConditionalOperator,
  });
  const exclusiveStartKey = request.ExclusiveStartKey?.get();
  if (request.KeyConditionExpression === undefined && request.KeyConditions === undefined) {
    throw validationError('Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.');
  }
  const given = readExpressions({
    keyCondition: request.KeyConditionExpression, filter: request.FilterExpression, projection: request.ProjectionExpression,
    names: request.ExpressionAttributeNames, values: request.ExpressionAttributeValues,
  }, ['FilterExpression', 'KeyConditionExpression'], legacy);
  const expressions: RequestExpressions = request.KeyConditions === undefined
    ? given : {input: given.input, compiled: {...given.compiled, keyCondition: toLegacyKeyCondition(request.KeyConditions)}};
  return {
    ...toTableReference(request.TableName),
    indexName: request.IndexName,
    select: toSelect(request.Select, projectionParameter(request), request.IndexName),
    limit: request.Limit,
    consistentRead: request.ConsistentRead ?? false,
    scanIndexForward: request.ScanIndexForward ?? true,
    exclusiveStartKey,
    returnConsumedCapacity: request.ReturnConsumedCapacity ?? 'NONE',
    expressions,
  };
}

/** A query held against the schema it reads. */
export interface ResolvedQuery {
  readonly keyCondition: KeyCondition;
  readonly startKey: PrimaryKey | undefined;
}

/**
 * The checks of a query that need the schema: key condition, start key, filter.
 * @param schema of the table; for an index its own, with the start key checked by the caller instead
 * @throws ModelError `ValidationException`
 */
export function resolveQuery(request: QueryRequest, schema: KeySchema): ResolvedQuery {
  const {keyCondition: compiled, filter} = request.expressions.compiled;
  if (compiled === undefined) {
    throw validationError('Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.');
  }
  const keyCondition = resolveKeyCondition(compiled, schema);
  const startKey = request.exclusiveStartKey === undefined
    ? undefined : validateKeyObject(schema, request.exclusiveStartKey, true);
  if (startKey !== undefined) checkStartKey(startKey, keyCondition, schema);
  if (filter !== undefined) checkFilterNames(filter, schema);
  return {keyCondition, startKey};
}

function checkStartKey(key: PrimaryKey, condition: KeyCondition, schema: KeySchema): void {
  if (schema.range === undefined || condition.sort?.op === '=') {
    throw validationError('The query can return at most one row and cannot be restarted');
  }
  if (!equalValues(key.hash, condition.partitionKey)) {
    throw validationError('The provided starting key is outside query boundaries based on provided conditions');
  }
  if (condition.sort !== undefined && key.range !== undefined && !isWithin(key.range, condition.sort)) {
    throw validationError('The provided starting key does not match the range key predicate');
  }
}

/** Whether a sort key passes the test of a key condition. */
export function isWithin(value: NonNullable<PrimaryKey['range']>, test: SortKeyTest): boolean {
  const [first, second] = test.values;
  if (first === undefined) return true;
  const toFirst = compareValues(value, first) ?? 0;
  switch (test.op) {
    case '=': return toFirst === 0;
    case '<': return toFirst < 0;
    case '<=': return toFirst <= 0;
    case '>': return toFirst > 0;
    case '>=': return toFirst >= 0;
    case 'between': return toFirst >= 0 && second !== undefined && (compareValues(value, second) ?? 0) <= 0;
    case 'begins_with': return beginsWith(value, first);
  }
}
