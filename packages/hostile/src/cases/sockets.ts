import {OK, REFUSED, apiCall, latin1, rawRequest} from '../hostile-case.js';
import type {HostileCase, Step} from '../hostile-case.js';
import {TABLE} from '../target.js';

const GET = apiCall('GetItem', {TableName: TABLE, Key: {pk: {S: 'witness'}, sk: {N: '0'}}});
const socket = (name: string, ...steps: readonly Step[]): HostileCase => ({row: 'sockets', name, steps});
const HEAD_END = GET.indexOf('\r\n\r\n') + 4;

export const SOCKET_CASES: readonly HostileCase[] = [
  socket('a connection that ends without a byte', {pieces: [], ends: true, expected: REFUSED}),
  socket('a connection that ends in the request line', {pieces: [GET.subarray(0, 5)], ends: true, expected: REFUSED}),
  socket('a connection that ends in a field', {pieces: [GET.subarray(0, 40)], ends: true, expected: REFUSED}),
  socket('a connection that ends behind the head', {pieces: [GET.subarray(0, HEAD_END)], ends: true, expected: REFUSED}),
  socket('a connection that ends in the body', {pieces: [GET.subarray(0, GET.length - 1)], ends: true, expected: REFUSED}),
  socket('a client that closes its side behind a whole request', {pieces: [GET], ends: true, expected: OK}),
  socket('a request a byte at a time', {pieces: [...GET].map((byte) => Buffer.of(byte)), expected: OK}),
  socket('a request cut inside the line ends', {pieces: [GET.subarray(0, HEAD_END - 3), GET.subarray(HEAD_END - 3, HEAD_END - 1), GET.subarray(HEAD_END - 1)], expected: OK}),
  socket('two requests in one piece', {pieces: [Buffer.concat([GET, GET])], expected: OK}, {pieces: [], expected: OK}),
  socket('a request cut across two pieces with the next', {pieces: [Buffer.concat([GET, GET.subarray(0, 10)]), GET.subarray(10)], expected: OK}, {pieces: [], expected: OK}),
  socket('rubbish behind a good request', {pieces: [Buffer.concat([GET, latin1('rubbish\r\n\r\n')])], expected: OK}),
  socket('rubbish alone', {pieces: [Buffer.from(Array.from({length: 10_000}, (_, i) => (i * 7919 + 128) & 0xff))], ends: true, expected: REFUSED}),
  socket('10,000 NULs', {pieces: [Buffer.alloc(10_000)], ends: true, expected: REFUSED}),
  socket('a request after Connection: close', {pieces: [Buffer.concat([apiCall('ListTables', {}, 'Connection: close'), GET])], expected: OK}, {pieces: [], expected: REFUSED}),
  socket('fifty health checks in one piece', {pieces: [Buffer.concat(Array.from({length: 50}, () => rawRequest(['GET / HTTP/1.1', 'Host: localhost'])))], expected: OK},
    ...Array.from({length: 49}, (): Step => ({pieces: [], expected: OK}))),
];
