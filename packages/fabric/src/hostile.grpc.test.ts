// Goal: a peer that speaks HTTP/2 and gRPC rightly or wrongly, but means harm, costs its own stream or connection and
// nobody else anything. Method: raw HTTP/2 and gRPC clients at a real listener, with a good peer's stream as witness.
import {Client, compressionAlgorithms, credentials} from '@grpc/grpc-js';
import type {ClientDuplexStream, StatusObject} from '@grpc/grpc-js';
import {ByteWriter, SERVICE_PARTITION, SeededRandom, nullMetrics, utf8Decode, utf8Encode} from '@murmuration/base';
import {RecordingEvents} from '@murmuration/base/testing';
import {crc32c} from '@node-rs/crc32';
import {connect as connectHttp2} from 'node:http2';
import type {ClientHttp2Session} from 'node:http2';
import {connect as connectTcp} from 'node:net';
import type {NetworkOptions} from './fabric-context.js';
import type {FabricNetwork} from './fabric-network.js';
import {callSizeBytes, decodeFrame, encodeCalls, encodeHelloFrame, encodePing} from './frame.js';
import {createGrpcNetwork} from './grpc-network.js';
import type {Hello} from './hello.js';
import {PROTOCOL_VERSION} from './hello.js';
import {A, B, eventually, realTime} from './network.contract.js';

const EXCHANGE = '/murmuration.fabric.v1.Fabric/Exchange';
const HELLO: Hello = {protocolVersion: PROTOCOL_VERSION, clusterId: 'c', node: B, incarnation: 1, mapEpoch: 0, settingsFingerprint: 's'};

const open: {close: () => unknown}[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

async function start(limits: NetworkOptions['limits'] = {}): Promise<{network: FabricNetwork; events: RecordingEvents}> {
  const events = new RecordingEvents();
  const network = await createGrpcNetwork(
    {self: A, clusterId: 'c', incarnation: 1, settingsFingerprint: 's', listenAddress: '127.0.0.1:0', limits},
    {...realTime, random: new SeededRandom(5), events, metrics: nullMetrics},
  );
  network.onCall(SERVICE_PARTITION, (_from, payload, _deadlineMs, reply) => reply(payload));
  open.push(network);
  return {network, events};
}

interface Raw {
  readonly stream: ClientDuplexStream<Buffer, Buffer>;
  readonly received: Buffer[];
  status: StatusObject | undefined;
}

function raw(address: string, path = EXCHANGE, options: Readonly<Record<string, number>> = {}): Raw {
  const client = new Client(address, credentials.createInsecure(), {'grpc.use_local_subchannel_pool': 1, ...options});
  open.push(client);
  const stream = client.makeBidiStreamRequest<Buffer, Buffer>(path, (bytes) => bytes, (bytes) => bytes);
  const peer: Raw = {stream, received: [], status: undefined};
  stream.on('data', (bytes: Buffer) => peer.received.push(bytes));
  stream.on('error', () => undefined);
  stream.on('status', (status: StatusObject) => (peer.status = status));
  return peer;
}

/** A good peer, handshake done; `stillServed` asks it for an answer. */
async function witness(network: FabricNetwork, node = 'w1'): Promise<() => Promise<void>> {
  const good = raw(network.address);
  good.stream.write(Buffer.from(encodeHelloFrame({...HELLO, node: node as Hello['node']})));
  await eventually(() => good.received.length === 1);
  let id = 0;
  return async () => {
    id += 1;
    const payload = utf8Encode(`witness ${id}`);
    const before = good.received.length;
    good.stream.write(Buffer.from(encodeCalls([{id, service: SERVICE_PARTITION, remainingMs: 10_000, payload}], callSizeBytes(id, payload))));
    await eventually(() => good.received.length > before);
    const frame = decodeFrame(good.received.at(-1) as Buffer);
    if (frame.kind !== 'answers') throw new Error(`got ${frame.kind}`);
    expect(frame.answers.map((answer) => utf8Decode(answer.payload))).toEqual([`witness ${id}`]);
  };
}

/** A frame with a good checksum around whatever body. */
function frameOf(kind: number, body: Uint8Array): Buffer {
  const inner = new ByteWriter();
  inner.u8(kind);
  inner.raw(body);
  const payload = new ByteWriter();
  payload.u32(crc32c(inner.view()));
  payload.raw(inner.view());
  const message = new ByteWriter();
  message.u8(0x0a);
  message.bytes(payload.view());
  return Buffer.from(message.finish());
}

test('plaintext that is no HTTP/2 is closed', async () => {
  const {network} = await start();
  const stillServed = await witness(network);
  const [host, port] = network.address.split(':');
  for (const bytes of ['GET / HTTP/1.1\r\nHost: x\r\n\r\n', '\x16\x03\x01\x02\x00\x01', '\0'.repeat(1000), 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\xff\0\0\0\0\0']) {
    await new Promise<void>((resolve) => {
      const socket = connectTcp({host: host ?? '', port: Number(port)}, () => socket.write(Buffer.from(bytes, 'latin1')));
      socket.on('error', () => undefined);
      socket.on('close', () => resolve());
      socket.resume();
      // A client that only waits is no harm: it goes by itself.
      setTimeout(() => socket.destroy(), 200).unref();
    });
  }
  await stillServed();
});

test.each(['/murmuration.fabric.v1.Fabric/Nothing', '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo', '/grpc.channelz.v1.Channelz/GetServers', '/', '/../..', '/__proto__/constructor'])(
  'there is no method %s', async (path) => {
    const {network} = await start();
    const stillServed = await witness(network);
    const peer = raw(network.address, path);
    peer.stream.write(Buffer.from(encodeHelloFrame(HELLO)));
    await eventually(() => peer.status !== undefined);
    expect(peer.status?.code).toBe(12);
    await stillServed();
  });

test.each<[string, Partial<Hello>, string]>([
  ['another cluster', {clusterId: 'other'}, 'cluster-id'],
  ['other settings', {settingsFingerprint: 'other'}, 'settings'],
  ['our own name', {node: A}, 'self'],
  ['another protocol', {protocolVersion: 99}, 'protocol-version'],
])('a peer of %s is refused with the reason', async (_what, fields, reason) => {
  const {network} = await start();
  const peer = raw(network.address);
  peer.stream.write(Buffer.from(encodeHelloFrame({...HELLO, ...fields})));
  await eventually(() => peer.status !== undefined);
  expect(decodeFrame(peer.received[0] as Buffer)).toMatchObject({kind: 'refusal', refusal: {reason}});
});

test('a call of a service that nobody serves is refused, and the stream stays', async () => {
  const {network} = await start();
  const peer = raw(network.address);
  peer.stream.write(Buffer.from(encodeHelloFrame(HELLO)));
  for (const service of [0, 99, 255]) {
    peer.stream.write(Buffer.from(encodeCalls([{id: service, service, remainingMs: 10_000, payload: new Uint8Array(3)}], callSizeBytes(service, new Uint8Array(3)))));
  }
  const statuses = (): readonly string[] => peer.received.map((message) => decodeFrame(message)).flatMap((frame) => (frame.kind === 'answers' ? frame.answers.map((answer) => answer.status) : []));
  await eventually(() => statuses().length === 3);
  expect(statuses()).toEqual(['refused', 'refused', 'refused']);
});

describe('frames with a good checksum and a bad body', () => {
  test.each<[string, number, readonly number[]]>([
    ['a hello without a body', 1, []],
    ['a hello with a node id of another form', 1, [PROTOCOL_VERSION, 1, 99, 3, 46, 46, 47, 1, 0, 1, 115]],
    ['a text longer than the frame', 1, [PROTOCOL_VERSION, 0xff, 0x7f]],
    ['a length of 2^63', 1, [PROTOCOL_VERSION, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]],
    ['a kind nobody knows', 99, []],
    ['kind 0', 0, []],
  ])('%s closes the stream', async (_what, kind, body) => {
    const {network, events} = await start();
    const stillServed = await witness(network);
    const peer = raw(network.address);
    peer.stream.write(frameOf(kind, Uint8Array.from(body)));
    await eventually(() => peer.status !== undefined);
    expect(events.named('fabric/frame-corrupt')).toHaveLength(1);
    await stillServed();
  });

  test.each<[string, readonly number[]]>([
    ['a call number past the safe integers', [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 2, 0, 0, 0, 0, 0]],
    ['a payload longer than the frame', [1, 2, 1, 0, 0, 0, 0xff, 0xff, 0x03]],
    ['a call cut inside its deadline', [1, 2, 1, 0]],
  ])('%s closes the stream', async (_what, body) => {
    const {network, events} = await start();
    const stillServed = await witness(network);
    const peer = raw(network.address);
    peer.stream.write(Buffer.from(encodeHelloFrame(HELLO)));
    await eventually(() => peer.received.length === 1);
    peer.stream.write(frameOf(3, Uint8Array.from(body)));
    await eventually(() => peer.status !== undefined);
    expect(events.named('fabric/frame-corrupt')).toHaveLength(1);
    await stillServed();
  });
});

test('a message that grows past the bound when it is inflated is not taken in', async () => {
  const {network} = await start({messageBytesMax: 100_000, messageBytesTarget: 100_000});
  const stillServed = await witness(network);
  const peer = raw(network.address, EXCHANGE, {'grpc.default_compression_algorithm': compressionAlgorithms.gzip});
  peer.stream.write(Buffer.from(encodeHelloFrame(HELLO)));
  await eventually(() => peer.received.length === 1);
  // 20 MB of zeros are 20 KB on the wire.
  peer.stream.write(Buffer.alloc(20_000_000));
  await eventually(() => peer.status !== undefined);
  expect(peer.status?.code).not.toBe(0);
  await stillServed();
});

test('a stream that sends its frames a byte at a time is served like any other', async () => {
  const {network} = await start();
  const session = connectHttp2(`http://${network.address}`);
  open.push(session);
  session.on('error', () => undefined);
  const stream = session.request({':method': 'POST', ':path': EXCHANGE, 'content-type': 'application/grpc', te: 'trailers'});
  stream.on('error', () => undefined);
  const received: Buffer[] = [];
  stream.on('data', (bytes: Buffer) => received.push(bytes));
  const hello = Buffer.from(encodeHelloFrame(HELLO));
  const head = Buffer.alloc(5);
  head.writeUInt32BE(hello.length, 1);
  for (const byte of Buffer.concat([head, hello])) {
    stream.write(Buffer.of(byte));
    await new Promise((resolve) => setImmediate(resolve));
  }
  await eventually(() => Buffer.concat(received).length > 5);
  expect(decodeFrame(Buffer.concat(received).subarray(5))).toMatchObject({kind: 'hello'});
});

test('300 streams opened and reset at once leave nothing behind', async () => {
  const {network} = await start({incomingStreamsMax: 20});
  const stillServed = await witness(network);
  for (let round = 0; round < 3; round += 1) {
    const session: ClientHttp2Session = connectHttp2(`http://${network.address}`);
    session.on('error', () => undefined);
    for (let i = 0; i < 100; i += 1) {
      const stream = session.request({':method': 'POST', ':path': EXCHANGE, 'content-type': 'application/grpc', te: 'trailers'});
      stream.on('error', () => undefined);
      if (i % 2 === 0) stream.close(8);
      else setImmediate(() => stream.close(8));
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
    session.destroy();
  }
  await stillServed();
  // Room for new peers is there again.
  let served = false;
  while (!served) {
    const peer = raw(network.address);
    peer.stream.write(Buffer.from(encodeHelloFrame(HELLO)));
    await eventually(() => peer.received.length > 0 || peer.status !== undefined);
    served = peer.received[0] !== undefined && decodeFrame(peer.received[0]).kind === 'hello';
  }
});

test('metadata of 64 KiB and a thousand fields of it cost that stream only', async () => {
  const {network} = await start();
  const stillServed = await witness(network);
  for (const headers of [{'x-large': 'x'.repeat(65_536)}, Object.fromEntries(Array.from({length: 1000}, (_, i) => [`x-${i}`, 'y'.repeat(60)]))]) {
    const session = connectHttp2(`http://${network.address}`);
    let isOver = false;
    session.on('error', () => (isOver = true));
    session.on('close', () => (isOver = true));
    const stream = session.request({':method': 'POST', ':path': EXCHANGE, 'content-type': 'application/grpc', te: 'trailers', ...headers});
    stream.on('error', () => (isOver = true));
    stream.on('close', () => (isOver = true));
    stream.on('response', () => (isOver = true));
    // Whether it is refused or waits for a hello, the next peer is served meanwhile.
    await new Promise((resolve) => setTimeout(resolve, 50));
    await stillServed();
    session.destroy();
    await eventually(() => isOver);
  }
});

test('10,000 pings that nobody reads the answers of are not queued without end', async () => {
  const {network} = await start();
  const stillServed = await witness(network);
  const peer = raw(network.address);
  peer.stream.pause();
  peer.stream.write(Buffer.from(encodeHelloFrame(HELLO)));
  for (let i = 0; i < 10_000; i += 1) peer.stream.write(Buffer.from(encodePing(i)));
  await stillServed();
});
