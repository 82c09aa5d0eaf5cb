import type {ClientDuplexStream, ChannelCredentials, ChannelOptions, ServerCredentials, ServerDuplexStream} from '@grpc/grpc-js';
import {Client, logVerbosity, Server, setLogVerbosity} from '@grpc/grpc-js';
import type {TimerHandle, Timers} from '@murmuration/base';
import {createServer} from 'node:net';
import {FabricError} from './errors.js';
import type {AcceptStream, FrameConnection, FrameStream, FrameStreamHandler, FrameTransport, Purpose} from './frame-stream.js';
import {fabricService} from './service-definition.js';

export interface GrpcTransportOptions {
  /** `host:port`; port 0 takes a free one. */
  readonly listenAddress: string;
  readonly serverCredentials: ServerCredentials;
  readonly channelCredentials: ChannelCredentials;
  readonly messageBytesMax: number;
  readonly closeGraceMs: number;
}

/** What one stream may have on its way before the sender waits: enough for 100 MB/s at 10 ms. */
const FLOW_CONTROL_WINDOW_BYTES = 1024 * 1024;
const METHOD_PATH: Readonly<Record<Purpose, string>> = {
  requests: '/murmuration.fabric.v1.Fabric/Exchange',
  raft: '/murmuration.fabric.v1.Fabric/Raft',
};

type ServerStream = ServerDuplexStream<Buffer, Buffer>;
type ClientStream = ClientDuplexStream<Buffer, Buffer>;

/** Starts the gRPC server and gives the transport. @throws FabricError */
export async function listenGrpc(options: GrpcTransportOptions, timers: Timers, accept: AcceptStream): Promise<FrameTransport> {
  // What matters of it reaches us as an error or a closed stream; its own lines would stand between our structured ones.
  setLogVerbosity(logVerbosity.NONE);
  const server = new Server(channelOptions(options.messageBytesMax));
  const onStream = (purpose: Purpose) => (call: ServerStream) => {
    const stream = new ServerFrameStream(call);
    stream.attach(accept(purpose, stream));
  };
  server.addService(fabricService(), {Exchange: onStream('requests'), Raft: onStream('raft')});
  const host = options.listenAddress.slice(0, options.listenAddress.lastIndexOf(':'));
  const port = await bind(server, options);
  return {
    address: `${host}:${port}`,
    dial: (address) => new GrpcConnection(address, options, timers),
    close: () => closeServer(server, timers, options.closeGraceMs),
  };
}

function channelOptions(messageBytesMax: number): ChannelOptions {
  return {
    'grpc.max_receive_message_length': messageBytesMax,
    'grpc.max_send_message_length': messageBytesMax,
    'grpc-node.flow_control_window': FLOW_CONTROL_WINDOW_BYTES,
    'grpc.max_concurrent_streams': 64,
    // Nodes reach each other directly, whatever the environment says.
    'grpc.enable_http_proxy': 0,
    'grpc.service_config_disable_resolution': 1,
    // A retry below us would send twice what we promise to send once, and it keeps copies.
    'grpc.enable_retries': 0,
    // Each connection is its own: reconnecting is decided by the link, with its own wait.
    'grpc.use_local_subchannel_pool': 1,
    'grpc.enable_channelz': 0,
  };
}

async function bind(server: Server, options: GrpcTransportOptions): Promise<number> {
  try {
    return await new Promise<number>((resolve, reject) => {
      server.bindAsync(options.listenAddress, options.serverCredentials, (error, port) => {
        if (error === null) resolve(port);
        else reject(error);
      });
    });
  } catch (cause) {
    server.forceShutdown();
    throw await explainBindFailure(options.listenAddress, cause);
  }
}

/** grpc-js tells a bind failure as text only, so the address is tried once more with a plain socket to get its code. */
async function explainBindFailure(address: string, cause: unknown): Promise<FabricError> {
  const colonAt = address.lastIndexOf(':');
  const code = await new Promise<string>((resolve) => {
    const probe = createServer();
    probe.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'unknown'));
    const port = Number(address.slice(colonAt + 1));
    if (!Number.isInteger(port) || port < 0 || port > 65_535) return resolve('bad port');
    probe.listen({port, host: address.slice(0, colonAt).replace(/^\[|\]$/g, '')}, () => probe.close(() => resolve('unknown')));
  });
  if (code === 'EADDRINUSE') return new FabricError({code: 'AddressInUse', address}, {cause});
  return new FabricError({code: 'ListenFailed', address, reason: code}, {cause});
}

async function closeServer(server: Server, timers: Timers, graceMs: number): Promise<void> {
  let force: TimerHandle | undefined;
  await new Promise<void>((resolve) => {
    force = timers.after(graceMs, () => {
      server.forceShutdown();
      resolve();
    });
    server.tryShutdown(() => resolve());
  });
  force?.cancel();
}

/** Our end of a stream that a peer opened. */
class ServerFrameStream implements FrameStream {
  readonly #call: ServerStream;
  #handler: FrameStreamHandler | undefined;
  constructor(call: ServerStream) {
    this.#call = call;
  }
  attach(handler: FrameStreamHandler): void {
    this.#handler = handler;
    this.#call.on('data', (message: Buffer) => this.#handler?.onFrame(plainBytes(message)));
    this.#call.on('drain', () => this.#handler?.onWritable());
    this.#call.on('end', () => {
      this.#closed('ended by the peer');
      this.#call.end();
    });
    this.#call.on('error', (error: Error) => this.#closed(error.message));
    this.#call.on('cancelled', () => this.#closed('connection broke'));
  }
  write(message: Uint8Array, onWritten: () => void): boolean {
    if (!isOpen(this.#call)) return false;
    return this.#call.write(toBuffer(message), (error?: Error | null) => {
      if (error === undefined || error === null) onWritten();
    });
  }
  pause(): void {
    this.#call.pause();
  }
  resume(): void {
    this.#call.resume();
  }
  close(): void {
    this.#handler = undefined;
    this.#call.resume();
    this.#call.end();
  }
  #closed(reason: string): void {
    const handler = this.#handler;
    this.#handler = undefined;
    handler?.onClosed(reason);
  }
}

/** One HTTP/2 connection that we opened. */
class GrpcConnection implements FrameConnection {
  readonly #client: Client;
  readonly #timers: Timers;
  readonly #graceMs: number;
  constructor(address: string, options: GrpcTransportOptions, timers: Timers) {
    this.#client = new Client(`dns:${address}`, options.channelCredentials, channelOptions(options.messageBytesMax));
    this.#timers = timers;
    this.#graceMs = options.closeGraceMs;
  }
  open(purpose: Purpose, handler: FrameStreamHandler): FrameStream {
    const call: ClientStream = this.#client.makeBidiStreamRequest<Buffer, Buffer>(METHOD_PATH[purpose], (message) => message, (message) => message);
    return new ClientFrameStream(call, handler, this.#timers, this.#graceMs);
  }
  close(): void {
    this.#client.close();
  }
}

/** Our end of a stream that we opened. */
class ClientFrameStream implements FrameStream {
  readonly #call: ClientStream;
  readonly #timers: Timers;
  readonly #graceMs: number;
  #handler: FrameStreamHandler | undefined;
  #cutTimer: TimerHandle | undefined;
  #isOver = false;
  constructor(call: ClientStream, handler: FrameStreamHandler, timers: Timers, graceMs: number) {
    this.#call = call;
    this.#handler = handler;
    this.#timers = timers;
    this.#graceMs = graceMs;
    call.on('data', (message: Buffer) => this.#handler?.onFrame(plainBytes(message)));
    call.on('drain', () => this.#handler?.onWritable());
    call.on('error', (error: Error) => this.#over(error.message));
    call.on('end', () => this.#over('ended by the peer'));
    call.on('status', () => this.#over('ended by the peer'));
  }
  write(message: Uint8Array, onWritten: () => void): boolean {
    if (this.#isOver || !isOpen(this.#call)) return false;
    return this.#call.write(toBuffer(message), (error?: Error | null) => {
      if (error === undefined || error === null) onWritten();
    });
  }
  pause(): void {
    this.#call.pause();
  }
  resume(): void {
    this.#call.resume();
  }
  close(): void {
    this.#handler = undefined;
    if (this.#isOver || this.#cutTimer !== undefined) return;
    this.#call.resume();
    this.#call.end();
    this.#cutTimer = this.#timers.after(this.#graceMs, () => this.#call.cancel());
  }
  #over(reason: string): void {
    this.#isOver = true;
    this.#cutTimer?.cancel();
    const handler = this.#handler;
    this.#handler = undefined;
    handler?.onClosed(reason);
  }
}

function isOpen(stream: {readonly writableEnded: boolean; readonly destroyed: boolean}): boolean {
  return !stream.writableEnded && !stream.destroyed;
}

/** A view without Buffer's own meaning of `slice`, which shares memory where Uint8Array copies. */
function plainBytes(message: Buffer): Uint8Array {
  return new Uint8Array(message.buffer, message.byteOffset, message.byteLength);
}

function toBuffer(message: Uint8Array): Buffer {
  return Buffer.isBuffer(message) ? message : Buffer.from(message.buffer, message.byteOffset, message.byteLength);
}
