/** The gRPC transport keeps the contract on loopback sockets, and withstands peers that do not speak our frames. */
import {Client, credentials, Server, ServerCredentials} from '@grpc/grpc-js';
import type {ClientDuplexStream, ServerDuplexStream} from '@grpc/grpc-js';
import type {NodeId} from '@murmuration/base';
import {nullMetrics, SERVICE_PARTITION, SeededRandom, utf8Encode} from '@murmuration/base';
import {RecordingEvents} from '@murmuration/base/testing';
import {connect, createServer} from 'node:net';
import type {AddressInfo, Server as TcpServer, Socket} from 'node:net';
import type {NetworkOptions} from './fabric-context.js';
import type {FabricNetwork} from './fabric-network.js';
import {decodeFrame, encodeCalls, callSizeBytes, encodeHelloFrame, encodePing, encodePosts} from './frame.js';
import {createGrpcNetwork} from './grpc-network.js';
import {PROTOCOL_VERSION} from './hello.js';
import {A, ask, B, describeNetwork, eventually, realTime} from './network.contract.js';
import type {World} from './network.contract.js';
import {fabricService} from './service-definition.js';

/** A TCP relay between one dialler and one listener, which can break and corrupt. */
class Relay {
  target: string;
  readonly #server: TcpServer;
  readonly #sockets = new Set<Socket>();
  #marker: Uint8Array | undefined;
  constructor(target: string) {
    this.target = target;
    this.#server = createServer((near) => this.#relay(near));
  }
  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }
  corruptNext(marker: Uint8Array): void {
    this.#marker = marker;
  }
  breakAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
  async close(): Promise<void> {
    this.breakAll();
    await new Promise((resolve) => this.#server.close(resolve));
  }
  #relay(near: Socket): void {
    const [host, port] = this.target.split(':');
    const far = connect(Number(port), host ?? '');
    const pairs = [[near, far], [far, near]] as const;
    for (const [from, to] of pairs) {
      this.#sockets.add(from);
      from.setNoDelay(true);
      from.on('data', (bytes) => {
        const at = from === near && this.#marker !== undefined ? bytes.indexOf(this.#marker) : -1;
        if (at >= 0) {
          this.#marker = undefined;
          bytes[at] = (bytes[at] as number) ^ 1;
        }
        to.write(bytes);
      });
      from.on('end', () => to.end());
      from.on('error', () => to.destroy());
      from.on('close', () => {
        this.#sockets.delete(from);
        to.destroy();
      });
    }
  }
}

function grpcWorld(): World {
  const relays = new Map<string, Relay>();
  const opening: Promise<unknown>[] = [];
  const relayOf = (from: NodeId, to: NodeId): Relay | undefined => relays.get(`${from}>${to}`);
  return {
    start: (options, ports) => createGrpcNetwork({...options, listenAddress: '127.0.0.1:0'}, ports),
    introduce: (from, to) => {
      const known = relayOf(from.self, to.self);
      if (known !== undefined) {
        known.target = to.address;
        return;
      }
      const relay = new Relay(to.address);
      relays.set(`${from.self}>${to.self}`, relay);
      opening.push(relay.listen().then((address) => from.setPeer({node: to.self, address})));
    },
    breakConnections: (a, b) => {
      relayOf(a.self, b.self)?.breakAll();
      relayOf(b.self, a.self)?.breakAll();
    },
    corruptNext: (from, to, marker) => relayOf(from.self, to.self)?.corruptNext(marker),
    close: async () => {
      await Promise.all(opening);
      await Promise.all([...relays.values()].map((relay) => relay.close()));
    },
  };
}

describeNetwork('NetworkPort over gRPC', grpcWorld);

describe('gRPC, its own matters', () => {
  const open: {close: () => unknown}[] = [];
  afterEach(async () => {
    for (const one of open.splice(0).reverse()) await one.close();
  });

  async function start(self: NodeId, options: Partial<NetworkOptions> & {listenAddress?: string} = {}): Promise<{network: FabricNetwork; events: RecordingEvents}> {
    const events = new RecordingEvents();
    const network = await createGrpcNetwork(
      {self, clusterId: 'c', incarnation: 1, settingsFingerprint: 's', listenAddress: '127.0.0.1:0', ...options},
      {...realTime, random: new SeededRandom(5), events, metrics: nullMetrics},
    );
    open.push(network);
    return {network, events};
  }

  const hello = encodeHelloFrame({protocolVersion: PROTOCOL_VERSION, clusterId: 'c', node: B, incarnation: 1, mapEpoch: 0, settingsFingerprint: 's'});

  /** A peer that writes whatever it is told to. */
  function rawStream(address: string, method = 'Exchange'): {stream: ClientDuplexStream<Buffer, Buffer>; received: Buffer[]; isOver: () => boolean} {
    const client = new Client(address, credentials.createInsecure(), {'grpc.use_local_subchannel_pool': 1});
    open.push(client);
    const stream = client.makeBidiStreamRequest<Buffer, Buffer>(`/murmuration.fabric.v1.Fabric/${method}`, (bytes) => bytes, (bytes) => bytes);
    const received: Buffer[] = [];
    let isOver = false;
    stream.on('data', (bytes: Buffer) => received.push(bytes));
    stream.on('error', () => (isOver = true));
    stream.on('status', () => (isOver = true));
    return {stream, received, isOver: () => isOver};
  }

  test('an address in use is told as such, a bad one as not to be listened on', async () => {
    const {network} = await start(A);
    await expect(start(B, {listenAddress: network.address})).rejects.toMatchObject({failure: {code: 'AddressInUse', address: network.address}});
    await expect(start(B, {listenAddress: '192.0.2.1:0'})).rejects.toMatchObject({failure: {code: 'ListenFailed'}});
  });

  test('bytes that are no frame close their stream with an event, and disturb nobody else', async () => {
    const {network, events} = await start(A);
    const good = rawStream(network.address);
    good.stream.write(Buffer.from(hello));
    await eventually(() => good.received.length === 1);
    const call = Buffer.from(encodeCalls([{id: 1, service: 1, remainingMs: 1_000, payload: new Uint8Array(20)}], callSizeBytes(1, new Uint8Array(20))));
    const flipped = Buffer.from(call);
    flipped[20] = (flipped[20] as number) ^ 4;
    const hostile = [Buffer.alloc(0), Buffer.from('GET / HTTP/1.1'), Buffer.alloc(100_000, 0xff), call.subarray(0, 12), flipped, call, Buffer.from(encodePing(1))];
    for (const bytes of hostile) {
      const raw = rawStream(network.address);
      raw.stream.write(bytes);
      await eventually(raw.isOver);
    }
    expect(events.named('fabric/frame-corrupt')).toHaveLength(hostile.length);
    good.stream.write(Buffer.from(encodePing(42)));
    await eventually(() => good.received.length === 2);
    expect(decodeFrame(good.received[1] as Buffer)).toEqual({kind: 'pong', token: 42});
  });

  test('frames of the wrong kind or on the wrong stream close it', async () => {
    const {network, events} = await start(A);
    const post = Buffer.from(encodePosts([new Uint8Array(3)], 4));
    const second = rawStream(network.address);
    second.stream.write(Buffer.from(hello));
    second.stream.write(Buffer.from(hello));
    await eventually(second.isOver);
    const misplaced = rawStream(network.address);
    misplaced.stream.write(Buffer.from(hello));
    misplaced.stream.write(post);
    await eventually(misplaced.isOver);
    expect(events.named('fabric/frame-corrupt').map((event) => event['reason'])).toEqual([
      'hello on a stream that the peer dialled', 'posts on the requests stream',
    ]);
  });

  test('a message above the bound is not taken in', async () => {
    const {network} = await start(A, {limits: {messageBytesMax: 100_000, messageBytesTarget: 100_000}});
    const raw = rawStream(network.address);
    raw.stream.write(Buffer.from(hello));
    await eventually(() => raw.received.length === 1);
    raw.stream.write(Buffer.alloc(200_000));
    await eventually(raw.isOver);
    expect(raw.received).toHaveLength(1);
  });

  test('a stream beyond the bound is refused with its reason', async () => {
    const {network} = await start(A, {limits: {incomingStreamsMax: 2}});
    const streams = [rawStream(network.address), rawStream(network.address, 'Raft')];
    for (const one of streams) one.stream.write(Buffer.from(hello));
    await eventually(() => streams.every((one) => one.received.length === 1));
    const third = rawStream(network.address);
    third.stream.write(Buffer.from(hello));
    await eventually(third.isOver);
    expect(decodeFrame(third.received[0] as Buffer)).toMatchObject({kind: 'refusal', refusal: {reason: 'too-many-streams'}});
  });

  test('a stream that never says hello is closed', async () => {
    const {network} = await start(A, {limits: {pingPeriodMs: 10}});
    const raw = rawStream(network.address);
    await eventually(raw.isOver);
    expect(raw.received).toHaveLength(0);
  });

  test('a listener that answers with garbage costs its own link only', async () => {
    const server = new Server();
    const answer = (stream: ServerDuplexStream<Buffer, Buffer>): void => {
      stream.on('data', () => stream.write(Buffer.from('garbage')));
      stream.on('end', () => stream.end());
      stream.on('error', () => undefined);
    };
    server.addService(fabricService(), {Exchange: answer, Raft: answer});
    const port = await new Promise<number>((resolve, reject) =>
      server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => (error === null ? resolve(bound) : reject(error))));
    open.push({close: () => server.forceShutdown()});
    const {network, events} = await start(A);
    network.setPeer({node: B, address: `127.0.0.1:${port}`});
    await eventually(() => events.named('fabric/frame-corrupt').length > 0);
    expect(network.isConnected(B)).toBe(false);
    network.onCall(SERVICE_PARTITION, (_from, payload, _deadlineMs, reply) => reply(payload));
    expect((await ask(network, A, utf8Encode('still here'))).ok).toBe(true);
  });
});
