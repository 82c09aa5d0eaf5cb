import type {Item} from '../attribute-value.js';
import {ATTRIBUTES_TO_GET} from '../legacy/legacy-members.js';
import {translateLegacy} from '../legacy/legacy-translation.js';
import type {RequestExpressions, ReturnConsumedCapacity, TableReference} from './parameters.js';
import {
  CONSUMED_CAPACITY, EXPRESSION, NAMES, TABLE_NAME, checkMixing, defineMembers, readExpressions, readRequest,
  toTableReference,
} from './parameters.js';

/** In the order in which the service joins failures. */
const MEMBERS = defineMembers({
  ReturnConsumedCapacity: CONSUMED_CAPACITY,
  AttributesToGet: ATTRIBUTES_TO_GET,
  TableName: TABLE_NAME,
  Key: {type: 'attribute-map', required: true},
  ConsistentRead: {type: 'boolean'},
  ProjectionExpression: EXPRESSION,
  ExpressionAttributeNames: NAMES,
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
  checkMixing({AttributesToGet: request.AttributesToGet}, {ProjectionExpression: request.ProjectionExpression});
  const key = request.Key.get();
  const legacy = translateLegacy({attributesToGet: request.AttributesToGet});
  const expressions = readExpressions(
    {projection: request.ProjectionExpression, names: request.ExpressionAttributeNames}, [], legacy);
  return {
    ...toTableReference(request.TableName),
    key,
    consistentRead: request.ConsistentRead ?? false,
    returnConsumedCapacity: request.ReturnConsumedCapacity ?? 'NONE',
    expressions,
  };
}
