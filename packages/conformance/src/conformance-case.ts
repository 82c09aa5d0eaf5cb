import type {DynamoDBClient} from '@aws-sdk/client-dynamodb';
import type {Json, Matcher} from './json.js';

export type Body = Readonly<Record<string, Json | undefined>>;

/** What an operation must answer. Each compared fact is one assertion. */
export type Expected =
  /** Status 200 and exactly this body. */
  | {readonly kind: 'gives'; readonly reply: Body}
  /** Status 200 and at least these members. */
  | {readonly kind: 'has'; readonly members: Body}
  /** Status 200 and no body at all. */
  | {readonly kind: 'empty'}
  | {readonly kind: 'fails'; readonly type: string; readonly message: string | Matcher | undefined; readonly members?: Body};

export interface HttpExpected {
  readonly status: number;
  /** By lower-case name; undefined for one that must not be there. */
  readonly headers?: Readonly<Record<string, string | RegExp | undefined>>;
  readonly body?: string | RegExp;
  /** Of an error answer: the whole `__type`. */
  readonly type?: string;
}

/** One request without any help from a client: what is left out is not sent. */
export interface HttpRequestStep {
  readonly method: string;
  readonly path?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Sends the request unsigned whatever the credentials are. */
  readonly isUnsigned?: boolean;
}

export type Step =
  | {readonly kind: 'call'; readonly operation: string; readonly body: Body; readonly expected: Expected}
  /** The same call again and again until it answers so. */
  | {readonly kind: 'until'; readonly operation: string; readonly body: Body; readonly expected: Expected}
  | {readonly kind: 'http'; readonly request: HttpRequestStep; readonly expected: HttpExpected}
  /** Through the SDK, as programs do. The result is compared with what is expected, member by member. */
  | {readonly kind: 'sdk'; readonly operation: string; readonly run: (client: DynamoDBClient) => Promise<unknown>; readonly expected: Body};

/** A rule of the service and the requests that show whether it is kept. */
export interface ConformanceCase {
  readonly name: string;
  /** The rule it proves: section and row of the collected facts. */
  readonly rule: string;
  readonly steps: readonly Step[];
}

export interface Area {
  /** Short and unique, for the command line. */
  readonly name: string;
  readonly title: string;
  readonly cases: readonly ConformanceCase[];
}

export function gives(operation: string, body: Body, reply: Body): Step {
  return {kind: 'call', operation, body, expected: {kind: 'gives', reply}};
}
export function has(operation: string, body: Body, members: Body): Step {
  return {kind: 'call', operation, body, expected: {kind: 'has', members}};
}
export function until(operation: string, body: Body, members: Body): Step {
  return {kind: 'until', operation, body, expected: {kind: 'has', members}};
}
export function untilGone(operation: string, body: Body): Step {
  return {kind: 'until', operation, body, expected: {kind: 'fails', type: 'ResourceNotFoundException', message: undefined}};
}
export function empty(operation: string, body: Body): Step {
  return {kind: 'call', operation, body, expected: {kind: 'empty'}};
}
/** @param message undefined when the text is not known for certain */
export function fails(operation: string, body: Body, type: string, message: string | Matcher | undefined, members?: Body): Step {
  return {kind: 'call', operation, body, expected: {kind: 'fails', type, message, ...(members === undefined ? {} : {members})}};
}
export function invalid(operation: string, body: Body, message: string | Matcher | undefined): Step {
  return fails(operation, body, 'ValidationException', message);
}
export function unserializable(operation: string, body: Body, message: string | undefined): Step {
  return fails(operation, body, 'SerializationException', message);
}
export function http(request: HttpRequestStep, expected: HttpExpected): Step {
  return {kind: 'http', request, expected};
}
export function put(body: Body): Step {
  return gives('PutItem', body, {});
}

/** @param rule section and row of the facts */
export function proves(rule: string, name: string, ...steps: readonly Step[]): ConformanceCase {
  return {name, rule, steps};
}
