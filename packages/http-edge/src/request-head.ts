import type {IncomingMessage} from 'node:http';

/** How the body of a request is delimited. */
export type BodyLength =
  | {readonly kind: 'none'}
  | {readonly kind: 'sized'; readonly sizeBytes: number}
  | {readonly kind: 'chunked'};

export type RequestHead =
  | {readonly kind: 'head'; readonly headers: ReadonlyMap<string, string>; readonly bodyLength: BodyLength}
  | {readonly kind: 'refused'; readonly status: 400 | 431};

const NO_BODY: BodyLength = {kind: 'none'};
const CHUNKED: BodyLength = {kind: 'chunked'};
const BAD_FRAMING: RequestHead = {kind: 'refused', status: 400};
const TOO_MANY_HEADERS: RequestHead = {kind: 'refused', status: 431};

/**
 * Reads the header fields and judges the framing before anything else looks at the request. Node's parser hands over
 * some requests whose framing it only later finds broken, and takes transfer codings that it does not undo; two
 * servers that disagree about where a request ends let one client speak for another, so all that is not plainly one of the
 * three forms is refused (RFC 9112, section 6.3).
 */
export function readHead(request: IncomingMessage, headerCountMax: number): RequestHead {
  const raw = request.rawHeaders;
  if (raw.length > 2 * headerCountMax) return TOO_MANY_HEADERS;
  const headers = new Map<string, string>();
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = (raw[i] as string).toLowerCase();
    if (!headers.has(name)) headers.set(name, raw[i + 1] as string);
    else if (name === 'host' || name === 'content-length' || name === 'transfer-encoding') return BAD_FRAMING;
  }
  if (request.httpVersion === '1.1' && !headers.has('host')) return BAD_FRAMING;
  const bodyLength = readBodyLength(headers, request.httpVersion);
  return bodyLength === undefined ? BAD_FRAMING : {kind: 'head', headers, bodyLength};
}

const CONTENT_LENGTH_DIGITS_MAX = 15;

function isDigits(text: string): boolean {
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code < 48 || code > 57) return false;
  }
  return text.length > 0;
}

function readBodyLength(headers: ReadonlyMap<string, string>, httpVersion: string): BodyLength | undefined {
  const transferEncoding = headers.get('transfer-encoding');
  const contentLength = headers.get('content-length');
  if (transferEncoding !== undefined) {
    if (contentLength !== undefined || httpVersion !== '1.1' || transferEncoding.toLowerCase() !== 'chunked') return undefined;
    return CHUNKED;
  }
  if (contentLength === undefined) return NO_BODY;
  // Digits only: no sign, no hexadecimal, no list; sixteen digits stay exact in a double.
  if (!isDigits(contentLength) || contentLength.length > CONTENT_LENGTH_DIGITS_MAX) return undefined;
  const sizeBytes = Number(contentLength);
  return sizeBytes === 0 ? NO_BODY : {kind: 'sized', sizeBytes};
}
