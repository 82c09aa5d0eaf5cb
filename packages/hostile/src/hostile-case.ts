import type {RawReply} from './raw-peer.js';

/** The rows of docs/hostile-input.md. */
export type Row = 'sockets' | 'framing' | 'body' | 'names' | 'expressions' | 'authorization';

/** What a step waits for. `refused` is any 4xx or the end of the connection. */
export type Expectation =
  | {readonly kind: 'status'; readonly status: number; readonly exception?: string; readonly message?: RegExp}
  | {readonly kind: 'body'; readonly json: unknown}
  | {readonly kind: 'refused'}
  /** Either a refusal or an answer, as long as it is one that input may get. */
  | {readonly kind: 'any'};

export interface Step {
  /** Written one by one, each in its own turn. */
  readonly pieces: readonly Uint8Array[];
  /** Whether the client's side is closed behind them. */
  readonly ends?: boolean;
  readonly isHead?: boolean;
  readonly expected: Expectation;
}

/** Hand-written input: steps on one connection, each with its answer. */
export interface HostileCase {
  readonly row: Row;
  readonly name: string;
  readonly steps: readonly Step[];
}

export const REFUSED: Expectation = {kind: 'refused'};
export const ANY: Expectation = {kind: 'any'};
export function refusedAs(exception: string, message?: RegExp): Expectation {
  return message === undefined ? {kind: 'status', status: 400, exception} : {kind: 'status', status: 400, exception, message};
}
export function status(code: number): Expectation {
  return {kind: 'status', status: code};
}
export const INVALID = refusedAs('ValidationException');
export const UNREADABLE = refusedAs('SerializationException');
export const OK = status(200);

export const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');

/** A request of this API with a right length. @param body an object, or text that goes out as it is */
export function apiCall(operation: string, body: unknown, ...headers: readonly string[]): Buffer {
  const bytes = body instanceof Uint8Array ? Buffer.from(body) : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  const lines = [
    'POST / HTTP/1.1', 'Host: localhost', 'Content-Type: application/x-amz-json-1.0', `X-Amz-Target: DynamoDB_20120810.${operation}`, ...headers,
    `Content-Length: ${bytes.length}`,
  ];
  return Buffer.concat([latin1(`${lines.join('\r\n')}\r\n\r\n`), bytes]);
}

/** Any head, as it is, then any bytes. */
export function rawRequest(lines: readonly string[], body: string | Uint8Array = ''): Buffer {
  return Buffer.concat([latin1(`${lines.join('\r\n')}\r\n\r\n`), typeof body === 'string' ? latin1(body) : body]);
}

export function oneStep(row: Row, name: string, bytes: Uint8Array, expected: Expectation, ends = false): HostileCase {
  return {row, name, steps: [{pieces: [bytes], expected, ends}]};
}

/** @returns what is wrong, or undefined */
export function missedExpectation(expected: Expectation, reply: RawReply | undefined, exception: string): string | undefined {
  if (expected.kind === 'any') return undefined;
  if (expected.kind === 'refused') {
    return reply === undefined || (reply.status >= 400 && reply.status < 500) ? undefined : `was answered ${shown(reply)}`;
  }
  if (reply === undefined) return 'was closed without an answer';
  if (expected.kind === 'body') {
    return reply.status === 200 && sameJson(reply.body.toString('utf8'), expected.json) ? undefined : `was answered ${shown(reply)}`;
  }
  const isMet = reply.status === expected.status && (expected.exception === undefined || exception === expected.exception)
    && (expected.message === undefined || expected.message.test(reply.body.toString('utf8')));
  return isMet ? undefined : `was answered ${shown(reply)}`;
}

function shown(reply: RawReply): string {
  return `${reply.status} ${reply.body.toString('utf8').slice(0, 300)}`;
}

/** Order of members does not count. */
function sameJson(text: string, json: unknown): boolean {
  return ordered(JSON.parse(text)) === ordered(json);
}
function ordered(json: unknown): string {
  if (Array.isArray(json)) return `[${json.map(ordered).join()}]`;
  if (typeof json !== 'object' || json === null) return JSON.stringify(json);
  return `{${Object.keys(json).sort().map((name) => `${JSON.stringify(name)}:${ordered(Reflect.get(json, name))}`).join()}}`;
}
