import type {Item} from '../attribute-value.js';
import type {RequestExpressions, ReturnConsumedCapacity, TableReference} from './parameters.js';
import {
  CONSUMED_CAPACITY, EXPRESSION, LEGACY, NAMES, TABLE_NAME, checkLegacy, defineMembers, readExpressions, readRequest,
  toTableReference,
} from './parameters.js';

const MEMBERS = defineMembers({
  TableName: TABLE_NAME,
  Key: {type: 'attribute-map', required: true},
  ReturnConsumedCapacity: CONSUMED_CAPACITY,
  ConsistentRead: {type: 'boolean'},
  ProjectionExpression: EXPRESSION,
  ExpressionAttributeNames: NAMES,
  AttributesToGet: LEGACY,
});

export interface GetItemRequest extends TableReference {
  /** Values checked, not yet held against the schema. */
  readonly key: Item;
  readonly consistentRead: boolean;
  readonly returnConsumedCapacity: ReturnConsumedCapacity;
  readonly expressions: RequestExpressions;
}

/** Every check that needs no table, in the service's order. @throws ModelError */
export function parseGetItem(body: unknown): GetItemRequest {
  const request = readRequest(MEMBERS, body);
  checkLegacy({AttributesToGet: request.AttributesToGet}, {ProjectionExpression: request.ProjectionExpression});
  const key = request.Key.get();
  const expressions = readExpressions(
    {projection: request.ProjectionExpression, names: request.ExpressionAttributeNames}, []);
  return {
    ...toTableReference(request.TableName),
    key,
    consistentRead: request.ConsistentRead ?? false,
    returnConsumedCapacity: request.ReturnConsumedCapacity ?? 'NONE',
    expressions,
  };
}
