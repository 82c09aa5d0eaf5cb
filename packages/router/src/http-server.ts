import {EMPTY_BYTES, utf8Decode, utf8Encode} from '@murmuration/base';
import type {HttpReply, HttpRequest} from '@murmuration/base';
import type {ModelFailure} from '@murmuration/model';
import {AdmittedPartitions} from './admission/admitted-partitions.js';
import type {AdmissionParts} from './admission/admitted-partitions.js';
import {judgeAuthorization} from './authorization-form.js';
import type {RouterEvent} from './events.js';
import {Exchange} from './exchange.js';
import type {ExchangeOwner} from './exchange.js';
import {nestsDeeperThan} from './json-depth.js';
import {AUTO_SCALING_TARGET, operationOf} from './operations/operation-table.js';
import {makeRequestId} from './request-id.js';
import type {Operation, OperationServices} from './services.js';
import {NOT_FOUND, TOO_LARGE, badEncodingWireError, modelWireError, routerWireError} from './wire-errors.js';
import type {WireError} from './wire-errors.js';

const CORS_MAX_AGE_SECONDS = '172800';
/** What a request costs beside its body and its reply. */
const REQUEST_OVERHEAD_BYTES = 2 * 1024;
/** Replies that may be long are counted with this much from the start. */
const LARGE_REPLY_BYTES = 1024 * 1024;
const LARGE_REPLY_OPERATIONS: ReadonlySet<string> = new Set(['BatchGetItem', 'GetRecords', 'Query', 'Scan']);
const UNKNOWN_OPERATION = 'Unknown';
const OVERLOAD_WARNING_PERIOD_MS = 1_000;
/** Far above what 32 levels of attributes and the structures around them need, so that the model says what is wrong with 33. */
const JSON_LEVELS_MAX = 256;

interface Answer {
  readonly respond: (reply: HttpReply) => void;
  readonly contentType: string;
  readonly origin: string | undefined;
  readonly receivedMs: number;
  readonly requestBytes: number;
  readonly heldBytes: number;
}

/**
 * The protocol around the operations: targets, content types, health, CORS, request ids. No rule of tables or
 * items lives here. Signatures of the right form are accepted from anyone, and a missing one is too.
 */
export class HttpServer implements ExchangeOwner {
  readonly #services: OperationServices;
  readonly #admission: AdmissionParts;
  readonly #answers = new Map<Exchange, Answer>();
  readonly #healthReply: Uint8Array;
  #inFlightBytes = 0;
  #lastOverloadMs = Number.NEGATIVE_INFINITY;

  constructor(services: OperationServices, admission: AdmissionParts) {
    this.#services = services;
    this.#admission = admission;
    this.#healthReply = utf8Encode(`healthy: dynamodb.${services.settings.region}.amazonaws.com `);
  }

  get inFlightCount(): number {
    return this.#answers.size;
  }
  get inFlightBytes(): number {
    return this.#inFlightBytes;
  }

  handle(request: HttpRequest, respond: (reply: HttpReply) => void): void {
    const origin = request.headers.get('origin');
    if (request.bodyFailure === 'too-large') {
      respond({status: TOO_LARGE.status, headers: {}, body: TOO_LARGE.body, closeConnection: true});
      return;
    }
    const target = request.headers.get('x-amz-target') ?? '';
    const contentType = jsonTypeOf(request.headers.get('content-type'), target);
    if (request.method !== 'POST' || contentType === undefined) {
      respond(this.#outsideReply(request, origin));
      return;
    }
    const requestId = makeRequestId(this.#services.ports.random);
    const {name, operation} = operationOf(target);
    const answer: Answer = {
      respond, contentType, origin, receivedMs: request.receivedMs, requestBytes: request.body.length,
      heldBytes: request.body.length + (LARGE_REPLY_OPERATIONS.has(name) ? LARGE_REPLY_BYTES : REQUEST_OVERHEAD_BYTES),
    };
    const operationName = operation === undefined ? UNKNOWN_OPERATION : name;
    const refused = request.bodyFailure === 'bad-encoding' ? badEncodingWireError() : this.#admit(answer);
    if (refused !== undefined) {
      this.#reply(operationName, '', requestId, answer, refused.status, refused.body, refused);
      return;
    }
    const body = parseBody(request.body);
    if (body === TOO_DEEP) {
      const message = 'Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit';
      const error = modelWireError({code: 'ValidationException', message});
      this.#reply(operationName, '', requestId, answer, error.status, error.body, error);
      return;
    }
    const fault = body === INVALID_JSON ? SERIALIZATION_FAULT
      : operation === undefined ? UNKNOWN_OPERATION_FAULT
      : judgeAuthorization(request.headers, request.target) ?? (body === EMPTY_BODY ? SERIALIZATION_FAULT : undefined);
    if (fault !== undefined || operation === undefined) {
      const error = modelWireError(fault ?? UNKNOWN_OPERATION_FAULT);
      this.#reply(operationName, '', requestId, answer, error.status, error.body, error);
      return;
    }
    const deadlineMs = request.receivedMs + this.#services.settings.requestTimeoutMs;
    const exchange = new Exchange(name, requestId, body, request.headers.get('host') ?? '', deadlineMs, this);
    this.#start(exchange, answer, operation);
  }

  finished(exchange: Exchange, status: number, body: Uint8Array, error: WireError | undefined): void {
    const answer = this.#answers.get(exchange);
    if (answer === undefined) return;
    this.#answers.delete(exchange);
    this.#inFlightBytes -= answer.heldBytes;
    this.#reply(exchange.operation, exchange.tableName, exchange.requestId, answer, status, body, error);
  }

  failedInside(exchange: Exchange, error: unknown): void {
    const event: RouterEvent = {
      event: 'router/request-failed', level: 'error', operation: exchange.operation, reason: error instanceof Error ? error.message : 'not an error', error,
    };
    this.#services.ports.events.emit(event);
    // A write may have been carried out by now, so the answer must not say that nothing was.
    if (!exchange.isAnswered) exchange.fail({code: 'OutcomeUnknown', reason: 'failed inside'});
  }

  #start(exchange: Exchange, answer: Answer, operation: Operation): void {
    this.#answers.set(exchange, answer);
    this.#inFlightBytes += answer.heldBytes;
    // Each request sees the partitions by itself: what it is refused there is told with its id.
    exchange.run(() => operation(exchange, {...this.#services, partitions: new AdmittedPartitions(this.#admission, exchange)}));
  }

  /** @returns the refusal when too much is in work already */
  #admit(answer: Answer): WireError | undefined {
    const {settings, ports} = this.#services;
    if (this.#inFlightBytes + answer.heldBytes <= settings.inFlightBytesMax) return undefined;
    const nowMs = ports.clock.monotonicMs();
    if (nowMs >= this.#lastOverloadMs + OVERLOAD_WARNING_PERIOD_MS) {
      this.#lastOverloadMs = nowMs;
      const event: RouterEvent = {event: 'router/overloaded', level: 'warn', inFlightBytes: this.#inFlightBytes, inFlightCount: this.inFlightCount};
      ports.events.emit(event);
    }
    return routerWireError({code: 'Overloaded'});
  }

  #reply(operation: string, table: string, requestId: string, answer: Answer, status: number, body: Uint8Array, error: WireError | undefined): void {
    const {metrics, ports} = this.#services;
    const result = error === undefined ? 'ok' : status < 500 ? 'client_error' : 'server_error';
    metrics.answered(operation, table, result, ports.clock.monotonicMs() - answer.receivedMs, answer.requestBytes, body.length);
    if (error !== undefined) metrics.failed(operation, error.type);
    const headers = answer.origin === undefined
      ? {'x-amzn-RequestId': requestId, 'Content-Type': answer.contentType}
      : {'x-amzn-RequestId': requestId, 'Content-Type': answer.contentType, 'Access-Control-Allow-Origin': '*'};
    answer.respond({status, headers, body, addCrc32: true});
  }

  /** Everything that is no call of an operation: health, CORS preflight, and what nobody serves. */
  #outsideReply(request: HttpRequest, origin: string | undefined): HttpReply {
    const headers: Record<string, string> = {'x-amzn-RequestId': makeRequestId(this.#services.ports.random)};
    if (origin !== undefined) headers['Access-Control-Allow-Origin'] = '*';
    if (request.method === 'OPTIONS' && origin !== undefined) {
      const wantedHeaders = request.headers.get('access-control-request-headers');
      const wantedMethod = request.headers.get('access-control-request-method');
      if (wantedHeaders !== undefined) headers['Access-Control-Allow-Headers'] = wantedHeaders;
      if (wantedMethod !== undefined) headers['Access-Control-Allow-Methods'] = wantedMethod;
      headers['Access-Control-Max-Age'] = CORS_MAX_AGE_SECONDS;
      return {status: 200, headers, body: EMPTY_BYTES};
    }
    if (request.method === 'GET' && (request.target === '/' || request.target.startsWith('/?'))) {
      return {status: 200, headers, body: this.#healthReply, addCrc32: true};
    }
    return {status: NOT_FOUND.status, headers, body: NOT_FOUND.body, addCrc32: true};
  }
}

/** @returns the type to answer with, or undefined when the request's is none of ours */
function jsonTypeOf(contentType: string | undefined, target: string): string | undefined {
  if (contentType === undefined) return undefined;
  if (contentType === 'application/x-amz-json-1.0') return contentType;
  if (contentType === 'application/x-amz-json-1.1' && target.startsWith(AUTO_SCALING_TARGET)) return contentType;
  const end = contentType.indexOf(';');
  const type = (end < 0 ? contentType : contentType.slice(0, end)).trim();
  return type === 'application/x-amz-json-1.0' || type === 'application/json' ? type : undefined;
}

const SERIALIZATION_FAULT: ModelFailure = {code: 'SerializationException', message: undefined};
const UNKNOWN_OPERATION_FAULT: ModelFailure = {code: 'UnknownOperationException', message: undefined};

const INVALID_JSON = Symbol('invalid JSON');
const EMPTY_BODY = Symbol('empty body');
const TOO_DEEP = Symbol('too deep');

function parseBody(bytes: Uint8Array): unknown {
  if (bytes.length === 0) return EMPTY_BODY;
  if (nestsDeeperThan(bytes, JSON_LEVELS_MAX)) return TOO_DEEP;
  try {
    return JSON.parse(utf8Decode(bytes));
  } catch {
    return INVALID_JSON;
  }
}
