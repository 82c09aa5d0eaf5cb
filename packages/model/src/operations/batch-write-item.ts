import type {Item} from '../attribute-value.js';
import {validationError} from '../errors.js';
import {ITEM_SIZE_BYTES_MAX, itemSizeBytes} from '../item-size.js';
import type {KeySchema, PrimaryKey} from '../key-schema.js';
import {extractKey, keyToItem, validateKeyObject} from '../key-schema.js';
import {checkDistinct, checkEachTableOnce} from './batch-get-item.js';
import type {ReturnConsumedCapacity, ReturnItemCollectionMetrics, TableReference} from './parameters.js';
import {COLLECTION_METRICS, CONSUMED_CAPACITY, defineMembers, readRequest, toTableReference} from './parameters.js';

/** Puts and deletes in one call, over all tables. */
export const BATCH_WRITE_COUNT_MAX = 25;

/** In the order in which the service joins failures. */
const MEMBERS = defineMembers({
  ReturnConsumedCapacity: CONSUMED_CAPACITY,
  ReturnItemCollectionMetrics: COLLECTION_METRICS,
  RequestItems: {
    type: 'map', required: true, lengthMin: 1, lengthMax: BATCH_WRITE_COUNT_MAX,
    valueLengthMin: 1, valueLengthMax: BATCH_WRITE_COUNT_MAX,
    className: 'java.util.Map<java.lang.String, java.util.List<com.amazonaws.dynamodb.v20120810.WriteRequest>>',
    of: {
      type: 'list',
      of: {
        type: 'structure', className: 'com.amazonaws.dynamodb.v20120810.WriteRequest',
        members: {
          DeleteRequest: {
            type: 'structure', className: 'com.amazonaws.dynamodb.v20120810.DeleteRequest',
            members: {Key: {type: 'attribute-map', required: true}},
          },
          PutRequest: {
            type: 'structure', className: 'com.amazonaws.dynamodb.v20120810.PutRequest',
            members: {Item: {type: 'attribute-map', required: true}},
          },
        },
      },
    },
  },
});

export type BatchWrite =
  | {readonly kind: 'put'; readonly item: Item; readonly itemSizeBytes: number}
  | {readonly kind: 'delete'; readonly key: Item};
export interface BatchWriteTable extends TableReference {
  readonly writes: readonly BatchWrite[];
}
export interface BatchWriteItemRequest {
  /** One a table, in the order given. */
  readonly tables: readonly BatchWriteTable[];
  readonly returnConsumedCapacity: ReturnConsumedCapacity;
  readonly returnItemCollectionMetrics: ReturnItemCollectionMetrics;
}

/** Every check that needs no table, in the service's order. @throws ModelError */
export function parseBatchWriteItem(body: unknown): BatchWriteItemRequest {
  const request = readRequest(MEMBERS, body);
  let writeCount = 0;
  const tables: BatchWriteTable[] = [];
  for (const [name, list] of request.RequestItems) {
    writeCount += list.length;
    if (writeCount > BATCH_WRITE_COUNT_MAX) throw validationError('Too many items requested for the BatchWriteItem call');
    if (list.some((write) => write.PutRequest === undefined && write.DeleteRequest === undefined)) throw notOneKind();
    tables.push({...toTableReference(name), writes: list.map(toWrite)});
  }
  checkEachTableOnce(tables);
  return {
    tables,
    returnConsumedCapacity: request.ReturnConsumedCapacity ?? 'NONE',
    returnItemCollectionMetrics: request.ReturnItemCollectionMetrics ?? 'NONE',
  };
}

interface WriteMembers {
  readonly PutRequest: {readonly Item: {get(): Item}} | undefined;
  readonly DeleteRequest: {readonly Key: {get(): Item}} | undefined;
}

function toWrite({PutRequest: put, DeleteRequest: remove}: WriteMembers): BatchWrite {
  if (put !== undefined && remove !== undefined) throw notOneKind();
  if (put !== undefined) {
    const item = put.Item.get();
    const sizeBytes = itemSizeBytes(item);
    if (sizeBytes > ITEM_SIZE_BYTES_MAX) throw validationError('Item size has exceeded the maximum allowed size');
    return {kind: 'put', item, itemSizeBytes: sizeBytes};
  }
  if (remove !== undefined) return {kind: 'delete', key: remove.Key.get()};
  throw notOneKind();
}

/** The service has one text for a request of both kinds and for one of none. */
function notOneKind(): Error {
  return validationError('Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes');
}

/**
 * The checks of one table's writes that need its schema. Unlike a put by itself, one of a batch whose key does not fit
 * is told so in the words of a lookup.
 * @returns each write's key, in order
 * @throws ModelError `ValidationException` for a wrong key, and when two writes meet in one item
 */
export function resolveBatchWrites(writes: readonly BatchWrite[], schema: KeySchema): readonly PrimaryKey[] {
  const keys = writes.map((write) =>
    (write.kind === 'put' ? extractKey(schema, write.item, 'as-lookup') : validateKeyObject(schema, write.key)));
  checkDistinct(keys.map((key) => keyToItem(schema, key)));
  return keys;
}
