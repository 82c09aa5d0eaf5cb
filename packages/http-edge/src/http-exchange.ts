import {crc32} from 'node:zlib';
import type {IncomingMessage, ServerResponse} from 'node:http';
import {AssertionError, EMPTY_BYTES, unreachable} from '@murmuration/base';
import type {HttpReply, HttpRequest} from '@murmuration/base';
import {BodyCollector} from './body-collector.js';
import {chooseCoding, decodeBody, encodeBody, INFLATE_RATIO_MAX, readContentEncoding} from './content-coding.js';
import type {ContentCoding} from './content-coding.js';
import type {Connection} from './connection-table.js';
import type {EdgeState} from './edge-state.js';
import type {RefusalReason} from './events.js';
import type {BodyLength} from './request-head.js';

/** One request and its reply on one connection. Over when the reply was handed to the system or the connection is gone. */
export class HttpExchange {
  readonly #edge: EdgeState;
  readonly #connection: Connection;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #headers: ReadonlyMap<string, string>;
  readonly #receivedMs: number;
  readonly #body = new BodyCollector();
  #bodyBytes = 0;
  #bodyPieceCount = 0;
  /** When the reply was first seen in front of all others of its connection; undefined before. */
  #replySeenMs: number | undefined;
  #replyBytes = 0;
  #isSending = false;
  /** Bytes taken from the listener's allowance, given back at the end. */
  #heldBytes = 0;
  /** The body is past its bound: what still comes is counted and thrown away. */
  #isDiscarding = false;
  #isBodyDone = false;
  #isAnswered = false;
  #isOver = false;
  #closesConnection = false;

  constructor(edge: EdgeState, connection: Connection, request: IncomingMessage, response: ServerResponse, headers: ReadonlyMap<string, string>) {
    this.#edge = edge;
    this.#connection = connection;
    this.#request = request;
    this.#response = response;
    this.#headers = headers;
    this.#receivedMs = edge.clock.monotonicMs();
    connection.exchanges.add(this);
    edge.requestStarted();
    response.sendDate = false;
    response.on('close', () => this.end());
  }

  get isAnswered(): boolean {
    return this.#isAnswered;
  }

  /** Whether the last byte of the request was there. */
  get isReceived(): boolean {
    return this.#request.complete;
  }

  /** Reads the body, then calls the handler. */
  start(bodyLength: BodyLength, expectsContinue: boolean): void {
    const {limits} = this.#edge;
    switch (bodyLength.kind) {
      case 'none':
        this.#bodyDone();
        return;
      case 'sized': {
        const {sizeBytes} = bodyLength;
        if (sizeBytes > limits.bodyBytesMax) {
          this.#isDiscarding = true;
          this.#closesConnection = true;
          // A client that waits for leave to send, or has more to send than we will throw away, is answered at once.
          if (expectsContinue || sizeBytes > limits.bodyBytesMax + limits.discardBytesMax) {
            this.#bodyDone();
            return;
          }
        } else if (!this.#tryHold(sizeBytes)) {
          this.refuse(503, 'in-flight-bytes');
          return;
        }
        break;
      }
      case 'chunked':
        break;
      default:
        unreachable(bodyLength);
    }
    const isSized = bodyLength.kind === 'sized';
    this.#request.on('data', (chunk: Buffer) => this.#onData(chunk, isSized));
    this.#request.on('end', () => this.#bodyDone());
    if (expectsContinue) this.#response.writeContinue();
  }

  /** Answers without the handler, with an empty body, and closes the connection: nothing about the rest of it can be relied on. */
  refuse(status: number, reason: RefusalReason): void {
    this.#edge.reportRefusal(reason, this.#connection.remoteAddress);
    this.#isBodyDone = true;
    this.#closesConnection = true;
    this.#body.clear();
    this.#answer({status, headers: {}, body: EMPTY_BYTES});
  }

  /** Whether the client has had its grace and sends its body slower than one may. */
  isSendingTooSlowly(nowMs: number): boolean {
    const {slowGraceMs, bytesPerSecondMin} = this.#edge.limits;
    const spentMs = nowMs - this.#receivedMs - slowGraceMs;
    return !this.#isBodyDone && !this.isReceived && spentMs > 0 && this.#bodyBytes * 1000 < spentMs * bytesPerSecondMin;
  }

  /**
   * Whether the client takes longer for its reply than one may. What it has taken of a reply cannot be seen from here, so
   * the whole is measured, from the first time this was called: the caller asks of the reply in front only.
   */
  isTakenTooSlowly(nowMs: number): boolean {
    if (!this.#isSending) return false;
    this.#replySeenMs ??= nowMs;
    const {slowGraceMs, bytesPerSecondMin} = this.#edge.limits;
    const spentMs = nowMs - this.#replySeenMs - slowGraceMs;
    return spentMs > 0 && this.#replyBytes * 1000 < spentMs * bytesPerSecondMin;
  }

  /** Idempotent; called when the reply is out, and for all that is left when the connection goes. */
  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#isAnswered = true;
    this.#body.clear();
    this.#edge.giveBytes(this.#heldBytes);
    this.#edge.requestEnded();
    this.#connection.exchanges.delete(this);
    this.#connection.closeIfIdle(this.#edge.isClosing);
  }

  #tryHold(sizeBytes: number): boolean {
    if (!this.#edge.tryTakeBytes(sizeBytes)) return false;
    this.#heldBytes += sizeBytes;
    return true;
  }

  #onData(chunk: Uint8Array, isSized: boolean): void {
    if (this.#isBodyDone || this.#isOver) return;
    const {limits} = this.#edge;
    this.#bodyBytes += chunk.length;
    this.#bodyPieceCount += 1;
    if (this.#bodyPieceCount > limits.bodyPieceCountMax) {
      this.refuse(400, 'body-pieces');
      return;
    }
    if (this.#bodyBytes > limits.bodyBytesMax) {
      this.#isDiscarding = true;
      this.#closesConnection = true;
      this.#body.clear();
      this.#edge.giveBytes(this.#heldBytes);
      this.#heldBytes = 0;
      if (this.#bodyBytes > limits.bodyBytesMax + limits.discardBytesMax) this.#bodyDone();
      return;
    }
    if (this.#isDiscarding) return;
    if (!isSized && !this.#tryHold(chunk.length)) {
      this.refuse(503, 'in-flight-bytes');
      return;
    }
    this.#body.add(chunk);
  }

  #bodyDone(): void {
    if (this.#isBodyDone || this.#isOver) return;
    this.#isBodyDone = true;
    if (this.#isDiscarding) {
      this.#handle(EMPTY_BYTES, 'too-large');
      return;
    }
    const body = this.#body.take();
    const coding = readContentEncoding(this.#headers.get('content-encoding'));
    switch (coding) {
      case 'plain':
        this.#handle(body, undefined);
        return;
      case 'unknown':
        this.#handle(EMPTY_BYTES, 'bad-encoding');
        return;
      case 'gzip':
      case 'deflate':
        if (body.length === 0) this.#handle(body, undefined);
        else this.#decode(coding, body);
        return;
      default:
        unreachable(coding);
    }
  }

  #decode(coding: ContentCoding, body: Uint8Array): void {
    const {bodyBytesMax} = this.#edge.limits;
    // Room for the worst case is taken first: the size is known only when it is too late to say no.
    if (!this.#tryHold(Math.min(bodyBytesMax, body.length * INFLATE_RATIO_MAX))) {
      this.refuse(503, 'in-flight-bytes');
      return;
    }
    const worstBytes = this.#heldBytes;
    decodeBody(coding, body, bodyBytesMax, (decoded) => {
      if (this.#isOver) return;
      const keptBytes = decoded.kind === 'bytes' ? decoded.bytes.length : 0;
      this.#edge.giveBytes(worstBytes - keptBytes);
      this.#heldBytes = keptBytes;
      if (decoded.kind === 'bytes') this.#handle(decoded.bytes, undefined);
      else this.#handle(EMPTY_BYTES, decoded.kind);
    });
  }

  #handle(body: Uint8Array, bodyFailure: HttpRequest['bodyFailure']): void {
    const request: HttpRequest = {
      method: this.#request.method ?? '',
      target: this.#request.url ?? '',
      headers: this.#headers,
      body,
      bodyFailure,
      remoteAddress: this.#connection.remoteAddress,
      receivedMs: this.#receivedMs,
    };
    try {
      this.#edge.handler(request, (reply) => this.#answer(reply));
    } catch (error) {
      // A broken invariant ends the process. Anything else costs this one client its answer and nobody else anything.
      if (error instanceof AssertionError) throw error;
      this.#edge.report({event: 'http-edge/handler-failed', level: 'error', error});
      this.#closesConnection = true;
      this.#answer({status: 500, headers: {}, body: EMPTY_BYTES});
    }
  }

  #answer(reply: HttpReply): void {
    if (this.#isAnswered) return;
    this.#isAnswered = true;
    const coding = reply.body.length > this.#edge.limits.compressAboveBytes ? chooseCoding(this.#headers.get('accept-encoding')) : undefined;
    if (coding === undefined) {
      this.#send(reply, reply.body, undefined);
      return;
    }
    encodeBody(coding, reply.body, (encoded) => {
      if (this.#isOver) return;
      if (encoded === undefined) this.#send(reply, reply.body, undefined);
      else this.#send(reply, encoded, coding);
    });
  }

  #send(reply: HttpReply, body: Uint8Array, coding: ContentCoding | undefined): void {
    const response = this.#response;
    const fields: string[] = [];
    for (const name of Object.keys(reply.headers)) fields.push(name, reply.headers[name] as string);
    if (reply.addCrc32 === true) fields.push('x-amz-crc32', String(crc32(body)));
    if (coding !== undefined) fields.push('Content-Encoding', coding);
    fields.push('Content-Length', String(body.length));
    if (this.#closesConnection || reply.closeConnection === true || this.#connection.isSpent || this.#edge.isClosing) {
      response.shouldKeepAlive = false;
      fields.push('Connection', 'close');
    } else {
      // Keep-alive is what HTTP/1.1 means without the field, and DynamoDB leaves it out.
      response.removeHeader('connection');
    }
    this.#edge.takeBytes(body.length);
    this.#heldBytes += body.length;
    this.#replyBytes = body.length;
    this.#isSending = true;
    try {
      response.writeHead(reply.status, fields);
      if (body.length === 0) response.end();
      else response.end(body);
    } catch (error) {
      // For example a header value that cannot be sent. There is no telling what went out, so the connection goes.
      this.#edge.report({event: 'http-edge/reply-failed', level: 'error', error});
      this.#connection.socket.destroy();
    }
  }
}
