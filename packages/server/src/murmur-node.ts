import {assert, CONTROL_GROUP_ID, toReplicaId} from '@murmuration/base';
import type {Clock, EventSink, FunctionPort, HttpHandler, LogPort, MetricRegistry, NetworkPort, Random, StorePort, Timers} from '@murmuration/base';
import {CONTROL_CLIENT_DEFAULTS, ControlClient} from '@murmuration/control-client';
import type {ClusterMapCache} from '@murmuration/control-client';
import {CONTROL_PLANE_DEFAULTS, ControlPlane} from '@murmuration/control-plane';
import type {ControlPlaneOptions} from '@murmuration/control-plane';
import {RaftHost} from '@murmuration/raft-host';
import type {RaftHostTuning} from '@murmuration/raft-host';
import {Router} from '@murmuration/router';
import type {RouterTuning} from '@murmuration/router';
import {HeatReader, STORAGE_NODE_DEFAULTS, StorageNode, capacityDefaultsOf, toThrottlingMode} from '@murmuration/storage-node';
import type {StorageNodeTuning} from '@murmuration/storage-node';
import {TriggerService} from '@murmuration/triggers';
import type {TriggerTuning} from '@murmuration/triggers';
import {createAdminApi} from './admin-api.js';
import {CatchUp} from './catch-up.js';
import {ControlJoin} from './control-join.js';
import {ServerError} from './errors.js';
import type {NodeConfig} from './node-config.js';

/** The replica that campaigns at once when a cluster is born, so that it is there within a round trip. */
const FIRST_CONTROL_REPLICA = toReplicaId(1);

/** Everything of the world that one process gets. */
export interface NodePorts {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly log: LogPort;
  readonly store: StorePort;
  readonly network: NetworkPort;
  readonly events: EventSink;
  readonly metrics: MetricRegistry;
  readonly mapCache: ClusterMapCache;
  /** Without it, no triggers run here. */
  readonly functions?: FunctionPort;
}

/** Where others reach this process; known once its listeners are bound. */
export interface NodeAddresses {
  readonly fabricAddress: string;
  readonly apiAddress: string;
  readonly adminAddress: string;
}

export interface NodeIdentity {
  readonly pid: number;
  /** Raised by one at each start on the same data directory. */
  readonly incarnation: number;
  /** Chance name of the data directory, made at its first start. */
  readonly diskId: string;
  /** The directory took the place of a lost one: no control replica is made, as its old id must never vote again. */
  readonly isReplacement?: boolean;
}

export interface NodeHooks {
  /** The log or the store failed: the process must end. */
  readonly onFatal: (error: Error) => void;
  /** The control plane does not accept this process: it must end, and the operator must see why. */
  readonly onRefused: (reason: string) => void;
  readonly recentEvents: (afterSequence: number) => readonly unknown[];
  readonly renderMetrics: () => Promise<string>;
}

/** What only some surroundings switch on. */
export interface NodeFeatures {
  /** All tables may be dropped by one request: for clusters inside a test. */
  readonly allowsDropAll?: boolean;
  /** Numbers without a setting of their own, far from what anyone would run: rare code is reached by small limits. */
  readonly tuning?: NodeTuning;
}

export interface NodeTuning {
  readonly raftHost?: Partial<RaftHostTuning>;
  readonly storageNode?: Partial<StorageNodeTuning>;
  readonly controlPlane?: Partial<Omit<ControlPlaneOptions, 'clusterId' | 'controlPeers'>>;
  readonly router?: Partial<RouterTuning>;
  readonly triggers?: Partial<TriggerTuning>;
}

const DROP_TIMEOUT_MS = 10_000;

/**
 * One process of a cluster: its roles on its ports. The same for a server, for a cluster inside a test and for the
 * simulator; only the ports differ.
 */
export class MurmurNode {
  readonly #config: NodeConfig;
  readonly #ports: NodePorts;
  readonly #host: RaftHost;
  readonly #client: ControlClient;
  readonly #controlPlane: ControlPlane | undefined;
  readonly #storageNode: StorageNode | undefined;
  readonly #router: Router | undefined;
  readonly #triggers: TriggerService | undefined;
  readonly adminHandler: HttpHandler;
  /** On a disk that took the place of a lost one, where the control replica of old must not come back, and in a process that takes another's place. */
  readonly #controlJoin: ControlJoin | undefined;
  readonly #catchUp: CatchUp;
  #isStarted = false;
  #isDraining = false;

  constructor(config: NodeConfig, identity: NodeIdentity, addresses: NodeAddresses, ports: NodePorts, hooks: NodeHooks, features: NodeFeatures = {}) {
    const {options} = config;
    const capacityDefaults = capacityDefaultsOf({...STORAGE_NODE_DEFAULTS, ...throughputSettings(options), ...features.tuning?.storageNode});
    this.#config = config;
    this.#ports = ports;
    this.#host = new RaftHost(
      {node: config.node, onFatal: hooks.onFatal, tickMs: options.tickMs, electionTicks: options.electionTicks, logSizeBytesMax: options.groupLogBytesMax, hibernateAfterMs: options.hibernateAfterMs, snapshotRateBytesPerSecond: options.snapshotRateBytes, ...features.tuning?.raftHost},
      {...ports, random: ports.random.fork('raft-host')},
    );
    this.#catchUp = new CatchUp(this.#host, ports);
    this.#client = new ControlClient(
      {
        ...CONTROL_CLIENT_DEFAULTS,
        controlPeers: config.controlPeers,
        onRefused: hooks.onRefused,
        self: {
          node: config.node, az: config.az, roles: config.roles, pid: identity.pid, incarnation: identity.incarnation, diskId: identity.diskId, state: 'up', duty: 'serving',
          fabricAddress: addresses.fabricAddress, adminAddress: addresses.adminAddress,
          apiAddress: config.roles.includes('router') ? addresses.apiAddress : '',
        },
      },
      {...ports, random: ports.random.fork('control-client'), cache: ports.mapCache},
    );
    this.#controlPlane = config.roles.includes('control')
      ? new ControlPlane(
          {
            ...CONTROL_PLANE_DEFAULTS, clusterId: config.clusterId, controlPeers: config.controlPeers, replicationFactor: options.replicationFactor, region: options.region,
            allowsDropAll: features.allowsDropAll ?? false, burstSeconds: options.burstSeconds, healAfterMs: options.healAfterMs, splitSizeBytes: options.splitSizeBytes,
            heatBalance: options.heatBalance === 'off' ? 'off' : 'on',
            jobsMax: options.jobsMax, jobsPerNodeMax: options.jobsPerNodeMax, ...features.tuning?.controlPlane,
          },
          {...ports, random: ports.random.fork('control-plane')},
          this.#host,
        )
      : undefined;
    this.#controlJoin = this.#controlPlane !== undefined && (identity.isReplacement === true || config.controlReplaces !== undefined)
      ? new ControlJoin({node: config.node, diskId: identity.diskId}, this.#host, this.#client, ports)
      : undefined;
    this.#storageNode = config.roles.includes('storage')
      ? new StorageNode({...throughputSettings(options), indexLagMs: options.indexLagMs, collectionSizeBytesMax: options.itemCollectionSizeBytesMax, ...features.tuning?.storageNode, node: config.node, az: config.az}, ports, this.#host, this.#client, this.#client)
      : undefined;
    this.#router = config.roles.includes('router')
      ? new Router(
          {...features.tuning?.router, capacityDefaults, node: config.node, az: config.az, region: options.region},
          {...ports, random: ports.random.fork('router')},
          {map: this.#client, control: this.#client, ...(this.#storageNode === undefined ? {} : {localPartitions: this.#storageNode})},
        )
      : undefined;
    this.#triggers = this.#router === undefined || ports.functions === undefined
      ? undefined
      : new TriggerService(
          `${config.node}/${identity.incarnation}`,
          {
            ...ports, functions: ports.functions, random: ports.random.fork('triggers'), api: this.#router.handle,
            hasTable: (name) => (this.#client.current().tableByName(name)?.status ?? 'DELETING') !== 'DELETING',
          },
          features.tuning?.triggers,
        );
    this.adminHandler = createAdminApi(this.#client, {
      router: this.#router,
      capacityDefaults,
      triggers: this.#triggers,
      heat: new HeatReader(ports, this.#client),
      isReady: () => this.isReady(),
      groups: () => this.#host.statuses(),
      events: hooks.recentEvents,
      renderMetrics: hooks.renderMetrics,
    });
  }

  /** Undefined without the router role. */
  get apiHandler(): HttpHandler | undefined {
    const router = this.#router;
    return router === undefined ? undefined : router.handle;
  }

  async start(): Promise<void> {
    assert(!this.#isStarted, 'a node is started once');
    this.#isStarted = true;
    await this.#host.start((descriptor) => {
      if (descriptor.group === CONTROL_GROUP_ID) {
        assert(this.#controlPlane !== undefined, 'the log holds a control-plane replica, but this process has no control role');
        return this.#controlPlane.open();
      }
      assert(this.#storageNode !== undefined, 'the log holds a partition replica, but this process has no storage role', {group: descriptor.group});
      return this.#storageNode.open(descriptor);
    });
    this.#catchUp.begin();
    await this.#createControlReplica();
    this.#controlPlane?.start();
    const storageNode = this.#storageNode;
    if (storageNode !== undefined) {
      this.#client.setReporter((isFull) => storageNode.heartbeat(isFull));
      this.#client.onShares((shares) => storageNode.takeShares(shares));
      storageNode.start();
    }
    this.#client.start();
    this.#controlJoin?.start();
    this.#triggers?.start();
  }

  /** Serves requests: knows the cluster, its replicas are of use again, and it is not on its way out. */
  isReady(): boolean {
    return this.#isStarted && !this.#isDraining && this.#client.isRegistered() && this.#client.isConfirmed() && this.#catchUp.isOver();
  }

  get isDraining(): boolean {
    return this.#isDraining;
  }
  /** First step of stopping: readiness is withdrawn, requests are still served. */
  drain(): void {
    this.#isDraining = true;
  }

  /** Hands over leaderships, then stops everything. Ports are closed by whoever opened them, afterwards. */
  async stop(): Promise<void> {
    this.#isDraining = true;
    await this.#triggers?.stop();
    // While leaderships go elsewhere, requests are still answered here, at last by where to.
    await this.#host.handOver();
    this.#router?.stop();
    this.#storageNode?.stop();
    await this.#host.stop();
    this.#client.stop();
    this.#controlJoin?.stop();
    this.#controlPlane?.stop();
  }

  /** Version of the cluster map that this process goes by. */
  get mapVersion(): number {
    return this.#client.current().version;
  }

  /** Told of every new version of the map. */
  onMapChange(listener: (version: number) => void): void {
    this.#client.onChange((map) => listener(map.version));
  }

  /** @returns the version of the map without tables @throws ServerError when the control plane refuses or cannot be reached */
  dropAllTables(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#client.call({kind: 'drop-all-tables'}, DROP_TIMEOUT_MS, (response) => {
        if (response.kind === 'ok') resolve(response.version);
        else reject(new ServerError({code: 'NotDropped', reason: response.kind === 'failed' ? `tables were not dropped: ${response.failure.code}` : 'unexpected answer'}));
      });
    });
  }

  async #createControlReplica(): Promise<void> {
    if (this.#controlJoin !== undefined || this.#host.unusableGroups().includes(CONTROL_GROUP_ID)) return;
    const descriptor = this.#controlPlane?.descriptor();
    if (descriptor === undefined || this.#host.status(CONTROL_GROUP_ID) !== undefined) return;
    for (const peer of this.#config.controlPeers) if (peer.node !== this.#config.node) this.#ports.network.setPeer(peer);
    const campaignFirst = descriptor.replica === FIRST_CONTROL_REPLICA;
    await new Promise<void>((resolve, reject) => {
      this.#host.createGroup(descriptor, {campaignFirst}, (result) => {
        if (result.ok) resolve();
        else reject(new ServerError({code: 'StartFailed', reason: `the control-plane replica could not be made: ${result.reason}`}));
      });
    });
  }
}

/** Settings of throughput as the storage node takes them. */
function throughputSettings({throttling, burstSeconds, sharing, nodeReadUnitsMax, nodeWriteUnitsMax}: NodeConfig['options']): Partial<StorageNodeTuning> {
  return {throttling: toThrottlingMode(throttling), burstSeconds, sharing: sharing === 'static' || sharing === 'global' ? sharing : 'adaptive', nodeReadUnitsMax, nodeWriteUnitsMax};
}
