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
import {freeDiskReserve, nodeFileSystem, openFileLog} from '@murmuration/log-file';
import {startingReply} from '@murmuration/router';
import {openRocksDbStore} from '@murmuration/store-rocksdb';
import {createFunctionTargets, SystemError, osRandom, readSealedFile, setAside, systemClock, systemTimers, takeDataDirectory, watchEventLoopDelay, writeSealedFile} from '@murmuration/system';
import {EventFanOut, EventRing, LogSink, PrometheusMetrics} from '@murmuration/telemetry';
import {ServerError} from './errors.js';
import {encodeIdentity, letIn, nextIdentity, replacementOf} from './identity-file.js';
import type {DirectoryIdentity, ReplacedDisk} from './identity-file.js';
import {loadOptions, settingsFingerprint} from './load-options.js';
import {MurmurNode} from './murmur-node.js';
import {toNodeConfig} from './node-config.js';
import type {NodeConfig} from './node-config.js';
import {serveOptions} from './option-table.js';
import {emitStartGateEvent} from './start-gate/events.js';
import {GateKeeper} from './start-gate/gate-keeper.js';
import type {SmallFile} from './start-gate/gate-keeper.js';
import {createStartGateMetrics} from './start-gate/metrics.js';
import {StartGate} from './start-gate/start-gate.js';
import {ReroutedNetwork} from './rerouted-network.js';

/** Exit codes of `murmur serve`. */
const EXIT_OK = 0;
const EXIT_FAILED = 1;
const EXIT_USAGE = 2;
/** A failure that nobody foresaw: the process ends rather than going on with what it no longer understands. */
const EXIT_UNEXPECTED = 70;
/** The log or the store failed: nothing more may be acknowledged by this process. */
const EXIT_STORAGE_FAILED = 74;

const SEALED_VERSION = 1;
/** Where a control process remembers the disks and starts of all nodes. */
const IDENTITY_FILE = 'identity';
const START_MEMORY_FILE = 'start-memory';
const EVENTS_KEPT_MAX = 1_000;
const API_GRACE_MS = 5_000;
/** How long answers tell clients to leave before connections are closed. */
const LEAVE_NOTICE_MS = 200;
const LAST_LINES_MS = 200;
const ADMIN_GRACE_MS = 500;
const EVENT_LEVELS = ['error', 'warn', 'info', 'debug'] as const;

/** Everything that was opened, closed in reverse order. */
class Opened {
  readonly #closers: (() => Promise<unknown> | void)[] = [];
  add(closer: () => Promise<unknown> | void): void {
    this.#closers.push(closer);
  }
  /** Every one is closed, whatever the others do. @throws what the first one that failed threw */
  async close(): Promise<void> {
    const failures: unknown[] = [];
    for (const closer of this.#closers.splice(0).reverse()) {
      try {
        await closer();
      } catch (cause) {
        failures.push(cause);
      }
    }
    if (failures.length > 0) throw failures[0];
  }
}

/** The disk was refused and everything on it set aside: the process begins again with an empty one. */
class BeginAgain extends Error {
  override readonly name = 'BeginAgain';
  readonly replaced: ReplacedDisk;
  constructor(replaced: ReplacedDisk) {
    super('the data was set aside');
    this.replaced = replaced;
  }
}

/**
 * Runs one process of a cluster until it is told to stop. Every failure is one line on standard error.
 * @param flags what follows `murmur serve`
 * @returns the exit code
 */
export async function runServer(flags: readonly string[]): Promise<number> {
  const stopping = new StopRequest();
  endOnUnexpectedFailure();
  let replaced: ReplacedDisk | undefined;
  for (;;) {
    const opened = new Opened();
    try {
      return await serve(flags, opened, stopping, replaced);
    } catch (cause) {
      if (cause instanceof BeginAgain) {
        await opened.close();
        replaced = cause.replaced;
        continue;
      }
      process.stderr.write(`murmur: ${explain(cause)}\n`);
      await opened.close().catch(() => undefined);
      if (cause instanceof LogError && cause.failure.code === 'Poisoned') return EXIT_STORAGE_FAILED;
      return cause instanceof ServerError && cause.failure.code === 'BadSetting' ? EXIT_USAGE : EXIT_FAILED;
    }
  }
}

/** What nobody caught ends the process at once; a damaged or failing disk is told apart. */
function endOnUnexpectedFailure(): void {
  const end = (cause: unknown): void => {
    const isStorage = cause instanceof LogError || cause instanceof StoreError;
    process.stderr.write(`murmur: ${isStorage ? 'the storage failed and the process stops at once' : 'unexpected failure, the process stops at once'}: ${explain(cause)}\n`);
    if (!isStorage && cause instanceof Error && cause.stack !== undefined) process.stderr.write(`${cause.stack}\n`);
    process.exit(isStorage ? EXIT_STORAGE_FAILED : EXIT_UNEXPECTED);
  };
  process.on('uncaughtException', end);
  process.on('unhandledRejection', end);
}

async function serve(flags: readonly string[], opened: Opened, stopping: StopRequest, replaced: ReplacedDisk | undefined): Promise<number> {
  const config = readConfig(flags);
  const {options} = config;
  const logDirectory = join(options.dataDirectory, 'log');
  const directory = await withReserve(logDirectory, () => takeDataDirectory(options.dataDirectory));
  opened.add(() => directory.release());
  const identity = await withReserve(logDirectory, () => takeIdentity(config, directory.path, replaced));

  const metrics = new PrometheusMetrics({processDefaults: true, labels: {node: config.node, az: config.az}});
  const ring = new EventRing({countMax: EVENTS_KEPT_MAX}, {clock: systemClock});
  const level = EVENT_LEVELS.find((candidate) => candidate === options.logLevel) ?? 'info';
  const lines = new LogSink(
    {level, node: config.node, ...(options.logFile === '' ? {} : {filePath: options.logFile})},
    {clock: systemClock},
  );
  opened.add(() => lines.close());
  const events = new EventFanOut([lines, ring]);
  const loopDelay = watchEventLoopDelay(metrics);
  opened.add(() => loopDelay.stop());

  // Listeners are bound before the node exists, because it tells others their addresses; until then they refuse.
  const late: {node: MurmurNode | undefined; gate: StartGate | undefined} = {node: undefined, gate: undefined};
  const network = await createGrpcNetwork(
    {
      listenAddress: `${options.host}:${options.fabricPort}`, self: config.node, clusterId: config.clusterId, incarnation: identity.incarnation,
      settingsFingerprint: settingsFingerprint(serveOptions, options), mapEpoch: () => late.node?.mapVersion ?? 0,
    },
    {clock: systemClock, timers: systemTimers, random: osRandom, events, metrics},
  );
  opened.add(() => network.close());
  const reached = config.fabricVia.length === 0 ? network : new ReroutedNetwork(network, config.fabricVia);

  const api = config.roles.includes('router')
    ? await listenHttp({host: options.host, port: options.apiPort}, lateHandler(() => late.node?.apiHandler, () => late.node?.isDraining === true), {clock: systemClock, events, metrics})
    : undefined;
  if (api !== undefined) opened.add(() => api.close(API_GRACE_MS));
  const admin = await listenHttp(
    {host: options.host, port: options.adminPort},
    startingAdminHandler(() => late.node?.adminHandler, () => late.gate?.waitingFor ?? []),
    {clock: systemClock, events, metrics: nullMetrics},
  );
  opened.add(() => admin.close(ADMIN_GRACE_MS));
  opened.add(adoptConnections({api, admin}));

  const gateMetrics = createStartGateMetrics(metrics);
  const controlNodes = config.controlPeers.map((peer) => peer.node);
  const keeper = config.roles.includes('control')
    ? new GateKeeper(controlNodes, {network: reached, timers: systemTimers, random: osRandom, events, metrics: gateMetrics, memory: smallFile(join(directory.path, START_MEMORY_FILE))})
    : undefined;
  await keeper?.open();
  const gate = new StartGate(config.controlPeers, {network: reached, timers: systemTimers, random: osRandom, events, metrics: gateMetrics});
  late.gate = gate;
  opened.add(() => gate.stop());
  const verdict = await Promise.race([gate.pass({diskId: identity.diskId, ...identity.claim}, replaced !== undefined), stopping.wait().then(() => 'stopped' as const)]);
  if (verdict === 'stopped') {
    await keeper?.stop();
    await opened.close();
    process.channel?.unref();
    return EXIT_OK;
  }
  if (verdict.kind === 'refused') {
    await keeper?.stop();
    const path = await setAside(directory.path, [IDENTITY_FILE, 'log', 'store', 'cluster-map', START_MEMORY_FILE], String(identity.incarnation));
    emitStartGateEvent(events, {
      event: 'start-gate/data-set-aside', level: 'error', path,
      reason: `this disk says ${identity.diskId} start ${identity.claim.incarnation}, the cluster remembers ${verdict.known.diskId} start ${verdict.known.incarnation}: it is lost or an older copy, and the node comes back empty`,
    });
    throw new BeginAgain(replacementOf(verdict.known, identity));
  }
  await withReserve(logDirectory, () => saveIdentity(directory.path, letIn(identity)));

  const log: LogPort = await openFileLog(
    {
      directory: join(directory.path, 'log'), segmentSizeBytes: options.logSegmentBytes, freeBytesMin: options.diskFreeBytesMin,
      reserveBytes: options.diskReserveBytes,
    },
    {clock: systemClock, events, metrics},
  );
  opened.add(() => log.close());
  const store: StorePort = await openRocksDbStore({directory: join(directory.path, 'store')}, {events, metrics});
  opened.add(() => store.close());
  const mapCache = await openMapCache(join(directory.path, 'cluster-map'));

  const node = new MurmurNode(
    config,
    {pid: process.pid, incarnation: identity.incarnation, diskId: identity.diskId, isReplacement: identity.isReplacement},
    {
      fabricAddress: advertised(options, network),
      apiAddress: api === undefined ? '' : advertisedPort(options, api),
      adminAddress: advertisedPort(options, admin),
    },
    {clock: systemClock, timers: systemTimers, random: osRandom, log, store, network: reached, events, metrics, mapCache: mapCache.cache, functions: createFunctionTargets(options.functionDirectory)},
    {
      onFatal: (error) => endOnStorageFailure(config.node, error, lines),
      onRefused: (reason) => stopping.refuse(reason),
      recentEvents: (after) => ring.since(after),
      renderMetrics: () => metrics.render(),
    },
  );
  late.node = node;
  const isStarted = await Promise.race([node.start().then(() => true), stopping.wait().then(() => false)]);
  // A start may wait for room on the disk, for as long as it takes. Ending in the middle of one is what a kill does: the
  // next start finds everything as it was.
  if (!isStarted) process.exit((await stopping.wait()) === undefined ? EXIT_OK : EXIT_FAILED);
  const failure = await stopping.wait();
  if (failure !== undefined) {
    await node.stop();
    throw failure;
  }
  node.drain();
  // Balancers in front need to see that this process is not ready before it stops taking connections, and clients with a
  // connection need an answer that tells them to leave it: cut while idle, it may be cut under a request on its way.
  await new Promise<void>((resolve) => systemTimers.after(Math.max(options.drainDelayMs, LEAVE_NOTICE_MS), resolve));
  // Requests under way are answered while leaderships are still here.
  await api?.close(API_GRACE_MS);
  try {
    await node.stop();
  } catch (cause) {
    if (!(cause instanceof LogError || cause instanceof StoreError)) throw cause;
    // Everything acknowledged is in the log: the next start applies again what the store could not take.
    endOnStorageFailure(config.node, cause, lines);
    return EXIT_STORAGE_FAILED;
  }
  await keeper?.stop();
  await mapCache.settle();
  await opened.close();
  // The line to a supervising parent would keep the process alive.
  process.channel?.unref();
  return EXIT_OK;
}

/**
 * Whatever the process was doing, a start included, ends here: the Raft host has stopped already, so no answer and no
 * message leaves any more. The log lines that say why get a moment to be written.
 */
function endOnStorageFailure(node: string, error: Error, lines: LogSink): void {
  process.stderr.write(`murmur: the storage of ${node} failed and it stops at once: ${explain(error)}\n`);
  const end = (): never => process.exit(EXIT_STORAGE_FAILED);
  systemTimers.after(LAST_LINES_MS, end);
  lines.close().then(end, end);
}

/** The identity of this start, durable before anything of it is told to anyone. */
async function takeIdentity(config: NodeConfig, directory: string, replaced: ReplacedDisk | undefined): Promise<DirectoryIdentity> {
  const stored = await readSealedFile(join(directory, IDENTITY_FILE), SEALED_VERSION);
  const owner = {clusterId: config.clusterId, node: config.node, directory};
  const identity = nextIdentity(stored?.payload, owner, {diskId: drawDiskId, life: () => osRandom.uint32()}, replaced, config.controlReplaces !== undefined);
  await saveIdentity(directory, identity);
  return identity;
}
function saveIdentity(directory: string, identity: DirectoryIdentity): Promise<void> {
  return writeSealedFile(join(directory, IDENTITY_FILE), {version: SEALED_VERSION, payload: encodeIdentity(identity)});
}
function drawDiskId(): string {
  return Array.from({length: 4}, () => osRandom.uint32().toString(16).padStart(8, '0')).join('');
}

/** A start writes a little before the log is open: on a full disk the log's reserve makes room for that. */
async function withReserve<Value>(logDirectory: string, action: () => Promise<Value>): Promise<Value> {
  try {
    return await action();
  } catch (cause) {
    if (!(cause instanceof SystemError) || cause.failure.code !== 'DiskFull' || !freeDiskReserve(nodeFileSystem(logDirectory))) throw cause;
    return action();
  }
}

function smallFile(path: string): SmallFile {
  return {
    load: async () => {
      try {
        return (await readSealedFile(path, SEALED_VERSION))?.payload;
      } catch (cause) {
        // Damaged is as good as gone: the others are asked.
        if (cause instanceof SystemError && cause.failure.code === 'Corrupt') return undefined;
        throw cause;
      }
    },
    save: (payload) => writeSealedFile(path, {version: SEALED_VERSION, payload}),
  };
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
  #resolve: ((refusal: ServerError | undefined) => void) | undefined;
  readonly #asked: Promise<ServerError | undefined>;
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
  refuse(reason: string): void {
    this.#resolve?.(new ServerError({code: 'StartFailed', reason: `the cluster does not accept this process: ${reason}`}));
  }
  wait(): Promise<ServerError | undefined> {
    return this.#asked;
  }
}

/** Connections of a public port that a supervising parent accepted and hands over. @returns what ends it */
function adoptConnections(listeners: {readonly api: AdoptingHttpListener | undefined; readonly admin: AdoptingHttpListener}): () => void {
  const onMessage = (message: unknown, handle: unknown): void => {
    if (typeof message !== 'object' || message === null || !('kind' in message) || message.kind !== 'connection') return;
    // The client may be gone by now; then there is no handle.
    if (handle === undefined || handle === null) return;
    const socket = handle as Socket;
    const listener = 'purpose' in message && message.purpose === 'admin' ? listeners.admin : listeners.api;
    if (listener === undefined) socket.destroy();
    else listener.adopt(socket);
  };
  process.on('message', onMessage);
  return () => {
    process.off('message', onMessage);
  };
}

/** @param isEnding from then on each answer tells its client to come by another connection, which leads to another process */
function lateHandler(find: () => HttpHandler | undefined, isEnding: () => boolean): HttpHandler {
  let found: HttpHandler | undefined;
  return (request: HttpRequest, respond: (reply: HttpReply) => void) => {
    found ??= find();
    if (found !== undefined) found(request, (reply) => respond(isEnding() ? {...reply, closeConnection: true} : reply));
    else respond(startingReply());
  };
}

/** While the process waits to be let in: alive, not ready, and whoever asks learns whom it waits for. */
function startingAdminHandler(find: () => HttpHandler | undefined, waitingFor: () => readonly string[]): HttpHandler {
  return (request: HttpRequest, respond: (reply: HttpReply) => void) => {
    const found = find();
    if (found !== undefined) return found(request, respond);
    const isLiveness = request.target === '/health/live';
    const names = waitingFor();
    const body = isLiveness ? 'live\n' : names.length === 0 ? 'starting\n' : `starting: waiting for a majority of the control processes; no answer yet from ${names.join(', ')}\n`;
    respond({status: isLiveness ? 200 : 503, headers: {'content-type': 'text/plain'}, body: utf8Encode(body), closeConnection: true});
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
    return `the log is damaged: ${file} at byte ${offsetBytes}: ${reason}. Nothing was changed. Move the directory away and keep it: started without it, the node comes back empty under new replica ids and is filled by the others`;
  }
  if (cause instanceof StoreError && cause.failure.code === 'Corrupt') return `the store is damaged: ${cause.failure.reason}. Nothing was changed`;
  if (!(cause instanceof Error)) return String(cause);
  const line = cause.message.split('\n')[0] ?? cause.name;
  return cause.cause instanceof Error ? `${line}: ${explain(cause.cause)}` : line;
}
