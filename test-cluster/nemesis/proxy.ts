import {connect, createServer} from 'node:net';
import type {Server, Socket} from 'node:net';
import type {Random} from '@murmuration/base';

/** How bytes of one direction travel. */
export interface Flow {
  /** Nothing is forwarded while the sockets stay open; what was taken leaves when the hole closes. */
  readonly isHole: boolean;
  readonly delayMs: number;
  /** Up to so much is added to the delay of each piece; order is kept, as TCP keeps it. */
  readonly jitterMs: number;
  /** 0 means without bound. */
  readonly bytesPerSecond: number;
}
export const FREE_FLOW: Flow = {isHole: false, delayMs: 0, jitterMs: 0, bytesPerSecond: 0};
export const HOLE: Flow = {...FREE_FLOW, isHole: true};

function isFree(flow: Flow): boolean {
  return !flow.isHole && flow.delayMs === 0 && flow.jitterMs === 0 && flow.bytesPerSecond === 0;
}

/** `there` is from the dialling side to the listening side. */
export type Direction = 'there' | 'back';

/** Bytes that one direction of a connection holds back; then its source is not read until some have left. */
const HELD_BYTES_MAX = 1024 * 1024;
const CONNECTION_COUNT_MAX = 256;

/** One TCP link: listens on a port of its own and carries every connection to one target, as badly as it is told to. */
export class TcpLink {
  readonly #server: Server;
  readonly #target: {readonly host: string; readonly port: number};
  readonly #random: Random;
  readonly #carried = new Set<Carried>();
  readonly #flows: Record<Direction, Flow> = {there: FREE_FLOW, back: FREE_FLOW};
  #isRefusing = false;
  #cutAfterBytes = Infinity;
  #bytesHeld = 0;
  #resetCount = 0;
  #port = 0;

  constructor(target: {readonly host: string; readonly port: number}, random: Random) {
    this.#target = target;
    this.#random = random;
    // A half-open connection stays half open: the other side must find out by itself.
    this.#server = createServer({allowHalfOpen: true}, (socket) => this.#accept(socket));
  }

  listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(0, '127.0.0.1', () => {
        const address = this.#server.address();
        if (typeof address === 'object' && address !== null) this.#port = address.port;
        resolve();
      });
    });
  }
  get port(): number {
    return this.#port;
  }
  get connectionCount(): number {
    return this.#carried.size;
  }
  /** Bytes that met a hole, a delay or a bound since the start: proof that a fault touched traffic. */
  get bytesHeld(): number {
    return this.#bytesHeld;
  }
  /** Connections that this link broke or refused. */
  get resetCount(): number {
    return this.#resetCount;
  }

  setFlow(direction: Direction, flow: Flow): void {
    this.#flows[direction] = flow;
    for (const carried of this.#carried) carried.onFlowChange();
  }
  /** Breaks what is there and refuses what comes, until told otherwise. */
  refuse(isRefusing: boolean): void {
    this.#isRefusing = isRefusing;
    if (isRefusing) this.reset();
  }
  /** Breaks every connection; new ones are carried. */
  reset(): void {
    for (const carried of [...this.#carried]) this.#break(carried);
  }
  /** The next connection to carry so many more bytes breaks in the middle; once. */
  cutAfter(bytes: number): void {
    this.#cutAfterBytes = bytes;
  }
  /** Everything as if nothing had been: held bytes leave. */
  heal(): void {
    this.#isRefusing = false;
    this.#cutAfterBytes = Infinity;
    this.setFlow('there', FREE_FLOW);
    this.setFlow('back', FREE_FLOW);
  }
  async close(): Promise<void> {
    for (const carried of [...this.#carried]) carried.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #accept(near: Socket): void {
    if (this.#isRefusing || this.#carried.size >= CONNECTION_COUNT_MAX) {
      this.#resetCount += 1;
      near.on('error', () => undefined);
      near.resetAndDestroy();
      return;
    }
    const carried = new Carried(near, this.#target, this.#random, {
      flow: (direction) => this.#flows[direction],
      onHeld: (byteCount) => (this.#bytesHeld += byteCount),
      onPassed: (byteCount) => {
        this.#cutAfterBytes -= byteCount;
        if (this.#cutAfterBytes > 0) return;
        this.#cutAfterBytes = Infinity;
        this.#break(carried);
      },
      onEnd: () => void this.#carried.delete(carried),
    });
    this.#carried.add(carried);
  }

  #break(carried: Carried): void {
    this.#resetCount += 1;
    carried.destroy();
  }
}

interface CarriedHooks {
  readonly flow: (direction: Direction) => Flow;
  readonly onHeld: (byteCount: number) => void;
  readonly onPassed: (byteCount: number) => void;
  readonly onEnd: () => void;
}

/** One carried connection: two sockets and a queue in each direction. */
class Carried {
  readonly #near: Socket;
  readonly #far: Socket;
  readonly #hooks: CarriedHooks;
  readonly #pumps: readonly Pump[];
  #isEnded = false;

  constructor(near: Socket, target: {readonly host: string; readonly port: number}, random: Random, hooks: CarriedHooks) {
    this.#near = near;
    this.#hooks = hooks;
    this.#far = connect({host: target.host, port: target.port, allowHalfOpen: true});
    near.setNoDelay(true);
    this.#far.setNoDelay(true);
    this.#pumps = [
      new Pump(near, this.#far, random, () => hooks.flow('there'), hooks),
      new Pump(this.#far, near, random, () => hooks.flow('back'), hooks),
    ];
    for (const socket of [near, this.#far]) {
      socket.on('error', () => this.destroy());
      socket.on('close', () => this.destroy());
    }
  }

  onFlowChange(): void {
    for (const pump of this.#pumps) pump.drain();
  }
  destroy(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    for (const pump of this.#pumps) pump.stop();
    // A reset, not an end: this is what a broken path looks like.
    for (const socket of [this.#near, this.#far]) if (!socket.destroyed) socket.resetAndDestroy();
    this.#hooks.onEnd();
  }
}

/** One direction of a carried connection. */
class Pump {
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #random: Random;
  readonly #flow: () => Flow;
  readonly #hooks: CarriedHooks;
  readonly #queue: {readonly chunk: Buffer | undefined; readonly dueMs: number}[] = [];
  #queuedBytes = 0;
  #lastDueMs = 0;
  #timer: NodeJS.Timeout | undefined;
  #isBlocked = false;
  #isStopped = false;

  constructor(from: Socket, to: Socket, random: Random, flow: () => Flow, hooks: CarriedHooks) {
    this.#from = from;
    this.#to = to;
    this.#random = random;
    this.#flow = flow;
    this.#hooks = hooks;
    from.on('data', (chunk: Buffer) => this.#take(chunk));
    from.on('end', () => this.#take(undefined));
    to.on('drain', () => {
      this.#isBlocked = false;
      this.drain();
    });
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    this.#queue.length = 0;
  }

  /** Lets leave what may leave by now. */
  drain(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    while (!this.#isStopped && !this.#isBlocked) {
      const next = this.#queue[0];
      const flow = this.#flow();
      if (next === undefined || flow.isHole) break;
      // What waited for a delay that is over waits no longer.
      if (isFree(flow)) this.#lastDueMs = 0;
      const waitMs = isFree(flow) ? 0 : next.dueMs - performance.now();
      if (waitMs > 0) {
        this.#timer = setTimeout(() => this.drain(), waitMs);
        break;
      }
      this.#queue.shift();
      this.#send(next.chunk);
    }
    if (!this.#isStopped && this.#queuedBytes < HELD_BYTES_MAX) this.#from.resume();
  }

  #take(chunk: Buffer | undefined): void {
    if (this.#isStopped) return;
    const flow = this.#flow();
    const sizeBytes = chunk?.length ?? 0;
    if (isFree(flow) && this.#queue.length === 0 && !this.#isBlocked) return this.#send(chunk);
    if (!isFree(flow)) this.#hooks.onHeld(sizeBytes);
    const nowMs = performance.now();
    const delayMs = flow.delayMs + (flow.jitterMs === 0 ? 0 : this.#random.below(Math.ceil(flow.jitterMs) + 1));
    const startMs = Math.max(nowMs + delayMs, this.#lastDueMs);
    const dueMs = flow.bytesPerSecond === 0 ? startMs : startMs + (sizeBytes / flow.bytesPerSecond) * 1_000;
    this.#lastDueMs = dueMs;
    this.#queue.push({chunk, dueMs});
    this.#queuedBytes += sizeBytes;
    if (this.#queuedBytes >= HELD_BYTES_MAX) this.#from.pause();
    this.drain();
  }

  #send(chunk: Buffer | undefined): void {
    if (chunk === undefined) {
      this.#to.end();
      return;
    }
    this.#queuedBytes = Math.max(0, this.#queuedBytes - chunk.length);
    if (!this.#to.write(chunk)) {
      this.#isBlocked = true;
      this.#from.pause();
    }
    this.#hooks.onPassed(chunk.length);
  }
}
