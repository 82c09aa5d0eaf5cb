import {request} from 'node:http';
import {join} from 'node:path';
import {startBenchCluster} from '../bench-cluster.js';
import type {BenchCluster} from '../bench-cluster.js';
import {BenchError} from '../errors.js';
import {getJson} from './cluster-watch.js';
import type {FaultLevers} from './fault-hands.js';

/** One process of the cluster as its admin API tells it. */
export interface LocalNode {
  readonly id: string;
  readonly az: string;
  readonly pid: number;
  readonly address: string;
  readonly state: string;
}
interface StatusPart {
  readonly nodes: readonly LocalNode[];
  readonly partitions: readonly {readonly id: number; readonly table: string; readonly index: string | null; readonly leader: string | null; readonly loadPercent: number; readonly replicas: readonly {readonly node: string; readonly role: string}[]}[];
}

const SUPERVISOR_TIMEOUT_MS = 60_000;
const SETTLE_POLL_MS = 100;
const SETTLE_TRIES_MAX = 100;

/** A three-AZ cluster of real processes on this machine, with the levers of experiments. Data is synced as it always is. */
export class LocalCluster implements FaultLevers {
  readonly #cluster: BenchCluster;
  readonly #nodes: readonly LocalNode[];
  private constructor(cluster: BenchCluster, nodes: readonly LocalNode[]) {
    this.#cluster = cluster;
    this.#nodes = nodes;
  }
  /** @throws BenchError when it does not start */
  static async start(environment: Readonly<Record<string, string>> = {}): Promise<LocalCluster> {
    const cluster = await startBenchCluster(environment);
    const status = await statusOf(cluster.adminUrl);
    return new LocalCluster(cluster, status.nodes);
  }
  stop(): Promise<void> {
    return this.#cluster.stop();
  }
  /** Processes whose CPU time is the cluster's, as it was started. */
  get pids(): readonly number[] {
    return this.#cluster.pids;
  }
  get adminUrl(): string {
    return this.#cluster.adminUrl;
  }
  /** Of all routers together: a connection goes to one that lives. */
  get endpoint(): string {
    return this.#cluster.endpoint.href;
  }
  /** Names of the AZs in order. */
  get azs(): readonly string[] {
    return [...new Set(this.#nodes.map(({az}) => az))].sort();
  }
  /** Of the router in one AZ. */
  endpointIn(az: string): string {
    const node = this.#nodes.find((each) => each.az === az);
    return `http://${node?.address ?? ''}`;
  }
  nodesIn(az: string): readonly LocalNode[] {
    return this.#nodes.filter((node) => node.az === az);
  }

  /** Settings of throughput, for all tables. @throws BenchError `EndpointFailed` */
  async set(settings: Readonly<Record<string, string | number>>): Promise<void> {
    const response = await fetch(new URL('/admin/v1/settings', this.adminUrl), {method: 'POST', headers: {'content-type': 'application/json'}, body: JSON.stringify({set: settings})});
    if (!response.ok) throw new BenchError({code: 'EndpointFailed', reason: `settings were refused: ${(await response.text()).slice(0, 300)}`});
    await this.#settingsAreEverywhere();
  }
  /** Each process goes by its own copy of the map: all have to have the change before anything is measured. */
  async #settingsAreEverywhere(): Promise<void> {
    interface Shown { readonly mapVersion: number }
    const nodes = (await statusOf(this.adminUrl)).nodes as readonly (LocalNode & {readonly adminAddress: string})[];
    for (let i = 0; i < SETTLE_TRIES_MAX; i += 1) {
      const versions = await Promise.all(nodes.map(async ({adminAddress}) => (await getJson<Shown>(new URL(`http://${adminAddress}/admin/v1/settings`)))?.mapVersion));
      if (versions.every((version) => version !== undefined && version === versions[0])) return;
      await new Promise((resolve) => setTimeout(resolve, SETTLE_POLL_MS));
    }
    throw new BenchError({code: 'EndpointFailed', reason: 'the settings did not reach all processes'});
  }

  /** Ends a process as a crash does. */
  async kill(id: string): Promise<void> {
    await this.#askSupervisor(`/nodes/${id}/kill`);
  }
  /** Starts a process on the data that it left. */
  async restart(id: string): Promise<void> {
    await this.#askSupervisor(`/nodes/${id}/restart`);
  }
  /** The process that a node has now. @returns undefined while it has none that is known */
  async pidOf(id: string): Promise<number | undefined> {
    return (await statusOf(this.adminUrl)).nodes.find((node) => node.id === id)?.pid;
  }
  /** Where the most loaded partition of a table is led, and who else has a replica. @returns undefined while it has no leader */
  async hottest(table: string): Promise<{readonly partition: number; readonly leader: string; readonly others: readonly string[]} | undefined> {
    const own = (await statusOf(this.adminUrl)).partitions.filter((partition) => partition.table === table && partition.index === null);
    const [first] = own.toSorted((a, b) => b.loadPercent - a.loadPercent);
    if (first === undefined || first.leader === null) return undefined;
    return {partition: first.id, leader: first.leader, others: first.replicas.map(({node}) => node).filter((node) => node !== first.leader)};
  }
  /** @throws BenchError `EndpointFailed` when the order is refused */
  async transferLeader(partition: number, to: string): Promise<void> {
    const response = await fetch(new URL('/admin/v1/act', this.adminUrl), {
      method: 'POST', headers: {'content-type': 'application/json'}, body: JSON.stringify({action: {kind: 'transfer-leader', group: partition, to}}),
    });
    if (!response.ok) throw new BenchError({code: 'EndpointFailed', reason: `the leader was not moved: ${(await response.text()).slice(0, 300)}`});
  }

  #askSupervisor(path: string): Promise<void> {
    return new Promise((resolve, reject) => {
      request({socketPath: join(this.#cluster.directory, 'supervisor.sock'), path, method: 'POST', timeout: SUPERVISOR_TIMEOUT_MS}, (response) => {
        response.resume();
        response.on('end', () => {
          if (response.statusCode === 200) resolve();
          else reject(new BenchError({code: 'EndpointFailed', reason: `${path}: status ${response.statusCode ?? 0}`}));
        });
      }).on('error', reject).end();
    });
  }
}

/** Asked again for a while: right after a start or a loss the control plane may have no leader. */
async function statusOf(adminUrl: string): Promise<StatusPart> {
  for (let i = 0; i < SETTLE_TRIES_MAX; i += 1) {
    const status = await getJson<StatusPart>(new URL('/admin/v1/status', adminUrl));
    if (status !== undefined) return status;
    await new Promise((resolve) => setTimeout(resolve, SETTLE_POLL_MS));
  }
  throw new BenchError({code: 'EndpointFailed', reason: 'the admin API does not answer'});
}
