// Goal: no sequence of bytes crashes the listener, leaks its accounts or its inside, or harms the next client.
// Method: valid requests, mutated in a few places and cut into pieces, each followed by a plain request on another socket.
import {connect} from 'node:net';
import fc from 'fast-check';
import {nullMetrics} from '@murmuration/base';
import type {HttpListener, MetricRegistry} from '@murmuration/base';
import {RecordingEvents} from '@murmuration/base/testing';
import {listenHttp} from './listen-http.js';

const VALID: readonly string[] = [
  'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello',
  'POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n0\r\nT: v\r\n\r\n',
  'GET /a?b HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n',
  'POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc',
];
const FRAGMENTS = ['\r\n', '\n', '\0', ' ', ':', 'Content-Length: 7\r\n', 'Transfer-Encoding: chunked\r\n', 'Transfer-Encoding: identity\r\n', 'Host: y\r\n',
  'Connection: close\r\n', 'Upgrade: h2c\r\n', 'ffffffffffffffff', '-1', '\u00ff', 'HTTP/1.0', 'X'.repeat(300)];

const mutation = fc.record({at: fc.nat(400), deleteCount: fc.nat(12), insert: fc.oneof(fc.constantFrom(...FRAGMENTS), fc.string({maxLength: 8}))});

describe('the listener under mutated requests', () => {
  let listener: HttpListener;
  const events = new RecordingEvents();
  const gauges = new Map<string, number>();
  const collects: (() => void)[] = [];
  const metrics: MetricRegistry = {
    ...nullMetrics,
    gauge: ({name}) => ({set: (value) => gauges.set(name, value)}),
    onCollect: (collect) => collects.push(collect),
  };

  beforeAll(async () => {
    listener = await listenHttp({host: '127.0.0.1', port: 0, bodyBytesMax: 1000, inFlightBytesMax: 100_000, requestTimeoutMs: 5_000, headTimeoutMs: 5_000},
      (request, respond) => respond({status: 200, headers: {}, body: request.body}), {clock: {monotonicMs: () => 0, wallMs: () => 0}, events, metrics});
  });
  afterAll(() => listener.close(0));

  /** Sends the pieces, then ends its side. @returns all that came back until the connection was closed */
  const exchange = (pieces: readonly string[]): Promise<string> => new Promise((resolve) => {
    let text = '';
    const socket = connect({host: '127.0.0.1', port: Number(listener.address.split(':')[1])}, () => {
      for (const piece of pieces) socket.write(Buffer.from(piece, 'latin1'));
      socket.end();
    });
    socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(text));
  });

  test('answers with whole replies or closes, and serves the next client', async () => {
    await fc.assert(fc.asyncProperty(fc.constantFrom(...VALID), fc.array(mutation, {minLength: 1, maxLength: 4}), fc.nat(200), async (valid, mutations, cutAt) => {
      let bytes = valid;
      for (const {at, deleteCount, insert} of mutations) bytes = bytes.slice(0, at % bytes.length) + insert + bytes.slice((at % bytes.length) + deleteCount);
      const text = await exchange([bytes.slice(0, cutAt), bytes.slice(cutAt)]);
      expect(text === '' || /^HTTP\/1\.1 (100|200|400|408|413|417|431|503) /.test(text)).toBe(true);
      expect(text).not.toMatch(/node:internal|\.js:\d/);
      expect(await exchange(['POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 2\r\n\r\n', 'ok'])).toMatch(/^HTTP\/1\.1 200 [^]*ok$/);
    }), {numRuns: 150});
    expect(events.records.filter((record) => record.level === 'error')).toEqual([]);
    await exchange(['GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n']);
    await new Promise((resolve) => setImmediate(resolve));
    for (const collect of collects) collect();
    expect([gauges.get('http_requests_in_flight'), gauges.get('http_in_flight_bytes')]).toEqual([0, 0]);
  });
});
