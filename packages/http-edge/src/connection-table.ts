import type {Socket} from 'node:net';
import type {HttpExchange} from './http-exchange.js';

/** One client connection and the exchanges under way on it. */
export class Connection {
  readonly socket: Socket;
  readonly remoteAddress: string;
  readonly exchanges = new Set<HttpExchange>();
  readonly #requestCountMax: number;
  #requestCount = 0;
  #isDoomed = false;

  constructor(socket: Socket, requestCountMax: number) {
    this.socket = socket;
    this.remoteAddress = plainAddress(socket.remoteAddress);
    this.#requestCountMax = requestCountMax;
  }

  countRequest(): void {
    this.#requestCount += 1;
  }

  /** Whether this connection has had as many requests as one may. */
  get isSpent(): boolean {
    return this.#requestCount >= this.#requestCountMax;
  }

  get lastExchange(): HttpExchange | undefined {
    let last: HttpExchange | undefined;
    for (const exchange of this.exchanges) last = exchange;
    return last;
  }

  /** The request whose reply goes out next. */
  get firstExchange(): HttpExchange | undefined {
    const [first] = this.exchanges;
    return first;
  }

  /** No request is taken any more; the replies to those that came before go out first. */
  closeAfterReplies(): void {
    this.#isDoomed = true;
    this.closeIfIdle(false);
  }

  closeIfIdle(isClosing: boolean): void {
    // `destroySoon` and not `destroy`: the last reply may still stand in the socket's buffer.
    if ((isClosing || this.#isDoomed) && this.exchanges.size === 0) this.socket.destroySoon();
  }

  /** Forgets all exchanges when the socket is gone: queued replies of pipelined requests hear nothing from node. */
  drop(): void {
    for (const exchange of [...this.exchanges]) exchange.end();
  }
}

/** IPv4 addresses that arrive on an IPv6 socket read as IPv4. Empty when the socket was gone before it could be asked. */
function plainAddress(address: string | undefined): string {
  if (address === undefined) return '';
  return address.startsWith('::ffff:') ? address.slice('::ffff:'.length) : address;
}

export interface ConnectionTableOptions {
  readonly countMax: number;
  readonly countPerAddressMax: number;
  readonly requestsPerSocketMax: number;
}

/** All open connections of a listener, capped in total and by client address. */
export class ConnectionTable {
  readonly #options: ConnectionTableOptions;
  readonly #bySocket = new Map<Socket, Connection>();
  readonly #countByAddress = new Map<string, number>();

  constructor(options: ConnectionTableOptions) {
    this.#options = options;
  }

  get count(): number {
    return this.#bySocket.size;
  }

  /** @returns the new connection, or which of the caps keeps it out */
  tryAdd(socket: Socket): Connection | 'connections-total' | 'connections-per-address' {
    if (this.#bySocket.size >= this.#options.countMax) return 'connections-total';
    const connection = new Connection(socket, this.#options.requestsPerSocketMax);
    const {remoteAddress} = connection;
    const addressCount = this.#countByAddress.get(remoteAddress) ?? 0;
    if (addressCount >= this.#options.countPerAddressMax) return 'connections-per-address';
    this.#bySocket.set(socket, connection);
    this.#countByAddress.set(remoteAddress, addressCount + 1);
    socket.once('close', () => this.#remove(connection));
    return connection;
  }

  find(socket: Socket): Connection | undefined {
    return this.#bySocket.get(socket);
  }

  /** Those with a request or a reply under way. */
  busy(): readonly Connection[] {
    return [...this.#bySocket.values()].filter(({exchanges}) => exchanges.size > 0);
  }

  /** @returns how many were cut */
  destroyAll(which: 'idle' | 'all'): number {
    let count = 0;
    for (const connection of [...this.#bySocket.values()]) {
      if (which === 'idle' && connection.exchanges.size > 0) continue;
      connection.socket.destroy();
      count += 1;
    }
    return count;
  }

  #remove(connection: Connection): void {
    this.#bySocket.delete(connection.socket);
    const left = (this.#countByAddress.get(connection.remoteAddress) ?? 1) - 1;
    if (left > 0) this.#countByAddress.set(connection.remoteAddress, left);
    else this.#countByAddress.delete(connection.remoteAddress);
    connection.drop();
  }
}
