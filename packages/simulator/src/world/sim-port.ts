import type {CallHandler, CallResult, NetworkPort, NodeId, PeerAddress, ServiceId, TimerHandle} from '@murmuration/base';
import {assert} from '@murmuration/base';
import type {SimNetwork} from './sim-network.js';
import type {SimProcess} from './sim-process.js';
import type {World} from './world.js';

const CALL_OVERHEAD_BYTES = 24;
const RESET_MS = 1;

interface PendingCall {
  readonly to: NodeId;
  readonly done: (result: CallResult) => void;
  readonly timer: TimerHandle;
}

/** Our way to one peer. Its way to us is its own. */
interface Peer {
  readonly node: NodeId;
  /** The life at the other end while connected. */
  connectedTo: SimProcess | undefined;
  /** Rises whenever the connection breaks: what was sent before is lost with it. */
  epoch: number;
  isRemoved: boolean;
}

/** The network as one process sees it. */
export class SimPort implements NetworkPort {
  readonly self: NodeId;
  readonly process: SimProcess;
  readonly #world: World;
  readonly #network: SimNetwork;
  readonly #peers = new Map<NodeId, Peer>();
  readonly #calls = new Map<number, PendingCall>();
  readonly #handlers = new Map<ServiceId, CallHandler>();
  readonly #connectionHandlers: ((peer: NodeId, isConnected: boolean) => void)[] = [];
  #postHandler: ((from: NodeId, payload: Uint8Array) => void) | undefined;
  #callNumberNext = 1;
  #isClosed = false;

  constructor(world: World, network: SimNetwork, process: SimProcess) {
    this.#world = world;
    this.#network = network;
    this.process = process;
    this.self = process.node;
  }
  get isClosed(): boolean {
    return this.#isClosed;
  }
  setPeer({node}: PeerAddress): void {
    if (node === this.self || this.#isClosed || this.#peers.has(node)) return;
    const peer: Peer = {node, connectedTo: undefined, epoch: 0, isRemoved: false};
    this.#peers.set(node, peer);
    this.#dial(peer);
  }
  removePeer(node: NodeId): void {
    const peer = this.#peers.get(node);
    if (peer === undefined) return;
    peer.isRemoved = true;
    this.#peers.delete(node);
    this.#break(peer, 'peer removed');
  }
  isConnected(node: NodeId): boolean {
    if (node === this.self) return !this.#isClosed;
    return this.#peers.get(node)?.connectedTo !== undefined;
  }
  call(to: NodeId, service: ServiceId, payload: Uint8Array, timeoutMs: number, done: (result: CallResult) => void): void {
    const notSent = (reason: string): void => this.process.timers.nextTurn(() => done({ok: false, failure: {code: 'NotSent', reason}}));
    const peer = this.#peers.get(to);
    if (this.#isClosed || (to !== this.self && peer?.connectedTo === undefined)) return notSent('not connected');
    if (timeoutMs <= 0) return notSent('deadline passed');
    if (!this.process.touch()) return;
    const number = this.#callNumberNext;
    this.#callNumberNext += 1;
    const timer = this.process.timers.after(timeoutMs, () => this.#settle(number, {ok: false, failure: {code: 'Unknown', reason: 'timeout'}}));
    this.#calls.set(number, {to, done, timer});
    this.#world.trace.note('net/call', this.self, to, service, payload);
    const answer = (result: CallResult): void => this.#settle(number, result);
    const reset = to === this.self ? undefined : this.#network.drawCallReset(service);
    const isSent = to === this.self
      ? this.#later(() => this.handle(this.self, service, payload, timeoutMs, answer))
      : this.#carry(peer as Peer, payload.length, false, (target) => (reset === 'before' ? this.#resetStream(number) : target.handle(this.self, service, payload, timeoutMs, (result) => {
        if (reset === 'after') return this.#resetStream(number);
        const sizeBytes = result.ok ? result.payload.length : 0;
        // The answer takes the same connection back.
        const epoch = (peer as Peer).epoch;
        this.#network.send(to, this.self, {sizeBytes: sizeBytes + CALL_OVERHEAD_BYTES, mayRepeat: false, deliver: () => {
          if ((peer as Peer).epoch === epoch) this.process.dispatch(() => answer(result));
        }});
      })));
    if (isSent) return;
    timer.cancel();
    this.#calls.delete(number);
    notSent('queue is full');
  }
  post(to: NodeId, payload: Uint8Array): boolean {
    if (this.#isClosed || !this.process.touch()) return false;
    if (to === this.self) return this.#later(() => this.#postHandler?.(this.self, payload));
    const peer = this.#peers.get(to);
    if (peer?.connectedTo === undefined) return false;
    this.#world.trace.note('net/post', this.self, to, payload);
    return this.#carry(peer, payload.length, true, (target) => target.receive(this.self, payload));
  }
  onCall(service: ServiceId, handler: CallHandler): void {
    assert(!this.#handlers.has(service), 'a service has one handler', {service});
    this.#handlers.set(service, handler);
  }
  onPost(handler: (from: NodeId, payload: Uint8Array) => void): void {
    assert(this.#postHandler === undefined, 'posts have one handler');
    this.#postHandler = handler;
  }
  onConnection(handler: (peer: NodeId, isConnected: boolean) => void): void {
    this.#connectionHandlers.push(handler);
  }
  close(): Promise<void> {
    if (!this.#isClosed) {
      this.#isClosed = true;
      for (const peer of this.#peers.values()) {
        peer.isRemoved = true;
        this.#break(peer, 'closed');
      }
      this.#peers.clear();
    }
    return new Promise((resolve) => this.process.timers.nextTurn(resolve));
  }

  /** The process is dead: nothing more is heard from here. */
  abandon(): void {
    this.#isClosed = true;
    for (const peer of this.#peers.values()) peer.isRemoved = true;
    this.#calls.clear();
  }
  peerGone(process: SimProcess): void {
    const peer = this.#peers.get(process.node);
    if (peer?.connectedTo === process) this.#break(peer, 'peer is gone');
  }
  breakConnection(node: NodeId, reason: string): void {
    const peer = this.#peers.get(node);
    if (peer?.connectedTo !== undefined) this.#break(peer, reason);
  }
  receive(from: NodeId, payload: Uint8Array): void {
    this.#world.trace.note('net/arrived', from, this.self, payload);
    this.#postHandler?.(from, payload);
  }
  /** A call arrived, with so much of its time left. */
  handle(from: NodeId, service: ServiceId, payload: Uint8Array, remainingMs: number, answer: (result: CallResult) => void): void {
    this.#world.trace.note('net/asked', from, this.self, service, payload);
    let isOpen = true;
    const finish = (result: CallResult): void => {
      assert(isOpen, 'a call is answered once', {service});
      isOpen = false;
      if (!this.process.touch()) return;
      answer(result);
    };
    const refuse = (reason: string): void => finish({ok: false, failure: {code: 'Refused', reason}});
    const handler = this.#handlers.get(service);
    if (this.#isClosed) return refuse('closed');
    if (handler === undefined) return refuse('unknown service');
    handler(from, payload, this.process.clock.monotonicMs() + remainingMs, (answered) => finish({ok: true, payload: answered}), refuse);
  }

  /** Sends to the life that the peer's connection leads to. */
  #carry(peer: Peer, sizeBytes: number, mayRepeat: boolean, deliver: (target: SimPort) => void): boolean {
    const epoch = peer.epoch;
    const target = peer.connectedTo;
    const {profile} = this.#network.link(this.self, peer.node);
    return this.#network.send(this.self, peer.node, {sizeBytes: sizeBytes + CALL_OVERHEAD_BYTES, mayRepeat, deliver: () => {
      const port = this.#network.portOf(peer.node);
      if (port === undefined || port.isClosed) return;
      // On an ordered link nothing outlives its connection, nor the process it was meant for.
      if ((profile.isOrdered || !mayRepeat) && (peer.epoch !== epoch || port.process !== target)) return;
      port.process.dispatch(() => deliver(port));
    }});
  }
  #later(run: () => void): boolean {
    this.process.timers.nextTurn(run);
    return true;
  }
  /** One call of many breaks, the connection stays: whoever made it cannot know how far it came. */
  #resetStream(number: number): void {
    this.#world.afterMs(RESET_MS, () => this.process.dispatch(() => this.#settle(number, {ok: false, failure: {code: 'Unknown', reason: 'stream reset'}})));
  }
  #settle(number: number, result: CallResult): void {
    const call = this.#calls.get(number);
    if (call === undefined) return;
    this.#calls.delete(number);
    call.timer.cancel();
    call.done(result);
  }
  /** Tries until the peer answers: both directions must be open, and someone must listen. */
  /** Begins anew wherever a connection is missing; what was under way finds it there, or is the quicker one. */
  dialAgain(): void {
    for (const peer of this.#peers.values()) if (peer.connectedTo === undefined) this.#dial(peer);
  }
  #dial(peer: Peer): void {
    if (peer.isRemoved || this.#isClosed || this.process.isDead) return;
    const roundTripMs = this.#network.delayMs(this.self, peer.node) + this.#network.delayMs(peer.node, this.self);
    this.#world.afterMs(roundTripMs, () => this.process.dispatch(() => {
      if (peer.isRemoved || this.#isClosed || peer.connectedTo !== undefined) return;
      const target = this.#network.portOf(peer.node);
      if (target === undefined || target.isClosed || target.process.isPaused || !this.#network.reaches(this.self, peer.node)) {
        this.#world.afterMs(this.#network.redialMs, () => this.#dial(peer));
        return;
      }
      peer.connectedTo = target.process;
      this.#world.trace.note('net/connected', this.self, peer.node);
      this.#tell(peer.node, true);
    }));
  }
  #break(peer: Peer, reason: string): void {
    const wasConnected = peer.connectedTo !== undefined;
    peer.connectedTo = undefined;
    peer.epoch += 1;
    this.#world.trace.note('net/broke', this.self, peer.node);
    const open = [...this.#calls].filter(([, call]) => call.to === peer.node);
    this.process.dispatch(() => {
      for (const [number] of open) this.#settle(number, {ok: false, failure: {code: 'Unknown', reason}});
      if (wasConnected) this.#tell(peer.node, false);
    });
    if (!peer.isRemoved) this.#world.afterMs(this.#network.redialMs, () => this.#dial(peer));
  }
  #tell(node: NodeId, isConnected: boolean): void {
    for (const handler of this.#connectionHandlers) handler(node, isConnected);
  }
}
