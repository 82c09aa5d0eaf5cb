import {utf8Encode} from '@murmuration/base';
import {flattenItem, itemToJson, parseExecuteTransaction, parseItem, planTransaction, toTableReference, transactionCancelled} from '@murmuration/model';
import type {ModelFailure, StatementPath, TransactionPlan} from '@murmuration/model';
import type {Exchange} from '../exchange.js';
import {carryOutInside} from '../inner-exchange.js';
import type {JsonObject} from '../inner-exchange.js';
import type {OperationServices} from '../services.js';
import {transactGetItems} from './transact-get-items.js';
import {transactWriteItems} from './transact-write-items.js';

/** All statements or none: as TransactGetItems or TransactWriteItems. */
export function executeTransaction(exchange: Exchange, services: OperationServices): void {
  const request = parseExecuteTransaction(exchange.body);
  const names = request.statements.map(({statement}) => toTableReference((statement.kind === 'exists' ? statement.select : statement).source.tableName).tableName);
  services.tables.findAll(exchange, names, (tables) => {
    const plan = planTransaction(request, tables);
    for (const {statement} of request.statements) services.metrics.planned(statement.kind, 'item');
    const carryOut = plan.operation === 'TransactGetItems' ? transactGetItems : transactWriteItems;
    carryOutInside(exchange, plan.operation, plan.body, (inner) => carryOut(inner, services), (answer) => {
      switch (answer.kind) {
        case 'answered':
          exchange.succeed(utf8Encode(JSON.stringify(reply(answer.body, plan))));
          return;
        case 'refused':
          exchange.reject(statementFailure(answer.failure, plan));
          return;
        case 'broken':
          throw answer.error;
      }
    });
  });
}

/** Writes have no responses, which is told by an empty list. */
function reply(body: JsonObject, {rows}: TransactionPlan): JsonObject {
  const {Responses: responses, ConsumedCapacity: capacity} = body;
  return {Responses: Array.isArray(responses) ? responses.map((response: JsonObject, i) => toRow(response, rows[i])) : [], ConsumedCapacity: capacity};
}

function toRow(response: JsonObject, paths: readonly StatementPath[] | undefined): JsonObject {
  return paths === undefined || response['Item'] === undefined ? response : {Item: itemToJson(flattenItem(paths, parseItem(response['Item'])))};
}

/** An INSERT puts where nothing must be: its failed condition has a name of its own. */
function statementFailure(failure: ModelFailure, {inserts}: TransactionPlan): ModelFailure {
  const reasons = failure.cancellationReasons;
  if (reasons === undefined || inserts.size === 0) return failure;
  return transactionCancelled(reasons.map((reason, i) => (inserts.has(i) && reason.code === 'ConditionalCheckFailed'
    ? {code: 'DuplicateItem', message: 'Duplicate primary key exists in table', item: undefined} : reason))).failure;
}
