import {assert, nullMetrics, utf8Decode, utf8Encode} from '@murmuration/base';
import type {Clock, HttpHandler, HttpReply} from '@murmuration/base';
import type {FabricNetwork, LocalFabric} from '@murmuration/fabric';
import {listenHttp} from '@murmuration/http-edge';
import type {AdoptingHttpListener} from '@murmuration/http-edge';
import {createMemoryLog} from '@murmuration/log-memory';
import type {MemoryLog} from '@murmuration/log-memory';
import {MurmurNode, serveOptions, settingsFingerprint} from '@murmuration/server';
import type {NodeConfig, NodeTuning} from '@murmuration/server';
import {MemoryStore} from '@murmuration/store-memory';
import {createFunctionTargets, osRandom, systemClock, systemTimers} from '@murmuration/system';
import {EventRing, PrometheusMetrics} from '@murmuration/telemetry';
import {TestClusterError} from './errors.js';
import {MortalTimers} from './mortal-timers.js';
import type {Throttler} from './throttler.js';

const EVENTS_KEPT_MAX = 1_000;
const API_GRACE_MS = 1_000;
const JSON_HEADERS = {'content-type': 'application/x-amz-json-1.0'} as const;

/** One life of a node, from a start to a stop or a kill. */
interface Life {
  readonly node: MurmurNode;
  readonly log: MemoryLog;
  readonly store: MemoryStore;
  readonly network: FabricNetwork;
  readonly timers: MortalTimers;
  readonly api: AdoptingHttpListener;
  readonly open: Set<(reply: HttpReply) => void>;
}

/** A node of an in-process cluster: what would be one process, with what outlives its death. */
export class TestNode {
  readonly id: string;
  readonly #config: NodeConfig;
  readonly #fabric: LocalFabric;
  readonly #onFailed: (error: TestClusterError) => void;
  readonly #clock: Clock;
  readonly #throttler: Throttler;
  readonly #tuning: NodeTuning;
  readonly #events = new EventRing({countMax: EVENTS_KEPT_MAX}, {clock: systemClock});
  #metrics = new PrometheusMetrics({processDefaults: false});
  #log: MemoryLog | undefined;
  #store: MemoryStore | undefined;
  #mapBytes: Uint8Array | undefined;
  #apiAddress = '';
  #incarnation = 0;
  #diskCount = 1;
  #life: Life | undefined;

  constructor(
    config: NodeConfig, fabric: LocalFabric, surroundings: {readonly clock: Clock; readonly throttler: Throttler; readonly tuning: NodeTuning}, onFailed: (error: TestClusterError) => void,
  ) {
    this.#clock = surroundings.clock;
    this.#throttler = surroundings.throttler;
    this.#tuning = surroundings.tuning;
    this.id = config.node;
    this.#config = config;
    this.#fabric = fabric;
    this.#onFailed = onFailed;
  }

  get isRunning(): boolean {
    return this.#life !== undefined;
  }
  isReady(): boolean {
    return this.#life?.node.isReady() === true;
  }
  /** Stays the same over restarts. */
  get endpoint(): string {
    return `http://${this.#apiAddress}`;
  }
  /** The log of the present life, whose syncs can be held back. */
  get log(): MemoryLog {
    assert(this.#life !== undefined, 'a node that is down has no log', {node: this.id});
    return this.#life.log;
  }

  async start(): Promise<void> {
    if (this.#life !== undefined) throw new TestClusterError({code: 'WrongState', node: this.id, reason: 'runs already'});
    this.#incarnation += 1;
    const timers = new MortalTimers(systemTimers);
    const metrics = new PrometheusMetrics({processDefaults: false});
    this.#metrics = metrics;
    const shared = {clock: this.#clock, timers, random: osRandom, events: this.#events, metrics};
    const log = this.#log ?? createMemoryLog();
    const store = this.#store ?? new MemoryStore();
    const network = this.#fabric.createNetwork(
      {
        self: this.#config.node, clusterId: this.#config.clusterId, incarnation: this.#incarnation,
        settingsFingerprint: settingsFingerprint(serveOptions, this.#config.options),
      },
      // Its own end needs turns of the event loop, and is told apart by `LocalFabric.crash`.
      {...shared, timers: systemTimers},
    );
    const open = new Set<(reply: HttpReply) => void>();
    const api = await listenHttp(
      {host: '127.0.0.1', port: this.#apiAddress === '' ? 0 : portOf(this.#apiAddress)},
      (request, respond) => this.handle(request, respond),
      {clock: systemClock, events: this.#events, metrics: nullMetrics},
    );
    this.#apiAddress = api.address;
    const node = new MurmurNode(
      this.#config,
      {pid: 0, incarnation: this.#incarnation, diskId: `memory-${this.#diskCount}`, isReplacement: this.#diskCount > 1},
      {fabricAddress: this.id, apiAddress: api.address, adminAddress: ''},
      {
        ...shared, log, store, network, functions: createFunctionTargets(this.#config.options.functionDirectory),
        mapCache: {
          load: () => this.#mapBytes,
          save: (bytes) => {
            if (this.#life?.node === node) this.#mapBytes = bytes;
          },
        },
      },
      {
        onRefused: () => undefined,
        onFatal: (error) => {
          // A killed node trips over its closed ports; nobody is there to mind.
          if (this.#life?.node === node) this.#onFailed(new TestClusterError({code: 'NodeFailed', node: this.id, reason: error.message}, {cause: error}));
        },
        recentEvents: (after) => this.#events.since(after),
        renderMetrics: () => metrics.render(),
      },
      // All nodes stand on one event loop: its lateness is nobody's.
      {allowsDropAll: true, tuning: {...this.#tuning, raftHost: {isLoopShared: true, ...this.#tuning.raftHost}}},
    );
    this.#life = {node, log, store, network, timers, api, open};
    await node.start();
  }

  /** @returns the version of the map without tables */
  dropAllTables(): Promise<number> {
    const life = this.#life;
    if (life === undefined) throw new TestClusterError({code: 'WrongState', node: this.id, reason: 'is down and cannot drop tables'});
    return life.node.dropAllTables();
  }

  /** Resolves once this node goes by the map of `version` or a newer one; at once when it is down. */
  async sawMap(version: number): Promise<void> {
    const life = this.#life;
    if (life === undefined || life.node.mapVersion >= version) return;
    await new Promise<void>((resolve) => {
      life.node.onMapChange((seen) => {
        if (seen >= version) resolve();
      });
    });
  }

  /** Answers at once with 503 while the node is down, as a connection to it would break. */
  readonly handle: HttpHandler = (request, respond) => {
    const life = this.#life;
    const handler = life?.node.apiHandler;
    if (life === undefined || handler === undefined) {
      respond(unavailable());
      return;
    }
    const refusal = this.#throttler.refuse(request);
    if (refusal !== undefined) {
      respond(refusal);
      return;
    }
    life.open.add(respond);
    handler(request, (reply) => {
      if (life.open.delete(respond)) respond(reply);
    });
  };

  /** What was on the disk is gone: the next start is on an empty one. */
  loseDisk(): void {
    if (this.#life !== undefined) throw new TestClusterError({code: 'WrongState', node: this.id, reason: 'runs and cannot lose its disk'});
    this.#log = undefined;
    this.#store = undefined;
    this.#mapBytes = undefined;
    this.#diskCount += 1;
  }

  /** Answer of the admin API to a GET, or to a POST when there is a body. */
  admin(path: string, body?: string): Promise<{readonly status: number; readonly text: string}> {
    const life = this.#life;
    if (life === undefined) return Promise.resolve({status: 503, text: ''});
    return new Promise((resolve) => {
      life.node.adminHandler(
        {
          method: body === undefined ? 'GET' : 'POST', target: path, headers: new Map([['host', 'localhost'], ['content-type', 'application/json']]),
          body: utf8Encode(body ?? ''), bodyFailure: undefined,
          remoteAddress: '127.0.0.1', receivedMs: systemClock.monotonicMs(),
        },
        (reply) => resolve({status: reply.status, text: utf8Decode(reply.body)}),
      );
    });
  }

  /**
   * As SIGKILL: no timer fires, nothing queued leaves, open requests break, what the log had not synced is lost.
   * The store keeps its writes, as the page cache of a machine does that goes on.
   */
  async kill(): Promise<void> {
    const life = this.#take('killed');
    life.timers.kill();
    this.#log = life.log.crash();
    const isBroken = this.#fabric.crash(this.#config.node);
    for (const respond of life.open) respond(unavailable());
    life.open.clear();
    await life.store.close();
    this.#store = life.store.reopen();
    await isBroken;
    await life.api.close(0);
  }

  /** As SIGTERM: leaderships are handed over, then everything ends in order. */
  async stop(): Promise<void> {
    const life = this.#life;
    if (life === undefined) return;
    life.node.drain();
    await life.node.stop();
    await life.api.close(API_GRACE_MS);
    this.#take('stopped');
    await life.network.close();
    await life.store.close();
    await life.log.close();
    life.timers.kill();
    this.#store = life.store.reopen();
    this.#log = life.log.reopen();
  }

  renderMetrics(): Promise<string> {
    return this.#metrics.render();
  }

  #take(what: string): Life {
    const life = this.#life;
    if (life === undefined) throw new TestClusterError({code: 'WrongState', node: this.id, reason: `is down and cannot be ${what}`});
    this.#life = undefined;
    return life;
  }
}

function portOf(address: string): number {
  return Number(address.slice(address.lastIndexOf(':') + 1));
}

export function unavailable(): HttpReply {
  return {
    status: 503, headers: JSON_HEADERS, closeConnection: true,
    body: utf8Encode('{"__type":"com.amazonaws.dynamodb.v20120810#InternalServerError","message":"The node is down"}'),
  };
}
