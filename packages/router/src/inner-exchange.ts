import {utf8Decode} from '@murmuration/base';
import type {ModelFailure} from '@murmuration/model';
import type {ExchangeOwner} from './exchange.js';
import {Exchange} from './exchange.js';
import type {WireError} from './wire-errors.js';

export type JsonObject = Readonly<Record<string, unknown>>;

/** What an operation answered that was carried out for another one. */
export type InnerAnswer =
  | {readonly kind: 'answered'; readonly body: JsonObject; readonly sizeBytes: number}
  | {readonly kind: 'refused'; readonly failure: ModelFailure}
  /** Something of ours failed. */
  | {readonly kind: 'broken'; readonly error: unknown};

/**
 * Carries out an operation inside of another one: the same story, whose answer goes to the caller instead of the wire.
 * @param body what the operation parses; undefined when it is handed a request that was made here
 * @param done called once, perhaps before this returns, unless the outer exchange was answered in the meantime; what it throws
 * becomes the answer of that one
 */
export function carryOutInside(outer: Exchange, operation: string, body: unknown, carryOut: (inner: Exchange) => void, done: (answer: InnerAnswer) => void): void {
  const inner = new Exchange(operation, outer.requestId, body, outer.host, outer.deadlineMs, new InnerOwner((answer) => {
    if (!outer.isAnswered) outer.run(() => done(answer));
  }));
  inner.run(() => carryOut(inner));
}

class InnerOwner implements ExchangeOwner {
  readonly #done: (answer: InnerAnswer) => void;
  constructor(done: (answer: InnerAnswer) => void) {
    this.#done = done;
  }

  finished(_exchange: Exchange, _status: number, bytes: Uint8Array, error: WireError | undefined): void {
    if (error === undefined) this.#done({kind: 'answered', body: toJsonObject(bytes), sizeBytes: bytes.length});
    else this.#done({kind: 'refused', failure: error.failure});
  }
  failedInside(_exchange: Exchange, error: unknown): void {
    this.#done({kind: 'broken', error});
  }
}

/** The gate for answers of our own making: each is an object, or empty. */
function toJsonObject(bytes: Uint8Array): JsonObject {
  return bytes.length === 0 ? {} : JSON.parse(utf8Decode(bytes)) as JsonObject;
}
