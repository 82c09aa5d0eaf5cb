/** The HTTP edge as rings 1 and 3 see it: whole requests in, whole replies out. */
export interface HttpRequest {
  readonly method: string;
  /** Path with query, as sent. */
  readonly target: string;
  /** Names in lower case; of a repeated header the first value. */
  readonly headers: ReadonlyMap<string, string>;
  /** Whole body, content coding already removed. */
  readonly body: Uint8Array;
  /** Set when the body could not be taken: the router answers in its protocol's words. */
  readonly bodyFailure: 'too-large' | 'bad-encoding' | undefined;
  readonly remoteAddress: string;
  /** Monotonic milliseconds when the head of the request was there. */
  readonly receivedMs: number;
}

export interface HttpReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The edge adds Content-Length, x-amz-crc32 when `addCrc32`, and Content-Encoding where the client asked for one. */
  readonly body: Uint8Array;
  readonly addCrc32?: boolean;
  readonly closeConnection?: boolean;
}

export type HttpHandler = (request: HttpRequest, respond: (reply: HttpReply) => void) => void;

export interface HttpListener {
  /** `host:port` really bound. */
  readonly address: string;
  /** Stops accepting; resolves when every connection is closed, cutting idle ones at once and others after `graceMs`. */
  close(graceMs: number): Promise<void>;
}
