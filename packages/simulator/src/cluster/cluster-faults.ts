import type {Chance} from '../world/chance.js';
import type {Fault, FaultAction} from '../world/faults.js';
import type {FaultTarget} from '../world/machine-faults.js';
import type {SimMachine} from '../world/sim-machine.js';
import type {ClusterWatch} from './cluster-watch.js';
import type {SimOperator} from './operators.js';
import type {SimCluster} from './sim-cluster.js';
import type {DiskImage, SimNode} from './sim-node.js';

/** What the settings of a node say its clock may be wrong by; stays inside what leases reckon with. */
const CLOCK_RATE_ERROR_MAX = 0.00045;
const STORM_ORDERS_MAX = 12;
const IMAGE_EVERY_MS = 3_000;

/** The cluster as the faults of machines see it, with the faults that only a cluster has. */
export function clusterTarget(cluster: SimCluster, watch: ClusterWatch, operator: SimOperator, restart: (machine: SimMachine) => void): FaultTarget {
  const images = new DiskImages(cluster);
  let isDamaged = false;
  return {
    network: cluster.network,
    machines: () => cluster.nodes.map((node) => node.machine),
    leaders: () => cluster.nodes.filter((node) => node.isUp && watch.leads(node.id)).map((node) => node.machine),
    restart,
    // Once in a run, and where every group keeps a majority of whole copies; replicas that sit on one disk less are made anew.
    mayDamage: () => {
      if (isDamaged || cluster.settings.replicationFactor < 3 || cluster.nodes.some((node) => node.machine.disk.hasLied)) return false;
      isDamaged = true;
      return true;
    },
    replaceDisk: (machine) => {
      const node = cluster.node(machine.node);
      const image = images.take(node);
      cluster.world.probes.hit(image === undefined ? 'cluster/disk-lost' : 'cluster/old-disk-put-back');
      watch.damaged.add(node.id);
      if (image === undefined) node.loseDisk();
      else node.putBack(image);
    },
    rottableFiles: () => [],
    clockRateErrorMax: CLOCK_RATE_ERROR_MAX,
    operate: operateAction(cluster, operator, restart),
  };
}

/** Copies of disks, made every now and then, for someone to put one back in good faith. */
class DiskImages {
  readonly #images = new Map<string, DiskImage>();
  readonly #chance: Chance;
  constructor(cluster: SimCluster) {
    this.#chance = cluster.world.chance.fork('disk-images');
    const copy = (): void => {
      const node = this.#chance.pick(cluster.nodes);
      if (this.#chance.isHeads()) this.#images.set(node.id, node.diskImage());
      cluster.world.afterMs(IMAGE_EVERY_MS, copy);
    };
    cluster.world.afterMs(IMAGE_EVERY_MS, copy);
  }
  /** @returns undefined where an empty disk is put in instead */
  take(node: SimNode): DiskImage | undefined {
    const image = this.#images.get(node.id);
    // Starts that were let in are what is counted: a copy that has the claim of the last one already cannot be told from the disk itself.
    return image !== undefined && image.claimed < node.startLetIn && this.#chance.permille(700) ? image : undefined;
  }
}

function operateAction(cluster: SimCluster, operator: SimOperator, restart: (machine: SimMachine) => void): FaultAction {
  return (fault, chance) => {
    switch (fault.kind) {
      case 'split-move-storm':
        for (let i = chance.between(2, STORM_ORDERS_MAX); i > 0; i -= 1) operator.orderAction();
        return () => undefined;
      case 'membership-change':
        return rollingRestart(cluster, fault, chance, restart);
      case 'control-plane-gone':
        return controlGone(cluster, chance, restart);
      case 'memory-pressure':
        return memoryPressure(cluster, chance, restart);
      default:
        return undefined;
    }
  };
}

/** Every node ends in order and comes back, one after the other, as an upgrade does it. */
function rollingRestart(cluster: SimCluster, fault: Fault, chance: Chance, restart: (machine: SimMachine) => void): () => void {
  const order = chance.sample(cluster.nodes, cluster.nodes.length);
  let isOver = false;
  const next = (at: number): void => {
    const node = order[at];
    if (node === undefined || isOver) return;
    node.stop(() => {
      cluster.world.afterMs(chance.between(50, 500), () => {
        restart(node.machine);
        cluster.world.afterMs(chance.between(100, 2_000), () => next(at + 1));
      });
    });
  };
  next(0);
  void fault;
  return () => {
    isOver = true;
  };
}

/** What is told of in the middle of something that has more steps: the life of replicas, the work of the control plane, who leads. */
const TURNING_POINTS: readonly (readonly string[])[] = [
  ['raft-host/group-removed'], ['raft-host/group-created', 'partition/created'], ['partition/split', 'partition/removed'], ['raft-host/configuration-changed', 'raft-host/configuration-durable'],
  ['raft-host/snapshot-installed', 'raft-host/log-truncated'], ['control-plane/job-step', 'control-plane/job-done'], ['control-plane/node-registered', 'control-plane/table-created', 'control-plane/table-deleted'],
  ['partition/leading', 'partition/not-leading'],
];
const CALLS_LATER_MAX = 30;

/** A process dies at or soon after a turning point, and now and then all the others with it. */
export function killAtTurningPoint(cluster: SimCluster, watch: ClusterWatch, fault: Fault, chance: Chance, restart: (machine: SimMachine) => void): () => void {
  return killAtEvent(cluster, watch, chance.pick(TURNING_POINTS), fault.kind === 'kill-all' || fault.kind === 'power-all', chance, restart);
}
/** @returns gives the waiting up, and starts again who died */
export function killAtEvent(
  cluster: SimCluster, watch: ClusterWatch, names: readonly string[], isAll: boolean, chance: Chance, restart: (machine: SimMachine) => void,
): () => void {
  const death = chance.isHeads() ? 'kill' : 'power';
  const callsLater = chance.isHeads() ? 1 : chance.between(1, CALLS_LATER_MAX);
  let victims: readonly SimMachine[] = [];
  const stopWaiting = watch.onNext(names, (node) => {
    cluster.world.probes.hit(`cluster/killed-at-${names[0] ?? ''}`);
    victims = isAll ? cluster.nodes.map(({machine}) => machine) : [node.machine];
    for (const {process} of victims) process?.dieAfterCalls(callsLater, death);
  });
  return () => {
    stopWaiting();
    for (const machine of victims) {
      if (machine.isUp && machine.process?.isDoomed === true) machine.kill(death);
      restart(machine);
    }
  };
}

/** Requests that a process may hold at once before it is ended for its use of memory. */
const OPEN_REQUESTS_MAX = 12;
const MEMORY_LOOK_MS = 2;

/** One process gets less memory than it needs: it is ended at the first moment at which it holds too many requests at once. */
function memoryPressure(cluster: SimCluster, chance: Chance, restart: (machine: SimMachine) => void): (() => void) | undefined {
  const node = chance.pick(cluster.nodes);
  const process = node.machine.process;
  if (process === undefined) return undefined;
  const limit = chance.between(2, OPEN_REQUESTS_MAX);
  let isOver = false;
  const look = (): void => {
    if (isOver || process.isDead) return;
    if (cluster.api.openCount(process) > limit) {
      cluster.world.probes.hit('cluster/out-of-memory');
      process.die('kill');
    } else cluster.world.afterMs(MEMORY_LOOK_MS, look);
  };
  look();
  return () => {
    isOver = true;
    restart(node.machine);
  };
}

/** Only where processes of their own hold it can the control plane go without taking data along. */
function controlGone(cluster: SimCluster, chance: Chance, restart: (machine: SimMachine) => void): (() => void) | undefined {
  const nodes = cluster.nodes.filter((node) => cluster.controlNodes.includes(node.id) && node.isUp);
  if (nodes.length === 0 || nodes.some((node) => node.roles.includes('storage'))) return undefined;
  const isKilled = chance.isHeads();
  const others = cluster.nodes.filter((node) => !nodes.includes(node));
  const pairs = nodes.flatMap((a) => others.flatMap((b) => [[a, b], [b, a]] as const));
  for (const node of nodes) if (isKilled) node.machine.kill('kill');
  if (!isKilled) for (const [a, b] of pairs) cluster.network.cut(a.id, b.id);
  return () => {
    for (const node of nodes) if (isKilled) restart(node.machine);
    if (!isKilled) for (const [a, b] of pairs) if (cluster.network.link(a.id, b.id).isCut) cluster.network.heal(a.id, b.id);
  };
}

/** Users cannot reach a node, or all nodes of an AZ, while the nodes go on among themselves. */
export function cutClients(cluster: SimCluster, chance: Chance): () => void {
  const links = chance.isHeads() ? cluster.linksTo(chance.pick(cluster.routerNodes)) : cluster.routerNodes.map((node) => cluster.linkTo(chance.pick(cluster.azs), node));
  for (const link of links) link.isCut = true;
  return () => {
    for (const link of links) link.isCut = false;
  };
}
