import {connect} from 'node:net';
import type {Socket} from 'node:net';
import {gunzipSync, inflateSync} from 'node:zlib';

/** Of a reply's body once its coding is removed; more is taken for a fault. */
const CONTENT_BYTES_MAX = 64 * 1024 * 1024;

/** One reply as it came over the wire. */
export interface RawReply {
  readonly kind: 'reply';
  readonly status: number;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
}

/** What a peer got next: a whole reply, the end of the connection, or nothing in time. */
export type RawAnswer = RawReply | {readonly kind: 'closed'} | {readonly kind: 'silent'};

/** A client that sends any bytes, since HTTP clients refuse to send most of what is wrong. */
export class RawPeer {
  readonly #socket: Socket;
  #bytes = Buffer.alloc(0);
  #pieces: Buffer[] = [];
  #isClosed = false;
  #wake: (() => void) | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (piece: Buffer) => {
      this.#pieces.push(piece);
      this.#wake?.();
    });
    // The other side's end is the end: nothing more can come.
    for (const event of ['end', 'close'] as const) {
      socket.on(event, () => {
        this.#isClosed = true;
        this.#wake?.();
      });
    }
    socket.on('error', () => undefined);
  }

  /** @param endpoint `http://host:port` */
  static connect(endpoint: string): Promise<RawPeer> {
    const {hostname, port} = new URL(endpoint);
    return new Promise((resolve, reject) => {
      const socket = connect({host: hostname, port: Number(port), allowHalfOpen: true}, () => {
        socket.off('error', reject);
        resolve(new RawPeer(socket));
      });
      socket.once('error', reject);
    });
  }

  send(bytes: Uint8Array): void {
    if (this.#socket.writable) this.#socket.write(bytes);
  }
  /** Says that no more will be sent. */
  end(): void {
    this.#socket.end();
  }
  /** Breaks the connection with a reset. */
  reset(): void {
    this.#socket.resetAndDestroy();
  }
  /** Stops reading, or goes on. */
  setReading(isReading: boolean): void {
    if (isReading) this.#socket.resume();
    else this.#socket.pause();
  }
  close(): void {
    this.#socket.destroy();
  }

  /** @param isHead the request was a HEAD: its reply names a length and has no body */
  async next(timeoutMs: number, isHead = false): Promise<RawAnswer> {
    const until = performance.now() + timeoutMs;
    for (;;) {
      const reply = this.#takeReply(isHead);
      if (reply !== undefined) return reply;
      if (this.#isClosed) return {kind: 'closed'};
      const leftMs = until - performance.now();
      if (leftMs <= 0) return {kind: 'silent'};
      await this.#news(leftMs);
    }
  }

  /** All that still comes until the connection is closed. @returns undefined when it stays open */
  async rest(timeoutMs: number): Promise<Buffer | undefined> {
    const until = performance.now() + timeoutMs;
    while (!this.#isClosed) {
      const leftMs = until - performance.now();
      if (leftMs <= 0) return undefined;
      await this.#news(leftMs);
    }
    this.#join();
    return this.#bytes;
  }

  #news(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#wake = undefined;
        resolve();
      };
      const timer = setTimeout(done, timeoutMs);
      this.#wake = done;
    });
  }

  #join(): void {
    if (this.#pieces.length > 0) this.#bytes = Buffer.concat([this.#bytes, ...this.#pieces.splice(0)]);
  }

  /** Interim replies (100) are passed over. */
  #takeReply(isHead: boolean): RawReply | undefined {
    for (;;) {
      this.#join();
      const read = readReply(this.#bytes, isHead);
      if (read === undefined) return undefined;
      this.#bytes = this.#bytes.subarray(read.sizeBytes);
      if (read.reply.status >= 200) return read.reply;
    }
  }
}

/** The body without its content coding. @throws when the coding is not what the reply says */
export function contentOf({headers, body}: RawReply): Buffer {
  const coding = headers.get('content-encoding');
  // The reply to a HEAD names the coding of a body that does not come.
  if (coding === undefined || body.length === 0) return body;
  return (coding === 'gzip' ? gunzipSync : inflateSync)(body, {maxOutputLength: CONTENT_BYTES_MAX});
}

/** @returns the reply that the bytes begin with; undefined when it is not whole */
export function readReply(bytes: Buffer, isHead: boolean): {readonly reply: RawReply; readonly sizeBytes: number} | undefined {
  const headEnd = bytes.indexOf('\r\n\r\n');
  if (headEnd < 0) return undefined;
  const [statusLine = '', ...lines] = bytes.toString('latin1', 0, headEnd).split('\r\n');
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
  }
  const bodyBytes = isHead ? 0 : Number(headers.get('content-length') ?? 0);
  const sizeBytes = headEnd + 4 + bodyBytes;
  if (bytes.length < sizeBytes) return undefined;
  const status = /^HTTP\/1\.1 ([0-9]{3})/.exec(statusLine)?.[1];
  return {reply: {kind: 'reply', status: status === undefined ? 0 : Number(status), headers, body: bytes.subarray(headEnd + 4, sizeBytes)}, sizeBytes};
}
