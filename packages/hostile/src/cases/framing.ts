import {ANY, OK, REFUSED, apiCall, latin1, oneStep, rawRequest, status} from '../hostile-case.js';
import type {Expectation, HostileCase} from '../hostile-case.js';
import {TABLE} from '../target.js';

const BODY = JSON.stringify({TableName: TABLE, Key: {pk: {S: 'witness'}, sk: {N: '0'}}});
const POST = ['POST / HTTP/1.1', 'Host: localhost', 'Content-Type: application/x-amz-json-1.0', 'X-Amz-Target: DynamoDB_20120810.GetItem'];
const CHUNKED = [...POST, 'Transfer-Encoding: chunked'];
const chunk = (text: string, extension = ''): string => `${text.length.toString(16)}${extension}\r\n${text}\r\n`;
const LENGTH = `Content-Length: ${BODY.length}`;

const framing = (name: string, bytes: Uint8Array, expected: Expectation = REFUSED, ends = false): HostileCase => oneStep('framing', name, bytes, expected, ends);
const post = (name: string, lines: readonly string[], body = BODY, expected: Expectation = REFUSED, ends = false): HostileCase =>
  framing(name, rawRequest([...POST, ...lines], body), expected, ends);
const chunked = (name: string, body: string, expected: Expectation = REFUSED, ends = false): HostileCase => framing(name, rawRequest(CHUNKED, body), expected, ends);

/** Lengths: two servers that disagree about where a request ends let one client speak for another. */
const LENGTHS: readonly HostileCase[] = [
  post('Content-Length and Transfer-Encoding', [LENGTH, 'Transfer-Encoding: chunked'], `${chunk(BODY)}0\r\n\r\n`),
  post('Transfer-Encoding and Content-Length', ['Transfer-Encoding: chunked', LENGTH], `${chunk(BODY)}0\r\n\r\n`),
  post('two equal Content-Length', [LENGTH, LENGTH]),
  post('two different Content-Length', ['Content-Length: 1', LENGTH]),
  post('a list of lengths', [`Content-Length: ${BODY.length}, ${BODY.length}`]),
  post('a negative length', ['Content-Length: -1']),
  post('a length with a plus', [`Content-Length: +${BODY.length}`]),
  post('a hexadecimal length', [`Content-Length: 0x${BODY.length.toString(16)}`]),
  post('a length with a fraction', [`Content-Length: ${BODY.length}.0`]),
  post('a length with an exponent', ['Content-Length: 1e2']),
  post('an empty length', ['Content-Length: ']),
  post('a length of letters', ['Content-Length: many']),
  post('a length with a space inside', ['Content-Length: 1 0']),
  post('a length of 20 digits', ['Content-Length: 99999999999999999999']),
  post('a length of 2^63', ['Content-Length: 9223372036854775808']),
  post('a length of 2^64 + 1', ['Content-Length: 18446744073709551617']),
  post('a length in Arabic digits', ['Content-Length: \xd9\xa1\xd9\xa2']),
  post('a length shorter than the body, the rest read as rubbish', [`Content-Length: ${BODY.length - 5}`], BODY, REFUSED, true),
  post('a length longer than the body, then the end', [`Content-Length: ${BODY.length + 5}`], BODY, REFUSED, true),
  post('no length at all', [], '', REFUSED),
];

const TRANSFER_CODINGS: readonly HostileCase[] = [
  ...['xchunked', 'identity', 'gzip, chunked', 'chunked, gzip', 'chunked, identity', 'chunked, chunked', 'gzip', 'deflate', 'chunked;q=1', '"chunked"', 'chun ked', '\x0bchunked', 'chunked,']
    .map((coding) => post(`Transfer-Encoding: ${JSON.stringify(coding)}`, [`Transfer-Encoding: ${coding}`], `${chunk(BODY)}0\r\n\r\n`, REFUSED, true)),
  post('Transfer-Encoding twice', ['Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'], `${chunk(BODY)}0\r\n\r\n`),
  post('Transfer-Encoding twice, one of them identity', ['Transfer-Encoding: identity', 'Transfer-Encoding: chunked'], `${chunk(BODY)}0\r\n\r\n`),
  post('an empty Transfer-Encoding', ['Transfer-Encoding: '], BODY, REFUSED, true),
  framing('chunked in HTTP/1.0', rawRequest(['POST / HTTP/1.0', ...CHUNKED.slice(1)], `${chunk(BODY)}0\r\n\r\n`)),
  framing('CHUNKED in capitals is chunked', rawRequest([...POST, 'Transfer-Encoding: CHUNKED'], `${chunk(BODY)}0\r\n\r\n`), OK),
];

const CHUNKS: readonly HostileCase[] = [
  chunked('a body in one chunk', `${chunk(BODY)}0\r\n\r\n`, OK),
  chunked('a body in chunks of one byte', `${[...BODY].map((letter) => chunk(letter)).join('')}0\r\n\r\n`, OK),
  chunked('a short chunk extension', `${chunk(BODY, ';name="value"')}0\r\n\r\n`, OK),
  chunked('a chunk extension of 64 KiB', chunk(BODY, `;${'x'.repeat(65_536)}`)),
  chunked('a trailer field', `${chunk(BODY)}0\r\nX-After: 1\r\n\r\n`, OK),
  chunked('a trailer that names a length', `${chunk(BODY)}0\r\nContent-Length: 3\r\n\r\n`, ANY),
  chunked('trailers of 64 KiB', `${chunk(BODY)}0\r\n${`X-After: ${'x'.repeat(1000)}\r\n`.repeat(66)}\r\n`),
  chunked('a chunk size that is no number', 'zz\r\nabc\r\n0\r\n\r\n'),
  chunked('a negative chunk size', '-1\r\nabc\r\n0\r\n\r\n'),
  chunked('a chunk size with 0x', `0x${BODY.length.toString(16)}\r\n${BODY}\r\n0\r\n\r\n`),
  chunked('a chunk size of 17 digits', 'fffffffffffffffff\r\nabc\r\n0\r\n\r\n'),
  chunked('an empty chunk size', '\r\nabc\r\n0\r\n\r\n'),
  chunked('a space before the chunk size', ` ${chunk(BODY)}0\r\n\r\n`),
  chunked('a chunk longer than its size', `3\r\nabcdef\r\n0\r\n\r\n`),
  chunked('a chunk shorter than its size, then the end', 'ff\r\nabc', REFUSED, true),
  chunked('no last chunk, then the end', chunk(BODY), REFUSED, true),
  chunked('chunks ended by bare line feeds', `${BODY.length.toString(16)}\n${BODY}\n0\n\n`),
  chunked('a chunk size ended by a bare carriage return', `${BODY.length.toString(16)}\r${BODY}\r\n0\r\n\r\n`),
  chunked('a NUL in a chunk size', `${BODY.length.toString(16)}\0\r\n${BODY}\r\n0\r\n\r\n`),
];

const FIELDS: readonly HostileCase[] = [
  framing('lines ended by bare line feeds', latin1(`${[...POST, LENGTH].join('\n')}\n\n${BODY}`)),
  framing('lines ended by bare carriage returns', latin1(`${[...POST, LENGTH].join('\r')}\r\r${BODY}`), REFUSED, true),
  post('a space before a colon', ['X-A : b', LENGTH]),
  post('a tab before a colon', ['X-A\t: b', LENGTH]),
  post('a field without a colon', ['X-A', LENGTH]),
  post('a field without a name', [': b', LENGTH]),
  post('a folded field', ['X-A: b\r\n c', LENGTH]),
  post('a NUL in a field', ['X-A: \0', LENGTH]),
  post('a NUL in a name', ['X-\0A: b', LENGTH]),
  post('a DEL in a name', ['X-\x7fA: b', LENGTH]),
  post('a bell in a field', ['X-A: \x07', LENGTH]),
  post('a carriage return in a field', ['X-A: a\rb', LENGTH]),
  post('high bytes in a name', ['X-\xe9: b', LENGTH]),
  post('high bytes in a field', ['X-A: \xff\xfe\x80', LENGTH], BODY, OK),
  post('101 fields', [...Array.from({length: 97}, (_, i) => `X-${i}: b`), LENGTH], BODY, REFUSED),
  post('1,000 fields', [...Array.from({length: 1000}, (_, i) => `X-${i}: b`), LENGTH]),
  post('a field of 64 KiB', [`X-A: ${'b'.repeat(65_536)}`, LENGTH]),
  post('a name of 64 KiB', [`${'X'.repeat(65_536)}: b`, LENGTH]),
  post('fields named as parts of objects', ['__proto__: x', 'constructor: y', 'hasOwnProperty: z', 'toString: t', LENGTH], BODY, OK),
  post('a doubled content type, the first counts', ['Content-Type: text/plain', LENGTH], BODY, OK),
  post('a doubled target, the first counts', ['X-Amz-Target: DynamoDB_20120810.Nonsense', LENGTH], BODY, OK),
  framing('no Host', rawRequest(['POST / HTTP/1.1', ...POST.slice(2), LENGTH], BODY)),
  post('two Hosts', ['Host: elsewhere', LENGTH]),
  framing('an empty Host', rawRequest(['POST / HTTP/1.1', 'Host: ', ...POST.slice(2), LENGTH], BODY), ANY),
  framing('a Host of rubbish', rawRequest(['POST / HTTP/1.1', 'Host: a b/c?d#e@f', ...POST.slice(2), LENGTH], BODY), ANY),
];

const REQUEST_LINES: readonly HostileCase[] = [
  framing('an absolute URI', rawRequest(['POST http://localhost/ HTTP/1.1', ...POST.slice(1), LENGTH], BODY), ANY),
  framing('an absolute URI of another host', rawRequest(['POST http://elsewhere.example/ HTTP/1.1', ...POST.slice(1), LENGTH], BODY), ANY),
  framing('a target of 64 KiB', rawRequest([`POST /${'a'.repeat(65_536)} HTTP/1.1`, ...POST.slice(1), LENGTH], BODY)),
  framing('a target with a NUL', rawRequest(['POST /\0 HTTP/1.1', ...POST.slice(1), LENGTH], BODY)),
  framing('a target with a space', rawRequest(['POST /a b HTTP/1.1', ...POST.slice(1), LENGTH], BODY)),
  framing('a target with high bytes', rawRequest(['POST /\xff HTTP/1.1', ...POST.slice(1), LENGTH], BODY), ANY),
  framing('a target that climbs', rawRequest(['GET /../../etc/passwd HTTP/1.1', 'Host: localhost'], ''), status(404)),
  framing('an empty target', rawRequest(['POST  HTTP/1.1', ...POST.slice(1), LENGTH], BODY)),
  framing('HTTP/0.9', latin1('GET /\r\n'), REFUSED, true),
  framing('HTTP/1.0', rawRequest(['POST / HTTP/1.0', ...POST.slice(1), LENGTH], BODY), OK),
  framing('HTTP/1.2', rawRequest(['POST / HTTP/1.2', ...POST.slice(1), LENGTH], BODY)),
  framing('HTTP/9.9', rawRequest(['POST / HTTP/9.9', ...POST.slice(1), LENGTH], BODY)),
  framing('HTTP/1.11', rawRequest(['POST / HTTP/1.11', ...POST.slice(1), LENGTH], BODY)),
  framing('http in lower case', rawRequest(['POST / http/1.1', ...POST.slice(1), LENGTH], BODY)),
  framing('the preface of HTTP/2', latin1('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')),
  framing('a TLS hello', latin1('\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'), REFUSED, true),
  framing('empty lines before the request', Buffer.concat([latin1('\r\n\r\n\r\n'), apiCall('GetItem', BODY)]), OK),
  framing('spaces before the request', Buffer.concat([latin1('  '), apiCall('GetItem', BODY)])),
  framing('a method in lower case', rawRequest(['post / HTTP/1.1', ...POST.slice(1), LENGTH], BODY)),
  framing('an unknown method', rawRequest(['SMASH / HTTP/1.1', ...POST.slice(1), LENGTH], BODY)),
  ...['PUT', 'DELETE', 'PATCH', 'PROPFIND', 'TRACE', 'SEARCH'].map((method) =>
    framing(`method ${method}`, rawRequest([`${method} / HTTP/1.1`, ...POST.slice(1), LENGTH], BODY), status(404))),
  {row: 'framing', name: 'method HEAD', steps: [{pieces: [rawRequest(['HEAD / HTTP/1.1', 'Host: localhost'])], isHead: true, expected: status(404)}]},
  framing('method CONNECT', rawRequest(['CONNECT localhost:1 HTTP/1.1', 'Host: localhost'])),
  framing('GET with a body', rawRequest(['GET / HTTP/1.1', 'Host: localhost', 'Content-Length: 2'], '{}'), OK),
  post('Expect: 100-continue', ['Expect: 100-continue', LENGTH], BODY, OK),
  post('Expect: something else', ['Expect: miracles', LENGTH], BODY, status(417)),
  post('Upgrade to another protocol', ['Connection: Upgrade', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA', LENGTH], BODY, ANY),
  post('Upgrade to a websocket', ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Key: AAAA', LENGTH], BODY, ANY),
  post('Connection names our own fields', ['Connection: close, Content-Length, X-Amz-Target', LENGTH], BODY, ANY),
];

export const FRAMING_CASES: readonly HostileCase[] = [...LENGTHS, ...TRANSFER_CODINGS, ...CHUNKS, ...FIELDS, ...REQUEST_LINES];
