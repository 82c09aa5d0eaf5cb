import {Agent as HttpAgent, request as httpRequest} from 'node:http';
import {Agent as HttpsAgent, request as httpsRequest} from 'node:https';
import {crc32, gunzipSync, inflateSync} from 'node:zlib';
import type {HttpRequestStep} from './conformance-case.js';
import {signatureHeaders} from './sign-request.js';
import type {Credentials} from './sign-request.js';

export interface WireReply {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
}

export interface WireTarget {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: Credentials;
}

const TIMEOUT_MS = 30_000;

/** Requests as they stand in a case, over kept connections, signed when they carry a target. */
export class WireClient {
  readonly target: WireTarget;
  readonly #url: URL;
  readonly #agent: HttpAgent | HttpsAgent;

  constructor(target: WireTarget) {
    this.target = target;
    this.#url = new URL(target.endpoint);
    this.#agent = this.#url.protocol === 'https:' ? new HttpsAgent({keepAlive: true}) : new HttpAgent({keepAlive: true});
  }

  close(): void {
    this.#agent.destroy();
  }

  /** @throws when no answer comes */
  call(operation: string, body: unknown): Promise<WireReply> {
    return this.send({
      method: 'POST', body: JSON.stringify(body),
      headers: {'content-type': 'application/x-amz-json-1.0', 'x-amz-target': `DynamoDB_20120810.${operation}`},
    });
  }

  send({method, path = '/', headers, body, isUnsigned = false}: HttpRequestStep): Promise<WireReply> {
    const bytes = body === undefined ? new Uint8Array() : typeof body === 'string' ? Buffer.from(body) : body;
    const all: Record<string, string> = {host: this.#url.host, ...(body === undefined ? {} : {'content-length': String(bytes.length)}), ...headers};
    const isSigned = !isUnsigned && method === 'POST' && all['authorization'] === undefined && !path.includes('X-Amz-Algorithm');
    if (isSigned) Object.assign(all, signatureHeaders(method, path, all, bytes, this.target.region, this.target.credentials, new Date()));
    const send = this.#url.protocol === 'https:' ? httpsRequest : httpRequest;
    return new Promise((resolve, reject) => {
      const request = send(
        {
          host: this.#url.hostname, port: this.#url.port, path, method, headers: all, timeout: TIMEOUT_MS,
          // A connection that is to end here is not one to go on with.
          agent: all['connection'] === 'close' ? false : this.#agent,
        },
        (response) => {
          const parts: Buffer[] = [];
          response.on('data', (part: Buffer) => parts.push(part));
          response.on('error', reject);
          response.on('end', () => {
            const replyHeaders: Record<string, string | undefined> = {};
            for (const [name, value] of Object.entries(response.headers)) replyHeaders[name] = Array.isArray(value) ? value.join(', ') : value;
            resolve({status: response.statusCode ?? 0, headers: replyHeaders, body: decoded(Buffer.concat(parts), replyHeaders['content-encoding'])});
          });
        });
      request.on('timeout', () => request.destroy(new Error(`no answer within ${TIMEOUT_MS} ms`)));
      request.on('error', reject);
      if (all['expect'] === '100-continue') {
        request.on('continue', () => request.end(bytes));
        request.flushHeaders();
      } else {
        request.end(bytes);
      }
    });
  }
}

function decoded(bytes: Buffer, coding: string | undefined): Buffer {
  if (bytes.length === 0) return bytes;
  if (coding === 'gzip') return gunzipSync(bytes);
  return coding === 'deflate' ? inflateSync(bytes) : bytes;
}

/** @returns what is wrong with the parts that every answer to an operation has; undefined when nothing is */
export function faultOfEnvelope(reply: WireReply): string | undefined {
  const {headers} = reply;
  if (!/^[0-9A-Z]{52}$/.test(headers['x-amzn-requestid'] ?? '')) return `x-amzn-requestid: ${headers['x-amzn-requestid'] ?? 'none'}`;
  if (headers['content-type'] !== 'application/x-amz-json-1.0') return `content-type: ${headers['content-type'] ?? 'none'}`;
  const sum = String(crc32Of(reply.body));
  // The sum is of the bytes as sent; a reply that came compressed is not held against it.
  if (headers['content-encoding'] === undefined && headers['x-amz-crc32'] !== sum) return `x-amz-crc32: ${headers['x-amz-crc32'] ?? 'none'} instead of ${sum}`;
  return undefined;
}

function crc32Of(bytes: Uint8Array): number {
  return crc32(bytes);
}
