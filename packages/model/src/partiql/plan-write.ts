import type {Item, KeyValue} from '../attribute-value.js';
import {validationError} from '../errors.js';
import type {CompiledProjection} from '../expressions/bound.js';
import {ITEM_SIZE_BYTES_MAX, itemSizeBytes} from '../item-size.js';
import {keyNames} from '../key-schema.js';
import type {DeleteItemRequest} from '../operations/delete-item.js';
import type {ReturnConsumedCapacity, ReturnOnCheckFailure, ReturnValues} from '../operations/parameters.js';
import {toTableReference} from '../operations/parameters.js';
import type {PutItemRequest} from '../operations/put-item.js';
import type {UpdateItemRequest} from '../operations/update-item.js';
import type {TableDescriptor} from '../table-descriptor.js';
import {ExpressionWriter} from './expression-writer.js';
import type {WrittenExpressions} from './expression-writer.js';
import {joined, takeKey} from './key-equalities.js';
import type {Condition, DeleteStatement, InsertStatement, Returning, UpdateStatement} from './statement-ast.js';

export type WriteStatement = InsertStatement | UpdateStatement | DeleteStatement;

export interface WriteOptions {
  readonly returnConsumedCapacity: ReturnConsumedCapacity;
  readonly returnValuesOnConditionCheckFailure: ReturnOnCheckFailure;
}

/** A write as a single-item operation. */
export type WritePlan =
  | {readonly kind: 'put'; readonly request: PutItemRequest}
  | {
    readonly kind: 'update'; readonly request: UpdateItemRequest;
    /** What is shown of the whole new item, where UPDATED_NEW would leave out what moved to a removed place. */
    readonly shown: CompiledProjection | undefined;
  }
  | {readonly kind: 'delete'; readonly request: DeleteItemRequest};

/** A write in the words of the item operations: texts and placeholders. */
export interface WrittenWrite {
  readonly writer: ExpressionWriter;
  readonly expressions: WrittenExpressions;
  /** Of UPDATE and DELETE; the item of an INSERT has its own. */
  readonly key: Item;
}

/**
 * INSERT is a put of an item that must not be there, UPDATE an update of one that must, and DELETE a delete that takes an
 * absent item for done whatever else it asks.
 * @param statement its text, for messages
 * @throws ModelError `ValidationException`
 */
export function planWrite(write: WriteStatement, statement: string, table: TableDescriptor, options: WriteOptions): WritePlan {
  const {writer, expressions, key} = writeExpressionsOf(write, statement, table);
  const shared = {...toTableReference(write.source.tableName), ...options, returnItemCollectionMetrics: 'NONE', expressions: writer.compile(expressions)} as const;
  switch (write.kind) {
    case 'insert': {
      const sizeBytes = itemSizeBytes(write.item);
      if (sizeBytes > ITEM_SIZE_BYTES_MAX) throw validationError('Item size has exceeded the maximum allowed size');
      return {kind: 'put', request: {...shared, item: write.item, itemSizeBytes: sizeBytes, returnValues: 'NONE'}};
    }
    case 'update': {
      const isMoved = write.returning?.which === 'MODIFIED' && write.returning.image === 'NEW'
        && write.clauses.some(({kind, target}) => kind === 'remove' && target.path.some((element) => typeof element === 'number'));
      return {
        kind: 'update', request: {...shared, key, returnValues: isMoved ? 'ALL_NEW' : toReturnValues(write.returning)},
        shown: isMoved ? pathsOf(write, statement) : undefined,
      };
    }
    case 'delete':
      return {kind: 'delete', request: {...shared, key, returnValues: write.returning === undefined ? 'NONE' : 'ALL_OLD'}};
  }
}

/** @throws ModelError `ValidationException` */
export function writeExpressionsOf(write: WriteStatement, statement: string, table: TableDescriptor): WrittenWrite {
  if (write.source.indexName !== undefined) throw validationError('This operation is not supported on an index');
  const writer = new ExpressionWriter(statement);
  const hash = writer.path([table.keySchema.hash.name]);
  if (write.kind === 'insert') return {writer, expressions: {condition: `attribute_not_exists(${hash})`}, key: new Map()};
  const {key, rest} = keyOf(write.where, table);
  const asked = joined(rest);
  const text = asked === undefined ? undefined : writer.condition(asked);
  if (write.kind === 'update') {
    const exists = `attribute_exists(${hash})`;
    return {writer, key, expressions: {
      update: writer.update(write.clauses),
      condition: text === undefined ? exists : `${exists} AND ${asked?.kind === 'or' ? `(${text})` : text}`,
    }};
  }
  if (text !== undefined) return {writer, key, expressions: {condition: `attribute_not_exists(${hash}) OR ${text}`}};
  return {writer: new ExpressionWriter(statement), key, expressions: {}};
}

/** The whole primary key by equalities, and what else is asked. @throws ModelError `ValidationException` */
function keyOf(where: Condition | undefined, table: TableDescriptor): {readonly key: Item; readonly rest: readonly Condition[]} {
  const key = wholeKeyOf(where, table);
  if (key === undefined) throw validationError('Where clause does not contain a mandatory equality on all key attributes');
  return key;
}

/** @returns undefined when an equality is missing */
export function wholeKeyOf(
  where: Condition | undefined, table: TableDescriptor,
): {readonly key: ReadonlyMap<string, KeyValue>; readonly rest: readonly Condition[]} | undefined {
  const names = keyNames(table.keySchema);
  const {values, rest} = takeKey(where, names);
  return values.size < names.length ? undefined : {key: values, rest};
}

function pathsOf({clauses}: UpdateStatement, statement: string): CompiledProjection | undefined {
  const writer = new ExpressionWriter(statement);
  return writer.compile({projection: clauses.map(({target}) => writer.path(target.path)).join(', ')}).compiled.projection;
}

function toReturnValues(returning: Returning | undefined): ReturnValues {
  if (returning === undefined) return 'NONE';
  return `${returning.which === 'ALL' ? 'ALL' : 'UPDATED'}_${returning.image}`;
}
