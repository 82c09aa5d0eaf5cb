import type {CallResult, NodeId} from '@murmuration/base';
import type {FabricContext} from './fabric-context.js';
import type {PendingCall} from './pending-calls.js';
import {PendingCalls} from './pending-calls.js';

export interface SelfLoopOwner {
  onCall(
    from: NodeId, service: number, payload: Uint8Array, deadlineMs: number,
    reply: (payload: Uint8Array) => void, refuse: (reason: string) => void,
  ): void;
  onPost(from: NodeId, payload: Uint8Array): void;
}

/**
 * Calls and posts of a node to itself: delivered in the next turn, bounded like those to a peer, never encoded.
 * Payloads pass by reference; both sides already promise not to change what they gave away.
 */
export class SelfLoop {
  readonly #self: NodeId;
  readonly #context: FabricContext;
  readonly #owner: SelfLoopOwner;
  readonly #pending: PendingCalls;
  #tasks: (() => void)[] = [];
  #queuedBytes = 0;
  #nextCallId = 1;
  #isClosed = false;

  constructor(self: NodeId, context: FabricContext, owner: SelfLoopOwner) {
    this.#self = self;
    this.#context = context;
    this.#owner = owner;
    this.#pending = new PendingCalls(context, context.limits.deadlineGranularityMs);
  }

  call(service: number, payload: Uint8Array, timeoutMs: number, done: (result: CallResult) => void): void {
    const notSent = (reason: string): void => this.#context.timers.nextTurn(() => done({ok: false, failure: {code: 'NotSent', reason}}));
    if (this.#isClosed) return notSent('closed');
    if (timeoutMs <= 0) return notSent('deadline passed');
    if (this.#queuedBytes + payload.length > this.#context.limits.queueBytesMax) return notSent('queue is full');
    const id = this.#nextCallId;
    this.#nextCallId += 1;
    const call = {
      id, service, payload, sizeBytes: payload.length, deadlineMs: this.#context.clock.monotonicMs() + timeoutMs, done, wasSent: false, isSettled: false,
    };
    this.#pending.add(call);
    this.#queuedBytes += payload.length;
    this.#enqueue(() => this.#deliver(call));
  }

  post(payload: Uint8Array): boolean {
    if (this.#isClosed || this.#queuedBytes + payload.length > this.#context.limits.queueBytesMax) return false;
    this.#queuedBytes += payload.length;
    this.#enqueue(() => {
      this.#queuedBytes -= payload.length;
      if (!this.#isClosed) this.#owner.onPost(this.#self, payload);
    });
    return true;
  }

  close(): void {
    this.#isClosed = true;
    const taken = this.#pending.takeAll();
    this.#context.timers.nextTurn(() => this.#pending.failTaken(taken, 'closed'));
  }

  #deliver(call: PendingCall): void {
    this.#queuedBytes -= call.sizeBytes;
    if (this.#isClosed || !this.#pending.isWanted(call)) return;
    call.wasSent = true;
    const settleNextTurn = (result: CallResult): void => this.#enqueue(() => this.#pending.settle(call.id, result));
    this.#owner.onCall(
      this.#self, call.service, call.payload, call.deadlineMs,
      (payload) => settleNextTurn({ok: true, payload}), (reason) => settleNextTurn({ok: false, failure: {code: 'Refused', reason}}),
    );
  }

  /** All that is queued in one turn runs in the next, with one callback for all of it. */
  #enqueue(task: () => void): void {
    this.#tasks.push(task);
    if (this.#tasks.length > 1) return;
    this.#context.timers.nextTurn(() => {
      const tasks = this.#tasks;
      this.#tasks = [];
      for (const run of tasks) run();
    });
  }
}
