import {DynamoDBClient} from '@aws-sdk/client-dynamodb';
import type {Area, ConformanceCase, Expected, HttpExpected, Step} from './conformance-case.js';
import {differenceOf, isObject, show} from './json.js';
import {WireClient, faultOfEnvelope} from './wire-client.js';
import type {WireReply, WireTarget} from './wire-client.js';

/** What became of one case. */
export interface CaseResult {
  readonly area: string;
  readonly name: string;
  readonly rule: string;
  readonly passedCount: number;
  /** One sentence for each assertion that did not hold. */
  readonly faults: readonly string[];
}

/** Between two looks at something that is to come: short at first, as an endpoint may be quick, then longer and longer. */
const POLL_PAUSE_MS = {first: 1, growth: 1.15, max: 50} as const;
const POLL_TIME_MS = 180_000;
/** A real service may be out of capacity or in the middle of something for a moment. */
const TRY_COUNT = 3;

/** Everything that runs against one endpoint. */
export class Suite {
  readonly #wire: WireClient;
  readonly #sdk: DynamoDBClient;
  readonly #pollTimeMs: number;

  constructor(target: WireTarget, pollTimeMs = POLL_TIME_MS) {
    this.#wire = new WireClient(target);
    const {accessKeyId, secretAccessKey, sessionToken} = target.credentials;
    this.#sdk = new DynamoDBClient({
      endpoint: target.endpoint, region: target.region,
      credentials: sessionToken === undefined ? {accessKeyId, secretAccessKey} : {accessKeyId, secretAccessKey, sessionToken},
    });
    this.#pollTimeMs = pollTimeMs;
  }

  close(): void {
    this.#wire.close();
    this.#sdk.destroy();
  }

  /** Runs steps that must all hold before any case makes sense. @throws naming the first that does not */
  async prepare(steps: readonly Step[]): Promise<void> {
    for (const step of steps) {
      const found = await this.#run(step);
      const [fault] = found.faults;
      if (fault !== undefined) throw new Error(fault);
    }
  }

  async runArea(area: Area): Promise<readonly CaseResult[]> {
    const results: CaseResult[] = [];
    for (const conformanceCase of area.cases) results.push(await this.#runCase(area, conformanceCase));
    return results;
  }

  async #runCase(area: Area, {name, rule, steps}: ConformanceCase): Promise<CaseResult> {
    const tally = new Tally();
    for (const step of steps) {
      const found = await this.#run(step);
      tally.add(found);
      // What follows a step that went wrong says nothing of its own.
      if (found.faults.length > 0) break;
    }
    return {area: area.name, name, rule, passedCount: tally.passedCount, faults: tally.faults};
  }

  async #run(step: Step): Promise<Tally> {
    const tally = new Tally();
    try {
      switch (step.kind) {
        case 'call':
          checkReply(tally, step.operation, step.expected, await this.#call(step.operation, step.body));
          break;
        case 'until':
          await this.#poll(tally, step.operation, step.body, step.expected);
          break;
        case 'http':
          checkHttp(tally, `${step.request.method} ${step.request.path ?? '/'}`, step.expected, await this.#wire.send(step.request));
          break;
        case 'sdk':
          checkMembers(tally, `${step.operation} by the SDK`, step.expected, await step.run(this.#sdk));
          break;
      }
    } catch (error) {
      tally.fault(`${step.kind === 'http' ? step.request.method : step.operation}: ${error instanceof Error ? error.message : String(error)}`);
    }
    return tally;
  }

  async #call(operation: string, body: unknown): Promise<WireReply> {
    for (let attempt = 1; ; attempt += 1) {
      const reply = await this.#wire.call(operation, body);
      if (reply.status < 500 || attempt === TRY_COUNT) return reply;
    }
  }

  async #poll(tally: Tally, operation: string, body: unknown, expected: Expected): Promise<void> {
    const untilMs = performance.now() + this.#pollTimeMs;
    for (let pauseMs: number = POLL_PAUSE_MS.first; ; pauseMs = Math.min(pauseMs * POLL_PAUSE_MS.growth, POLL_PAUSE_MS.max)) {
      const last = new Tally();
      checkReply(last, operation, expected, await this.#call(operation, body));
      if (last.faults.length === 0 || performance.now() > untilMs) {
        tally.add(last);
        return;
      }
      await new Promise((resolve) => void setTimeout(resolve, pauseMs));
    }
  }
}

/** Assertions that held, and those that did not. */
class Tally {
  passedCount = 0;
  readonly faults: string[] = [];
  fault(sentence: string): void {
    this.faults.push(sentence);
  }
  check(difference: string | undefined): void {
    if (difference === undefined) this.passedCount += 1;
    else this.faults.push(difference);
  }
  add(other: Tally): void {
    this.passedCount += other.passedCount;
    this.faults.push(...other.faults);
  }
}

/** Namespaces of `__type`, by exception; all others are the service's own. */
const NAMESPACES: Readonly<Record<string, string>> = {
  ValidationException: 'com.amazon.coral.validate#', ThrottlingException: 'com.amazon.coral.availability#',
};
const CORAL_SERVICE = new Set([
  'SerializationException', 'UnknownOperationException', 'MissingAuthenticationTokenException', 'IncompleteSignatureException',
  'InvalidSignatureException', 'UnrecognizedClientException', 'AccessDeniedException', 'ExpiredTokenException',
]);
const CAPITAL_MESSAGE = new Set(['SerializationException', 'AccessDeniedException', 'TransactionCanceledException', 'TransactionInProgressException', 'IdempotentParameterMismatchException']);

function wholeType(type: string): string {
  return (NAMESPACES[type] ?? (CORAL_SERVICE.has(type) ? 'com.amazon.coral.service#' : 'com.amazonaws.dynamodb.v20120810#')) + type;
}

function checkReply(tally: Tally, operation: string, expected: Expected, reply: WireReply): void {
  const envelope = expected.kind === 'empty' ? undefined : faultOfEnvelope(reply);
  if (envelope !== undefined) tally.fault(`${operation}: ${envelope}`);
  const text = reply.body.toString('utf8');
  const body = parse(text);
  switch (expected.kind) {
    case 'empty':
      tally.check(reply.status === 200 ? undefined : `${operation}: status ${reply.status} ${text}`);
      tally.check(text === '' ? undefined : `${operation}: a body: ${show(text)}`);
      return;
    case 'gives':
      tally.check(reply.status === 200 ? undefined : `${operation}: status ${reply.status} ${text}`);
      if (reply.status === 200) tally.check(differenceOf(expected.reply, body, operation));
      return;
    case 'has':
      tally.check(reply.status === 200 ? undefined : `${operation}: status ${reply.status} ${text}`);
      if (reply.status === 200) checkMembers(tally, operation, expected.members, body);
      return;
    case 'fails': {
      tally.check(reply.status === 400 ? undefined : `${operation}: status ${reply.status} ${show(text)}`);
      const error = isObject(body) ? body : {};
      tally.check(differenceOf(wholeType(expected.type), error['__type'], `${operation} __type (${show(error['message'])})`));
      const key = CAPITAL_MESSAGE.has(expected.type) ? 'Message' : 'message';
      if (expected.message !== undefined) tally.check(differenceOf(expected.message, error[key], `${operation} ${key}`));
      if (expected.members !== undefined) checkMembers(tally, operation, expected.members, error);
      return;
    }
  }
}

function checkMembers(tally: Tally, what: string, expected: Readonly<Record<string, unknown>>, actual: unknown): void {
  const members = isObject(actual) ? actual : {};
  for (const [name, value] of Object.entries(expected)) tally.check(differenceOf(value as never, members[name], `${what}.${name}`));
}

function checkHttp(tally: Tally, what: string, expected: HttpExpected, reply: WireReply): void {
  const text = reply.body.toString('utf8');
  tally.check(reply.status === expected.status ? undefined : `${what}: status ${reply.status} ${show(text)}`);
  for (const [name, value] of Object.entries(expected.headers ?? {})) {
    const actual = reply.headers[name];
    const isRight = value instanceof RegExp ? actual !== undefined && value.test(actual) : actual === value;
    tally.check(isRight ? undefined : `${what} header ${name}: ${actual ?? 'none'} instead of ${String(value ?? 'none')}`);
  }
  if (expected.body !== undefined) {
    const isRight = typeof expected.body === 'string' ? text === expected.body : expected.body.test(text);
    tally.check(isRight ? undefined : `${what} body: ${show(text)} instead of ${String(expected.body)}`);
  }
  if (expected.type !== undefined) {
    const body = parse(text);
    tally.check(differenceOf(wholeType(expected.type), isObject(body) ? body['__type'] : undefined, `${what} __type`));
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
