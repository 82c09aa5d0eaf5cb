import {utf8Decode, utf8Encode} from '@murmuration/base';
import type {HttpHandler, HttpReply, HttpRequest} from '@murmuration/base';
import type {TransportFailure} from '@murmuration/checkers';
import type {Chance} from '../world/chance.js';
import type {SimProcess} from '../world/sim-process.js';
import type {World} from '../world/world.js';

/** What one life of a node shows to its users. */
export interface Door {
  readonly process: SimProcess;
  readonly api: HttpHandler;
  readonly admin: HttpHandler;
}

/** How a call ended for whoever made it. */
export type ApiResult =
  | {readonly kind: 'answered'; readonly status: number; readonly body: unknown}
  | {readonly kind: 'failed'; readonly failure: TransportFailure};

/** The way from the users of one AZ to one node. */
export interface ClientLink {
  delayMs: number;
  /** Nothing passes, and nobody is told. */
  isCut: boolean;
  /** Of a thousand connections; each breaks with the request or the answer on its way. */
  resetPermille: number;
}

export interface Call {
  readonly link: ClientLink;
  readonly door: Door | undefined;
  readonly isAdmin: boolean;
  readonly method: 'GET' | 'POST';
  readonly target: string;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: unknown;
  readonly timeoutMs: number;
}

/**
 * The network between users and nodes: requests travel, take time, get lost; a process that dies takes its connections
 * along. Bytes of requests and answers are those of the public API.
 */
export class ApiNetwork {
  readonly #world: World;
  readonly #chance: Chance;
  #openByLife = new Map<SimProcess, Set<(failure: TransportFailure) => void>>();

  constructor(world: World) {
    this.#world = world;
    this.#chance = world.chance.fork('client-net');
  }
  /** @param done called exactly once, in an event of the world and in no process */
  call(call: Call, done: (result: ApiResult) => void): void {
    const {door, link} = call;
    let isOver = false;
    const finish = (result: ApiResult): void => {
      if (isOver) return;
      isOver = true;
      timer.cancel();
      if (door !== undefined) this.#openByLife.get(door.process)?.delete(fail);
      done(result);
    };
    const fail = (failure: TransportFailure): void => finish({kind: 'failed', failure});
    const timer = this.#world.afterMs(call.timeoutMs, () => fail('timeout'));
    const delayMs = (): number => this.#chance.heavyTail(link.delayMs);
    if (door === undefined || door.process.isDead) {
      // Nobody listens: the connection is refused before a byte of the request leaves.
      this.#world.afterMs(delayMs(), () => fail('not-sent'));
      return;
    }
    const openOf = this.#openByLife.get(door.process) ?? new Set();
    this.#openByLife.set(door.process, openOf);
    openOf.add(fail);
    const resetAt = this.#chance.permille(link.resetPermille) ? this.#chance.below(2) : -1;
    this.#world.afterMs(delayMs(), () => {
      if (isOver || link.isCut) return;
      if (resetAt === 0) return fail('reset');
      door.process.dispatch(() => {
        const request: HttpRequest = {
          method: call.method, target: call.target, headers: call.headers, body: call.body === undefined ? new Uint8Array(0) : utf8Encode(JSON.stringify(call.body)),
          bodyFailure: undefined, remoteAddress: '10.0.0.1', receivedMs: door.process.clock.monotonicMs(),
        };
        let isAnswered = false;
        (call.isAdmin ? door.admin : door.api)(request, (reply) => {
          if (isAnswered) throw new Error(`a request was answered twice: ${call.target}`);
          isAnswered = true;
          if (!door.process.touch()) return;
          this.#world.afterMs(delayMs(), () => {
            if (link.isCut) return;
            if (resetAt === 1) return fail('reset');
            finish(readReply(reply));
          });
        });
      });
    });
  }
  /** The process died: whoever waits for it sees the connection break. */
  died(process: SimProcess): void {
    const open = this.#openByLife.get(process);
    this.#openByLife.delete(process);
    for (const fail of open ?? []) this.#world.afterMs(this.#chance.heavyTail(1), () => fail('reset'));
  }
  /** Requests that wait for one process. */
  openCount(process: SimProcess): number {
    return this.#openByLife.get(process)?.size ?? 0;
  }
}

function readReply(reply: HttpReply): ApiResult {
  const text = utf8Decode(reply.body);
  try {
    return {kind: 'answered', status: reply.status, body: text === '' ? undefined : JSON.parse(text)};
  } catch {
    return {kind: 'failed', failure: 'bad-answer'};
  }
}

/** Headers of a call of the DynamoDB API. */
export function apiHeaders(operation: string): ReadonlyMap<string, string> {
  return new Map([
    ['host', 'dynamodb.local'], ['content-type', 'application/x-amz-json-1.0'], ['x-amz-target', `DynamoDB_20120810.${operation}`],
  ]);
}
export const ADMIN_HEADERS: ReadonlyMap<string, string> = new Map([['host', 'localhost'], ['content-type', 'application/json']]);
