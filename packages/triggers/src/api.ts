import {utf8Decode, utf8Encode} from '@murmuration/base';
import type {Clock, HttpHandler} from '@murmuration/base';
import {TriggerError} from './errors.js';

export type Json = Readonly<Record<string, unknown>>;
export type Api = 'DynamoDB_20120810' | 'DynamoDBStreams_20120810';

/** The DynamoDB API of this process, without a socket. */
export class ApiCaller {
  readonly #handler: HttpHandler;
  readonly #clock: Clock;
  constructor(handler: HttpHandler, clock: Clock) {
    this.#handler = handler;
    this.#clock = clock;
  }

  table(operation: string, body: Json): Promise<Json> {
    return this.#call('DynamoDB_20120810', operation, body);
  }
  streams(operation: string, body: Json): Promise<Json> {
    return this.#call('DynamoDBStreams_20120810', operation, body);
  }

  /** @throws TriggerError `Api` */
  #call(api: Api, operation: string, body: Json): Promise<Json> {
    return new Promise((resolve, reject) => {
      this.#handler({
        method: 'POST', target: '/', body: utf8Encode(JSON.stringify(body)), bodyFailure: undefined, remoteAddress: 'triggers', receivedMs: this.#clock.monotonicMs(),
        headers: new Map([['content-type', 'application/x-amz-json-1.0'], ['x-amz-target', `${api}.${operation}`]]),
      }, (reply) => {
        const answer = parse(utf8Decode(reply.body));
        if (reply.status === 200) resolve(answer);
        else {
          const type = String(answer['__type'] ?? `Status${reply.status}`).replace(/^.*#/, '');
          reject(new TriggerError({code: 'Api', type, reason: `${operation}: ${String(answer['message'] ?? answer['Message'] ?? '')}`}));
        }
      });
    });
  }
}

function parse(text: string): Json {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Json) : {};
  } catch {
    return {};
  }
}
