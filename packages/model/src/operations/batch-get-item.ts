import type {Item} from '../attribute-value.js';
import {invalidParameters, validationError} from '../errors.js';
import {itemText} from '../item-json.js';
import {ATTRIBUTES_TO_GET} from '../legacy/legacy-members.js';
import {translateLegacy} from '../legacy/legacy-translation.js';
import type {RequestExpressions, ReturnConsumedCapacity, TableReference} from './parameters.js';
import {
  CONSUMED_CAPACITY, EXPRESSION, NAMES, checkMixing, defineMembers, readExpressions, readRequest, toTableReference,
} from './parameters.js';

/** Keys in one call, over all tables. */
export const BATCH_GET_KEY_COUNT_MAX = 100;

/** In the order in which the service joins failures. */
const MEMBERS = defineMembers({
  ReturnConsumedCapacity: CONSUMED_CAPACITY,
  RequestItems: {
    type: 'map', required: true, lengthMin: 1, lengthMax: 100,
    className: 'java.util.Map<java.lang.String, com.amazonaws.dynamodb.v20120810.KeysAndAttributes>',
    of: {
      type: 'structure', className: 'com.amazonaws.dynamodb.v20120810.KeysAndAttributes',
      members: {
        Keys: {type: 'list', of: {type: 'attribute-map'}, lengthMin: 1, lengthMax: BATCH_GET_KEY_COUNT_MAX, required: true},
        ConsistentRead: {type: 'boolean'},
        ProjectionExpression: EXPRESSION,
        ExpressionAttributeNames: NAMES,
        AttributesToGet: ATTRIBUTES_TO_GET,
      },
    },
  },
});

export interface BatchGetTable extends TableReference {
  /** Values checked, not yet held against the schema; no two the same text. */
  readonly keys: readonly Item[];
  readonly consistentRead: boolean;
  readonly expressions: RequestExpressions;
}
export interface BatchGetItemRequest {
  /** One a table, in the order given. */
  readonly tables: readonly BatchGetTable[];
  readonly returnConsumedCapacity: ReturnConsumedCapacity;
}

/** Every check that needs no table, in the service's order. @throws ModelError */
export function parseBatchGetItem(body: unknown): BatchGetItemRequest {
  const request = readRequest(MEMBERS, body);
  // The generations may not meet in two tables of one request either.
  const all = [...request.RequestItems.values()];
  checkMixing({AttributesToGet: all.find((table) => table.AttributesToGet !== undefined)}, {ProjectionExpression: all.find((table) => table.ProjectionExpression !== undefined)});
  let keyCount = 0;
  const tables: BatchGetTable[] = [];
  for (const [name, table] of request.RequestItems) {
    keyCount += table.Keys.length;
    if (keyCount > BATCH_GET_KEY_COUNT_MAX) throw validationError('Too many items requested for the BatchGetItem call');
    const legacy = translateLegacy({attributesToGet: table.AttributesToGet});
    const keys = table.Keys.map((key) => key.get());
    checkDistinct(keys);
    tables.push({
      ...toTableReference(name),
      keys,
      consistentRead: table.ConsistentRead ?? false,
      expressions: readExpressions({projection: table.ProjectionExpression, names: table.ExpressionAttributeNames}, [], legacy),
    });
  }
  checkEachTableOnce(tables);
  return {tables, returnConsumedCapacity: request.ReturnConsumedCapacity ?? 'NONE'};
}

/** A table may be named or given by its ARN, but once. @throws ModelError `ValidationException` */
export function checkEachTableOnce(tables: readonly TableReference[]): void {
  const names = new Set<string>();
  for (const {tableName} of tables) {
    if (names.has(tableName)) throw invalidParameters(`The table is given more than once in the request: ${tableName}`);
    names.add(tableName);
  }
}

/** @throws ModelError `ValidationException` when two keys are the same, whatever the order of their attributes */
export function checkDistinct(keys: readonly Item[]): void {
  const seen = new Set<string>();
  for (const key of keys) seen.add(itemText(new Map([...key].sort(([a], [b]) => (a < b ? -1 : 1)))));
  if (seen.size !== keys.length) throw validationError('Provided list of item keys contains duplicates');
}
