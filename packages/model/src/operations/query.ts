import type {Item, KeyValue} from '../attribute-value.js';
import {compareValues, equalValues} from '../attribute-value.js';
import {INVALID_START_KEY, validationError} from '../errors.js';
import {beginsWith} from '../expressions/evaluate-condition.js';
import type {KeyCondition} from '../expressions/key-condition.js';
import {checkFilterNames, resolveKeyCondition} from '../expressions/key-condition.js';
import type {KeySchema, PrimaryKey} from '../key-schema.js';
import {keyNames, validateKeyObject} from '../key-schema.js';
import type {SortKeyTest} from '../key-ranges.js';
import {checkConditionalOperator} from '../legacy/comparison.js';
import {toLegacyKeyCondition} from '../legacy/key-conditions.js';
import {ATTRIBUTES_TO_GET, CONDITIONS} from '../legacy/legacy-members.js';
import {translateLegacy} from '../legacy/legacy-translation.js';
import type {PageRequest} from './page-parameters.js';
import {QUERY_LIMIT, SELECT, projectionParameter, readStartKey, toSelect} from './page-parameters.js';
import type {RequestExpressions} from './parameters.js';
import {
  CONDITIONAL_OPERATOR, CONSUMED_CAPACITY, EXPRESSION, INDEX_NAME, NAMES, TABLE_NAME, VALUES, checkMixing,
  defineMembers, readExpressions, readRequest, toTableReference,
} from './parameters.js';

/** In the order in which the service joins failures. */
const MEMBERS = defineMembers({
  Select: SELECT,
  IndexName: INDEX_NAME,
  ReturnConsumedCapacity: CONSUMED_CAPACITY,
  QueryFilter: CONDITIONS,
  TableName: TABLE_NAME,
  ConditionalOperator: CONDITIONAL_OPERATOR,
  AttributesToGet: ATTRIBUTES_TO_GET,
  Limit: QUERY_LIMIT,
  KeyConditions: CONDITIONS,
  ExclusiveStartKey: {type: 'attribute-map'},
  ConsistentRead: {type: 'boolean'},
  ScanIndexForward: {type: 'boolean'},
  KeyConditionExpression: EXPRESSION,
  FilterExpression: EXPRESSION,
  ProjectionExpression: EXPRESSION,
  ExpressionAttributeValues: VALUES,
  ExpressionAttributeNames: NAMES,
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
  const exclusiveStartKey = readStartKey(request.ExclusiveStartKey);
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
  const startKey = request.exclusiveStartKey === undefined ? undefined : toStartKey(request.exclusiveStartKey, schema);
  const keyCondition = resolveKeyCondition(compiled, schema);
  if (startKey !== undefined) checkStartKey(startKey, keyCondition, schema);
  if (filter !== undefined) checkFilterNames(filter, schema);
  return {keyCondition, startKey};
}

/** A query tells of names that do not fit and of values that do not in different words. */
function toStartKey(key: Item, schema: KeySchema): PrimaryKey {
  const names = keyNames(schema);
  if (key.size !== names.length || names.some((name) => !key.has(name))) throw validationError(INVALID_START_KEY);
  return validateKeyObject(schema, key, 'part-of-start-key');
}

function checkStartKey(key: PrimaryKey, condition: KeyCondition, schema: KeySchema): void {
  checkStartPlace({hash: key.hash, sort: key.range}, condition);
  if (schema.range === undefined) throw oneRow();
}

/**
 * Whether a query may start behind a key.
 * @param key its partition key, and the sort key of what is read
 * @param rows how many may have one key: one in a table, many in an index
 * @throws ModelError `ValidationException`
 */
export function checkStartPlace(
  {hash, sort}: {readonly hash: KeyValue; readonly sort: KeyValue | undefined}, condition: KeyCondition, rows: 'one' | 'many' = 'one',
): void {
  const isHere = equalValues(hash, condition.partitionKey);
  if (condition.sort === undefined || sort === undefined) {
    if (!isHere) throw validationError('The provided starting key is outside query boundaries based on provided conditions');
    return;
  }
  if (!isWithin(sort, condition.sort)) throw validationError('The provided starting key does not match the range key predicate');
  // With a test of the sort key the service says this of another partition too.
  if (!isHere || (condition.sort.op === '=' && rows === 'one')) throw oneRow();
}

function oneRow(): Error {
  return validationError('The query can return at most one row and cannot be restarted');
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
