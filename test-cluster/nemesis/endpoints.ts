import type {Random} from '@murmuration/base';
import {readAnswer, readFailure, toRequest} from '@murmuration/checkers';
import type {Operation, Outcome, TransportFailure} from '@murmuration/checkers';
import {WireClient} from '../wire-client.js';
import {nowMs} from './monotonic-time.js';

export interface EndpointAddress {
  readonly id: string;
  readonly url: string;
}
interface Endpoint extends EndpointAddress {
  readonly wire: WireClient;
  avoidedUntilMs: number;
  isTried: boolean;
}

/** A process that did not answer is left alone for so long; then one call tries it. */
const AVOID_MS = 500;

/** The processes that clients speak to, and which of them answered lately. A call is sent once, whatever becomes of it. */
export class Endpoints {
  readonly #endpoints: readonly Endpoint[];
  readonly #random: Random;

  constructor(addresses: readonly EndpointAddress[], connectionCountMax: number, timeoutMs: number, random: Random) {
    this.#endpoints = addresses.map((address) => ({...address, wire: new WireClient(address.url, connectionCountMax, timeoutMs), avoidedUntilMs: 0, isTried: false}));
    this.#random = random;
  }

  /** A process to ask: any that answered lately, or one whose time to be tried has come. */
  draw(): string {
    const atMs = nowMs();
    const open = this.#endpoints.filter((endpoint) => endpoint.avoidedUntilMs === 0 || (endpoint.avoidedUntilMs <= atMs && !endpoint.isTried));
    const from = open.length > 0 ? open : this.#endpoints;
    const drawn = from[this.#random.below(from.length)] as Endpoint;
    if (drawn.avoidedUntilMs !== 0) drawn.isTried = true;
    return drawn.id;
  }

  async call(id: string, operation: Operation, table: string): Promise<Outcome> {
    const request = toRequest(operation, table);
    const answer = await this.send(id, request.operation, request.body);
    return 'failure' in answer ? readFailure(answer.failure) : readAnswer(operation, answer.status, answer.body);
  }

  async send(id: string, operation: string, body: unknown): Promise<{readonly status: number; readonly body: Readonly<Record<string, unknown>>} | {readonly failure: TransportFailure}> {
    const endpoint = this.#endpoints.find((candidate) => candidate.id === id) as Endpoint;
    try {
      const answer = await endpoint.wire.call(operation, body);
      endpoint.avoidedUntilMs = 0;
      endpoint.isTried = false;
      return answer;
    } catch (cause) {
      endpoint.avoidedUntilMs = nowMs() + AVOID_MS;
      endpoint.isTried = false;
      return {failure: failureOf(cause)};
    }
  }

  close(): void {
    for (const endpoint of this.#endpoints) endpoint.wire.close();
  }
}

/** Only a connection that was never made proves that nothing was sent. */
function failureOf(cause: unknown): TransportFailure {
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : undefined;
  if (code === 'ECONNREFUSED') return 'not-sent';
  if (code === 'ECONNRESET' || code === 'EPIPE') return 'reset';
  const message = cause instanceof Error ? cause.message : '';
  if (message.includes('no answer in time')) return 'timeout';
  return message.includes('not JSON') ? 'bad-answer' : 'closed';
}
