import {contentOf} from './raw-peer.js';
import type {RawAnswer, RawReply} from './raw-peer.js';

/** Statuses that input may lead to. */
const STATUSES: ReadonlySet<number> = new Set([200, 400, 404, 408, 413, 417, 431]);
/** Words and forms that only the inside of the server has: stacks, files, classes of errors. A place in a statement (`at 1:23:4`) is none. */
const INSIDE = /node:internal|node_modules|\bat [^\s0-9]\S{0,200}:[0-9]{1,9}:[0-9]|\.[jt]s:[0-9]|AssertionError|TypeError|RangeError|ReferenceError|Maximum call stack/;

/** What is wrong with an answer to input; a fault fails the run. */
export type Fault = string;

/** Whether this reply may be given to input that is at fault, whatever the fault. @returns undefined when it may */
export function faultOfReply(reply: RawReply): Fault | undefined {
  let text: string;
  try {
    text = contentOf(reply).toString('utf8');
  } catch {
    return `body is not of its coding: ${reply.status} ${reply.headers.get('content-encoding') ?? ''}`;
  }
  const shown = `${reply.status} ${text.slice(0, 300)}`;
  if (INSIDE.test(text)) return `shows the inside of the server: ${shown}`;
  if (isBadCodingReply(reply, text)) return undefined;
  if (!STATUSES.has(reply.status)) return `status is not for input: ${shown}`;
  if (reply.headers.get('content-type')?.startsWith('application/') !== true || text === '') return undefined;
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return `body is no JSON: ${shown}`;
  }
  if (typeof body !== 'object' || body === null) return `body is no object: ${shown}`;
  if (reply.status === 400 && exceptionOf(reply) === '') return `no typed exception: ${shown}`;
  return undefined;
}

/** As faultOfReply; a closed connection is an answer too, silence is none. */
export function faultOfAnswer(answer: RawAnswer): Fault | undefined {
  switch (answer.kind) {
    case 'reply': return faultOfReply(answer);
    case 'closed': return undefined;
    case 'silent': return 'no answer and no close';
  }
}

/** The exception's name without its namespace; empty when there is none. */
export function exceptionOf(reply: RawReply): string {
  try {
    const body: unknown = JSON.parse(contentOf(reply).toString('utf8'));
    const type: unknown = typeof body === 'object' && body !== null ? Reflect.get(body, '__type') : undefined;
    return typeof type === 'string' && type.includes('#') ? type.slice(type.indexOf('#') + 1) : '';
  } catch {
    return '';
  }
}

/** The one 500 that input leads to, in the service too: a content coding that is unknown or broken. */
function isBadCodingReply(reply: RawReply, text: string): boolean {
  return reply.status === 500 && text === '{"__type":"com.amazonaws.dynamodb.v20120810#InternalServerError"}';
}
