import {validationError} from '../errors.js';
import {attributeValueToJson, itemToJson} from '../item-json.js';
import type {TableDescriptor} from '../table-descriptor.js';
import {ExpressionWriter} from './expression-writer.js';
import type {WrittenExpressions} from './expression-writer.js';
import {joined} from './key-equalities.js';
import {wholeKeyOf, writeExpressionsOf} from './plan-write.js';
import type {SelectStatement, StatementPath} from './statement-ast.js';
import type {ExecuteTransactionRequest, TransactStatement} from './statement-requests.js';
import {inTransactStatement} from './statement-requests.js';

type JsonObject = Readonly<Record<string, unknown>>;

/** A transaction as the body of TransactGetItems or TransactWriteItems. */
export interface TransactionPlan {
  readonly operation: 'TransactGetItems' | 'TransactWriteItems';
  readonly body: JsonObject;
  /** Of reads: paths to be laid side by side, by position; undefined when an item comes back as it is. */
  readonly rows: readonly (readonly StatementPath[] | undefined)[];
  /** Positions whose failed condition means that the item is there already. */
  readonly inserts: ReadonlySet<number>;
}

/**
 * @param tables one a statement, by position
 * @throws ModelError `ValidationException`
 */
export function planTransaction(request: ExecuteTransactionRequest, tables: readonly TableDescriptor[]): TransactionPlan {
  const {kind, statements, clientRequestToken, returnConsumedCapacity} = request;
  const rows: (readonly StatementPath[] | undefined)[] = [];
  const inserts = new Set<number>();
  const actions = statements.map((given, i) => inTransactStatement(i, () => {
    const table = tables[i] as TableDescriptor;
    if (given.statement.kind === 'insert') inserts.add(i);
    if (given.statement.kind !== 'select') return toWrite(given, table);
    const isFlat = given.statement.projection?.every(({path}) => path.length === 1) ?? true;
    rows[i] = isFlat ? undefined : given.statement.projection?.map(({path}) => path);
    return toGet(given.statement, given.text, table);
  }));
  return {
    operation: kind === 'read' ? 'TransactGetItems' : 'TransactWriteItems', rows, inserts,
    body: {
      TransactItems: actions, ReturnConsumedCapacity: returnConsumedCapacity,
      ...(kind === 'write' && clientRequestToken !== undefined ? {ClientRequestToken: clientRequestToken} : {}),
    },
  };
}

function toGet(select: SelectStatement, text: string, table: TableDescriptor): JsonObject {
  if (select.source.indexName !== undefined) throw validationError('Reads on indices are not supported within transactions.');
  const found = wholeKeyOf(select.where, table);
  if (found === undefined || found.rest.length > 0 || select.order.length > 0) {
    throw validationError('Select statements within ExecuteTransaction must specify the primary key in the where clause.');
  }
  const writer = new ExpressionWriter(text);
  const projection = select.projection === undefined ? undefined : writer.attributes([...new Set(select.projection.map(({path}) => String(path[0])))]);
  return {Get: {TableName: select.source.tableName, Key: itemToJson(found.key), ...members(writer, {projection})}};
}

function toWrite({statement, text, returnValuesOnConditionCheckFailure}: TransactStatement, table: TableDescriptor): JsonObject {
  const onFailure = {ReturnValuesOnConditionCheckFailure: returnValuesOnConditionCheckFailure};
  switch (statement.kind) {
    case 'insert': {
      const {writer, expressions} = writeExpressionsOf(statement, text, table);
      return {Put: {TableName: statement.source.tableName, Item: itemToJson(statement.item), ...members(writer, expressions)}};
    }
    case 'update': {
      const {writer, expressions, key} = writeExpressionsOf(statement, text, table);
      return {Update: {TableName: statement.source.tableName, Key: itemToJson(key), ...members(writer, expressions), ...onFailure}};
    }
    case 'delete': {
      const {writer, expressions, key} = writeExpressionsOf(statement, text, table);
      return {Delete: {TableName: statement.source.tableName, Key: itemToJson(key), ...members(writer, expressions), ...onFailure}};
    }
    case 'exists': {
      const {select} = statement;
      if (select.source.indexName !== undefined) throw validationError('Reads on indices are not supported within transactions.');
      const found = wholeKeyOf(select.where, table);
      const asked = joined(found?.rest ?? []);
      if (found === undefined || asked === undefined) throw validationError('EXISTS() must contain a single item read with additional condition');
      const writer = new ExpressionWriter(text);
      const condition = writer.condition(asked);
      return {ConditionCheck: {TableName: select.source.tableName, Key: itemToJson(found.key), ...members(writer, {condition}), ...onFailure}};
    }
    case 'select': throw validationError('ExecuteTransaction API does not support both read and write operations in the same request.');
  }
}

function members(writer: ExpressionWriter, written: WrittenExpressions): JsonObject {
  // A mistake is told in the words of statements, before the operation would tell it in its own.
  writer.compile(written);
  const {names, values} = writer.input(written);
  return {
    ...(written.condition === undefined ? {} : {ConditionExpression: written.condition}),
    ...(written.update === undefined ? {} : {UpdateExpression: written.update}),
    ...(written.projection === undefined ? {} : {ProjectionExpression: written.projection}),
    ...(names === undefined ? {} : {ExpressionAttributeNames: Object.fromEntries(names)}),
    ...(values === undefined ? {} : {ExpressionAttributeValues: Object.fromEntries([...values].map(([name, value]) => [name, attributeValueToJson(value)]))}),
  };
}
