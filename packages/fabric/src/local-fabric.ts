import type {NodeId, TimerHandle} from '@murmuration/base';
import {toNodeId} from '@murmuration/base';
import type {FabricPorts, NetworkOptions} from './fabric-context.js';
import {FabricNetwork} from './fabric-network.js';
import type {AcceptStream, FrameConnection, FrameStream, FrameStreamHandler, FrameTransport, Purpose} from './frame-stream.js';

/** Bytes on their way in one direction of a stream before its sender is told to wait. */
const WINDOW_BYTES = 4 * 1024 * 1024;

/** Looks at a frame on its way. @returns what arrives instead; undefined when nothing does */
export type FrameFilter = (message: Uint8Array, purpose: Purpose) => Uint8Array | undefined;

/** Faults between two nodes, one direction: what `from` sends to `to`, calls as well as answers. */
interface Faults {
  isCut: boolean;
  delayMs: number;
  filter: FrameFilter | undefined;
}

/**
 * The network inside one process: the same frames, handshake and bounds as over gRPC, moved by queues instead of
 * sockets. A node's address is its id. Links can be cut, delayed and filtered while they are used.
 */
export class LocalFabric {
  readonly #accepts = new Map<string, AcceptStream>();
  readonly #faults = new Map<string, Faults>();
  readonly #pipes = new Set<LocalPipe>();
  readonly #networks = new Map<NodeId, FabricNetwork>();

  /** @param options as over gRPC; the address becomes `options.self` */
  createNetwork(options: NetworkOptions, ports: FabricPorts): FabricNetwork {
    const network = new FabricNetwork(options, ports);
    this.#accepts.set(options.self, network.accept);
    this.#networks.set(options.self, network);
    network.start(this.#transport(options.self, network.accept, ports));
    return network;
  }

  /**
   * The node's process dies: nothing that it had queued leaves, its peers see their connections break, and its
   * network is closed. Its name may be used again by `createNetwork`, with a higher incarnation.
   */
  crash(node: NodeId): Promise<void> {
    this.#accepts.delete(node);
    for (const pipe of [...this.#pipes]) if (pipe.touches(node)) pipe.break();
    return this.#networks.get(node)?.close() ?? Promise.resolve();
  }

  /** Breaks every connection between the two and lets none be made until `heal`. */
  cut(a: NodeId, b: NodeId): void {
    this.#faultsOf(a, b).isCut = true;
    this.#faultsOf(b, a).isCut = true;
    this.breakConnections(a, b);
  }

  /** Takes every fault between the two away. */
  heal(a: NodeId, b: NodeId): void {
    this.#faults.delete(directionKey(a, b));
    this.#faults.delete(directionKey(b, a));
  }

  /** Breaks the connections between the two once; they may be made again at once. */
  breakConnections(a: NodeId, b: NodeId): void {
    for (const pipe of [...this.#pipes]) if (pipe.joins(a, b)) pipe.break();
  }

  /** Frames from one to the other arrive that much later, in order. */
  setDelay(from: NodeId, to: NodeId, delayMs: number): void {
    this.#faultsOf(from, to).delayMs = delayMs;
  }

  /** Passes each frame from one to the other through `filter`: to drop, to change, to look. Undefined takes it away. */
  setFilter(from: NodeId, to: NodeId, filter: FrameFilter | undefined): void {
    this.#faultsOf(from, to).filter = filter;
  }

  #faultsOf(from: NodeId, to: NodeId): Faults {
    const key = directionKey(from, to);
    const known = this.#faults.get(key);
    if (known !== undefined) return known;
    const faults: Faults = {isCut: false, delayMs: 0, filter: undefined};
    this.#faults.set(key, faults);
    return faults;
  }

  #transport(self: NodeId, accept: AcceptStream, ports: FabricPorts): FrameTransport {
    return {
      address: self,
      dial: (address) => this.#dial(self, toNodeId(address), ports),
      close: () => {
        if (this.#accepts.get(self) === accept) this.#accepts.delete(self);
        return Promise.resolve();
      },
    };
  }

  #dial(from: NodeId, to: NodeId, ports: FabricPorts): FrameConnection {
    return {
      open: (purpose, handler) => {
        const accept = this.#faultsOf(from, to).isCut ? undefined : this.#accepts.get(to);
        const pipe = new LocalPipe(from, to, purpose, ports, (sender, receiver) => this.#faultsOf(sender, receiver), () => this.#pipes.delete(pipe));
        this.#pipes.add(pipe);
        return pipe.connect(handler, accept);
      },
      close: () => undefined,
    };
  }
}

/** The in-process network, for `startCluster()`, demonstrations and tests. */
export function createLocalNetwork(): LocalFabric {
  return new LocalFabric();
}

function directionKey(from: NodeId, to: NodeId): string {
  return `${from}>${to}`;
}

/** One stream: two directions between a dialler and an acceptor. */
class LocalPipe {
  readonly #from: NodeId;
  readonly #to: NodeId;
  readonly #purpose: Purpose;
  readonly #ports: FabricPorts;
  readonly #faultsOf: (from: NodeId, to: NodeId) => Faults;
  readonly #onOver: () => void;
  #dialler: LocalEnd | undefined;
  #acceptor: LocalEnd | undefined;

  constructor(
    from: NodeId, to: NodeId, purpose: Purpose, ports: FabricPorts, faultsOf: (from: NodeId, to: NodeId) => Faults, onOver: () => void,
  ) {
    this.#from = from;
    this.#to = to;
    this.#purpose = purpose;
    this.#ports = ports;
    this.#faultsOf = faultsOf;
    this.#onOver = onOver;
  }

  joins(a: NodeId, b: NodeId): boolean {
    return (this.#from === a && this.#to === b) || (this.#from === b && this.#to === a);
  }

  touches(node: NodeId): boolean {
    return this.#from === node || this.#to === node;
  }

  connect(handler: FrameStreamHandler, accept: AcceptStream | undefined): FrameStream {
    const dialler = new LocalEnd(this.#purpose, this.#ports, () => this.#faultsOf(this.#from, this.#to));
    dialler.attach(handler);
    this.#dialler = dialler;
    if (accept === undefined) {
      this.#ports.timers.nextTurn(() => this.break());
      return dialler;
    }
    const acceptor = new LocalEnd(this.#purpose, this.#ports, () => this.#faultsOf(this.#to, this.#from));
    this.#acceptor = acceptor;
    dialler.join(acceptor, this.#onOver);
    acceptor.join(dialler, this.#onOver);
    this.#ports.timers.nextTurn(() => {
      if (!acceptor.isOver) acceptor.attach(accept(this.#purpose, acceptor));
    });
    return dialler;
  }

  break(): void {
    this.#onOver();
    this.#dialler?.break('connection broke');
    this.#acceptor?.break('connection broke');
  }
}

type Cargo =
  | {readonly kind: 'message'; readonly bytes: Uint8Array; readonly dueMs: number; readonly onWritten: () => void}
  | {readonly kind: 'end'; readonly dueMs: number};

/** One end of a stream; owns the queue of what it sends. */
class LocalEnd implements FrameStream {
  readonly #purpose: Purpose;
  readonly #ports: FabricPorts;
  readonly #faults: () => Faults;
  #other: LocalEnd | undefined;
  #onOver: () => void = () => undefined;
  #handler: FrameStreamHandler | undefined;
  #cargo: Cargo[] = [];
  #cargoBytes = 0;
  #isWaitedFor = false;
  #isPaused = false;
  #isOver = false;
  #isPumpSet = false;
  #pumpTimer: TimerHandle | undefined;

  constructor(purpose: Purpose, ports: FabricPorts, faults: () => Faults) {
    this.#purpose = purpose;
    this.#ports = ports;
    this.#faults = faults;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  attach(handler: FrameStreamHandler): void {
    if (this.#isOver) return;
    this.#handler = handler;
    this.#other?.pump();
  }

  join(other: LocalEnd, onOver: () => void): void {
    this.#other = other;
    this.#onOver = onOver;
  }

  write(message: Uint8Array, onWritten: () => void): boolean {
    if (this.#isOver) return false;
    this.#cargoBytes += message.length;
    this.#load({kind: 'message', bytes: message, dueMs: this.#dueMs(), onWritten});
    this.#isWaitedFor = this.#cargoBytes > WINDOW_BYTES;
    return !this.#isWaitedFor;
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.#other?.pump();
  }

  close(): void {
    this.#handler = undefined;
    if (this.#isOver) return;
    this.#isOver = true;
    this.#load({kind: 'end', dueMs: this.#dueMs()});
    // Nobody reads here any more; without this the other end would wait for room for ever.
    this.#other?.pump();
  }

  break(reason: string): void {
    this.#isOver = true;
    this.#cargo = [];
    this.#pumpTimer?.cancel();
    const handler = this.#handler;
    this.#handler = undefined;
    handler?.onClosed(reason);
  }

  /** Delivers, in a turn of its own, what is due and what the other end is ready for. */
  pump(): void {
    const head = this.#cargo[0];
    if (head === undefined || this.#isPumpSet) return;
    this.#isPumpSet = true;
    const run = (): void => {
      this.#isPumpSet = false;
      this.#deliverDue();
    };
    const waitMs = head.dueMs - this.#ports.clock.monotonicMs();
    if (waitMs <= 0) this.#ports.timers.nextTurn(run);
    else this.#pumpTimer = this.#ports.timers.after(waitMs, run);
  }

  #dueMs(): number {
    const {delayMs} = this.#faults();
    return delayMs === 0 ? 0 : this.#ports.clock.monotonicMs() + delayMs;
  }

  #load(cargo: Cargo): void {
    this.#cargo.push(cargo);
    this.pump();
  }

  #deliverDue(): void {
    const nowMs = this.#ports.clock.monotonicMs();
    for (;;) {
      const head = this.#cargo[0];
      if (head === undefined) break;
      if (head.dueMs > nowMs) return this.pump();
      if (this.#other === undefined || !this.#other.isReady()) return;
      this.#cargo.shift();
      this.#deliver(head, this.#other);
    }
    if (this.#isWaitedFor && !this.#isOver) {
      this.#isWaitedFor = false;
      this.#handler?.onWritable();
    }
  }

  #deliver(cargo: Cargo, other: LocalEnd): void {
    if (cargo.kind === 'end') {
      this.#onOver();
      return other.ended();
    }
    this.#cargoBytes -= cargo.bytes.length;
    const {filter} = this.#faults();
    const arriving = filter === undefined ? cargo.bytes : filter(cargo.bytes, this.#purpose);
    // A copy, as a socket would make: nobody comes to depend on shared memory.
    if (arriving !== undefined) other.arrive(Uint8Array.from(arriving));
    cargo.onWritten();
  }

  /** An end that is over takes everything, and drops it. */
  isReady(): boolean {
    return this.#isOver || (this.#handler !== undefined && !this.#isPaused);
  }

  arrive(message: Uint8Array): void {
    this.#handler?.onFrame(message);
  }

  ended(): void {
    const handler = this.#handler;
    this.#handler = undefined;
    this.#isOver = true;
    handler?.onClosed('ended by the peer');
  }
}
