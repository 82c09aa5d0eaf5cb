import type {CallHandler, CallResult, NetworkPort, NodeId, PeerAddress, ServiceId} from '@murmuration/base';

/**
 * A network that reaches some peers at other addresses than those they tell: through a tunnel, or through a proxy of a test.
 * Only the way out changes; who a peer is, is still proven by the stream itself.
 */
export class ReroutedNetwork implements NetworkPort {
  readonly self: NodeId;
  readonly #inner: NetworkPort;
  readonly #via: ReadonlyMap<NodeId, string>;

  /** @param via `host:port` by peer; a peer that is not in it is reached at the address it told */
  constructor(inner: NetworkPort, via: readonly PeerAddress[]) {
    this.self = inner.self;
    this.#inner = inner;
    this.#via = new Map(via.map((peer) => [peer.node, peer.address]));
  }

  setPeer(peer: PeerAddress): void {
    this.#inner.setPeer({node: peer.node, address: this.#via.get(peer.node) ?? peer.address});
  }
  removePeer(node: NodeId): void {
    this.#inner.removePeer(node);
  }
  isConnected(node: NodeId): boolean {
    return this.#inner.isConnected(node);
  }
  call(to: NodeId, service: ServiceId, payload: Uint8Array, timeoutMs: number, done: (result: CallResult) => void): void {
    this.#inner.call(to, service, payload, timeoutMs, done);
  }
  post(to: NodeId, payload: Uint8Array): boolean {
    return this.#inner.post(to, payload);
  }
  onCall(service: ServiceId, handler: CallHandler): void {
    this.#inner.onCall(service, handler);
  }
  onPost(handler: (from: NodeId, payload: Uint8Array) => void): void {
    this.#inner.onPost(handler);
  }
  onConnection(handler: (peer: NodeId, isConnected: boolean) => void): void {
    this.#inner.onConnection(handler);
  }
  close(): Promise<void> {
    return this.#inner.close();
  }
}
