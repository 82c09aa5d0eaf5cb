/** Every error name of the APIs that this code base can answer with. */
export type FailureCode =
  | 'ValidationException' | 'SerializationException' | 'UnknownOperationException'
  | 'ConditionalCheckFailedException' | 'ResourceNotFoundException' | 'ResourceInUseException' | 'LimitExceededException'
  | 'ProvisionedThroughputExceededException' | 'ThrottlingException' | 'RequestLimitExceeded'
  | 'ItemCollectionSizeLimitExceededException' | 'TransactionCanceledException' | 'TransactionConflictException'
  | 'TransactionInProgressException' | 'IdempotentParameterMismatchException' | 'DuplicateItemException'
  | 'ReplicatedWriteConflictException' | 'InternalServerError' | 'ServiceUnavailable'
  | 'MissingAuthenticationTokenException' | 'IncompleteSignatureException' | 'InvalidSignatureException'
  | 'UnrecognizedClientException' | 'AccessDeniedException' | 'ExpiredTokenException'
  | 'TableAlreadyExistsException' | 'TableInUseException' | 'TableNotFoundException'
  | 'BackupInUseException' | 'BackupNotFoundException' | 'ContinuousBackupsUnavailableException'
  | 'PointInTimeRecoveryUnavailableException' | 'InvalidRestoreTimeException' | 'InvalidExportTimeException'
  | 'ExportConflictException' | 'ExportNotFoundException' | 'ImportConflictException' | 'ImportNotFoundException'
  | 'GlobalTableAlreadyExistsException' | 'GlobalTableNotFoundException' | 'ReplicaAlreadyExistsException'
  | 'ReplicaNotFoundException' | 'IndexNotFoundException' | 'PolicyNotFoundException'
  | 'ExpiredIteratorException' | 'TrimmedDataAccessException'
  | 'ObjectNotFoundException' | 'InvalidNextTokenException';

/** A failure of the caller, in DynamoDB's vocabulary. */
export interface ModelFailure {
  readonly code: FailureCode;
  /** Exactly what the wire shows; undefined where the real service sends no message at all. */
  readonly message: string | undefined;
  /** The existing item as canonical JSON, for a failed condition that asked for it. */
  readonly item?: Uint8Array;
  /** Of a throttle: which limit of which table or index, by ARN. */
  readonly throttlingReasons?: readonly {readonly reason: string; readonly resource: string}[];
  /** Of a cancelled transaction: one for each action, in order. */
  readonly cancellationReasons?: readonly CancellationReason[];
}
/** What one action has to do with the cancelling of its transaction; `None`: nothing. */
export interface CancellationReason {
  readonly code: string;
  readonly message: string | undefined;
  /** Canonical item JSON. */
  readonly item: Uint8Array | undefined;
}

/** The one error of this package: the caller's mistake or a refusal, never a broken invariant. */
export class ModelError extends Error {
  override readonly name = 'ModelError';
  readonly failure: ModelFailure;
  constructor(failure: ModelFailure, options?: ErrorOptions) {
    super(failure.message ?? failure.code, options);
    this.failure = failure;
  }
}

/** The prefix most parameter errors share. */
export const INVALID_PARAMETERS = 'One or more parameter values were invalid: ';

/** What is said of an ExclusiveStartKey at fault, alone or before the fault. */
export const INVALID_START_KEY = 'The provided starting key is invalid';

export function validationError(message: string): ModelError {
  return new ModelError({code: 'ValidationException', message});
}
/** A ValidationException whose message starts with INVALID_PARAMETERS. */
export function invalidParameters(message: string): ModelError {
  return validationError(INVALID_PARAMETERS + message);
}
export function serializationError(message: string | undefined): ModelError {
  return new ModelError({code: 'SerializationException', message});
}
/** The failed condition of one write. @param item the existing item's canonical JSON when the caller asked for it */
export function conditionFailed(item?: Uint8Array): ModelError {
  const message = 'The conditional request failed';
  return new ModelError(item === undefined
    ? {code: 'ConditionalCheckFailedException', message}
    : {code: 'ConditionalCheckFailedException', message, item});
}
/** @param reasons one for each action, in order */
export function transactionCancelled(reasons: readonly CancellationReason[]): ModelError {
  const codes = reasons.map(({code}) => code).join(', ');
  return new ModelError({
    code: 'TransactionCanceledException', cancellationReasons: reasons,
    message: `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`,
  });
}
/** What item operations answer for a table that is not there. */
export function tableNotFound(): ModelError {
  return new ModelError({code: 'ResourceNotFoundException', message: 'Requested resource not found'});
}
/** What DescribeTable, UpdateTable and DeleteTable answer for a table that is not there. */
export function namedTableNotFound(tableName: string): ModelError {
  return new ModelError({
    code: 'ResourceNotFoundException', message: `Requested resource not found: Table: ${tableName} not found`,
  });
}
