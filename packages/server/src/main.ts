import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import type {Socket} from 'node:net';
import {LogError, StoreError, nullMetrics, utf8Encode} from '@murmuration/base';
import type {HttpHandler, HttpReply, HttpRequest, StorePort, LogPort} from '@murmuration/base';
import type {ClusterMapCache} from '@murmuration/control-client';
import {FabricError, createGrpcNetwork} from '@murmuration/fabric';
import type {FabricNetwork} from '@murmuration/fabric';
import {HttpEdgeError, listenHttp} from '@murmuration/http-edge';
import type {AdoptingHttpListener} from '@murmuration/http-edge';
import {openFileLog} from '@murmuration/log-file';
import {openRocksDbStore} from '@murmuration/store-rocksdb';
import {SystemError, osRandom, readSealedFile, systemClock, systemTimers, takeDataDirectory, watchEventLoopDelay, writeSealedFile} from '@murmuration/system';
import {EventFanOut, EventRing, LogSink, PrometheusMetrics} from '@murmuration/telemetry';
import {ServerError} from './errors.js';
import {encodeIdentity, nextIdentity} from './identity-file.js';
import {loadOptions, settingsFingerprint} from './load-options.js';
import {MurmurNode} from './murmur-node.js';
import {toNodeConfig} from './node-config.js';
import type {NodeConfig} from './node-config.js';
import {serveOptions} from './option-table.js';
import {ReroutedNetwork} from './rerouted-network.js';

/** Exit codes of `murmur serve`. */
const EXIT_OK = 0;
const EXIT_FAILED = 1;
const EXIT_USAGE = 2;
/** The log or the store failed: nothing more may be acknowledged by this process. */
const EXIT_STORAGE_FAILED = 74;

const SEALED_VERSION = 1;
const EVENTS_KEPT_MAX = 1_000;
const API_GRACE_MS = 5_000;
const ADMIN_GRACE_MS = 500;
const EVENT_LEVELS = ['error', 'warn', 'info', 'debug'] as const;

/** Everything that was opened, closed in reverse order. */
class Opened {
  readonly #closers: (() => Promise<unknown> | void)[] = [];
  add(closer: () => Promise<unknown> | void): void {
    this.#closers.push(closer);
  }
  async close(): Promise<void> {
    for (const closer of this.#closers.splice(0).reverse()) await closer();
  }
}

/**
 * Runs one process of a cluster until it is told to stop. Every failure is one line on standard error.
 * @param flags what follows `murmur serve`
 * @returns the exit code
 */
export async function runServer(flags: readonly string[]): Promise<number> {
  const opened = new Opened();
  try {
    return await serve(flags, opened);
  } catch (cause) {
    process.stderr.write(`murmur: ${explain(cause)}\n`);
    await opened.close().catch(() => undefined);
    return cause instanceof ServerError && cause.failure.code === 'BadSetting' ? EXIT_USAGE : EXIT_FAILED;
  }
}

async function serve(flags: readonly string[], opened: Opened): Promise<number> {
  const config = readConfig(flags);
  const {options} = config;
  const directory = await takeDataDirectory(options.dataDirectory);
  opened.add(() => directory.release());
  const identityPath = join(directory.path, 'identity');
  const stored = await readSealedFile(identityPath, SEALED_VERSION);
  const identity = nextIdentity(stored?.payload, config.clusterId, config.node, directory.path);
  await writeSealedFile(identityPath, {version: SEALED_VERSION, payload: encodeIdentity(identity)});

  const metrics = new PrometheusMetrics({processDefaults: true, labels: {node: config.node, az: config.az}});
  const ring = new EventRing({countMax: EVENTS_KEPT_MAX}, {clock: systemClock});
  const level = EVENT_LEVELS.find((candidate) => candidate === options.logLevel) ?? 'info';
  const lines = new LogSink(
    {level, node: config.node, ...(options.logFile === '' ? {} : {filePath: options.logFile})},
    {clock: systemClock},
  );
  const events = new EventFanOut([lines, ring]);
  const loopDelay = watchEventLoopDelay(metrics);
  opened.add(() => loopDelay.stop());

  const log: LogPort = await openFileLog(
    {directory: join(directory.path, 'log'), segmentSizeBytes: options.logSegmentBytes, freeBytesMin: options.diskFreeBytesMin},
    {clock: systemClock, events, metrics},
  );
  opened.add(() => log.close());
  const store: StorePort = await openRocksDbStore({directory: join(directory.path, 'store')}, {events, metrics});
  opened.add(() => store.close());
  const mapCache = await openMapCache(join(directory.path, 'cluster-map'));

  // Listeners are bound before the node exists, because it tells others their addresses; until then they refuse.
  const late: {node: MurmurNode | undefined} = {node: undefined};
  const network = await createGrpcNetwork(
    {
      listenAddress: `${options.host}:${options.fabricPort}`, self: config.node, clusterId: config.clusterId, incarnation: identity.incarnation,
      settingsFingerprint: settingsFingerprint(serveOptions, options), mapEpoch: () => late.node?.mapVersion ?? 0,
    },
    {clock: systemClock, timers: systemTimers, random: osRandom, events, metrics},
  );
  opened.add(() => network.close());

  const api = config.roles.includes('router')
    ? await listenHttp({host: options.host, port: options.apiPort}, lateHandler(() => late.node?.apiHandler), {clock: systemClock, events, metrics})
    : undefined;
  if (api !== undefined) opened.add(() => api.close(API_GRACE_MS));
  const admin = await listenHttp(
    {host: options.host, port: options.adminPort}, lateHandler(() => late.node?.adminHandler), {clock: systemClock, events, metrics: nullMetrics},
  );
  opened.add(() => admin.close(ADMIN_GRACE_MS));

  const reached = config.fabricVia.length === 0 ? network : new ReroutedNetwork(network, config.fabricVia);
  const stopping = new StopRequest();
  const node = new MurmurNode(
    config,
    {pid: process.pid, incarnation: identity.incarnation, diskId: 'unnamed'},
    {
      fabricAddress: advertised(options, network),
      apiAddress: api === undefined ? '' : advertisedPort(options, api),
      adminAddress: advertisedPort(options, admin),
    },
    {clock: systemClock, timers: systemTimers, random: osRandom, log, store, network: reached, events, metrics, mapCache: mapCache.cache},
    {
      onFatal: (error) => stopping.fail(error),
      onRefused: (reason) => stopping.refuse(reason),
      recentEvents: (after) => ring.since(after),
      renderMetrics: () => metrics.render(),
    },
  );
  late.node = node;
  adoptConnections({api, admin});
  await node.start();
  const failure = await stopping.wait();
  if (failure instanceof ServerError) {
    await node.stop();
    throw failure;
  }
  if (failure !== undefined) {
    process.stderr.write(`murmur: the storage of ${config.node} failed and it stops at once: ${explain(failure)}\n`);
    process.exit(EXIT_STORAGE_FAILED);
  }
  node.drain();
  // Requests under way are answered while leaderships are still here.
  await api?.close(API_GRACE_MS);
  await node.stop();
  await mapCache.settle();
  await opened.close();
  await lines.close();
  // The line to a supervising parent would keep the process alive.
  process.channel?.unref();
  return EXIT_OK;
}

function readConfig(flags: readonly string[]): NodeConfig {
  const at = flags.indexOf('--settings');
  let fileText: string | undefined;
  let rest = flags;
  const path = at < 0 ? process.env['MURMUR_SETTINGS'] : flags[at + 1];
  if (at >= 0) rest = [...flags.slice(0, at), ...flags.slice(at + 2)];
  if (path !== undefined) {
    try {
      fileText = readFileSync(path, 'utf8');
    } catch (cause) {
      throw new ServerError({code: 'BadSetting', setting: 'settings file', reason: `${path} cannot be read`}, {cause});
    }
  }
  return toNodeConfig(loadOptions(serveOptions, {flags: rest, environment: process.env, fileText}));
}

/** The first signal asks for an orderly stop, the second ends at once; so does the end of the parent that supervises. */
class StopRequest {
  #resolve: ((failure: Error | undefined) => void) | undefined;
  readonly #asked: Promise<Error | undefined>;
  #count = 0;
  constructor() {
    this.#asked = new Promise((resolve) => (this.#resolve = resolve));
    const onSignal = (): void => {
      this.#count += 1;
      if (this.#count > 1) process.exit(130);
      this.#resolve?.(undefined);
    };
    process.on('SIGTERM', onSignal);
    process.on('SIGINT', () => {
      // A Ctrl-C reaches the whole group: under a supervisor it is the supervisor that stops us.
      if (process.connected !== true) onSignal();
    });
    process.on('disconnect', onSignal);
  }
  fail(error: Error): void {
    this.#resolve?.(error);
  }
  refuse(reason: string): void {
    this.#resolve?.(new ServerError({code: 'StartFailed', reason: `the cluster does not accept this process: ${reason}`}));
  }
  wait(): Promise<Error | undefined> {
    return this.#asked;
  }
}

/** Connections of a public port that a supervising parent accepted and hands over. */
function adoptConnections(listeners: {readonly api: AdoptingHttpListener | undefined; readonly admin: AdoptingHttpListener}): void {
  process.on('message', (message: unknown, handle: unknown) => {
    if (typeof message !== 'object' || message === null || !('kind' in message) || message.kind !== 'connection') return;
    // The client may be gone by now; then there is no handle.
    if (handle === undefined || handle === null) return;
    const socket = handle as Socket;
    const listener = 'purpose' in message && message.purpose === 'admin' ? listeners.admin : listeners.api;
    if (listener === undefined) socket.destroy();
    else listener.adopt(socket);
  });
}

function lateHandler(find: () => HttpHandler | undefined): HttpHandler {
  let found: HttpHandler | undefined;
  return (request: HttpRequest, respond: (reply: HttpReply) => void) => {
    found ??= find();
    if (found !== undefined) found(request, respond);
    else respond({status: 503, headers: {'content-type': 'text/plain'}, body: utf8Encode('starting\n'), closeConnection: true});
  };
}

/** The cached map is written behind: only the newest matters, and a lost one costs a question to the control plane. */
async function openMapCache(path: string): Promise<{readonly cache: ClusterMapCache; readonly settle: () => Promise<void>}> {
  let loaded: Uint8Array | undefined;
  try {
    loaded = (await readSealedFile(path, SEALED_VERSION))?.payload;
  } catch (cause) {
    if (!(cause instanceof SystemError)) throw cause;
    loaded = undefined;
  }
  let next: Uint8Array | undefined;
  let writing: Promise<void> | undefined;
  const write = async (): Promise<void> => {
    while (next !== undefined) {
      const bytes = next;
      next = undefined;
      await writeSealedFile(path, {version: SEALED_VERSION, payload: bytes}).catch(() => undefined);
    }
    writing = undefined;
  };
  return {
    cache: {
      load: () => loaded,
      save: (bytes) => {
        next = bytes;
        writing ??= write();
      },
    },
    settle: async () => {
      await writing;
    },
  };
}

function advertised(options: NodeConfig['options'], network: FabricNetwork): string {
  return replaceHost(options, network.address);
}
function advertisedPort(options: NodeConfig['options'], listener: AdoptingHttpListener): string {
  return replaceHost(options, listener.address);
}
function replaceHost(options: NodeConfig['options'], address: string): string {
  return options.advertiseHost === '' ? address : `${options.advertiseHost}${address.slice(address.lastIndexOf(':'))}`;
}

/** One line for the operator: what happened, and what to do where that is known. */
function explain(cause: unknown): string {
  if (cause instanceof HttpEdgeError || cause instanceof FabricError) {
    const {failure} = cause;
    if (failure.code === 'AddressInUse') return `${failure.address} is in use by another process; stop it or choose another port`;
    return `${failure.address} cannot be listened on (${failure.code})`;
  }
  if (cause instanceof LogError && cause.failure.code === 'Corrupt') {
    const {file, offsetBytes, reason} = cause.failure;
    return `the log is damaged: ${file} at byte ${offsetBytes}: ${reason}. Nothing was changed. Keep this directory, leave the node stopped, and do not start it empty under the same name: the others go on without it`;
  }
  if (cause instanceof StoreError && cause.failure.code === 'Corrupt') return `the store is damaged: ${cause.failure.reason}. Nothing was changed`;
  return cause instanceof Error ? (cause.message.split('\n')[0] ?? cause.name) : String(cause);
}
