/** How a call ended that brought no answer at all. */
export type TransportFailure =
  /** No connection was made and no byte of the request left: there was no request. */
  | 'not-sent'
  | 'timeout' | 'reset' | 'closed' | 'bad-answer';

/** What an error says about the effect of its request. */
export type ErrorMeaning = 'refused-condition' | 'no-effect' | 'unknown';

/**
 * The one list of errors which prove that the request changed nothing and never will. Everything that is not here, every status
 * of 500 and above, and every lost answer leaves the outcome unknown: too many unknowns weaken a check, one wrong "no effect"
 * makes it false.
 */
const MEANING_BY_TYPE: ReadonlyMap<string, ErrorMeaning> = new Map<string, ErrorMeaning>([
  ['ConditionalCheckFailedException', 'refused-condition'],
  // A cancelled transaction as a whole; its reasons say which part was refused and why.
  ['TransactionCanceledException', 'no-effect'],
  // Another transaction holds the item.
  ['TransactionConflictException', 'no-effect'],
  // Throttled before anything was proposed.
  ['ProvisionedThroughputExceededException', 'no-effect'],
  ['ThrottlingException', 'no-effect'],
  ['RequestLimitExceeded', 'no-effect'],
  // The request itself was found wrong, or is not allowed.
  ['ValidationException', 'no-effect'],
  ['SerializationException', 'no-effect'],
  ['UnknownOperationException', 'no-effect'],
  ['ResourceNotFoundException', 'no-effect'],
  ['ItemCollectionSizeLimitExceededException', 'no-effect'],
  ['IdempotentParameterMismatchException', 'no-effect'],
  ['AccessDeniedException', 'no-effect'],
  ['MissingAuthenticationTokenException', 'no-effect'],
  ['IncompleteSignatureException', 'no-effect'],
  ['InvalidSignatureException', 'no-effect'],
  ['UnrecognizedClientException', 'no-effect'],
  ['ExpiredTokenException', 'no-effect'],
]);

/** The part of an error body's `__type` behind the `#`: the exception's name. */
export function exceptionName(type: unknown): string {
  return typeof type === 'string' ? type.slice(type.lastIndexOf('#') + 1) : '';
}

/**
 * Judges an answer that is not a success.
 * @param status the HTTP status
 * @param type the exception's name, with or without its namespace; empty when the body named none
 */
export function errorMeaning(status: number, type: string): ErrorMeaning {
  // 404 and 413 are given by the listener before a request is looked at.
  if (status === 404 || status === 413) return 'no-effect';
  if (status !== 400) return 'unknown';
  return MEANING_BY_TYPE.get(exceptionName(type)) ?? 'unknown';
}

/** Judges a call without an answer: only a request that never left proves anything. */
export function transportMeaning(failure: TransportFailure): ErrorMeaning {
  return failure === 'not-sent' ? 'no-effect' : 'unknown';
}
