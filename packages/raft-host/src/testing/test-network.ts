import type {CallHandler, CallResult, NetworkPort, NodeId, PeerAddress, ServiceId, Timers} from '@murmuration/base';

type PostHandler = (from: NodeId, payload: Uint8Array) => void;

/** All nodes of a test, joined by queues that deliver in the next turn, with links that can be cut or looked at. */
export class TestFabric {
  readonly #timers: Timers;
  readonly #ports = new Map<NodeId, TestNetwork>();
  readonly #cuts = new Set<string>();
  /** Returns false to lose a post. */
  filter: (from: NodeId, to: NodeId, payload: Uint8Array) => boolean = () => true;
  /** Changes a call's payload on its way. */
  callFilter: (from: NodeId, to: NodeId, payload: Uint8Array) => Uint8Array | undefined = (_from, _to, payload) => payload;
  postCount = 0;

  constructor(timers: Timers) {
    this.#timers = timers;
  }
  create(self: NodeId): TestNetwork {
    const port = new TestNetwork(self, this);
    this.#ports.set(self, port);
    for (const [node, other] of this.#ports) {
      if (node === self) continue;
      other.connectionChanged(self, true);
    }
    return port;
  }
  remove(self: NodeId): void {
    this.#ports.delete(self);
    for (const other of this.#ports.values()) other.connectionChanged(self, false);
  }
  cut(a: NodeId, b: NodeId, tellsThem = false): void {
    this.#cuts.add(`${a}>${b}`).add(`${b}>${a}`);
    if (!tellsThem) return;
    this.#ports.get(a)?.connectionChanged(b, false);
    this.#ports.get(b)?.connectionChanged(a, false);
  }
  isolate(node: NodeId): void {
    for (const other of this.#ports.keys()) if (other !== node) this.cut(node, other);
  }
  heal(): void {
    this.#cuts.clear();
  }
  reaches(from: NodeId, to: NodeId): boolean {
    return this.#ports.has(to) && !this.#cuts.has(`${from}>${to}`);
  }
  post(from: NodeId, to: NodeId, payload: Uint8Array): boolean {
    this.postCount += 1;
    if (!this.#ports.has(to)) return false;
    if (!this.reaches(from, to) || !this.filter(from, to, payload)) return true;
    this.#timers.nextTurn(() => this.#ports.get(to)?.deliver(from, payload));
    return true;
  }
  call(from: NodeId, to: NodeId, service: ServiceId, payload: Uint8Array, timeoutMs: number, done: (result: CallResult) => void): void {
    const changed = this.callFilter(from, to, payload);
    if (!this.reaches(from, to)) {
      this.#timers.nextTurn(() => done({ok: false, failure: {code: 'NotSent', reason: 'cut'}}));
      return;
    }
    let isDone = false;
    const finish = (result: CallResult): void => {
      if (isDone) return;
      isDone = true;
      timer.cancel();
      this.#timers.nextTurn(() => done(result));
    };
    const timer = this.#timers.after(timeoutMs, () => finish({ok: false, failure: {code: 'Unknown', reason: 'timeout'}}));
    if (changed === undefined) return;
    this.#timers.nextTurn(() => {
      this.#ports.get(to)?.handle(from, service, changed, (answer) => {
        if (this.reaches(to, from)) finish({ok: true, payload: answer});
      }, (reason) => finish({ok: false, failure: {code: 'Refused', reason}}));
    });
  }
}

export class TestNetwork implements NetworkPort {
  readonly self: NodeId;
  readonly #fabric: TestFabric;
  readonly #handlers = new Map<ServiceId, CallHandler>();
  #isDead = false;
  #onPost: PostHandler | undefined;
  #onConnection: ((peer: NodeId, isConnected: boolean) => void) | undefined;
  constructor(self: NodeId, fabric: TestFabric) {
    this.self = self;
    this.#fabric = fabric;
  }
  setPeer(_peer: PeerAddress): void {}
  removePeer(_node: NodeId): void {}
  isConnected(node: NodeId): boolean {
    return this.#fabric.reaches(this.self, node);
  }
  call(to: NodeId, service: ServiceId, payload: Uint8Array, timeoutMs: number, done: (result: CallResult) => void): void {
    if (!this.#isDead) this.#fabric.call(this.self, to, service, payload, timeoutMs, done);
  }
  /** The process is gone: what its timers still do reaches nobody. */
  kill(): void {
    this.#isDead = true;
  }
  post(to: NodeId, payload: Uint8Array): boolean {
    return this.#isDead || this.#fabric.post(this.self, to, payload);
  }
  onCall(service: ServiceId, handler: CallHandler): void {
    this.#handlers.set(service, handler);
  }
  onPost(handler: PostHandler): void {
    this.#onPost = handler;
  }
  onConnection(handler: (peer: NodeId, isConnected: boolean) => void): void {
    this.#onConnection = handler;
  }
  close(): Promise<void> {
    return Promise.resolve();
  }
  deliver(from: NodeId, payload: Uint8Array): void {
    this.#onPost?.(from, payload);
  }
  handle(from: NodeId, service: ServiceId, payload: Uint8Array, reply: (payload: Uint8Array) => void, refuse: (reason: string) => void): void {
    const handler = this.#handlers.get(service);
    if (handler === undefined) refuse('no handler');
    else handler(from, payload, Number.POSITIVE_INFINITY, reply, refuse);
  }
  connectionChanged(peer: NodeId, isConnected: boolean): void {
    this.#onConnection?.(peer, isConnected);
  }
}
