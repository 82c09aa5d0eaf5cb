import {AssertionError, assert} from '@murmuration/base';
import {ModelError} from '@murmuration/model';
import type {ModelFailure} from '@murmuration/model';
import type {RouterFailure} from './errors.js';
import {RouterError} from './errors.js';
import type {WireError} from './wire-errors.js';
import {modelWireError, routerWireError} from './wire-errors.js';

/** Where an exchange ends: the HTTP side. */
export interface ExchangeOwner {
  finished(exchange: Exchange, status: number, body: Uint8Array, error: WireError | undefined): void;
  /** Something of ours failed; the client gets a plain 500. */
  failedInside(exchange: Exchange, error: unknown): void;
}

/** One API request from its dispatch to its answer. Answered exactly once. */
export class Exchange {
  readonly operation: string;
  readonly requestId: string;
  /** The parsed JSON body, not looked at yet. */
  readonly body: unknown;
  /** The Host header, for operations that answer with an address. */
  readonly host: string;
  readonly deadlineMs: number;
  /** Name of the table it found, for metrics. */
  tableName = '';
  readonly #owner: ExchangeOwner;
  #isAnswered = false;

  constructor(operation: string, requestId: string, body: unknown, host: string, deadlineMs: number, owner: ExchangeOwner) {
    this.operation = operation;
    this.requestId = requestId;
    this.body = body;
    this.host = host;
    this.deadlineMs = deadlineMs;
    this.#owner = owner;
  }

  get isAnswered(): boolean {
    return this.#isAnswered;
  }

  succeed(body: Uint8Array): void {
    this.#answer(200, body, undefined);
  }
  reject(failure: ModelFailure): void {
    this.#fail(modelWireError(failure));
  }
  fail(failure: RouterFailure): void {
    this.#fail(routerWireError(failure));
  }

  /** Runs a step of the operation: what it throws becomes the answer. */
  run(step: () => void): void {
    try {
      step();
    } catch (error) {
      this.#caught(error);
    }
  }
  /** The same for a step that is called later with a result. */
  step<Result>(next: (result: Result) => void): (result: Result) => void {
    return (result) => {
      try {
        next(result);
      } catch (error) {
        this.#caught(error);
      }
    };
  }

  #caught(error: unknown): void {
    if (error instanceof AssertionError) throw error;
    if (error instanceof ModelError) this.reject(error.failure);
    else if (error instanceof RouterError) this.fail(error.failure);
    else this.#owner.failedInside(this, error);
  }
  #fail(error: WireError): void {
    this.#answer(error.status, error.body, error);
  }
  #answer(status: number, body: Uint8Array, error: WireError | undefined): void {
    assert(!this.#isAnswered, 'a request is answered twice', {operation: this.operation});
    this.#isAnswered = true;
    this.#owner.finished(this, status, body, error);
  }
}
