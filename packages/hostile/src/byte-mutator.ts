import fc from 'fast-check';
import {apiCall, latin1, rawRequest} from './hostile-case.js';
import {TEMPLATES} from './templates.js';

/** Whole requests and pipelines of them, to be damaged byte by byte. */
const STREAMS: readonly Buffer[] = [
  ...TEMPLATES.slice(0, 8).map(({operation, body}) => apiCall(operation, body)),
  Buffer.concat(TEMPLATES.slice(8, 11).map(({operation, body}) => apiCall(operation, body))),
  rawRequest(['POST / HTTP/1.1', 'Host: x', 'Content-Type: application/x-amz-json-1.0', 'X-Amz-Target: DynamoDB_20120810.ListTables', 'Transfer-Encoding: chunked'], '1;a=b\r\n{\r\n1\r\n}\r\n0\r\nT: v\r\n\r\n'),
  rawRequest(['GET /?a=b HTTP/1.1', 'Host: x', 'Accept-Encoding: gzip', 'Origin: y']),
  rawRequest(['OPTIONS / HTTP/1.1', 'Host: x', 'Origin: y', 'Access-Control-Request-Headers: a, b', 'Access-Control-Request-Method: POST']),
  apiCall('ListTables', {}, 'Expect: 100-continue', 'Authorization: AWS4-HMAC-SHA256 Credential=a/b/c/d/e, SignedHeaders=host, Signature=0', 'X-Amz-Date: 20260101T000000Z'),
];
const FRAGMENTS: readonly string[] = [
  '\r\n', '\n', '\r', '\0', ' ', ':', '\r\n\r\n', 'Content-Length: 7\r\n', 'Content-Length: -1\r\n', 'Transfer-Encoding: chunked\r\n', 'Transfer-Encoding: identity\r\n', 'Transfer-Encoding: xchunked\r\n',
  'Host: y\r\n', 'Connection: close\r\n', 'Upgrade: h2c\r\n', 'Expect: 100-continue\r\n', 'ffffffffffffffff', '-1', '0x', '\xff', 'HTTP/1.0', 'HTTP/2.0', 'GET / ', '0\r\n\r\n', ';', 'X'.repeat(300), 'X: '.repeat(150),
];

const edit = fc.record({
  at: fc.nat(5000), deleteCount: fc.nat(16),
  insert: fc.oneof(fc.constantFrom(...FRAGMENTS).map(latin1), fc.uint8Array({maxLength: 8}).map((bytes) => Buffer.from(bytes)), fc.constant(Buffer.alloc(0))),
  /** Bits turned over in the byte at the place, 0 for none. */
  mask: fc.oneof(fc.constant(0), fc.nat(255)),
});

/** The pieces a damaged stream is written in. */
export const damagedStream: fc.Arbitrary<readonly Buffer[]> = fc.record({
  stream: fc.nat(STREAMS.length - 1), edits: fc.array(edit, {minLength: 1, maxLength: 4}), cuts: fc.array(fc.nat(5000), {maxLength: 3}),
}).map(({stream, edits, cuts}) => {
  let bytes = STREAMS[stream] ?? Buffer.alloc(0);
  for (const {at, deleteCount, insert, mask} of edits) {
    const from = at % (bytes.length + 1);
    bytes = Buffer.concat([bytes.subarray(0, from), insert, bytes.subarray(from + deleteCount)]);
    if (mask > 0 && from < bytes.length) bytes[from] = (bytes[from] ?? 0) ^ mask;
  }
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return places.slice(1).map((until, i) => bytes.subarray(places[i], until)).filter((piece) => piece.length > 0);
});
