import {assert, nullEvents, nullMetrics} from '@murmuration/base';
import {createLocalNetwork} from '@murmuration/fabric';
import type {LocalFabric} from '@murmuration/fabric';
import {listenHttp} from '@murmuration/http-edge';
import type {MemoryLog} from '@murmuration/log-memory';
import {loadOptions, serveOptions, toNodeConfig} from '@murmuration/server';
import type {NodeTuning, StatusDocument} from '@murmuration/server';
import {systemClock, systemTimers} from '@murmuration/system';
import {TestClusterError} from './errors.js';
import {ShiftableClock, parseDurationMs} from './shiftable-clock.js';
import {TestNode, unavailable} from './test-node.js';
import {Throttler} from './throttler.js';

export interface TestClusterOptions {
  /** At least 3: a partition has a replica in each of three AZs. */
  readonly nodeCount?: number;
  /** Of the endpoint in front of all nodes; 0, the default, takes a free one. */
  readonly port?: number;
  readonly readyTimeoutMs?: number;
  /** Settings of `murmur serve` by flag, for example `['--tick-ms', '50']`; the same for every node. */
  readonly serveFlags?: readonly string[];
  /** Times below the settings, for tests that cannot wait for them. */
  readonly tuning?: NodeTuning;
}

/** A whole cluster inside this process: real code, real time and sockets, memory for disks, queues for the network between nodes. */
export interface TestCluster {
  /** Served by the living nodes in turn. */
  readonly endpoint: string;
  /** One of each node, in the order of `nodeIds`. */
  readonly endpoints: readonly string[];
  /** `a1`, `b1`, `c1`: the letter is the AZ. */
  readonly nodeIds: readonly string[];
  /** Links between the nodes: can be cut, delayed, filtered. */
  readonly fabric: LocalFabric;
  /** The log of a running node: its syncs can be held back. */
  log(node: string): MemoryLog;
  /** What `murmur status -o json` prints. */
  status(): Promise<StatusDocument>;
  /** What a scrape of `/metrics` gives. */
  metrics(node: string): Promise<string>;
  /** Ends a node as SIGKILL does. */
  kill(node: string): Promise<void>;
  /** Ends a node as SIGTERM does. */
  stopNode(node: string): Promise<void>;
  /** Starts a node that was killed or stopped, with what its log and its store kept; resolves when it serves. */
  restart(node: string): Promise<void>;
  /** What a killed or stopped node had on its disk is gone: it comes back empty. */
  loseDisk(node: string): void;
  /**
   * Starts one more node; resolves with its name when it serves.
   * @param controlReplaces the node whose place in the control plane it is to take; none when not given
   */
  addNode(az: string, controlReplaces?: string): Promise<string>;
  /**
   * Gives an operator's order, as `POST /admin/v1/act` takes it.
   * @throws TestClusterError `Refused` with the reason
   */
  act(action: Readonly<Record<string, unknown>>, isDryRun?: boolean): Promise<OrderAnswer>;
  /**
   * Lists triggers, or makes and removes one, as `/admin/v1/triggers` does: `{create: {…}}`, `{delete: 'name'}`.
   * @throws TestClusterError `Refused` with the reason
   */
  triggers(order?: Readonly<Record<string, unknown>>): Promise<Readonly<Record<string, unknown>>>;
  /**
   * What a GET of the admin API answers, for example of `/admin/v1/heat?table=Music`; with a body, a POST, for example of
   * `/admin/v1/settings`. Of the node named, or of any that runs.
   * @throws TestClusterError `Refused` with the reason
   */
  admin(path: string, body?: Readonly<Record<string, unknown>>, node?: string): Promise<unknown>;
  /** Resolves when every running node serves and every partition has a leader. */
  ready(): Promise<void>;
  /** The next `count` data requests, at any endpoint, get ProvisionedThroughputExceededException. 0 ends it. */
  throttleNext(count: number): void;
  /**
   * Moves the wall clock of all nodes ahead, for example by `24h`; units are ms, s, m, h, d.
   * @throws TestClusterError `BadDuration`
   */
  advanceClock(by: string): void;
  /** Drops every table by one commit of the control group; resolves when every node knows. The replicas go away behind it. */
  reset(): Promise<void>;
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** What an order comes to. */
export interface OrderAnswer {
  readonly dryRun: boolean;
  readonly steps: readonly string[];
  readonly warnings: readonly string[];
  /** Jobs that were made for it; see `status()`. */
  readonly jobs: readonly number[];
}

const AZ_NAMES = ['a', 'b', 'c'] as const;
const CONTROL_NODE_COUNT = 3;
const READY_TIMEOUT_MS = 20_000;
const POLL_MS = 5;
/** A cluster inside one process has no slow network: it may find a lost leader sooner than the default of a second. */
const FAST_TICKS = ['--tick-ms', '40'] as const;
/**
 * Periods that spare a disk and a network: here there is neither, and each would be a pause of every test that makes a
 * table. What is left of one is work: four partitions, their elections and a few commits, some milliseconds together.
 */
const FAST_PERIODS = {
  controlPlane: {reconcileMs: 1}, raftHost: {applyIntervalMs: 1}, router: {mapRefreshPeriodMsMin: 1}, storageNode: {mapFollowMs: 1},
} as const satisfies NodeTuning;

/**
 * Starts a cluster; resolves once it serves. Every node has registered by then, which is a write that passed the
 * quorum of the control group.
 * @throws TestClusterError `NotReady`
 */
export async function startCluster(options: TestClusterOptions = {}): Promise<TestCluster> {
  const cluster = new InProcessCluster(options);
  try {
    await cluster.start();
  } catch (cause) {
    await cluster.stop();
    throw cause;
  }
  return cluster;
}

class InProcessCluster implements TestCluster {
  readonly fabric: LocalFabric = createLocalNetwork();
  readonly #clock = new ShiftableClock(systemClock);
  readonly #throttler = new Throttler();
  readonly #port: number;
  readonly #readyTimeoutMs: number;
  readonly #nodes: TestNode[];
  readonly #controlPeers: string;
  readonly #serveFlags: readonly string[];
  readonly #tuning: NodeTuning;
  #endpoint = '';
  #closeFront: (() => Promise<void>) | undefined;
  #failure: TestClusterError | undefined;
  #turn = 0;

  constructor(options: TestClusterOptions) {
    this.#port = options.port ?? 0;
    this.#readyTimeoutMs = options.readyTimeoutMs ?? READY_TIMEOUT_MS;
    const names = Array.from({length: options.nodeCount ?? 3}, (_, i) => ({
      az: AZ_NAMES[i % AZ_NAMES.length] ?? 'a', id: `${AZ_NAMES[i % AZ_NAMES.length] ?? 'a'}${Math.floor(i / AZ_NAMES.length) + 1}`,
    }));
    const controlIds = names.slice(0, CONTROL_NODE_COUNT).map((name) => name.id);
    this.#controlPeers = controlIds.map((id) => `${id}=${id}:1`).join(',');
    this.#serveFlags = options.serveFlags ?? [];
    this.#tuning = withPeriods(options.tuning ?? {});
    this.#nodes = names.map(({id, az}) => this.#newNode(id, az, controlIds.includes(id)));
  }

  get endpoint(): string {
    return this.#endpoint;
  }
  get endpoints(): readonly string[] {
    return this.#nodes.map((node) => node.endpoint);
  }
  get nodeIds(): readonly string[] {
    return this.#nodes.map((node) => node.id);
  }

  async start(): Promise<void> {
    const front = await listenHttp(
      {host: '127.0.0.1', port: this.#port},
      (request, respond) => {
        for (let i = 0; i < this.#nodes.length; i += 1) {
          this.#turn += 1;
          const node = this.#nodes[this.#turn % this.#nodes.length];
          if (node?.isRunning === true) return node.handle(request, respond);
        }
        respond(unavailable());
      },
      {clock: systemClock, events: nullEvents, metrics: nullMetrics},
    );
    this.#endpoint = `http://${front.address}`;
    this.#closeFront = () => front.close(0);
    await Promise.all(this.#nodes.map((node) => node.start()));
    await this.ready();
  }

  log(node: string): MemoryLog {
    return this.#find(node).log;
  }
  metrics(node: string): Promise<string> {
    return this.#find(node).renderMetrics();
  }
  kill(node: string): Promise<void> {
    return this.#find(node).kill();
  }
  stopNode(node: string): Promise<void> {
    return this.#find(node).stop();
  }
  async restart(node: string): Promise<void> {
    await this.#find(node).start();
    await this.ready();
  }

  loseDisk(node: string): void {
    this.#find(node).loseDisk();
  }
  async addNode(az: string, controlReplaces?: string): Promise<string> {
    const numbers = this.#nodes.filter((node) => node.id.startsWith(az)).map((node) => Number(node.id.slice(az.length)));
    const id = `${az}${Math.max(0, ...numbers) + 1}`;
    const node = this.#newNode(id, az, controlReplaces !== undefined, controlReplaces);
    this.#nodes.push(node);
    await node.start();
    await this.ready();
    return id;
  }

  async act(action: Readonly<Record<string, unknown>>, isDryRun = false): Promise<OrderAnswer> {
    const node = this.#nodes.find((candidate) => candidate.isRunning);
    if (node === undefined) throw new TestClusterError({code: 'NotReady', lack: 'no node runs', timeoutMs: 0});
    const {status, text} = await node.admin('/admin/v1/act', JSON.stringify({action, dryRun: isDryRun}));
    if (status === 200) return JSON.parse(text) as OrderAnswer;
    throw new TestClusterError({code: 'Refused', status, reason: (JSON.parse(text) as {error: {message: string}}).error.message});
  }

  async triggers(order?: Readonly<Record<string, unknown>>): Promise<Readonly<Record<string, unknown>>> {
    const node = this.#nodes.find((candidate) => candidate.isRunning);
    if (node === undefined) throw new TestClusterError({code: 'NotReady', lack: 'no node runs', timeoutMs: 0});
    const {status, text} = await node.admin('/admin/v1/triggers', order === undefined ? undefined : JSON.stringify(order));
    if (status === 200) return JSON.parse(text) as Readonly<Record<string, unknown>>;
    throw new TestClusterError({code: 'Refused', status, reason: (JSON.parse(text) as {error: {message: string}}).error.message});
  }

  async admin(path: string, body?: Readonly<Record<string, unknown>>, name?: string): Promise<unknown> {
    const node = this.#nodes.find((candidate) => candidate.isRunning && (name === undefined || candidate.id === name));
    if (node === undefined) throw new TestClusterError({code: 'NotReady', lack: 'no node runs', timeoutMs: 0});
    const {status, text} = await node.admin(path, body === undefined ? undefined : JSON.stringify(body));
    if (status === 200) return JSON.parse(text) as unknown;
    throw new TestClusterError({code: 'Refused', status, reason: (JSON.parse(text) as {error: {message: string}}).error.message});
  }

  async status(): Promise<StatusDocument> {
    let lack = 'no node runs';
    for (const node of this.#nodes) {
      if (!node.isRunning) continue;
      const {status, text} = await node.admin('/admin/v1/status');
      if (status === 200) return JSON.parse(text) as StatusDocument;
      lack = text.trim();
    }
    throw new TestClusterError({code: 'NotReady', lack, timeoutMs: 0});
  }

  async ready(): Promise<void> {
    const untilMs = systemClock.monotonicMs() + this.#readyTimeoutMs;
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure;
      const lack = await this.#lack();
      if (lack === '') return;
      if (systemClock.monotonicMs() > untilMs) throw new TestClusterError({code: 'NotReady', lack, timeoutMs: this.#readyTimeoutMs});
      await new Promise<void>((resolve) => systemTimers.after(POLL_MS, resolve));
    }
  }

  throttleNext(count: number): void {
    assert(Number.isSafeInteger(count) && count >= 0, 'a count of requests is a whole number of at least 0', {count});
    this.#throttler.throttleNext(count);
  }
  advanceClock(by: string): void {
    const byMs = parseDurationMs(by);
    if (byMs === undefined) throw new TestClusterError({code: 'BadDuration', text: by});
    this.#clock.advance(byMs);
  }

  async reset(): Promise<void> {
    this.#throttler.throttleNext(0);
    const node = this.#nodes.find((candidate) => candidate.isReady());
    if (node === undefined) throw new TestClusterError({code: 'NotReady', lack: 'no node runs', timeoutMs: 0});
    const version = await node.dropAllTables();
    await Promise.all(this.#nodes.map((other) => other.sawMap(version)));
  }

  async stop(): Promise<void> {
    await this.#closeFront?.();
    this.#closeFront = undefined;
    // Nothing outlives this cluster: there is nobody to hand leaderships to, and nothing to keep.
    await Promise.all(this.#nodes.filter((node) => node.isRunning).map((node) => node.kill()));
  }
  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #lack(): Promise<string> {
    const waiting = this.#nodes.find((node) => node.isRunning && !node.isReady());
    if (waiting !== undefined) return `node ${waiting.id} has not registered`;
    try {
      const status = await this.status();
      const unheard = status.nodes.find((node) => this.#find(node.id).isRunning && (node.state !== 'up' || node.heardMsAgo === null));
      if (unheard !== undefined) return `node ${unheard.id} is ${unheard.state}`;
      const running = new Set(this.#nodes.filter((node) => node.isRunning).map((node) => node.id));
      const leaderless = status.partitions.filter((partition) => partition.leader === null || !running.has(partition.leader)).length;
      return leaderless === 0 ? '' : `${leaderless} of ${status.partitions.length} partitions have no leader`;
    } catch (cause) {
      if (cause instanceof TestClusterError) return cause.message;
      throw cause;
    }
  }

  #find(id: string): TestNode {
    const node = this.#nodes.find((candidate) => candidate.id === id);
    if (node === undefined) throw new TestClusterError({code: 'UnknownNode', node: id});
    return node;
  }

  #newNode(id: string, az: string, hasControlRole: boolean, controlReplaces = ''): TestNode {
    const values = loadOptions(serveOptions, {
      flags: [
        '--node-id', id, '--az', az, '--roles', hasControlRole ? 'router,storage,control' : 'router,storage', '--cluster-id', 'test',
        '--control-peers', this.#controlPeers, '--control-replaces', controlReplaces, ...FAST_TICKS, ...this.#serveFlags,
      ],
      environment: {},
      fileText: undefined,
    });
    const config = toNodeConfig(values);
    // The fabric inside a process takes a node's name for its address; the port is there for the form only.
    const peers = config.controlPeers.map((peer) => ({...peer, address: peer.node}));
    return new TestNode({...config, controlPeers: peers}, this.fabric, {clock: this.#clock, throttler: this.#throttler, tuning: this.#tuning}, (error) => (this.#failure ??= error));
  }
}

/** What a test asks for goes before the periods of a cluster inside a process. */
function withPeriods(asked: NodeTuning): NodeTuning {
  return {
    ...asked,
    controlPlane: {...FAST_PERIODS.controlPlane, ...asked.controlPlane},
    raftHost: {...FAST_PERIODS.raftHost, ...asked.raftHost},
    router: {...FAST_PERIODS.router, ...asked.router},
    storageNode: {...FAST_PERIODS.storageNode, ...asked.storageNode},
  };
}
