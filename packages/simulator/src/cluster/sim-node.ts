import {assert, toHex, toNodeId} from '@murmuration/base';
import type {EventRecord, LogPort, NodeId, PeerAddress, StorePort} from '@murmuration/base';
import {openFileLog} from '@murmuration/log-file';
import type {ProcessRole} from '@murmuration/placement';
import {GateKeeper, MurmurNode, StartGate, createStartGateMetrics, encodeIdentity, letIn, nextIdentity, replacementOf} from '@murmuration/server';
import type {NodeConfig, NodeFeatures, SmallFile} from '@murmuration/server';
import type {Chance} from '../world/chance.js';
import {probeMetrics} from '../world/probe-metrics.js';
import {SimMachine} from '../world/sim-machine.js';
import type {SimDiskOptions} from '../world/sim-disk.js';
import type {SimNetwork} from '../world/sim-network.js';
import type {Death, SimProcess} from '../world/sim-process.js';
import type {World} from '../world/world.js';
import type {Door} from './api-client.js';

export interface SimNodeOptions {
  readonly config: NodeConfig;
  readonly clockRate: number;
  readonly wallOffsetMs: number;
  readonly hasSoundWall: boolean;
  readonly timerLatenessNsMax: number;
  readonly disk: SimDiskOptions;
  readonly storeCallMs: number;
  readonly segmentSizeBytes: number;
  readonly features: NodeFeatures;
}

/** Told of everything that the checks care about. */
export interface NodeWatcher {
  onEvent(node: SimNode, record: EventRecord): void;
  /** A map was taken over: its content as the cache holds it. */
  onMap(node: SimNode, bytes: Uint8Array): void;
  /** The node gave itself up: its log or its store failed. */
  onFatal(node: SimNode, error: Error): void;
  onRefused(node: SimNode, reason: string): void;
  onDeath(node: SimNode, process: SimProcess, death: Death): void;
}

/** What is copied when a disk is. */
export interface DiskImage {
  readonly log: ReturnType<SimMachine['disk']['image']>;
  readonly papers: ReadonlyMap<string, Uint8Array>;
  /** Start that the identity in it claims. */
  readonly claimed: number;
}

interface Life {
  readonly process: SimProcess;
  node: MurmurNode | undefined;
  log: LogPort | undefined;
  store: StorePort | undefined;
  isStarted: boolean;
}

const LOG_DIRECTORY = 'log';
const LOG_ID_BYTES = 16;
/** Typical time to write a small file durably. */
const PAPER_MS = 1;

/** A machine of the cluster and the real code on it: what outlives its processes, and the process that runs now. */
export class SimNode {
  readonly id: NodeId;
  readonly az: string;
  readonly roles: readonly ProcessRole[];
  readonly machine: SimMachine;
  readonly #world: World;
  readonly #network: SimNetwork;
  readonly #options: SimNodeOptions;
  readonly #watcher: NodeWatcher;
  /** Small files beside log and store: identity, memory of starts, map. */
  #papers = new Map<string, Uint8Array>();
  /** The last start was refused: the next one comes back empty. */
  #replaced: {readonly incarnation: number} | undefined;
  /** Start that the identity on the disk claims, from the moment it is written on. */
  #claimed = 0;
  #startLetIn = 0;
  #life: Life | undefined;
  #onDown: (() => void)[] = [];

  constructor(world: World, network: SimNetwork, options: SimNodeOptions, watcher: NodeWatcher) {
    this.#world = world;
    this.#network = network;
    this.#options = options;
    this.#watcher = watcher;
    this.id = options.config.node;
    this.az = options.config.az;
    this.roles = options.config.roles;
    this.machine = new SimMachine(world, network, {
      node: this.id, az: this.az, clockRate: options.clockRate, wallOffsetMs: options.wallOffsetMs, hasSoundWall: options.hasSoundWall, timerLatenessNsMax: options.timerLatenessNsMax,
      disk: options.disk, store: {callMs: options.storeCallMs},
      onEvent: (_machine, record) => watcher.onEvent(this, record),
      onDeath: (_machine, process, death) => this.#died(process, death),
    });
  }
  get isUp(): boolean {
    return this.machine.isUp;
  }
  get isReady(): boolean {
    return this.isUp && this.#life?.node?.isReady() === true;
  }
  /** Where users reach the present life; undefined while nobody listens. */
  get door(): Door | undefined {
    const life = this.#life;
    if (life === undefined || life.process.isDead || life.node === undefined || !life.isStarted) return undefined;
    return {process: life.process, api: life.node.apiHandler ?? life.node.adminHandler, admin: life.node.adminHandler};
  }
  get mapVersion(): number {
    return this.#life?.node?.mapVersion ?? -1;
  }

  /** Begins a new life on what the last one left. */
  start(): void {
    assert(this.#life === undefined, 'a node runs once', {node: this.id});
    const process = this.machine.start(() => {
      this.#boot(life).catch((cause: unknown) => {
        // A start that fails ends the process; whoever looks after the node starts it again.
        if (process.isDead) return;
        this.#watcher.onFatal(this, cause instanceof Error ? cause : new Error(String(cause)));
        process.die('kill');
      });
    });
    const life: Life = {process, node: undefined, log: undefined, store: undefined, isStarted: false};
    this.#life = life;
  }
  /** As SIGTERM does: leaderships are handed over, everything ends in order. */
  stop(done: () => void): void {
    const life = this.#life;
    if (life === undefined || life.process.isDead) return done();
    this.#onDown.push(done);
    const node = life.node;
    if (node === undefined || !life.isStarted) {
      life.process.die('kill');
      return;
    }
    life.process.dispatch(() => {
      node.drain();
      node.stop().then(() => life.store?.close()).then(() => life.log?.close()).then(() => life.process.die('kill'), () => life.process.die('kill'));
    });
  }
  /** The next start finds an empty disk. Only while down. */
  loseDisk(): void {
    assert(this.#life === undefined, 'a disk is changed while its machine is down', {node: this.id});
    this.#wipe();
  }
  /** The newest start that the gate let in. */
  get startLetIn(): number {
    return this.#startLetIn;
  }
  /** A copy of the disk as it is now, to be put back some day. */
  diskImage(): DiskImage {
    return {log: this.machine.disk.image(), papers: new Map(this.#papers), claimed: this.#claimed};
  }
  /** An old copy is put in; what the store held since is gone. Only while down. */
  putBack(image: DiskImage): void {
    assert(this.#life === undefined, 'a disk is changed while its machine is down', {node: this.id});
    this.#wipe();
    this.machine.disk.restore(image.log);
    this.#papers = new Map(image.papers);
    this.#claimed = image.claimed;
  }
  /** Runs something inside the present life, as an event of its own. */
  inside(run: (node: MurmurNode) => void): void {
    const life = this.#life;
    if (life?.node === undefined) return;
    const {node} = life;
    life.process.dispatch(() => run(node));
  }

  async #boot(life: Life): Promise<void> {
    const {config, features, segmentSizeBytes} = this.#options;
    const {process} = life;
    const {clock, timers, events} = process;
    const random = process.chance.fork('os');
    const counters = probeMetrics(this.#world.probes);
    const replaced = this.#replaced;
    const owner = {clusterId: config.clusterId, node: config.node, directory: 'simulated'};
    const identity = nextIdentity(this.#papers.get('identity'), owner, {diskId: () => toHex(drawBytes(random, 8)), life: () => random.uint32()}, replaced);
    this.#claimed = identity.claim.incarnation;
    await this.#paper(process, 'identity').save(encodeIdentity(identity));
    const network = this.#network.open(process);
    const metrics = createStartGateMetrics(counters);
    const keeper = config.roles.includes('control')
      ? new GateKeeper(config.controlPeers.map((peer) => peer.node), {network, timers, random, events, metrics, memory: this.#paper(process, 'starts')})
      : undefined;
    await keeper?.open();
    const gate = new StartGate(config.controlPeers, {network, timers, random, events, metrics});
    const verdict = await gate.pass({diskId: identity.diskId, ...identity.claim}, replaced !== undefined);
    if (process.isDead) return;
    if (verdict.kind === 'refused') {
      this.#world.probes.hit('cluster/disk-set-aside');
      this.#wipe();
      this.#replaced = replacementOf(verdict.known, identity);
      process.die('kill');
      return;
    }
    this.#replaced = undefined;
    await this.#paper(process, 'identity').save(encodeIdentity(letIn(identity)));
    this.#startLetIn = identity.claim.incarnation;
    const log = await openFileLog(
      {directory: LOG_DIRECTORY, segmentSizeBytes, segmentCountSpare: 1, freeBytesMin: 4 * segmentSizeBytes, entryCacheBytesMax: 256 * 1024, rewriteSegmentCountMin: 3, reserveBytes: 0},
      {clock, timers, events, metrics: counters, fileSystem: this.machine.disk.mount(process, LOG_DIRECTORY), drawLogId: () => drawBytes(random, LOG_ID_BYTES)},
    );
    if (process.isDead) return;
    life.log = log;
    const store = this.machine.store.open(process);
    life.store = store;
    const node = new MurmurNode(
      config,
      {pid: 1000 + life.process.life, incarnation: identity.incarnation, diskId: identity.diskId, isReplacement: identity.isReplacement},
      {fabricAddress: `${this.id}:1`, apiAddress: `${this.id}:2`, adminAddress: `${this.id}:3`},
      {
        clock, timers, random, events, metrics: counters, log, store, network,
        mapCache: {
          load: () => this.#papers.get('map'),
          save: (bytes) => {
            if (!process.touch()) return;
            this.#papers.set('map', bytes);
            this.#watcher.onMap(this, bytes);
          },
        },
      },
      {
        onFatal: (error) => {
          if (process.isDead) return;
          this.#watcher.onFatal(this, error);
          process.die('kill');
        },
        onRefused: (reason) => {
          this.#watcher.onRefused(this, reason);
          process.die('kill');
        },
        recentEvents: () => [],
        renderMetrics: () => Promise.resolve(''),
      },
      features,
    );
    life.node = node;
    await node.start();
    if (process.isDead) return;
    life.isStarted = true;
    this.#world.trace.note('node/started', this.id);
  }
  /** One small file: replaced as a whole, durable when its save has ended. A process that dies meanwhile leaves either. */
  #paper(process: SimProcess, name: string): SmallFile {
    return {
      load: () => Promise.resolve(this.#papers.get(name)),
      save: (bytes) => new Promise((resolve) => {
        if (!process.touch()) return;
        this.#world.afterMs(process.chance.heavyTail(PAPER_MS), () => {
          if (process.isDead && process.chance.isHeads()) return;
          this.#papers.set(name, bytes);
          process.dispatch(resolve);
        });
      }),
    };
  }
  #wipe(): void {
    this.machine.disk.wipe();
    this.machine.store.wipe();
    this.#papers = new Map();
  }
  #died(process: SimProcess, death: Death): void {
    if (this.#life?.process !== process) return;
    this.#life = undefined;
    this.#watcher.onDeath(this, process, death);
    for (const done of this.#onDown.splice(0)) done();
  }
}

function drawBytes(random: Chance, count: number): Uint8Array {
  return Uint8Array.from({length: count}, () => random.below(256));
}

export function controlPeersOf(nodes: readonly string[]): readonly PeerAddress[] {
  return nodes.map((node) => ({node: toNodeId(node), address: `${node}:1`}));
}
