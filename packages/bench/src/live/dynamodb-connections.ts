import {connect as connectTcp} from 'node:net';
import type {Socket} from 'node:net';
import {connect as connectTls} from 'node:tls';
import type {RequestSigner} from './sign-request.js';

/** `status` 0 when there was no answer; `text` then says why: `timeout`, `connection`, or `protocol`. */
export type ReplyCallback = (status: number, text: string) => void;

export interface ConnectionOptions {
  readonly endpoint: URL;
  readonly connectionsMax: number;
  /** From sending to the last byte. */
  readonly timeoutMs: number;
}

interface Waiting {
  readonly target: string;
  readonly body: Buffer;
  readonly done: ReplyCallback;
}

const HEADER_END = Buffer.from('\r\n\r\n');
/** A page of 1 MB is some 3 MB of JSON when its values are numbers. */
const REPLY_BYTES_MAX = 32 * 1024 * 1024;

/**
 * Requests of the DynamoDB API over kept connections, one at a time on each; reads just enough of an answer to know its
 * end, as the load and what it measures may share a machine. What finds no free connection waits; the caller bounds how much.
 */
export class DynamoDbConnections {
  readonly #options: ConnectionOptions;
  readonly #signer: RequestSigner;
  readonly #idle: Connection[] = [];
  readonly #all = new Set<Connection>();
  readonly #waiting: Waiting[] = [];
  #waitingFrom = 0;
  constructor(options: ConnectionOptions, signer: RequestSigner) {
    this.#options = options;
    this.#signer = signer;
  }
  send(operation: string, body: string, done: ReplyCallback): void {
    const request = {target: `DynamoDB_20120810.${operation}`, body: Buffer.from(body), done};
    const connection = this.#idle.pop() ?? this.#open();
    if (connection === undefined) this.#waiting.push(request);
    else this.#start(connection, request);
  }
  close(): void {
    for (const connection of this.#all) connection.close();
  }
  #open(): Connection | undefined {
    if (this.#all.size >= this.#options.connectionsMax) return undefined;
    const connection = new Connection(this.#options);
    this.#all.add(connection);
    return connection;
  }
  #start(connection: Connection, {target, body, done}: Waiting): void {
    const head = `POST / HTTP/1.1\r\n${this.#signer.headers(target, body, Date.now())}Content-Length: ${body.length}\r\n\r\n`;
    connection.exchange(head, body, (status, text, isReusable) => {
      if (!isReusable) this.#all.delete(connection);
      const next = this.#takeWaiting();
      if (next === undefined) {
        if (isReusable) this.#idle.push(connection);
      } else {
        const other = isReusable ? connection : this.#open();
        if (other !== undefined) this.#start(other, next);
      }
      done(status, text);
    });
  }
  #takeWaiting(): Waiting | undefined {
    const next = this.#waiting[this.#waitingFrom];
    if (next === undefined) return undefined;
    this.#waitingFrom += 1;
    if (this.#waitingFrom === this.#waiting.length || this.#waitingFrom >= 4096) {
      this.#waiting.splice(0, this.#waitingFrom);
      this.#waitingFrom = 0;
    }
    return next;
  }
}

type ExchangeCallback = (status: number, text: string, isReusable: boolean) => void;

/** One socket with at most one request under way. A socket that broke while idle is opened again. */
class Connection {
  readonly #options: ConnectionOptions;
  #socket: Socket | undefined;
  #done: ExchangeCallback | undefined;
  #received: Buffer[] = [];
  #receivedBytes = 0;
  #needBytes = 0;
  #status = 0;
  #bodyFrom = 0;
  #keepsAlive = true;
  #timer: NodeJS.Timeout | undefined;
  constructor(options: ConnectionOptions) {
    this.#options = options;
  }
  exchange(head: string, body: Buffer, done: ExchangeCallback): void {
    this.#done = done;
    this.#received = [];
    this.#receivedBytes = 0;
    this.#needBytes = 0;
    this.#timer = setTimeout(() => {
      this.#fail('timeout');
    }, this.#options.timeoutMs);
    const socket = this.#socket ?? this.#connect();
    socket.cork();
    socket.write(head, 'latin1');
    socket.write(body);
    socket.uncork();
  }
  close(): void {
    this.#socket?.destroy();
  }
  #connect(): Socket {
    const {endpoint} = this.#options;
    const isTls = endpoint.protocol === 'https:';
    const port = endpoint.port === '' ? (isTls ? 443 : 80) : Number(endpoint.port);
    const socket = isTls ? connectTls({host: endpoint.hostname, port, servername: endpoint.hostname}) : connectTcp({host: endpoint.hostname, port, noDelay: true});
    socket.setNoDelay(true);
    const isMine = (): boolean => this.#socket === socket;
    socket.on('data', (chunk: Buffer) => {
      if (isMine()) this.#onData(chunk);
    });
    socket.on('error', () => {
      if (isMine()) this.#fail('connection');
    });
    socket.on('close', () => {
      if (isMine()) this.#fail('connection');
    });
    this.#socket = socket;
    return socket;
  }
  #onData(chunk: Buffer): void {
    this.#received.push(chunk);
    this.#receivedBytes += chunk.length;
    if (this.#needBytes === 0 && !this.#readHead()) return;
    if (this.#receivedBytes < this.#needBytes) return;
    const all = this.#received.length === 1 ? (this.#received[0] as Buffer) : Buffer.concat(this.#received);
    this.#finish(this.#status, all.toString('utf8', this.#bodyFrom, this.#needBytes), this.#keepsAlive);
  }
  /** @returns whether the head is complete */
  #readHead(): boolean {
    const all = this.#received.length === 1 ? (this.#received[0] as Buffer) : Buffer.concat(this.#received);
    const end = all.indexOf(HEADER_END);
    if (end < 0) {
      if (this.#receivedBytes > 65_536) this.#fail('protocol');
      return false;
    }
    const head = all.toString('latin1', 0, end);
    const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? NaN);
    this.#status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1] ?? 0);
    if (this.#status === 0 || !(length <= REPLY_BYTES_MAX)) {
      this.#fail('protocol');
      return false;
    }
    this.#keepsAlive = !/\r\nconnection: *close/i.test(head);
    this.#bodyFrom = end + 4;
    this.#needBytes = this.#bodyFrom + length;
    this.#received = [all];
    return true;
  }
  #fail(why: 'timeout' | 'connection' | 'protocol'): void {
    this.#finish(0, why, false);
  }
  #finish(status: number, text: string, isReusable: boolean): void {
    clearTimeout(this.#timer);
    if (!isReusable) {
      const socket = this.#socket;
      this.#socket = undefined;
      socket?.destroy();
    }
    const done = this.#done;
    this.#done = undefined;
    // A connection that ends while idle has nobody to tell: the next exchange opens another.
    done?.(status, text, isReusable);
  }
}
