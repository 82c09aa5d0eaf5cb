import type {AttributeValue} from '../attribute-value.js';
import {ModelError, validationError} from '../errors.js';
import type {ReturnConsumedCapacity, ReturnOnCheckFailure} from '../operations/parameters.js';
import {CONSUMED_CAPACITY, ON_CHECK_FAILURE, defineMembers, readRequest} from '../operations/parameters.js';
import type {Deferred} from '../operations/request-shape.js';
import {parseStatement} from './parse-statement.js';
import type {PlainStatement, Statement} from './statement-ast.js';
import {isRead} from './statement-ast.js';

export const STATEMENT_LENGTH_MAX = 8192;
export const BATCH_STATEMENT_COUNT_MAX = 25;
export const TRANSACT_STATEMENT_COUNT_MAX = 100;

const STATEMENT = {type: 'string', lengthMin: 1, lengthMax: STATEMENT_LENGTH_MAX, required: true} as const;
const PARAMETERS = {type: 'list', of: {type: 'attribute-value'}, lengthMin: 1} as const;

const EXECUTE_MEMBERS = defineMembers({
  Statement: STATEMENT,
  Parameters: PARAMETERS,
  ConsistentRead: {type: 'boolean'},
  NextToken: {type: 'string', lengthMin: 1, lengthMax: 32_768},
  ReturnConsumedCapacity: CONSUMED_CAPACITY,
  Limit: {type: 'integer', className: 'Integer', min: 1},
  ReturnValuesOnConditionCheckFailure: ON_CHECK_FAILURE,
});
const BATCH_MEMBERS = defineMembers({
  Statements: {
    type: 'list', required: true, lengthMin: 1, lengthMax: BATCH_STATEMENT_COUNT_MAX,
    of: {
      type: 'structure', className: 'com.amazonaws.dynamodb.v20120810.BatchStatementRequest',
      members: {Statement: STATEMENT, Parameters: PARAMETERS, ConsistentRead: {type: 'boolean'}, ReturnValuesOnConditionCheckFailure: ON_CHECK_FAILURE},
    },
  },
  ReturnConsumedCapacity: CONSUMED_CAPACITY,
});
const TRANSACT_MEMBERS = defineMembers({
  TransactStatements: {
    type: 'list', required: true, lengthMin: 1, lengthMax: TRANSACT_STATEMENT_COUNT_MAX,
    of: {
      type: 'structure', className: 'com.amazonaws.dynamodb.v20120810.ParameterizedStatement',
      members: {Statement: STATEMENT, Parameters: PARAMETERS, ReturnValuesOnConditionCheckFailure: ON_CHECK_FAILURE},
    },
  },
  ClientRequestToken: {type: 'string', lengthMin: 1, lengthMax: 36},
  ReturnConsumedCapacity: CONSUMED_CAPACITY,
});

export interface ExecuteStatementRequest {
  readonly statement: PlainStatement;
  readonly text: string;
  readonly parameters: readonly AttributeValue[];
  readonly consistentRead: boolean;
  readonly nextToken: string | undefined;
  readonly limit: number | undefined;
  readonly returnConsumedCapacity: ReturnConsumedCapacity;
  readonly returnValuesOnConditionCheckFailure: ReturnOnCheckFailure;
}

/** Every check that needs no table, in the service's order: parameters are judged before the statement is read. @throws ModelError */
export function parseExecuteStatement(body: unknown): ExecuteStatementRequest {
  const request = readRequest(EXECUTE_MEMBERS, body);
  const parameters = valuesOf(request.Parameters);
  const statement = refuseExists(parseStatement(request.Statement, parameters));
  return {
    statement, text: request.Statement, parameters,
    consistentRead: request.ConsistentRead ?? false,
    nextToken: request.NextToken,
    limit: request.Limit,
    returnConsumedCapacity: request.ReturnConsumedCapacity ?? 'NONE',
    returnValuesOnConditionCheckFailure: request.ReturnValuesOnConditionCheckFailure ?? 'NONE',
  };
}

/** One statement of a batch: read, or the failure that stands in its place in the answer. */
export interface BatchStatement {
  readonly statement: PlainStatement | ModelError;
  readonly text: string;
  readonly consistentRead: boolean;
  readonly returnValuesOnConditionCheckFailure: ReturnOnCheckFailure;
}
export interface BatchExecuteStatementRequest {
  readonly statements: readonly BatchStatement[];
  readonly returnConsumedCapacity: ReturnConsumedCapacity;
}

/** Every check that needs no table and concerns the batch as a whole. @throws ModelError */
export function parseBatchExecuteStatement(body: unknown): BatchExecuteStatementRequest {
  const request = readRequest(BATCH_MEMBERS, body);
  const statements = request.Statements.map((given): BatchStatement => ({
    statement: attempt(() => refuseExists(parseStatement(given.Statement, valuesOf(given.Parameters)))),
    text: given.Statement,
    consistentRead: given.ConsistentRead ?? false,
    returnValuesOnConditionCheckFailure: given.ReturnValuesOnConditionCheckFailure ?? 'NONE',
  }));
  const read = statements.map(({statement}) => statement).filter((statement): statement is PlainStatement => !(statement instanceof ModelError));
  if (read.some(isRead) && !read.every(isRead)) throw bothKinds('BatchExecuteStatement');
  return {statements, returnConsumedCapacity: request.ReturnConsumedCapacity ?? 'NONE'};
}

function refuseExists(statement: Statement): PlainStatement {
  if (statement.kind === 'exists') throw validationError('EXISTS can only be used in ExecuteTransaction write requests.');
  return statement;
}

/** One statement of a transaction. */
export interface TransactStatement {
  readonly statement: Statement;
  readonly text: string;
  readonly returnValuesOnConditionCheckFailure: ReturnOnCheckFailure;
}
export interface ExecuteTransactionRequest {
  readonly kind: 'read' | 'write';
  readonly statements: readonly TransactStatement[];
  readonly clientRequestToken: string | undefined;
  readonly returnConsumedCapacity: ReturnConsumedCapacity;
}

/** Every check that needs no table. @throws ModelError */
export function parseExecuteTransaction(body: unknown): ExecuteTransactionRequest {
  const request = readRequest(TRANSACT_MEMBERS, body);
  const parameters = request.TransactStatements.map((given) => valuesOf(given.Parameters));
  const statements = request.TransactStatements.map((given, i): TransactStatement => {
    const statement = inTransactStatement(i, () => parseStatement(given.Statement, parameters[i] ?? []));
    const returning = statement.kind === 'update' || statement.kind === 'delete' ? statement.returning : undefined;
    if (returning !== undefined) inTransactStatement(i, () => { throw validationError('RETURNING clause is not supported in ExecuteTransaction.'); });
    return {statement, text: given.Statement, returnValuesOnConditionCheckFailure: given.ReturnValuesOnConditionCheckFailure ?? 'NONE'};
  });
  const reads = statements.filter(({statement}) => isRead(statement)).length;
  if (reads > 0 && reads < statements.length) throw bothKinds('ExecuteTransaction');
  return {
    kind: reads > 0 ? 'read' : 'write', statements, clientRequestToken: request.ClientRequestToken,
    returnConsumedCapacity: request.ReturnConsumedCapacity ?? 'NONE',
  };
}

/** Names the statement of a transaction that is at fault. @throws ModelError */
export function inTransactStatement<Result>(index: number, run: () => Result): Result {
  try {
    return run();
  } catch (cause) {
    if (!(cause instanceof ModelError) || cause.failure.code !== 'ValidationException') throw cause;
    throw new ModelError({code: 'ValidationException', message: `Validation failed in TransactStatements[${index}]: ${cause.failure.message ?? ''}`}, {cause});
  }
}

function bothKinds(api: string): ModelError {
  return validationError(`${api} API does not support both read and write operations in the same request.`);
}

function attempt<Result>(run: () => Result): Result | ModelError {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    return error;
  }
}

function valuesOf(parameters: readonly Deferred<AttributeValue>[] | undefined): readonly AttributeValue[] {
  return (parameters ?? []).map((parameter) => parameter.get());
}
