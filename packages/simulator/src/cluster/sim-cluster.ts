import {SERVICE_CONTROL, SERVICE_START, toAzId, toNodeId} from '@murmuration/base';
import type {NodeId} from '@murmuration/base';
import type {ProcessRole} from '@murmuration/placement';
import {loadOptions, serveOptions, toNodeConfig} from '@murmuration/server';
import {CALM_LINK} from '../world/link.js';
import {SimNetwork} from '../world/sim-network.js';
import type {World} from '../world/world.js';
import {ApiNetwork} from './api-client.js';
import type {ClientLink, Door} from './api-client.js';
import type {Doors} from './clients.js';
import type {ClusterSettings} from './cluster-settings.js';
import {SimNode, controlPeersOf} from './sim-node.js';
import type {NodeWatcher} from './sim-node.js';

const AZ_NAMES = ['a', 'b', 'c'];
/** A silent cut is noticed by the transport after this. */
const DETECT_MS = 2_000;

/** A whole cluster: machines, what runs on them, and what joins them with each other and with their users. */
export class SimCluster implements Doors {
  readonly world: World;
  readonly settings: ClusterSettings;
  readonly network: SimNetwork;
  readonly api: ApiNetwork;
  readonly nodes: readonly SimNode[];
  readonly azs: readonly string[];
  readonly controlNodes: readonly NodeId[];
  readonly routerNodes: readonly string[];
  readonly #byName = new Map<string, SimNode>();
  readonly #clientLinks = new Map<string, ClientLink>();

  constructor(world: World, settings: ClusterSettings, watcher: NodeWatcher) {
    this.world = world;
    this.settings = settings;
    this.azs = AZ_NAMES.slice(0, settings.azCount);
    const azOf = (node: string): string => node.slice(0, 1);
    this.network = new SimNetwork(world, {
      profileOf: (from, to) => ({...CALM_LINK, delayMs: azOf(from) === azOf(to) ? CALM_LINK.delayMs : settings.interAzDelayMs, jitterMs: settings.interAzDelayMs / 5}),
      detectMs: DETECT_MS, redialMs: 100,
      callResetPermilleOf: (service) => (service === SERVICE_CONTROL || service === SERVICE_START ? settings.controlResetPermille : settings.callResetPermille),
    });
    this.api = new ApiNetwork(world);
    const dataNames = Array.from({length: settings.nodeCount}, (_, i) => `${this.azs[i % settings.azCount]}${Math.floor(i / settings.azCount) + 1}`);
    const ownControlNames = settings.hasOwnControlNodes ? this.azs.map((az) => `${az}0`) : [];
    const names = [...ownControlNames, ...dataNames];
    this.controlNodes = (settings.hasOwnControlNodes ? ownControlNames : dataNames.slice(0, settings.controlNodeCount)).map(toNodeId);
    const chance = world.chance.fork('machines');
    this.nodes = names.map((name) => {
      const roles: readonly ProcessRole[] = ownControlNames.includes(name) ? ['control']
        : this.controlNodes.includes(toNodeId(name)) ? ['router', 'storage', 'control'] : ['router', 'storage'];
      const values = loadOptions(serveOptions, {
        flags: [
          '--node-id', name, '--az', azOf(name), '--roles', roles.join(','), '--cluster-id', 'simulated', '--replication-factor', String(settings.replicationFactor),
          '--control-peers', controlPeersOf(this.controlNodes).map((peer) => `${peer.node}=${peer.address}`).join(','), '--tick-ms', String(settings.tickMs),
          '--election-ticks', String(settings.electionTicks),
        ],
        environment: {}, fileText: undefined,
      });
      const config = {...toNodeConfig(values), az: toAzId(azOf(name)), options: {...values, groupLogBytesMax: settings.groupLogBytesMax}};
      const errorPpm = settings.clockErrorPpm === 0 ? 0 : chance.between(-settings.clockErrorPpm, settings.clockErrorPpm);
      return new SimNode(world, this.network, {
        config, clockRate: 1 + errorPpm / 1_000_000, wallOffsetMs: chance.between(-60_000, 60_000), hasSoundWall: settings.transactions !== undefined, timerLatenessNsMax: settings.timerLatenessNsMax, disk: settings.disk,
        storeCallMs: settings.storeCallMs, segmentSizeBytes: settings.segmentSizeBytes, features: {tuning: settings.tuning},
      }, watcher);
    });
    for (const node of this.nodes) this.#byName.set(node.id, node);
    this.routerNodes = dataNames;
  }
  /** Election timeout E, low end. */
  get electionMs(): number {
    return this.settings.tickMs * this.settings.electionTicks;
  }
  get liveNodes(): readonly SimNode[] {
    return this.nodes.filter((node) => node.isUp);
  }
  node(name: string): SimNode {
    const node = this.#byName.get(name);
    if (node === undefined) throw new Error(`no node ${name}`);
    return node;
  }
  azOf(node: string): string {
    return node.slice(0, 1);
  }
  door(node: string): Door | undefined {
    return this.#byName.get(node)?.door;
  }
  linkTo(az: string, node: string): ClientLink {
    const key = `${az}>${node}`;
    let link = this.#clientLinks.get(key);
    if (link === undefined) {
      link = {delayMs: az === this.azOf(node) ? 0.2 : this.settings.interAzDelayMs, isCut: false, resetPermille: this.settings.clientResetPermille};
      this.#clientLinks.set(key, link);
    }
    return link;
  }
  linksTo(node: string): readonly ClientLink[] {
    return this.azs.map((az) => this.linkTo(az, node));
  }
}
