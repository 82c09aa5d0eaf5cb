import {utf8Decode, utf8Encode} from '@murmuration/base';
import {ModelError, parseBatchExecuteStatement} from '@murmuration/model';
import type {BatchStatement, FailureCode, ModelFailure} from '@murmuration/model';
import type {Exchange} from '../exchange.js';
import type {OperationServices} from '../services.js';
import {runStatement} from '../statement-run.js';
import type {StatementOutcome} from '../statement-run.js';

/** Every statement by itself: one that fails stands in the answer with its error, and the others go on. */
export function batchExecuteStatement(exchange: Exchange, services: OperationServices): void {
  const request = parseBatchExecuteStatement(exchange.body);
  const outcomes: StatementOutcome[] = [];
  let openCount = request.statements.length;
  const answered = exchange.step(() => {
    for (const outcome of outcomes) if (outcome.kind === 'broken') throw outcome.error;
    exchange.succeed(utf8Encode(replyText(request.statements, outcomes)));
  });
  request.statements.forEach((given, i) => {
    const settle = (outcome: StatementOutcome): void => {
      outcomes[i] = outcome;
      openCount -= 1;
      if (openCount === 0) answered(undefined);
    };
    const {statement} = given;
    if (statement instanceof ModelError) settle({kind: 'refused', failure: statement.failure, hasRun: false});
    else {
      runStatement(exchange, services, {
        ...given, statement, parameters: [], limit: undefined, nextToken: undefined, returnConsumedCapacity: request.returnConsumedCapacity, isSingleItem: true,
      }, settle);
    }
  });
}

function replyText(statements: readonly BatchStatement[], outcomes: readonly StatementOutcome[]): string {
  const responses = outcomes.map((outcome, i) => {
    const statement = statements[i]?.statement;
    const tableName = statement === undefined || statement instanceof ModelError ? undefined : statement.source.tableName;
    if (outcome.kind === 'refused') return errorText(outcome.failure, outcome.hasRun ? tableName : undefined);
    const item = outcome.kind === 'done' ? outcome.items[0] : undefined;
    return `{${item === undefined ? '' : `"Item":${JSON.stringify(item)},`}"TableName":${JSON.stringify(tableName)}}`;
  });
  const capacity = outcomes.flatMap((outcome) => (outcome.kind === 'done' && outcome.capacity !== undefined ? [JSON.stringify(outcome.capacity)] : []));
  return `{"Responses":[${responses.join(',')}]${capacity.length === 0 ? '' : `,"ConsumedCapacity":[${capacity.join(',')}]`}}`;
}

function errorText({code, message, item}: ModelFailure, tableName: string | undefined): string {
  const members = [`"Code":${JSON.stringify(statementErrorCode(code))}`];
  if (message !== undefined) members.push(`"Message":${JSON.stringify(message)}`);
  if (item !== undefined) members.push(`"Item":${utf8Decode(item)}`);
  return `{"Error":{${members.join(',')}}${tableName === undefined ? '' : `,"TableName":${JSON.stringify(tableName)}`}}`;
}

/** Exceptions have shorter names inside of a batch. */
function statementErrorCode(code: FailureCode): string {
  switch (code) {
    case 'ConditionalCheckFailedException': return 'ConditionalCheckFailed';
    case 'DuplicateItemException': return 'DuplicateItem';
    case 'ItemCollectionSizeLimitExceededException': return 'ItemCollectionSizeLimitExceeded';
    case 'RequestLimitExceeded': return 'RequestLimitExceeded';
    case 'ValidationException': return 'ValidationError';
    case 'ProvisionedThroughputExceededException': return 'ProvisionedThroughputExceeded';
    case 'TransactionConflictException': return 'TransactionConflict';
    case 'ThrottlingException': return 'ThrottlingError';
    case 'ResourceNotFoundException': return 'ResourceNotFound';
    case 'AccessDeniedException': return 'AccessDenied';
    default: return 'InternalServerError';
  }
}
