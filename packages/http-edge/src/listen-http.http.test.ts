// Goal: every bound and every refusal of the listener, seen from a raw socket, since HTTP clients hide or forbid most of them.
import {connect} from 'node:net';
import type {Socket} from 'node:net';
import {crc32, deflateSync, gunzipSync, gzipSync, inflateSync} from 'node:zlib';
import {nullMetrics} from '@murmuration/base';
import type {HttpHandler, HttpListener, HttpReply, HttpRequest} from '@murmuration/base';
import {RecordingEvents} from '@murmuration/base/testing';
import {HttpEdgeError} from './errors.js';
import {listenHttp} from './listen-http.js';
import type {HttpListenOptions} from './listen-http.js';

const clock = {monotonicMs: () => performance.now(), wallMs: () => Date.now()};
const open: {listener: HttpListener; sockets: Socket[]}[] = [];
afterEach(async () => {
  for (const {listener, sockets} of open.splice(0)) {
    for (const socket of sockets) socket.destroy();
    await listener.close(0);
  }
});

class Client {
  readonly socket: Socket;
  bytes = Buffer.alloc(0);
  isClosed = false;
  #wake: (() => void)[] = [];
  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.bytes = Buffer.concat([this.bytes, chunk]);
      this.#changed();
    });
    socket.on('close', () => {
      this.isClosed = true;
      this.#changed();
    });
    socket.on('error', () => undefined);
  }
  send(data: string | Uint8Array): void {
    this.socket.write(typeof data === 'string' ? Buffer.from(data, 'latin1') : data);
  }
  get text(): string {
    return this.bytes.toString('latin1');
  }
  async until(isEnough: () => boolean): Promise<void> {
    while (!isEnough()) await new Promise<void>((resolve) => this.#wake.push(resolve));
  }
  async untilClosed(): Promise<string> {
    await this.until(() => this.isClosed);
    return this.text;
  }
  /** Takes the next whole reply off the front. */
  async reply(): Promise<{status: number; headers: Map<string, string>; body: Buffer}> {
    await this.until(() => this.isClosed || this.#wholeReplyLength() !== undefined);
    const length = this.#wholeReplyLength();
    if (length === undefined) throw new Error(`connection closed after: ${this.text}`);
    const headEnd = this.text.indexOf('\r\n\r\n');
    const [statusLine = '', ...lines] = this.text.slice(0, headEnd).split('\r\n');
    const headers = new Map(lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 2)]));
    const body = this.bytes.subarray(headEnd + 4, length);
    this.bytes = this.bytes.subarray(length);
    return {status: Number(statusLine.split(' ')[1]), headers, body};
  }
  #wholeReplyLength(): number | undefined {
    const headEnd = this.text.indexOf('\r\n\r\n');
    if (headEnd < 0) return undefined;
    const length = headEnd + 4 + Number(/content-length: (\d+)/i.exec(this.text.slice(0, headEnd))?.[1] ?? 0);
    return this.bytes.length >= length ? length : undefined;
  }
  #changed(): void {
    for (const wake of this.#wake.splice(0)) wake();
  }
}

interface World {
  readonly listener: HttpListener;
  readonly seen: HttpRequest[];
  readonly events: RecordingEvents;
  client(): Promise<Client>;
}

const okReply = (request: HttpRequest): HttpReply =>
  ({status: 200, headers: {'Content-Type': 'text/plain'}, body: Buffer.from(request.bodyFailure ?? `${request.method} ${request.body.length}`)});

async function start(limits: Partial<HttpListenOptions> = {}, handler: HttpHandler = (request, respond) => respond(okReply(request))): Promise<World> {
  const seen: HttpRequest[] = [];
  const events = new RecordingEvents();
  const listener = await listenHttp({host: '127.0.0.1', port: 0, ...limits}, (request, respond) => {
    seen.push(request);
    handler(request, respond);
  }, {clock, events, metrics: nullMetrics});
  const sockets: Socket[] = [];
  open.push({listener, sockets});
  const client = (): Promise<Client> => new Promise((resolve) => {
    const socket: Socket = connect({host: '127.0.0.1', port: Number(listener.address.split(':')[1])}, () => resolve(new Client(socket)));
    sockets.push(socket);
    socket.on('error', () => undefined);
  });
  return {listener, seen, events, client};
}

const post = (body: string | Uint8Array, ...headers: string[]): Buffer =>
  Buffer.concat([Buffer.from(`POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n${headers.map((line) => `${line}\r\n`).join('')}\r\n`), Buffer.from(body)]);
const chunked = (...headers: string[]): string => `POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n${headers.map((line) => `${line}\r\n`).join('')}\r\n`;

describe('a plain exchange', () => {
  test('hands over method, target, first values of lower-case headers and the whole body, and keeps the connection', async () => {
    const world = await start();
    const client = await world.client();
    client.send('POST /a?b=c HTTP/1.1\r\nHost: x\r\nX-Amz-Target: T\r\nDup: one\r\ndup: two\r\nContent-Length: 5\r\n\r\nhel');
    client.send('lo');
    const reply = await client.reply();
    expect(reply.status).toBe(200);
    expect([...reply.headers.keys()].sort()).toEqual(['content-length', 'content-type']);
    const [request] = world.seen;
    expect(request).toMatchObject({method: 'POST', target: '/a?b=c', remoteAddress: '127.0.0.1', bodyFailure: undefined});
    expect(request?.headers.get('x-amz-target')).toBe('T');
    expect(request?.headers.get('dup')).toBe('one');
    expect(Buffer.from(request?.body ?? []).toString()).toBe('hello');
    client.send(post('again'));
    expect((await client.reply()).body.toString()).toBe('POST 5');
  });

  test('takes chunked bodies, GET without body and HTTP/1.0', async () => {
    const world = await start();
    const client = await world.client();
    client.send(`${chunked()}3\r\nabc\r\n2;extension=1\r\nde\r\n0\r\nTrailer: x\r\n\r\n`);
    expect((await client.reply()).body.toString()).toBe('POST 5');
    client.send('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    expect((await client.reply()).body.toString()).toBe('GET 0');
    const old = await world.client();
    old.send('GET / HTTP/1.0\r\n\r\n');
    expect(await old.untilClosed()).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*GET 0$/);
  });

  test('adds the checksum of the body as sent when asked, and closes when asked', async () => {
    const body = Buffer.from('{"x":1}');
    const world = await start({}, (_request, respond) => respond({status: 200, headers: {}, body, addCrc32: true, closeConnection: true}));
    const client = await world.client();
    client.send(post(''));
    const reply = await client.reply();
    expect(reply.headers.get('x-amz-crc32')).toBe(String(crc32(body)));
    expect(reply.headers.get('connection')).toBe('close');
    await client.untilClosed();
  });

  test('answers a whole pipeline in order though the handler answers out of order', async () => {
    const waiting: (() => void)[] = [];
    const world = await start({}, (request, respond) => waiting.push(() => respond({status: 200, headers: {}, body: request.body})));
    const client = await world.client();
    client.send(Buffer.concat(['a', 'b', 'c'].map((text) => post(text))));
    while (waiting.length < 3) await new Promise((resolve) => setImmediate(resolve));
    for (const answer of waiting.reverse()) answer();
    const bodies = [await client.reply(), await client.reply(), await client.reply()].map((reply) => reply.body.toString());
    expect(bodies).toEqual(['a', 'b', 'c']);
  });

  test('ignores a second answer and an answer to a client that is gone', async () => {
    let late: (() => void) | undefined;
    const world = await start({}, (request, respond) => {
      if (request.target === '/late') late = () => respond(okReply(request));
      else {
        respond(okReply(request));
        respond({status: 500, headers: {}, body: Buffer.from('second')});
      }
    });
    const client = await world.client();
    client.send(post('1'));
    expect((await client.reply()).status).toBe(200);
    client.send('GET /late HTTP/1.1\r\nHost: x\r\n\r\n');
    while (late === undefined) await new Promise((resolve) => setImmediate(resolve));
    client.socket.destroy();
    await client.untilClosed();
    late();
    const other = await world.client();
    other.send(post('2'));
    expect((await other.reply()).status).toBe(200);
  });

  test('answers 500 without a body when the handler throws, and serves others', async () => {
    const world = await start({}, () => { throw new TypeError('secret detail'); });
    const client = await world.client();
    client.send(post('1'));
    expect(await client.untilClosed()).toBe('HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
    expect(world.events.named('http-edge/handler-failed')).toHaveLength(1);
  });

  test('closes the connection when a reply cannot be sent as given', async () => {
    const world = await start({}, (_request, respond) => respond({status: 200, headers: {'X-Bad': 'a\r\nb'}, body: new Uint8Array(0)}));
    const client = await world.client();
    client.send(post('1'));
    expect(await client.untilClosed()).toBe('');
    expect(world.events.named('http-edge/reply-failed')).toHaveLength(1);
  });
});

describe('body size', () => {
  test('a body of exactly the bound passes, one byte more is too large by length and by chunks', async () => {
    const world = await start({bodyBytesMax: 1000});
    const client = await world.client();
    client.send(post('x'.repeat(1000)));
    expect((await client.reply()).body.toString()).toBe('POST 1000');
    client.send(post('x'.repeat(1001)));
    const refused = await client.reply();
    expect([refused.body.toString(), refused.headers.get('connection')]).toEqual(['too-large', 'close']);
    await client.untilClosed();
    const second = await world.client();
    second.send(`${chunked()}${'1f4\r\n'}${'x'.repeat(500)}\r\n1f5\r\n${'x'.repeat(501)}\r\n0\r\n\r\n`);
    expect((await second.reply()).body.toString()).toBe('too-large');
    await second.untilClosed();
  });

  test('a client that sends all of a body too large can still read the answer', async () => {
    const world = await start();
    const client = await world.client();
    client.send(post(Buffer.alloc(17 * 1024 * 1024)));
    expect((await client.reply()).body.toString()).toBe('too-large');
    expect(world.seen[0]?.body.length).toBe(0);
  });

  test('a length past what is thrown away is answered before the body comes', async () => {
    const world = await start();
    const client = await world.client();
    client.send('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 999999999999\r\n\r\n');
    expect((await client.reply()).body.toString()).toBe('too-large');
    await client.untilClosed();
  });

  test('a body in more pieces than one may have is refused, a small one in many is taken', async () => {
    const world = await start({bodyPieceCountMax: 1000});
    const client = await world.client();
    client.send(`${chunked()}${'1\r\nx\r\n'.repeat(1000)}0\r\n\r\n`);
    expect((await client.reply()).body.toString()).toBe('POST 1000');
    client.send(`${chunked()}${'1\r\nx\r\n'.repeat(1001)}0\r\n\r\n`);
    expect(await client.untilClosed()).toMatch(/^HTTP\/1\.1 400 /);
  });

  test('chunks past what is thrown away end the connection', async () => {
    const world = await start({bodyBytesMax: 10, discardBytesMax: 100});
    const client = await world.client();
    client.send(`${chunked()}ff\r\n${'x'.repeat(255)}\r\n`);
    expect(await client.untilClosed()).toContain('too-large');
  });
});

describe('content codings of requests', () => {
  const text = 'murmuration '.repeat(100);
  test.each([
    ['gzip', gzipSync(text)],
    ['GZIP', gzipSync(text)],
    ['deflate', deflateSync(text)],
    ['gzip', Buffer.concat([gzipSync(text.slice(0, 500)), gzipSync(text.slice(500))])],
    ['identity', Buffer.from(text)],
  ])('%s is removed', async (coding, body) => {
    const world = await start();
    const client = await world.client();
    client.send(post(body, `Content-Encoding: ${coding}`));
    expect((await client.reply()).body.toString()).toBe('POST 1200');
    expect(Buffer.from(world.seen[0]?.body ?? []).toString()).toBe(text);
  });

  test.each([
    ['br', Buffer.from('abc')],
    ['gzip, gzip', gzipSync(gzipSync(text))],
    ['gzip', Buffer.from('not gzip at all')],
    ['gzip', gzipSync(text).subarray(0, 20)],
    ['deflate', Buffer.concat([deflateSync(text), deflateSync(text)])],
  ])('%s that cannot be removed is reported and the connection stays', async (coding, body) => {
    const world = await start();
    const client = await world.client();
    client.send(post(body, `Content-Encoding: ${coding}`));
    expect((await client.reply()).body.toString()).toBe('bad-encoding');
    client.send(post('next'));
    expect((await client.reply()).body.toString()).toBe('POST 4');
  });

  test('a body that grows past the bound is too large, and its bytes are not held', async () => {
    const world = await start({bodyBytesMax: 100_000, inFlightBytesMax: 250_000});
    const client = await world.client();
    for (let i = 0; i < 5; i += 1) {
      client.send(post(gzipSync(Buffer.alloc(10_000_000)), 'Content-Encoding: gzip'));
      expect((await client.reply()).body.toString()).toBe('too-large');
    }
    client.send(post(gzipSync(Buffer.alloc(100_000)), 'Content-Encoding: gzip'));
    expect((await client.reply()).body.toString()).toBe('POST 100000');
  });
});

describe('content codings of replies', () => {
  const large = Buffer.from('{"k":"value"}'.repeat(1000));
  const replyWith = (body: Uint8Array): HttpHandler => (_request, respond) => respond({status: 200, headers: {}, body, addCrc32: true});
  test.each([
    ['gzip, deflate', 'gzip'],
    ['deflate, gzip', 'gzip'],
    ['deflate', 'deflate'],
    ['gzip;q=0, deflate;q=0.5', 'deflate'],
  ])('Accept-Encoding: %s gives %s with the checksum of what is sent', async (accept, coding) => {
    const world = await start({}, replyWith(large));
    const client = await world.client();
    client.send(post('', `Accept-Encoding: ${accept}`, 'Accept-Encoding: br'));
    const reply = await client.reply();
    expect(reply.headers.get('content-encoding')).toBe(coding);
    expect(reply.headers.get('x-amz-crc32')).toBe(String(crc32(reply.body)));
    expect((coding === 'gzip' ? gunzipSync : inflateSync)(reply.body).equals(large)).toBe(true);
  });

  test.each([['identity', large], ['br', large], ['gzip;q=0', large], ['gzip', large.subarray(0, 4096)]])('Accept-Encoding: %s may leave it plain', async (accept, body) => {
    const world = await start({}, replyWith(body));
    const client = await world.client();
    client.send(post('', `Accept-Encoding: ${accept}`));
    const reply = await client.reply();
    expect(reply.headers.has('content-encoding')).toBe(false);
    expect(reply.body.equals(body)).toBe(true);
  });
});

describe('broken and doubtful framing gets 400 and the end of the connection', () => {
  const head = 'POST / HTTP/1.1\r\nHost: x\r\n';
  test.each([
    ['both lengths', `${head}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
    ['two content lengths', `${head}Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc`],
    ['negative length', `${head}Content-Length: -1\r\n\r\n`],
    ['length with plus', `${head}Content-Length: +3\r\n\r\nabc`],
    ['hexadecimal length', `${head}Content-Length: 0x3\r\n\r\nabc`],
    ['list of lengths', `${head}Content-Length: 3, 3\r\n\r\nabc`],
    ['length of 20 digits', `${head}Content-Length: 99999999999999999999\r\n\r\n`],
    ['xchunked', `${head}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`],
    ['identity', `${head}Transfer-Encoding: identity\r\n\r\nabc`],
    ['gzip, chunked', `${head}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`],
    ['chunked twice', `${head}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
    ['chunked in HTTP/1.0', 'POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['chunk size that is no number', `${chunked()}zz\r\nabc\r\n`],
    ['space before colon', `${head}A : b\r\n\r\n`],
    ['NUL in a header', `${head}A: \0b\r\n\r\n`],
    ['folded header', `${head}A: b\r\n c\r\n\r\n`],
    ['missing Host', 'POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n'],
    ['two Hosts', `${head}Host: y\r\nContent-Length: 0\r\n\r\n`],
    ['no HTTP at all', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
    ['unknown method', 'SMASH / HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['HTTP/9.9', 'GET / HTTP/9.9\r\nHost: x\r\n\r\n'],
  ])('%s', async (_name, bytes) => {
    const world = await start();
    const client = await world.client();
    client.send(bytes);
    const text = await client.untilClosed();
    expect(text).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
    expect(text.match(/HTTP\/1\.1/g)).toHaveLength(1);
    expect(text).not.toMatch(/\bat |node:|Error/);
    expect(world.seen).toEqual([]);
  });

  test('a missing Host is refused as everything else is', async () => {
    const world = await start();
    const client = await world.client();
    client.send('GET / HTTP/1.1\r\n\r\n');
    expect(await client.untilClosed()).toBe('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
    expect(world.events.named('http-edge/refused')).toMatchObject([{reason: 'framing'}]);
  });

  test('too many headers and a head too large get 431', async () => {
    const world = await start({headerCountMax: 20, headBytesMax: 8 * 1024});
    const many = await world.client();
    many.send(`${head}${'A: b\r\n'.repeat(20)}\r\n`);
    expect(await many.untilClosed()).toMatch(/^HTTP\/1\.1 431 /);
    const large = await world.client();
    large.send(`GET /${'x'.repeat(64 * 1024)} HTTP/1.1\r\nHost: x\r\n\r\n`);
    expect(await large.untilClosed()).toMatch(/^HTTP\/1\.1 431 /);
    expect(world.seen).toEqual([]);
  });

  test('rubbish behind a good request lets the good reply out and nothing else', async () => {
    const world = await start();
    const client = await world.client();
    client.send(Buffer.concat([post('good'), Buffer.from('rubbish\r\n\r\n')]));
    expect((await client.untilClosed()).match(/HTTP\/1\.1 \d+/g)?.[0]).toBe('HTTP/1.1 200');
  });
});

describe('Expect', () => {
  test('100-continue is answered before the body, and not at all when the body would be too large', async () => {
    const world = await start({bodyBytesMax: 100});
    const client = await world.client();
    client.send('POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n');
    await client.until(() => client.text.includes('100 Continue'));
    expect((await client.reply()).status).toBe(100);
    client.send('abc');
    expect((await client.reply()).body.toString()).toBe('POST 3');
    client.send('POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 101\r\n\r\n');
    const refused = await client.reply();
    expect([refused.status, refused.body.toString()]).toEqual([200, 'too-large']);
    await client.untilClosed();
  });

  test('anything else expected gets 417', async () => {
    const world = await start();
    const client = await world.client();
    client.send('POST / HTTP/1.1\r\nHost: x\r\nExpect: miracles\r\nContent-Length: 0\r\n\r\n');
    expect(await client.untilClosed()).toMatch(/^HTTP\/1\.1 417 /);
  });
});

describe('time limits', () => {
  test('a head that does not end in time gets 408', async () => {
    const world = await start({headTimeoutMs: 50, requestTimeoutMs: 5_000});
    const client = await world.client();
    client.send('POST / HTTP/1.1\r\nHo');
    expect(await client.untilClosed()).toMatch(/^HTTP\/1\.1 408 /);
  });

  test('a body that does not end in time gets 408 and never reaches the handler', async () => {
    const world = await start({headTimeoutMs: 50, requestTimeoutMs: 100});
    const client = await world.client();
    client.send('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc');
    expect(await client.untilClosed()).toMatch(/^HTTP\/1\.1 408 /);
    expect(world.seen).toEqual([]);
  });

  test('a body that comes a byte at a time gets 408 long before the time for a whole request', async () => {
    const world = await start({slowGraceMs: 50, bytesPerSecondMin: 100_000});
    const client = await world.client();
    client.send('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n');
    const drip = setInterval(() => client.send('x'), 5);
    expect(await client.untilClosed()).toMatch(/^HTTP\/1\.1 408 /);
    clearInterval(drip);
    expect(world.seen).toEqual([]);
    expect(world.events.named('http-edge/refused')).toMatchObject([{reason: 'slow-body'}]);
  });

  test('a body at the least speed is taken', async () => {
    const world = await start({slowGraceMs: 30, bytesPerSecondMin: 1_000});
    const client = await world.client();
    client.send('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1001\r\n\r\n');
    client.send('x'.repeat(1000));
    const late = setTimeout(() => client.send('x'), 150);
    expect((await client.reply()).body.toString()).toBe('POST 1001');
    clearTimeout(late);
  });

  test('a reader that takes a reply a little at a time is cut', async () => {
    const world = await start({slowGraceMs: 50, bytesPerSecondMin: 50_000_000}, (_request, respond) => respond({status: 200, headers: {}, body: Buffer.alloc(30_000_000)}));
    const client = await world.client();
    client.socket.pause();
    client.send(post('1'));
    const sip = setInterval(() => client.socket.read(1000), 5);
    while (world.events.named('http-edge/refused').length === 0) await new Promise((resolve) => setImmediate(resolve));
    clearInterval(sip);
    expect(world.events.named('http-edge/refused')).toMatchObject([{reason: 'slow-reader'}]);
  });

  test('a reply behind one that is not ready is not the fault of its reader', async () => {
    const answers: (() => void)[] = [];
    const world = await start({slowGraceMs: 10, bytesPerSecondMin: 1_000_000_000}, (request, respond) => {
      if (request.target === '/slow') answers.push(() => respond(okReply(request)));
      else respond(okReply(request));
    });
    const client = await world.client();
    client.send('GET /slow HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await new Promise((resolve) => setTimeout(resolve, 100));
    for (const answer of answers) answer();
    expect([(await client.reply()).status, (await client.reply()).status]).toEqual([200, 200]);
  });

  test('a connection idle between requests is closed', async () => {
    const world = await start({keepAliveTimeoutMs: 50});
    const client = await world.client();
    client.send(post('1'));
    await client.reply();
    await client.untilClosed();
  });

  test('a client that stops reading is cut', async () => {
    const world = await start({socketIdleTimeoutMs: 300}, (_request, respond) => respond({status: 200, headers: {}, body: Buffer.alloc(15_000_000)}));
    const client = await world.client();
    client.socket.pause();
    client.send(post('1'));
    // A paused socket does not tell that it was cut, so the listener's own shut-down is the witness: nothing is left to wait for.
    while (world.seen.length === 0) await new Promise((resolve) => setImmediate(resolve));
    await world.listener.close(15_000);
    expect(world.events.named('http-edge/closed')[0]).toMatchObject({cutCount: 0});
  });
});

describe('bounds on many', () => {
  test('connections past the total and past the share of one address are closed at once', async () => {
    for (const limits of [{connectionCountMax: 2}, {connectionsPerAddressMax: 2}]) {
      const world = await start(limits);
      const clients = [await world.client(), await world.client()];
      for (const client of clients) {
        client.send(post('1'));
        await client.reply();
      }
      expect(await (await world.client()).untilClosed()).toBe('');
      clients[0]?.socket.destroy();
      let status = 0;
      while (status !== 200) {
        const next = await world.client();
        next.send(post('1'));
        status = await next.reply().then((reply) => reply.status, () => 0);
      }
    }
  });

  test('a pipeline past its bound gets 503 for the excess, behind the replies before it, and is closed', async () => {
    const answers: (() => void)[] = [];
    const world = await start({pipelinedRequestsMax: 4}, (request, respond) => answers.push(() => respond(okReply(request))));
    const client = await world.client();
    client.send(Buffer.concat(Array.from({length: 1000}, () => post('1'))));
    while (answers.length < 4) await new Promise((resolve) => setImmediate(resolve));
    for (const answer of answers) answer();
    const text = await client.untilClosed();
    expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual([...Array<string>(4).fill('HTTP/1.1 200'), 'HTTP/1.1 503']);
    expect(world.seen).toHaveLength(4);
  });

  test('a request whose body does not fit in what may be in flight gets 503 before its body is read', async () => {
    const answers: (() => void)[] = [];
    const world = await start({inFlightBytesMax: 1000}, (request, respond) => answers.push(() => respond(okReply(request))));
    const first = await world.client();
    first.send(post('x'.repeat(900)));
    while (answers.length < 1) await new Promise((resolve) => setImmediate(resolve));
    const second = await world.client();
    second.send('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 200\r\n\r\n');
    expect(await second.untilClosed()).toMatch(/^HTTP\/1\.1 503 /);
    const third = await world.client();
    third.send(`${chunked()}c8\r\n${'x'.repeat(200)}\r\n`);
    expect(await third.untilClosed()).toMatch(/^HTTP\/1\.1 503 /);
    answers[0]?.();
    await first.reply();
    first.send(post('x'.repeat(200)));
    while (answers.length < 2) await new Promise((resolve) => setImmediate(resolve));
    answers[1]?.();
    expect((await first.reply()).body.toString()).toBe('POST 200');
  });

  test('requests past the number that may be in flight get 503', async () => {
    const world = await start({inFlightRequestsMax: 1}, () => undefined);
    const first = await world.client();
    first.send(post('1'));
    while (world.seen.length < 1) await new Promise((resolve) => setImmediate(resolve));
    const second = await world.client();
    second.send(post('2'));
    expect(await second.untilClosed()).toMatch(/^HTTP\/1\.1 503 /);
  });

  test('what was in flight is given back when clients reset', async () => {
    const world = await start({inFlightBytesMax: 1000, inFlightRequestsMax: 2}, (request, respond) => {
      if (request.target === '/') respond(okReply(request));
    });
    for (let i = 0; i < 20; i += 1) {
      const client = await world.client();
      client.send(i % 2 === 0 ? 'POST /hang HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n\r\nabc' : 'GET /hang HTTP/1.1\r\nHost: x\r\n\r\nGET /hang HTTP/1.1\r\nHost: x\r\n\r\n');
      await new Promise((resolve) => setImmediate(resolve));
      client.socket.resetAndDestroy();
      await client.untilClosed();
    }
    let status = 0;
    while (status !== 200) {
      const client = await world.client();
      client.send(post('x'.repeat(990)));
      status = await client.reply().then((reply) => reply.status, () => 0);
    }
  });

  test('a connection is closed after its number of requests', async () => {
    const world = await start({requestsPerSocketMax: 3});
    const client = await world.client();
    const connectionHeaders: (string | undefined)[] = [];
    for (let i = 0; i < 3; i += 1) {
      client.send(post('1'));
      connectionHeaders.push((await client.reply()).headers.get('connection'));
    }
    expect(connectionHeaders).toEqual([undefined, undefined, 'close']);
    await client.untilClosed();
  });
});

describe('life of a listener', () => {
  test('an address in use, and one that is not here, are told apart', async () => {
    const world = await start();
    const port = Number(world.listener.address.split(':')[1]);
    const failures = await Promise.all([listenHttp({host: '127.0.0.1', port}, () => undefined, {clock, events: world.events, metrics: nullMetrics}),
      listenHttp({host: '203.0.113.7', port: 0}, () => undefined, {clock, events: world.events, metrics: nullMetrics})].map((opening) => opening.catch((error: unknown) => error)));
    expect(failures.every((error) => error instanceof HttpEdgeError)).toBe(true);
    expect(failures).toMatchObject([{code: 'AddressInUse', address: `127.0.0.1:${port}`}, {code: 'AddressNotAvailable', address: '203.0.113.7:0'}]);
  });

  test('closing cuts idle connections, lets a request under way finish, and refuses new ones', async () => {
    let answer: (() => void) | undefined;
    const world = await start({}, (request, respond) => (answer = () => respond(okReply(request))));
    const idle = await world.client();
    const busy = await world.client();
    busy.send(post('1'));
    while (answer === undefined) await new Promise((resolve) => setImmediate(resolve));
    const closed = world.listener.close(10_000);
    await idle.untilClosed();
    answer();
    expect((await busy.reply()).headers.get('connection')).toBe('close');
    await closed;
    expect(world.events.named('http-edge/closed')).toMatchObject([{cutCount: 0}]);
  });

  test('closing cuts what is not done within the grace', async () => {
    const world = await start({}, () => undefined);
    const busy = await world.client();
    busy.send(post('1'));
    while (world.seen.length === 0) await new Promise((resolve) => setImmediate(resolve));
    await world.listener.close(20);
    await busy.untilClosed();
    expect(world.events.named('http-edge/closed')).toMatchObject([{cutCount: 1}]);
  });
});
