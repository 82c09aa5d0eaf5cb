import type {Chance} from '../world/chance.js';
import type {World} from '../world/world.js';
import {ADMIN_HEADERS} from './api-client.js';
import type {SimCluster} from './sim-cluster.js';

/**
 * How throughput is held to limits while faults happen. `account`: tables are on demand, and all of them together have a limit;
 * the others are how tables with provisioned throughput share it.
 */
export interface ThrottleSettings {
  readonly mode: 'static' | 'adaptive' | 'global' | 'account';
  /** Of reads and of writes: of each table and index, or of the account. */
  readonly units: number;
  readonly burstSeconds: number;
  readonly partitionUnitsMax: number;
  /** Of each table, so that there is something to share. */
  readonly initialPartitions: number;
}

/** In a quarter of all runs users ask for more than they may use. */
export function drawThrottling(chance: Chance): ThrottleSettings | undefined {
  if (!chance.permille(250)) return undefined;
  return {
    mode: chance.pick(['static', 'adaptive', 'global', 'account'] as const), units: chance.pick([80, 200, 400]), burstSeconds: chance.pick([0, 2, 30]),
    partitionUnitsMax: chance.pick([20, 100, 1_000]), initialPartitions: chance.pick([2, 4]),
  };
}

const TIMEOUT_MS = 4_000;
const AGAIN_MS = 200;

/** An operator who sets limits before faults begin, and takes them back when they are over. */
export class ThrottlePhase {
  readonly #world: World;
  readonly #cluster: SimCluster;
  readonly #settings: ThrottleSettings;
  readonly #chance: Chance;
  /** Orders that were not taken yet. */
  #openCount = 0;

  constructor(world: World, cluster: SimCluster, settings: ThrottleSettings) {
    this.#world = world;
    this.#cluster = cluster;
    this.#settings = settings;
    this.#chance = world.chance.fork('throttle-phase');
  }
  get isSettled(): boolean {
    return this.#openCount === 0;
  }
  /** Before there are tables. */
  prepare(): void {
    this.#set({initialPartitions: this.#settings.initialPartitions});
  }
  begin(): void {
    const {mode, units, burstSeconds, partitionUnitsMax} = this.#settings;
    this.#world.probes.hit(`throttling/${mode}`);
    const ceilings = {partitionReadUnitsMax: partitionUnitsMax, partitionWriteUnitsMax: partitionUnitsMax};
    if (mode === 'account') this.#set({throttling: 'on', accountOnDemandReadUnitsMax: units, accountOnDemandWriteUnitsMax: units, ...ceilings});
    else this.#set({throttling: 'provisioned', sharing: mode, burstSeconds, ...ceilings});
  }
  end(): void {
    this.#set({throttling: 'off'});
  }
  /** An order for a table or an index, with the throughput of this run. */
  ordered(request: unknown): unknown {
    if (this.#settings.mode === 'account') return request;
    const ProvisionedThroughput = {ReadCapacityUnits: this.#settings.units, WriteCapacityUnits: this.#settings.units};
    const {GlobalSecondaryIndexes, GlobalSecondaryIndexUpdates, ...rest} = request as {
      readonly GlobalSecondaryIndexes?: readonly object[]; readonly GlobalSecondaryIndexUpdates?: readonly {readonly Create: object}[]; readonly BillingMode?: string;
    };
    return {
      ...rest, ...(rest.BillingMode === undefined ? {} : {BillingMode: 'PROVISIONED', ProvisionedThroughput}),
      ...(GlobalSecondaryIndexes === undefined ? {} : {GlobalSecondaryIndexes: GlobalSecondaryIndexes.map((index) => ({...index, ProvisionedThroughput}))}),
      ...(GlobalSecondaryIndexUpdates === undefined ? {} : {GlobalSecondaryIndexUpdates: GlobalSecondaryIndexUpdates.map(({Create}) => ({Create: {...Create, ProvisionedThroughput}}))}),
    };
  }

  #set(set: object): void {
    this.#openCount += 1;
    const attempt = (): void => {
      const node = this.#chance.pick(this.#cluster.routerNodes);
      this.#cluster.api.call({
        door: this.#cluster.door(node), link: this.#cluster.linkTo(this.#cluster.azOf(node), node), isAdmin: true, method: 'POST', target: '/admin/v1/settings',
        headers: ADMIN_HEADERS, body: {set, reset: []}, timeoutMs: TIMEOUT_MS,
      }, (result) => {
        if (result.kind === 'answered' && result.status === 200) this.#openCount -= 1;
        else this.#world.afterMs(AGAIN_MS, attempt);
      });
    };
    this.#world.afterMs(0, attempt);
  }
}
