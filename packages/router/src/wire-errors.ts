import {EMPTY_BYTES, unreachable, utf8Encode} from '@murmuration/base';
import type {CancellationReason, FailureCode, ModelFailure} from '@murmuration/model';
import {ReplyBody} from './reply-body.js';
import type {RouterFailure} from './errors.js';

/** A failure as the wire shows it. This file alone knows status codes, namespaces and the case of `message`. */
export interface WireError {
  readonly status: number;
  /** The exception's name without its namespace: a closed set, fit for a metric's label. */
  readonly type: FailureCode;
  /** What it was made of. */
  readonly failure: ModelFailure;
  readonly body: Uint8Array;
}

/** Of a message, in UTF-16 units. Messages quote the request, which may be four hundred times as long. */
const MESSAGE_LENGTH_MAX = 40_000;

export function modelWireError(failure: ModelFailure): WireError {
  const {code} = failure;
  const message = cutMessage(failure.message);
  const body = new ReplyBody();
  body.text(`{"__type":"${namespaceOf(code)}${code}"`);
  if (message !== undefined) body.text(`,"${messageKeyOf(code)}":${JSON.stringify(message)}`);
  if (failure.item !== undefined) body.text(',"Item":').bytes(failure.item);
  if (failure.throttlingReasons !== undefined) body.text(`,"${reasonsKeyOf(code)}":${JSON.stringify(failure.throttlingReasons)}`);
  if (failure.cancellationReasons !== undefined) writeReasons(body, failure.cancellationReasons);
  return {status: statusOf(code), type: code, failure, body: body.text('}').finish()};
}
function writeReasons(body: ReplyBody, reasons: readonly CancellationReason[]): void {
  body.text(',"CancellationReasons":[');
  reasons.forEach(({code, message, item}, i) => {
    body.text(`${i > 0 ? ',' : ''}{"Code":${JSON.stringify(code)}`);
    if (message !== undefined) body.text(`,"Message":${JSON.stringify(cutMessage(message))}`);
    if (item !== undefined) body.text(',"Item":').bytes(item);
    body.text('}');
  });
  body.text(']');
}

export function routerWireError(failure: RouterFailure): WireError {
  switch (failure.code) {
    case 'Unavailable':
      return modelWireError({code: 'InternalServerError', message: 'The request could not be carried out in time. Nothing was changed. Try again.'});
    case 'OutcomeUnknown':
      return modelWireError({code: 'InternalServerError', message: 'The request was sent, but its outcome is not known. Read before writing again.'});
    case 'Overloaded':
      return modelWireError({code: 'ServiceUnavailable', message: 'The service has too many requests in work. Try again later.'});
    default:
      return unreachable(failure);
  }
}

/** A body whose coding is unknown or broken. */
export function badEncodingWireError(): WireError {
  return modelWireError({code: 'InternalServerError', message: undefined});
}

/** What a request is answered that is none of this protocol: wrong method, path or content type. */
export const NOT_FOUND = {status: 404, body: utf8Encode('<UnknownOperationException/>\n')} as const;
/** What a body above the limit is answered: nothing but the status. */
export const TOO_LARGE = {status: 413, body: EMPTY_BYTES} as const;

function cutMessage(message: string | undefined): string | undefined {
  return message === undefined || message.length <= MESSAGE_LENGTH_MAX ? message : `${message.slice(0, MESSAGE_LENGTH_MAX)}...`;
}

function namespaceOf(code: FailureCode): string {
  switch (code) {
    case 'SerializationException': case 'UnknownOperationException': case 'MissingAuthenticationTokenException':
    case 'IncompleteSignatureException': case 'InvalidSignatureException': case 'UnrecognizedClientException':
    case 'AccessDeniedException': case 'ExpiredTokenException':
      return 'com.amazon.coral.service#';
    case 'ValidationException':
      return 'com.amazon.coral.validate#';
    case 'ThrottlingException':
      return 'com.amazon.coral.availability#';
    case 'ObjectNotFoundException': case 'InvalidNextTokenException':
      return 'com.amazonaws.autoscaling.frontend.v20160206#';
    default:
      return 'com.amazonaws.dynamodb.v20120810#';
  }
}

function messageKeyOf(code: FailureCode): 'message' | 'Message' {
  switch (code) {
    case 'SerializationException': case 'AccessDeniedException': case 'TransactionCanceledException':
    case 'TransactionInProgressException': case 'IdempotentParameterMismatchException':
      return 'Message';
    default:
      return 'message';
  }
}

function reasonsKeyOf(code: FailureCode): 'throttlingReasons' | 'ThrottlingReasons' {
  return code === 'ThrottlingException' ? 'throttlingReasons' : 'ThrottlingReasons';
}

function statusOf(code: FailureCode): number {
  switch (code) {
    case 'InternalServerError': return 500;
    case 'ServiceUnavailable': return 503;
    default: return 400;
  }
}
