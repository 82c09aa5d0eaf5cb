import {createServer, STATUS_CODES} from 'node:http';
import type {IncomingMessage, Server, ServerResponse} from 'node:http';
import type {Socket} from 'node:net';
import {assert} from '@murmuration/base';
import type {HttpHandler, HttpListener} from '@murmuration/base';
import {HTTP_EDGE_LIMITS} from './config.js';
import type {HttpEdgeLimits} from './config.js';
import {ConnectionTable} from './connection-table.js';
import {EdgeState} from './edge-state.js';
import type {HttpEdgePorts} from './edge-state.js';
import {HttpEdgeError} from './errors.js';
import type {RefusalReason} from './events.js';
import {HttpExchange} from './http-exchange.js';
import {readHead} from './request-head.js';

export interface HttpListenOptions extends Partial<HttpEdgeLimits> {
  /** Address or name to bind, for example `127.0.0.1`. */
  readonly host: string;
  /** 0 lets the system choose; `HttpListener.address` tells which. */
  readonly port: number;
}

/** Node looks for sockets past their time this often, so a time limit may be exceeded by it. */
const TIMEOUT_CHECK_MS = 1_000;
/** Connections that the system may hold ready before they are accepted. */
const BACKLOG_COUNT = 1_024;

/** A listener that also serves connections accepted elsewhere. */
export interface AdoptingHttpListener extends HttpListener {
  /** Serves a connection that another process accepted on a shared port, under the limits of this listener. */
  adopt(socket: Socket): void;
}

/**
 * Opens an HTTP/1.1 listener. The handler is called once for each whole request and answers each once, whenever it likes;
 * a second answer, and one for a client that is gone, is ignored.
 * @throws HttpEdgeError when the address cannot be bound
 */
export function listenHttp(options: HttpListenOptions, handler: HttpHandler, ports: HttpEdgePorts): Promise<AdoptingHttpListener> {
  const {host, port, ...given} = options;
  const limits: HttpEdgeLimits = {...HTTP_EDGE_LIMITS, ...given};
  for (const [name, value] of Object.entries(limits)) assert(Number.isFinite(value) && value >= 0, 'limit must be a number of at least 0', {name, value});
  const listener = new NodeHttpListener(limits, handler, ports);
  return listener.open(host, port);
}

class NodeHttpListener implements AdoptingHttpListener {
  readonly #edge: EdgeState;
  readonly #connections: ConnectionTable;
  readonly #server: Server;
  #sweepTimer: NodeJS.Timeout | undefined;
  #address = '';
  #closed: Promise<void> | undefined;

  constructor(limits: HttpEdgeLimits, handler: HttpHandler, ports: HttpEdgePorts) {
    this.#edge = new EdgeState(limits, handler, ports);
    this.#connections = new ConnectionTable({
      countMax: limits.connectionCountMax,
      countPerAddressMax: limits.connectionsPerAddressMax,
      requestsPerSocketMax: limits.requestsPerSocketMax,
    });
    this.#server = createServer({
      maxHeaderSize: limits.headBytesMax,
      headersTimeout: limits.headTimeoutMs,
      requestTimeout: limits.requestTimeoutMs,
      keepAliveTimeout: limits.keepAliveTimeoutMs,
      connectionsCheckingInterval: Math.min(TIMEOUT_CHECK_MS, limits.headTimeoutMs),
      noDelay: true,
      insecureHTTPParser: false,
      // Judged with the rest of the head: node's own answer would pass by our accounts.
      requireHostHeader: false,
    });
    // One more than allowed, so that the excess is seen: node passes over in silence what exceeds its own bound.
    this.#server.maxHeadersCount = limits.headerCountMax + 1;
    this.#server.timeout = limits.socketIdleTimeoutMs;
    // Node's own `close` would call this, and takes connections for idle whose reply is still on its way out.
    this.#server.closeIdleConnections = () => undefined;
    this.#wire();
    this.#registerMetrics(ports);
  }

  get address(): string {
    return this.#address;
  }

  adopt(socket: Socket): void {
    // What the server does with its own connections, and a handed-over one missed.
    socket.setNoDelay(true);
    this.#server.emit('connection', socket);
    socket.resume();
  }

  open(host: string, port: number): Promise<AdoptingHttpListener> {
    return new Promise((resolve, reject) => {
      const onError = (error: Error): void => reject(HttpEdgeError.fromListen(error, formatAddress(host, port)));
      this.#server.once('error', onError);
      this.#server.listen({host, port, backlog: BACKLOG_COUNT}, () => {
        this.#server.off('error', onError);
        this.#server.on('error', (error) => this.#edge.report({event: 'http-edge/listener-failed', level: 'error', error}));
        const bound = this.#server.address();
        assert(bound !== null && typeof bound === 'object', 'a TCP listener has an address');
        this.#address = formatAddress(bound.address, bound.port);
        this.#sweepTimer = setInterval(() => this.#cutSlow(), Math.min(TIMEOUT_CHECK_MS, Math.max(1, this.#edge.limits.slowGraceMs)));
        this.#sweepTimer.unref();
        this.#edge.report({event: 'http-edge/listening', level: 'info', address: this.#address});
        resolve(this);
      });
    });
  }

  close(graceMs: number): Promise<void> {
    this.#closed ??= new Promise((resolve) => {
      let cutCount = 0;
      const graceTimer = setTimeout(() => {
        cutCount = this.#connections.destroyAll('all');
      }, graceMs);
      this.#server.close(() => {
        clearTimeout(graceTimer);
        clearInterval(this.#sweepTimer);
        this.#edge.report({event: 'http-edge/closed', level: 'info', address: this.#address, cutCount});
        resolve();
      });
      this.#edge.startClosing();
      this.#connections.destroyAll('idle');
    });
    return this.#closed;
  }

  #wire(): void {
    this.#server.on('connection', (socket: Socket) => this.#onConnection(socket));
    this.#server.on('request', (request, response) => this.#onRequest(request, response, false));
    this.#server.on('checkContinue', (request, response) => this.#onRequest(request, response, true));
    this.#server.on('checkExpectation', (request, response) => this.#onExpectation(request, response));
    this.#server.on('clientError', (error, socket) => this.#onClientError(error, socket as Socket));
  }

  #registerMetrics(ports: HttpEdgePorts): void {
    const connections = ports.metrics.gauge({name: 'http_connections', help: 'Open client connections'});
    const requests = ports.metrics.gauge({name: 'http_requests_in_flight', help: 'Requests received and not yet answered'});
    const bytes = ports.metrics.gauge({name: 'http_in_flight_bytes', help: 'Bodies of requests and replies held in memory'});
    ports.metrics.onCollect(() => {
      connections.set(this.#connections.count);
      requests.set(this.#edge.inFlightRequestCount);
      bytes.set(this.#edge.inFlightBytes);
    });
  }

  #onConnection(socket: Socket): void {
    const added = this.#connections.tryAdd(socket);
    if (typeof added === 'string') {
      this.#edge.reportRefusal(added, socket.remoteAddress ?? '');
      socket.destroy();
    }
  }

  #onRequest(request: IncomingMessage, response: ServerResponse, expectsContinue: boolean): void {
    const connection = this.#connections.find(request.socket);
    // The connection was cut in the same turn in which this request was parsed.
    if (connection === undefined) return;
    const {limits} = this.#edge;
    const head = readHead(request, limits.headerCountMax);
    const headers = head.kind === 'head' ? head.headers : new Map<string, string>();
    connection.countRequest();
    const pipelinedCount = connection.exchanges.size;
    const isOverloaded = this.#edge.inFlightRequestCount >= limits.inFlightRequestsMax;
    const exchange = new HttpExchange(this.#edge, connection, request, response, headers);
    if (head.kind === 'refused') exchange.refuse(head.status, head.status === 431 ? 'head-too-large' : 'framing');
    else if (pipelinedCount >= limits.pipelinedRequestsMax) exchange.refuse(503, 'pipelined');
    else if (isOverloaded) exchange.refuse(503, 'in-flight-requests');
    else exchange.start(head.bodyLength, expectsContinue);
  }

  #onExpectation(request: IncomingMessage, response: ServerResponse): void {
    const connection = this.#connections.find(request.socket);
    if (connection === undefined) return;
    connection.countRequest();
    new HttpExchange(this.#edge, connection, request, response, new Map()).refuse(417, 'expectation');
  }

  /** A client that sends or reads a byte now and then would otherwise hold its buffers for as long as it likes. */
  #cutSlow(): void {
    const nowMs = this.#edge.clock.monotonicMs();
    for (const connection of this.#connections.busy()) {
      if (connection.firstExchange?.isTakenTooSlowly(nowMs) === true) {
        this.#edge.reportRefusal('slow-reader', connection.remoteAddress);
        connection.socket.destroy();
        continue;
      }
      const last = connection.lastExchange;
      if (last?.isSendingTooSlowly(nowMs) === true) last.refuse(408, 'slow-body');
    }
  }

  /** Broken HTTP, or a client that took too long: an answer that still arrives in its order, then the end. */
  #onClientError(error: Error, socket: Socket): void {
    const code: unknown = Reflect.get(error, 'code');
    const connection = this.#connections.find(socket);
    if (connection === undefined || !socket.writable || code === 'ECONNRESET' || code === 'EPIPE') {
      socket.destroy();
      return;
    }
    const [status, reason] = judgeClientError(code);
    const last = connection.lastExchange;
    if (last === undefined) {
      this.#edge.reportRefusal(reason, connection.remoteAddress);
      socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`, () => socket.destroy());
    } else if (!last.isAnswered && !last.isReceived) {
      // It is this request's own body that is broken or late.
      last.refuse(status, reason);
    } else {
      // What is broken stands behind good requests: their replies go out, and nothing after them.
      this.#edge.reportRefusal(reason, connection.remoteAddress);
      connection.closeAfterReplies();
    }
  }
}

function judgeClientError(code: unknown): [status: number, reason: RefusalReason] {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return [431, 'head-too-large'];
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return [413, 'malformed'];
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return [408, 'head-timeout'];
    default:
      return [400, 'malformed'];
  }
}

function formatAddress(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
