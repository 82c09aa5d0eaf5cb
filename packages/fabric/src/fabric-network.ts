import type {CallHandler, CallResult, NetworkPort, NodeId, PeerAddress, ServiceId, TimerHandle} from '@murmuration/base';
import {assert} from '@murmuration/base';
import {toFabricLimits} from './config.js';
import type {FabricContext, FabricPorts, NetworkOptions} from './fabric-context.js';
import {encodeRefusalFrame} from './frame.js';
import type {AcceptStream, FrameStream, FrameStreamHandler, FrameTransport, Purpose} from './frame-stream.js';
import type {Hello, Refusal} from './hello.js';
import {PROTOCOL_VERSION} from './hello.js';
import type {IncomingOwner} from './incoming-stream.js';
import {IncomingStream} from './incoming-stream.js';
import type {QueueSize} from './metrics.js';
import {createFabricMetrics} from './metrics.js';
import {PeerLink} from './peer-link.js';
import {SelfLoop} from './self-loop.js';

/** The network of one node over some transport of frames. */
export class FabricNetwork implements NetworkPort {
  readonly self: NodeId;
  readonly #options: NetworkOptions;
  readonly #context: FabricContext;
  readonly #links = new Map<NodeId, PeerLink>();
  readonly #incoming = new Set<IncomingStream>();
  readonly #handlers = new Map<number, CallHandler>();
  readonly #connectionHandlers: ((peer: NodeId, isConnected: boolean) => void)[] = [];
  readonly #selfLoop: SelfLoop;
  #postHandler: ((from: NodeId, payload: Uint8Array) => void) | undefined;
  #transport: FrameTransport | undefined;
  #pingTimer: TimerHandle | undefined;
  #inflightCallCount = 0;
  #isClosed = false;

  constructor(options: NetworkOptions, ports: FabricPorts) {
    assert(Number.isSafeInteger(options.incarnation) && options.incarnation >= 0, 'incarnation must be a safe integer of at least 0');
    this.self = options.self;
    this.#options = options;
    this.#context = {
      ownHello: () => this.#ownHello(),
      limits: toFabricLimits(options.limits),
      clock: ports.clock,
      timers: ports.timers,
      random: ports.random.fork(`fabric/${options.self}`),
      metrics: createFabricMetrics(ports.metrics, () => this.#measureQueues()),
      transport: () => this.#startedTransport(),
      azOf: options.azOf ?? (() => ''),
      emit: (event) => {
        if (ports.events.isEnabled(event.level)) ports.events.emit({...event});
      },
    };
    const owner = this.#incomingOwner();
    this.#selfLoop = new SelfLoop(options.self, this.#context, owner);
    this.accept = (purpose, stream) => {
      if (this.#isClosed || this.#incoming.size >= this.#context.limits.incomingStreamsMax) return this.#turnAway(stream);
      const incoming = new IncomingStream(purpose, stream, owner, this.#context);
      this.#incoming.add(incoming);
      return incoming.handler;
    };
  }

  /** For the transport: takes a stream that a peer opened. */
  readonly accept: AcceptStream;

  /** Where others reach this node: `host:port`, or a name within the process. */
  get address(): string {
    return this.#startedTransport().address;
  }

  /** Calls to our handlers that are not answered yet. */
  get inflightCallCount(): number {
    return this.#inflightCallCount;
  }

  /** From here on the network dials and answers. */
  start(transport: FrameTransport): void {
    assert(this.#transport === undefined, 'a network is started once');
    this.#transport = transport;
    this.#pingTimer = this.#context.timers.every(this.#context.limits.pingPeriodMs, () => {
      for (const link of this.#links.values()) link.onPingPeriod();
      for (const incoming of [...this.#incoming]) incoming.onPingPeriod();
    });
  }

  setPeer(peer: PeerAddress): void {
    if (peer.node === this.self || this.#isClosed) return;
    const known = this.#links.get(peer.node);
    if (known !== undefined) return known.setAddress(peer.address);
    const link = new PeerLink(peer.node, peer.address, this.#context, (isConnected) => {
      for (const handler of this.#connectionHandlers) handler(peer.node, isConnected);
    });
    this.#links.set(peer.node, link);
    link.start();
  }

  removePeer(node: NodeId): void {
    this.#links.get(node)?.close('peer removed');
    this.#links.delete(node);
  }

  isConnected(node: NodeId): boolean {
    if (node === this.self) return !this.#isClosed;
    return this.#links.get(node)?.isConnected ?? false;
  }

  call(to: NodeId, service: ServiceId, payload: Uint8Array, timeoutMs: number, done: (result: CallResult) => void): void {
    if (to === this.self) return this.#selfLoop.call(service, payload, timeoutMs, done);
    const link = this.#links.get(to);
    if (link !== undefined) return link.call(service, payload, timeoutMs, done);
    this.#context.timers.nextTurn(() => done({ok: false, failure: {code: 'NotSent', reason: 'unknown peer'}}));
  }

  post(to: NodeId, payload: Uint8Array): boolean {
    if (to === this.self) return this.#selfLoop.post(payload);
    return this.#links.get(to)?.post(payload) ?? false;
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

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#pingTimer?.cancel();
    for (const link of this.#links.values()) link.close('closed');
    this.#links.clear();
    for (const incoming of [...this.#incoming]) incoming.close();
    this.#selfLoop.close();
    await this.#transport?.close();
    await new Promise<void>((resolve) => this.#context.timers.nextTurn(resolve));
  }

  /** Not in the call itself: the transport may not see a stream end before it has its handler. Nothing of it is read. */
  #turnAway(stream: FrameStream): FrameStreamHandler {
    const refusal: Refusal = {reason: 'too-many-streams', detail: `at most ${this.#context.limits.incomingStreamsMax}`};
    this.#context.timers.nextTurn(() => {
      this.#context.emit({event: 'fabric/peer-refused', level: 'warn', direction: 'incoming', node: undefined, ...refusal});
      stream.write(encodeRefusalFrame(refusal), () => undefined);
      stream.close();
    });
    return {onFrame: () => undefined, onWritable: () => undefined, onClosed: () => undefined};
  }

  #incomingOwner(): IncomingOwner {
    return {
      admit: (stream, hello) => this.#admit(stream, hello),
      onCall: (from, service, payload, deadlineMs, reply, refuse) => this.#onCall(from, service, payload, deadlineMs, reply, refuse),
      onPost: (from, payload) => {
        if (!this.#isClosed) this.#postHandler?.(from, payload);
      },
      onEnded: (stream) => {
        this.#incoming.delete(stream);
      },
    };
  }

  #admit(stream: IncomingStream, hello: Hello): Refusal | undefined {
    const isAdmitted = this.#options.isPeerAdmitted?.(hello.node) ?? true;
    if (!isAdmitted) return {reason: 'unknown-peer', detail: hello.node};
    const older: IncomingStream[] = [];
    for (const other of this.#incoming) {
      if (other === stream || other.peer?.node !== hello.node) continue;
      if (other.peer.incarnation > hello.incarnation) {
        return {reason: 'stale-incarnation', detail: `${hello.node} is connected with incarnation ${other.peer.incarnation}, not ${hello.incarnation}`};
      }
      if (other.peer.incarnation < hello.incarnation || other.purpose === stream.purpose) older.push(other);
    }
    for (const other of older) {
      if (other.peer !== undefined && other.peer.incarnation < hello.incarnation) {
        other.refuse({reason: 'stale-incarnation', detail: `${hello.node} came back with incarnation ${hello.incarnation}`});
      } else {
        other.close();
      }
    }
    return undefined;
  }

  #onCall(
    from: NodeId, service: number, payload: Uint8Array, deadlineMs: number,
    reply: (payload: Uint8Array) => void, refuse: (reason: string) => void,
  ): void {
    const handler = this.#handlers.get(service);
    if (this.#isClosed) return refuse('closed');
    if (handler === undefined) return refuse('unknown service');
    if (deadlineMs <= this.#context.clock.monotonicMs()) return refuse('deadline passed');
    if (this.#inflightCallCount >= this.#context.limits.inflightCallsMax) return refuse('overloaded');
    this.#inflightCallCount += 1;
    let isOpen = true;
    const finish = (): void => {
      assert(isOpen, 'a call is answered once', {service});
      isOpen = false;
      this.#inflightCallCount -= 1;
    };
    handler(
      from, payload, deadlineMs,
      (answer) => {
        finish();
        reply(answer);
      },
      (reason) => {
        finish();
        refuse(reason);
      },
    );
  }

  #ownHello(): Hello {
    return {
      protocolVersion: PROTOCOL_VERSION, clusterId: this.#options.clusterId, node: this.self, incarnation: this.#options.incarnation,
      mapEpoch: this.#options.mapEpoch?.() ?? 0, settingsFingerprint: this.#options.settingsFingerprint,
    };
  }

  #startedTransport(): FrameTransport {
    assert(this.#transport !== undefined, 'the network is not started');
    return this.#transport;
  }

  #measureQueues(): Readonly<Record<Purpose, QueueSize>> {
    const sizes = {requests: {count: 0, sizeBytes: 0}, raft: {count: 0, sizeBytes: 0}};
    const add = (purpose: Purpose, size: QueueSize): void => {
      sizes[purpose].count += size.count;
      sizes[purpose].sizeBytes += size.sizeBytes;
    };
    for (const link of this.#links.values()) {
      add('requests', link.queueSize('requests'));
      add('raft', link.queueSize('raft'));
    }
    for (const incoming of this.#incoming) add('requests', {count: incoming.queuedCount, sizeBytes: incoming.queuedBytes});
    return sizes;
  }
}
